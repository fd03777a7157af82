"""System 5, remote support sessions: consent first, names never, and what is billed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given, settings, strategies as st
from remote_support import read_sessions, send_sessions

from anonkit import Keyring, Pipeline, Policy
from anonkit.records import RemoteSession, SupportCase
from anonkit.seal import VendorKey, unseal
from strategies import find_secret, secrets

KEY = VendorKey.generate()
KEYS = Keyring.generate()
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
@settings(max_examples=50)
def test_a_chosen_name_and_a_case_number_are_found_nowhere(name: str, number: str) -> None:
    """Whatever people call themselves leaves as nothing, and a case number as a token."""
    envelope = send_sessions([session(display_name=name, case=number)], KEYS, KEY.recipient)
    assert envelope is not None
    records = read_sessions(envelope, KEY)
    downstream = b"\n".join(
        [
            envelope,
            unseal(envelope, [KEY]).pack,
            msgspec.json.encode(records),
            repr(records).encode(),
        ]
    )
    assert find_secret(downstream, name) is None
    assert find_secret(downstream, number) is None
    assert "display_name" not in records[0]


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
    assert made.purposes == ({"remote_support"} if agreed else set())
    assert (send_sessions([made], KEYS, KEY.recipient) is not None) == agreed


def test_a_start_without_zone_proves_nothing() -> None:
    """A session whose start has no zone cannot come after its consent."""
    assert session(at=START.replace(tzinfo=None)).purposes == set()


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
    records = read_sessions(
        send_sessions([session(case="C-4711"), session(case="C-4712"), case], KEYS, KEY.recipient)
        or b"",
        KEY,
    )
    mine, other, about = records
    assert mine["case"] == about["case"] != other["case"]
    assert {n for n, value in about.items() if value is not None} == {"type", "serial", "case"}
    preset = Pipeline(Policy.preset("remote-support"), keys=KEYS)
    out = preset(msgspec.json.encode(session(case="C-4711")))
    assert out is not None
    assert out["case"] == mine["case"]


def test_stopping_withholds_every_session_at_once() -> None:
    """When the purpose is no longer in force, the next session is withheld and counted."""
    pipeline = Pipeline(RemoteSession, keys=KEYS, purposes={"remote_support"})
    assert pipeline(session()) is not None
    stopped = pipeline.within(())
    assert stopped(session()) is None
    assert stopped.report.records_withheld == 1
