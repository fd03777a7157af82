"""Law 2: no raw value escapes, neither in what leaves nor sideways."""


# ruff: noqa: FLY002 - no literal may hold both parts
# ruff: noqa: PERF401 - it says more than a list

from __future__ import annotations

import copy
import gc
import logging
import tempfile
import traceback
import warnings
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from anonkit import Keyring, Pipeline, Policy
from anonkit.errors import AnonkitError, KeyDestroyed, Withheld
from anonkit.policy import Field, Record
from anonkit.stages import drop, generalize, keep, pseudonymize, truncate
from events import Ping, Visit
from strategies import TREATMENTS, encodings, find_secret, keyring, policies, records, secrets

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "Zz9Straße.Ünal+4711@Geheim.example"


@pytest.mark.parametrize("form", encodings())
def test_the_search_sees_through(form: str) -> None:
    """`find_secret` finds a secret in every form it promises, and nothing where there is none."""
    hidden = encodings()[form](SECRET)
    padded = b"..." + hidden + b"..." if isinstance(hidden, bytes) else f"...{hidden}..."
    assert find_secret(padded, SECRET)
    assert find_secret(padded, "Another9Straße.Ünal+4711@Geheim.example") is None


def everything_about(error: BaseException) -> str:
    """Return all that an exception tells of itself and of the exceptions it hangs on to."""
    told, seen, todo = [], set(), [error]
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        told += [str(one), repr(one), repr(one.args), repr(getattr(one, "__notes__", ""))]
        told += [repr(vars(one)), repr(getattr(one, "object", ""))]
        todo += [e for e in (one.__context__, one.__cause__) if e is not None]
    told += traceback.format_exception(error)
    return "\n".join(told)


