"""Packs: what is refused on the way in, how formats grow, and what a reader is told."""

from __future__ import annotations

import base64
import math
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import Enum
from typing import Any

import msgspec
import pytest

from anonkit import Pipeline, Policy
from anonkit.errors import PackError
from anonkit.pack import (
    About,
    Leaf,
    Listing,
    Object,
    Schema,
    body_reader,
    pack,
    train,
    unpack,
    unpack_stream,
)
from anonkit.pack.body_writer import write_columns
from anonkit.pack.forms import Form
from anonkit.pack.frame import TECHNIQUES
from anonkit.pack.schema import UNTYPED, Unknown
from anonkit.policy import Field, Record
from anonkit.policy.packing import about, schema_of
from anonkit.stages import VERBS, drop, generalize, keep, pseudonymize, truncate
from packs import ABOUT, exact
from strategies import keyring

V, T, A = Leaf(), Leaf("token"), Leaf("address")
LOGIN = Object({"at": V, "user": T, "ip": A, "n": V})
SCHEMA = Schema({"login": LOGIN})
TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"
MANY = [{"type": "login", "n": number} for number in range(200)]


def nested(node: Any) -> Schema:
    return Schema({"a": Object({"x": node})})


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
    for given in (["a", 5], ["a", [5]]):
        with pytest.raises(PackError, match="not an object|not as many|not a list"):
            pack([row(given)], nested(Object({}, V)), ABOUT)
    with pytest.raises(PackError, match="not an object"):
        pack([row(["a", [5]])], nested(Object({}, V)), ABOUT)
    with pytest.raises(PackError, match="has a field"):
        pack([{"type": "login", "other": 1}] * 200, SCHEMA, ABOUT)


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


def test_the_same_token_as_text_and_as_bytes_is_one() -> None:
    """Dicts and rows can be packed together: their tokens meet."""
    row = msgspec.msgpack.encode(["login", None, bytes(16), b"\n\0\0\0", 1])
    as_dict = {"type": "login", "user": TOKEN, "ip": "10.0.0.0", "n": 1}
    assert unpack(pack([row, as_dict] * 100, SCHEMA, ABOUT)).records == [as_dict] * 200


def test_a_name_can_be_a_token_here_and_a_text_there() -> None:
    """A field that types do not agree on is shared among those that do, once."""
    schema = Schema({kind: Object({"x": T if kind in "ab" else V}) for kind in "abcd"})
    records = [
        {"type": k, "x": TOKEN if k in "ab" else f"{k} {n}"} for n in range(99) for k in "abcd"
    ]
    assert unpack(pack(records, schema, ABOUT)).records == records


def test_tokens_of_both_kinds_are_one_column() -> None:
    """Where a shared token comes as text and as bytes, and other texts beside it, all come back."""
    schema = Schema({kind: Object({"x": T, "y": V}) for kind in "ab"})
    records: list[Any] = []
    for number in range(200):
        as_dict = {"type": "ab"[number % 2], "x": TOKEN, "y": "text"}
        records += [as_dict, msgspec.msgpack.encode([as_dict["type"], bytes(16), "raw"])]
    read = unpack(pack(records, schema, ABOUT)).records
    assert [record["y"] for record in read] == ["text", "raw"] * 200


