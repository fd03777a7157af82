"""pseudonymize: a value becomes a keyed token.

The same value in the same field, period and tenant gives the same token; change any one and the
tokens are unrelated. A shared domain, named by the policy, joins fields on purpose. Whoever lacks
the key can neither reverse a token nor test a guess: an unkeyed hash of an address, a serial or a
login falls to enumeration in seconds (docs/decisions/0003).

By default keyed BLAKE2b (RFC 7693, `hashlib`), 128 bits: 10^9 values collide with a chance below
10^-20. HMAC-SHA-256 (RFC 2104) by option, for sites bound to FIPS 140.
"""

from __future__ import annotations

import hmac
import re
from binascii import b2a_base64
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args
from unicodedata import normalize

from anonkit.errors import PolicyError, Withheld
from anonkit.keys.derive import Label
from anonkit.stages.stage import Scope, Stage, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Algorithm = Literal["blake2b", "hmac-sha256"]
Form = Literal["casefold", "code", "email", "nfc"]

# n values collide with a chance of n² / 2^(bits+1): at 96 bits 10^9 values reach 10^-11.
FEWEST_BITS = 96
MOST_BITS = {"blake2b": 512, "hmac-sha256": 256}
LONGEST_INTEGER = 4096  # bits
# Putting combining marks in order takes the square of their number: two seconds for 64,000 of them,
# 10 ms for 4,096, and no identifier is as long.
LONGEST_NORMALIZED = 4096
LONGEST_LABEL = 63  # RFC 1035, 2.3.4
# White space, hyphens and dashes, and what stands between or around the groups of an identifier.
_GROUPING = re.compile(r"[\s\u2010-\u2015.:(){}-]+")
# b2a_base64 and one translate: 110 ns less than base64.urlsafe_b64encode, which does the same.
_URLSAFE = bytes.maketrans(b"+/", b"-_")


