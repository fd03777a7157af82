"""Raw events in over HTTP, anonymized ones out; of a visitor what the policy asks for."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from anonkit import Keyring, Pipeline, Policy
from anonkit.integrations.collector import Collector, Sink
from anonkit.integrations.places import Place, Places
from anonkit.records import Login, PageView
from collectors import FIREFOX, LOGIN, NETWORKS, VIEW, Kept
from requests_to import JSON, NDJSON, answer, ask, in_pieces, scope_of
from strategies import find_secret, secrets

LONDON = 2643743
AT = "2026-05-11T09:02:44Z"


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
