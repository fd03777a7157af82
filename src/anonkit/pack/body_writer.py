"""Records of several types to the columns of one body (docs/spec/pack.md, "Columns").

Records stand type after type. Fields that all types here have, or some, are one column each; among
the former, fields that go together (a session, its installation and its version) are written once
for each combination. What a type has alone stays with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import UNSET

from anonkit.pack.column_writer import (
    classes_of,
    numbered,
    write_column,
    write_integers,
    write_objects,
)
from anonkit.pack.gathered import Common, gathered
from anonkit.pack.schema import TYPE, UNTYPED, Leaf
from anonkit.pack.vectors import width, write_bits, write_planes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonkit.pack.gathered import Attributes, Tables
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


class _Layout(NamedTuple):
    """What of a schema is written where, when these types occur.

    Args:
        everywhere: Fields that all have.
        some: Fields that some have, two at least.
        elsewhere: By type: the names of those that it has, and `type`.
    """

    everywhere: list[Common]
    some: list[Common]
    elsewhere: dict[int, frozenset[str]]


def write_columns(schema: Schema, kinds: Sequence[int], records: list[Any]) -> list[Any]:
    """Return the body of a pack in columns.

    Args:
        schema: What the records are.
        kinds: The position in the schema of each record's type.
        records: The records: all dicts, all Structs of the schema, or rows of which
            `rows.are_plain`.

    Raises:
        PackError: A record is not what the schema says.
    """
    groups = grouped(kinds, records)
    layout = _layout(schema, tuple(groups))
    values = gathered(schema, groups)
    shared = _everywhere(layout.everywhere, values, len(records))
    for field in layout.some:
        column = write_column(field.leaf, values.column(field), field.place)
        shared.append([[field.name], field.mask, None, [column]])
    nodes = list(schema.records.items())
    written = []
    for kind, group in groups.items():
        name, node = nodes[kind]
        elsewhere = layout.elsewhere[kind]
        alone = [field for field in node.fields if field not in elsewhere]
        if not alone and node.rest is None:
            continue
        table = values.table(kind, alone)
        column = write_objects(node, group, table, name, elsewhere=elsewhere)
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


def _everywhere(fields: list[Common], values: Tables | Attributes, count: int) -> list[Any]:
    """Write the fields that all types here have."""
    written: list[Any] = []
    together = _together(fields, values, count)
    rows, codes = _combined(values.rows(together)) if together else ([], b"")
    if rows and len(rows[0]) <= _FEW * count:
        parts = [
            write_column(field.leaf, row, field.place)
            for field, row in zip(together, rows, strict=True)
        ]
        vector = write_planes(codes, width(len(rows[0]) - 1))
        written.append([[field.name for field in together], together[0].mask, vector, parts])
    else:
        together = []
    for field in fields:
        if field not in together:
            part = write_column(field.leaf, values.column(field), field.place)
            written.append([[field.name], field.mask, None, [part]])
    return written


def _together(fields: list[Common], values: Tables | Attributes, count: int) -> list[Common]:
    """Return fields of which one seems to tell the others, or none."""
    heads = {}
    for field in fields:
        head = values.sample(field, max(1, count // _SAMPLE))
        classes = classes_of(head)
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


def _combined(records: list[tuple[Any, ...]]) -> tuple[list[tuple[Any, ...]], Sequence[int]]:
    """Return each combination of some fields once, as columns, and which stands where.

    None when there is more than text in them, where what is equal may yet be different.
    """
    try:
        entries, codes = numbered(records)
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
    common: dict[str, Common] = {}
    # A name that is a token here and a text there is shared among those that agree, once.
    for (name, leaf), having in sorted(found.items(), key=lambda item: -len(item[1])):
        if name not in common and (len(having) > 1 or len(kinds) == 1):
            place = f"{names[kinds[0]] if len(kinds) == 1 else '*'}.{name}"
            mask = write_bits([kind in having for kind in kinds])
            common[name] = Common(name, place, leaf, tuple(having), mask)
    everywhere = [field for field in common.values() if len(field.kinds) == len(kinds)]
    some = [field for field in common.values() if len(field.kinds) < len(kinds)]
    typed = set() if UNTYPED in schema.records else {TYPE}
    elsewhere = {
        kind: frozenset(typed | {field.name for field in common.values() if kind in field.kinds})
        for kind in kinds
    }
    return _Layout(everywhere, some, elsewhere)
