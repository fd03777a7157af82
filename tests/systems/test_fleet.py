"""System 1, a device fleet: from raw summaries to the vendor's view, and nothing personal between."""

from __future__ import annotations

import msgspec
import pytest
from devices import AT, as_json, device_weeks, personal_values
from fleet import DEVICES, FLEET, read_week, send_week
from hypothesis import given, settings, strategies as st

from anonkit import Keyring, Pipeline, Policy
from anonkit.policy.packing import schema_of
from anonkit.seal import VendorKey, unseal
from strategies import find_secret

KEY = VendorKey.generate()
SITE = device_weeks(500)
LINES = as_json(SITE)


def test_the_bundled_week_is_the_seeded_one() -> None:
    """The data beside the examples is what the workload draws, and nobody's real printer."""
    assert DEVICES.read_bytes().splitlines() == as_json(device_weeks(12))


def test_nothing_of_a_site_goes_further_than_it_may() -> None:
    """No serial, address, name, place or job is found in what is packed, decoded or reported."""
    site = device_weeks(60, seed=7)
    pipeline = Pipeline(FLEET, keys=Keyring.generate(), purposes={"fleet"})
    rows = [pipeline.row(line) for line in as_json(site)]
    envelope = send_week(as_json(site), Keyring.generate(), KEY.recipient, permitted=True)
    assert envelope is not None
    weeks = read_week(envelope, KEY)
    assert len(weeks) == len(rows) == 60
    downstream = b"\n".join(
        [
            envelope,
            unseal(envelope, [KEY]).pack,
            msgspec.json.encode(weeks),
            repr(weeks).encode(),
            *(row for row in rows if row is not None),
            str(pipeline.report).encode(),
            repr(pipeline.report.as_dict()).encode(),
        ]
    )
    for secret in personal_values(site):
        assert find_secret(downstream, secret) is None


def test_without_permission_nothing_is_made() -> None:
    """Before permission there is no batch, not even an empty one; with it there is."""
    keys = Keyring.generate()
    assert send_week(LINES[:3], keys, KEY.recipient, permitted=False) is None
    assert send_week(LINES[:3], keys, KEY.recipient, permitted=True) is not None


@pytest.mark.parametrize("devices", [25, 500])
def test_a_week_is_a_tenth_of_what_the_notice_promises(devices: int) -> None:
    """A device's week takes less than 190 bytes, sealed, in the batch of its site."""
    raw = sum(map(len, LINES)) / len(LINES)
    assert raw > 2_200
    for start in range(0, 500, devices):
        batch = LINES[start : start + devices]
        envelope = send_week(batch, Keyring.generate(), KEY.recipient, permitted=True)
        assert envelope is not None
        assert len(envelope) / devices < 190


def test_what_the_vendor_sees_is_what_the_pipeline_let_out() -> None:
    """The vendor's records are those of the pipeline, in order and field by field."""
    keys = Keyring.generate()
    pipeline = Pipeline(FLEET, keys=keys)
    envelope = send_week(LINES[:40], keys, KEY.recipient, permitted=True)
    assert envelope is not None
    assert read_week(envelope, KEY) == [pipeline(line) for line in LINES[:40]]


def test_a_device_is_followed_within_a_period_and_no_further() -> None:
    """A device and its cartridges have one token in all weeks of a period; another key, another."""
    device = SITE[0]
    weeks = [msgspec.json.encode(device | {"at": AT.replace(day=day)}) for day in (8, 15, 22)]
    tokens = []
    for keys in (Keyring.generate(), Keyring.generate()):
        envelope = send_week(weeks, keys, KEY.recipient, permitted=True)
        assert envelope is not None
        seen = [
            (week["serial"], week["mac"], *(s.get("serial") for s in week["supplies"]))
            for week in read_week(envelope, KEY)
        ]
        assert len(set(seen)) == 1
        tokens.append(set(seen[0]) - {None})
    assert len(tokens[0]) == 6
    assert not tokens[0] & tokens[1]


@given(st.integers(0, 2**40), st.integers(0, 604_800))
@settings(max_examples=100)
def test_counts_and_durations_leave_in_buckets(count: int, seconds: int) -> None:
    """A count leaves as a power of two, a duration in whole hours, a level in steps of 5 %."""
    pipeline = Pipeline(FLEET, keys=Keyring.generate())
    out = pipeline(
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
    total, sleep = out["pages"]["total"], out["power"]["sleep"]
    assert total == (1 << (count.bit_length() - 1) if count else 0)
    assert sleep == seconds // 3600 * 3600
    assert out["supplies"][0]["level"] % 5 == 0


def test_no_number_of_a_device_leaves_as_it_was_counted() -> None:
    """Every measure of the preset is coarser than what the device said; capacities are catalogue."""
    for path, field in FLEET.records["device_week"].fields.items():
        if field.kind == "measure":
            assert field.stages[0].verb == "generalize", path


def test_the_vendor_reads_by_the_preset_alone() -> None:
    """The batch needs no schema of its own: that of the preset, which both sides have, reads it."""
    envelope = send_week(LINES[:2], Keyring.generate(), KEY.recipient, permitted=True)
    assert envelope is not None
    pack = unseal(envelope, [KEY]).pack
    assert len(pack) < 1_000
    assert schema_of(FLEET) == schema_of(Policy.preset("fleet"), {"fleet"})
