"""Somebody shares their screen with support: consent first, then a session, then a record."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from post import post, read

from anonkit import Keyring, Pipeline
from anonkit.records import RemoteSession, SupportCase
from anonkit.seal import VendorKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonkit.seal import Recipient

DAY = date(2026, 11, 23)


def send_sessions(
    sessions: Sequence[RemoteSession | SupportCase], keys: Keyring, vendor: Recipient
) -> bytes | None:
    """Return an envelope of sessions with consent, and of cases with them, by token."""
    pipeline = Pipeline(
        [RemoteSession, SupportCase], keys=keys, purposes={"remote_support", "support"}
    )
    # A session without consent before its start is withheld: it has no purpose in force.
    agreed = [
        record
        for record in sessions
        if isinstance(record, SupportCase) or "remote_support" in record.purposes
    ]
    return post(pipeline, agreed, vendor, day=DAY)


def read_sessions(envelope: bytes, key: VendorKey) -> list[dict[str, Any]]:
    """Return the records, as the vendor sees them."""
    return read(envelope, key)


def main() -> None:
    """Send a session with consent, and one whose consent came too late."""
    key, keys = VendorKey.generate(), Keyring.generate()
    started = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    session = RemoteSession(
        at=started,
        consented_at=started - timedelta(minutes=3),
        terms="ASB 2026-01",
        notice="remote support 4",
        display_name="Ada from Hamburg",
        case="C-4711",
        product="drive controller",
        duration=47 * 60,
        outcome="solved",
    )
    late = RemoteSession(
        at=started,
        consented_at=started + timedelta(minutes=1),
        display_name="grace@example.com",
        product="drive controller",
        duration=60,
        outcome="cancelled",
    )
    case = SupportCase(serial="SN-20-88", case="C-4711", first_name="Ada", last_name="Lovelace")
    envelope = send_sessions([session, late, case], keys, key.recipient)
    if envelope is None:
        raise SystemExit("nothing may leave")
    records = read_sessions(envelope, key)
    told, about = records
    print(f"{len(records)} records of 3 came")
    print("billed minutes:", told["duration"] // 60, "outcome:", told["outcome"])
    print("the fields of the session:", *sorted(told))
    print("one case:", told["case"] == about["case"], "its product:", about["serial"])


if __name__ == "__main__":
    main()
