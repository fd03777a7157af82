"""Runs that go on: piped loggers, rotation, slow readers, keys that end, several files."""

from __future__ import annotations

import bz2
import gc
import gzip
import json
import lzma
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import types
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import anonkit
from anonkit.cli import jobs, resume
from anonkit.cli.main import main
from anonkit.parse.formats import FORMATS
from anonkit.streams import in_place, workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Self

COMMAND = [sys.executable, "-m", "anonkit"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(anonkit.__file__).parents[1])}
PATIENCE = 30.0
LINE = b'203.0.113.77 - alice [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-"\n'
OUT = b'203.0.113.0 - - [10/Oct/2000:13:55:00 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-"\n'
BAD = b"grace.hopper@example.org from 203.0.113.77\n"
TOKENS = '[record.web_request]\nfields.user = "pseudonymize"\n'


class Running:
    """A run that waits for more input."""

    def __init__(self, at: Path, *arguments: str, **options: Any) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=at, env=ENVIRONMENT,
            **({"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
               | options),
        )  # fmt: skip

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def end(self) -> tuple[int, bytes, bytes]:
        output, errors = self.process.communicate(timeout=PATIENCE)
        assert b"Traceback" not in errors
        assert b"203.0.113.77" not in errors
        return self.process.returncode, output, errors


class Done(NamedTuple):
    """What came of a run."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run(at: Path, *arguments: str, **options: Any) -> Done:
    """Take a run to its end: in this process, or in one of its own that is prepared."""
    if options.keys() - {"input"}:
        ended = subprocess.run(
            [*COMMAND, *arguments], cwd=at, env=ENVIRONMENT, capture_output=True, check=False,
            timeout=PATIENCE, **options,
        )  # fmt: skip
        done = Done(ended.returncode, ended.stdout, ended.stderr)
    else:
        done = here(at, arguments, options.get("input", b""))
    assert b"Traceback" not in done.stderr
    assert b"203.0.113.77" not in done.stderr
    return done


def here(at: Path, arguments: Sequence[str], given: bytes) -> Done:
    """Take a run to its end in this process."""
    place, streams, often = Path.cwd(), (sys.stdin, sys.stdout, sys.stderr), gc.get_threshold()
    with (
        tempfile.TemporaryFile("w+") as stdin,
        tempfile.TemporaryFile("w+") as stdout,
        tempfile.TemporaryFile("w+") as stderr,
    ):
        stdin.buffer.write(given)
        stdin.seek(0)
        try:
            os.chdir(at)
            sys.stdin, sys.stdout, sys.stderr = stdin, stdout, stderr
            status = main(arguments)
        except SystemExit as stop:
            status = int(stop.code or 0)
        finally:
            os.chdir(place)
            sys.stdin, sys.stdout, sys.stderr = streams
            gc.set_threshold(*often)
        for file in (stdout, stderr):
            file.flush()
            file.seek(0)
        return Done(status, stdout.buffer.read(), stderr.buffer.read())


def wait_for(path: Path, content: bytes) -> None:
    """Wait until a file is as it should be."""
    deadline = time.monotonic() + PATIENCE
    while not (path.exists() and path.read_bytes() == content):
        assert time.monotonic() < deadline, path.read_bytes() if path.exists() else "absent"
        time.sleep(0.01)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A folder with a log; no draft is left there."""
    (tmp_path / "a.log").write_bytes(LINE * 3)
    yield tmp_path
    assert not list(tmp_path.rglob("*.part"))


