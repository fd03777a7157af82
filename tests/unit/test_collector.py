"""The collector: what it takes, what it refuses, and that neither leaves a trace of the visitor."""

from __future__ import annotations

import asyncio
import logging
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from anonkit import Keyring, Pipeline, Policy
from anonkit.errors import PackError, SendError
from anonkit.integrations.collector import Collector, Limits, Sink
from anonkit.integrations.nameless import NAMELESS
from anonkit.integrations.places import Place, Places
from anonkit.pipeline import Source
from anonkit.records import Login, PageView
from requests_to import JSON, NDJSON, Answer, answer, ask, in_pieces, scope_of
from strategies import find_secret, secrets

NETWORKS = Path(__file__).parent.parent / "vectors" / "maxmind" / "GeoIP2-City-Test.mmdb"
LONDON = 2643743
AT = "2026-05-11T09:02:44Z"
VIEW = b'{"type":"page_view","at":"2026-05-11T09:02:44Z","page":"orders"}'
LOGIN = b'{"type":"login","at":"2026-05-11T09:02:44Z","user":"ada","method":"sso"}'
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
EVENTS = [Login, PageView]


class Kept:
    """An application and what came out of it."""

    def __init__(self, source: Source = EVENTS, **options: Any) -> None:
        self.lines: list[bytes] = []
        self.pipeline = Pipeline(source, keys=Keyring.generate())
        self.app = Collector(Sink(self.pipeline, self.lines.extend), **options)

    @property
    def records(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.lines]


# --- what comes in ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "body", "count"),
    [
        (JSON, LOGIN, 1),
        (JSON, b" [" + LOGIN + b",\n" + VIEW + b"] ", 2),
        (JSON, b"[]", 0),
        (JSON, msgspec.json.format(LOGIN), 1),
        ({b"content-type": b"application/json; charset=utf-8"}, LOGIN, 1),
        ({b"content-type": b"Application/JSON"}, LOGIN, 1),
        (NDJSON, LOGIN + b"\n" + VIEW + b"\r\n\n" + LOGIN + b"\n", 3),
        (NDJSON, b"", 0),
        ({b"content-type": b"application/jsonl"}, LOGIN, 1),
        ({b"content-type": b"application/ndjson", b"content-encoding": b"identity"}, LOGIN, 1),
        (NDJSON | {b"content-length": str(len(LOGIN)).encode()}, LOGIN, 1),
    ],
)
def test_events_come_as_json_or_ndjson(
    headers: dict[bytes, bytes], body: bytes, count: int
) -> None:
    """One object, an array and lines are taken, and counted in the answer."""
    kept = Kept()
    got = answer(kept.app, body, headers=headers)
    assert (got.status, got.said) == (202, {"kept": count, "withheld": 0})
    assert len(kept.lines) == count
    assert b"connection" not in got.headers


@given(st.integers(1, 40))
@settings(max_examples=20, deadline=None)
def test_any_way_of_splitting_a_body_gives_the_same(size: int) -> None:
    """In whatever pieces a body arrives, the records are the same."""
    kept = Kept()
    body = LOGIN + b"\n" + VIEW
    got = asyncio.run(ask(kept.app, scope_of(NDJSON), in_pieces(body, size)))
    assert got is not None
    assert got.said == {"kept": 2, "withheld": 0}
    whole = [kept.pipeline(msgspec.json.decode(line)) for line in (LOGIN, VIEW)]
    assert [r["type"] for r in kept.records] == [r["type"] for r in whole if r]
    assert kept.records[0]["user"] == (whole[0] or {})["user"]


def test_what_the_policy_withholds_is_counted() -> None:
    """Unknown types, wrong types and missing types are withheld, and the others kept."""
    kept = Kept()
    lines = [
        LOGIN,
        b'{"type":"ada"}',
        b'{"type":["page_view"]}',
        b"{}",
        b'{"type":"login","at":"x"}',
    ]
    got = answer(kept.app, b"\n".join(lines))
    assert (got.status, got.said) == (202, {"kept": 1, "withheld": 4})
    assert kept.pipeline.report.records_withheld == 4


def test_nothing_is_written_when_nothing_may_leave() -> None:
    """A sink is not called with an empty list."""
    calls: list[list[bytes]] = []
    app = Collector(Sink(Pipeline(PageView), calls.append))
    assert answer(app, b'{"type":"ada"}').said == {"kept": 0, "withheld": 1}
    assert calls == []


