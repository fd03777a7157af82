"""Crashes that may be sent: messages scrubbed, frames kept, nobody named.

A crash is made from an exception or from the text of a trace (Python, Java, .NET, JavaScript, PHP,
Ruby, Go, iOS, Android). Every line stays a line. In frames the path becomes relative, so that the
user name in it and the customer's directories are gone; values that some tools print into frames
(arguments, variables) are taken out. Local variables of an exception are never read.

The signature groups equal crashes: it is made of the kind and the frames, without line numbers,
messages or absolute paths, so it is the same on every machine.
"""

# ruff: noqa: E501, ISC004, ERA001 - a declaration and a list of words read best unbroken
from __future__ import annotations

import re
import sys
import threading
from contextlib import suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec

from anonkit.detect import Scrubber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

# A trace is read up to these bounds; what is beyond is scrubbed as text like any other.
_LONGEST_LINE: Final = 4000
_DEEPEST_CHAIN: Final = 8
# Frames that make a signature: enough to tell crashes apart, few enough to survive recursion.
_SIGNING: Final = 16
# Directories of a path that stay where nothing marks the root of the code.
_KEPT_PARTS: Final = 3


class Frame(msgspec.Struct, frozen=True):
    """One place in the code: a relative path, a function and a line, as far as the trace has them."""

    path: str = ""
    function: str = ""
    line: int | None = None


class Crash(msgspec.Struct, frozen=True):
    """What may be said about a crash.

    Args:
        kind: The type of the error: `ValueError`, `java.lang.NullPointerException`.
        message: Its message, scrubbed.
        frames: The places in the code, in the order of the trace.
        text: The whole trace, scrubbed, with as many lines as it had.
        signature: 16 hexadecimal digits that equal crashes share.
    """

    kind: str
    message: str
    frames: tuple[Frame, ...]
    text: str
    signature: str


_PATH: Final = r"(?P<path>[^\s\"()<>|*?][^\"()<>|*?\n]{0,400}?)"
_FUNCTION: Final = r"(?P<function>[^\s(@:][^\n(@]{0,300}?)"
# How each language writes a frame, after its own runtime's documentation or source.
_FRAMES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # CPython, traceback.StackSummary.format
        r'\s{0,40}File "(?P<path>[^"\n]{1,400})", line (?P<line>\d{1,9})(?:, in (?P<function>.{1,300}))?\Z',
        # V8, Stack trace API (before the others that begin with `at`)
        rf"\s{{0,40}}at (?:(?P<function>[^\n(]{{1,300}}) \()?{_PATH}:(?P<line>\d{{1,9}})(?::\d{{1,9}})?\)?\s{{0,4}}\Z",
        # OpenJDK, Throwable.printStackTrace; ART prints the same
        r"\s{0,40}at (?P<function>[\w.$<>/@ -]{1,300})\((?P<path>[\w$.-]{1,120}\.(?:java|kt|scala|groovy))"
        r"(?::(?P<line>\d{1,9}))?\)",
        # .NET, StackTrace.ToString, also in German
        rf"\s{{0,40}}(?:at|bei) (?P<function>[^\n(]{{1,300}}\([^\n()]{{0,600}}\))(?: \[0x[0-9a-f]{{1,16}}\])?"
        rf"(?: in {_PATH}:(?:line |Zeile )?(?P<line>\d{{1,9}}))?\s{{0,4}}\Z",
        # PHP, Exception::getTraceAsString
        rf"\s{{0,40}}#\d{{1,6}} (?:{_PATH}\((?P<line>\d{{1,9}})\)|\[internal function\]): (?P<function>[^\n(]{{1,300}})"
        r"(?P<values>\(.{0,4000})\Z",
        # Ruby, Exception#full_message; a logger may stand before it
        r"(?:from )?(?:.{0,200}?[ \t:])??(?P<path>[\w/~.\\][^\s:]{0,300}\.\w{2,4}):(?P<line>\d{1,9}):in [`'](?P<function>[^'\n]{1,300})'",
        # Go, runtime/debug.Stack
        rf"\t{_PATH}:(?P<line>\d{{1,9}})(?: \+0x[0-9a-f]{{1,16}})?\Z",
        # Apple, Understanding the exception types in a crash report
        r"\d{1,4}\s{1,8}(?P<path>\S[^\n]{0,60}?)\s{1,40}0x[0-9a-f]{6,16} (?P<function>[^\n]{1,600})\Z",
        # Android, debuggerd (tombstones)
        rf"\s{{0,40}}#\d{{2,4}} pc [0-9a-f]{{6,16}}\s{{1,4}}{_PATH}(?: \((?P<function>[^\n]{{1,300}})\))?\s{{0,4}}\Z",
        # Gecko and JavaScriptCore, Error.prototype.stack
        rf"(?P<function>[\w$./<>*\[\]() -]{{0,200}})@{_PATH}:(?P<line>\d{{1,9}})(?::\d{{1,9}})?\Z",
    )
)
# Tools that print values of variables under source lines draw them with these.
_DRAWN: Final = re.compile(r"(?P<drawing>[\s│|├]{0,400}[└├╰]─{0,8} ).{1,4000}\Z")
_VALUE: Final = re.compile(r"'(?:[^'\\\n]|\\.){0,2000}'|\"(?:[^\"\\\n]|\\.){0,2000}\"")
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
_SOURCES: Final = frozenset({"src", "app", "lib", "source", "sources", "Sources", "Classes", "js"})
# Folders of home folders, by system: the next part is a user.
_HOMES: Final = frozenset(
    {"home", "users", "documents and settings", "dokumente und einstellungen", "profiles"}
)
_STANDARD_LIBRARY: Final = re.compile(r"python\d(?:\.\d{1,2})?(?:\.zip)?\Z", re.IGNORECASE)
_HOST: Final = re.compile(r"[a-z][a-z0-9+.-]{1,20}:/{2,3}(?:[^/\s]{0,255}(?=/))?")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_KIND: Final = re.compile(
    r"(?<![\w.])(?P<kind>(?:[A-Za-z_][\w$]{0,60}(?:\.|\\|::)){0,10}(?:[A-Z][\w$]{0,80}"
    r"(?:Error|Exception|Fault|Interrupt|Exit|Failed|Warning)\b|(?:Error|Exception)(?=:)))"
    r":?[ \t]{0,2}(?P<message>[^\n]{0,4000})"
    r"|(?:\A|(?<=\n))(?P<panic>panic|Exception Type|signal):[ \t]{1,8}(?P<words>[^\n]{0,4000})"
)


