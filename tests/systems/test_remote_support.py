"""System 5, remote support sessions: consent first, names never, and what is billed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given, settings, strategies as st

from anonkit import Keyring, Pipeline, Policy
from anonkit.records import RemoteSession, SupportCase
from sites import downstream, on_disk, seen, sent, site
from strategies import find_secret, secrets

KEYS = Keyring.generate()
BY_CLASS = Pipeline(RemoteSession, keys=KEYS)
BY_PRESET = Pipeline(Policy.preset("remote-support"), keys=KEYS)
START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def session(**said: object) -> RemoteSession:
    """Return a session with consent three minutes before its start."""
    given_: dict[str, object] = {
        "at": START,
        "consented_at": START - timedelta(minutes=3),
        "product": "drive controller",
        "duration": 61,
        "outcome": "solved",
    }
    return RemoteSession(**(given_ | said))  # type: ignore[arg-type]


@given(secrets, secrets)
@settings(max_examples=15, deadline=None)
def test_a_chosen_name_and_a_case_number_are_found_nowhere(name: str, number: str) -> None:
    """Whatever people call themselves leaves as nothing, and a case number as a token."""
    pipeline = Pipeline(RemoteSession, keys=KEYS)
    with site(pipeline, "remote_support") as desk:
        desk.record([session(display_name=name, case=number)])
        disk = on_disk(desk)
        envelopes = desk.send()
    found = disk + downstream(envelopes, pipeline)
    assert find_secret(found, name) is None
    assert find_secret(found, number) is None
    assert "display_name" not in seen(envelopes)[0]


@given(st.none() | st.timedeltas(timedelta(days=-2), timedelta(days=2)), st.booleans())
@settings(max_examples=200)
def test_a_session_is_told_exactly_when_consent_came_first(
    before: timedelta | None,
    zoned: bool,  # noqa: FBT001 - drawn
) -> None:
    """Consent at the start or before it lets a session out; later, missing or without zone, not."""
    at = None if before is None else START - before
    at = at if at is None or zoned else at.replace(tzinfo=None)
    made = session(consented_at=at)
    agreed = before is not None and before >= timedelta(0) and zoned
    plain = msgspec.json.encode(made)
    for pipeline in (BY_CLASS, BY_PRESET):
        for given_ in (made, msgspec.to_builtins(made), msgspec.json.decode(plain), plain):
            assert (pipeline(given_) is not None) == agreed
            assert (pipeline.row(given_) is not None) == agreed


def test_a_start_without_zone_proves_nothing() -> None:
    """A session whose start has no zone cannot come after its consent."""
    assert BY_CLASS(session(at=START.replace(tzinfo=None))) is None


@given(st.integers(0, 10**6))
@settings(max_examples=100)
def test_quarters_of_an_hour_begun_are_billed(seconds: int) -> None:
    """A duration leaves as the least number of quarters of an hour that covers it."""
    out = Pipeline(RemoteSession, keys=KEYS)(session(duration=seconds))
    assert out is not None
    assert out["duration"] % 900 == 0
    assert out["duration"] - 900 < seconds <= out["duration"]


def test_a_session_leads_to_its_case_by_token() -> None:
    """A session and its case carry one token; the preset for sessions gives the same one."""
    case = SupportCase(serial="SN-1", case="C-4711", first_name="Ada", email="ada@example.com")
    records = [session(case="C-4711"), session(case="C-4712"), case]
    came = seen(
        sent(
            Pipeline([RemoteSession, SupportCase], keys=KEYS), records, "remote_support", "support"
        )
    )
    (about,) = (record for record in came if record["type"] == "support_case")
    mine, other = (record for record in came if record["type"] == "remote_session")
    assert mine["case"] == about["case"] != other["case"]
    assert {n for n, value in about.items() if value is not None} == {"type", "serial", "case"}
    preset = Pipeline(Policy.preset("remote-support"), keys=KEYS)
    out = preset(msgspec.json.encode(session(case="C-4711")))
    assert out is not None
    assert out["case"] == mine["case"]


def test_stopping_withdraws_at_once_and_purges() -> None:
    """A stop erases the sessions that wait, and the next one is not kept."""
    pipeline = Pipeline(RemoteSession, keys=KEYS)
    with site(pipeline, "remote_support") as desk:
        assert desk.record([session(product="drive controller XQ-7")]) == 1
        assert b"drive controller XQ-7" in on_disk(desk)
        desk.stop("remote_support")
        assert b"drive controller XQ-7" not in on_disk(desk)
        assert desk.record([session()]) == desk.waiting() == 0
        assert desk.send() == []
