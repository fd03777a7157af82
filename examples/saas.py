"""A service on the web: its access log; sign-ups, add-in and portal, tenant by tenant."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from post import post, read

from anonkit import Keyring, Pipeline, Policy
from anonkit.records import SAAS_EVENTS
from anonkit.seal import VendorKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anonkit.seal import Recipient

DATA = Path(__file__).parent / "data"
DAY = date(2026, 11, 23)
PURPOSES = frozenset({"usage", "sign_in", "tenancy", "assignment"})


class Service:
    """The service's side: a pipeline for each tenant, so that no token meets one of another.

    Args:
        keys: The service's keyring.
        analyst: Whom the figures go to.
        purposes: Those in force.
    """

    def __init__(
        self, keys: Keyring, analyst: Recipient, purposes: frozenset[str] = PURPOSES
    ) -> None:
        self.keys, self.analyst, self.purposes = keys, analyst, purposes

    def send(self, events: Iterable[dict[str, Any]]) -> list[bytes]:
        """Return one envelope for each tenant, in no order that says which is which."""
        by_tenant = defaultdict(list)
        for event in events:
            # Directories write the same identifier in upper and lower case.
            by_tenant[(event.get("tenant") or "").casefold()].append(event)
        envelopes = [
            post(
                Pipeline(list(SAAS_EVENTS), keys=self.keys, tenant=tenant, purposes=self.purposes),
                events_of,
                self.analyst,
                day=DAY,
            )
            for tenant, events_of in by_tenant.items()
        ]
        return sorted(envelope for envelope in envelopes if envelope is not None)


def clean_log(log: bytes) -> bytes:
    """Return an access log as it may be evaluated."""
    lines = Pipeline(Policy.preset("weblog")).lines("combined")
    return lines.feed(log) + lines.finish()


def main() -> None:
    """Send the bundled events of two tenants, and count in them and in the log."""
    key = VendorKey.generate()
    service = Service(Keyring.generate(), key.recipient)
    lines = (DATA / "service.ndjson").read_bytes().splitlines()
    seen: set[str] = set()
    for envelope in service.send(map(msgspec.json.decode, lines)):
        events = read(envelope, key)
        people = {event["email"] for event in events}
        kinds = Counter(event["type"] for event in events)
        print(f"a tenant: {len(people)} people,", ", ".join(f"{n} {k}" for k, n in kinds.items()))
        print("  people seen at a tenant before:", len(people & seen))
        seen |= people

    log = clean_log((DATA / "access.log").read_bytes())
    networks = {line.split(b" ", 1)[0] for line in log.splitlines()}
    print(f"access log: {len(log.splitlines())} lines from {len(networks)} networks")


if __name__ == "__main__":
    main()