def relative(path: str) -> str:
    """Return a path of code without what differs between machines: host, root, home, install place.

    What follows the last package directory stays; else what follows the first directory of sources;
    else the last three parts.
    """
    plain = _DRIVE.sub("", _HOST.sub("", path.replace("\\", "/"), count=1), count=1)
    absolute = plain != path.replace("\\", "/") or plain.startswith(("/", "~"))
    parts = [part for part in plain.split("/") if part not in {"", ".", "~"}]
    at = next((place for place, part in enumerate(parts) if part.lower() in _HOMES), None)
    if at is not None:  # the part behind it names somebody
        parts = parts[at + 2 :]
    if not absolute and len(parts) <= _KEPT_PARTS:
        return "/".join(parts)
    marked = [
        place
        for place, part in enumerate(parts[:-1])
        if part in _MARKERS or _STANDARD_LIBRARY.match(part)
    ]
    if marked:
        return "/".join(parts[marked[-1] + 1 :])
    sources = [place for place, part in enumerate(parts[:-1]) if part in _SOURCES]
    return "/".join(parts[sources[0] if sources else -_KEPT_PARTS :])


def crash(error: BaseException | str, scrubber: Scrubber | None = None) -> Crash:
    """Return what may be said about an exception, or about the text of a trace.

    Args:
        error: The exception, or the text.
        scrubber: What removes personal data from messages; the default one if none is given.
    """
    clean = scrubber or Scrubber()
    text = error if isinstance(error, str) else "\n".join(_lines(error))
    frames: list[Frame] = []
    out: list[str] = []
    plain: list[str] = []
    for line in text.split("\n"):
        frame, tidy = _frame(line, clean)
        if frame is not None:
            frames.append(frame)
        else:
            plain.append(line)
        out.append(tidy)
    kind, message = _kind("\n".join(plain)) if isinstance(error, str) else _named(error)
    kind = clean(kind)
    return Crash(kind, clean(message), tuple(frames), _whole(out, clean), _signature(kind, frames))


def _whole(lines: list[str], clean: Scrubber) -> str:
    """Return the tidied lines, scrubbed together: a private key block spans lines."""
    return clean("\n".join(lines))


