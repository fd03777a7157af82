"""Records as Structs: the same records, from the same packs, in less time."""

from __future__ import annotations

import gc
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from msgspec import UNSET

from anonkit.errors import PackError
from anonkit.pack import Leaf, Listing, Object, Schema, pack, structs_of, unpack, unpack_stream
from anonkit.pack.schema import TYPE, UNTYPED
from packs import ABOUT, exact, schemas_and_records

V = Leaf()
SCHEMA = Schema(
    {"login": Object({"at": V, "user": Leaf("token"), "n": V}), "stop": Object({"at": V, "n": V})}
)
LOGINS = [{"type": "login", "at": 5, "user": "A" * 22, "n": n} for n in range(70)]
STOPS = [{"type": "stop", "at": n} for n in range(70)]
RECORDS = [record for pair in zip(LOGINS, STOPS, strict=True) for record in pair]


def as_dict(record: Any, schema: Schema) -> dict[str, Any]:
    """Return a record as a dict, from a Struct too."""
    if isinstance(record, dict):
        return record
    kind = {struct: name for name, struct in structs_of(schema).items()}[type(record)]
    head = {} if kind == UNTYPED else {TYPE: kind}
    values = zip(schema.records[kind].fields, msgspec.structs.astuple(record), strict=True)
    return head | {name: value for name, value in values if value is not UNSET}


@given(schemas_and_records())
def test_structs_are_what_dicts_are(drawn: tuple[Schema, list[dict[str, Any]]]) -> None:
    """Read as Structs, few records and many are the same as dicts, and pack to the same bytes."""
    schema, records = drawn
    for given_records in (records, records * 20):
        data = pack(given_records, schema, ABOUT)
        read = unpack(data, typed=True)
        assert exact([as_dict(record, schema) for record in read.records]) == exact(given_records)
        assert pack(read.records, schema, ABOUT) == data


@pytest.mark.parametrize("count", [1, 100])
def test_json_is_the_same(count: int) -> None:
    """msgspec writes a Struct as it writes the dict: the type first, what is absent left out."""
    records = RECORDS[:count]
    typed = unpack(pack(records, SCHEMA, ABOUT), typed=True).records
    assert list(map(msgspec.json.encode, typed)) == list(map(msgspec.json.encode, records))


def test_structs_are_shared_and_cannot_be_changed() -> None:
    """Equal schemas have one Struct for each type; a record of it says its fields by name."""
    again = Schema.from_plain(SCHEMA.plain())
    assert structs_of(SCHEMA) is structs_of(again)
    record = unpack(pack(RECORDS, SCHEMA, ABOUT), typed=True).records[0]
    assert (record.user, record.n) == ("A" * 22, 0)
    assert isinstance(record, structs_of(SCHEMA)["login"])
    assert not gc.is_tracked(record)
    with pytest.raises(AttributeError):
        record.n = 1
    assert structs_of(SCHEMA)["stop"](1).n is UNSET


def test_any_name_has_an_attribute() -> None:
    """Names that are no attributes have one by their position, and JSON has the names."""
    names = ["a.b", "class", "_x", "field_0", "__init__", "", "größe"]
    schema = Schema({"": Object(dict.fromkeys(names, V))})
    whole = dict(zip(names, range(7), strict=True))
    (record,) = unpack(pack([whole], schema, ABOUT), typed=True).records
    assert record.__struct_fields__ == (
        "field_0_", "field_1", "field_2", "field_0", "field_4", "field_5", "größe",
    )  # fmt: skip
    assert json.loads(msgspec.json.encode(record)) == whole


def test_types_that_no_struct_can_say_stay_dicts() -> None:
    """A type with `*`, or with a name that msgspec cannot write, is read as dicts."""
    schema = Schema({"open": Object({"x": V}, V), "odd": Object({'a"b': V}), "plain": Object({})})
    assert list(structs_of(schema)) == ["plain"]
    records = [{"type": "open", "x": 1, "y": 2}, {"type": "odd", 'a"b': 3}, {"type": "plain"}] * 40
    read = unpack(pack(records, schema, ABOUT), typed=True).records
    assert [as_dict(record, schema) for record in read] == records
    assert read[0].__class__ is dict
    assert pack(read, schema, ABOUT) == pack(records, schema, ABOUT)


def test_structs_dicts_and_rows_go_together() -> None:
    """A pack takes records of every form at once."""
    typed = unpack(pack(RECORDS, SCHEMA, ABOUT), typed=True).records
    row = msgspec.msgpack.encode(["stop", 3, None])
    mixed = [typed[0], RECORDS[1], row, *typed[2:]]
    expected = [*RECORDS[:2], {"type": "stop", "at": 3}, *RECORDS[2:]]
    assert unpack(pack(mixed, SCHEMA, ABOUT)).records == expected


def test_a_stream_is_read_as_structs() -> None:
    """Packs of a stream are read as Structs, too."""
    data = pack(RECORDS, SCHEMA, ABOUT)
    read = list(unpack_stream([data, data], typed=True))
    assert [whole.records for whole in read] == [unpack(data, typed=True).records] * 2


def test_structs_are_checked_as_dicts_are() -> None:
    """A Struct of another schema, or with a value that no pack takes, is refused."""
    other = Schema({"login": Object({"at": Listing(V)})})
    typed = unpack(pack(RECORDS, SCHEMA, ABOUT), typed=True).records
    with pytest.raises(PackError):
        pack(typed, other, ABOUT)
    login = structs_of(SCHEMA)["login"]
    for bad in (login([1]), login(5, "secret"), login(b"secret"), login(1 << 70)):
        for count in (1, 100):
            with pytest.raises(PackError, match=r"(login|\*)\.(at|user)") as failure:
                pack([bad, *typed[:count]], SCHEMA, ABOUT)
            assert "secret" not in str(failure.value)


def test_structs_pack_as_dicts_do() -> None:
    """Structs are taken apart field by field, and give the bytes that dicts of the same give."""
    schema = Schema(
        {
            "login": Object({"at": V, "user": Leaf("token"), "site": V, "ok": V}),
            "page": Object({"at": V, "user": Leaf("token"), "site": V, "page": V, "n": V}),
            "crash": Object({"at": V, "user": Leaf("token"), "site": V, "n": V}),
            "bye": Object({"at": V, "user": Leaf("token"), "site": V}),
        }
    )
    # Users are of one site each; with many, combinations of both take two bytes.
    for users in (5, 256, 300):
        records = []
        for n in range(1200):
            user = n // 4 % users
            kind = list(schema.records)[n % 4]
            record = {"type": kind, "at": n, "user": f"{user:021}A", "site": f"s{user % 3}"}
            own: dict[str, Any] = {
                "login": {"ok": n % 3 == 0}, "page": {"page": f"p{n % 7}", "n": n}, "crash": {"n": -n},
                "bye": {},
            }[kind]  # fmt: skip
            records.append(record | own)
        data = pack(records, schema, ABOUT)
        typed = unpack(data, typed=True).records
        assert pack(typed, schema, ABOUT) == data
        assert exact([as_dict(record, schema) for record in typed]) == exact(records)