def test_a_hangup_opens_the_output_anew(log: Path) -> None:
    """A piped logger goes on in a new file after logrotate put the old one aside."""
    running = Running(
        log, "run", "-q", "-f", "combined", "-o", "out", "--append", "--rejects", "bad"
    )
    running.write(LINE + BAD)
    wait_for(log / "out", OUT)
    (log / "out").rename(log / "out.1")
    (log / "bad").rename(log / "bad.1")
    running.process.send_signal(signal.SIGHUP)
    wait_for(log / "out", b"")
    running.write(LINE * 2 + BAD)
    wait_for(log / "out", OUT * 2)
    running.process.send_signal(signal.SIGTERM)
    assert running.end() == (143, b"", b"")
    assert (log / "out.1").read_bytes() == OUT
    assert (log / "bad.1").read_bytes() == (log / "bad").read_bytes() == BAD
    assert stat.S_IMODE((log / "bad").stat().st_mode) == 0o600


def test_a_hangup_during_a_line_loses_nothing_of_it(log: Path) -> None:
    """Half a line that came before SIGHUP leaves with its other half."""
    running = Running(log, "run", "-q", "-f", "combined", "-o", "out", "--append")
    running.write(LINE + LINE[:30])
    wait_for(log / "out", OUT)
    running.process.send_signal(signal.SIGHUP)
    time.sleep(0.1)
    running.write(LINE[30:])
    wait_for(log / "out", OUT * 2)
    assert running.end()[0] == 0


def test_a_hangup_reads_the_policy_again(log: Path) -> None:
    """After SIGHUP lines leave by the policy as it is now; a broken one changes nothing."""
    (log / "p.toml").write_text('[record.web_request]\nfields.status = "keep"\n')
    running = Running(log, "run", "-q", "-f", "combined", "-p", "p.toml", "-o", "out", "--append")
    running.write(LINE)
    first = b'- - - [-] "- - -" 200 - "-" "-"\n'
    wait_for(log / "out", first)
    (log / "p.toml").write_text("nonsense")
    running.process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    running.write(LINE)
    wait_for(log / "out", first * 2)
    (log / "p.toml").write_text('[record.web_request]\nfields.bytes = "keep"\n')
    running.process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    running.write(LINE)
    wait_for(log / "out", first * 2 + b'- - - [-] "- - -" - 2326 "-" "-"\n')
    status, _, errors = running.end()
    assert status == 0
    assert errors.startswith(b"anonkit: error: ")


def test_a_hangup_ends_a_run_that_has_an_end(log: Path) -> None:
    """A run over files into a file ends on SIGHUP as on SIGTERM, and leaves nothing."""
    os.mkfifo(log / "pipe")
    running = Running(log, "run", "-q", "-f", "combined", "a.log", "-o", "pipe")
    time.sleep(0.5)
    running.process.send_signal(signal.SIGHUP)
    # On a busy machine the signal may come before the run has begun.
    assert running.end() in ((129, b"", b""), (-signal.SIGHUP, b"", b""))


@pytest.mark.parametrize("extra", [[], ["--compress", "gzip"], ["--flush-every", "5"]])
def test_a_reader_that_stalls_cannot_hold_up_the_end(log: Path, extra: list[str]) -> None:
    """SIGTERM ends a run whose output nobody takes, within seconds."""
    (log / "large.log").write_bytes(
        b"".join(LINE.replace(b"2326", b"%d" % number) for number in range(200_000))
    )
    reading, writing = os.pipe()
    running = Running(log, "run", "-q", "large.log", *extra, stdout=writing)
    os.close(writing)
    time.sleep(1.0)
    begun = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(PATIENCE) == 143
    assert time.monotonic() - begun < 10
    running.end()
    os.close(reading)


def test_a_slow_reader_gets_whole_lines(log: Path) -> None:
    """A reader that takes its time gets the line that was on its way, whole, after SIGTERM."""
    (log / "large.log").write_bytes(LINE * 100_000)
    running = Running(log, "run", "-q", "large.log")
    assert running.process.stdout is not None
    got = running.process.stdout.read(1000)
    running.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    while block := running.process.stdout.read(4096):
        got += block
    assert running.end()[0] == 143
    assert got == OUT * got.count(b"\n")


