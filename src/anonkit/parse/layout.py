"""Lines of columns: a layout says what a line consists of, and one rewriter serves every layout.

A line is read in one of two ways. The usual line matches one strict expression over printable
ASCII, in which only what changes is captured. Every other line is read once more, part by part,
which finds the rule that withholds it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from anonkit.errors import Withheld
from anonkit.parse.column import (
    ABSENT,
    DROPPED,
    WITHHELD,
    Column,
    ColumnMemo,
    Treatment,
    decoded,
)
from anonkit.parse.loop import Find, Piece, Run, compiled, no_loop, no_rows
from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from anonkit.report import Report

LINES_TRIED = 16  # of each block, until one tells how lines end
MOST_EXTRAS = 8  # further fields that the expression for usual lines can have

# Printable ASCII without quote and backslash; with a space, between quotes. `+` behind a repeat
# never gives back what it took: what may follow is not in its set. It saves a tenth of the time.
WORD = rb"[!#-\[\]-~]++"
TEXT = rb"[ !#-\[\]-~]*+"
_USUAL_TEXT = re.compile(TEXT)
# What is remembered need not be searched so strictly: one byte is found three times as fast as one
# of a set, and `ColumnMemo` asks each value once whether it is usual text.
_TO_QUOTE = rb'[^"]*+'

# A quoted part ends at the first quote that no backslash escapes. Nothing is given back, so time is
# linear and no megabyte of ways back is remembered.
QUOTED = r'[^"\\]*+(?:\\.[^"\\]*+)*+'

# A field behind all that is known, in quotes or not: no policy can name it, so it is dropped. nginx
# writes names before some (`uct="0.012"`).
EXTRA = Column("", TEXT, quoted=True, careful=QUOTED)
_BARE_EXTRA = Column("", rb'[!#-\[\]-~]++(?:"[ !#-\[\]-~]*+")?+')
_FURTHER = rf' (?:"{QUOTED}"|[^\s"]++(?:"{QUOTED}")?+)'
_EACH_FURTHER = re.compile(_FURTHER, re.ASCII | re.DOTALL)
_QUOTED_ABSENT, _BARE_ABSENT = f' "{ABSENT}"', f" {ABSENT}"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Group(NamedTuple):
    """Columns with a space between them that are one part of a line, or `-` where they are none.

    Args:
        columns: The columns, in order.
        shape: An expression with a group for each, when the part consists of them.
        careful: An expression for any text of the whole, without groups.
    """

    columns: tuple[Column, ...]
    shape: re.Pattern[str]
    careful: str = QUOTED


class Row(NamedTuple):
    """One line, read.

    Args:
        texts: The text of each column.
        whole: For each group, whether its columns are there.
        extras: What stands for the fields that follow.
    """

    texts: list[str]
    whole: list[bool]
    extras: str


class Layout:
    """What each line of a format consists of.

    Args:
        name: What the format is called, in messages.
        record: The record type of its lines.
        parts: Fixed text, columns and groups of columns, in order.
        extras: Whether further fields may follow.
    """

    def __init__(
        self,
        name: str,
        record: str,
        parts: Sequence[bytes | Column | Group],
        *,
        extras: bool = False,
    ) -> None:
        self.name = name
        self.record = record
        self.parts = tuple(parts)
        self.columns = [part for part in self.flat() if isinstance(part, Column)]
        fixed = b"".join(part for part in parts if isinstance(part, bytes)).decode()
        self._controls = "".join(_CONTROL.findall(fixed))  # such as the tabs between columns
        careful = [
            re.escape(part.decode()) if isinstance(part, bytes) else f"({part.careful})"
            for part in parts
        ]
        if extras:
            careful.append(f"((?:{_FURTHER})*+)")
        self._extras = extras
        self.line = re.compile("".join(careful), re.ASCII | re.DOTALL)

    def flat(self) -> Iterator[bytes | Column]:
        """Return fixed text and columns alone, in order."""
        for part in self.parts:
            if not isinstance(part, Group):
                yield part
                continue
            for index, column in enumerate(part.columns):
                yield from (b" ", column) if index else (column,)

    def fits(self, line: bytes) -> bool:
        """Tell whether a line has this layout, and its columns the shapes that they must have."""
        match = self.line.fullmatch(line.decode("latin-1"))
        if match is None:
            return False
        parts = (part for part in self.parts if not isinstance(part, bytes))
        return all(
            part.shape is None or part.shape.fullmatch(said) is not None
            for part, said in zip(parts, match.groups(), strict=False)
            if isinstance(part, Column)
        )

    def extras_of(self, line: bytes) -> str | None:
        """Return what stands for the fields that follow, or None where it is no such line."""
        match = self.line.fullmatch(line.decode("latin-1"))
        return None if match is None else self._absent(match)

    def split(self, text: str) -> Row:
        """Read a line.

        Raises:
            Withheld: It has not this layout.
        """
        if _CONTROL.search(text.translate(dict.fromkeys(map(ord, self._controls)))):
            raise Withheld("a control character")
        match = self.line.fullmatch(text)
        if match is None:
            raise Withheld(f"not a line of the {self.name} format")
        if self._controls and any(map(_CONTROL.search, match.groups())):
            raise Withheld("a control character")
        texts: list[str] = []
        whole: list[bool] = []
        parts = [part for part in self.parts if not isinstance(part, bytes)]
        for part, said in zip(parts, match.groups(), strict=False):
            if isinstance(part, Column):
                if part.shape is not None and not part.shape.fullmatch(said):
                    raise Withheld(f"{part.name}: {part.rule}")
                texts.append(said)
                continue
            # A group that is none (an attack, a broken client) says nothing that is understood.
            words = part.shape.fullmatch(said)
            whole.append(words is not None)
            texts += words.groups() if words else [ABSENT] * len(part.columns)
        return Row(texts, whole, self._absent(match))

    def join(self, row: Row) -> str:
        """Write a line."""
        texts, whole = iter(row.texts), iter(row.whole)
        line: list[str] = []
        for part in self.parts:
            if isinstance(part, bytes):
                line.append(part.decode())
            elif isinstance(part, Column):
                line.append(next(texts))
            else:
                words = " ".join(next(texts) for _ in part.columns)
                line.append(words if next(whole) else ABSENT)
        return "".join(line) + row.extras

    def _absent(self, match: re.Match[str]) -> str:
        """Return what stands for the fields that follow, quoted where they are."""
        if not self._extras:
            return ""
        said = match[match.re.groups]
        return "".join(
            _QUOTED_ABSENT if said[found.start() + 1] == '"' else _BARE_ABSENT
            for found in _EACH_FURTHER.finditer(said)
        )


class _Usual:
    """The expression for a usual line, and the pieces of its output, drawn up part by part.

    Attributes:
        expression: What a usual line matches, to be joined: a group for every piece but fixed text.
        pieces: Fixed text, the memo of a changed column, or None for a slice that stays.
    """

    def __init__(self) -> None:
        self.expression: list[bytes] = []
        self.pieces: list[Piece] = []
        self._fixed = b""  # output text that no piece has yet
        self._slice: list[bytes] = []  # expressions of what stays, behind the fixed text
        self._few = True  # whether that has few values

    def text(self, text: bytes) -> None:
        """Go on with fixed text."""
        (self._slice or self.expression).append(re.escape(text))
        self._fixed += b"" if self._slice else text

    def stays(self, pattern: bytes, *, few: bool) -> None:
        """Go on with a column that leaves as it is."""
        self._slice.append(pattern)
        self._few = self._few and few

    def minute(self, before: bytes, seconds: bytes, after: bytes) -> None:
        """Go on with a time that is cut at its seconds, if it has any.

        The seconds are no slice: two digits in place of a memory with an entry a second.
        """
        self.stays(before, few=False)
        if seconds:
            self._end_slice()
            self.expression.append(seconds)
            self._fixed = b"00"
        if after:
            self.stays(after, few=True)

    def goes(self, pattern: bytes, absent: bytes) -> None:
        """Go on with a column in whose place stands what says that there is nothing."""
        self._end_slice()
        self.expression.append(pattern)
        self._fixed += absent

    def lead(self) -> bytes:
        """Return the expression of what stays before a column and is remembered along with it.

        A zone and a method have few values: one look-up for them and a page is less than a slice
        and a look-up (a tenth of the time of a line).
        """
        lead = b"".join(self._slice) if self._few else b""
        if lead:
            self._slice = []
        return lead

    def changes(self, memo: ColumnMemo, searched: bytes) -> None:
        """Go on with a changed column, after its `lead`."""
        self._end_slice()
        self.expression.append(searched)
        memo.before, self._fixed = self._fixed, b""
        self.pieces.append(memo)

    def end(self) -> None:
        """Come to the end of the line."""
        self._end_slice()
        self._flush()

    def _end_slice(self) -> None:
        if self._slice:
            self._flush()
            self.expression += (b"(", *self._slice, b")")
            self.pieces.append(None)
        self._slice, self._few = [], True

    def _flush(self) -> None:
        """Give fixed text to the piece before it, or make it one."""
        if self._fixed and self.pieces and isinstance(memo := self.pieces[-1], ColumnMemo):
            memo.after += self._fixed
        elif self._fixed:
            self.pieces.append(self._fixed)
        self._fixed = b""


class LayoutRewriter:
    """Rewrites lines of one layout under a policy.

    Args:
        layout: What a line consists of.
        treatments: What the policy says, by column; a column it does not name is dropped.
        report: Where lines are counted.
        cache: How many values each column remembers.
    """

    def __init__(
        self, layout: Layout, treatments: Mapping[str, Treatment], report: Report, *, cache: int
    ) -> None:
        self._layout = layout
        self._treatments = {
            c.name: treatments.get(c.name, DROPPED) for c in (*layout.columns, EXTRA)
        }
        self._undeclared = len([c for c in layout.columns if c.name not in treatments])
        self._report = report
        self._cache = cache
        self._find: Find = no_rows
        self._loop: Run = no_loop
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
        found, loop = self._find(data if whole == len(data) else data[:whole]), self._loop
        rows = iter(found)
        while not loop(rows, out):
            # Every line so far is in the output, in a fixed number of pieces, or withheld.
            number = (len(out) - before) // self._pieces + len(withheld)
            lines = lines or data.split(b"\n")
            blank += self._one(lines[number] + b"\n", number, out, withheld)
            if len(found) != len(lines) - 1:
                # A row went over the end of its line, for want of a quote: it was refused, and what
                # is behind it is left to the careful way.
                found = no_rows(data)
                rows, loop = iter(found[number + 1 :]), no_loop
        count = (len(out) - before) // self._pieces + len(withheld)
        if whole < len(data):
            blank += self._one(data[whole:], count, out, withheld)
            count += 1
        passed = count - blank - len(withheld)
        self._report.passed(self._layout.record, passed)
        if self._undeclared:
            self._report.undeclared(self._layout.record, passed * self._undeclared)
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
        self._find, self._loop, self._compiled = no_rows, no_loop, True

    def _carefully(self, line: bytes) -> bytes | None:
        """Return what may leave of a line that is not the usual one, or None and count it."""
        layout, path = self._layout, ""
        omitted: list[Place] = []
        try:
            row = layout.split(decoded(line))
            for index, column in enumerate(layout.columns):
                path = column.name
                treatment = self._treatments[path]
                try:
                    row.texts[index] = column.treat(row.texts[index], treatment)
                except Withheld as error:
                    if not treatment.keeps_record:
                        raise
                    omitted.append(Place(layout.record, path, error.rule))
                    row.texts[index] = column.absent
        except Withheld as error:
            self._report.withhold(Place(layout.record, path, error.rule))
            return None
        for place in omitted:
            self._report.omit(place)
        return layout.join(row).encode()

    def _compile(self, ending: list[bytes | Column]) -> None:
        """Make the loop over usual lines, which end like this.

        Fixed text beside a changed column is remembered with it.
        """
        pattern, pieces = self._parts(ending)
        self._find, self._loop = compiled(pattern, pieces, self._layout.name)
        self._pieces = len(pieces)
        self._compiled = True

    def _parts(self, ending: list[bytes | Column]) -> tuple[bytes, list[Piece]]:
        """Return the expression for a usual line, and the pieces that its output consists of.

        A piece is fixed text, the memo of a changed column, or None for a slice that stays; every
        piece but fixed text has one group in the expression, in order.
        """
        usual = _Usual()
        parts = (*self._layout.flat(), *ending)
        for part, behind in zip(parts, (*parts[1:], b""), strict=True):
            if isinstance(part, bytes):
                usual.text(part)
                continue
            treatment = self._treatments[part.name]
            if treatment.step is None and not treatment.dropped:
                usual.stays(part.pattern + part.query, few=part.few)
            elif treatment.to_minute and part.minute is not None:
                usual.minute(*part.minute)
            elif treatment.dropped:
                usual.goes(part.pattern + part.query, part.absent.encode())
            else:
                usual.changes(*self._remembered(part, treatment, behind, usual.lead()))
        usual.end()
        return b"".join(usual.expression), usual.pieces

    def _remembered(
        self, column: Column, treatment: Treatment, behind: bytes | Column, lead: bytes
    ) -> tuple[ColumnMemo, bytes]:
        """Return the memory of a changed column, and the expression that finds its text."""
        usual, query = None, b""
        text = column.pattern + column.query
        if treatment.ignores_query:
            # One page has one entry in the memory, whatever its visitors typed.
            text, query = column.pattern, column.query
        elif column.pattern is TEXT and isinstance(behind, bytes) and behind[:1] == b'"':
            text, usual = _TO_QUOTE, _USUAL_TEXT
        apart = re.compile(rb"\A(%b)(%b)\Z" % (lead, text)) if lead else None
        memo = ColumnMemo(column, treatment, self._cache, usual, apart)
        self._memos.append(memo)
        return memo, b"(%b%b)%b" % (lead, text, query)

    def _ending(self, data: bytes) -> list[bytes | Column] | None:
        """Return what follows the layout in a stream that begins with these lines.

        The first line tells that has the layout and no more further fields than servers write;
        None says that there is none yet.
        """
        for line in data.split(b"\n", LINES_TRIED)[:LINES_TRIED]:
            content = line.removesuffix(b"\r")
            extras = self._layout.extras_of(content)
            if extras is None or extras.count(ABSENT) > MOST_EXTRAS:
                continue
            ending: list[bytes | Column] = []
            for mark in extras.split():
                ending += (b' "', EXTRA, b'"') if mark[0] == '"' else (b" ", _BARE_EXTRA)
            return [*ending, line[len(content) :] + b"\n"]
        return None
