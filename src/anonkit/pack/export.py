"""Packs to what analysts read: NDJSON, CSV, Arrow and Parquet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import msgspec

from anonkit.errors import PackError
from anonkit.pack.schema import TYPE, UNTYPED, Object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from anonkit.pack.batch import Pack

# pyarrow has no type hints; these names say what is meant.
Table = Any

_JSON = msgspec.json.Encoder()


def ndjson(packs: Iterable[Pack]) -> Iterator[bytes]:
    """Yield each record as one line of JSON; times as RFC 3339 and spans as ISO 8601 have them."""
    for pack in packs:
        for record in pack.records:
            yield _JSON.encode(record) + b"\n"


def csv_rows(packs: Iterable[Pack]) -> Iterator[str]:
    """Yield a heading and then each record as one line of CSV (RFC 4180).

    The columns are `type` and the fields of all record types of all schemas, `user.email` for
    parts of objects. What is absent or null is empty; lists, and objects with `*`, are JSON. Values
    are not made safe for spreadsheets, which run a cell that begins with `=`.
    """
    read = list(packs)
    columns = dict.fromkeys(
        path
        for pack in read
        for name, node in pack.schema.records.items()
        for path in ([] if name == UNTYPED else [(TYPE,)]) + _paths(node, ())
    )
    yield _line(".".join(path) for path in columns)
    for pack in read:
        for record in pack.records:
            yield _line(_cell(record, path) for path in columns)


def _paths(node: Object, prefix: tuple[str, ...]) -> list[tuple[str, ...]]:
    paths = []
    for name, below in node.fields.items():
        path = (*prefix, name)
        closed = isinstance(below, Object) and below.rest is None
        paths += _paths(below, path) if closed and isinstance(below, Object) else [path]
    return paths


def _cell(record: Any, path: tuple[str, ...]) -> str:
    value = record
    for name in path:
        value = value.get(name) if value.__class__ is dict else None
    if value is None:
        return ""
    plain = msgspec.to_builtins(value)
    return plain if plain.__class__ is str else _JSON.encode(plain).decode()


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    return out.getvalue()


def tables(packs: Iterable[Pack]) -> dict[str, Table]:
    """Return an Arrow table for each record type; absent is null there. Needs pyarrow.

    Raises:
        PackError: A field has values that no one Arrow type holds.
    """
    import pyarrow as pa

    by_type: dict[str, list[dict[str, Any]]] = {}
    for pack in packs:
        for record in pack.records:
            by_type.setdefault(record.get(TYPE, UNTYPED), []).append(record)
    made = {}
    for name, records in by_type.items():
        fields = dict.fromkeys(field for record in records for field in record)
        try:
            columns = {f: pa.array([record.get(f) for record in records]) for f in fields}
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            columns = None
        if columns is None:
            raise PackError(name, "has a field with values that no one Arrow type holds")
        made[name] = pa.table(columns)
    return made


def parquet(packs: Iterable[Pack], folder: Path) -> list[Path]:
    """Write a Parquet file for each record type into a folder, and return their paths.

    The folder is made if need be, once all packs are read.

    Raises:
        PackError: A field has values that no one Arrow type holds, or a record type cannot name a
            file.
        OSError: A file cannot be written; it does not appear then.
    """
    from pyarrow.parquet import write_table

    from anonkit.files import whole_file

    made = tables(packs)
    if not all(letter.isalnum() or letter in "_-" for letter in "".join(made)):
        raise PackError("record", "of a type that cannot name a file")
    folder.mkdir(exist_ok=True)
    written = []
    for name, table in made.items():
        path = folder / f"{name or 'records'}.parquet"
        with whole_file(path) as file:
            write_table(table, file)
        written.append(path)
    return written
