"""Laws of free text: gated = ungated, twice = once, cut anywhere at line ends, nothing planted survives."""

from __future__ import annotations

import json
import re
import unicodedata
from base64 import b64encode
from functools import cache
from time import process_time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given, settings, strategies as st

from anonkit.detect import Known, Scrubber
from anonkit.detect.placeholders import ACTIONS
from anonkit.detect.table import DETECTORS

if TYPE_CHECKING:
    from collections.abc import Callable

GATED = Scrubber()
UNGATED = Scrubber(gated=False)
KNOWN = ("alice", "Müller & Söhne", "example.org")
ACTING = {
    f"{action}{' known' if known else ''}": Scrubber(
        action=action,
        token=lambda kind, value: f"{kind[:2]}{len(value)}",
        known=known or None,
    )
    for action in ACTIONS
    for known in ((), KNOWN)
}

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


WITH_KNOWN = st.lists(
    st.one_of(TEXT, st.sampled_from([*KNOWN, "ALICE", quote(KNOWN[1]), "YWxpY2U6eHh4"])), max_size=4
).map("".join)


@pytest.mark.parametrize("clean", ACTING.values(), ids=ACTING)
@settings(max_examples=200, deadline=None)
@given(text=WITH_KNOWN)
def test_twice_is_once(clean: Scrubber, text: str) -> None:
    """Scrubbing what was scrubbed changes nothing, whatever stands in the place of values."""
    once = clean(text)
    assert clean(once) == once


# Values, labels, announcing words and separators, glued: replacing one value moves the others.
ANNOUNCING = sorted({word for row in DETECTORS for word in (*row.words, *row.keys, *row.hints)})
LABELS = ("[EMAIL]", "[IPV4]", "[SECRET:abc_-1]", "[PHONE]", "[ERROR]")
MIXES = st.lists(
    st.one_of(
        st.sampled_from([row.specimen for row in DETECTORS]),
        st.sampled_from([row.false_friend for row in DETECTORS]),
        st.sampled_from(ANNOUNCING),
        st.sampled_from([*LABELS, *KNOWN]),
        st.sampled_from(
            [" ", "", "\n", "=", ": ", '"', "'", "/", "\\", ".", "-", "@", "+", "(", ","]
        ),
    ),
    min_size=2,
    max_size=9,
).map("".join)


# 20,000 examples in `make fuzz`.
@settings(max_examples=20 * settings.default.max_examples, deadline=None)
@given(how=st.sampled_from(sorted(ACTING)), text=MIXES)
def test_twice_is_once_for_what_touches(how: str, text: str) -> None:
    """Where replacing one value brings another one within reach, that one goes in the same call."""
    once = ACTING[how](text)
    assert ACTING[how](once) == once


@pytest.mark.parametrize("clean", ACTING.values(), ids=ACTING)
@settings(max_examples=100, deadline=None)
@given(text=WITH_KNOWN, size=st.integers(1, 3))
def test_any_cut_at_line_ends(clean: Scrubber, text: str, size: int) -> None:
    """Cut at line ends into pieces of any size, the text comes out the same."""
    lines = text.split("\n")
    pieces = ["\n".join(lines[at : at + size]) + "\n" for at in range(0, len(lines), size)]
    pieces[-1] = pieces[-1][:-1]
    assert "".join(clean.lines(pieces)) == clean(text)


@pytest.mark.parametrize("count", [2, 40])
def test_removal_ends(count: int) -> None:
    """Of values one behind the other, each announced when the one before is gone, none is left."""
    clean = ACTING["remove"]
    once = clean("account=" + " -pwort1" * count)
    assert clean(once) == once


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
    # The address of a network is what truncating leaves of it.
    st.ip_addresses(v=4, network="203.0.0.0/8").map(str).filter(lambda ip: not ip.endswith(".0")),
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
    for name, clean in ACTING.items():
        # A network, and the last digits of a card, are what these leave on purpose.
        output = clean(text).casefold()
        for form in (secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]):
            assert form.casefold() not in output, name


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
WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "case folded": str.casefold,
    "title case": str.title,
    "composed": lambda value: unicodedata.normalize("NFC", value),
    "decomposed": lambda value: unicodedata.normalize("NFD", value),
    "percent": quote,
    "percent, lower": lambda value: re.sub("%..", lambda code: code[0].lower(), quote(value)),
    "percent, all": lambda value: "".join(f"%{byte:02X}" for byte in value.encode()),
    "percent, twice": lambda value: quote(quote(value)),
    "JSON": lambda value: json.dumps(value)[1:-1],
    "JSON, capitals": lambda value: re.sub(
        r"\\u....", lambda code: f"\\u{code[0][2:].upper()}", json.dumps(value)[1:-1]
    ),
    "JSON, all": lambda value: "".join(
        f"\\u{ord(char):04x}" if ord(char) < 0x10000 else char for char in value
    ),
    "JSON of percent": lambda value: json.dumps(quote(value))[1:-1],
    "JSON in JSON": lambda value: json.dumps(json.dumps(value)[1:-1])[1:-1],
    "HTML": lambda value: value.encode("ascii", "xmlcharrefreplace").decode(),
    "Base64": lambda value: b64encode(f"user:{value}!".encode()).decode(),
    "Base64, decomposed": lambda value: b64encode(
        f"0 {unicodedata.normalize('NFD', value)}".encode()
    ).decode(),
    "Base64 in a URL": lambda value: quote(b64encode(f"id={value};".encode()).decode(), safe=""),
    "hexadecimal": lambda value: value.encode().hex(),
}


@settings(max_examples=600, deadline=None)
@given(
    st.lists(KNOWN_VALUE, min_size=1, max_size=5),
    st.sampled_from(sorted(WRITTEN)),
    st.sampled_from(["", " ", "a b", "[", "/", "=", '"', "\n", " = ", "abc "]),
)
def test_known_value_never_survives(values: list[str], how: str, around: str) -> None:
    """Whatever stands around it and however it is written, a known value is not in the output."""
    packed = how.startswith(("Base64", "hex"))
    around = f" {around} " if packed else around
    clean = Scrubber(known=values)
    written = [WRITTEN[how](value) for value in values]
    output = clean(around.join(["", *written, ""])).replace("[KNOWN]", "|")
    for value, form in zip(values, written, strict=True):
        assert form not in output
        assert value.casefold() not in output.casefold()


def test_known_value_survives_no_path() -> None:
    """A path goes with either slash, escaped once or twice, and as part of a URL."""
    clean = Scrubber(("email",), known={r"D:\Kunden\Groß & Söhne"})
    path = r"D:\Kunden\Groß & Söhne"
    for form in (
        path,
        path.replace("\\", "\\\\"),
        json.dumps(json.dumps(path)),
        path.replace("\\", "/"),
        path.replace("\\", r"\/"),
        quote(path, safe=""),
        "file:///" + quote(path.replace("\\", "/")),
    ):
        assert "unden" not in clean(form), form


def test_tens_of_thousands_of_known_values_cost_no_more() -> None:
    """A search for 30,000 values takes little longer than one for 30."""
    names = [f"user{number:05}.{number % 97:x}-prod" for number in range(30_000)]
    few, many = Known({"USER": names[::1000]}), Known({"USER": names})
    text = "the export of order 4711 by user17 took 12 ms, then the view was closed again. " * 200
    costs = {}
    for name, known in (("few", few), ("many", many)) * 3:
        start = process_time()
        known.find(text)
        costs[name] = min(costs.get(name, 9.0), process_time() - start)
    assert costs["many"] < 5 * costs["few"]
