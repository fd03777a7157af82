"""Times cut where they stand: the form stays, and what is no time is withheld."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st

from anonkit.errors import PolicyError, Withheld
from anonkit.stages import clock, generalize
from anonkit.stages.clock import is_clock, is_time

MINUTE = generalize("1min", zone="written")
FORMS = [
    ("12/Dec/2015:18:25:11 +0100", "12/Dec/2015:18:25:00 +0100"),
    ("30/Feb/2015:18:25:60 +0100", "30/Feb/2015:18:25:00 +0100"),
    ("2015-12-12T18:25:11,123Z", "2015-12-12T18:25:00,000Z"),
    ("2015-12-12 18:25:11.5+01:00", "2015-12-12 18:25:00.0+01:00"),
    ("2015-12-12T18:25:11+01:00[Europe/Berlin]", "2015-12-12T18:25:00+01:00[Europe/Berlin]"),
    ("20151212T182511Z[!Etc/GMT+1]", "20151212T182500Z[!Etc/GMT+1]"),
    ("2015/12/12 18:25:11", "2015/12/12 18:25:00"),
    ("20151212T182511Z", "20151212T182500Z"),
    ("20151212 18:25:11", "20151212 18:25:00"),
    ("20151212T182511+01:00", "20151212T182500+01:00"),
    ("20151212T182511-0100", "20151212T182500-0100"),
    ("20151212T182511.123Z", "20151212T182500.000Z"),
    ("20151212T182511,123456+01:00", "20151212T182500,000000+01:00"),
    ("20151212T182511 +01:00", "20151212T182500 +01:00"),
    ("20151212T1825Z", "20151212T1825Z"),
    ("20151212T1825+01:00", "20151212T1825+01:00"),
    ("2015-12-12T182511+01:00", "2015-12-12T182500+01:00"),
    ("20151212t182511z", "20151212t182500z"),
    ("2015-12-12t18:25:11z", "2015-12-12t18:25:00z"),
    ("2015-12-12 18:25:11.123456+01", "2015-12-12 18:25:00.000000+01"),
    ("2015-12-12 18:25:11.5 +0100 CET", "2015-12-12 18:25:00.0 +0100 CET"),
    ("2015-12-12 18:25:11 +0000 UTC", "2015-12-12 18:25:00 +0000 UTC"),
    ("Sat Dec 12 18:25:11 MEZ 2015", "Sat Dec 12 18:25:00 MEZ 2015"),
    ("Dec  1 18:25:11", "Dec  1 18:25:00"),
    ("Sat, 12 Dec 2015 18:25:11 GMT", "Sat, 12 Dec 2015 18:25:00 GMT"),
    ("Sat Dec 12 18:25:11 UTC 2015", "Sat Dec 12 18:25:00 UTC 2015"),
    ("12.12.2015 06:25:11 PM", "12.12.2015 06:25:00 PM"),
    ("12/12/2015 6:25:11 PM", "12/12/2015 6:25:00 PM"),
    ("Dec 12, 2015, 6:25:11\u202fPM", "Dec 12, 2015, 6:25:00\u202fPM"),
    ("Dec 12, 2015 @ 18:25:11.123", "Dec 12, 2015 @ 18:25:00.000"),
    ("Sat Dec 12 18:25:11 2015 UTC", "Sat Dec 12 18:25:00 2015 UTC"),
    ("2015-12-12 18:25:11 (UTC)", "2015-12-12 18:25:00 (UTC)"),
    ("2015-12-12 18:25:11.1234567890123 AEST", "2015-12-12 18:25:00.0000000000000 AEST"),
    ("2015-12-12_18:25:11 Europe/Berlin", "2015-12-12_18:25:00 Europe/Berlin"),
    ("[12/Dec/2015:18:25:11 +0100]", "[12/Dec/2015:18:25:00 +0100]"),
    ("12. Dez. 2015, 18:25:11 Uhr", "12. Dez. 2015, 18:25:00 Uhr"),
    ("12-DEC-15 06.25.11.123456 PM", "12-DEC-15 06.25.00.000000 PM"),
    ("2015-12-12-18.25.11.123456", "2015-12-12-18.25.00.000000"),
    ("2015-12-12_18-25-11", "2015-12-12_18-25-00"),
    ("2015-12-12 18:25:11.5 +0100 CET m=+0.123", "2015-12-12 18:25:00.0 +0100 CET m=+0.000"),
    ("2015-W50-6T18:25:11Z", "2015-W50-6T18:25:00Z"),
    ("2015W506T182511", "2015W506T182500"),
    ("151212  6:25:11", "151212  6:25:00"),
    ("20151212 182511", "20151212 182500"),
    ("20151212182511", "20151212182500"),
    ("20151212182511.7Z", "20151212182500.0Z"),
    ("/Date(1447942991123+0100)/", "/Date(1447942980000+0100)/"),
    ("130924165911234567", "130924165800000000"),
    (130924165911234567, 130924165800000000),
    ("18:25:11", "18:25:00"),
    ("18:25", "18:25"),
    ("2015-12-12", "2015-12-12"),
    ("12/Dec/2015", "12/Dec/2015"),
    ("1447942991", "1447942980"),
    ("1447942991.123", "1447942980.000"),
    ("1447942991123", "1447942980000"),
    (1447942991, 1447942980),
    (1447942991.25, 1447942980.0),
    (1447942991123456, 1447942980000000),
    (1447942991123456789, 1447942980000000000),
    (date(2015, 12, 12), date(2015, 12, 12)),
    (datetime(2015, 12, 12, 18, 25, 11, 5, tzinfo=UTC), datetime(2015, 12, 12, 18, 25, tzinfo=UTC)),
]


@pytest.mark.parametrize(("before", "after"), FORMS)
def test_the_form_stays(before: Any, after: Any) -> None:
    """What is written otherwise is the clock alone; once cut, a time stays what it is."""
    assert MINUTE(before) == after
    assert MINUTE(after) == after
    assert type(MINUTE(before)) is type(before)


@pytest.mark.parametrize("before", [
    *(f"{day[:length]} 12 {month[:length]} 2015 18:25:11" for length in (None, 3) for day, month in [
        ("Monday", "January"), ("Tuesday", "February"), ("Wednesday", "March"), ("Thursday", "April"),
        ("Friday", "May"), ("Saturday", "June"), ("Sunday", "July"), ("Monday", "August"),
        ("Monday", "September"), ("Monday", "October"), ("Monday", "November"), ("Monday", "December")]),
    *(f"18:25:11 {zone}" for zone in ["Z", "z", "UTC", "GMT", "CET", "CEST", "WET", "WEST", "EET", "EEST", "BST",
                                      "MEZ", "MESZ", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"]),
    *(f"18:25:11Z[{zone}]" for zone in [
        "UTC", "Africa/Harare", "America/North_Dakota/New_Salem", "Antarctica/DumontDUrville", "Arctic/Longyearbyen",
        "Asia/Kathmandu", "Atlantic/Canary", "Australia/Lord_Howe", "Etc/GMT+1", "Europe/Berlin", "Indian/Mahe",
        "Pacific/Apia"]),
])  # fmt: skip
def test_names_of_days_months_and_zones_stay(before: str) -> None:
    """A day and a month, whole or in three letters, and a zone by its name say nothing of anybody."""
    assert MINUTE(before) == before.replace("18:25:11", "18:25:00")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (10**8, 99_999_960),
        (10**11 - 1, 99_999_999_960),
        (10**11, 99_999_960_000),
        (10**14 - 1, 99_999_999_960_000),
        (10**14, 99_999_960_000_000),
        (10**17 - 1, 99_999_999_960_000_000),
        (10**17, 99_999_960_000_000_000),
        (12 * 10**16 - 1, 119_999_940_000_000_000),
        (12 * 10**16 + 6 * 10**8, 120_000_000_600_000_000),
        (16 * 10**16 - 1, 159_999_999_600_000_000),
        (16 * 10**16, 159_999_960_000_000_000),
        (10**20 - 1, 99_999_999_960_000_000_000),
    ],
)
def test_a_number_tells_its_unit_by_its_digits(before: int, after: int) -> None:
    """Seconds have up to eleven digits, each thousandth three more, and 1981 to 2108 since 1601 eighteen."""
    assert MINUTE(before) == after
    for neither in (10**8 - 1, 10**20):
        with pytest.raises(Withheld, match="not a time"):
            MINUTE(neither)


def test_a_time_has_a_longest_form() -> None:
    """A clock in eighty characters is one, and in eighty-one it is none."""
    text = "2015-12-12 18:25:11".ljust(80)
    assert MINUTE(text) == "2015-12-12 18:25:00".ljust(80)
    assert is_time(text)
    assert is_clock(text)
    with pytest.raises(Withheld, match="not a time"):
        MINUTE(text + " ")
    assert not is_time(text + " ")
    assert not is_clock(text + " ")


@pytest.mark.parametrize(
    "value",
    ["", "1234 1234 1 10:00:00", "1 10:00:00 1234 1234", "10:00:00Z[Ada]", "10:00:00Z[Europe/Ada/Lovelace/1815]", "Ada 10:00:00", "10:00:00 Ada", "030 12345678 10:00:00", "030 1234 5678 10:00:00",
     "10:00:00 +49 30 1234", "10:00:00 +01 2345", "10:00:00 CETI", "20151212T182511Ada",
     "20151212T189911Z", "20151212T18251Z", "t18:25:11", "01512121T0000000", "11", "::1", "00:1a:2b:3c:4d:5e",
     "25:00:00", "99:10:33", "10:20:30:40", "2015-12-12T18:25:11" + " " * 64, True, 12, 1e30, -5, float("nan"),
     timedelta(hours=1), [1]],
)  # fmt: skip
def test_what_is_no_time_is_withheld(value: Any) -> None:
    """Text beside a clock, numbers that are no moment and anything else do not leave."""
    with pytest.raises(Withheld, match="not a time"):
        MINUTE(value)


@given(st.datetimes(), st.sampled_from([1, 2, 5, 15, 30, 60]))
def test_texts_and_times_are_cut_alike(time: datetime, minutes: int) -> None:
    """A time as text is cut as the time itself is, and never by as much as a unit."""
    stage = generalize(f"{minutes}min" if minutes < 60 else "1h", zone="written")
    cut = stage(time)
    assert timedelta() <= time - cut < timedelta(minutes=minutes)
    assert datetime.fromisoformat(stage(time.isoformat())) == cut


def near(texts: list[str]) -> st.SearchStrategy[str]:
    """Draw one of some texts with a few characters of it exchanged."""
    return st.tuples(st.sampled_from(texts), st.integers(0, 70), st.integers(0, 3), _few).map(
        lambda drawn: drawn[0][: drawn[1]] + drawn[3] + drawn[0][drawn[1] + drawn[2] :]
    )


_few = st.text("0123456789:/.,+- TZaAä\u0661", max_size=3)


@given(st.text(max_size=70) | near([before for before, _ in FORMS if isinstance(before, str)]))
@settings(max_examples=6 * settings.default.max_examples)
def test_nothing_but_a_time_passes(text: str) -> None:
    """What leaves has no letter but those of months, days and zones, and no second but 00."""
    try:
        left = MINUTE(text)
    except Withheld:
        return
    words = set(re.findall("[^\\W\\d_]+", left))
    assert all(len(word) <= 9 for word in words)
    assert not re.search(r":[0-9]{2}:(?!00)[0-9]{2}(?!:)", left)


@pytest.mark.parametrize("unit", ["7min", "2h", "30s", "1d", "1y", "45min"])
def test_units_that_need_a_calendar_are_refused(unit: str) -> None:
    """As written, a time has an hour and minutes, and nothing that is counted over days."""
    with pytest.raises(PolicyError):
        generalize(unit, zone="written")


def test_a_time_is_told_from_a_clock() -> None:
    """A clock alone may be a duration; with a day it is a time."""
    assert is_time("2015-12-12 18:25:11")
    assert is_time("20151212T182511Z")
    assert is_time("20151212T182511+01:00")
    assert is_time("20151212T1825Z")
    assert not is_time("18:25:11")
    assert is_clock("18:25:11")
    assert is_time("20151212182511Z")
    assert is_time("/Date(1447942991123)/")
    assert not is_time("20151212182511")
    assert is_clock("20151212182511")
    assert not is_time("20151212-000123")
    assert not is_clock("a" * 70)
    assert not is_time("a" * 70)


_PIECES = st.sampled_from(
    ["20260511T090244", "20260511", "2026-05-11", "T", "t", " ", "0902", "09:02", "09:02:44", ":",
     "11/May/2026", "May", "Mon, ", "Z", "z", "+02:00", "+02", "+99:99", " CET", "PM", "090244", "_", "09.02.44", "11-MAY-26", "W20", "(UTC)", " m=+0.1", ".123", ",", "-", "/", "7", "UTC", "Ada", "[", "\u0661"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=6).map("".join))
@example("20260511T090244+99:99")
def test_signs_tell_of_no_time_that_it_is_none(text: str) -> None:
    """A clock is found wherever looking through all of the text finds one."""
    found = (
        clock._COMPACT.fullmatch(text)
        or clock._JOINED.fullmatch(text)
        or clock._DOTTED.fullmatch(text)
    )
    if found is None and (found := clock._CLOCK.search(text)):
        before = clock._BEFORE.fullmatch(text, 0, found.start())
        after = clock._AFTER.fullmatch(text, found.end())
        if not (before and after and len(re.findall("[0-9]", before[0] + after["rest"])) <= 8):
            found = None
    quickly = clock._found(text)
    assert (quickly and (quickly.re, quickly.span())) == (found and (found.re, found.span()))


@given(
    st.from_regex(clock._USUAL, fullmatch=True)
    | st.from_regex(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[012][0-9]:){2}[0-6][0-9](?:[.,][0-9]{1,10})? ?Z?",
        fullmatch=True,
    ),
    st.sampled_from([1, 15, 60]),
)
def test_a_usual_time_is_cut_as_its_parts_are(text: str, minutes: int) -> None:
    """The expression for what logs usually write gives what clock, date and zone give."""
    if clock._USUAL.fullmatch(text) is None:
        return
    found = clock._found(text)
    assert found is not None
    assert clock.cut(minutes)(text) == clock._zeroed(text, found, minutes)
    assert is_time(text)
