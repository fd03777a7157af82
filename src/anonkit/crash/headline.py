"""The type and message of the error that a trace reports.

Most runtimes name the error first and its causes below; Python prints causes first, and the error
that ended the program last.
"""

# ruff: noqa: E501 - a declaration reads best unbroken
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from anonkit.crash.frames import Line

_TRACEBACK: Final = "Traceback (most recent call last)"
# The headers of traces that are no member of a group.
_HEADER: Final = re.compile(
    r"(?:  \+ Exception Group )?Traceback \(most recent call last\):\s{0,4}\Z"
)
_GROUP: Final = "  | "
# Python, traceback.TracebackException.format_exception_only: the line without indentation.
_PYTHON: Final = re.compile(r"(?P<kind>[^\W\d][\w.]{0,200})(?:: (?P<message>.{0,4000}))?\s{0,4}\Z")
# Ruby's Exception#full_message says it behind the first place.
_RUBY: Final = re.compile(
    r": (?P<message>.{0,4000}) \((?P<kind>[A-Z]\w{0,80}(?:::\w{1,80}){0,8})\)\s{0,4}\Z"
)
# Elsewhere a class whose name says what it is; or what a runtime puts before the name.
_NAMED: Final = re.compile(
    r"(?<![\w.])(?P<kind>(?:[A-Za-z_][\w$]{0,60}(?:\.|\\{1,2}|::)){0,10}(?:[A-Z][\w$]{0,80}"
    r"(?:Error|Exception|Fault|Interrupt|Exit|Failed|Warning)\b|(?:Error|Exception)(?=:|\s{0,4}$)))"
    r":?[ \t]{0,2}(?P<message>.{0,4000})"
    r"|\A\s{0,4}(?P<panic>panic|fatal error|Fatal Python error|ANR|signal)(?::| in)[ \t]{1,8}(?P<words>.{0,4000})"
    r"|\A\s{0,4}Exception Type:[ \t]{1,8}(?P<type>[A-Z_]{3,40})(?P<codes>.{0,400})"
    r"|\A\s{0,4}signal \d{1,3} \((?P<signal>SIG[A-Z]{2,10})\)(?P<more>.{0,400})"
)
# A class by any name, right above the first frame.
_ABOVE: Final = re.compile(
    r"(?:Exception in thread \"[^\"\n]{0,200}\" |Uncaught )?(?P<kind>[A-Za-z_][\w$]{0,80}(?:[.\\][\w$]{1,80}){0,12})"
    r"(?:: (?P<message>.{0,4000}))?\s{0,4}\Z"
)


class Headline(NamedTuple):
    """What a trace reports.

    Args:
        kind: The type of the error; empty where the text names none.
        message: Its words, not scrubbed.
        place: The index of the line that says so.
    """

    kind: str
    message: str
    place: int = 0


def is_newest_last(lines: list[Line]) -> bool:
    """Tell whether a trace names the place where it broke last, as Python does."""
    return any(_TRACEBACK in line.rest for line in lines)


def headline(lines: list[Line]) -> Headline:
    """Return what the lines of a trace report."""
    if is_newest_last(lines):
        found = _python(lines)
        if found is not None:
            return found
    return _named(lines, last=is_newest_last(lines)) or _above(lines) or _first(lines)


def _python(lines: list[Line]) -> Headline | None:
    headers = [place for place, line in enumerate(lines) if _HEADER.match(line.rest)]
    if not headers:
        return None
    prefix = _GROUP if lines[headers[-1]].rest.startswith("  +") else ""
    for place in range(headers[-1] + 1, len(lines)):
        line = lines[place]
        if line.frame is None and line.rest.startswith(prefix):
            match = _PYTHON.match(line.rest, len(prefix))
            if match is not None:
                return Headline(match["kind"], match["message"] or "", place)
    return None


def _named(lines: list[Line], *, last: bool) -> Headline | None:
    found = None
    for place, line in enumerate(lines):
        match = _RUBY.match(line.rest) if line.frame is not None else _NAMED.search(line.rest)
        if match is None:
            continue
        found = _headline(match, place)
        if not last:
            break
    return found


def _headline(match: re.Match[str], place: int) -> Headline:
    groups = match.groupdict()
    for kind, message in (("kind", "message"), ("panic", "words"), ("type", "codes")):
        if groups.get(kind):
            return Headline(groups[kind], groups[message].strip(), place)
    return Headline(groups["signal"], groups["more"].strip(" ,"), place)


def _above(lines: list[Line]) -> Headline | None:
    place = next((place for place, line in enumerate(lines) if line.frame is not None), 0)
    match = _ABOVE.match(lines[place - 1].rest) if place else None
    return None if match is None else Headline(match["kind"], match["message"] or "", place - 1)


def _first(lines: list[Line]) -> Headline:
    words = ((place, line.rest.strip()) for place, line in enumerate(lines))
    return next((Headline("", said, place) for place, said in words if said), Headline("", ""))
