"""SQLite's log, looked at for damage that SQLite passes over.

A frame whose check value is wrong ends the log for SQLite, which cannot tell a frame that a crash
cut short from one that was written, flushed and damaged later; what stands behind it would be gone
without a word. But every transaction here is flushed before the next begins. So a frame of a later
transaction behind the end says that the end is damage. Damage to the very last transaction cannot
be told from a crash.

The format: https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER = struct.Struct(">8I")  # magic, version, page size, sequence, two salts, two checks
_FRAME = struct.Struct(">6I")  # page, size of the database after a commit, two salts, two checks
# The last bit says in which order the bytes of checked words are.
_MAGIC: Final = 0x377F0682
_CHECKED = 24
_WORD: Final = 0xFFFFFFFF


def lost_transactions(path: Path) -> bool:
    """Return whether SQLite would pass over flushed transactions in the log of a file.

    Asks only when no other process has the file open: no log is left behind then unless one was
    killed. What is sound of the log is brought into the file; the log itself stays if it is not.
    """
    log = path.with_name(f"{path.name}-wal")
    try:
        if log.stat().st_size <= _HEADER.size:
            return False
    except FileNotFoundError:
        return False
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN IMMEDIATE")  # refused while another has the file open
        connection.execute("COMMIT")
        data = log.read_bytes()
        _, end, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    if not _goes_on(data, max(end, 0)):
        return False
    with contextlib.suppress(OSError):
        log.write_bytes(data)  # SQLite removed it; it is kept with the damaged file
    return True


def _goes_on(data: bytes, end: int) -> bool:
    """Return whether a transaction begins behind one that lies behind the end."""
    magic, _, page_size, _, *salts, check_1, check_2 = _HEADER.unpack_from(data)
    if magic & ~1 != _MAGIC or _check(data, big=bool(magic & 1)) != (check_1, check_2):
        return True  # a header is written and flushed at once, before any frame
    committed = False
    for commit, frame_salts in _frames(data, page_size, end):
        if frame_salts != salts:
            continue  # damaged, or of an earlier log, which was longer
        if committed:
            return True
        committed = commit
    return False


def _frames(data: bytes, page_size: int, start: int) -> Iterator[tuple[bool, list[int]]]:
    """Yield whether each frame ends a transaction, and its salts."""
    step = _FRAME.size + page_size
    for position in range(_HEADER.size + start * step, len(data) - step + 1, step):
        _, after_commit, *salts, _, _ = _FRAME.unpack_from(data, position)
        yield after_commit > 0, salts


def _check(data: bytes, *, big: bool) -> tuple[int, int]:
    """Return the check value of a header."""
    words = struct.unpack(f"{'>' if big else '<'}6I", data[:_CHECKED])
    first = second = 0
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _WORD
        second = (second + odd + first) & _WORD
    return first, second
