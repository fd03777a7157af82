"""Laws 1 and 2 on disk: no raw value is in any file that an outbox makes, or has open."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

from anonkit.errors import SendError
from anonkit.seal import VendorKey
from anonkit.send import Folder, Schedule, Spool
from outboxes import Fault, Page, agreed, on_disk, outbox
from strategies import encodings

SECRETS = ("ada.lovelace@example.com", "Zürich/4711 & sons")


def needles() -> list[bytes]:
    """Return each secret as it could be written."""
    return [
        form if isinstance(form, bytes) else form.encode()
        for secret in SECRETS
        for encode in encodings().values()
        for form in (encode(secret),)
    ]


def open_files() -> list[bytes]:
    """Return what all files hold that this process has open, those without a name included."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir() if sys.platform == "linux" else ():
        try:
            target = descriptor.readlink()
            if target.is_file() or "(deleted)" in str(target):
                found.append(descriptor.read_bytes())
        except OSError:
            continue
    return found


@pytest.mark.parametrize("sealed", [False, True])
def test_no_raw_value_touches_the_disk(
    tmp_path: Path, *, sealed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spool, log, temporary files, sent batches and open files hold no raw value in any form."""
    temp = tmp_path / "temp"
    there = tmp_path / "there"
    for folder in (temp, there):
        folder.mkdir()
    for variable in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(variable, str(temp))
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    recipient = VendorKey.generate().recipient if sealed else None
    with outbox(
        tmp_path, "usage", "support", recipient=recipient, schedule=Schedule(records=40)
    ) as box:

        def look() -> None:
            for needle in needles():
                assert on_disk(tmp_path, needle) == []
                assert not any(needle in content for content in open_files())

        for i in range(50):
            for secret in SECRETS:
                # As a token; in a field that nobody declared; in a type that nobody knows.
                assert box.record(Page(name=str(i), user=secret))
                box.record({"type": "page", "name": str(i), "user": secret, secret: secret})
                assert not box.record({"type": secret, "name": secret})
                assert not box.record({"type": "page", "name": [secret], "user": "x"})
                assert not box.record(b'{"type":"fault","name":' + secret.encode())
        look()
        assert box.cut() > 0
        look()
        box.send(Folder(there))
        look()
        box._consent.withdraw("usage", role="user")
        look()
    look()


def test_a_control_is_found(tmp_path: Path) -> None:
    """The search finds what is kept on purpose: in the log while it waits there."""
    with outbox(tmp_path, "support") as box:
        box.record(Fault(name="kept on purpose"))
        assert on_disk(tmp_path, b"kept on purpose") == ["outbox.db-wal"]
        assert any(b"kept on purpose" in content for content in open_files()) or os.name == "nt"


def test_what_was_sent_is_erased_with_the_next_withdrawal(tmp_path: Path) -> None:
    """After `withdraw` neither the file nor its log holds a byte of the purpose, sent or waiting."""
    there = tmp_path / "there"
    there.mkdir()
    with outbox(tmp_path, "usage", "support") as box:
        for i in range(200):
            box.record_all([Page(name=f"planted-{i}", user="ada"), Fault(name=f"other-{i}")])
            if i == 100:
                box.send(Folder(there), everything=True)
        for file in there.iterdir():
            file.unlink()
        box._consent.withdraw("usage", role="user")
        assert on_disk(tmp_path, b"planted-") == []
        assert len(list(box.records())) == 99
        assert box.counts()["withdrawn"] == 99


def test_what_was_sent_leaves_no_byte_in_a_closed_file(tmp_path: Path) -> None:
    """Rows are overwritten when they are deleted, so a file at rest holds nothing that was sent."""
    there = tmp_path / "there"
    there.mkdir()
    with outbox(tmp_path, "usage") as box:
        box.record_all([Page(name=f"planted-{i}", user="ada") for i in range(200)])
    assert on_disk(tmp_path, b"planted-") == ["outbox.db"]
    with outbox(tmp_path) as box:
        assert box.send(Folder(there), everything=True).records == 200
        assert box.record(Page(name="next", user="ada"))
    for file in there.iterdir():
        file.unlink()
    assert on_disk(tmp_path, b"planted-") == []


def test_a_reader_that_stays_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another process reads on, withdraw says that not all is erased; then it is."""
    import sqlite3

    from anonkit.send import database

    monkeypatch.setattr(database, "PATIENCE", 0.05)
    with outbox(tmp_path, "usage", "support") as box:
        box.record(Page(name="planted", user="ada"))
        reader = sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM waiting").fetchone()
        with pytest.raises(SendError, match="usage is withdrawn, but not everything is erased"):
            box._consent.withdraw("usage", role="user")
        assert list(box.records()) == []
        assert on_disk(tmp_path, b"planted")
        reader.execute("COMMIT")
        reader.close()
        assert box.record(Fault(name="next"))
        box.obey()
        assert on_disk(tmp_path, b"planted") == []
        assert len(list(box.records())) == 1


def test_a_purge_beside_a_reader_is_ended_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a purge could not erase while another process read on is erased by the next use."""
    import sqlite3

    from anonkit.send import database

    monkeypatch.setattr(database, "PATIENCE", 0.05)
    with outbox(tmp_path, "usage") as box:
        box.record(Page(name="planted", user="ada"))
        reader = sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM waiting").fetchone()
        with pytest.raises(SendError, match="not everything is erased"):
            box.purge()
        assert box.counts()["purged"] == 1
        reader.execute("COMMIT")
        reader.close()
        assert on_disk(tmp_path, b"planted")
        box.obey()
        assert on_disk(tmp_path, b"planted") == []
        assert box.counts() == dict.fromkeys(
            ("recorded", "delivered", "withdrawn", "purged", "too many", "too old", "damaged"), 0
        ) | {"recorded": 1, "purged": 1}


def test_no_byte_comes_behind_a_withdrawal(tmp_path: Path) -> None:
    """While processes record without pause, nothing is left, and nothing comes, after `withdraw`."""
    children = []
    with agreed(tmp_path, "usage"), outbox(tmp_path):
        pass
    for _ in range(2):
        child = os.fork()
        if not child:
            try:
                with outbox(tmp_path) as box:
                    while True:
                        box.record(Page(name="planted", user="ada"))
            finally:
                os._exit(1)
        children.append(child)
    try:
        with agreed(tmp_path) as consent, Spool(tmp_path / "outbox.db") as spool:
            kept = 0
            while kept < 5:
                consent.grant("usage", role="user", notice="1", language="de")
                time.sleep(0.05)
                kept += any(waiting.records for waiting in spool.waiting())
                consent.withdraw("usage", role="user")
                for _ in range(3):
                    assert list(spool.records()) == []
                    assert on_disk(tmp_path, b"planted") == []
                    time.sleep(0.01)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            assert os.waitpid(child, 0)[1] == signal.SIGKILL  # and did not end before
