r"""CSV: rows of cells, the first of which names the columns.

    time,client,message
    2026-05-11T09:02:44Z,203.0.113.7,"he said ""no"", and left"

Grammar: RFC 4180, section 2, with `,`, `;`, tab or `|` between cells, whichever the header has,
and rows that end with LF or CRLF. A cell in quotes may hold separators, doubled quotes and line
ends; a quote anywhere else makes a row that can be read in two ways, so it is withheld, as are rows
with more or fewer cells than the header. Where a row ends is told as Python's `csv` does, so that a
broken row takes no other along.

A row is rewritten in place: a cell that stays keeps its bytes, its quotes included; one that goes
is empty. What a stage makes is quoted where it must be. A cell that begins with `=`, `+`, `-` or
`@` runs in spreadsheets, so a result that would begin so where its cell did not has an apostrophe
before it (OWASP, CSV Injection).

A policy either names columns, as fields of `row`; or classes of names (`names.py`), as fields of
`any_row`, for tables of any header. Columns that it does not speak of are emptied.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Final

from anonkit.errors import FormatError, Withheld
from anonkit.parse import lines
from anonkit.parse.cells import Cells, Otherwise
from anonkit.parse.column import DROPPED, WITHHELD, Treatment, decoded
from anonkit.parse.names import (
    CLASSES,
    DEEP,
    UNKNOWN,
    class_of,
    is_identifier,
    is_known,
    is_moment,
    is_worded,
)
from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from anonkit.report import Report

CLASSED = "any_row"
# JSON has numbers, truth values and names of members; a cell is text or a time.
ROW_CLASSES = tuple(name for name in CLASSES if name not in ("number", "boolean", "key"))
SEPARATORS: Final = b",;\t|"
MOST_COLUMNS: Final = 4096
# Values that all columns of a table remember together, at some 250 bytes each: it may have many.
MOST_KEPT: Final = 16_384
QUOTE: Final = 0x22
OTHER_NAME: Final = b"[COLUMN]"
_PLAIN_NAME: Final = re.compile(r"[^\W\d][\w .:/()%#&-]{0,63}")
# What data looks like and no name of a column does.
_NO_NAME: Final = re.compile(r"[-+]?[0-9].*|true|false|null|.*@.*", re.IGNORECASE | re.DOTALL)
# Names of columns that say nothing of anybody, beside those in `names.py`.
_COMMON: Final = frozenset(
    """
    time timestamp date datetime day month year hour minute ts at count total sum amount
    quantity qty price cost size bytes length duration port srcport destport dport sport pid
    number no nr row line rows lines result score rate percent min max avg mean index rank
    currency product item sku valid success failed enabled active created updated start end
    begin stop from until weekday week quarter
    """.split()  # noqa: SIM905 - a list of words reads best unbroken
) | {"date and time"}  # as the event viewer of Windows calls it
# Where the scan of a row stands: at the start of a cell, inside quotes, behind a quote in quotes
# (its end, or the first of two), or in the rest of a cell.
START, INSIDE, BEHIND, REST = range(4)

NO_HEADER: Final = "the first row does not name the columns"
HOW_TO_NAME: Final = (
    "write their names as a first line: (echo 'time,client,...'; cat FILE) | anonkit run -f csv"
)


class Table:
    """A stream of rows: hand bytes in with `feed`, and call `finish` at the end.

    Args:
        treatments: What the policy says, by class, or by column with `named`.
        report: Where rows are counted.
        cache: How many values each column remembers.
        reject: Called with the number (from 1, the header) and the bytes of each withheld row; one
            over the limit comes in pieces of one number.
        record: The record type that the policy speaks of: `CLASSED`, or another to name columns.

    Raises:
        FormatError: From `feed` and `finish`: the first row names no columns.
    """

    def __init__(
        self,
        treatments: Mapping[str, Treatment],
        report: Report,
        *,
        cache: int,
        reject: Callable[[int, bytes], None] | None = None,
        record: str = CLASSED,
    ) -> None:
        self._treatments = dict(treatments)
        self._named = record != CLASSED
        self._record = record
        self._report = report
        self._cache = cache
        self._reject = reject or lines.unkept
        self._carry = bytearray()
        self._state = START
        self._skipping = False
        self._number = 1  # of the next row
        self._separator = b""  # until the header is there
        self._stop = re.compile(b"\n")
        self._columns: list[Cells] = []
        self._width = 0
        self._undeclared = 0

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the stream and return what may leave of the rows that it completes."""
        out: list[bytes] = []
        for start in range(0, len(data), lines.BLOCK):
            self._block(data[start : start + lines.BLOCK], out)
        return b"".join(out)

    def finish(self) -> bytes:
        """Take the end of the stream and return what may leave of a last row without a line end."""
        out: list[bytes] = []
        if self._carry and not self._separator:
            self._header(bytes(self._carry), out)
        elif self._carry and self._state == INSIDE:
            self._withhold("", "a quote is not closed", bytes(self._carry))
        elif self._carry:
            self._row(bytes(self._carry), out)
        self._carry = bytearray()
        self._state, self._skipping = START, False
        return b"".join(out)

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""
        self._treatments = dict.fromkeys(self._treatments, WITHHELD)
        for column in self._columns:
            column.forget()

    def _block(self, data: bytes, out: list[bytes]) -> None:
        start = 0
        while (end := self._end(data, start)) >= 0:
            row = b"".join((self._carry, memoryview(data)[start:end]))
            self._carry = bytearray()
            start = end
            if self._skipping:
                self._reject(self._number, row)
                self._skipping = False
                self._number += 1
            elif len(row) - 1 > lines.LONGEST_LINE:
                self._withhold("", "row too long", row)
            elif self._separator:
                self._row(row, out)
            else:
                self._header(row, out)
        self._carry += memoryview(data)[start:]
        if self._skipping or len(self._carry) > lines.LONGEST_LINE:
            if not self._skipping:
                self._report.withhold(Place("", "", "row too long"))
            self._skipping = True
            self._reject(self._number, bytes(self._carry))
            self._carry = bytearray()

    def _end(self, data: bytes, at: int) -> int:
        """Return where the row ends that goes on at a place, or -1 where it does not end yet."""
        newline = quote = -2  # the next ones: not looked for yet
        while at < len(data):
            if self._state == INSIDE:
                at = data.find(b'"', at) + 1
                if not at:
                    return -1
                self._state = BEHIND
            elif self._state in (START, BEHIND) and data[at] == QUOTE and self._separator:
                self._state = INSIDE
                at += 1
            else:
                if newline != -1 and newline < at:
                    newline = data.find(b"\n", at)
                if quote != -1 and quote < at:
                    quote = data.find(b'"', at)
                if newline >= 0 and not at <= quote < newline:
                    self._state = START
                    return newline + 1
                self._state = REST
                stop = self._stop.search(data, at)
                if stop is None:
                    return -1
                self._state = START
                at = stop.end()
                if stop[0] == b"\n":
                    return at
        return -1

    def _header(self, row: bytes, out: list[bytes]) -> None:
        """Take the first row that is not blank: it names the columns.

        Raises:
            FormatError: It does not.
        """
        content = row.rstrip(b"\r\n")
        if not content.strip():
            out.append(row)
            self._number += 1
            return
        mark = BOM_UTF8 if content.startswith(BOM_UTF8) else b""
        self._use(_separator(content))
        try:
            cells = self._split(content.removeprefix(mark))
            names = [_named_by(cell) for cell in cells]
        except Withheld as error:
            raise FormatError(f"{NO_HEADER}: {error.rule}", hint=HOW_TO_NAME) from None
        if not _are_names(names):
            raise FormatError(NO_HEADER, hint=HOW_TO_NAME)
        self._name(names)
        left = [
            cell if self._may_leave(name) else OTHER_NAME
            for cell, name in zip(cells, names, strict=True)
        ]
        out += (mark, self._separator.join(left), row[len(content) :])
        self._number += 1

    def _use(self, separator: bytes) -> None:
        """Read rows with this separator from now on."""
        escaped = re.escape(separator)
        plain = b'[^"\r\n' + escaped + b"]*+"
        cell = b'(?:"[^"]*+(?:""[^"]*+)*+"|' + plain + b")"
        self._separator = separator
        self._stop = re.compile(b"[\n" + escaped + b"]")
        self._whole = re.compile(cell + b"(?:" + escaped + cell + b")*+")
        self._each = re.compile(b"(?:\\A|" + escaped + b")(" + cell + b")")
        self._plain = re.compile(plain.decode())

    def _name(self, names: list[str]) -> None:
        """Bind the policy to the columns.

        Raises:
            FormatError: It speaks of columns that the table does not have, or knows none of them.
        """
        self._width = len(names)
        cache = min(self._cache, MOST_KEPT // len(names))
        if self._named:
            # A path of one step, in which a backslash takes signs literally.
            said = {re.sub(r"\\(.)", r"\1", path): path for path in self._treatments}
            for name, path in said.items():
                if name not in names:
                    raise FormatError(
                        f"record.{self._record}.fields.{path}: no column of the table has that name"
                    )
        elif not any(_is_known(name) for name in names):
            raise FormatError(
                f"{NO_HEADER}: none is a known one",
                hint="write a policy that names them: [record.row], fields.NAME = ...",
            )
        for place, name in enumerate(names):
            known = name if self._named else _class(name)
            treatment = self._treatments.get(said[name] if self._named and name in said else known)
            self._undeclared += treatment is None
            kept = treatment is not None and treatment.step is None and not treatment.dropped
            if kept and self._named:
                continue  # a column that is kept needs no look at its cells
            self._columns.append(
                Cells(
                    place,
                    said.get(name, "") if self._named else known,
                    treatment or DROPPED,
                    Otherwise() if self._named else self._otherwise(name, known),
                    is_moment(name),
                    self._plain,
                    cache,
                )
            )

    def _otherwise(self, name: str, known: str) -> Otherwise:
        return Otherwise(
            time=None if known in DEEP else self._treatments.get("time", DROPPED),
            identifier=self._treatments.get("session", DROPPED) if _is_open(name) else None,
            address=self._treatments.get("url", DROPPED) if known == "text" else None,
        )

    def _may_leave(self, name: str) -> bool:
        """Tell whether the name of a column may leave: known, or plain and no find."""
        if not name:
            return True
        if not _PLAIN_NAME.fullmatch(name):
            return False
        if self._named:
            return True  # the policy's author has seen the table
        text = self._treatments.get("text", DROPPED)
        if is_known(name) or is_worded(name) or name.lower() in _COMMON:
            return True
        return " " not in name and not text.dropped and (not text.step or text.step(name) == name)

    def _row(self, row: bytes, out: list[bytes]) -> None:
        """Take one row below the header."""
        content = row.removesuffix(b"\n").removesuffix(b"\r")
        ending = row[len(content) :]
        if not content:
            out.append(row)  # a blank line is no record, and stays
            self._number += 1
            return
        path = ""
        omitted: list[Place] = []
        try:
            cells = self._split(content)
            for column in self._columns:
                path, place = column.name, column.place
                cell = cells[place]
                try:
                    cells[place] = column.kept.get(cell) or column.miss(cell)
                except Withheld as error:
                    if not column.last.keeps_record:
                        raise
                    omitted.append(Place(self._record, path, error.rule))
                    cells[place] = b""
        except Withheld as error:
            self._withhold(path, error.rule, row)
            return
        for place_ in omitted:
            self._report.omit(place_)
        # A row of one empty cell would be a blank line.
        out += (self._separator.join(cells) or b'""', ending)
        self._number += 1
        self._report.passed(self._record, 1)
        self._report.undeclared(self._record, self._undeclared)

    def _split(self, content: bytes) -> list[bytes]:
        """Return the cells of a row.

        Raises:
            Withheld: It is no row, or not all of it is text.
        """
        if not content.isascii():
            decoded(content)
        if b"\0" in content:
            raise Withheld("a NUL character")
        if b'"' in content:
            if self._whole.fullmatch(content) is None:
                raise Withheld("a quote in the middle of a cell")
            cells: list[bytes] = self._each.findall(content)
        elif b"\r" in content:
            raise Withheld("a line end in the middle of a cell")
        else:
            cells = content.split(self._separator)
        if self._width not in (0, len(cells)):
            raise Withheld("not as many cells as columns")
        return cells

    def _withhold(self, path: str, rule: str, row: bytes) -> None:
        self._report.withhold(Place(self._record if path else "", path, rule))
        self._reject(self._number, row)
        self._number += 1


def fits(sample: Sequence[bytes]) -> int:
    """Return how many lines of a sample are rows of a table that its first line names."""
    first = sample[0].removeprefix(BOM_UTF8)
    try:
        separator = _separator(first)
        names = [_named_by(cell) for cell in first.split(separator)]
    except (FormatError, Withheld):
        return 0
    plain = all(_PLAIN_NAME.fullmatch(name) or name == names[0] == "" for name in names)
    if len(names) < 2 or not plain or not _are_names(names) or not any(map(_is_known, names)):  # noqa: PLR2004
        return 0
    # Rows with quotes may have more separators, or go on in the next lines.
    count, is_open = 1, False
    for line in sample[1:]:
        quotes = line.count(b'"')
        count += is_open or quotes > 0 or line.count(separator) == len(names) - 1
        is_open ^= bool(quotes % 2)
    return count


def _separator(header: bytes) -> bytes:
    """Return what stands between the cells of a header: the sign it has most often.

    Raises:
        FormatError: Two are there equally often.
    """
    bare = re.sub(rb'"[^"]*"', b"", header)
    counts = {bytes([sign]): bare.count(sign) for sign in SEPARATORS}
    best = max(counts, key=lambda sign: counts[sign])
    if counts[best] and list(counts.values()).count(counts[best]) > 1:
        raise FormatError(
            "the first row has two separators equally often", hint="put names with one in quotes"
        )
    return best


def _named_by(cell: bytes) -> str:
    """Return the name in a cell of a header, without the blanks that some put behind a comma.

    Raises:
        Withheld: It is not text.
    """
    bare = cell[1:-1].replace(b'""', b'"') if cell[:1] == b'"' else cell
    return decoded(bare).strip(" ")


def _are_names(names: list[str]) -> bool:
    """Tell whether a row can be a header; the first name may be missing, as pandas writes it."""
    return (
        len(names) <= MOST_COLUMNS
        and all(names[1:])
        and any(names)
        and not any(map(_NO_NAME.fullmatch, names))
    )


def _is_known(name: str) -> bool:
    """Tell whether a name is one that tables have, rather than a value."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)
    return class_of(name) != UNKNOWN or bool(words and words[-1].lower() in _COMMON)


def _is_open(name: str) -> bool:
    """Tell whether a name leaves open whether the cells below it identify."""
    known = class_of(name)
    return known == UNKNOWN or (known == "text" and is_identifier(name))


def _class(name: str) -> str:
    """Return the class of the cells below a name."""
    known = class_of(name)
    return known if known in ROW_CLASSES else "text"
