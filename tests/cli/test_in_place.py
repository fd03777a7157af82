"""--in-place: a file is replaced with its rights and times, or stays as it is."""

from __future__ import annotations

import gzip
import os
import stat
import threading
import time
import types
from pathlib import Path
from typing import Any

import pytest

from anonkit.streams import in_place
from runs import BAD, LINE, LINES, OUT, anonymize, run


def test_a_file_is_changed_in_its_place(log: Path) -> None:
    """--in-place keeps rights and times, a compressed file compressed, and a link a link."""
    (log / "b.log.gz").write_bytes(gzip.compress(LINE))
    (log / "link").symlink_to("a.log")
    for name in ("a.log", "b.log.gz"):
        os.utime(log / name, (1, 2))
        (log / name).chmod(0o640)
    done = run(log, "run", "-q", "link", "b.log.gz", "--in-place", "--backup", ".raw")
    assert (done.returncode, done.stderr) == (0, b"")
    assert (log / "a.log").read_bytes() == OUT * 3
    assert gzip.decompress((log / "b.log.gz").read_bytes()) == OUT
    assert (log / "link").is_symlink()
    assert (log / "a.log.raw").read_bytes() == LINE * 3
    for name in ("a.log", "b.log.gz"):
        about = (log / name).stat()
        assert (stat.S_IMODE(about.st_mode), about.st_mtime) == (0o640, 2)


def test_in_place_refuses_what_it_could_not_undo(log: Path) -> None:
    """Files with several names, backups that are there, pipes and standard input stay as they are."""
    (log / "hard").hardlink_to(log / "a.log")
    done = run(log, "run", "-q", "a.log", "--in-place")
    assert done.returncode == 3
    assert b"a.log: has 2 names" in done.stderr
    (log / "hard").unlink()
    (log / "a.log.raw").write_bytes(b"earlier")
    done = run(log, "run", "-q", "a.log", "--in-place", "--backup", ".raw")
    assert done.returncode == 3
    assert b"a.log.raw: is there already" in done.stderr
    os.mkfifo(log / "pipe")
    assert run(log, "run", "-q", "pipe", "--in-place").returncode == 3
    assert run(log, "run", "-q", "--in-place").returncode == 2
    assert (log / "a.log").read_bytes() == LINE * 3


def test_what_is_written_to_meanwhile_stays(log: Path) -> None:
    """A log that its writer appends to during --in-place stays whole, with all its lines."""
    (log / "large.log").write_bytes(LINE * 300_000)
    stop = threading.Event()

    def grow() -> None:
        with (log / "large.log").open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(LINE)
                time.sleep(0.001)

    writer = threading.Thread(target=grow)
    writer.start()
    done = run(log, "run", "-q", "large.log", "--in-place")
    stop.set()
    writer.join()
    assert done.returncode == 3
    assert done.stderr == (
        b"anonkit: error: large.log: was changed while it was read, and stays as it is\n"
    )
    assert (log / "large.log").read_bytes().startswith(LINE * 300_001)


def test_withheld_lines_that_go_with_the_old_file_are_said_to(log: Path) -> None:
    """--in-place says how many withheld lines are nowhere any more, or keeps them."""
    (log / "b.log").write_bytes(LINE + BAD)
    done = run(log, "run", "a.log", "b.log", "--in-place")
    assert b"b.log: 1 withheld line is gone" in done.stderr
    (log / "b.log").write_bytes(LINE + BAD)
    done = run(log, "run", "b.log", "--in-place", "--rejects", "bad")
    assert b"gone" not in done.stderr
    assert (log / "bad").read_bytes() == BAD


def test_a_run_in_place_that_fails_keeps_rejects_of_files_that_are_done(log: Path) -> None:
    """What was withheld from a file that has been replaced stays in the file of withheld lines."""
    (log / "b.log").write_bytes(LINE + BAD)
    (log / "c.log.gz").write_bytes(gzip.compress(LINE * 9 + BAD)[:-5])
    done = run(log, "run", "-q", "b.log", "c.log.gz", "--in-place", "--rejects", "bad")
    assert done.returncode == 3
    assert (log / "b.log").read_bytes() == OUT
    assert (log / "bad").read_bytes() == BAD


