"""Event classes: read when they are made, and refused by class and field."""


# ruff: noqa: F821 - the unknown name is the case
# ruff: noqa: PYI061 - the case

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import pytest

from anonkit import Event, Pipeline, Policy
from anonkit.errors import PolicyError
from anonkit.records.event import Slot, Why, declaration, record_name
from anonkit.stages import drop, generalize, keep, pseudonymize, truncate
from events import Ping, Visit


class Plain(msgspec.Struct):
    x: int


class Inner(msgspec.Struct):
    x: Annotated[int, keep()]


class Looped(msgspec.Struct):
    next: Looped


class Mixed(Enum):
    A = 1
    B = "b"


class Pairs(Enum):
    A = (1, 2)


class Nothing(Enum):
    """An enumeration of nothing."""


def event(hint: Any, **options: Any) -> type[Event]:
    """Make an event class with one field `f`."""
    return type(Event)("Made", (Event,), {"__annotations__": {"f": hint}, **options})


REFUSED: list[tuple[Any, str]] = [
    (str, "Made.f: has no stage (annotate it: Annotated[..., keep()], drop(), …)"),
    (Annotated[str, "text"], "Made.f: has no stage"),
    (str | None, "Made.f: has no stage"),
    (list[str], "Made.f[]: has no stage"),
    (list, "Made.f: has no stage"),
    (dict[str, int], "Made.f.*: has no stage"),
    (dict[str, list[dict[str, str]]], "Made.f.*[].*: has no stage"),
    (dict[Annotated[str, keep()], int], "Made.f.*: has no stage"),
    (tuple[int, str], "Made.f: a tuple is tuple[T, ...]: places without names are refused"),
    (Annotated[tuple[int], keep()], "Made.f: a tuple is tuple[T, ...]"),
    (Annotated[str, truncate("ip")], "Made.f: a stage in an annotation needs no field name"),
    (Plain, "Plain.x: has no stage"),
    (list[Plain], "Plain.x: has no stage"),
    (Annotated[Inner, keep()], "Made.f: the fields of Inner say their stages themselves"),
    (Looped, "Looped.next: a struct inside itself has no end"),
    (Annotated[Inner | Plain, keep()], "Made.f: type Inner is not one a stage takes"),
    (Annotated[str | list[str], keep()], "Made.f: type list is not one a stage takes"),
    (Annotated[Any, keep()], "Made.f: type Any is not one a stage takes (one of str, int, float, bool,"),
    (Annotated[object, keep()], "Made.f: type object is not one a stage takes"),
    (Annotated[bytes, keep()], "Made.f: type bytes is not one a stage takes"),
    (Annotated[Pairs, keep()], "Made.f: type tuple is not one a stage takes"),
    (Annotated[Literal["a", None], keep()], "Made.f: type NoneType is not one a stage takes"),
    (Annotated[str | datetime, keep()], "Made.f: its values cannot be told apart in JSON (one of"),
    (Annotated[date | datetime, keep()], "Made.f: its values cannot be told apart in JSON"),
    (Annotated[Nothing, keep()], "Made.f: its values cannot be told apart in JSON"),
    (Annotated[Mixed, keep()], "Made.f: its values cannot be told apart in JSON"),
    (Annotated["Unknown", keep()], "Made: an annotation names Unknown, which is not known at module"),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "problem"), REFUSED)
def test_a_class_is_refused_when_it_is_made(hint: Any, problem: str) -> None:
    """A field without a stage, or of a type that cannot be told apart, names class and field."""
    with pytest.raises(PolicyError) as caught:
        event(hint)
    assert str(caught.value).startswith(problem)