class Tray(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(0)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [repr(record.__dict__), record.getMessage()]


def everything_said(pipeline: Pipeline, stream: list[Any]) -> str:
    """Run records through a pipeline in all ways, and return all that can be read afterwards."""
    said: list[Any] = []
    tray = Tray()
    root = logging.getLogger()
    level = root.level
    root.addHandler(tray)
    root.setLevel(0)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for record in stream:
                for run in (pipeline, pipeline.json, pipeline.row):
                    for _ in range(2):
                        said.append(run(record))
        said += [str(warning) for warning in caught]
    finally:
        root.removeHandler(tray)
        root.setLevel(level)
    report, policy = pipeline.report, pipeline.policy
    said += [str(report), repr(report), report.json(), report.as_dict()]
    said += [repr(pipeline), str(pipeline), repr(policy), policy.hash, policy.document()]
    said += [repr(vars(pipeline)), repr(pipeline.json), repr(pipeline.row)]
    said += tray.lines
    return "\n".join(
        part.decode("utf-8", "backslashreplace") if isinstance(part, bytes) else repr(part)
        for part in said
    )


# Everything but `keep`, whose work it is to let a value leave.
HIDING = [t.stages for t in TREATMENTS if t.stages[0].verb != "keep"]


def plants(secret: str) -> list[Any]:
    """Return values of all kinds that carry a secret."""
    return [
        secret, [secret], {"k": secret}, {secret: 1}, [[{"k": [secret]}]], secret.encode(),
        f"203.0.113.7 {secret}", f"203.0.113.7%{secret}", f"fe80::1%{secret}", f"[::1%{secret}]:1",
        f"1.2.3-{secret}", f"2026-01-01T00:00:00Z{secret}", f"a{secret}", f"\ud800{secret}",
        f"{secret}\x00", secret * 9, (secret,), {secret}, type("Holder", (str,), {})(secret),
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["v", "o.v", "l[].v", "m.*", "d.*.x[].y"])
@pytest.mark.parametrize("chain", HIDING, ids=lambda chain: "-".join(s.verb for s in chain))
def test_a_secret_in_a_treated_field_is_nowhere_to_be_read(chain: Any, path: str) -> None:
    """Whatever carries it, a secret in a treated field shows in no output, report, repr or log."""
    for withhold in ("record", "field"):
        field = Field(chain, withhold=withhold)
        pipeline = Pipeline(Policy("p", {"a": Record({path: field})}), keys=keyring())
        stream: list[Any] = []
        for value in plants(SECRET):
            shapes: dict[str, Any] = {
                "v": {"v": value},
                "o.v": {"o": {"v": value}},
                "l[].v": {"l": [{"v": value}]},
                "m.*": {"m": {"k": value}},
                "d.*.x[].y": {"d": {"k": {"x": [{"y": value}]}}},
            }
            record = {"type": "a", **shapes[path]}
            stream += [record, *_encoded(record)]
        assert find_secret(everything_said(pipeline, stream), SECRET) is None


def _encoded(record: Any) -> list[bytes]:
    try:
        encoded = msgspec.json.encode(record)
    except (msgspec.MsgspecError, TypeError, ValueError):
        return []
    return [encoded, encoded[:-3], encoded + b"}"]


def test_a_secret_where_nothing_is_declared_is_nowhere_to_be_read() -> None:
    """Names, types, parents, siblings and broken records tell nothing of what they hold."""
    fields = {
        "v": keep(),
        "o.x": keep(),
        "l[].x": keep(),
        "m.*": generalize(allow=[1]),
        "n.*": generalize(allow=[1]),
        "n.*~": pseudonymize(),
        "e": generalize(allow=["x"]),
        "g": drop(),
    }
    whole = {"type": "a", "v": 1, "o": {"x": 1}, "l": [{"x": 1}], "m": {"k": 1}, "n": {"k": 1}}
    stream: list[Any] = [whole]
    for value in plants(SECRET):
        key = {SECRET: value}
        stream += [
            value, {**whole, "type": value}, {**whole, **key}, {**whole, "o": {"x": 1, **key}},
            {**whole, "o": value}, {**whole, "l": value}, {**whole, "l": [value]},
            {**whole, "l": [{"x": 1, **key}]}, {**whole, "m": value}, {**whole, "m": {SECRET: 1}},
            {**whole, "m": {"k": [value]}}, {**whole, "m": key}, {**whole, "n": key},
            {**whole, "e": value}, {**whole, "g": value}, {**whole, "v": [value]},
            {**whole, "type": {SECRET: value}}, [whole, value], {"type": SECRET},
            {**whole, "n": {SECRET: 1}}, {**whole, "n": {SECRET: [value]}}, {SECRET: whole},
        ]  # fmt: skip
    stream += [encoded for record in stream for encoded in _encoded(record)]
    stream += [SECRET, SECRET.encode(), b'{"type":"a","v":' + SECRET.encode() + b"}"]
    stream += [b'{"type":"a","junk":"\xff' + SECRET.encode() + b'","v":[1,]}', bytearray(b"{")]
    policy = Policy("p", {"a": Record(fields)})
    for cache in (0, 4096):
        pipeline = Pipeline(policy, keys=keyring(), cache=cache)
        assert find_secret(everything_said(pipeline, stream), SECRET) is None
        assert pipeline.report.records_in == len(stream) * 6


@given(policies(without=frozenset({"keep"})), secrets, st.data())
@settings(max_examples=60, deadline=None)
def test_a_secret_in_any_record_of_any_policy_is_nowhere_to_be_read(
    policy: Policy, secret: str, data: st.DataObject
) -> None:
    """Over drawn policies without keep, a secret planted at any place of any record stays inside."""
    record = data.draw(records(policy))
    places = data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=4))
    value = data.draw(st.sampled_from(plants(secret)))
    planted = _plant(record, places, value)
    pipeline = Pipeline(policy, keys=keyring())
    assert find_secret(everything_said(pipeline, [planted, *_encoded(planted)]), secret) is None


