"""What of a path of code is the same on every machine."""

from __future__ import annotations

import re
from typing import Final

# Directories of a path that stay where nothing marks the root of the code.
_KEPT_PARTS: Final = 3
# Where the code of others begins, whoever installed it where; the last of them counts.
_MARKERS: Final = frozenset(
    {
        "site-packages",
        "dist-packages",
        "node_modules",
        "bower_components",
        "gems",
        "vendor",
        "mod",
        "Frameworks",
        "jre",
        "jdk",
        "dotnet",
    }
)
_PACKAGES: Final = frozenset({"site-packages", "dist-packages"})
_SOURCES: Final = frozenset({"src", "app", "lib", "source", "sources", "Sources", "Classes", "js"})
# Folders of home folders, by system: the next part is a user.
_HOMES: Final = frozenset(
    {
        "home",
        "homes",
        "homes$",
        "users",
        "users$",
        "benutzer",
        "documents and settings",
        "dokumente und einstellungen",
        "profiles",
        "profiles$",
    }
)
# How deep they stand at most: `/mnt/c/Users`, `/Volumes/Macintosh HD/Users`; `users` in a path of
# code stands deeper.
_HOME_DEPTH: Final = 3
# A file of code, unlike the name of a user.
_FILE: Final = re.compile(
    r"[^.].{0,200}\.(?:py[cdx]?|[cm]?[jt]sx?|vue|html?|php|rb|go|java|kts?|scala|groovy|cs|vb|fs|c|cc|cpp"
    r"|hpp?|mm?|swift|rs|so|dll|dylib|exe)"
)
# `python3.11`, `python311.zip`; on Windows `Python311` with a folder `Lib` in it.
_STANDARD_LIBRARY: Final = re.compile(r"python\d(?:\.?\d{1,2})?(?:\.zip)?\Z", re.IGNORECASE)
# A scheme and its host; `file:` and `webpack:` may have one slash.
_HOST: Final = re.compile(r"[a-z][a-z0-9+.-]{1,20}:/{1,3}(?:(?<=//)[^/\s]{0,255}(?=/))?")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
# A bundle is asked for with a version or a session; neither is part of its name.
# SpiderMonkey adds where in it code was made: `main.js line 26 > eval`.
_QUERY: Final = re.compile(r"[?#]\S{0,4000}| line \d{1,9} > .{1,400}")
# Directories whose name is made when an app is installed: Android, PackageManager (`~~…==`, and the
# package's name with as much behind it); iOS, a UUID.
_INSTALLED: Final = re.compile(
    r"~~.{1,60}|.{1,200}==|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
)


def relative(path: str) -> str:
    """Return a path of code without what differs between machines: host, root, home, install place.

    What follows the last package directory stays; else what follows the first directory of sources;
    else the last three parts. A query goes. Of a path that is relative the rest stays, so that what
    this function gave stays as it is.
    """
    slashed = _QUERY.sub("", path.replace("\\", "/"))
    plain = _DRIVE.sub("", _HOST.sub("", slashed, count=1), count=1)
    absolute = plain != slashed or plain.startswith(("/", "~", "../"))
    parts = [part for part in plain.split("/") if part not in {"", ".", "..", "~"}]
    parts = _without_home(parts, _HOME_DEPTH if absolute else 1)
    parts = [part for part in parts if not _INSTALLED.fullmatch(part)]
    marked = [
        place
        for place, part in enumerate(parts[:-1])
        if part in _MARKERS or _STANDARD_LIBRARY.match(part)
    ]
    sources = [place for place, part in enumerate(parts[:-1]) if part in _SOURCES]
    if marked:
        parts = parts[marked[-1] + 1 :]
        if parts[0] == "Lib" and len(parts) > 1:  # Python's own, on Windows
            del parts[0]
    elif absolute:
        parts = parts[sources[0] if sources else -_KEPT_PARTS :]
    # Of a path that was cut the beginning may look like a home folder now.
    return "/".join(_without_home(parts, 1))


def _without_home(parts: list[str], depth: int) -> list[str]:
    """Return the parts behind a home folder, if one of the first parts holds home folders."""
    while True:
        at = next(
            (place for place, part in enumerate(parts[:depth]) if part.lower() in _HOMES), None
        )
        if at is None or (at + 2 == len(parts) and _FILE.fullmatch(parts[-1]) is not None):
            return parts  # none, or code of that name: `users/views.py`
        while at + 2 < len(parts) and parts[at + 1].lower() in _HOMES:
            at += 1  # `/home/users/jdoe`
        parts, depth = parts[at + 2 :], 1  # the part behind it names somebody


def is_standard(path: str) -> bool:
    """Tell whether a path is one of Python's own modules, which move with its versions."""
    parts = path.replace("\\", "/").split("/")
    return path.startswith("<frozen ") or (
        any(_STANDARD_LIBRARY.match(part) for part in parts[:-1]) and _PACKAGES.isdisjoint(parts)
    )
