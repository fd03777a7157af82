"""The fields of a line, read back by the parser that treats them.

A format needs no second reader that could see other fields than the first: each column gets a
treatment that writes its value down and changes nothing.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import msgspec

from anonkit.parse.column import Treatment
from anonkit.parse.formats import Binding
from anonkit.parse.table import NAMED, SEPARATORS
from anonkit.policy.policy import Policy
from anonkit.records.event import escaped
from anonkit.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from anonkit.parse.formats import Format

# A line as its fields, in order; one path can come more than once, as in a list.
Fields = list[tuple[str, str]]


def reader(form: Format) -> Callable[[bytes], Fields]:
    """Return the function from a whole line to its fields; a line that is none has no fields.

    Lines come in order: some formats have a header.
    """
    if not form.record:
        return _of_json
    if form.named:
        return _of_table(form)
    # A format that can have any column is read by those that its preset knows.
    columns = form.columns or Policy.preset(form.preset).records[form.record].fields
    return _of_columns(form, columns, form.record)


def _of_columns(form: Format, columns: Iterable[str], record: str) -> Callable[[bytes], Fields]:
    seen: Fields = []

    def treatment(column: str) -> Treatment:
        def note(value: Any) -> Any:
            seen.append((column, str(value)))
            return value

        return Treatment(step=note)

    treatments = {column: treatment(column) for column in columns}
    stream = form.open(Binding(treatments, Report(), 0, lambda _: None, record=record))

    def read(line: bytes) -> Fields:
        seen.clear()
        stream.feed(line if line.endswith(b"\n") else line + b"\n")
        # A line may be looked at twice, and is then written down twice.
        return list(dict.fromkeys(seen))

    return read


def _of_table(form: Format) -> Callable[[bytes], Fields]:
    """Return the function for a table, whose first row says the names of its columns."""
    rows: list[Callable[[bytes], Fields]] = []

    def read(line: bytes) -> Fields:
        if not rows and line.strip():
            text = line.decode("utf-8-sig", "replace")
            separator = max(SEPARATORS.decode(), key=text.count)
            names = next(csv.reader([text], delimiter=separator))
            rows.append(_of_columns(form, map(escaped, names), NAMED))
        return rows[0](line) if rows else []

    return read


def _of_json(line: bytes) -> Fields:
    try:
        return list(_leaves(msgspec.json.decode(line), ""))
    except (msgspec.DecodeError, RecursionError):
        return []


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            step = escaped(name)
            yield from _leaves(part, f"{path}.{step}" if path else step)
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part, f"{path}[]")
    elif value is not None:
        yield path, value if isinstance(value, str) else msgspec.json.encode(value).decode()
