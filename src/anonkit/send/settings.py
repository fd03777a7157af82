"""What an outbox remembers beside what waits: how it works, what became of records, its moment.

Each value has a check value: nothing is sealed for a key that nobody has, and no count lies.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from anonkit.seal import Suite
from anonkit.send.batch import check, expect
from anonkit.send.database import Damaged
from anonkit.send.schedule import OFFSETS, Schedule

if TYPE_CHECKING:
    import sqlite3

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How an outbox works; kept in its file, so that the command works as the program does.

    Args:
        schedule: When what waits is cut into batches.
        recipient: Suite and public key that batches are sealed to, or None.
        site: Id of the key that signs them, or None.
        most_bytes: What waits at most; beyond it the oldest goes.
        most_days: For how long it waits at most.
        consent: The ledger that it follows.
    """

    schedule: Schedule
    recipient: tuple[Suite, bytes] | None
    site: str | None
    most_bytes: int
    most_days: int
    consent: str


def expect_settings(file: sqlite3.Connection) -> None:
    """Go on when each setting is what was written, under the name that it was written."""
    for row in file.execute("SELECT checked, name, value FROM settings"):
        expect(*row)


def get(file: sqlite3.Connection, name: str) -> Any:
    """Return a setting, or None."""
    found = file.execute(
        "SELECT checked, name, value FROM settings WHERE name = ?", (name,)
    ).fetchone()
    if found is None:
        return None
    expect(*found)
    return found[-1]


def put(file: sqlite3.Connection, name: str, value: Any) -> None:
    """Keep a setting."""
    file.execute(
        "INSERT OR REPLACE INTO settings VALUES (?, ?, ?)", (name, value, check(name, value))
    )


def count(file: sqlite3.Connection, name: str, more: int) -> None:
    """Raise a count."""
    if more:
        put(file, name, (get(file, name) or 0) + more)


def moment(hour: Any) -> datetime:
    """Return the beginning of an hour.

    Raises:
        Damaged: It is none.
    """
    try:
        return EPOCH + timedelta(hours=hour)
    except (TypeError, ValueError, OverflowError):
        pass
    raise Damaged


def offset(file: sqlite3.Connection) -> int:
    """Return this site's moment in the interval, drawn once."""
    offset = get(file, "offset")
    if offset is None:
        offset = secrets.randbelow(OFFSETS)
        put(file, "offset", offset)
    return int(offset)
