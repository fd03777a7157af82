"""Times of syslog without zone or year, as `--since` and `--until` read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from anonkit import Pipeline, Policy
from anonkit.parse.window import Window

NOW = datetime(2027, 1, 2, 9, tzinfo=UTC)
BERLIN = timezone(timedelta(hours=1))


def taken(line: str, window: Window) -> bool | None:
    """Return whether a line is in a window; None where it is withheld."""
    pipeline = Pipeline(Policy.from_toml('[record.syslog_line]\nfields.message = "keep"\n'))
    stream = pipeline.lines("syslog", window=window)
    out = stream.feed(f"{line} host app: text\n".encode()) + stream.finish()
    return None if pipeline.report.records_withheld else bool(out)


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("Jan  2 08:00:00", datetime(2027, 1, 2, 8, tzinfo=UTC)),
        ("Jan  3 08:59:59", datetime(2027, 1, 3, 8, 59, 59, tzinfo=UTC)),  # a clock that is ahead
        ("Jan  3 09:00:01", datetime(2026, 1, 3, 9, 0, 1, tzinfo=UTC)),
        ("Dec 31 23:59:60", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("<34>Oct 11 22:14:15", datetime(2026, 10, 11, 22, 14, 15, tzinfo=UTC)),
        ("Feb 29 12:00:00", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("Oct 11 2020 22:14:15", datetime(2020, 10, 11, 22, 14, 15, tzinfo=UTC)),
        (
            "<7>7: e: *Oct 11 22:14:15.1 CET: %AB-5-CD:",
            datetime(2026, 10, 11, 22, 14, 15, tzinfo=UTC),
        ),
        ("<166>:Oct 11 2020 22:14:15: %ASA-5-12:", datetime(2020, 10, 11, 22, 14, 15, tzinfo=UTC)),
        ("Oct 11 22:14:15.123", datetime(2026, 10, 11, 22, 14, 15, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_year_is_the_last_that_is_not_ahead(line: str, at: datetime) -> None:
    """The year is the last in which the time lies no more than a day ahead of the run."""
    assert taken(line, Window(since=at, now=NOW)) is True
    assert taken(line, Window(since=at + timedelta(seconds=1), now=NOW)) is False
    assert taken(line, Window(until=at, now=NOW)) is False
    assert taken(line, Window(until=at + timedelta(seconds=1), now=NOW)) is True


def test_a_time_without_a_zone_is_local() -> None:
    """A zone that the log does not say is that of the machine, by its rules for that day."""

    def local(naive: datetime) -> datetime:
        return naive.replace(tzinfo=timezone(timedelta(hours=1 + (4 <= naive.month < 10))))

    for month, hour in (("Dec", 7), ("Jul", 6)):
        at = datetime.strptime(f"2026 {month} 1 {hour} +0000", "%Y %b %d %H %z")
        assert taken(f"{month}  1 08:00:00", Window(since=at, now=NOW, local=local)) is True
        after = Window(since=at + timedelta(seconds=1), now=NOW, local=local)
        assert taken(f"{month}  1 08:00:00", after) is False
    at = datetime(2026, 12, 1, 7, tzinfo=UTC)
    assert taken("Dec  1 08:00:00", Window(since=at, now=NOW.astimezone(BERLIN))) is True


@pytest.mark.parametrize("line", ["Feb 30 12:00:00", "Okt 11 22:14:15", "-"])
def test_what_is_no_time_is_withheld(line: str) -> None:
    """A day that no year has, or an unknown month, withholds its line."""
    assert taken(line, Window(since=NOW, now=NOW)) is None


def test_without_a_clock_a_time_without_a_year_is_withheld() -> None:
    """Where nothing says when the log is read, nothing is guessed."""
    assert taken("Oct 11 22:14:15", Window(since=NOW)) is None
