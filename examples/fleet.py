"""A gateway collects a site's printers for a week, and sends one batch; the vendor reads it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from post import post, read

from anonkit import Keyring, Pipeline, Policy
from anonkit.policy.packing import schema_of
from anonkit.seal import VendorKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anonkit.seal import Recipient

DEVICES = Path(__file__).parent / "data" / "devices.ndjson"
FLEET = Policy.preset("fleet")
DAY = date(2026, 11, 23)


def send_week(
    lines: Iterable[bytes], keys: Keyring, vendor: Recipient, *, permitted: bool
) -> bytes | None:
    """Return the batch of one site's week; without permission there is none."""
    purposes = {"fleet"} if permitted else set()
    pipeline = Pipeline(FLEET, keys=keys, purposes=purposes)
    # Both sides know the preset, so its schema need not travel.
    return post(pipeline, lines, vendor, day=DAY, embed=False)


def read_week(envelope: bytes, key: VendorKey) -> list[dict[str, Any]]:
    """Return the devices' weeks, as the vendor sees them."""
    return read(envelope, key, schemas=[schema_of(FLEET)])


def main() -> None:
    """Send the bundled week without permission and with it, and count what the vendor got."""
    vendor, keys = VendorKey.generate(), Keyring.generate()
    lines = DEVICES.read_bytes().splitlines()

    print("without permission:", send_week(lines, keys, vendor.recipient, permitted=False))
    envelope = send_week(lines, keys, vendor.recipient, permitted=True)
    if envelope is None:
        raise SystemExit("nothing may leave")
    raw, sent = (sum(map(len, lines)) // len(lines), len(envelope) // len(lines))
    print(f"with it: {len(lines)} devices, {raw} bytes each became {sent}")

    weeks = read_week(envelope, vendor)
    print("the fields of one device:", *sorted(weeks[0]))
    for model, count in sorted(Counter(week["model"] for week in weeks).items()):
        pages = sorted(week["pages"]["total"] for week in weeks if week["model"] == model)
        print(f"{model}: {count} devices, half print {pages[count // 2]} pages a week or more")
    supplies = [supply for week in weeks for supply in week["supplies"] if "serial" in supply]
    low = sum(supply["state"] != "ok" for supply in supplies)
    print(f"{len(supplies)} cartridges with tokens, {low} of them low or empty")


if __name__ == "__main__":
    main()
