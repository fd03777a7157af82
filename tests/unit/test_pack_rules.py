"""Each rule of frames, headers, rows and columns is checked by who reads a pack, and named."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from msgspec.msgpack import Ext

from anonkit.errors import PackError
from anonkit.pack import Limits, Listing, Object, Schema, unpack
from anonkit.pack.frame import COLUMNS, ROWS, Header, write_frame
from anonkit.pack.schema import Unknown
from packs import HEAD, ONE, A, T, V, framed, read_body


def leaf(column: Any, count: int, node: Any = V) -> list[Any]:
    """Read one column of a field."""
    content = [[2, 0], [], [[0, [10, column]]]]
    made = read_body(content, count, schema=Schema({"a": Object({"x": node})})).records
    return [record.get("x") for record in made]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "ends too early"),
        (b"text", "not a pack"),
        (b"\x8eANP\x02\0\0\0\0" + bytes(8), "pack version 2"),
        (b"\x8eANP\x01\x04\0\0\0" + bytes(8), "flags"),
        (b"\x8eANP\x01\x02\0\0\0" + bytes(8), "flags"),
        (b"\x8eANP\x01\0\x81\x00\0\0" + bytes(9), "longer than it need be"),
        (b"\x8eANP\x01\0\xff\xff\xff\xff\xff\x01", "no end"),
        (b"\x8eANP\x01\0\x01", "ends too early"),
        (framed(HEAD, [None, []])[:-1] + b"\0", "checksum"),
    ],
)
def test_frames_are_checked(data: bytes, rule: str) -> None:
    """Magic, version, flags, lengths and checksum are each checked and named."""
    with pytest.raises(PackError, match=rule):
        unpack(data)


@pytest.mark.parametrize(
    ("head", "rule"),
    [
        (5, "too few fields"),
        (HEAD[:7], "too few fields"),
        ([b"x", *HEAD[1:]], "header.schema: not 8 bytes"),
        ([*HEAD[:1], None, *HEAD[2:]], "header.policy: not 8 bytes"),
        ([*HEAD[:3], "x", *HEAD[4:]], "header.period: not 8 bytes"),
        ([*HEAD[:2], -1, *HEAD[3:]], "header.techniques"),
        ([*HEAD[:4], None, *HEAD[5:]], "header.created: not a day"),
        ([*HEAD[:4], 1 << 40, *HEAD[5:]], "header.created: not a day"),
        ([*HEAD[:5], "x", *HEAD[6:]], "header.expires: not a day"),
        ([*HEAD[:6], True, 1], "header.count"),
        ([*HEAD[:7], 2], "header.layout"),
        (b"\xcc\x01", "header: not MessagePack"),
        (msgspec.msgpack.encode(HEAD) + b"\xc0", "header: not MessagePack"),
        (b"\xc1", "header: not MessagePack"),
        (b"\x80", "too few fields"),
    ],
)
def test_headers_are_checked(head: Any, rule: str) -> None:
    """Every field of a header is checked, and so is its one shortest form."""
    with pytest.raises(PackError, match=rule):
        unpack(framed(head, [None, []]), grown_from=ONE)


def test_headers_grow() -> None:
    """Fields that a later version appends to the header, and techniques it adds, do not hurt."""
    head = [*HEAD[:2], 1 << 20 | 1, *HEAD[3:6], 0, 0, "later", [1]]
    header = unpack(framed(head, [None, []]), grown_from=ONE).header
    assert header.techniques == ("keep", "unknown-20")


def test_an_embedded_schema_is_the_one_named() -> None:
    """A schema in a pack whose id the header does not have is refused."""
    with pytest.raises(PackError, match="not the one that the header names"):
        unpack(framed(HEAD, [ONE.plain(), []]))
    for body in (5, [None], [None, [], 1]):
        with pytest.raises(PackError, match="not a schema and its content"):
            unpack(framed(HEAD, body))
    head = [sha256(msgspec.msgpack.encode(5)).digest()[:8], *HEAD[1:]]
    with pytest.raises(PackError, match="not a list"):
        unpack(framed(head, [5, []]))


def test_what_could_be_shorter_is_refused() -> None:
    """A body in any but its shortest MessagePack is refused: one thing has one encoding."""
    body = b"\x92\xc0\x91\x92\x00\x05"  # [None, [[0, 5]]]
    assert unpack(framed([*HEAD[:7], 0], body), grown_from=ONE).records == [{"type": "a", "x": 5}]
    for longer in (
        b"\x92\xc0\x91\x92\x00\xcc\x05", b"\x92\xc0\x91\xdc\x00\x02\x00\x05",
        b"\xdc\x00\x02\xc0\x91\x92\x00\x05", body + b"\xc0", body[:-1],
        b"\x92\xc0\x91\x92\x00\xca\0\0\0\0", b"\x92\xc0\x91\x92\x00\xd9\x01x",
        b"\x92\xc0\x91\x92\x00\xa1\xff", b"\x92\xc0\x91\x92\x00\xd6\xff\xff\xff",
    ):  # fmt: skip
        with pytest.raises(PackError, match="shortest form"):
            unpack(framed([*HEAD[:7], 0], longer), grown_from=ONE)


OPEN = Schema({"a": Object({"x": Object({"y": V}, V)})})


@pytest.mark.parametrize(
    ("schema", "content", "rule"),
    [
        (ONE, 5, "as many rows"),
        (ONE, [], "as many rows"),
        (ONE, [5], "begins with the position"),
        (ONE, [[]], "begins with the position"),
        (ONE, [[-1]], "begins with the position"),
        (ONE, [[0, None]], "absent field at the end"),
        (ONE, [[0, [1]]], "not a single value"),
        (ONE, [[0, b"x"]], "not a single value"),
        (ONE, [[0, Ext(1, b"x")]], "extension"),
        (ONE, [[0, Ext(2, b"x" * 7)]], "extension"),
        (ONE, [[0, Ext(2, bytes(12))]], "extension"),
        (ONE, [[0, Ext(2, b"\x7f" * 8)]], "not a time"),
        (ONE, [[0, Ext(2, bytes(8) + b"\x7f" * 4)]], "not a time"),
        (ONE, [[0, Ext(3, b"\x7f" * 4)]], "not a day"),
        (ONE, [[0, Ext(9, b"")]], "extension"),
        (Schema({"a": Object({"x": T})}), [[0, b"short"]], "not a token"),
        (Schema({"a": Object({"x": T})}), [[0, "text"]], "not a token"),
        (Schema({"a": Object({"x": A})}), [[0, b"12345"]], "not an address"),
        (Schema({"a": Object({"x": A})}), [[0, [b"1234"]]], "not an address"),
        (Schema({"a": Object({"x": Listing(V)})}), [[0, 5]], "not a list"),
        (Schema({"a": Object({"x": Listing(V)})}), [[0, [None]]], "not a single value"),
        (OPEN, [[0, 5]], "not a list"),
        (OPEN, [[0, []]], "not pairs"),
        (OPEN, [[0, [["a"]]]], "not pairs"),
        (OPEN, [[0, [["a", 1, "a", 2]]]], "there twice"),
        (OPEN, [[0, [["y", 1]]]], "there twice"),
        (OPEN, [[0, [["a", None]]]], "there twice"),
        (OPEN, [[0, [[5, 1]]]], "no text"),
    ],
)
def test_rows_are_checked(schema: Schema, content: Any, rule: str) -> None:
    """Each rule of rows is checked and named."""
    with pytest.raises(PackError, match=rule):
        read_body(content, layout=ROWS, schema=schema)


FORM = "wrong form"


@pytest.mark.parametrize(
    ("node", "column", "count", "rule"),
    [
        (V, 5, 1, FORM), (V, [], 1, FORM), (V, [True], 1, FORM), (V, [0, 1], 1, FORM),
        (V, [1, b"", [2, 1]], 1, "a state"), (V, [1, b"\3", [2, 1]], 1, "a state"),
        (V, [1, b"\0", [2, 1]], 1, "wider"), (V, [1, b"\1"], 1, FORM),
        (V, [1, b"\1", [1, b"\1", [0]]], 1, FORM), (V, [2], 1, FORM), (V, [2, None], 1, "single"),
        (V, [2, Ext(1, b"")], 1, "single"), (V, [2, b"x"], 1, "single"), (V, [9, [2, 1], [2, 1]], 1, FORM),
        (V, [3, "x"], 1, "not a vector"), (V, [3, b"\1", 0], 1, FORM),
        (V, [3, b"\1\0"], 1, "wider"), (V, [3, b"\1\1\1"], 1, "wrong length"),
        (V, [3, b"\1\1\1"], 2, "wrong length"), (V, [3, b"\0"], 1, "wider"),
        (V, [3, b"\1\0\0\0"], 2, "wider"), (V, [3, b"\1\1\0\0"], 1, "wider"),
        (V, [4, "1", [2, 1]], 2, "column of integers"), (V, [4, 1, [4, 1, [2, 1]]], 3, "not a column"),
        (V, [4, 1, [2, -1]], 2, "out of bounds"), (Listing(V), [9, [2, 0], [4, 1, [0]]], 1, "not a column"),
        (V, [4, 1, [2, 2**64 - 1]], 2, "out of bounds"), (V, [4, 1, [2, 1.5]], 2, "not a column"),
        (V, [4, 1, [0, 1]], 1, FORM), (V, [4, 1, [5, ["a", "b"], b"\1"]], 2, "not a column"),
        (V, [5, [], b""], 1, "no texts"), (V, [5, ["a", 1], b"\1"], 1, "no texts"),
        (V, [5, [1], b""], 1, "no texts"), (V, [5, ["a", "a"], b"\1"], 1, "there twice"),
        (V, [5, ["a"], b"\1"], 1, "not at all"), (V, [5, "a", b""], 1, "no texts"),
        (V, [5, ["a"], b"\0\0\0\0\0\0\0\xff"], 1, "not at all"),
        (V, [6, ["a", "b"]], 1, "an item for each"), (V, [6, [b"a"]], 1, "single"),
        (V, [6, "a"], 1, "an item for each"), (V, [6, [None]], 1, "single"),
        (V, [6, [Ext(1, b"")]], 1, "single"), (V, [6, [[1]]], 1, "single"),
        (V, [6, [Ext(9, b"")]], 1, "an extension"), (V, [4, 1, [6, [1, 1.0]]], 3, "not a column"),
        (V, [4, 1, [6, [1, True]]], 3, "not a column"), (V, [4, 1, [6, [1, -1]]], 3, "out of bounds"),
        (V, [7, 16, bytes(16), None], 1, FORM), (V, [8, [2, 1]], 1, "four bytes"),
        (V, [8, bytes(5)], 1, "four bytes"), (V, [8, b""], 1, "four bytes"),
        (V, [8, None], 1, "four bytes"), (V, [8, bytes(4), 1], 1, FORM),
        (T, [3, b"\1"], 1, FORM), (T, [6, ["a"]], 1, "not a token"), (T, [6, 5], 1, FORM), (T, [2, b"short"], 1, "not a token"),
        (T, [6, [bytes(12)]], 2, "as many entries"),
        (T, [7, 0, b"", None], 1, "one size"), (T, [7, 16, bytes(17), None], 1, "one size"),
        (T, [7, 11, bytes(11), None], 1, "not a token"),
        (T, [7, 16, bytes(32), None], 1, "there twice"), (T, [7, 16, "x", None], 1, "one size"),
        (T, [7, 16, bytes(16), None], 2, "as many entries"),
        (T, [7, 16, bytes(32), b"\1"], 1, "there twice"), (T, [5, 5, b""], 1, FORM),
        (T, [8, [2, 1]], 1, FORM), (A, [5, [bytes(4), 5], b"\1"], 1, "not an address"),
        (Listing(V), [2, 1], 1, FORM), (Listing(V), [9, [2, 1], [0]], 1, "item that is absent"),
        (Listing(V), [9, [2, -1], [0]], 1, "out of bounds"),
        (Listing(V), [9, [2, 1 << 40], [2, 1]], 1, "more values"),
        (Object({}), [11, [2, 0], [0], [0]], 1, FORM), (Object({}, V), [10], 1, FORM),
        (Object({}, V), [11, [2, 0]], 1, FORM), (Object({}), [9, [2, 1], [2, 1]], 1, FORM),
        (Object({}, V), [11, [2, -1], [0], [0]], 1, "out of bounds"),
        (Object({}, V), [11, [6, [1, -1]], [0], [0]], 2, "out of bounds"),
        (Object({"y": V}, V), [11, [2, 1], [2, "y"], [2, 1], [0]], 1, "field of its own"),
        (Object({}, V), [11, [2, 2], [2, "a"], [2, 1]], 1, "there twice"),
        (Object({}, V), [11, [2, 1], [2, 5], [2, 1]], 1, "no text"),
        (Object({}, V), [11, [2, 1], [2, "a"], [0]], 1, "has nothing"),
        (Object({}, V), [11, [2, 1], [0], [2, 1]], 1, "no text"),
    ],
)  # fmt: skip
def test_columns_are_checked(node: Any, column: Any, count: int, rule: str) -> None:
    """Each rule of columns is checked and named."""
    with pytest.raises(PackError, match=rule):
        leaf(column, count, node)


@pytest.mark.parametrize(
    ("shared", "rule"),
    [
        (5, "not a name, its"), ([5], "not a name, its"), ([["x", b"\1"]], "not a name, its"),
        ([[["x"], b"\1", [2, 1]]], "not a name, its"), ([[5, b"\1", [2, 1]]], "not a name, its"),
        ([["x", 1, [2, 1]]], "not a name, its"), ([["x", b"\1", [2, 1], 5]], "not a name, its"),
        ([["x", b"\1", [2, 1]], ["x", b"\1", [2, 1]]], "there twice"),
        ([["x", b"\2", [2, 1]]], "behind the end"), ([["l", b"\1", [2, 1]]], "do not agree"),
        ([["o", b"\1", [2, 1]]], "do not agree"), ([["x", b"", [2, 1]]], "bitmap"),
        ([["x", b"\0", [2, 1]]], "of no type"), ([["x", b"\1", 5]], FORM),
        ([["x", b"\1", [6, ["a", "b"]]]], "an item for each"),
    ],
)  # fmt: skip
def test_shared_columns_are_checked(shared: Any, rule: str) -> None:
    """Each rule of columns that span several types is checked and named."""
    schema = Schema({"a": Object({"x": V, "z": V, "l": Listing(V), "o": Object({})})})
    with pytest.raises(PackError, match=rule):
        read_body([[2, 0], shared, [[0, [10, [0], [0], [0], [0]]]]], schema=schema)


def test_types_that_differ_share_nothing() -> None:
    """A shared field that is a token here and a value there is refused."""
    schema = Schema({"a": Object({"x": V}), "b": Object({"x": T})})
    with pytest.raises(PackError, match="do not agree"):
        read_body([[3, b"\0\1"], [["x", b"\3", [2, 1]]], []], 2, schema=schema)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (5, "not types"), ([[2, 0], []], "not types"), ([[2, 0], [], 5], "not a type that occurs"),
        ([[2, 0], [], [[1, [10]]]], "not a type that occurs"), ([[2, 0], [], [[0, [10], 1]]], "not a type that occurs"),
        ([[2, -1], [], [[-1, [10]]]], "out of bounds"), ([[2, "a"], [], []], "not a column"),
        ([[2, 0], [], [[0]]], "not a type that occurs"), ([[2, 0], [], [[0, 5]]], FORM),
        ([[2, 0], [], [[0, [10]], [0, [10]]]], "not a type that occurs"),
    ],
)  # fmt: skip
def test_bodies_in_columns_are_checked(content: Any, rule: str) -> None:
    """Types, shared columns and groups must fit each other."""
    with pytest.raises(PackError, match=rule):
        read_body(content)


def test_a_type_with_other_parts_has_a_group() -> None:
    """Where an object has `rest`, its columns cannot be left out."""
    with pytest.raises(PackError, match=FORM):
        read_body([[2, 0], [], []], schema=Schema({"a": Object({}, V)}))


def test_shared_fields_that_one_type_knows_are_read_there() -> None:
    """A shared field is read for the types that know it, and counted for the others."""
    schema = Schema({"a": Object({"x": V}), "b": Object({"y": V})})
    kinds = [3, b"\0\1\2\0"]
    shared = [
        ["x", b"\7", [3, b"\1\4\2\3"]],
        ["y", b"\6", [6, ["p", "q"]]],
    ]
    got = read_body([kinds, shared, []], 4, schema=schema)
    assert got.records == [{"type": "a", "x": 1}, {"type": "b", "y": "p"}, {"type": "a", "x": 4}]
    assert (got.unknown_records, got.unknown_fields) == (1, 1)
    schema = Schema({"a": Object({"x": V}), "b": Object({"y": V, "x": V})})
    got = read_body([[3, b"\0\1"], [["y", b"\3", [6, ["p", "q"]]]], []], 2, schema=schema)
    assert got.records == [{"type": "a"}, {"type": "b", "y": "q"}]


def test_who_has_what_counts_for_each_type() -> None:
    """Names that nobody knows cost as many values as there are types to say who has them."""
    kinds = [3, bytes(range(200))]
    shared = [[f"f{n}", b"\xff" * 25, [0]] for n in range(50)]
    body = msgspec.msgpack.encode([None, [kinds, shared, []]])
    head = [*HEAD[:6], 200, 1]
    assert unpack(framed(head, body), grown_from=ONE).unknown_records == 199
    with pytest.raises(PackError, match="more values than the limit"):
        unpack(framed(head, body), grown_from=ONE, limits=Limits(values=9_000))


def test_what_is_unknown_is_not_kept_in_mind() -> None:
    """A schema keeps who has which field only while it has all of it: others' names may be long."""
    schema = Schema({"a": Object({"x": V})})
    read_body([[2, 0], [["x", b"\1", [2, 1]]], []], schema=schema)
    assert len(schema.plans) == 1
    read_body([[2, 0], [["y", b"\1", [2, 1]]], []], schema=schema)
    read_body([[2, 1], [["x", b"\1", [2, 1]]], []], schema=schema)
    assert len(schema.plans) == 1


