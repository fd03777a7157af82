"""The suites of envelopes: which keys there are, and the cryptography behind them."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from anonkit.errors import SealError

ID_BYTES = 8
Suite = Literal["x25519", "mlkem768-x25519"]
SUITES: dict[Suite, int] = {"x25519": 1, "mlkem768-x25519": 2}
# The lengths that RFC 9180, section 7.1, and draft-ietf-hpke-pq give for the encapsulated key.
OVERHEAD = {1: 32 + 16, 2: 1120 + 16}
SEED_BYTES: dict[str, int] = {"x25519": 32, "mlkem768-x25519": 64 + 32}
PUBLIC_BYTES: dict[str, int] = {"x25519": 32, "mlkem768-x25519": 1184 + 32}
_MLKEM_SEED, _MLKEM_PUBLIC = 64, 1184


def name_of(suite: str, public: bytes) -> str:
    """Return the sixteen hexadecimal digits that name a public key."""
    return hashlib.sha256(b"anonkit key " + suite.encode() + public).digest()[:ID_BYTES].hex()


def hpke(suite: Suite) -> Any:
    """Return the HPKE suite."""
    from cryptography.hazmat.primitives import hpke as rfc9180

    kem = rfc9180.KEM.X25519 if suite == "x25519" else rfc9180.KEM.MLKEM768_X25519
    return rfc9180.Suite(kem, rfc9180.KDF.HKDF_SHA256, rfc9180.AEAD.CHACHA20_POLY1305)


def public_key(suite: Suite, public: bytes) -> Any:
    """Return the public key of some bytes.

    Raises:
        SealError: They are none.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    if suite == "x25519":
        return X25519PublicKey.from_public_bytes(public)
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
    from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
        )
    except ValueError:
        pass
    raise SealError("a recipient's key is not one of its suite")


def private_key(suite: Suite, seed: bytes) -> tuple[Any, bytes]:
    """Return the private key and the bytes of the public one."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    if suite == "x25519":
        key = X25519PrivateKey.from_private_bytes(seed)
        return key, key.public_key().public_bytes_raw()
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
    from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

    lattice = MLKEM768PrivateKey.from_seed_bytes(seed[:_MLKEM_SEED])
    curve = X25519PrivateKey.from_private_bytes(seed[_MLKEM_SEED:])
    public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return MLKEM768X25519PrivateKey(lattice, curve), public
