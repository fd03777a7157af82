"""Outputs that are appended to, and when their lines are written."""

from __future__ import annotations

import gzip
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anonkit.streams import outputs
from runs import LINE, LINES, OUT, PATIENCE, Running, anonymize, beside, run, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable


def test_what_is_appended_to_begins_on_a_line_of_its_own(log: Path) -> None:
    """A last line that a crash cut off is ended before more is appended."""
    (log / "out").write_bytes(b"cut off")
    assert run(log, "run", "-q", "a.log", "-o", "out", "--append").returncode == 0
    assert (log / "out").read_bytes() == b"cut off\n" + OUT * 3


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


def test_lines_are_flushed_by_number(place: Path) -> None:
    """So many lines are written at once, and the rest at the end."""
    told = ["a.log", "-o", "out", "--append", "--flush-every", "1000"]
    assert anonymize(*told) == 0
    assert (place / "out").read_bytes() == OUT * (LINES - 1)


def test_a_flush_without_lines_ends_nothing(place: Path) -> None:
    """Nothing held back is nothing written."""

    class Below:
        def flush(self) -> None:
            raise AssertionError

    outputs.Held(Below(), outputs.Every(lines=1)).flush()  # type: ignore[arg-type]
