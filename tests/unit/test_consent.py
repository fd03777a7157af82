"""The ledger of consent: append-only, chained, by role, no by default."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from anonkit.cli.consent import ROLES as ROLES_OF_THE_COMMAND
from anonkit.errors import SendError
from anonkit.send import Consent, proven
from anonkit.send.ledger import FIRST, ROLES, Entry

AT = datetime(2026, 5, 11, 9, 2, 44, tzinfo=UTC)


def ledger(folder: Path) -> Consent:
    return Consent(folder / "consent.db", clock=lambda: AT)


def grant(consent: Consent, purpose: str) -> Entry:
    return consent.grant(purpose, role="administrator", notice="3", language="de")


def test_an_empty_ledger_says_no(tmp_path: Path) -> None:
    """Absent means no, and the file is its owner's alone."""
    with ledger(tmp_path) as consent:
        assert consent.in_force() == frozenset()
        assert consent.entries() == ()
        assert consent.head() == FIRST
        assert repr(consent) == "<Consent: 0 decisions>"
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_purposes_start_and_stop_at_any_moment(tmp_path: Path) -> None:
    """What is in force is the last choice on each purpose, also for others who read the file."""
    with ledger(tmp_path) as consent, ledger(tmp_path) as other:
        grant(consent, "usage")
        grant(other, "support")
        assert consent.in_force() == other.in_force() == {"usage", "support"}
        other.withdraw("usage", role="works-council", notice="4", language="en-GB")
        assert consent.in_force() == {"support"}
        _, granted, withdrawn = (entry.digest for entry in consent.entries())
        assert consent.withdrawn_since(granted) == {"usage"}
        grant(consent, "usage")
        assert other.in_force() == {"usage", "support"}
        assert other.withdrawn_since(FIRST) == other.withdrawn_since(granted) == {"usage"}
        assert other.withdrawn_since(withdrawn) == frozenset()
        assert other.withdrawn_since("of another ledger") is None


def test_an_entry_says_all_of_a_decision(tmp_path: Path) -> None:
    """Purpose, choice, time, notice, language and role are written down."""
    with ledger(tmp_path) as consent:
        first = grant(consent, "usage")
        second = consent.withdraw("usage", role="user")
        assert consent.entries() == (first, second)
    assert first.at == "2026-05-11T09:02:44Z"
    assert (first.choice, first.notice, first.language) == ("granted", "3", "de")
    assert (second.choice, second.notice, second.role) == ("withdrawn", None, "user")
    assert second.previous == first.digest
    said = [1, first.at, "usage", "granted", "3", "de", first.role, "0" * 64]
    written = json.dumps(said, separators=(",", ":")).encode()
    assert first.digest == hashlib.sha256(written).hexdigest()


@pytest.mark.parametrize(
    ("purpose", "role", "notice", "language"),
    [
        ("", "user", "1", "de"),
        ("a\nb", "user", "1", "de"),
        (" usage", "user", "1", "de"),
        ("x" * 65, "user", "1", "de"),
        ("usage", "Ada Lovelace", "1", "de"),
        ("usage", "user", "", "de"),
        ("usage", "user", "as told by Ada", "de"),
        ("usage", "user", "1" * 65, "de"),
        ("usage", "user", "1", "german"),
    ],
)
def test_words_are_checked(
    tmp_path: Path, purpose: str, role: str, notice: str, language: str
) -> None:
    """A role is one of a list, so no name is written; the other words are short and plain."""
    with ledger(tmp_path) as consent:
        with pytest.raises(SendError) as refused:
            consent.grant(purpose, role=role, notice=notice, language=language)  # type: ignore[arg-type]
        assert "Ada" not in str(refused.value)
        assert consent.entries() == ()


def test_words_have_a_longest_form(tmp_path: Path) -> None:
    """A purpose and the version of a notice have up to 64 characters, and stay as they are."""
    with ledger(tmp_path) as consent:
        entry = consent.grant("x" * 64, role="user", notice="1" * 64, language="de")
        assert (entry.purpose, entry.notice) == ("x" * 64, "1" * 64)
        assert consent.in_force() == {"x" * 64}


def test_a_time_has_a_zone(tmp_path: Path) -> None:
    """A clock without a zone is refused."""
    with (
        Consent(tmp_path / "consent.db", clock=lambda: datetime(2026, 5, 11)) as consent,  # noqa: DTZ001
        pytest.raises(SendError, match="a time needs a zone"),
    ):
        grant(consent, "usage")


