"""Schemas of packs: how they are read, how they grow, and what types share."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from anonkit.errors import PackError
from anonkit.pack import Listing, Object, Schema, body_reader, pack, unpack
from anonkit.pack.body_writer import write_columns
from anonkit.pack.forms import Form
from anonkit.pack.schema import UNTYPED, Unknown
from packs import ABOUT, TOKEN, T, V, nested


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
