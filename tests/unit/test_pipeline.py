"""The pipeline: what it takes and gives, on the way it should take."""

# ruff: noqa: PT012 - the block is what is tested

from __future__ import annotations

import copy
import pickle
from collections import ChainMap, UserDict
from datetime import date, timedelta
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
import pytest

from anonkit import Event, Keyring, Pipeline, Policy, Report
from anonkit.errors import FormatError, KeyDestroyed, PolicyError
from anonkit.policy import Field, Record
from anonkit.policy.codegen import NotPlain, plain_name
from anonkit.stages import drop, generalize, keep, pseudonymize, truncate
from events import Ping, Visit
from strategies import TREATMENTS, keyring

EXAMPLES: dict[str, Any] = {
    "keep": "x", "drop": "x", "truncate": "203.0.113.77", "pseudonymize": "x",
    "unit": "2026-01-01T00:00:00Z", "step": 5, "log": 5, "parts": "1.2", "allow": "a",
    "ceil": 5,
}  # fmt: skip


def example(chain: Any) -> Any:
    """Return a value in order for a chain."""
    first = chain[0]
    way = next(
        (w for w in ("unit", "step", "log", "parts", "allow", "ceil") if getattr(first, w, None)),
        "",
    )
    return EXAMPLES[way or first.verb]


