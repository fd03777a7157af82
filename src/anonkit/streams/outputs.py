"""Outputs: what is written."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from anonkit.errors import AnonkitError, KeyringError
from anonkit.files import PRIVATE, others_may_read, whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STDOUT = "standard output"


@contextmanager
def output(path: Path | None) -> Iterator[Callable[[bytes], Any]]:
    """Open the output: a file that appears whole or not at all, or standard output."""
    if path is not None:
        with whole(path) as write:
            yield write
        return
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), STDOUT)
    with open(sys.stdout.fileno(), "wb", buffering=0, closefd=False) as out:
        yield partial(write_all, out, STDOUT)


@contextmanager
def whole(path: Path) -> Iterator[Callable[[bytes], Any]]:
    """Open a file that appears whole or not at all; a pipe or device has no whole."""
    if path.exists() and not path.is_file():
        with path.open("wb", buffering=0) as device:
            yield partial(write_all, device, str(path))
        return
    with whole_file(path) as file:
        yield partial(write_all, file, str(path))


def write_all(out: BinaryIO, name: str, data: bytes) -> None:
    """Write every byte; a failure names the output."""
    view = memoryview(data)
    try:
        while view:  # a pipe may take less than all at once
            view = view[out.write(view) :]
    except OSError as failure:
        failure.filename = name
        raise


@contextmanager
def rejects(path: Path | None, *, undo: bool) -> Iterator[Callable[[bytes], Any]]:
    """Open the file that withheld lines are appended to; with `undo`, a failed run adds none."""
    if path is None:
        yield len  # a withheld line is counted already
        return
    if path.exists() and not path.is_file():
        raise AnonkitError(f"{path}: is no file; withheld lines go to one that is yours alone")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE)
    with open(handle, "ab") as file:  # noqa: PTH123 - a descriptor, not a path
        if others_may_read(handle):
            raise KeyringError(f"{path}: others may read this file", hint=f"chmod 600 {path}")
        size = file.seek(0, os.SEEK_END)
        try:
            yield file.write
        except BaseException:
            if undo:
                file.truncate(size)
            raise