def _plant(record: Any, places: list[int], value: Any) -> Any:
    if not places or not isinstance(record, dict | list) or not record:
        return value
    at = places[0] % len(record)
    if isinstance(record, list):
        return [_plant(v, places[1:], value) if i == at else v for i, v in enumerate(record)]
    return {
        k: _plant(v, places[1:], value) if i == at else v for i, (k, v) in enumerate(record.items())
    }


@pytest.mark.parametrize("given_as", ["dict", "json", "event", "junk", "type", "tag"])
def test_a_destroyed_key_raises_without_a_word_of_the_record(given_as: str) -> None:
    """KeyDestroyed tells nothing of the record, in no exception that it hangs on to."""
    keys = Keyring.generate()
    pipeline = Pipeline(Ping, keys=keys)
    pipeline(Ping(host="x"))
    pipeline({"type": "ping", "host": "x"})
    given: dict[str, Any] = {
        "dict": {"type": "ping", "host": [SECRET]},
        "json": msgspec.json.encode({"type": "ping", "host": [SECRET]}),
        "event": Ping(host=SECRET),
        "junk": SECRET.encode(),
        "type": {"type": SECRET},
        "tag": msgspec.json.encode({"type": SECRET}),
    }
    keys.destroy(keys.periods[0].id)
    for run in (pipeline, pipeline.json, pipeline.row):
        with pytest.raises(KeyDestroyed) as caught:
            run(given[given_as])
        assert caught.value.__context__ is None
        assert caught.value.__cause__ is None
        assert find_secret(everything_about(caught.value), SECRET) is None


@pytest.mark.parametrize(
    "stage",
    [keep(), truncate(), generalize("1h"), generalize(step=1), generalize(log=2),
     generalize(parts=1), generalize(allow=["x"])],
    ids=repr,
)  # fmt: skip
def test_a_stage_alone_refuses_without_a_word_of_the_value(stage: Any) -> None:
    """A stage on its own raises Withheld with a rule from a closed list, and nothing behind it."""
    for value in plants(SECRET):
        try:
            left = stage(value)
        except Withheld as error:
            assert error.__context__ is None
            assert find_secret(everything_about(error), SECRET) is None
        else:
            kept = stage.verb == "keep" and isinstance(value, str)
            assert kept or find_secret(repr(left), SECRET) is None


def test_an_event_shows_no_value() -> None:
    """The text, the repr and the rich repr of an event name its class alone."""
    event = Ping(host=SECRET)
    for told in (repr(event), str(event), f"{event}", f"{[event]}", repr(event.__rich_repr__())):
        assert find_secret(told, SECRET) is None
    assert repr(event) == "<Ping>"


def test_an_event_refuses_without_a_word_of_the_value() -> None:
    """What msgspec says of a wrong argument or a frozen field holds no value."""
    for wrong in (
        lambda: Ping(host="x", more=SECRET),  # type: ignore[call-arg]
        lambda: Ping("x", SECRET),  # type: ignore[misc]
        lambda: setattr(Ping(host=SECRET), "host", SECRET),
    ):
        with pytest.raises((TypeError, AttributeError)) as caught:
            wrong()
        assert find_secret(everything_about(caught.value), SECRET) is None


def test_a_keyring_shows_no_key() -> None:
    """Neither repr nor text of keyring, period, pipeline or refusals holds key bytes."""
    from anonkit.keys.raw import key_bytes

    keys = Keyring.generate()
    key = key_bytes(keys.periods[0])
    pipeline = Pipeline([pseudonymize("user")], keys=keys)
    told = [repr(keys), str(keys), repr(keys.periods), repr(vars(pipeline)), repr(pipeline)]
    for refused in (copy.copy, copy.deepcopy, __import__("pickle").dumps):
        for thing in (keys, keys.periods[0]):
            with pytest.raises(TypeError) as caught:
                refused(thing)
            told.append(everything_about(caught.value))
    for form in (repr(key)[2:-1], key.hex(), __import__("base64").b64encode(key).decode()[:40]):
        assert form not in "\n".join(told)


