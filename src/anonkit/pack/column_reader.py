"""Columns to values: what `column_writer` wrote, checked before anything is made of it."""

from __future__ import annotations

from functools import cache
from itertools import accumulate, islice, pairwise, repeat
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from msgspec import UNSET

from anonkit.errors import PackError
from anonkit.pack.forms import ABSENT, IS_NULL, LACKING, PRESENT, Form
from anonkit.pack.schema import Leaf, Listing, Object, Unknown
from anonkit.pack.values import (
    HIGHEST,
    LOWEST,
    TOKEN_BYTES,
    from_scalar,
    from_wire,
    times_at,
    tokens_text,
)
from anonkit.pack.vectors import looked_up, read_vector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from anonkit.pack.limits import Budget
    from anonkit.pack.schema import Node, Wire

_INTEGERS = frozenset({Form.SAME, Form.INTEGERS, Form.RUNNING, Form.EACH})
# What MessagePack says as it is: the classes of most values.
_AS_THEY_ARE = frozenset({str, int, float, bool})
LAST = max(Form)
# Displays are made once for each number of names; beyond this, objects are made from pairs.
_MOST_DISPLAYED = 64
_NOTHING: Mapping[str, str] = MappingProxyType({})


# What was read of a field: its values, UNSET for what is absent, and the form of its column. The
# values may go on behind those that are asked for.
Read: TypeAlias = "tuple[Iterable[Any], int]"
_Readers: TypeAlias = (
    "dict[int | None, tuple[int, Callable[[ColumnReader, Wire, Any, int, str], Sequence[Any]]]]"
)


# A field that is nowhere.
ABSENT_FIELD: Read = (repeat(UNSET), Form.NONE)


def made_of(
    names: Iterable[str], fields: Sequence[Read], count: int, head: Mapping[str, str] = _NOTHING
) -> list[dict[str, Any]]:
    """Return objects of some fields, in their order; what is absent is not in them.

    Args:
        names: The names of their fields.
        fields: Their fields.
        count: How many objects there are.
        head: What all of them begin with.
    """
    columns: dict[str, Any] = {name: repeat(value) for name, value in head.items()}
    lacking = []
    for name, (values, form) in zip(names, fields, strict=True):
        if form != Form.NONE:
            columns[name] = values
        if form == Form.SOME:
            lacking.append(name)
    if not columns:
        return [{} for _ in range(count)]
    rows = islice(zip(*columns.values(), strict=False), count)
    if len(columns) <= _MOST_DISPLAYED:
        made = _displayed(len(columns))(*columns)(rows)
    else:
        made = [dict(zip(columns, row, strict=True)) for row in rows]
    for name in lacking:
        for record in made:
            if record[name] is UNSET:
                del record[name]
    return made


@cache
def _displayed(size: int) -> Callable[..., Callable[[Iterable[Any]], list[dict[str, Any]]]]:
    """Return a function from so many names to one from rows to dicts.

    A display of a dict takes half of the time of `dict(zip(names, row))`. Names are variables of
    it, and no part of a program.
    """
    keys = [f"k{place}" for place in range(size)]
    values = [f"v{place}" for place in range(size)]
    pairs = ", ".join(map("{}: {}".format, keys, values))
    rows = f"[{{{pairs}}} for {', '.join(values)}, in rows]"
    source = f"lambda {', '.join(keys)}: lambda rows: {rows}"
    display: Callable[..., Any] = eval(source)  # noqa: S307 - depends on a number alone
    return display


