"""Lines that begin with an address and a space; all the rest is one field.

For logs of any kind that begin so, where the policy lets the rest pass unread. One look-up a line:
half the time that `sed` takes (benchmarks/logs.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonkit.errors import Withheld
from anonkit.parse.column import (
    ABSENT,
    DROPPED,
    WITHHELD,
    Column,
    ColumnMemo,
    Treatment,
    is_utf8,
)
from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anonkit.report import Report

RECORD = "address_line"
PIECES = 3  # of output for each line: address, rest, newline
CLIENT = Column("client", rb"[^ ]+")
REST = Column("rest", rb".*", quoted=True)
COLUMNS = (CLIENT.name, REST.name)


class AddressRewriter:
    """Rewrites lines that begin with an address under a policy.

    Args:
        treatments: What the policy says of `client` and `rest`; what it does not name is dropped.
        report: Where lines are counted.
        cache: How many addresses are remembered.
    """

    def __init__(self, treatments: Mapping[str, Treatment], report: Report, *, cache: int) -> None:
        self._treatments = {c.name: treatments.get(c.name, DROPPED) for c in (CLIENT, REST)}
        self._undeclared = len([name for name in self._treatments if name not in treatments])
        self._client = ColumnMemo(CLIENT, self._treatments["client"], cache)
        self._client.after = b" "
        self._report = report

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`; return their number and those withheld."""
        lines = data.split(b"\n")
        ended = not lines[-1]
        if ended:
            lines.pop()
        before, blank = len(out), 0
        withheld: list[tuple[int, bytes]] = []
        remaining = iter(lines)
        said = self._treatments["rest"]
        # Kept, it is not read, so what is no text must be seen before.
        unread = said.step is None and not said.dropped and is_utf8(data)
        while not self._loop(remaining, out, unread=unread):
            # Every line so far is in the output, in three pieces, or withheld.
            number = (len(out) - before) // PIECES + len(withheld)
            blank += self._one(lines[number], number, out, withheld)
        passed = (len(out) - before) // PIECES - blank
        self._report.passed(RECORD, passed)
        if self._undeclared:
            self._report.undeclared(RECORD, passed * self._undeclared)
        last = len(lines) - 1
        if not ended:
            if withheld and withheld[-1][0] == last:
                withheld[-1] = last, lines[last]
            else:
                out[-1] = b""
        return len(lines), withheld

    def _loop(self, lines: Iterator[bytes], out: list[bytes], *, unread: bool) -> bool:
        """Append three pieces a line; return whether all were taken, or one needs care."""
        get, miss = self._client.kept.get, self._client.miss
        rest = self._treatments["rest"]
        try:
            if unread:
                for line in lines:
                    client, text = line.split(b" ", 1)
                    out += (get(client) or miss(client), text, b"\n")
            else:
                for line in lines:
                    client, text = line.split(b" ", 1)
                    out += (get(client) or miss(client), _treated(text, rest), b"\n")
        except (Withheld, ValueError):
            return False
        return True

    def _one(
        self, line: bytes, number: int, out: list[bytes], withheld: list[tuple[int, bytes]]
    ) -> bool:
        """Take one line that the loop did not; return whether it is blank, and so no record."""
        if line in (b"", b"\r"):
            out += (line, b"", b"\n")
            return True
        path = ""
        omitted: list[Place] = []
        try:
            texts = dict(zip(("client", "rest"), _split(line), strict=True))
            for path, text in texts.items():
                treatment = self._treatments[path]
                try:
                    if path == "rest":
                        texts[path] = _treated(text, treatment)
                    else:
                        texts[path] = CLIENT.treat_bytes(text, treatment)
                except Withheld as error:
                    if not treatment.keeps_record:
                        raise
                    omitted.append(Place(RECORD, path, error.rule))
                    texts[path] = ABSENT.encode() + _end(text)
        except Withheld as error:
            self._report.withhold(Place(RECORD, path, error.rule))
            withheld.append((number, line + b"\n"))
            return False
        for place in omitted:
            self._report.omit(place)
        out += (texts["client"] + b" ", texts["rest"], b"\n")
        return False

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""
        self._client.kept.clear()
        self._client = ColumnMemo(CLIENT, WITHHELD, 0)
        self._treatments = dict.fromkeys(self._treatments, WITHHELD)


def _split(line: bytes) -> tuple[bytes, bytes]:
    client, space, rest = line.partition(b" ")
    if not space:
        raise Withheld("no space behind an address")
    return client, rest


def _treated(rest: bytes, treatment: Treatment) -> bytes:
    """Return what may leave of the rest; the end of the line is no part of it."""
    end = _end(rest)
    return REST.treat_bytes(rest.removesuffix(end), treatment) + end


def _end(text: bytes) -> bytes:
    return b"\r" if text.endswith(b"\r") else b""
