"""Corners of a run that others reach only when they are killed, forked or unlucky, in this process."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import sys
import tempfile
import time
import types
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from anonkit import Pipeline, Policy
from anonkit.cli import job, jobs, keys, progress, resume, units
from anonkit.cli.flow import Coded, Input, Place, last_line
from anonkit.cli.main import main
from anonkit.errors import StreamError
from anonkit.parse.encodings import PLAIN
from anonkit.parse.formats import FORMATS
from anonkit.parse.lines import BLOCK, LONGEST_LINE
from anonkit.streams import find, in_place, outputs, workers
from anonkit.streams.compress import Packed
from anonkit.streams.sources import opened
from anonkit.streams.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = b'203.0.113.77 - alice [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-"\n'
OUT = LINE.replace(b".77 - alice", b".0 - -").replace(b"55:36", b"55:00")
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
    rejects = jobs._Rejects(None)
    rejects.write(b"x")
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(OSError, match="No space") as caught,
    ):
        rejects.hand_over(full, Path("a.log"))
    assert caught.value.filename == "a part file for a.log"
    rejects.close()


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
    with pytest.raises(BlockingIOError) as caught, at_work:
        pass
    assert caught.value.filename == tempfile.gettempdir()
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


def test_a_line_without_end_is_not_remembered() -> None:
    """Of a line that is too long, no more is kept than tells that it is."""
    place = Place(b"")
    place.move(b"x" * (LONGEST_LINE + 9))
    place.move(b"x")
    assert len(place.tail) == LONGEST_LINE + 1


def test_a_directive_that_is_read_again_is_not_withheld_again() -> None:
    """The last directive is said once more before a part, and counted where it stands alone."""
    pipeline, withheld = Pipeline(Policy.preset("w3c")), []
    about = Input("a.log", FORMATS["w3c"], PLAIN)
    stream = Coded(about, pipeline, lambda number, line: withheld.append(number), None)
    stream.directive(b"#Fields: ~\n")
    assert not withheld
    assert pipeline.report.records_withheld == 0


@pytest.mark.parametrize(
    ("policy", "form"),
    [('[record.any_object]\nfields.text = "drop"\n', "json"),
     ('[record.login]\nfields.a = "keep"\n', "jsonl")],
)  # fmt: skip
def test_a_policy_tells_formats_of_json_apart(
    place: Path, policy: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same objects are records of types, or of any shape, as the policy speaks of them."""
    (place / "p.toml").write_text(policy)
    (place / "a.json").write_text('{"type": "login", "a": 1}\n')
    assert main(["run", "a.json", "-p", "p.toml", "-o", "out"]) == 0
    assert f"a.json: format {form} (" in capsys.readouterr().err


