"""Corners of a run that others reach only when they are killed, forked or unlucky, in this process."""

from __future__ import annotations

import errno
import gzip
import io
import os
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anonkit.cli import jobs, progress, resume
from anonkit.cli.flow import last_line
from anonkit.cli.main import main
from anonkit.parse.lines import BLOCK, LONGEST_LINE
from anonkit.streams import in_place, outputs, workers
from anonkit.streams.sources import opened
from anonkit.streams.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = b'203.0.113.77 - alice [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-"\n'
OUT = LINE.replace(b".77 - alice", b".0 - -")
BAD = b"grace.hopper@example.org from 203.0.113.77\n"
LINES = BLOCK * 5 // len(LINE)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a log of five blocks, where checkpoints are made at each."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)
    monkeypatch.setattr(resume, "EVERY", BLOCK)
    (tmp_path / "a.log").write_bytes(BAD + LINE * (LINES - 1))
    yield tmp_path
    assert not list(tmp_path.rglob("*.part"))


def run(*arguments: str) -> int:
    """Take a run in this process."""
    return main(["run", "-q", "-f", "combined", *arguments])


CHECKED = ["a.log", "b.log.gz", "-o", "out", "--rejects", "rejects", "--checkpoint", "check"]


def interrupted(place: Path) -> None:
    """Leave a run with a checkpoint behind its first source, because the second is cut off."""
    whole = gzip.compress(LINE * 10)
    (place / "b.log.gz").write_bytes(whole[:-8])
    assert run(*CHECKED) == 3
    assert (place / "check").exists()
    with (place / "b.log.gz").open("r+b") as file:  # the same file, grown
        file.write(whole)


def test_an_interrupted_run_goes_on(place: Path) -> None:
    """What a run had done when it was ended is not done again, and comes once."""
    interrupted(place)
    assert run(*CHECKED) == 0
    assert (place / "out").read_bytes() == OUT * (LINES + 9)
    assert (place / "rejects").read_bytes() == BAD
    assert not (place / "check").exists()


def test_rejects_that_shrank_end_a_resumed_run(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where withheld lines are gone that the checkpoint speaks of, the run is refused."""
    interrupted(place)
    os.truncate("rejects", 0)
    assert run(*CHECKED) == 3
    assert "rejects: is shorter than it was at the checkpoint" in capsys.readouterr().err
    for left in (*place.glob("*.part"), place / "check"):
        left.unlink()


@pytest.mark.parametrize("broken", ["replace", "flush_folder"])
def test_a_run_that_ended_at_its_last_step_takes_that_alone(
    place: Path, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before its output had its name, or just behind that, a run has little to go on with."""

    def fails(*_: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), "out")

    told = ["a.log", "-o", "out", "--checkpoint", "check"]
    with monkeypatch.context() as patch:
        if broken == "replace":
            before = Path.replace
            patch.setattr(
                Path, "replace",
                lambda path, to: before(path, to) if to.name == "check" else fails(),
            )  # fmt: skip
        else:
            patch.setattr(resume, "flush_folder", fails)
        assert run(*told) == 3
    assert (place / "out").exists() == (broken != "replace")
    assert run(*told) == 0
    assert (place / "out").read_bytes() == OUT * (LINES - 1)


