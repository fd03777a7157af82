"""--checkpoint: a run that was ended goes on where it was, and only that run."""

from __future__ import annotations

import errno
import gzip
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from anonkit import Pipeline, Policy
from anonkit.cli import resume
from anonkit.cli.flow import Coded, Input, Place, last_line
from anonkit.cli.main import main
from anonkit.parse.encodings import PLAIN
from anonkit.parse.formats import FORMATS
from anonkit.parse.lines import BLOCK, LONGEST_LINE
from runs import BAD, LINE, LINES, OUT, PATIENCE, TOKENS, Running, anonymize, run

CHECKED = ["a.log", "b.log.gz", "-o", "out", "--rejects", "rejects", "--checkpoint", "check"]


def interrupted(place: Path) -> None:
    """Leave a run with a checkpoint behind its first source, because the second is cut off."""
    whole = gzip.compress(LINE * 10)
    (place / "b.log.gz").write_bytes(whole[:-8])
    assert anonymize(*CHECKED) == 3
    assert (place / "check").exists()
    with (place / "b.log.gz").open("r+b") as file:  # the same file, grown
        file.write(whole)


def test_an_interrupted_run_goes_on(place: Path) -> None:
    """What a run had done when it was ended is not done again, and comes once."""
    interrupted(place)
    assert anonymize(*CHECKED) == 0
    assert (place / "out").read_bytes() == OUT * (LINES + 9)
    assert (place / "rejects").read_bytes() == BAD
    assert not (place / "check").exists()


