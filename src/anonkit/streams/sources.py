"""Sources: what is read."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

STDIN = "standard input"


@contextmanager
def opened(path: Path | None) -> Iterator[BinaryIO]:
    """Open a source without a buffer, so that what a pipe has comes at once."""
    if path is None:
        if sys.stdin is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF), STDIN)
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as file:
            yield file
        return
    with path.open("rb", buffering=0) as file:
        yield file


def sample(source: BinaryIO, size: int) -> bytes:
    """Return the start of a source: at least one line, if it has one within `size` bytes."""
    start = b""
    while b"\n" not in start and len(start) < size:
        block = source.read(size)
        if not block:
            break
        start += block
    return start


def grows(source: BinaryIO, written: Iterable[os.stat_result]) -> bool:
    """Return whether a source is one of the files that are appended to: it would have no end."""
    read = os.fstat(source.fileno())
    return stat.S_ISREG(read.st_mode) and any(os.path.samestat(read, other) for other in written)
