"""The ledger of consent: who agreed to which purpose, when, and on reading what. Absent means no.

It is append-only. Triggers refuse to change or delete an entry, and each entry holds the
SHA-256 of the one before it: whoever changes one with other tools must write all that follow anew,
and a copy of any later digest shows it. It names roles and never people.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

import msgspec

from anonkit.errors import SendError, Unusable
from anonkit.send.database import Database, Kept, Kind

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

# A closed list: a free word could be somebody's name.
Role = Literal["user", "administrator", "management", "works-council", "data-protection-officer"]
ROLES: tuple[Role, ...] = get_args(Role)
_PURPOSE = re.compile(r"[^\W_](?:[\w .-]{0,62}[\w.-])?")
_NOTICE = re.compile(r"[\w.+-]{1,64}", re.ASCII)
# The language part and the first subtags of RFC 5646, section 2.1.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
FIRST: Final = "00" * 32

_LEDGER = Kind(
    name="a ledger of consent",
    application=0x414E4B43,  # "ANKC"
    renewable=False,
    tables="""
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    purpose TEXT NOT NULL,
    choice TEXT NOT NULL CHECK (choice IN ('granted', 'withdrawn')),
    notice TEXT,
    language TEXT,
    role TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL
);
CREATE TRIGGER unchanged BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER undeleted BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER in_order BEFORE INSERT ON entries
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM entries)
  OR NEW.previous IS NOT coalesce(
       (SELECT digest FROM entries ORDER BY seq DESC LIMIT 1), printf('%064d', 0))
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TABLE outboxes (path TEXT PRIMARY KEY);
CREATE TABLE departures (outbox TEXT PRIMARY KEY, number INTEGER NOT NULL)""",
)


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class Entry(msgspec.Struct, frozen=True):
    """One decision.

    Args:
        seq: Its number, from 1.
        at: When, RFC 3339 in UTC, to the second.
        purpose: For which purpose.
        choice: What was chosen.
        notice: The version of the notice that was shown; None for none.
        language: Its language, such as `de`.
        role: Who decided, by role.
        previous: The digest of the entry before; zeros for the first.
        digest: SHA-256 over `previous` and all else here but itself, as a JSON array; hexadecimal.
    """

    seq: int
    at: str
    purpose: str
    choice: Literal["granted", "withdrawn"]
    notice: str | None
    language: str | None
    role: str
    previous: str
    digest: str = ""

    def sealed(self) -> Entry:
        """Return the entry with its digest."""
        *fields, _ = msgspec.structs.astuple(self)
        digest = hashlib.sha256(msgspec.json.encode(fields)).hexdigest()
        return msgspec.structs.replace(self, digest=digest)


class Ledger(Kept):
    """What was decided, in a file that any number of processes share: `Consent` decides."""

    def __init__(self, path: Path | str, *, clock: Callable[[], datetime] = now) -> None:
        self._clock = clock
        self._file = Database(Path(path), _LEDGER)
        self._read: tuple[Entry, ...] = ()
        self.entries()

    def in_force(self) -> frozenset[str]:
        """Return the purposes that are agreed to."""
        return frozenset(p for p, choice in self.said().items() if choice == "granted")

    def said(self) -> dict[str, Literal["granted", "withdrawn"]]:
        """Return the last choice on each purpose."""
        return {entry.purpose: entry.choice for entry in self.entries()}

    def head(self) -> str:
        """Return the digest of the last entry; zeros when there is none."""
        last = self._file.read(
            lambda file: file.execute(
                "SELECT digest FROM entries ORDER BY seq DESC LIMIT 1"
            ).fetchone()
        )
        return FIRST if last is None else str(last[0])

    def withdrawn_since(self, head: str) -> frozenset[str] | None:
        """Return the purposes that were withdrawn since, even if agreed to again.

        Args:
            head: What `head` said then.

        Returns:
            The purposes; None when the ledger lacks that entry: it was put back, or is another.
        """
        entries = self.entries()
        digests = [FIRST, *(entry.digest for entry in entries)]
        if head not in digests:
            return None
        since = entries[digests.index(head) :]
        return frozenset(entry.purpose for entry in since if entry.choice == "withdrawn")

    def entries(self) -> tuple[Entry, ...]:
        """Return all decisions, oldest first.

        Raises:
            SendError: One was changed.
        """
        read = self._read
        if self.head() != (read[-1].digest if read else FIRST):
            rows = self._file.read(
                lambda file: file.execute(
                    "SELECT seq, at, purpose, choice, notice, language, role, previous, digest"
                    " FROM entries ORDER BY seq"
                ).fetchall()
            )
            read = tuple(Entry(*row) for row in rows)
            broken = first_broken(read)
            if broken is not None:
                raise SendError(f"{self.path}: entry {broken} is not the one that was written")
            self._read = read
        return read

    def export(self) -> bytes:
        """Return all decisions as NDJSON, each with its digest: `proven` checks it anywhere."""
        return b"".join(msgspec.json.encode(entry) + b"\n" for entry in self.entries())

    def follow(self, outbox: Path) -> None:
        """Note an outbox, to be emptied when a purpose is withdrawn."""
        if outbox not in self._outboxes():
            self._file.write(
                lambda file: file.execute(
                    "INSERT OR IGNORE INTO outboxes VALUES (?)", (str(outbox),)
                )
            )

    def note(self, outbox: str, number: int) -> None:
        """Note that a batch leaves an outbox: a copy that does not know it is an older one."""
        if self.noted(outbox) < number:
            self._file.write(
                lambda file: file.execute(
                    "INSERT INTO departures VALUES (?, ?) ON CONFLICT (outbox)"
                    " DO UPDATE SET number = max(number, excluded.number)",
                    (outbox, number),
                )
            )

    def noted(self, outbox: str) -> int:
        """Return the number of the last batch that left an outbox; 0 for none."""
        found = self._file.read(
            lambda file: file.execute(
                "SELECT number FROM departures WHERE outbox = ?", (outbox,)
            ).fetchone()
        )
        return 0 if found is None else int(found[0])

    def _outboxes(self) -> list[Path]:
        rows = self._file.read(lambda file: file.execute("SELECT path FROM outboxes").fetchall())
        return [Path(path) for (path,) in rows]

    def _append(
        self,
        purpose: str,
        choice: Literal["granted", "withdrawn"],
        role: Role,
        notice: str | None,
        language: str | None,
    ) -> Entry:
        _check(purpose, role, notice, language)
        self.entries()  # nothing is added to a ledger that was tampered with
        at = _written(self._clock())

        def append(file: sqlite3.Connection) -> Entry:
            last = file.execute("SELECT seq, digest FROM entries ORDER BY seq DESC").fetchone()
            seq, previous = last or (0, FIRST)
            entry = Entry(seq + 1, at, purpose, choice, notice, language, role, previous).sealed()
            file.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                msgspec.structs.astuple(entry),
            )
            return entry

        return self._file.write(append)


def proven(proof: bytes) -> list[Entry]:
    """Return the decisions of an exported ledger, once each is checked.

    Raises:
        SendError: It is not one, or an entry was changed, moved or left out.
    """
    try:
        entries = [msgspec.json.decode(line, type=Entry) for line in proof.splitlines()]
    except (msgspec.MsgspecError, ValueError):
        entries = []
    else:
        broken = first_broken(entries)
        if broken is not None:
            raise SendError(f"entry {broken} is not the one that was written")
        return entries
    raise SendError("not an exported ledger of consent")


def first_broken(entries: Iterable[Entry]) -> int | None:
    """Return the number of the first entry that does not follow from those before it."""
    previous = FIRST
    for seq, entry in enumerate(entries, 1):
        if entry.seq != seq or entry.previous != previous or entry.sealed() != entry:
            return seq
        previous = entry.digest
    return None


def _check(purpose: str, role: str, notice: str | None, language: str | None) -> None:
    if not _PURPOSE.fullmatch(purpose):
        raise Unusable(
            "a purpose is one to 64 letters, digits, spaces, dots, dashes and underscores"
        )
    if role not in ROLES:
        raise Unusable("who decides is told by role", hint=f"one of: {', '.join(ROLES)}")
    if notice is not None and not _NOTICE.fullmatch(notice):
        raise Unusable("a notice is told by its version", hint="such as 2026-05 or 1.2")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise Unusable("a language is told by its code", hint="such as de or en-GB")


def _written(at: datetime) -> str:
    if at.tzinfo is None:
        raise Unusable("a time needs a zone", hint="datetime.now(UTC)")
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
