"""The cells of a column of a table: how a text becomes a value for stages, and a result a cell."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

from anonkit.errors import Withheld
from anonkit.parse.column import ABSENT, LONGEST_CACHED, WITHHELD, Treatment, decoded
from anonkit.parse.requests import with_requests
from anonkit.parse.scalars import IDENTIFIER
from anonkit.stages.clock import has_clock, is_clock, is_time

_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,32}(?:\.[0-9]{1,32})?(?:[eE][-+]?[0-9]{1,3})?")
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")


class Otherwise(NamedTuple):
    """What becomes of cells that say more than the name of their column does; None for the same.

    Args:
        time: Of one that is written as a time.
        identifier: Of one that nobody chose.
        address: Of the target of a request in text.
    """

    time: Treatment | None = None
    identifier: Treatment | None = None
    address: Treatment | None = None


_NOT_OTHERWISE: Final = Otherwise()


class Cells:
    """The cells of one column: what may leave of each, remembered while there is room.

    Args:
        place: Which column it is, from 0.
        name: What the report calls it: its class, or its name in the policy.
        treatment: What becomes of a cell.
        otherwise: What becomes of one that says more than the name.
        moment: Whether the name of the column says that it is of times.
        cell: The expression of a cell that needs no quotes.
        limit: How many values are remembered.
    """

    def __init__(
        self,
        place: int,
        name: str,
        treatment: Treatment,
        otherwise: Otherwise,
        moment: bool,  # noqa: FBT001 - one of seven, all given by name or place in one call
        cell: re.Pattern[str],
        limit: int,
    ) -> None:
        self.place = place
        self.name = name
        self.treatment = treatment
        self.last = treatment  # of the cell that was looked at last
        self._otherwise = otherwise
        self._moment = moment
        self._cell = cell
        self._limit = limit
        self.kept: dict[bytes, bytes] = {}

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""
        self.treatment = self.last = WITHHELD
        self._otherwise = _NOT_OTHERWISE
        self.kept.clear()

    def miss(self, cell: bytes) -> bytes:
        """Return what may leave of a cell.

        Raises:
            Withheld: A stage does not understand it.
        """
        self.last = self.treatment
        if not cell:
            return cell
        quoted = cell[:1] == b'"'
        text = decoded(cell[1:-1].replace(b'""', b'"') if quoted else cell)
        if not text:
            return cell
        clock = is_clock(text)
        treatment = self.treatment
        time, identifier, address = self._otherwise
        if time is not None and (
            (clock and (self._moment or is_time(text))) or (self._moment and has_clock(text))
        ):
            treatment = time
        elif identifier is not None and IDENTIFIER.fullmatch(text):
            treatment = identifier
        self.last = treatment
        if treatment.dropped:
            left = b'""' if quoted else b""
        else:
            result = text
            if address is not None:
                result = with_requests(text, partial(_target, address))
            if treatment.step is not None:
                result = _written(treatment.step(_given(result, treatment.kinds)))
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


def _target(address: Treatment, target: str) -> str:
    """Return what may leave of the target of a request that stands in text."""
    if address.dropped:
        return ABSENT
    return target if address.step is None else str(address.step(target))


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
