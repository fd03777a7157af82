"""Law 8: linear time and flat memory, shown by counting and never by a clock."""


# ruff: noqa: PERF401 - it says more than a list

from __future__ import annotations

import ast
import re
from pathlib import Path
from re import _constants as sre_constants, _parser as sre_parse
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import anonkit
from anonkit import Keyring, Pipeline, Policy
from anonkit.errors import PolicyError, Withheld
from anonkit.policy import Record
from anonkit.policy.plan import LONGEST_CACHED, Memo
from anonkit.stages import Stage, generalize, keep, pseudonymize, truncate
from anonkit.stages.pseudonymize import LONGEST_INTEGER, LONGEST_NORMALIZED
from strategies import keyring

if TYPE_CHECKING:
    from anonkit.stages.stage import Step

SOURCE = Path(anonkit.__file__).parent


@pytest.mark.parametrize("limit", [1, 4, 4096])
def test_a_memo_freezes_when_full(limit: int) -> None:
    """A cache keeps as many values as it may, and then no more, whatever comes."""
    calls: list[Any] = []

    def call(value: Any) -> Any:
        calls.append(value)
        return (value,)

    memo = Memo(call, limit)
    for value in [*range(limit + 100)] * 2:
        assert (memo.kept.get(value) or memo.miss(value)) == (value,)
    assert len(memo.kept) == limit
    assert len(calls) == limit + 200


def test_a_memo_keeps_no_long_text() -> None:
    """A text longer than the limit is worked out each time, so a cache has a size in bytes too."""
    memo = Memo(lambda value: value, 9)
    for value in ("x" * LONGEST_CACHED, "x" * (LONGEST_CACHED + 1), 5000):
        memo.miss(value)
    assert sorted(map(str, memo.kept)) == sorted(["x" * LONGEST_CACHED, "5000"])


def memos(pipeline: Pipeline) -> list[Memo]:
    """Return the caches of a pipeline."""
    records = [record for form in pipeline._forms for record in form._memos.values()]
    return [memo for record in records for memo in record.values()]


def test_caches_of_a_pipeline_are_bounded() -> None:
    """After more distinct values than it may remember, each cache holds exactly its limit."""
    policy = Policy("p", {"a": Record({"v": pseudonymize(), "ip": truncate(), "t.*": truncate()})})
    pipeline = Pipeline(policy, keys=keyring(), cache=8)
    for number in range(100):
        ip = f"203.0.{number}.1"
        pipeline.json({"type": "a", "v": number, "ip": ip, "t": {"k": ip}})
    sizes = {len(memo.kept) for memo in memos(pipeline)}
    assert 8 in sizes
    assert sizes <= {0, 8}


def test_without_a_cache_nothing_is_remembered() -> None:
    """`cache=0` makes no cache at all."""
    pipeline = Pipeline(Policy("p", {"a": Record({"v": pseudonymize()})}), keys=keyring(), cache=0)
    for value in ("x", "x"):
        pipeline.json({"type": "a", "v": value})
    assert memos(pipeline) == []


def test_a_report_grows_with_the_policy_and_not_with_the_input() -> None:
    """Names and values of the input are no keys of the report: its size is that of the policy."""
    pipeline = Pipeline(Policy("p", {"a": Record({"v": keep(), "m.*": keep()})}))
    sizes = set()
    for round_ in range(3):
        for number in range(200):
            name = f"n{round_}-{number}"
            for record in (
                {"type": name}, {"type": "a", "v": 1, name: 1}, {"type": "a", "v": [name]},
                {"type": "a", "v": 1, "m": {f"{name}!": 1}}, {"type": "a", "m": name}, name, b"{",
            ):  # fmt: skip
                pipeline(record)  # type: ignore[arg-type]
        report = pipeline.report
        sizes.add(
            (
                len(report._withheld),
                len(report._omitted),
                len(report._undeclared),
                len(report._passed),
            )
        )
    assert len(sizes) == 1


def test_what_watches_a_key_does_not_pile_up() -> None:
    """A thousand pipelines that came and went leave one watcher of the key at most."""
    keys = Keyring.generate()
    for _ in range(50):
        Pipeline([pseudonymize("v")], keys=keys)
    __import__("gc").collect()
    last = Pipeline([pseudonymize("v")], keys=keys)
    assert len(keys.periods[0]._watchers) == 1
    assert last.period == keys.periods[0].id


def _bound(stage: Stage) -> Step:
    policy = Policy("p", {"a": Record({"v": stage})})
    pipeline = Pipeline(policy, keys=keyring())
    leaf = pipeline._plans["a"].tree.children["v"].field
    assert leaf is not None
    return leaf.chain(packed=False)