def test_lines_are_held_back_as_told(log: Path) -> None:
    """--flush-every N writes N lines at once, and the end of the run writes the rest."""
    running = Running(
        log, "run", "-q", "-f", "combined", "-o", "out", "--append", "--flush-every", "3"
    )
    running.write(LINE * 2)
    time.sleep(0.3)
    assert not (log / "out").exists() or (log / "out").read_bytes() == b""
    running.write(LINE)
    wait_for(log / "out", OUT * 3)
    running.write(LINE * 2)
    running.process.send_signal(signal.SIGTERM)
    assert running.end()[0] == 143
    assert (log / "out").read_bytes() in (OUT * 3, OUT * 5)  # the signal may outrun the lines


def test_lines_wait_no_longer_than_told(log: Path) -> None:
    """--flush-every 0.2s writes after that time, though no further line comes."""
    running = Running(
        log, "run", "-q", "-f", "combined", "-o", "out", "--append", "--flush-every", "0.2s"
    )
    running.write(LINE)
    wait_for(log / "out", OUT)
    running.write(LINE)
    wait_for(log / "out", OUT * 2)
    assert running.end()[0] == 0


def test_what_is_appended_to_begins_on_a_line_of_its_own(log: Path) -> None:
    """A last line that a crash cut off is ended before more is appended."""
    (log / "out").write_bytes(b"cut off")
    assert run(log, "run", "-q", "a.log", "-o", "out", "--append").returncode == 0
    assert (log / "out").read_bytes() == b"cut off\n" + OUT * 3


def keyring(at: Path, seconds: float) -> dict[str, Any]:
    """Make a keyring whose period ends in a while."""
    assert run(at, "keys", "new", "ring", "--period", "1d").returncode == 0
    stored: dict[str, Any] = json.loads((at / "ring").read_bytes())
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    start = end - timedelta(days=1)
    stored["ring"]["periods"][0]["start"] = start.isoformat()
    stored["ring"]["periods"][0]["end"] = end.isoformat()
    (at / "ring").write_text(json.dumps(stored))
    return stored


def test_a_run_that_goes_on_changes_its_key_with_the_period(log: Path) -> None:
    """When a period ends during a run behind a pipe, the next line has the next period's token."""
    (log / "p.toml").write_text(TOKENS)
    keyring(log, 2.0)
    running = Running(log, "run", "-q", "-f", "combined", "-p", "p.toml", "-k", "ring")
    assert running.process.stdout is not None
    running.write(LINE * 2)
    first = running.process.stdout.readline()
    assert running.process.stdout.readline() == first
    time.sleep(2.2)
    running.write(LINE[:20])
    time.sleep(0.1)
    running.write(LINE[20:])
    second = running.process.stdout.readline()
    assert second != first
    status, _, errors = running.end()
    assert status == 0
    assert b"ring: the last period has ended; period " in errors
    assert len(json.loads((log / "ring").read_bytes())["ring"]["periods"]) == 2


def test_runs_that_meet_at_the_end_of_a_period_begin_one_between_them(log: Path) -> None:
    """Eight runs at once find the period over: one begins the next, and all make its tokens."""
    (log / "p.toml").write_text(TOKENS)
    keyring(log, -1.0)
    runs = [Running(log, "run", "-q", "-p", "p.toml", "-k", "ring", "a.log") for _ in range(8)]
    ended = [one.end() for one in runs]
    assert {status for status, _, _ in ended} == {0}
    assert len({output for _, output, _ in ended}) == 1
    assert sum(b"begins" in errors for _, _, errors in ended) == 1
    assert len(json.loads((log / "ring").read_bytes())["ring"]["periods"]) == 2


PACKED = {
    ".gz": gzip.compress(LINE * 2) + gzip.compress(LINE) + bytes(512),
    ".bz2": bz2.compress(LINE * 2) + bz2.compress(LINE),
    ".xz": lzma.compress(LINE * 2) + lzma.compress(LINE) + bytes(4),
}


