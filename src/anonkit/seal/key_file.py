"""Key files: one JSON object, written whole; the private ones readable by their owner alone.

Under a passphrase `key` is locked (`keys/passphrase.py`), and its parameters stand beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from anonkit.errors import SealError
from anonkit.files import PRIVATE, USUAL, others_may_read, whole_file
from anonkit.keys.passphrase import Argon2id, Nonce, lock, unlock

if TYPE_CHECKING:
    from pathlib import Path

MAX_FILE = 16 << 10
# What the kinds of keys are called: people mistake one half of a pair for the other.
FORMS = {
    "anonkit-recipient": "a vendor's public key",
    "anonkit-vendor-key": "a vendor's private key",
    "anonkit-site": "a site's public key",
    "anonkit-site-key": "a site's private key",
}


class KeyFile(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What stands in a key file.

    Args:
        format: Which kind of key.
        version: Of the file; 1.
        suite: Which cryptography it is for.
        id: The name of the key, by which damage is noticed.
        key: Its bytes: public, secret, or secret and locked.
        argon2id: How the key that locks it is made of a passphrase.
        nonce: What else unlocking needs.
    """

    format: str
    version: int
    suite: str
    id: str
    key: bytes
    argon2id: Argon2id | None = None
    nonce: Nonce | None = None


def save(path: Path, file: KeyFile, *, private: bool, passphrase: bytes | None = None) -> None:
    """Write a key file, whole or not at all.

    Raises:
        OSError: The file cannot be written; what was there before stays.
    """
    if passphrase is not None:
        argon2id, nonce, sealed = lock(file.key, passphrase, file.format.encode())
        file = msgspec.structs.replace(file, key=sealed, argon2id=argon2id, nonce=nonce)
    with whole_file(path, mode=PRIVATE if private else USUAL) as out:
        out.write(msgspec.json.format(msgspec.json.encode(file)) + b"\n")


def load(path: Path, form: str, *, private: bool, passphrase: bytes | None = None) -> KeyFile:
    """Read a key file of one kind, unlocked.

    Raises:
        SealError: It is of another kind or damaged, others may read a private one, or the
            passphrase is wrong or missing.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        content = _decoded(file.read(MAX_FILE + 1))
        exposed = private and others_may_read(file.fileno())
    if content is None or content.format not in FORMS:
        raise SealError(f"{path}: not {FORMS[form]}, or a damaged one")
    if content.format != form:
        raise SealError(f"{path}: is {FORMS[content.format]}, and {FORMS[form]} is asked for")
    if exposed:
        raise SealError(f"{path}: others may read this key file", hint=f"chmod 600 {path}")
    if content.version != 1:
        raise SealError(f"{path}: key file version {content.version}; this anonkit reads version 1")
    if content.argon2id is None or content.nonce is None:
        return content
    if passphrase is None:
        raise SealError(f"{path}: needs a passphrase")
    key = unlock(content.argon2id, content.nonce, content.key, passphrase, form.encode())
    if key is None:
        raise SealError(f"{path}: wrong passphrase, or a damaged file")
    return msgspec.structs.replace(content, key=key)


def is_locked(path: Path) -> bool:
    """Return whether a key file asks for a passphrase; what is no key file does not.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        content = _decoded(file.read(MAX_FILE + 1))
    return content is not None and content.argon2id is not None


def _decoded(data: bytes) -> KeyFile | None:
    """Decode strictly. The decoder's message may quote the file, so it is not passed on."""
    try:
        return msgspec.json.decode(data, type=KeyFile)
    except (msgspec.MsgspecError, ValueError):
        return None