class Pseudonymize(Stage, frozen=True):
    """A text or an integer becomes a keyed token: base64url without padding, or raw bytes packed.

    Text and integers have keys of their own, so 5 and "5" give unrelated tokens. Anything else is
    withheld ("not text or an integer").

    Args:
        domain: Fields that name the same domain share tokens. None: this field of this record only.
        bits: Length of a token, 96 to 512 (256 for HMAC), whole bytes.
        algorithm: `blake2b` or `hmac-sha256`.
        canonical: Forms brought about before the token is made, so that spellings meet: `nfc`
            (Unicode Annex 15), `casefold` (Unicode 3.13), `email` (both, and the address alone,
            its domain in letters), `code` (both, and without what groups the characters of a serial
            number, a MAC or a GUID).
    """

    domain: str | None = None
    bits: int = 128
    algorithm: Algorithm = "blake2b"
    canonical: tuple[Form, ...] = ()

    verb: ClassVar[str] = "pseudonymize"
    main: ClassVar[str | None] = "domain"
    takes: ClassVar[frozenset[str]] = frozenset(
        {"text", "integer", "address", "agent", "category", "url", "version"}
    )
    costly: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse lengths and names without a meaning."""
        if self.domain == "":
            raise PolicyError("pseudonymize.domain", "a domain has a name")
        if self.algorithm not in get_args(Algorithm):
            raise PolicyError(
                "pseudonymize.algorithm", f"is one of {', '.join(get_args(Algorithm))}"
            )
        most = MOST_BITS[self.algorithm]
        if not FEWEST_BITS <= self.bits <= most or self.bits % 8:
            raise PolicyError(
                "pseudonymize.bits", f"is {FEWEST_BITS} to {most} in steps of 8, not {self.bits}"
            )
        if not set(self.canonical) <= set(get_args(Form)):
            raise PolicyError("pseudonymize.canonical", f"is some of {', '.join(get_args(Form))}")

    @property
    def keyed(self) -> bool:
        """Always: without a key a token is reversible."""
        return True

    def gives(self, kind: str) -> str:  # noqa: ARG002
        """A token, which no stage takes."""
        return "token"

    def bind(self, scope: Scope | None = None, *, packed: bool = False) -> Step:
        """Return the function that makes one token.

        Raises:
            PolicyError: There is no key.
            KeyDestroyed: The period's key is gone.
        """
        if scope is None:
            raise PolicyError("pseudonymize", "needs a key", hint="use it in a Pipeline with keys=")
        prepared = _PREPARED[self.algorithm]
        size = self.bits // 8
        of_text = prepared(scope.key(self._label(scope, "text")), size)
        of_integer = prepared(scope.key(self._label(scope, "integer")), size)
        canonical = _canonical(self.canonical)
        exact = self.algorithm == "blake2b"  # gives as many bytes as it is asked for

        def raw(value: Any) -> bytes:
            # A prepared state copied costs 430 ns a token, keyed anew 640, `hmac.digest` 1,530.
            if value.__class__ is str:
                state = of_text()
                try:
                    state.update((canonical(value) if canonical else value).encode())
                except UnicodeEncodeError:
                    state = None
                if state is None:  # raised here, where no other exception carries the value along
                    raise Withheld("not valid Unicode")
            elif value.__class__ is int:
                # Python refuses to write more than 4,300 digits; a 64-bit integer has 20.
                if value.bit_length() > LONGEST_INTEGER:
                    raise Withheld("too large")
                state = of_integer()
                state.update(b"%d" % value)
            else:
                raise Withheld("not text or an integer")
            digest: bytes = state.digest()
            return digest if exact else digest[:size]

        if packed:
            return raw

        if exact and canonical is None:
            return _quick(of_text, raw)

        def text(value: Any) -> str:
            return token_text(raw(value))

        return text

    def _label(self, scope: Scope, kind: str) -> Label:
        name = ("field", *scope.place) if self.domain is None else ("domain", self.domain)
        return Label("token", (self.algorithm, str(self.bits), kind, *name))


def token_text(raw: bytes) -> str:
    """Return the bytes of a token as base64url without padding (RFC 4648, section 5)."""
    return b2a_base64(raw, newline=False).translate(_URLSAFE, b"=").decode()


def _quick(of_text: Callable[[], Any], raw: Callable[[Any], bytes]) -> Step:
    """Return what makes tokens of values as they are: text in one function, a fifth sooner."""

    def text(value: Any) -> str:
        if value.__class__ is str:
            state = of_text()
            try:
                state.update(value.encode())
            except UnicodeEncodeError:  # looked at below, so that no exception carries it along
                pass
            else:
                token = b2a_base64(state.digest(), newline=False)
                return token.translate(_URLSAFE, b"=").decode()
        return token_text(raw(value))

    return text


def _blake2b(key: bytes, size: int) -> Callable[[], Any]:
    return blake2b(key=key, digest_size=size).copy


def _hmac_sha256(key: bytes, _size: int) -> Callable[[], Any]:
    return hmac.new(key, digestmod="sha256").copy


_PREPARED: dict[str, Callable[[bytes, int], Callable[[], Any]]] = {
    "blake2b": _blake2b,
    "hmac-sha256": _hmac_sha256,
}


def _canonical(forms: Sequence[str]) -> Callable[[str], str] | None:
    """Return the function that brings text into its canonical form, or None for as it is."""
    if "email" in forms:
        return _email
    if "code" in forms:
        return _code
    if "casefold" in forms and "nfc" in forms:
        return _caseless
    if "casefold" in forms:
        return str.casefold
    if "nfc" in forms:
        return lambda text: normalize("NFC", _bounded(text))
    return None


def _caseless(text: str) -> str:
    """Return the form for caseless matching (Unicode 3.13, D145), composed at the end."""
    return normalize("NFC", normalize("NFD", _bounded(text)).casefold())


def _email(text: str) -> str:
    """Return an e-mail address as its owner would say it.

    RFC 5321, section 2.4, lets a host tell cases of a local part apart; directories and mail
    services in use do not, and a person in two spellings would count as two. `mailto:` is how links
    write an address (RFC 6068), `smtp:` and `sip:` how directories do, and `Ada <ada@…>` how
    messages do (RFC 5322, 3.4). A guest in a Microsoft Entra directory has the user principal name
    `ada_example.org#EXT#@host.example`.
    """
    text = _caseless(text).strip()
    if text.endswith(">"):
        text = text[text.rfind("<") + 1 : -1].strip()
    for scheme in ("mailto:", "smtp:", "sip:"):
        text = text.removeprefix(scheme)
    text = text.lstrip()
    guest, of, _ = text.rpartition("#ext#@")
    local, at, domain = guest.rpartition("_") if of else text.rpartition("@")
    if not at:
        return text
    return f"{local}@{'.'.join(map(_label, domain.removesuffix('.').split('.')))}"


def _label(label: str) -> str:
    """Return a label of a domain in letters: `xn--bcher-kva` is `bücher` (RFC 5890, 2.3.2.1)."""
    if label.startswith("xn--") and len(label) <= LONGEST_LABEL:
        try:
            return _caseless(label[4:].encode("ascii").decode("punycode"))
        except (UnicodeError, OverflowError):
            pass
    return label


def _code(text: str) -> str:
    """Return an identifier without what groups its characters, so that its notations meet.

    `00:1A:2B:3C:4D:5E`, `00-1a-2b-3c-4d-5e` and `001a.2b3c.4d5e` are one MAC (IEEE 802 and Cisco),
    `{…}` and `urn:uuid:…` one GUID (RFC 9562), `SN 20-88` and `sn2088` one serial number.
    """
    text = _caseless(text)
    return _GROUPING.sub("", text.strip().removeprefix("urn:uuid:")) or text


def _bounded(text: str) -> str:
    if len(text) > LONGEST_NORMALIZED:
        raise Withheld("too long")
    return text


def pseudonymize(
    domain: str | None = None,
    *,
    bits: int = 128,
    algorithm: Algorithm = "blake2b",
    canonical: Sequence[Form] = (),
) -> Pseudonymize:
    """Turn a text or an integer into a keyed token.

    In a plain list of stages it stands for the field of the domain's name: `pseudonymize("user")`;
    for another, `pseudonymize("user").on("account")`.

    Args:
        domain: Fields that name the same domain share tokens. None: this field of this record only.
        bits: Length of a token, 96 to 512 (256 for HMAC), whole bytes.
        algorithm: `blake2b` or `hmac-sha256`.
        canonical: `casefold`, `nfc` or both, `email` or `code`: applied before the token is made.

    Raises:
        PolicyError: A length, algorithm or form that does not exist.
    """
    return Pseudonymize(domain, bits, algorithm, tuple(canonical))
