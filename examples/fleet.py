"""A gateway collects a site's printers for a week, and sends one batch; the vendor reads it."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from post import Site, read

from anonkit import Keyring, Pipeline, Policy
from anonkit.seal import VendorKey

DEVICES = Path(__file__).parent / "data" / "devices.ndjson"
FLEET = Policy.preset("fleet")


def main() -> None:
    """Collect without permission and with it, stop, start again, and count at the vendor."""
    vendor = VendorKey.generate()
    lines = DEVICES.read_bytes().splitlines()
    pipeline = Pipeline(FLEET, keys=Keyring.generate())
    with (
        tempfile.TemporaryDirectory() as folder,
        Site(Path(folder), pipeline, vendor.recipient) as gateway,
    ):
        print("without permission:", gateway.record(lines), "of", len(lines), "devices")
        gateway.agree("fleet")
        print("with permission:", gateway.record(lines), "wait")
        gateway.stop("fleet")
        print("stopped:", gateway.waiting(), "wait")
        gateway.agree("fleet")
        gateway.record(lines)
        envelopes = gateway.send()

    raw, sent = (sum(map(len, data)) // len(lines) for data in (lines, envelopes))
    print(f"sent: {raw} bytes a device became {sent}, schema and envelope included")

    weeks = read(envelopes, vendor)
    print("the fields of one device:", *sorted(weeks[0]))
    for model, count in sorted(Counter(week["model"] for week in weeks).items()):
        pages = sorted(week["pages"]["total"] for week in weeks if week["model"] == model)
        print(f"{model}: {count} devices, half print {pages[count // 2]} pages a week or more")
    supplies = [supply for week in weeks for supply in week["supplies"] if "serial" in supply]
    low = sum(supply["state"] != "ok" for supply in supplies)
    print(f"{len(supplies)} cartridges with tokens, {low} of them low or empty")


if __name__ == "__main__":
    main()
