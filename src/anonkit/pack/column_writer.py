"""Records to columns: values of one field side by side, each column in the form that fits it.

docs/spec/pack.md lists the forms. Which one a column takes is the writer's choice and may change;
what each form means may not.
"""

from __future__ import annotations

from array import array
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from itertools import pairwise
from math import copysign, gcd
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import UNSET

from anonkit.errors import PackError
from anonkit.pack.schema import TYPE, UNTYPED, Leaf, Listing, Object
from anonkit.pack.values import (
    EPOCH_DAY,
    EPOCH_UTC,
    HIGHEST,
    LOWEST,
    MICROSECOND,
    check_text,
    to_scalar,
    to_wire,
    wall,
)
from anonkit.pack.vectors import width, write_bits, write_vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonkit.pack.schema import Node, Schema, Wire


class Form(IntEnum):
    """The forms of a column, by the number that stands first in it. Appended to, never changed."""

    NONE = 0
    SOME = 1
    SAME = 2
    INTEGERS = 3
    RUNNING = 4
    WORDS = 5
    TEXTS = 6
    BYTES = 7
    NUMBERS = 8
    WHOLE = 9
    TRUTHS = 10
    TIMES = 11
    DAYS = 12
    SPANS = 13
    MIXED = 14
    AFTER = 15
    LIST = 16
    OBJECT = 17
    OPEN_OBJECT = 18


PRESENT, IS_NULL, ABSENT = 0, 1, 2
# A dictionary pays while entries return; beyond three of four they are written one after another.
_FEW = 0.75
# More distinct integers than a byte can number are smaller as they are.
_FEW_INTEGERS = 256
# Above it not every float that is whole has a neighbour one away.
_EXACT = 1 << 53
# How many rows tell whether one column follows another.
_SAMPLE = 512
_FOLLOWS = 0.35
_KEYS = frozenset({str, bytes})
# Values of these can be equal and yet different: 0.0 and -0.0, one instant in two zones.
_BY_MEANING = frozenset({float, datetime})
_STEADY = frozenset({str, bytes, int})
_NOTHING = frozenset({type(None), type(UNSET)})


def write_columns(schema: Schema, kinds: list[int], records: list[dict[str, Any]]) -> list[Any]:
    """Return the body of a pack in columns.

    Args:
        schema: What the records are.
        kinds: The position in the schema of each record's type.
        records: The records.

    Raises:
        PackError: A record is not what the schema says.
    """
    names = list(schema.records)
    groups: dict[int, list[dict[str, Any]]] = {kind: [] for kind in sorted(set(kinds))}
    for kind, record in zip(kinds, records, strict=True):
        groups[kind].append(record)
    shared = _Shared(schema, groups, kinds, records)
    written = []
    for kind, group in groups.items():
        node = schema.records[names[kind]]
        apart = {name: below for name, below in node.fields.items() if name not in shared.of(kind)}
        known = node.fields if names[kind] == UNTYPED else {**node.fields, TYPE: Leaf()}
        column = _object(Object(apart, node.rest, node.names), group, names[kind], known)
        written.append([kind, column])
    return [_integers(kinds), shared.columns, written]


class _Common(NamedTuple):
    """A field that several record types have."""

    name: str
    wire: Wire
    kinds: frozenset[int]


