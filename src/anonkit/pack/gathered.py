"""The values of fields, out of records that stand type after type."""

from __future__ import annotations

from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from anonkit.pack.column_writer import columns_of
from anonkit.pack.schema import UNTYPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anonkit.pack.schema import Leaf, Schema


class Common(NamedTuple):
    """A field that several of the types here have, or the only one."""

    name: str
    place: str
    leaf: Leaf
    kinds: tuple[int, ...]
    mask: bytes


class Tables:
    """The values of dicts, or of rows of which `rows.are_plain`, taken out field by field.

    Args:
        schema: What the records are.
        groups: The records by type.

    Raises:
        PackError: A record has a field that its type does not.
    """

    def __init__(self, schema: Schema, groups: dict[int, list[Any]]) -> None:
        nodes = list(schema.records.items())
        head = 0 if UNTYPED in schema.records else 1
        self._tables = {
            kind: columns_of(nodes[kind][1], group, nodes[kind][0], head)
            for kind, group in groups.items()
        }
        self._joined: dict[str, Sequence[Any]] = {}

    def column(self, field: Common) -> Sequence[Any]:
        """Return the values of a field, type after type."""
        if len(field.kinds) == 1:
            return self._tables[field.kinds[0]][field.name]
        if field.name not in self._joined:
            parts = [self._tables[kind][field.name] for kind in field.kinds]
            self._joined[field.name] = list(chain.from_iterable(parts))
        return self._joined[field.name]

    def sample(self, field: Common, step: int) -> Sequence[Any]:
        """Return one of so many values of a field that all types have."""
        return self.column(field)[::step]

    def rows(self, fields: list[Common]) -> list[tuple[Any, ...]]:
        """Return what each record has of some fields that all types have, two at least."""
        return list(zip(*map(self.column, fields), strict=True))

    def table(self, kind: int, _names: Iterable[str]) -> dict[str, Sequence[Any]]:
        """Return the fields of a type by name, those that are asked for at least."""
        return self._tables[kind]


class Attributes:
    """The values of Structs whose attributes are named as their fields.

    A column of one attribute costs what it costs out of rows of all, and needs no memory for those.

    Args:
        groups: The records by type.
    """

    def __init__(self, groups: dict[int, list[Any]]) -> None:
        self._groups = groups
        self._all = list(chain.from_iterable(groups.values()))

    def column(self, field: Common) -> Sequence[Any]:
        """Return the values of a field, type after type."""
        records: Iterable[Any] = self._all
        if len(field.kinds) < len(self._groups):
            records = chain.from_iterable([self._groups[kind] for kind in field.kinds])
        return list(map(attrgetter(field.name), records))

    def sample(self, field: Common, step: int) -> Sequence[Any]:
        """Return one of so many values of a field that all types have."""
        return list(map(attrgetter(field.name), self._all[::step]))

    def rows(self, fields: list[Common]) -> list[tuple[Any, ...]]:
        """Return what each record has of some fields that all types have, two at least."""
        return list(map(attrgetter(*[field.name for field in fields]), self._all))

    def table(self, kind: int, names: Iterable[str]) -> dict[str, Sequence[Any]]:
        """Return the fields of a type that are asked for, by name."""
        group = self._groups[kind]
        return {name: list(map(attrgetter(name), group)) for name in names}


def gathered(schema: Schema, groups: dict[int, list[Any]]) -> Tables | Attributes:
    """Return what gives the values of some records.

    Raises:
        PackError: A record has a field that its type does not.
    """
    if all(_is_plain(type(group[0])) for group in groups.values()):
        return Attributes(groups)
    return Tables(schema, groups)


def _is_plain(kind: type) -> bool:
    return issubclass(kind, Struct) and kind.__struct_fields__ == kind.__struct_encode_fields__