CHAINS: list[tuple[Any, str]] = [
    (Annotated[int, truncate()], "Made.f: truncate: does not take integer"),
    (Annotated[float, pseudonymize()], "Made.f: pseudonymize: does not take number"),
    (Annotated[bool, pseudonymize()], "Made.f: pseudonymize: does not take boolean"),
    (Annotated[str, generalize("1h")], "Made.f: generalize: does not take text"),
    (Annotated[int, generalize("1mo")], "Made.f: generalize: does not take integer"),
    (Annotated[int | float, generalize(allow=[1])], "Made.f: generalize: does not take number"),
    (Annotated[str, keep(), truncate()], "Made.f: keep: stands alone"),
    (Annotated[str, pseudonymize(), truncate()], "Made.f: truncate: does not take token out of"),
    (dict[Annotated[str, pseudonymize(), keep()], Annotated[str, drop()]],
     "Made.f.*~: keep: stands alone"),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "problem"), CHAINS)
def test_a_chain_is_refused_with_the_policy(hint: Any, problem: str) -> None:
    """A stage that cannot take the type of its field is refused, naming both."""
    with pytest.raises(PolicyError) as caught:
        Policy.from_events(event(hint))
    assert str(caught.value).startswith(problem)


def test_a_class_without_fields_is_refused() -> None:
    """An event that says nothing is refused by its name."""
    with pytest.raises(PolicyError, match="Made: declares no field"):
        Policy.from_events(type(Event)("Made", (Event,), {}))


def test_a_class_in_a_function_cannot_name_what_is_there() -> None:
    """A nested struct that module level does not know is refused with what to do."""
    with pytest.raises(PolicyError, match="define nested structs above the event, at module level"):

        class Local(Event):
            f: Hidden  # type: ignore[name-defined]


