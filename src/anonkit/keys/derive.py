"""From a period key to the key of one use, by HKDF-Expand (RFC 5869) with length-prefixed labels.

Plain concatenation would make ("ab", "c") equal ("a", "bc"); here every part carries its length,
so two different labels never give the same bytes, and a change in any part gives an unrelated key.
"""

from __future__ import annotations

from typing import NamedTuple

KEY_BYTES = 32
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


def expand(key: bytes | bytearray, context: bytes, length: int = KEY_BYTES) -> bytes:
    """Return `length` bytes derived from a uniformly random key.

    HKDF-Expand with SHA-256, RFC 5869 section 2.3; the extract step is for keys that are not
    uniform, and ours come from the operating system's generator.
    """
    # Imported here: 19 ms of CPU that a run without tokens never pays.
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

    return HKDFExpand(algorithm=SHA256(), length=length, info=context).derive(bytes(key))
