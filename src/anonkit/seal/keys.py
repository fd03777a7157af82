"""The keys of envelopes: a vendor opens them, a site signs them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from anonkit.errors import SealError
from anonkit.keys.keyring import Handle
from anonkit.seal import key_file
from anonkit.seal.key_file import KeyFile
from anonkit.seal.suites import (
    PUBLIC_BYTES,
    SEED_BYTES,
    SUITES,
    Suite,
    name_of,
    private_key,
    public_key,
)

if TYPE_CHECKING:
    from pathlib import Path

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
        if len(public) != PUBLIC_BYTES[suite]:
            raise SealError("a recipient's key has the wrong length")
        self.suite = suite
        self.public = public
        self.id = name_of(suite, public)
        self._key = public_key(suite, public)

    def save(self, path: Path) -> None:
        """Write the key for handing out."""
        file = KeyFile("anonkit-recipient", 1, self.suite, self.id, self.public)
        key_file.save(path, file, private=False)

    @classmethod
    def load(cls, path: Path) -> Recipient:
        """Read a recipient's key.

        Raises:
            SealError: The file is no such key, or a damaged one.
            OSError: The file cannot be read.
        """
        file = key_file.load(path, "anonkit-recipient", private=False)
        suite = _suite(file.suite, path)
        return _checked(cls(suite, file.key), file, path)

    def __repr__(self) -> str:
        return f"<Recipient {self.id} {self.suite}>"


class VendorKey(Handle):
    """The private key that opens envelopes. It never shows its bytes and cannot be pickled.

    Args:
        suite: Which kind of key.
        seed: Its secret bytes.
    """

    __slots__ = ("_key", "_seed", "recipient")

    def __init__(self, suite: Suite, seed: bytes) -> None:
        if suite not in SUITES or len(seed) != SEED_BYTES[suite]:
            raise SealError("a vendor's key is of the wrong kind or length")
        self._seed = seed
        self._key, public = private_key(suite, seed)
        self.recipient = Recipient(suite, public)

    @classmethod
    def generate(cls, suite: Suite = "x25519") -> VendorKey:
        """Make a new random key."""
        return cls(suite, os.urandom(SEED_BYTES.get(suite, 0)))

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits that name the key in every envelope to it."""
        return self.recipient.id

    def save(self, path: Path, *, passphrase: bytes | None = None) -> None:
        """Write the key, whole or not at all, readable by its owner only.

        Args:
            path: Where.
            passphrase: What else it takes to read it, if anything.
        """
        suite = self.recipient.suite
        file = KeyFile("anonkit-vendor-key", 1, suite, self.id, self._seed)
        key_file.save(path, file, private=True, passphrase=passphrase)

    @classmethod
    def load(cls, path: Path, *, passphrase: bytes | None = None) -> VendorKey:
        """Read a vendor's key.

        Raises:
            SealError: Others may read the file, it is no such key or a damaged one, or the
                passphrase is wrong or missing.
            OSError: The file cannot be read.
        """
        file = key_file.load(path, "anonkit-vendor-key", private=True, passphrase=passphrase)
        return _checked(cls(_suite(file.suite, path), file.key), file, path)

    def __repr__(self) -> str:
        return f"<VendorKey {self.id}>"


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
        self.id = name_of(_SITE, public)
        self._key = Ed25519PublicKey.from_public_bytes(public)

    def save(self, path: Path) -> None:
        """Write the key for handing to the vendor."""
        file = KeyFile("anonkit-site", 1, _SITE, self.id, self.public)
        key_file.save(path, file, private=False)

    @classmethod
    def load(cls, path: Path) -> Site:
        """Read a site's key.

        Raises:
            SealError: The file is no such key, or a damaged one.
            OSError: The file cannot be read.
        """
        file = key_file.load(path, "anonkit-site", private=False)
        return _checked(cls(file.key), file, path)

    def __repr__(self) -> str:
        return f"<Site {self.id}>"


class SiteKey(Handle):
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

    def save(self, path: Path, *, passphrase: bytes | None = None) -> None:
        """Write the key, whole or not at all, readable by its owner only.

        Args:
            path: Where.
            passphrase: What else it takes to read it, if anything.
        """
        file = KeyFile("anonkit-site-key", 1, _SITE, self.site.id, self._seed)
        key_file.save(path, file, private=True, passphrase=passphrase)

    @classmethod
    def load(cls, path: Path, *, passphrase: bytes | None = None) -> SiteKey:
        """Read a site's private key.

        Raises:
            SealError: Others may read the file, it is no such key or a damaged one, or the
                passphrase is wrong or missing.
            OSError: The file cannot be read.
        """
        file = key_file.load(path, "anonkit-site-key", private=True, passphrase=passphrase)
        return _checked(cls(file.key), file, path)

    def __repr__(self) -> str:
        return f"<SiteKey {self.site.id}>"


_Key = TypeVar("_Key", Recipient, VendorKey, Site, SiteKey)


def _suite(name: str, path: Path) -> Suite:
    for suite in SUITES:
        if suite == name:
            return suite
    raise SealError(f"{path}: of a suite that this anonkit does not have")


def _checked(key: _Key, file: KeyFile, path: Path) -> _Key:
    """Return a key that has the id its file says: a damaged seed is a seed too."""
    if key.id != file.id:
        raise SealError(f"{path}: the key is damaged or not the one saved")
    return key
