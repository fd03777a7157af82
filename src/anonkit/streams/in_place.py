"""A file in place of another: the old one stays, whole, until the new one is.

Behind a link, the file that it names is replaced. A file with further names (hard links) is
refused: they would go on naming what it held.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from anonkit.errors import StreamError
from anonkit.files import PRIVATE, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonkit.streams.sources import Source


@contextmanager
def replaced(source: Source, path: Path, backup: str | None) -> Iterator[BinaryIO]:
    """Open a file that takes the place of its source, with its rights, owner and times.

    Args:
        source: The source, open; what is written is made of it.
        path: Its name.
        backup: What the name of the old file ends in from then on, or None to keep none.

    Raises:
        StreamError: The file has several names, or somebody wrote to it meanwhile.
        OSError: The folder cannot be written, or the disk is full.
    """
    refuse_further_names(source, path, backup)
    with whole_file(path, mode=PRIVATE) as file:
        yield file
        file.flush()
        make_alike(file.fileno(), source.before, source.fileno())
        if source.changed():
            raise StreamError(f"{path}: was changed while it was read, and stays as it is")
        if backup is not None:
            keep(Path(os.path.realpath(path)), backup)


def refuse_further_names(source: Source, path: Path, backup: str | None) -> None:
    """Refuse a file that another name would still lead to.

    A backup that a run was killed behind is such a name, and the right one.
    """
    names = source.before.st_nlink
    old = _old(Path(os.path.realpath(path)), backup) if backup is not None else None
    if old is not None and old.exists():
        if not os.path.samestat(old.stat(), source.before):
            raise StreamError(f"{old}: is there already, and no backup is written over")
        names -= 1
    if names > 1:
        raise StreamError(
            f"{path}: has {names} names (hard links), and the others would keep what it holds",
            hint="write to another file with -o",
        )


def make_alike(handle: int, before: os.stat_result, source: int) -> None:
    """Give an open file the owner, rights, attributes and times of another.

    Args:
        handle: The file.
        before: What the system said of the other before it was read.
        source: The other, open.
    """
    mode = before.st_mode & 0o7777
    if hasattr(os, "fchown"):  # pragma: no branch - not on Windows
        mine = os.fstat(handle)
        if (mine.st_uid, mine.st_gid) != (before.st_uid, before.st_gid):
            try:
                os.fchown(handle, before.st_uid, before.st_gid)
            except PermissionError:
                with suppress(PermissionError):
                    os.fchown(handle, -1, before.st_gid)
                if os.fstat(handle).st_gid != before.st_gid:
                    mode &= ~0o070  # those of our group had no right to it
                mode &= ~0o7000
        os.fchmod(handle, mode)
        if mode == before.st_mode & 0o7777:  # access lists say more of the same rights
            _copy_attributes(source, handle)
    if os.utime in os.supports_fd:  # pragma: no branch - not on Windows
        os.utime(handle, ns=(before.st_atime_ns, before.st_mtime_ns))


def _copy_attributes(source: int, handle: int) -> None:
    """Copy extended attributes, as far as the system allows: access lists, labels, notes."""
    if not hasattr(os, "listxattr"):  # pragma: no cover - Linux alone has them
        return
    with suppress(OSError):  # a file system without any
        for name in os.listxattr(source):
            with suppress(OSError):  # one that is the system's own, or has no room there
                os.setxattr(handle, name, os.getxattr(source, name))


def keep(path: Path, suffix: str) -> None:
    """Give a file a second name, or where the system has no such thing, copy it."""
    old = _old(path, suffix)
    if old.exists():
        return  # from a run that was killed behind this line: the same file, as was checked
    try:
        old.hardlink_to(path)
    except OSError:
        with path.open("rb") as source, whole_file(old, mode=PRIVATE) as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            make_alike(copy.fileno(), os.fstat(source.fileno()), source.fileno())


def _old(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
