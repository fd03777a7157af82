"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIVATE = 0o600
USUAL = 0o666  # narrowed by the umask, as for any new file
WIDER = 0o077  # any right of group or others


@contextmanager
def whole_file(path: Path, *, mode: int = USUAL, new: bool = False) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its name only when the block ends well.

    It is written beside its place under a random name with `mode` from the first byte on, flushed
    to disk and renamed; on any exception, Ctrl-C included, it is removed and what was there stays.
    A file that was there lends its rights where they are narrower. Behind a link, the file that it
    names is replaced: a key that is destroyed must not live on there.

    Args:
        path: Its place.
        mode: Its rights.
        new: Refuse when something is there by the time that the file is whole. Where the file
            system has no links, of two who write at the same moment the last one's stays.

    Raises:
        FileExistsError: It was to be new, and is not; or a device or pipe has that name.
        OSError: The folder cannot be written, the disk is full, or a folder has that name.
    """
    place = Path(os.path.realpath(path))
    draft = place.parent / draft_name()
    ours = True
    try:
        with naming(path):
            mode &= _rights(place)
            # O_EXCL: never write through a link that somebody put there first.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            try:
                handle = os.open(draft, flags, mode)
            except OSError:
                ours = False  # and never remove it
                raise
        file = open(handle, "wb")  # noqa: PTH123, SIM115 - a descriptor, closed below
        try:
            yield file
            with naming(path):
                file.flush()
                os.fsync(file.fileno())
        finally:
            with suppress(OSError):  # what did not fit was said, with a name
                file.close()
        with naming(path):
            if not (new and _is_linked(draft, place)):
                draft.replace(place)
    except BaseException:
        if ours:
            with suppress(OSError):
                draft.unlink()
        raise
    flush_folder(place.parent)


def _is_linked(draft: Path, place: Path) -> bool:
    """Give a file its name if nobody has it, in one step; return whether that can be done here."""
    try:
        os.link(draft, place)
    except FileExistsError:
        raise
    except OSError:
        return False
    draft.unlink()
    return True


def _rights(place: Path) -> int:
    """Return the rights that a file lends to the one that replaces it; all, where there is none."""
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        return ~0
    if stat.S_ISDIR(mode):  # now, and not when all is written
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):  # a superuser could put a file in the place of /dev/null
        raise FileExistsError(errno.EEXIST, "is no file, and has no whole")
    return mode


def draft_name() -> str:
    """Return a name for a file that has none yet."""
    return f".anonkit-{secrets.token_hex(8)}.part"


def is_draft(path: Path) -> bool:
    """Return whether a name is one that `draft_name` gives."""
    return path.name.startswith(".anonkit-") and path.suffix == ".part"


@contextmanager
def naming(name: Path | str) -> Iterator[None]:
    """Let a failure of the system name a file as its user knows it, and not a draft."""
    try:
        yield
    except OSError as failure:
        failure.filename, failure.filename2 = str(name), None
        raise


def write_all(file: BinaryIO, data: bytes, name: str) -> None:
    """Write all of some bytes to a file without a buffer: a pipe may take less than all at once.

    Raises:
        OSError: It does not take them; the failure has the file under this name.
    """
    view = memoryview(data)
    with naming(name):
        while view:
            view = view[file.write(view) :]


def others_may_read(handle: int) -> bool:
    """Return whether anybody but the owner has a right to an open file."""
    # On Windows rights live in access lists, not in mode bits.
    return os.name != "nt" and bool(os.fstat(handle).st_mode & WIDER)


def flush_folder(folder: Path) -> None:
    """Make the rename survive a power cut, where the system lets a folder be opened."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
