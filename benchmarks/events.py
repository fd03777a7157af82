"""Events: what anonymizing costs on top of decoding and encoding.

The floor is the least that any tool must do with the same fields: a typed decode and an array
encode, no anonymization. The hand-written function does what the compiled one does, by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime
from socket import AF_INET, inet_pton
from typing import TYPE_CHECKING, Any

import msgspec
from measure import Line, cpu, ratios
from workloads import EVENTS, events

from anonkit import Keyring, Pipeline, Policy
from anonkit.keys.derive import Label
from anonkit.policy.plan import FieldScope, bind
from anonkit.policy.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNT = 60_000
ROUNDS = 11
FLOOR = "typed decode + array encode"

_ENCODE = msgspec.msgpack.Encoder().encode


class _Login(msgspec.Struct, tag="login"):
    at: datetime
    user: str
    session: str
    ip: str
    app_version: str
    os: str
    locale: str
    method: str
    success: bool


class _PageChange(msgspec.Struct, tag="page_change"):
    at: datetime
    user: str
    session: str
    ip: str
    app_version: str
    os: str
    page: str
    previous: str
    duration_ms: int
    step: int


class _Crash(msgspec.Struct, tag="crash"):
    at: datetime
    user: str
    session: str
    ip: str
    app_version: str
    os: str
    exception: str
    memory_mb: int
    uptime_s: int


_DECODE = msgspec.json.Decoder(_Login | _PageChange | _Crash).decode


def _floor(record: bytes) -> bytes:
    e: Any = _DECODE(record)
    common = (e.at, e.user, e.session, e.ip, e.app_version, e.os)
    if e.__class__ is _Login:
        return _ENCODE(("login", *common, e.locale, e.method, e.success))
    if e.__class__ is _PageChange:
        return _ENCODE(("page_change", *common, e.page, e.previous, e.duration_ms, e.step))
    return _ENCODE(("crash", *common, e.exception, e.memory_mb, e.uptime_s))


def _hand_written(keys: Keyring) -> Callable[[bytes], bytes]:
    """Return the function that a developer who knows all of this would write."""
    from hashlib import blake2b

    def template(domain: str) -> Callable[[], Any]:
        label = Label("token", ("blake2b", "128", "text", "domain", domain))
        key = FieldScope(keys.in_force(), "", "", "").key(label)
        return blake2b(key=key, digest_size=16).copy

    user_state, session_state = template("user"), template("session")

    def convert(record: bytes) -> bytes:
        e: Any = _DECODE(record)
        at = e.at
        at = datetime(at.year, at.month, at.day, at.hour, 0, 0, 0, UTC)
        user = user_state()
        user.update(e.user.encode())
        session = session_state()
        session.update(e.session.encode())
        ip = inet_pton(AF_INET, e.ip)[:3] + b"\0"
        common = (at, user.digest(), session.digest(), ip, e.app_version, e.os)
        if e.__class__ is _Login:
            return _ENCODE(("login", *common, e.locale, e.method, e.success))
        if e.__class__ is _PageChange:
            return _ENCODE(("page_change", *common, e.page, e.previous, e.duration_ms, e.step))
        return _ENCODE(("crash", *common, e.exception, e.memory_mb, e.uptime_s))

    return convert


def run() -> Iterator[Line]:
    """Yield the figures of the event path."""
    keys = Keyring.generate()
    unique = events(COUNT, unique=1)
    few = events(COUNT, unique=0.01)
    dicts = [msgspec.json.decode(record) for record in unique]
    hand_written = _hand_written(keys)
    _same(Pipeline(EVENTS, keys=keys).row, hand_written, unique)

    def through(records: list[Any], cache: int) -> Callable[[], float]:
        """Measure a new pipeline, so that its cache starts cold; compiling it is not counted."""

        def measured() -> float:
            row = Pipeline(EVENTS, keys=keys, cache=cache).row
            row(records[0])
            return cpu(lambda: [row(record) for record in records])

        return measured

    def each(function: Callable[[Any], Any], records: list[Any]) -> Callable[[], float]:
        return lambda: cpu(lambda: [function(record) for record in records])

    def floor(records: list[Any]) -> Callable[[], float]:
        return each(_floor, records)

    figures = ratios(
        floor(unique),
        {
            "uncached": through(unique, 0),
            "few": through(few, 4096),
        },
        rounds=ROUNDS,
    )
    size = sum(map(len, unique)) / len(unique)
    packed = sum(len(_ENCODE(msgspec.msgpack.decode(hand_written(r)))) for r in unique)
    yield Line("event in, JSON", size, "bytes", None, f"mean of {COUNT:,}")
    yield Line("event out, row", packed / len(unique), "bytes", None, f"mean of {COUNT:,}")
    yield Line("event, identifiers unique", figures["uncached"], "x", 3.7, FLOOR)
    yield Line("event, identifiers 1 % unique, cold cache", figures["few"], "x", 2.1, FLOOR)
    useless = ratios(through(unique, 0), {"cache": through(unique, 4096)}, rounds=ROUNDS)
    yield Line("event, cache when identifiers are unique", useless["cache"], "x", 1.35, "no cache")
    by_hand = ratios(each(hand_written, unique), {"compiled": through(unique, 0)}, rounds=ROUNDS)
    yield Line("event, compiled", by_hand["compiled"], "x", 1.12, "hand-written function")

    plan = bind(Policy.from_events(*EVENTS), keys.in_force())

    def stage_list(record: dict[str, Any]) -> bytes:
        return _ENCODE(Walk(plan[record["type"]], packed=True).run(record))

    figures = ratios(each(stage_list, dicts), {"dict": through(dicts, 0)}, rounds=5)
    yield Line("event, dict in", figures["dict"], "x", 0.6, "stages one by one")


def _same(
    compiled: Callable[[bytes], bytes | None],
    by_hand: Callable[[bytes], bytes],
    records: list[bytes],
) -> None:
    """Make sure that what is compared does the same."""
    for record in records[:1000]:
        if compiled(record) != by_hand(record):
            raise AssertionError("the hand-written function differs")