def test_a_run_in_the_middle_of_a_log_of_the_w3c_goes_on_under_its_directive(place: Path) -> None:
    """The last directive is read again from the source, from its first bytes or from behind them."""
    rows = b"203.0.113.77 200\n" * (BLOCK // 17)
    log = b"#Fields: c-ip sc-status\n" + rows + b"#Fields: sc-status c-ip\n"
    log += b"200 203.0.113.77\n" * (BLOCK // 5)
    expected = log.replace(b".77", b".0")
    for cut in (BLOCK + 40, 3 * BLOCK):
        (place / "a.log").write_bytes(log)
        (place / "b.log").write_bytes(b"")
        with pytest.MonkeyPatch.context() as patch:
            read = resume.Progress.add

            def fails(self: Any, position: int, cut: int = cut, read: Any = read) -> None:
                read(self, position)
                if position > cut:
                    raise OSError(errno.EIO, os.strerror(errno.EIO), "a.log")

            patch.setattr(resume.Progress, "add", fails)
            told = ["a.log", "b.log", "-f", "w3c", "-o", "made/", "--checkpoint", "check"]
            assert run(*told) == 3
        assert run(*told) == 0
        assert (place / "made" / "a.log").read_bytes() == expected
        (place / "made" / "a.log").unlink()


@pytest.mark.parametrize("source", ["-", "pipe"])
def test_a_checkpoint_is_for_files_alone(
    place: Path, source: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe cannot be read again, so a run behind one has no checkpoint."""
    os.mkfifo("pipe")
    nothing = Path(os.devnull).open("rb")  # noqa: SIM115 - closed below
    monkeypatch.setattr(sys, "stdin", nothing)
    assert run(source, "-o", "out", "--checkpoint", "check") == 2
    nothing.close()
    assert "goes with files alone" in capsys.readouterr().err


def test_a_backup_is_made_with_a_checkpoint(place: Path) -> None:
    """In place, with a checkpoint, each old file stays under its longer name."""
    raw = (place / "a.log").read_bytes()
    assert run("a.log", "--in-place", "--backup", ".raw", "--checkpoint", "check") == 0
    assert (place / "a.log").read_bytes() == OUT * (LINES - 1)
    assert (place / "a.log.raw").read_bytes() == raw
    assert run("a.log", "--in-place", "--backup", ".raw") == 3  # no backup is written over
    assert (place / "a.log.raw").read_bytes() == raw


def test_progress_is_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that takes a while shows how far it is, in one line, and wipes it."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, now = Terminal(), [0.0]
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    shown = progress.Progress("a.log", Path("a.log"), quiet=False)
    shown.add(1_000)
    assert not terminal.getvalue()  # what takes less than half a second shows nothing
    shown.clear()
    for now[0] in (0.6, 0.7, 0.9):
        shown.add(BLOCK)
    shown.clear()
    text = "anonkit: a.log: 0 MB, 20 %"
    assert terminal.getvalue() == f"\r{text}\r{text}\r{' ' * len(text)}\r"


def test_the_last_directive_is_no_line_that_is_too_long() -> None:
    """A line over the limit is withheld, so it is no directive; the one before it is."""
    long = b"#Fields: " + b"x" * LONGEST_LINE + b"\n"
    assert last_line(long, b"#Fields:") == -1
    assert last_line(b"#Fields: a\n" + long, b"#Fields:") == 0
    assert last_line(b"a\n#Fields: b\n", b"#Fields:") == 2
    assert last_line(b"a\n", b"#Fields:") == -1


def test_withheld_lines_of_parts_are_kept_or_not(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker keeps withheld lines where they are wanted, a long one in pieces, and only there."""
    monkeypatch.setattr(workers.Workers, "_forked", None)
    for folder in (None, place):
        rejects = jobs._Rejects(folder)
        rejects.close()
        with (place / "part").open("w+b", buffering=0) as part:
            rejects.hand_over(part, place)
            assert part.tell() == 0
            rejects.write(b"one\n")
            rejects.hand_over(part, place)
            rejects.write(b"two\n")
            rejects.hand_over(part, place)
            part.seek(0)
            assert part.read() == b"one\ntwo\n"
        rejects.close()


def test_a_part_that_does_not_fit_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A failure to write a part speaks of its source, which the user knows."""
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(OSError, match="No space") as caught,
    ):
        jobs._write(full, b"x", Path("a.log"))
    assert caught.value.filename == "a part file for a.log"


def test_workers_that_cannot_be_started_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no room for a second process, the first is ended as well."""
    begun: list[int] = []
    fork = os.fork

    def limited() -> int:
        if begun:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        begun.append(fork())
        return begun[0]

    monkeypatch.setattr(os, "fork", limited)
    at_work = workers.Workers(2, lambda task, part: task, None)
    with pytest.raises(BlockingIOError), at_work:
        pass
    with pytest.raises(ChildProcessError):
        os.waitpid(begun[0], 0)


def test_a_second_signal_changes_nothing() -> None:
    """The first signal says how a run ends; a hang-up without anything to open anew says nothing."""
    with Stop() as stop:
        stop._take(15, None)
        stop._take(2, None)
        stop._reopen()
        with pytest.raises(KeyboardInterrupt, match="15"), stop.waiting():
            pass


def test_standard_input_is_never_replaced(place: Path) -> None:
    """Of what has no name, only its size and time tell whether it changed."""
    with Path("a.log").open("rb") as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", file)
        with opened(None) as source:
            assert not source.changed()
            with Path("a.log").open("ab") as log:
                log.write(LINE)
            assert source.changed()


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
        in_place.make_alike(file.fileno(), before)  # type: ignore[arg-type]
    assert Path("a.log").stat().st_mode & 0o7777 == (0o664 if allowed else 0o604)


def test_a_flush_without_lines_ends_nothing(place: Path) -> None:
    """Nothing held back is nothing written."""

    class Below:
        def flush(self) -> None:
            raise AssertionError

    outputs.Held(Below(), outputs.Every(lines=1)).flush()  # type: ignore[arg-type]
