"""The fields of a line, read back by the parser that treats them.

A format needs no second reader that could see other fields than the first: each column gets a
treatment that writes its value down and changes nothing.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

import msgspec

from anonkit.parse.column import Treatment
from anonkit.parse.formats import OBJECT, ROW, Binding
from anonkit.parse.layout import EXTRA
from anonkit.parse.table import CLASSED, ROW_CLASSES, SEPARATORS
from anonkit.parse.w3c import plain_name
from anonkit.policy.policy import Policy
from anonkit.records.event import escaped
from anonkit.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from anonkit.parse.formats import Format

# What stands behind the columns of an access log: no policy can name it, and it never leaves.
FURTHER: Final = "(further)"
# The member of an object whose name is empty: no policy can name that either.
NAMELESS: Final = "(nameless)"
# Names of columns that a stream may say; no server has half as many fields.
MOST_COLUMNS: Final = 1000

# A line as its fields, in order; one path can come more than once, as in a list.
Fields = list[tuple[str, str]]


def reader(form: Format) -> Callable[[bytes], Fields]:
    """Return the function from a whole line to its fields; a line that is none has no fields.

    Lines come in order: some formats have a header.
    """
    if form.record in ("", OBJECT):
        return _of_json
    if form.named == ROW:
        return _of_table(form)
    if form.columns is None:
        return _of_w3c(form)
    return _of_columns(form, (*form.columns, EXTRA.name), form.record)


def class_reader(form: Format) -> Callable[[bytes], Fields]:
    """Return the function from a whole line to its values, each under the class that treats it.

    Where fields are treated by their own names, it gives none.
    """
    if form.record != CLASSED:
        return lambda _: []
    return _of_columns(form, ROW_CLASSES, form.record)


def _of_columns(form: Format, columns: Iterable[str], record: str) -> Callable[[bytes], Fields]:
    seen: Fields = []

    def treatment(column: str) -> Treatment:
        def note(value: Any) -> Any:
            seen.append((column or FURTHER, str(value)))
            return value

        return Treatment(step=note)

    treatments = {column: treatment(column) for column in columns}
    binding = Binding(treatments, Report(), 0, lambda _: None, lambda _: None, record=record)
    stream = form.open(binding)

    def read(line: bytes) -> Fields:
        seen.clear()
        stream.feed(line if line.endswith(b"\n") else line + b"\n")
        # A line may be looked at twice, and is then written down twice.
        return list(dict.fromkeys(seen))

    return read


def _of_w3c(form: Format) -> Callable[[bytes], Fields]:
    """Return the function for extended log files, whose directives say the names of columns."""
    known = dict.fromkeys(Policy.preset(form.preset).records[form.record].fields)
    readers = [_of_columns(form, known, form.record)]

    def read(line: bytes) -> Fields:
        if line.startswith(form.directive):
            told = line[len(form.directive) :].decode(errors="replace").split()
            new = dict.fromkeys(filter(None, map(plain_name, told))).keys() - known.keys()
            if new and len(known) < MOST_COLUMNS:
                known.update(dict.fromkeys(sorted(new)))
                readers[0] = _of_columns(form, known, form.record)
        return readers[0](line)

    return read


def _of_table(form: Format) -> Callable[[bytes], Fields]:
    """Return the function for a table, whose first row says the names of its columns."""
    rows: list[Callable[[bytes], Fields]] = []

    def read(line: bytes) -> Fields:
        if not rows and line.strip():
            text = line.decode("utf-8-sig", "replace")
            separator = max(SEPARATORS.decode(), key=text.count)
            names = next(csv.reader([text], delimiter=separator))
            rows.append(_of_columns(form, map(escaped, names), ROW))
        return rows[0](line) if rows else []

    return read


def _of_json(line: bytes) -> Fields:
    try:
        value = msgspec.json.decode(line)
        return list(_leaves(value, "")) if isinstance(value, dict) else []
    except (msgspec.DecodeError, RecursionError):
        return []


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            step = escaped(name) or NAMELESS
            yield from _leaves(part, f"{path}.{step}" if path else step)
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part, f"{path}[]")
    elif value is not None:
        yield path, value if isinstance(value, str) else msgspec.json.encode(value).decode()
