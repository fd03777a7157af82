"""The keyring file: mode 0600, written whole, versioned, optionally under a passphrase.

One JSON object. `periods` holds, per period, its id, dates and key (base64) with a check value that
notices a wrong or damaged key. Under a passphrase the same object is locked (`passphrase.py`).
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import msgspec

from anonkit.errors import KeyringError
from anonkit.files import PRIVATE, others_may_read, whole_file
from anonkit.keys.keyring import Keyring, PeriodKey
from anonkit.keys.passphrase import Argon2id, Nonce, lock, unlock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_T = TypeVar("_T")

FORMAT: Final = "anonkit-keyring"
VERSION = 1
MAX_BYTES = 1 << 20  # a keyring of a century of daily periods is smaller


class _Period(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    id: str
    start: datetime | None = None
    end: datetime | None = None
    key: bytes | None = None
    check: str | None = None
    destroyed_at: datetime | None = None


class _Ring(msgspec.Struct, forbid_unknown_fields=True):
    periods: list[_Period]
    length: timedelta | None = None


class _Head(msgspec.Struct):
    """What every version of the file says, before anything else is asked of it."""

    format: Literal["anonkit-keyring"]
    version: int


class _File(_Head, forbid_unknown_fields=True, omit_defaults=True):
    ring: _Ring | None = None
    argon2id: Argon2id | None = None
    nonce: Nonce | None = None
    sealed: bytes | None = None


def save(ring: Keyring, path: Path, *, passphrase: bytes | None = None) -> None:
    """Write a keyring, whole or not at all, readable by its owner only.

    Raises:
        OSError: The file cannot be written; what was there before stays.
    """
    content = _Ring([_stored(period) for period in ring.periods], ring.length)
    if passphrase is None:
        document = _File(FORMAT, VERSION, ring=content)
    else:
        argon2id, nonce, sealed = lock(msgspec.json.encode(content), passphrase, FORMAT.encode())
        document = _File(FORMAT, VERSION, argon2id=argon2id, nonce=nonce, sealed=sealed)
    with whole_file(path, mode=PRIVATE) as file:
        file.write(msgspec.json.format(msgspec.json.encode(document)) + b"\n")


@contextmanager
def changing(path: Path, *, passphrase: bytes | None = None) -> Iterator[Keyring]:
    """Read a keyring, let it be changed, and write it, while no other process does the same.

    On any exception the file stays as it was. Where the system has no such locks, two processes
    that change one keyring at the same moment can lose the change of one.

    Raises:
        KeyringError: As `load`.
        OSError: The file cannot be read or written.
    """
    with _alone(path):
        ring = load(path, passphrase=passphrase)
        yield ring
        save(ring, path, passphrase=passphrase)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process changes a keyring in the same folder.

    The folder is locked, not the file: every change puts a new file in its place.
    """
    if sys.platform == "win32":  # pragma: no cover - it opens no folder
        yield
        return
    import fcntl

    folder = os.open(os.path.dirname(os.path.realpath(path)), os.O_RDONLY)  # noqa: PTH120 - a text
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def load(path: Path, *, passphrase: bytes | None = None) -> Keyring:
    """Read a keyring.

    Raises:
        KeyringError: Others may read the file, it is no keyring, a newer version, damaged, or the
            passphrase is wrong or missing.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        if others_may_read(file.fileno()):
            raise KeyringError(f"{path}: others may read this key file", hint=f"chmod 600 {path}")
        data = file.read(MAX_BYTES + 1)
    document = _document(data, path)
    content = document.ring or _opened(document, path, passphrase)
    return Keyring([_live(period, path) for period in content.periods], length=content.length)


def is_locked(path: Path) -> bool:
    """Return whether the file asks for a passphrase.

    Raises:
        KeyringError: It is no keyring, or a newer version.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        return _document(file.read(MAX_BYTES + 1), path).sealed is not None


def _document(data: bytes, path: Path) -> _File:
    head = _decoded(data, _Head, path)
    if head.version != VERSION:
        raise KeyringError(
            f"{path}: keyring version {head.version}; this anonkit reads version {VERSION}"
        )
    return _decoded(data, _File, path)


def _stored(period: PeriodKey) -> _Period:
    if period.destroyed:
        return _Period(period.id, period.start, period.end, destroyed_at=period.destroyed_at)
    return _Period(
        period.id,
        period.start,
        period.end,
        bytes(period._secret()),  # noqa: SLF001 - the file is where key bytes live
        period.check(),
    )


def _live(stored: _Period, path: Path) -> PeriodKey:
    period = PeriodKey(
        stored.id, stored.start, stored.end, stored.key, destroyed_at=stored.destroyed_at
    )
    if stored.key is not None and (stored.destroyed_at or period.check() != stored.check):
        raise KeyringError(f"{path}: the key of period {stored.id} is damaged or not the one saved")
    return period


def _opened(document: _File, path: Path, passphrase: bytes | None) -> _Ring:
    if document.argon2id is None or document.nonce is None or document.sealed is None:
        raise KeyringError(f"{path}: not a keyring: it has no periods")
    if passphrase is None:
        raise KeyringError(f"{path}: needs a passphrase")
    plain = unlock(document.argon2id, document.nonce, document.sealed, passphrase, FORMAT.encode())
    if plain is None:
        raise KeyringError(f"{path}: wrong passphrase, or a damaged file")
    return _decoded(plain, _Ring, path)


def _decoded(data: bytes, kind: type[_T], path: Path) -> _T:
    """Decode strictly. The decoder's message may quote the file, so it is not passed on."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError):
        pass
    raise KeyringError(f"{path}: not a keyring, or a damaged one")
