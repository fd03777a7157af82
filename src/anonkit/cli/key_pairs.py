"""anonkit keys vendor, anonkit keys site: the keys of envelopes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.cli import words
from anonkit.cli.arguments import add_actions, add_verb
from anonkit.cli.passphrase import add_passphrase_file, ask
from anonkit.errors import AnonkitError, SealError

if TYPE_CHECKING:
    import argparse

    from anonkit.seal import Recipient, Site, SiteKey, VendorKey


def add_to(keys: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the two kinds of keys to the verb `keys`."""
    for kind, what in (("vendor", words.VENDOR_KEYS), ("site", words.SITE_KEYS)):
        new = add_verb(add_actions(keys, kind, what), "new", words.KEY_PAIR, make)
        new.add_argument("file", type=Path, metavar="FILE", help="the private part (mode 0600)")
        new.add_argument(
            "--public", type=Path, metavar="FILE", help="the public part; default: FILE.pub"
        )
        new.add_argument(
            "--passphrase", action="store_true", help="ask for a passphrase to lock it"
        )
        if kind == "vendor":
            new.add_argument(
                "--hybrid",
                action="store_true",
                help="also safe from quantum computers (ML-KEM-768 beside X25519), 1 kB larger",
            )
        add_passphrase_file(new)
        new.set_defaults(kind=kind)


def make(options: argparse.Namespace) -> int:
    """Make a pair of keys."""
    from anonkit.seal import SiteKey, VendorKey

    path: Path = options.file
    public: Path = options.public or Path(f"{path}.pub")
    if os.path.realpath(path) == os.path.realpath(public):
        raise AnonkitError(f"{path}: is both FILE and --public")
    for file in (path, public):
        if file.exists():
            raise SealError(f"{file}: exists already", hint="a key that is lost opens nothing")
    passphrase = None
    if options.passphrase or options.passphrase_file:
        passphrase = ask(path, options.passphrase_file, twice=True)
    key: SiteKey | VendorKey
    half: Site | Recipient
    if options.kind == "site":
        key = site = SiteKey.generate()
        half = site.site
    else:
        key = vendor = VendorKey.generate("mlkem768-x25519" if options.hybrid else "x25519")
        half = vendor.recipient
    half.save(public)
    try:
        key.save(path, passphrase=passphrase)
    except BaseException:  # nothing could be opened that is sealed with one half
        public.unlink()
        raise
    words.say(words.keys_made(str(path), str(public), key.id))
    return 0


def vendor_key(path: Path, passphrase_file: Path | None) -> VendorKey:
    """Return a vendor's private key.

    Raises:
        SealError: The file is no such key, others may read it, or the passphrase is wrong.
        OSError: A file cannot be read.
    """
    from anonkit.seal import VendorKey

    return VendorKey.load(path, passphrase=_passphrase(path, passphrase_file))


def site_key(path: Path, passphrase_file: Path | None) -> SiteKey:
    """Return a site's private key; raises as `vendor_key` does."""
    from anonkit.seal import SiteKey

    return SiteKey.load(path, passphrase=_passphrase(path, passphrase_file))


def _passphrase(path: Path, file: Path | None) -> bytes | None:
    from anonkit.seal.key_file import is_locked

    return ask(path, file) if is_locked(path) else None
