"""What a run tells of a source: how far it is, and where withheld lines stand."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from anonkit.cli import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLACES = 10  # withheld lines that are named; the others are counted


class Withheld:
    """Hands withheld lines on, and remembers where the first stand."""

    def __init__(self, name: str, reject: Callable[[bytes], Any]) -> None:
        self._name = name
        self._reject = reject
        self._first: list[int] = []
        self._last = 0
        self._count = 0
        self._ended = True

    def __call__(self, number: int, line: bytes) -> None:
        """Take a withheld line, or a further piece of the same."""
        self._reject(line)
        self._ended = line.endswith(b"\n")
        if number == self._last:
            return
        self._last = number
        self._count += 1
        if len(self._first) < PLACES:
            self._first.append(number)

    def end(self) -> None:
        """End a last line that lacks its newline: more lines may follow in the same file."""
        if not self._ended:
            self._reject(b"\n")

    def say(self) -> None:
        """Say where the first withheld lines stand."""
        if self._first:
            more = self._count - len(self._first)
            words.say(words.withheld_lines(self._name, self._first, more))


class Progress:
    """Shows on a terminal how far a source has been read, five times a second at most."""

    def __init__(self, name: str, path: Path | None, *, quiet: bool) -> None:
        self._name = name
        self._size = path.stat().st_size if path is not None else 0
        self._shown = sys.stderr.isatty() and not quiet
        self._read = 0
        self._next = time.monotonic() + 0.5  # a run that takes less shows nothing
        self._width = 0

    def add(self, count: int) -> None:
        """Count what was read."""
        self._read += count
        if not self._shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 0.2
        text = words.progress(self._name, self._read, self._size)
        self._width = len(text)
        print(f"\r{text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Wipe the line."""
        if self._width:
            print(f"\r{' ' * self._width}\r", end="", file=sys.stderr, flush=True)
