"""Records in rows: the form of few records.

A row is the position of its record type and then its fields, in order. Nil says absent; what is
absent at the end is left out. An object inside is the same without a type; one with `*` begins with
the names and values that no field names, side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from anonkit.errors import PackError
from anonkit.pack.column_writer import check_names
from anonkit.pack.schema import TYPE, UNTYPED, Leaf, Listing, Object
from anonkit.pack.structs import NO_STRUCTS
from anonkit.pack.values import from_scalar, from_wire, to_scalar, to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msgspec import Struct

    from anonkit.pack.limits import Budget
    from anonkit.pack.schema import Node, Schema


def write_rows(schema: Schema, kinds: Sequence[int], records: list[dict[str, Any]]) -> list[Any]:
    """Return the body of a pack in rows.

    Raises:
        PackError: A record is not what the schema says.
    """
    names = list(schema.records)
    rows = []
    for kind, record in zip(kinds, records, strict=True):
        name = names[kind]
        extra = 0 if name == UNTYPED else 1
        rows.append([kind, *_write_object(schema.records[name], record, name, extra)])
    return rows


def _write(node: Node, value: Any, place: str) -> Any:
    if value is UNSET:
        return None
    if value is None:
        return to_scalar(None, place)
    match node:
        case Leaf(wire):
            return to_scalar(to_wire(wire, value, place), place)
        case Listing(item):
            if value.__class__ is not list:
                raise PackError(place, "not a list")
            return [_write(item, part, f"{place}[]") for part in value]
        case Object():
            return _write_object(node, value, place, 0)
    raise AssertionError(node)  # pragma: no cover - a schema with an unknown node has no id


def _write_object(node: Object, value: Any, place: str, known: int) -> list[Any]:
    """Write an object; `known` is how many of its names are no fields and no surprise."""
    if value.__class__ is not dict:
        raise PackError(place, "not an object")
    row = [
        _write(below, value.get(name, UNSET), f"{place}.{name}")
        for name, below in node.fields.items()
    ]
    while row and row[-1] is None:
        row.pop()
    if node.rest is None:
        if len(value) > known + sum(name in value for name in node.fields):
            raise PackError(place, "has a field that the schema does not")
        return row
    others = [name for name in value if name not in node.fields and not (known and name == TYPE)]
    check_names(others, f"{place}.*~")
    rest: list[Any] = []
    for name in others:
        rest.append(to_wire(node.names, name, f"{place}.*~"))
        rest.append(_write(node.rest, value[name], f"{place}.*"))
    return [rest, *row]


class RowReader:
    """Reads the body of one pack in rows.

    Args:
        schema: What the records are.
        budget: Where values count.
        structs: What records are made as, by type; dicts, where there is none.

    Attributes:
        unknown_records: How many records are of types that the schema does not have.
        unknown_fields: The fields that it does not have, by place and position.
    """

    def __init__(
        self, schema: Schema, budget: Budget, structs: Mapping[str, type[Struct]] = NO_STRUCTS
    ) -> None:
        self._schema = schema
        self._structs = structs
        self._budget = budget
        self._names = dict(enumerate(schema.records))
        self.unknown_records = 0
        self.unknown_fields: set[tuple[str, int | str]] = set()

    def read(self, body: Any, count: int) -> list[Any]:
        """Return the records.

        Raises:
            PackError: The body is not as the format says.
        """
        if body.__class__ is not list or len(body) != count:
            raise PackError("body", "not as many rows as the header says")
        records = []
        for row in body:
            kind = row[0] if row.__class__ is list and row else None
            if kind.__class__ is not int or kind < 0:
                raise PackError("body", "a row begins with the position of its type")
            if kind not in self._names:
                self.unknown_records += 1
                continue
            name = self._names[kind]
            head = {} if name == UNTYPED else {TYPE: name}
            node = self._schema.records[name]
            made: Any = self._object(node, row[1:], name, head)
            if name in self._structs:
                made = self._structs[name](*[made.get(field, UNSET) for field in node.fields])
            records.append(made)
        return records

    def _value(self, node: Node, value: Any, place: str) -> Any:
        """Return a value, None for null."""
        value = from_scalar(value, place)
        if value is None:
            return None
        match node:
            case Leaf(wire):
                return from_wire(wire, value, place)
            case Listing(item) if value.__class__ is list:
                return [self._value(item, part, f"{place}[]") for part in value]
            case Object() if value.__class__ is list:
                return self._object(node, value, place, {})
        raise PackError(place, "not a list")

    def _object(
        self, node: Object, row: list[Any], place: str, made: dict[str, Any]
    ) -> dict[str, Any]:
        rest: Any = []
        if node.rest is not None:
            if not row or row[0].__class__ is not list or len(row[0]) % 2:
                raise PackError(f"{place}.*", "not pairs of names and values")
            rest, row = row[0], row[1:]
        if row and row[-1] is None:
            raise PackError(place, "an absent field at the end")
        fields = node.fields
        for (name, below), value in zip(fields.items(), row, strict=False):
            if value is None:
                continue
            if not isinstance(below, Leaf | Listing | Object):
                self.unknown_fields.add((place, name))
                continue
            made[name] = self._value(below, value, f"{place}.{name}")
        self.unknown_fields |= {
            (place, position)
            for position, value in enumerate(row[len(fields) :])
            if value is not None
        }
        for name, value in zip(rest[::2], rest[1::2], strict=True):
            self._one_more(node, name, value, made, place)
        return made

    def _one_more(
        self, node: Object, name: Any, value: Any, made: dict[str, Any], place: str
    ) -> None:
        """Put one part that `*` speaks for into its object."""
        if not isinstance(node.rest, Leaf | Listing | Object):
            self.unknown_fields.add((place, "*"))
            return
        name = from_wire(node.names, name, f"{place}.*~")
        if name.__class__ is not str or name in made or name in node.fields or value is None:
            raise PackError(f"{place}.*~", "a name that is no text, or is there twice")
        made[name] = self._value(node.rest, value, f"{place}.*")
