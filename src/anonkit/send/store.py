"""The file of an outbox: records that wait, then batches of them, until they are acknowledged.

    record → waiting ─cut→ batch ─sealed→ batch with its bytes ─acknowledged→ gone

Each arrow is one transaction, so whoever is killed on the way leaves the state before or behind it.
A batch has its id from the moment it is cut, and its bytes from before it is first sent: what is
sent twice is the same, and the receiver keeps it once.
"""

from __future__ import annotations

import secrets
from datetime import UTC, date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from anonkit.errors import SendError
from anonkit.send.batch import Origin, check, expect, purposes_of
from anonkit.send.database import Damaged, Database, Kept, Kind
from anonkit.send.schedule import hour_of
from anonkit.send.settings import Settings, count, expect_settings, get, moment, offset, put

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from anonkit.send.ledger import Ledger

# 128 random bits: two batches of all sites together never share one.
ID_BYTES: Final = 16
# Of rows in a batch. No more values than bytes, so every pack is within what readers take.
BATCH_BYTES: Final = 4_000_000
ROW_BYTES: Final = 256 << 10
# Records of a batch that is made to be narrowed, before its time.
NARROWED = 1000
# How many of the oldest records give way at once.
GIVE_WAY = 100
# What is too old goes once it has been too old for as long as this: a clock that is put right
# within the time has done no harm.
GRACE_HOURS: Final = 24

# What of a batch its check value covers, and of a record that waits.
CHECKED: Final = "id, origin, purpose, hour, slot, day, records, pack"
CHECKED_ROW: Final = "origin, purpose, hour, slot, row"

_OUTBOX = Kind(
    name="an outbox",
    application=0x414E4B4F,  # "ANKO"
    renewable=True,
    tables="""
CREATE TABLE settings (name TEXT PRIMARY KEY, value, checked BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE origins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document TEXT NOT NULL UNIQUE,
    checked BLOB NOT NULL
);
CREATE TABLE waiting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    origin INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    hour INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    row BLOB NOT NULL,
    checked BLOB NOT NULL
);
CREATE TABLE batches (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    origin INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    hour INTEGER NOT NULL,
    slot INTEGER,
    day TEXT NOT NULL,
    records INTEGER NOT NULL,
    pack BLOB NOT NULL,
    pack_checked BLOB NOT NULL,
    sealed BLOB,
    sealed_checked BLOB,
    attempts INTEGER NOT NULL DEFAULT 0,
    next INTEGER NOT NULL DEFAULT 0,
    problem TEXT
)""",
)


class Behind(Exception):  # noqa: N818 - a state
    """The ledger of consent says something that the outbox has not done yet."""


