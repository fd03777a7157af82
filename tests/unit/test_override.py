"""Single fields of a policy said anew, as with `--set`."""

from __future__ import annotations

import pytest

from anonkit import Policy
from anonkit.errors import PolicyError
from anonkit.policy.override import REASON, override
from anonkit.stages import Drop, Pseudonymize, Truncate

WEBLOG = Policy.preset("weblog")
APP = Policy.preset("app")


def test_a_field_is_said_anew_and_the_hash_changes() -> None:
    """A setting changes its field alone; kind, purpose and what is withheld stay, and the hash tells."""
    policy = override(WEBLOG, ["referer = drop", "client={truncate={v4=16}}"], "web_request")
    fields, before = policy.records["web_request"].fields, WEBLOG.records["web_request"].fields
    assert fields["referer"].stages == (Drop(),)
    assert (fields["referer"].kind, fields["referer"].withhold) == ("url", "field")
    assert fields["referer"].reason == REASON
    assert fields["client"].stages == (Truncate(v4=16),)
    assert [*fields] == [*before]
    assert {name for name in fields if fields[name] != before[name]} == {"referer", "client"}
    assert len({policy.hash, WEBLOG.hash}) == 2
    assert override(WEBLOG, [], "web_request") == WEBLOG
    assert Policy.from_toml('name="x"\n[record.a]\nfields.b="keep"').hash != policy.hash


def test_what_is_said_in_full_counts() -> None:
    """A table as in a policy file says kind, reason and what is withheld as well."""
    said = '{stages=["truncate","pseudonymize"], reason="r", kind="k", withhold="record"}'
    for field in ("forwarded", "header_x"):
        policy = override(WEBLOG, [f"{field}={said}"], "web_request", ["header_x"])
        made = policy.records["web_request"].fields[field]
        assert made.stages == (Truncate(), Pseudonymize())
        assert (made.reason, made.kind, made.withhold) == ("r", "k", "record")


def test_a_field_that_the_format_alone_has_can_be_kept() -> None:
    """A column that the policy does not name, and the format has, gets a field of its own."""
    policy = override(WEBLOG, ["header_x=keep"], "web_request", ["header_x"])
    assert policy.records["web_request"].fields["header_x"].reason == REASON
    assert (
        "any_name"
        in override(WEBLOG, ["any_name=keep"], "web_request", None).records["web_request"].fields
    )


def test_records_that_say_their_type_are_all_meant_or_one() -> None:
    """Where records say their own type, a field is that of each that has it, or of one by name."""
    every = override(APP, ["user=drop"], "")
    one = override(APP, ["login.user=drop"], "")
    for name, record in APP.records.items():
        if "user" in record.fields:
            assert every.records[name].fields["user"].dropped
            assert one.records[name].fields["user"].dropped == (name == "login")


def test_one_of_any_names_can_be_said_with_its_record() -> None:
    """Where fields have any names, `RECORD.FIELD` is that field, unless a field is called so."""
    policy = Policy.from_toml('[record.object]\nfields.a="keep"\nfields."object.b"="keep"')
    for setting, path in (("object.a", "a"), ("object.b", "object.b"), ("a", "a")):
        fields = override(policy, [f"{setting}=drop"], "object", None).records["object"].fields
        assert {path for path, field in fields.items() if field.dropped} == {path}
    assert (
        "object.c" in override(policy, ["object.c=keep"], "object", None).records["object"].fields
    )


@pytest.mark.parametrize("path", ["usre.id", "user", "object.user"])
def test_what_would_stay_anyway_is_no_field_to_drop(path: str) -> None:
    """To drop what no line names is a slip of the pen: who makes it means another field."""
    policy = Policy.from_toml('[record.object]\nfields."user.id" = "keep"')
    with pytest.raises(PolicyError, match="no line names it, so it stays behind already") as error:
        override(policy, [f"{path}=drop"], "object", None)
    assert path != "usre.id" or error.value.hint == "did you mean user.id?"


@pytest.mark.parametrize(
    ("setting", "record", "problem", "hint"),
    [
        ("referer", "web_request", "--set referer: is FIELD=STAGE", "such as"),
        ("=drop", "web_request", "--set: is FIELD=STAGE", "such as"),
        ("refrer=drop", "web_request", "--set refrer: no field has that name", "mean referer?"),
        ("referer=dorp", "web_request", "--set referer.dorp: unknown word", "did you mean drop?"),
        ("referer=", "web_request", "--set referer: is a stage as in a policy file", "such as drop"),
        ("referer={", "web_request", "--set referer: is a stage as in a policy file", "such as drop"),
        ("referer=1\nx=2", "web_request", "--set referer: is a stage as in a", "such as drop"),
        ("referer=true", "web_request", "--set referer: is a stage", "such as"),
        ("referer=" + "[" * 5000, "web_request", "--set referer: is a stage as in a policy", "such"),
        ("bytes={generalize={lgo=2}}", "web_request", "--set bytes.generalize.lgo: unknown word", "log"),
        ("client={truncate={v4=99}}", "web_request", "--set client: truncate.v4: a prefix is", None),
        ("client=[keep,keep]", "web_request", "--set client: is a stage as in a policy file", "such"),
        ("x=drop", "other", "weblog: says nothing of other", None),
        ("usr=drop", "", "--set usr: no field has that name", "did you mean user?"),
        ("login.usr=drop", "", "--set login.usr: no field has that name", "did you mean login.user?"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_refused(
    setting: str, record: str, problem: str, hint: str | None
) -> None:
    """A setting with an unknown field or stage is refused, with the field and the nearest word."""
    with pytest.raises(PolicyError) as caught:
        override(WEBLOG if record else APP, [setting], record)
    assert caught.value.problem.startswith(problem)
    assert (hint or "") in (caught.value.hint or "")
