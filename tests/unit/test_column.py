"""One column of a line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from anonkit.errors import Withheld
from anonkit.parse.column import (
    DROPPED,
    LONGEST_CACHED,
    WITHHELD,
    Column,
    ColumnMemo,
    Treatment,
    read_number,
    read_time,
    write_number,
    write_status,
    write_time,
)

WORD = Column("word", b"")
TEXT = Column("text", b"", quoted=True)
NUMBER = Column("number", b"", reads=read_number, writes=write_number)


@pytest.mark.parametrize("text", ["", "a b", 'a"b', "a\\b", "a\nb", "a\x7fb", "\x80", "\xa0"])
def test_what_does_not_fit_a_word_is_withheld(text: str) -> None:
    """A stage's result with a space, quote, backslash or control character is no word."""
    with pytest.raises(Withheld, match="does not fit the format"):
        WORD.treat("x", Treatment(lambda _: text))


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\nb", "\x00", "\x9f"])
def test_what_does_not_fit_between_quotes_is_withheld(text: str) -> None:
    """A stage's result with a quote, backslash or control character cannot stand between quotes."""
    with pytest.raises(Withheld, match="does not fit the format"):
        TEXT.treat("x", Treatment(lambda _: text))
    assert TEXT.treat("x", Treatment(lambda _: "a b\xa0é")) == "a b\xa0é"
    assert TEXT.treat("x", Treatment(lambda _: "")) == ""


def test_dashes_and_drops_are_dashes() -> None:
    """A dash stays one without a stage being asked, and a dropped column is not even read."""
    assert WORD.treat("-", WITHHELD) == "-"
    assert WORD.treat("x", DROPPED) == "-"
    assert WORD.treat_bytes(b"\xff", DROPPED) == b"-"
    with pytest.raises(Withheld, match="not UTF-8"):
        WORD.treat_bytes(b"\xff", Treatment())
    with pytest.raises(Withheld, match="its key was destroyed"):
        WORD.treat("x", WITHHELD)


def test_a_kept_column_is_left_alone() -> None:
    """What is kept leaves as it stands, quotes and backslashes too: it stood there before."""
    assert WORD.treat('a\\"', Treatment()) == 'a\\"'


def test_a_stage_gets_what_it_takes() -> None:
    """A stage for text gets text, one for numbers a number, and its result becomes text."""
    assert NUMBER.treat("007", Treatment(str.upper)) == "007"
    assert NUMBER.treat("007", Treatment(lambda n: n / 2, kinds=frozenset({"integer"}))) == "3"
    assert NUMBER.treat("7", Treatment(lambda _: "token", kinds=frozenset({"integer"}))) == "token"
    assert WORD.treat("x", Treatment(str.upper, kinds=frozenset({"integer"}))) == "X"


@pytest.mark.parametrize("text", ["/a", "/a?b=c", "/a#b", "/a#b?c", "/a?b#c"])
def test_a_query_that_makes_no_difference_is_not_seen(text: str) -> None:
    """A stage that ignores queries gets what stands before one."""
    assert WORD.treat(text, Treatment(str.upper, ignores_query=True)) == "/A"


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1e3", "\u0661", "9" * 20, "0x1", " 1"])
def test_what_is_no_number_is_withheld(text: str) -> None:
    """A number is up to nineteen ASCII digits."""
    with pytest.raises(Withheld, match="not a number"):
        read_number(text)
    assert read_number("9" * 19) == int("9" * 19)


def test_numbers_are_written_whole() -> None:
    """Sizes are rounded down; a status has three digits."""
    assert [write_number(n) for n in (0, 2.9, 1e18)] == ["0", "2", str(10**18)]
    assert [write_status(n) for n in (0, 99.5, 404)] == ["000", "099", "404"]


@pytest.mark.parametrize(
    "text",
    ["", "x", "10/Oct/2000", "30/Feb/2000:13:55:36 +0000", "10/Okt/2000:13:55:36 +0000",
     "10/Oct/2000:13:55:60 +0000", "10/Oct/0000:13:55:36 +0000"],
)  # fmt: skip
def test_what_is_no_time_is_withheld(text: str) -> None:
    """A time that the calendar has not is none."""
    with pytest.raises(Withheld, match="not a time"):
        read_time(text)


@pytest.mark.parametrize("month", range(1, 13))
def test_a_time_is_read_and_written_in_english(month: int) -> None:
    """Times go through reading and writing unchanged, in any locale and zone."""
    zone = timezone(timedelta(hours=5, minutes=-30 if month % 2 else 30))
    time = datetime(month + 40, month, 3, 4, 5, 6, tzinfo=zone)
    assert read_time(write_time(time)) == time


@pytest.mark.parametrize("zone", [None, timezone(timedelta(minutes=53, seconds=28))])
def test_a_time_without_whole_minutes_of_zone_does_not_fit(zone: timezone | None) -> None:
    """A time without a zone, or with seconds in it, cannot be written."""
    with pytest.raises(Withheld, match="does not fit"):
        write_time(datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=zone))


def test_a_memo_freezes_and_keeps_no_long_value() -> None:
    """Values are remembered up to a number and a length, with the text around them."""
    calls: list[str] = []
    memo = ColumnMemo(WORD, Treatment(lambda text: calls.append(text) or text.upper()), 2)
    memo.before, memo.after = b"<", b">"
    long = b"x" * (LONGEST_CACHED + 1)
    assert memo.miss(long) == b"<" + long.upper() + b">"
    assert memo.kept == {}
    for text in (b"a", b"b", b"c"):
        assert memo.miss(text) == b"<" + text.upper() + b">"
    assert memo.kept == {b"a": b"<A>", b"b": b"<B>"}
    assert ColumnMemo(WORD, Treatment(), 0).miss(b"x") == b"x"
