"""Values in packs: which are refused on the way in, and that all others come back as they were."""

from __future__ import annotations

import base64
import math
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import Enum
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from anonkit.errors import PackError
from anonkit.pack import Listing, Object, Schema, pack, unpack
from anonkit.pack.schema import Unknown
from anonkit.pack.vectors import read_bits, read_vector, write_bits, write_vector
from packs import ABOUT, SCHEMA, TOKEN, A, T, V, exact, nested, read_body


class Odd(tzinfo):
    """A zone that no place has."""

    def utcoffset(self, _: Any) -> timedelta:
        return timedelta(seconds=1, microseconds=5)


@pytest.mark.parametrize("times", [1, 200])
@pytest.mark.parametrize(
    ("node", "value", "rule"),
    [
        (V, b"raw", "not a single value"),
        (V, [1], "not a single value"),
        (V, 2**64, "more than 64 bits"),
        (V, -(2**63) - 1, "more than 64 bits"),
        (V, timedelta.max, "more than 64 bits of microseconds"),
        (V, "\ud800", "not valid Unicode"),
        (V, datetime(2026, 1, 1, tzinfo=Odd()), "parts of a second"),
        (T, "short", "not a token"),
        (T, TOKEN + "=", "not a token"),
        (T, "AAAAAAAAAAAAAAAAAAAAAB", "not a token"),  # bits behind the last byte
        (T, "ünï", "not a token"),
        (T, 5, "not a token"),
        (T, [b"x" * 16], "not a token"),
        (A, "203.0.113", "not an address"),
        (A, "2001:DB8::", "not an address"),
        (A, "10.0.0.0,10.0.0.1", "not an address"),
        (A, "\0", "not an address"),
        (A, b"12345", "not an address"),
        (A, 5, "not an address"),
        (A, {}, "not an address"),
        (Listing(V), "text", "not a list"),
        (Listing(V), (1, 2), "not a list"),
        (Object({"y": V}), "text", "not an object"),
        (Object({"y": V}), {"z": 1}, "has a field that the schema does not"),
        (Object({}, V), {5: 1}, "a name is text"),
        (Unknown(), 5, "cannot be written"),
    ],
)
def test_what_does_not_fit_is_refused(node: Any, value: Any, rule: str, times: int) -> None:
    """What the schema does not say is refused with its place, never its value, in both layouts."""
    with pytest.raises(PackError, match=rule) as caught:
        pack([{"type": "a", "x": value}] * times, nested(node), ABOUT, embed=False)
    assert repr(value)[1:-1] not in str(caught.value) or value in (5, [1], {})


def test_records_of_no_type_are_refused() -> None:
    """Records of a type that the schema does not have, and what is no record, are refused."""
    row = msgspec.msgpack.encode
    for record in ({"type": "b"}, {}, {"type": 5}, {"type": []}, row(["b"]), row([5]), row([])):
        with pytest.raises(PackError, match="type that the schema does not have|not a list"):
            pack([record], SCHEMA, ABOUT)
    for record in ("text", b"\xff\xff", b"\x91" * 5000):
        with pytest.raises(PackError, match="neither a dict nor a row|not a list"):
            pack([record], SCHEMA, ABOUT)  # type: ignore[list-item]
    with pytest.raises(PackError, match="not as many fields"):
        pack([row(["login", 1])], SCHEMA, ABOUT)
    for wrong in (["a", 5], ["a", [5]]):
        with pytest.raises(PackError, match="not an object|not as many|not a list"):
            pack([row(wrong)], nested(Object({}, V)), ABOUT)
    with pytest.raises(PackError, match="not an object"):
        pack([row(["a", [5]])], nested(Object({}, V)), ABOUT)
    with pytest.raises(PackError, match="has a field"):
        pack([{"type": "login", "other": 1}] * 200, SCHEMA, ABOUT)


def test_different_things_that_are_no_value_are_refused() -> None:
    """In a column of many records, lists where single values belong are refused too."""
    records = [{"type": "login", "n": [number]} for number in range(200)]
    with pytest.raises(PackError, match=r"login.n: not a single value"):
        pack(records, SCHEMA, ABOUT)
    tokens = [{"type": "a", "x": bytes(16)}, {"type": "a", "x": [bytes(16)]}] * 100
    with pytest.raises(PackError, match=r"a.x: not a token"):
        pack(tokens, nested(T), ABOUT)


