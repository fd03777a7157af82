r"""Syslog: lines as RFC 3164 and RFC 5424 write them, and as rsyslog and journald keep them.

    <34>Oct 11 22:14:15 mymachine su[231]: 'su root' failed on /dev/pts/8
    2026-10-11T22:14:15.003+02:00 mymachine su: 'su root' failed on /dev/pts/8
    Oct 11 22:14:15 mymachine last message repeated 3 times
    <165>1 2026-10-11T22:14:15.003Z mymachine app 231 ID47 [id@32473 iut="3"] message

As with access logs, the usual line matches one strict expression, and every other line is read once
more, part by part (`syslog_line.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from anonkit.errors import Withheld
from anonkit.parse.column import (
    DROPPED,
    WITHHELD,
    Column,
    ColumnMemo,
    Treatment,
    decoded,
    is_utf8,
)
from anonkit.parse.loop import Find, Piece, Run, compiled, no_loop, no_rows
from anonkit.parse.requests import cutting_requests
from anonkit.parse.syslog_line import (
    ALL,
    APP,
    DATA,
    HOST,
    MESSAGE,
    MSGID,
    PID,
    PRIORITY,
    TIME,
    Minute,
    minute_like,
    split,
)
from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonkit.report import Report

RECORD = "syslog_line"
LINES_TRIED = 16  # of each block, until one tells which of the two forms the stream has


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


class SyslogRewriter:
    """Rewrites lines of syslog, in either form, under a policy.

    Args:
        treatments: What the policy says, by column; a column it does not name is dropped.
        report: Where lines are counted.
        cache: How many values each column remembers.
    """

    def __init__(self, treatments: Mapping[str, Treatment], report: Report, *, cache: int) -> None:
        self._treatments = {c.name: treatments.get(c.name, DROPPED) for c in ALL}
        self._treatments[MESSAGE.name] = cutting_requests(self._treatments[MESSAGE.name])
        self._undeclared = frozenset(c.name for c in ALL if c.name not in treatments)
        self._report = report
        self._cache = cache
        self._find: Find = no_rows
        self._loop: Run = no_loop
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
            parts = split(decoded(line))
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
                    (time,) = re.findall(TIME.pattern, content)[:1]
                    self._compile(pieces, minute_like(time), line[len(content) :] + b"\n")
                    return

    def _compile(self, pieces: tuple[_Piece, ...], minute: Minute, newline: bytes) -> None:
        """Make the loop over usual lines of one form, with times and ends like these."""
        self._compiled = True
        odd = {name for name, said in self._treatments.items() if said.step} | self._undeclared
        if any(piece.optional and piece.column.name in odd for piece in pieces):
            return  # whether it came is to be seen, or a stage is for it: the careful way does both
        expression: list[bytes] = []
        stays: list[bytes] = []  # expressions of the slice that is open
        out: list[Piece] = []

        def flush() -> None:
            """End the slice of what stays, if one is open."""
            if stays:
                expression.append(b"(" + b"".join(stays) + b")")
                out.append(None)
                stays.clear()

        for piece in pieces:
            treatment = self._treatments[piece.column.name]
            before, after = re.escape(piece.before), re.escape(piece.after)
            whole = _optional(before + piece.column.pattern + after, piece)
            if treatment.dropped:
                flush()
                expression.append(whole)
                out.append(piece.nil)
            elif treatment.step is None and piece.column is not MESSAGE:
                stays.append(whole)
            elif treatment.to_minute and piece.column is TIME:
                stays.append(before + minute.before)
                flush()
                expression.append(minute.seconds)
                out.append(minute.noughts)
                stays.append(minute.after + after)
            else:  # a message that is kept is looked at too: it may hold any bytes
                stays.append(before)
                flush()
                expression.append(b"(" + piece.column.pattern + b")")
                self._memos.append(ColumnMemo(piece.column, treatment, self._cache))
                out.append(self._memos[-1])
                stays.append(after)
        stays.append(re.escape(newline))
        flush()
        self._find, self._loop = compiled(b"".join(expression), out, "syslog")
        self._pieces = len(out)
        self._dropped = sum(piece.column.name in self._undeclared for piece in pieces)


def _optional(expression: bytes, piece: _Piece) -> bytes:
    return b"(?:" + expression + b")?+" if piece.optional else expression
