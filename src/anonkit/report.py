"""What happened to a stream, in counts and never in values.

Names come from the policy alone: the names of undeclared fields and unknown record types are data
too, so they are counted and not told.
"""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Place(NamedTuple):
    """Where and by which rule something was withheld: record type, path, rule.

    The record type is empty for input that could not be read, or whose type no policy names.
    """

    record: str
    path: str
    rule: str


class Tally:
    """A count that many threads raise at once, for 30 ns: `next` of an `itertools.count`."""

    __slots__ = ("_count", "_reads", "tick")

    def __init__(self) -> None:
        self._count = itertools.count()
        self._reads = 0
        self.tick: Callable[[], int] = self._count.__next__

    def read(self) -> int:
        """Return the count; the caller holds a lock, because reading takes a number too."""
        value = next(self._count) - self._reads
        self._reads += 1
        return value


class Report:
    """Counts of records in, out and withheld, and why. Safe across threads and forks.

    A forked child starts with its parent's counts; give it a pipeline of its own to count anew.
    """

    def __init__(self) -> None:
        self._passed: dict[str, Tally] = {}
        self._added: Counter[str] = Counter()
        self._withheld: Counter[Place] = Counter()
        self._omitted: Counter[Place] = Counter()
        self._undeclared: Counter[str] = Counter()
        self._lock = threading.Lock()
        _alive.add(self)

    def tally(self, record: str) -> Tally:
        """Return the count of records of a type that left."""
        with self._lock:
            return self._passed.setdefault(record, Tally())

    def passed(self, record: str, count: int) -> None:
        """Count records of a type that left, many at once."""
        with self._lock:
            self._added[record] += count

    def withhold(self, place: Place) -> None:
        """Count a record that may not leave."""
        with self._lock:
            self._withheld[place] += 1

    def omit(self, place: Place) -> None:
        """Count a field that was left out of a record that left."""
        with self._lock:
            self._omitted[place] += 1

    def undeclared(self, record: str, count: int) -> None:
        """Count fields that the policy does not name, and that were dropped."""
        if count:
            with self._lock:
                self._undeclared[record] += count

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """Count nothing that is withheld: a line that was counted once is read again.

        For a report that one thread counts in.
        """
        with self._lock:
            before = self._withheld.copy()
        yield
        with self._lock:
            self._withheld = before

    def add(self, other: dict[str, Any]) -> None:
        """Add the counts of another report, as its `as_dict` gives them."""
        with self._lock:
            self._added.update(other["records"]["out_by_type"])
            self._undeclared.update(other["undeclared_fields"])
            for counts, key in ((self._withheld, "withheld"), (self._omitted, "omitted_fields")):
                for entry in other[key]:
                    counts[Place(entry["record"], entry["field"], entry["rule"])] += entry["count"]

    @property
    def records_out(self) -> int:
        """How many records left."""
        with self._lock:
            return sum(self._out().values())

    @property
    def records_withheld(self) -> int:
        """How many records did not leave."""
        with self._lock:
            return self._withheld.total()

    @property
    def records_in(self) -> int:
        """How many records came: those that left and those that did not."""
        with self._lock:
            return sum(self._out().values()) + self._withheld.total()

    def as_dict(self) -> dict[str, Any]:
        """Return all counts in plain dicts and lists, in a fixed order."""
        with self._lock:
            return self._counts()

    def drain(self) -> dict[str, Any]:
        """Return all counts, as `as_dict` does, and begin again at none."""
        with self._lock:
            counts = self._counts()
            # A tally only rises: what it had reached is taken off.
            self._added = Counter({name: -tally.read() for name, tally in self._passed.items()})
            for kept in (self._withheld, self._omitted, self._undeclared):
                kept.clear()
            return counts

    def json(self) -> bytes:
        """Return the report as one JSON object on one line."""
        return msgspec.json.encode(self.as_dict())

    def __str__(self) -> str:
        counts = self.as_dict()
        records = counts["records"]
        lines = [_row(records["in"], "records in"), _row(records["out"], "records out")]
        for record, count in records["out_by_type"].items():
            lines.append(_row(count, f"  {record}"))
        lines.append(_row(records["withheld"], "records withheld"))
        lines += _told(counts["withheld"])
        if counts["omitted_fields"]:
            lines.append(_row(self._omitted.total(), "fields withheld, their records out"))
            lines += _told(counts["omitted_fields"])
        if counts["undeclared_fields"]:
            lines.append(_row(self._undeclared.total(), "fields dropped that no policy line names"))
            for record, count in counts["undeclared_fields"].items():
                lines.append(_row(count, f"  {record}"))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Report: {self.records_in} in, {self.records_out} out>"

    def _counts(self) -> dict[str, Any]:
        out = self._out()
        withheld = self._withheld.total()
        return {
            "records": {
                "in": sum(out.values()) + withheld,
                "out": sum(out.values()),
                "withheld": withheld,
                "out_by_type": dict(sorted(out.items())),
            },
            "withheld": _entries(self._withheld),
            "omitted_fields": _entries(self._omitted),
            "undeclared_fields": dict(sorted(self._undeclared.items())),
        }

    def _out(self) -> Counter[str]:
        out = Counter({record: tally.read() for record, tally in self._passed.items()})
        out.update(self._added)
        return +out


def _entries(counts: Counter[Place]) -> list[dict[str, Any]]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"record": place.record, "field": place.path, "rule": place.rule, "count": count}
        for place, count in ordered
    ]


def _told(entries: Iterable[dict[str, Any]]) -> list[str]:
    return [
        _row(
            entry["count"],
            f"  {'.'.join(part for part in (entry['record'], entry['field']) if part)}"
            f"{': ' if entry['record'] or entry['field'] else ''}{entry['rule']}",
        )
        for entry in entries
    ]


def _row(count: int, text: str) -> str:
    return f"{count:>12,}  {text}"


# A lock that another thread holds while a process forks would stay locked in the child for good.
_alive: weakref.WeakSet[Report] = weakref.WeakSet()


def _unlock_in_child() -> None:
    for report in _alive:
        report._lock = threading.Lock()  # noqa: SLF001 - this module's own


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock_in_child)
