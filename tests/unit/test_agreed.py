"""Consent that records tell of: a field or a record without it does not leave, in any form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Annotated, Any, ClassVar

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from anonkit import Event, Pipeline, Policy
from anonkit.errors import PolicyError
from anonkit.pack import unpack
from anonkit.policy.diff import differences
from anonkit.policy.override import override
from anonkit.policy.packing import about, schema_of
from anonkit.policy.policy import Record
from anonkit.records import Agreed, Part, Why
from anonkit.send.batch import Origin
from anonkit.stages import drop, generalize, keep
from strategies import find_secret, secrets

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class Helper(Part):
    name: Annotated[str, keep(), Why("who helps", agreed="named")]


class Place(Part):
    city: Annotated[str, keep(), Why("where", agreed="named")]
    floor: Annotated[int, keep(), Why("how high")]


class Visit(Event):
    at: Annotated[datetime, generalize("1d"), Why("the day")]
    named: Annotated[bool, drop(), Why("decides what leaves")] = False
    who: Annotated[str, keep(), Why("whom to call", agreed="named")]
    asked_at: Annotated[datetime | None, drop(), Why("decides what leaves")] = None
    phone: Annotated[str, keep(), Why("where", agreed=Agreed("asked_at", until="at"))] = ""
    helpers: list[Helper] = msgspec.field(default_factory=list)
    notes: dict[str, Annotated[str, keep(), Why("what", agreed="named")]]
    place: Place
    product: Annotated[str, keep(), Why("which")]


VISIT = Policy.from_events(Visit)


def visit(secret: str, *, named: bool, asked_at: datetime | None = None) -> Visit:
    """Return a visit with a secret in each place that needs consent."""
    return Visit(
        at=START,
        named=named,
        who=secret,
        asked_at=asked_at,
        phone=secret,
        helpers=[Helper(name=secret)] * 3,
        notes={"a": secret},
        place=Place(city=secret, floor=2),
        product="press",
    )


def ways(event: Event) -> list[Any]:
    """Return an event in every form in which a pipeline takes it."""
    plain = msgspec.json.encode(event)
    return [event, msgspec.to_builtins(event), msgspec.json.decode(plain), plain, plain.decode()]


@given(secrets, st.booleans(), st.sampled_from([None, -1, 0, 1]))
@settings(max_examples=60)
def test_what_was_not_agreed_to_is_gone_as_if_the_policy_dropped_it(
    secret: str,
    named: bool,  # noqa: FBT001 - drawn
    late: int | None,
) -> None:
    """In every form and way, a record without consent is the one of a policy that says drop."""
    asked_at = None if late is None else START + timedelta(seconds=late)
    event = visit(secret, named=named, asked_at=asked_at)
    missing = {"named"} - ({"named"} if named else set())
    missing |= {"asked_at"} if late is None or late > 0 else set()
    fields = {
        path: drop() if field.agreed and field.agreed.field in missing else field.stages
        for path, field in VISIT.records["visit"].fields.items()
    }
    twin = Pipeline(Policy("twin", {"visit": Record(fields)}))(msgspec.json.encode(event))
    assert twin is not None
    for pipeline in (Pipeline(Visit), Pipeline(VISIT)):
        for record in ways(event):
            assert pipeline.json(record) == msgspec.json.encode(twin)
            row = pipeline.row(record)
            assert row is not None
            data = Origin(VISIT, VISIT.hash, None).pack([row], START.date())
            (back,) = unpack(data).records
            there = {name: value for name, value in back.items() if value is not None}
            assert there == msgspec.to_builtins(twin) | {"at": there["at"]}
            told = find_secret(row + data + str(pipeline.report).encode(), secret) is not None
            assert told == (missing < {"named", "asked_at"})
        assert pipeline.report.records_withheld == 0


def test_what_is_left_out_is_counted() -> None:
    """The report says which fields went without consent, and counts none that was not there."""
    pipeline = Pipeline(Visit)
    pipeline(visit("x", named=False))
    assert "visit.helpers: not agreed to" in str(pipeline.report)
    quiet = Pipeline(Policy("q", {"a": Record({"y": drop(), "n": _asked("y")})}))
    assert quiet({"type": "a", "n": None}) == quiet({"type": "a", "y": False}) == {"type": "a"}
    assert quiet({"type": "a", "n": "Ada", "y": True}) == {"type": "a", "n": "Ada"}
    assert not any("not agreed" in line for line in str(quiet.report).splitlines())


def _asked(name: str) -> Any:
    from anonkit.policy.policy import Field

    return Field((keep(),), agreed=name)  # type: ignore[arg-type]


class _Odd(tzinfo):
    """A zone that fails when it is asked."""

    def utcoffset(self, _at: datetime | None) -> timedelta:
        raise RuntimeError

    def dst(self, _at: datetime | None) -> None:
        return None

    def tzname(self, _at: datetime | None) -> str:
        return "odd"


@pytest.mark.parametrize(
    ("given_at", "agreed"),
    [
        (START, True),
        (START.isoformat(), True),
        (START.astimezone(timezone(timedelta(hours=9))), True),
        ((START + timedelta(microseconds=1)).isoformat(), False),
        (START.replace(tzinfo=None), False),
        (START.replace(tzinfo=_Odd()), False),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=23))), False),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=23))), True),
        (START.date(), False),
        (START.timestamp(), False),
        (0, False),
        (True, False),
        ("yes", False),
        ("", False),
        ([START], False),
        ({}, False),
        (None, False),
    ],
)
def test_only_a_time_with_a_zone_is_a_time_of_consent(given_at: Any, *, agreed: bool) -> None:
    """What is no moment, or a moment too late, lets the record no further."""
    policy = Policy(
        "p", {"a": Record({"at": drop(), "by": drop()}, agreed=Agreed("at", until="by"))}
    )
    pipeline = Pipeline(policy)
    assert (pipeline({"type": "a", "at": given_at, "by": START}) is not None) == agreed
    assert pipeline({"type": "a", "at": START}) is None
    assert pipeline(b'{"type":"a","at":"2026-11-23T09:30:00Z","by":1e999}') is None
    assert pipeline.report.as_dict()["withheld"][0]["rule"] == "not agreed to"


def test_a_record_that_is_no_object_is_no_consent() -> None:
    """What cannot be read at all is withheld as before."""
    policy = Policy("p", {"a": Record({"y": drop()}, agreed="y")})  # type: ignore[arg-type]
    pipeline = Pipeline(policy)
    assert pipeline(b"[]") is None
    assert pipeline(b'{"type":"a","y":true') is None
    assert pipeline({"type": "a", "y": True, "z": 1}) == {"type": "a"}
    assert pipeline.report.as_dict()["undeclared_fields"]


def test_the_document_says_the_consent_and_reads_it_again() -> None:
    """A policy with consents is the same after its document, in short and in full."""
    toml = """
        [record.a]
        agreed = { field = "asked_at", until = "at" }
        fields.at = { generalize = "1d" }
        fields.asked_at = "drop"
        fields.yes = "drop"
        fields.who = { keep = true, agreed = "yes" }
    """
    policy = Policy.from_toml(toml)
    again = Origin.read(Origin(policy, policy.hash, None).document())
    assert again.policy == policy
    assert policy.records["a"].agreed == Agreed("asked_at", until="at")
    assert policy.hash != Policy.from_toml(toml.replace(', agreed = "yes"', "")).hash


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ('"no_such"', "no_such is no field of this record"),
        ('{ field = "yes", until = "no_such" }', "no_such is no field of this record"),
        ('"tags"', "tags is no field of this record"),
        ("true", "is the name of a field"),
        ("{}", "is the name of a field"),
        ('{ field = "yes", before = "at" }', "is the name of a field"),
        ('{ field = 1, until = "yes" }', "is the name of a field"),
    ],
)
def test_a_consent_that_is_nowhere_is_refused(said: str, problem: str) -> None:
    """A policy whose consent names no field, or is misspelt, does not load: it would never hold."""
    for place in ("agreed = {}", "fields.who = {{ keep = true, agreed = {} }}"):
        with pytest.raises(PolicyError, match=problem):
            Policy.from_toml(
                "[record.a]\nfields.yes = 'drop'\nfields.\"tags[]\" = 'drop'\n" + place.format(said)
            )


def test_a_class_whose_consent_has_another_type_is_refused() -> None:
    """A consent is a bool, or two times: anything else would never hold, and fails at once."""

    class Text(Event):
        agreed: ClassVar[str] = "yes"
        yes: Annotated[str, keep()]

    class Number(Event):
        at: Annotated[int, keep()]
        on: Annotated[datetime, keep(), Why("x", agreed=Agreed("at", until="on"))]

    class Nowhere(Event):
        agreed: ClassVar[str] = "yes"
        who: Annotated[str, keep()]

    for event, problem in (
        (Text, "Text.yes: tells consent, so it is a bool"),
        (Number, "Number.at: tells consent, so it is a datetime"),
        (Nowhere, "Nowhere.*agreed: yes is no field of this record"),
    ):
        with pytest.raises(PolicyError, match=problem):
            Policy.from_events(event)


def test_columns_tell_no_consent() -> None:
    """A log format whose records need consent is refused: a column is never asked."""
    policy = Policy.preset("weblog")
    record = msgspec.structs.replace(policy.records["web_request"], agreed="user")
    asked = msgspec.structs.replace(policy, records={"web_request": record})
    with pytest.raises(PolicyError, match="not for columns"):
        Pipeline(asked).lines("combined")


def test_a_setting_and_a_difference_know_of_consent() -> None:
    """A field said anew still needs its consent, and a policy that asks no more is another."""
    policy = Policy.preset("support")
    changed = override(policy, ["support_case.email=keep"], "", None)
    assert changed.records["support_case"].fields["email"].agreed == Agreed("contact_consent")
    fields = {
        path: msgspec.structs.replace(field, agreed=None)
        for path, field in policy.records["support_case"].fields.items()
    }
    record = msgspec.structs.replace(policy.records["support_case"], fields=fields)
    open_ = msgspec.structs.replace(policy, records=policy.records | {"support_case": record})
    found = {(change.path, change.old, change.new) for change in differences(policy, open_)}
    assert ("record.support_case.fields.email.agreed", "contact_consent", "") in found
    before = Policy.preset("remote-support")
    record = msgspec.structs.replace(before.records["remote_session"], agreed=None)
    after = msgspec.structs.replace(before, records={"remote_session": record})
    (change,) = differences(before, after)
    assert change.path == "record.remote_session.agreed"
    assert (change.old, change.new) == ("consented_at until at", "")


def test_undeclared_names_beside_a_consent_use_up_no_room() -> None:
    """Records that are walked teach the decoders nothing, so that the compiled ones stay strict."""
    policy = Policy(
        "p",
        {
            "a": Record({"y": drop()}, agreed="y"),  # type: ignore[arg-type]
            "b": Record({"n": keep()}),
        },
    )
    pipeline = Pipeline(policy)
    for n in range(200):
        pipeline(b'{"type":"a","y":true,"odd%d":1}' % n)
    assert pipeline(b'{"type":"b","n":1,"more":2}') == {"type": "b", "n": 1}
    assert pipeline(b'{"type":"b","n":1,"more":2}') == {"type": "b", "n": 1}
    assert pipeline._decoders.learned == {"b": {"": ("more",)}}


def test_what_travels_keeps_a_place_for_what_may_be_agreed_to() -> None:
    """The schema has the field while its purpose is in force: some record may have it."""
    schema = schema_of(Policy.preset("support"), {"support", "support_contact"})
    assert "email" in schema.records["support_case"].fields
    said = about(Policy.preset("support"), created=START.date(), period=None)
    assert said.techniques == ("keep", "pseudonymize")


@pytest.mark.parametrize("rest", ["dropped", "asked"])
def test_the_rest_of_an_object_stays_behind_alone(rest: str) -> None:
    """Where only what `*` speaks for goes, by policy or for want of consent, the named parts stay."""
    others: Any = drop() if rest == "dropped" else _asked("y")
    pipeline = Pipeline(Policy("p", {"a": Record({"y": drop(), "o.n": keep(), "o.*": others})}))
    for record in ({"type": "a", "o": {"n": 1, "x": "Ada"}}, b'{"type":"a","o":{"n":1,"x":"Ada"}}'):
        for _ in range(2):
            assert pipeline(record) == {"type": "a", "o": {"n": 1}}
            assert msgspec.msgpack.decode(pipeline.row(record) or b"") == ["a", [1, {}]]
