"""Columns of one body to records of several types: what `body_writer` wrote, checked."""

from __future__ import annotations

from collections import Counter
from itertools import compress, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import UNSET

from anonkit.errors import PackError
from anonkit.pack.column_reader import LAST, ColumnReader, Read, head_of, made_of
from anonkit.pack.schema import TYPE, UNTYPED, Leaf, Unknown
from anonkit.pack.structs import NO_STRUCTS
from anonkit.pack.vectors import looked_up, read_bits, read_vector

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from msgspec import Struct

    from anonkit.pack.limits import Budget
    from anonkit.pack.schema import Schema

# What a type has alone where nothing is written of it: no columns. Other parts are always written.
_LATER = Unknown()
# Which types have a field differs from pack to pack; more of that is not kept in mind.
_MOST_LEAVES = 1024


class _Shared(NamedTuple):
    """A field that several types have.

    Args:
        having: The types whose records have values, by position.
        knowing: Those of them whose schema here has the field.
        name: Its name.
        read: What was read of it, type after type.
    """

    having: tuple[int, ...]
    knowing: frozenset[int]
    name: str
    read: Read


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
        shared = self._shared(body[1], count, sizes)
        alone = _groups(body[2], sizes)
        # By type: its shared fields by name, with what was read of them if the type knows them.
        elsewhere: dict[int, dict[str, Read | None]] = {kind: {} for kind in sizes}
        for having, knowing, name, (values, form) in shared:
            start = 0
            for kind in having:
                end = start + sizes[kind]
                elsewhere[kind][name] = (values[start:end], form) if kind in knowing else None
                start = end
        made: dict[int, list[Any]] = {}
        for kind, size in sizes.items():
            if kind >= len(self._nodes):
                self.unknown_records += size
                continue
            name, node = self._nodes[kind]
            self._budget.take(size)
            column = alone.get(kind)
            read: dict[str, Read | None] = elsewhere[kind]
            if column is not None or node.rest is not None:
                read |= self._columns.fields(node, column, size, name, elsewhere=read.keys())
            if name in self._structs:
                made[kind] = _filled(self._structs[name], map(read.get, node.fields), size)
                continue
            fields = {field: there for field in node.fields if (there := read.get(field))}
            made[kind] = made_of(fields, size, {} if name == UNTYPED else {TYPE: name})
            if node.rest is not None:
                self._columns.rest(node, column, made[kind], name)
        if len(sizes) == 1:
            return made.popitem()[1] if made else []
        following = {kind: iter(group) for kind, group in made.items()}
        if self.unknown_records:
            kinds = [kind for kind in kinds if kind in made]
        return list(map(next, map(following.__getitem__, kinds)))

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
            having = tuple(compress(sizes, flags))
            size = length = count if all(flags) else sum(sizes[kind] for kind in having)
            codes = None
            if vector is not None:
                # As numbers once: each column below looks all of them up.
                codes = tuple(read_vector(vector, length, "shared"))
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
                        values = looked_up(values, codes)
                read.append(_Shared(having, knowing, name, (values, head_of(column))))
        return read

    def _leaf(
        self, name: str, column: Any, having: tuple[int, ...]
    ) -> tuple[Leaf | None, frozenset[int]]:
        """Return what a shared field is, and the types that know it."""
        head = head_of(column)
        if head is not None and head > LAST:
            self._unknown(name, [kind for kind in having if kind < len(self._nodes)])
            return None, frozenset()
        kept = self._schema.leaves
        if (name, having) not in kept:
            if len(kept) >= _MOST_LEAVES:
                kept.clear()
            kept[name, having] = self._new_leaf(name, having)
        leaf, knowing, unknown = kept[name, having]
        if head is not None:
            self._unknown(name, unknown)
        return leaf, knowing

    def _unknown(self, name: str, kinds: Iterable[int]) -> None:
        self.unknown_fields.update((self._nodes[kind][0], name) for kind in kinds)

    def _new_leaf(
        self, name: str, having: tuple[int, ...]
    ) -> tuple[Leaf | None, frozenset[int], list[int]]:
        nodes = {
            kind: self._nodes[kind][1].fields.get(name, _LATER)
            for kind in having
            if kind < len(self._nodes)
        }
        unknown = [kind for kind, node in nodes.items() if isinstance(node, Unknown)]
        known = [node for kind, node in nodes.items() if kind not in unknown]
        if not known:
            return None, frozenset(), unknown
        leaf = known[0]
        if not isinstance(leaf, Leaf) or known.count(leaf) < len(known):
            raise PackError("shared", "types that do not agree on a field")
        return leaf, frozenset(nodes.keys() - unknown), unknown


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
    if kinds.__class__ is bytes:  # 256 at most
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    return dict(sorted(Counter(kinds).items()))


def _filled(struct: type[Struct], fields: Iterable[Read | None], size: int) -> list[Struct]:
    """Return Structs of some fields, in order."""
    columns = [repeat(UNSET, size) if field is None else field[0] for field in fields]
    return list(map(struct, *columns)) if columns else [struct() for _ in range(size)]