def careful_calls(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list that grows with each record that takes the slow way."""
    calls: list[Any] = []
    careful = Pipeline._careful

    def counted(self: Pipeline, record: Any, *given: Any, **options: Any) -> Any:
        calls.append(record)
        return careful(self, record, *given, **options)

    monkeypatch.setattr(Pipeline, "_careful", counted)
    return calls


@pytest.mark.parametrize("path", ["v", "o.v", "l[].v", "g[][]", "m.*", "d.*.x"])
@pytest.mark.parametrize("treatment", TREATMENTS, ids=lambda t: "-".join(s.verb for s in t.stages))
def test_records_in_order_take_the_fast_way(
    treatment: Any, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once compiled, a record that is in order never goes the slow way, in any form."""
    policy = Policy("p", {"a": Record({path: Field(treatment.stages), "n": keep()})})  # type: ignore[dict-item]
    pipeline = Pipeline(policy, keys=keyring())
    value = example(treatment.stages)
    shapes: dict[str, Any] = {
        "v": {"v": value}, "o.v": {"o": {"v": value}}, "l[].v": {"l": [{"v": value}]},
        "g[][]": {"g": [[value]]}, "m.*": {"m": {"k": value}}, "d.*.x": {"d": {"k": {"x": value}}},
    }  # fmt: skip
    record = {"type": "a", "n": 1, **shapes[path]}
    for run in (pipeline, pipeline.json, pipeline.row):
        assert run(record)  # compiles
    calls = careful_calls(pipeline, monkeypatch)
    for run in (pipeline, pipeline.json, pipeline.row):
        for given in (record, msgspec.json.encode(record)):
            assert run(given)
    assert not calls


def test_events_take_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event of a declared class, enumerations and nested structs included, goes the fast way."""
    from datetime import UTC, datetime

    from events import City, Code, Level, Person

    person = Person(id=1, email="", city=City("Ulm", "89073"))
    visit = Visit(
        at=datetime(2026, 1, 1, tzinfo=UTC), ip="::1", user="u", text="t", level=Level.LOW,
        code=Code.BAD, mode="a", count=1, ratio=1.5, ok=True, day=date(2026, 1, 1),
        lasted=timedelta(1), either=1, secret="", person=person, people=[person], ips=["::1"],
        grid=[[1]], tags={"k": "v"}, names={"n": 1}, cities={"c": City("Ulm")},
    )  # fmt: skip
    pipeline = Pipeline([Visit, Ping], keys=keyring())
    given = (visit, msgspec.json.encode(visit), Ping(host="x"))
    runs = (pipeline, pipeline.json, pipeline.row)
    assert all(run(record) for run in runs for record in given)
    calls = careful_calls(pipeline, monkeypatch)
    assert all(run(record) for run in runs for record in given)
    assert calls == []


def test_undeclared_fields_take_the_fast_way_from_the_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stream with undeclared fields is decoded once from its second record on."""
    pipeline = Pipeline(Policy("p", {"a": Record({"v": keep(), "o.x": keep()})}))  # type: ignore[dict-item]
    record = b'{"type":"a","v":1,"o":{"x":1,"y":2},"w":1}'
    pipeline.json(record)
    calls = careful_calls(pipeline, monkeypatch)
    assert pipeline.json(record) == b'{"type":"a","v":1,"o":{"x":1}}'
    assert calls == []
    assert pipeline.report.as_dict()["undeclared_fields"] == {"a": 4}


def test_an_event_of_another_shape_than_the_policy() -> None:
    """A policy that does not fit a class treats its events the slow way, by its own lines."""

    class Login(Event):
        ip: Annotated[str, keep()]
        name: Annotated[str, keep()]

    policy = Policy("p", {"login": Record({"ip": truncate(), "more": keep()})})  # type: ignore[dict-item]
    pipeline = Pipeline(policy)
    for _ in range(3):
        assert pipeline(Login(ip="203.0.113.77", name="Jane")) == {
            "type": "login", "ip": "203.0.113.0"
        }  # fmt: skip
    assert pipeline.report.as_dict()["undeclared_fields"] == {"login": 3}


def test_an_event_no_line_names_is_withheld() -> None:
    """An event of an undeclared class, even one whose tag is no text, is withheld."""

    class Other(Event):
        f: Annotated[int, keep()]

    class Numbered(Event, tag=5):
        f: Annotated[int, keep()]

    pipeline = Pipeline(Ping, keys=keyring())
    for event in (Other(f=1), Numbered(f=1)):
        assert pipeline(event) is None
    assert pipeline.report.as_dict()["withheld"] == [
        {"record": "", "field": "type", "rule": "unknown record type", "count": 2}
    ]


def test_events_go_through_plain_lists_too() -> None:
    """A plain list of stages takes events, dicts and JSON of any type, and keeps no type."""
    pipeline = Pipeline([pseudonymize("host")], keys=keyring())
    token = pipeline({"host": "x"})
    assert token == pipeline(Ping(host="x")) == pipeline(b'{"host":"x","type":1e999}')
    assert pipeline.json({"host": "x"}) == msgspec.json.encode(token)
    assert Pipeline([keep("type"), keep("*")])({"type": 1, "x": 2}) == {"type": 1, "x": 2}


def test_a_day_as_text_is_a_day() -> None:
    """Where a time may stand, a day without a clock leaves as a day, from text and from JSON."""
    pipeline = Pipeline(Policy("p", {"a": Record({"v": Field((generalize("1mo"),))})}))
    for _ in range(2):
        assert pipeline({"type": "a", "v": "2026-05-11"}) == {"type": "a", "v": date(2026, 5, 1)}
        assert pipeline.json(b'{"type":"a","v":"2026-05-11"}') == b'{"type":"a","v":"2026-05-01"}'
    assert not pipeline.report.as_dict()["withheld"]


def test_a_duration_is_a_number() -> None:
    """Where a number may stand, a duration is taken in seconds, and leaves as a duration."""
    pipeline = Pipeline(Policy("p", {"a": Record({"v": Field((generalize(step=60),))})}))
    for _ in range(2):
        record = {"type": "a", "v": timedelta(seconds=150)}
        assert pipeline(record) == {"type": "a", "v": timedelta(seconds=120)}
    assert not pipeline.report.as_dict()["withheld"]


def test_json_may_be_any_text_or_bytes() -> None:
    """JSON comes as bytes, bytearray, memoryview or text."""
    pipeline = Pipeline([keep("v")])
    for given in (b'{"v":1}', bytearray(b'{"v":1}'), memoryview(b'{"v":1}'), '{"v":1}'):
        assert pipeline(given) == {"v": 1}  # type: ignore[arg-type]


def test_what_a_form_cannot_hold_is_withheld() -> None:
    """An integer beyond 64 bits leaves as a dict and as JSON; a row withholds it or its record."""
    policy = Policy("p", {"a": Record({"v": keep()})})  # type: ignore[dict-item]
    pipeline = Pipeline(policy)
    for _ in range(2):
        assert pipeline({"type": "a", "v": 2**70}) == {"type": "a", "v": 2**70}
        assert pipeline.json({"type": "a", "v": 2**70}) == b'{"type":"a","v":%d}' % 2**70
        assert pipeline.row({"type": "a", "v": 2**70}) is None
    assert pipeline.report.as_dict()["withheld"] == [
        {"record": "a", "field": "v", "rule": "cannot be written", "count": 2}
    ]
    policy = Policy("p", {"a": Record({"v": Field((keep(),), withhold="field")})})
    assert Pipeline(policy).json({"type": "a", "v": "\ud800"}) == b'{"type":"a"}'


def test_what_cannot_be_written_as_a_whole_is_withheld() -> None:
    """Where no value is at fault, the record stays behind all the same."""

    def encode(value: Any) -> Any:
        return value["whole"] if isinstance(value, dict) else value

    pipeline = Pipeline(Policy("p", {"a": Record({"v": keep()})}))  # type: ignore[dict-item]
    assert pipeline._careful({"type": "a", "v": 1}, encode, None, packed=False) is None
    assert "a: cannot be written" in str(pipeline.report)


@pytest.mark.parametrize("part", ["x", "m"])
@pytest.mark.parametrize("mapping", [MappingProxyType, UserDict, ChainMap])
def test_what_only_looks_like_a_dict_is_withheld(mapping: Any, part: str) -> None:
    """An object with keys and items of its own is no object of a record, compiled or walked."""
    policy = Policy("p", {"a": Record({"x.y": keep(), "m.*": keep()})})  # type: ignore[dict-item]
    pipeline = Pipeline(policy)
    whole = {"type": "a", "x": {"y": 1}, "m": {"k": 1}}
    for _ in range(2):
        assert pipeline(whole) == whole
        assert pipeline(whole | {part: mapping(whole[part])}) is None
    assert f"2    a.{part}: not an object" in str(pipeline.report)


def test_an_enum_is_taken_as_its_value() -> None:
    """In a dict an `Enum` of any kind leaves and is treated as its value is, compiled or walked."""

    class Colour(Enum):
        RED = "red"

    class Shade(StrEnum):
        RED = "red"

    policy = Policy("p", {"a": Record({"v": keep(), "w": generalize(allow=["red"])})})  # type: ignore[dict-item]
    pipeline = Pipeline(policy)
    for value in ("red", Colour.RED, Shade.RED) * 2:
        left = pipeline({"type": "a", "v": value, "w": value})
        assert left == {"type": "a", "v": "red", "w": "red"}
        assert type(left["v"]) is str


def test_a_pipeline_counts_where_it_is_told() -> None:
    """Two pipelines count in one report."""
    report = Report()
    for _ in range(2):
        Pipeline([keep("v")], report=report)({"v": 1})
    assert report.records_in == 2


def test_its_repr_names_the_policy() -> None:
    """A pipeline shows the name and the hash of its policy."""
    policy = Policy("acme", {"a": Record({"v": keep()})})  # type: ignore[dict-item]
    assert repr(Pipeline(policy)) == f"<Pipeline acme {policy.hash}>"


def test_lines_ask_for_a_format_and_a_policy_for_it() -> None:
    """A format that is none, and one whose records the policy does not name, are refused."""
    keys = Keyring.generate()
    pipeline = Pipeline(Policy("p", {"a": Record({"v": pseudonymize()})}), keys=keys)  # type: ignore[dict-item]
    with pytest.raises(FormatError, match="no format is called 'cvs'"):
        pipeline.lines("cvs")
    for form in ("combined", "common", "address", "csv", "json", "syslog"):
        with pytest.raises(PolicyError, match=r"p: says nothing of .*, the records of this format"):
            pipeline.lines(form)
    lines = pipeline.lines("jsonl")
    keys.destroy(keys.periods[0].id)
    with pytest.raises(KeyDestroyed):
        pipeline.lines("jsonl")
    with pytest.raises(KeyDestroyed):
        lines.feed(b'{"type":"a","v":"x"}\n')
        lines.finish()


@pytest.mark.parametrize("name", ["a", "A_b-9", "_", "x" * 32])
def test_plain_names(name: str) -> None:
    """A short plain name may leave as it is."""
    assert plain_name(name) == name


@pytest.mark.parametrize("name", ["", "9", "a b", "a.b", "ä", "x" * 33, "a\n", 1, None, "jane@x"])
def test_other_names(name: Any) -> None:
    """Any other name may not, and its part with it, counted and not told."""
    with pytest.raises(NotPlain):
        plain_name(name)
    pipeline = Pipeline([keep("m.*")])
    assert pipeline({"m": {name: 1, "k": 2}}) == {"m": {"k": 2}}
    assert pipeline.report.as_dict()["omitted_fields"] == [
        {"record": "any record", "field": "m.*~", "rule": "not a plain name", "count": 1}
    ]


def test_missing_and_null_stay_so() -> None:
    """A missing field is absent, or nil in a row; a null one is null in both."""
    fields = {"a": keep(), "b": truncate(), "c": drop(), "o.x": generalize("1h"), "l[]": keep()}
    pipeline = Pipeline(Policy("p", {"r": Record(fields)}))  # type: ignore[arg-type]
    nulls = {"type": "r", "a": None, "b": None, "c": None, "o": None, "l": [None]}
    for _ in range(2):
        for given in ({"type": "r"}, b'{"type":"r"}'):
            assert pipeline(given) == {"type": "r"}
            assert msgspec.msgpack.decode(pipeline.row(given) or b"") == [
                "r",
                None,
                None,
                None,
                None,
            ]
        for given in (nulls, msgspec.json.encode(nulls)):
            assert pipeline(given) == {"type": "r", "a": None, "b": None, "o": None, "l": [None]}
            assert msgspec.msgpack.decode(pipeline.row(given) or b"") == [
                "r",
                None,
                None,
                None,
                [None],
            ]


def test_what_has_only_dropped_parts_does_not_leave() -> None:
    """A list or object all of whose parts are dropped goes too: its length would tell something."""
    fields = {"l[]": drop(), "m.*": drop(), "o[].a.b": drop(), "n.*": keep(), "n.*~": drop()}
    pipeline = Pipeline(Policy("p", {"a": Record(fields)}))
    for _ in range(2):
        for given in (
            {"type": "a", "l": [None, 1, {"x": 1}], "m": {"k": None, "?": 1}, "o": [{}] * 3},
            {"type": "a", "l": 1, "m": "", "n": 2, "o": [{"undeclared": 1}]},
            b'{"type":"a","l":[null,1,{"x":1e999}],"m":{"k":null,"?":1},"o":[{"a":{}}],"n":{"a":1}}',
        ):
            assert pipeline(given) == {"type": "a"}
            assert pipeline.json(given) == b'{"type":"a"}'
            assert msgspec.msgpack.decode(pipeline.row(given) or b"") == ["a"]
    assert pipeline.report.records_withheld == 0
    assert not pipeline.report.as_dict()["undeclared_fields"]


def test_missing_fields_take_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record without its optional fields is in order: compiled functions take it, in rows too."""
    pipeline = Pipeline(Policy("p", {"a": Record({"v": keep(), "o.x": truncate(), "l[]": keep()})}))
    runs = (pipeline, pipeline.json, pipeline.row)
    given = ({"type": "a"}, b'{"type":"a"}', {"type": "a", "v": None, "o": {}, "l": []})
    assert all(run(record) for run in runs for record in given)
    calls = careful_calls(pipeline, monkeypatch)
    assert all(run(record) for run in runs for record in given)
    assert calls == []


@pytest.mark.parametrize(
    "stage", [keep(), truncate(), pseudonymize(), generalize(parts=1)], ids=repr
)
def test_subclasses_of_scalars_are_withheld(stage: Any) -> None:
    """Text that is more than text, and numbers that are, are of the wrong type, warm or not."""

    class Text(str):
        __slots__ = ("load",)

    class Number(int):
        pass

    pipeline = Pipeline(Policy("p", {"a": Record({"v": stage})}), keys=keyring())
    for value in (Text("203.0.113.77"), Number(5), Text("1.2"), example((stage,))):
        expected = value == example((stage,)) and type(value) is str
        for _ in range(2):
            assert (pipeline({"type": "a", "v": value}) is not None) == expected
            assert (pipeline.row({"type": "a", "v": value}) is not None) == expected
    (entry,) = pipeline.report.as_dict()["withheld"]
    assert entry == {"record": "a", "field": "v", "rule": "wrong type", "count": 12}


def test_a_pipeline_is_neither_copied_nor_pickled() -> None:
    """A copy would keep what was derived from a key beyond its end."""
    pipeline = Pipeline([keep("a")])
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            attempt(pipeline)
