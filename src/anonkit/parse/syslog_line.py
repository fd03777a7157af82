r"""The columns of a line of syslog: how each is written, read, and treated.

RFC 3164, section 4.1:  [<PRI>]TIMESTAMP HOSTNAME [TAG[\[PID\]]: ]MESSAGE
RFC 5424, section 6:    [<PRI>]1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [ MSG]
Cisco's devices:        [<PRI>][NUMBER: ][HOSTNAME: ][NUMBER: ][TIMESTAMP: ]%MNEMONIC: MESSAGE

Files under /var/log have no priority; rsyslog and `journalctl -o short-iso` write RFC 3339 times
into the older form. A tag that is no plain name is a part of the message, and is treated as text.
A line that is indented, or is the headline of an exception, goes on with the message before it, as
in stack traces and in what `journalctl` prints: it is a message alone, unless behind its blanks it
is a whole line.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from anonkit.errors import Withheld
from anonkit.parse.column import (
    ABSENT,
    MONTHS,
    Column,
    Treatment,
    read_number,
    write_number,
)
from anonkit.parse.continued import continued
from anonkit.parse.times import write_like

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MONTH = rf"(?:{'|'.join(MONTHS)})"
_TO_MINUTE, _SECOND = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:", "(?:[0-5][0-9]|60)"
# RFC 3164 pads the day with a blank; Cisco and some forwarders add a year, or fractions.
_OLD_TO_MINUTE = rf"{_MONTH} (?:[ 0][1-9]|[12][0-9]|3[01]|[1-9])(?: [0-9]{{4}})?+ {_TO_MINUTE}"
_OLD_TIME = rf"{_OLD_TO_MINUTE}{_SECOND}(?:\.[0-9]{{1,6}})?+"
# RFC 3339; journald leaves the colon of the zone out.
_NEW_TO_MINUTE = rf"[0-9]{{4}}-[01][0-9]-[0-3][0-9]T{_TO_MINUTE}"
_ZONE = "(?:Z|[+-][0-2][0-9]:?[0-5][0-9])"
_NEW_TIME = rf"{_NEW_TO_MINUTE}{_SECOND}(?:\.[0-9]{{1,9}})?+{_ZONE}"
_TIME = rf"(?:{_OLD_TIME}|{_NEW_TIME})"
# A name of a machine, or its address; never with a colon at its end, which would be a tag.
_HOST = r"[0-9A-Za-z_-](?:[0-9A-Za-z._:%-]{0,253}[0-9A-Za-z_-])?|[0-9A-Fa-f:]{1,40}::"
# Relays write more there (`tim@dn228/dn228`, `[203.0.113.7]`): a first word that is no tag.
_FIRST_WORD = rf"(?:{_HOST}|(?!\S*:(?:\s|\Z))\S{{1,255}})"
_NAME = r"[A-Za-z_/%][\w./()%+-]{0,62}|-"
_PID = r"[0-9]{1,10}|-"
# macOS says how grave it is behind the process.
_LEVEL = "(?P<level> <[A-Z][a-z]{1,15}>)?"
# Cisco's `%FACILITY-SEVERITY-MNEMONIC:`; its firewalls put a class between.
_MNEMONIC = r"%[A-Za-z0-9_-]{2,40}-[0-7]-[A-Z0-9_]{2,40}:"
_REPEATED = r"(?:--- )?last message repeated [0-9]{1,9} times?(?: ---)?"

_SD_NAME = r"[!#-<>-\\^-~]{1,32}"
_PARAM = rf'{_SD_NAME}="[^"\\\]]*+(?:\\.[^"\\\]]*+)*+"'
_DATA = rf"(?:\[{_SD_NAME}(?: {_PARAM})*+\])++|-"
_PARAMS = re.compile(rf' ({_SD_NAME})="([^"\\\]]*+(?:\\.[^"\\\]]*+)*+)"', re.DOTALL)
_IDS = re.compile(rf"\[({_SD_NAME})(?: {_PARAM})*+\]", re.DOTALL)
BOM = "\ufeff"

_OLD = re.compile(
    # Some devices put a blank behind the priority.
    rf"(<(?P<priority>[0-9]{{1,3}})>(?P<pad> ?))?(?P<time>{_TIME}) "
    rf"(?:(?!{_REPEATED}\Z)(?P<host>{_FIRST_WORD})(?P<gap> |\Z))?"
    rf"(?:(?P<app>{_NAME})(?:\[(?P<pid>{_PID})\]{_LEVEL})?:(?P<blank> ?))?(?P<message>.*)",
    re.DOTALL,
)
_NEW = re.compile(
    rf"(<(?P<priority>[0-9]{{1,3}})>(?P<pad> ?))?1 (?P<time>{_NEW_TIME}|-) "
    r"(?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<pid>[!-~]{1,128}) (?P<msgid>[!-~]{1,32}) "
    rf"(?P<data>{_DATA})(?: (?P<message>.*))?",
    re.DOTALL,
)
# What a relay knew of a line of Cisco's stands before what the device says of itself: a number it
# counts its messages by, its name, and a time, which it marks where its clock is not set.
_CISCO = re.compile(
    rf"(<(?P<priority>[0-9]{{1,3}})>(?P<pad>:? ?))?"
    rf"(?:(?P<relayed>{_TIME})(?: (?P<relay>{_FIRST_WORD}))?(?P<after>(?: ?:)? ))?"
    rf"(?:(?P<number>[0-9]{{1,10}}): )?(?:(?P<host>{_HOST}): )?(?:(?P<second>[0-9]{{1,10}}): )?"
    rf"(?:(?P<sign>[*.]?)(?P<time>{_OLD_TIME})(?P<zone>(?: [A-Z]{{2,5}})?: ))?"
    rf"(?={_MNEMONIC})(?P<app>{_NAME}):(?P<blank> ?)(?P<message>.*)",
    re.DOTALL,
)
# Devices without a name and a tag send their address (RFC 3164, section 4.1.2).
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}")
_UNESCAPED = re.compile(r"\\([\"\\\]])")
_TO_ESCAPE = re.compile(r"([\"\\\]])")
_NO_TEXT = re.compile(r"[\x00\n\r]")


def read_time(text: str) -> datetime:
    """Return the time of a line; one without a year is read in the year 2000, which leaps.

    Raises:
        Withheld: It is not one.
    """
    try:
        if text[:1].isdigit():
            return datetime.fromisoformat(text)
        month, day, *year, clock = text.split()
        date = f"{year[0] if year else 2000}-{MONTHS.index(month) + 1:02}-{int(day):02}"
        return datetime.fromisoformat(f"{date}T{clock}").replace(tzinfo=UTC)
    except ValueError:
        pass
    raise Withheld("not a time")


class Part(NamedTuple):
    """One column where it stands in a line.

    Args:
        column: The column.
        before: Fixed text before it, which goes with it.
        text: What it holds.
        after: Fixed text behind it, which goes with it.
        nil: What stands for all three when it is dropped.
    """

    column: Column
    before: str
    text: str
    after: str
    nil: str


class SyslogColumn(Column):
    """A column of a syslog line: what is kept has its plain form, whatever the line."""

    def treat(self, text: str, treatment: Treatment) -> str:
        """Return what may leave of the text of this column.

        Raises:
            Withheld: A stage does not understand it, it is kept without being plain, or the result
                does not fit the format.
        """
        if text == ABSENT and self.name != "message":
            return text
        if self.name == "data" and treatment.step is not None:
            return _treated_data(text, treatment.step)
        if treatment.step is None:
            result = text
        elif "text" in treatment.kinds or self.reads is None:
            result = _written(self, text, treatment.step(text))
        else:
            result = _written(self, text, treatment.step(self.reads(text)))
        if self.name == "message":
            if _NO_TEXT.search(result):
                raise Withheld("a control character")
        elif not _SHAPES[self.name].fullmatch(result):
            rule = _RULES[self.name] if treatment.step is None else "does not fit the format"
            raise Withheld(rule)
        return result


def _written(column: Column, text: str, value: Any) -> str:
    """Return a value as the text of its column; a time as the line wrote its own."""
    if not isinstance(value, datetime):
        return value if isinstance(value, str) else column.writes(value)
    return write_like(text, value)


def _treated_data(text: str, step: Callable[[Any], Any]) -> str:
    """Return structured data with each value treated as text behind its name."""
    for match in _IDS.finditer(text):
        if step(match[1]) != match[1]:
            raise Withheld("not a plain name")

    def treated(match: re.Match[str]) -> str:
        value = _UNESCAPED.sub(r"\1", match[2])
        label = f"{match[1]}="
        result = str(step(label + value))
        if not result.startswith(label) or _NO_TEXT.search(result):
            raise Withheld("not a plain name")
        left = result.removeprefix(label)
        if left == value:
            return match[0]
        escaped = _TO_ESCAPE.sub(r"\\\1", left)
        return f' {label}"{escaped}"'

    return _PARAMS.sub(treated, text)


PRIORITY = SyslogColumn("priority", rb"[0-9]{1,3}", reads=read_number, writes=write_number)
TIME = SyslogColumn("time", _TIME.encode(), reads=read_time)
HOST = SyslogColumn("host", rf"(?:{_HOST})".encode())
APP = SyslogColumn("app", rf"(?:{_NAME})".encode())
PID = SyslogColumn("pid", rf"(?:{_PID})".encode(), reads=read_number, writes=write_number)
MSGID = SyslogColumn("msgid", rf"(?:{_NAME})".encode())
DATA = SyslogColumn("data", rf"(?:{_DATA})".encode())
MESSAGE = SyslogColumn("message", rb"[^\n\r\x00]*+")
ALL = (PRIORITY, TIME, HOST, APP, PID, MSGID, DATA, MESSAGE)
COLUMNS = tuple(column.name for column in ALL)

# What may stand in a column again, and what is said of text that is kept and is not so.
_SHAPES = {
    "priority": re.compile("[0-9]{1,3}"),
    "time": re.compile(_TIME),
    "host": re.compile(_HOST),
    "app": re.compile(_NAME, re.ASCII),
    "pid": re.compile(r"[0-9]{1,10}|[\w-]{22,128}", re.ASCII),
    "msgid": re.compile(_NAME, re.ASCII),
    "data": re.compile(_DATA),
}
_RULES = {
    "priority": "not a number",
    "time": "not a time",
    "host": "not a host name",
    "app": "not a plain name",
    "pid": "not a process number",
    "msgid": "not a plain name",
    "data": "not structured data",
}


class Minute(NamedTuple):
    """How a time is cut at its seconds.

    Args:
        before: The expression for what stands before them.
        seconds: That for them.
        noughts: What comes in their place.
        after: The expression for what stands behind them.
    """

    before: bytes
    seconds: bytes
    noughts: bytes
    after: bytes


def fits(lines: Sequence[bytes]) -> int:
    """Return how many lines of a sample are of syslog, or go on with one that is."""
    count = 0
    for line in lines:
        text = line.decode("latin-1")
        # The text of a message may be anything, so what goes on with one is told behind one alone.
        count += _is_line(text) or (count > 0 and continued(text)[1] != "")
    return count


def _is_line(text: str) -> bool:
    """Tell whether a line has one of the two forms; the older needs more than a time to say so."""
    match = _OLD.fullmatch(text)
    if match is None:
        return (_NEW.fullmatch(text) or _cisco(text)) is not None
    return (
        match["app"] is not None
        or match["priority"] is not None
        or re.fullmatch(_REPEATED, match["message"]) is not None
        or _cisco(text) is not None
        or _ADDRESS.fullmatch(match["host"] or "") is not None
    )


def minute_like(time: bytes) -> Minute:
    """Return how to cut a time like this one, with as many digits behind its seconds."""
    old = not time[:1].isdigit()
    (seconds,) = re.findall(rb":[0-9]{2}:([0-9]{2}(?:\.[0-9]+)?)", time)
    fraction = rf"\.[0-9]{{{len(seconds) - 3}}}" if b"." in seconds else ""
    return Minute(
        (_OLD_TO_MINUTE if old else _NEW_TO_MINUTE).encode(),
        (_SECOND + fraction).encode(),
        re.sub(b"[0-9]", b"0", seconds),
        b"" if old else _ZONE.encode(),
    )


def split(text: str) -> list[Part]:
    """Return the columns of a line, in order, each with the fixed text around it.

    Raises:
        Withheld: The line has neither form.
    """
    if "\0" in text:
        raise Withheld("a NUL character")
    match = _NEW.fullmatch(text)
    if match is not None:
        said = match["message"]
        mark = BOM if said and said.startswith(BOM) else ""
        return [
            *_priority(match),
            Part(TIME, "1 ", match["time"], " ", "1 - "),
            Part(HOST, "", match["host"], " ", "- "),
            Part(APP, "", match["app"], " ", "- "),
            Part(PID, "", match["pid"], " ", "- "),
            Part(MSGID, "", match["msgid"], " ", "- "),
            Part(DATA, "", match["data"], "", "-"),
            *(
                []
                if said is None
                else [Part(MESSAGE, f" {mark}", said.removeprefix(mark), "", " ")]
            ),
        ]
    match = _cisco(text)
    if match is not None:
        return _parts_of_cisco(match)
    match = _OLD.fullmatch(text)
    if match is None:
        indent, said = continued(text)
        if not said or _OLD.fullmatch(said) or _NEW.fullmatch(said) or _cisco(said):
            raise Withheld("not a line of syslog")
        return [Part(MESSAGE, indent, said, "", indent)]
    parts = [*_priority(match), Part(TIME, "", match["time"], " ", "- ")]
    if match["host"] is not None:
        parts.append(Part(HOST, "", match["host"], match["gap"], f"-{match['gap']}"))
    colon = ""
    if match["app"] is not None:
        parts.append(Part(APP, "", match["app"], "", ABSENT))
        colon = f":{match['blank']}"
    if match["pid"] is not None:
        level = match["level"] or ""
        parts.append(Part(PID, "[", match["pid"], f"]{level}", level))
    return [*parts, Part(MESSAGE, colon, match["message"], "", colon)]


def _cisco(text: str) -> re.Match[str] | None:
    """Return the parts of a line that a device of Cisco wrote."""
    match = _CISCO.fullmatch(text) if "%" in text else None
    if match is not None and match["relay"] and match["host"] and not match["number"]:
        return None  # behind a host alone, a name is a tag
    return match


def _parts_of_cisco(match: re.Match[str]) -> list[Part]:
    after = match["after"] or ""
    behind = after if match["relay"] is None else " "
    parts = (
        Part(TIME, "", match["relayed"], behind, f"-{behind}"),
        Part(HOST, "", match["relay"], after, f"-{after}"),
        Part(PID, "", match["number"], ": ", ""),
        Part(HOST, "", match["host"], ": ", "-: "),
        Part(PID, "", match["second"], ": ", ""),
        Part(TIME, match["sign"], match["time"], match["zone"], ""),
        Part(APP, "", match["app"], "", ABSENT),
    )
    colon = f":{match['blank']}"
    said = Part(MESSAGE, colon, match["message"], "", colon)
    return [*_priority(match), *(part for part in parts if part.text), said]  # None is not there


def _priority(match: re.Match[str]) -> list[Part]:
    said = match["priority"]
    return [] if said is None else [Part(PRIORITY, "<", said, f">{match['pad']}", "")]
