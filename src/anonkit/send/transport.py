"""How a batch travels: the contract, and a folder that something else collects."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Final, Protocol

from anonkit.errors import Undelivered
from anonkit.files import whole_file

# The id of a batch; it becomes the name of a file, and what is none could be a path elsewhere.
BATCH_ID: Final = re.compile(r"[0-9a-f]{32}")
# What files of a batch end in.
SUFFIX: Final = ".anon"


class Transport(Protocol):
    """Takes a batch to its receiver. Used by one thread at a time."""

    def deliver(self, batch: str, data: bytes) -> None:
        """Return once the receiver has the batch for good; the same batch may come twice.

        Args:
            batch: Its id, 32 hexadecimal digits: twice the same id is twice the same batch.
            data: A pack or an envelope.

        Raises:
            Undelivered: The receiver has not acknowledged it; whether it has it is unknown.
        """
        ...


def digest_of(data: bytes) -> bytes:
    """Return what Content-Digest says of some bytes (RFC 9530, section 2)."""
    return b"sha-256=:" + base64.b64encode(hashlib.sha256(data).digest()) + b":"


class Folder:
    """A folder on this machine or a mounted one: each batch becomes a file that appears whole.

    Args:
        path: An existing folder. A missing one is not made: a share that is not mounted is missing.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)

    def deliver(self, batch: str, data: bytes) -> None:
        """Write the batch as `ID.anon`, flushed to disk."""
        problem = None
        try:
            put(self._path / f"{batch}{SUFFIX}", data)
        except OSError as failure:
            problem = (failure.strerror or type(failure).__name__).lower()
        if problem is not None:
            raise Undelivered(f"{self._path}: {problem}")

    def __repr__(self) -> str:
        return f"<Folder {self._path}>"


def put(place: Path, data: bytes) -> None:
    """Write a file whole into a folder of others; a link there would lead into ours."""
    if place.is_symlink():
        place.unlink()
    with whole_file(place) as file:
        file.write(data)
