"""What becomes of values, remembered within bounds, and apart by the names that they have.

A log has names whose values never come twice and names that have forty values in all. Were they
remembered together, the first would drive out the second; and the first are not remembered for
long, because a memory of thousands that nobody asks for again costs a message 0.4 µs of 5. What is
remembered are raw values: they are let go with the key.
"""

from __future__ import annotations

from typing import Final

from anonkit.parse.column import LONGEST_CACHED

# What all values together may take that are remembered, and what Python adds to each, in bytes.
ROOM: Final = 16_000_000
_ENTRY: Final = 170
# A memory that is full when fewer lines have come than this for each value hardly ever knew one,
# and stays empty for so many lines for each that it would hold.
_LEAST_LINES: Final = 1.25
_REST: Final = 16
# Names whose values are remembered apart; of all others, those of one class together.
_MOST_NAMES: Final = 256


class Kept(dict[bytes, bytes]):
    """What becomes of the values of a class, or of one name of it.

    Attributes:
        since: How many lines had come when it was empty.
        until: How many lines come before anything is remembered again.
    """

    __slots__ = ("since", "until")

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.since = lines
        self.until = 0


class Memory:
    """Dicts from a value to what becomes of it.

    Args:
        most: How many values of one name are remembered; 0 for none.

    Attributes:
        lines: How many lines have come, about.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[tuple[str, bytes], Kept] = {}
        self._room = ROOM
        self.lines = 0

    def of(self, name: str, token: bytes = b"") -> Kept:
        """Return what is remembered of a class, or of one name of it."""
        if len(self._kept) >= _MOST_NAMES or len(token) > LONGEST_CACHED:
            token = b""
        return self._kept.setdefault((name, token), Kept(self.lines))

    def keep(self, kept: Kept, token: bytes, written: bytes) -> None:
        """Remember what becomes of a value; where there is no room, begin anew."""
        if self.lines < kept.until or not self._most or len(token) > LONGEST_CACHED:
            return
        if len(kept) >= self._most:
            self._room += sum(map(len, kept)) + sum(map(len, kept.values())) + len(kept) * _ENTRY
            kept.clear()
            if self.lines - kept.since < self._most * _LEAST_LINES:
                kept.until = self.lines + self._most * _REST
            kept.since = self.lines
        self._room -= len(token) + len(written) + _ENTRY
        if self._room < 0:
            for each in self._kept.values():
                each.clear()
            self._room = ROOM
        kept[token] = written

    def forget(self) -> None:
        """Let go of all."""
        for kept in self._kept.values():
            kept.clear()
        self._kept.clear()
