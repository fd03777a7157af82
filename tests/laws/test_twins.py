"""Law 6: every fast path equals the slow, obvious one, byte for byte."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given, settings, strategies as st
from reference import Reference
from strategies import KEY, PERIOD, keyring, policies, records

from anonkit import Pipeline, Policy

EXAMPLES = settings(max_examples=150, deadline=None)


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
    return repr(value)


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
