"""The outbox: events in, and safe on disk, anonymized, before `record` returns."""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from anonkit.errors import KeyringError, PolicyError, SendError, Unusable
from anonkit.report import Report
from anonkit.send.batch import Origin, check
from anonkit.send.ledger import now
from anonkit.send.schedule import Schedule, hour_of
from anonkit.send.settings import Settings, count, offset
from anonkit.send.spool import Spool
from anonkit.send.store import ROW_BYTES, Behind, Store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from anonkit.pipeline import Input, Pipeline
    from anonkit.policy.policy import Policy
    from anonkit.seal import Recipient, SiteKey
    from anonkit.send.consent import Consent
    from anonkit.send.schedule import Backoff

MOST_BYTES = 64 << 20
LEAST_BYTES = 1 << 20
MOST_AGE = timedelta(days=90)

_RECORD_TYPE = msgspec.msgpack.Decoder()


class _Ticket:
    """Records of one call on their way to the disk."""

    __slots__ = ("done", "head", "origin", "pid", "problem", "rows")

    def __init__(self, head: str, origin: Origin, rows: list[tuple[str, bytes]]) -> None:
        self.head = head  # of the ledger, when it was asked what is in force
        self.origin = origin
        self.rows = rows
        self.pid = os.getpid()
        self.done = False
        self.problem: SendError | Behind | None = None


