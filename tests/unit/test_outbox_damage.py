"""Damage and full disks: said, kept, counted, and never silent."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

import anonkit
from anonkit.errors import SendError
from anonkit.send import Outbox, Spool
from anonkit.send.database import TRIES, Damaged
from anonkit.send.log_file import lost_transactions
from outboxes import START, Clock, Receiver, agreed, on_disk, outbox, page

TESTS = Path(__file__).parent.parent
SOURCE = Path(anonkit.__file__).parent.parent
PAGE = 4096


def filled(folder: Path, count: int = 200) -> Path:
    """Return the file of an outbox in which records and a batch wait, closed."""
    with outbox(folder, "usage") as box:
        box.record_all([page(f"first-{i}") for i in range(count)])
        box.cut(everything=True)
        box.record_all([page(f"second-{i}") for i in range(count)])
    return folder / "outbox.db"


def overwrite(file: Path, offset: int, data: bytes) -> None:
    with file.open("r+b") as out:
        out.seek(offset)
        out.write(data)


def expect_put_aside(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Check that an outbox that finds damage keeps the file, says so, and goes on."""
    before = (folder / "outbox.db").read_bytes()
    receiver = Receiver()
    with caplog.at_level(logging.ERROR), outbox(folder, "usage") as box:
        box.send(receiver, everything=True)
        list(box.records())
        assert box.record(page("new"))
        (aside,) = box.damaged
        assert aside.name == "outbox.db.damaged-1"
        assert aside.read_bytes()[-PAGE:] == before[-PAGE:]
        assert box.counts()["damaged"] == 1
        assert [record["name"] for record in box.records()] == ["new"]
    assert "it is kept as outbox.db.damaged-1, and a new one begins" in caplog.text
    assert "second-" not in caplog.text


