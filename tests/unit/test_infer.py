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
from anonkit.explain.shapes import is_name, maps
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
        ("code", [200, 4111111111111111], "drop"),
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


@pytest.mark.parametrize("name", ["password", "birthday", "email", "display_name"])
@pytest.mark.parametrize(
    "values",
    [
        ["203.0.113.7", "198.51.100.9"],
        ["1980-05-11T09:02:44Z"],
        [True, False],
        ["https://example.org/a"],
        [f"wLXknJ7REO0OztTYHyNr{n:02}" for n in range(80)],
        ["1447942991", "1447942992"],
    ],
    ids=["address", "time", "boolean", "url", "identifier", "moment"],
)
def test_a_name_that_says_a_person_or_a_secret_is_enough(name: str, values: list[Any]) -> None:
    """What a name calls personal or secret is dropped, whatever its values look like."""
    text = inferred([{"type": "a", name: value} for value in values * 3])
    assert verb(text, name) == "drop"


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


def proposed(records: list[dict[str, Any]]) -> Policy:
    """Return the policy proposed for objects, which none of them is withheld by."""
    lines = [json.dumps(record).encode() + b"\n" for record in records]
    policy = Policy.from_toml(infer(FORMATS["json"], lines))
    pipeline = Pipeline(policy, keys=Keyring.generate() if policy.keyed else None)
    stream = pipeline.lines("json")
    stream.feed(b"".join(lines))
    stream.finish()
    assert pipeline.report.records_out == len(records)
    return policy


def verbs(policy: Policy) -> dict[str, str]:
    """Return the first stage of each field of objects."""
    return {path: field.stages[0].verb for path, field in policy.records["object"].fields.items()}


@pytest.mark.parametrize("other", [[], [1], "none", 7])
@pytest.mark.parametrize("share", [1, 50])
def test_what_is_an_object_only_sometimes_is_dropped(other: Any, share: int) -> None:
    """An empty list for an empty object, as PHP writes it, withholds no record, however rare."""
    records = [{"up": True, "a": {"status": 1}}] * (100 - share) + [
        {"up": True, "a": other}
    ] * share
    assert verbs(proposed(records)) == {"a": "drop", "up": "keep"}


def test_a_rare_value_takes_no_record_along() -> None:
    """What a stage refuses now and then stays behind alone, and the field still leaves."""
    policy = proposed([{"bytes": 7}] * 99 + [{"bytes": "many"}])
    assert verbs(policy) == {"bytes": "generalize"}
    assert policy.records["object"].fields["bytes"].withhold == "field"
    table = infer(FORMATS["csv"], [b"client_ip,up\n", *[b"203.0.113.7,true\n"] * 99, b"x,true\n"])
    assert Policy.from_toml(table).records["row"].fields["client_ip"].withhold == "field"
    line = b'%b - - [11/May/2026:08:03:40 +0200] "GET / HTTP/1.1" 200 1\n'
    log = infer(FORMATS["common"], [*[line % b"203.0.113.7"] * 99, line % b"host.example.org"])
    assert Policy.from_toml(log).records["web_request"].fields["client"].withhold == "field"


@pytest.mark.parametrize(
    "names",
    [
        ["alice", "bob", "carol", "dave", "erin"],
        ["status", "ada@example.org"],
        ["status", "550e8400-e29b-41d4-a716-446655440000"],
        ["status", "0f3a9c27d1b84e56"],
    ],
)
@pytest.mark.parametrize("value", [3, {"status": 200}])
def test_names_that_are_data_are_in_no_proposal(names: list[str], value: Any) -> None:
    """An object whose names are people, or differ from record to record, is dropped whole."""
    records = [{"up": True, "a": {"by": {names[n % len(names)]: value}}} for n in range(60)]
    assert verbs(proposed(records)) == {"up": "keep", "a.by": "drop"}


def observed(value: str) -> Observed:
    seen = Observed()
    seen.add(value)
    return seen


THREE = {"o": 4, "o.ada": 1, "o.bob": 1, "o.eve": 1}


@pytest.mark.parametrize(
    ("had", "kinds", "data"),
    [
        (THREE, {}, True),
        ({"o": 4, "o.ada": 1, "o.bob": 1}, {}, False),
        ({"o": 4, "o.ada": 2, "o.bob": 2, "o.eve": 2}, {}, False),
        (THREE | {"o.x": 4, "o.y": 4}, {}, True),
        (THREE | {"o.x": 4, "o.y": 4, "o.z": 4}, {}, False),
        (THREE | {"o.ada.x": 1, "o.bob.y": 1, "o.eve.z": 1}, {}, False),
        (THREE | {"o.ada.x": 1, "o.bob.x": 1, "o.eve.z": 1}, {}, True),
        (THREE | {"o.xi": 1}, {"o.ada": "x", "o.bob": "y", "o.eve": "1", "o.xi": "1.5"}, False),
        (THREE | {"o.xi": 1}, {"o.ada": "x", "o.bob": "true", "o.eve": "1", "o.xi": "1.5"}, True),
        ({"o": 4, "o.4bf92f3577b34da6": 4}, {}, True),
        ({"o": 4, "o.Ada": 4}, {}, False),
    ],
)
def test_an_object_whose_names_come_and_go_is_one_of_data(
    had: dict[str, int], kinds: dict[str, str], *, data: bool
) -> None:
    """Three names or more, most of all, each in fewer than half, and most alike: those are data."""
    seen = {path: observed(value) for path, value in kinds.items()}
    assert maps(had, seen) == ({"o"} if data else set())


