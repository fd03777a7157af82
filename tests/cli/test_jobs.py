"""--jobs: parts of files give what the whole gives, whatever becomes of a worker."""

from __future__ import annotations

import errno
import gzip
import os
import signal
import tempfile
import time
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import anonkit
from anonkit import Pipeline, Policy
from anonkit.cli import jobs
from anonkit.cli.flow import Input
from anonkit.cli.main import main
from anonkit.errors import StreamError
from anonkit.parse.encodings import PLAIN
from anonkit.parse.formats import FORMATS
from anonkit.parse.lines import BLOCK
from anonkit.streams import workers
from anonkit.streams.stop import Stop
from runs import BAD, LINE, OUT, PATIENCE, Running, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Self


def test_jobs_are_one_where_they_must(log: Path) -> None:
    """A pipe is read by one process, and the run says so."""
    done = run(log, "run", "-f", "combined", "-j", "4", input=LINE)
    assert done.stdout == OUT
    assert (
        b"anonkit: --jobs: a pipe can be read by one process alone; one job does it" in done.stderr
    )


def test_a_system_without_fork_has_one_job(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no fork, --jobs says so, and the run goes its usual way."""
    monkeypatch.delattr(workers.os, "fork")
    done = run(log, "run", "a.log", "-j", "2")
    assert done.stdout == OUT * 3
    assert b"--jobs: this system has no fork; one job does it" in done.stderr
    assert run(log, "run", "-q", "a.log", "-j", "2").stdout == OUT * 3


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


def test_jobs_tell_withheld_lines(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Several processes name the lines that they withheld, as one does."""
    assert main(["run", "-f", "combined", "a.log", "-o", "out", "-j", "2"]) == 0
    assert "anonkit: a.log: withheld line 1\n" in capsys.readouterr().err


def test_a_failure_in_a_worker_is_the_failure_of_the_run(log: Path) -> None:
    """What goes wrong in another process is said as if it had been this one."""
    (log / "b.log.gz").write_bytes(gzip.compress(LINE * 1000)[:-5])
    done = run(log, "run", "-q", "a.log", "b.log.gz", "-j", "2", "-o", "out")
    assert done.returncode == 3
    assert done.stderr.startswith(b"anonkit: error: b.log.gz: cut off: its gzip data ends at byte ")
    assert not (log / "out").exists()


def test_a_worker_that_is_killed_ends_the_run(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system ends a worker, there is no output, and the run says so."""

    def ended(*_: Any) -> bytes:
        os._exit(9)

    monkeypatch.setattr(jobs._AtWork, "do", ended)
    done = run(log, "run", "-q", "a.log", "-j", "2", "-o", "out")
    assert done.returncode == 3
    assert done.stderr == b"anonkit: error: a worker ended before its work was done\n"
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


def test_answers_end_with_the_tasks() -> None:
    """There are as many answers as tasks, in their order."""
    at_work = workers.Workers(2, lambda task, part: task, None)
    with Stop() as stop, at_work:
        assert [answer for answer, _ in at_work.answers([b"1", b"2", b"3"], stop)] == [
            b"1", b"2", b"3",
        ]  # fmt: skip


def test_a_part_ends_behind_a_line_of_many_blocks(place: Path) -> None:
    """However long the line is that a part would be cut in, it is in that part to its end."""
    (place / "long").write_bytes(b"x" * (2 * BLOCK + 5) + b"\ny\n" + b"z" * BLOCK)
    size = (place / "long").stat().st_size
    with (place / "long").open("rb") as file:
        assert jobs._line_end(file, 9, size) == 2 * BLOCK + 6
        assert jobs._line_end(file, size - 1, size) == size


def test_a_part_that_does_not_fit_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A failure to write a part speaks of its source, which the user knows."""
    rejects = jobs._Rejects(None, keeps=True)
    rejects.write(b"x")
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(OSError, match="No space") as caught,
    ):
        rejects.hand_over(full, Path("a.log"))
    assert caught.value.filename == "a part file for a.log (beside the output, or in TMPDIR)"
    rejects.close()


@pytest.mark.usefixtures("place")
def test_a_file_that_was_replaced_ends_its_part() -> None:
    """A worker that finds another file behind the name says so, and reads nothing of it."""
    nothing: Any = types.SimpleNamespace(begin_anew=lambda: None, form=None)
    known = jobs.Known(Path("a.log"), 0, 0, 1, nothing, "never")
    at_work = jobs._AtWork(nothing, [known], None, keeps=False)
    with tempfile.TemporaryFile() as part:
        packed = at_work.do(msgspec.msgpack.encode(jobs.Task(0, 0, -1, final=True)), part)
    with pytest.raises(StreamError, match=r"a\.log: was replaced while it was read"):
        jobs._read(packed)


def test_withheld_lines_of_parts_are_kept_or_not(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker keeps withheld lines where they are wanted, a long one in pieces, and only there."""
    monkeypatch.setattr(workers.Workers, "_forked", None)
    for folder in (None, place):
        rejects = jobs._Rejects(folder, keeps=True)
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
            unwanted = jobs._Rejects(folder, keeps=False)
            unwanted.write(b"raw")
            assert unwanted._file is None
        rejects.close()


def test_a_worker_forgets_a_source_that_cannot_be_cut(place: Path) -> None:
    """A worker goes on with what it remembers between parts of a source, and not behind one."""
    (place / "x.log").write_bytes(LINE * 3)
    about = (place / "x.log").stat()
    job: Any = types.SimpleNamespace(
        begin_anew=lambda: None, window=None, pipeline=lambda _: Pipeline(Policy.preset("weblog"))
    )
    read_as = Input("x.log", FORMATS["combined"], PLAIN)
    known = jobs.Known(
        Path("x.log"), about.st_dev, about.st_ino, about.st_size, read_as, "any line"
    )
    at_work = jobs._AtWork(job, [known], None, keeps=False)
    memos: list[Any] = []

    class Watched(jobs._Stream):
        def forget(self) -> None:
            memos.extend(self._stream._stream._rewriter._memos)
            assert any(memo.kept for memo in memos)
            super().forget()

    with tempfile.TemporaryFile() as part, pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "_Stream", Watched)
        at_work.do(msgspec.msgpack.encode(jobs.Task(0, 0, -1, final=True)), part)
    assert memos
    assert not any(memo.kept for memo in memos)
