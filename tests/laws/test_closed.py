"""Law 1: what no policy line names does not leave, and what a stage cannot take is withheld."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings, strategies as st

from anonkit import Pipeline, Policy
from anonkit.policy import Field, Record
from anonkit.stages import generalize, keep, pseudonymize, truncate
from reference import steps
from strategies import json_values, keyring, policies, records, texts

FORMS = ("dict", "json", "row")


def through(pipeline: Pipeline, record: Any, form: str) -> Any:
    """Return what leaves of a record in a form, decoded."""
    if form == "dict":
        return pipeline(record)
    given_as = msgspec.json.encode(record)
    if form == "json":
        left = pipeline.json(given_as)
        return left and msgspec.json.decode(left)
    left = pipeline.row(given_as)
    return left and msgspec.msgpack.decode(left)


@given(policies(), st.data())
@settings(max_examples=100, deadline=None)
def test_undeclared_fields_stay_behind(policy: Policy, data: st.DataObject) -> None:
    """A record leaves as if its undeclared fields were not there, and they are counted."""
    record = data.draw(records(policy, wrong=False))
    name = data.draw(texts.filter(lambda text: text not in record))
    kind = policy.untyped or record["type"]
    declared = {step[1] for path in policy.records[kind].fields for step in steps(path)[:1]}
    assume(name not in declared)
    form = data.draw(st.sampled_from(FORMS))
    alone, beside = (Pipeline(policy, keys=keyring()) for _ in range(2))
    for _ in range(2):
        assert through(alone, record, form) == through(
            beside, {**record, name: data.draw(json_values)}, form
        )
    if beside.report.records_out:
        assert beside.report.as_dict()["undeclared_fields"] == {kind: 2}


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_undeclared_parts_of_declared_objects_stay_behind(data: st.DataObject) -> None:
    """An object that is a field's parent lets out the field alone, at any depth."""
    policy = Policy("p", {"a": Record({"user.city.name": keep(), "items[].n": keep()})})
    junk = data.draw(st.dictionaries(texts, json_values, max_size=2))
    record = {
        "type": "a",
        "user": {**junk, "city": {**junk, "name": "Ulm"}},
        "items": [{**junk, "n": 1}, {**junk, "n": 2}],
    }
    pipeline = Pipeline(policy)
    for form in ("dict", "json"):
        assert through(pipeline, record, form) == {
            "type": "a",
            "user": {"city": {"name": "Ulm"}},
            "items": [{"n": 1}, {"n": 2}],
        }
    assert through(pipeline, record, "row") == ["a", [["Ulm"]], [[1], [2]]]


@given(
    st.one_of(json_values, texts, st.sampled_from(["any record", "stage", "Login", "login\n", ""])),
    st.sampled_from(FORMS),
)
@settings(max_examples=100, deadline=None)
def test_unknown_record_types_are_withheld(name: Any, form: str) -> None:
    """A record whose type no policy line names is withheld, whatever stands for the type."""
    assume(name != "login")
    pipeline = Pipeline(Policy("p", {"login": Record({"v": keep()})}))
    for record in ({"type": name, "v": 1}, {"v": 1}, {"type": "login", "v": 2}):
        left = through(pipeline, record, form)
        assert (left is None) == (record.get("type") != "login")
    assert pipeline.report.records_withheld == 2
    assert pipeline.report.as_dict()["withheld"] == [
        {"record": "", "field": "type", "rule": "unknown record type", "count": 2}
    ]


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.lists(json_values)))
def test_what_is_no_object_is_withheld(value: Any) -> None:
    """JSON that is no object, and Python that is no record, are withheld with that reason."""
    pipeline = Pipeline([keep("v")])
    assert pipeline(value) is None
    if value is None or isinstance(value, bool | list):
        assert pipeline.json(msgspec.json.encode(value)) is None
    assert {entry["rule"] for entry in pipeline.report.as_dict()["withheld"]} == {"not an object"}