def test_a_backup_is_copied_where_files_have_one_name(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a system without hard links the backup is a copy, with rights and times."""

    def refused(*_: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(in_place.Path, "hardlink_to", refused)
    (log / "a.log").chmod(0o640)
    assert run(log, "run", "-q", "a.log", "--in-place", "--backup", "~").returncode == 0
    assert (log / "a.log~").read_bytes() == LINE * 3
    assert stat.S_IMODE((log / "a.log~").stat().st_mode) == 0o640


def test_a_backup_is_made_with_a_checkpoint(place: Path) -> None:
    """In place, with a checkpoint, each old file stays under its longer name."""
    raw = (place / "a.log").read_bytes()
    assert anonymize("a.log", "--in-place", "--backup", ".raw", "--checkpoint", "check") == 0
    assert (place / "a.log").read_bytes() == OUT * (LINES - 1)
    assert (place / "a.log.raw").read_bytes() == raw
    assert anonymize("a.log", "--in-place", "--backup", ".raw") == 3  # no backup is written over
    assert (place / "a.log.raw").read_bytes() == raw


def test_a_backup_of_a_run_that_was_killed_behind_it_is_the_right_one(place: Path) -> None:
    """A second name that the backup has already is no other name."""
    raw = (place / "a.log").read_bytes()
    os.link("a.log", "a.log.raw")
    assert anonymize("a.log", "--in-place", "--backup", ".raw") == 0
    assert (place / "a.log.raw").read_bytes() == raw != (place / "a.log").read_bytes()


def test_an_owner_that_cannot_be_kept_costs_rights(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may not give a file away gives its group no right that another group had."""
    asked: list[tuple[int, int]] = []

    def refused(_: int, user: int, group: int) -> None:
        asked.append((user, group))
        raise PermissionError

    monkeypatch.setattr(in_place.os, "fchown", refused)
    about: Any = types.SimpleNamespace(
        st_mode=0o104660, st_uid=54321, st_gid=54321, st_atime_ns=1, st_mtime_ns=2
    )
    with (log / "draft").open("wb") as file:
        in_place.make_alike(file.fileno(), about, file.fileno())
    assert asked == [(54321, 54321), (-1, 54321)]
    assert stat.S_IMODE((log / "draft").stat().st_mode) == 0o600


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("allowed", [True, False])
def test_the_owner_stays_where_the_system_lets_it(
    *, allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may not give a file away keeps its group, or takes the group's rights from it."""
    group = 4711
    before = types.SimpleNamespace(
        st_mode=0o102664, st_uid=4710, st_gid=group, st_atime_ns=0, st_mtime_ns=0
    )

    def chown(_handle: int, user: int, _group: int) -> None:
        if user != -1 or not allowed:
            raise PermissionError

    about = types.SimpleNamespace(st_uid=0, st_gid=group if allowed else 0)
    with Path("a.log").open("r+b") as file, monkeypatch.context() as patch:
        patch.setattr(os, "fchown", chown)
        patch.setattr(os, "fstat", lambda _: about)
        in_place.make_alike(file.fileno(), before, file.fileno())  # type: ignore[arg-type]
    assert Path("a.log").stat().st_mode & 0o7777 == (0o664 if allowed else 0o604)


def test_a_file_keeps_its_attributes_in_place(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Access lists, labels and notes of a file stay with it, as far as the system lets them."""
    given: dict[str, bytes] = {}

    def give(_: int, name: str, value: bytes) -> None:
        if name.startswith("security."):
            raise PermissionError
        given[name] = value

    names = ["security.x", "system.posix_acl_access", "user.note"]
    for name, call in (
        ("listxattr", lambda _: names),
        ("getxattr", lambda _, name: name.encode()),
        ("setxattr", give),
    ):
        monkeypatch.setattr(in_place.os, name, call, raising=False)
    assert run(log, "run", "a.log", "--in-place").returncode == 0
    assert given == {name: name.encode() for name in names[1:]}
