"""Columns of one body to records of several types: what `body_writer` wrote, checked."""

from __future__ import annotations

from collections import Counter, deque
from itertools import compress, islice, starmap
from typing import TYPE_CHECKING, Any, NamedTuple

from anonkit.errors import PackError
from anonkit.pack.column_reader import ABSENT_FIELD, LAST, ColumnReader, Read, head_of, made_of
from anonkit.pack.schema import TYPE, UNTYPED, Leaf, Object, Unknown
from anonkit.pack.structs import NO_STRUCTS
from anonkit.pack.vectors import looked_up, read_bits

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from msgspec import Struct

    from anonkit.pack.limits import Budget
    from anonkit.pack.schema import Node, Schema

# What a type has alone where nothing is written of it: no columns. Other parts are always written.
_LATER = Unknown()
_NO_FIELDS = Object({})
# Which types occur differs from pack to pack; more plans are not kept in mind.
_MOST_PLANS = 256


class _Field(NamedTuple):
    """A field that several types share.

    Args:
        name: Its name.
        leaf: What it is; None when no type here has it.
        having: The types that it is written for; None for all that occur.
        types: Those of them that the schema has, by name.
        unknown: Those of these that do not have it.
    """

    name: str
    leaf: Leaf | None
    having: tuple[int, ...] | None
    types: list[str]
    unknown: list[str]


class _Kind(NamedTuple):
    """Where the fields of a type stand.

    Args:
        alone: Those that it does not share, in order.
        places: For each of its fields, the number of a shared one, from 1, or of one in `alone`,
            behind those; 0 for what is not read.
        passed: The numbers of shared ones that are written for it, and that it does not have.
    """

    alone: list[tuple[str, Node]]
    places: list[int]
    passed: list[int]


class _Plan(NamedTuple):
    """Who has what, as the types that occur and the names of shared fields tell.

    Args:
        shared: The shared fields, in order.
        kinds: By type, in order of position.
    """

    shared: list[_Field]
    kinds: dict[int, _Kind]