@pytest.mark.parametrize("last", [False, True])
def test_rows_and_dicts_make_the_same_pack(last: bool) -> None:  # noqa: FBT001 - a case
    """Many rows are packed without a dict for each, wherever their shared fields stand."""
    kinds = {"a": {"s": V, "u": T, "n": V}, "b": {"u": T, "s": V, "m": V}}
    if not last:
        kinds["b"] = {"s": V, "u": T, "m": V}
    schema = Schema({kind: Object(fields) for kind, fields in kinds.items()})
    records, rows = [], []
    for number in range(200):
        kind = "ab"[number % 2]
        values: dict[str, Any] = {"s": f"s{number // 20}", "u": bytes([number // 20]) * 16}
        values |= {"n": number * 7, "m": number % 3 == 0}
        record = {"type": kind, **{name: values[name] for name in kinds[kind]}}
        records.append(record)
        rows.append(msgspec.msgpack.encode(list(record.values())))
    packed = pack(rows, schema, ABOUT)
    assert packed == pack(records, schema, ABOUT)
    assert [r["s"] for r in unpack(packed).records] == [r["s"] for r in records]
    for wrong in (["c"], ["a", 1], [["a"], 1, 2, 3], [], "abcd", 5):
        with pytest.raises(PackError):
            pack([*rows, msgspec.msgpack.encode(wrong)], schema, ABOUT)
    missing = msgspec.msgpack.encode(["a", None, bytes(16), 1])
    assert "s" not in unpack(pack([*rows, missing], schema, ABOUT)).records[-1]


def test_more_texts_than_a_byte_numbers_come_back() -> None:
    """A dictionary of some hundred texts has wider numbers."""
    records = [{"type": "login", "n": f"text {number % 300}"} for number in range(900)]
    assert unpack(pack(records, SCHEMA, ABOUT)).records == records


def test_extremes_come_back() -> None:
    """The widest integers beside each other, and jumps between them, survive columns."""
    for values in ([-(2**63), 2**64 - 1], [0, 2**64 - 1, -(2**63)], [2**63, 0, 2**63]):
        records = [{"type": "login", "n": value} for value in values * 100]
        assert unpack(pack(records, SCHEMA, ABOUT)).records == records


def test_appended_fields_and_types_are_skipped_and_counted() -> None:
    """Who has an older schema reads what it has, and is told how much more there was."""
    inner = Object({"a": V})
    older = Schema({"login": Object({"n": V, "in": inner}), "stop": Object({"n": V})})
    newer = Schema(
        {
            "login": Object({"n": V, "in": Object({"a": V, "b": T}), "who": T, "n2": V}),
            "stop": Object({"n": V, "who": T, "n2": V}),
            "new": Object({"n": V, "who": T, "n2": V}),
        }
    )
    for count in (3, 300):
        records: list[dict[str, Any]] = []
        for number in range(count):
            who = TOKEN[:-1] + "AQgw"[number % 4]
            more = {"n": number, "who": who, "n2": who}
            records += [
                {"type": "login", "in": {"a": 1, "b": TOKEN}} | more,
                {"type": "stop"} | more,
                {"type": "new"} | more,
            ]
        data = pack(records, newer, ABOUT, embed=False)
        read = unpack(data, grown_from=older)
        assert read.unknown_records == count
        assert read.unknown_fields == 5
        assert read.records == [
            {"type": r["type"], "n": r["n"]} | ({"in": {"a": 1}} if "in" in r else {})
            for r in records
            if r["type"] != "new"
        ]
        read = unpack(pack(read.records, older, ABOUT, embed=False), grown_from=newer)
        assert (read.unknown_records, read.unknown_fields) == (0, 0)
        with pytest.raises(PackError, match="not in the pack and not given"):
            unpack(data, schemas=[older])


def test_fields_of_later_kinds_are_skipped_and_counted() -> None:
    """A node that this version does not know, in an embedded schema, costs that field alone."""
    for count in (2, 200):
        node = Object({"n": V, "later": V, "in": Object({}, V)})
        records = [
            {"type": "a", "n": n, "later": n, "in": {"x": n}} if n else {"type": "a", "n": n}
            for n in range(count)
        ]
        data = pack(records, Schema({"a": node}), ABOUT, embed=False)
        later = Schema({"a": Object({"n": V, "later": Unknown(), "in": Object({}, Unknown())})})
        read = unpack(data, grown_from=later)
        assert [record["n"] for record in read.records] == list(range(count))
        assert not [record for record in read.records if "later" in record]
        assert read.unknown_fields == 2


def test_schemas_are_read_strictly() -> None:
    """What is no schema is refused; nodes of later versions are known to be unknown."""
    good = [["a", [1, ["x", 0], None, 0]]]
    assert Schema.from_plain(good).plain() == good
    later: list[Any] = [["a", [1, ["x", 9, "y", [2, 5], "z", [1]], None, 0]]]
    with pytest.raises(PackError, match="not a node"):
        Schema.from_plain(later)
    read = Schema.from_plain([["a", [1, ["x", 9, "y", [2, 5]], None, 0]]])
    assert read.records["a"].fields == {"x": Unknown(), "y": Unknown()}
    deep: Any = 0
    for _ in range(50):
        deep = [0, deep]
    bad: list[tuple[Any, str]] = [
        (5, "not a list"),
        ([], "no record type"),
        ([["a", 0]], "is an object"),
        ([["a", good[0][1]], ["a", good[0][1]]], "different record types"),
        ([[5, good[0][1]]], "different record types"),
        ([["", good[0][1]], ["a", good[0][1]]], "stand alone"),
        ([["a", [1, ["type", 0], None, 0]]], "record type itself"),
        ([["a", [1, ["x"], None, 0]]], "pairs"),
        ([["a", [1, ["x", 0, "x", 0], None, 0]]], "pairs"),
        ([["a", [1, [5, 0], None, 0]]], "a name is text"),
        ([["a", [1, ["x", True], None, 0]]], "not a node"),
        ([["a", [1, ["x", -1], None, 0]]], "not a node"),
        ([["a", [1, ["x", None], None, 0]]], "not a node"),
        ([["a", [1, [], None, 5]]], "not a node"),
        ([["a", [1, ["x", deep], None, 0]]], "nested deeper"),
    ]
    for plain, rule in bad:
        with pytest.raises(PackError, match=rule):
            Schema.from_plain(plain)
    assert Schema.from_plain([["", [1, ["type", 0], None, 0]]]).records[UNTYPED]


def test_a_schema_changes_its_id_with_any_part() -> None:
    """Order, names, wires, rest and record types all count in the id."""
    schemas = [
        nested(V), nested(T), nested(Listing(V)), nested(Object({})), nested(Object({}, V)),
        nested(Object({}, V, "token")), Schema({"b": Object({"x": V})}),
        Schema({"a": Object({"y": V})}), Schema({"a": Object({"x": V, "y": V})}),
        Schema({"a": Object({"y": V, "x": V})}),
    ]  # fmt: skip
    assert len({schema.id for schema in schemas}) == len(schemas)


def test_what_a_policy_says_of_packs() -> None:
    """The schema has what leaves, by its last stage; the header has verbs and the first expiry."""
    policy = Policy(
        "p",
        {
            "a": Record(
                {
                    "at": generalize("1h"),
                    "who": Field((truncate(), pseudonymize())),
                    "ips[]": truncate(),
                    "gone": drop(),
                    "in.gone": drop(),
                    "tags.*": keep(),
                    "tags.*~": pseudonymize(),
                },
                retain="20d",
            ),
            "b": Record({"n": keep()}),
        },
        retain="30d",
    )
    assert schema_of(policy).records["a"] == Object(
        {
            "at": V, "who": T, "ips": Listing(A),
            "tags": Object({}, V, "token"),
        }
    )  # fmt: skip
    said = about(policy, created=date(2026, 11, 1), period="00" * 8)
    assert said.expires == date(2026, 11, 21)
    assert said.techniques == ("generalize", "keep", "pseudonymize", "truncate")
    assert said.policy == policy.hash
    assert about(policy, created=date.max, period=None).expires == date.max
    pipeline = Pipeline(policy, keys=keyring())
    raw = {"type": "a", "who": "::1", "ips": ["10.1.2.3, 10.4.5.6", "::1"], "tags": {"x": 5}}
    row = pipeline.row(raw)
    assert row is not None
    read = unpack(pack([row], schema_of(policy), said))
    assert read.records == [pipeline(raw)]
    assert read.header.period == "00" * 8
    assert read.header.techniques == ("keep", "truncate", "pseudonymize", "generalize")


def test_every_verb_is_a_technique() -> None:
    """A pack can name whatever a policy can ask for, but for what leaves nothing."""
    assert VERBS.keys() - {"drop"} <= set(TECHNIQUES)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"policy": "xyz"}, "header.policy"),
        ({"policy": "00"}, "header.policy"),
        ({"policy": "AABBCCDD00112233"}, "header.policy"),
        ({"period": "0"}, "header.period"),
        ({"techniques": ("magic",)}, "header.techniques"),
    ],
)
def test_a_header_that_cannot_be_written_is_refused(change: dict[str, Any], place: str) -> None:
    """Ids that are none and techniques that nobody knows are refused with their place."""
    said = msgspec.structs.replace(ABOUT, **change)
    with pytest.raises(PackError) as caught:
        pack([], SCHEMA, said)
    assert caught.value.place == place