class _Shared:
    """Columns that span the records of several types, because those share a field.

    What such columns say about each other stays in sight: a session tells its installation.
    """

    def __init__(
        self,
        schema: Schema,
        groups: dict[int, list[dict[str, Any]]],
        kinds: list[int],
        records: list[dict[str, Any]],
    ) -> None:
        self.columns: list[Any] = []
        self._fields: list[_Common] = []
        numbered = list(groups)
        written: list[tuple[_Common, list[Any] | None]] = []
        for field in _common(schema, groups):
            everywhere = len(field.kinds) == len(groups)
            values = [
                record.get(field.name, UNSET) if everywhere or kind in field.kinds else UNSET
                for kind, record in zip(kinds, records, strict=True)
            ]
            place = f"*.{field.name}"
            own = (
                values
                if everywhere
                else [v for v, kind in zip(values, kinds, strict=True) if kind in field.kinds]
            )
            leader = self._leader(field, own, values, written)
            if leader is None:
                column = _column(Leaf(field.wire), own, place)
            else:
                rows = [i for i, kind in enumerate(kinds) if kind in field.kinds]
                column = _after(leader, written, values, rows, field.wire, place)
            mask = write_bits(kind in field.kinds for kind in numbered)
            self.columns.append([field.name, mask, column])
            self._fields.append(field)
            # Of one class: a token that comes as text and as bytes would be two keys here.
            steady = len(_classes(own)) == 1 and _classes(own) <= _KEYS
            written.append((field, values if steady else None))

    def of(self, kind: int) -> set[str]:
        """Return the names of the shared fields that a record type has."""
        return {field.name for field in self._fields if kind in field.kinds}

    @staticmethod
    def _leader(
        field: _Common,
        own: list[Any],
        values: list[Any],
        written: list[tuple[_Common, list[Any] | None]],
    ) -> int | None:
        """Return which earlier column foretells this one, or None."""
        if len(_classes(own) - _NOTHING) != 1 or not _classes(own) - _NOTHING <= _STEADY:
            return None
        best, fewest = None, _FOLLOWS * min(len(own), _SAMPLE)
        if len(set(own[:_SAMPLE])) == 1:
            return None
        for index, (other, leading) in enumerate(written):
            if leading is None or not field.kinds <= other.kinds:
                continue
            last: dict[Any, Any] = {}
            changes = 0
            for key, value in zip(leading[:_SAMPLE], values[:_SAMPLE], strict=True):
                if last.get(key, last) != value:
                    last[key] = value
                    changes += 1
            if changes < fewest:
                best, fewest = index, changes
        return best


def _common(schema: Schema, groups: dict[int, Any]) -> list[_Common]:
    """Return the single fields that half of the types here have, two at least; most common first.

    Rarer ones gain nothing: 13.2 bytes an event became 13.0 without them, in three quarters of the
    time (benchmarks/pack.py, 20,000 events by installation).
    """
    found: dict[tuple[str, Wire], set[int]] = {}
    names = list(schema.records)
    for kind in groups:
        for name, below in schema.records[names[kind]].fields.items():
            if isinstance(below, Leaf):
                found.setdefault((name, below.wire), set()).add(kind)
    shared: dict[str, _Common] = {}
    # A name that is a token here and a text there is shared among those that agree, once.
    for (name, wire), kinds in sorted(found.items(), key=lambda item: -len(item[1])):
        if len(kinds) > 1 and 2 * len(kinds) >= len(groups) and name not in shared:
            shared[name] = _Common(name, wire, frozenset(kinds))
    return list(shared.values())


def _after(
    leader: int,
    written: list[tuple[_Common, list[Any] | None]],
    values: list[Any],
    rows: list[int],
    wire: Wire,
    place: str,
) -> list[Any]:
    """Write only where a value differs from the last one beside the same leading value."""
    leading = written[leader][1] or []
    last: dict[Any, Any] = {}
    changed: list[Any] = []
    bits = []
    for row in rows:
        value = values[row]
        differs = last.get(leading[row], last) != value
        bits.append(differs)
        if differs:
            last[leading[row]] = value
            changed.append(value)
    return [Form.AFTER, leader, write_bits(bits), _column(Leaf(wire), changed, place)]


def _classes(values: Sequence[Any]) -> set[type]:
    return set(map(type, values))


