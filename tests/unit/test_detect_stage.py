"""The scrub stage: text in, text out, anything else withheld."""

from __future__ import annotations

import pytest

from anonkit.errors import PolicyError, Withheld
from anonkit.stages.scrub import Scrub, scrub
from anonkit.stages.stage import Placed


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
    step = scrub(action="token").bind_with(lambda _kind, _value: "T0")
    assert step("mail jo@example.org") == "mail [EMAIL:T0]"
    with pytest.raises(PolicyError, match="unknown detector"):
        scrub(detectors=("emial",))("x")
