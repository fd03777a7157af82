"""An application on the premises: events anonymized inside it, one envelope, the vendor's view."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from post import post, read

from anonkit import Keyring, Pipeline, Policy
from anonkit.seal import VendorKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anonkit.seal import Recipient

EVENTS = Path(__file__).parent / "data" / "events.ndjson"
DAY = date(2026, 11, 23)


def send_events(pipeline: Pipeline, lines: Iterable[bytes], vendor: Recipient) -> bytes | None:
    """Return the envelope of what may leave of some events."""
    return post(pipeline, lines, vendor, day=DAY)


def read_events(envelope: bytes, key: VendorKey) -> list[dict[str, Any]]:
    """Return the events, as the vendor sees them."""
    return read(envelope, key)


def main() -> None:
    """Send the bundled events, and answer what the vendor asks of them."""
    key = VendorKey.generate()
    pipeline = Pipeline(Policy.preset("app"), keys=Keyring.generate())
    envelope = send_events(pipeline, EVENTS.read_bytes().splitlines(), key.recipient)
    if envelope is None:
        raise SystemExit("nothing may leave")
    events = read_events(envelope, key)
    print(f"{len(events)} events came in {len(envelope)} bytes")
    for kind, count in Counter(event["type"] for event in events).most_common(3):
        print(f"{kind}: {count}")
    users = {event["user"] for event in events if event.get("user")}
    print(f"distinct users of this period: {len(users)}")
    print(pipeline.report)


if __name__ == "__main__":
    main()
