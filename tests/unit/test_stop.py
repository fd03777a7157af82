"""Signals: between two lines they end a run, and within one they let it be finished."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from typing import Any

import pytest

from anonkit.streams import stop as module
from anonkit.streams.stop import Stop


class Reader:
    """An output that takes a few bytes at once, and at a place sends a signal first."""

    def __init__(self, number: int, at: int, takes: int = 4) -> None:
        self.taken = b""
        self._number = number
        self._at = at
        self._takes = takes

    def __call__(self, data: memoryview) -> int:
        if len(self.taken) >= self._at >= 0:
            self._at = -1
            signal.raise_signal(self._number)
        self.taken += bytes(data[: self._takes])
        return min(self._takes, len(data))


@pytest.mark.parametrize(
    ("at", "takes", "lines", "left"),
    [
        (4, 2, True, b"first\n"),  # within the first line
        (6, 3, True, b"first\nsecond\n"),  # what has been asked to be written is not undone
        (0, 4, True, b"first\n"),
        (4, 4, False, b"first\nsecond\nthird\n"),  # packed bytes have no lines
        (16, 4, True, b"first\nsecond\nthird\n"),
    ],
)
def test_the_line_on_its_way_is_finished(at: int, takes: int, *, lines: bool, left: bytes) -> None:
    """A signal during a write ends it behind the line that was begun, and then the run."""
    reader = Reader(signal.SIGTERM, at, takes)
    with Stop() as stop, pytest.raises(KeyboardInterrupt) as caught:
        stop.write(reader, b"first\nsecond\nthird\n", lines=lines)
    assert caught.value.args == (signal.SIGTERM,)
    assert reader.taken == left


def test_what_is_held_back_is_written_at_the_end() -> None:
    """Once a run is ending, what an output still has to write is written whole."""
    reader = Reader(signal.SIGTERM, 0)
    with Stop() as stop:
        with pytest.raises(KeyboardInterrupt):
            stop.write(reader, b"first\nsecond\n")
        with stop.ending():
            stop.write(reader, b"rest")
    assert reader.taken == b"first\nrest"


def test_a_reader_that_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that nobody takes ends with the signal, and what is held back then is let go."""
    monkeypatch.setattr(module, "GRACE", 0.05)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(4096))
    os.set_blocking(writing, True)

    def write(data: memoryview) -> int:
        return os.write(writing, data)

    with Stop() as stop, stop.ending():  # an error ended the run, and it is that which is said
        stop.write(write, b"line\n")
    with Stop() as stop:
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
        with pytest.raises(KeyboardInterrupt) as caught:
            stop.write(write, b"line\n")
        with stop.ending():
            stop.write(write, b"line\n")
    assert caught.value.args == (signal.SIGTERM,)
    os.close(reading)
    os.close(writing)


def test_a_reader_that_is_slow_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that takes a little now and then gets all of the line, however long that takes."""
    monkeypatch.setattr(module, "GRACE", 0.2)
    taken = b""

    def slow(data: memoryview) -> int:
        nonlocal taken
        time.sleep(0.05)
        taken += bytes(data[:1])
        return 1

    with Stop() as stop, stop.ending():
        stop.write(slow, b"a line\n")
    assert taken == b"a line\n"


def test_a_hangup_opens_anew_now_or_before_the_next_wait() -> None:
    """SIGHUP calls what it should: at once during a wait, before the next one otherwise."""
    calls: list[int] = []
    with Stop(lambda: calls.append(1)) as stop:
        signal.raise_signal(signal.SIGHUP)
        assert calls == []  # a line may be on its way
        with stop.waiting():
            assert calls == [1]
            signal.raise_signal(signal.SIGHUP)
            assert calls == [1, 1]
        with stop.waiting():
            assert calls == [1, 1]


def test_under_nohup_a_hangup_is_nothing() -> None:
    """Who ignores SIGHUP before a run starts wants it to go on."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Stop() as stop, stop.waiting():
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_that_python_looked_away_from_ends_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait is broken by the clock now and then, so that no signal is overlooked until its end."""
    monkeypatch.setattr(module, "GRACE", 0.05)
    ticks: list[int] = []
    late = Stop._late
    monkeypatch.setattr(Stop, "_late", lambda self, *what: (ticks.append(1), late(self, *what)))
    reading, writing = os.pipe()
    timer = threading.Timer(0.5, os.write, (writing, b"x"))
    timer.start()
    with Stop() as stop, stop.waiting():
        assert os.read(reading, 1) == b"x"
    assert ticks
    os.close(reading)
    os.close(writing)


def test_a_system_without_such_signals_has_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without SIGHUP, SIGALRM and timers, Ctrl-C and SIGTERM still end a run."""
    bare: Any = type(
        "signal", (), {name: getattr(signal, name) for name in ("signal", "SIGINT", "getsignal")}
    )
    monkeypatch.setattr(module, "signal", bare)
    monkeypatch.setattr(module, "HANGUP", None)
    with Stop() as stop, pytest.raises(KeyboardInterrupt), stop.waiting():
        signal.raise_signal(signal.SIGINT)
