"""Packs as NDJSON, CSV, Arrow and Parquet."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow.parquet
import pytest

from anonkit.errors import PackError
from anonkit.pack import Leaf, Listing, Object, Pack, Schema, pack, unpack
from anonkit.pack.export import csv_rows, ndjson, parquet, tables
from packs import ABOUT

if TYPE_CHECKING:
    from pathlib import Path

V = Leaf()
SCHEMA = Schema(
    {
        "login": Object({"at": V, "who": Object({"id": V, "city": V}), "tags": Object({}, V)}),
        "stop": Object({"at": V, "list": Listing(V), "took": V}),
    }
)
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
RECORDS: list[dict[str, Any]] = [
    {"type": "login", "at": AT, "who": {"id": 'a "quoted", one', "city": None}, "tags": {"n": 1}},
    {"type": "stop", "at": AT, "list": [1, 2], "took": timedelta(seconds=5)},
    {"type": "login", "who": {"id": "b"}},
]


def packed(records: list[dict[str, Any]], schema: Schema = SCHEMA) -> Pack:
    return unpack(pack(records, schema, ABOUT))


def test_ndjson() -> None:
    """Each record is one line of JSON, in order, over all packs."""
    lines = list(ndjson([packed(RECORDS), packed(RECORDS[:1])]))
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    read = [json.loads(line) for line in lines]
    assert read[1] == {"type": "stop", "at": "2026-11-22T09:00:00Z", "list": [1, 2], "took": "PT5S"}
    assert [record["type"] for record in read] == ["login", "stop", "login", "login"]


def test_csv() -> None:
    """One heading for all types; parts of objects have columns, what is open or a list is JSON."""
    text = "".join(csv_rows([packed(RECORDS)]))
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    assert head == ["type", "at", "who.id", "who.city", "tags", "list", "took"]
    assert rows == [
        ["login", "2026-11-22T09:00:00Z", 'a "quoted", one', "", '{"n":1}', "", ""],
        ["stop", "2026-11-22T09:00:00Z", "", "", "", "[1,2]", "PT5S"],
        ["login", "", "b", "", "", "", ""],
    ]
    untyped = Schema({"": Object({"x": V})})
    assert "".join(csv_rows([packed([{"x": 1}], untyped)])) == "x\r\n1\r\n"


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    """What a spreadsheet would run has an apostrophe before it, in values, types and headings."""
    schema = Schema({text: Object({text: V, "n": V})})
    head, row = csv.reader(
        io.StringIO("".join(csv_rows([packed([{"type": text, text: text, "n": -5}], schema)])))
    )
    assert head == ["type", f"'{text}", "n"]
    assert row == [f"'{text}", f"'{text}", "-5"]


def test_arrow() -> None:
    """Each record type is a table; what is absent is null there."""
    made = tables([packed(RECORDS), packed(RECORDS)])
    assert made.keys() == {"login", "stop"}
    assert made["login"].num_rows == 4
    assert made["login"].column("at").to_pylist() == [AT, None, AT, None]
    assert made["login"].column("who").to_pylist()[2] == RECORDS[0]["who"]
    with pytest.raises(PackError, match=r"stop\.took: has values that no one Arrow") as caught:
        tables([packed([{"type": "stop", "took": "secret"}, {"type": "stop", "took": 5}])])
    assert "secret" not in str(caught.value)


def test_parquet(tmp_path: Path) -> None:
    """Each record type becomes a file that other tools read; a type that is no name is refused."""
    written = parquet([packed(RECORDS)], tmp_path)
    assert [path.name for path in written] == ["login.parquet", "stop.parquet"]
    table = pyarrow.parquet.read_table(written[1])
    assert table.to_pylist() == [RECORDS[1]]
    untyped = Schema({"": Object({"x": V})})
    (path,) = parquet([packed([{"x": date(2026, 1, 1)}], untyped)], tmp_path)
    assert path.name == "records.parquet"
    odd = Schema({"../up": Object({"x": V})})
    with pytest.raises(PackError, match="cannot name a file"):
        parquet([packed([{"type": "../up", "x": 1}], odd)], tmp_path)
    twins = Schema({"Stop": Object({"x": V}), "stop": Object({"x": V})})
    with pytest.raises(PackError, match="upper and lower case"):
        parquet([packed([{"type": "Stop"}, {"type": "stop"}], twins)], tmp_path)
    empty = Schema({"e": Object({"o": Object({}), "x": V})})
    with pytest.raises(PackError, match="that Parquet cannot hold"):
        parquet([packed([{"type": "e", "o": {}, "x": 1}], empty)], tmp_path)
    assert not (tmp_path / "e.parquet").exists()
