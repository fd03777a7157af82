"""A policy proposed for what nobody has described: it runs, it drops what it does not know."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from anonkit import Keyring, Pipeline, Policy
from anonkit.errors import FormatError
from anonkit.explain.infer import infer
from anonkit.explain.observe import MOST_DISTINCT, Observed, kind_of
from anonkit.parse.formats import FORMATS
from anonkit.policy.lint import findings
from strategies import find_secret, secrets

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "data"


def inferred(records: list[dict[str, Any]]) -> str:
    """Return the policy proposed for events."""
    return infer(FORMATS["jsonl"], [json.dumps(record).encode() + b"\n" for record in records])


def verb(text: str, path: str, record: str = "a") -> str:
    """Return the first stage that a proposed policy has for a field."""
    return Policy.from_toml(text).records[record].fields[path].stages[0].verb


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("203.0.113.7", "address"),
        ("[2001:db8::1]", "address"),
        ("fe80::1%eth0", "address"),
        ("true", "boolean"),
        ("2026-05-11T09:02:44Z", "time"),
        ("11/May/2026:08:03:40 +0200", "time"),
        ("May 11 08:03:40", "time"),
        ("4711", "integer"),
        ("20260511090244", "integer"),
        ("47.11", "number"),
        ("ada@example.org", "email"),
        ("v4.2.1", "version"),
        ("HTTP/1.1", "version"),
        ("Mozilla/5.0 (X11)", "agent"),
        ("/a/b?c=d", "url"),
        ("https://example.org/", "url"),
        ("0190b7a4-1c2d-7e3f-8a4b-5c6d7e8f9a0b", "identifier"),
        ("wLXknJ7REO0OztTYHyNrrw", "identifier"),
        ("ada", "word"),
        ("u4711", "word"),
        ("call Ada", "text"),
        ("x" * 5000, "text"),
        ("1.2.3.999", "version"),
    ],
)
def test_each_value_has_the_narrowest_kind(value: str, kind: str) -> None:
    """A value is told by what it looks like alone."""
    assert kind_of(value) == kind


@given(st.lists(st.text(max_size=30), max_size=40))
def test_what_was_seen_is_counted(values: list[str]) -> None:
    """Counts, kinds and shares are those of the values that stand for something."""
    seen = Observed()
    told = [value for value in values if seen.add(value)]
    assert seen.count == len(told) == seen.kinds.total()
    assert seen.distinct == len(set(told))
    assert set(seen.values()) == set(told)
    assert seen.part(seen.values()) == (1.0 if told else 0.0)
    assert seen.kind in {*map(kind_of, told), "mixed", "nothing"}


def test_what_is_remembered_is_bounded() -> None:
    """Beyond the limit values are counted and forgotten."""
    seen = Observed()
    for number in range(MOST_DISTINCT + 10):
        seen.add(f"a{number}")
    assert seen.count == MOST_DISTINCT + 10
    assert seen.distinct == MOST_DISTINCT


@pytest.mark.parametrize(
    ("name", "values", "stage"),
    [
        ("client_ip", ["203.0.113.7", "198.51.100.9"], "truncate"),
        ("x", ["203.0.113.7", "198.51.100.9"], "truncate"),
        ("at", ["2026-05-11T09:02:44Z"] * 9, "generalize"),
        ("success", [True, False], "keep"),
        ("user", ["u4711", "u4712"], "pseudonymize"),
        ("user", ["Ada Lovelace", "Alan Turing"], "drop"),
        ("session_id", ["s1", "s2"], "pseudonymize"),
        ("email", ["x", "y"], "drop"),
        ("x", ["ada@example.org", "alan@example.org"], "drop"),
        ("x", ["hello there", "ada@example.org"], "drop"),
        ("password", ["hunter2"], "drop"),
        ("city", ["Berlin"], "drop"),
        ("first_name", ["Ada"], "drop"),
        ("page_url", ["https://example.org/a", "/b"], "url"),
        ("folder", ["/home/ada/x", "/home/alan/y"], "drop"),
        ("user_agent", ["Mozilla/5.0 (X11)"] * 5, "user_agent"),
        ("x", ["Mozilla/5.0 (X11)"] * 5, "drop"),
        ("app_version", ["4.2.1", "4.3.0"], "generalize"),
        ("x", ["4.2.1", "4.3.0"], "drop"),
        ("duration", [1.5, 2.5, 99.0], "generalize"),
        ("status_code", [200, 404], "keep"),
        ("x", [200, 404], "drop"),
        ("level", ["info", "warn"], "keep"),
        ("level", ["ada@x", "warn"], "drop"),
        ("level", ["192.0.2.1:80", "warn"], "drop"),
        ("x", ["info", "warn"], "drop"),
        ("x", [f"wLXknJ7REO0OztTYHyNr{n:02}" for n in range(80)], "pseudonymize"),
        ("x", ["wLXknJ7REO0OztTYHyNrrw"], "drop"),
        ("note", ["please call back", "thank you"], "drop"),
        ("x", ["-", ""], "drop"),
        ("x", ["4711", "some words here"], "drop"),
    ],
)
def test_name_and_values_must_agree(name: str, values: list[Any], stage: str) -> None:
    """A field is proposed by what its values look like and what its name says; unsure is drop."""
    text = inferred([{"type": "a", name: value} for value in values * 3])
    assert verb(text, name) == stage


def test_what_a_stage_refuses_is_dropped_after_all() -> None:
    """A proposal is tried on the sample: many refused values make it a drop, with the rule."""
    text = inferred([{"type": "a", "user": ["x"] if n % 3 == 0 else "u1"} for n in range(30)])
    assert verb(text, "user") == "drop"
    assert list(Policy.from_toml(text).records["a"].fields) == ["user"]
    text = inferred([{"type": "a", "user": 1.5 if n % 3 == 0 else "u1"} for n in range(30)])
    assert verb(text, "user") == "drop"


def test_rare_names_and_types_stay_out() -> None:
    """What few records have, and names that are data, are not in the policy at all."""
    records = [{"type": "a", "by": {"u": {"n": 1}}, "status": 200} for _ in range(300)]
    records += [{"type": "a", f"ada.lovelace{n}@example.org": 1} for n in range(3)]
    records += [{"type": "Ada Lovelace", "status": 1} for _ in range(30)]
    records += [{"type": "rare", "status": 1}]
    policy = Policy.from_toml(inferred(records))
    assert policy.records.keys() == {"a"}
    assert set(policy.records["a"].fields) == {"by.u.n", "status"}


def test_lists_and_dots_are_paths() -> None:
    """Items of lists have their path, and a dot in a name is none."""
    policy = Policy.from_toml(
        inferred([{"type": "a", "xs": [{"ip": "10.1.2.3"}], "a.b": True}] * 4)
    )
    assert set(policy.records["a"].fields) == {"xs[].ip", r"a\.b"}


@given(st.lists(secrets, min_size=2, max_size=6, unique=True), st.data())
def test_no_value_of_a_sample_is_in_a_proposal(planted: list[str], data: st.DataObject) -> None:
    """Secrets planted in any field are in no form in the proposal, and do not survive it."""
    names = ("user", "note", "x", "level", "city", "at", "url", "status", "session", "agent")
    records = [
        {"type": "a"} | {name: data.draw(st.sampled_from(planted)) for name in names}
        for _ in range(4)
    ]
    text = inferred(records)
    policy = Policy.from_toml(text)
    pipeline = Pipeline(policy, keys=Keyring.generate())
    left = b"".join(pipeline.json(record) or b"" for record in records)
    for secret in planted:
        assert find_secret(text, secret) is None
        assert find_secret(left, secret) is None


def test_a_known_format_starts_from_its_preset() -> None:
    """Columns whose meaning a grammar says get the stage of the preset; free text is dropped."""
    lines = (EXAMPLES / "access.log").read_bytes().splitlines(keepends=True)
    policy = Policy.from_toml(infer(FORMATS["combined"], lines))
    preset = Policy.preset("weblog").records["web_request"].fields
    for path, field in policy.records["web_request"].fields.items():
        assert field.stages == preset[path].stages
    text = infer(FORMATS["text"], [b"call Ada\n", b"hello there\n"])
    assert verb(text, "line", "text_line") == "drop"


def test_options_of_a_preset_are_written_where_they_are_its_own() -> None:
    """A stage of a preset keeps its options, and leaves out those that are so anyway."""
    lines = [b"May 11 09:02:44 web1 sshd[11]: hello\n"] * 3
    text = infer(FORMATS["syslog"], lines)
    preset = Policy.preset("syslog").records["syslog_line"].fields
    inferred = Policy.from_toml(text).records["syslog_line"].fields
    assert inferred["time"].stages == preset["time"].stages
    assert inferred["host"].stages == preset["host"].stages
    assert "blake2b" not in text


def test_a_table_is_read_by_its_header() -> None:
    """Columns of a table are fields of `row`, and the policy runs on it."""
    lines = [b"client_ip,level,note\n", *[b'203.0.113.7,info,"a, b"\n'] * 5]
    text = infer(FORMATS["csv"], lines)
    assert verb(text, "client_ip", "row") == "truncate"
    assert verb(text, "level", "row") == "keep"
    assert verb(text, "note", "row") == "drop"
    stream = Pipeline(Policy.from_toml(text)).lines("csv")
    left = stream.feed(b"".join(lines)) + stream.finish()
    assert left.splitlines()[1] == b'203.0.113.0,info,""'


def test_a_proposal_has_few_findings() -> None:
    """What is proposed is wise but for what only people can say."""
    lines = (EXAMPLES / "events.ndjson").read_bytes().splitlines(keepends=True)
    text = infer(FORMATS["jsonl"], lines)
    assert text.startswith("#:schema ")
    assert {finding.rule for finding in findings(Policy.from_toml(text))} <= {"quasi-identifiers"}


@pytest.mark.parametrize("lines", [[], [b"hello\n"], [b'{"type":"Ada"}\n']])
def test_a_sample_without_records_is_refused(lines: list[bytes]) -> None:
    """A sample in which no line has the format gives no policy."""
    with pytest.raises(FormatError, match="no line of the sample has the format"):
        infer(FORMATS["jsonl"], lines)


@pytest.mark.parametrize("size", [3, 500, 20_000])
def test_what_is_no_text_ends_too(size: int) -> None:
    """Bytes that no line is made of give a policy that drops them, or an error, and no endless try."""
    data = random.Random(7).randbytes(size)
    try:
        text = infer(FORMATS["text"], data.splitlines(keepends=True))
    except FormatError:
        return
    assert 'fields.line = "drop"' in text
