"""Columns of one body to records of several types: what `body_writer` wrote, checked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from anonkit.errors import PackError
from anonkit.pack.body_writer import grouped
from anonkit.pack.column_reader import LAST, ColumnReader, Read, head_of, put, template
from anonkit.pack.forms import Form
from anonkit.pack.schema import TYPE, UNTYPED, Leaf, Unknown
from anonkit.pack.vectors import read_bits, read_vector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from anonkit.pack.limits import Budget
    from anonkit.pack.schema import Schema

# What a type has alone where nothing is written of it: no columns. Other parts are always written.
_LATER = Unknown()
_ALONE: dict[bool, Any] = {True: [int(Form.OBJECT)], False: None}


class _Shared(NamedTuple):
    """A column that spans several types.

    Args:
        having: The types whose records it has values for, by position.
        knowing: Those of them whose schema here has the field.
        read: The values: of all records in order, if all have it, else type after type.
    """

    having: list[int]
    knowing: frozenset[int]
    read: Read


class BodyReader:
    """Reads the body of one pack in columns.

    Args:
        schema: What the records are.
        budget: Where values count.

    Attributes:
        unknown_records: How many records are of types that the schema does not have.
        unknown_fields: The fields that it does not have, by place and position.
    """

    def __init__(self, schema: Schema, budget: Budget) -> None:
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
        sizes = dict(sorted(Counter(kinds).items()))
        shared = self._shared(body[1], count, sizes)
        alone = _groups(body[2], sizes)
        # By type: its shared fields by name, with what was read of them if the type knows them.
        elsewhere: dict[int, dict[str, Read | None]] = {kind: {} for kind in sizes}
        for having, knowing, field in shared:
            for kind in having:
                elsewhere[kind][field.name] = field if kind in knowing else None
        own: dict[int, list[Read]] = {}
        copies: dict[int, Callable[[], dict[str, Any]]] = {}
        for kind, size in sizes.items():
            if kind < len(self._nodes):
                own[kind] = self._own(kind, size, alone.get(kind), elsewhere[kind])
                copies[kind] = self._template(kind, own[kind], elsewhere[kind]).copy
            else:
                self.unknown_records += size
                copies[kind] = dict
        made = [copies[kind]() for kind in kinds]
        groups = grouped(kinds, made)
        for column in shared:
            for part, read in _spread(column, kinds, made, groups):
                put(part, read)
        for kind, fields in own.items():
            for field in fields:
                put(groups[kind], field)
            name, node = self._nodes[kind]
            if node.rest is not None:
                self._columns.rest(node, alone[kind], groups[kind], name)
        if self.unknown_records:
            known = zip(made, kinds, strict=True)
            return [record for record, kind in known if kind < len(self._nodes)]
        return made

    def _own(
        self, kind: int, size: int, column: Any, elsewhere: dict[str, Read | None]
    ) -> list[Read]:
        """Return the fields that a type has alone."""
        self._budget.take(size)
        name, node = self._nodes[kind]
        return self._columns.fields(
            node, column or _ALONE[node.rest is None], size, name, elsewhere=elsewhere
        )

    def _template(
        self, kind: int, own: list[Read], elsewhere: dict[str, Read | None]
    ) -> dict[str, Any]:
        """Return what the records of a type begin as, their fields in the order of the schema."""
        name, node = self._nodes[kind]
        read = elsewhere | {field.name: field for field in own}
        head = {} if name == UNTYPED else {TYPE: name}
        return head | template(field for field in map(read.get, node.fields) if field is not None)

    def _shared(self, entries: Any, count: int, sizes: dict[int, int]) -> list[_Shared]:
        """Return the columns that span several types."""
        read: list[_Shared] = []
        taken: dict[str, set[int]] = {}
        for entry in entries if entries.__class__ is list else [None]:
            if entry.__class__ is not list or len(entry) != 4:  # noqa: PLR2004 - the next line says
                raise PackError("shared", "not names, their types, a vector and columns")
            names, mask, vector, columns = entry
            if names.__class__ is not list or columns.__class__ is not list or not names:
                raise PackError("shared", "not names, their types, a vector and columns")
            flags = read_bits(mask, len(sizes), "shared")
            having = [kind for kind, flag in zip(sizes, flags, strict=True) if flag]
            size = length = count if all(flags) else sum(sizes[kind] for kind in having)
            codes = None
            if vector is not None:
                codes = read_vector(vector, length, "shared")
                size = max(codes, default=-1) + 1
            if size > length or len(names) != len(columns):
                raise PackError("shared", "more combinations than records, or names than columns")
            for name, column in zip(names, columns, strict=True):
                types = taken.setdefault(name, set()) if name.__class__ is str else set(having)
                if not types.isdisjoint(having) or not having:
                    raise PackError("shared", "a name that is no text, or is there twice")
                types.update(having)
                leaf, knowing = self._leaf(name, column, having)
                values: Sequence[Any] = []
                if leaf is not None:
                    self._budget.take(length)
                    values = self._columns.column(leaf, column, size, f"*.{name}")
                    if codes is not None:
                        values = list(map(values.__getitem__, codes))
                read.append(_Shared(having, knowing, Read(name, values, head_of(column))))
        return read

    def _leaf(
        self, name: str, column: Any, having: list[int]
    ) -> tuple[Leaf | None, frozenset[int]]:
        """Return what a shared field is, and the types that know it."""
        nodes = {
            kind: self._nodes[kind][1].fields.get(name, _LATER)
            for kind in having
            if kind < len(self._nodes)
        }
        head = head_of(column)
        unknown: list[int] = []
        if head is not None:
            newer = head > LAST
            unknown = [kind for kind, node in nodes.items() if newer or isinstance(node, Unknown)]
        self.unknown_fields.update((self._nodes[kind][0], name) for kind in unknown)
        known = [node for kind, node in nodes.items() if kind not in unknown]
        if not known:
            return None, frozenset()
        leaf = known[0]
        if not isinstance(leaf, Leaf) or known.count(leaf) < len(known):
            raise PackError("shared", "types that do not agree on a field")
        return leaf, frozenset(nodes.keys() - unknown)


def _groups(groups: Any, sizes: dict[int, int]) -> dict[int, Any]:
    """Return the columns that a type has alone, by type."""
    columns: dict[int, Any] = {}
    for group in groups if groups.__class__ is list else [[]]:
        kind = head_of(group)
        if kind not in sizes or len(group) != 2 or kind <= max(columns, default=-1):  # noqa: PLR2004
            raise PackError("groups", "not a type that occurs and its columns, in order")
        columns[kind] = group[1]
    return columns


def _spread(
    column: _Shared,
    kinds: Sequence[int],
    made: list[dict[str, Any]],
    groups: dict[int, list[dict[str, Any]]],
) -> Iterator[tuple[list[dict[str, Any]], Read]]:
    """Yield records, and the part of a shared column that belongs to them."""
    having, knowing, read = column
    if len(knowing) == len(groups):
        yield made, read
        return
    start = 0
    for kind in having:
        end = start + len(groups[kind])
        if kind in knowing:
            part: Sequence[Any] = read.values[start:end]
            if len(having) == len(groups):
                of_kind = zip(read.values, kinds, strict=True)
                part = [value for value, other in of_kind if other == kind]
            yield groups[kind], read._replace(values=part)
        start = end