def test_texts_of_another_class_are_refused() -> None:
    """A subclass of text would come back as text: it is not taken, first or later."""

    class Name(str):
        __slots__ = ()

    for values in ([Name("a")] * 200, ["a"] * 100 + [Name("b")] * 100):
        with pytest.raises(PackError, match="not a single value"):
            pack([{"type": "login", "n": value} for value in values], SCHEMA, ABOUT)


def test_what_passes_for_a_time_is_none() -> None:
    """What has a zone, and is as much shorter as a far time is longer, does not shift the others."""
    odd = Enum("Odd", {"X": 200}).X
    odd.tzinfo = UTC
    times = [datetime(2200, 1, 1, tzinfo=UTC), odd] * 100
    with pytest.raises(PackError, match=r"login\.at: not a single value"):
        pack([{"type": "login", "at": value} for value in times], SCHEMA, ABOUT)


@pytest.mark.parametrize(
    "bad",
    [
        "AAAA",
        "A" * 22 + "==",
        "A" * 21 + "=",
        "+" * 22,
        "/" * 24,
        "é" * 22,
        "A" * 9 + "\n" + "A" * 12,
        "A" * 9 + "\n" + "A" * 13,
        "A" * 9 + "\n" + "A" * 14,
        "A" * 21 + "\n",
        "A" * 23 + "\n",
    ],
)
def test_no_token_is_refused_among_many(bad: str) -> None:
    """What is no token is refused with its place, though all texts are decoded as one."""
    for others in ([], ["A" * 22, "B" * 21 + "A"]):
        tokens = others * 40 + [bad] * 80
        with pytest.raises(PackError, match="not a token"):
            pack([{"type": "login", "user": token} for token in tokens], SCHEMA, ABOUT)


@pytest.mark.parametrize("bad", [["A" * 22], b"A" * 5, 5, type("Name", (str,), {})("B" * 21 + "A")])
def test_no_other_thing_is_a_token_among_many(bad: Any) -> None:
    """A list, bytes, a number or a subclass of text among tokens is refused with its place."""
    records = [{"type": "login", "user": TOKEN} for _ in range(200)]
    with pytest.raises(PackError, match=r"login\.user: not a token"):
        pack([*records, {"type": "login", "user": bad}], SCHEMA, ABOUT)
    with pytest.raises(PackError, match=r"login\.user: not a token"):
        pack([{"type": "login", "user": [n]} for n in range(200)], SCHEMA, ABOUT)


def test_values_that_are_equal_and_differ_stay_apart() -> None:
    """1, 1.0 and True, 0.0 and -0.0, and one instant in two zones come back as they were."""
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    zone = timezone(timedelta(hours=2))
    values = [1, 1.0, True, 0, 0.0, -0.0, False, noon, noon.astimezone(zone), math.nan, None]
    records = [{"type": "login", "n": value} for value in values] * 20
    assert exact(unpack(pack(records, SCHEMA, ABOUT)).records) == exact(records)
    for value in values:
        records = [{"type": "login", "n": value}] * 200
        assert exact(unpack(pack(records, SCHEMA, ABOUT)).records) == exact(records)


def test_more_texts_than_a_byte_numbers_come_back() -> None:
    """A dictionary of some hundred texts has wider numbers."""
    records = [{"type": "login", "n": f"text {number % 300}"} for number in range(900)]
    assert unpack(pack(records, SCHEMA, ABOUT)).records == records


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([1, 0, 255], "0100ff"),
        ([1, 256, 65_535], "0100ff 0001ff"),
        ([1, 0x01020304], "0104 0003 0002 0001"),
        ([1, 0x0102030405060708], "0108 0007 0006 0005 0004 0003 0002 0001"),
    ],
)
def test_a_vector_has_its_lowest_bytes_first(values: list[int], written: str) -> None:
    """Wide integers lie in planes, as docs/spec/pack.md says: all lowest bytes, then the next."""
    assert write_vector(values, max(values)) == bytes.fromhex(written)
    assert list(read_vector(bytes.fromhex(written), len(values), "")) == values


