"""Detectors that users declare: one declaration, refused with its rule, closed when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from anonkit.detect import Detector, Scrubber
from anonkit.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "order AB-1234, not AB-12\nnext"


def declared(**changes: Any) -> Detector:
    """Return a declaration that is right but for the changes."""
    right: dict[str, Any] = {
        "name": "order",
        "type": "ORDER",
        "source": "our order desk",
        "pattern": r"[A]B-[0-9]{4}",
        "specimen": "order AB-1234",
        "false_friend": "AB-12",
    }
    return Detector(**right | changes)


@pytest.mark.parametrize(
    "pattern",
    [
        r"[A]B-[0-9]{4}",
        r"(?:AB|CD)-\d{4}",
        r"(?i)ab-\d{4}",
        r"AB-\d{4}(?#c*)",
        r"[*]AB|AB-\d{4}\b",
        r"(?m)[A]B-\d{4}|AB-\d{4}$",
        r"[A]B(?:-\d{1,4}){1,5}(?=,)|AB-\d{4}",
        r"[A]B-(?>\d{4})",
        r"(?P<x>[A])(?(x)B|C)-\d{4}",
        r"[A]B-(?P<value>x)?\d{4}",
        r"[A](?!\n)[^\n-](?s:-)\d{4}",
    ],
)
def test_a_bounded_pattern_runs(pattern: str) -> None:
    """A pattern within the rules finds what it says."""
    assert Scrubber([declared(pattern=pattern)])(TEXT) == TEXT.replace("AB-1234", "[ORDER]")


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        (r"AB-\d+", "open repeat"),
        (r"AB-\d*", "open repeat"),
        (r"AB-\d{4,}", "open repeat"),
        (r"AB-\d{4}(?=x*)", "open repeat"),
        (r"AB-\d{1001}", "repeats over 1000 times"),
        (r"AB-(?:\d{100}){100}|AB-\d{4}", "matches over 8192 characters"),
        (r"A(?:B{1,9}){1,9}-\d{4}", "repeats a repeat"),
        (r"A(?:(?:B){1,9}){1,9}-\d{4}", "repeats a repeat"),
        (r".{0,20}AB-\d{4}", "does not begin"),
        (r"\bAB-\d{4}", "does not begin"),
        (r"(?<![a-z])AB-\d{4}", "does not begin"),
        (r"AB-\d{4}\Z", "anchored"),
        (r"AB-\d{4}$", "anchored"),
        (r"AB\s{0,4}-\d{4}", "cross a line end"),
        (r"A[^x]{0,9}-\d{4}", "cross a line end"),
        (r"A[\W]{0,9}B-\d{4}", "cross a line end"),
        (r"A(?s:.){0,5}-\d{4}", "cross a line end"),
        (r"A[\x00-\x20]?B-\d{4}", "cross a line end"),
        ("AB-\\d{4}\n?", "cross a line end"),
        (r"A(?:B|(?P<x>\n))-\d{4}(?(x)a|b)", "cross a line end"),
        (r"A[^x]-\d{4}", "cross a line end"),
        (r"[^x]B-\d{4}", "cross a line end"),
        (r"AB-\d{4}|", "matches nothing at all"),
        (r"AB-\d{4}(", "not a regular expression"),
    ],
)
def test_an_unbounded_pattern_is_refused(pattern: str, rule: str) -> None:
    """A pattern that could be slow, cross lines or match nothing is refused with the rule."""
    with pytest.raises(PolicyError, match=rule) as refused:
        Scrubber([declared(pattern=pattern)])
    assert "detector order" in str(refused.value)


def broken(_text: str) -> Any:
    """Raise, with the text in the message."""
    raise RuntimeError(_text)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"check": 5}, "its check is no function"),
        ({"pattern": "", "finder": 5}, "its finder is no function"),
        ({"check": broken}, "fails on its own texts"),
        ({"pattern": "", "finder": broken}, "fails on its own texts"),
        ({"specimen": "nothing"}, "does not find its own specimen"),
        ({"false_friend": "AB-9999"}, "finds its own false friend"),
        ({"name": "email"}, "name of another"),
        ({"name": "Order"}, "name is not lower-case"),
        ({"hints": ("zz",)}, "has none of its hints"),
        ({"least": (("-", 9),)}, "too few"),
        ({"long": 16}, "has none"),
        ({"long": 5}, "long is below"),
        ({"type": "Order"}, "type is not upper-case"),
        ({"type": "O"}, "type is not upper-case"),
        ({"pattern": ""}, "needs a pattern or a finder"),
        ({"finder": broken}, "needs a pattern or a finder"),
        ({"source": ""}, "names no source"),
        ({"pattern": "", "finder": broken, "dense": True}, "a dense detector needs a pattern"),
        ({"hints": ("AB",)}, "a hint, key, start or opening is not folded"),
        ({"keys": ("key1",)}, "a hint, key, start or opening is not folded"),
        ({"starts": ("AB-",), "long": 16}, "a hint, key, start or opening is not folded"),
        ({"starts": ("ab-",)}, "a start needs a long word"),
        ({"words": ("order", "Ab")}, "a word is not folded"),
        ({"words": ("a",)}, "a word is not folded"),
        ({"words": ("a" * 41,)}, "a word is not folded"),
        ({"marks": ("a-",)}, "a mark is no sign, or repeats one"),
        ({"marks": ("-00",)}, "a mark is no sign, or repeats one"),
        ({"marks": ("-  0",)}, "a mark is no sign, or repeats one"),
        ({"marks": (" -",)}, "a mark is no sign, or repeats one"),
        ({"marks": ("- ",)}, "a mark is no sign, or repeats one"),
    ],
)
def test_a_declaration_that_cannot_work_is_refused(changes: dict[str, Any], rule: str) -> None:
    """What would never find anything, or fail, is refused before it runs, without a value."""
    with pytest.raises(PolicyError, match=rule) as refused:
        Scrubber([declared(**changes)])
    assert "1234" not in str(refused.value)


@pytest.mark.parametrize(
    ("place", "rule"), [((5, 5), "empty"), ((50, 60), "empty"), ((0, 13), "crosses a line end")]
)
def test_places_that_are_none_are_refused(place: tuple[int, int], rule: str) -> None:
    """A finder gives places within one line of the text."""

    def finder(text: str) -> Iterator[tuple[int, int]]:
        if "AB" in text:
            yield place

    with pytest.raises(PolicyError, match=rule):
        Scrubber([declared(pattern="", finder=finder, specimen="order\nAB-1234", false_friend="x")])


def test_a_check_that_fails_later_lets_nothing_through() -> None:
    """A value that a check could not look at goes; the error does not come out."""
    clean = Scrubber([declared(check=lambda value: bool(1 / (int(value[3:]) - 9999)))])
    assert clean("AB-9999 AB-1234") == "[ORDER] [ORDER]"


def test_a_finder_that_fails_later_lets_nothing_through() -> None:
    """The lines that a finder could not look at go whole; places beyond a text are cut to it."""

    def finder(text: str) -> Iterator[tuple[int, int]]:
        if "secret" in text:
            raise RuntimeError(text)
        at = text.find("AB-1234")
        if at >= 0:
            yield at, at + 7
            if at == 2:
                yield -5, -7
                yield at, at + 99

    clean = Scrubber([declared(pattern="", finder=finder)])
    assert clean("x AB-1234") == "x [ORDER]"
    assert clean("a secret\n\nand more") == "[ORDER]\n\n[ORDER]"