def test_a_period_that_another_run_began_just_now_is_in_force(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the only period began after this run did, the run is one of that period."""
    assert main(["keys", "new", "ring"]) == 0
    (place / "p.toml").write_text('[record.web_request]\nfields.user = "pseudonymize"\n')
    stored = json.loads((place / "ring").read_bytes())
    begins = datetime.now(UTC) + timedelta(seconds=0.2)
    stored["ring"]["periods"][0]["start"] = begins.isoformat()
    (place / "ring").write_text(json.dumps(stored))

    def slowly(*told: Any) -> Any:
        time.sleep(0.4)
        return keys.in_force(*told)

    monkeypatch.setattr(job, "in_force", slowly)
    assert run("a.log", "-p", "p.toml", "-k", "ring", "-o", "out") == 0


def test_a_period_is_begun_by_the_first_of_two_runs(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who finds a period ended, and a moment later begun anew, begins none."""
    assert main(["keys", "new", "ring"]) == 0
    found = iter([True, False])
    monkeypatch.setattr(keys, "_ended", lambda *_: next(found))
    ring = keys.in_force(place / "ring", None, datetime.now(UTC))
    assert len(ring.periods) == 1
    assert "begins" not in capsys.readouterr().err


def test_jobs_tell_withheld_lines(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Several processes name the lines that they withheld, as one does."""
    assert main(["run", "-f", "combined", "a.log", "-o", "out", "-j", "2"]) == 0
    assert "anonkit: a.log: withheld line 1\n" in capsys.readouterr().err


def test_a_file_that_was_replaced_ends_its_part() -> None:
    """A worker that finds another file behind the name says so, and reads nothing of it."""
    nothing: Any = types.SimpleNamespace(begin_anew=lambda: None, form=None)
    known = jobs.Known(Path("a.log"), 0, 0, 1, nothing, "never")
    at_work = jobs._AtWork(nothing, [known], None, keeps=False)
    with tempfile.TemporaryFile() as part:
        packed = at_work.do(msgspec.msgpack.encode(jobs.Task(0, 0, -1, final=True)), part)
    with pytest.raises(StreamError, match=r"a\.log: was replaced while it was read"):
        jobs._read(packed)


def test_pieces_of_a_withheld_line_count_once() -> None:
    """A line over the limit comes in pieces of one number, and is one line."""
    of: Any = types.SimpleNamespace(
        pipeline=lambda _: Pipeline(Policy.preset("weblog")), window=None
    )
    stream = jobs._Stream(of, Input("a.log", FORMATS["combined"], PLAIN), None)
    for number in (1, 1, 2):
        stream._reject(number, b"x")
    assert (stream._first, stream._count) == ([1, 2], 2)


def test_a_part_ends_behind_a_line_of_many_blocks(place: Path) -> None:
    """However long the line is that a part would be cut in, it is in that part to its end."""
    (place / "long").write_bytes(b"x" * (2 * BLOCK + 5) + b"\ny\n" + b"z" * BLOCK)
    size = (place / "long").stat().st_size
    with (place / "long").open("rb") as file:
        assert jobs._line_end(file, 9, size) == 2 * BLOCK + 6
        assert jobs._line_end(file, size - 1, size) == size


def test_a_hangup_between_outputs_reads_the_policy_again() -> None:
    """While no output is open, there is none to open anew."""
    said: list[str] = []
    rejects: Any = types.SimpleNamespace(reopen=lambda: said.append("rejects"))
    nothing: Any = types.SimpleNamespace(reload=lambda: said.append("policy"))
    units.Units(nothing, nothing, rejects).hang_up()
    assert said == ["rejects", "policy"]


def test_a_member_that_is_not_begun_is_not_ended() -> None:
    """Ending nothing writes nothing."""
    Packed(None, "gzip").end_member()  # type: ignore[arg-type]


def test_drafts_and_pipes_in_a_folder_are_passed_over(place: Path) -> None:
    """Of a folder, regular files are read that are no draft of another run."""
    (place / "logs").mkdir()
    os.mkfifo("logs/pipe")
    Path("logs/gone.log").symlink_to("nowhere")
    for name in (".anonkit-1.part", "b.log", "a.log"):
        (place / "logs" / name).write_bytes(LINE)
    found = find.sources([Path("logs")], recursive=True)
    assert [name for _, name in found] == [Path("a.log"), Path("b.log")]
    (place / "logs" / ".anonkit-1.part").unlink()


def test_a_backup_of_a_run_that_was_killed_behind_it_is_the_right_one(place: Path) -> None:
    """A second name that the backup has already is no other name."""
    raw = (place / "a.log").read_bytes()
    os.link("a.log", "a.log.raw")
    assert run("a.log", "--in-place", "--backup", ".raw") == 0
    assert (place / "a.log.raw").read_bytes() == raw != (place / "a.log").read_bytes()


def test_an_output_that_takes_nothing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A device, a draft or standard output that is full or closed ends the run by its name."""
    assert run("a.log", "-o", "/dev/full") == 3
    assert capsys.readouterr().err == "anonkit: error: /dev/full: no space left on device\n"
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(OSError, match="No space") as caught,
    ):
        outputs.Drafted(full, "out").write(b"x")
    assert caught.value.filename == "out"


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_a_stream_that_is_closed_is_named(stream: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without standard input or output the run says which it lacks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, stream, None)
        assert run(*(["a.log"] if stream == "stdout" else ["-o", "out"])) == 3
    name = {"stdin": "standard input", "stdout": "standard output"}[stream]
    assert capsys.readouterr().err == f"anonkit: error: {name}: bad file descriptor\n"


def test_without_standard_error_a_run_goes_on() -> None:
    """Messages go nowhere where standard error is closed, and never into the output."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", None)
        assert main(["run", "a.log", "-o", "out"]) == 0
        assert sys.stderr is not None
        sys.stderr.close()  # type: ignore[unreachable]


def test_a_reader_that_goes_away_ends_the_command() -> None:
    """What standard output did not take is given up, with the status of a broken pipe."""
    reads, writes = os.pipe()
    os.close(reads)
    with open(writes, "w", encoding="utf-8") as gone, pytest.MonkeyPatch.context() as patch:  # noqa: PTH123 - a descriptor
        patch.setattr(sys, "stdout", gone)
        assert main(["formats"]) == 141


def test_lines_are_flushed_by_number(place: Path) -> None:
    """So many lines are written at once, and the rest at the end."""
    told = ["a.log", "-o", "out", "--append", "--flush-every", "1000"]
    assert run(*told) == 0
    assert (place / "out").read_bytes() == OUT * (LINES - 1)


def test_answers_end_with_the_tasks() -> None:
    """There are as many answers as tasks, in their order."""
    at_work = workers.Workers(2, lambda task, part: task, None)
    with Stop() as stop, at_work:
        assert [answer for answer, _ in at_work.answers([b"1", b"2", b"3"], stop)] == [
            b"1", b"2", b"3",
        ]  # fmt: skip


@pytest.mark.parametrize("what", ["-o", "--report", "--rejects"])
def test_a_small_file_that_does_not_fit_is_named(
    place: Path, what: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only fails when the system is to have it is named as well, and leaves no output."""
    (place / "a.log").write_bytes(LINE + BAD)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    told = {"-o": [], "--report": ["-o", "out"], "--rejects": ["-o", "out"]}[what]
    with monkeypatch.context() as patch:
        syncs = iter([None] if what == "--report" else [])
        fsync = os.fsync
        patch.setattr(os, "fsync", lambda file: fsync(file) if next(syncs, 0) is None else full(0))
        assert run("a.log", *told, what, "wanted") == 3
    assert capsys.readouterr().err == "anonkit: error: wanted: no space left on device\n"
    assert (place / "out").exists() == (what == "--report")


def test_a_report_that_has_no_place_is_refused_first(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is not there, or not to be written to, is known before there is any output."""
    assert run("a.log", "-o", "out", "--report", "nowhere/r") == 3
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert run("a.log", "-o", "out", "--report", "r") == 3
    assert capsys.readouterr().err == (
        "anonkit: error: nowhere/r: no such file or directory\n"
        "anonkit: error: r: permission denied\n"
    )
    assert not (place / "out").exists()