@pytest.mark.parametrize("suffix", PACKED)
def test_compressed_input_is_known_by_its_first_bytes(log: Path, suffix: str) -> None:
    """Compressed members are read one after the other, from files of any name and from a pipe."""
    (log / "b.txt").write_bytes(PACKED[suffix])
    assert run(log, "run", "-q", "b.txt").stdout == OUT * 3
    assert run(log, "run", "-q", input=PACKED[suffix]).stdout == OUT * 3


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize("left", [-3, 20])
def test_broken_compression_is_an_error_with_a_place(log: Path, suffix: str, left: int) -> None:
    """Compressed input that ends before its time, or is damaged, leaves no output."""
    whole = PACKED[suffix].rstrip(b"\0")
    (log / "cut").write_bytes(whole[:left])
    done = run(log, "run", "-q", "-f", "combined", "cut", "-o", "out")
    assert done.returncode == 3
    assert re.match(
        rb"anonkit: error: cut: cut off: its \w+ data ends at byte [0-9,]+\n", done.stderr
    )
    damaged = bytearray(whole)
    for at in range(15, 40):
        damaged[at] ^= 0xFF
    (log / "damaged").write_bytes(damaged)
    done = run(log, "run", "-q", "-f", "combined", "damaged", "-o", "out")
    assert done.returncode == 3
    assert re.match(rb"anonkit: error: damaged: (damaged|cut off): ", done.stderr)
    assert not (log / "out").exists()


