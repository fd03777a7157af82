"""From a period key to the key of one use, by HKDF-Expand (RFC 5869) with length-prefixed labels.

Plain concatenation would make ("ab", "c") equal ("a", "bc"); here every part carries its length,
so two different labels never give the same bytes, and a change in any part gives an unrelated key.
"""

from __future__ import annotations

import hmac
from typing import NamedTuple

CONTEXT = b"anonkit/v1"


class Label(NamedTuple):
    """What a derived key is for.

    Args:
        purpose: The use: `token`, `check`; keys of two uses are unrelated.
        parts: The rest of its name, such as `("domain", "user")`, in a fixed order.
    """

    purpose: str
    parts: tuple[str, ...] = ()


def info(*parts: str) -> bytes:
    """Return parts as one byte string that no other sequence of parts gives."""
    encoded = [CONTEXT]
    for part in parts:
        data = part.encode()
        encoded += (len(data).to_bytes(4, "big"), data)
    return b"".join(encoded)


def expand(key: bytes | bytearray, context: bytes) -> bytes:
    """Return 32 bytes derived from a uniformly random key.

    HKDF-Expand with SHA-256, RFC 5869 section 2.3, whose first block is all that a key takes; the
    extract step is for keys that are not uniform, and ours come from the operating system.

    The standard library's HMAC: `cryptography` has the same function, and a test compares them, but
    loading it for that alone takes 19 ms and 6.5 MB of the 40 that a run may take.
    """
    return hmac.digest(key, context + b"\x01", "sha256")
