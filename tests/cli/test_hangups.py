"""SIGHUP: outputs, policy and keys are opened anew, and no line is lost."""

from __future__ import annotations

import gzip
import os
import signal
import stat
import time
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anonkit.cli import units
from runs import BAD, LINE, OUT, TOKENS, Running, beside, run, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable


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


def test_a_hangup_between_outputs_reads_the_policy_again() -> None:
    """While no output is open, there is none to open anew."""
    said: list[str] = []
    rejects: Any = types.SimpleNamespace(reopen=lambda: said.append("rejects"))
    nothing: Any = types.SimpleNamespace(reload=lambda: said.append("policy"))
    units.Units(nothing, nothing, rejects).hang_up()
    assert said == ["rejects", "policy"]