def test_rejects_that_shrank_end_a_resumed_run(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where withheld lines are gone that the checkpoint speaks of, the run is refused."""
    interrupted(place)
    os.truncate("rejects", 0)
    assert anonymize(*CHECKED) == 3
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
        assert anonymize(*told) == 3
    assert (place / "out").exists() == (broken != "replace")
    assert anonymize(*told) == 0
    assert (place / "out").read_bytes() == OUT * (LINES - 1)


def test_a_resumed_run_goes_on(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is ended at any checkpoint goes on in the same process as well."""
    monkeypatch.setattr(resume, "BLOCK", 512)
    monkeypatch.setattr(resume, "EVERY", 1024)
    (log / "x.log").write_bytes((LINE + BAD) * 60)
    (log / "y.log.gz").write_bytes(gzip.compress((LINE + BAD) * 60))
    expected = run(log, "run", "x.log", "y.log.gz", "--rejects", "one")
    save = resume.Checkpoint.save
    told = ["run", "x.log", "y.log.gz", "-o", "out", "--rejects", "bad", "--checkpoint", "check"]
    for stop in (1, 2, 5, 9, 14):
        left = [stop]

        def killed(self: Any, state: Any, left: list[int] = left) -> None:
            save(self, state)
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt

        monkeypatch.setattr(resume.Checkpoint, "save", killed)
        while (done := run(log, *told)).returncode == 130:
            left[0] = stop + 1
        assert done.returncode == 0
        assert (log / "out").read_bytes() == expected.stdout
        assert (log / "bad").read_bytes() == (log / "one").read_bytes()
        (log / "out").unlink()
        (log / "bad").unlink()
        assert {path.name for path in log.iterdir()} == {"a.log", "x.log", "y.log.gz", "one"}


def test_a_run_goes_on_with_its_own_key_alone(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another keyring than the one a run began with ends it: tokens of two keys are not mixed."""
    monkeypatch.setattr(resume, "BLOCK", 512)
    monkeypatch.setattr(resume, "EVERY", 1024)
    (log / "p.toml").write_text(TOKENS)
    (log / "x.log").write_bytes(LINE * 60)
    for name in ("k.key", "other.key"):
        assert main(["keys", "new", str(log / name)]) == 0
    save = resume.Checkpoint.save
    left = [3]

    def killed(self: Any, state: Any) -> None:
        save(self, state)
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    monkeypatch.setattr(resume.Checkpoint, "save", killed)
    told = ["run", "x.log", "-p", "p.toml", "-o", "out", "-k", "k.key", "--checkpoint", "check"]
    assert run(log, *told).returncode == 130
    (log / "k.key").rename(log / "first.key")
    (log / "other.key").rename(log / "k.key")
    done = run(log, *told)
    assert done.returncode == 3
    assert b"k.key: has not the key that the run began with" in done.stderr
    assert b"put that keyring back; or check: remove it to begin anew" in done.stderr
    assert not (log / "out").exists()
    (log / "first.key").rename(log / "k.key")
    assert run(log, *told).returncode == 0
    users = {line.split()[2] for line in (log / "out").read_bytes().splitlines()}
    assert len(users) == 1


def test_keys_of_one_run_cannot_be_resumed(log: Path) -> None:
    """With tokens, a checkpoint needs a key file, and says so."""
    (log / "p.toml").write_text(TOKENS)
    done = run(log, "run", "-q", "-p", "p.toml", "a.log", "-o", "out", "--checkpoint", "check")
    assert done.returncode == 2
    assert b"cannot be resumed" in done.stderr
    (log / "check").unlink(missing_ok=True)
    for draft in log.glob("*.part"):
        draft.unlink()


def test_a_checkpoint_of_another_run_is_refused(log: Path) -> None:
    """Another policy, another input or a broken file is no place to go on from."""
    (log / "large.log").write_bytes(LINE * 200_000)
    first = ["run", "-q", "large.log", "-o", "out", "--checkpoint", "check"]
    running = Running(log, *first)
    deadline = time.monotonic() + PATIENCE
    while not (log / "check").exists():
        assert time.monotonic() < deadline
    running.process.kill()
    running.end()
    left = (log / "check").read_bytes()
    done = run(log, *first, "--tenant", "other")
    assert (done.returncode, b"of another run" in done.stderr) == (3, True)
    (log / "large.log").rename(log / "old.log")
    (log / "large.log").write_bytes(LINE * 200_000)
    done = run(log, *first)
    assert (done.returncode, b"is not the file it was" in done.stderr) == (3, True)
    (log / "check").write_bytes(b"{}")
    assert run(log, *first).returncode == 3
    (log / "check").write_bytes(left)
    (log / "old.log").rename(log / "large.log")
    assert run(log, *first).returncode == 0
    assert (log / "out").read_bytes() == OUT * 200_000
    assert {path.name for path in log.iterdir()} == {"a.log", "large.log", "out"}


@pytest.mark.parametrize("source", ["-", "pipe"])
def test_a_checkpoint_is_for_files_alone(
    place: Path, source: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe cannot be read again, so a run behind one has no checkpoint."""
    os.mkfifo("pipe")
    nothing = Path(os.devnull).open("rb")  # noqa: SIM115 - closed below
    monkeypatch.setattr(sys, "stdin", nothing)
    assert anonymize(source, "-o", "out", "--checkpoint", "check") == 2
    nothing.close()
    assert "goes with files alone" in capsys.readouterr().err


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
            assert anonymize(*told) == 3
        assert anonymize(*told) == 0
        assert (place / "made" / "a.log").read_bytes() == expected
        (place / "made" / "a.log").unlink()


def test_the_last_directive_is_no_line_that_is_too_long() -> None:
    """A line over the limit is withheld, so it is no directive; the one before it is."""
    long = b"#Fields: " + b"x" * LONGEST_LINE + b"\n"
    assert last_line(long, b"#Fields:") == -1
    assert last_line(b"#Fields: a\n" + long, b"#Fields:") == 0
    assert last_line(b"a\n#Fields: b\n", b"#Fields:") == 2
    assert last_line(b"a\n", b"#Fields:") == -1


def test_a_directive_that_is_read_again_is_not_withheld_again() -> None:
    """The last directive is said once more before a part, and counted where it stands alone."""
    pipeline, withheld = Pipeline(Policy.preset("w3c")), []
    about = Input("a.log", FORMATS["w3c"], PLAIN)
    stream = Coded(about, pipeline, lambda number, line: withheld.append(number), None)
    stream.directive(b"#Fields: ~\n")
    assert not withheld
    assert pipeline.report.records_withheld == 0


def test_a_line_without_end_is_not_remembered() -> None:
    """Of a line that is too long, no more is kept than tells that it is."""
    place = Place(b"")
    place.move(b"x" * (LONGEST_LINE + 9))
    place.move(b"x")
    assert len(place.tail) == LONGEST_LINE + 1