def test_a_damaged_page_is_found_on_opening(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A page of nonsense puts the file aside."""
    file = filled(tmp_path)
    overwrite(file, 4 * PAGE, b"\xa5" * PAGE)
    expect_put_aside(tmp_path, caplog)


def test_a_damaged_head_is_found_on_opening(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that is no database any more is known by the lock beside it."""
    file = filled(tmp_path)
    overwrite(file, 0, b"\0" * 100)
    expect_put_aside(tmp_path, caplog)


def test_a_file_cut_short_is_found_on_opening(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file whose end is missing is put aside."""
    file = filled(tmp_path)
    os.truncate(file, file.stat().st_size // 2)
    expect_put_aside(tmp_path, caplog)


@pytest.mark.parametrize("needle", [b"second-77", b"second-199"])
def test_a_changed_byte_is_found_when_it_is_used(
    tmp_path: Path, needle: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A byte that changed inside a record is found by its check value, and nothing false is sent."""
    file = filled(tmp_path)
    overwrite(file, file.read_bytes().index(needle), b"S")
    receiver = Receiver()
    with caplog.at_level(logging.ERROR), outbox(tmp_path, "usage") as box:
        box.send(receiver, everything=True)
        assert len(box.damaged) == 1
    assert receiver.batches == {}
    assert "a check value is wrong" in caplog.text


def test_a_changed_byte_in_a_batch_is_found(tmp_path: Path) -> None:
    """A batch that is not what was cut is not sent."""
    file = filled(tmp_path)
    with sqlite3.connect(file) as other:
        other.execute("UPDATE batches SET pack = pack || x'00'")
    other.close()
    receiver = Receiver()
    with Spool(file) as spool:
        assert spool.waiting()[0].records == 200
        spool.send(receiver, everything=True)
        assert len(spool.damaged) == 1
        assert spool.waiting() == []
    assert receiver.batches == {}


def test_an_origin_that_is_gone_is_damage(tmp_path: Path) -> None:
    """Records whose origin is missing or unreadable are put aside with the file."""
    file = filled(tmp_path)
    for number, change in enumerate(
        (
            "DELETE FROM origins",
            "UPDATE origins SET document = '{}'",
            "UPDATE origins SET document = replace(document, 'usage', 'usagf')",
            "UPDATE batches SET pack = ''",
        ),
        1,
    ):
        with sqlite3.connect(file) as other:
            other.execute(change)
        other.close()
        with outbox(tmp_path, "usage") as box:
            box.waiting()
            list(box.records())
            assert len(box.damaged) == number
        filled(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE settings SET value = value - 1 WHERE name = 'recorded'",
        "UPDATE settings SET value = value + 1 WHERE name = 'offset'",
        "UPDATE settings SET name = 'recordee' WHERE name = 'recorded'",
        "UPDATE batches SET attempts = 'x'",
        "UPDATE waiting SET hour = 'x' WHERE id = 300",
        "UPDATE waiting SET hour = 9e300",
        "UPDATE batches SET hour = hour + 1",
        "UPDATE batches SET hour = 0",
        "UPDATE batches SET slot = 1",
        'UPDATE origins SET document = replace(document, \'"hash":"\', \'"hash":"a\')',
        "UPDATE sqlite_master SET sql = replace(sql, 'attempts', 'attempt5')",
        "UPDATE sqlite_master SET sql = CAST(replace(sql, 'problem', x'CE') AS TEXT)",
    ],
)
def test_what_the_outbox_remembers_is_checked(tmp_path: Path, change: str) -> None:
    """A changed setting, count, hour, policy or table is damage: nothing is sent or dropped by it."""
    file = filled(tmp_path)
    with sqlite3.connect(file) as other:
        other.execute("PRAGMA writable_schema = ON")
        other.execute(change)
    other.close()
    receiver, clock = Receiver(), Clock(START + timedelta(days=60))
    with outbox(tmp_path, "usage", clock=clock) as box:
        box.expire()
        clock.on(days=2)
        box.waiting()
        box.counts()
        box.send(receiver, everything=True)
        assert len(box.damaged) == 1
        assert box.counts()["too old"] == 0
    assert receiver.batches == {}


def test_a_changed_recipient_is_damage(tmp_path: Path) -> None:
    """Nothing is sealed for a key that nobody has: what the command reads of it is checked."""
    file = filled(tmp_path)
    with sqlite3.connect(file) as other:
        other.execute("UPDATE settings SET value = value || x'20' WHERE name = 'settings'")
    other.close()
    with pytest.raises(SendError, match=r"was damaged, and is kept as outbox.db.damaged-1"):
        Spool(file)
    assert (tmp_path / "outbox.db.damaged-1").exists()


@pytest.mark.parametrize("which", [0, 1])
def test_a_batch_that_its_index_does_not_name_is_damage(tmp_path: Path, which: int) -> None:
    """A batch that cannot be found by its id would be sent for ever: the file is put aside."""
    file = filled(tmp_path)
    with Spool(file) as spool:
        batch = spool.waiting()[0].batch
    assert batch is not None
    data = file.read_bytes()
    places = [i for i in range(len(data)) if data.startswith(batch.encode(), i)]
    assert len(places) == 2  # of the row, and of the index
    overwrite(file, places[which], bytes([data[places[which]] ^ 1]))
    with outbox(tmp_path, "usage") as box:
        assert len(box.damaged) == 1


def test_damage_is_numbered(tmp_path: Path) -> None:
    """Each damaged file is kept under a number of its own, and a withdrawal removes them all."""
    for number in range(1, 4):
        file = filled(tmp_path)
        overwrite(file, 4 * PAGE, b"\xa5" * PAGE)
        with outbox(tmp_path, "usage") as box:
            assert len(box.damaged) == number
    (tmp_path / "outbox.db.damaged-notes").touch()
    assert on_disk(tmp_path, b"second-")
    with outbox(tmp_path, "usage") as box:
        box._consent.withdraw("usage", role="user")
        assert box.damaged == []
    assert on_disk(tmp_path, b"second-") == []


def test_a_withdrawal_takes_damaged_files_along(tmp_path: Path) -> None:
    """A file that is found damaged on withdrawing goes, too: nobody can tell what is in it."""
    file = filled(tmp_path)
    overwrite(file, 4 * PAGE, b"\xa5" * PAGE)
    with agreed(tmp_path) as consent:
        consent.withdraw("usage", role="user")
    assert on_disk(tmp_path, b"second-") == []
    with pytest.raises(SendError, match="an outbox that was never used"):
        Spool(file)
    with outbox(tmp_path, "usage") as box:
        assert box.record(page("new"))
    file.unlink()
    with agreed(tmp_path) as consent:
        consent.withdraw("usage", role="user")  # an outbox that is gone needs no emptying


def test_a_damaged_lock_is_named(tmp_path: Path) -> None:
    """The empty file beside the outbox is told as what is wrong, and nothing is put aside for it."""
    file = filled(tmp_path)
    (tmp_path / "outbox.db-lock").write_bytes(b"x" * PAGE)
    with pytest.raises(SendError, match=r"outbox\.db-lock: file is not a database"):
        outbox(tmp_path)
    (tmp_path / "outbox.db-lock").unlink()
    with Spool(file) as spool:
        assert spool.damaged == []
        assert spool.waiting()[0].records == 200


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """What never was an outbox is refused, not renamed."""
    file = tmp_path / "outbox.db"
    file.write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(SendError, match="not an outbox"):
        outbox(tmp_path)
    assert file.read_bytes() == b"Dear diary, " * 1000


def test_a_file_that_is_replaced_is_noticed(tmp_path: Path) -> None:
    """When another process puts the file aside meanwhile, the record goes into the new one."""
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        for suffix in ("", "-wal", "-shm"):
            (tmp_path / f"outbox.db{suffix}").rename(tmp_path / f"outbox.db.damaged-1{suffix}")
        assert box.record(page("two"))
        assert [record["name"] for record in box.records()] == ["two"]
    with Spool(tmp_path / "outbox.db") as spool:
        assert [record["name"] for record in spool.records()] == ["two"]


def test_two_who_find_damage_put_it_aside_once(tmp_path: Path) -> None:
    """Of two that find the same damage, one renames and both go on with the new file."""
    file = filled(tmp_path)
    first, second = outbox(tmp_path, "usage"), outbox(tmp_path, "usage")
    overwrite(file, file.read_bytes().index(b"second-77"), b"S")
    for box in (first, second):
        box.close()
    barrier = threading.Barrier(2)

    def go(box: Outbox) -> None:
        barrier.wait()
        list(box.records())
        assert box.record(page("new"))

    threads = [threading.Thread(target=go, args=(box,)) for box in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(first.damaged) == 1
    assert len(list(first.records())) == 2
    first.close()
    second.close()


def test_damage_that_another_has_put_aside_is_not_put_aside_again(tmp_path: Path) -> None:
    """Who finds damage in a file that was renamed meanwhile leaves the new one where it is."""
    with outbox(tmp_path, "usage") as box:
        calls = []

        def work(_: object) -> None:
            calls.append(1)
            if len(calls) == 1:
                for suffix in ("", "-wal", "-shm"):
                    (tmp_path / f"outbox.db{suffix}").rename(
                        tmp_path / f"outbox.db.damaged-1{suffix}"
                    )
                (tmp_path / "outbox.db").touch()
                raise Damaged

        box._file.write(work)
        assert len(calls) == 2
        assert len(box.damaged) == 1


def test_a_file_that_is_damaged_again_and_again_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work that finds damage in every new file ends with an error."""
    with outbox(tmp_path, "usage") as box:

        def work(_: object) -> None:
            raise Damaged

        with pytest.raises(SendError, match="a check value is wrong"):
            box._file.write(work)
        assert len(box.damaged) == TRIES
        monkeypatch.setattr(box._file, "_in_place", lambda: False)
        with pytest.raises(SendError, match="replaced again and again"):
            box.waiting()


# --- the log ------------------------------------------------------------------------------------

# Killed with its log full: what a crash leaves.
KILLED = """
import os, sys
from pathlib import Path
from outboxes import outbox, page
box = outbox(Path(sys.argv[1]), "usage")
for i in range(30):
    box.record(page(f"record-{i}"))
os.kill(os.getpid(), 9)
"""


def killed(folder: Path) -> Path:
    """Return the log that a killed process left, with thirty records in it."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, folder],
        env={**os.environ, "PYTHONPATH": f"{SOURCE}{os.pathsep}{TESTS}"},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    return folder / "outbox.db-wal"


def test_a_crash_loses_nothing(tmp_path: Path) -> None:
    """A log that a killed process left is read to its end."""
    killed(tmp_path)
    with outbox(tmp_path) as box:
        assert len(list(box.records())) == 30
        assert box.damaged == []


@pytest.mark.parametrize("where", [8, 40, 5000, 0.5, 0.8])
def test_damage_in_the_log_is_found(tmp_path: Path, where: float) -> None:
    """A log that ends for SQLite before its last transactions is damage, not a crash."""
    log = killed(tmp_path)
    size = log.stat().st_size
    offset = int(where if where > 1 else size * where)
    byte = log.read_bytes()[offset]
    overwrite(log, offset, bytes([byte ^ 0xFF]))
    assert lost_transactions(tmp_path / "outbox.db")
    with outbox(tmp_path) as box:
        (aside,) = box.damaged
        assert list(box.records()) == []
        assert aside.with_name("outbox.db.damaged-1-wal").stat().st_size == size


def test_a_log_that_a_crash_cut_short_is_sound(tmp_path: Path) -> None:
    """A transaction that was not written to its end never returned: the log is sound without it."""
    log = killed(tmp_path)
    os.truncate(log, log.stat().st_size - 100)
    with outbox(tmp_path) as box:
        assert len(list(box.records())) == 29
        assert box.damaged == []


def test_a_log_in_use_is_not_looked_at(tmp_path: Path) -> None:
    """While another has the file open, its log changes, and says nothing of damage."""
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        assert not lost_transactions(tmp_path / "outbox.db")
        with outbox(tmp_path) as other:
            assert len(list(other.records())) == 1
    assert not lost_transactions(tmp_path / "outbox.db")


@pytest.mark.parametrize("size", [0, 32])
def test_a_log_without_transactions_is_sound(tmp_path: Path, size: int) -> None:
    """A log that holds nothing but its header, or not even that, has lost nothing."""
    with outbox(tmp_path):
        pass
    (tmp_path / "outbox.db-wal").write_bytes(bytes(size))
    assert not lost_transactions(tmp_path / "outbox.db")


# --- the disk -----------------------------------------------------------------------------------


def test_a_full_disk_is_an_error_for_the_caller(tmp_path: Path) -> None:
    """When SQLite finds the disk full, record() raises, keeps nothing, and works again later."""
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        (pages,) = box._file.read(lambda file: file.execute("PRAGMA page_count").fetchone())
        box._file.read(lambda file: file.execute(f"PRAGMA max_page_count = {pages + 1}"))
        with pytest.raises(SendError, match="outbox.db: database or disk is full"):
            box.record_all([page("x" * 9000 + str(i)) for i in range(20)])
        box.close()
        assert box.record(page("two"))
        assert [record["name"] for record in box.records()] == ["one", "two"]


def test_the_lock_writes_nothing(tmp_path: Path) -> None:
    """A file is opened without a byte of room: what waits on a full disk can be looked at."""
    with outbox(tmp_path, "usage") as box:
        before = set(tmp_path.iterdir())
        with box._file._alone():
            assert set(tmp_path.iterdir()) == before
            assert (tmp_path / "outbox.db-lock").stat().st_size == 0


LIMITED = """
import resource, signal, sys
from pathlib import Path
from anonkit.errors import SendError
from outboxes import outbox, page
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with outbox(Path(sys.argv[1]), "usage") as box:
    box.record(page("one"))
    size = max(file.stat().st_size for file in Path(sys.argv[1]).iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, resource.RLIM_INFINITY))
    kept = 0
    try:
        while True:
            kept += box.record(page(f"{kept}" + "x" * 2000))
    except SendError as failure:
        print(kept, failure)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert box.record(page("later"))
    print(len(list(box.records())))
"""


def test_a_disk_that_takes_no_more_is_an_error(tmp_path: Path) -> None:
    """When the system refuses to write, record() raises; what it returned for before is there."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path],
        env={**os.environ, "PYTHONPATH": f"{SOURCE}{os.pathsep}{TESTS}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told, left = done.stdout.splitlines()
    kept, _, problem = told.partition(" ")
    assert "outbox.db: " in problem
    assert int(left) == int(kept) + 2


def test_a_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    """When the folder disappears, record() raises."""
    folder = tmp_path / "there"
    folder.mkdir()
    consent = agreed(tmp_path, "usage")
    with outbox(folder, "usage") as box:
        box._consent = consent
        box.obey()
        box.record(page("one"))
        folder.rename(tmp_path / "gone")
        with pytest.raises(SendError, match="outbox.db: no such file or directory"):
            box.record(page("two"))