NAMES = {
    "Login": "login", "PageChange": "page_change", "HTTPRequest": "http_request", "A": "a",
    "Rule2Changed": "rule2_changed", "already_snake": "already_snake", "AppIDs": "app_i_ds",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_record_type_is_the_name_of_its_class(name: str) -> None:
    """A class name in lower case with underscores is the record type."""
    assert record_name(name) == NAMES[name]


def test_a_tag_can_be_said() -> None:
    """`tag=` says another record type; one that is no text, or elsewhere, is refused."""

    class Named(Event, tag="other"):
        f: Annotated[int, keep()]

    assert list(Policy.from_events(Named).records) == ["other"]

    class Numbered(Event, tag=5):
        f: Annotated[int, keep()]

    class Elsewhere(Event, tag_field="kind"):
        f: Annotated[int, keep()]

    for wrong in (Numbered, Elsewhere):
        with pytest.raises(PolicyError, match=f"{wrong.__name__}: an event's tag is text in the"):
            Policy.from_events(wrong)
    with pytest.raises(PolicyError, match=r"record.Capital: a record type is lower-case letters"):
        Policy.from_events(type(Event)("Made", (Event,), {"__annotations__": {"f": Annotated[int, keep()]}}, tag="Capital"))  # fmt: skip
    with pytest.raises(PolicyError, match=r"record.ping: two event classes have this type"):
        Policy.from_events(Ping, Ping)


def test_fields_are_keyword_only_and_frozen() -> None:
    """An event is made by name and does not change."""
    with pytest.raises(TypeError):
        Ping("x")  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Ping(host="x").host = "y"  # type: ignore[misc]


def test_a_subclass_adds_fields_and_keeps_those_of_its_base() -> None:
    """Fields of a base come first, with their stages; required ones may follow optional ones."""

    class Base(Event):
        a: Annotated[int, keep()] = 1
        shared: ClassVar[str] = "x"

    class Sub(Base):
        b: Annotated[str, drop()]

    assert list(declaration(Sub).fields) == ["a", "b"]
    assert Pipeline(Sub)(Sub(b="x")) == {"type": "sub", "a": 1}


def test_a_declaration_has_all_places() -> None:
    """Every field and part has a path, and says type, name, and what may be missing."""
    declared = declaration(Visit)
    slots = declared.slots
    assert slots["at"] == Slot(datetime, "at")
    assert slots["maybe"] == Slot(str, "maybe", nullable=True, required=False)
    assert slots["person.city"].nullable
    assert not slots["person.city"].required
    assert slots[r"person.city.zip\.code"] == Slot(str, "zip_code", required=False)
    assert slots["grid[][]"] == Slot(int)
    assert slots["secret"].type is Any
    assert declared.fields["at"].why == Why("when", kind="time")
    assert declared.fields["ips[]"].why == Why("hops", withhold="field")
    assert declared.fields["names.*~"].stages == (pseudonymize(),)
    assert set(slots) == (set(declared.fields) - {"names.*~"}) | {
        "person", "person.city", "people", "people[]", "people[].city", "ips", "grid", "grid[]",
        "tags", "names", "cities", "cities.*",
    }  # fmt: skip


def test_why_reaches_the_policy() -> None:
    """Reason, kind, purpose and what is withheld come from `Why`; the record's purpose is its own."""
    policy = Policy.from_events(Visit)
    record = policy.records["visit"]
    assert record.purpose == "testing"
    assert record.fields["at"].reason == "when"
    assert record.fields["at"].kind == "time"
    assert record.fields["ips[]"].withhold == "field"
    assert record.fields["ip"].kind == "address"


def test_sets_and_tuples_are_lists() -> None:
    """Sets, frozen sets and open tuples leave as lists."""

    class Many(Event):
        a: set[Annotated[int, keep()]]
        b: frozenset[Annotated[int, keep()]]
        c: tuple[Annotated[int, keep()], ...]

    pipeline = Pipeline(Many)
    many = Many(a={1}, b=frozenset({2}), c=(3,))
    for given in (
        many,
        many,
        msgspec.json.encode(many),
        {"type": "many", "a": {1}, "b": [2], "c": ()},
    ):
        left = pipeline(given)
        assert left is not None
        assert (left["a"], left["b"]) == ([1], [2])


def test_a_part_of_another_class_is_withheld() -> None:
    """An event that holds something else where a struct should be is withheld, warm or not."""

    class Sham:
        x = "smuggled"

    class Sub(Inner):
        more: Annotated[str, drop()] = ""

    class Holder(Event):
        inner: Inner

    pipeline = Pipeline(Holder)
    for _ in range(2):
        assert pipeline(Holder(inner=Inner(x=1))) == {"type": "holder", "inner": {"x": 1}}
        assert pipeline(Holder(inner=Sham())) is None  # type: ignore[arg-type]
        assert pipeline(Holder(inner=Sub(x=2))) == {"type": "holder", "inner": {"x": 2}}
    assert pipeline.report.as_dict()["undeclared_fields"] == {"holder": 2}
    assert pipeline.report.as_dict()["withheld"][0]["rule"] == "not an object"


@pytest.mark.parametrize("name", ["at", "ip", "text", "count", "person", "tags"])
def test_a_required_field_may_not_be_missing(name: str) -> None:
    """A record without a field that its class requires is withheld: `missing`."""
    event = {
        "type": "visit", "at": "2026-01-01T00:00:00Z", "ip": "::1", "user": "u", "text": "t",
        "level": "low", "code": 1, "mode": "a", "count": 1, "ratio": 1.5, "ok": True,
        "day": "2026-01-01", "lasted": "PT1M", "either": 1, "secret": "", "person": {"id": 1, "email": ""},
        "people": [], "ips": [], "grid": [], "tags": {}, "names": {}, "cities": {},
    }  # fmt: skip
    from strategies import keyring

    pipeline = Pipeline(Visit, keys=keyring())
    assert pipeline(event)
    del event[name]
    for given in (event, msgspec.json.encode(event), event):
        assert pipeline(given) is None
    (entry,) = pipeline.report.as_dict()["withheld"]
    assert entry == {"record": "visit", "field": name, "rule": "missing", "count": 3}


def test_durations_and_dates_leave() -> None:
    """Dates and durations leave as such, in objects and in JSON."""

    class Span(Event):
        day: Annotated[date, generalize("1mo")]
        lasted: Annotated[timedelta, generalize("1h")]

    span = Span(day=date(2026, 5, 6), lasted=timedelta(minutes=90))
    pipeline = Pipeline(Span)
    assert pipeline(span) == {"type": "span", "day": date(2026, 5, 1), "lasted": timedelta(hours=1)}
    assert pipeline.json(msgspec.json.encode(span)) == (
        b'{"type":"span","day":"2026-05-01","lasted":"PT3600S"}'
    )