def test_equal_input_gives_equal_compressed_bytes(log: Path) -> None:
    """The time, the name and the way of the input are not in the output."""
    first = run(log, "run", "-q", "a.log", "--compress", "gzip").stdout
    assert gzip.decompress(first) == OUT * 3
    assert first[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\x03"  # no time, no name
    time.sleep(1.1)
    assert run(log, "run", "-q", "a.log", "-o", "other.gz").returncode == 0
    assert (log / "other.gz").read_bytes() == first
    running = Running(log, "run", "-q", "-f", "combined", "--compress", "gzip")
    for _ in range(3):
        running.write(LINE)
        time.sleep(0.05)
    assert running.end()[1] == first


def test_rotated_logs_are_read_oldest_first(log: Path) -> None:
    """A pattern in quotes finds a rotated set, and gives it in the order of time."""
    names = ["access.log", "access.log.1", "access.log.2.gz", "access.log.10.xz"]
    for number, name in enumerate(names):
        line = LINE.replace(b" 2326 ", b" %d " % number)
        packed = {".gz": gzip.compress, ".xz": lzma.compress}.get(Path(name).suffix, bytes)
        (log / name).write_bytes(packed(line))
    done = run(log, "run", "-q", "access.log*")
    assert re.findall(rb" 200 (\d) ", done.stdout) == [b"3", b"2", b"1", b"0"]
    assert run(log, "run", "-q", "absent*").returncode == 3
    assert run(log, "run", "-q", *reversed(names)).stdout == done.stdout


def test_a_folder_of_logs_becomes_a_folder_of_outputs(log: Path) -> None:
    """-r takes all files of a folder, and -o FOLDER/ gets one for each, under its name."""
    (log / "logs" / "sub").mkdir(parents=True)
    (log / "logs" / "a.log").write_bytes(LINE)
    (log / "logs" / "sub" / "b.log.gz").write_bytes(gzip.compress(LINE * 2))
    assert run(log, "run", "-q", "logs").returncode == 3
    for count in ("1", "2"):
        assert run(log, "run", "-q", "-r", "logs", "-o", f"to{count}/", "-j", count).returncode == 0
        assert (log / f"to{count}" / "a.log").read_bytes() == OUT
        packed = (log / f"to{count}" / "sub" / "b.log.gz").read_bytes()
        assert gzip.decompress(packed) == OUT * 2
    assert run(log, "run", "-q", "-r", "logs", "-o", "plain/", "--compress", "none").returncode == 0
    assert (log / "plain" / "sub" / "b.log").read_bytes() == OUT * 2


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


def test_a_span_of_time_is_taken(log: Path) -> None:
    """--since and --until choose by each line's own time; one without is withheld, and counted."""
    days = [LINE.replace(b"10/Oct", b"%02d/Oct" % day) for day in range(1, 21)]
    (log / "days.log").write_bytes(b"".join(days) + BAD + b"\n")
    arguments = ["run", "-q", "days.log", "--since", "2000-10-05", "--until", "2000-10-08T00:00Z"]
    for count in ("1", "2"):
        done = run(log, *arguments, "-j", count, "--report", "report")
        assert re.findall(rb"\[(\d\d)/Oct", done.stdout) == [b"05", b"06", b"07"]
        withheld = json.loads((log / "report").read_bytes())["withheld"]
        assert [entry["rule"] for entry in withheld] == ["no time to go by"]
    assert run(log, "run", "-f", "text", "a.log", "--since", "2000-01-01").returncode == 2
    assert run(log, "run", "a.log", "--since", "yesterday").returncode == 2


FAULTS = [
    (["--backup", ".x"], b"--backup: goes with --in-place alone"),
    (["--append"], b"--append: goes with -o FILE alone"),
    (["-o", "x", "--flush-every", "9"], b"--flush-every: goes with "),
    (["--checkpoint", "c"], b"--checkpoint: goes with "),
    (["-o", "x", "--checkpoint", "c", "-j", "2"], b"--checkpoint: goes without --jobs"),
    (["-o", "x", "--in-place"], b"--in-place: goes without -o"),
    (["-j", "0"], b"argument -j/--jobs: invalid number of jobs value: '0'"),
    (
        ["--flush-every", "soon"],
        b"argument --flush-every: invalid number of lines or seconds value",
    ),
    (["--in-place", "--backup", "/x"], b"argument --backup: invalid suffix value"),
]


@pytest.mark.parametrize(("arguments", "message"), FAULTS, ids=lambda value: str(value)[:30])
def test_options_that_contradict_each_other_are_refused(
    log: Path, arguments: list[str], message: bytes
) -> None:
    """Each is an error that says what goes with what, and nothing is written."""
    done = run(log, "run", "a.log", *arguments)
    assert done.returncode == 2
    assert b"anonkit: error: " + message in done.stderr
    assert {path.name for path in log.iterdir()} == {"a.log"}


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


def test_keys_of_one_run_cannot_be_resumed(log: Path) -> None:
    """With tokens, a checkpoint needs a key file, and says so."""
    (log / "p.toml").write_text(TOKENS)
    done = run(log, "run", "-q", "-p", "p.toml", "a.log", "-o", "out", "--checkpoint", "check")
    assert done.returncode == 2
    assert b"cannot be resumed" in done.stderr
    (log / "check").unlink(missing_ok=True)
    for draft in log.glob("*.part"):
        draft.unlink()


def test_jobs_are_one_where_they_must(log: Path) -> None:
    """A pipe is read by one process, and the run says so."""
    done = run(log, "run", "-f", "combined", "-j", "4", input=LINE)
    assert done.stdout == OUT
    assert (
        b"anonkit: --jobs: a pipe can be read by one process alone; one job does it" in done.stderr
    )


def test_a_failure_in_a_worker_is_the_failure_of_the_run(log: Path) -> None:
    """What goes wrong in another process is said as if it had been this one."""
    (log / "b.log.gz").write_bytes(gzip.compress(LINE * 1000)[:-5])
    done = run(log, "run", "-q", "a.log", "b.log.gz", "-j", "2", "-o", "out")
    assert done.returncode == 3
    assert done.stderr.startswith(b"anonkit: error: b.log.gz: cut off: its gzip data ends at byte ")
    assert not (log / "out").exists()


def test_a_signal_ends_all_workers(log: Path) -> None:
    """SIGTERM during a run of several processes leaves no output and no process."""
    (log / "large.log").write_bytes(LINE * 500_000)
    running = Running(log, "run", "-q", "large.log", "-j", "3", "-o", "out")
    deadline = time.monotonic() + PATIENCE
    while not list(log.glob("*.part")):
        assert time.monotonic() < deadline
    running.process.send_signal(signal.SIGTERM)
    assert running.end()[0] in (0, 143)


LIMIT = 200_000


@pytest.mark.parametrize(
    "arguments",
    [["-o", "out"], ["-o", "out.gz", "--compress", "none"], ["--in-place"], ["-o", "out", "-j", "2"],
     ["-o", "out", "--checkpoint", "check"], ["-o", "made/"]],
    ids=" ".join,
)  # fmt: skip
def test_a_full_disk_leaves_what_was_there(log: Path, arguments: list[str]) -> None:
    """Where no more can be written, the run ends with the place, and no half file has a name."""
    import resource

    (log / "large.log").write_bytes(LINE * 30_000)
    done = run(
        log, "run", "-q", "large.log", *arguments,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT)),
    )  # fmt: skip
    assert done.returncode == 3
    assert re.match(
        rb"anonkit: error: (\S+|a part file for large.log \(.*\)): file too large\n", done.stderr
    )
    assert (log / "large.log").read_bytes() == LINE * 30_000
    assert not (log / "out").exists()
    for draft in log.glob(".anonkit-*.part") if "--checkpoint" in arguments else ():
        draft.unlink()