def test_a_trained_dictionary_is_needed_to_read() -> None:
    """Packs shrink with a dictionary, are read with it, and refused without it."""
    batches = [
        [{"type": "login", "n": n + m, "at": f"row {n} of {m} rows"} for n in range(3)]
        for m in range(300)
    ]
    trained = train(batches, SCHEMA, size=2000)
    plain = pack(batches[7], SCHEMA, ABOUT, embed=False)
    small = pack(batches[7], SCHEMA, ABOUT, embed=False, dictionary=trained)
    assert len(small) < len(plain)
    read = unpack(small, schemas=[SCHEMA], dictionaries=[trained])
    assert read.records == batches[7]
    assert unpack(plain, schemas=[SCHEMA], dictionaries=[trained]).records == batches[7]
    with pytest.raises(PackError, match="needs a trained dictionary"):
        unpack(small, schemas=[SCHEMA])
    with pytest.raises(PackError, match="not a trained dictionary"):
        pack([], SCHEMA, ABOUT, dictionary=b"none")
    with pytest.raises(PackError, match="too few"):
        train([], SCHEMA)


def test_a_pack_shows_no_record() -> None:
    """The repr of a pack counts its records and shows none."""
    assert repr(unpack(pack(MANY, SCHEMA, ABOUT))) == f"<Pack of 200 records, schema {SCHEMA.id}>"


