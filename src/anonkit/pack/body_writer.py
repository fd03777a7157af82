"""Records of several types to the columns of one body (docs/spec/pack.md, "Columns").

Fields that all types here have are written across all records in order, because what stands close
in time is alike; among those, fields that go together (a session, its installation and its version)
are written once for each combination. Fields that some types have are written type after type, and
what a type has alone stays with it.
"""

from __future__ import annotations

from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import UNSET

from anonkit.pack.column_writer import (
    classes_of,
    numbered,
    taken,
    write_column,
    write_integers,
    write_objects,
)
from anonkit.pack.forms import LACKING
from anonkit.pack.schema import TYPE, UNTYPED, Leaf
from anonkit.pack.vectors import width, write_bits, write_planes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonkit.pack.schema import Schema

# How many records tell which fields go together, and how seldom one may return for that.
_SAMPLE = 96
_REPEATED = 0.9
_TOGETHER = 1.05
# Combinations pay while they return, as entries of a dictionary do.
_FEW = 0.75
_TEXTS = frozenset({str, bytes})
_TEXTS_OR_NOTHING = _TEXTS | {type(None), type(UNSET)}
# Which types occur differs from pack to pack; more combinations of them are not kept in mind.
_MOST_LAYOUTS = 256


class _Common(NamedTuple):
    """A field that several of the types here have, or the only one."""

    name: str
    place: str
    leaf: Leaf
    kinds: tuple[int, ...]
    mask: bytes


class _Layout(NamedTuple):
    """What of a schema is written where, when these types occur.

    Args:
        everywhere: Fields that all have.
        some: Fields that some have, two at least.
        elsewhere: By type: the names of those that it has, and `type`.
        keys: By type: where its fields stand in a row.
        aligned: Whether fields that all have stand in the same place in all rows.
    """

    everywhere: list[_Common]
    some: list[_Common]
    elsewhere: dict[int, frozenset[str]]
    keys: dict[int, dict[str, int]]
    aligned: bool


def write_columns(schema: Schema, kinds: list[int], records: list[Any]) -> list[Any]:
    """Return the body of a pack in columns.

    Args:
        schema: What the records are.
        kinds: The position in the schema of each record's type.
        records: The records: dicts, or rows of which `rows.are_plain`.

    Raises:
        PackError: A record is not what the schema says.
    """
    groups = grouped(kinds, records)
    layout = _layout(schema, tuple(groups))
    names = list(schema.records)
    as_rows = bool(records) and records[0].__class__ is list
    if as_rows and not layout.aligned:
        heads = list(map(schema.row_names.__getitem__, map(itemgetter(0), records)))
        return write_columns(schema, kinds, list(map(dict, map(zip, heads, records))))
    keys = layout.keys if as_rows else None
    typed = 0 if UNTYPED in schema.records else 1
    # How many values each type's records have that are written elsewhere than with the type.
    each = typed + len(layout.everywhere)
    counted = {kind: each * len(group) for kind, group in groups.items()}
    shared = _everywhere(layout.everywhere, groups, records, counted, keys)
    for field in layout.some:
        parts = [
            taken(groups[kind], keys[kind][field.name] if keys else field.name)
            for kind in field.kinds
        ]
        values = list(chain.from_iterable(parts))
        column = write_column(field.leaf, values, field.place)
        shared.append([[field.name], field.mask, None, [column]])
        for kind, part in zip(field.kinds, parts, strict=True):
            counted[kind] += len(part) - (part.count(UNSET) if column[0] in LACKING else 0)
    written = []
    for kind, group in groups.items():
        column = write_objects(
            schema.records[names[kind]],
            group,
            names[kind],
            keys=keys[kind] if keys else None,
            elsewhere=layout.elsewhere[kind],
            counted=counted[kind],
        )
        if len(column) > 1:
            written.append([kind, column])
    return [write_integers(kinds), shared, written]


def grouped(kinds: Sequence[int], records: list[Any]) -> dict[int, list[Any]]:
    """Return the records of each type, by its position, in order."""
    groups: dict[int, list[Any]] = {kind: [] for kind in sorted(set(kinds))}
    if len(groups) == 1:
        return dict.fromkeys(groups, records)
    puts = {kind: group.append for kind, group in groups.items()}
    for put, record in zip(map(puts.__getitem__, kinds), records, strict=True):
        put(record)
    return groups