class ColumnReader:
    """Reads the columns of one pack.

    Args:
        budget: Where values count.

    Attributes:
        unknown_fields: The fields that the schema does not have, by place and position.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.unknown_fields: set[tuple[str, int | str]] = set()

    def column(self, node: Node, column: Any, count: int, place: str) -> Sequence[Any]:
        """Return the values of a column: UNSET for absent, None for null.

        Raises:
            PackError: The column is not as the format says.
        """
        self._budget.take(count)
        form = head_of(column)
        if form == Form.NONE:
            _parts(column, 1, place)
            return [UNSET] * count
        if form != Form.SOME:
            return self._present(node, form, column, count, place)
        _, vector, inner = _parts(column, 3, place)
        states = read_vector(vector, count, place)
        there = iter(
            self._present(node, head_of(inner), inner, states.count(PRESENT), place)
            if head_of(inner) != Form.NONE or PRESENT in states
            else []
        )
        if max(states, default=0) > ABSENT or not any(states):
            raise PackError(place, "a state that there is not")
        gone = {IS_NULL: None, ABSENT: UNSET}
        return [gone[state] if state else next(there) for state in states]

    def _present(
        self, node: Node, form: int | None, column: Any, count: int, place: str
    ) -> Sequence[Any]:
        if isinstance(node, Leaf):
            found = (self._VALUES if node.wire == "value" else self._RAW).get(form)
            if found is not None:
                size, reader = found
                if len(column) == size:
                    values: Sequence[Any] = reader(self, node.wire, column, count, place)
                    return values
        elif isinstance(node, Listing) and form == Form.LIST:
            _, lengths, inner = _parts(column, 3, place)
            sizes = self.integers(lengths, count, place, lowest=0)
            items = self.column(node.item, inner, sum(sizes), f"{place}[]")
            if head_of(inner) in LACKING and UNSET in items:
                raise PackError(place, "an item that is absent")
            return _cut(list(items), sizes)
        elif isinstance(node, Object):
            return self._objects(node, column, count, place)
        raise PackError(place, "a column of the wrong form")

    def _objects(self, node: Object, column: Any, count: int, place: str) -> list[dict[str, Any]]:
        """Return objects."""
        fields = self.fields(node, list(node.fields.items()), column, count, place)
        made = made_of(node.fields, fields, count)
        if node.rest is not None:
            self.rest(node, column, made, place)
        return made

    def fields(
        self, node: Object, named: list[tuple[str, Node]], column: Any, count: int, place: str
    ) -> list[Read]:
        """Return named parts of objects.

        Args:
            node: What the objects are.
            named: The parts that are written here, in order.
            column: Their columns.
            count: How many there are.
            place: Where they stand, for messages.

        Raises:
            PackError: The columns are not as the format says.
        """
        form = head_of(column)
        fixed = 1 if node.rest is None else 4
        if form != (Form.OBJECT if fixed == 1 else Form.OPEN_OBJECT) or len(column) < fixed:
            raise PackError(place, "a column of the wrong form")
        columns = iter(column[fixed:])
        read: list[Read] = []
        for name, below in named:
            inner = next(columns, None)
            head = head_of(inner)
            if inner is None or _skipped(below, head):
                if head:  # something
                    self.unknown_fields.add((place, name))
                read.append(ABSENT_FIELD)
                continue
            read.append((self.column(below, inner, count, f"{place}.{name}"), head))
        for position, inner in enumerate(columns):
            if head_of(inner) != Form.NONE:
                self.unknown_fields.add((place, position))
        return read

    def rest(self, node: Object, column: Any, made: list[dict[str, Any]], place: str) -> None:
        """Put the parts that `*` speaks for into their objects.

        Raises:
            PackError: The columns are not as the format says.
        """
        sizes = self.integers(column[1], len(made), place, lowest=0)
        total = sum(sizes)
        names = self.column(Leaf(node.names), column[2], total, f"{place}.*~")
        if _skipped(node.rest, head_of(column[3])):
            self.unknown_fields.add((place, "*"))
            return
        parts = self.column(node.rest, column[3], total, f"{place}.*") if node.rest else []
        if set(map(type, names)) - {str} or (head_of(column[3]) in LACKING and UNSET in parts):
            raise PackError(f"{place}.*~", "a name that is no text, or has nothing")
        if not node.fields.keys().isdisjoint(names):
            raise PackError(f"{place}.*~", "a name that is a field of its own")
        pairs = zip(names, parts, strict=True)
        for record, size in zip(made, sizes, strict=True):
            before = len(record)
            record.update(islice(pairs, size))
            if len(record) != before + size:
                raise PackError(f"{place}.*~", "a name that is there twice")

    def _same(self, wire: Wire, column: Any, count: int, place: str) -> list[Any]:
        value = from_scalar(column[1], place) if wire == "value" else column[1]
        return [from_wire(wire, value, place)] * count

    def _integers(self, _: Wire, column: Any, count: int, place: str) -> Sequence[int]:
        return self.integers(column, count, place)

    def _words(self, _: Wire, column: Any, count: int, place: str) -> Sequence[str]:
        _form, entries, vector = column
        if entries.__class__ is not list or set(map(type, entries)) != {str}:
            raise PackError(place, "entries that are no texts")
        return _looked_up(entries, read_vector(vector, count, place), count, place)

    def _each(self, _: Wire, column: Any, count: int, place: str) -> list[Any]:
        values: Any = column[1]
        if values.__class__ is not list or len(values) != count:
            raise PackError(place, "not an item for each value")
        if set(map(type, values)) <= _AS_THEY_ARE:
            return values
        return [from_wire("value", from_scalar(value, place), place) for value in values]

    def _times(self, _: Wire, column: Any, count: int, place: str) -> list[Any]:
        planes = column[1]
        if planes.__class__ is not bytes or len(planes) != 4 * count:
            raise PackError(place, "not four bytes for each time")
        return times_at(planes)

    def _raw_entries(self, wire: Wire, column: Any, count: int, place: str) -> Sequence[str]:
        """Return the texts of tokens or addresses that stand one by one, numbered or not."""
        _, entries, *vector = column
        if entries.__class__ is not list:
            raise PackError(place, "a column of the wrong form")
        self._budget.take(len(entries))
        texts = [from_wire(wire, entry, place) for entry in entries]
        codes = read_vector(vector[0], count, place) if vector else None
        return _looked_up(texts, codes, count, place)

    def _raw_bytes(self, wire: Wire, column: Any, count: int, place: str) -> Sequence[str]:
        """Return the texts of tokens or addresses of one size, one behind another."""
        _, size, blob, vector = column
        if size.__class__ is not int or size < 1 or blob.__class__ is not bytes or len(blob) % size:
            raise PackError(place, "not bytes of one size")
        self._budget.take(len(blob) // size)
        if wire == "token" and size in TOKEN_BYTES:
            entries = tokens_text(blob, size)
        else:
            parts = [blob[start : start + size] for start in range(0, len(blob), size)]
            entries = [from_wire(wire, part, place) for part in parts]
        codes = None if vector is None else read_vector(vector, count, place)
        return _looked_up(entries, codes, count, place)

    def integers(
        self, column: Any, count: int, place: str, *, lowest: int = LOWEST, running: bool = True
    ) -> Sequence[int]:
        """Return integers, each within its bounds.

        Raises:
            PackError: The column is not one of integers.
        """
        form = head_of(column)
        if not count and form == Form.NONE:
            _parts(column, 1, place)
            return []
        if form not in _INTEGERS or (form == Form.RUNNING and not (running and count)):
            raise PackError(place, "not a column of integers")
        values: Sequence[Any]
        if form == Form.SAME:
            low = high = _integer(_parts(column, 2, place)[1], place)
            values = [low] * count
        elif form == Form.EACH:
            values = self._each("value", _parts(column, 2, place), count, place)
            if set(map(type, values)) - {int}:
                raise PackError(place, "not a column of integers")
            low, high = min(values, default=lowest), max(values, default=0)
        elif form == Form.INTEGERS:  # whatever it says is within bounds
            return read_vector(_parts(column, 2, place)[1], count, place)
        else:
            _, first, inner = _parts(column, 3, place)
            jumps = self.integers(inner, count - 1, place, lowest=0, running=False)
            values = list(accumulate(jumps, initial=_integer(first, place)))
            low, high = first, values[-1]
        if low < lowest or high > HIGHEST:
            raise PackError(place, "an integer out of bounds")
        return values

    # By form: how many items a column of single values has, and what reads it.
    _VALUES: Final[_Readers] = {
        Form.SAME: (2, _same),
        Form.INTEGERS: (2, _integers),
        Form.RUNNING: (3, _integers),
        Form.WORDS: (3, _words),
        Form.EACH: (2, _each),
        Form.TIMES: (2, _times),
    }
    _RAW: Final[_Readers] = {
        Form.SAME: (2, _same),
        Form.WORDS: (3, _raw_entries),
        Form.EACH: (2, _raw_entries),
        Form.BYTES: (4, _raw_bytes),
    }


def head_of(column: Any) -> Any:
    """Return the number that stands first in a column or group, or None where there is none."""
    head = column[0] if column.__class__ is list and column else None
    return head if head.__class__ is int else None


def _skipped(node: Node | None, head: int | None) -> bool:
    """Return whether a column can only be skipped: its field or its form is of a newer version."""
    return head is not None and (head > LAST or isinstance(node, Unknown))


def _integer(value: Any, place: str) -> int:
    if value.__class__ is not int:
        raise PackError(place, "not a column of integers")
    number: int = value
    return number


def _parts(column: list[Any], count: int, place: str) -> list[Any]:
    if len(column) != count:
        raise PackError(place, "a column of the wrong form")
    return column


def _cut(items: list[Any], sizes: Sequence[int]) -> list[list[Any]]:
    return [items[start:end] for start, end in pairwise(accumulate(sizes, initial=0))]


def _looked_up(
    entries: list[Any], codes: Sequence[int] | None, count: int, place: str
) -> Sequence[Any]:
    if len(set(entries)) != len(entries):
        raise PackError(place, "an entry that is there twice, or not at all")
    if codes is None:
        if len(entries) != count:
            raise PackError(place, "not as many entries as values")
        return entries
    try:
        return looked_up(entries, codes)
    except (IndexError, OverflowError):
        pass
    raise PackError(place, "an entry that is there twice, or not at all")