def test_an_open_file_is_a_stream(tmp_path: Any) -> None:
    """Packs appended to a file are read from it one by one; an empty stream has none."""
    path = tmp_path / "packs"
    path.write_bytes(pack(MANY, SCHEMA, ABOUT) * 3)
    with path.open("rb") as file:
        assert [whole.header.count for whole in unpack_stream(file)] == [200, 200, 200]
    assert list(unpack_stream([])) == []


def test_smaller_of_two_layouts() -> None:
    """A pack is never larger than either layout alone, and few records make rows."""
    from anonkit.pack import frame

    few = pack(MANY[:1], SCHEMA, ABOUT, embed=False)
    assert frame.read_frame(few, dictionaries=(), limits=frame.Limits()).layout == frame.ROWS
    many = pack(MANY, SCHEMA, ABOUT, embed=False)
    assert frame.read_frame(many, dictionaries=(), limits=frame.Limits()).layout == frame.COLUMNS
    assert len(many) < 320


def test_about_keeps_what_it_is_told() -> None:
    """Everything that a header can say comes back."""
    said = About(
        policy="0123456789abcdef",
        created=date(2026, 2, 28),
        techniques=TECHNIQUES,
        period="fedcba9876543210",
        expires=date(1969, 12, 31),
    )
    header = unpack(pack([], SCHEMA, said)).header
    assert header.policy == said.policy
    assert (header.created, header.expires) == (said.created, said.expires)
    assert (header.period, header.techniques) == (said.period, said.techniques)


def test_different_things_that_are_no_value_are_refused() -> None:
    """In a column of many records, lists where single values belong are refused too."""
    records = [{"type": "login", "n": [number]} for number in range(200)]
    with pytest.raises(PackError, match=r"login.n: not a single value"):
        pack(records, SCHEMA, ABOUT)


