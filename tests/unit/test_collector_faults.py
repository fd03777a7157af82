"""What a collector refuses, and what it says when it cannot keep or answer."""

from __future__ import annotations

import asyncio
import logging
import tracemalloc
from typing import Any

import pytest

from anonkit import Policy
from anonkit.errors import PackError, SendError
from anonkit.integrations.collector import Collector, Limits
from anonkit.integrations.nameless import NAMELESS
from anonkit.integrations.places import Place, Places
from collectors import EVENTS, LOGIN, NETWORKS, VIEW, Kept
from requests_to import JSON, NDJSON, Answer, answer, ask, in_pieces, scope_of

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