@given(st.lists(st.booleans(), max_size=70))
def test_a_bitmap_has_its_lowest_bit_first(values: list[bool]) -> None:
    """Truth values come back, as many as there were, from the bits that the page names."""
    written = write_bits(values)
    assert len(written) == (len(values) + 7) // 8
    assert all((written[n // 8] >> n % 8 & 1) == value for n, value in enumerate(values))
    assert read_bits(written, len(values), "") == values


def test_packs_of_one_schema_share_nothing_but_it() -> None:
    """What was made for the columns of one pack is not used for other columns in the same places."""
    schema = Schema({"a": Object({"x": V, "y": V})})
    for first, second in (("x", "y"), ("y", "x")):
        content = [[2, 0], [[first, b"\1", [2, 5]], [second, b"\1", [2, 6]]], []]
        read = read_body(content, schema=schema)
        assert read.records == [{"type": "a", first: 5, second: 6}]


def test_extremes_come_back() -> None:
    """The widest integers beside each other, and jumps between them, survive columns."""
    for values in ([-(2**63), 2**64 - 1], [0, 2**64 - 1, -(2**63)], [2**63, 0, 2**63]):
        records = [{"type": "login", "n": value} for value in values * 100]
        assert unpack(pack(records, SCHEMA, ABOUT)).records == records


def test_jumps_that_are_too_wide_come_back() -> None:
    """Integers that rise by more than 64 bits hold are written one by one."""
    records = [{"type": "login", "n": n} for n in [-(2**63)] * 99 + [2**64 - 1] * 99]
    assert unpack(pack(records, SCHEMA, ABOUT)).records == records


def test_tokens_of_every_length_come_back() -> None:
    """Whole columns of tokens are decoded at once, with any filling, and refused as one is."""
    for size in range(12, 65):
        texts = [
            base64.urlsafe_b64encode(bytes([n]) * size).rstrip(b"=").decode() for n in range(200)
        ]
        records = [{"type": "login", "user": text} for text in texts]
        assert unpack(pack(records, SCHEMA, ABOUT)).records == records
        # A letter of another alphabet, and bits behind the last byte.
        for wrong in [texts[0][:-1] + "+"] + [texts[0][:-1] + "B"] * (size % 3 > 0):
            with pytest.raises(PackError, match="not a token"):
                pack([*records, {"type": "login", "user": wrong}], SCHEMA, ABOUT)


@pytest.mark.parametrize(
    "extra",
    [
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2106, 2, 7, 6, 28, 16, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime(2026, 1, 1),  # noqa: DTZ001 - times without a zone are times too
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5))),
        # msgspec rounds it to whole minutes in text, and so to `Z`.
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(seconds=29))),
    ],
)
def test_times_of_every_kind_come_back(extra: datetime) -> None:
    """Whole seconds are written at once; what is finer, far away or in no zone comes back too."""
    start = datetime(2026, 11, 22, tzinfo=UTC)
    for count in (1, 15, 16, 300):
        times = [start + timedelta(seconds=n * n % 1000) for n in range(count)]
        for values in (times, sorted(times), [*times, extra], [extra] * count):
            records = [{"type": "login", "at": value} for value in values]
            assert exact(unpack(pack(records, SCHEMA, ABOUT)).records) == exact(records)
    records = [{"type": "login", "at": start}] * (1 << 16)
    assert unpack(pack(records, SCHEMA, ABOUT)).records == records


def test_the_same_token_as_text_and_as_bytes_is_one() -> None:
    """Dicts and rows can be packed together: their tokens meet."""
    row = msgspec.msgpack.encode(["login", None, bytes(16), b"\n\0\0\0", 1])
    as_dict = {"type": "login", "user": TOKEN, "ip": "10.0.0.0", "n": 1}
    assert unpack(pack([row, as_dict] * 100, SCHEMA, ABOUT)).records == [as_dict] * 200


@pytest.mark.parametrize(
    ("later", "rule"),
    [(1, None), (True, None), (1.0, None), ([], "not a single value"), (None, None), ("x", None)],
)
def test_what_comes_late_in_a_column_is_not_taken_for_what_came_first(
    later: Any, rule: str | None
) -> None:
    """Fields that went together in the first records may part later, or hold other than text."""
    records: list[dict[str, Any]] = [
        {"type": "login", "at": f"{n // 10}", "n": f"{n // 50}"} for n in range(500)
    ]
    ends = ([1, later], [later, 1], [later, True, 1, 1.0]) if rule is None else ([later],)
    for end in ends:
        # Behind the last of those that tell whether fields go together: each fifth is looked at.
        more = [{"type": "login", "at": "0", "n": value} for value in ["0", *end]]
        if rule is None:
            assert exact(unpack(pack(records + more, SCHEMA, ABOUT)).records) == exact(
                records + more
            )
        else:
            with pytest.raises(PackError, match=rule):
                pack(records + more, SCHEMA, ABOUT)
    parted = records + [{"type": "login", "at": f"{n}", "n": f"{-n}"} for n in range(5000)]
    assert unpack(pack(parted, SCHEMA, ABOUT)).records == parted