def test_what_several_types_have_is_one_column() -> None:
    """A field of several types is written once for all of them; a single type says no names."""
    schema = Schema({"a": Object({"x": V, "y": V}), "b": Object({"x": V}), "c": Object({"z": V})})
    records = [{"type": "a", "x": 1, "y": 2}, {"type": "b", "x": 3}, {"type": "c", "z": 4}]
    body = write_columns(schema, [0, 1, 2], records)
    assert body == [
        [Form.INTEGERS, bytes([0, 1, 2])],
        [["x", b"\3", [Form.INTEGERS, bytes([1, 3])]]],
        [[0, [Form.OBJECT, [Form.SAME, 2]]], [2, [Form.OBJECT, [Form.SAME, 4]]]],
    ]
    alone = write_columns(schema, [1, 1], [records[1], {"type": "b", "x": 4}])
    assert alone[1:] == [[], [[1, [Form.OBJECT, [Form.INTEGERS, bytes([3, 4])]]]]]


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


def test_texts_of_another_class_are_refused() -> None:
    """A subclass of text would come back as text: it is not taken, first or later."""

    class Name(str):
        __slots__ = ()

    for values in ([Name("a")] * 200, ["a"] * 100 + [Name("b")] * 100):
        with pytest.raises(PackError, match="not a single value"):
            pack([{"type": "login", "n": value} for value in values], SCHEMA, ABOUT)


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


def test_whatever_types_occur_together() -> None:
    """Packs of ever new sets of record types come back, though a schema keeps few layouts."""
    schema = Schema({f"t{n}": Object({"x": V}) for n in range(12)})
    for chosen in range(1, 600):
        records = [{"type": f"t{n}", "x": n} for n in range(12) if chosen >> n & 1]
        assert unpack(pack(records * 9, schema, ABOUT)).records == records * 9
    assert len(schema.layouts) <= 256


def test_whatever_types_have_a_field(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs of ever new sets of record types are read, though a schema keeps little of them."""
    monkeypatch.setattr(body_reader, "_MOST_PLANS", 4)
    schema = Schema({f"t{n}": Object({"x": V}) for n in range(5)})
    for chosen in range(1, 32):
        records = [{"type": f"t{n}", "x": n} for n in range(5) if chosen >> n & 1] * 20
        assert unpack(pack(records, schema, ABOUT), schemas=[schema]).records == records
    again = [unpack(pack(records, schema, ABOUT, embed=False), schemas=[schema]) for _ in range(9)]
    assert again[-1].records == records
    for chosen in range(1, 32):
        records = [{"type": f"t{n}", "x": n} for n in range(5) if chosen >> n & 1] * 20
        data = pack(records, schema, ABOUT, embed=False)
        assert unpack(data, schemas=[schema]).records == records
    assert len(schema.plans) <= 4


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


def test_every_thread_and_every_level_has_its_own_compressor() -> None:
    """Packs of many threads, levels and sizes are those that one thread makes one by one."""
    small = [{"type": "login", "n": n, "at": f"page {n * n % 97}"} for n in range(500)]
    large = [{"type": "login", "at": f"{n * 7919 % 100_003}"} for n in range(60_000)]
    jobs = [(records, level) for records in (small, large, small) for level in (1, 3, 9, 3)]

    def packed(job: tuple[list[dict[str, Any]], int]) -> bytes:
        return pack(job[0], SCHEMA, ABOUT, level=job[1])

    alone = list(map(packed, jobs))
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(packed, jobs * 3)) == alone * 3
    assert len(set(alone[:4])) == 3
    for data, (records, _) in zip(alone, jobs, strict=True):
        assert unpack(data).records == records


def test_what_passes_for_a_time_is_none() -> None:
    """What has a zone, and is as much shorter as a far time is longer, does not shift the others."""
    odd = Enum("Odd", {"X": 200}).X
    odd.tzinfo = UTC
    times = [datetime(2200, 1, 1, tzinfo=UTC), odd] * 100
    with pytest.raises(PackError, match=r"login\.at: not a single value"):
        pack([{"type": "login", "at": value} for value in times], SCHEMA, ABOUT)


def test_jumps_that_are_too_wide_come_back() -> None:
    """Integers that rise by more than 64 bits hold are written one by one."""
    records = [{"type": "login", "n": n} for n in [-(2**63)] * 99 + [2**64 - 1] * 99]
    assert unpack(pack(records, SCHEMA, ABOUT)).records == records
