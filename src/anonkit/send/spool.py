"""An outbox as whoever looks into it or sends from it uses it; `Outbox` also records."""

from __future__ import annotations

import hashlib
import secrets
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from anonkit.errors import SendError, Undelivered
from anonkit.pack import unpack
from anonkit.seal import Recipient, seal
from anonkit.send.batch import check, expect, purposes_of
from anonkit.send.consent import Consent
from anonkit.send.database import Damaged
from anonkit.send.ledger import now
from anonkit.send.schedule import Backoff
from anonkit.send.settings import Settings, count, get, moment, offset, put
from anonkit.send.store import CHECKED, CHECKED_ROW, Behind, Store, delete_all

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from anonkit.seal import SiteKey
    from anonkit.send.transport import Transport

COUNTS: Final = ("recorded", "delivered", "withdrawn", "purged", "too many", "too old")
# Records that are looked at together.
PEEK = 100
# What its marks are made with: it never leaves the outbox.
_SECRET_BYTES = 32
# The share of a wait that is random, in parts of so many.
_PARTS = 1 << 16


class Waiting(NamedTuple):
    """What waits, as one row of a list.

    Args:
        batch: The id of the batch; None for records that are not cut yet.
        purpose: What the records are collected for.
        period: The period of their tokens, or None.
        policy: The hash of their policy.
        records: How many.
        bytes: How many bytes, as they would be sent; for records that are not cut yet, unpacked.
        since: The hour of the oldest one.
        attempts: How often the batch was tried.
        problem: Why it did not arrive the last time.
    """

    batch: str | None
    purpose: str
    period: str | None
    policy: str
    records: int
    bytes: int
    since: datetime
    attempts: int = 0
    problem: str | None = None


class Sent(NamedTuple):
    """What came of sending.

    Args:
        batches: How many batches were acknowledged.
        records: How many records were in them.
        problems: Why others were not, one line each.
    """

    batches: int
    records: int
    problems: tuple[str, ...] = ()


class Claimed(NamedTuple):
    """A batch that is handed out, and the bytes that are sent of it."""

    id: str
    data: bytes
    records: int
    number: int


