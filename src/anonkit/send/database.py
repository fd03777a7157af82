"""SQLite as the ledger and the outbox need it: durable, its owner's alone, erasing, shared.

A commit is on disk when it returns (`synchronous=FULL`). Any number of threads and processes share
a file; a process that forks closes it first, because SQLite must not be carried across. What is
deleted is overwritten. A damaged outbox is put aside under another name, and never mended or
dropped.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
import weakref
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from anonkit.errors import SendError
from anonkit.files import PRIVATE
from anonkit.send.log_file import lost_transactions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

_T = TypeVar("_T")
LOG = logging.getLogger("anonkit.send")

VERSION: Final = 1
# How long one waits for another that writes, seconds: a batch of the largest size takes one.
PATIENCE = 60.0
# And for a log that another empties at the same moment, or reads.
CHECKPOINT_SECONDS, CHECKPOINT_PAUSE = 5.0, 0.01
# How often work is done again because the file was put aside by another meanwhile.
TRIES = 5
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_MAGIC = b"SQLite format 3\0"
_BESIDE = ("", "-wal", "-shm")
_PUT_BACK = "damaged, or something else: put a sound copy there; nothing is agreed to without it"
_EMPTY = "it holds nothing: remove it while no program uses the other"


class Kind(NamedTuple):
    """What a file is for.

    Args:
        name: What messages call it, such as `an outbox`.
        application: The number that says in the file whose it is.
        tables: The statements that make its tables.
        renewable: Whether a damaged file is put aside and a new one begun.
    """

    name: str
    application: int
    tables: str
    renewable: bool


class Damaged(Exception):  # noqa: N818 - a state
    """What was read is not what was written; how that shows, in words that quote nothing of it."""


# What SQLite, or Python reading its answers, raises where the file is at fault.
FAULTS: Final = (sqlite3.Error, UnicodeDecodeError, Damaged)


class Database:
    """One SQLite file. Every use is one transaction: a function of the connection.

    Args:
        path: The file; made with mode 0600 when it is not there.
        kind: What it is for.

    Raises:
        SendError: The file cannot be used, or is something else.
    """

    def __init__(self, path: Path, kind: Kind) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 - links stay, `chdir` does not count
        self._kind = kind
        self._identity: tuple[int, int] = (0, 0)
        self._connection: sqlite3.Connection | None = None
        self.lock = threading.RLock()
        # An empty file that is locked by whoever opens the other. Where it is, there was one of us.
        self._beside = self.path.with_name(f"{self.path.name}-lock")
        self._known = self._beside.exists()
        _alive.add(self)
        try:
            self.read(lambda _: None)
        except SendError:
            if not self._known:
                self._beside.unlink(missing_ok=True)
            raise
        self._known = True

    def write(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do some work in a transaction that is on disk when this returns.

        It is done again, in the new file, when another process puts a damaged one aside meanwhile.

        Raises:
            SendError: The disk is full, or the file cannot be written; then nothing was.
        """
        return self._run("BEGIN IMMEDIATE", work)

    def read(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do some work that reads one state of the file.

        Raises:
            SendError: The file cannot be read.
        """
        return self._run("BEGIN", work)

    def erase(self) -> bool:
        """Leave no byte of what was deleted in the file and its log; return whether that is so.

        Deleted rows are overwritten when they are deleted, but moving rows between pages can leave
        copies: the file is written anew, and the log emptied.
        """

        def emptied(connection: sqlite3.Connection) -> bool:
            connection.execute("VACUUM")
            # For readers and writers SQLite waits by itself, for another checkpoint it does not.
            until = time.monotonic() + CHECKPOINT_SECONDS
            while True:
                busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy or time.monotonic() >= until:
                    return not busy
                time.sleep(CHECKPOINT_PAUSE)

        return self._run("", emptied)

    @property
    def renewable(self) -> bool:
        """Whether a damaged file is put aside and a new one begun."""
        return self._kind.renewable

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self.lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def __del__(self) -> None:
        connection = getattr(self, "_connection", None)
        if connection is not None:  # Python warns of one that is forgotten open
            connection.close()

    def put_aside(self) -> list[Path]:
        """Return the files that were damaged, oldest first."""
        found = self.path.parent.glob(f"{self.path.name}.damaged-*")
        numbered = [(file.name.rpartition("-")[2], file) for file in found]
        return [file for number, file in sorted(numbered) if number.isdigit()]

    def remove_put_aside(self) -> None:
        """Remove the files that were damaged."""
        for file in self.put_aside():
            for suffix in _BESIDE:
                file.with_name(file.name + suffix).unlink(missing_ok=True)

    def _run(self, begin: str, work: Callable[[sqlite3.Connection], _T]) -> _T:
        problem, hint = "replaced again and again", None
        for _ in range(TRIES):
            with self.lock:
                try:
                    try:
                        result = _transaction(self._ready(), begin, work)
                    except FAULTS as failure:
                        self.close()
                        problem = _reason(failure)
                        if not self._mends(failure):
                            hint = _PUT_BACK if _is_damage(failure) else None
                            break
                        with self._alone():
                            if self._in_place():  # or another has renamed it by now
                                self._put_aside(problem)
                    else:
                        if self._in_place():
                            return result
                        self.close()
                except (*FAULTS, OSError) as failure:
                    problem = _reason(failure)
                    break
        # Out of `except`: an error of the system stays behind with what it may quote.
        raise SendError(f"{self.path}: {problem}", hint=hint)

    def _mends(self, failure: Exception) -> bool:
        """Return whether a failure is answered with a new file."""
        return self._kind.renewable and _is_damage(failure)

    def _in_place(self) -> bool:
        """Return whether the file that is open is still the one of that name."""
        with contextlib.suppress(OSError):
            found = self.path.stat()
            return (found.st_dev, found.st_ino) == self._identity
        return False

    def _ready(self) -> sqlite3.Connection:
        if self._connection is None:
            with self._alone():
                try:
                    self._connection = self._opened()
                except FAULTS as failure:
                    if not self._mends(failure):
                        raise
                    problem = _reason(failure)
                # Not let go of in between: another would put the new file aside.
                if self._connection is None:
                    self._put_aside(problem)
                    self._connection = self._opened()
        return self._connection

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time open the file or put it aside.

        SQLite's own lock on an empty file beside it: it works on all systems, and falls with the
        process that holds it.
        """
        _touch(self._beside)
        with contextlib.ExitStack() as held:
            problem = None
            try:
                lock = sqlite3.connect(self._beside, timeout=PATIENCE, isolation_level=None)
                held.callback(lock.close)
                lock.execute("PRAGMA journal_mode = MEMORY")  # or a full disk could not be read
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as failure:
                problem = _reason(failure)
            if problem is not None:
                raise SendError(f"{self._beside}: {problem}", hint=_EMPTY)
            yield

    def _opened(self) -> sqlite3.Connection:
        if self._kind.renewable and lost_transactions(self.path):
            raise Damaged
        _touch(self.path)
        connection = sqlite3.connect(
            self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            self._set_up(connection)
            found = self.path.stat()
        except BaseException:
            connection.close()
            raise
        self._identity = found.st_dev, found.st_ino
        return connection

    def _set_up(self, connection: sqlite3.Connection) -> None:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if (application or tables) and application != self._kind.application:
            raise SendError(f"{self.path}: not {self._kind.name}")
        if tables and version != VERSION:
            raise SendError(
                f"{self.path}: {self._kind.name} of version {version}; "
                f"this anonkit reads version {VERSION}",
                hint="nothing of it is lost: the anonkit that wrote it reads it",
            )
        # With what its indexes say: a batch that they do not name could not be settled.
        if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            raise Damaged
        if tables and _statements(connection) != _statements_of(self._kind):
            if self._kind.renewable:
                raise Damaged
            raise SendError(f"{self.path}: its tables and triggers are not those that were made")
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "fullfsync = ON",  # macOS: its fsync leaves the disk's own cache out
            "secure_delete = ON",
            "temp_store = MEMORY",  # or writing the file anew would leave a copy in the temp folder
        ):
            connection.execute(f"PRAGMA {pragma}")
        if not tables:
            connection.executescript(
                f"BEGIN IMMEDIATE; {self._kind.tables};"
                f"PRAGMA application_id = {self._kind.application};"
                f"PRAGMA user_version = {VERSION}; COMMIT"
            )

    def _put_aside(self, problem: str) -> None:
        """Rename the file and its log, and say so; whoever calls is alone."""
        with self.path.open("rb") as file:
            head = file.read(len(_MAGIC))
        if not self._known and head != _MAGIC:  # somebody's own file, named by mistake
            raise SendError(f"{self.path}: not {self._kind.name}")
        taken = [int(file.name.rpartition("-")[2]) for file in self.put_aside()]
        aside = self.path.with_name(f"{self.path.name}.damaged-{max(taken, default=0) + 1}")
        for suffix in _BESIDE:
            part = self.path.with_name(self.path.name + suffix)
            with contextlib.suppress(FileNotFoundError):
                part.rename(aside.with_name(aside.name + suffix))
        LOG.error(
            "%s: damaged (%s); it is kept as %s, and a new one begins",
            self.path,
            problem,
            aside.name,
        )


class Kept:
    """What keeps itself in such a file."""

    _file: Database

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._file.path

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _transaction(
    connection: sqlite3.Connection, begin: str, work: Callable[[sqlite3.Connection], _T]
) -> _T:
    if begin:
        connection.execute(begin)
    try:
        result = work(connection)
        if begin:
            connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise
    return result


def _statements(connection: sqlite3.Connection) -> list[str]:
    """Return what made the tables, indexes and triggers of a file."""
    return [
        sql
        for (sql,) in connection.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
        )
    ]


