"""Somebody shares their screen with support: consent first, then a session, then a record."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from post import Site, read

from anonkit import Keyring, Pipeline
from anonkit.records import RemoteSession, SupportCase
from anonkit.seal import VendorKey


def main() -> None:
    """Tell a session with consent and its case, but not one whose consent came too late."""
    key = VendorKey.generate()
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
    pipeline = Pipeline([RemoteSession, SupportCase], keys=Keyring.generate())
    with (
        tempfile.TemporaryDirectory() as folder,
        Site(Path(folder), pipeline, key.recipient) as desk,
    ):
        desk.agree("remote_support", "support")
        print("sessions with consent:", desk.record([session, late]), "of 2")
        desk.record([case])
        envelopes = desk.send()
        desk.record([session])
        desk.stop("remote_support")
        print("waiting after a stop:", desk.waiting())

    records = {record["type"]: record for record in read(envelopes, key)}
    told, about = records["remote_session"], records["support_case"]
    print("billed minutes:", told["duration"] // 60, "outcome:", told["outcome"])
    print("the fields of the session:", *sorted(told))
    print("one case:", told["case"] == about["case"], "its product:", about["serial"])


if __name__ == "__main__":
    main()
