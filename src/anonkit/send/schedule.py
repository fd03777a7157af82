"""When what waits is cut into batches."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from anonkit.errors import Unusable

WEEK = timedelta(days=7)
HOUR: Final = 3600
# Offsets are kept as a share of the interval, so that they stay when the interval changes.
OFFSETS: Final = 1 << 32


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a batch: a time that has come, so many records, or their age.

    Args:
        every: The interval; weekly by default. Each site has a random moment in it, for good, so
            that not all send at once, and the moment tells nothing. None for no interval.
        records: As many records make a batch at once, and no batch holds more.
        age: What has waited for so long makes a batch, to the hour; None for no such limit.
    """

    every: timedelta | None = WEEK
    records: int = 5000
    age: timedelta | None = None

    def __post_init__(self) -> None:
        """Refuse spans and numbers that are none."""
        if self.every is not None and self.every < timedelta(seconds=1):
            raise Unusable("a schedule's interval is a second or more")
        if self.age is not None and self.age < timedelta(0):
            raise Unusable("a schedule's age is not below 0")
        if not 1 <= self.records <= 100_000:  # noqa: PLR2004 - said in the message
            raise Unusable("a schedule's batch has 1 to 100,000 records")

    def slot(self, at: datetime, offset: int) -> int:
        """Return the number of the interval that a time lies in.

        A batch is due when the interval is another than the one its records came in: another, and
        not a later one, so that a clock that is put back delays nothing.
        """
        if self.every is None:
            return 0
        seconds = int(self.every.total_seconds())
        return (int(at.timestamp()) - offset * seconds // OFFSETS) // seconds

    def old(self, hour: int, at: datetime) -> bool:
        """Return whether what came in an hour has waited long enough."""
        return self.age is not None and hour_of(at) - hour >= self.age.total_seconds() / HOUR


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait after each attempt that failed: twice as long each time, less a random part.

    Args:
        first: After the first one.
        longest: At most.
    """

    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(days=1)

    def seconds(self, attempts: int, share: float) -> float:
        """Return how long to wait after so many attempts.

        Args:
            attempts: 1 after the first.
            share: A random number from 0 to 1; half of the time is left to it.
        """
        doubled: float = self.first.total_seconds() * 2 ** min(attempts - 1, 40)
        return min(doubled, self.longest.total_seconds()) * (1 - share / 2)


def hour_of(at: datetime) -> int:
    """Return the hour of a time: all that the outbox keeps of when a record came."""
    return int(at.timestamp()) // HOUR
