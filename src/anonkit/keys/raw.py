"""The dangerous door: key bytes in and out. Nothing in anonkit imports this module.

Whoever holds these bytes can test any guess against every token of the period. Use a key file
instead, unless keys come from a vault of your own or from test vectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonkit.keys.keyring import Keyring, PeriodKey

if TYPE_CHECKING:
    from datetime import datetime


def keyring_from_bytes(
    key: bytes,
    *,
    id: str,  # noqa: A002
    start: datetime | None = None,
    end: datetime | None = None,
) -> Keyring:
    """Return a keyring of one period with a key made elsewhere.

    Args:
        key: 32 bytes from a cryptographic generator.
        id: The name of the period; part of every derived key.
        start: When it comes into force, or None for always.
        end: When it ceases to be, or None for never.

    Raises:
        KeyringError: Not 32 bytes, or all bytes equal.
    """
    return Keyring([PeriodKey(id, start, end, key)])


def key_bytes(period: PeriodKey) -> bytes:
    """Return the bytes of a period's key.

    Raises:
        KeyDestroyed: It has none any more.
    """
    return bytes(period._secret())  # noqa: SLF001 - this module is the one way in