def _column(node: Node, values: list[Any], place: str) -> list[Any]:
    """Write a column, first telling what is there from what is null or absent."""
    classes = _classes(values)
    if not classes & _NOTHING:
        return _present(node, values, classes, place)
    states = [ABSENT if v is UNSET else IS_NULL if v is None else PRESENT for v in values]
    there = [value for value, state in zip(values, states, strict=True) if state == PRESENT]
    if not there and IS_NULL not in states:
        return [Form.NONE]
    inner = _present(node, there, classes - _NOTHING, place) if there else [Form.NONE]
    return [Form.SOME, write_vector(states), inner]


def _present(node: Node, values: list[Any], classes: set[type], place: str) -> list[Any]:
    match node:
        case Leaf(wire):
            return _leaf(wire, values, classes, place)
        case Listing(item):
            if classes - {list}:
                raise PackError(place, "not a list")
            items = [item for value in values for item in value]
            lengths = _integers([len(value) for value in values])
            return [Form.LIST, lengths, _column(item, items, f"{place}[]")]
        case Object():
            return _object(node, values, place, node.fields)
    raise AssertionError(node)  # pragma: no cover - a schema with an unknown node has no id


def _object(
    node: Object, values: list[Any], place: str, declared: dict[str, Node]
) -> list[Any]:  # fmt: skip
    """Write the columns of an object; `declared` are the names that are no surprise."""
    if _classes(values) - {dict}:
        raise PackError(place, "not an object")
    columns = [
        _column(below, [value.get(name, UNSET) for value in values], f"{place}.{name}")
        for name, below in node.fields.items()
    ]
    if node.rest is None:
        known = declared.keys()
        if not all(value.keys() <= known for value in values):
            raise PackError(place, "has a field that the schema does not")
        return [Form.OBJECT, *columns]
    others = [
        [(name, part) for name, part in value.items() if name not in declared] for value in values
    ]
    names = [name for other in others for name, _ in other]
    parts = [part for other in others for _, part in other]
    check_names(names, f"{place}.*~")
    return [
        Form.OPEN_OBJECT,
        _integers([len(other) for other in others]),
        _column(Leaf(node.names), names, f"{place}.*~"),
        _column(node.rest, parts, f"{place}.*"),
        *columns,
    ]


def check_names(names: Sequence[Any], place: str) -> None:
    """Refuse names that are not text, or the bytes of a token.

    Raises:
        PackError: One is not.
    """
    if _classes(names) - _KEYS:
        raise PackError(place, "a name is text")


def _leaf(wire: Wire, values: list[Any], classes: set[type], place: str) -> list[Any]:
    """Write single values, by what they are."""
    if wire != "value":
        return _raw(wire, values, place)
    if len(classes) > 1:
        order = sorted(classes, key=lambda cls: cls.__name__)
        numbers = {cls: number for number, cls in enumerate(order)}
        parts: list[list[Any]] = [[] for _ in order]
        tags = [numbers[value.__class__] for value in values]
        for tag, value in zip(tags, values, strict=True):
            parts[tag].append(value)
        columns = [
            _leaf(wire, part, {cls}, place) for cls, part in zip(order, parts, strict=True)
        ]  # fmt: skip
        return [Form.MIXED, write_vector(tags), columns]
    if not classes:  # the items of lists that are all empty
        return [Form.NONE]
    (cls,) = classes
    if cls not in _BY_MEANING and values.count(values[0]) == len(values):
        return [Form.SAME, to_scalar(to_wire(wire, values[0], place), place)]
    writer = _WRITERS.get(cls)
    if writer is None:
        raise PackError(place, "not a single value")
    column: list[Any] = writer(values, place)
    return column