def beside(at: Path, *arguments: str, told: Callable[[Any], None]) -> Done:
    """Take a run behind a pipe in this process, while a thread writes to it and sends signals."""
    os.mkfifo(at / "pipe")
    failed: list[BaseException] = []

    def tell() -> None:
        try:
            with (at / "pipe").open("wb", buffering=0) as pipe:
                told(pipe.write)
        except BaseException as error:  # noqa: BLE001 - said below
            failed.append(error)

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    done = run(at, "run", "-q", "-f", "combined", "pipe", *arguments)
    thread.join(PATIENCE)
    assert not failed, failed
    return done


def hang_up() -> None:
    """Send this process a SIGHUP."""
    os.kill(os.getpid(), signal.SIGHUP)


def test_all_that_a_hangup_does(log: Path) -> None:
    """Held lines are written, outputs and keys opened anew; a broken policy is said."""
    (log / "p.toml").write_text(TOKENS)
    run(log, "keys", "new", "ring")

    def told(write: Callable[[bytes], Any]) -> None:
        write(LINE + BAD)
        time.sleep(0.3)
        hang_up()
        time.sleep(0.3)
        (log / "p.toml").write_text("nonsense")
        hang_up()
        time.sleep(0.3)
        (log / "out").rename(log / "out.1")
        (log / "ring").rename(log / "old")
        hang_up()
        time.sleep(0.3)
        write(LINE)

    done = beside(
        log, "-o", "out", "--append", "--flush-every", "9", "--rejects", "bad", "-p", "p.toml",
        "-k", "ring", told=told,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr.count(b"anonkit: error: ") == 2
    assert (log / "out.1").read_bytes().count(b"\n") == 1
    assert (log / "out").read_bytes() == (log / "out.1").read_bytes()
    assert (log / "bad").read_bytes() == BAD


def test_a_packed_output_is_opened_anew(log: Path) -> None:
    """A packed log that is put aside is whole, and so is the one after it."""

    def told(write: Callable[[bytes], Any]) -> None:
        write(LINE)
        time.sleep(0.3)
        (log / "out.gz").rename(log / "out.1.gz")
        hang_up()
        write(LINE * 2)

    assert beside(log, "-o", "out.gz", "--append", told=told).returncode == 0
    assert gzip.decompress((log / "out.1.gz").read_bytes()) == OUT
    assert gzip.decompress((log / "out.gz").read_bytes()) == OUT * 2


def test_standard_output_stays_open_at_a_hangup(log: Path) -> None:
    """What cannot be opened anew goes on."""

    def told(write: Callable[[bytes], Any]) -> None:
        write(LINE)
        time.sleep(0.2)
        hang_up()
        write(LINE)

    assert beside(log, told=told).stdout == OUT * 2
    (log / "pipe").unlink()
    assert beside(log, "-o", "out", told=told).returncode == 0
    assert (log / "out").read_bytes() == OUT * 2


def test_packed_lines_are_flushed_in_time(log: Path) -> None:
    """With --flush-every a reader of packed lines has them by then, though no other comes."""

    def told(write: Callable[[bytes], Any]) -> None:
        write(LINE)
        deadline = time.monotonic() + PATIENCE
        while not there():
            assert time.monotonic() < deadline

    def there() -> bool:
        try:
            return gzip.decompress((log / "out.gz").read_bytes()) == OUT
        except (FileNotFoundError, EOFError):  # not yet, or a part of it
            return False

    done = beside(log, "-o", "out.gz", "--append", "--flush-every", "0.1s", told=told)
    assert done.returncode == 0


def test_held_lines_leave_at_the_end_of_a_signal(log: Path) -> None:
    """What was held back is written when a signal ends the run, and packed output is whole."""

    def told(write: Callable[[bytes], Any]) -> None:
        write(LINE)
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.3)

    done = beside(log, "-o", "out.gz", "--append", "--flush-every", "9", told=told)
    assert done.returncode == 143
    assert gzip.decompress((log / "out.gz").read_bytes()) == OUT


