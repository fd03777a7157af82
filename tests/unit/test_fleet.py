"""The weekly summary of a device: what its typed record lets out."""

from datetime import UTC, datetime

import msgspec
import pytest
from devices import as_json, device_weeks

from anonkit import Keyring, Pipeline, Policy
from anonkit.records import DeviceWeek, JobCounts, Jobs, Pages, PowerSeconds, Supply
from strategies import find_secret

RAW = device_weeks(30)
LINES = as_json(RAW)


def raw_size() -> float:
    return sum(map(len, LINES)) / len(LINES)


def test_the_workload_is_as_large_as_real_summaries() -> None:
    """A raw summary has 2.2 to 2.5 kB of JSON, and one seed gives one workload."""
    assert 2_200 <= raw_size() <= 2_500
    assert as_json(device_weeks(30)) == LINES
    assert as_json(device_weeks(30, seed=1)) != LINES


def test_a_device_week_names_no_device_and_nobody() -> None:
    """Serials and the hardware address leave as tokens, the address as a network, names not."""
    pipeline = Pipeline(DeviceWeek, keys=Keyring.generate())
    week = DeviceWeek(
        at=datetime(2026, 11, 18, 15, 30, tzinfo=UTC),
        serial="7519000341KMN",
        model="CX735",
        mac="00:21:B7:0A:0B:0C",
        ip="10.20.30.40",
        host_name="prn-lovelace",
        contact="ada@example.com",
        supplies=(Supply(kind="toner", serial="CAH0F00BA4", color="black", level=83, state="ok"),),
        pages=Pages(total=713),
        jobs=Jobs(print=JobCounts(total=97)),
        power=PowerSeconds(sleep=9_000),
    )
    out = pipeline(week)
    assert out is not None
    assert {name: len(out.pop(name)) for name in ("serial", "mac")} == {"serial": 16, "mac": 16}
    assert len(out["supplies"][0].pop("serial")) == 16
    told = {name: value for name, value in out.items() if value is not None}
    assert told["at"] == datetime(2026, 11, 16, tzinfo=UTC)
    assert told["ip"] == "10.20.0.0"
    assert told["supplies"][0]["level"] == 80
    assert told["pages"]["total"] == 512
    assert told["jobs"]["print"]["total"] == 64
    assert told["power"]["sleep"] == 7_200
    assert not told.keys() & {"host_name", "contact", "place", "asset_tag"}


def test_class_and_preset_do_the_same_to_raw_summaries() -> None:
    """A raw summary gives the same bytes under class and preset, and no job leaves with it."""
    keys = Keyring.generate()
    by_class, by_preset = (
        Pipeline(DeviceWeek, keys=keys),
        Pipeline(Policy.preset("fleet"), keys=keys),
    )
    for line, raw in zip(LINES, RAW, strict=True):
        out = by_class.json(line)
        assert out is not None
        assert out == by_preset.json(line)
        assert msgspec.json.decode(out).keys() <= raw.keys()
        for secret in (raw["serial"], raw["contact"], raw["last_job"]["title"]):
            assert find_secret(out, secret) is None
    assert by_class.report.as_dict()["undeclared_fields"] == {"device_week": len(RAW)}


def test_spellings_of_a_hardware_address_meet() -> None:
    """One hardware address in any notation is one token, and so is one serial number."""
    pipeline = Pipeline(DeviceWeek, keys=Keyring.generate())
    given = {"type": "device_week", "at": "2026-11-18T15:30:00Z", "serial": "ab", "model": "CX735"}
    upper = pipeline(given | {"mac": "00:21:B7:0A:0B:0C"})
    lower = pipeline(given | {"mac": "0021.b70a.0b0c", "serial": "AB"})
    assert upper is not None
    assert lower is not None
    assert upper["mac"] == lower["mac"]
    assert upper["serial"] == lower["serial"]


@pytest.mark.parametrize("part", [Supply(kind="toner", serial="CAH0F00BA4"), Pages(total=7_130)])
def test_a_part_shows_no_values(part: Supply | Pages) -> None:
    """The repr of a part, plain or for rich, is its class alone."""
    assert repr(part) == f"<{type(part).__name__}>"
    assert part.__rich_repr__() == []
