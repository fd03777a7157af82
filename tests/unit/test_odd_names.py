"""Fields that are called like a wildcard, or have no name at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from anonkit import Pipeline, Policy
from anonkit.explain import Wording, markdown, notice
from anonkit.explain.audit import Audit
from anonkit.explain.infer import infer
from anonkit.explain.preview import preview
from anonkit.parse.formats import FORMATS
from anonkit.policy import Record, lint
from anonkit.policy.paths import names_in
from anonkit.records.event import escaped
from anonkit.stages import keep

NAMES = st.text(".[]*~\\ab", min_size=1, max_size=4).filter(lambda name: name != "type")
MOMENT = "2026-05-11T09:02:44Z"


@given(NAMES, NAMES)
@settings(max_examples=60, deadline=None)
def test_any_name_is_a_field_and_nothing_else(outer: str, inner: str) -> None:
    """A field called `*`, `*~` or `[]` leaves, is linted and is explained like any other."""
    path = f"{escaped(outer)}.{escaped(inner)}"
    policy = Policy("odd", {"login": Record({path: keep()})})
    record = {"type": "login", outer: {inner: "x", "undeclared": 1}}
    assert Pipeline(policy)(record) == {"type": "login", outer: {inner: "x"}}
    assert names_in(path) == [outer, inner]
    found = [(finding.path, finding.rule) for finding in lint.findings(policy)]
    assert (f"record.login.fields.{path}", "no-reason") in found
    assert "open-names" not in dict(found).values()
    assert "Unchanged" in markdown(notice(policy, Wording("en")))


@pytest.mark.parametrize("record", [
    {"type": "login", "": MOMENT},
    {"type": "login", "a": {"": {"": MOMENT}}},
    {"type": "login", "*": MOMENT, "*~": [MOMENT], "[]": {"*": MOMENT}},
])  # fmt: skip
def test_records_with_odd_names_are_shown_audited_and_inferred(record: dict[str, Any]) -> None:
    """A name that no policy can say, or that looks like a wildcard, stops no look at a log."""
    lines = [json.dumps(record).encode() + b"\n"] * 3
    policy = Policy("odd", {"login": Record({"ok": keep()})})
    (shown, *_) = preview(Pipeline(policy), "jsonl", lines)
    assert any(change.before == MOMENT and change.after is None for change in shown.changes)
    audit = Audit(FORMATS["jsonl"])
    for line in lines:
        audit.add(line)
    result = audit.result()
    assert result.records == len(lines)
    assert "exact-time" in {flaw.name for flaw in result.flaws}
    assert MOMENT not in infer(FORMATS["jsonl"], [*lines, b'{"type":"login","ok":1}\n'] * 2)


def test_what_is_no_object_is_no_record() -> None:
    """A line that is an array is withheld by a run, and has no fields to look at."""
    audit = Audit(FORMATS["jsonl"])
    audit.add(b"[1,2]\n")
    assert (audit.result().records, audit.result().unread) == (0, 1)