@given(st.binary(max_size=30) | st.text(max_size=30))
def test_what_is_no_json_is_withheld(data: bytes | str) -> None:
    """Any bytes or text either hold a known record or are withheld, and nothing is raised."""
    pipeline = Pipeline(Policy("p", {"login": Record({"v": keep()})}))
    for _ in range(2):
        assert pipeline.json(data) is None  # type: ignore[arg-type]
    assert pipeline.report.records_withheld == 2


WRONG: dict[str, tuple[Any, list[Any]]] = {
    "keep": (keep(), [[], {}, ["x"], {"x": 1}]),
    "truncate": (
        truncate(),
        [1, 1.5, True, [], {}, "", "localhost", "1.2.3", "01.2.3.4", "1.2.3.4 "],
    ),
    "pseudonymize": (pseudonymize("user"), [1.5, True, [], {}, ["x"]]),
    "unit": (generalize("1h"), [True, [], {}, "", "soon", "2024-13-01T00:00:00Z"]),
    "month": (generalize("1mo"), [True, 5, 1.5, [], {}, "soon"]),
    "step": (generalize(step=5), [True, "5", "", [], {}]),
    "log": (generalize(log=2), [True, "5", [], {}]),
    "parts": (generalize(parts=2), [True, 5, 1.5, [], {}, "", "latest", "1234567.1"]),
    "allow": (generalize(allow=["a"]), [True, 1.5, [], {}]),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("path", ["v", "o.v", "l[].v", "m.*", "g[][]"])
def test_a_wrong_value_is_withheld_and_counted(case: str, form: str, path: str) -> None:
    """A value that a stage cannot take takes its record along, or its field where told so."""
    stage, values = WRONG[case]
    for withhold in ("record", "field"):
        policy = Policy("p", {"a": Record({path: Field(stage, withhold=withhold)})})
        pipeline = Pipeline(policy, keys=keyring())
        for value in values:
            record = {"type": "a", **_nested(path, value)}
            left = through(pipeline, record, form)
            if withhold == "record":
                assert left is None
            else:
                assert left in (
                    {"type": "a"} | _nested(path, None, empty=True),
                    ["a", *_nested_row(path)],
                )
        counts = pipeline.report.as_dict()
        entries = counts["withheld" if withhold == "record" else "omitted_fields"]
        assert {entry["field"] for entry in entries} == {path}
        assert sum(entry["count"] for entry in entries) == len(values)
        assert counts["records"]["in"] == len(values)
        assert counts["records"]["out"] == (0 if withhold == "record" else len(values))


def _nested(path: str, value: Any, *, empty: bool = False) -> dict[str, Any]:
    shapes: dict[str, Any] = {
        "v": {} if empty else {"v": value},
        "o.v": {"o": {} if empty else {"v": value}},
        "l[].v": {"l": [{} if empty else {"v": value}]},
        "m.*": {"m": {} if empty else {"k": value}},
        "g[][]": {"g": [[] if empty else [value]]},
    }
    result: dict[str, Any] = shapes[path]
    return result


def _nested_row(path: str) -> list[Any]:
    return {"v": [None], "o.v": [[None]], "l[].v": [[[None]]], "m.*": [[{}]], "g[][]": [[[]]]}[path]


@given(policies(), st.data())
@settings(max_examples=80, deadline=None)
def test_in_is_out_and_withheld(policy: Policy, data: st.DataObject) -> None:
    """Every record handed in is counted once: it left, or it was withheld."""
    stream = data.draw(st.lists(records(policy) | json_values, max_size=6))
    pipeline = Pipeline(policy, keys=keyring())
    left = [pipeline(record) for record in stream]
    left += [pipeline.json(msgspec.json.encode(record)) for record in stream]
    left += [pipeline.row(msgspec.json.encode(record)) for record in stream]
    report = pipeline.report
    assert report.records_in == 3 * len(stream)
    assert report.records_out == sum(result is not None for result in left)
    assert report.records_withheld == sum(result is None for result in left)
    assert report.as_dict()["records"] == {
        "in": report.records_in,
        "out": report.records_out,
        "withheld": report.records_withheld,
        "out_by_type": report.as_dict()["records"]["out_by_type"],
    }