class Store(Kept):
    """The states of what waits, and the ways between them. `Spool` and `Outbox` are built on it."""

    settings: Settings

    def __init__(self, path: Path, clock: Callable[[], datetime], consent: Ledger | None) -> None:
        self._clock = clock
        self._kept_settings: bytes | None = None
        if consent is not None:
            self._consent = consent
        self._origins: dict[str, Origin] = {}
        self._file = Database(path, _OUTBOX)

    def _keep_settings(self, file: sqlite3.Connection) -> None:
        if self._kept_settings is not None:
            put(file, "settings", self._kept_settings)

    def obey(self) -> None:
        """Delete and erase what waits for purposes that were withdrawn.

        Raises:
            SendError: Not everything is erased, because another process reads the file just now.
        """
        followed, erase = self._file.read(self._looked_at)
        if followed != self._consent.head():
            erase = self._file.write(self._follow) or erase
        if erase:
            self._erase()

    def _looked_at(self, file: sqlite3.Connection) -> tuple[str | None, int | None]:
        """Return what was followed, and whether to erase, of a file that did not go back in time.

        What is in a copy that was put back may have arrived: it is put aside and not sent again.
        """
        expect_settings(file)
        identity = get(file, "identity")
        if identity is not None and self._consent.noted(identity) > _last_batch(file):
            raise Damaged("batches left it that it does not know: it was put back from a copy")
        return get(file, "followed"), get(file, "erase")

    def _follow(self, file: sqlite3.Connection) -> bool:
        """Do what the ledger says since it was last read; return whether something must go."""
        followed, ledger = get(file, "followed"), get(file, "ledger")
        self._follow_from_now(file)
        if followed is None:  # a new file: nothing waits in it
            put(file, "identity", secrets.token_hex(ID_BYTES))
            self._keep_settings(file)
            return False
        withdrawn = self._consent.withdrawn_since(followed)
        if withdrawn is None and ledger == str(self._consent.path):
            raise SendError(
                f"{self._consent.path}: the ledger of consent lacks a decision that"
                f" {self.path.name} has followed; was it put back from a copy?",
                hint="put the newer one there, or delete what waits: `anonkit outbox purge`",
            )
        if withdrawn is None:  # another ledger, which the program names now
            withdrawn = frozenset(self._consent.said()) - self._consent.in_force()
        if withdrawn:
            count(file, "withdrawn", self._narrow(file, withdrawn))
            put(file, "erase", 1)
        # Another process may have followed the ledger just before, and not erased yet.
        return get(file, "erase") is not None

    def _follow_from_now(self, file: sqlite3.Connection) -> None:
        put(file, "followed", self._consent.head())
        put(file, "ledger", str(self._consent.path))

    def _today(self) -> date:
        return self._clock().astimezone(UTC).date()

    def _need_followed(self, file: sqlite3.Connection) -> str:
        """Return the head of the ledger, or refuse to go on with what it said earlier."""
        head = self._consent.head()
        if get(file, "followed") != head:
            raise Behind
        return head

    def forget_damaged(self) -> None:
        """Remove files that were put aside: nobody can tell what in them is for which purpose."""
        self._file.remove_put_aside()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path.name}>"

    # --- cutting ------------------------------------------------------------------------------

    def cut(self, *, everything: bool = False) -> int:
        """Make batches of what is due, and return how many.

        Args:
            everything: Whether all that waits is due.
        """
        self.obey()
        at = self._clock()
        made = 0
        for group in self._file.read(self._groups):
            due = partial(self._rows_due, group=group, at=at, everything=everything)
            day, most = at.astimezone(UTC).date(), self.settings.schedule.records
            cut = partial(self._make_batch, group=group, day=day, slot=None, most=most)
            # Counting looks at every row, so it is done once for all batches that it tells of.
            while rows := self._file.read(due):
                while rows > 0 and (gone := self._file.write(cut)):
                    made += 1
                    rows -= gone
        return made

    def _groups(self, file: sqlite3.Connection) -> list[tuple[int, str]]:
        return file.execute(
            "SELECT origin, purpose FROM waiting GROUP BY origin, purpose ORDER BY min(id)"
        ).fetchall()

    def _rows_due(
        self, file: sqlite3.Connection, group: tuple[int, str], at: datetime, *, everything: bool
    ) -> int:
        """Return how many rows of a group are due for certain; 0 when none is."""
        schedule = self.settings.schedule
        there, oldest = file.execute(
            "SELECT count(*), min(hour) FROM waiting WHERE origin = ? AND purpose = ?", group
        ).fetchone()
        if everything or not there:
            return int(there)
        if there >= schedule.records:
            return int(there - there % schedule.records)
        slot = schedule.slot(at, offset(file))
        passed = file.execute(
            "SELECT 1 FROM waiting WHERE origin = ? AND purpose = ? AND slot <> ? LIMIT 1",
            (*group, slot),
        ).fetchone()
        return there if passed or schedule.old(hour_of(moment(oldest)), at) else 0

    def _make_batch(
        self,
        file: sqlite3.Connection,
        group: tuple[int, str],
        day: date,
        slot: int | None,
        most: int,
    ) -> int:
        """Cut one batch of a group, and return how many rows went into it."""
        rows = head(file, group, most)
        if not rows:  # another process has cut them meanwhile
            return 0
        origin = self._origin(file, group[0])
        hours = [hour for _, hour, _ in rows]
        # A clock that was put back does not make a batch older than its records.
        day = max(day, moment(max(hours)).date())
        batch = secrets.token_hex(ID_BYTES)
        pack = origin.pack([row for _, _, row in rows], day)
        parts = (batch, *group, min(hours), slot, day.isoformat(), len(rows), pack)
        file.execute(
            f"INSERT INTO batches ({CHECKED}, pack_checked)"  # noqa: S608 - our own words
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*parts, check(*parts)),
        )
        file.executemany("DELETE FROM waiting WHERE id = ?", [(row_id,) for row_id, *_ in rows])
        return len(rows)

    # --- leaving ------------------------------------------------------------------------------

    def expire(self) -> int:
        """Delete what has waited for too long, oldest first, and return how many records went.

        What is too old goes when it still is a day later: a clock that jumps and is put right
        within a day drops nothing.
        """
        at = hour_of(self._clock())
        oldest = at - self.settings.most_days * 24

        def notice(file: sqlite3.Connection) -> tuple[bool, int | None]:
            late = _waiting(file, "count(*)", oldest)
            return late > 0, get(file, "late")

        def expired(file: sqlite3.Connection) -> int:
            late, noticed = notice(file)
            if not late or noticed is None or noticed > at:
                put(file, "late", at if late else None)
                return 0
            if at - noticed < GRACE_HOURS:
                return 0
            gone = _waiting(file, "sum(records)", oldest)
            _expect_all(file, oldest)  # or a damaged hour would make a record old
            file.execute("DELETE FROM waiting WHERE hour < ?", (oldest,))
            file.execute("DELETE FROM batches WHERE hour < ?", (oldest,))
            count(file, "too old", gone)
            return gone

        if self._file.read(notice) == (False, None):
            return 0
        return self._file.write(expired)

    def _make_room(self, file: sqlite3.Connection) -> None:
        """Delete the oldest until no more waits than may."""
        while used(file) > self.settings.most_bytes:
            batch = file.execute("SELECT number, records FROM batches ORDER BY number").fetchone()
            if batch is not None:
                file.execute("DELETE FROM batches WHERE number = ?", batch[:1])
                gone = batch[1]
            else:
                gone = file.execute(
                    "DELETE FROM waiting WHERE id IN (SELECT id FROM waiting ORDER BY id LIMIT ?)",
                    (GIVE_WAY,),
                ).rowcount
            if not gone:
                return
            count(file, "too many", gone)

    def _narrow(self, file: sqlite3.Connection, purposes: Collection[str]) -> int:
        """Delete records of some purposes, and their fields out of others; return how many went."""
        gone = 0
        for purpose in purposes:
            (batched,) = file.execute(
                "SELECT coalesce(sum(records), 0) FROM batches WHERE purpose = ?", (purpose,)
            ).fetchone()
            file.execute("DELETE FROM batches WHERE purpose = ?", (purpose,))
            gone += batched
            gone += file.execute("DELETE FROM waiting WHERE purpose = ?", (purpose,)).rowcount
        for (origin_id,) in file.execute("SELECT id FROM origins").fetchall():
            origin = self._origin(file, origin_id)
            if not purposes_of(origin.policy).isdisjoint(purposes):
                self._narrow_origin(file, origin_id, origin.without(purposes))
        return gone

    def _narrow_origin(
        self, file: sqlite3.Connection, origin_id: int, narrow: Origin | None
    ) -> None:
        """Give what comes from an origin a narrower one, and take out of it what that drops."""
        today = self._today()
        for group in self._groups(file):
            while group[0] == origin_id and head(file, group, 1):
                slot = file.execute(
                    "SELECT slot FROM waiting WHERE origin = ? AND purpose = ? ORDER BY id", group
                ).fetchone()
                self._make_batch(file, group, today, slot[0], NARROWED)
        if narrow is not None:
            narrow_id = self._origin_id(file, narrow)
            for number, value, *parts in file.execute(
                f"SELECT number, pack_checked, {CHECKED} FROM batches WHERE origin = ?",  # noqa: S608
                (origin_id,),
            ).fetchall():
                expect(value, *parts)
                batch, _, *rest, day, records, data = parts
                pack = narrow.narrow(data, date.fromisoformat(day))
                file.execute(
                    "UPDATE batches SET origin = ?, pack = ?, pack_checked = ?, sealed = NULL,"
                    " sealed_checked = NULL WHERE number = ?",
                    (narrow_id, pack, check(batch, narrow_id, *rest, day, records, pack), number),
                )
        file.execute("DELETE FROM origins WHERE id = ?", (origin_id,))

    def _erase(self) -> None:
        """Leave no byte of what was deleted."""
        self.forget_damaged()
        if not self._file.erase():
            raise SendError(
                f"{self.path}: another process reads the outbox, and not everything is erased",
                hint="it is erased when the outbox is next used",
            )
        self._file.write(lambda file: put(file, "erase", None))

    # --- origins ------------------------------------------------------------------------------

    def _origin(self, file: sqlite3.Connection, origin_id: int) -> Origin:
        found = file.execute(
            "SELECT checked, document FROM origins WHERE id = ?", (origin_id,)
        ).fetchone()
        if found is None:
            raise Damaged
        expect(*found)
        _, document = found
        known = self._origins.get(document)
        if known is None:
            self._origins[document] = known = Origin.read(document)
        return known

    def _origin_id(self, file: sqlite3.Connection, origin: Origin) -> int:
        document = origin.document()
        file.execute(
            "INSERT OR IGNORE INTO origins (document, checked) VALUES (?, ?)",
            (document, check(document)),
        )
        (origin_id,) = file.execute(
            "SELECT id FROM origins WHERE document = ?", (document,)
        ).fetchone()
        return int(origin_id)


