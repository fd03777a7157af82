"""The scrub stage: text in, text out, anything else withheld."""

from __future__ import annotations

import hashlib
import re
from typing import get_args

import pytest

from anonkit.detect import Known
from anonkit.errors import PolicyError, Withheld
from anonkit.keys.derive import Label
from anonkit.stages.scrub import Action, Scrub, scrub
from anonkit.stages.stage import Placed


class OneKey:
    """A scope whose key depends on the label alone."""

    place = ("record", "field")
    known: Known | None = None

    def key(self, label: Label) -> bytes:
        return hashlib.sha256(repr(label).encode()).digest()


def test_stage_scrubs_text() -> None:
    """The stage replaces what its detectors find, and None stays None."""
    assert scrub()("mail jo@example.org") == "mail [EMAIL]"
    assert scrub(detectors=("ipv4",))("mail jo@example.org") == "mail jo@example.org"
    assert scrub(action="truncate")("203.0.113.77") == "203.0.113.0"
    assert scrub()(None) is None


def test_stage_withholds_what_is_no_text() -> None:
    """A number or bytes are withheld, not passed through."""
    for value in (5, b"jo@example.org", ["jo@example.org"]):
        with pytest.raises(Withheld, match="not text"):
            scrub()(value)


def test_stage_is_placed() -> None:
    """With a field the stage is placed, without it stands alone."""
    placed = scrub("message", detectors=("email",))
    assert isinstance(placed, Placed)
    assert placed.field == "message"
    assert placed.stage == Scrub(detectors=("email",))
    assert Scrub.verb == "scrub"
    assert Scrub.takes == {"text", "url"}
    assert Scrub.costly
    assert scrub().gives("url") == "text"


def test_stage_needs_a_token_function() -> None:
    """Tokens without a key are refused when the plan is built."""
    with pytest.raises(PolicyError, match="needs a key"):
        scrub(action="token")("x")
    step = scrub(action="token").bind(OneKey())
    first, again, other = map(step, ("mail jo@example.org", "jo@example.org", "ja@example.org"))
    assert re.fullmatch(r"mail \[EMAIL:[A-Za-z0-9_-]{16}\]", first)
    assert first.endswith(again)
    assert other != again
    halves = [step(f"password=hunter2{half}") for half in ("\ud800", "\ud801")]
    assert halves[0] != halves[1]
    assert all(re.fullmatch(r"password=\[SECRET:[A-Za-z0-9_-]{16}\]", half) for half in halves)
    with pytest.raises(PolicyError, match="unknown detector"):
        scrub(detectors=("emial",))("x")


@pytest.mark.parametrize("known", [None, Known({"203.0.113.244", "job 4077"})], ids=["", "known"])
@pytest.mark.parametrize("action", get_args(Action))
def test_what_came_before_changes_nothing(action: Action, known: Known | None) -> None:
    """The thousandth message of a kind is scrubbed as the first would be, whatever the action."""
    scope = OneKey()
    scope.known = known
    step = scrub(action=action).bind(scope)
    for message in ("from 203.0.113.{0} done", "job {1} done", "{1} of {0}"):
        messages = [message.format(n % 256, 4000 + n % 100) for n in range(500)]
        last = [step(one) for one in messages][-30:]
        assert last == [scrub(action=action).bind(scope)(one) for one in messages[-30:]]


def test_a_stage_that_cannot_be_is_refused() -> None:
    """An action that there is not, and tokens without a place to take keys from, are refused."""
    with pytest.raises(PolicyError, match=r"scrub\.action: is one of label, token"):
        scrub(action="blur")  # type: ignore[arg-type]
    with pytest.raises(PolicyError, match="needs a key"):
        scrub(action="token").bind()


def test_a_trace_keeps_its_frames_and_lines() -> None:
    """As a trace, a text keeps its frames and line count, with paths relative and values gone."""
    trace = (
        "Traceback (most recent call last):\n"
        '  File "/home/grace/acme/src/imports/csv.py", line 20, in read\n'
        "    row = decode(line)\n"
        "ValueError: no row for ada@example.org\n"
    )
    clean = scrub(trace=True)(trace)
    assert clean.count("\n") == trace.count("\n")
    assert 'File "src/imports/csv.py", line 20, in read' in clean
    assert clean.endswith("ValueError: no row for [EMAIL]\n")
    assert "grace" not in clean
    assert scrub(trace=True)(clean) == clean


def test_a_region_is_asked_of_every_text() -> None:
    """Numbers of a region are found in texts that differ in digits alone from many without any."""
    # Maltese numbers; all that turning the digits of the first makes are none.
    step = scrub(detectors=("email",), region="MT").bind()
    for _ in range(60):
        assert step("bei 3732-61-44 an") == "bei 3732-61-44 an"
    assert step("bei 7774-34-46 an") == "bei [PHONE] an"