class Spool(Store):
    """The outbox in a file, for whoever looks into it or sends.

    Args:
        path: The file.
        consent: The ledger it follows; without, the one that the file names.
        clock: What tells the time, with a zone.
        sign: The site's key, for an outbox whose batches are signed.
        backoff: How long to wait after an attempt that failed.

    Raises:
        SendError: The file is not there, or cannot be used.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        consent: Consent | None = None,
        clock: Callable[[], datetime] = now,
        sign: SiteKey | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        if not (Path(path).exists() and Path(path).stat().st_size):  # empty, SQLite would fill it
            raise SendError(f"{path}: there is no outbox")
        super().__init__(Path(path), clock, consent)
        settings = self._file.read(lambda file: get(file, "settings"))
        if settings is None:
            was = f"was damaged, and is kept as {self.damaged[-1].name}" if self.damaged else ""
            raise SendError(
                f"{path}: {was or 'an outbox that was never used'}", hint="its program sets it up"
            )
        self._work_as(msgspec.json.decode(settings, type=Settings), sign, backoff)
        if consent is None:
            ledger = Path(self.settings.consent)
            if not ledger.exists():
                raise SendError(f"{ledger}: the ledger of consent is missing")
            consent = Consent(ledger, clock=clock)
        self._consent = consent

    def _work_as(self, settings: Settings, sign: SiteKey | None, backoff: Backoff | None) -> None:
        """Work as the file says, or as the program does that sets it up."""
        self.settings = settings
        self._kept_settings = msgspec.json.encode(settings)
        self._sign = sign
        self._backoff = backoff or Backoff()
        self._secret: bytes | None = None

    # --- looking ------------------------------------------------------------------------------

    @property
    def damaged(self) -> list[Path]:
        """Files of this outbox that were found damaged and put aside, oldest first."""
        return self._file.put_aside()

    def counts(self) -> dict[str, int]:
        """Return what became of records since the file was made.

        Returns:
            `recorded`; `delivered`; `withdrawn` with their purpose; `purged` by hand; `too many`
            and `too old` for the caps, the oldest first; and `damaged`: files put aside.
        """
        counts = self._file.read(lambda file: {name: get(file, name) or 0 for name in COUNTS})
        return {**counts, "damaged": len(self.damaged)}

    def waiting(self) -> list[Waiting]:
        """Return what waits: batches, oldest first, then records that are not cut yet."""

        def listed(file: sqlite3.Connection) -> list[Waiting]:
            batches = file.execute(
                "SELECT origin, id, purpose, records, length(coalesce(sealed, pack)), hour,"
                " attempts, problem FROM batches ORDER BY number"
            )
            rows = file.execute(
                "SELECT origin, NULL, purpose, count(*), sum(length(row)), min(hour), 0, NULL"
                " FROM waiting GROUP BY origin, purpose ORDER BY min(id)"
            )
            found = []
            for origin_id, batch, purpose, records, size, hour, *rest in [*batches, *rows]:
                origin = self._origin(file, origin_id)
                said = (batch, purpose, origin.period, origin.hash, records, size, moment(hour))
                found.append(Waiting(*said, *rest))
            return found

        return self._file.read(listed)

    def records(self, batch: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the records that wait, as the receiver will read them.

        Args:
            batch: The id of one batch; without, all that waits.

        Raises:
            SendError: There is no such batch.
        """
        if batch is not None:
            yield from unpack(self._batch(batch)[0]).records
            return
        for waiting in self.waiting():
            found = self._find(waiting.batch) if waiting.batch else None
            if found is not None:  # or it was sent meanwhile
                yield from unpack(found[0]).records
        position = 0
        while seen := self._file.read(partial(self._peek, after=position)):
            position, data = seen
            yield from unpack(data).records

    def data(self, batch: str) -> bytes:
        """Return what will be sent of a batch: an envelope once it is sealed, a pack before.

        Raises:
            SendError: There is no such batch.
        """
        pack, sealed = self._batch(batch)
        return sealed or pack

    def _batch(self, batch: str) -> tuple[bytes, bytes | None]:
        there = self._find(batch)
        if there is None:
            raise SendError(f"{self.path}: no such batch waits", hint="`anonkit outbox list`")
        return there

    def _find(self, batch: str) -> tuple[bytes, bytes | None] | None:
        """Return the pack of a batch and what it is sealed as, if it waits."""

        def found(file: sqlite3.Connection) -> tuple[bytes, bytes | None] | None:
            row = file.execute(
                f"SELECT pack_checked, sealed, sealed_checked, {CHECKED}"  # noqa: S608
                " FROM batches WHERE id = ?",
                (batch,),
            ).fetchone()
            if row is None:
                return None
            value, sealed, sealed_value, *parts = row
            expect(value, *parts)
            if sealed is not None:
                expect(sealed_value, batch, sealed)
            return parts[-1], sealed

        return self._file.read(found)

    def _peek(self, file: sqlite3.Connection, after: int) -> tuple[int, bytes] | None:
        """Return some records behind a position as a pack, without cutting them."""
        rows = file.execute(
            f"SELECT id, checked, {CHECKED_ROW} FROM waiting"  # noqa: S608 - our own words
            " WHERE id > ? ORDER BY id LIMIT ?",
            (after, PEEK),
        ).fetchall()
        if not rows:
            return None
        alike = list(takewhile(lambda row: row[2] == rows[0][2], rows))
        for _, value, *parts in alike:
            expect(value, *parts)
        origin = self._origin(file, rows[0][2])
        return alike[-1][0], origin.pack([row[-1] for row in alike], self._today())

    # --- deleting -----------------------------------------------------------------------------

    def purge(self, purpose: str | None = None) -> int:
        """Delete what waits and erase its bytes; return how many records went.

        Args:
            purpose: Only what is collected for this; fields of it go, too.

        Raises:
            SendError: Not everything is erased, because another process reads the file just now.
        """

        def purged(file: sqlite3.Connection) -> int:
            if purpose is None:
                gone = delete_all(file)
                self._follow_from_now(file)  # nothing waits that an earlier decision is about
            else:
                gone = self._narrow(file, {purpose})
            count(file, "purged", gone)
            put(file, "erase", 1)
            return gone

        gone = self._file.write(purged)
        self._erase()
        return gone

    # --- sending ------------------------------------------------------------------------------

    def send(self, transport: Transport, *, everything: bool = False) -> Sent:
        """Cut what is due, and hand over every batch that is due, oldest first.

        Several threads and processes may send at once. A batch that is not acknowledged stays, and
        is tried again once its wait is over. When the receiver cannot be reached, the round ends.

        Args:
            transport: Where to.
            everything: Whether all that waits is due now, waits after failures included.

        Raises:
            SendError: The outbox cannot be read or written.
        """
        self.expire()
        self.cut(everything=everything)
        sent, last, problems = Sent(0, 0), 0, []
        while (batch := self._claim(last, everything=everything)) is not None:
            last = batch.number
            try:
                transport.deliver(batch.id, batch.data)
            except Undelivered as failure:
                problems.append(f"batch {batch.id}: {failure.problem}")
                self._note(batch.id, failure)
                if failure.refused:
                    continue
                break
            self.settle([batch.id])
            sent = Sent(sent.batches + 1, sent.records + batch.records)
        return sent._replace(problems=tuple(problems))

    def hand_out(self) -> Iterator[Claimed]:
        """Yield all that waits as batches, each cut and sealed, and left where it is."""
        self.expire()
        self.cut(everything=True)
        last = 0
        while (batch := self._claim(last, everything=True)) is not None:
            last = batch.number
            yield batch

    def mark(self, batch: str) -> str:
        """Return the mark by which this outbox, and nobody else, knows a batch for its own."""
        if self._secret is None:

            def secret(file: sqlite3.Connection) -> bytes:
                if get(file, "secret") is None:
                    put(file, "secret", secrets.token_bytes(_SECRET_BYTES))
                found: bytes = get(file, "secret")
                return found

            self._secret = self._file.write(secret)
        return hashlib.blake2b(batch.encode(), key=self._secret, digest_size=8).hexdigest()

    def settle_alike(self, digests: Mapping[str, str]) -> int:
        """Delete batches that were acknowledged with the SHA-256 of their bytes, id → digest."""
        waiting = {waiting.batch for waiting in self.waiting()}
        return self.settle(
            batch
            for batch, digest in digests.items()
            if batch in waiting and hashlib.sha256(self.data(batch)).hexdigest() == digest
        )

    def settle(self, batches: Iterable[str]) -> int:
        """Delete batches that were acknowledged, and return how many of them were there."""

        def settled(file: sqlite3.Connection) -> int:
            there = 0
            for batch in batches:
                found = file.execute(
                    "SELECT records FROM batches WHERE id = ?", (batch,)
                ).fetchall()
                file.execute("DELETE FROM batches WHERE id = ?", (batch,))
                there += len(found)
                count(file, "delivered", sum(records for (records,) in found))
            # It looks at every row that waits: once a round, when the last batch went.
            if file.execute("SELECT 1 FROM batches LIMIT 1").fetchone() is None:
                file.execute("DELETE FROM origins WHERE id NOT IN (SELECT origin FROM waiting)")
            return there

        batches = tuple(batches)
        return self._file.write(settled)

    def _claim(self, last: int, *, everything: bool) -> Claimed | None:
        """Return the oldest batch behind one that is due, and have nobody else try it for a while.

        Args:
            last: The number of the one before; 0 for the first of a round.
            everything: Whether waits after failures count as over.
        """
        claim = partial(self._claimed, last=last, at=self._clock(), everything=everything)
        while True:
            try:
                found = self._file.write(claim)
            except Behind:
                self.obey()
            else:
                break
        if found is None:
            return None
        claimed, identity = found
        self._consent.note(identity, claimed.number)  # before it leaves
        return claimed

    def _claimed(
        self, file: sqlite3.Connection, last: int, at: datetime, *, everything: bool
    ) -> tuple[Claimed, str] | None:
        """Return the batch, and the identity of the file that it leaves."""
        self._need_followed(file)
        batch = self._due(file, last, at, everything=everything)
        if batch is None:
            return None
        number, attempts, sealed, sealed_value, value, *parts = batch
        batch_id, *_, records, pack = parts
        if not isinstance(attempts, int):
            raise Damaged
        expect(value, *parts)
        data = self._sealed(pack) if sealed is None else sealed
        if sealed is None:
            file.execute(
                "UPDATE batches SET sealed = ?, sealed_checked = ? WHERE number = ?",
                (data, check(batch_id, data), number),
            )
        else:
            expect(sealed_value, batch_id, data)
        # Tried again after this, whatever happens on the way.
        wait = self._backoff.seconds(attempts + 1, secrets.randbelow(_PARTS) / _PARTS)
        file.execute(
            "UPDATE batches SET attempts = attempts + 1, next = ? WHERE number = ?",
            (int(at.timestamp() + wait), number),
        )
        return Claimed(batch_id, data, records, number), get(file, "identity")

    def _due(self, file: sqlite3.Connection, last: int, at: datetime, *, everything: bool) -> Any:
        in_force = self._consent.in_force()
        seconds = int(at.timestamp())
        slot = self.settings.schedule.slot(at, offset(file))
        # A wait longer than the longest there is comes of a clock that was put back.
        latest = seconds + int(self._backoff.longest.total_seconds())
        due = file.execute(
            "SELECT origin, purpose, number FROM batches WHERE number > ?"
            " AND (? OR ((next <= ? OR next > ?) AND (slot IS NULL OR slot <> ?))) ORDER BY number",
            (last, everything, seconds, latest, slot),
        )
        for origin_id, purpose, number in due:
            if not purposes_of(self._origin(file, origin_id).policy, purpose) <= in_force:
                continue
            return file.execute(
                "SELECT number, attempts, sealed, sealed_checked, pack_checked,"  # noqa: S608
                f" {CHECKED} FROM batches WHERE number = ?",
                (number,),
            ).fetchone()
        return None

    def _sealed(self, pack: bytes) -> bytes:
        """Return what is sent of a pack."""
        if self.settings.recipient is None:
            return pack
        if (self._sign.id if self._sign else None) != self.settings.site:
            raise SendError(
                f"{self.path}: batches of this outbox are signed with the key of site"
                f" {self.settings.site}",
                hint="--sign FILE names it",
            )
        return seal(pack, Recipient(*self.settings.recipient), sign=self._sign)

    def _note(self, batch: str, failure: Undelivered) -> None:
        def note(file: sqlite3.Connection) -> None:
            file.execute("UPDATE batches SET problem = ? WHERE id = ?", (failure.problem, batch))
            if failure.after:
                longest = int(self._backoff.longest.total_seconds())
                until = int(self._clock().timestamp()) + min(failure.after, longest)
                which, batches = ("id = ?", (batch,)) if failure.refused else ("TRUE", ())
                file.execute(
                    f"UPDATE batches SET next = max(next, ?) WHERE {which}",  # noqa: S608
                    (until, *batches),
                )

        self._file.write(note)
