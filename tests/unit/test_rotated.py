"""Rotated logs: the age that a name tells, and the order that follows from it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from anonkit.streams.rotated import age, in_time_order

# Each from the oldest to the newest, as the tools leave them.
SETS = {
    "logrotate": ["a.log.10.gz", "a.log.9.xz", "a.log.2", "a.log.1", "a.log"],
    "logrotate, extension": ["a.2.log", "a.1.log.zst", "a.log"],
    "dateext": ["a.log-20231231.gz", "a.log-20240101", "a.log-20240229", "a.log"],
    "dateext, twice a day": ["a.log-20240101.2.gz", "a.log-20240101.1", "a.log-20240102"],
    "dateformat -%Y-%m-%d": ["a-2024-01-31.log", "a-2024-02-01.log", "a.log"],
    "hourly": ["a.log-2024010109", "a.log-2024010110", "a.log-2024010200"],
    "cronolog": ["a.2024-01-01_09.log", "a.2024-01-01_10.log", "a.2024-01-02_00.log"],
    "seconds since 1970": ["a.log-1704063600.gz", "a.log-1704067200", "a.log"],
    "a time down to seconds": ["a_20240101T235959.log", "a_20240102T000000.log"],
}


@pytest.mark.parametrize("name", SETS)
def test_the_oldest_is_read_first(name: str) -> None:
    """However a set is given, its files come in the order of time."""
    paths = [Path("logs", each) for each in SETS[name]]
    mixed = paths.copy()
    random.Random(name).shuffle(mixed)
    assert in_time_order(mixed) == paths
    assert len({age(path.name)[0] for path in paths}) == 1


def test_a_set_stands_where_its_first_file_was_named() -> None:
    """Files of other logs and folders are no part of a set, and keep their place."""
    given = ["b.log", "x/a.log", "a.log", "b.log.1", "a.log.1", "x/a.log.1"]
    ordered = ["b.log.1", "b.log", "x/a.log.1", "x/a.log", "a.log.1", "a.log"]
    assert in_time_order([Path(name) for name in given]) == [Path(name) for name in ordered]


@pytest.mark.parametrize(
    "name", ["a-20241301.log", "a-20240132.log", "a2024.log", "1.2.3", "a.log"]
)
def test_what_is_no_date_tells_no_age(name: str) -> None:
    """Months and days that are none, and numbers of other kinds, are parts of the name."""
    assert age(name)[1][0] in (1, 2)