def test_shared_columns_of_later_forms_are_skipped_and_counted() -> None:
    """A shared field in a form that this version does not have costs that field alone."""
    got = read_body([[2, 0], [["x", b"\1", [99, 1]]], []])
    assert (got.records, got.unknown_fields) == ([{"type": "a"}], 1)


def test_columns_of_later_forms_are_skipped_and_counted() -> None:
    """A field in a form that this version does not have costs that field alone."""
    schema = Schema({"a": Object({"x": V, "l": Unknown(), "o": Object({}, V)})})
    columns = [10, [99, 1], [0], [11, [2, 1], [2, "n"], [98]]]
    got = read_body([[2, 0], [], [[0, columns]]], schema=schema)
    assert got.records == [{"type": "a", "o": {}}]
    assert got.unknown_fields == 2
    got = read_body(
        [[2, 0], [], [[0, [10, [2, 1], [5], [11, [2, 0], [0], [0]], [2, 1], [0]]]]], schema=schema
    )
    assert (got.records, got.unknown_fields) == ([{"type": "a", "x": 1, "o": {}}], 2)


def test_frames_are_written_as_told() -> None:
    """A body that compression would lengthen is stored as it is."""
    header = Header(
        schema="00" * 8, policy="00" * 8, techniques=(), period=None, created=date(1970, 1, 1),
        expires=None, count=0,
    )  # fmt: skip
    data = write_frame(header, COLUMNS, [], dictionary=None, level=3)
    assert data[5] == 0
