"""Records of `object`: JSON objects by the paths of their values, whatever type they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from anonkit import Event, Pipeline, Policy
from anonkit.errors import PolicyError
from anonkit.explain.infer import infer
from anonkit.explain.preview import preview
from anonkit.pack import export, pack, unpack
from anonkit.parse.formats import FORMATS
from anonkit.parse.window import Window
from anonkit.policy.lint import findings
from anonkit.policy.packing import about, schema_of
from anonkit.send import Consent, Outbox
from anonkit.stages import keep
from strategies import keyring

if TYPE_CHECKING:
    from pathlib import Path

POLICY = Policy.from_toml("""
retain = "90d"
[record.object]
fields.type = "keep"
fields.ip = { truncate = true, withhold = "field" }
fields."user.id" = "pseudonymize"
fields."tags.*" = "keep"
""")
RECORD = {"type": "any", "ip": "203.0.113.7", "user": {"id": 7, "name": "Ada"}, "tags": {"a": 1}}
LEFT = {"type": "any", "ip": "203.0.113.0", "tags": {"a": 1}}


def left(policy: Policy, data: bytes, form: str = "json", **options: Any) -> tuple[bytes, Pipeline]:
    """Return what leaves of lines, and the pipeline that counted them."""
    pipeline = Pipeline(policy, keys=keyring() if policy.keyed else None)
    stream = pipeline.lines(form, **options)
    return stream.feed(data) + stream.finish(), pipeline


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_every_object_is_one(form: str) -> None:
    """Whatever type they say, or none, objects leave by the same fields, and none is added."""
    policy = Policy.from_toml('[record.object]\nfields.ip = "truncate"')
    data = b"".join(
        b'{%b"ip":"203.0.113.7","x":1}\n' % said
        for said in (b"", b'"type":"login",', b'"type":null,', b'"type":[{}],', b'"type":"object",')
    )
    out, pipeline = left(policy, data * 40, form)
    assert out == b'{"ip":"203.0.113.0"}\n' * 200
    assert pipeline.report.as_dict()["undeclared_fields"] == {"object": 40 * (5 + 4)}
    assert pipeline.report.as_dict()["records"]["out_by_type"] == {"object": 200}


def test_type_is_a_field_like_any_other() -> None:
    """It leaves where the policy says so, as the policy says; from dicts, JSON and rows alike."""
    pipeline = Pipeline(POLICY, keys=keyring())
    for _ in range(3):
        out = pipeline(RECORD)
        assert out is not None
        assert len(out.pop("user")["id"]) == 22
        assert out == LEFT
    assert pipeline.report.as_dict()["undeclared_fields"] == {"object": 3}
    with pytest.raises(PolicyError, match="is the record type itself"):
        Policy.from_toml('[record.other]\nfields.type = "keep"')
    assert left(Policy.from_toml('[record.row]\nfields.type = "keep"'), b"type,a\nx,1\n", "csv")[
        0
    ] == (b"type,a\nx,\n")


def test_a_column_called_type_does_not_hide_the_type_of_a_row() -> None:
    """A policy of a table is of use for dicts too, and these say their type."""
    policy = Policy.from_toml('[record.row]\nfields.type = "drop"\nfields.a = "keep"')
    pipeline = Pipeline(policy)
    assert pipeline.json(b'{"type":"row","a":1}') == b'{"type":"row","a":1}'
    assert pipeline({"type": "row", "a": 1}) == {"type": "row", "a": 1}


def test_no_other_record_comes() -> None:
    """Beside `object` no type of record is reached, and `check` says so; columns of logs are."""
    text = '[record.object]\nfields.a = "keep"\n[record.login]\nfields.b = "keep"\n[record.row]\nfields.c = "keep"'
    policy = Policy.from_toml(text)
    assert left(policy, b'{"type":"login","a":1,"b":2}\n')[0] == b'{"a":1}\n'
    assert left(policy, b"c,d\n1,2\n", "csv")[0] == b"c,d\n1,\n"
    hidden = [finding.path for finding in findings(policy) if finding.rule == "unreachable"]
    assert hidden == ["record.login"]
    assert left(policy, b'{"type":"row","a":1,"c":2}\n')[0] == b'{"a":1}\n'
    misspelt = Policy.from_toml('[record.objects]\nfields.a = "keep"')
    assert any("called object" in finding.problem for finding in findings(misspelt))


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_no_other_record_comes_while_objects_are_out_of_force(form: str) -> None:
    """Where the purpose of objects is not in force, a record of another type is no way out."""
    policy = Policy.from_toml("""
