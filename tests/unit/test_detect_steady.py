"""A shape is steady where no detector can look at what its messages differ in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from anonkit.detect import steady
from anonkit.detect.dense import Codes
from anonkit.detect.detector import Detector
from anonkit.detect.ids import mask
from anonkit.detect.steady import are_steady
from anonkit.detect.table import BY_NAME, select

TRACE = "f1234567abcdefabcdefabcdefabcdef"


def dense(pattern: str) -> Detector:
    """Return a detector of codes."""
    return Detector(
        name="own-code", type="CODE", source="a test", pattern=pattern, dense=True,
        specimen="", false_friend="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        # A stretch ends fourteen characters behind its digits, and no more of the word is seen,
        (r"[a-f](?<![0-9a-f][a-f])[0-9a-f]{15,21}(?![0-9a-f])", f"is {TRACE} x"),
        # also where the digits begin before it;
        (r"[0-9]/[0-9a-f]{12,16}(?![0-9a-f])", "12345/12bcdefabcdefabcdefab x"),
        # and two characters behind a word, one character inside the next.
        (
            r"[a-f](?<![0-9a-f][a-f])[0-9]{7}[a-f ]{0,2}[a-f](?![0-9a-f ])",
            "is f1234567a abcdef01 x",
        ),
    ],
)
def test_a_code_that_only_a_stretch_makes_is_foreseen(pattern: str, text: str) -> None:
    """Codes are looked for in stretches, whose end may part an identifier."""
    code = dense(pattern)
    assert [*Codes([code]).find(text)]
    assert re.search(pattern, text) is None
    assert mask(text) != text
    assert not are_steady([code], [mask(text)])


def test_a_code_far_from_identifiers_is_not_for_here() -> None:
    """Digits that nothing joins to an identifier are looked at by themselves."""
    code = dense("[0-9](?<![0-9a-z][0-9])[0-9]{4}(?![0-9a-z])")
    assert are_steady([code], [mask(f"is {TRACE} of 12345")])
    assert are_steady([code], [mask(f"is {TRACE}=12345")])
    assert not are_steady([code], [mask(f"is {TRACE} 12345")])
    assert not are_steady([code], [mask(f"is {TRACE} - AB "), "123", ""])
    assert are_steady([code], ["is 12345"])


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (f"token={' ' * 24}{TRACE}", False),
        (f"token=\0\0\0\0{TRACE}", False),
        (f"token = '{TRACE}'", False),
        (f"token=x {TRACE}", True),
        (f"the token {TRACE}", False),
        (f"the taken {TRACE}", True),
        (f"my secret of {TRACE * 2}", False),
        (f"my errors of {TRACE * 2}", True),
        (f"of:: {TRACE}", False),
        (f"to bc1q {TRACE}", True),
        (f"uid=0({TRACE})", False),
        (f"Name: Ada {TRACE}", True),
        (f"Name: Ada C{TRACE}", False),
        (f"a private key {TRACE}", False),
    ],
)
def test_a_shape_is_steady_where_nobody_asks_an_identifier(text: str, asked: bool) -> None:  # noqa: FBT001 - a case
    """A label, a word or a sign that makes a detector look at an identifier is enough."""
    assert mask(text) != text
    assert are_steady(select(()), [mask(text)]) is asked


def test_slots_are_of_every_length() -> None:
    """A number has one digit to five, and an octet of an address one to three."""
    own = {"dense": False, "name": "own", "type": "OWN", "source": "a test", "specimen": "", "false_friend": ""}  # fmt: skip
    for pattern, pieces, is_steady in (
        ("[x][0-9]{5}x", ["x", "7", "x"], False),
        ("[x][0-9]x", ["x", "12345", "x"], False),
        ("[x][0-9]{6}x", ["x", "12345", "x"], True),
        (r"[x][0-9]\.[0-9]{3}\.[0-9]\.[0-9]{2}x", ["x", "10.0.7.45", "x"], False),
        (r"[x][0-9]{4}\.", ["x", "10.0.7.45", "x"], True),
        ("[x]\0\0x", ["x", "\0\0", "x"], True),  # a label stands there
    ):
        assert are_steady([Detector(pattern=pattern, **own)], pieces) is is_steady  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(steady._SEVEN))
@settings(deadline=None)
@given(data=st.data())
def test_numbers_said_to_have_seven_digits_have_them(name: str, data: Any) -> None:
    """What these detectors find has as many digits as a stretch."""
    row = BY_NAME[name]
    text = data.draw(st.from_regex(row.pattern.replace("\\u00a0\\u202f", ""), fullmatch=True))
    groups = re.sub("[0-9]{3,}", lambda run: run[0][:2], text)
    for value in (text, groups):
        if row.check is None or row.check(value):
            assert sum(map(str.isdigit, value)) >= 7 or not re.fullmatch(row.pattern, value)
