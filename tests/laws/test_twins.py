"""Law 6: every fast path equals the slow, obvious one, byte for byte."""

# ruff: noqa: DTZ001, DTZ901 - times without a zone are cases

from __future__ import annotations

import itertools
import json
import re
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import example, given, settings, strategies as st

from anonkit import Pipeline, Policy
from anonkit.parse import jsonl
from anonkit.policy import Record, compiled
from anonkit.stages import drop, keep, pseudonymize, truncate
from events import City, Code, Level, Ping, Visit, pings, visits
from reference import Reference
from strategies import KEY, PERIOD, keyring, policies, records, texts, times

if TYPE_CHECKING:
    from anonkit import Event

EXAMPLES = settings(max_examples=100, deadline=None)


@st.composite
def streams(draw: st.DrawFn) -> tuple[Policy, list[Any]]:
    """Draw a policy and a stream for it, some records twice."""
    policy = draw(policies())
    stream = draw(st.lists(records(policy), min_size=1, max_size=5))
    return policy, [*stream, *draw(st.lists(st.sampled_from(stream), max_size=3))]


def slow(policy: Policy) -> Pipeline:
    """Return a pipeline that never compiles: `_careful` without a form is `Walk` alone."""
    return Pipeline(policy, keys=keyring(), cache=0)


def same(value: Any) -> Any:
    """Give a value back, as the dict form does."""
    return value


def exact(value: Any) -> str:
    """Return a text that differs when a type, a value or an order does."""
    digits = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)  # hypothesis draws integers of any length
    try:
        return repr(value)
    finally:
        sys.set_int_max_str_digits(digits)


@given(streams())
@EXAMPLES
def test_compiled_equals_walk(drawn: tuple[Policy, list[Any]]) -> None:
    """Compiled functions give what the walk gives, from dicts and JSON, in all three forms."""
    policy, stream = drawn
    for read in (same, msgspec.json.encode, lambda record: json.dumps(record).encode()):
        for cache in (0, 4, 4096):
            fast, walk = Pipeline(policy, keys=keyring(), cache=cache), slow(policy)
            for record in map(read, stream):
                expected = walk._careful(record, same, None, packed=False)
                assert exact(fast(record)) == exact(expected)
                assert fast.json(record) == walk._careful(
                    record, msgspec.json.encode, None, packed=False
                )
                assert fast.row(record) == walk._careful(
                    record, msgspec.msgpack.encode, None, packed=True
                )
            assert fast.report.as_dict() == walk.report.as_dict()


@given(streams())
@EXAMPLES
def test_walk_equals_a_second_implementation(drawn: tuple[Policy, list[Any]]) -> None:
    """An implementation from the documents alone gives the same dicts, rows and counts."""
    policy, stream = drawn
    # The document as text: what it does not say, the other side cannot know.
    document = json.loads(json.dumps(policy.document()))
    reference, packed = (Reference(document, KEY, PERIOD) for _ in range(2))
    pipeline, rows = (Pipeline(policy, keys=keyring()) for _ in range(2))
    for record in stream:
        assert exact(pipeline(record)) == exact(reference.run(record, packed=False))
        row = rows.row(msgspec.json.encode(record))
        expected = packed.run(record, packed=True)
        assert (row and msgspec.msgpack.decode(row, strict=False)) == (
            expected and msgspec.msgpack.decode(msgspec.msgpack.encode(expected), strict=False)
        )
    assert pipeline.report.as_dict() == reference.report()
    assert rows.report.as_dict() == packed.report()


@given(st.lists(st.one_of(visits, pings), min_size=1, max_size=4), st.sampled_from([0, 4, 4096]))
@settings(max_examples=40, deadline=None)
def test_an_event_its_dict_and_its_json_leave_alike(stream: list[Event], cache: int) -> None:
    """An event, the dict of its values and its JSON give the same, fast and slow."""
    pipelines = [Pipeline([Visit, Ping], keys=keyring(), cache=cache) for _ in range(3)]
    walk = Pipeline([Visit, Ping], keys=keyring(), cache=0)
    for event in [*stream, *stream]:
        expected = walk._careful(event, msgspec.json.encode, None, packed=False)
        row = walk._careful(event, msgspec.msgpack.encode, None, packed=True)
        values = {"type": type(event).__struct_config__.tag} | {
            field.encode_name: getattr(event, field.name) for field in msgspec.structs.fields(event)
        }
        given_as = (event, values, msgspec.json.encode(event))
        for pipeline, record in zip(pipelines, given_as, strict=True):
            assert pipeline.json(record) == expected
            assert pipeline.row(record) == row
            result = pipeline(record)
            assert (result and msgspec.json.encode(result)) == expected
    counts = walk.report.as_dict()
    for pipeline in pipelines:
        found = pipeline.report.as_dict()
        assert found["records"]["in"] * 2 == counts["records"]["in"] * 3
        assert found["records"]["out"] * 2 == counts["records"]["out"] * 3


