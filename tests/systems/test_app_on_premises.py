"""System 3, application analytics on the premises: raw events in, the vendor's view out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from app_on_premises import PURPOSES
from hypothesis import given, settings

from anonkit import Keyring, Pipeline, Policy
from anonkit.records import APP_EVENTS
from anonkit.records.event import declaration
from sites import downstream, on_disk, seen, site
from strategies import find_secret, secrets

AT = datetime(2026, 11, 22, 9, 2, 44, tzinfo=UTC)
# Words of the program, which leave as they are: names by its authors, and the signature of a fault.
AUTHORED = {"page", "previous", "statistic", "exception", "location", "signature"}
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
@settings(max_examples=15, deadline=None)
def test_a_planted_secret_is_found_nowhere_at_the_vendor(secret: str) -> None:
    """In no kind of event does a secret reach the disk, the envelope, the view or the report."""
    pipeline = Pipeline(Policy.preset("app"), keys=Keyring.generate())
    with site(pipeline, *PURPOSES) as application:
        for event in APP_EVENTS:
            application.record([msgspec.json.encode(planted(event, secret))])
        disk = on_disk(application)
        envelopes = application.send()
    kinds = {event.__struct_config__.tag for event in APP_EVENTS}
    assert {event["type"] for event in seen(envelopes)} == kinds
    found = disk + downstream(envelopes, pipeline)
    for part in {secret, secret.encode("ascii", "ignore").decode()}:
        assert find_secret(found, part) is None


def test_the_vendor_counts_users_without_knowing_them() -> None:
    """Three users in many events are three tokens in a period, and three others in the next."""
    lines = [
        msgspec.json.encode({"type": "page_change", "at": AT, "user": f"u{n % 3}", "page": "start"})
        for n in range(50)
    ]
    users = []
    for _ in range(2):
        with site(Pipeline(Policy.preset("app"), keys=Keyring.generate()), "usage") as application:
            application.record(lines)
            users.append({event["user"] for event in seen(application.send())})
    assert len(users[0]) == len(users[1]) == 3
    assert not users[0] & users[1]


def test_the_purposes_are_those_of_the_preset() -> None:
    """The example agrees to every purpose that a record of the preset has."""
    policy = Policy.preset("app")
    assert {record.purpose for record in policy.records.values()} <= set(PURPOSES)
    assert {
        field.purpose for record in policy.records.values() for field in record.fields.values()
    } <= {*PURPOSES, None}
