"""Ctrl-C and SIGTERM: a run ends soon, after whole lines, and leaves no half file."""

from __future__ import annotations

import gzip
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anonkit.cli import check
from anonkit.cli.main import main
from anonkit.streams.stop import STOPS, Stop
from runs import BAD, LINE, OUT, PATIENCE, Running, beside

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_stream_after_whole_lines(log: Path, number: int, status: int) -> None:
    """Ctrl-C or SIGTERM while reading ends quietly: lines that were whole have left, no half line."""
    running = Running(log, "run", "-q", "-f", "combined")
    running.write(LINE)
    assert running.read_line() == OUT
    running.write(LINE + LINE[:40])
    assert running.read_line() == OUT
    running.process.send_signal(number)
    assert running.end() == (status, b"", b"")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("earlier", [None, b"earlier"])
def test_a_signal_leaves_no_output_file(log: Path, number: int, earlier: bytes | None) -> None:
    """Ctrl-C or SIGTERM during a run with -o leaves no new file, and an earlier one as it was."""
    out, rejects = log / "out", log / "rejects"
    if earlier is not None:
        out.write_bytes(earlier)
    running = Running(log, "run", "-q", "-f", "combined", "-o", "out", "--rejects", "rejects")
    running.write((LINE + BAD) * 4000)
    running.wait_for_draft(1)
    running.process.send_signal(number)
    status, output, errors = running.end()
    assert (status, output, errors) == (128 + number, b"", b"")
    assert (out.read_bytes() if out.exists() else None) == earlier
    assert rejects.read_bytes() == b""


def test_a_signal_between_reads_ends_the_run_before_the_next(log: Path) -> None:
    """A signal that comes while lines are worked on ends the run before it waits again."""
    running = Running(log, "run", "-q", "-f", "combined")
    running.write(LINE)
    assert running.read_line() == OUT
    for _ in range(3):  # the second and third must not disturb the end
        running.process.send_signal(signal.SIGINT)
    status, output, errors = running.end()
    assert status in (130, -signal.SIGINT)
    assert (output, errors) == (b"", b"")


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_working_ends_the_next_wait(number: int) -> None:
    """A signal between two waits is kept until the next, and handlers are put back."""
    before = [signal.getsignal(one) for one in STOPS]
    with Stop() as stop:
        with stop.waiting():
            pass
        signal.raise_signal(number)  # nothing happens: a write may be going on
        with pytest.raises(KeyboardInterrupt) as caught, stop.waiting():
            pytest.fail("it waits")
        signal.raise_signal(number)  # nor while files are tidied up
    assert caught.value.args == (number,)
    assert [signal.getsignal(one) for one in STOPS] == before


def test_a_signal_while_waiting_ends_the_wait_once() -> None:
    """A signal during a wait ends it, and a second one does not disturb what follows."""
    with Stop() as stop:
        with pytest.raises(KeyboardInterrupt), stop.waiting():
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt), stop.waiting():
            pytest.fail("it waits")


def test_the_status_says_which_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C outside a run, at a question for instance, has the status of SIGINT."""

    def interrupted(*_: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "check", interrupted)
    assert main(["check", "weblog"]) == 130


def test_a_second_signal_changes_nothing() -> None:
    """The first signal says how a run ends; a hang-up without anything to open anew says nothing."""
    with Stop() as stop:
        stop._take(15, None)
        stop._take(2, None)
        stop._reopen()
        with pytest.raises(KeyboardInterrupt, match="15"), stop.waiting():
            pass
