"""Times in the layouts of strftime."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from anonkit.errors import FormatError, Withheld
from anonkit.parse.times import time_column


@pytest.mark.parametrize(
    ("form", "text", "time"),
    [
        ("%Y-%m-%d", "2026-10-10", datetime(2026, 10, 10, tzinfo=UTC)),
        ("%T", "13:55:36", datetime(1970, 1, 1, 13, 55, 36, tzinfo=UTC)),
        ("%H:%M:%S", "23:59:60", datetime(1970, 1, 1, 23, 59, 59, tzinfo=UTC)),
        ("%d/%b/%Y:%T %z", "10/Oct/2026:13:55:36 -0230",
         datetime(2026, 10, 10, 13, 55, 36, tzinfo=timezone(-timedelta(hours=2, minutes=30)))),
        ("%a %A %e %B %y %r", "Sat Saturday 10 October 26 01:55:36 PM",
         datetime(2026, 10, 10, 13, 55, 36, tzinfo=UTC)),
        ("%D %I%p", "10/10/69 12AM", datetime(1969, 10, 10, tzinfo=UTC)),
        ("%Y %j", "2024 366", datetime(2024, 12, 31, tzinfo=UTC)),
        ("%s", "1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("%3", "1700000000123", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("%6", "1700000000123456", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("%%%n%t%F", "%\n\t2026-10-10", datetime(2026, 10, 10, tzinfo=UTC)),
        ("%FT%T%:z", "2026-10-10T13:55:36Z", datetime(2026, 10, 10, 13, 55, 36, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_time_is_read_as_it_is_meant(form: str, text: str, time: datetime) -> None:
    """A time in each layout is the moment that it says, in UTC where it says no zone."""
    column = time_column(form)
    assert column.reads is not None
    assert column.reads(text) == time
    assert column.shape is not None
    assert column.shape.fullmatch(text)


FORMS = (
    "%Y-%m-%d %H:%M:%S %z", "%d/%b/%Y:%T %z", "%s", "%a, %d %B %Y %r", "%FT%T%:z", "%Y/%j %R %S",
    "%A %e %h %y %I:%M:%S %p", "%3", "%6", "%3s",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@given(st.integers(10**9 // 3, 28 * 10**8).map(lambda s: datetime.fromtimestamp(s, UTC)))
def test_what_is_written_is_read_again(form: str, time: datetime) -> None:
    """A time that is written and read again in one layout is the same, to the second."""
    column = time_column(form)
    text = column.writes(time)
    assert column.shape is not None
    assert column.reads is not None
    assert column.shape.fullmatch(text), text
    assert column.reads(text) == time


@pytest.mark.parametrize("form", ["%c", "%x", "%Z", "%", "%Q", "%Ex%x"])
def test_a_directive_that_is_unknown_is_refused(form: str) -> None:
    """A directive that is none, or means what the locale says, is refused by its name."""
    with pytest.raises(FormatError, match="is not known, or depends on the locale"):
        time_column(form)


@pytest.mark.parametrize(
    ("form", "text"),
    [("%F", "2026-02-30"), ("%F", "x"), ("%Y %j", "2026 399"), ("%Y", "0000"), ("%s", "9" * 11)],
)
def test_a_time_that_there_is_not_is_withheld(form: str, text: str) -> None:
    """Text in the shape of a time that no calendar has is withheld, without a word of it."""
    column = time_column(form)
    assert column.reads is not None
    if (form, text) in (("%Y %j", "2026 399"), ("%s", "9" * 11)):
        assert column.reads(text).year > 2026  # far, and there
        return
    with pytest.raises(Withheld, match="^not a time$"):
        column.reads(text)


def test_a_zone_with_seconds_has_no_place() -> None:
    """Local mean time has seconds in its zone, which no layout can say."""
    time = datetime(1850, 1, 1, tzinfo=timezone(timedelta(minutes=53, seconds=28)))
    with pytest.raises(Withheld, match="does not fit the format"):
        time_column("%z").writes(time)