def test_a_name_is_a_plain_word() -> None:
    """A name with a capital is one; one with a blank, or that looks like a value, is none."""
    assert all(map(is_name, ("a", "A", "Z9", "userName", "@t", "$ip", "_id", "a" * 64)))
    assert not any(map(is_name, ("a b", "9a", "", "ä", "a" * 65, "4bf92f3577b34da6")))


@pytest.mark.parametrize("value", [True, "2026-05-11T09:02:44Z", "203.0.113.7"])
def test_names_of_people_in_every_record_are_in_no_proposal(value: Any) -> None:
    """Where all that an object holds would leave whatever its name, the names must be a program's."""
    people, words = {"alice": value, "bob": value, "max": value}, {"at": value, "is_old": value}
    records = [{"up": True, "a": {"by": people, "of": words}} for _ in range(60)]
    found = verbs(proposed(records))
    assert set(found) == {"up", "a.by", "a.of.at", "a.of.is_old"}
    assert found["a.by"] == "drop"
    assert found["a.of.at"] != "drop"


def test_fields_that_come_and_go_are_no_data() -> None:
    """Parts that a program leaves out are proposed: they differ in kind, or are few."""
    parts: list[dict[str, Any]] = [{"ip": "203.0.113.7"}, {"ok": True}, {"url": {"status": 200}}]
    codes: list[dict[str, Any]] = [{"code": 1}, {"status": 200}, {}]
    records = [{"a": parts[n % 3], "b": {"ok": True, **codes[n % 3]}} for n in range(60)]
    within = {"a.ip", "a.ok", "a.url.status", "b.ok", "b.code", "b.status"}
    assert set(verbs(proposed(records))) == within


@pytest.mark.parametrize(
    ("names", "fields"),
    [
        (["User-Agent", "X-Forwarded-For", "Cache-Control", "Origin", "X-Shop"], True),
        (["User-Agent", "X-Shop", "X-Basket", "X-Till", "X-Coupon"], False),
        (["User-Agent", "X-Forwarded-For", "Cache-Control", "ada@example.org"], False),
    ],
)
def test_names_of_programs_are_no_data(names: list[str], *, fields: bool) -> None:
    """Members that come and go are fields where most are made of words that programs use."""
    records = [{"up": True, "headers": {names[n % len(names)]: ["x"]}} for n in range(60)]
    found = set(verbs(proposed(records))) - {"up"}
    assert found == ({f"headers.{name}[]" for name in names} if fields else {"headers"})


def test_measures_as_text_are_dropped_with_a_reason() -> None:
    """A number that is written as text is no measure to a stage, and the proposal says so."""
    text = infer(FORMATS["json"], [b'{"up":true,"seconds":"%d"}\n' % n for n in range(60)])
    assert "its name says a measure; written as text" in text
    assert verbs(Policy.from_toml(text)) == {"up": "keep", "seconds": "drop"}


@pytest.mark.parametrize("value", [1747000000, 1747000000.5, "1747000000123"])
@pytest.mark.parametrize("name", ["ts", "time", "timestamp", "@timestamp"])
def test_times_as_numbers_are_times(name: str, value: Any) -> None:
    """Seconds since 1970, or a fraction of them, under the name of a moment leave to the hour."""
    policy = proposed([{name: value}] * 5)
    left = Pipeline(policy).json(json.dumps({name: value}).encode())
    assert left is not None
    assert b"17469972" in left


def test_names_with_a_sign_before_them_are_names() -> None:
    """`@timestamp` and `$date` are what programs call a time."""
    time = "2026-05-11T09:02:44Z"
    policy = proposed([{"@timestamp": time, "t": {"$date": time}}] * 3)
    assert verbs(policy) == {"@timestamp": "generalize", "t.$date": "generalize"}


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_what_is_too_deep_for_a_policy_is_left_out(opening: str) -> None:
    """A value below more objects and lists than a path has steps gets no line."""
    closing = "]" if opening == "[" else "}"
    deep = f'{{"up":true,"d":{opening * 40}1{closing * 40}}}\n'.encode()
    assert verbs(Policy.from_toml(infer(FORMATS["json"], [deep] * 3))) == {"up": "keep"}


@pytest.mark.parametrize("types", [["login", "x"], [f"x{n}" for n in range(200)]])
def test_types_that_are_rare_are_a_field(types: list[str]) -> None:
    """Where no type, or not nearly every one, would get a record of its own, objects are objects."""
    policy = proposed([{"type": kind, "up": True} for kind in types])
    assert policy.records.keys() == {"object"}


def test_a_log_whose_type_is_object_is_one_of_objects() -> None:
    """A type called `object` would be every record, so such a log is taken by its paths alone."""
    policy = proposed([{"type": kind, "ip": "203.0.113.7"} for kind in ("object", "login")] * 3)
    assert verbs(policy) == {"type": "keep", "ip": "truncate"}