def test_a_sink_follows_the_periods_of_the_keyring() -> None:
    """A sink asks the clock, so that tokens are those of the period in force, and none is stale."""
    start = datetime(2026, 5, 1, tzinfo=UTC)
    keys = Keyring.generate(at=start, length=timedelta(days=30))
    now = [start]
    lines: list[bytes] = []
    app = Collector(Sink(Pipeline(Login, keys=keys, at=start), lines.extend, clock=lambda: now[0]))
    assert answer(app, LOGIN).status == 202
    now[0] += timedelta(days=40)
    assert answer(app, LOGIN).status == 503  # no key is in force
    keys.rotate(at=now[0])
    assert answer(app, LOGIN).status == 202
    first, second = (msgspec.json.decode(line)["user"] for line in lines)
    assert first != second


# --- what is told of a visitor ------------------------------------------------------------------


def seen(kept: Kept, body: bytes, **options: Any) -> dict[str, Any]:
    assert answer(kept.app, body, **options).status == 202
    return kept.records[-1]


def test_a_visit_is_told_by_the_request() -> None:
    """Browser, device, language, country, region and large city are those of the request."""
    kept = Kept(places=Places(NETWORKS, cities={LONDON}))
    headers = NDJSON | {b"user-agent": FIREFOX, b"accept-language": b"de-DE,en;q=0.5"}
    assert seen(kept, VIEW, headers=headers, client=("81.2.69.160", 1)) == {
        "type": "page_view",
        "at": "2026-05-11T09:00:00Z",
        "page": "orders",
        "agent": "Firefox/131 (Linux)",
        "device": "desktop",
        "language": "de",
        "country": "GB",
        "region": "GB-ENG",
        "city": "London",
    }


def test_a_claimed_place_is_never_taken() -> None:
    """What a sender says of country, region and city is replaced, found or not, with places or not."""
    claim = VIEW[:-1] + b',"country":"Ada","region":"Lovelace","city":"Ada","country":"Ada"}'
    for places, client in ((None, "81.2.69.160"), (Places(NETWORKS), "10.0.0.1")):
        told = seen(Kept(places=places), claim, client=(client, 1))
        assert {told[name] for name in Place._fields} == {None}
    told = seen(Kept(places=Places(NETWORKS)), claim, client=("81.2.69.160", 1))
    assert (told["country"], told["region"], told["city"]) == ("GB", "GB-ENG", None)


def test_what_a_sender_knows_better_is_taken() -> None:
    """Agent, device and language in the record come before the headers of a relay."""
    record = msgspec.json.decode(VIEW) | {"agent": FIREFOX.decode(), "language": "sv-SE"}
    headers = NDJSON | {b"user-agent": b"curl/8", b"accept-language": b"de"}
    told = seen(Kept(), msgspec.json.encode(record), headers=headers)
    assert (told["agent"], told["device"], told["language"]) == (
        "Firefox/131 (Linux)",
        "desktop",
        "sv",
    )
    told = seen(Kept(), msgspec.json.encode(record | {"device": "tv"}), headers=headers)
    assert told["device"] == "tv"


@pytest.mark.parametrize("field", ["agent", "device", "language", "country"])
@pytest.mark.parametrize("value", [7, {"ada": 1}, ["ada"], True])
def test_a_value_of_another_type_gets_nowhere(field: str, value: object) -> None:
    """A field that is no text is withheld or replaced, and never leaves."""
    kept = Kept()
    record = msgspec.json.decode(VIEW) | {field: value}
    assert answer(kept.app, msgspec.json.encode(record)).status == 202
    assert all(found.get(field) is None for found in kept.records)
    assert field != "device" or not kept.records


def test_other_records_are_told_nothing() -> None:
    """Only the named record types say something of the visitor; a field of that name stays its own."""
    kept = Kept(places=Places(NETWORKS))
    headers = NDJSON | {b"user-agent": FIREFOX}
    told = seen(kept, LOGIN, headers=headers, client=("81.2.69.160", 1))
    assert told.keys() <= {"type", "at", "user", "session", "method", "success"}
    none = Kept(places=Places(NETWORKS), visits=())
    assert "country" not in seen(none, VIEW, headers=headers, client=("81.2.69.160", 1))


def test_a_field_that_the_policy_drops_is_not_told() -> None:
    """Of a visit only what the policy lets leave is filled in, and the place not looked up in vain."""
    text = 'name="own"\n[record.page_view]\nfields.country="keep"\nfields.city="drop"\n'
    kept = Kept(Policy.from_toml(text), places=Places(NETWORKS, cities={LONDON}))
    assert seen(kept, VIEW, client=("81.2.69.160", 1)) == {"type": "page_view", "country": "GB"}


