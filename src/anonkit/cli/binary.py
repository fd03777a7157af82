"""Files of bytes that the verbs for packs and envelopes read and write."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from anonkit.cli import words
from anonkit.errors import AnonkitError
from anonkit.files import whole_file, write_all
from anonkit.streams.outputs import STDOUT
from anonkit.streams.sources import STDIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["STDIN", "reading", "writing"]


@contextmanager
def reading(path: Path | None) -> Iterator[BinaryIO]:
    """Open a file, or standard input."""
    if path is not None:
        with path.open("rb") as file:
            yield file
        return
    if sys.stdin is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), STDIN)
    with open(sys.stdin.fileno(), "rb", closefd=False) as file:
        yield file


@contextmanager
def writing(path: Path | None, *, text: bool = False) -> Iterator[Callable[[bytes], Any]]:
    """Open a file that appears whole or not at all, or standard output.

    Raises:
        AnonkitError: Bytes that are no text would go to a terminal.
        OSError: It cannot be written.
    """
    if path is not None and path.exists() and not path.is_file():
        with path.open("wb", buffering=0) as device:  # a pipe or a device has no whole
            yield partial(write_all, device, name=str(path))
        return
    if path is not None:
        with whole_file(path) as file:
            yield partial(write_all, file, name=str(path))
        return
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), STDOUT)
    if not text and sys.stdout.isatty():
        raise AnonkitError(words.NOT_TO_A_TERMINAL, hint="-o FILE")
    with open(sys.stdout.fileno(), "wb", closefd=False, buffering=0) as out:
        yield partial(write_all, out, name=STDOUT)
