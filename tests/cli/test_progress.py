"""How far a run is: shown on a terminal, and nowhere else."""

from __future__ import annotations

import io
import os
import sys
import termios
from pathlib import Path

import pytest

from anonkit.cli import progress, words
from anonkit.parse.lines import BLOCK


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that goes on by as much as is said."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_progress_is_shown_on_a_terminal_and_wiped(
    tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After half a second, five times a second, a terminal shows how far a source has been read."""
    file = tmp_path / "a.log"
    file.write_bytes(b"x" * 4_000_000)
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    shown = progress.Progress("a.log", file, quiet=False)
    shown.add(1_000_000)
    assert screen.getvalue() == ""
    clock[0] = 0.6
    shown.add(2_000_000)
    assert screen.getvalue() == "\ranonkit: a.log: 2 MB, 50 %"
    clock[0] = 0.7
    shown.add(3_000_000)
    shown.clear()
    assert screen.getvalue() == f"\ranonkit: a.log: 2 MB, 50 %\r{' ' * 26}\r"


def test_progress_is_one_line_on_a_narrow_terminal(
    tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told is cut to the width of the terminal, and wipes what was longer before."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 40))
    with open(theirs, "w", encoding="utf-8") as screen:  # noqa: PTH123 - a descriptor
        monkeypatch.setattr(sys, "stderr", screen)
        shown = progress.Progress("a" * 100, None, quiet=False)
        for clock[0] in (1, 2):
            shown.add(12_000_000)
        shown.clear()
        told = os.read(ours, 1 << 16).decode()
    os.close(ours)
    lines = told.split("\r")
    assert [len(line) for line in lines] == [0, 39, 39, 39, 0]
    assert lines[1] == f"…{'a' * 31}: 12 MB"
    assert lines[3].isspace()


@pytest.mark.usefixtures("place")
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


def test_no_progress_where_nobody_looks(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither -q nor a file instead of a terminal shows progress."""
    for screen, quiet in ((Screen(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", screen)
        shown = progress.Progress("a.log", None, quiet=quiet)
        clock[0] += 9
        shown.add(1)
        shown.clear()
        assert screen.getvalue() == ""


def test_of_a_pipe_no_share_is_known() -> None:
    """Where the size is not known, megabytes are all there is to say."""
    assert words.progress("standard input", 12_345_678_901, 0) == (
        "anonkit: standard input: 12,346 MB"
    )
