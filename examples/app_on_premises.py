"""An application on the premises: events anonymized inside it, one envelope, the vendor's view."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from post import Site, read

from anonkit import Keyring, Pipeline, Policy
from anonkit.seal import VendorKey

EVENTS = Path(__file__).parent / "data" / "events.ndjson"
PURPOSES = ("usage", "performance", "stability", "feedback")


def main() -> None:
    """Send the bundled events, and answer what the vendor asks of them."""
    key = VendorKey.generate()
    pipeline = Pipeline(Policy.preset("app"), keys=Keyring.generate())
    with (
        tempfile.TemporaryDirectory() as folder,
        Site(Path(folder), pipeline, key.recipient) as application,
    ):
        application.agree(*PURPOSES)
        for event in EVENTS.read_bytes().splitlines():
            application.record([event])
        envelopes = application.send()

    events = read(envelopes, key)
    print(f"{len(events)} events came in {len(envelopes)} envelopes, one for each purpose")
    for kind, count in Counter(event["type"] for event in events).most_common(3):
        print(f"{kind}: {count}")
    users = {event["user"] for event in events if event.get("user")}
    print(f"distinct users of this period: {len(users)}")
    print(pipeline.report)


if __name__ == "__main__":
    main()