def test_a_damaged_keyring_file_is_not_quoted(tmp_path: Path) -> None:
    """What the decoder says of a damaged key file is not passed on: it may quote the key."""
    from anonkit.keys import store

    path = tmp_path / "keys"
    path.touch(mode=0o600)
    for text in (
        f'{{"format":"anonkit-keyring","version":1,"ring":{{"periods":["{SECRET}"]}}}}',
        f'{{"format":"{SECRET}","version":1}}',
        f'{{"format":"anonkit-keyring","version":1,"{SECRET}":1}}',
        SECRET,
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(AnonkitError) as caught:
            store.load(path)
        assert find_secret(everything_about(caught.value), SECRET) is None


# --- caches -----------------------------------------------------------------------------------


def _holding(head: str, tail: str) -> int:
    """Return how many containers hold a text with both parts; the parts alone are no such text.

    The collector does not list dicts of plain texts, so what its objects refer to is looked at.
    """
    gc.collect()
    containers = {}
    for thing in gc.get_objects():
        for part in (thing, *gc.get_referents(thing)):
            if type(part) in (dict, list, tuple, set, frozenset):
                containers[id(part)] = part
    count = 0
    for part in containers.values():
        held = [*part.keys(), *part.values()] if type(part) is dict else [*part]
        count += any(type(x) is str and x.startswith(head) and x.endswith(tail) for x in held)
    return count


def test_caches_die_with_their_key() -> None:
    """A raw value is remembered while its key lives, and found nowhere once it is destroyed."""
    head, tail = "u4711-remembered", "-by-a-cache"
    keys = Keyring.generate()
    policy = Policy("p", {"a": Record({"v": pseudonymize(), "m.*": pseudonymize()})})
    pipeline = Pipeline(policy, keys=keys)

    def feed() -> None:
        record = b'{"type":"a","v":"' + "".join([head, tail]).encode() + b'","m":{}}'
        for _ in range(3):
            assert pipeline.json(record)
            assert pipeline.row(record)

    feed()
    assert _holding(head, tail) > 0
    keys.destroy(keys.periods[0].id)
    assert _holding(head, tail) == 0


def test_caches_of_an_earlier_period_are_not_used_in_the_next() -> None:
    """A pipeline for a later time starts with empty caches and other tokens."""
    from datetime import UTC, datetime, timedelta

    start = datetime(2026, 1, 1, tzinfo=UTC)
    keys = Keyring.generate(at=start, length=timedelta(days=1))
    keys.rotate(at=start + timedelta(days=1))
    first = Pipeline([pseudonymize("user")], keys=keys, at=start)
    assert first.at(start + timedelta(hours=23)) is first
    second = first.at(start + timedelta(hours=24))
    assert second is not first
    assert second.report is first.report
    assert second.period != first.period
    assert first({"user": "x"}) != second({"user": "x"})
    assert first.report.records_in == 2
    keyless = Pipeline([keep("v")])
    assert keyless.at(start) is keyless
    assert keyless.period is None


# --- files ------------------------------------------------------------------------------------


def test_no_file_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline opens no file, temporary or not, from its making to its report."""
    import builtins
    import os

    pipeline = Pipeline(Visit, keys=keyring())  # may load zones and libraries
    pipeline({"type": "visit"})

    def refuse(*given_as: Any, **options: Any) -> Any:
        raise AssertionError(given_as)

    for module, name in ((builtins, "open"), (os, "open"), (tempfile, "mkstemp")):
        monkeypatch.setattr(module, name, refuse)
    second = Pipeline(Visit, keys=keyring())
    for record in ({"type": "visit", "ip": SECRET}, b"junk", {"type": "ping"}):
        second(record)
        second.json(record)
        second.row(record)
    assert second.report.json()