def _everywhere(
    fields: list[_Common],
    groups: dict[int, list[dict[str, Any]]],
    records: list[dict[str, Any]],
    counted: dict[int, int],
    keys: dict[int, dict[str, int]] | None,
) -> list[Any]:
    """Write the fields that all types here have, and take from the count what is absent."""
    first = keys[next(iter(groups))] if keys else {}
    columns = {field: taken(records, first.get(field.name, field.name)) for field in fields}
    written: list[Any] = []
    together = _together(columns)
    rows, codes = _combined([columns[field] for field in together])
    if rows and len(rows[0]) <= _FEW * len(records):
        parts = [
            write_column(field.leaf, row, field.place)
            for field, row in zip(together, rows, strict=True)
        ]
        vector = write_planes(codes, width(len(rows[0]) - 1))
        written.append([[field.name for field in together], together[0].mask, vector, parts])
    else:
        together = []
    for field, column in columns.items():
        if field not in together:
            part = write_column(field.leaf, column, field.place)
            written.append([[field.name], field.mask, None, [part]])
    for names, _, _, parts in written:
        for name, part in zip(names, parts, strict=True):
            if part[0] not in LACKING:
                continue
            for kind, group in groups.items():
                counted[kind] -= taken(group, name).count(UNSET)
    return written


def _together(columns: dict[_Common, list[Any]]) -> list[_Common]:
    """Return fields of which one seems to tell the others, or none."""
    heads = {}
    for field, column in columns.items():
        classes = classes_of(head := column[:_SAMPLE])
        if classes & _TEXTS and classes <= _TEXTS_OR_NOTHING:
            heads[field] = head
    different = {field: len(set(head)) for field, head in heads.items()}
    leader = max(different, key=different.__getitem__, default=None)
    if leader is None or different[leader] > _REPEATED * len(heads[leader]):
        return []
    most = _TOGETHER * different[leader]
    found = [
        field
        for field, head in heads.items()
        if field is leader or len(set(zip(heads[leader], head, strict=True))) <= most
    ]
    return found if len(found) > 1 else []


def _combined(columns: list[list[Any]]) -> tuple[list[tuple[Any, ...]], list[int]]:
    """Return each combination of some columns once, as columns again, and which stands where.

    None when there is more than text in them, where what is equal may yet be different.
    """
    try:
        entries, codes = numbered(zip(*columns, strict=True))
    except TypeError:
        return [], []
    rows = list(zip(*entries, strict=True))
    if any(classes_of(row) - _TEXTS_OR_NOTHING for row in rows):
        return [], []
    return rows, codes


def _layout(schema: Schema, kinds: tuple[int, ...]) -> _Layout:
    known: dict[tuple[int, ...], _Layout] = schema.layouts
    layout = known.get(kinds)
    if layout is None:
        if len(known) >= _MOST_LAYOUTS:
            known.clear()
        layout = known[kinds] = _new_layout(schema, kinds)
    return layout


def _new_layout(schema: Schema, kinds: tuple[int, ...]) -> _Layout:
    names = list(schema.records)
    found: dict[tuple[str, Leaf], list[int]] = {}
    for kind in kinds:
        for name, below in schema.records[names[kind]].fields.items():
            if isinstance(below, Leaf):
                found.setdefault((name, below), []).append(kind)
    common: dict[str, _Common] = {}
    # A name that is a token here and a text there is shared among those that agree, once.
    for (name, leaf), having in sorted(found.items(), key=lambda item: -len(item[1])):
        if name not in common and (len(having) > 1 or len(kinds) == 1):
            place = f"{names[kinds[0]] if len(kinds) == 1 else '*'}.{name}"
            mask = write_bits([kind in having for kind in kinds])
            common[name] = _Common(name, place, leaf, tuple(having), mask)
    everywhere = [field for field in common.values() if len(field.kinds) == len(kinds)]
    some = [field for field in common.values() if len(field.kinds) < len(kinds)]
    typed = set() if UNTYPED in schema.records else {TYPE}
    elsewhere = {
        kind: frozenset(typed | {field.name for field in common.values() if kind in field.kinds})
        for kind in kinds
    }
    keys = {
        kind: {name: place for place, name in enumerate(schema.records[names[kind]].fields, 1)}
        for kind in kinds
    }
    aligned = all(len({keys[k][field.name] for k in kinds}) == 1 for field in everywhere)
    return _Layout(everywhere, some, elsewhere, keys, aligned)