def test_a_period_ends_during_a_run(log: Path) -> None:
    """The line behind the end of a period has another token, in the middle of a line as well."""
    (log / "p.toml").write_text(TOKENS)
    keyring(log, 1.0)

    def told(write: Callable[[bytes], Any]) -> None:
        write(LINE + LINE[:30])
        time.sleep(1.2)
        write(LINE[30:50])
        time.sleep(0.1)
        write(LINE[50:])

    done = beside(log, "-p", "p.toml", "-k", "ring", told=told)
    first, second = done.stdout.splitlines()
    assert first != second
    assert len(first) == len(second)


def test_a_period_ends_in_text(log: Path) -> None:
    """Text has the next period's tokens too, from the next line that is no part of a private key."""
    (log / "p.toml").write_text('[record.text_line]\nfields.line = "pseudonymize"\n')
    keyring(log, 1.0)
    begin, end = (f"-----{word} PRIVATE KEY-----\n".encode() for word in ("BEGIN", "END"))

    def told(write: Callable[[bytes], Any]) -> None:
        write(b"one\n" + begin + b"key\n")
        time.sleep(1.2)
        write(b"key\n")
        time.sleep(0.1)
        write(end + b"one\n")
        time.sleep(0.1)
        write(b"one\n")

    done = beside(log, "-f", "text", "-p", "p.toml", "-k", "ring", told=told)
    lines = done.stdout.splitlines()
    assert len(lines) == 7
    assert lines[2] == lines[3]
    assert lines[0] == lines[5] != lines[6]


def test_a_hyphen_is_standard_output(log: Path) -> None:
    """`-o -` writes to standard output, and nothing of that name is made."""
    assert run(log, "run", "-q", "a.log", "-o", "-").stdout == OUT * 3
    assert run(log, "run", "-q", "a.log", "-o", "-", "--compress", "gzip").stdout[:2] == b"\x1f\x8b"
    assert run(log, "run", "a.log", "-o", "-", "--append").returncode == 2
    assert not (log / "-").exists()


def test_what_another_encoding_would_read_is_hinted_at(log: Path) -> None:
    """Lines that are not UTF-8 are withheld, and the encodings that read them are named."""
    (log / "a.log").write_bytes(LINE.replace(b"alice", "Müller".encode("latin-1")))
    done = run(log, "run", "a.log")
    assert b"hint: --encoding latin-1 or cp1252 reads what is not UTF-8" in done.stderr
    done = run(log, "run", "a.log", "--encoding", "latin-1")
    assert (done.stdout, b"hint" in done.stderr) == (OUT, False)


