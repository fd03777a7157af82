"""The schema: which fields each record type has, in order, and what each is on the wire.

A pack writes fields by position. The schema turns positions into names and raw bytes back into
tokens and addresses; its id, a hash, stands in every pack.

A schema grows by appending: fields at the end of an object, record types at the end of the list.
Nothing is renamed, moved or taken away, or a reader of old packs would read them wrong.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

import msgspec

from anonkit.errors import PackError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a value is on the wire. Appended to, never reordered: the position is what is written.
Wire = Literal["value", "token", "address"]
WIRES: tuple[Wire, ...] = get_args(Wire)
ID_BYTES = 8
# Deeper than any policy: a path has 32 steps at most.
MOST_DEPTH = 40
# The record type of records that do not say theirs, as a plain list of stages gives them.
UNTYPED: Final = ""
# Where a record says its type.
TYPE: Final = "type"
_LIST, _OBJECT = 0, 1


class Leaf(msgspec.Struct, frozen=True):
    """One value: as it is, or a token or an address that is raw bytes on the wire."""

    wire: Wire = "value"


class Listing(msgspec.Struct, frozen=True):
    """A list, and what each of its items is."""

    item: Node


class Object(msgspec.Struct, frozen=True):
    """An object.

    Args:
        fields: Its named parts, in order.
        rest: What all other parts are; None when there are none.
        names: What the names of those are on the wire.
    """

    fields: dict[str, Node]
    rest: Node | None = None
    names: Wire = "value"


class Unknown(msgspec.Struct, frozen=True):
    """What a newer version wrote here: skipped and counted."""


Node: TypeAlias = Leaf | Listing | Object | Unknown


class Schema(msgspec.Struct, frozen=True, dict=True):
    """Record type → its fields, in the order in which they were added.

    Args:
        records: By record type; `UNTYPED` alone for records that do not say theirs.
    """

    records: dict[str, Object]

    def __post_init__(self) -> None:
        """Refuse a schema that names nothing, or mixes typed records with others."""
        if not self.records:
            raise PackError("schema", "names no record type")
        if UNTYPED in self.records and len(self.records) > 1:
            raise PackError("schema", "records without a type stand alone")
        if any(TYPE in node.fields for name, node in self.records.items() if name != UNTYPED):
            raise PackError("schema", "the field `type` is the record type itself")

    @cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits that name this schema and change with any part of it.

        An unkeyed hash is right here: a schema is no secret and names nobody.
        """
        return self.id_of(self.plain())

    @cached_property
    def positions(self) -> dict[str, int]:
        """The position of each record type."""
        return {name: position for position, name in enumerate(self.records)}

    @cached_property
    def is_closed(self) -> bool:
        """Whether no record has fields that the schema does not name."""
        return all(node.rest is None for node in self.records.values())

    @cached_property
    def layouts(self) -> dict[tuple[int, ...], Any]:
        """Where the writer keeps what it found out about this schema."""
        return {}

    @cached_property
    def plans(self) -> dict[tuple[Any, ...], Any]:
        """Where the reader keeps what it found out about this schema."""
        return {}

    @staticmethod
    def id_of(plain: Any) -> str:
        """Return the id of a schema as it is written."""
        return hashlib.sha256(msgspec.msgpack.encode(plain)).digest()[:ID_BYTES].hex()

    def plain(self) -> list[Any]:
        """Return the schema as it is written in a pack (docs/spec/pack.md, "Schema")."""
        return [[name, _plain(node)] for name, node in self.records.items()]

    @classmethod
    def from_plain(cls, plain: Any) -> Schema:
        """Return the schema that a pack embeds.

        Raises:
            PackError: It is not written as the format says.
        """
        records: dict[str, Object] = {}
        for entry in _expect(plain, "schema"):
            match entry:
                case [str(name), node] if name not in records:
                    place = _node(node, 0)
                    if not isinstance(place, Object):
                        raise PackError("schema", "a record type is an object")
                    records[name] = place
                case _:
                    raise PackError("schema", "not a list of different record types")
        return cls(records)


def _plain(node: Node) -> Any:
    match node:
        case Leaf(wire):
            return WIRES.index(wire)
        case Listing(item):
            return [_LIST, _plain(item)]
        case Object(fields, rest, names):
            named = [part for name, below in fields.items() for part in (name, _plain(below))]
            return [
                _OBJECT, named, None if rest is None else _plain(rest), WIRES.index(names),
            ]  # fmt: skip
    raise PackError("schema", "what is unknown cannot be written")


def _node(plain: Any, depth: int) -> Node:
    if depth > MOST_DEPTH:
        raise PackError("schema", f"nested deeper than {MOST_DEPTH}")
    code = plain[0] if plain.__class__ is list and plain else plain
    if code.__class__ is int and code >= 0:
        match plain:
            case int():
                return Leaf(WIRES[code]) if code < len(WIRES) else Unknown()
            case [_, item] if code == _LIST:
                return Listing(_node(item, depth + 1))
            case [_, list(named), rest, int(names)] if code == _OBJECT and 0 <= names < len(WIRES):
                return Object(
                    dict(_pairs(named, depth + 1)),
                    None if rest is None else _node(rest, depth + 1),
                    WIRES[names],
                )
            case [*_] if code > _OBJECT:
                return Unknown()
    raise PackError("schema", "not a node")


def _pairs(named: list[Any], depth: int) -> Iterator[tuple[str, Node]]:
    names = named[::2]
    if len(named) % 2 or len(set(map(str, names))) != len(names):
        raise PackError("schema", "not pairs of different names and nodes")
    for name, node in zip(names, named[1::2], strict=True):
        if name.__class__ is not str:
            raise PackError("schema", "a name is text")
        yield name, _node(node, depth)


def _expect(value: Any, place: str) -> list[Any]:
    if value.__class__ is not list:
        raise PackError(place, "not a list")
    items: list[Any] = value
    return items
