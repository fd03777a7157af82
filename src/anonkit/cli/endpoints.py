"""What a verb reads and writes as one: a file, or a standard stream."""

from __future__ import annotations

import io
import select
from contextlib import contextmanager
from functools import partial
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO

from anonkit.cli import words
from anonkit.errors import AnonkitError
from anonkit.files import whole_file, write_all
from anonkit.streams.outputs import STDOUT, is_device, standard_output
from anonkit.streams.sources import standard_input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

BLOCK = 1 << 20
IN_MEMORY = 16 << 20  # bytes of packs for a pipe; more are in a file without a name


@contextmanager
def reading(path: Path | None) -> Iterator[BinaryIO]:
    """Open a file of packs or envelopes, or standard input.

    Raises:
        AnonkitError: Somebody would have to type them.
        OSError: It cannot be read.
    """
    if path is not None:
        with path.open("rb") as file:
            yield file
        return
    with standard_input() as file:
        if file.isatty():
            raise AnonkitError(words.NOT_FROM_A_TERMINAL, hint="name a FILE, or pipe one in")
        yield io.BufferedReader(_Waiting(file))


class _Waiting(io.RawIOBase):
    """Standard input, waited for even where somebody made it one that does not wait.

    Args:
        file: It, open, without a buffer.
    """

    def __init__(self, file: io.FileIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def readinto(self, buffer: Any) -> int:
        while (count := self._file.readinto(buffer)) is None:
            select.select([self._file], [], [])
        return count


@contextmanager
def writing(path: Path | None, *, text: bool = False) -> Iterator[Callable[[bytes], Any]]:
    """Open a file that appears whole or not at all, or standard output.

    A pipe or device has no whole. Text goes there as it comes; packs wait for the last of them, or
    whoever reads would take those before a record that does not fit for all there are.

    Raises:
        AnonkitError: Bytes that are no text would go to a terminal.
        OSError: It cannot be written.
    """
    name = STDOUT if path is None else str(path)
    if path is not None and not is_device(path):
        with whole_file(path) as file:
            yield partial(write_all, file, name=name)
        return
    with standard_output() if path is None else path.open("wb", buffering=0) as device:
        write = partial(write_all, device, name=name)
        if text:
            yield write
            return
        if device.isatty():
            raise AnonkitError(words.NOT_TO_A_TERMINAL, hint="-o FILE")
        with SpooledTemporaryFile(IN_MEMORY) as held:
            yield held.write
            held.seek(0)
            while block := held.read(BLOCK):
                write(block)


def blocks_of(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines a thousand at a time: a write for each would cost more than they do."""
    rest = iter(lines)
    while block := b"".join(islice(rest, 1000)):
        yield block
