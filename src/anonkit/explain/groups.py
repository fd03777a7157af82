"""Groups of records that look alike: how many, how large, in memory that does not grow.

Groups are counted whole or not at all. While there are few, all are; when there are more than fit,
those whose hash ends in one more zero are kept, so that what remains is a fair sample of groups
with their full sizes (distinct sampling: Gibbons, VLDB 2001). Up to the limit figures are exact.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import xxhash

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT: Final = 1 << 18  # groups: some 30 MB
# What a group's size tells: alone, as few as a family, a class, a village, more.
BOUNDS: Final = (1, 2, 5, 10, 100, 1000)


class Groups:
    """Counts records by what they look like.

    Args:
        limit: How many groups are kept at most.

    Attributes:
        records: How many records came.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.records = 0
        self._limit = limit
        self._mask = 0
        self._sizes: dict[int, int] = {}

    def add(self, values: Sequence[str]) -> None:
        """Count one record by the values that it is told apart by."""
        self.records += 1
        # The hash stays in memory and names nothing outside; each value ends where the next begins.
        text = "".join([f"{len(value)}:{value}" for value in values])
        key = xxhash.xxh3_64_intdigest(text.encode(errors="surrogatepass"))
        if key & self._mask:
            return
        self._sizes[key] = self._sizes.get(key, 0) + 1
        while len(self._sizes) > self._limit:
            self._mask = self._mask * 2 + 1
            self._sizes = {k: size for k, size in self._sizes.items() if not k & self._mask}

    @property
    def exact(self) -> bool:
        """Whether every group was kept."""
        return not self._mask

    @property
    def count(self) -> int:
        """How many groups there are, by the sample."""
        return len(self._sizes) * (self._mask + 1)

    @property
    def k(self) -> int:
        """The size of the smallest group: every record has at least k - 1 others like it."""
        return min(self._sizes.values(), default=0)

    @property
    def alone(self) -> float:
        """The share of records that no other looks like."""
        alone = sum(1 for size in self._sizes.values() if size == 1)
        return alone * (self._mask + 1) / self.records if self.records else 0.0

    def sizes(self) -> list[tuple[int, int]]:
        """Return how many groups there are from each of `BOUNDS` up to the next."""
        counted: Counter[int] = Counter()
        for size in self._sizes.values():
            counted[max(bound for bound in BOUNDS if bound <= size)] += self._mask + 1
        return [(bound, counted[bound]) for bound in BOUNDS]
