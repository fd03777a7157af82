"""Columns to records: what `column_writer` wrote, checked before anything is made of it."""

from __future__ import annotations

from array import array
from datetime import timedelta
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from anonkit.errors import PackError
from anonkit.pack.column_writer import ABSENT, IS_NULL, PRESENT, Form
from anonkit.pack.schema import TYPE, UNTYPED, Leaf, Listing, Object
from anonkit.pack.values import HIGHEST, LOWEST, from_scalar, from_wire, to_day, to_time
from anonkit.pack.vectors import read_bits, read_vector

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anonkit.pack.limits import Budget
    from anonkit.pack.schema import Node, Schema, Wire

_INTEGERS = frozenset({Form.SAME, Form.INTEGERS, Form.RUNNING, Form.WORDS})
_JUMPS = _INTEGERS - {Form.RUNNING}
_SINGLE = frozenset(Form) - {
    Form.NONE, Form.SOME, Form.MIXED, Form.AFTER, Form.LIST, Form.OBJECT, Form.OPEN_OBJECT
}  # fmt: skip
# What a field may be on top, before nulls and absences are told apart, and below.
_LEAF = _SINGLE | {Form.MIXED}
_ANY_LEAF = _LEAF | {Form.NONE, Form.SOME}
# Columns whose items may be absent.
_LACKING = frozenset({Form.NONE, Form.SOME, Form.AFTER})


