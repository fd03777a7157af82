"""Event classes that the tests share: every kind of field, and every way of nesting."""

# ruff: noqa: DTZ001 - times without a zone are cases

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum, IntEnum
from typing import Annotated, ClassVar, Literal

import msgspec
from hypothesis import strategies as st

from anonkit import Event
from anonkit.records.event import Why
from anonkit.stages import drop, generalize, keep, pseudonymize, truncate
from strategies import addresses, floats, integers, texts


class Level(Enum):
    LOW = "low"
    HIGH = "high"


class Code(IntEnum):
    OK = 0
    BAD = 1


class City(msgspec.Struct):
    name: Annotated[str, keep()]
    zip_code: Annotated[str, pseudonymize()] = msgspec.field(name="zip.code", default="")


class Person(msgspec.Struct, kw_only=True):
    id: Annotated[int, pseudonymize("person")]
    email: Annotated[str, drop()]
    city: City | None = None
    notes: Annotated[list[str], drop()] = []


class Visit(Event):
    """One of every kind."""

    purpose: ClassVar[str] = "testing"

    at: Annotated[datetime, generalize("1h"), Why("when", kind="time")]
    ip: Annotated[str, truncate()]
    user: Annotated[str, pseudonymize("login", canonical=("casefold",))]
    text: Annotated[str, keep()]
    level: Annotated[Level, keep()]
    code: Annotated[Code, generalize(step=2)]
    mode: Annotated[Literal["a", "b"], pseudonymize()]
    count: Annotated[int, generalize(log=2)]
    ratio: Annotated[float, generalize(step=0.5)]
    ok: Annotated[bool, keep()]
    day: Annotated[date, generalize("1mo")]
    lasted: Annotated[timedelta, generalize(step=60)]
    either: Annotated[int | str, pseudonymize()]
    secret: Annotated[str, drop()]
    person: Person
    people: list[Person]
    ips: Annotated[list[str], truncate(), Why("hops", withhold="field")]
    grid: list[list[Annotated[int, keep()]]]
    tags: dict[str, Annotated[str, keep()]]
    names: dict[Annotated[str, pseudonymize()], Annotated[int, keep()]]
    cities: dict[str, City]
    maybe: Annotated[str | None, keep()] = None
    version: Annotated[str, generalize(parts=1)] = "1.2.3"


class Ping(Event):
    """The smallest."""

    host: Annotated[str, pseudonymize()]


_cities = st.builds(City, texts, texts)
_people = st.builds(Person, id=integers, email=texts, city=st.none() | _cities)
_plain = st.text("abcXYZ", min_size=1, max_size=3)
pings = st.builds(Ping, host=texts)
visits = st.builds(
    Visit,
    at=st.datetimes(timezones=st.none() | st.timezones(), min_value=datetime(1900, 1, 1)).map(
        lambda time: time.replace(microsecond=0)
    ),
    ip=addresses,
    user=texts,
    text=texts,
    level=st.sampled_from(Level),
    code=st.sampled_from(Code),
    mode=st.sampled_from(["a", "b"]),
    count=integers,
    ratio=floats,
    ok=st.booleans(),
    day=st.dates(),
    lasted=st.timedeltas(timedelta(0), timedelta(days=9)).map(
        lambda span: timedelta(seconds=int(span.total_seconds()))
    ),
    either=integers | texts,
    secret=texts,
    person=_people,
    people=st.lists(_people, max_size=2),
    ips=st.lists(addresses, max_size=2),
    grid=st.lists(st.lists(integers, max_size=2), max_size=2),
    tags=st.dictionaries(_plain | texts, texts, max_size=2),
    names=st.dictionaries(texts, integers, max_size=2),
    cities=st.dictionaries(_plain, _cities, max_size=2),
    maybe=st.none() | texts,
    version=st.sampled_from(["1", "2.3", "v4.5-rc1"]),
)