def head(file: sqlite3.Connection, group: Sequence[Any], most: int) -> list[tuple[int, int, bytes]]:
    """Return the oldest rows of a group, as many as a batch takes: id, hour, row."""
    rows: list[tuple[int, int, bytes]] = []
    size = 0
    for row_id, value, *parts in file.execute(
        f"SELECT id, checked, {CHECKED_ROW} FROM waiting"  # noqa: S608 - our own words
        " WHERE origin = ? AND purpose = ? ORDER BY id LIMIT ?",
        (*group, most),
    ):
        expect(value, *parts)
        _, _, hour, _, row = parts
        size += len(row)
        if rows and size > BATCH_BYTES:
            break
        rows.append((row_id, hour, row))
    return rows


def _waiting(file: sqlite3.Connection, what: str, oldest: int) -> int:
    """Return how many records, or sums of batches, are of before an hour."""
    (found,) = file.execute(
        "SELECT (SELECT count(*) FROM waiting WHERE hour < ?)"  # noqa: S608 - one of two words
        f" + (SELECT coalesce({what}, 0) FROM batches WHERE hour < ?)",
        (oldest, oldest),
    ).fetchone()
    return int(found)


def _expect_all(file: sqlite3.Connection, oldest: int) -> None:
    """Go on when records and batches of before an hour are what was written."""
    for table, value, parts in (
        ("waiting", "checked", CHECKED_ROW),
        ("batches", "pack_checked", CHECKED),
    ):
        for row in file.execute(
            f"SELECT {value}, {parts} FROM {table} WHERE hour < ?",  # noqa: S608 - our own words
            (oldest,),
        ):
            expect(*row)


def _last_batch(file: sqlite3.Connection) -> int:
    """Return the number of the last batch that was cut, whether it is there or not."""
    found = file.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batches'").fetchone()
    return 0 if found is None else int(found[0])


def delete_all(file: sqlite3.Connection) -> int:
    """Delete all that waits, and return how many records that were."""
    (gone,) = file.execute(
        "SELECT (SELECT count(*) FROM waiting) + (SELECT coalesce(sum(records), 0) FROM batches)"
    ).fetchone()
    for table in ("waiting", "batches", "origins"):
        file.execute(f"DELETE FROM {table}")  # noqa: S608 - one of three words
    return int(gone)


def used(file: sqlite3.Connection) -> int:
    """Return how many bytes of the file hold something."""
    ((pages,), (free,), (size,)) = (
        file.execute(f"PRAGMA {name}").fetchone()
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)
