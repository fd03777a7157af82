"""Home and profile directories: the path stays, the name of the person in it goes."""

# ruff: noqa: E501 - a declaration and a list of words read best unbroken
from __future__ import annotations

from typing import Final

from anonkit.detect.detector import Detector

# Directories beside the home directories that belong to nobody: Windows "User profiles" (KNOWNFOLDERID
# Public, Default), macOS File System Basics (Shared, Guest), Filesystem Hierarchy Standard 3.0, 3.8.
_NOBODY: Final = frozenset(
    {
        "all users",
        "default",
        "default user",
        "default.migrated",
        "defaultuser0",
        "guest",
        "linuxbrew",
        "lost+found",
        "public",
        "shared",
    }
)
# Directories of cron(8), and accounts that every installation has.
_SPOOLS: Final = frozenset({"crontabs", "tabs", "atjobs", "root", "nobody", "www-data"})
# What a web server calls a page is no home directory: `/home/index.html`.
_PAGES: Final = (".html", ".htm", ".php", ".asp", ".aspx", ".jsp", ".js", ".css", ".png", ".json")


def is_somebody(name: str) -> bool:
    """Tell whether a directory beside home directories is a person's."""
    lower = name.lower().replace("%20", " ")
    return lower not in _NOBODY and not lower.endswith(_PAGES) and any(map(str.isalnum, name))


# One word of a name in a path, without what ends a path in running text.
_WORD: Final = r"[^\s\\/:*?\"'`<>|,;()\[\]{}%\0]"
# An escape of anything but a slash, with what follows it.
_ESCAPED: Final = rf"(?:%(?!2[Ff]|5[Cc])[0-9A-Fa-f]{{2}}{_WORD}{{0,32}}){{0,12}}"
_UNIX_NAME: Final = rf"(?P<value>{_WORD}{{1,64}}{_ESCAPED})"
# Windows lets a name have blanks: up to a backslash or quote; two capitalized words even without.
_WINDOWS_NAME: Final = (
    rf"(?P<value>{_WORD}{{1,40}}(?:(?: |%20){_WORD}{{1,40}}){{1,3}}(?=[\\\"']|%5[Cc])"
    r"|[A-ZÄÖÜ][\w.-]{0,39} [A-ZÄÖÜ][\w.-]{0,39}"
    rf"|{_WORD}{{1,64}}{_ESCAPED})"
)
# A path begins where no word ends, or under a directory that holds home directories (Filesystem
# Hierarchy Standard; WSL and Cygwin mounts; macOS firmlinks); never right after an HTTP method.
_STARTS: Final = (
    r"(?:(?<![\w.~)\]}-]/)|(?<=/[a-z]/)|(?<=/Data/)|(?<=/usr/)|(?<=/var/)|(?<=/net/)|(?<=/nfs/)"
    r"|(?<=/srv/)|(?<=/mnt/)|(?<=/data/)|(?<=/export/)|(?<=/private/)|(?<= HD/)|(?<=/merged/)|(?<=/rootfs/)|(?<=[A-Z]%3[Aa]/))"
    r"(?<!GET /)(?<!PUT /)(?<!POST /)(?<!HEAD /)(?<!DELETE /)(?<!PATCH /)(?<!OPTIONS /)"
)
_SLASH: Final = r"(?:/{1,2}|\\{1,2}/)"

