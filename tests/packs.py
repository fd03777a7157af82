"""What the tests of packs share: schemas and records to draw, and how values are compared."""

from __future__ import annotations

import base64
import struct
from datetime import UTC, date, datetime, timedelta, timezone
from socket import AF_INET, AF_INET6, inet_ntop
from typing import TYPE_CHECKING, Any

import msgspec
import xxhash
from hypothesis import strategies as st

from anonkit.pack import About, Leaf, Listing, Object, Schema, unpack
from anonkit.pack.frame import varint
from anonkit.pack.schema import TYPE, UNTYPED

if TYPE_CHECKING:
    from anonkit.pack.schema import Node

ABOUT = About(policy="00112233aabbccdd", created=date(2026, 11, 22), techniques=("keep",))
V, T, A = Leaf(), Leaf("token"), Leaf("address")
TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"
LOGIN = Object({"at": V, "user": T, "ip": A, "n": V})
SCHEMA = Schema({"login": LOGIN})
ONE = Schema({"a": Object({"x": V})})  # one type with one field
# The header of a pack: schema, policy, techniques, period, creation, expiry, count, layout.
HEAD = [bytes(8), bytes(8), 0, None, 0, None, 1, 1]

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_names = st.sampled_from(["at", "user", "session", "n", "app.version", "größe", ""])
_zones = st.integers(-86_399, 86_399).map(lambda s: timezone(timedelta(seconds=s)))
_plain: st.SearchStrategy[Any] = st.one_of(
    st.integers(-(2**63), 2**64 - 1),
    st.integers(0, 300),
    st.floats(),
    st.integers(-5, 5).map(float),
    st.booleans(),
    _texts,
    st.sampled_from(["a", "b"]),
    st.datetimes(),
    st.datetimes(timezones=_zones | st.just(UTC)),
    st.dates(),
    st.timedeltas(timedelta(microseconds=-(2**63) + 1), timedelta(microseconds=2**63 - 1)),
)
tokens = st.binary(min_size=12, max_size=64).map(
    lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
) | st.sampled_from(["AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAQ"])
# As inet_ntop writes them: `str` of an address differs for mapped ones.
_address = st.ip_addresses().map(
    lambda ip: inet_ntop(AF_INET if ip.version == 4 else AF_INET6, ip.packed)
)
addresses = st.lists(_address, min_size=1, max_size=3).map(", ".join)
_LEAVES = {"value": _plain, "token": tokens, "address": addresses}

_leaves = st.sampled_from(["value", "token", "address"]).map(Leaf)
_nodes: st.SearchStrategy[Node] = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        inner.map(Listing),
        st.builds(
            Object,
            st.dictionaries(_names, inner, max_size=3),
            st.none() | inner,
            st.sampled_from(["value", "token"]),
        ),
    ),
    max_leaves=5,
)


@st.composite
def _objects(draw: st.DrawFn, *, rest: bool) -> Object:
    fields = draw(st.dictionaries(_names, _nodes | _leaves, max_size=4))
    if rest and draw(st.booleans()):
        return Object(fields, draw(_nodes), draw(st.sampled_from(["value", "token"])))
    return Object(fields)


@st.composite
def schemas_and_records(draw: st.DrawFn) -> tuple[Schema, list[dict[str, Any]]]:
    """Draw a schema, and records that it fits."""
    types = draw(st.sampled_from([[UNTYPED], ["login"], ["login", "crash", "stop"]]))
    schema = Schema({name: draw(_objects(rest=True)) for name in types})
    records = []
    for _ in range(draw(st.integers(0, 8))):
        name = draw(st.sampled_from(types))
        head = {} if name == UNTYPED else {TYPE: name}
        records.append(head | draw_value(draw, schema.records[name], taken=frozenset(head)))
    return schema, records


def draw_value(draw: st.DrawFn, node: Node, taken: frozenset[str] = frozenset()) -> Any:
    """Draw a value that fits a place of a schema; lists and objects without null of their own."""
    if isinstance(node, Leaf):
        return draw(_LEAVES[node.wire])
    if isinstance(node, Listing):
        return [_or_null(draw, node.item) for _ in range(draw(st.integers(0, 3)))]
    assert isinstance(node, Object)
    made = {
        name: _or_null(draw, below) for name, below in node.fields.items() if draw(st.booleans())
    }
    if node.rest is not None:
        names = tokens if node.names == "token" else _texts
        fit = names.filter(lambda name: name not in node.fields and name not in taken)
        for name in draw(st.lists(fit, max_size=2, unique=True)):
            made[name] = _or_null(draw, node.rest)
    return made


def _or_null(draw: st.DrawFn, node: Node) -> Any:
    return None if draw(st.integers(0, 5)) == 5 else draw_value(draw, node)


def exact(value: Any) -> Any:
    """Return a value so that == tells 1 from 1.0 and True, -0.0 from 0.0, and zones apart."""
    match value:
        case dict():
            return {name: exact(part) for name, part in value.items()}
        case list():
            return [exact(part) for part in value]
        case float():
            return "float", struct.pack("<d", value)
        case datetime():
            return "time", value.replace(tzinfo=None, fold=0), value.utcoffset()
    return type(value).__name__, value


def neutral(value: Any) -> Any:
    """Return a value as the vectors write it, in JSON, for any language."""
    match value:
        case dict():
            return {name: neutral(part) for name, part in value.items()}
        case list():
            return [neutral(part) for part in value]
        case bool() | int() | str() | None:
            return value
        case float():
            return {"float": struct.pack(">d", value).hex()}
        case datetime():
            local = value.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
            offset = value.utcoffset()
            seconds = None if offset is None else offset // timedelta(seconds=1)
            return {"time": [local // timedelta(microseconds=1), seconds]}
        case date():
            return {"day": value.toordinal() - date(1970, 1, 1).toordinal()}
        case timedelta():
            return {"span": value // timedelta(microseconds=1)}
        case (str(kind), *parts):  # what the second decoder makes of times, days and spans
            return {kind: parts if kind == "time" else parts[0]}
    raise AssertionError(type(value))


def nested(node: Any) -> Schema:
    """Return a schema of one type with a field."""
    return Schema({"a": Object({"x": node})})


def framed(head: Any, body: Any, *, flags: int = 0, stored: bytes | None = None) -> bytes:
    """Return a pack with a right checksum around whatever a test wants."""
    head = head if isinstance(head, bytes) else msgspec.msgpack.encode(head)
    body = body if isinstance(body, bytes) else msgspec.msgpack.encode(body)
    stored = body if stored is None else stored
    lengths = varint(len(head)) + varint(len(body)) + varint(len(stored))
    whole = b"\x8eANP\x01" + bytes([flags]) + lengths + head + stored
    return whole + xxhash.xxh3_64_intdigest(whole).to_bytes(8, "little")


def read_body(content: Any, count: int = 1, *, layout: int = 1, schema: Schema = ONE) -> Any:
    """Read a body that a test wants."""
    return unpack(framed([*HEAD[:6], count, layout], [None, content]), grown_from=schema)