class ColumnReader:
    """Reads the body of one pack in columns.

    Args:
        schema: What the records are.
        budget: Where values count.

    Attributes:
        unknown_records: How many records are of types that the schema does not have.
        unknown_fields: The fields that it does not have, by place and position.
    """

    def __init__(self, schema: Schema, budget: Budget) -> None:
        self._schema = schema
        self._budget = budget
        self.unknown_records = 0
        self.unknown_fields: set[tuple[str, int | str]] = set()

    def read(self, body: Any, count: int) -> list[dict[str, Any]]:
        """Return the records.

        Raises:
            PackError: The body is not as the format says, or asks for too much.
        """
        if body.__class__ is not list or len(body) != 3:  # noqa: PLR2004 - kinds, shared, groups
            raise PackError("body", "not kinds, shared columns and groups")
        kinds = self._integers(body[0], count, "kinds", lowest=0)
        rows: dict[int, list[int]] = {}
        for row, kind in enumerate(kinds):
            rows.setdefault(kind, []).append(row)
        numbered = sorted(rows)
        groups = body[2]
        heads = [_head(group) for group in groups] if groups.__class__ is list else None
        if heads != numbered or any(len(group) != 2 for group in groups):  # noqa: PLR2004
            raise PackError("groups", "not one for each record type, in order")
        names = dict(enumerate(self._schema.records))
        shared = self._shared(body[1], kinds, numbered, names)
        records: list[dict[str, Any] | None] = [None] * count
        for kind, column in groups:
            if kind not in names:
                self.unknown_records += len(rows[kind])
                continue
            made = self._group(names[kind], column, rows[kind], shared.get(kind, {}))
            for row, record in zip(rows[kind], made, strict=True):
                records[row] = record
        return [record for record in records if record is not None]

    def _group(
        self, name: str, column: Any, rows: list[int], shared: dict[str, list[Any]]
    ) -> list[dict[str, Any]]:
        """Return the records of one type, their fields in the order of the schema."""
        node = self._schema.records[name]
        self._budget.take(len(rows))
        ahead: dict[str, list[Any] | None] = {
            field: [shared[field][row] for row in rows] if field in shared else None
            for field in node.fields
        }
        head = {} if name == UNTYPED else {TYPE: name}
        return self._objects(node, column, len(rows), name, ahead=ahead, head=head)

    def _shared(
        self, columns: Any, kinds: Sequence[int], numbered: list[int], names: dict[int, str]
    ) -> dict[int, dict[str, list[Any]]]:
        """Return the columns that span several types: by type, then by name, at every row."""
        found: dict[int, dict[str, list[Any]]] = {kind: {} for kind in numbered}
        spread: list[list[Any]] = []
        for entry in columns if columns.__class__ is list else [None]:
            if entry.__class__ is not list or len(entry) != 3:  # noqa: PLR2004 - name, types, column
                raise PackError("shared", "not a name, its types and a column")
            name, mask, column = entry
            place = "shared"
            flags = read_bits(mask, len(numbered), place)
            having = {kind for kind, flag in zip(numbered, flags, strict=True) if flag}
            if name.__class__ is not str or any(name in found[kind] for kind in having):
                raise PackError(place, "a name that is no text, or is there twice")
            rows = [row for row, kind in enumerate(kinds) if kind in having]
            fields = {kind: self._field(names, kind, name) for kind in having}
            self.unknown_fields |= {
                (names[kind], name) for kind in having & names.keys() if fields[kind] is None
            }
            leaves = set(fields.values()) - {None}
            if len(leaves) > 1 or not all(isinstance(leaf, Leaf) for leaf in leaves):
                raise PackError(place, "types that do not agree on a field")
            values: list[Any] = [UNSET] * len(kinds)
            self._budget.take(len(kinds))
            reader = self._reader(leaves.pop() if leaves else None, f"*.{name}")
            if _head(column) == Form.AFTER:
                part = self._after(column, rows, spread, reader, f"*.{name}")
            else:
                part = reader(column, len(rows))
            for row, value in zip(rows, part, strict=True):
                values[row] = value
            spread.append(values)
            for kind in having:
                found[kind][name] = values
        return found

    def _field(self, names: dict[int, str], kind: int, name: str) -> Node | None:
        return self._schema.records[names[kind]].fields.get(name) if kind in names else None

    def _reader(self, leaf: Node | None, place: str) -> Callable[[Any, int], list[Any]]:
        """Return what reads a shared column; one that no type here knows may still lead others."""
        if leaf is not None:
            return lambda column, count: self._column(leaf, column, count, place)

        def keys(column: Any, count: int) -> list[Any]:
            self._budget.take(count)
            if _head(column) in (Form.SAME, Form.WORDS, Form.BYTES):
                return self._raw(None, column, count, place)
            if _head(column) == Form.TEXTS:
                return self._texts(column, count, place)
            return [None] * count

        return keys

    def _after(
        self,
        column: list[Any],
        rows: list[int],
        spread: list[list[Any]],
        reader: Callable[[Any, int], list[Any]],
        place: str,
    ) -> list[Any]:
        """Return values that are written only where they differ from the last beside a leader."""
        _, leader, mask, inner = _parts(column, 4, place)
        if leader.__class__ is not int or not 0 <= leader < len(spread):
            raise PackError(place, "follows a column that is not there")
        leading = spread[leader]
        bits = read_bits(mask, len(rows), place)
        changed = iter(reader(inner, sum(bits)))
        last: dict[Any, Any] = {}
        values = []
        for row, bit in zip(rows, bits, strict=True):
            key = leading[row]
            if key.__class__ not in (str, bytes) or not (bit or key in last):
                raise PackError(place, "follows what no column says")
            if bit:
                last[key] = next(changed)
            values.append(last[key])
        return values

    def _column(self, node: Node, column: Any, count: int, place: str) -> list[Any]:
        """Return the values of a column: UNSET for absent, None for null."""
        self._budget.take(count)
        form = _head(column)
        if form == Form.NONE:
            _parts(column, 1, place)
            return [UNSET] * count
        if form != Form.SOME:
            return self._present(node, column, count, place)
        _, vector, inner = _parts(column, 3, place)
        states = read_vector(vector, count, place)
        there = iter(
            self._present(node, inner, states.count(PRESENT), place)
            if _head(inner) != Form.NONE or PRESENT in states
            else []
        )
        if max(states, default=0) > ABSENT or not any(states):
            raise PackError(place, "a state that there is not")
        gone = {IS_NULL: None, ABSENT: UNSET}
        return [gone[state] if state else next(there) for state in states]

    def _present(self, node: Node, column: Any, count: int, place: str) -> list[Any]:
        form = _head(column)
        match node:
            case Leaf("value") if form in _LEAF:
                return self._single(column, count, place)
            case Leaf(wire) if form in _SINGLE:
                return self._raw(wire, column, count, place)
            case Listing(item) if form == Form.LIST:
                _, lengths, inner = _parts(column, 3, place)
                sizes = self._integers(lengths, count, place, lowest=0)
                items = self._column(item, inner, sum(sizes), f"{place}[]")
                if _head(inner) in _LACKING and UNSET in items:
                    raise PackError(place, "an item that is absent")
                return _cut(items, sizes)
            case Object():
                return self._objects(node, column, count, place)
        raise PackError(place, "a column of the wrong form")

    def _objects(
        self,
        node: Object,
        column: Any,
        count: int,
        place: str,
        *,
        ahead: dict[str, list[Any] | None] | None = None,
        head: dict[str, str] | None = None,
    ) -> list[dict[str, Any]]:
        """Return objects; `ahead` has columns that are read already, `head` what all begin with."""
        form = _head(column)
        if form != (Form.OBJECT if node.rest is None else Form.OPEN_OBJECT):
            raise PackError(place, "a column of the wrong form")
        fixed = 1 if node.rest is None else 4
        if len(column) < fixed:
            raise PackError(place, "a column of the wrong form")
        columns = iter(column[fixed:])
        made: list[dict[str, Any]] = [dict(head or {}) for _ in range(count)]
        for name, below in node.fields.items():
            values = (ahead or {}).get(name)
            if values is None:
                inner = next(columns, None)
                if inner is None or _skipped(below, inner):
                    self._note(place, name, inner)
                    continue
                values = self._column(below, inner, count, f"{place}.{name}")
            for record, value in zip(made, values, strict=True):
                if value is not UNSET:
                    record[name] = value
        for position, inner in enumerate(columns):
            if _head(inner) != Form.NONE:
                self.unknown_fields.add((place, position))
        if node.rest is not None:
            self._rest(node, column, made, place)
        return made

    def _note(self, place: str, name: str, inner: Any) -> None:
        """Count a field of a kind that this version does not know."""
        if inner is not None and _head(inner) != Form.NONE:
            self.unknown_fields.add((place, name))

    def _rest(self, node: Object, column: Any, made: list[dict[str, Any]], place: str) -> None:
        """Put the parts that `*` speaks for into their objects."""
        sizes = self._integers(column[1], len(made), place, lowest=0)
        total = sum(sizes)
        names = self._column(Leaf(node.names), column[2], total, f"{place}.*~")
        if _skipped(node.rest, column[3]):
            self.unknown_fields.add((place, "*"))
            return
        parts = self._column(node.rest, column[3], total, f"{place}.*") if node.rest else []
        pairs = iter(zip(names, parts, strict=True))
        for record, size in zip(made, sizes, strict=True):
            for _ in range(size):
                name, part = next(pairs)
                if name.__class__ is not str or name in record or part is UNSET:
                    raise PackError(f"{place}.*~", "a name that is no text, or is there twice")
                if name in node.fields:
                    raise PackError(f"{place}.*~", "a name that is a field of its own")
                record[name] = part

    def _single(self, column: Any, count: int, place: str) -> list[Any]:
        """Return single values of any kind."""
        form = _head(column)
        if form == Form.MIXED:
            _, vector, columns = _parts(column, 3, place)
            tags = read_vector(vector, count, place)
            if columns.__class__ is not list or max(tags, default=0) >= len(columns):
                raise PackError(place, "a part that there is not")
            if any(_head(inner) not in _SINGLE for inner in columns):
                raise PackError(place, "a column of the wrong form")
            parts = [
                iter(self._single(inner, tags.count(tag), place))
                for tag, inner in enumerate(columns)
            ]
            return [next(parts[tag]) for tag in tags]
        if form in (Form.INTEGERS, Form.RUNNING):
            return list(self._integers(column, count, place))
        reader = self._READERS.get(form)
        if reader is None:
            raise PackError(place, "a column of the wrong form")
        values: list[Any] = reader(self, column, count, place)
        return values

    def _raw(self, wire: Wire | None, column: Any, count: int, place: str) -> list[Any]:
        """Return the texts of tokens or addresses, or entries as they are without a wire."""
        form = _head(column)
        codes: Any = None
        if form == Form.SAME:
            entries, codes = [_parts(column, 2, place)[1]], bytes(count)
        elif form == Form.WORDS:
            _, entries, vector = _parts(column, 3, place)
            codes = read_vector(vector, count, place)
        elif form == Form.BYTES:
            _, size, blob, vector = _parts(column, 4, place)
            if size.__class__ is not int or size < 1 or blob.__class__ is not bytes:
                raise PackError(place, "not bytes of one size")
            if len(blob) % size:
                raise PackError(place, "not bytes of one size")
            entries = [blob[start : start + size] for start in range(0, len(blob), size)]
            codes = range(count) if vector is None else read_vector(vector, count, place)
            if vector is None and len(entries) != count:
                raise PackError(place, "not as many entries as values")
        if codes is None or entries.__class__ is not list:
            raise PackError(place, "a column of the wrong form")
        self._budget.take(len(entries))
        if wire is None:
            texts = [entry if entry.__class__ in (str, bytes) else None for entry in entries]
        else:
            texts = [from_wire(wire, entry, place) for entry in entries]
        return _looked_up(texts, codes, place)

    def _same(self, column: Any, count: int, place: str) -> list[Any]:
        value = from_scalar(_parts(column, 2, place)[1], place)
        return [from_wire("value", value, place)] * count

    def _words(self, column: Any, count: int, place: str) -> list[Any]:
        _, entries, vector = _parts(column, 3, place)
        if entries.__class__ is not list or len({type(entry) for entry in entries}) != 1:
            raise PackError(place, "entries that are not of one kind")
        if entries[0].__class__ not in (str, int):
            raise PackError(place, "entries that are neither text nor integers")
        return _looked_up(entries, read_vector(vector, count, place), place)

    def _texts(self, column: Any, count: int, place: str) -> list[str]:
        _, lengths, blob = _parts(column, 3, place)
        sizes = self._integers(lengths, count, place, lowest=0)
        if blob.__class__ is not bytes or sum(sizes) != len(blob):
            raise PackError(place, "texts of the wrong length")
        try:
            return [
                blob[start:end].decode() for start, end in pairwise(accumulate(sizes, initial=0))
            ]
        except UnicodeDecodeError:
            pass
        raise PackError(place, "not valid UTF-8")

    def _integers(
        self, column: Any, count: int, place: str, *, lowest: int = LOWEST, running: bool = True
    ) -> Sequence[int]:
        """Return integers, each within its bounds."""
        form = _head(column)
        values: Sequence[Any]
        if not count and form == Form.NONE:
            values = []
        elif form not in (_INTEGERS if running else _JUMPS):
            raise PackError(place, "not a column of integers")
        elif form == Form.SAME:
            values = [_parts(column, 2, place)[1]] * count
        elif form == Form.WORDS:
            values = self._words(column, count, place)
        elif form == Form.INTEGERS:
            _, low, step, vector = _parts(column, 4, place)
            if low.__class__ is not int or step.__class__ is not int or step < 1:
                raise PackError(place, "not a column of integers")
            values = [low + step * code for code in read_vector(vector, count, place)]
        else:
            _, first, inner = _parts(column, 3, place)
            if first.__class__ is not int or not count:
                raise PackError(place, "not a column of integers")
            jumps = self._integers(inner, count - 1, place, running=False)
            values = list(accumulate(jumps, initial=first))
        if set(map(type, values)) - {int} or not (
            not values or (lowest <= min(values) and max(values) <= HIGHEST)
        ):
            raise PackError(place, "an integer out of bounds")
        return values

    def _numbers(self, column: Any, count: int, place: str) -> list[float]:
        bits = self._integers(_parts(column, 2, place)[1], count, place, lowest=0)
        return list(array("d", array("Q", bits).tobytes()))

    def _whole(self, column: Any, count: int, place: str) -> list[float]:
        integers = self._integers(_parts(column, 2, place)[1], count, place)
        return [float(integer) for integer in integers]

    def _truths(self, column: Any, count: int, place: str) -> list[bool]:
        return read_bits(_parts(column, 2, place)[1], count, place)

    def _times(self, column: Any, count: int, place: str) -> list[Any]:
        _, offsets, walls = _parts(column, 3, place)
        if _head(offsets) not in _ANY_LEAF:
            raise PackError(place, "a column of the wrong form")
        zones = self._column(Leaf(), offsets, count, place)
        if {type(zone) for zone in zones} - {int, type(None)}:
            raise PackError(place, "an offset that is no number of seconds")
        known: dict[tuple[int, int | None], Any] = {}
        times = []
        for moment in zip(self._integers(walls, count, place), zones, strict=True):
            time = known.get(moment)
            if time is None:
                time = known[moment] = to_time(*moment, place)
            times.append(time)
        return times

    def _days(self, column: Any, count: int, place: str) -> list[Any]:
        days = self._integers(_parts(column, 2, place)[1], count, place)
        return [to_day(day, place) for day in days]

    def _spans(self, column: Any, count: int, place: str) -> list[timedelta]:
        spans = self._integers(_parts(column, 2, place)[1], count, place)
        if max(spans, default=0) >= 1 << 63:
            raise PackError(place, "an integer out of bounds")
        return [timedelta(microseconds=span) for span in spans]

    _READERS: dict[int, Callable[[ColumnReader, Any, int, str], Any]] = {  # noqa: RUF012 - constant
        Form.SAME: _same,
        Form.WORDS: _words,
        Form.TEXTS: _texts,
        Form.NUMBERS: _numbers,
        Form.WHOLE: _whole,
        Form.TRUTHS: _truths,
        Form.TIMES: _times,
        Form.DAYS: _days,
        Form.SPANS: _spans,
    }


def _head(column: Any) -> Any:
    """Return the number that stands first in a column or group, or None where there is none."""
    head = column[0] if column.__class__ is list and column else None
    return head if head.__class__ is int else None


def _parts(column: list[Any], count: int, place: str) -> list[Any]:
    if len(column) != count:
        raise PackError(place, "a column of the wrong form")
    return column


def _skipped(node: Node | None, column: Any) -> bool:
    """Return whether a column can only be skipped: its field or its form is of a newer version."""
    head = _head(column)
    return head is not None and (not isinstance(node, Leaf | Listing | Object) or head >= len(Form))


def _cut(items: list[Any], sizes: Sequence[int]) -> list[list[Any]]:
    return [items[start:end] for start, end in pairwise(accumulate(sizes, initial=0))]


def _looked_up(entries: list[Any], codes: Sequence[int], place: str) -> list[Any]:
    if len(set(entries)) != len(entries) or max(codes, default=0) >= len(entries):
        raise PackError(place, "an entry that is there twice, or not at all")
    return [entries[code] for code in codes]