class Outbox(Spool):
    """A durable outbox: records events, and keeps them until a receiver has acknowledged them.

    Threads and processes may share the file, each with an `Outbox` of its own or, threads, one.
    Only what the ledger of consent agrees to is recorded, and only that is sent.

    Args:
        path: The file; made when it is not there, readable by its owner only.
        pipeline: What becomes of events; made of a policy or of event classes.
        consent: The ledger that says which purposes are in force.
        recipient: Whose key batches are sealed to; without, they are packs that anybody can read.
        sign: The site's key, to sign what is sealed.
        schedule: When what waits becomes due; once a week without.
        most_bytes: What waits at most, in bytes of the file; beyond it the oldest goes.
        most_age: How long it waits at most; what is older goes, a day after it was noticed.
        backoff: How long to wait after an attempt that failed.
        clock: What tells the time, with a zone.

    Raises:
        Unusable: An option is out of its bounds.
        SendError: The file cannot be used.
        PolicyError: The pipeline is made of a plain list of stages, whose records have no type.
    """

    def __init__(  # noqa: PLR0913 - options, said by name
        self,
        path: Path | str,
        pipeline: Pipeline,
        *,
        consent: Consent,
        recipient: Recipient | None = None,
        sign: SiteKey | None = None,
        schedule: Schedule | None = None,
        most_bytes: int = MOST_BYTES,
        most_age: timedelta = MOST_AGE,
        backoff: Backoff | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        if pipeline.policy.untyped is not None:
            raise PolicyError("outbox", "needs record types: a policy, or event classes")
        if sign is not None and recipient is None:
            raise Unusable("a signature is part of an envelope", hint="give recipient= too")
        if most_bytes < LEAST_BYTES or most_age < timedelta(days=1):
            raise Unusable(f"an outbox holds {LEAST_BYTES} bytes and a day, or more")
        Store.__init__(self, Path(path), clock, consent)
        self._work_as(
            Settings(
                schedule=schedule or Schedule(),
                recipient=None if recipient is None else (recipient.suite, recipient.public),
                site=None if sign is None else sign.id,
                most_bytes=most_bytes,
                most_days=most_age.days,
                consent=str(consent.path),
            ),
            sign,
            backoff,
        )
        self._pipeline = pipeline
        self._report = pipeline.report
        # Where an attempt to record is counted; it goes into the report once it came to its end.
        self._attempt = Report()
        self._pipeline_lock = threading.Lock()
        _alive.add(self)
        self._origin_now: Origin | None = None
        self._latest: datetime | None = None
        self._pending: deque[_Ticket] = deque()
        self._file.write(self._keep_settings)
        consent.follow(self.path)
        self.obey()

    @property
    def policy(self) -> Policy:
        """What becomes of events, whatever is agreed to now."""
        return self._pipeline.policy

    @property
    def report(self) -> Report:
        """What became of events, the pipeline's own: each is counted once, when it is kept."""
        return self._report

    def record(self, event: Input) -> bool:
        """Anonymize an event and keep it; return whether it may leave.

        When this returns True, the anonymized record is on disk and survives a crash and a power
        cut. False is for what the pipeline withholds, for want of consent or by its policy; the
        pipeline's report counts why.

        Args:
            event: What a pipeline takes: an event, a dict, or a JSON object in bytes.

        Raises:
            SendError: The disk is full or the file cannot be written: the event is not kept.
            PackError: The record holds a value that no pack takes; the message names its field.
            KeyringError: No key is in force now; start a period: `keyring.rotate(at=...)`.
        """
        return self.record_all([event]) == 1

    def record_all(self, events: Iterable[Input]) -> int:
        """Anonymize events and keep them, all or none; return how many may leave.

        One flush to disk for all of them.

        Raises:
            SendError: As for `record`; then none is kept.
            PackError: As for `record`.
            KeyringError: As for `record`.
        """
        events = tuple(events)
        while True:
            head = self._consent.head()  # before the purposes: what comes in between shows
            with self._pipeline_lock:
                pipeline, origin = self._in_force()
                try:
                    left = [row for event in events if (row := pipeline.row(event)) is not None]
                finally:
                    counts = self._attempt.drain()
            rows: list[tuple[str, bytes]] = []
            kept = True
            if left and origin is not None:  # without an origin, no record is in force
                rows = [self._row(pipeline, origin, row) for row in left]
                kept = self._keep(_Ticket(head, origin, rows))
            if kept:
                self._report.add(counts)
                return len(rows)
            self.obey()  # the ledger changed on the way: once more, by what it says now

    def _in_force(self) -> tuple[Pipeline, Origin | None]:
        """Return the pipeline for the purposes and the period in force, and its origin.

        An origin is there when any record is in force.
        """
        purposes = self._consent.in_force()
        pipeline = self._at(self._clock(), purposes)
        if pipeline is not self._pipeline or self._origin_now is None:
            self._pipeline = pipeline
            self._origin_now = (
                Origin.of(pipeline.policy, purposes, pipeline.period)
                if pipeline.policy.within(purposes)
                else None
            )
        return pipeline, self._origin_now

    def _at(self, at: datetime, purposes: frozenset[str]) -> Pipeline:
        """Return the pipeline for a time; for one before all periods, that of the latest known."""
        try:
            pipeline = self._pipeline.within(purposes, at=at, report=self._attempt)
        except KeyringError:
            if self._latest is None or at >= self._latest:
                raise
        else:
            self._latest = at
            return pipeline
        # The clock was put back: what is recorded now is not older than what was.
        return self._pipeline.within(purposes, at=self._latest, report=self._attempt)

    def _row(self, pipeline: Pipeline, origin: Origin, row: bytes) -> tuple[str, bytes]:
        """Return the purpose of a row and the row, once it is known that it can be packed."""
        if len(row) > ROW_BYTES:
            raise SendError(f"a record of more than {ROW_BYTES} bytes is not kept")
        origin.pack([row], self._today())
        record_type: Any = _RECORD_TYPE.decode(row)[0]
        return pipeline.policy.records[record_type].purpose, row

    def _keep(self, ticket: _Ticket) -> bool:
        """Write records to disk, with those of other threads that wait; return whether they are.

        Whoever has the lock writes for all that came meanwhile: threads share a flush.
        """
        self._pending.append(ticket)
        with self._file.lock:
            if not ticket.done:
                self._flush(ticket.pid)
        if isinstance(ticket.problem, SendError):  # of all threads whose records these were
            raise SendError(ticket.problem.problem)
        return ticket.problem is None

    def _flush(self, pid: int) -> None:
        group = []
        while self._pending:
            ticket = self._pending.popleft()
            if ticket.pid == pid:  # those of a parent process are the parent's to write
                group.append(ticket)
        problem: SendError | Behind | None = SendError(f"{self.path}: writing was interrupted")
        try:
            self._file.write(lambda file: self._insert(file, group))
            problem = None
        except (SendError, Behind) as failure:
            problem = failure
        finally:
            for ticket in group:
                ticket.problem = problem
                ticket.done = True

    def _insert(self, file: sqlite3.Connection, group: list[_Ticket]) -> None:
        head = self._need_followed(file)
        if any(ticket.head != head for ticket in group):
            raise Behind  # whoever withdrew has emptied the file, and these came too late for that
        at = self._clock()
        slot = self.settings.schedule.slot(at, offset(file))
        for ticket in group:
            origin_id = self._origin_id(file, ticket.origin)
            file.executemany(
                "INSERT INTO waiting (origin, purpose, hour, slot, row, checked)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (*parts, check(*parts))
                    for purpose, row in ticket.rows
                    for parts in [(origin_id, purpose, hour_of(at), slot, row)]
                ),
            )
            count(file, "recorded", len(ticket.rows))
        self._make_room(file)


# A child counts what it records itself: not what its parent was about to.
_alive: weakref.WeakSet[Outbox] = weakref.WeakSet()


def _begin_in_child() -> None:  # pragma: no cover - nobody measures the child
    for outbox in _alive:
        outbox._pipeline_lock = threading.Lock()  # noqa: SLF001 - this module's own
        outbox._attempt = Report()  # noqa: SLF001


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=_begin_in_child)