PATHS: Final = (
    Detector(
        name="home-linux",
        type="USER_PATH",
        source="Filesystem Hierarchy Standard 3.0, 3.8 (/home)",
        pattern=rf"[/](?=home){_STARTS}home{_SLASH}{_UNIX_NAME}",
        check=is_somebody,
        marks=("/",),
        hints=("/home",),
        specimen="open /home/jdoe/.ssh/config",
        false_friend="https://example.com/home/jdoe GET /home/start /home/index.html",
        priority=70,
    ),
    Detector(
        name="home-macos",
        type="USER_PATH",
        source="Apple, File System Programming Guide, File System Basics (/Users)",
        pattern=rf"[/](?=Users){_STARTS}Users{_SLASH}{_UNIX_NAME}",
        check=is_somebody,
        marks=("/A",),
        hints=("/users",),
        specimen="#3 /Users/jdoe/Sites/app.php(12) file:///Users/jdoe",
        false_friend="https://example.com/Users/jdoe /users/4711 /Users/Shared/x",
        priority=70,
    ),
    Detector(
        name="home-encoded",
        type="USER_PATH",
        source="RFC 3986, 2.1 (percent-encoding) of /home and /Users",
        pattern=rf"[%]2[Ff](?:home|Users)%2[Ff]{_UNIX_NAME}",
        check=is_somebody,
        marks=("%0",),
        hints=("%0fhome", "%0fusers"),
        specimen="path=%2Fhome%2Fjdoe%2Fa.txt",
        false_friend="path=%2Fhomepage%2Fjdoe %2FUsers%2FShared%2F",
        priority=70,
    ),
    Detector(
        name="home-tilde",
        type="USER_PATH",
        source="POSIX.1-2024, Shell, 2.6.1 (tilde expansion); Apache mod_userdir (/~name)",
        pattern=r"[~](?<![\w~.)=-]~)(?P<value>[a-z_][a-z0-9_.-]{1,31})(?=/)",
        check=is_somebody,
        marks=("~/", "~0/", "~_", "~-", "~."),
        hints=("~",),
        specimen="cd ~jdoe/public_html, GET /~jdoe/index.html",
        false_friend="~/x ~5/min a~b/c ~guest/x",
        priority=70,
    ),
    Detector(
        name="mail-or-jobs",
        type="USER_PATH",
        source="Filesystem Hierarchy Standard 3.0, 5.11 and 5.14; cron(8); udisks(8): files called after their owner",
        pattern=rf"[/](?:(?<=[^\w/]/)|(?<![^\n]/))(?:var/(?:spool/)?mail|var/spool/cron(?:/crontabs|/tabs)?|run/media)/{_UNIX_NAME}",
        check=lambda text: is_somebody(text) and text not in _SPOOLS,
        marks=("///",),
        hints=("/mail/", "/cron/", "/run/media/"),
        specimen="/var/spool/cron/crontabs/jdoe: denied, /var/mail/jdoe /run/media/jdoe/USB",
        false_friend="/var/mail /var/spool/cron/crontabs /var/mail/root https://x.org/mail/list /run/media/",
        priority=70,
    ),
    Detector(
        name="temporary-macos",
        type="USER_PATH",
        source="macOS, confstr(3), _CS_DARWIN_USER_TEMP_DIR: a directory whose name stands for one account",
        pattern=r"[/](?=var/folders/)var/folders/(?P<value>[0-9a-z_+-]{2}/[0-9a-z_+-]{20,40})(?![0-9A-Za-z])",
        check=lambda text: not text.startswith("zz/"),
        marks=("///",),
        hints=("var/folders/",),
        specimen="/private/var/folders/ab/cdefgh_01234567890abcdefghij0000gn/T/x",
        false_friend="/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/x, /var/folders/list",
        priority=70,
    ),
    Detector(
        name="home-windows",
        type="USER_PATH",
        source="Microsoft, KNOWNFOLDERID (UserProfiles), also before Vista, in German and on shares",
        pattern=r"[\\CcFf/](?:(?<=\\)|(?<=%5[Cc])|(?<=[A-Za-z]:/)|(?<=:%2[Ff]))"
        r"(?i:users?|benutzer|documents and settings|dokumente und einstellungen|homes?|profiles?"
        rf"|userdata|documents%20and%20settings)\$?(?:[\\/]{{1,4}}|%5[Cc]|%2[Ff]){_WINDOWS_NAME}",
        check=is_somebody,
        marks=("\\", ":/", "%0"),
        hints=(
            "users",
            "user\\",
            "benutzer",
            "and settings",
            "und einst",
            "and%00s",
            "home\\",
            "homes\\",
            "home$",
            "homes$",
            "profile",
            "userdata",
        ),
        specimen=r"C:\Users\Max Mustermann\AppData, \\srv\homes$\max and C:\\Users\\max\\x",
        false_friend=r"C:\Users\Public\Documents C:\ProgramData\x App\Models\Usersx\y",
        priority=70,
    ),
)
