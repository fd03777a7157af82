"""generalize: idempotent, monotone, coarser, at every edge that numbers and clocks have."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings, strategies as st

import reference
from anonkit.errors import PolicyError, Withheld
from anonkit.stages import generalize
from anonkit.stages.generalize import OTHER

BERLIN = ZoneInfo("Europe/Berlin")
UNITS = ["1s", "30s", "1min", "15min", "1h", "2h", "6h", "1d", "1w", "1mo", "3mo", "1y", "10y"]
ZONES = [None, "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
         "America/Havana", "Pacific/Apia"]  # fmt: skip
moments = st.datetimes(timezones=st.just(UTC))
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


def lowered(stage: Any, value: Any) -> Any:
    """Return the coarser value, or None for one that is withheld."""
    try:
        return stage(value)
    except Withheld:
        return None


# --- times ------------------------------------------------------------------------------------

KNOWN = [
    ("1s", None, "2026-11-22T13:47:52.123456+00:00", "2026-11-22T13:47:52+00:00"),
    ("30s", None, "2026-11-22T13:47:52+00:00", "2026-11-22T13:47:30+00:00"),
    ("15min", None, "2026-11-22T13:47:52+00:00", "2026-11-22T13:45:00+00:00"),
    ("1h", None, "2026-11-22T13:47:52+01:00", "2026-11-22T12:00:00+00:00"),
    ("1h", "Asia/Kathmandu", "2026-11-22T13:47:52+00:00", "2026-11-22T19:00:00+05:45"),
    ("6h", None, "2026-11-22T13:47:52+00:00", "2026-11-22T12:00:00+00:00"),
    ("1d", None, "2026-11-22T23:47:52-05:00", "2026-11-23T00:00:00+00:00"),
    ("1d", "Europe/Berlin", "2026-07-01T22:30:00+00:00", "2026-07-02T00:00:00+02:00"),
    ("1w", None, "2026-11-22T13:47:52+00:00", "2026-11-16T00:00:00+00:00"),
    ("1w", None, "2026-11-23T00:00:00+00:00", "2026-11-23T00:00:00+00:00"),
    ("1mo", None, "2026-11-22T13:47:52+00:00", "2026-11-01T00:00:00+00:00"),
    ("3mo", None, "2026-11-22T13:47:52+00:00", "2026-10-01T00:00:00+00:00"),
    ("6mo", None, "2026-05-22T13:47:52+00:00", "2026-01-01T00:00:00+00:00"),
    ("1y", None, "2026-11-22T13:47:52+00:00", "2026-01-01T00:00:00+00:00"),
    ("10y", None, "2026-11-22T13:47:52+00:00", "2020-01-01T00:00:00+00:00"),
]


@pytest.mark.parametrize(("unit", "zone", "time", "start"), KNOWN)
def test_known_times(unit: str, zone: str | None, time: str, start: str) -> None:
    """A time comes down to the start of its unit in its zone, from an object and from text."""
    stage = generalize(unit, zone=zone)
    assert stage(datetime.fromisoformat(time)).isoformat() == start
    assert stage(time).isoformat() == start


@given(moments, st.sampled_from(UNITS), st.sampled_from(ZONES))
@settings(max_examples=300, deadline=None)
@example(datetime.min.replace(tzinfo=UTC), "1w", None)
@example(datetime.max.replace(tzinfo=UTC), "10y", None)
@example(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2h", "Europe/Berlin")
def test_times_once_is_twice(time: datetime, unit: str, zone: str | None) -> None:
    """The start of a unit is its own start, and not after the time."""
    stage = generalize(unit, zone=zone)
    start = lowered(stage, time)
    if start is not None:
        assert stage(start) == start
        assert stage(start).isoformat() == start.isoformat()
        # A wall clock that goes back has hours that began before they were left.
        assert start <= time + (timedelta(hours=2) if zone else timedelta(0))


@given(moments, st.timedeltas(timedelta(0), timedelta(days=3)), st.sampled_from(UNITS))
@settings(max_examples=300)
def test_times_keep_their_order(time: datetime, later: timedelta, unit: str) -> None:
    """In UTC, a later time never has an earlier start."""
    assume(time < datetime.max.replace(tzinfo=UTC) - later)
    stage = generalize(unit)
    assert stage(time) <= stage(time + later)


@pytest.mark.parametrize(("unit", "folds"), [("60min", [0, 1]), ("2h", [0, 0]), ("1d", [0, 0])])
def test_what_is_longer_than_the_repeated_hour_begins_once(unit: str, folds: list[int]) -> None:
    """Both halves of the hour that comes twice are in one unit, unless the unit is that hour."""
    stage = generalize(unit, zone="Europe/Berlin")
    twice = [datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=fold) for fold in (0, 1)]
    assert [stage(time).fold for time in twice] == folds


def test_what_a_way_takes_is_what_it_can_treat() -> None:
    """Durations are numbers to `ceil`; times in UTC may be numbers, those of another zone not."""
    assert generalize(ceil="15min").inputs() == {"integer", "number"}
    assert generalize("1h", zone="UTC").inputs() == {"time", "integer", "number"}
    assert generalize("1h", zone="Europe/Berlin").inputs() == {"time"}
    assert generalize(parts=8)("1.2.3.4.5.6.7.8-rc1") == "1.2.3.4.5.6.7.8"


@pytest.mark.parametrize("unit", ["1h", "2h", "3h", "6h", "12h", "1d"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "America/Havana"])
def test_a_day_of_25_hours_keeps_its_order(unit: str, zone: str) -> None:
    """Through a night when clocks go back, and one when they go forward, starts never go back."""
    stage = generalize(unit, zone=zone)
    for begin in (datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 3, 7, tzinfo=UTC)):
        hours = [begin + timedelta(minutes=10 * n) for n in range(6 * 24 * 30)]
        starts = [stage(hour).timestamp() for hour in hours]
        assert starts == sorted(starts)


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    """Half past two comes twice on the night of October, and stays two hours of an hour each."""
    stage = generalize("1h", zone="Europe/Berlin")
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert stage(first).isoformat() == "2026-10-25T02:00:00+02:00"
    assert stage(second).isoformat() == "2026-10-25T02:00:00+01:00"
    assert generalize("30min", zone="Europe/Berlin")(second).isoformat()[11:] == "02:30:00+01:00"


@pytest.mark.parametrize("zone", ZONES)
def test_a_time_without_zone_is_in_that_of_the_stage(zone: str | None) -> None:
    """A naive time is read as one in the zone of the stage."""
    naive = datetime(2026, 7, 1, 13, 47)  # noqa: DTZ001 - the case
    tz = ZoneInfo(zone or "UTC")
    assert generalize("1h", zone=zone)(naive) == datetime(2026, 7, 1, 13, tzinfo=tz)


@pytest.mark.parametrize(
    ("time", "zone"),
    [
        (datetime(9999, 12, 31, 23, tzinfo=UTC), "Pacific/Auckland"),
        (datetime(1, 1, 1, tzinfo=UTC), "America/New_York"),
    ],
)
def test_times_outside_the_calendar_of_a_zone(time: datetime, zone: str) -> None:
    """A time that a zone cannot say is withheld, not raised."""
    with pytest.raises(Withheld, match="not a time") as caught:
        generalize("1h", zone=zone)(time)
    assert caught.value.__context__ is None


@given(st.dates(), st.sampled_from(UNITS), st.sampled_from(ZONES))
def test_days_stay_days(day: date, unit: str, zone: str | None) -> None:
    """A date comes down to a date; units within the day leave it as it is."""
    start = generalize(unit, zone=zone)(day)
    assert type(start) is date
    assert start <= day
    assert generalize(unit, zone=zone)(start) == start
    if unit[-1] in "shdn":
        assert start == day


@pytest.mark.parametrize("value", [True, b"x", [], {}, "", "soon", "2026-02-30", "12", "\ud800"])
@pytest.mark.parametrize("unit", ["1h", "1mo"])
def test_what_is_no_time(value: Any, unit: str) -> None:
    """What is no time is withheld, and the exception hangs on to nothing."""
    with pytest.raises(Withheld, match="not a time") as caught:
        generalize(unit)(value)
    assert caught.value.__context__ is None


def test_numbers_are_seconds_for_short_units() -> None:
    """Numbers and durations are seconds for units up to a day in UTC, and no time for others."""
    assert generalize("1h")(7300) == 7200
    assert generalize("1h")(7300.5) == 7200.0
    assert generalize("1h")(-1) == -3600
    assert generalize("1d")(timedelta(hours=30)) == timedelta(days=1)
    for stage in (generalize("1w"), generalize("1mo"), generalize("1h", zone="Europe/Berlin")):
        for value in (7300, 7300.5, timedelta(hours=2)):
            with pytest.raises(Withheld, match="not a time"):
                stage(value)


# --- numbers ----------------------------------------------------------------------------------

STEPS = [1, 5, 10, 3600, 10**20, 0.1, 0.25, 0.5, 2.5, 1e-3, 10.0]


@given(st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9), st.sampled_from(STEPS))
@settings(max_examples=300)
@example(0.3, 0.1)
@example(123456789.3, 0.1)
@example(-0.0, 10)
@example(2.675, 0.001)
def test_steps(value: float, step: float) -> None:
    """A number comes down to a multiple: not above it, less than a step below, and its own."""
    lower = generalize(step=step)(value)
    assert lower <= value
    assert value - lower < step * 1.0001
    assert generalize(step=step)(lower) == lower
    assert math.copysign(1, lower) == 1 or lower < 0
    assert lower == reference.to_step(step, value)


@given(numbers, numbers, st.sampled_from(STEPS))
@settings(max_examples=300)
def test_steps_keep_the_order(one: float, other: float, step: float) -> None:
    """The greater of two numbers never has the lesser multiple."""
    low, high = (lowered(generalize(step=step), value) for value in sorted([one, other]))
    if low is not None and high is not None:
        assert low <= high


@pytest.mark.parametrize(("begun", "billed"), [
    (0, 0), (-0.0, 0.0), (1, 900), (899.5, 900.0), (900, 900), (900.000_001, 1800.0), (901, 1800),
    (10**30, 10**30 + 900 - 10**30 % 900), (timedelta(minutes=44), timedelta(minutes=45)),
])  # fmt: skip
def test_units_begun(begun: Any, billed: Any) -> None:
    """A duration goes up to the units that have begun, in its own type."""
    value = generalize(ceil="15min")(begun)
    assert value == billed
    assert type(value) is type(billed)
    assert not str(value).startswith("-")


@given(
    st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9), st.sampled_from(["1s", "15min", "1d"])
)
@settings(max_examples=300)
def test_units_begun_are_the_least_that_cover(value: float, unit: str) -> None:
    """A duration is covered, by less than a unit too much, and is its own when whole."""
    stage = generalize(ceil=unit)
    size = {"1s": 1, "15min": 900, "1d": 86_400}[unit]
    upper = stage(value)
    assert value <= upper < value + size * 1.0001
    assert stage(upper) == upper == reference.to_ceiling(unit, value)


BASES = [2, 10, 1000, 1.5, 2.5, 1.01, 1.1]


@given(numbers, st.sampled_from(BASES))
@settings(max_examples=300)
def test_buckets(value: float, base: float) -> None:
    """A number comes down to a power: sign kept, not above it in size, and its own bucket."""
    stage = generalize(log=base)
    lower = stage(value)
    assert abs(lower) <= abs(value)
    assert lower == 0 or (lower < 0) == (value < 0)
    assert stage(lower) == lower
    if 1e-9 * base <= abs(value) <= 1e19 / base:
        assert abs(value) < abs(lower) * base * 1.0001
    assert lower == reference.to_bucket(base, value)


@given(numbers, numbers, st.sampled_from(BASES))
@settings(max_examples=200)
def test_buckets_keep_the_order(one: float, other: float, base: float) -> None:
    """The greater of two sizes never has the lesser bucket."""
    low, high = (generalize(log=base)(v) for v in sorted([abs(one), abs(other)]))
    assert low <= high


def test_the_edges_of_buckets() -> None:
    """Zero and dust are 0; what is past the last bound has the last bound."""
    stage = generalize(log=2)
    assert [stage(v) for v in (0, -0.0, 1e-10, -1e-300, 5e-324)] == [0, 0, 0, 0, 0]
    assert stage(1) == 1
    assert stage(-1000) == -512
    assert stage(2**64) == stage(10**400) == stage(1.7e308) == 2**63
    assert stage(0.3) == 0.25


@pytest.mark.parametrize("stage", [generalize(step=1), generalize(step=0.1), generalize(log=2),
                                   generalize("1h"), generalize(ceil="1h")], ids=repr)  # fmt: skip
@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_not_finite(stage: Any, value: float) -> None:
    """Infinity and NaN have no bucket."""
    with pytest.raises(Withheld, match="not a finite number"):
        stage(value)


@pytest.mark.parametrize(
    ("step", "value"),
    [(0.5, 10**400), (0.001, 1e308), (5e-324, 1.0), (1e300, 10**400), (0.1, -(10**400))],
)
def test_what_is_too_large(step: float, value: Any) -> None:
    """What overflows is withheld, not raised, and the exception hangs on to nothing."""
    with pytest.raises(Withheld, match="not a finite number") as caught:
        generalize(step=step)(value)
    assert caught.value.__context__ is None


def test_durations() -> None:
    """A duration comes down to whole steps and buckets of seconds, unless there is none."""
    assert generalize(step=60)(timedelta(seconds=150)) == timedelta(seconds=120)
    assert generalize(log=10)(timedelta(days=1)) == timedelta(seconds=10_000)
    assert generalize(step=1)(timedelta.min) == timedelta.min
    for value in (timedelta.min, timedelta.max):  # the latter has no float of its own
        with pytest.raises(Withheld, match="not a number"):
            generalize(step=86_400_000_000_000)(value)


@pytest.mark.parametrize("value", [True, "5", b"5", [], {}, date(2024, 1, 1)])
@pytest.mark.parametrize("stage", [generalize(step=1), generalize(log=2), generalize(ceil="1h")],
                         ids=repr)  # fmt: skip
def test_what_is_no_number(stage: Any, value: Any) -> None:
    """What is no number is withheld."""
    with pytest.raises(Withheld, match="not a number"):
        stage(value)


# --- versions and lists -----------------------------------------------------------------------

VERSIONS = {
    "1": "1", "1.2": "1.2", "1.2.3": "1.2", "v1.2.3": "1.2", "V1": "1", "1.2.3-rc.1+build": "1.2",
    "1:2.3-4ubuntu1~20.04": "1", "10.0.19045 (x64)": "10.0", "1.2_3": "1.2", "5.15.0-91-generic": "5.15",
    "1.2.3.4.5.6.7.8": "1.2", "01.02": "01.02",
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
def test_versions(version: str) -> None:
    """A version comes down to its first numbers; what packagers put around it goes."""
    assert generalize(parts=2)(version) == VERSIONS[version]
    assert generalize(parts=2)(VERSIONS[version]) == VERSIONS[version]


@pytest.mark.parametrize("value", ["", "latest", "1.", "1..2", ".1", "1234567", "1/2", "1\n", "x1",
                                   "1" + "x" * 65, "1.2@jane", "١", 1, 1.2, None.__class__])  # fmt: skip
def test_what_is_no_version(value: Any) -> None:
    """What is no version is withheld."""
    if value == "1.":
        assert generalize(parts=2)(value) == "1"
        return
    if value == "1..2":
        assert generalize(parts=2)(value) == "1"
        return
    with pytest.raises(Withheld, match="not a version"):
        generalize(parts=2)(value)


@given(st.text(max_size=5) | st.integers())
def test_lists(value: Any) -> None:
    """A value on the list stays, and no other leaves."""
    stage = generalize(allow=["a", "b", 7])
    left = stage(value)
    assert left == (value if value in ("a", "b", 7) else OTHER)
    assert stage(left) == left


def test_a_truth_is_not_its_number() -> None:
    """True is not on a list that has 1, though Python finds them equal."""
    for value in (True, 1.0, None.__class__, [1]):
        with pytest.raises(Withheld, match="not text or an integer"):
            generalize(allow=[1])(value)


# --- options ----------------------------------------------------------------------------------

REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("generalize: takes one of unit, step, log, parts, allow, ceil", {}),
    ("generalize: takes one of unit, step, log, parts, allow, ceil", {"unit": "1h", "step": 1}),
    ("generalize.unit: is a count and a unit (such as 15min, 1h", {"unit": "hour"}),
    ("generalize.unit: is a count and a unit", {"unit": "0h"}),
    ("generalize.unit: is a count and a unit", {"unit": "1 h"}),
    ("generalize.unit: is a count and a unit", {"unit": "10000y"}),
    ("generalize.unit: a count of h divides 24, so that units begin alike", {"unit": "5h"}),
    ("generalize.unit: a count of h divides 24, so that units begin alike", {"unit": "48h"}),
    ("generalize.unit: a count of min divides 1440", {"unit": "7min"}),
    ("generalize.unit: a count of d divides 1", {"unit": "2d"}),
    ("generalize.unit: a count of w divides 1", {"unit": "2w"}),
    ("generalize.unit: is of minutes that divide the hour", {"unit": "2h", "zone": "written"}),
    ("generalize.unit: is of minutes that divide the hour", {"unit": "1d", "zone": "written"}),
    ("generalize.parts: is 1 to 8", {"parts": 9}),
    ("generalize.unit: a count of mo divides 12", {"unit": "5mo"}),
    ("generalize.zone: goes with unit", {"zone": "UTC", "step": 1}),
    ("generalize.zone: no zone of that name (such as Europe/Berlin)", {"unit": "1h", "zone": "CEST/Ulm"}),
    ("generalize.zone: no zone of that name", {"unit": "1h", "zone": "../../etc/passwd"}),
    ("generalize.zone: no zone of that name", {"unit": "1h", "zone": ""}),
    ("generalize.step: is above 0", {"step": 0}),
    ("generalize.step: is above 0", {"step": math.nan}),
    ("generalize.step: is above 0", {"step": math.inf}),
    ("generalize.log: is 1.01 or more", {"log": 1}),
    ("generalize.log: is 1.01 or more", {"log": math.inf}),
    ("generalize.parts: is 1 to 8", {"parts": 0}),
    ("generalize.parts: is 1 to 8", {"parts": 9}),
    ("generalize.allow: names at least one value", {"allow": []}),
    ("generalize.ceil: is a count and a unit", {"ceil": "quarter"}),
    ("generalize.ceil: a count of min divides 1440", {"ceil": "7min"}),
    ("generalize.ceil: is in s, min, h or d (such as 15min)", {"ceil": "1w"}),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "options"), REFUSED)
def test_what_is_refused(problem: str, options: dict[str, Any]) -> None:
    """No way, two ways, and sizes without a meaning are refused in words."""
    with pytest.raises(PolicyError) as caught:
        generalize(**options)
    assert str(caught.value).startswith(problem)
