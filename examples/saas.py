"""A service on the web: its access log; sign-ups, add-in and portal, tenant by tenant."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from post import Site, read

from anonkit import Keyring, Pipeline, Policy
from anonkit.seal import VendorKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anonkit.seal import Recipient

DATA = Path(__file__).parent / "data"
PURPOSES = ("usage", "sign_in", "tenancy", "assignment")


def send_by_tenant(
    events: Iterable[dict[str, Any]], keys: Keyring, analyst: Recipient, folder: Path
) -> list[list[bytes]]:
    """Return the envelopes of each tenant: a pipeline for each, so that no tokens meet."""
    by_tenant = defaultdict(list)
    for event in events:
        # Directories write the same identifier in upper and lower case.
        by_tenant[(event.get("tenant") or "").casefold()].append(event)
    sent = []
    for number, (tenant, records) in enumerate(by_tenant.items()):
        pipeline = Pipeline(Policy.preset("saas"), keys=keys, tenant=tenant)
        with Site(folder / str(number), pipeline, analyst) as site:
            site.agree(*PURPOSES)
            site.record(records)
            sent.append(site.send())
    return sent


def clean_log(log: bytes) -> bytes:
    """Return an access log as it may be evaluated."""
    lines = Pipeline(Policy.preset("weblog")).lines("combined")
    return lines.feed(log) + lines.finish()


def main() -> None:
    """Send the bundled events of two tenants, and count in them and in the log."""
    key = VendorKey.generate()
    lines = (DATA / "service.ndjson").read_bytes().splitlines()
    events = map(msgspec.json.decode, lines)
    with tempfile.TemporaryDirectory() as folder:
        sent = send_by_tenant(events, Keyring.generate(), key.recipient, Path(folder))
    seen: set[str] = set()
    for envelopes in sent:
        records = read(envelopes, key)
        people = {record["email"] for record in records}
        kinds = Counter(record["type"] for record in records)
        print(f"a tenant: {len(people)} people,", ", ".join(f"{n} {k}" for k, n in kinds.items()))
        print("  people seen at a tenant before:", len(people & seen))
        seen |= people

    log = clean_log((DATA / "access.log").read_bytes())
    networks = {line.split(b" ", 1)[0] for line in log.splitlines()} - {b"-"}
    print(f"access log: {len(log.splitlines())} lines from {len(networks)} networks")


if __name__ == "__main__":
    main()
