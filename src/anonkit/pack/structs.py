"""Records as Structs: what a schema's record types are in memory, made once and filled in C.

A Struct of eight fields takes a fifth of the time that a dict of them takes, and a third of its
memory. msgspec writes it as JSON as it writes the dict: the type first, what is absent left out.
"""

from __future__ import annotations

from functools import lru_cache
from keyword import iskeyword
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from anonkit.pack.schema import TYPE, UNTYPED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonkit.pack.schema import Object, Schema

NO_STRUCTS: Mapping[str, type[Struct]] = MappingProxyType({})
# A reader of packs with schemas of their own keeps the classes of so many.
_MOST_SCHEMAS = 64


def structs_of(schema: Schema) -> dict[str, type[Struct]]:
    """Return the Struct of each record type: its fields by name, UNSET for what is absent.

    A name that Python has no attribute for is `field_N`, by its position. Types that say `*`, and
    those with a name that msgspec cannot write, have none.
    """
    return _structs(_Key(schema))


def positions_of(schema: Schema) -> dict[type[Struct], int]:
    """Return the position in the schema of the record type of each of `structs_of`."""
    return _positions(_Key(schema))


class _Key:
    """A schema as a key: equal ones share their Structs."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return hash(tuple(self.schema.records))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.schema == other.schema


@lru_cache(_MOST_SCHEMAS)
def _structs(key: _Key) -> dict[str, type[Struct]]:
    made = {name: _struct(name, node) for name, node in key.schema.records.items()}
    return {name: struct for name, struct in made.items() if struct is not None}


@lru_cache(_MOST_SCHEMAS)
def _positions(key: _Key) -> dict[type[Struct], int]:
    return {struct: key.schema.positions[name] for name, struct in _structs(key).items()}


def _struct(name: str, node: Object) -> type[Struct] | None:
    if node.rest is not None:
        return None
    attributes: dict[str, str] = {}
    for position, field in enumerate(node.fields):
        plain = field.isidentifier() and not iskeyword(field) and not field.startswith("_")
        attribute = field if plain else f"field_{position}"
        while not plain and (attribute in node.fields or attribute in attributes):
            attribute += "_"
        attributes[attribute] = field
    try:
        return msgspec.defstruct(
            name or "Record",
            [(attribute, Any | UnsetType, UNSET) for attribute in attributes],
            rename=attributes,
            frozen=True,
            gc=False,  # what a pack holds forms no circle
            tag_field=None if name == UNTYPED else TYPE,
            tag=None if name == UNTYPED else name,
        )
    except (ValueError, TypeError):
        return None
