"""Checkpoints and drafts: what they speak of is there, or the run says what is not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from anonkit.errors import AnonkitError, KeyringError, StreamError
from anonkit.streams import checkpoint, outputs
from anonkit.streams.checkpoint import Checkpoint, Draft, State
from anonkit.streams.in_place import keep


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def state() -> State:
    return State("run", datetime.now(UTC), bytes(32), [])


def full(*_: Any) -> None:
    """Be a disk without room."""
    raise OSError(28, "No space left on device")


def test_a_checkpoint_is_read_as_it_was_saved() -> None:
    """What is saved is loaded again, by its owner alone, until it is removed."""
    file = Checkpoint(Path("check"))
    assert file.load() is None
    saved = state()
    file.save(saved)
    assert file.load() == saved
    assert Path("check").stat().st_mode & 0o777 == 0o600
    file.remove()
    assert file.load() is None
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", b"[", b'{"run":1}'])
def test_a_damaged_checkpoint_is_refused(damage: bytes) -> None:
    """What is no checkpoint is an error with its name, and stays."""
    Path("check").write_bytes(damage)
    with pytest.raises(StreamError, match="check: no checkpoint, or a damaged one"):
        Checkpoint(Path("check")).load()
    assert Path("check").read_bytes() == damage


def test_a_checkpoint_that_cannot_be_saved_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is said of the checkpoint, by its own name, and the earlier one stays."""
    file = Checkpoint(Path("check"))
    file.save(state())
    before = Path("check").read_bytes()
    monkeypatch.setattr(checkpoint.os, "fsync", full)
    with pytest.raises(OSError, match="check") as caught:
        file.save(state())
    assert caught.value.filename == "check"
    assert Path("check").read_bytes() == before


def test_a_draft_is_cut_to_what_is_right() -> None:
    """What a run wrote behind its last checkpoint is cut off, and what is missing is said."""
    draft = Draft(Path("out").resolve(), ".anonkit-0.part", 0)
    draft.write(b"0123456789")
    assert draft.sync() == 10
    draft.close()
    draft = Draft(Path("out").resolve(), ".anonkit-0.part", 4)
    draft.write(b"x")
    assert draft.sync() == 5
    draft.close()
    assert Path(".anonkit-0.part").read_bytes() == b"0123x"
    with pytest.raises(StreamError, match="is shorter than the checkpoint says"):
        Draft(Path("out").resolve(), ".anonkit-0.part", 6)


def test_a_draft_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is not there, and a disk that is full, are said of the output."""
    with pytest.raises(OSError, match="out") as caught:
        Draft(Path("absent/out"), ".anonkit-0.part", 0)
    assert caught.value.filename == "absent/out"
    draft = Draft(Path("out"), ".anonkit-0.part", 0)
    monkeypatch.setattr(checkpoint.os, "fsync", full)
    with pytest.raises(OSError, match="out") as caught:
        draft.sync()
    assert caught.value.filename == "out"
    inner = draft._file
    draft._file = type("File", (), {"write": full})()  # type: ignore[assignment]
    with pytest.raises(OSError, match="out") as caught:
        draft.write(b"x")
    assert caught.value.filename == "out"
    inner.close()


def test_a_source_is_known_again_by_its_first_bytes() -> None:
    """A file that grew is the same; one with another beginning, or another file, or none, is not."""
    Path("a").write_bytes(b"first\n")
    key = bytes(range(32))
    before = checkpoint.seen(Path("a"), key)
    Path("a").open("ab").close()
    with Path("a").open("ab") as file:
        file.write(b"second\n")
    assert checkpoint.same(before, key)
    with Path("a").open("r+b") as file:
        file.write(b"other")
    assert not checkpoint.same(before, key)
    Path("a").unlink()
    assert not checkpoint.same(before, key)


def test_rejects_of_everybody_are_refused() -> None:
    """Withheld lines go to a file that is its owner's alone, and to no pipe or device."""
    Path("bad").write_bytes(b"")
    Path("bad").chmod(0o644)
    with pytest.raises(KeyringError, match="bad: others may read this file"):
        outputs.Rejects(Path("bad"))
    with pytest.raises(AnonkitError, match="is no file"):
        outputs.Rejects(Path("/dev/null"))


def test_rejects_on_a_full_disk_are_named() -> None:
    """A withheld line that cannot be kept ends the run with the name of its file."""
    rejects = outputs.Rejects(Path("bad"))
    inner = rejects._file
    rejects._file = type("File", (), {"write": full})()  # type: ignore[assignment]
    with pytest.raises(OSError, match="bad") as caught:
        rejects.write(b"x")
    assert caught.value.filename == "bad"
    assert inner is not None
    inner.close()


def test_a_backup_of_an_earlier_run_is_kept() -> None:
    """A backup that is there already is not written over: it is the file as it was."""
    Path("a").write_bytes(b"new")
    Path("a.raw").write_bytes(b"old")
    keep(Path("a"), ".raw")
    assert Path("a.raw").read_bytes() == b"old"


def test_a_draft_is_of_one_run_at_a_time() -> None:
    """A second run of the same checkpoint is refused before it cuts what the first has written."""
    first = Draft(Path("out").resolve(), ".anonkit-0.part", 0)
    first.write(b"0123456789")
    assert first.sync() == 10
    for length in (0, 4):
        with pytest.raises(StreamError, match="out: another run is at work on it") as caught:
            Draft(Path("out").resolve(), ".anonkit-0.part", length)
        assert caught.value.hint == "wait for its end, or end it"
    first.close()
    assert Path(".anonkit-0.part").read_bytes() == b"0123456789"
    Draft(Path("out").resolve(), ".anonkit-0.part", 4).close()
    assert Path(".anonkit-0.part").read_bytes() == b"0123"


def test_a_file_system_without_locks_is_good_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be locked a run goes on all the same."""

    def none(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", none)
    draft = Draft(Path("out").resolve(), ".anonkit-0.part", 0)
    draft.write(b"x")
    assert draft.sync() == 1
    draft.close()
