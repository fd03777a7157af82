"""A pattern is followed to all open characters that it can match in any text, or look at."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from anonkit.detect.reach import Open, OpenText, members
from anonkit.detect.table import DETECTORS

HEX = "0123456789abcdef"
# `#` is a hexadecimal digit of a word with a letter, `9` any digit, `8` any digit or none.
OPEN = {"#": Open(members(HEX), word=1), "9": Open(members(HEX[:10])), "8": Open(members(HEX[:10]), optional=True)}  # fmt: skip


def opened(text: str) -> tuple[OpenText, int]:
    """Return an open text, and the places of its open characters."""
    chars = [OPEN.get(char) or Open(members(char)) for char in text]
    return OpenText(chars), sum(1 << place for place, char in enumerate(text) if char in OPEN)


@pytest.mark.parametrize(
    ("pattern", "text", "reached"),
    [
        ("[0-9]{4}", "at 99", False),
        ("[0-9]{2}", "at 99", True),
        ("[0-9]{3}", "at 988", True),  # a number of two digits or more
        ("at [0-9] x", "at 98 x", True),
        ("[a-z]{3}", "at 99", False),
        ("at", "at 99", False),
        ("at(?= )", "at99", True),  # it looks at what follows
        ("(?<=9 )at", "9 at", True),
        ("(?<!.{9})at", "9 at", True),
        ("[0-9]+", "is ####", True),
        (r"[0-9]{4}(?![0-9a-f])", "is #### x", False),  # a letter is in the word
        (r"[0-9]{4}(?![0-9a-f])", "is 9999 x", True),
        (r"[0-9](?<![0-9a-f][0-9])[0-9]{2}(?![0-9a-f])", "is #### x", False),
        (r"[0-9]{2}(?![0-9a-f])", "is #### x", True),  # the letter may stand before them
        (r"[0-9a-f]{4}(?![0-9a-f])", "is #### x", True),
        (r"x[0-9]{1,4}", "x#### x", True),
        (r"[xy](?:(?<=x)1|(?<=y)2)", "y9", True),
        (r"(?i:AT) 9", "at 9", True),
        (r"(?i)AT 9", "at 9", True),
        (r"(?i:A(?-i:T)) 9", "at 9", False),
        (r"(a)(?(1)t|x) 9", "at 9", True),
        (r"(?P<one>[ab])(?P=one)9", "ab9", True),  # roughly followed
        (r"(?:(ab)|b)(?(1)c)9", "ab9", True),
        (r"(?P<q>')?a(?(q)t' 9|t;)", "at; 'at' 9 at 9", True),
        (r"(?P<q>')?a(?(q)t' 9|t;)", "at; at' 9 at 9", False),
        (r"(?:x(?P<q>')|y)?a(?(q)t' 9|t;)", "at; at' 9 at 9", True),  # roughly followed
        (r"(?>at|a)t? [0-9]++\b", "at 9", True),
        (r"(?!at).{3}9", "at 9", False),
        (r"(?!a(?>t)).{3}9", "at 9", True),  # what it forbids is not followed
        (r"(?!(?:at|no)? \d).{3}9", "at 9", False),
        (r"(?!a{1,2}t).{3}9", "at 9", False),
        (r"(?!a{0,2}b).{3}9", "at 9", True),
        (r"(?!)9", "at 9", False),
        (r"[0-9](?<!x[0-9]|y[0-9])", "x9 y9", False),
        (r"[0-9](?<!x[0-9]|y[0-9])", "x9 z9", True),
        (r"[0-4](?<!x[0-4]|y[0-4])", "x9 y9", False),  # it has taken one of these
        ("x(?<![a-f]x)", "#x", True),  # what it takes is no farther away behind it
        ("ax(?<![0-4]ax)", "9ax", True),
        ("ax(?<!bx)", "9ax", False),
        ("tx[0-9]", "at8x9", True),  # over a digit that may be missing
        (r"[0-9](?<!x[0-9]{2})", "x99", True),
        (r"[^a]t.\d\s?\S?\w?\D?\W?", "at 9", False),
        (r"\w\D\s\d", "at 9", True),
        (r"[^\n]{3}[^a]", "at 9", True),
        ("\u00e4?[\u00e4-\u00fc9]", "at 9", True),
    ],
)
def test_a_pattern_reaches_what_some_text_lets_it(pattern: str, text: str, reached: bool) -> None:  # noqa: FBT001 - a case
    """Only where some characters in the place of the open ones let it match there or look there."""
    here, marked = opened(text)
    assert here.reached(pattern, marked) is reached


def test_what_a_stretch_hides_is_not_seen() -> None:
    """Where a text may end for a pattern, what follows forbids nothing, but in a word of digits."""
    here, marked = opened("is ####")
    letters, digits = "[0-9a-f]{2}(?![0-9a-f])", "[0-9](?<![0-9a-f][0-9])[0-9](?![0-9a-f])"
    inside = 1 << len("is ##")
    assert not here.reached("x" + letters, marked)
    assert here.reached(" " + letters, marked, (0, inside))
    assert not here.reached(" " + letters, marked)
    assert not here.reached(" " + digits, marked, (0, inside))
    assert here.reached(" " + digits, marked, (inside, 0))


@pytest.mark.parametrize(
    ("pattern", "text", "seen"),
    [
        ("at(?=.{2})", "at98888#", True),
        ("at(?=.{2})", "at99888#", False),
        ("(?<=.{2})at", "#98888at", True),
        ("(?<=.{2})at", "#99888at", False),
        ("b(?<=.{3})at", "#988bat", True),
        ("b(?<=.{3})at", "#998bat", False),
        ("ta(?=.{3})b", "tab889#", True),
        ("ta(?=.{3})b", "tab899#", False),
        (r"at\b", "at#", True),
    ],
)
def test_what_looks_around_sees_over_what_is_missing(pattern: str, text: str, seen: bool) -> None:  # noqa: FBT001 - a case
    """The digits that a number may lack are no distance."""
    here, _ = opened(text)
    assert here.reached(pattern, 1 << text.index("#")) is seen


def test_no_match_begins_where_none_may() -> None:
    """What is known not to begin somewhere may still come there from elsewhere."""
    here, marked = opened("is ####")
    begin = 1 << len("is ")
    whole = "[0-9a-f](?<![0-9a-f][0-9a-f])[0-9a-f]{3}"
    assert here.reached(whole, marked)
    assert not here.reached(whole, marked, not_from=begin)
    assert here.reached(" [0-9a-f]{4}", marked, not_from=begin)


classes = st.sampled_from(["a", "b", "1", "[ab]", "[b1]", "[^a]", ".", r"\d", r"\w", " "])
around = st.sampled_from(["", "(?!a)", "(?!b1)", "(?<![a1]b)", "(?<!1)", "(?=[b ])", "(?<=a)", r"\b", "(?!.b|1)"])  # fmt: skip
patterns = st.recursive(
    st.tuples(classes, around).map("".join),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map("".join)
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})")
        | st.tuples(inner, st.sampled_from(["{1,2}", "?", "{2}", "{1,3}+", "{0,2}?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        )
    ),
    max_leaves=6,
)
AB1 = {"A": "a1", "B": "ab1", "?": ("", "1"), "w": "b1"}
texts = st.text("ab1 AB?w", min_size=1, max_size=6)


@settings(deadline=None)
@given(patterns, texts)
def test_a_match_in_any_text_is_foreseen(pattern: str, text: str) -> None:
    """Whatever the open characters are: where a match of `re` holds one, it was said that it can."""
    expression = re.compile(pattern)
    words = [*re.finditer("w+", text)]
    chars = []
    for place, char in enumerate(text):
        word = sum(one.start() <= place for one in words) if char == "w" else 0
        chars.append(Open(members("1" if char == "?" else AB1.get(char, char)), char == "?", word))
    marked = sum(1 << place for place, char in enumerate(text) if char in AB1)
    if OpenText(chars).reached(pattern, marked):
        return
    for choice in product(*(AB1.get(char, char) for char in text)):
        if any("b" not in "".join(choice[one.start() : one.end()]) for one in words):
            continue
        ends = [len("".join(choice[:place])) for place in range(len(text) + 1)]
        for match in expression.finditer("".join(choice)):
            held = [
                text[place]
                for place in range(len(text))
                if ends[place] < match.end() and ends[place + 1] > match.start()
            ]
            assert AB1.keys().isdisjoint(held) or match.start() == match.end()


@pytest.mark.parametrize("row", [row for row in DETECTORS if row.pattern], ids=lambda row: row.name)
def test_each_pattern_reaches_what_it_finds(row: Any) -> None:
    """Every pattern of the table can be followed, and comes to its own specimen."""
    specimen = row.specimen.encode("ascii", "replace").decode("ascii")
    here, _ = opened(re.sub("[89#]", "7", specimen))
    found = re.compile(row.pattern).search(re.sub("[89#]", "7", specimen))
    assert found is None or here.reached(row.pattern, here.all)
