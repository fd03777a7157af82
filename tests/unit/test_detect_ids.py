"""What identifiers are masked, and what is no identifier after all."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from anonkit.detect import ids
from anonkit.detect.ids import CAPITAL, GROUP, MASKS, SMALL, mask
from anonkit.detect.money import is_iban

UUID = "cd613e30-d8f1-4adf-91b7-584a2265b1f5"
TRACE = "1e2feb89414c343c1027c4d1c386bbc4"
SMALL_UUID = "-".join((SMALL * 8, *[GROUP * 4] * 3, SMALL * 12))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"request {UUID} took 5 ms", f"request {SMALL_UUID} took 5 ms"),
        (f"{{{UUID}}}", f"{{{SMALL_UUID}}}"),
        (f"req-{UUID}: x", f"req-{SMALL_UUID}: x"),
        (f"trace={TRACE}.", f"trace={SMALL * 32}."),
        (f'"{TRACE.upper()}"', f'"{CAPITAL * 32}"'),
        (f"/api/{TRACE}/x", f"/api/{SMALL * 32}/x"),
        (f"sha256:{TRACE * 2}, ended", f"sha256:{SMALL * 64}, ended"),
        ("job C3fadf3a540a6d89", f"job C{SMALL * 15}"),
        ("3f0a61d2-7c7c7c7c", f"{SMALL * 8}-{SMALL * 8}"),
        # The digits of an IBAN are wrong, and a zero is in no address.
        ("de" + "89" * 15, SMALL * 32),
        ("3f" * 13 + "0", SMALL * 27),
    ],
)
def test_identifiers_are_masked(text: str, masked: str) -> None:
    """What machines write as identifiers is masked where it stands, and nothing else of the text."""
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "12345678-1234-1234-1234-123456789012",  # digits alone
        "12345678-d8f1-4adf-91b7-584a2265b1f5",  # a first group that may be a number
        "cd613e30-d8f1-4adf-91b7-584222651155",  # and a last one
        "cd613e30-1111-2222-3333-584a2265b1f5",  # twelve digits: Aadhaar
        "cd613e30-be12-4adf-91b7-584a2265b1f5",  # an IBAN of sixteen characters begins
        UUID.upper(),  # a group may be an Irish number
        "CD613e30-d8f1-4adf-91b7-584a2265b1f5",  # letters in both cases
        "0123456789" * 4,
        "deadbeefcafe",  # no digit
        "bc1c6613e30d8f14adf91b7584a2265b1f5d",
        "deadbee",
        "0" * 61 + "abc",
        f"x{TRACE}",
        f"{TRACE}@example.org",
        f"ada@{TRACE}",
        f"x.{TRACE}",
        f"{TRACE}.example",
        f"{TRACE}(x)",
        f"{TRACE}[0]",
        f"%{TRACE}",
        f"\\x{TRACE}",
        f"10.0.0.1:{TRACE}",
        f"port {TRACE}",
        TRACE[:31] + "g",
        f"{SMALL} {TRACE}",  # what stands in the place of one
    ],
)
def test_what_may_be_more_is_not_masked(text: str) -> None:
    """A number, the beginning of a code, a part of something larger: all of it stays as it is."""
    assert mask(text) == text


def test_codes_in_hexadecimal_are_not_masked() -> None:
    """An IBAN whose letters are hexadecimal, and an address of Bitcoin, are what they are."""
    words = [f"de{proof:02}{'c0ffee' * 3}" for proof in range(100)]
    ibans = [word for word in words if is_iban(word)]
    assert ibans
    for word in words:
        assert (mask(word) == word) == (word in ibans)
        assert (mask(f"{word}7") == f"{word}7") == (word in ibans)  # a search may end there


def test_an_address_in_hexadecimal_is_not_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    """One word in 2^32 passes the check of Base58Check, and is an address."""
    word = "1f3c8d6b9e" * 3
    assert mask(word) == SMALL * 30
    monkeypatch.setattr(ids, "base58check", word.__eq__)
    assert mask(word) == word


hexadecimal = st.text("0123456789abcdef", min_size=1, max_size=40)


@given(st.lists(hexadecimal | st.sampled_from(["-", " ", "=", ".", "x", "@", "DE", UUID, TRACE])))
def test_a_mask_is_as_long_as_its_identifier(parts: list[str]) -> None:
    """Whatever the text, each masked word has letters in one case and a digit, in its own place."""
    text = "".join(parts)
    masked = mask(text)
    assert len(masked) == len(text)
    assert [a for a, b in zip(text, masked, strict=True) if b not in MASKS] == [
        b for b in masked if b not in MASKS
    ]
    for word in re.finditer(f"{SMALL}+", masked):
        value = text[word.start() : word.end()]
        assert re.fullmatch("[0-9a-f]+", value)
        assert re.search("[a-f]", value)
