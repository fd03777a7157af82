"""unpack(pack(x)) = x, for whatever a pipeline lets out and whatever a schema can say."""

from __future__ import annotations

import json
import struct
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from anonkit import Pipeline
from anonkit.errors import PackError
from anonkit.pack import Schema, pack, unpack, unpack_stream
from anonkit.pack.batch import DEFAULT_LIMITS
from anonkit.pack.body_reader import BodyReader
from anonkit.pack.body_writer import write_columns
from anonkit.pack.frame import canonical
from anonkit.pack.given import FEW
from anonkit.pack.limits import Budget
from anonkit.pack.rows import RowReader, write_rows
from anonkit.pack.schema import TYPE, UNTYPED
from anonkit.policy import Policy
from anonkit.policy.packing import about, schema_of
from anonkit.stages import generalize, keep, pseudonymize, truncate
from events import Ping, Visit, pings, visits
from packs import ABOUT, exact, schemas_and_records
from strategies import keyring, policies, records

DAY = date(2026, 11, 22)
FIRST = datetime.min.replace(tzinfo=UTC)  # its day in Tokyo began before
LAST = datetime.max.replace(tzinfo=UTC)
EDGES = """
[record.a]
fields.kept = "keep"
fields.cut = { generalize = { unit = "1d", zone = "Asia/Tokyo" } }
fields."in[]" = "keep"
fields."by.*" = "keep"
"""


