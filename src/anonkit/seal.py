"""seal: a pack becomes an envelope that only one recipient opens.

HPKE (RFC 9180) in base mode with HKDF-SHA256 and ChaCha20-Poly1305, to X25519 or to the hybrid of
ML-KEM-768 and X25519, which holds as long as one of the two does. docs/spec/pack.md, "Envelope",
has the bytes. What an observer learns: the recipient's key id, the suite, and a size class.

HPKE says nothing of who sealed. A site that signs (Ed25519, RFC 8032) does so inside, where an
observer does not see which site it is.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, NoReturn, TypeVar

import msgspec

from anonkit.errors import SealError
from anonkit.files import PRIVATE, USUAL, others_may_read, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAGIC: Final = b"\x8eANE"
VERSION: Final = 1
ID_BYTES = 8
SIGNATURE_BYTES = 64
# The lengths that RFC 9180, section 7.1, and draft-ietf-hpke-pq give for the encapsulated key.
OVERHEAD = {1: 32 + 16, 2: 1120 + 16}
SMALLEST = 256
LARGEST = 64 << 20
MAX_FILE = 16 << 10
Suite = Literal["x25519", "mlkem768-x25519"]
SUITES: dict[Suite, int] = {"x25519": 1, "mlkem768-x25519": 2}
_HEADER_BYTES = len(MAGIC) + 2 + ID_BYTES
_LENGTH_BYTES = 4
_SEED_BYTES = {"x25519": 32, "mlkem768-x25519": 64 + 32}
_PUBLIC_BYTES = {"x25519": 32, "mlkem768-x25519": 1184 + 32}
_MLKEM_SEED, _MLKEM_PUBLIC = 64, 1184
_INFO, _SIGNED = b"anonkit envelope", b"anonkit envelope signature"
_SITE = "ed25519"


class Recipient:
    """The public key of who may open envelopes.

    Args:
        suite: Which kind of key.
        public: Its bytes.

    Raises:
        SealError: They are no such key.
    """

    __slots__ = ("_key", "id", "public", "suite")

    def __init__(self, suite: Suite, public: bytes) -> None:
        if suite not in SUITES:
            raise SealError(f"a recipient's suite is one of {', '.join(SUITES)}")
        if len(public) != _PUBLIC_BYTES[suite]:
            raise SealError("a recipient's key has the wrong length")
        self.suite = suite
        self.public = public
        self.id = _name(suite, public)
        self._key = _public_key(suite, public)

    def save(self, path: Path) -> None:
        """Write the key for handing out."""
        _save(path, _KeyFile("anonkit-recipient", 1, self.suite, self.id, self.public), USUAL)

    @classmethod
    def load(cls, path: Path) -> Recipient:
        """Read a recipient's key.

        Raises:
            SealError: The file is no such key, or a damaged one.
            OSError: The file cannot be read.
        """
        file = _load(path, "anonkit-recipient", private=False)
        suite = _suite(file.suite, path)
        return _checked(cls(suite, file.key), file, path)

    def __repr__(self) -> str:
        return f"<Recipient {self.id} {self.suite}>"


class VendorKey:
    """The private key that opens envelopes. It never shows its bytes and cannot be pickled.

    Args:
        suite: Which kind of key.
        seed: Its secret bytes.
    """

    __slots__ = ("_key", "_seed", "recipient")

    def __init__(self, suite: Suite, seed: bytes) -> None:
        if suite not in SUITES or len(seed) != _SEED_BYTES[suite]:
            raise SealError("a vendor's key is of the wrong kind or length")
        self._seed = seed
        self._key, public = _private_key(suite, seed)
        self.recipient = Recipient(suite, public)

    @classmethod
    def generate(cls, suite: Suite = "x25519") -> VendorKey:
        """Make a new random key."""
        return cls(suite, os.urandom(_SEED_BYTES.get(suite, 0)))

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits that name the key in every envelope to it."""
        return self.recipient.id

    def save(self, path: Path) -> None:
        """Write the key, whole or not at all, readable by its owner only."""
        suite = self.recipient.suite
        _save(path, _KeyFile("anonkit-vendor-key", 1, suite, self.id, self._seed), PRIVATE)

    @classmethod
    def load(cls, path: Path) -> VendorKey:
        """Read a vendor's key.

        Raises:
            SealError: Others may read the file, it is no such key, or a damaged one.
            OSError: The file cannot be read.
        """
        file = _load(path, "anonkit-vendor-key", private=True)
        return _checked(cls(_suite(file.suite, path), file.key), file, path)

    def __repr__(self) -> str:
        return f"<VendorKey {self.id}>"

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise TypeError("a key cannot be pickled or copied: hand over the path of the key file")


