"""pseudonymize: canonical forms, lengths, both algorithms against the standard library."""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from typing import Any

import pytest
from hypothesis import given, strategies as st

from anonkit import Pipeline, Policy
from anonkit.errors import PolicyError, Withheld
from anonkit.keys.derive import Label
from anonkit.policy import Record
from anonkit.policy.plan import FieldScope
from anonkit.stages import Pseudonymize, pseudonymize
from strategies import KEY, PERIOD, keyring, texts

SCOPE = FieldScope(keyring().periods[0], "acme", "login", "user.name")


def raw(stage: Pseudonymize, value: Any) -> bytes:
    token = stage.bind(SCOPE, packed=True)(value)
    assert isinstance(token, bytes)
    return token


@given(texts | st.integers(), st.sampled_from(range(96, 520, 8)), st.sampled_from(["user", None]))
def test_blake2b_is_that_of_the_standard_library(value: Any, bits: int, domain: str | None) -> None:
    """A token is keyed BLAKE2b of the text or the decimal digits, of exactly its length."""
    stage = pseudonymize(domain, bits=bits)
    kind = "text" if isinstance(value, str) else "integer"
    place = ("domain", domain) if domain else ("field", "login", "user.name")
    label = Label("token", ("blake2b", str(bits), kind, *place))
    key = keyring().periods[0].derive(label, tenant="acme")
    expected = hashlib.blake2b(str(value).encode(), key=key, digest_size=bits // 8).digest()
    assert raw(stage, value) == expected


@given(texts | st.integers(), st.sampled_from(range(96, 264, 8)))
def test_hmac_is_that_of_the_standard_library(value: Any, bits: int) -> None:
    """A token by option is HMAC-SHA-256, cut to its length."""
    stage = pseudonymize("user", bits=bits, algorithm="hmac-sha256")
    kind = "text" if isinstance(value, str) else "integer"
    label = Label("token", ("hmac-sha256", str(bits), kind, "domain", "user"))
    key = keyring().periods[0].derive(label, tenant="acme")
    assert raw(stage, value) == hmac.digest(key, str(value).encode(), "sha256")[: bits // 8]


@given(texts | st.integers())
def test_text_is_base64url_of_the_bytes(value: Any) -> None:
    """The text form is the packed one in base64url without padding: 22 characters for 128 bits."""
    stage = pseudonymize()
    text = stage.bind(SCOPE)(value)
    assert len(text) == 22
    assert base64.urlsafe_b64decode(text + "==") == raw(stage, value)


SPELLINGS = [
    (("casefold",), "Straße", "STRASSE", True),
    (("casefold",), "ΣΊΣΥΦΟΣ", "σίσυφος", True),
    (("casefold",), "é", "e\u0301", False),
    (("nfc",), "é", "e\u0301", True),
    (("nfc",), "É", "é", False),
    (("nfc",), "ﬁ", "fi", False),
    (("casefold", "nfc"), "É", "e\u0301", True),
    (("nfc", "casefold"), "É", "e\u0301", True),
    (("casefold", "nfc"), "\u0345\u0301", "\u0399\u0301", False),
    (("casefold", "nfc"), "Å", "\u212b", True),
    (("email",), "ada@example.org", " ADA@Example.ORG\n", True),
    (("email",), "ada@example.org", "MailTo:Ada@example.org", True),
    (("email",), "ada@example.org", " SMTP: ada@example.org", True),
    (("email",), "jose\u0301@example.org", "JOSÉ@example.org", True),
    (("email",), "ada@example.org", "a.da@example.org", False),
    (("email",), "ada@example.org", "ada+x@example.org", False),
    (("email",), "ada@example.org", "ada@example.com", False),
    (("email",), "mail", "mailto:", False),
    (("email",), "ada@example.org", "Ada Lovelace <Ada@Example.org>", True),
    (("email",), "ada@example.org", '"Lovelace, Ada" <mailto:ada@example.org> ', True),
    (("email",), "ada@example.org", "sip:ada@example.org", True),
    (("email",), "ada@example.org", "ada@example.org.", True),
    (("email",), "ada@b\u00fccher.example", "ada@xn--bcher-kva.example", True),
    (("email",), "ada@stra\u00dfe.example", "ada@XN--strae-oqa.example", True),
    (("email",), "ada@strasse.example", "ada@xn--strae-oqa.example", True),
    (("email",), "ada@xn--\u00fc.example", "ada@\u00fc.example", False),
    (("email",), "ada@xn--99999999999.example", "ada@xn--99999999998.example", False),
    (("email",), f"ada@xn--{'a' * 90}.example", f"ada@xn--{'b' * 90}.example", False),
    (("email",), f"ada@{'a' * 55}\u00fc.example", f"ada@xn--{'a' * 55}-8yf.example", True),
    (("email",), f"ada@{'a' * 56}\u00fc.example", f"ada@xn--{'a' * 56}-t2f.example", False),
    (("email",), "ada@example.org", "ada_example.org#EXT#@host.onmicrosoft.com", True),
    (("email",), "a_da@example.org", "a_da_example.org#ext#@host.onmicrosoft.com", True),
    (("email",), "ada", "ada#EXT#@host.onmicrosoft.com", False),
    (("email",), "<", ">", False),
    (("code",), "00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", True),
    (("code",), "00:1A:2B:3C:4D:5E", "001a.2b3c.4d5e", True),
    (("code",), "00:1A:2B:3C:4D:5E", "001A2B3C4D5E", True),
    (
        ("code",),
        "4F3A0C52-0000-4000-8000-00805F9B34FB",
        "{4f3a0c52-0000-4000-8000-00805f9b34fb}",
        True,
    ),
    (("code",), "4F3A0C52-0000-4000-8000-00805F9B34FB", "4f3a0c520000400080000 0805f9b34fb", True),
    (
        ("code",),
        "4F3A0C52-0000-4000-8000-00805F9B34FB",
        "urn:uuid:4f3a0c52-0000-4000-8000-00805f9b34fb",
        True,
    ),
    (("code",), " SN 20\u201388", "sn-2088", True),
    (("code",), "SN 20/88", "SN 2088", False),
    (("code",), "SN 2088", "SN 2089", False),
    (("code",), "--", "-", False),
    ((), "a", "A", False),
    ((), "é", "e\u0301", False),
]


@pytest.mark.parametrize(("canonical", "one", "other", "meet"), SPELLINGS)
def test_spellings_meet_as_told(canonical: Any, one: str, other: str, *, meet: bool) -> None:
    """Spellings share a token exactly when the canonical form says that they are one."""
    stage = pseudonymize("user", canonical=canonical)
    assert (raw(stage, one) == raw(stage, other)) == meet


@given(texts)
def test_canonical_forms_are_those_of_unicode(text: str) -> None:
    """Both forms are canonical caseless matching (Unicode D145), composed."""
    plain = pseudonymize("user")
    for forms, expected in (
        (("casefold",), text.casefold()),
        (("nfc",), unicodedata.normalize("NFC", text)),
        (
            ("casefold", "nfc"),
            unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold()),
        ),
    ):
        assert raw(pseudonymize("user", canonical=forms), text) == raw(plain, expected)


@pytest.mark.parametrize("value", [1.0, True, None, b"x", [], {}, object()])
def test_what_has_no_token(value: Any) -> None:
    """Only text and integers have tokens."""
    with pytest.raises(Withheld, match="not text or an integer"):
        raw(pseudonymize(), value)


@pytest.mark.parametrize(
    "canonical", [(), ("nfc",), ("casefold",), ("casefold", "nfc"), ("email",), ("code",)]
)
def test_half_a_character_is_withheld(canonical: Any) -> None:
    """Text that is no Unicode is withheld, and the exception hangs on to nothing."""
    stage = pseudonymize(canonical=canonical)
    for packed in (True, False):
        token = stage.bind(SCOPE, packed=packed)
        with pytest.raises(Withheld, match="not valid Unicode") as caught:
            token("x\ud800")
        assert caught.value.__context__ is None


REFUSED: dict[str, Any] = {
    "pseudonymize.domain: a domain has a name": {"domain": ""},
    "pseudonymize.algorithm: is one of blake2b, hmac-sha256": {"algorithm": "md5"},
    "pseudonymize.bits: is 96 to 512 in steps of 8, not 88": {"bits": 88},
    "pseudonymize.bits: is 96 to 512 in steps of 8, not 100": {"bits": 100},
    "pseudonymize.bits: is 96 to 512 in steps of 8, not 520": {"bits": 520},
    "pseudonymize.bits: is 96 to 256 in steps of 8, not 264": {
        "bits": 264,
        "algorithm": "hmac-sha256",
    },
    "pseudonymize.canonical: is some of casefold, code, email, nfc": {"canonical": ("nfkc",)},
}


@pytest.mark.parametrize("problem", REFUSED)
def test_what_is_refused(problem: str) -> None:
    """Names and lengths without a meaning are refused, with what there is."""
    with pytest.raises(PolicyError) as caught:
        pseudonymize(**REFUSED[problem])
    assert str(caught.value) == problem


def test_a_domain_with_other_options_is_refused() -> None:
    """Fields of one domain with other options would never meet: refused, naming both."""
    for other in (
        pseudonymize("user", bits=96),
        pseudonymize("user", algorithm="hmac-sha256"),
        pseudonymize("user", canonical=["nfc"]),
    ):
        with pytest.raises(PolicyError, match=r"shares the domain 'user' with record.a.fields.v,"):
            Policy("p", {"a": Record({"v": pseudonymize("user")}), "b": Record({"w": other})})


def test_the_chain_has_one_token() -> None:
    """A token is the last of its chain: nothing takes one."""
    assert pseudonymize().gives("text") == "token"


def test_a_known_token() -> None:
    """The token of a known value under a known key is this one: a change of format would show."""
    pipeline = Pipeline([pseudonymize("user")], keys=keyring(KEY, PERIOD))
    info = b"anonkit/v1"
    for part in ("", "token", "blake2b", "128", "text", "domain", "user", PERIOD):
        info += len(part.encode()).to_bytes(4, "big") + part.encode()
    key = hmac.digest(KEY, info + b"\x01", "sha256")
    token = hashlib.blake2b(b"u4711", key=key, digest_size=16).digest()
    expected = base64.urlsafe_b64encode(token).decode().rstrip("=")
    assert pipeline({"user": "u4711"}) == {"user": expected}
    assert expected == "65oL4H83-oJZv7UyHHA3Eg"
