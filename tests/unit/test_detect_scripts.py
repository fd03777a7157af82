"""Digits, letters and signs of other scripts, which stand for ASCII ones."""

from __future__ import annotations

import unicodedata

import pytest

from anonkit.detect import Scrubber, find, scrub
from anonkit.detect.scripts import plain


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("電話　０３－１２３４－５６７８", "電話　[PHONE]"),
        ("ｔａｒｏ＠example．jp まで", "[EMAIL] まで"),
        ("اتصل ٠١٧١ ٢٣٤٥٦٧٨", "اتصل [PHONE]"),
        ("आधार ३१२३ ४५६७ ८९०९", "आधार [IN_AADHAAR]"),
        ("ｆｒｏｍ １９２．０．２．７：８０", "ｆｒｏｍ [IPV4]：８０"),
        ("第１２章　全３４ページ", "第１２章　全３４ページ"),
        ("［EMAIL］ ｘ", "［EMAIL］ ｘ"),
    ],
)
def test_other_digits_are_read(text: str, clean: str) -> None:
    """What digits and signs of other scripts write is found, and what is not found stays as it is."""
    assert scrub(text) == clean


def test_a_text_keeps_its_length() -> None:
    """A character becomes one character, so that spans are those of the text."""
    every = "".join(map(chr, range(0x20, 0x20000)))
    assert len(plain(every)) == len(every)
    for was, now in zip(every, plain(every), strict=True):
        assert (
            was == now
            or (now.isascii() and unicodedata.normalize("NFKC", was) == now)
            or (now == str(unicodedata.decimal(was)))
        )


def test_spans_are_those_of_the_text() -> None:
    """The value of a span is what the text has there; a token is made of that."""
    text = "a　ｔａｒｏ＠example.jp"
    assert [text[span.start : span.end] for span in find(text)] == ["ｔａｒｏ＠example.jp"]
    seen: list[str] = []
    Scrubber(action="token", token=lambda _kind, value: seen.append(value) or "x")(text)
    assert seen == ["ｔａｒｏ＠example.jp"]
