"""Records of several types to the columns of one body (docs/spec/pack.md, "Columns").

Records stand type after type. A field that several types have is one column; what a type has alone
stays with it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any, NamedTuple

from anonkit.pack.column_writer import write_column, write_integers, write_objects
from anonkit.pack.forms import ABSENT, IS_NULL
from anonkit.pack.given import columns_of
from anonkit.pack.schema import TYPE, UNTYPED, Leaf
from anonkit.pack.vectors import looked_up, write_bits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonkit.pack.schema import Object, Schema

# Which types occur differs from pack to pack; more combinations of them are not kept in mind.
_MOST_LAYOUTS = 256


class _Shared(NamedTuple):
    """A field that several of the types here have.

    Args:
        name: Its name.
        mask: Which of the types here have it, as a bitmap.
        leaf: What it is.
        at: Those types, in order, and where it stands among the fields of each.
    """

    name: str
    mask: bytes
    leaf: Leaf
    at: list[tuple[int, int]]


class _Kind(NamedTuple):
    """A record type.

    Args:
        name: Its name.
        node: What it is.
        alone: The fields that it shares with no other here, and where each stands among all.
        elsewhere: The names of those that it shares, and `type`.
    """

    name: str
    node: Object
    alone: dict[str, int]
    elsewhere: frozenset[str]


class _Layout(NamedTuple):
    """What of a schema is written where, when these types occur."""

    shared: list[_Shared]
    kinds: dict[int, _Kind]


def write_columns(schema: Schema, kinds: Sequence[int], records: list[Any]) -> list[Any]:
    """Return the body of a pack in columns.

    Args:
        schema: What the records are.
        kinds: The position in the schema of each record's type.
        records: The records: all dicts, all Structs of the schema, or all rows.

    Raises:
        PackError: A record is not what the schema says.
    """
    groups = _grouped(kinds, records)
    layout = _layout(schema, tuple(groups))
    head = 0 if UNTYPED in schema.records else 1
    none = ABSENT if list in map(type, records[:1]) else IS_NULL
    columns = {
        kind: columns_of(layout.kinds[kind].node, group, layout.kinds[kind].name, head)
        for kind, group in groups.items()
    }
    shared: list[Any] = []
    for name, mask, leaf, at in layout.shared:
        values: list[Any] = []
        for kind, place in at:
            values += columns[kind][place]
        shared.append([name, mask, write_column(leaf, values, f"*.{name}", none)])
    written: list[Any] = []
    for kind, (name, node, alone, elsewhere) in layout.kinds.items():
        if alone or node.rest is not None:
            own = {field: columns[kind][place] for field, place in alone.items()}
            column = write_objects(node, groups[kind], own, name, elsewhere=elsewhere, none=none)
            written.append([kind, column])
    return [write_integers(kinds), shared, written]


def _grouped(kinds: Sequence[int], records: list[Any]) -> dict[int, list[Any]]:
    """Return the records of each type, by its position, in order."""
    groups: defaultdict[int, list[Any]] = defaultdict(list)
    deque(map(list.append, looked_up(groups, kinds), records), 0)
    return dict(sorted(groups.items()))


def _layout(schema: Schema, kinds: tuple[int, ...]) -> _Layout:
    known: dict[tuple[int, ...], _Layout] = schema.layouts
    layout = known.get(kinds)
    if layout is None:
        if len(known) >= _MOST_LAYOUTS:
            known.clear()
        layout = known[kinds] = _new_layout(schema, kinds)
    return layout


def _new_layout(schema: Schema, kinds: tuple[int, ...]) -> _Layout:
    records = list(schema.records.items())
    having: dict[tuple[str, Leaf], list[tuple[int, int]]] = {}
    for kind in kinds:
        for place, (name, below) in enumerate(records[kind][1].fields.items()):
            if isinstance(below, Leaf):
                having.setdefault((name, below), []).append((kind, place))
    shared: dict[str, _Shared] = {}
    # A name that is a token here and a text there is shared among those that agree, once.
    for (name, leaf), at in sorted(having.items(), key=lambda item: -len(item[1])):
        if name not in shared and len(at) > 1:
            mask = write_bits([kind in dict(at) for kind in kinds])
            shared[name] = _Shared(name, mask, leaf, at)
    typed = set() if UNTYPED in schema.records else {TYPE}
    apart = {}
    for kind in kinds:
        name, node = records[kind]
        names = {field.name for field in shared.values() if kind in dict(field.at)}
        alone = {field: at for at, field in enumerate(node.fields) if field not in names}
        apart[kind] = _Kind(name, node, alone, frozenset(typed | names))
    return _Layout(list(shared.values()), apart)
