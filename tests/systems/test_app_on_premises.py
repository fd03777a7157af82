"""System 3, application analytics on the premises: raw events in, the vendor's view out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from app_on_premises import read_events, send_events
from hypothesis import given, settings

from anonkit import Keyring, Pipeline, Policy
from anonkit.records import APP_EVENTS
from anonkit.records.event import declaration
from anonkit.seal import VendorKey, unseal
from strategies import find_secret, secrets

KEY = VendorKey.generate()
AT = datetime(2026, 11, 22, 9, 2, 44, tzinfo=UTC)
# Words of the application's authors, which leave as they are.
AUTHORED = {"page", "previous", "statistic", "exception", "location"}
# Text goes through detectors, which find what has a form: an e-mail address, as secrets are.
SCRUBBED = {"message", "traceback"}


def planted(event: Any, secret: str) -> dict[str, Any]:
    """Return an event of a class with a secret in every place where an application might put one."""
    found = declaration(event)
    record: dict[str, Any] = {"type": event.__struct_config__.tag, "at": AT}
    for path in found.fields:
        kind = found.slots[path].type
        if path == "at" or path in AUTHORED:
            continue
        if path in SCRUBBED:
            record[path] = f"no order of {secret.encode('ascii', 'ignore').decode()}"
        elif kind is int or kind is float:
            record[path] = 47
        elif kind is bool:
            record[path] = True
        elif "version" in path:
            record[path] = "4.2.1"
        else:
            record[path] = secret
    record |= {path: f"{path}_name" for path in AUTHORED if path in found.fields}
    record["undeclared"] = {"deep": [secret]}
    return record


@given(secrets)
@settings(max_examples=25)
def test_a_planted_secret_is_found_nowhere_at_the_vendor(secret: str) -> None:
    """In no kind of event does a secret reach the envelope, the decoded view or the report."""
    pipeline = Pipeline(Policy.preset("app"), keys=Keyring.generate())
    lines = [msgspec.json.encode(planted(event, secret)) for event in APP_EVENTS]
    envelope = send_events(pipeline, lines, KEY.recipient)
    assert envelope is not None
    events = read_events(envelope, KEY)
    assert [event["type"] for event in events] == [e.__struct_config__.tag for e in APP_EVENTS]
    downstream = b"\n".join(
        [
            envelope,
            unseal(envelope, [KEY]).pack,
            msgspec.json.encode(events),
            repr(events).encode(),
            str(pipeline.report).encode(),
        ]
    )
    for part in {secret, secret.encode("ascii", "ignore").decode()}:
        assert find_secret(downstream, part) is None


def test_the_vendor_counts_users_without_knowing_them() -> None:
    """Three users in many events are three tokens in a period, and three others in the next."""
    lines = [
        msgspec.json.encode({"type": "page_change", "at": AT, "user": f"u{n % 3}", "page": "start"})
        for n in range(50)
    ]
    seen = []
    for keys in (Keyring.generate(), Keyring.generate()):
        envelope = send_events(Pipeline(Policy.preset("app"), keys=keys), lines, KEY.recipient)
        assert envelope is not None
        seen.append({event["user"] for event in read_events(envelope, KEY)})
    assert len(seen[0]) == len(seen[1]) == 3
    assert not seen[0] & seen[1]
