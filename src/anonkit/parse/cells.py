"""The cells of a column of a table: how a text becomes a value for stages, and a result a cell."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from anonkit.errors import Withheld
from anonkit.parse.column import LONGEST_CACHED, WITHHELD, Treatment, decoded
from anonkit.parse.scalars import IDENTIFIER
from anonkit.stages.clock import is_clock, is_time

_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,32}(?:\.[0-9]{1,32})?(?:[eE][-+]?[0-9]{1,3})?")
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")


class Cells:
    """The cells of one column: what may leave of each, remembered while there is room.

    Args:
        place: Which column it is, from 0.
        name: What the report calls it: its class, or its name in the policy.
        treatment: What becomes of a cell.
        time: What becomes of one that is written as a time, where that is something else.
        identifier: What becomes of one that nobody chose, where the name says nothing.
        moment: Whether the name of the column says that it is of times.
        cell: The expression of a cell that needs no quotes.
        limit: How many values are remembered.
    """

    def __init__(
        self,
        place: int,
        name: str,
        treatment: Treatment,
        time: Treatment | None,
        identifier: Treatment | None,
        moment: bool,  # noqa: FBT001 - one of eight, all given by name or place in one call
        cell: re.Pattern[str],
        limit: int,
    ) -> None:
        self.place = place
        self.name = name
        self.treatment = treatment
        self._time = time
        self._identifier = identifier
        self._moment = moment
        self._cell = cell
        self._limit = limit
        self.kept: dict[bytes, bytes] = {}

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""
        self.treatment = WITHHELD
        self._time = self._identifier = None
        self.kept.clear()

    def miss(self, cell: bytes) -> bytes:
        """Return what may leave of a cell.

        Raises:
            Withheld: A stage does not understand it.
        """
        quoted = cell[:1] == b'"'
        text = decoded(cell[1:-1].replace(b'""', b'"') if quoted else cell)
        if not text:
            return cell
        clock = is_clock(text)
        treatment = self.treatment
        if self._time is not None and (is_time(text) or (self._moment and clock)):
            treatment = self._time
        elif self._identifier is not None and IDENTIFIER.fullmatch(text):
            treatment = self._identifier
        if treatment.dropped:
            left = b'""' if quoted else b""
        else:
            result = text
            if treatment.step is not None:
                result = _written(treatment.step(_given(text, treatment.kinds)))
            left = cell if result == text else self._as_cell(result, text, quoted=quoted)
        if len(self.kept) < self._limit and len(cell) <= LONGEST_CACHED and not clock and left:
            self.kept[cell] = left
        return left

    def _as_cell(self, result: str, text: str, *, quoted: bool) -> bytes:
        if "\0" in result:
            raise Withheld("does not fit the format")
        if result.startswith(_RUNS) and not text.startswith(_RUNS):
            result = f"'{result}"
        if quoted or not self._cell.fullmatch(result):
            result = '"' + result.replace('"', '""') + '"'
        return result.encode()


def _given(text: str, kinds: frozenset[str]) -> Any:
    """Return a text as what the stages of its column take.

    Raises:
        Withheld: It is nothing that they take.
    """
    if "text" in kinds:
        return text
    try:
        if "time" in kinds:
            return datetime.fromisoformat(text.replace(",", "."))
        if "integer" in kinds and _WHOLE.fullmatch(text):
            return int(text)
        if "number" in kinds and _NUMBER.fullmatch(text):
            return float(text)
    except ValueError:
        pass
    raise Withheld("not a time" if "time" in kinds else "not a number")


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