def _frame(line: str, clean: Scrubber) -> tuple[Frame | None, str]:
    """Return the frame that a line is, if it is one, and the line without paths and values."""
    body = line.removesuffix("\r")
    if len(body) > _LONGEST_LINE:
        return None, line
    drawn = _DRAWN.match(body)
    if drawn is not None:
        return None, drawn["drawing"] + "…" + line[len(body) :]
    for pattern in _FRAMES:
        match = pattern.match(body)
        if match is not None:
            return _tidy(match, line, clean)
    return None, line


def _tidy(match: re.Match[str], line: str, clean: Scrubber) -> tuple[Frame, str]:
    groups = match.groupdict()
    path, number = groups.get("path") or "", groups.get("line")
    short = clean(relative(path)) if "/" in path or "\\" in path else clean(path)
    function = clean((groups.get("function") or "").strip())
    frame = Frame(short, function, int(number) if number else None)
    pieces: list[tuple[int, int, str]] = []
    if path:
        pieces.append((*match.span("path"), short))
    if groups.get("values"):
        pieces.append((*match.span("values"), _VALUE.sub("'…'", groups["values"])))
    for start, end, put in reversed(pieces):
        line = line[:start] + put + line[end:]
    return frame, line


def _kind(text: str) -> tuple[str, str]:
    """Return the type and message of the error that a text reports: Python's is the last."""
    found = list(_KIND.finditer(text))
    if not found:
        return "", text.strip().partition("\n")[0]
    match = found[-1] if "Traceback (most recent call last)" in text else found[0]
    if match["panic"]:
        return match["panic"], match["words"]
    return match["kind"], match["message"].strip()


def _named(error: BaseException) -> tuple[str, str]:
    return _type_name(type(error)), _message(error)


def _type_name(kind: type) -> str:
    home = kind.__module__
    return kind.__qualname__ if home in {"builtins", "__main__"} else f"{home}.{kind.__qualname__}"


def _message(error: BaseException) -> str:
    """Return the words of an exception; those of one that cannot be printed are left out."""
    try:
        words = [str(error), *map(str, getattr(error, "__notes__", ()))]
    except Exception:  # noqa: BLE001 - a broken __str__ must not hide the crash
        return ""
    return "\n".join(words)


def _lines(error: BaseException, depth: int = 0) -> Iterator[str]:
    """Yield the lines of a trace, oldest cause first, from code positions and messages alone."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and depth < _DEEPEST_CHAIN:
        yield from _lines(cause, depth + 1)
        yield ""
    yield "Traceback (most recent call last):"
    yield from _positions(error.__traceback__)
    kind, message = _named(error)
    yield f"{kind}: {message}" if message else kind
    if isinstance(error, BaseExceptionGroup) and depth < _DEEPEST_CHAIN:
        for inner in error.exceptions[:_DEEPEST_CHAIN]:
            yield ""
            yield from _lines(inner, depth + 1)


def _positions(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_qualname}'
        trace = trace.tb_next


def _signature(kind: str, frames: list[Frame]) -> str:
    """Return what equal crashes share: kind and places, without lines, offsets and addresses."""
    digest = blake2b(kind.encode(), digest_size=8)
    for frame in frames[-_SIGNING:]:
        function = re.sub(r"0x[0-9a-fA-F]{1,16}|\+ ?\d{1,12}|\d{4,12}", "", frame.function)
        digest.update(f"\0{frame.path}\0{function}".encode())
    return digest.hexdigest()


def install(
    report: Callable[[Crash], object], scrubber: Scrubber | None = None
) -> Callable[[], None]:
    """Report every exception that ends the program or a thread; return a function that stops it.

    The hooks that were there before run afterwards. Neither hook ever raises: a crash reporter that
    crashes hides the crash. Interrupts by the user and exits are nobody's crash.

    Args:
        report: Takes the crash; what it raises is swallowed.
        scrubber: What removes personal data from messages; the default one if none is given.
    """
    clean = scrubber or Scrubber()
    before, before_thread = sys.excepthook, threading.excepthook

    def tell(error: BaseException | None) -> None:
        if error is None or not isinstance(error, Exception):
            return
        with suppress(BaseException):  # see above: nothing may come out of a hook
            report(crash(error, clean))

    def on_crash(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        tell(error)
        before(kind, error, trace)

    def on_thread_crash(crashed: threading.ExceptHookArgs) -> None:
        tell(crashed.exc_value)
        before_thread(crashed)

    sys.excepthook, threading.excepthook = on_crash, on_thread_crash

    def uninstall() -> None:
        if sys.excepthook is on_crash:
            sys.excepthook = before
        if threading.excepthook is on_thread_crash:
            threading.excepthook = before_thread

    return uninstall
