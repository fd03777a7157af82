r"""Syslog: lines as RFC 3164 and RFC 5424 write them, and as rsyslog and journald keep them.

    <34>Oct 11 22:14:15 mymachine su[231]: 'su root' failed on /dev/pts/8
    2026-10-11T22:14:15.003+02:00 mymachine su: 'su root' failed on /dev/pts/8
    Oct 11 22:14:15 mymachine last message repeated 3 times
    <165>1 2026-10-11T22:14:15.003Z mymachine app 231 ID47 [id@32473 iut="3"] message

RFC 3164, section 4.1:  [<PRI>]TIMESTAMP HOSTNAME [TAG[\[PID\]]: ]MESSAGE
RFC 5424, section 6:    [<PRI>]1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [ MSG]

Files under /var/log have no priority; rsyslog and `journalctl -o short-iso` write RFC 3339 times
into the older form. A tag that is no plain name is a part of the message, and is treated as text.
A line that is indented, or is the headline of an exception, goes on with the message before it, as
in stack traces and in what `journalctl` prints: it is a message alone, unless behind its blanks it
is a whole line.

As with access logs, the usual line matches one strict expression, and every other line is read once
more, part by part.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from anonkit.errors import Withheld
from anonkit.parse.column import (
    ABSENT,
    DROPPED,
    MONTHS,
    WITHHELD,
    Column,
    ColumnMemo,
    Treatment,
    decoded,
    is_utf8,
    read_number,
    write_number,
)
from anonkit.parse.continued import continued
from anonkit.parse.layout import no_loop, no_rows
from anonkit.parse.times import write_like
from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anonkit.report import Report

RECORD = "syslog_line"
LINES_TRIED = 16  # of each block, until one tells which of the two forms the stream has

_MONTH = rf"(?:{'|'.join(MONTHS)})"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)"
# RFC 3164 pads the day with a blank; Cisco and some forwarders add a year, or fractions.
_OLD_TIME = (
    rf"{_MONTH} (?:[ 0][1-9]|[12][0-9]|3[01]|[1-9])(?: [0-9]{{4}})?+ {_CLOCK}(?:\.[0-9]{{1,6}})?+"
)
# RFC 3339; journald leaves the colon of the zone out.
_NEW_TIME = (
    rf"[0-9]{{4}}-[01][0-9]-[0-3][0-9]T{_CLOCK}(?:\.[0-9]{{1,9}})?+(?:Z|[+-][0-2][0-9]:?[0-5][0-9])"
)
_TIME = rf"(?:{_OLD_TIME}|{_NEW_TIME})"
# A name of a machine, or its address; never with a colon at its end, which would be a tag.
_HOST = r"[0-9A-Za-z_-](?:[0-9A-Za-z._:%-]{0,253}[0-9A-Za-z_-])?|[0-9A-Fa-f:]{1,40}::"
_NAME = r"[A-Za-z_/%][\w./()%+-]{0,62}|-"
_PID = r"[0-9]{1,10}|-"
_REPEATED = r"(?:--- )?last message repeated [0-9]{1,9} times?(?: ---)?"

_SD_NAME = r"[!#-<>-\\^-~]{1,32}"
_PARAM = rf'{_SD_NAME}="[^"\\\]]*+(?:\\.[^"\\\]]*+)*+"'
_DATA = rf"(?:\[{_SD_NAME}(?: {_PARAM})*+\])++|-"
_PARAMS = re.compile(rf' ({_SD_NAME})="([^"\\\]]*+(?:\\.[^"\\\]]*+)*+)"', re.DOTALL)
_IDS = re.compile(rf"\[({_SD_NAME})(?: {_PARAM})*+\]", re.DOTALL)
BOM = "\ufeff"

_OLD = re.compile(
    rf"(<(?P<priority>[0-9]{{1,3}})>)?(?P<time>{_TIME}) "
    rf"(?:(?!{_REPEATED}\Z)(?P<host>{_HOST}) )?"
    rf"(?:(?P<app>{_NAME})(?:\[(?P<pid>{_PID})\])?:(?P<blank> ?))?(?P<message>.*)",
    re.DOTALL,
)
_NEW = re.compile(
    rf"(<(?P<priority>[0-9]{{1,3}})>)?1 (?P<time>{_NEW_TIME}|-) (?P<host>[!-~]{{1,255}}) "
    r"(?P<app>[!-~]{1,48}) (?P<pid>[!-~]{1,128}) (?P<msgid>[!-~]{1,32}) "
    rf"(?P<data>{_DATA})(?: (?P<message>.*))?",
    re.DOTALL,
)
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


class _Part(NamedTuple):
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


class _Piece(NamedTuple):
    """One column of the usual line.

    Args:
        column: The column.
        before: Fixed text before it.
        after: Fixed text behind it.
        nil: What stands there when it is dropped, its fixed text included.
        optional: Whether it may be missing, with its fixed text.
    """

    column: Column
    before: bytes
    after: bytes
    nil: bytes
    optional: bool = False


_USUAL_PRIORITY = _Piece(PRIORITY, b"<", b">", b"", optional=True)
USUAL = {
    "RFC 3164": (
        _USUAL_PRIORITY,
        _Piece(TIME, b"", b" ", b"- "),
        _Piece(HOST, b"", b" ", b"- "),
        _Piece(APP, b"", b"", b"-"),
        _Piece(PID, b"[", b"]", b"", optional=True),
        _Piece(MESSAGE, b": ", b"", b": "),
    ),
    "RFC 5424": (
        _USUAL_PRIORITY,
        _Piece(TIME, b"1 ", b" ", b"1 - "),
        _Piece(HOST, b"", b" ", b"- "),
        _Piece(APP, b"", b" ", b"- "),
        _Piece(PID, b"", b" ", b"- "),
        _Piece(MSGID, b"", b" ", b"- "),
        _Piece(DATA, b"", b" ", b"- "),
        _Piece(MESSAGE, b"", b"", b""),
    ),
}


def fits(line: bytes) -> bool:
    """Tell whether a line has one of the two forms, with a tag where it is the older."""
    text = line.decode("latin-1")
    match = _OLD.fullmatch(text)
    return _NEW.fullmatch(text) is not None or (
        match is not None
        and (match["app"] is not None or re.fullmatch(_REPEATED, match["message"]) is not None)
    )


class SyslogRewriter:
    """Rewrites lines of syslog, in either form, under a policy.

    Args:
        treatments: What the policy says, by column; a column it does not name is dropped.
        report: Where lines are counted.
        cache: How many values each column remembers.
    """

    def __init__(self, treatments: Mapping[str, Treatment], report: Report, *, cache: int) -> None:
        self._treatments = {c.name: treatments.get(c.name, DROPPED) for c in ALL}
        self._undeclared = frozenset(c.name for c in ALL if c.name not in treatments)
        self._report = report
        self._cache = cache
        self._find: Callable[[bytes], list[tuple[bytes, ...]]] = no_rows
        self._loop: Callable[..., bool] = no_loop
        self._compiled = False
        self._pieces = 1  # of output for each line
        self._dropped = 0  # columns of the usual line that no policy line names
        self._memos: list[ColumnMemo] = []

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`; return their number and those withheld."""
        if not self._compiled:
            self._choose(data)
        whole = data.rfind(b"\n") + 1
        lines: list[bytes] = []
        withheld: list[tuple[int, bytes]] = []
        careful, before = 0, len(out)
        # What is kept is not looked at on the quick way, so other bytes need the careful one.
        find, loop = (self._find, self._loop) if is_utf8(data) else (no_rows, no_loop)
        rows = iter(find(data if whole == len(data) else data[:whole]))
        while not loop(rows, out):
            # Every line so far is in the output, in a fixed number of pieces, or withheld.
            number = (len(out) - before) // self._pieces + len(withheld)
            lines = lines or data.split(b"\n")
            careful += self._one(lines[number] + b"\n", number, out, withheld)
        usual = (len(out) - before) // self._pieces - careful
        count = usual + careful + len(withheld)
        if whole < len(data):
            self._one(data[whole:], count, out, withheld)
            count += 1
        self._report.passed(RECORD, usual)
        self._report.undeclared(RECORD, usual * self._dropped)
        return count, withheld

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""
        for memo in self._memos:
            memo.kept.clear()
        self._memos.clear()
        self._treatments = dict.fromkeys(self._treatments, WITHHELD)
        self._find, self._loop, self._compiled = no_rows, no_loop, True

    def _one(
        self, line: bytes, number: int, out: list[bytes], withheld: list[tuple[int, bytes]]
    ) -> bool:
        """Take one line that is not the usual one; return whether it is in the output."""
        content = line.removesuffix(b"\n").removesuffix(b"\r")
        rewritten = self._carefully(content) if content else content
        if rewritten is None:
            withheld.append((number, line))
            return False
        out += (rewritten + line[len(content) :], *[b""] * (self._pieces - 1))
        return True

    def _carefully(self, line: bytes) -> bytes | None:
        """Return what may leave of a line, read part by part, or None; count it either way."""
        path = ""
        omitted: list[Place] = []
        pieces: list[str] = []
        try:
            parts = _split(decoded(line))
            for part in parts:
                path = part.column.name
                treatment = self._treatments[path]
                try:
                    nil = treatment.dropped
                    result = "" if nil else part.column.treat(part.text, treatment)
                except Withheld as error:
                    if not treatment.keeps_record:
                        raise
                    omitted.append(Place(RECORD, path, error.rule))
                    nil, result = True, ""
                pieces.append(part.nil if nil else part.before + result + part.after)
        except Withheld as error:
            self._report.withhold(Place(RECORD, path, error.rule))
            return None
        for place in omitted:
            self._report.omit(place)
        self._report.passed(RECORD, 1)
        dropped = sum(part.column.name in self._undeclared for part in parts)
        self._report.undeclared(RECORD, dropped)
        return "".join(pieces).encode()

    def _choose(self, data: bytes) -> None:
        """Compile the loop for the first line that is a usual one of either form, if there is."""
        for line in data.split(b"\n", LINES_TRIED)[:LINES_TRIED]:
            content = line.removesuffix(b"\r")
            for pieces in USUAL.values():
                expression = b"".join(
                    _optional(re.escape(piece.before) + piece.column.pattern + piece.after, piece)
                    for piece in pieces
                )
                if re.fullmatch(expression, content):
                    self._compile(pieces, line[len(content) :] + b"\n")
                    return

    def _compile(self, pieces: tuple[_Piece, ...], newline: bytes) -> None:
        """Make the loop over usual lines of one form, which end like this.

        One `findall` a block, which gives a row of slices a line; what stays between two changes
        is one slice. A line that is not the usual one fills only the last slice of its row.
        """
        self._compiled = True
        odd = {name for name, said in self._treatments.items() if said.step} | self._undeclared
        if any(piece.optional and piece.column.name in odd for piece in pieces):
            return  # whether it came is to be seen, or a stage is for it: the careful way does both
        names: dict[str, Any] = {"Withheld": Withheld}
        expression: list[bytes] = []
        slice_: list[bytes] = []
        parts: list[str] = []
        slices: list[str] = []

        def flush() -> None:
            """End the slice of what stays, if one is open."""
            if slice_:
                expression.append(b"(" + b"".join(slice_) + b")")
                slices.append(f"s{len(parts)}")
                parts.append(slices[-1])
                slice_.clear()

        for piece in pieces:
            treatment = self._treatments[piece.column.name]
            before, after = re.escape(piece.before), re.escape(piece.after)
            whole = _optional(before + piece.column.pattern + after, piece)
            if treatment.dropped:
                flush()
                expression.append(whole)
                parts.append(repr(piece.nil))
            elif treatment.step is None and piece.column is not MESSAGE:
                slice_.append(whole)
            else:  # a message that is kept is looked at too: it may hold any bytes
                slice_.append(before)
                flush()
                memo = ColumnMemo(piece.column, treatment, self._cache)
                self._memos.append(memo)
                name = f"s{len(parts)}"
                names[f"get{name}"], names[f"miss{name}"] = memo.kept.get, memo.miss
                expression.append(b"(" + piece.column.pattern + b")")
                slices.append(name)
                parts.append(f"get{name}({name}) or miss{name}({name})")
                slice_.append(after)
        slice_.append(re.escape(newline))
        flush()
        source = f"""
def loop(rows, out):
    try:
        for {", ".join([*slices, "other"])} in rows:
            if other:
                return False
            out += ({", ".join(parts)},)
    except Withheld:
        return False
    return True
"""
        # Compiled are fixed words, numbers and the `repr` of fixed text alone.
        exec(compile(source, "<anonkit format: syslog>", "exec"), names)  # noqa: S102
        self._loop = names["loop"]
        self._pieces = len(parts)
        self._find = re.compile(b"".join(expression) + rb"|([^\n]*\n)").findall
        self._dropped = sum(piece.column.name in self._undeclared for piece in pieces)


