"""The attacker's dictionary: tokens that are plain hashes of something that can be guessed."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from itertools import chain
from typing import TYPE_CHECKING, Final

import xxhash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anonkit.explain.observe import Observed

# Values of a field that are looked at closely: as tokens, and as guesses.
LOOKED_AT: Final = 5_000
# What may be a hash, whole or cut: hexadecimal, or base64 with a digit or capital in it.
_HASHED: Final = re.compile(r"(?=[0-9]*[a-fA-F])[0-9a-fA-F]{8,128}|(?=.*[A-Z])[\w+/=-]{16,128}")
# Networks whose hosts are tried one by one.
NETWORKS: Final = 64
_URLSAFE: Final = str.maketrans("+/", "-_")


def usual_guesses() -> Iterator[str]:
    """Yield what an attacker tries first: small numbers, private addresses, usual names."""
    yield from map(str, range(10_000))
    for network in ("10.0.0", "127.0.0", "172.16.0", "192.168.0", "192.168.1", "192.168.178"):
        yield from (f"{network}.{host}" for host in range(256))
    names = "admin administrator root test user guest info alice bob john anna max michael thomas"
    for name in names.split():
        yield from (name, f"{name}@example.com", f"{name}@example.org")
        yield from (f"{name}{number}" for number in range(1000))


def fallen(fields: dict[str, Observed], guesses: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Yield fields of tokens that are plain hashes of a guess, with their share.

    What needs no key, everybody can compute. The file itself is a dictionary too.

    Args:
        fields: What was seen of each field.
        guesses: Values that tokens may stand for.
    """
    tokens = {
        path: {value for value in seen.values()[:LOOKED_AT] if _HASHED.fullmatch(value)}
        for path, seen in fields.items()
        if seen.count and seen.kind in ("identifier", "word", "integer", "mixed")
    }
    every = set().union(*tokens.values()) if tokens else set()
    lengths = {len(token) for token in every}
    known: set[str] = set()
    for guess in chain(guesses, _own_guesses(fields)) if every else ():
        known |= every.intersection(_hashes(guess, lengths))
    for path, values in tokens.items():
        if values & known:
            yield path, fields[path].part(values & known)


def _own_guesses(fields: dict[str, Observed]) -> Iterator[str]:
    """Yield what the file itself suggests: its plain values, and each host of its networks."""
    networks: dict[str, None] = {}
    for seen in fields.values():
        for value in seen.values("address")[:LOOKED_AT]:
            if value.count(".") == 3 and ":" not in value:  # noqa: PLR2004 - IPv4
                networks[value.rpartition(".")[0]] = None
        if seen.kind in ("address", "email", "word", "integer"):
            yield from seen.values()[:LOOKED_AT]
    for network in list(networks)[:NETWORKS]:
        yield from (f"{network}.{host}" for host in range(256))


def _hashes(guess: str, lengths: set[int]) -> Iterator[str]:
    """Yield the unkeyed hashes of a guess as texts of some lengths, whole or cut."""
    data = guess.encode()
    for digest in (
        hashlib.md5(data, usedforsecurity=False).digest(),
        hashlib.sha1(data, usedforsecurity=False).digest(),
        hashlib.sha256(data).digest(),
        hashlib.sha512(data).digest(),
        hashlib.blake2b(data, digest_size=16).digest(),
        hashlib.blake2b(data, digest_size=32).digest(),
        hashlib.blake2b(data).digest(),
        xxhash.xxh64_digest(data),
        xxhash.xxh3_64_digest(data),
        xxhash.xxh3_128_digest(data),
    ):
        hexadecimal = digest.hex()
        base64 = b64encode(digest).decode()
        for text in (hexadecimal, hexadecimal.upper(), base64, base64.translate(_URLSAFE)):
            for length in lengths:
                yield text[:length]
