"""What a file holds when it is locked under a passphrase.

ChaCha20-Poly1305 under an Argon2id key (RFC 9106, second recommended option: 64 MiB, 3 passes,
4 lanes), whose parameters stand beside it in clear.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

SALT_BYTES = 16
NONCE_BYTES = 12


class Argon2id(msgspec.Struct, forbid_unknown_fields=True):
    """How a key is made of a passphrase.

    Bounds on what a damaged file can ask of the machine: 1 GiB, and RFC 9106 section 3.1.
    """

    salt: Annotated[bytes, Meta(min_length=8, max_length=64)]
    memory_kib: Annotated[int, Meta(ge=32, le=1 << 20)] = 64 * 1024
    passes: Annotated[int, Meta(ge=1, le=64)] = 3
    lanes: Annotated[int, Meta(ge=1, le=4)] = 4


Nonce = Annotated[bytes, Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]


def lock(plain: bytes, passphrase: bytes, context: bytes) -> tuple[Argon2id, bytes, bytes]:
    """Return parameters, nonce and sealed bytes.

    Args:
        plain: What to lock.
        passphrase: Under what.
        context: What kind of file it stands in: it opens in no other.
    """
    argon2id = Argon2id(secrets.token_bytes(SALT_BYTES))
    nonce = secrets.token_bytes(NONCE_BYTES)
    return argon2id, nonce, _cipher(passphrase, argon2id).encrypt(nonce, plain, context)


def unlock(
    argon2id: Argon2id, nonce: bytes, sealed: bytes, passphrase: bytes, context: bytes
) -> bytes | None:
    """Return what was locked, or None: the passphrase is wrong, or the file is damaged."""
    from cryptography.exceptions import InvalidTag

    try:
        return _cipher(passphrase, argon2id).decrypt(nonce, sealed, context)
    except InvalidTag:
        return None


def _cipher(passphrase: bytes, parameters: Argon2id) -> ChaCha20Poly1305:
    # Imported here: nobody without a passphrase pays for it.
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id as Derivation

    kdf = Derivation(
        salt=parameters.salt,
        length=32,
        iterations=parameters.passes,
        lanes=parameters.lanes,
        memory_cost=parameters.memory_kib,
    )
    return ChaCha20Poly1305(kdf.derive(passphrase))