@cache
def _statements_of(kind: Kind) -> list[str]:
    """Return them as SQLite keeps them in a sound file."""
    with contextlib.closing(sqlite3.connect(":memory:")) as empty:
        empty.executescript(kind.tables)
        return _statements(empty)


def _touch(path: Path) -> None:
    """Make a file that is its owner's alone; SQLite gives its log the same rights."""
    # Never opened when it is there: to close it would drop the locks that this process has on it.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE))


def _is_damage(failure: Exception) -> bool:
    if isinstance(failure, sqlite3.Error) and hasattr(failure, "sqlite_errorcode"):
        return failure.sqlite_errorcode & 0xFF in _DAMAGE  # without what refines it
    return isinstance(failure, FAULTS)  # text that is none is found by Python


def _reason(failure: Exception) -> str:
    """Return what SQLite or the system says.

    SQLite names tables and quotes no value; what Python says of its values is left out.
    """
    text = str(failure) if isinstance(failure, Damaged) else ""
    text = text or "a check value is wrong"
    if isinstance(failure, OSError):
        text = failure.strerror or type(failure).__name__
    elif hasattr(failure, "sqlite_errorcode"):
        text = str(failure).partition(" (")[0]  # behind it, damaged text is quoted
    return text[:1].lower() + text[1:]


# SQLite must not be carried across a fork: the child would share locks with its parent.
_alive: weakref.WeakSet[Database] = weakref.WeakSet()
_held: list[Database] = []


def _before_fork() -> None:
    # Outboxes before ledgers, as whoever writes locks them.
    for database in sorted(_alive, key=lambda database: not database.renewable):
        database.lock.acquire()
        database.close()
        _held.append(database)


def _after_fork_in_parent() -> None:
    while _held:
        _held.pop().lock.release()


def _after_fork_in_child() -> None:  # pragma: no cover - nobody measures the child
    while _held:
        _held.pop().lock = threading.RLock()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
