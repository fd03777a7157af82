"""Values to columns: values of one field side by side, each column in the form that fits it.

docs/spec/pack.md lists the forms. Which one a column takes is the writer's choice and may change;
what each form means may not.

A value costs as much as a call of Python here, so nothing is done value by value that `map`, `set`
or `array` do for a whole column at once.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from datetime import UTC, datetime
from itertools import chain, count
from operator import attrgetter, le, sub
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET

from anonkit.errors import PackError
from anonkit.pack.forms import ABSENT, IS_NULL, PRESENT, Form
from anonkit.pack.given import columns_of
from anonkit.pack.schema import Leaf, Listing, Object
from anonkit.pack.values import (
    HIGHEST,
    LOWEST,
    TOKEN_BYTES,
    check_text,
    seconds_of,
    to_scalar,
    to_wire,
    tokens_bytes,
)
from anonkit.pack.vectors import looked_up, write_vector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from anonkit.pack.schema import Node, Wire

# A dictionary pays while entries return; beyond three of four they are written one after another.
_FEW = 0.75
# What MessagePack says as it is, without a look at each value.
_AS_THEY_ARE = frozenset({bool, float})
_KEYS = frozenset({str, bytes})
_NOTHING = frozenset({type(None), type(UNSET)})
_TOKEN_SIZES = frozenset(TOKEN_BYTES)
_ZONE = attrgetter("tzinfo")


def classes_of(values: Iterable[Any]) -> set[type]:
    """Return the classes of some values."""
    return set(map(type, values))


def numbered(values: Sequence[Any]) -> tuple[list[Any], Sequence[int]]:
    """Return the different values, in order of appearance, and the number of each one's entry."""
    # Most fields of one installation's week are one value: counting it takes a tenth of numbering.
    if values and values[0] == values[len(values) // 2] == values[-1]:
        first = values[0]
        if values.count(first) == len(values):
            return [first], bytes(len(values))
    numbers: defaultdict[Any, int] = defaultdict(count().__next__)
    codes = looked_up(numbers, values)
    return list(numbers), codes


def write_column(node: Node, values: Sequence[Any], place: str, none: int = IS_NULL) -> list[Any]:
    """Return a column, first telling what is there from what is null or absent.

    Args:
        node: What the values are.
        values: The values; UNSET for absent.
        place: Where they stand, for messages.
        none: What None stands for: `IS_NULL`, or `ABSENT` as in rows.

    Raises:
        PackError: A value is not what the node says.
    """
    if values and isinstance(node, Leaf):
        quick = _QUICK.get((node.wire, values[0].__class__))
        column = quick(values, place) if quick is not None else None
        if column is not None:
            return column
    classes = classes_of(values)
    if not classes & _NOTHING:
        return _present(node, values, classes, place)
    states = [ABSENT if v is UNSET else none if v is None else PRESENT for v in values]
    there = [value for value, state in zip(values, states, strict=True) if state == PRESENT]
    if not there and IS_NULL not in states:
        return [Form.NONE]
    inner = write_column(node, there, place) if there else [Form.NONE]
    return [Form.SOME, write_vector(states, ABSENT), inner]


def _present(node: Node, values: Sequence[Any], classes: set[type], place: str) -> list[Any]:
    match node:
        case Leaf("value"):
            return _each(values, classes, place)
        case Leaf(wire):
            return _raw(wire, values, classes, place)
        case Listing(item):
            if classes - {list}:
                raise PackError(place, "not a list")
            items = list(chain.from_iterable(values))
            lengths = write_integers(list(map(len, values)))
            return [Form.LIST, lengths, write_column(item, items, f"{place}[]")]
        case Object():
            if classes - {dict}:
                raise PackError(place, "not an object")
            objects = list(values)
            columns = columns_of(node, objects, place, 0)
            fields = dict(zip(node.fields, columns, strict=True))
            return write_objects(node, objects, fields, place)
    raise AssertionError(node)  # pragma: no cover - a schema with an unknown node has no id


def write_objects(
    node: Object,
    objects: list[Any],
    fields: dict[str, Sequence[Any]],
    place: str,
    *,
    elsewhere: frozenset[str] = frozenset(),
    none: int = IS_NULL,
) -> list[Any]:
    """Return the columns of objects.

    Args:
        node: What they are.
        objects: The objects.
        fields: The values of those that are written here, by name.
        place: Where they stand, for messages.
        elsewhere: Names that are no surprise, and not written here.
        none: As for `write_column`.

    Raises:
        PackError: A value is not what the node says.
    """
    columns = [
        write_column(node.fields[name], values, f"{place}.{name}", none)
        for name, values in fields.items()
    ]
    if node.rest is None:
        return [Form.OBJECT, *columns]
    declared = node.fields.keys() | elsewhere
    others = [
        [(name, part) for name, part in value.items() if name not in declared] for value in objects
    ]
    names = [name for other in others for name, _ in other]
    parts = [part for other in others for _, part in other]
    check_names(names, f"{place}.*~")
    return [
        Form.OPEN_OBJECT,
        write_integers([len(other) for other in others]),
        write_column(Leaf(node.names), names, f"{place}.*~"),
        write_column(node.rest, parts, f"{place}.*"),
        *columns,
    ]


def check_names(names: Sequence[Any], place: str) -> None:
    """Refuse names that are not text, or the bytes of a token.

    Raises:
        PackError: One is not.
    """
    if classes_of(names) - _KEYS:
        raise PackError(place, "a name is text")


def _each(values: Sequence[Any], classes: set[type], place: str) -> list[Any]:
    """Write single values one by one, as what has no form of its own is."""
    if not classes <= _AS_THEY_ARE:
        values = [to_scalar(to_wire("value", value, place), place) for value in values]
    return [Form.EACH, values] if classes else [Form.NONE]  # the items of lists that are all empty


def _raw(wire: Wire, values: Sequence[Any], classes: set[type], place: str) -> list[Any]:
    """Write tokens or addresses: each different one once, as raw bytes."""
    try:
        # The same token may come as text from one record and as bytes from another.
        given = values if len(classes) == 1 else [to_wire(wire, value, place) for value in values]
        entries, codes = numbered(given)
    except TypeError:
        entries = []
    if not entries:
        if not values:
            return [Form.NONE]
        raise PackError(place, f"not {'a token' if wire == 'token' else 'an address'}")
    entries = [to_wire(wire, entry, place) for entry in entries]
    sizes = {len(entry) if entry.__class__ is bytes else 0 for entry in entries}
    if len(sizes) == 1 and 0 not in sizes:
        return _of_one_size(b"".join(entries), len(entries), codes)
    if len(entries) == 1:
        return [Form.SAME, entries[0]]
    if len(entries) == len(values):
        return [Form.EACH, entries]
    return [Form.WORDS, entries, write_vector(codes, len(entries) - 1)]


def _tokens(values: Sequence[Any], _place: str) -> list[Any] | None:
    """Write tokens of one length that all come as text; None when they are not that."""
    try:
        entries, codes = numbered(values)
        blob = tokens_bytes(entries) if classes_of(entries) == {str} else None
    except TypeError:
        return None
    return None if blob is None else _of_one_size(blob, len(entries), codes)


def _raw_tokens(values: Sequence[Any], _place: str) -> list[Any] | None:
    """Write tokens of one length that all come as bytes; None when they are not that."""
    try:
        entries, codes = numbered(values)
        sizes = set(map(len, entries))
    except TypeError:
        return None
    if len(sizes) > 1 or not sizes <= _TOKEN_SIZES or classes_of(entries) != {bytes}:
        return None
    return _of_one_size(b"".join(entries), len(entries), codes)


def _of_one_size(blob: bytes, count: int, codes: Sequence[int]) -> list[Any]:
    """Write so many tokens or addresses of one size, and which of them stands where."""
    if count == 1:
        return [Form.SAME, blob]
    vector = write_vector(codes, count - 1) if count < len(codes) else None
    return [Form.BYTES, len(blob) // count, blob, vector]


def _texts(values: Sequence[Any], place: str) -> list[Any] | None:
    """Write texts; None when other values are among them.

    Looking at each different value is enough: what is no text equals none.
    """
    try:
        entries, codes = numbered(values)
        whole = "".join(entries)
    except TypeError:
        return None
    if classes_of(entries) != {str}:
        return None
    check_text(whole, place)
    if len(entries) == 1:
        return [Form.SAME, entries[0]]
    if len(entries) <= _FEW * len(values):
        return [Form.WORDS, entries, write_vector(codes, len(entries) - 1)]
    return [Form.EACH, values]


def _times(values: Sequence[Any], _place: str) -> list[Any] | None:
    """Write times in UTC; None when one has another zone or parts of a second, or is none."""
    try:
        planes = seconds_of(values) if set(map(_ZONE, values)) == {UTC} else None
    except (AttributeError, TypeError):  # of what is no time
        planes = None
    if planes is None:
        return None
    size = len(values)
    same = planes == b"".join([planes[at : at + 1] * size for at in range(0, 4 * size, size)])
    return [Form.SAME, values[0]] if same else [Form.TIMES, planes]


def _all_are(kind: type, values: Sequence[Any]) -> bool:
    """Tell whether all values are of one class, in half of the time of `classes_of`."""
    return list(map(type, values)).count(kind) == len(values)


def _flags(values: Sequence[Any], _place: str) -> list[Any] | None:
    """Write truth values; None when other values are among them."""
    if not _all_are(bool, values):
        return None
    return [Form.SAME, values[0]] if all(values) is any(values) else [Form.EACH, values]


def _integers(values: Sequence[Any], place: str) -> list[Any] | None:
    """Write integers; None when other values are among them."""
    return write_integers(values, place) if _all_are(int, values) else None


def write_integers(values: Sequence[int], place: str = "", *, flat: bool = False) -> list[Any]:
    """Return integers as one, as bytes, as differences, or one by one.

    Args:
        values: The integers.
        place: Where they stand, for messages.
        flat: Whether differences are out of the question, as for differences.

    Raises:
        PackError: One has more than 64 bits.
    """
    if not values:
        return [Form.NONE]
    try:
        small = bytes(values)
    except (ValueError, OverflowError):
        pass
    else:
        same = small.count(small[0]) == len(small)
        return [Form.SAME, small[0]] if same else [Form.INTEGERS, small]
    try:
        array("q", values)  # in half of the time that `min` and `max` take
    except OverflowError:
        if min(values) < LOWEST or max(values) > HIGHEST:
            raise PackError(place, "an integer of more than 64 bits") from None
    first, last = values[0], values[-1]
    if first == last and values.count(first) == len(values):
        return [Form.SAME, first]
    # Most columns go down somewhere near their beginning, and are not looked at to their end.
    if not flat and last - first <= HIGHEST and all(map(le, values, values[1:])):
        jumps = list(map(sub, values[1:], values))
        return [Form.RUNNING, first, write_integers(jumps, flat=True)]
    return [Form.EACH, values]


# What writes most columns, by wire and the class of the first value, without a look at the classes
# of all: each gives up when others are among them.
_QUICK: Final[dict[tuple[Wire, type], Callable[[Sequence[Any], str], list[Any] | None]]] = {
    ("value", str): _texts,
    ("value", int): _integers,
    ("value", bool): _flags,
    ("value", datetime): _times,
    ("token", str): _tokens,
    ("token", bytes): _raw_tokens,
}