def test_the_command_knows_the_same_roles() -> None:
    """The list that the command has for its help is that of the ledger."""
    assert ROLES_OF_THE_COMMAND == ROLES


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET choice = 'withdrawn'",
        "DELETE FROM entries",
        "INSERT OR REPLACE INTO entries SELECT 1, at, purpose, 'withdrawn', notice, language, role, previous, digest FROM entries",
        "INSERT INTO entries SELECT 7, at, purpose, choice, notice, language, role, digest, '' FROM entries",
        "INSERT INTO entries SELECT 2, at, purpose, choice, notice, language, role, 'x', '' FROM entries",
    ],
)
def test_the_ledger_is_append_only(tmp_path: Path, statement: str) -> None:
    """The file itself refuses to change, delete, replace or reorder entries."""
    with ledger(tmp_path) as consent:
        grant(consent, "usage")
    other = sqlite3.connect(tmp_path / "consent.db")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        other.execute(statement)
    other.close()


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE entries SET purpose = 'other' WHERE seq = 2", 2),
        ("UPDATE entries SET choice = 'withdrawn' WHERE seq = 1", 1),
        ("UPDATE entries SET notice = '9' WHERE seq = 3", 3),
        ("UPDATE entries SET language = 'en' WHERE seq = 1", 1),
        ("UPDATE entries SET role = 'management' WHERE seq = 2", 2),
        ("UPDATE entries SET at = '2020-01-01T00:00:00Z' WHERE seq = 1", 1),
        ("UPDATE entries SET digest = printf('%064d', 0) WHERE seq = 1", 1),
        ("UPDATE entries SET previous = printf('%064d', 1) WHERE seq = 3", 3),
        ("DELETE FROM entries WHERE seq = 1", 1),
        ("DELETE FROM entries WHERE seq = 2", 2),
    ],
)
def test_tampering_shows(tmp_path: Path, statement: str, broken: int) -> None:
    """Who gets around the triggers breaks the chain: the ledger is refused, and nothing added."""
    with ledger(tmp_path) as consent:
        for purpose in ("usage", "support", "stability"):
            grant(consent, purpose)
    other = sqlite3.connect(tmp_path / "consent.db")
    triggers = other.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall()
    for name, _ in triggers:
        other.execute(f"DROP TRIGGER {name}")
    other.execute(statement)
    for _, sql in triggers:
        other.execute(sql)
    other.commit()
    other.close()
    with pytest.raises(SendError, match=f"entry {broken} is not the one that was written"):
        ledger(tmp_path)


def test_a_ledger_without_its_triggers_is_refused(tmp_path: Path) -> None:
    """A file that would let its entries be changed is not gone on with, even if none was."""
    with ledger(tmp_path) as consent:
        grant(consent, "usage")
    with sqlite3.connect(tmp_path / "consent.db") as other:
        other.execute("DROP TRIGGER unchanged")
    other.close()
    with pytest.raises(SendError, match="its tables and triggers are not those that were made"):
        ledger(tmp_path)


def test_a_ledger_is_proof(tmp_path: Path) -> None:
    """An exported ledger is checked without its file, line by line."""
    with ledger(tmp_path) as consent:
        grant(consent, "usage")
        consent.withdraw("usage", role="user")
        proof = consent.export()
        assert proven(proof) == list(consent.entries())
    lines = proof.splitlines(keepends=True)
    assert proven(lines[0]) == [msgspec.json.decode(lines[0], type=Entry)]
    assert proven(b"") == []
    for wrong in (lines[1], lines[0] * 2, proof.replace(b"granted", b"withdrawn")):
        with pytest.raises(SendError, match="is not the one that was written"):
            proven(wrong)
    for nothing in (b"{", b"[]\n", b"\xff", proof.replace(b"granted", b"perhaps")):
        with pytest.raises(SendError, match="not an exported ledger"):
            proven(nothing)


def test_a_damaged_ledger_is_refused(tmp_path: Path) -> None:
    """A damaged ledger agrees to nothing: it is refused, and stays where it is."""
    with ledger(tmp_path) as consent:
        grant(consent, "usage")
    file = tmp_path / "consent.db"
    data = bytearray(file.read_bytes())
    data[4096 : 4096 + 2048] = b"\xa5" * 2048
    file.write_bytes(data)
    with pytest.raises(SendError, match="consent.db: ") as refused:
        ledger(tmp_path)
    assert "put a sound copy there" in (refused.value.hint or "")
    assert file.read_bytes() == data


def test_a_damaged_table_is_not_quoted(tmp_path: Path) -> None:
    """SQLite quotes damaged statements, which may hold anything: the message does not."""
    with ledger(tmp_path) as consent:
        grant(consent, "usage")
    file = tmp_path / "consent.db"
    file.write_bytes(file.read_bytes().replace(b"CREATE TABLE entries", b"CREATE planted\x1bies"))
    with pytest.raises(
        SendError, match="malformed database schema$|malformed database schema "
    ) as refused:
        ledger(tmp_path)
    assert "planted" not in str(refused.value)


def test_another_file_is_no_ledger(tmp_path: Path) -> None:
    """A text, and a database of another program, are refused and left alone."""
    file = tmp_path / "consent.db"
    file.write_text("Dear diary, " * 1000)
    with pytest.raises(SendError, match="file is not a database"):
        ledger(tmp_path)
    file.unlink()
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE mine (x)")
    other.close()
    with pytest.raises(SendError, match="not a ledger of consent"):
        ledger(tmp_path)
    other = sqlite3.connect(file)
    other.execute("DROP TABLE mine")
    other.close()
    with ledger(tmp_path) as consent:
        grant(consent, "usage")
    other = sqlite3.connect(file)
    other.execute("PRAGMA user_version = 2")
    other.close()
    with pytest.raises(SendError, match="version 2; this anonkit reads version 1"):
        ledger(tmp_path)


def test_a_ledger_needs_a_folder(tmp_path: Path) -> None:
    """A folder that is not there is said, with the name of the file."""
    with pytest.raises(SendError, match="missing/consent.db: no such file or directory"):
        Consent(tmp_path / "missing" / "consent.db")
