"""The report: counts, in order, mergeable, in words and as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from anonkit import Report
from anonkit.report import Place, Tally

places = st.builds(
    Place,
    st.sampled_from(["", "login", "crash"]),
    st.sampled_from(["", "ip", "user.email"]),
    st.sampled_from(["not a time", "wrong type"]),
)
counts = st.fixed_dictionaries(
    {
        "tallies": st.dictionaries(st.sampled_from(["login", "crash"]), st.integers(0, 5)),
        "passed": st.dictionaries(st.sampled_from(["login", "crash"]), st.integers(0, 5)),
        "withheld": st.lists(places, max_size=5),
        "omitted": st.lists(places, max_size=5),
        "undeclared": st.dictionaries(st.sampled_from(["login", "crash"]), st.integers(1, 5)),
    }
)


def made(counted: dict[str, Any]) -> Report:
    report = Report()
    for record, count in counted["tallies"].items():
        for _ in range(count):
            report.tally(record).tick()
    for record, count in counted["passed"].items():
        report.passed(record, count)
    for place in counted["withheld"]:
        report.withhold(place)
    for place in counted["omitted"]:
        report.omit(place)
    for record, count in counted["undeclared"].items():
        report.undeclared(record, count)
    return report


@given(counts)
def test_counts_are_what_was_counted(counted: dict[str, Any]) -> None:
    """Everything counted is told, in is out and withheld, and asking changes nothing."""
    report = made(counted)
    out = sum(counted["tallies"].values()) + sum(counted["passed"].values())
    for _ in range(3):
        assert report.records_out == out
        assert report.records_withheld == len(counted["withheld"])
        assert report.records_in == out + len(counted["withheld"])
    told = report.as_dict()
    assert told == report.as_dict()
    assert sum(entry["count"] for entry in told["omitted_fields"]) == len(counted["omitted"])
    assert told["undeclared_fields"] == counted["undeclared"]


@given(counts, counts)
def test_reports_add_up(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two reports added, as dicts or as JSON, are the report of both, in either order."""
    both = {
        "tallies": {},
        "passed": {
            name: sum(c[part].get(name, 0) for c in (one, other) for part in ("tallies", "passed"))
            for name in ("login", "crash")
        },
        "withheld": one["withheld"] + other["withheld"],
        "omitted": one["omitted"] + other["omitted"],
        "undeclared": {
            name: count
            for name in ("login", "crash")
            if (count := sum(c["undeclared"].get(name, 0) for c in (one, other)))
        },
    }
    for first, second in ((one, other), (other, one)):
        report = made(first)
        report.add(json.loads(made(second).json()))
        assert report.as_dict() == made(both).as_dict()
        assert str(report) == str(made(both))


def test_a_drained_report_begins_again() -> None:
    """What was drained and what is counted later add up to what was counted."""
    report, whole = Report(), Report()
    tally = report.tally("a")
    for _ in range(3):
        tally.tick()
        report.passed("b", 2)
        report.withhold(Place("a", "x", "r"))
        report.omit(Place("a", "y", "r"))
        report.undeclared("a", 4)
        whole.add(report.drain())
        assert report.as_dict() == Report().as_dict()
    records = whole.as_dict()["records"]
    assert records["out_by_type"] == {"a": 3, "b": 6}
    assert (records["withheld"], whole.as_dict()["undeclared_fields"]) == (3, {"a": 12})
    assert whole.as_dict()["omitted_fields"][0]["count"] == 3


def test_the_order_is_fixed() -> None:
    """Entries are told by falling count, then by place, whatever came first."""
    report = Report()
    for place in (
        Place("b", "x", "r"), Place("a", "y", "r"), Place("a", "x", "s"), Place("a", "x", "r"),
        Place("z", "z", "z"), Place("z", "z", "z"),
    ):  # fmt: skip
        report.withhold(place)
    told = [(e["record"], e["field"], e["rule"]) for e in report.as_dict()["withheld"]]
    assert told == [
        ("z", "z", "z"), ("a", "x", "r"), ("a", "x", "s"), ("a", "y", "r"), ("b", "x", "r")
    ]  # fmt: skip


def test_the_table() -> None:
    """The report prints as a table that a person reads, line by line."""
    report = Report()
    report.passed("login", 1234)
    report.tally("crash").tick()
    report.tally("never")
    report.withhold(Place("login", "ip", "not an address"))
    report.withhold(Place("", "", "not JSON"))
    report.withhold(Place("", "type", "unknown record type"))
    report.withhold(Place("login", "", "cannot be written"))
    report.omit(Place("login", "user.email", "not text or an integer"))
    report.undeclared("login", 7)
    assert str(report) == (
        "       1,239  records in\n"
        "       1,235  records out\n"
        "           1    crash\n"
        "       1,234    login\n"
        "           4  records withheld\n"
        "           1    not JSON\n"
        "           1    type: unknown record type\n"
        "           1    login: cannot be written\n"
        "           1    login.ip: not an address\n"
        "           1  fields withheld, their records out\n"
        "           1    login.user.email: not text or an integer\n"
        "           7  fields dropped that no policy line names\n"
        "           7    login"
    )
    assert repr(report) == "<Report: 1239 in, 1235 out>"


def test_an_empty_report() -> None:
    """A report of nothing says so, in words and in JSON."""
    assert str(Report()) == (
        "           0  records in\n           0  records out\n           0  records withheld"
    )
    assert Report().json() == (
        b'{"records":{"in":0,"out":0,"withheld":0,"out_by_type":{}},'
        b'"withheld":[],"omitted_fields":[],"undeclared_fields":{}}'
    )


@given(st.lists(st.booleans(), max_size=30))
def test_a_tally_counts_ticks_and_no_reads(steps: list[bool]) -> None:
    """Reading a tally between ticks does not raise it."""
    tally, ticks = Tally(), 0
    for tick in steps:
        if tick:
            tally.tick()
            ticks += 1
        else:
            assert tally.read() == ticks
    assert tally.read() == ticks


def test_one_tally_a_type() -> None:
    """Asking twice for a type's tally gives the same one."""
    report = Report()
    assert report.tally("login") is report.tally("login")
    assert report.tally("login") is not report.tally("crash")


@pytest.mark.parametrize("missing", ["records", "withheld", "omitted_fields", "undeclared_fields"])
def test_half_a_report_is_refused(missing: str) -> None:
    """A dict that is no report is a KeyError, rather than counts that are wrong."""
    other = Report().as_dict()
    del other[missing]
    with pytest.raises(KeyError, match=missing):
        Report().add(other)


def test_a_child_has_a_lock_of_its_own() -> None:
    """After a fork every report has a new lock: the old one may be held by a thread that is gone."""
    from anonkit.report import _unlock_in_child

    report = Report()
    report._lock.acquire()
    _unlock_in_child()
    assert report.records_in == 0


def test_a_system_without_fork_has_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no fork, the module loads all the same."""
    import os
    import runpy

    from anonkit import report

    monkeypatch.delattr(os, "register_at_fork")
    assert runpy.run_path(report.__file__)["Report"]().records_in == 0
