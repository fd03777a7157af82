"""Law 5: any way of splitting the input gives the same output, on any number of workers."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections import Counter
from typing import Any

import msgspec
from hypothesis import given, settings, strategies as st

from anonkit import Pipeline, Policy, Report
from anonkit.policy import Record
from anonkit.stages import keep, pseudonymize, truncate
from strategies import keyring, policies, records


def told(report: Report) -> dict[str, Any]:
    """Return all counts."""
    return report.as_dict()


@given(policies(), st.data(), st.sampled_from([0, 2, 4096]))
@settings(max_examples=80, deadline=None)
def test_order_and_batches_do_not_matter(policy: Policy, data: st.DataObject, cache: int) -> None:
    """Each record leaves alike in any order, alone or among others; counts add up."""
    stream = data.draw(st.lists(records(policy), min_size=1, max_size=6))
    stream += [msgspec.json.encode(record) for record in stream]
    order = data.draw(st.permutations(range(len(stream))))
    whole = Pipeline(policy, keys=keyring(), cache=cache)
    left = [repr(whole(record)) for record in stream]
    shuffled = Pipeline(policy, keys=keyring(), cache=cache)
    assert [repr(shuffled(stream[i])) for i in order] == [left[i] for i in order]
    assert told(shuffled.report) == told(whole.report)
    cut = data.draw(st.integers(0, len(stream)))
    together = Report()
    for part in (stream[:cut], stream[cut:]):
        worker = Pipeline(policy, keys=keyring(), cache=cache)
        assert [repr(worker(record)) for record in part] == left[: len(part)]
        left = left[len(part) :]
        together.add(worker.report.as_dict())
    assert told(together) == told(whole.report)


def test_skipped_content_is_judged_alike_before_and_after_undeclared_fields() -> None:
    """A record leaves alike whether or not an earlier one had undeclared fields."""
    policy = Policy("p", {"a": Record({"v": keep(), "o.x": keep()})})
    odd = b'{"type":"a","v":1,"junk":"\xff","more":1e999,"o":{"x":1,"y":1e999}}'
    plain = b'{"type":"a","v":1,"more":1}'
    one, other = Pipeline(policy), Pipeline(policy)
    assert [one.json(r) for r in (plain, odd, odd)] == [other.json(r) for r in (plain, odd, odd)]
    first = Pipeline(policy).json(odd)
    assert first == one.json(odd) == b'{"type":"a","v":1,"o":{"x":1}}'


def _busy() -> tuple[Policy, list[Any]]:
    policy = Policy(
        "p",
        {
            "a": Record({"user": pseudonymize("u"), "ip": truncate(), "tags.*": keep()}),
            "b": Record({"v": keep()}),
        },
    )
    stream: list[Any] = []
    for number in range(300):
        stream += [
            {"type": "a", "user": f"u{number % 40}", "ip": f"203.0.113.{number % 256}", "tags": {}},
            msgspec.json.encode({"type": "a", "user": number, "ip": "::1", "tags": {"k": number}}),
            {"type": "b", "v": number, "junk": 1},
            {"type": "b", "v": [number]},
            {"type": "nobody"},
            b"{",
            msgspec.json.encode({"type": "a", "user": "x", "ip": "no address"}),
        ]
    return policy, stream


def test_many_threads_give_the_same_and_count_exactly() -> None:
    """Eight threads on one pipeline give what one gives, and the report is exact."""
    policy, stream = _busy()
    alone = Pipeline(policy, keys=keyring())
    expected = Counter(repr(alone.json(record)) for record in stream * 8)
    shared = Pipeline(policy, keys=keyring(), cache=16)
    found: list[Counter[str]] = []
    begin = threading.Barrier(8)

    def work() -> None:
        begin.wait()
        found.append(Counter(repr(shared.json(record)) for record in stream))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert sum(found, Counter()) == expected
    assert told(shared.report) == told(alone.report)


def test_a_forked_child_gives_the_same_and_counts_on() -> None:
    """A fork gives what its parent gives, starts from its counts, and hangs on no lock."""
    policy, stream = _busy()
    pipeline = Pipeline(policy, keys=keyring())
    before = [pipeline.json(record) for record in stream]
    counted = pipeline.report.records_in
    reading, writing = os.pipe()
    # Another thread holds the lock while the process forks, as a busy parent does.
    pipeline.report._lock.acquire()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        status = 1
        signal.alarm(60)  # a child that hangs on a lock ends here, and the parent reads nothing
        try:
            after = [pipeline.json(record) for record in stream]
            result = after == before, pipeline.report.records_in
            os.write(writing, pickle.dumps(result))
            status = 0
        finally:
            os._exit(status)
    pipeline.report._lock.release()
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        assert pickle.load(answer) == (True, 2 * counted)  # noqa: S301 - our own child
    assert os.waitpid(child, 0)[1] == 0
    assert pipeline.report.records_in == counted