class Site:
    """The public key by which a vendor knows that a site signed.

    Args:
        public: Its 32 bytes.
    """

    __slots__ = ("_key", "id", "public")

    def __init__(self, public: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        if len(public) != 32:  # noqa: PLR2004 - RFC 8032, section 5.1.5
            raise SealError("a site's key has the wrong length")
        self.public = public
        self.id = _name(_SITE, public)
        self._key = Ed25519PublicKey.from_public_bytes(public)

    def save(self, path: Path) -> None:
        """Write the key for handing to the vendor."""
        _save(path, _KeyFile("anonkit-site", 1, _SITE, self.id, self.public), USUAL)

    @classmethod
    def load(cls, path: Path) -> Site:
        """Read a site's key.

        Raises:
            SealError: The file is no such key, or a damaged one.
            OSError: The file cannot be read.
        """
        file = _load(path, "anonkit-site", private=False)
        return _checked(cls(file.key), file, path)

    def __repr__(self) -> str:
        return f"<Site {self.id}>"


class SiteKey:
    """The private key with which a site signs. It never shows its bytes and cannot be pickled.

    Args:
        seed: Its 32 secret bytes.
    """

    __slots__ = ("_key", "_seed", "site")

    def __init__(self, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(seed) != 32:  # noqa: PLR2004 - RFC 8032, section 5.1.5
            raise SealError("a site's key has the wrong length")
        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.site = Site(self._key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> SiteKey:
        """Make a new random key."""
        return cls(os.urandom(32))

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits that name the key in every envelope that it signs."""
        return self.site.id

    def save(self, path: Path) -> None:
        """Write the key, whole or not at all, readable by its owner only."""
        _save(path, _KeyFile("anonkit-site-key", 1, _SITE, self.site.id, self._seed), PRIVATE)

    @classmethod
    def load(cls, path: Path) -> SiteKey:
        """Read a site's private key.

        Raises:
            SealError: Others may read the file, it is no such key, or a damaged one.
            OSError: The file cannot be read.
        """
        file = _load(path, "anonkit-site-key", private=True)
        return _checked(cls(file.key), file, path)

    def __repr__(self) -> str:
        return f"<SiteKey {self.site.id}>"

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise TypeError("a key cannot be pickled or copied: hand over the path of the key file")


_Key = TypeVar("_Key", Recipient, VendorKey, Site, SiteKey)


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
    ciphertext: bytes = _hpke(recipient.suite).encrypt(
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
        inner = _hpke(suite).decrypt(
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
    if size < SMALLEST or size > LARGEST or padded(size) != size:
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


# --- key files --------------------------------------------------------------------------------


class _KeyFile(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    version: int
    suite: str
    id: str
    key: bytes


def _save(path: Path, file: _KeyFile, mode: int) -> None:
    with whole_file(path, mode=mode) as out:
        out.write(msgspec.json.format(msgspec.json.encode(file)) + b"\n")


def _load(path: Path, form: str, *, private: bool) -> _KeyFile:
    with path.open("rb") as file:
        if private and others_may_read(file.fileno()):
            raise SealError(f"{path}: others may read this key file", hint=f"chmod 600 {path}")
        data = file.read(MAX_FILE + 1)
    try:
        content = msgspec.json.decode(data, type=_KeyFile)
    except (msgspec.MsgspecError, ValueError):
        content = None
    if content is None or content.format != form:
        raise SealError(f"{path}: not a key file of the form {form}, or a damaged one")
    if content.version != 1:
        raise SealError(f"{path}: key file version {content.version}; this anonkit reads version 1")
    return content


def _suite(name: str, path: Path) -> Suite:
    for suite in SUITES:
        if suite == name:
            return suite
    raise SealError(f"{path}: of a suite that this anonkit does not have")


def _checked(key: _Key, file: _KeyFile, path: Path) -> _Key:
    """Return a key that has the id its file says: a damaged seed is a seed too."""
    if key.id != file.id:
        raise SealError(f"{path}: the key is damaged or not the one saved")
    return key


# --- cryptography -----------------------------------------------------------------------------


def _name(suite: str, public: bytes) -> str:
    return hashlib.sha256(b"anonkit key " + suite.encode() + public).digest()[:ID_BYTES].hex()


def _hpke(suite: Suite) -> Any:
    from cryptography.hazmat.primitives import hpke

    kem = hpke.KEM.X25519 if suite == "x25519" else hpke.KEM.MLKEM768_X25519
    return hpke.Suite(kem, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


def _public_key(suite: Suite, public: bytes) -> Any:
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


def _private_key(suite: Suite, seed: bytes) -> tuple[Any, bytes]:
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
