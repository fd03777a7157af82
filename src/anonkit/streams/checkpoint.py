"""Checkpoints: where a run stands, so that it goes on there after it was killed.

A checkpoint is written after what it speaks of has reached the disk: first the output, then the
withheld lines, then the checkpoint itself, whole. So the files may be longer than it says and never
shorter, and what is too much is cut off. It holds places, counts and names of files; of a source it
holds a keyed hash of its first bytes, under a random key that stands beside it, so that another
file of the same name is noticed. It is readable by its owner alone.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from anonkit.errors import StreamError
from anonkit.files import PRIVATE, USUAL, draft_name, flush_folder, naming
from anonkit.streams.outputs import Drafted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from anonkit.streams.outputs import Rejects

VERSION: Final = 1
EVERY = 8 << 20  # plain bytes of the input between two checkpoints; 0.1 s of work
PRINTED = 64 << 10  # bytes of a source that its print is made of
MAX_BYTES = 64 << 20
ANEW: Final = "remove it to begin anew"


class Seen(msgspec.Struct, forbid_unknown_fields=True):
    """A source as it was: the file, and its first bytes under a key."""

    path: str
    device: int
    inode: int
    length: int  # of what the print is made of
    print: bytes


class State(msgspec.Struct, forbid_unknown_fields=True):
    """Where a run stands.

    Args:
        run: What the run was told to do; another run cannot go on from here.
        at: Its time, which chose the period of its keys.
        period: The name of that period; empty without a keyring.
        key: The key of the prints.
        sources: The files that it reads.
        unit: The output that it is at, counted.
        source: The source of that output, counted.
        position: Plain bytes of that source that are done.
        lines: The same in lines.
        directive: Where the last directive before stands: position and length.
        written: How long the output is.
        draft: Its name while it is written.
        named: Whether the output is whole and about to get its name.
        codec: How what the output has is written; None while it has nothing.
        unended: Whether the output lacks its last newline.
        rejects: How long the file of withheld lines is.
        withheld: Of this source: numbers of the first withheld lines, and how many there are.
        report: Counts.
    """

    run: str
    at: datetime
    key: bytes
    sources: list[Seen]
    period: str = ""
    unit: int = 0
    source: int = 0
    position: int = 0
    lines: int = 0
    directive: tuple[int, int] = (0, 0)
    written: int = 0
    draft: str = ""
    named: bool = False
    codec: str | None = None
    unended: bool = False
    rejects: int = 0
    withheld: tuple[list[int], int] = ([], 0)
    report: dict[str, Any] = {}
    format: Literal["anonkit-checkpoint"] = "anonkit-checkpoint"
    version: int = VERSION

    def begin_source(self) -> None:
        """Stand before the next source."""
        self.position = self.lines = 0
        self.directive, self.withheld = (0, 0), ([], 0)


class Checkpoint:
    """The file of a checkpoint.

    Args:
        path: Where it is, or will be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._draft = path.with_name(f".anonkit-{path.name}.part")

    def load(self) -> State | None:
        """Return what was saved, or None.

        Raises:
            StreamError: The file is no checkpoint.
        """
        try:
            with self.path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return None
        try:
            return msgspec.json.decode(data, type=State)
        except (msgspec.MsgspecError, ValueError):
            pass
        raise StreamError(f"{self.path}: no checkpoint, or a damaged one", hint=ANEW)

    def save(self, state: State) -> None:
        """Write it, whole, behind all that it speaks of.

        Always under the same name first: of many kills, no more than one draft is left.
        """
        with naming(self.path):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
            with open(os.open(self._draft, flags, PRIVATE), "wb") as file:  # noqa: PTH123 - a descriptor
                file.write(msgspec.json.encode(state) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            self._draft.replace(self.path)
        flush_folder(self.path.parent)

    def remove(self) -> None:
        """Remove it: the run is over."""
        for path in (self._draft, self.path):
            with suppress(FileNotFoundError):
                path.unlink()
        flush_folder(self.path.parent)


class Draft(Drafted):
    """An output without a name that outlives its run, so that another goes on with it.

    Args:
        place: The output, behind any link.
        name: The draft's own name beside it.
        length: How much of it is right.
    """

    def __init__(self, place: Path, name: str, length: int) -> None:
        self.path = place.parent / name
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        mode = USUAL
        with suppress(FileNotFoundError):
            mode &= place.stat().st_mode
        with naming(place):
            file = open(os.open(self.path, flags, mode), "r+b")  # noqa: PTH123, SIM115 - closed by `close`
        super().__init__(file, str(place))
        if not _alone(file):
            file.close()
            raise StreamError(
                f"{place}: another run is at work on it", hint="wait for its end, or end it"
            )
        if file.seek(0, os.SEEK_END) < length:
            file.close()
            raise StreamError(f"{self.path}: is shorter than the checkpoint says")
        file.truncate(length)
        file.seek(length)

    def fileno(self) -> int:
        """Return its descriptor."""
        return self._file.fileno()

    def sync(self) -> int:
        """Bring it to the disk; return how long it is."""
        with naming(self._name):
            self._file.flush()
            os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        """Close it."""
        with suppress(OSError):  # what did not fit was said already
            self._file.close()


def _alone(file: BinaryIO) -> bool:
    """Take a file for this process alone, as long as it is open; return whether that is so."""
    if sys.platform == "win32":  # pragma: no cover - there, what is open cannot be replaced
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # a file system without locks
    return True


def seen(path: Path, key: bytes) -> Seen:
    """Return a source as it is."""
    with path.open("rb") as file:
        about = os.fstat(file.fileno())
        with naming(path):
            head = file.read(PRINTED)
    return Seen(str(path), about.st_dev, about.st_ino, len(head), _print(head, key))


def same(before: Seen, key: bytes) -> bool:
    """Return whether a source is the file it was, grown at most."""
    try:
        with Path(before.path).open("rb") as file:
            about = os.fstat(file.fileno())
            head = file.read(before.length)
    except FileNotFoundError:
        return False
    return (about.st_dev, about.st_ino) == (before.device, before.inode) and secrets.compare_digest(
        _print(head, key), before.print
    )


def begin(run: str, at: datetime, paths: Sequence[Path], rejects: Rejects) -> State:
    """Return where a new run stands."""
    key = secrets.token_bytes(32)
    return State(
        run,
        at,
        key,
        [seen(path, key) for path in paths],
        draft=draft_name(),
        rejects=rejects.size(),
    )


def _print(head: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(head, key=key, digest_size=16).digest()
