"""Laws of free text: gated = ungated, twice = once, cut anywhere at line ends, nothing planted survives."""

from __future__ import annotations

import json
from functools import cache
from urllib.parse import quote

import pytest
from hypothesis import given, settings, strategies as st

from anonkit.detect import Scrubber
from anonkit.detect.table import DETECTORS

GATED = Scrubber()
UNGATED = Scrubber(gated=False)
TOKENED = Scrubber(action="token", token=lambda kind, value: f"{kind[:2]}{len(value)}")

# Pieces that detectors, hints and marks are made of, so that random texts come near to matches.
SNIPPETS = sorted(
    {
        *(row.specimen for row in DETECTORS),
        *(row.false_friend for row in DETECTORS),
        *(hint for row in DETECTORS for hint in row.hints),
        *(key for row in DETECTORS for key in row.keys),
        *(word for row in DETECTORS for word in row.words),
        "[EMAIL]",
        "[IPV4]",
        "[SECRET:abc_-1]",
        "[ERROR]",
        "ä ß İ Ж 😀",
        "2024-01-02T03:04:05.678Z",
        "\x00",
    }
)
PIECE = st.one_of(
    st.sampled_from(SNIPPETS),
    st.sampled_from(
        [" ", "\n", "=", ": ", '"', "'", "/", "\\", ".", "-", "@", "://", "+", "%20", "\r\n"]
    ),
    st.text("aAzZ09 @.:=/\\-+_%\"'[]ß\n", max_size=8),
    st.text(max_size=4),
)
TEXT = st.lists(PIECE, max_size=8).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXT)
def test_gate_changes_nothing(text: str) -> None:
    """The gate only saves time: with it and without it the same is found."""
    assert GATED.find(text) == UNGATED.find(text)


@settings(max_examples=400, deadline=None)
@given(TEXT)
def test_fast_gate_changes_nothing(text: str) -> None:
    """With google-re2 as the gate the same is found."""
    assert _fast().find(text) == UNGATED.find(text)


@cache
def _fast() -> Scrubber:
    return Scrubber(fast=True)


@pytest.mark.parametrize("clean", [GATED, TOKENED], ids=["label", "token"])
@settings(max_examples=300, deadline=None)
@given(text=TEXT)
def test_twice_is_once(clean: Scrubber, text: str) -> None:
    """Scrubbing what was scrubbed changes nothing."""
    once = clean(text)
    assert clean(once) == once


@settings(max_examples=300, deadline=None)
@given(TEXT, st.integers(1, 3))
def test_any_cut_at_line_ends(text: str, size: int) -> None:
    """Cut at line ends into pieces of any size, the text comes out the same."""
    lines = text.split("\n")
    pieces = ["\n".join(lines[at : at + size]) + "\n" for at in range(0, len(lines), size)]
    pieces[-1] = pieces[-1][:-1]
    assert "".join(GATED.lines(pieces)) == GATED(text)


@settings(max_examples=200, deadline=None)
@given(TEXT)
def test_spans_are_in_order_and_apart(text: str) -> None:
    """What is found lies inside the text, in order, without overlap, and is never empty."""
    at = 0
    for span in GATED.find(text):
        assert at <= span.start < span.end <= len(text)
        at = span.end


# Secrets of each kind, and what a log may put around them without a change of meaning.
PLANTED = st.one_of(
    st.from_regex(r"[a-z]{3,8}\.[a-z]{3,8}@[a-z]{3,9}\.(?:de|com|org)", fullmatch=True),
    st.ip_addresses(v=4, network="203.0.0.0/8").map(str),
    st.from_regex(r"ghp_[A-Za-z0-9]{35}7", fullmatch=True),
    st.from_regex(r"AKIA[A-Z2-7]{16}", fullmatch=True),
    st.from_regex(r"\+49 [1-9][0-9]{2} [1-9][0-9]{6}", fullmatch=True),
    st.just("4111 1111 1111 1111"),
    st.just("DE89 3704 0044 0532 0130 00"),
    st.just("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NzExIn0.dBjftJeZ4CVP"),
)
AROUND = st.sampled_from(
    [
        (" ", " "),
        ("\n", "\n"),
        ("<", ">"),
        ('"', '"'),
        ("'", "'"),
        ("(", ")"),
        ("= ", ";"),
        (", ", ", "),
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    st.text("abcxyz ,;!?äß\n", max_size=30),
    PLANTED,
    AROUND,
    st.text("abcxyz ,;!?äß\n", max_size=30),
)
def test_no_planted_secret_survives(
    before: str, secret: str, around: tuple[str, str], after: str
) -> None:
    """A value planted between ordinary words is nowhere in the output."""
    text = before + around[0] + secret + around[1] + after
    assert secret not in GATED(text)


@settings(max_examples=200, deadline=None)
@given(
    st.from_regex(r"[A-Za-z0-9!+*]{5,20}[0-9]", fullmatch=True),
    st.sampled_from(
        [
            'password="{}"',
            "pwd={};",
            "Passwort: {}",
            "--password {} ",
            "https://bob:{}@db.example.org/",
            '{{"secret": "{}"}}',
            "?token={}&x=1",
        ]
    ),
)
def test_no_planted_password_survives(secret: str, place: str) -> None:
    """A password stays in none of the places that passwords are written in."""
    assert secret not in GATED("connect " + place.format(secret) + " failed").replace(
        "password", ""
    )


KNOWN_VALUE = st.text(
    st.characters(codec="utf-8", categories=("Ll", "Lu", "Nd"), max_codepoint=0x24F),
    min_size=4,
    max_size=20,
).filter(lambda value: value.casefold() not in "[known] connect failed")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(KNOWN_VALUE, min_size=1, max_size=5),
    st.sampled_from(
        [
            str,
            str.upper,
            str.lower,
            quote,
            lambda v: json.dumps(v)[1:-1],
            lambda v: json.dumps(quote(v))[1:-1],
        ]
    ),
    st.text("abc [/=\n", max_size=8),
)
def test_known_value_never_survives(values: list[str], write: object, around: str) -> None:
    """Whatever stands around it and however it is written, a known value is not in the output."""
    clean = Scrubber(known=values)
    written = [write(value) for value in values]  # type: ignore[operator]
    output = clean(around.join(["", *written, ""]))
    for value in written:
        assert value not in output.replace("[KNOWN]", "|")
