"""Files that appear whole or not at all."""

# ruff: noqa: PT012 - the block is what is tested

from __future__ import annotations

import os
import stat
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from anonkit.files import PRIVATE, whole_file


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    """Nothing has the name while it is written, and then all of it has, with its mode."""
    path = tmp_path / "out"
    with whole_file(path, mode=PRIVATE) as file:
        file.write(b"all")
        assert not path.exists()
        (draft,) = tmp_path.iterdir()
        assert stat.S_IMODE(draft.stat().st_mode) == PRIVATE
    assert path.read_bytes() == b"all"
    assert stat.S_IMODE(path.stat().st_mode) == PRIVATE
    assert names(tmp_path) == ["out"]


def test_the_usual_mode_follows_the_umask(tmp_path: Path) -> None:
    """Without a mode, a file is as wide as any new file."""
    before = os.umask(0o027)
    try:
        with whole_file(tmp_path / "out") as file:
            file.write(b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_what_was_there(tmp_path: Path, failure: type[BaseException]) -> None:
    """Whatever ends the block early, Ctrl-C included, the old file stays and no draft is left."""
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with pytest.raises(failure), whole_file(path) as file:
        file.write(b"new")
        raise failure
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_disk_leaves_what_was_there(
    tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When flushing or renaming fails, the error is told, the old file stays, no draft is left."""

    def fail(*given: Any, **options: Any) -> Any:
        raise OSError(28, "No space left on device")

    path = tmp_path / "out"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(OSError, match="No space left"), whole_file(path) as file:
            file.write(b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out"]


def test_a_draft_that_is_gone_hides_no_error(tmp_path: Path) -> None:
    """When the draft cannot be removed, the first error is still the one that is raised."""
    with pytest.raises(ValueError, match="first"), whole_file(tmp_path / "out"):
        for draft in tmp_path.iterdir():
            draft.unlink()
        raise ValueError("first")
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_flushed_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a folder cannot be opened, the file is there all the same."""
    given = os.open

    def refuse(path: Any, flags: int, *rest: Any, **options: Any) -> int:
        if Path(path) == tmp_path:
            raise PermissionError
        return given(path, flags, *rest, **options)

    monkeypatch.setattr(os, "open", refuse)
    with whole_file(tmp_path / "out") as file:
        file.write(b"x")
    assert (tmp_path / "out").read_bytes() == b"x"


def test_no_link_is_written_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft name that somebody took first, a link even, is refused and not followed."""
    import secrets

    target = tmp_path / "target"
    target.write_bytes(b"theirs")
    monkeypatch.setattr(secrets, "token_hex", lambda size: "0" * size)
    (tmp_path / ".anonkit-00000000.part").symlink_to(target)
    with pytest.raises(FileExistsError), whole_file(tmp_path / "out") as file:
        file.write(b"x")
    assert target.read_bytes() == b"theirs"
    assert names(tmp_path) == [".anonkit-00000000.part", "target"]  # it is not ours to remove


def test_behind_a_link_the_file_is_replaced(tmp_path: Path) -> None:
    """A link that has the name stays, and the file it names is replaced: no old key lives on."""
    target = tmp_path / "target"
    target.write_bytes(b"theirs")
    (tmp_path / "out").symlink_to(target)
    with whole_file(tmp_path / "out") as file:
        file.write(b"ours")
    assert target.read_bytes() == b"ours"
    assert (tmp_path / "out").is_symlink()


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """A folder that is not there is an OSError, before anything is written."""
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "no" / "out"):
        raise AssertionError


@pytest.mark.parametrize("links", [True, False])
def test_what_is_to_be_new_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    """Of two who write a new file at the same moment one is told so; without links, the last wins."""
    if not links:

        def refused(*_: object) -> None:
            raise PermissionError

        monkeypatch.setattr(os, "link", refused)
    place = tmp_path / "new"
    with (
        pytest.raises(FileExistsError) if links else nullcontext(),
        whole_file(place, new=True) as later,
    ):
        later.write(b"later")
        with whole_file(place, new=True) as first:
            first.write(b"first")
    assert place.read_bytes() == (b"first" if links else b"later")
    assert list(tmp_path.iterdir()) == [place]


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    """A pipe, a device or a folder of that name stays what it is, and is refused before any work."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name, failure in (("pipe", FileExistsError), ("folder", IsADirectoryError)):
        with pytest.raises(failure) as caught, whole_file(tmp_path / name):
            pytest.fail("it was opened")
        assert caught.value.filename == str(tmp_path / name)
        assert not (tmp_path / name).is_file()
    assert not list(tmp_path.glob(".anonkit*"))


def test_a_signal_at_the_first_moment_leaves_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C behind the call that makes a draft, and before anybody has it, removes it."""
    made = os.open

    def interrupted(*arguments: Any) -> int:
        os.close(made(*arguments))
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "open", interrupted)
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "out"):
        pytest.fail("it was opened")
    assert names(tmp_path) == []