[record.object]
purpose = "one"
fields.a = "keep"
[record.login]
purpose = "two"
fields.b = "keep"
""")
    pipeline = Pipeline(policy, purposes=["two"])
    assert [pipeline.json(b'{"type":"login","b":1}') for _ in range(3)] == [None] * 3
    assert [pipeline({"type": "login", "b": 1}) for _ in range(3)] == [None] * 3
    stream = pipeline.lines(form)
    assert stream.feed(b'{"type":"login","b":1}\n' * 70) + stream.finish() == b""
    (why,) = pipeline.report.as_dict()["withheld"]
    assert why == {"record": "object", "field": "", "rule": "purpose not in force", "count": 76}


def test_events_are_objects_too() -> None:
    """An event of a type that the policy names beside `object` is an object, each time."""

    class Login(Event):
        """An event of a type that is never reached."""

        b: Annotated[int, keep()]

    policy = Policy.from_toml('[record.object]\nfields.a="keep"\n[record.login]\nfields.b="keep"')
    pipeline = Pipeline(policy)
    assert [pipeline(Login(b=1)) for _ in range(3)] == [{}] * 3
    assert [pipeline.json(Login(b=1)) for _ in range(3)] == [b"{}"] * 3
    assert pipeline.report.as_dict()["records"]["out_by_type"] == {"object": 6}


def test_classes_beside_names_are_never_reached() -> None:
    """`check` names classes beside the record that says more, in the order of the policy."""
    names = ("any_row", "login", "row", "object", "audit", "any_object")
    text = "".join(f'[record.{name}]\nfields.text = "drop"\n' for name in names)
    hidden = [f.path for f in findings(Policy.from_toml(text)) if f.rule == "unreachable"]
    assert hidden == ["record.any_row", "record.login", "record.audit", "record.any_object"]


def test_what_is_no_object_is_withheld() -> None:
    """A line that is no JSON object does not leave, and says why."""
    out, pipeline = left(POLICY, b'7\n{"ip":\n{"ip":"ada"}\n[]\n\n')
    assert out == b"{}\n\n"
    rules = {entry["rule"] for entry in pipeline.report.as_dict()["withheld"]}
    assert rules == {"not JSON", "not an object"}


def test_consent_stands_in_the_object() -> None:
    """An object is asked for its consent, as records of other types are."""
    policy = Policy.from_toml("""
[record.object]
agreed = "ok"
fields.ok = "drop"
fields.n = "keep"
""")
    out, pipeline = left(policy, b'{"ok":true,"n":1}\n{"ok":false,"n":2}\n{"n":3}\n')
    assert out == b'{"n":1}\n'
    assert pipeline.report.records_withheld == 2
    none = Pipeline(policy, purposes=["other"]).lines("json")
    assert none.feed(b'{"ok":true,"n":1}\n') + none.finish() == b""


def test_objects_are_chosen_by_their_time() -> None:
    """The span of a run is that of the log, as for objects by the names of their values."""
    policy = Policy.from_toml('[record.object]\nfields.n = "keep"')
    lines = b"".join(b'{"time":"2026-05-%02dT00:00:00Z","n":%d}\n' % (n, n) for n in range(1, 4))
    window = Window(since=datetime(2026, 5, 2, tzinfo=UTC))
    assert left(policy, lines, window=window)[0] == b'{"n":2}\n{"n":3}\n'


def test_the_preview_names_paths() -> None:
    """A preview shows each value by its path, with the stage that the policy has for it."""
    line = b'{"type":"a","ip":"203.0.113.7","user":{"id":7}}\n'
    (shown,) = preview(Pipeline(POLICY, keys=keyring()), "json", [line])
    assert [(change.path, change.verbs) for change in shown.changes] == [
        ("type", ("keep",)),
        ("ip", ("truncate",)),
        ("user.id", ("pseudonymize",)),
    ]


def test_the_preview_does_so_whichever_way_lines_are_read() -> None:
    """Objects read as records that say their type have the stages of objects too."""
    (shown,) = preview(
        Pipeline(POLICY, keys=keyring()), "jsonl", [b'{"type":"a","ip":"1.2.3.4"}\n']
    )
    assert [(change.path, change.verbs) for change in shown.changes] == [
        ("type", ("keep",)),
        ("ip", ("truncate",)),
    ]


def test_a_pack_is_of_objects_alone() -> None:
    """Records that never come make no pack expire earlier, and tell of no technique."""
    policy = Policy.from_toml("""
