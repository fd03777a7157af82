"""E-mail addresses as programs and systems spell them: found whole, not from an umlaut on."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from anonkit import scrub
from strategies import secrets

if TYPE_CHECKING:
    from collections.abc import Callable

SPELLINGS: list[Callable[[str], str]] = [
    str,
    str.upper,
    lambda text: unicodedata.normalize("NFD", text),
    ascii,
    lambda text: repr(text.encode()),
    lambda text: repr(text.encode("latin-1")),
    lambda text: ascii(text).replace("\\", "\\\\"),
    lambda text: text.encode("ascii", "ignore").decode(),
]
AROUND = (
    "no order of {}",
    "KeyError: {}",
    "f({})",
    "user={}&a=1",
    "GET /u/{}?q=1",
    "Mail {}.",
    "a\n  b: {}\nc",
)


@given(secrets, st.sampled_from(SPELLINGS), st.sampled_from(AROUND))
@settings(max_examples=300)
def test_no_part_of_an_address_stays(secret: str, spell: Callable[[str], str], around: str) -> None:
    """However a message quotes an address, nothing of its local part or domain is left."""
    clean = scrub(around.format(spell(secret)))
    head, tail = (
        secret.split("Straße.Ünal+", maxsplit=1)[0],
        secret.split("+")[1].split("@", maxsplit=1)[0],
    )
    for part in (head, tail, "nal", "Geheim"):
        assert part.casefold() not in str(clean).casefold()


@pytest.mark.parametrize(
    "address",
    [
        "संपर्क@डाटामेल.भारत",
        "ada@b\\xfccher.example",
        "ada@\\u00fcber.example",
        unicodedata.normalize("NFD", "jörg@bücher.example"),
        "用户@例子.example",
    ],
)
def test_addresses_of_all_scripts_are_found_whole(address: str) -> None:
    """Marks and escaped letters belong to an address, in its domain too (RFC 6531)."""
    assert str(scrub(f"from {address}, today")) == "from [EMAIL], today"
