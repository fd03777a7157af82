"""Secrets that are recognised by their own form: private keys, hashes of passwords and tokens."""

# ruff: noqa: E501 - a declaration reads best unbroken

from __future__ import annotations

import re
from base64 import b64encode
from binascii import a2b_base64
from typing import TYPE_CHECKING, Final

from anonkit.detect.checks import base58check, base64_json
from anonkit.detect.detector import LONG, Detector
from anonkit.detect.tokens import TOKENS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# RFC 7468, 3: the encapsulation boundaries of textual encodings; PuTTY and RFC 4716 have their own.
_PEM_BEGIN: Final = re.compile(
    r"(?:-----|---- )BEGIN (?:[A-Z0-9 ]{0,40} )?PRIVATE KEY(?: BLOCK)?(?:-----| ----)"
)
_PEM_END: Final = re.compile(
    r"(?:-----|---- )END (?:[A-Z0-9 ]{0,40} )?PRIVATE KEY(?: BLOCK)?(?:-----| ----)"
)
# A line inside a block: Base64, or a header such as `Proc-Type: 4,ENCRYPTED`, possibly behind what
# a log or a source file puts before each line; a line with other characters ends the block.
_PEM_LINE: Final = re.compile(
    r"[ \t>|#*/+\"'-]{0,16}(?:[0-9A-Za-z+/=]{1,400}|[A-Z][A-Za-z-]{1,30}: ?[\w, .@-]{0,100})?"
    r"[\\\"'+, \tn-]{0,8}\r?\Z"
)


def find_private_keys(text: str) -> Iterator[tuple[int, int]]:
    """Yield private key blocks, one stretch for each line, so that the lines remain."""
    reach = 0
    for begin in _PEM_BEGIN.finditer(text):
        if begin.start() >= reach:
            reach = yield from _key_lines(text, begin.start())


def _key_lines(text: str, start: int) -> Generator[tuple[int, int], None, int]:
    """Yield the lines of one block and return where it ends; an unfinished block ends the text."""
    while True:
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        end = _PEM_END.search(text, start, stop)
        to = end.end() if end else stop
        last = to - (text[to - 1 : to] == "\r")
        if start < last:
            yield start, last
        if end or stop == len(text) or not key_goes_on(text, stop + 1):
            return to
        start = stop + 1


def key_goes_on(text: str, start: int) -> bool:
    """Tell whether the line at `start` can still belong to a private key block."""
    stop = text.find("\n", start)
    line = text[start : stop if stop >= 0 else len(text)]
    return _PEM_LINE.match(line) is not None or _PEM_END.search(line) is not None


def in_private_key(text: str, open_before: bool) -> bool:  # noqa: FBT001 - a state
    """Tell whether a private key block is unfinished after a text that ends at a line end."""
    last = max((begin.start() for begin in _PEM_BEGIN.finditer(text)), default=-1)
    if last < 0 and not open_before:
        return False
    at = max(last, 0)
    if _PEM_END.search(text, at):
        return False
    first = 0 if last < 0 else text.find("\n", last) + 1
    lines = text[first:].split("\n")[:-1] if first or last < 0 else []
    return all(_PEM_LINE.match(line) for line in lines)


_BOUNDARY: Final = 64


def is_encoded_key(text: str) -> bool:
    """Tell whether Base64 that begins as a boundary does announces a private key."""
    head = text[:_BOUNDARY].rstrip("=")
    return b"PRIVATE KEY" in a2b_base64(head[: len(head) // 4 * 4])


SECRETS: Final = (
    Detector(
        name="private-key",
        type="PRIVATE_KEY",
        source="RFC 7468, 3 and 10-11; RFC 4716; OpenPGP (RFC 9580, 6.2)",
        finder=find_private_keys,
        marks=("--",),
        hints=("private key",),
        specimen="-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIB\n-----END EC PRIVATE KEY-----",
        false_friend="-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        priority=90,
    ),
    Detector(
        name="private-key-encoded",
        type="PRIVATE_KEY",
        source="RFC 7468 in Base64 again: kubeconfig (client-key-data), Kubernetes secrets",
        pattern=r"[L]S0tLS1CRUdJTi[0-9A-Za-z+/]{20,1000}" + r"[0-9A-Za-z+/]{0,1000}" * 6 + "={0,2}",
        check=is_encoded_key,
        marks=("AA0AA0AAAAA",),
        hints=("ls0tls0crudjti",),
        long=LONG,
        specimen="client-key-data: "
        + b64encode(b"-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIB\n").decode(),
        false_friend="client-certificate-data: "
        + b64encode(b"-----BEGIN CERTIFICATE-----\nMIIB\n").decode(),
        priority=90,
    ),
    Detector(
        name="age-secret-key",
        type="PRIVATE_KEY",
        source="age, C2SP specification: native identity",
        pattern=r"[A]GE-SECRET-KEY-1[0-9A-Z]{58}",
        marks=("AAA-AAAAAA-AAA-0",),
        hints=("age-secret-key-0",),
        specimen="AGE-SECRET-KEY-1" + "Q" * 58,
        false_friend="AGE-SECRET-KEY-1 is the prefix",
        priority=90,
    ),
    Detector(
        name="wallet-import-key",
        type="PRIVATE_KEY",
        source="Bitcoin Wiki, Wallet import format (Base58Check)",
        pattern=r"[5KLc9](?<![0-9A-Za-z][5KLc9])[1-9A-HJ-NP-Za-km-z]{50,51}(?![0-9A-Za-z])",
        check=lambda text: any(map(str.isdigit, text)) and base58check(text),
        marks=("0",),
        long=51,
        specimen="5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
        false_friend="5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK",
        priority=90,
    ),
    Detector(
        name="json-web-token",
        type="SECRET",
        source="RFC 7519, 3; RFC 7515, 3.1 (compact serialization; a header begins `eyJ`)",
        pattern=r"[e]yJ[0-9A-Za-z_-]{13,1000}\.[0-9A-Za-z_-]{8,1000}(?:\.[0-9A-Za-z_-]{0,1000}){0,3}",
        check=lambda text: any(map(str.isdigit, text)) and base64_json(text),
        marks=("0",),
        hints=("eyj",),
        long=LONG,
        specimen="eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NzExIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r",
        false_friend="eyJust.a.word eyJ0.short",
        priority=66,
    ),
    Detector(
        name="password-hash",
        type="SECRET",
        source="crypt(5): $id$salt$hash; PHC string format; htpasswd(1) and phpass: whoever has it can guess",
        pattern=r"[$](?<![0-9A-Za-z$][$])(?:[1567HPy]|2[abxy]?|gy|apr1|md5|sha1|scrypt|argon2(?:id|i|d)|pbkdf2(?:-sha(?:1|256|512))?)"
        r"\$[0-9A-Za-z./+=,$-]{20,240}",
        check=lambda text: any(map(str.isdigit, text[3:])),
        least=(("$", 2),),
        long=LONG,
        specimen="root:$6$Zk3vQ9xL$" + "aB3dE6gH9jK2mN5pQ8sT1vW4" + ":19500:0:99999:7:::",
        false_friend="$1$2 a$6$bbbbbbbbbbbbbbbbbbbbbbb1 $5$aaaaaaaaaaaaaaaaaaaaaaaa",
        priority=64,
    ),
    *TOKENS,
)
