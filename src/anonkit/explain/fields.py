"""The fields of a line, read back by the parser that treats them.

A format needs no second reader that could see other fields than the first: each column gets a
treatment that writes its value down and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from anonkit.parse.column import Treatment
from anonkit.parse.formats import Binding
from anonkit.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anonkit.parse.formats import Format

# A line as its fields, in order; one path can come more than once, as in a list.
Fields = list[tuple[str, str]]


def reader(form: Format) -> Callable[[bytes], Fields]:
    """Return the function from a whole line to its fields; a line that is none has no fields."""
    if form.columns is None:
        return _of_json
    seen: Fields = []

    def treatment(column: str) -> Treatment:
        def note(value: Any) -> Any:
            seen.append((column, str(value)))
            return value

        return Treatment(step=note)

    treatments = {column: treatment(column) for column in form.columns}
    stream = form.open(Binding(treatments, Report(), 0, lambda _: None))

    def read(line: bytes) -> Fields:
        seen.clear()
        stream.feed(line if line.endswith(b"\n") else line + b"\n")
        # A line may be looked at twice, and is then written down twice.
        return list(dict.fromkeys(seen))

    return read


def _of_json(line: bytes) -> Fields:
    try:
        return list(_leaves(msgspec.json.decode(line), ""))
    except (msgspec.DecodeError, RecursionError):
        return []


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part, f"{path}[]")
    elif value is not None:
        yield path, value if isinstance(value, str) else msgspec.json.encode(value).decode()
