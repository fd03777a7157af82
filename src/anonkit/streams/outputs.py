"""Outputs: standard output, files that grow, files that appear whole, withheld lines."""

from __future__ import annotations

import errno
import os
import sys
import time
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from anonkit.errors import AnonkitError, KeyringError
from anonkit.files import PRIVATE, USUAL, naming, others_may_read, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anonkit.streams.stop import Stop

STDOUT = "standard output"


class Writer(ABC):
    """What bytes of an output go to: at once, and to one file, unless it says otherwise."""

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Take bytes."""

    def flush(self) -> None:  # noqa: B027 - at once is a way, too
        """Let a reader have all that was written."""

    def reopen(self) -> None:  # noqa: B027
        """Open the file of that name anew: the old one was put aside."""

    def end(self) -> None:  # noqa: B027
        """Write what is held back; nothing follows."""


class Streamed(Writer):
    """An output that others read while it is written.

    Args:
        file: It, open, without a buffer.
        name: What it is called in messages.
        stop: What a signal ends.
        lines: Whether lines are written, and not packed bytes.
    """

    def __init__(self, file: BinaryIO, name: str, stop: Stop, *, lines: bool) -> None:
        self._file = file
        self._name = name
        self._stop = stop
        self._lines = lines

    def write(self, data: bytes) -> None:
        """Write, so that a signal ends it behind a line."""
        with naming(self._name):
            self._stop.write(self._file.write, data, lines=self._lines)


class Appended(Streamed):
    """A file that lines are appended to."""

    def __init__(self, path: Path, stop: Stop, *, lines: bool) -> None:
        self._path = path
        super().__init__(self._open(), str(path), stop, lines=lines)
        self._mend()

    def reopen(self) -> None:
        """Open the file of that name, or a new one, in place of that which was put aside."""
        old, self._file = self._file, self._open()
        old.close()
        self._mend()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _open(self) -> BinaryIO:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return open(os.open(self._path, flags, USUAL), "wb", buffering=0)  # noqa: PTH123 - a descriptor

    def _mend(self) -> None:
        """End a last line that a crash left without its end."""
        if self._lines and self._path.is_file() and (size := self._path.stat().st_size):
            with self._path.open("rb") as file:
                file.seek(size - 1)
                if file.read(1) != b"\n":
                    self.write(b"\n")


class Drafted(Writer):
    """A file that has no name yet."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name

    def write(self, data: bytes) -> None:
        """Write; a failure names the output."""
        with naming(self._name):
            self._file.write(data)


class Every(NamedTuple):
    """How often an output is flushed: after so many lines, or seconds."""

    lines: int = 0
    seconds: float = 0.0


class Held(Writer):
    """Holds lines back until there are enough of them, or time has passed.

    Attributes:
        due: When what is held must be written (of `time.monotonic`), or None while there is none.
    """

    def __init__(self, below: Writer, every: Every) -> None:
        self._below = below
        self._every = every
        self._held = bytearray()
        self._lines = 0
        self.due: float | None = None

    def write(self, data: bytes) -> None:
        """Take lines."""
        self._held += data
        self._lines += data.count(b"\n")
        if self._every.seconds and self.due is None and data:
            self.due = time.monotonic() + self._every.seconds
        full = self._every.lines and self._lines >= self._every.lines
        if full or len(self._held) > MOST_HELD or (self.due and time.monotonic() >= self.due):
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        held, self._held = bytes(self._held), bytearray()
        self._lines, self.due = 0, None
        if held:
            self._below.write(held)
            self._below.flush()

    def reopen(self) -> None:
        """Write what is held, and open the output anew."""
        self.flush()
        self._below.reopen()

    def end(self) -> None:
        """Write what is held."""
        self.flush()
        self._below.end()


MOST_HELD = 1 << 20  # bytes


@contextmanager
def streamed(path: Path | None, stop: Stop, *, lines: bool) -> Iterator[Writer]:
    """Open an output that grows while others read it: standard output, or a file appended to."""
    if path is not None:
        output = Appended(path, stop, lines=lines)
        try:
            yield output
        finally:
            output.close()
        return
    with standard_output() as out:
        yield Streamed(out, STDOUT, stop, lines=lines)


def standard_output() -> BinaryIO:
    """Open standard output, without a buffer.

    Raises:
        OSError: It is closed.
    """
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), STDOUT)
    return open(sys.stdout.fileno(), "wb", buffering=0, closefd=False)


@contextmanager
def whole(path: Path) -> Iterator[Writer]:
    """Open a file that appears whole or not at all."""
    with whole_file(path) as file:
        yield Drafted(file, str(path))


@contextmanager
def device(path: Path, stop: Stop, *, lines: bool) -> Iterator[Writer]:
    """Open a pipe or device, which has no whole."""
    with path.open("wb", buffering=0) as file:
        yield Streamed(file, str(path), stop, lines=lines)


def is_device(path: Path) -> bool:
    """Return whether there is something of that name that is no file."""
    return path.exists() and not path.is_file()


class Rejects:
    """The file that withheld lines are appended to, for its owner alone.

    Args:
        path: Where; None to do nothing with them: they are counted already.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file = None if path is None else self._open(path)
        self._size = self.size()

    def write(self, line: bytes) -> None:
        """Append a line, or a piece of one."""
        if self._file is not None:
            with naming(str(self._path)):
                self._file.write(line)

    def flush(self) -> None:
        """Let the system have what was written."""
        if self._file is not None:
            with naming(str(self._path)):
                self._file.flush()

    def size(self) -> int:
        """Return how long the file is."""
        if self._file is None:
            return 0
        with naming(str(self._path)):
            return self._file.seek(0, os.SEEK_END)

    def sync(self) -> None:
        """Bring to the disk what was written."""
        if self._file is not None:
            with naming(str(self._path)):
                self._file.flush()
                os.fsync(self._file.fileno())

    def cut(self, size: int | None = None) -> None:
        """Take back what was added, or what is behind a size."""
        if self._file is not None:
            self._file.flush()
            self._file.truncate(self._size if size is None else size)

    def settle(self) -> None:
        """Let nothing take back what was added by now."""
        self._size = self.size()

    def reopen(self) -> None:
        """Open the file of that name anew."""
        if self._file is not None and self._path is not None:
            self._file.close()
            self._file = self._open(self._path)

    @property
    def kept(self) -> bool:
        """Whether there is such a file."""
        return self._file is not None

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with naming(str(self._path)):
                self._file.close()

    @staticmethod
    def _open(path: Path) -> BinaryIO:
        if is_device(path):
            raise AnonkitError(f"{path}: is no file; withheld lines go to one that is yours alone")
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE)
        file = open(handle, "ab")  # noqa: PTH123, SIM115 - a descriptor, closed by its owner
        if others_may_read(handle):
            file.close()
            raise KeyringError(f"{path}: others may read this file", hint=f"chmod 600 {path}")
        return file


@contextmanager
def rejects(path: Path | None, *, undo: bool) -> Iterator[Rejects]:
    """Open the file for withheld lines; with `undo`, a run that fails adds none."""
    file = Rejects(path)
    try:
        yield file
    except BaseException:
        with suppress(OSError):  # why the run ends was said
            if undo:
                file.cut()
        with suppress(OSError):
            file.close()
        raise
    file.close()