LONG = 10_000_000
HOSTILE = {
    "digits": "1" * LONG,
    "dots": "." * LONG,
    "colons": ":" * LONG,
    "percent": "::1%" + "x" * LONG,
    "brackets": "[" * LONG,
    "commas": "1.2.3.4," * (LONG // 8),
    "spaces": " " * LONG,
    "version": "1." * (LONG // 2),
    "marks": "a" + "\u0301\u0323" * (LONG // 2),
}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "stage",
    [truncate(), generalize("1h"), generalize(parts=2), pseudonymize(canonical=("nfc",)),
     pseudonymize(canonical=("casefold", "nfc"))],
    ids=lambda stage: f"{stage.verb}",
)  # fmt: skip
def test_ten_megabytes_are_refused_whole(stage: Stage, text: str) -> None:
    """Stages that look into a text refuse one of ten megabytes; quadratic ones would not return."""
    if stage.verb == "generalize" and stage == generalize("1h"):
        left = Pipeline(Policy("p", {"a": Record({"v": stage})}))({"type": "a", "v": HOSTILE[text]})
        assert left is None
        return
    with pytest.raises(Withheld):
        _bound(stage)(HOSTILE[text])


def test_identifiers_have_a_length() -> None:
    """Just as much as is bounded passes, and one more is withheld."""
    nfc = _bound(pseudonymize(canonical=("nfc",)))
    assert nfc("x" * LONGEST_NORMALIZED)
    with pytest.raises(Withheld, match="too long"):
        nfc("x" * (LONGEST_NORMALIZED + 1))
    plain = _bound(pseudonymize())
    assert plain("x" * (LONGEST_NORMALIZED + 1))
    assert plain(2**LONGEST_INTEGER - 1)
    with pytest.raises(Withheld, match="too large"):
        plain(2**LONGEST_INTEGER)


def test_lists_of_addresses_have_a_length() -> None:
    """Sixty-four addresses are a list, sixty-five are not."""
    one = truncate()
    assert one(", ".join(["203.0.113.9"] * 64)) == ", ".join(["203.0.113.0"] * 64)
    with pytest.raises(Withheld, match="not an address"):
        one(", ".join(["203.0.113.9"] * 65))


def test_deep_nesting_is_withheld() -> None:
    """Nesting beyond any stack is withheld, in what is read and in what is skipped."""
    policy = Policy("p", {"a": Record({"v": keep(), "o.x": keep(), "l[][]": keep()})})
    pipeline = Pipeline(policy)
    deep = b"[" * 200_000 + b"]" * 200_000
    for name in (b"v", b"o", b"l", b"junk"):
        assert pipeline.json(b'{"type":"a","' + name + b'":' + deep + b"}") is None
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    assert pipeline({"type": "a", "v": value}) is None
    assert pipeline({"type": "a", "l": value}) is None
    assert pipeline.report.records_withheld == 6
    while isinstance(value, list):  # taken apart by hand: the interpreter would recurse
        value = value.pop()


def test_paths_have_a_depth() -> None:
    """A policy path has at most 32 steps."""
    Record({".".join(["a"] * 32): keep()})
    with pytest.raises(PolicyError, match="not a path"):
        Record({".".join(["a"] * 33): keep()})


def test_buckets_are_countable() -> None:
    """The finest buckets allowed have a table of some thousand bounds; finer ones are refused."""
    from anonkit.stages.generalize import _bounds

    assert len(_bounds(1.01)) < 10_000
    with pytest.raises(PolicyError, match=r"generalize.log: is 1.01 or more"):
        generalize(log=1.0000001)


def _patterns() -> list[tuple[str, str]]:
    """Return every pattern that the core compiles, with its place."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        if not {"stages", "policy", "records", "keys"} & set(path.relative_to(SOURCE).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "compile"
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and isinstance(node.args[0], ast.Constant)
            ):
                found.append((f"{path.name}:{node.lineno}", node.args[0].value))
    return found


@pytest.mark.parametrize(("place", "pattern"), _patterns(), ids=lambda value: str(value)[:40])
def test_no_pattern_repeats_a_repetition(place: str, pattern: str) -> None:
    """No pattern has a repetition without bound inside another: that is where backtracking grows."""
    re.compile(pattern)

    def search(tree: Any, *, inside: bool) -> None:
        for op, argument in tree:
            if op in (sre_constants.MAX_REPEAT, sre_constants.MIN_REPEAT):
                unbounded = argument[1] is sre_constants.MAXREPEAT
                assert not (inside and unbounded), place
                search(argument[2], inside=inside or unbounded)
            elif op is sre_constants.SUBPATTERN:
                search(argument[-1], inside=inside)
            elif op is sre_constants.BRANCH:
                for branch in argument[1]:
                    search(branch, inside=inside)

    search(sre_parse.parse(pattern), inside=False)


def test_json_of_many_members_is_read_once() -> None:
    """A record of a hundred thousand undeclared members is counted, not compared pair by pair."""
    pipeline = Pipeline(Policy("p", {"a": Record({"v": keep()})}))
    record = {"type": "a", "v": 1, **{f"x{n}": n for n in range(100_000)}}
    for given_as in (record, msgspec.json.encode(record)):
        assert pipeline(given_as) == {"type": "a", "v": 1}
    assert pipeline.report.as_dict()["undeclared_fields"] == {"a": 200_000}
