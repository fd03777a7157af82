"""The public API as its users write it. Never run: mypy in strict mode reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, ClassVar, assert_type

import msgspec

import anonkit
from anonkit import AnonkitError, Event, Keyring, Pipeline, Policy, Report
from anonkit.errors import FormatError, KeyDestroyed, KeyringError, PolicyError, Withheld
from anonkit.files import whole_file
from anonkit.keys import PeriodKey, store
from anonkit.keys.raw import key_bytes, keyring_from_bytes
from anonkit.policy import Field, Record
from anonkit.records.event import Why
from anonkit.send import Consent, Folder, Outbox, Schedule, Sent
from anonkit.stages import Placed, Stage, drop, generalize, keep, pseudonymize, truncate


class Login(Event):
    at: Annotated[datetime, generalize("1h")]
    user: Annotated[str, pseudonymize("user")]
    email: Annotated[str, drop()]
    ip: Annotated[str, truncate(v4=24, v6=48)]
    app_version: Annotated[str, keep()]


now = datetime(2026, 11, 22, tzinfo=UTC)
pipeline = Pipeline(Login, keys=Keyring.generate())
left = pipeline(
    Login(at=now, user="u4711", email="u4711@example.com", ip="203.0.113.77", app_version="4.2")
)
assert_type(left, dict[str, Any] | None)

# Events are checked as dataclasses are.
Login(at=now, user=4711, email="", ip="", app_version="")  # type: ignore[arg-type]
Login(at=now, user="")  # type: ignore[call-arg]
Login(now, "", "", "", "")  # type: ignore[call-arg]
Login(at=now, user="", email="", ip="", app_version="").user = "x"  # type: ignore[misc]


class Level(Enum):
    LOW = "low"


class Person(msgspec.Struct):
    id: Annotated[int, pseudonymize("user", bits=128, algorithm="hmac-sha256")]
    email: Annotated[str, drop()]


class Visit(Event, tag="visit_2"):
    """Nested, optional, and with reasons."""

    purpose: ClassVar[str] = "support"

    person: Person
    others: list[Person]
    ips: Annotated[list[str], truncate(), Why("the way it came", withhold="field")]
    tags: dict[Annotated[str, pseudonymize(canonical=["nfc"])], Annotated[str, keep()]]
    level: Annotated[Level | None, keep()] = None
    day: Annotated[date | None, generalize("1mo")] = None
    lasted: Annotated[timedelta, generalize(step=60)] = timedelta(0)
    version: Annotated[str, generalize(parts=2), generalize(allow=["1.0"])] = "1.0"


# The three forms in, the three forms out.
assert_type(pipeline.json({"type": "login"}), bytes | None)
assert_type(pipeline.row(b'{"type":"login"}'), bytes | None)
assert_type(pipeline.period, str | None)
assert_type(pipeline.at(now), Pipeline)
assert_type(pipeline.report, Report)
assert_type(pipeline.policy, Policy)

# A policy from classes, TOML, Python and a preset; a plain list of stages.
by_class = Policy.from_events(Login, Visit, name="acme", period="30d", retain="730d")
by_text = Policy.from_toml('[record.login]\nfields.ip = "truncate"', source="acme.toml")
by_hand = Policy(
    "acme",
    {"login": Record({"ip": Field((truncate(),), reason="where from", withhold="field")})},
)
assert_type(Policy.preset("weblog"), Policy)
assert_type(by_hand.hash, str)
assert_type(by_hand.document(), dict[str, Any])
several = Pipeline([Login, Visit], keys=Keyring.generate(at=now), at=now, tenant="a", cache=0)
plain = Pipeline(
    [truncate("ip"), pseudonymize("user"), drop("email"), keep("at"), generalize("1h").on("at")],
    keys=Keyring.generate(),
    report=Report(),
)
assert_type(truncate("ip"), Placed)
assert_type(drop("ip"), Placed)
assert_type(keep("ip"), Placed)
assert_type(generalize(step=1).on("n"), Placed)
stages: list[Stage] = [keep(), drop(), truncate(), pseudonymize(), generalize(log=2)]
assert_type(stages[0]("x"), Any)

# Reports.
report = Report()
assert_type(report.records_in, int)
assert_type(report.records_out, int)
assert_type(report.records_withheld, int)
assert_type(report.json(), bytes)
assert_type(str(report), str)
report.add(pipeline.report.as_dict())

# Keys.
keys = Keyring.generate(at=now, length=timedelta(days=30))
assert_type(keys.rotate(at=now), PeriodKey)
assert_type(keys.in_force(now), PeriodKey)
assert_type(keys.periods, tuple[PeriodKey, ...])
keys.destroy(keys.periods[0].id, at=now)
store.save(keys, Path("site.keys"), passphrase=b"x")
assert_type(store.load(Path("site.keys")), Keyring)
assert_type(key_bytes(keyring_from_bytes(bytes(32), id="x").periods[0]), bytes)

with whole_file(Path("out"), mode=0o600) as file:
    file.write(b"")

errors: list[type[AnonkitError]] = [
    PolicyError,
    KeyringError,
    KeyDestroyed,
    FormatError,
    Withheld,
]
try:
    pipeline({})
except PolicyError as error:
    assert_type(error.path, str)
    assert_type(error.hint, str | None)
except Withheld as error:
    assert_type(error.rule, str)

assert_type(anonkit.__version__, str)
# What is no source and what is no key is refused before it runs.
Pipeline("login")  # type: ignore[arg-type]
Pipeline(Login, keys=b"secret")  # type: ignore[arg-type]
pseudonymize(algorithm="md5")  # type: ignore[arg-type]

# Sending: a ledger, an outbox, and whatever delivers.


class Printer:
    def deliver(self, batch: str, data: bytes) -> None: ...


consent = Consent("consent.db")
assert_type(consent.grant("usage", role="user", notice="1", language="de").seq, int)
consent.grant("usage", role="Ada", notice="1", language="de")  # type: ignore[arg-type]
outbox = Outbox("outbox.db", pipeline, consent=consent, schedule=Schedule(records=100))
assert_type(outbox.record(b"{}"), bool)
assert_type(outbox.send(Printer()), Sent)
outbox.send(Folder("there"), everything=True)
outbox.send("there")  # type: ignore[arg-type]
assert_type(pipeline.within(["usage"]), Pipeline)