def both_layouts(schema: Schema, given_records: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the records after a way through rows and one through columns, without a frame."""
    positions = list(schema.records)
    untyped = UNTYPED in schema.records
    kinds = [0 if untyped else positions.index(record[TYPE]) for record in given_records]
    rows = RowReader(schema, Budget(1 << 20)).read(
        wired(write_rows(schema, kinds, given_records)), len(kinds)
    )
    columns = BodyReader(schema, Budget(1 << 20)).read(
        wired(write_columns(schema, kinds, given_records)), len(kinds)
    )
    return [rows, columns]


def wired(body: Any) -> Any:
    """Return a body as it is after MessagePack."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(body))


@given(st.data())
def test_what_a_schema_can_say_comes_back(data: st.DataObject) -> None:
    """Records of any schema come back equal in class, value and zone, from rows and columns."""
    schema, given_records = data.draw(schemas_and_records())
    for read in both_layouts(schema, given_records):
        assert exact(read) == exact(given_records)
    for embed in (True, False):
        packed = pack(given_records, schema, ABOUT, embed=embed)
        whole = unpack(packed, schemas=[schema])
        assert exact(whole.records) == exact(given_records)
        assert whole.schema == schema
        assert whole.header.count == len(given_records)
        assert (whole.unknown_records, whole.unknown_fields) == (0, 0)


@given(st.data())
def test_what_a_pipeline_lets_out_comes_back(data: st.DataObject) -> None:
    """For any policy, dicts of its pipeline come back equal; rows too, but for null and zone."""
    policy = data.draw(policies())
    raw = data.draw(st.lists(records(policy, wrong=False), max_size=6))
    pipeline = Pipeline(policy, keys=keyring())
    out = [record for record in map(pipeline, raw) if record is not None]
    schema = schema_of(policy)
    facts = about(policy, created=DAY, period=pipeline.period)
    assert exact(unpack(pack(out, schema, facts)).records) == exact(out)
    rows = [row for row in map(pipeline.row, raw) if row is not None]
    for times in (1, FEW + 1):  # of many rows no dicts are made
        assert texts(unpack(pack(rows * times, schema, facts)).records) == texts(out * times)


@given(st.lists(st.tuples(st.sampled_from([FIRST, LAST]), st.integers(-14, 14))))
def test_times_that_utc_has_no_year_for_leave_either_way(drawn: list[tuple[datetime, int]]) -> None:
    """The first and last hours there are leave as dict, JSON, row and pack, in any zone, kept or cut."""
    policy = Policy.from_toml(EDGES)
    times = [edge.replace(tzinfo=timezone(timedelta(hours=hours))) for edge, hours in drawn]
    raw = [
        {"type": "a", "kept": at, "cut": FIRST, "in": [at, at.year], "by": {"x": at}}
        for at in times
    ]
    pipeline = Pipeline(policy)
    out = [pipeline(record) for record in raw]
    assert None not in out
    lines = [pipeline.json(record) for record in raw]
    assert [json.loads(line or b"") for line in lines] == msgspec.to_builtins(out)
    schema, facts = schema_of(policy), about(policy, created=DAY, period=None)
    rows = [pipeline.row(record) for record in raw]
    for packed in (out, rows):
        read = unpack(pack(packed, schema, facts)).records
        assert texts(read) == texts(out)
    assert not pipeline.report.as_dict()["withheld"]


@given(st.lists(st.one_of(visits, pings), max_size=6))
def test_events_come_back(events: list[Any]) -> None:
    """Event classes with every kind of field come back equal, also when their times have zones."""
    pipeline = Pipeline([Visit, Ping], keys=keyring())
    out = [record for record in map(pipeline, events) if record is not None]
    schema = schema_of(pipeline.policy)
    packed = pack(out, schema, about(pipeline.policy, created=DAY, period=pipeline.period))
    assert exact(unpack(packed).records) == exact(out)
    rows = [row for row in map(pipeline.row, events) if row is not None]
    for times in (1, FEW + 1):
        packed = pack(
            rows * times, schema, about(pipeline.policy, created=DAY, period=pipeline.period)
        )
        assert texts(unpack(packed).records) == texts(out * times)


def test_plain_stages_come_back() -> None:
    """Records without a type, from a plain list of stages, come back without a type."""
    pipeline = Pipeline(
        [truncate("ip"), pseudonymize("user"), generalize("1h").on("at"), keep("n")],
        keys=keyring(),
    )
    raw = {"ip": "203.0.113.77", "user": "u", "at": "2026-11-22T10:11:12Z", "n": 5}
    out = [pipeline(raw), pipeline(raw | {"n": 7})]
    schema = schema_of(pipeline.policy)
    assert list(schema.records) == [UNTYPED]
    facts = about(pipeline.policy, created=DAY, period=pipeline.period)
    assert unpack(pack([r for r in out if r], schema, facts)).records == out
    row = pipeline.row(raw)
    assert row is not None
    assert unpack(pack([row], schema, facts)).records == [pipeline(raw)]


@given(st.data())
def test_any_cut_of_a_stream_gives_the_same(data: st.DataObject) -> None:
    """Packs one behind another come back whole however the stream is cut."""
    drawn = data.draw(st.lists(schemas_and_records(), max_size=3))
    stream = b"".join(pack(given_records, schema, ABOUT) for schema, given_records in drawn)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    read = list(unpack_stream(chunks))
    assert exact([p.records for p in read]) == exact([given_records for _, given_records in drawn])
    if stream:
        with pytest.raises(PackError, match="ends too early"):
            list(unpack_stream([stream[:-1]]))


@given(schemas_and_records(), st.sampled_from([1, 3, 19]))
def test_canonical_bytes_do_not_depend_on_compression(
    drawn: tuple[Schema, list[dict[str, Any]]], level: int
) -> None:
    """What is hashed or compared of a pack is the same at every level of compression."""
    schema, given_records = drawn
    layouts = {}
    for packed in (
        pack(given_records, schema, ABOUT),
        pack(given_records, schema, ABOUT, level=level),
    ):
        plain = canonical(packed, limits=DEFAULT_LIMITS)
        layouts.setdefault(plain[:60], plain)
        assert layouts[plain[:60]] == plain


def texts(value: Any) -> Any:
    """Return a value as far as rows of MessagePack keep it: times as text, null as absent."""
    match value:
        case dict():
            return {name: texts(part) for name, part in value.items() if part is not None}
        case list():
            return [texts(part) for part in value]
        case datetime() if value.tzinfo is not None:
            try:
                return value.astimezone(UTC)
            except OverflowError:  # it has no timestamp, and is text as in JSON
                return msgspec.to_builtins(value)
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return msgspec.to_builtins(value)
        case float():
            return struct.pack("<d", value)
    return value