class BodyReader:
    """Reads the body of one pack in columns.

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
        self._nodes = list(schema.records.items())
        self._budget = budget
        self._columns = ColumnReader(budget)
        self.unknown_records = 0
        self.unknown_fields = self._columns.unknown_fields

    def read(self, body: Any, count: int) -> list[dict[str, Any]]:
        """Return the records.

        Raises:
            PackError: The body is not as the format says, or asks for too much.
        """
        if body.__class__ is not list or len(body) != 3:  # noqa: PLR2004 - types, shared, groups
            raise PackError("body", "not types, shared columns and groups")
        self._budget.take(count)
        kinds = self._columns.integers(body[0], count, "types", lowest=0)
        sizes = _sizes(kinds)
        entries = self._entries(body[1], len(sizes))
        plan = self._plan(entries, sizes)
        shared = self._shared(entries, plan, sizes, count)
        alone = _groups(body[2], sizes)
        made: dict[int, list[Any]] = {}
        for kind, (own, places, passed) in plan.kinds.items():
            size = sizes[kind]
            # Shared columns are read on, from type to type.
            for number in passed:
                deque(islice(shared[number][0], size), 0)
            if kind >= len(self._nodes):
                self.unknown_records += size
                continue
            name, node = self._nodes[kind]
            self._budget.take(size)
            column = alone.get(kind)
            read = shared
            if column is not None or node.rest is not None:
                read = shared + self._columns.fields(node, own, column, size, name)
            elif own:
                read = shared + [ABSENT_FIELD] * len(own)
            fields = [read[place] for place in places]
            struct = self._structs.get(name)
            if struct is not None:
                made[kind] = _filled(struct, fields, size)
                continue
            head = {} if name == UNTYPED else {TYPE: name}
            made[kind] = made_of(node.fields, fields, size, head)
            if node.rest is not None:
                self._columns.rest(node, column, made[kind], name)
        if len(sizes) == 1:
            return made.popitem()[1] if made else []
        following = {kind: iter(group) for kind, group in made.items()}
        if self.unknown_records:
            kinds = [kind for kind in kinds if kind in made]
        return list(map(next, looked_up(following, kinds)))

    def _shared(
        self, entries: list[Any], plan: _Plan, sizes: dict[int, int], count: int
    ) -> list[Read]:
        """Return the columns that span several types, behind one of nothing."""
        read = [ABSENT_FIELD]
        for (_, _, column), (name, leaf, having, types, unknown) in zip(
            entries, plan.shared, strict=True
        ):
            size = count if having is None else sum(map(sizes.__getitem__, having))
            head = head_of(column)
            later = head is not None and head > LAST
            if head is not None and (unknown or later):
                self.unknown_fields.update((kind, name) for kind in (types if later else unknown))
            if leaf is None or later:
                read.append(ABSENT_FIELD)
            else:
                read.append((iter(self._columns.column(leaf, column, size, f"*.{name}")), head))
        return read

    def _plan(self, entries: list[Any], sizes: dict[int, int]) -> _Plan:
        """Return who has what: one plan for all packs in which the same types share the same."""
        key = (tuple(sizes), tuple([(name, mask) for name, mask, _ in entries]))
        kept = self._schema.plans
        plan: _Plan | None = kept.get(key)
        if plan is None:
            plan = self._new_plan(entries, sizes)
            # What the schema does not have could be of any size.
            if all(kind < len(self._nodes) and not plan.kinds[kind].passed for kind in sizes):
                if len(kept) >= _MOST_PLANS:
                    kept.clear()
                kept[key] = plan
        return plan

    def _new_plan(self, entries: list[Any], sizes: dict[int, int]) -> _Plan:
        plan = _Plan([], {})
        taken: dict[int, dict[str, int]] = {kind: {} for kind in sizes}
        passed: dict[int, dict[str, int]] = {kind: {} for kind in sizes}
        for number, (name, mask, _) in enumerate(entries, 1):  # 0 is of what is nowhere
            having = tuple(compress(sizes, read_bits(mask, len(sizes), "shared")))
            if not having or any(name in taken[kind] or name in passed[kind] for kind in having):
                raise PackError("shared", "a name that is there twice, or of no type")
            field, knowing = self._field(name, having, len(sizes))
            plan.shared.append(field)
            for kind in having:
                (taken if kind in knowing else passed)[kind][name] = number
        for kind in sizes:
            node = self._nodes[kind][1] if kind < len(self._nodes) else _NO_FIELDS
            there = taken[kind].keys() | passed[kind].keys()
            alone = [field for field in node.fields.items() if field[0] not in there]
            behind = len(entries) + 1
            at = taken[kind] | {name: behind + own for own, (name, _) in enumerate(alone)}
            places = [at.get(name, 0) for name in node.fields]
            plan.kinds[kind] = _Kind(alone, places, list(passed[kind].values()))
        return plan

    def _field(
        self, name: str, having: tuple[int, ...], kinds: int
    ) -> tuple[_Field, Collection[int]]:
        """Return what a shared field is, and the types that know it."""
        nodes = {
            kind: self._nodes[kind][1].fields.get(name, _LATER)
            for kind in having
            if kind < len(self._nodes)
        }
        known = {kind: node for kind, node in nodes.items() if not isinstance(node, Unknown)}
        leaf = next(iter(known.values()), None)
        if not isinstance(leaf, Leaf | None) or any(node != leaf for node in known.values()):
            raise PackError("shared", "types that do not agree on a field")
        types = {kind: self._nodes[kind][0] for kind in nodes}
        unknown = [types[kind] for kind in types if kind not in known]
        spans = having if len(having) < kinds else None
        return _Field(name, leaf, spans, list(types.values()), unknown), known

    def _entries(self, entries: Any, kinds: int) -> list[Any]:
        """Return the entries of shared columns, once each is seen to be one."""
        for entry in entries if entries.__class__ is list else [None]:
            if (
                entry.__class__ is not list
                or len(entry) != 3  # noqa: PLR2004 - a name, its types, a column
                or entry[0].__class__ is not str
                or entry[1].__class__ is not bytes
            ):
                raise PackError("shared", "not a name, its types and a column")
            # Who has it is said of each type.
            self._budget.take(kinds)
        whole: list[Any] = entries
        return whole


def _groups(groups: Any, sizes: dict[int, int]) -> dict[int, Any]:
    """Return the columns that a type has alone, by type."""
    columns: dict[int, Any] = {}
    for group in groups if groups.__class__ is list else [[]]:
        kind = head_of(group)
        if kind not in sizes or len(group) != 2 or kind <= max(columns, default=-1):  # noqa: PLR2004
            raise PackError("groups", "not a type that occurs and its columns, in order")
        columns[kind] = group[1]
    return columns


def _sizes(kinds: Sequence[int]) -> dict[int, int]:
    """Return how many records there are of each type, in order of position."""
    if not isinstance(kinds, bytes):
        return dict(sorted(Counter(kinds).items()))
    sizes: dict[int, int] = {}
    left, kind = len(kinds), 0
    while left:
        if size := kinds.count(kind):
            sizes[kind] = size
            left -= size
        kind += 1
    return sizes


def _filled(struct: type[Struct], fields: list[Read], size: int) -> list[Struct]:
    """Return Structs of some fields, in order."""
    if not fields:
        return [struct() for _ in range(size)]
    rows = zip(*[values for values, _ in fields], strict=False)
    return list(islice(starmap(struct, rows), size))
