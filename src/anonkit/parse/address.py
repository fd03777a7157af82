"""Lines that begin with an address and a space; all the rest is one field.

For logs of any kind that begin so, where the policy lets the rest pass unread. One look-up a line:
0.4 of the time that `sed` takes (benchmarks/logs.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonkit.errors import Withheld
from anonkit.parse.column import DROPPED, WITHHELD, Column, ColumnMemo, Treatment
from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonkit.report import Report

RECORD = "address_line"
PIECES = 3  # of output for each line: address, rest, newline
CLIENT = Column("client", rb"[^ ]+")
REST = Column("rest", rb".*", quoted=True)


class AddressRewriter:
    """Rewrites lines that begin with an address under a policy.

    Args:
        treatments: What the policy says of `client` and `rest`; what it does not name is dropped.
        report: Where lines are counted.
        cache: How many addresses are remembered.
    """

    def __init__(self, treatments: Mapping[str, Treatment], report: Report, *, cache: int) -> None:
        self._client = ColumnMemo(CLIENT, treatments.get("client", DROPPED), cache)
        self._client.after = b" "
        self._rest = treatments.get("rest", DROPPED)
        self._report = report

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`; return their number and those withheld."""
        lines = data.split(b"\n")
        ended = not lines[-1]
        if ended:
            lines.pop()
        before = len(out)
        refused = self._rewrite(lines, out)
        last = len(lines) - 1
        if not ended and last not in refused:
            out[-1] = b""
        self._report.passed(RECORD, (len(out) - before) // PIECES)
        newline = [b"\n"] * last + [b"\n" if ended else b""]
        return len(lines), [(number, lines[number] + newline[number]) for number in refused]

    def _rewrite(self, lines: list[bytes], out: list[bytes]) -> list[int]:
        """Append three pieces a line to `out`; return the numbers of those that are withheld."""
        get, miss = self._client.kept.get, self._client.miss
        rest_of = None if self._rest.step is None and not self._rest.dropped else self._treated
        refused: list[int] = []
        remaining = iter(lines)
        before = len(out)
        while True:
            try:
                if rest_of is None:
                    for line in remaining:
                        client, rest = line.split(b" ", 1)
                        out += (get(client) or miss(client), rest, b"\n")
                else:
                    for line in remaining:
                        client, rest = line.split(b" ", 1)
                        out += (get(client) or miss(client), rest_of(rest), b"\n")
            except Withheld as error:
                rule = error.rule
            except ValueError:
                rule = "no space behind an address"
            else:
                return refused
            refused.append((len(out) - before) // PIECES + len(refused))
            self._report.withhold(Place(RECORD, "", rule))

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""
        self._client.kept.clear()
        self._client = ColumnMemo(CLIENT, WITHHELD, 0)
        self._rest = WITHHELD

    def _treated(self, rest: bytes) -> bytes:
        return REST.treat_bytes(rest, self._rest)