def _policy_of_bytes() -> Policy:
    fields = {
        "v": keep(),
        "ip": truncate(),
        "gone": drop(),
        "user.id": pseudonymize(),
        "list[].n": keep(),
        "tags.*": keep(),
    }
    return Policy("bytes", {"a": Record(fields), "b": Record({"v": keep()})})


_pieces = st.sampled_from(
    [b'"', b"\\", b"\xff", b"\x00", b"{", b"}", b"[", b"]", b",", b":", b"null", b"1e999", b"-0",
     b"\\ud800", b"\\u0061", b"9" * 5000, b"1.0", b'"type":"b",', b'"type":[],', b'"x":1,',
     b'"\xff":1,', b'"v":2,', b'"gone":1e999,', b'"junk":"\xff",', b'"user":{"id":1,"id":"x"},',
     b'"user":{"id":1,"\xff":2},', b'"tags":{"a":1e999},', b" \t\n", b"[" * 400]
)  # fmt: skip
_WHOLE = (
    b'{"type":"a","v":1,"ip":"203.0.113.77","gone":1,'
    b'"user":{"id":"u"},"list":[{"n":1}],"tags":{"k":"v"}}'
)


@given(
    damage=st.lists(st.tuples(st.integers(0, len(_WHOLE)), _pieces), min_size=1, max_size=2)
    | st.lists(st.tuples(st.just(1), _pieces), min_size=1, max_size=3),
    warm=st.booleans(),
    lenient=st.booleans(),
)
@settings(max_examples=250, deadline=None)
@example(damage=[(1, b'"junk":"\xff",')], warm=True, lenient=True)
@example(damage=[(1, b'"\xff":1,')], warm=True, lenient=True)
@example(damage=[(1, b'"gone":1e999,')], warm=True, lenient=False)
@example(damage=[(1, b'"user":{"id":1,"\xff":2},')], warm=True, lenient=True)
def test_broken_json_meets_one_judgement(
    damage: list[tuple[int, bytes]], *, warm: bool, lenient: bool
) -> None:
    """Damaged JSON is judged alike by a new pipeline, a warm one and one that skips names."""
    record = _WHOLE
    for position, piece in damage:
        record = record[:position] + piece + record[position:]
    pipeline, walk = (Pipeline(_policy_of_bytes(), keys=keyring()) for _ in range(2))
    before = [_WHOLE] * warm + [_WHOLE.replace(b'"v"', b'"w":1,"v"')] * lenient
    for earlier in before:
        assert pipeline.json(earlier) == walk._careful(
            earlier, msgspec.json.encode, None, packed=False
        )
    for _ in range(2):
        expected = walk._careful(record, msgspec.json.encode, None, packed=False)
        assert pipeline.json(record) == expected
    assert pipeline.report.as_dict() == walk.report.as_dict()


_lines = st.sampled_from(
    [_WHOLE, _WHOLE.replace(b'"v"', b'"w":1,"v"'), _WHOLE.replace(b'"n"', b'"m":1,"n"'), b"", b"\r",
     b'{"type":"b","v":1}', b'{"type":"b","v":1,"w":2}\r', b'{"type":"b"}{"type":"b"}', b"[]", b'{"a":',
     b'{"type":"b","v":1e999}', b'{"type":"c"}', _WHOLE.replace(b"203.0.113.77", b"here"),
     *(b'{"type":"b","w%d":1}' % number for number in range(3))]
)  # fmt: skip


@given(
    stream=st.lists(_lines | _lines.map(lambda line: line * 2), max_size=12),
    end=st.sampled_from([b"", b"\n"]),
    size=st.sampled_from([1, 3, 32]),
    learned=st.sampled_from([1, 64]),
)
@settings(max_examples=200, deadline=None)
@example(stream=[b'{"type":"b","v":1}', b'{"type":', b'"b"}'], end=b"\n", size=32, learned=64)
@example(stream=[*[b'{"type":"b","v":1}'] * 5, *[_WHOLE] * 3], end=b"\n", size=3, learned=64)
@example(stream=[b'{"type":"b","v":1,"w0":1}'] * 5, end=b"\n", size=3, learned=64)
@example(stream=[b'{"type":"b","v":1,"w0":1}'] * 5, end=b"\n", size=3, learned=0)
def test_lines_together_leave_as_each_alone(
    stream: list[bytes], end: bytes, size: int, learned: int
) -> None:
    """Lines that are taken together leave, and are counted and withheld, as one by one."""
    data = b"\n".join([*stream, *stream]) + end
    withheld: list[tuple[int, bytes]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "_TOGETHER", size)
        patch.setattr(compiled, "MOST_LEARNED", learned)
        pipeline, walk = (Pipeline(_policy_of_bytes(), keys=keyring()) for _ in range(2))
        lines = pipeline.lines("jsonl", reject=lambda number, line: withheld.append((number, line)))
        out = lines.feed(data) + lines.finish()
    expected, refused = b"", []
    for number, line in enumerate(re.findall(b"[^\n]*\n|[^\n]+", data), 1):
        content, newline, _ = line.partition(b"\n")
        left = content
        if content not in (b"", b"\r"):
            left = walk._careful(content, msgspec.json.encode, None, packed=False)
        if left is None:
            refused.append((number, line))
        else:
            expected += left + newline
    assert out == expected
    assert withheld == refused
    assert pipeline.report.as_dict() == walk.report.as_dict()


