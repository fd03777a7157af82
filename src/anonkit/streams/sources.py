"""Sources: files and streams while they are read."""

from __future__ import annotations

import errno
import os
import select
import stat
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from anonkit.errors import StreamError
from anonkit.files import naming
from anonkit.streams.compress import Kind, Unpacked, kind_of, undecided

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from pathlib import Path

STDIN = "standard input"
HEAD = 64 << 10  # bytes that are looked at before a source is read


class Source:
    """A source, unpacked where it is compressed.

    Args:
        path: Its path, or None for standard input.
        file: The same, open, without a buffer: what a pipe has comes at once.

    Attributes:
        name: What it is called in messages.
        before: What the system said of it when it was opened.
        kind: How it is compressed, or None.
        position: How many plain bytes were read.
    """

    def __init__(self, path: Path | None, file: BinaryIO) -> None:
        self.path = path
        self.name = STDIN if path is None else str(path)
        self.before = os.fstat(file.fileno())
        self.position = 0
        self._file = file
        self._head = self._raw(HEAD)
        while undecided(self._head) and (more := self._raw(HEAD)):
            self._head += more
        self.kind: Kind | None = kind_of(self._head)
        if self.kind is not None:
            self._unpacked = Unpacked(cast("BinaryIO", _Ahead(self)), self.kind, self.name)

    @property
    def regular(self) -> bool:
        """Whether it is a file with an end, and no pipe or device."""
        return stat.S_ISREG(self.before.st_mode)

    def fileno(self) -> int:
        """Return its descriptor."""
        return self._file.fileno()

    def read(self, size: int) -> bytes:
        """Return at most so many bytes, as soon as there are any; none at the end.

        Raises:
            StreamError: Its compressed bytes are damaged or cut off.
            OSError: It cannot be read.
        """
        data = self.packed(size) if self.kind is None else self._unpacked.read(size)
        self.position += len(data)
        return data

    def packed(self, size: int) -> bytes:
        """Return bytes as they stand in the file."""
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        return self._raw(size)

    def sample(self, size: int) -> bytes:
        """Return the start of the source: at least one line, if it has one within `size` bytes."""
        start = b""
        while b"\n" not in start and len(start) <= size and (block := self.read(HEAD)):
            start += block
        return start

    def go_to(self, position: int) -> None:
        """Go on to a place in the plain bytes.

        Raises:
            StreamError: It ends before.
        """
        if self.kind is None and self.regular and position <= self.before.st_size:
            self._head = b""
            os.lseek(self.fileno(), position, os.SEEK_SET)
            self.position = position
        while self.position < position:
            if not self.read(min(HEAD, position - self.position)):
                raise StreamError(f"{self.name}: is shorter than it was")

    def ready(self, seconds: float) -> bool:
        """Wait for input for a while; return whether there is any."""
        return bool(self._head or select.select([self.fileno()], [], [], max(0.0, seconds))[0])

    def changed(self) -> bool:
        """Return whether somebody wrote to the file, or put another in its place, meanwhile."""
        now = os.fstat(self.fileno())
        if self.path is not None:
            try:
                if not os.path.samestat(now, self.path.stat()):
                    return True
            except FileNotFoundError:
                return True
        return (now.st_size, now.st_mtime_ns) != (self.before.st_size, self.before.st_mtime_ns)

    def _raw(self, size: int) -> bytes:
        with naming(self.name):
            # None: somebody made the descriptor one that does not wait.
            while (data := cast("bytes | None", self._file.read(size))) is None:
                select.select([self.fileno()], [], [])
        return data


class _Ahead:
    """The packed bytes of a source, those that were looked at before included."""

    def __init__(self, source: Source) -> None:
        self.read = source.packed


@contextmanager
def opened(path: Path | None) -> Iterator[Source]:
    """Open a source."""
    with standard_input() if path is None else path.open("rb", buffering=0) as file:
        yield Source(path, file)


def standard_input() -> io.FileIO:
    """Open standard input, without a buffer.

    Raises:
        OSError: It is closed.
    """
    if sys.stdin is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), STDIN)
    return open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
