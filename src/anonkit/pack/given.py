"""Records as they are given: dicts, rows of `pipeline.row`, or Structs of the schema.

A row is a list of all fields of its type, behind the type's name; None says absent, and what no
field names stands in a dict at the end.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import astuple

from anonkit.errors import PackError
from anonkit.pack.schema import TYPE, UNTYPED, Leaf, Listing, Object
from anonkit.pack.structs import positions_of, structs_of
from anonkit.pack.vectors import looked_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from anonkit.pack.schema import Node, Schema

# Rows win below about 40 records and hardly above this: beyond it only columns are tried, which
# need no dicts.
FEW = 64
_DECODE = msgspec.msgpack.Decoder().decode
_ARRAY_32 = b"\xdd"


def opened(
    records: Iterable[Mapping[str, Any] | Struct | bytes], schema: Schema
) -> tuple[Sequence[int], list[Any]]:
    """Return the position of each record's type, and the records: dicts, or many rows or Structs.

    Raises:
        PackError: One is none of these, or of a type that the schema does not have.
    """
    given: list[Any] = list(records)
    untyped = UNTYPED in schema.records
    each = list(map(type, given))
    if len(given) > FEW and each[0] not in (dict, bytes):
        try:
            return looked_up(positions_of(schema), each), given
        except KeyError:  # other records are among them
            pass
    classes = set(each)
    if classes == {bytes}:
        given = _decoded(given)
        if len(given) <= FEW or not schema.is_closed or set(map(type, given)) != {list}:
            given = [_from_row(schema, row) for row in given]
    elif classes - {dict}:
        names = {struct: name for name, struct in structs_of(schema).items()}
        given = [_as_dict(record, schema, names) for record in given]
    if untyped:
        return [0] * len(given), given
    place: str | int = 0 if given and given[0].__class__ is list else TYPE
    try:
        kinds = looked_up(schema.positions, list(map(itemgetter(place), given)))
    except (LookupError, TypeError):
        pass
    else:
        return kinds, given
    raise PackError("record", "of a type that the schema does not have")


def _as_dict(record: Any, schema: Schema, names: Mapping[type, str]) -> dict[str, Any]:
    """Return a record as a dict, whatever it comes as."""
    if record.__class__ is dict:
        made: dict[str, Any] = record
        return made
    if record.__class__ not in names:
        return _from_row(schema, *_decoded([record]))
    name = names[record.__class__]
    head = {} if name == UNTYPED else {TYPE: name}
    values = zip(schema.records[name].fields, astuple(record), strict=True)
    return head | {field: value for field, value in values if value is not UNSET}


def _decoded(rows: list[Any]) -> list[Any]:
    """Return rows as lists, decoded in one call."""
    try:
        made: list[Any] = _DECODE(_ARRAY_32 + len(rows).to_bytes(4, "big") + b"".join(rows))
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        pass
    else:
        return made
    raise PackError("record", "neither a dict nor a row")


def _from_row(schema: Schema, row: Any) -> dict[str, Any]:
    """Return the record of a decoded `pipeline.row`; tokens stay raw bytes.

    Raises:
        PackError: The row is not what the schema says.
    """
    untyped_alone = UNTYPED in schema.records  # a row of nothing but dropped fields is empty
    if row.__class__ is not list or not (row or untyped_alone):
        raise PackError("row", "not a list")
    if untyped_alone:
        untyped: dict[str, Any] = _part(schema.records[UNTYPED], row, UNTYPED)
        return untyped
    name = row[0]
    if name.__class__ is not str or name not in schema.records:
        raise PackError("row", "of a record type that the schema does not have")
    return {TYPE: name, **_part(schema.records[name], row[1:], name)}


def _part(node: Node, value: Any, place: str) -> Any:
    """Return a part of a row as it stands in a dict."""
    match node:
        case Listing(item) if value.__class__ is list:
            return [_part(item, part, f"{place}[]") for part in value]
        case Object(fields, rest) if value.__class__ is list:
            if len(value) != len(fields) + (rest is not None):
                raise PackError(place, "not as many fields as the schema has")
            named = {
                name: _part(below, part, f"{place}.{name}")
                for (name, below), part in zip(fields.items(), value, strict=False)
                if part is not None
            }
            if rest is None:
                return named
            others = value[-1]
            if others.__class__ is not dict:
                raise PackError(f"{place}.*", "not an object")
            return named | {name: _part(rest, part, f"{place}.*") for name, part in others.items()}
    return tuple(value) if value.__class__ is list else value


def columns_of(node: Object, objects: list[Any], place: str, head: int) -> list[Sequence[Any]]:
    """Return the fields of objects, in the order of the node, UNSET where one has nothing.

    Args:
        node: What they are.
        objects: All dicts, all Structs made for the node, or all rows, where None stays for absent.
        place: Where they stand, for messages.
        head: How many values objects begin with that are no fields.

    Raises:
        PackError: One has a field that the node does not, or is a row of another length.
    """
    first = objects[0] if objects else None
    if first.__class__ is list:
        return _columns_of_rows(node, objects, place, head)
    if isinstance(first, Struct):
        return list(zip(*map(astuple, objects), strict=True))
    columns: list[Sequence[Any]] = []
    there = (head + len(node.fields)) * len(objects)
    for name in node.fields:
        try:
            columns.append(list(map(itemgetter(name), objects)))
        except KeyError:
            column = [value.get(name, UNSET) for value in objects]
            columns.append(column)
            there -= column.count(UNSET)
    # Whoever has more names than were asked for has one that nobody asked for.
    if node.rest is None and sum(map(len, objects)) != there:
        raise PackError(place, "has a field that the schema does not")
    return columns


def _columns_of_rows(
    node: Object, rows: list[list[Any]], place: str, head: int
) -> list[Sequence[Any]]:
    if set(map(len, rows)) != {head + len(node.fields)}:
        raise PackError(place, "not as many fields as the schema has")
    columns = list(zip(*rows, strict=True))[head:]
    return [
        column
        if isinstance(below, Leaf) and below.wire != "address"  # which may be several, in a list
        else [UNSET if part is None else _part(below, part, f"{place}.{name}") for part in column]
        for (name, below), column in zip(node.fields.items(), columns, strict=True)
    ]
