r"""Access logs: the common and the combined format of Apache and nginx.

    203.0.113.77 - alice [10/Oct/2026:13:55:36 +0200] "GET /a?b=c HTTP/1.1" 200 2326 "-" "curl/8"

Source: Apache HTTP Server, mod_log_config, `%h %l %u %t "%r" %>s %b` and, for combined,
`"%{Referer}i" "%{User-agent}i"`. Apache and nginx write a quote inside a field as `\"` or `\x22`.
Further quoted fields, which many add behind the agent, are of no known meaning: each becomes `"-"`.

A line is read in one of two ways. The usual line matches one strict expression over printable
ASCII, in which only what changes is captured. Every other line is read once more, part by part,
which finds the rule that withholds it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

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
    read_number,
    read_time,
    write_number,
    write_status,
    write_time,
)
from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from anonkit.report import Report

RECORD = "web_request"
LINES_TRIED = 16  # of each block, until one tells how lines end
MOST_EXTRAS = 8  # further quoted fields that the expression for usual lines can have

# Printable ASCII without quote and backslash; with a space, between quotes. `+` behind a repeat
# never gives back what it took: what may follow is not in its set. It saves a tenth of the time.
_WORD = rb"[!#-\[\]-~]++"
_TEXT = rb"[ !#-\[\]-~]*+"
# The shape is all that is asked of a time that no stage reads; 60 is a leap second.
_TIME = (
    rf"(?:0[1-9]|[12][0-9]|3[01])/(?:{'|'.join(MONTHS)})/[0-9]{{4}}:(?:[01][0-9]|2[0-3]):"
    r"[0-5][0-9]:(?:[0-5][0-9]|60) [+-](?:0[0-9]|1[0-4])[0-5][0-9]"
)

CLIENT = Column("client", rb"[0-9A-Fa-f:.]{2,45}+")
IDENT = Column("ident", _WORD)
USER = Column("user", rb"[!#-Z\\^-~][ !#-Z\\^-~]{0,255}")  # names with spaces are seen
TIME = Column("time", _TIME.encode(), quoted=True, reads=read_time, writes=write_time)
METHOD = Column("method", rb"[A-Z]{1,20}+")
TARGET = Column("target", rb"[!$->@-\[\]-~]++", query=rb"(?:[?#][!#-\[\]-~]*+)?+")
PROTOCOL = Column("protocol", rb"[A-Z]{2,8}+/[0-9.]{1,3}+")
STATUS = Column("status", rb"[0-9]{3}", reads=read_number, writes=write_status)
BYTES = Column("bytes", rb"(?:[0-9]{1,19}+|-)", reads=read_number, writes=write_number)
REFERER = Column("referer", rb"[ !$->@-\[\]-~]*+", query=rb"(?:[?#][ !#-\[\]-~]*+)?+", quoted=True)
AGENT = Column("agent", _TEXT, quoted=True)

# A quoted field behind the agent: no policy can name it, so it is dropped.
EXTRA = Column("", _TEXT, quoted=True)

# A format is a sequence of fixed text and columns.
_COMMON: tuple[bytes | Column, ...] = (
    CLIENT, b" ", IDENT, b" ", USER, b" [", TIME, b'] "', METHOD, b" ", TARGET, b" ", PROTOCOL,
    b'" ', STATUS, b" ", BYTES,
)  # fmt: skip
FORMATS: dict[str, tuple[bytes | Column, ...]] = {
    "common": _COMMON,
    "combined": (*_COMMON, b' "', REFERER, b'" "', AGENT, b'"'),
}

# What a policy can speak of, whichever of the formats it is for.
COLUMNS = tuple(part.name for part in FORMATS["combined"] if isinstance(part, Column))

# The careful way. Each quoted part ends at the first quote that no backslash escapes. Nothing is
# given back (`+` behind a repeat), so time is linear and no megabyte of ways back is remembered.
# A login name with a bracket or quote in it could look like the time or request behind it, and what
# can be read in two ways is not read at all.
_QUOTED = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
_LINE = re.compile(
    rf'([^\s"]++) ([^\s"]++) ([^"\[\]]{{1,256}}) \[([^\]]{{1,64}}+)\] {_QUOTED} (\S++) (\S++)'
    rf"(?: {_QUOTED} {_QUOTED}((?: {_QUOTED})*+))?+",
    re.ASCII | re.DOTALL,
)
# Methods are registered in upper case (RFC 9110, section 16.1.1), so that anything else in their
# place says who knows what. `-` and `__other__` are what a policy makes of parts.
_REQUEST = re.compile(
    r"([A-Z][A-Z-]{0,31}|-|__other__) ([^ ]+) ([A-Z]{2,8}/[0-9.]{1,3}|-)",
)
_TIME_SHAPE = re.compile(rf"{_TIME}|-")
_STATUS = re.compile(r"[0-9]{3}|-")
_SIZE = re.compile(r"[0-9]{1,19}|-")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def columns(form: str) -> list[Column]:
    """Return the columns of a format, in order."""
    return [part for part in FORMATS[form] if isinstance(part, Column)]


def fits(form: str) -> Callable[[bytes], bool]:
    """Return the function that tells whether a line has a format."""

    def fit(line: bytes) -> bool:
        match = _LINE.fullmatch(line.decode("latin-1"))
        return match is not None and (form == "combined") == (match[8] is not None)

    return fit


def _count(extras: str | None) -> int:
    return len(re.findall(_QUOTED, extras or ""))


def _no_rows(data: bytes) -> list[tuple[bytes, ...]]:
    """Find no usual line: what is left when a key is gone."""
    return [()] * data.count(b"\n")


def _no_loop(rows: Iterator[tuple[bytes, ...]], _out: list[bytes]) -> bool:
    """Leave each line to the careful way."""
    return next(rows, None) is None


class WeblogRewriter:
    """Rewrites lines of one access-log format under a policy.

    Args:
        form: `common` or `combined`.
        treatments: What the policy says, by column; a column it does not name is dropped.
        report: Where lines are counted.
        cache: How many values each column remembers.
    """

    def __init__(
        self, form: str, treatments: Mapping[str, Treatment], report: Report, *, cache: int
    ) -> None:
        self._form = form
        self._columns = columns(form)
        self._treatments = {
            c.name: treatments.get(c.name, DROPPED) for c in (*self._columns, EXTRA)
        }
        self._undeclared = len([c for c in self._columns if c.name not in treatments])
        self._report = report
        self._cache = cache
        self._find: Callable[[bytes], list[tuple[bytes, ...]]] = _no_rows
        self._loop: Callable[..., bool] = _no_loop
        self._compiled = False
        self._pieces = 1  # of output for each line
        self._memos: list[ColumnMemo] = []

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`; return their number and those withheld."""
        if not self._compiled and (ending := self._ending(data)) is not None:
            self._compile(ending)
        whole = data.rfind(b"\n") + 1
        lines: list[bytes] = []
        withheld: list[tuple[int, bytes]] = []
        blank, before = 0, len(out)
        rows = iter(self._find(data if whole == len(data) else data[:whole]))
        while not self._loop(rows, out):
            # Every line so far is in the output, in a fixed number of pieces, or withheld.
            number = (len(out) - before) // self._pieces + len(withheld)
            lines = lines or data.split(b"\n")
            blank += self._one(lines[number] + b"\n", number, out, withheld)
        count = (len(out) - before) // self._pieces + len(withheld)
        if whole < len(data):
            blank += self._one(data[whole:], count, out, withheld)
            count += 1
        passed = count - blank - len(withheld)
        self._report.passed(RECORD, passed)
        if self._undeclared:
            self._report.undeclared(RECORD, passed * self._undeclared)
        return count, withheld

    def _one(
        self, line: bytes, number: int, out: list[bytes], withheld: list[tuple[int, bytes]]
    ) -> bool:
        """Take one line that is not the usual one; return whether it is blank."""
        content = line.removesuffix(b"\n").removesuffix(b"\r")
        rewritten = self._carefully(content) if content else content
        if rewritten is None:
            withheld.append((number, line))
        else:
            filling = [b""] * (self._pieces - 1)
            out += (rewritten + line[len(content) :], *filling)
        return not content

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""
        for memo in self._memos:
            memo.kept.clear()
        self._memos.clear()
        self._treatments = dict.fromkeys(self._treatments, WITHHELD)
        self._find, self._loop, self._compiled = _no_rows, _no_loop, True

    def _carefully(self, line: bytes) -> bytes | None:
        """Return what may leave of a line that is not the usual one, or None and count it."""
        path = ""
        omitted: list[Place] = []
        try:
            fields, requested, extras = self._split(decoded(line))
            result: dict[str, str] = {}
            for column in self._columns:
                path = column.name
                treatment = self._treatments[path]
                try:
                    result[path] = column.treat(fields[path], treatment)
                except Withheld as error:
                    if not treatment.keeps_record:
                        raise
                    omitted.append(Place(RECORD, path, error.rule))
                    result[path] = ABSENT
        except Withheld as error:
            self._report.withhold(Place(RECORD, path, error.rule))
            return None
        for place in omitted:
            self._report.omit(place)
        return self._joined(result, extras, requested=requested).encode()

    def _split(self, text: str) -> tuple[dict[str, str], bool, int]:
        """Return the columns of a line, whether its request is one, and how many extras follow.

        Raises:
            Withheld: The line has not the format.
        """
        if _CONTROL.search(text):
            raise Withheld("a control character")
        match = _LINE.fullmatch(text)
        if match is None or (self._form == "combined") != (match[8] is not None):
            raise Withheld(f"not a line of the {self._form} format")
        client, ident, user, time, request, status, size, referer, agent, extras = match.groups()[
            :10
        ]
        if not _TIME_SHAPE.fullmatch(time):
            raise Withheld("time: not a time")
        if not _STATUS.fullmatch(status):
            raise Withheld("status: not a number")
        if not _SIZE.fullmatch(size):
            raise Withheld("bytes: not a number")
        # A request that is none (an attack, a broken client) says nothing that is understood.
        parts = _REQUEST.fullmatch(request)
        method, target, protocol = parts.groups() if parts else (ABSENT,) * 3
        named = {
            "client": client,
            "ident": ident,
            "user": user,
            "time": time,
            "method": method,
            "target": target,
            "protocol": protocol,
            "status": status,
            "bytes": size,
            "referer": referer or "",
            "agent": agent or "",
        }
        return named, parts is not None, _count(extras)

    def _joined(self, result: dict[str, str], extras: int, *, requested: bool) -> str:
        request = ABSENT
        if requested:
            request = " ".join(result[name] for name in ("method", "target", "protocol"))
        line = (
            f"{result['client']} {result['ident']} {result['user']} [{result['time']}] "
            f'"{request}" {result["status"]} {result["bytes"]}'
        )
        if self._form == "common":
            return line
        return f'{line} "{result["referer"]}" "{result["agent"]}"' + f' "{ABSENT}"' * extras

    def _compile(self, ending: list[bytes | Column]) -> None:
        """Make the loop over usual lines, which end like this.

        One `findall` a block, which gives a row of slices a line, and one look-up a changed column.
        Fixed text beside a changed column is remembered with it; what stays between two is one
        slice. A line that is not the usual one fills only the last slice of its row.
        """
        pattern, pieces = self._parts(ending)
        names: dict[str, Any] = {"Withheld": Withheld}
        slices, parts = [], []
        for index, piece in enumerate(pieces):
            if isinstance(piece, bytes):
                parts.append(repr(piece))
                continue
            slices.append(f"s{index}")
            if piece is None:
                parts.append(f"s{index}")
            else:
                names[f"get{index}"], names[f"miss{index}"] = piece.kept.get, piece.miss
                parts.append(f"get{index}(s{index}) or miss{index}(s{index})")
        if not slices:  # `findall` gives no row of one group alone
            pattern, slices = rb"()" + pattern, ["nothing"]
        source = f"""
def loop(rows, out):
    try:
        for {", ".join([*slices, "other"])}, in rows:
            if other:
                return False
            out += ({", ".join(parts)},)
    except Withheld:
        return False
    return True
"""
        # Compiled are fixed words, numbers and the `repr` of fixed text alone.
        exec(compile(source, f"<anonkit format: {self._form}>", "exec"), names)  # noqa: S102
        self._loop = names["loop"]
        self._pieces = len(pieces)
        self._find = re.compile(pattern + rb"|([^\n]*\n)").findall
        self._compiled = True

    def _parts(self, ending: list[bytes | Column]) -> tuple[bytes, list[bytes | ColumnMemo | None]]:
        """Return the expression for a usual line, and the pieces that its output consists of.

        A piece is fixed text, the memo of a changed column, or None for a slice that stays; every
        piece but fixed text has one group in the expression, in order.
        """
        expression: list[bytes] = []
        pieces: list[bytes | ColumnMemo | None] = []
        slice_: list[bytes] = []  # expressions of what stays since the last change
        fixed = b""  # output text that no piece has yet

        def flush() -> None:
            """Give fixed text to the piece before it, or make it one."""
            nonlocal fixed
            if fixed and pieces and isinstance(pieces[-1], ColumnMemo):
                pieces[-1].after += fixed
            elif fixed:
                pieces.append(fixed)
            fixed = b""

        for part in (*FORMATS[self._form], *ending):
            if isinstance(part, bytes):
                (slice_ or expression).append(re.escape(part))
                fixed += b"" if slice_ else part
                continue
            treatment = self._treatments[part.name]
            if treatment.step is None and not treatment.dropped:
                flush()
                slice_ += (part.pattern, part.query)
                continue
            if slice_:
                expression += (b"(", *slice_, b")")
                pieces.append(None)
                slice_ = []
            if treatment.dropped:
                expression += (part.pattern, part.query)
                fixed += ABSENT.encode()
            elif treatment.ignores_query:
                # One page has one entry in the memory, whatever its visitors typed.
                expression += (b"(", part.pattern, b")", part.query)
            else:
                expression += (b"(", part.pattern, part.query, b")")
            if not treatment.dropped:
                memo = ColumnMemo(part, treatment, self._cache)
                memo.before, fixed = fixed, b""
                self._memos.append(memo)
                pieces.append(memo)
        if slice_:
            expression += (b"(", *slice_, b")")
            pieces.append(None)
        flush()
        return b"".join(expression), pieces

    def _ending(self, data: bytes) -> list[bytes | Column] | None:
        """Return what follows the format in a stream that begins with these lines.

        The first line tells that has the format and no more further fields than servers write;
        None says that there is none yet.
        """
        for line in data.split(b"\n", LINES_TRIED)[:LINES_TRIED]:
            content = line.removesuffix(b"\r")
            match = _LINE.fullmatch(content.decode("latin-1"))
            if match is None or (extras := _count(match[10])) > MOST_EXTRAS:
                continue
            newline = line[len(content) :] + b"\n"
            return [*(part for _ in range(extras) for part in (b' "', EXTRA, b'"')), newline]
        return None
