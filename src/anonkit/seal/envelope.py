"""seal: a pack becomes an envelope that only one recipient opens.

HPKE (RFC 9180) in base mode with HKDF-SHA256 and ChaCha20-Poly1305, to X25519 or to the hybrid of
ML-KEM-768 and X25519, which holds as long as one of the two does. docs/spec/pack.md, "Envelope",
has the bytes. What an observer learns: the recipient's key id, the suite, and a size class.

HPKE says nothing of who sealed. A site that signs (Ed25519, RFC 8032) does so inside, where an
observer does not see which site it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from anonkit.errors import SealError
from anonkit.seal.suites import ID_BYTES, OVERHEAD, SUITES, Suite, hpke

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anonkit.seal.keys import Recipient, Site, SiteKey, VendorKey

MAGIC: Final = b"\x8eANE"
VERSION: Final = 1
SIGNATURE_BYTES = 64
SMALLEST = 256
LARGEST = 64 << 20
_HEADER_BYTES = len(MAGIC) + 2 + ID_BYTES
_LENGTH_BYTES = 4
_INFO, _SIGNED = b"anonkit envelope", b"anonkit envelope signature"


class Opened(NamedTuple):
    """What an envelope held.

    Args:
        pack: The bytes that were sealed.
        recipient: The id of the key that opened it.
        site: The id of the site whose signature was checked, or None when no sites were given.
    """

    pack: bytes
    recipient: str
    site: str | None


def seal(pack: bytes, recipient: Recipient, *, sign: SiteKey | None = None) -> bytes:
    """Return an envelope that only the recipient opens. Twice the same pack gives two envelopes.

    Args:
        pack: What to seal.
        recipient: Who may open it.
        sign: The site's key, for a vendor that asks who sent it.

    Raises:
        SealError: The pack is larger than an envelope takes.
    """
    header = _header(recipient)
    inner = len(pack).to_bytes(_LENGTH_BYTES, "little") + pack
    if sign is None:
        inner = b"\0" + inner
    else:
        signature = sign._key.sign(_SIGNED + header + pack)  # noqa: SLF001 - keys live here
        inner = b"\1" + bytes.fromhex(sign.site.id) + signature + inner
    size = padded(len(inner))
    if size > LARGEST:
        raise SealError(f"a pack of more than {LARGEST} bytes does not fit an envelope")
    ciphertext: bytes = hpke(recipient.suite).encrypt(
        inner.ljust(size, b"\0"),
        recipient._key,  # noqa: SLF001 - keys live here
        info=_INFO + header,
    )
    return header + ciphertext


def unseal(
    data: bytes, keys: Iterable[VendorKey], *, sites: Iterable[Site] | None = None
) -> Opened:
    """Open an envelope.

    Args:
        data: Exactly one envelope.
        keys: Private keys, present and past; the envelope says which it is for.
        sites: When given, one of these must have signed.

    Raises:
        SealError: It is for another key, damaged, cut short, longer than it was, or not signed by
            one of the sites.
    """
    suite, key_id = _read_header(data)
    key = next((key for key in keys if key.id == key_id), None)
    if key is None or key.recipient.suite != suite:
        raise SealError(f"the envelope is for the key {key_id}, which is not among those given")
    header = data[:_HEADER_BYTES]
    from cryptography.exceptions import InvalidTag

    inner: bytes | None
    try:
        inner = hpke(suite).decrypt(
            data[_HEADER_BYTES:],
            key._key,  # noqa: SLF001 - keys live here
            info=_INFO + header,
        )
    except (InvalidTag, ValueError):
        inner = None
    if inner is None:
        raise SealError("the envelope is damaged, or was not sealed for this key")
    pack, site_id, signature = _inner(inner)
    site = None
    if sites is not None:
        site = _verified({s.id: s for s in sites}, site_id, signature, _SIGNED + header + pack)
    return Opened(pack, key.id, site)


def padded(size: int) -> int:
    """Return the size class of a number of bytes: Padmé, and at least 256.

    It adds at most 12 %, and lets an observer tell O(log log n) bits of a size in place of log n.
    Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs",
    PETS 2019, algorithm 1.
    """
    if size <= SMALLEST:
        return SMALLEST
    exponent = size.bit_length() - 1
    coarse = (1 << exponent - exponent.bit_length()) - 1
    return (size + coarse) & ~coarse


def _header(recipient: Recipient) -> bytes:
    return MAGIC + bytes((VERSION, SUITES[recipient.suite])) + bytes.fromhex(recipient.id)


def _read_header(data: bytes) -> tuple[Suite, str]:
    """Return the suite and the key id of an envelope, once its length fits both."""
    if not data.startswith(MAGIC):
        raise SealError("not an envelope")
    if len(data) < _HEADER_BYTES:
        raise SealError("the envelope ends too early")
    version, number = data[len(MAGIC)], data[len(MAGIC) + 1]
    if version != VERSION:
        raise SealError(f"envelope version {version}; this anonkit reads version {VERSION}")
    suite = next((suite for suite, code in SUITES.items() if code == number), None)
    if suite is None:
        raise SealError("the envelope is of a suite that this anonkit does not have")
    size = len(data) - _HEADER_BYTES - OVERHEAD[number]
    if size > LARGEST or padded(size) != size:
        raise SealError("the envelope is cut short, or longer than it was")
    return suite, data[_HEADER_BYTES - ID_BYTES : _HEADER_BYTES].hex()


def _inner(inner: bytes) -> tuple[bytes, str | None, bytes]:
    """Return the pack, who signed it and the signature, out of what was encrypted."""
    signed, start, site, signature = inner[0], 1, None, b""
    if signed:
        site = inner[start : start + ID_BYTES].hex()
        start += ID_BYTES
        signature = inner[start : start + SIGNATURE_BYTES]
        start += SIGNATURE_BYTES
    size = int.from_bytes(inner[start : start + _LENGTH_BYTES], "little")
    start += _LENGTH_BYTES
    pack, rest = inner[start : start + size], inner[start + size :]
    if signed > 1 or len(pack) != size or rest.strip(b"\0") or padded(start + size) != len(inner):
        raise SealError("the envelope holds no pack")
    return pack, site, signature


def _verified(
    sites: dict[str, Site], site_id: str | None, signature: bytes, message: bytes
) -> str:  # fmt: skip
    if site_id is None:
        raise SealError("the envelope is not signed")
    if site_id not in sites:
        raise SealError(f"the envelope is signed by the site {site_id}, which is not known")
    from cryptography.exceptions import InvalidSignature

    try:
        sites[site_id]._key.verify(signature, message)  # noqa: SLF001 - keys live here
    except InvalidSignature:
        pass
    else:
        return site_id
    raise SealError("the envelope's signature is wrong")
