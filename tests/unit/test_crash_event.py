"""The crash event is made from an exception or a trace, and leaves through the policy's stages."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import traceback
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from anonkit import Keyring, Pipeline, Policy
from anonkit.crash import crash
from anonkit.detect import Scrubber
from anonkit.records import Crash

AT = datetime(2026, 5, 11, 9, 2, 44, tzinfo=UTC)
GIVEN: dict[str, Any] = {"at": AT, "installation": "box-7", "app_version": "4.2.1"}
CLEAN = Scrubber()


def raised(error: BaseException) -> BaseException:
    """Return an exception as it comes out of a function with a secret in a variable."""
    held = "topsecretvalue"
    try:
        raise error  # noqa: TRY301
    except BaseException as caught:  # noqa: BLE001
        return caught if held else error


def test_an_exception_becomes_an_event() -> None:
    """Kind, place, message, trace and signature come from the exception; the rest is given."""
    error = raised(KeyError("no order of jane.doe@example.org"))
    event = Crash.of(error, **GIVEN, system="Linux")
    assert event.exception == "KeyError"
    assert event.location is not None
    assert event.location.endswith("test_crash_event.py:raised")
    assert event.message == "'no order of [EMAIL]'"
    assert event.signature == crash(error).signature
    assert event.system == "Linux"
    assert "jane.doe" not in msgspec.json.encode(event).decode()
    assert "topsecretvalue" not in msgspec.json.encode(event).decode()


def test_a_trace_becomes_the_same_event() -> None:
    """The printed trace of an exception has its kind, place, message and signature."""
    error = raised(ValueError("no"))
    printed = Crash.of("".join(traceback.format_exception(error)), **GIVEN)
    event = Crash.of(error, **GIVEN)
    assert (printed.exception, printed.location) == (event.exception, event.location)
    assert (printed.message, printed.signature) == (event.message, event.signature)


def test_what_a_hook_was_told_becomes_an_event() -> None:
    """What `install` hands over is taken as it is."""
    told = crash(raised(ValueError("no")))
    assert Crash.of(told, **GIVEN) == Crash.of(raised(ValueError("no")), **GIVEN)


def test_a_field_that_is_given_wins() -> None:
    """An application that knows the place better says it; an unknown field is an error."""
    event = Crash.of("it broke", **GIVEN, location="orders.total")
    assert (event.exception, event.location, event.message) == (
        "unknown",
        "orders.total",
        "it broke",
    )
    with pytest.raises(TypeError):
        Crash.of("it broke", **GIVEN, user="ada")


def test_own_event_with_more_fields() -> None:
    """A subclass is made in the same way."""

    class Late(Crash):
        """A crash with the same fields."""

    assert isinstance(Late.of("it broke", **GIVEN), Late)


@pytest.mark.parametrize("source", ["class", "preset"])
def test_the_stages_of_the_policy_still_run(source: str) -> None:
    """Known values go from message and trace; the trace is left as the event had it otherwise."""
    policy = Policy.preset("app") if source == "preset" else Policy.from_events(Crash)
    pipeline = Pipeline(policy, keys=Keyring.generate(), known={"CUSTOMER": ["Acme Nord"]})
    event = Crash.of(raised(ValueError("export for ACME%20Nord, not acme-sued")), **GIVEN)
    out = json.loads(pipeline.json(event) or b"")
    assert out["message"] == "export for [CUSTOMER], not acme-sued"
    assert out["signature"] == event.signature
    assert event.traceback is not None
    assert out["traceback"] == event.traceback.replace("ACME%20Nord", "[CUSTOMER]")
    assert out["at"] == "2026-05-11T09:02:00Z"
    assert out["installation"] != "box-7"


SECRET = st.one_of(
    st.from_regex(r"[a-z]{3,8}\.[a-z]{3,8}@[a-z]{3,9}\.(?:de|com|org)", fullmatch=True),
    st.ip_addresses(v=4, network="203.0.0.0/8").map(str),
    st.from_regex(r"ghp_[A-Za-z0-9]{35}7", fullmatch=True),
)
WRITTEN = {
    "plain": "{}".format,
    "frame": '  File "/home/{}/x.py", line 3, in f'.format,
    "php": "#0 /srv/x.php(3): f('{}')".format,
    "log": "2026-05-11 ERROR login of {} failed".format,
    "drawn": "    └ {}".format,
    "surrogate": "{} \udcff".format,
}


@settings(max_examples=150, deadline=None)
@given(SECRET, st.sampled_from(sorted(WRITTEN)), st.booleans())
def test_no_planted_secret_leaves(secret: str, place: str, as_text: bool) -> None:  # noqa: FBT001
    """Wherever it stands in a trace or message, a secret is in no field, in no usual form."""
    text = WRITTEN[place](secret)
    error = raised(ValueError(text))
    event = Crash.of(text if as_text else error, **GIVEN, scrubber=CLEAN)
    out = (PIPELINE.json(event) or b"{}").decode().casefold()
    assert out != "{}"
    for form in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()):
        assert form.casefold() not in out
        assert form.casefold() not in repr(event).casefold()


PIPELINE = Pipeline(Crash, keys=Keyring.generate())


def test_signature_is_the_same_in_every_process() -> None:
    """Another process, another seed of hashes: the same signature."""
    script = "from anonkit.crash import crash; print(crash('ValueError: x\\n  at f (a.js:1:2)').signature)"
    seen = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert seen == {crash("ValueError: x\n  at f (a.js:1:2)").signature}