[record.object]
retain = "90d"
fields.a = "keep"
[record.login]
retain = "1d"
fields.ip = "truncate"
""")
    today = datetime.now(UTC).date()
    head = about(policy, created=today, period=None)
    assert (head.techniques, head.expires) == (("keep",), today + timedelta(days=90))


def test_a_field_called_type_makes_no_tables() -> None:
    """Analysts get one table of objects, whatever stands in a field that is called `type`."""
    policy = Policy.from_toml('[record.object]\nfields."type.a" = "keep"')
    records = [{"type": {"a": 1}}, {}, {"type": None}]
    head = about(policy, created=datetime.now(UTC).date(), period=None)
    read = unpack(pack(records, schema_of(policy), head))
    assert {name: table.num_rows for name, table in export.tables([read]).items()} == {"": 3}


def test_packs_have_no_type() -> None:
    """Objects are packed as records without a type, and come back as they left."""
    pipeline = Pipeline(POLICY, keys=keyring())
    out = [pipeline(RECORD)] * 2
    head = about(POLICY, created=datetime.now(UTC).date(), period=pipeline.period)
    rows = [pipeline.row(RECORD)] * 2
    for records in (out, rows):
        assert unpack(pack(records, schema_of(POLICY), head)).records == out


def test_objects_of_which_nothing_leaves_are_packed() -> None:
    """An empty row is an object whose fields are all dropped."""
    policy = Policy.from_toml('[record.object]\nfields.a = "drop"')
    pipeline = Pipeline(policy)
    rows = [pipeline.row({"a": 1})] * 3
    head = about(policy, created=datetime.now(UTC).date(), period=None)
    assert unpack(pack(rows, schema_of(policy), head)).records == [{}] * 3


def test_an_outbox_needs_types(tmp_path: Path) -> None:
    """What waits is shown and withdrawn by type, so records without one are refused."""
    pipeline = Pipeline(POLICY, keys=keyring())
    with pytest.raises(PolicyError, match="needs record types"):
        Outbox(tmp_path / "o", pipeline, consent=Consent(tmp_path / "c"))


def test_no_event_is_called_so() -> None:
    """An event says its type, so none can be `object`."""

    class Odd(Event, tag="object"):
        """An event of a forbidden name."""

        n: Annotated[int, keep()]

    with pytest.raises(PolicyError, match="`object` is the type of objects that say none"):
        Policy.from_events(Odd)


def test_a_policy_is_proposed_by_paths() -> None:
    """What is a list here and an object there is dropped whole, once; what is plain has its stage."""
    lines = [b'{"client_ip":"203.0.113.7","a":[{"b":{"c":1}}],"l":[[1]]}\n'] * 3
    lines += [b'{"client_ip":"203.0.113.7","a":{"b":[2]},"l":[{"m":1}]}\n'] * 3
    policy = Policy.from_toml(infer(FORMATS["json"], lines))
    fields = policy.records["object"].fields
    assert {path: field.stages[0].verb for path, field in fields.items()} == {
        "a": "drop",
        "l[]": "drop",
        "client_ip": "truncate",
    }
    assert left(policy, b"".join(lines))[0] == b'{"client_ip":"203.0.113.0"}\n' * 6
