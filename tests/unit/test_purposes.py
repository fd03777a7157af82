"""Purposes in force: what else stays behind, in every form and by every way in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, ClassVar

import msgspec
import pytest
from hypothesis import assume, given, strategies as st

from anonkit import Event, Keyring, Pipeline, Policy, Report
from anonkit.errors import KeyringError, PackError, PolicyError
from anonkit.pack import pack, unpack
from anonkit.policy import Field, Record
from anonkit.policy.packing import about, schema_of
from anonkit.records.event import Why
from anonkit.send.batch import Origin, purposes_of
from anonkit.stages import generalize, keep, pseudonymize, truncate
from strategies import keyring, policies, records

SECRET = "planted-4711"


class Part(msgspec.Struct):
    name: Annotated[str, keep(), Why("", purpose="support")]
    size: Annotated[int, keep()]


class Opened(Event):
    """A record of one purpose with fields of others."""

    purpose: ClassVar[str] = "usage"

    page: Annotated[str, keep()]
    user: Annotated[str, pseudonymize("user"), Why("", purpose="support")]
    took: Annotated[int, generalize(step=10), Why("", purpose="performance")] = 0
    parts: Annotated[list[Part], Why("")]
    tags: Annotated[list[str], keep(), Why("", purpose="support")]
    marks: Annotated[dict[str, str], keep(), Why("", purpose="support")]


class Failed(Event):
    """A record of another purpose."""

    purpose: ClassVar[str] = "stability"

    kind: Annotated[str, keep()]


OPENED = Opened(
    page="start",
    user=SECRET,
    took=42,
    parts=[Part(name=SECRET, size=2)],
    tags=[SECRET],
    marks={SECRET: SECRET},
)


def forms(pipeline: Pipeline, event: Event) -> list[Any]:
    """Return what leaves of an event by every way in."""
    plain = msgspec.to_builtins(event)
    return [pipeline(given) for given in (event, plain, msgspec.json.encode(event))]


def test_a_record_of_another_purpose_is_withheld_and_counted() -> None:
    """A record whose purpose is not in force gives nothing, under a rule of its own."""
    pipeline = Pipeline([Opened, Failed], keys=Keyring.generate(), purposes=["usage"])
    assert forms(pipeline, Failed(kind=SECRET)) == [None] * 3
    assert pipeline.row(Failed(kind=SECRET)) is None
    assert pipeline.report.as_dict()["withheld"] == [
        {"record": "failed", "field": "", "rule": "purpose not in force", "count": 4}
    ]
    assert pipeline(OPENED) is not None


def test_a_field_of_another_purpose_is_dropped() -> None:
    """Fields of purposes that are not in force stay behind at any depth; the record leaves."""
    pipeline = Pipeline([Opened, Failed], keys=Keyring.generate(), purposes=["usage"])
    for left in forms(pipeline, OPENED):
        assert left == {
            "type": "opened",
            "page": "start",
            "parts": [{"size": 2}],
        }
    assert SECRET not in str(msgspec.msgpack.decode(pipeline.row(OPENED) or b""))
    assert pipeline.report.records_withheld == 0
    assert not pipeline.report.as_dict()["undeclared_fields"]


def test_a_field_does_not_leave_without_its_record() -> None:
    """A purpose that only a field has does not let its record out."""
    pipeline = Pipeline(Opened, keys=Keyring.generate(), purposes=["support"])
    assert pipeline(OPENED) is None


def test_without_purposes_all_are_in_force() -> None:
    """A pipeline that is told no purposes lets all of them pass; one told none lets none."""
    keys = Keyring.generate()
    everything = Pipeline(Opened, keys=keys)(OPENED)
    assert everything is not None
    assert everything["took"] == 40
    assert (
        Pipeline(Opened, keys=keys, purposes=["usage", "support", "performance"])(OPENED)
        == everything
    )
    assert Pipeline(Opened, keys=keys, purposes=[])(OPENED) is None


def test_purposes_change_on_the_way() -> None:
    """`within` gives the same pipeline for the same purposes, and counts in the same report."""
    keys = Keyring.generate()
    report = Report()
    usage = Pipeline(Opened, keys=keys, purposes=["usage"], report=report)
    assert usage.within({"usage"}) is usage
    both = usage.within(["usage", "support"])
    assert both.purposes == {"usage", "support"}
    assert both.within(None)(OPENED) == Pipeline(Opened, keys=keys)(OPENED)
    assert (both.period, both.report) == (usage.period, report)


def test_purposes_and_periods_change_together() -> None:
    """`within` takes the time too, and `at` keeps the purposes."""
    start = datetime(2026, 5, 1, tzinfo=UTC)
    keys = Keyring.generate(at=start, length=timedelta(days=30))
    pipeline = Pipeline(Opened, keys=keys, at=start, purposes=["usage"])
    assert pipeline.within(["usage"], at=start) is pipeline
    later = start + timedelta(days=31)
    with pytest.raises(KeyringError):
        pipeline.within(["support"], at=later)
    keys.rotate(at=later)
    assert pipeline.at(later).purposes == {"usage"}
    assert pipeline.within(["support"], at=later).period == keys.periods[-1].id


def test_purposes_are_names() -> None:
    """One text is refused, because its letters would be taken for purposes."""
    with pytest.raises(PolicyError, match="is a list of names"):
        Pipeline(Opened, keys=Keyring.generate(), purposes="usage")


def test_a_plain_list_of_stages_is_for_usage() -> None:
    """Records of a plain list of stages have the usual purpose."""
    stages = [truncate("ip"), keep("page")]
    record = {"ip": "203.0.113.77", "page": SECRET}
    assert Pipeline(stages, purposes=["usage"])(record) == Pipeline(stages)(record)
    refused = Pipeline(stages, purposes=["support"])
    assert refused(record) is None
    assert refused(b'{"page": 1}') is None
    assert refused.report.records_withheld == 2


def test_lines_of_another_purpose_are_refused() -> None:
    """A stream of lines needs the purpose of its records; columns of others stay behind."""
    policy = Policy.preset("address")
    with pytest.raises(PolicyError, match="purpose not in force"):
        Pipeline(policy, purposes=["support"]).lines("address")
    assert Pipeline(policy, purposes=["operation"]).lines("address").feed(b"203.0.113.77 x\n")


def test_packs_say_what_was_in_force() -> None:
    """Rows for some purposes are packed by the schema for those, and name its techniques alone."""
    pipeline = Pipeline([Opened, Failed], keys=Keyring.generate(), purposes=["usage"])
    schema = schema_of(pipeline.policy, pipeline.purposes)
    said = about(
        pipeline.policy,
        created=date(2026, 5, 1),
        period=pipeline.period,
        purposes=pipeline.purposes,
    )
    assert said.techniques == ("keep",)
    row = pipeline.row(OPENED)
    assert row is not None
    (record,) = unpack(pack([row], schema, said)).records
    assert record == pipeline(OPENED)


def divided(policy: Policy, data: st.DataObject) -> Policy:
    """Return a policy whose records and fields have one of two purposes."""
    purposes = st.sampled_from(["one", "two"])
    return msgspec.structs.replace(
        policy,
        records={
            name: msgspec.structs.replace(
                record,
                purpose=data.draw(purposes),
                fields={
                    path: msgspec.structs.replace(field, purpose=data.draw(st.none() | purposes))
                    for path, field in record.fields.items()
                },
            )
            for name, record in policy.records.items()
        },
    )


@given(policies(), st.data())
def test_purposes_drop_what_the_policy_could_drop(policy: Policy, data: st.DataObject) -> None:
    """What leaves is what the same policy lets out when the other fields say drop, in all forms."""
    changed = divided(policy, data)
    left = changed.within(["one"])
    pipeline = Pipeline(changed, keys=keyring(), purposes=["one"])
    twin = Pipeline(msgspec.structs.replace(policy, records=left), keys=keyring()) if left else None
    for record in data.draw(st.lists(records(changed), min_size=1, max_size=4)):
        for given_ in (record, msgspec.json.encode(record)):
            assert pipeline.row(given_) == (twin.row(given_) if twin else None)
            assert pipeline(given_) == (twin(given_) if twin else None)


@given(policies(), st.data())
def test_a_pack_is_narrowed_as_if_it_had_been_narrow(policy: Policy, data: st.DataObject) -> None:
    """What a purpose that ends leaves of a pack is what records give without that purpose."""
    assume(policy.untyped is None)  # an outbox takes none whose records say no type
    changed = divided(policy, data)
    wide = Pipeline(changed, keys=keyring(), purposes=["one", "two"])
    drawn = data.draw(st.lists(records(changed, wrong=False), min_size=1, max_size=6))
    left = [record for record in drawn if wide.row(record) is not None]
    left = [record for record in left if changed.records[record["type"]].purpose == "one"]
    origin = Origin.of(changed, ["one", "two"], wide.period)
    narrow = origin.without(["two"])
    assert (narrow is not None) == bool(changed.within(["one"]))
    if narrow is None or not left:
        return
    try:
        packed = origin.pack([wide.row(record) for record in left], date(2026, 5, 1))
    except PackError:  # a value that no pack takes is refused before it waits
        return
    pipeline = Pipeline(changed, keys=keyring(), purposes=["one"])
    directly = narrow.pack([pipeline.row(record) for record in left], date(2026, 5, 1))
    assert unpack(narrow.narrow(packed, date(2026, 5, 1))).records == unpack(directly).records
    assert Origin.read(narrow.document()).schema == narrow.schema
    assert purposes_of(narrow.policy) <= {"one"}


def test_null_stays_null_when_a_pack_is_narrowed() -> None:
    """Null in the place of an object or a list is left as it is, and other fields still go."""
    one, two = Field(keep(), purpose="one"), Field(keep(), purpose="two")
    policy = Policy("null", {"r": Record({"a.b": one, "c[]": one, "d": two}, purpose="one")})
    origin = Origin.of(policy, ["one", "two"], None)
    packed = origin.pack([{"type": "r", "a": None, "c": None, "d": SECRET}], date(2026, 5, 1))
    narrow = origin.without(["two"])
    assert narrow is not None
    assert unpack(narrow.narrow(packed, date(2026, 5, 1))).records == [
        {"type": "r", "a": None, "c": None}
    ]