def test_a_trusted_proxy_names_the_visitor() -> None:
    """Behind a trusted proxy the forwarded address is looked up, and without trust it is not."""
    headers = NDJSON | {b"x-forwarded-for": b"81.2.69.160"}
    trusting = Kept(places=Places(NETWORKS), trusted=["10.0.0.0/8"])
    assert seen(trusting, VIEW, headers=headers, client=("10.1.2.3", 1))["country"] == "GB"
    for app, client in ((trusting, "192.0.2.1"), (Kept(places=Places(NETWORKS)), "10.1.2.3")):
        assert seen(app, VIEW, headers=headers, client=(client, 1))["country"] is None
    assert seen(trusting, VIEW, headers=headers, client=None)["country"] is None


# --- what is refused ----------------------------------------------------------------------------

LIMITS = Limits(body=2000, line=300, records=5, at_once=2, seconds=0.2)
DEEP = b"[" * 1900


@pytest.mark.parametrize(
    ("status", "options", "body"),
    [
        (400, {}, b"ada.lovelace"),
        (400, {}, LOGIN + b"\n[]"),
        (400, {}, LOGIN + b"\n" + b'{"user":"ada'),
        (400, {}, b'"ada"'),
        (400, {}, b"null"),
        (400, {}, b'{"ada":"\xff"}'),
        (400, {}, b"\xef\xbb\xbf" + LOGIN),
        (400, {}, b'{"ada":' + b"9" * 250 + b"e999}"),
        (400, {}, b'{"a":' * 50),
        (400, {"headers": JSON}, b""),
        (400, {"headers": JSON}, LOGIN + LOGIN),
        (400, {"headers": JSON}, b"[" + LOGIN),
        (400, {"headers": JSON}, b"[7]"),
        (400, {"headers": JSON}, DEEP + b"]" * 0),
        (400, {"headers": NDJSON | {b"content-length": b"ada"}}, LOGIN),
        (400, {"headers": NDJSON | {b"content-length": b"-1"}}, LOGIN),
        (404, {"path": "/ada.lovelace"}, LOGIN),
        (404, {"path": "/events/"}, LOGIN),
        (405, {"method": "GET"}, b""),
        (405, {"method": "ADA-LOVELACE"}, LOGIN),
        (413, {}, b"x" * 2001),
        (413, {}, b'{"type":"' + b"x" * 300 + b'"}'),
        (413, {}, b"{}\n" * 6),
        (413, {"headers": JSON}, b"[" + b"{}," * 5 + b"{}]"),
        (413, {"headers": JSON}, b'[{"type":"' + b"x" * 300 + b'"}]'),
        (413, {"headers": NDJSON | {b"content-length": b"2001"}}, b""),
        (413, {"headers": NDJSON | {b"content-length": b"9" * 5000}}, b""),
        (415, {"headers": {}}, LOGIN),
        (415, {"headers": {b"content-type": b"text/ada"}}, LOGIN),
        (415, {"headers": {b"content-type": b"application/json" + b"x" * 9000}}, LOGIN),
        (415, {"headers": NDJSON | {b"content-encoding": b"gzip"}}, LOGIN),
    ],
)
def test_what_is_refused_is_not_echoed(
    status: int, options: dict[str, Any], body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A refusal is one fixed sentence, ends the connection, and nothing of the request is kept."""
    caplog.set_level(logging.DEBUG)
    kept = Kept(limits=LIMITS)
    got = answer(kept.app, body, query=b"mail=ada", **options)
    assert got.status == status
    assert got.said.keys() == {"error"}
    assert len(got.body) < 80
    assert got.headers[b"connection"] == b"close"
    assert (b"allow" in got.headers) == (status == 405)
    assert kept.lines == []
    for text in (got.body.decode(), caplog.text, repr(got.scope)):
        assert "ada" not in text.lower()
        assert "203.0.113.77" not in text
    assert f"status {status}: 0 kept, 0 withheld" in caplog.text


def test_a_newer_http_has_no_connection_header() -> None:
    """A refusal over HTTP/2 has no header that HTTP/2 forbids."""
    got = answer(Kept().app, LOGIN, path="/", version="2")
    assert (got.status, b"connection" in got.headers) == (404, False)


def test_a_slow_body_is_given_up() -> None:
    """A body that does not arrive in time is refused, however little by little it comes."""
    kept = Kept(limits=LIMITS._replace(seconds=0.05))
    drops = ({"type": "http.request", "body": b" ", "more_body": True} for _ in range(10_000))
    got = asyncio.run(ask(kept.app, scope_of(NDJSON), drops, delay=0.01))
    assert got is not None
    assert (got.status, got.said) == (408, {"error": "too slow"})
    assert answer(kept.app, LOGIN).status == 202  # and its place is free again


def test_an_endless_body_is_read_to_the_limit_alone() -> None:
    """Of a body without end no more is asked for than the limit and one piece."""
    kept, read = Kept(limits=LIMITS), 0

    def endless() -> Any:
        nonlocal read
        while True:
            read += 1
            yield {"type": "http.request", "body": b"x" * 100, "more_body": True}

    got = asyncio.run(ask(kept.app, scope_of(NDJSON), endless()))
    assert got is not None
    assert got.status == 413
    assert read == LIMITS.body // 100 + 1


def test_a_broken_connection_is_not_answered(caplog: pytest.LogCaptureFixture) -> None:
    """Of a request that breaks off nothing is kept, and nobody is answered."""
    caplog.set_level(logging.DEBUG)
    kept = Kept()
    messages = [
        {"type": "http.request", "body": LOGIN, "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert asyncio.run(ask(kept.app, scope_of(NDJSON), messages)) is None
    assert kept.lines == []
    assert caplog.messages[-1] == "broken off"


def test_who_comes_too_many_at_once_is_told_to_come_again() -> None:
    """Beyond the number at once a request is refused unread, and later ones are taken."""
    kept = Kept(limits=LIMITS)

    async def crowd() -> list[Answer | None]:
        slow = [ask(kept.app, scope_of(NDJSON), []) for _ in range(LIMITS.at_once)]
        waiting = [asyncio.create_task(request) for request in slow]
        await asyncio.sleep(0)
        refused = await ask(kept.app, scope_of(NDJSON), in_pieces(LOGIN))
        return [refused, *await asyncio.gather(*waiting)]

    refused, *slow = asyncio.run(crowd())
    assert refused is not None
    assert (refused.status, refused.headers[b"retry-after"]) == (503, b"1")
    assert [got and got.status for got in slow] == [408, 408]
    assert answer(kept.app, LOGIN).status == 202


def test_a_crowd_of_slow_clients_costs_what_the_limits_say() -> None:
    """Memory stays within the limits, whatever hundreds of clients send as long as they like."""
    limits = Limits(body=10_000, at_once=20, seconds=0.3)
    kept = Kept(limits=limits)

    async def hostile(number: int) -> int | None:
        drops = (
            {"type": "http.request", "body": b"x" * 90, "more_body": True} for _ in range(10**6)
        )
        got = await ask(kept.app, scope_of(NDJSON), drops, delay=0.001 * (number % 3))
        return got and got.status

    async def crowd() -> list[int | None]:
        return await asyncio.gather(*(hostile(number) for number in range(300)))

    tracemalloc.start()
    try:
        statuses = asyncio.run(crowd())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert set(statuses) <= {408, 413, 503}
    assert statuses.count(503) >= 200
    # Twice, since a growing buffer is copied; and what asyncio needs for 300 requests.
    assert peak < 2 * limits.at_once * limits.body + 300 * 10_000


def test_a_hundred_thousand_headers_are_read_once() -> None:
    """However many headers there are, the request is answered, and its visitor told at most once."""
    kept = Kept(places=Places(NETWORKS), trusted=["203.0.113.0/24"])
    headers = [(b"x-forwarded-for", b"203.0.113.9")] * 50_000 + [(b"cookie", b"ada")] * 50_000
    got = answer(kept.app, VIEW, headers=[*headers, (b"content-type", b"application/json")])
    assert got.status == 202
    assert kept.records[0]["country"] is None


# --- when it cannot be kept ---------------------------------------------------------------------


class Failing:
    """A keeper that fails as disks and programs do."""

    policy = Policy.from_events(*EVENTS)

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    def record_all(self, events: Any) -> int:
        raise self.failure


@pytest.mark.parametrize(
    ("failure", "status", "told"),
    [
        (SendError("outbox.db: the disk is full"), 503, "outbox.db: the disk is full"),
        (PackError("page_change.step", "a number"), 400, "page_change.step: a number"),
        (ValueError("no such user: ada.lovelace"), 500, "ValueError"),
    ],
)
def test_what_cannot_be_kept_is_told_without_values(
    failure: Exception, status: int, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk is told to the operator, a fault of a program by its class, and to senders neither."""
    got = answer(Collector(Failing(failure)), LOGIN)
    assert got.status == status
    assert "kept" in got.said["error"]
    assert told not in got.said["error"]
    assert f"cannot keep: {told}" in caplog.text
    assert "lovelace" not in caplog.text


def test_a_finder_of_places_that_fails_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    """An error of the caller's own look-up, which may quote the address, is told by its class."""

    def lost(address: str) -> Place:
        raise LookupError(address)

    kept = Kept(places=lost)
    assert answer(kept.app, VIEW).status == 500
    assert "LookupError" in caplog.text
    assert "203.0.113.77" not in caplog.text
    assert kept.lines == []


def test_a_websocket_is_closed_without_a_trace() -> None:
    """A websocket is refused, and its scope emptied as that of any request."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = scope_of({b"cookie": b"ada"}, query=b"ada") | {
        "type": "websocket",
        "subprotocols": ["ada"],
    }
    asyncio.run(Kept().app(scope, receive, send))
    assert sent == [{"type": "websocket.close"}]
    assert "ada" not in repr(scope)


def test_start_and_end_are_acknowledged() -> None:
    """A server's start and end are answered, so that it may start and end."""
    left = iter(["lifespan.startup", "lifespan.shutdown"])
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": next(left)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    asyncio.run(Kept().app({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert logging.getLogger("uvicorn.access").filters == [NAMELESS]


@pytest.mark.parametrize(
    ("logger", "level", "args", "left"),
    [
        ("uvicorn.access", 20, ("203.0.113.77:1", "POST", "/a?ada", "1.1", 503), "|POST|/|1.1|503"),
        ("uvicorn.access", 20, ("203.0.113.77:1", "ADA", "/ada", "1.1", 503), "|-|/|1.1|503"),
        ("uvicorn.access", 20, ("ada",) * 6, None),
        ("uvicorn.access", 20, {"ada": "ada"}, None),
        ("uvicorn.asgi", 5, ("ada",), None),
        ("uvicorn.error", 5, ("ada",), None),
        ("uvicorn.error", 10, ("< Cookie: ada",), None),
        ("uvicorn.error", 20, ("started",), "started"),
    ],
)
def test_the_log_of_a_server_is_nameless(
    logger: str, level: int, args: Any, left: str | None
) -> None:
    """Lines of an access log lose client and path; other forms of it and traces are not written."""
    parts = args if isinstance(args, tuple) else (args,)
    form = "%(ada)s" if isinstance(args, dict) else "|".join(["%s"] * len(parts))
    record = logging.LogRecord(logger, level, __file__, 1, form, parts, None)
    assert NAMELESS.filter(record) == (left is not None)
    assert left is None or record.getMessage() == left


# --- secrets ------------------------------------------------------------------------------------


@given(secrets, st.integers(0, 400))
@settings(max_examples=40, deadline=None)
def test_a_planted_secret_is_found_nowhere(secret: str, cut: int) -> None:
    """A secret in every part of a request, whole or cut off, is in no output, log, answer or scope."""
    records: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger()
    log.addHandler(handler)
    raw = secret.encode("utf-8", "replace")
    kept = Kept(places=Places(NETWORKS), trusted=["203.0.113.0/24"])
    planted = {
        "user": secret,
        "session": secret,
        "country": secret,
        "agent": secret,
        secret: secret,
    }
    lines = [msgspec.json.encode(msgspec.json.decode(line) | planted) for line in (LOGIN, VIEW)]
    body = b"\n".join(lines)
    headers = NDJSON | {
        b"cookie": raw,
        b"user-agent": raw,
        b"x-forwarded-for": raw,
        b"referer": raw,
    }
    try:
        for content, path in (
            (body, "/events"),
            (body[: -1 - cut], "/events"),
            (body, f"/{secret}"),
        ):
            got = answer(kept.app, content, headers=headers, path=path, query=raw)
            everything = [got.body, repr(got).encode(), *kept.lines, *(r.encode() for r in records)]
            found = b"\n".join(
                [*everything, str(kept.pipeline.report).encode(), repr(kept.app).encode()]
            )
            assert find_secret(found, secret) is None
    finally:
        log.removeHandler(handler)