def _raw(wire: Wire, values: list[Any], place: str) -> list[Any]:
    """Write tokens or addresses: each different one once, as raw bytes."""
    try:
        packed = {value: to_wire(wire, value, place) for value in dict.fromkeys(values)}
    except TypeError:
        packed = None
    if packed is None:
        raise PackError(place, f"not {'a token' if wire == 'token' else 'an address'}")
    # The same token may come as text from one record and as bytes from another.
    entries = list(dict.fromkeys(packed.values()))
    if len(entries) <= 1:
        return [Form.SAME, entries[0]] if entries else [Form.NONE]
    codes: bytes | None = None
    if len(entries) < len(values):
        numbers = {entry: number for number, entry in enumerate(entries)}
        codes = write_vector([numbers[packed[value]] for value in values])
    sizes = {len(entry) if entry.__class__ is bytes else 0 for entry in entries}
    if len(sizes) == 1 and 0 not in sizes:
        return [Form.BYTES, sizes.pop(), b"".join(entries), codes]
    return [Form.WORDS, entries, write_vector(range(len(entries))) if codes is None else codes]


def _texts(values: list[str], place: str) -> list[Any]:
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    for text in numbers:
        check_text(text, place)
    if len(numbers) <= _FEW * len(values):
        return [Form.WORDS, list(numbers), write_vector([numbers[value] for value in values])]
    encoded = [value.encode() for value in values]
    return [Form.TEXTS, _integers([len(text) for text in encoded]), b"".join(encoded)]


def _integers(values: Sequence[int], place: str = "", *, flat: bool = False) -> list[Any]:
    """Write integers: as one, as steps from the lowest, as differences, or as a dictionary."""
    if not values:
        return [Form.NONE]
    low, high = min(values), max(values)
    if low == high:
        return [Form.SAME, _checked(low, place)]
    _checked(low, place)
    _checked(high, place)
    if high - low > HIGHEST:
        return _numbered(values)
    narrow = width(high - low)
    if not flat:
        jumps = [after - before for before, after in pairwise(values)]
        least = min(jumps)
        most = max(jumps)
        fits = least >= LOWEST and most <= HIGHEST and most - least <= HIGHEST
        if fits and (least >= 0 or width(most - least) < narrow):
            return [Form.RUNNING, values[0], _integers(jumps, flat=True)]
        if narrow > 1 and len(set(values)) <= min(_FEW_INTEGERS, len(values) // 4):
            return _numbered(values)
    step = gcd(*(value - low for value in values))
    return [Form.INTEGERS, low, step, write_vector([(value - low) // step for value in values])]


def _numbered(values: Sequence[int]) -> list[Any]:
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return [Form.WORDS, list(numbers), write_vector([numbers[value] for value in values])]


def _checked(number: int, place: str) -> int:
    checked: int = to_wire("value", number, place)
    return checked


def _floats(values: list[float], place: str) -> list[Any]:
    if all(v.is_integer() and abs(v) < _EXACT and (v or copysign(1, v) > 0) for v in values):
        return [Form.WHOLE, _integers([int(value) for value in values], place)]
    bits = array("Q", array("d", values).tobytes())
    return [Form.NUMBERS, _integers(bits, place)]


def _times(values: list[datetime], place: str) -> list[Any]:
    if {value.tzinfo for value in values} == {UTC}:  # nearly always
        return [
            Form.TIMES,
            [Form.SAME, 0],
            _integers([(v - EPOCH_UTC) // MICROSECOND for v in values]),
        ]
    walls = [wall(value, place) for value in values]
    offsets = _column(Leaf(), [offset for _, offset in walls], place)
    return [Form.TIMES, offsets, _integers([microseconds for microseconds, _ in walls], place)]


def _days(values: list[date], place: str) -> list[Any]:
    return [Form.DAYS, _integers([value.toordinal() - EPOCH_DAY for value in values], place)]


def _spans(values: list[timedelta], place: str) -> list[Any]:
    for value in values:
        to_wire("value", value, place)
    return [Form.SPANS, _integers([value // MICROSECOND for value in values], place)]


_WRITERS: dict[type, Any] = {
    str: _texts,
    int: _integers,
    float: _floats,
    bool: lambda values, _place: [Form.TRUTHS, write_bits(values)],
    datetime: _times,
    date: _days,
    timedelta: _spans,
}
