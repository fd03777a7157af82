"""Spans of time: each line by its own time, and none by another."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from anonkit import Pipeline, Policy
from anonkit.errors import FormatError
from anonkit.parse.formats import FORMATS
from anonkit.parse.window import Window, reader
from strategies import keyring
from streams import cut

AT = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)
WEB = '::1 - - [{}] "GET /?t=2024-02-29T12:30:15Z HTTP/1.1" 200 5 "-" "-"\n'


def time_of(form: str, line: str) -> datetime | None:
    """Return the time that a line of a format has."""
    return reader(form, FORMATS[form].record)(line.encode("utf-8", "surrogateescape"))


SAME_MOMENT = [
    ("combined", WEB.format("29/Feb/2024:12:30:15 +0000")),
    ("combined", WEB.format("29/Feb/2024:05:30:15 -0700")),
    ("combined", WEB.format("01/Mar/2024:02:30:15 +1400")),
    ("common", '::1 - [x [29/Feb/2024:12:30:15 +0000] "GET / HTTP/1.1" 200 5\n'),
    ("common", '::1 - [not a time at all] [29/Feb/2024:12:30:15 +0000] "GET / HTTP/1.1" 200 5\n'),
    ("vhost_combined", "a.example:80 " + WEB.format("29/Feb/2024:12:30:15 +0000")),
    ("common", "::1 2024-02-29T13:30:15+01:00 200\n"),  # nginx's $time_iso8601 in a format of its own
    ("syslog", "<34>1 2024-02-29T12:30:15Z host su - - - text\n"),
    ("syslog", "2024-02-29T14:30:15+0200 host su: text\n"),
    ("json", '{"msg":"2020-01-01T00:00:00Z","time":"2024-02-29T12:30:15Z"}\n'),
    ("json", '{"date":"2020-01-01T00:00:00Z","@timestamp":"2024-02-29 12:30:15,000+00:00"}\n'),
    ("jsonl", '{"type":"login","at":1709209815}\n'),
    ("jsonl", '{"ts":1709209815000,"type":"login"}\n'),
    ("json", '{"ts":1709209815.0}\n'),
]  # fmt: skip


@pytest.mark.parametrize(("form", "line"), SAME_MOMENT)
def test_the_time_of_a_line_is_read_with_its_zone(form: str, line: str) -> None:
    """Zones, leap days, seconds and milliseconds since 1970 all name the same moment."""
    assert time_of(form, line) == AT


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("combined", WEB.format("31/Dec/2016:23:59:60 +0000")),
        ("syslog", "2016-12-31T23:59:60.5Z host su: text\n"),
        ("json", '{"time":"2016-12-31T23:59:60Z"}'),
    ],
)
def test_a_leap_second_is_the_second_before(form: str, line: str) -> None:
    """A clock that shows 60 seconds is read, as the formats read it."""
    at = time_of(form, line)
    assert at is not None
    assert at.replace(microsecond=0) == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("common", '::1 - - [29/Feb/2023:12:30:15 +0000] "GET / HTTP/1.1" 200 5\n'),  # no leap year
        ("common", '::1 - - [29/Feb/2024:12:30:15] "GET / HTTP/1.1" 200 5\n'),
        ("common", "\n"),
        ("common", "::1 - - [\udcff9/Feb/2024:12:30:15 +0000]\n"),
        ("common", "::1 2024-13-29T12:30:15Z 200\n"),
        ("syslog", "Feb 29 12:30:15 host su: text\n"),  # neither year nor zone
        ("syslog", "2024-02-29T12:30:15 host su: text\n"),
        ("syslog", "<34>1 - host su - - - text\n"),
        ("json", '{"time":"2024-02-29T12:30:15"}'),
        ("json", '{"time":true}'),
        ("json", '{"time":null}'),
        ("json", '{"time":1e300}'),
        ("json", '{"time":' + "9" * 400 + "}"),
        ("json", '{"time":{"$date":0}}'),
        ("json", '{"msg":"2024-02-29T12:30:15Z"}'),
        ("json", '["time"]'),
        ("json", "{"),
        ("json", '{"a":' + "[" * 100_000),
    ],
)
def test_a_line_without_a_time_has_none(form: str, line: str) -> None:
    """What is no time, has no zone, or stands where no time is, is no time to go by."""
    assert time_of(form, line) is None


def test_the_columns_of_a_w3c_log_say_where_its_time_is() -> None:
    """Date and time are read by the last `#Fields`, in UTC, between blanks and between tabs."""
    at = reader("w3c", FORMATS["w3c"].record)
    line = b"GET 2024-02-29 12:30:15 x\n"
    assert at(line) is None
    for fields, told in (
        (b"#Fields: cs-method date time c-ip\n", line),
        (b"#Fields:date x time\n", b"2024-02-29\ta b\t12:30:15\n"),
        (b"#Fields: Date Time\r\n", b"2024-02-29 12:30:15.000\r\n"),
    ):
        at.fields(fields)  # type: ignore[attr-defined]
        assert at(told) == AT
    assert at(b"2024-02-29\n") is None  # too short
    at.fields(b"#Fields: c-ip time\n")  # type: ignore[attr-defined]
    assert at(b"::1 12:30:15\n") is None


@pytest.mark.parametrize("form", ["address", "csv", "text", "document"])
def test_formats_without_a_place_for_time_are_refused(form: str) -> None:
    """A span of time is an error where lines have none, before anything is read."""
    with pytest.raises(FormatError, match=f"lines of the format {form} have no time to go by"):
        reader(form, FORMATS[form].record)


def test_a_span_begins_with_since_and_ends_before_until() -> None:
    """The first moment belongs to a span, the last does not, and an open end has no limit."""
    later = AT.replace(minute=31)
    assert Window(AT, later).holds(AT)
    assert not Window(AT, later).holds(later)
    assert Window(until=later).holds(AT)
    assert Window(since=AT).holds(later)
    assert not Window(since=later).holds(AT)
    assert Window().holds(AT)


W3C = (
    b"#Fields: date time c-ip\n"
    b"2024-02-28 23:59:59 ::1\n"
    b"#Remark: none of the fields\n"
    b"2024-02-29 00:00:00 ::2\n"
    b"\n"
    b"no time here\n"
    b"#Fields: c-ip date time\n"
    b"::3 2024-02-29 23:59:59\n"
    b"::4 2024-03-01 00:00:00"
)


@given(st.lists(st.integers(0), max_size=6))
def test_what_is_withheld_for_its_time_keeps_its_number(cuts: list[int]) -> None:
    """However a log is cut, the same lines leave; withheld ones have their bytes and numbers."""
    pipeline = Pipeline(Policy.preset("w3c"), keys=keyring())
    told: list[tuple[int, bytes]] = []
    window = Window(datetime(2024, 2, 29, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC))
    stream = pipeline.lines("w3c", reject=lambda *what: told.append(what), window=window)
    out = b"".join(map(stream.feed, cut(W3C, cuts))) + stream.finish()
    assert out == (
        b"#Fields: date time c-ip\n"
        b"#Remark: -\n"
        b"2024-02-29 00:00:00 ::\n"
        b"\n"
        b"#Fields: c-ip date time\n"
        b":: 2024-02-29 23:59:00\n"
    )
    assert told == [(6, b"no time here\n")]
    assert [entry["rule"] for entry in pipeline.report.as_dict()["withheld"]] == [
        "no time to go by"
    ]


def test_a_span_without_lines_is_empty() -> None:
    """Where no line lies in a span nothing leaves, and nothing is withheld."""
    pipeline = Pipeline(Policy.preset("weblog"), keys=keyring())
    stream = pipeline.lines("combined", window=Window(until=datetime(2000, 1, 1, tzinfo=UTC)))
    assert stream.feed(WEB.format("29/Feb/2024:12:30:15 +0000").encode()) == b""
    stream.forget()
    assert stream.finish() == b""
    assert pipeline.report.records_in == 0