class Alone:
    """Workers that are this process."""

    def __init__(self, count: int, work: Callable[[bytes, Any], bytes], folder: Any) -> None:
        self.work = work

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def answers(self, tasks: Iterable[bytes], stop: Any) -> Iterator[tuple[bytes, Any]]:
        for task in tasks:
            with tempfile.TemporaryFile() as part:
                answer = self.work(task, part)
                part.seek(0)
                yield answer, part

    def last(self, stop: Any) -> list[bytes]:
        return [self.work(b"", None)]


def test_what_workers_do(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts give what the whole gives, failures of all kinds are handed on, directives go before."""
    data = b"".join(LINE.replace(b"2326", b"%d" % n) + BAD[n % 9 :] for n in range(300)) + BAD[:-1]
    (log / "x.log").write_bytes(data)
    (log / "empty.log").write_bytes(b"")
    expected = run(log, "run", "-q", "x.log", "--rejects", "one")
    monkeypatch.setattr(jobs, "Workers", Alone)
    monkeypatch.setattr(jobs, "PART", 500)
    for cut in ("any line", "never"):
        form = FORMATS["combined"]._replace(split=cut, directive=b"")
        monkeypatch.setitem(FORMATS._made, "combined", form)
        told = ("run", "-q", "x.log", "empty.log", "-j", "2", "--rejects", cut)
        assert run(log, *told).stdout == expected.stdout
        assert (log / cut).read_bytes() == (log / "one").read_bytes()
    form = FORMATS["text"]._replace(split="after directives", directive=b"#F")
    monkeypatch.setitem(FORMATS._made, "text", form)
    (log / "d.log").write_bytes(b"#F a b\n" + b"x 1\n" * 300 + b"#F c\n" + b"y\n" * 300)
    assert run(log, "run", "-q", "-f", "text", "d.log", "-j", "2").stdout == (
        run(log, "run", "-q", "-f", "text", "d.log").stdout
    )
    resumed = run(log, "run", "-q", "-f", "text", "d.log", "-o", "o", "--checkpoint", "check")
    assert resumed.returncode == 0

    for error, status, said in (
        (PermissionError(13, "no", "x.log"), 3, b"x.log: no"),
        (anonkit.AnonkitError("bad", hint="do"), 2, b"bad\nanonkit: hint: do"),
        (anonkit.errors.KeyringError("key"), 3, b"key"),
        (anonkit.errors.PolicyError("p", "bad"), 2, b"p: bad"),
    ):

        def broken(self: Any, task: Any, part: Any, error: Exception = error) -> Any:
            raise error

        monkeypatch.setattr(jobs._AtWork, "_part", broken)
        done = run(log, "run", "-q", "x.log", "-j", "2", "-o", "out")
        assert (done.returncode, done.stderr) == (status, b"anonkit: error: " + said + b"\n")


def test_a_system_without_fork_has_one_job(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no fork, --jobs says so, and the run goes its usual way."""
    monkeypatch.delattr(workers.os, "fork")
    done = run(log, "run", "a.log", "-j", "2")
    assert done.stdout == OUT * 3
    assert b"--jobs: this system has no fork; one job does it" in done.stderr
    assert run(log, "run", "-q", "a.log", "-j", "2").stdout == OUT * 3


def test_a_worker_that_is_killed_ends_the_run(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system ends a worker, there is no output, and the run says so."""

    def ended(*_: Any) -> bytes:
        os._exit(9)

    monkeypatch.setattr(jobs._AtWork, "do", ended)
    done = run(log, "run", "-q", "a.log", "-j", "2", "-o", "out")
    assert done.returncode == 3
    assert done.stderr == b"anonkit: error: a worker ended before its work was done\n"
    assert not (log / "out").exists()


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
