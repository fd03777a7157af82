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
# What begins a formula, the wide forms in Japanese and Chinese ones.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def ndjson(packs: Iterable[Pack]) -> Iterator[bytes]:
    """Yield each record as one line of JSON; times as RFC 3339 and spans as ISO 8601 have them."""
    for pack in packs:
        for record in pack.records:
            yield _JSON.encode(record) + b"\n"


def csv_rows(packs: Iterable[Pack]) -> Iterator[str]:
    """Yield a heading and then each record as one line of CSV (RFC 4180).

    The columns are `type` and the fields of all record types of all schemas, `user.email` for
    parts of objects. What is absent or null is empty; lists, and objects with `*`, are JSON. Text
    that a spreadsheet would run has an apostrophe before it: NDJSON and Parquet have it as it is.
    """
    read = list(packs)
    columns = dict.fromkeys(
        path
        for pack in read
        for name, node in pack.schema.records.items()
        for path in ([] if name == UNTYPED else [(TYPE,)]) + _paths(node, ())
    )
    yield _line(_inert(".".join(path)) for path in columns)
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
    return _inert(plain) if plain.__class__ is str else _JSON.encode(plain).decode()


def _inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


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
        untyped = UNTYPED in pack.schema.records  # then `type` is a field, and may be anything
        for record in pack.records:
            name = UNTYPED if untyped else record[TYPE]
            by_type.setdefault(name, []).append(record)
    made = {}
    for name, records in by_type.items():
        fields = dict.fromkeys(field for record in records for field in record)
        columns = {}
        for field in fields:
            try:
                columns[field] = pa.array([record.get(field) for record in records])
            except (pa.ArrowException, OverflowError, TypeError, ValueError):
                break
        if len(columns) < len(fields):
            place = list(fields)[len(columns)]
            raise PackError(f"{name}.{place}", "has values that no one Arrow type holds")
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
    from pyarrow import ArrowException
    from pyarrow.parquet import write_table

    from anonkit.files import whole_file

    made = tables(packs)
    if not all(letter.isalnum() or letter in "_-" for letter in "".join(made)):
        raise PackError("record", "of a type that cannot name a file")
    if len(set(map(str.casefold, made))) < len(made):  # one would replace the other on some disks
        raise PackError("record", "of types that differ in upper and lower case alone")
    folder.mkdir(exist_ok=True)
    written = []
    for name, table in made.items():
        path = folder / f"{name or 'records'}.parquet"
        try:
            with whole_file(path) as file:
                write_table(table, file)
        except ArrowException:
            continue
        written.append(path)
    if len(written) < len(made):
        raise PackError("record", "has a field that Parquet cannot hold, such as an empty object")
    return written