def _optional(expression: bytes, piece: _Piece) -> bytes:
    return b"(?:" + expression + b")?+" if piece.optional else expression


def _split(text: str) -> list[_Part]:
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
            _Part(TIME, "1 ", match["time"], " ", "1 - "),
            _Part(HOST, "", match["host"], " ", "- "),
            _Part(APP, "", match["app"], " ", "- "),
            _Part(PID, "", match["pid"], " ", "- "),
            _Part(MSGID, "", match["msgid"], " ", "- "),
            _Part(DATA, "", match["data"], "", "-"),
            *(
                []
                if said is None
                else [_Part(MESSAGE, f" {mark}", said.removeprefix(mark), "", " ")]
            ),
        ]
    match = _OLD.fullmatch(text)
    if match is None:
        indent, said = continued(text)
        if not said or _OLD.fullmatch(said) or _NEW.fullmatch(said):
            raise Withheld("not a line of syslog")
        return [_Part(MESSAGE, indent, said, "", indent)]
    parts = [*_priority(match), _Part(TIME, "", match["time"], " ", "- ")]
    if match["host"] is not None:
        parts.append(_Part(HOST, "", match["host"], " ", "- "))
    colon = ""
    if match["app"] is not None:
        parts.append(_Part(APP, "", match["app"], "", ABSENT))
        colon = f":{match['blank']}"
    if match["pid"] is not None:
        parts.append(_Part(PID, "[", match["pid"], "]", ""))
    return [*parts, _Part(MESSAGE, colon, match["message"], "", colon)]


def _priority(match: re.Match[str]) -> list[_Part]:
    said = match["priority"]
    return [] if said is None else [_Part(PRIORITY, "<", said, ">", "")]
