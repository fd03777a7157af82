"""System 1, a device fleet: from raw summaries to the vendor's view, and nothing personal between."""

from __future__ import annotations

import msgspec
import pytest
from devices import AT, as_json, device_weeks, personal_values
from fleet import DEVICES, FLEET
from hypothesis import given, settings, strategies as st

from anonkit import Keyring, Pipeline
from sites import downstream, on_disk, seen, sent, site
from strategies import find_secret

SITE = device_weeks(500)
LINES = as_json(SITE)


def fleet(keys: Keyring | None = None) -> Pipeline:
    return Pipeline(FLEET, keys=keys or Keyring.generate())


def test_the_bundled_week_is_the_seeded_one() -> None:
    """The data beside the examples is what the workload draws, and nobody's real printer."""
    assert DEVICES.read_bytes().splitlines() == as_json(device_weeks(25))


def test_nothing_of_a_site_goes_further_than_it_may() -> None:
    """No serial, address, name, place or job is found on disk, in what is sent, or reported."""
    week = device_weeks(60, seed=7)
    pipeline = fleet()
    with site(pipeline, "fleet") as gateway:
        assert gateway.record(as_json(week)) == 60
        disk = on_disk(gateway)
        envelopes = gateway.send()
        disk += on_disk(gateway)
    assert len(seen(envelopes)) == 60
    found = downstream(envelopes, pipeline)
    for secret in personal_values(week):
        assert find_secret(disk, secret) is None
        assert find_secret(found, secret) is None


def test_without_permission_nothing_is_kept() -> None:
    """Before permission nothing waits and nothing is sent; with it, both."""
    with site(fleet()) as gateway:
        assert gateway.record(LINES[:3]) == gateway.waiting() == 0
        assert gateway.send() == []
        gateway.agree("fleet")
        assert gateway.record(LINES[:3]) == gateway.waiting() == 3


def test_stopping_withdraws_at_once_and_purges() -> None:
    """A stop erases what waits down to the last byte, and nothing is kept until the next start."""
    keys = Keyring.generate()
    pipeline = fleet(keys)
    tokens = set[bytes]()
    for line in LINES[:5]:
        row = pipeline.row(line)
        assert row is not None
        tokens |= {item for item in msgspec.msgpack.decode(row) if isinstance(item, bytes)}
    tokens = {token for token in tokens if len(token) == 12}
    assert len(tokens) == 10
    with site(pipeline, "fleet") as gateway:
        gateway.record(LINES[:5])
        before = on_disk(gateway)
        assert all(token in before for token in tokens)
        gateway.stop("fleet")
        after = on_disk(gateway)
        assert not [token for token in tokens if token in after]
        assert gateway.record(LINES[:5]) == gateway.waiting() == 0
        assert gateway.send() == []
        gateway.agree("fleet")
        gateway.record(LINES[:2])
        assert len(seen(gateway.send())) == 2


@pytest.mark.parametrize("devices", [25, 500])
def test_a_week_is_a_tenth_of_what_the_notice_promises(devices: int) -> None:
    """A device's week takes less than 190 bytes in its site's batch, with schema and envelope."""
    assert sum(map(len, LINES)) / len(LINES) > 2_200
    for start in range(0, 500, devices):
        envelopes = sent(fleet(), LINES[start : start + devices], "fleet")
        assert len(envelopes) == 1
        assert len(envelopes[0]) / devices < 190


def test_what_the_vendor_sees_is_what_the_pipeline_let_out() -> None:
    """The vendor's records are those of the pipeline, in order and field by field."""
    keys = Keyring.generate()
    expected = [fleet(keys)(line) for line in LINES[:40]]
    assert seen(sent(fleet(keys), LINES[:40], "fleet")) == expected


def test_a_device_is_followed_within_a_period_and_no_further() -> None:
    """A device and its cartridges have one token in all weeks of a period; another key, another."""
    device = SITE[0]
    weeks = [msgspec.json.encode(device | {"at": AT.replace(day=day)}) for day in (8, 15, 22)]
    tokens = []
    for _ in range(2):
        found = {
            (week["serial"], week["mac"], *(s.get("serial") for s in week["supplies"]))
            for week in seen(sent(fleet(), weeks, "fleet"))
        }
        assert len(found) == 1
        tokens.append(set(found.pop()) - {None})
    assert len(tokens[0]) == 6
    assert not tokens[0] & tokens[1]


@given(st.integers(0, 2**40), st.integers(0, 604_800))
@settings(max_examples=100)
def test_counts_and_durations_leave_in_buckets(count: int, seconds: int) -> None:
    """A count leaves as a power of two, a duration in whole hours, a level in steps of 5 %."""
    out = fleet()(
        {
            "type": "device_week",
            "at": AT.isoformat(),
            "serial": "S1",
            "model": "CX735",
            "pages": {"total": count},
            "power": {"sleep": seconds},
            "supplies": [{"kind": "toner", "level": count % 101}],
        }
    )
    assert out is not None
    assert out["pages"]["total"] == (1 << (count.bit_length() - 1) if count else 0)
    assert out["power"]["sleep"] == seconds // 3600 * 3600
    assert out["supplies"][0]["level"] % 5 == 0


def test_no_number_of_a_device_leaves_as_it_was_counted() -> None:
    """Every measure of the preset is made coarser."""
    for path, field in FLEET.records["device_week"].fields.items():
        if field.kind == "measure":
            assert field.stages[0].verb == "generalize", path