class _Text(str):
    """Text with something else on board."""

    __slots__ = ("load",)


_odd_values = st.one_of(
    st.builds(_Text, texts),
    st.sampled_from(
        [Decimal(1), b"x", bytearray(b"x"), object(), Level.LOW, Code.BAD, 10**400, -(10**5000),
         float("nan"), float("inf"), 1j, (1, 2), {1, 2}, frozenset(), UUID(int=5), msgspec.UNSET,
         City("x"), {1: 2}, {None: 1}, {"a": {"b": object()}}, date(2024, 2, 29), time(1), range(3),
         datetime(1, 1, 1), datetime.max, timedelta.max, timedelta.min, "\ud800", type, len]
    ),
    times,
)  # fmt: skip


@given(policies(), st.data())
@settings(max_examples=100, deadline=None)
def test_any_python_value_meets_one_judgement(policy: Policy, data: st.DataObject) -> None:
    """Objects that no JSON holds are treated alike by compiled functions and the walk."""
    fast, walk = Pipeline(policy, keys=keyring()), slow(policy)
    stream = data.draw(st.lists(records(policy), min_size=1, max_size=3))
    places = st.lists(st.sampled_from([*range(12)]), min_size=1, max_size=3)
    odd = [_planted(record, data.draw(places), data.draw(_odd_values)) for record in stream]
    for record in [*stream, *odd, *odd]:
        expected = walk._careful(record, same, None, packed=False)
        assert exact(fast(record)) == exact(expected)
        for form, encode, packed in (
            (fast.json, msgspec.json.encode, False),
            (fast.row, msgspec.msgpack.encode, True),
        ):
            assert form(record) == walk._careful(record, encode, None, packed=packed)
    assert fast.report.as_dict() == walk.report.as_dict()


@given(st.one_of(visits, pings), st.data())
@settings(max_examples=100, deadline=None)
def test_any_value_of_an_event_meets_one_judgement(event: Event, data: st.DataObject) -> None:
    """An event with anything in its attributes, and the dict of them, are treated as the walk does."""
    names = [field.encode_name for field in msgspec.structs.fields(event)]
    name = data.draw(st.sampled_from(names))
    odd = data.draw(st.none() | _odd_values | st.just([None]) | st.just({"a": None}))
    changed = msgspec.structs.replace(event, **{name: odd})
    values = {"type": type(event).__struct_config__.tag} | msgspec.structs.asdict(changed)
    missing = {key: value for key, value in values.items() if key != name}
    fast, walk = (Pipeline([Visit, Ping], keys=keyring()) for _ in range(2))
    for record in (event, msgspec.json.encode(event), *[changed, values, missing] * 2):
        for form, encode, packed in (
            (fast, same, False),
            (fast.json, msgspec.json.encode, False),
            (fast.row, msgspec.msgpack.encode, True),
        ):
            expected = walk._careful(record, encode, None, packed=packed)
            assert exact(form(record)) == exact(expected)
    assert fast.report.as_dict() == walk.report.as_dict()


@given(policies(), st.data())
@EXAMPLES
def test_what_is_in_order_is_never_walked(policy: Policy, data: st.DataObject) -> None:
    """A record of which all leaves takes the fast way from the second of its kind on."""
    fast, walk = Pipeline(policy, keys=keyring()), slow(policy)
    forms = (fast, fast.json)  # a row has values that are rare and looked at again: lists, year 1
    for record in data.draw(st.lists(records(policy, wrong=False), min_size=1, max_size=4)):
        encoded = msgspec.json.encode(record)
        # No struct has a name with a quote in it.
        ways = (record,) if b'\\"' in encoded else (record, encoded)
        for form, way in itertools.product(forms, ways):
            form(way)
        if walk(record) is None or walk.report.drain()["omitted_fields"]:
            continue
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Pipeline, "_careful", None)
            for form, way in itertools.product(forms, ways):
                assert form(way) is not None


def _planted(value: Any, places: list[int], odd: Any) -> Any:
    """Return a record with one value replaced, wherever the numbers lead."""
    if not places or not isinstance(value, dict | list) or not value:
        return odd
    if isinstance(value, list):
        at = places[0] % len(value)
        return [_planted(v, places[1:], odd) if i == at else v for i, v in enumerate(value)]
    at = places[0] % len(value)
    return {
        k: _planted(v, places[1:], odd) if i == at and k != "type" else v
        for i, (k, v) in enumerate(value.items())
    }
