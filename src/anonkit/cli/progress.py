"""What a run tells of a source: how far it is, and where withheld lines stand."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from anonkit.cli import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from anonkit.cli.flow import Input

PLACES = 10  # withheld lines that are named; the others are counted


class Withheld:
    """Hands withheld lines on, and remembers where the first stand.

    Args:
        about: The source.
        write: Takes its withheld lines.
        first: The numbers of those that were withheld before.
        count: How many there were.
    """

    def __init__(
        self,
        about: Input,
        write: Callable[[bytes], None],
        first: Sequence[int] = (),
        count: int = 0,
    ) -> None:
        self._name = about.name
        self._newline = about.encoding.newline
        self._write = write
        self.first = list(first)
        self._last = 0
        self.count = count
        self._ended = True

    def __call__(self, number: int, line: bytes) -> None:
        """Take a withheld line, or a further piece of the same."""
        self._write(line)
        self._ended = line.endswith(self._newline)
        if number == self._last:
            return
        self._last = number
        self.count += 1
        if len(self.first) < PLACES:
            self.first.append(number)

    def end(self) -> None:
        """End a last line that lacks its newline: more lines may follow in the same file."""
        if not self._ended:
            self._write(self._newline)

    def add(self, numbers: Sequence[int], count: int) -> None:
        """Count lines that somebody else withheld, the first of which have these numbers."""
        self.first += numbers[: PLACES - len(self.first)]
        self.count += count

    def say(self) -> None:
        """Say where the first withheld lines stand."""
        if self.first:
            more = self.count - len(self.first)
            words.say(words.withheld_lines(self._name, self.first, more))


class Progress:
    """Shows on a terminal how far a source has been read, five times a second at most."""

    def __init__(self, name: str, path: Path | None, *, quiet: bool) -> None:
        self._name = name
        self._size = path.stat().st_size if path is not None else 0
        self._shown = sys.stderr.isatty() and not quiet
        self._next = time.monotonic() + 0.5  # a run that takes less shows nothing
        self._width = 0

    def add(self, read: int) -> None:
        """Take how much was read by now."""
        if not self._shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 0.2
        text = words.progress(self._name, read, self._size)
        room = _columns() - 1  # in the last, some terminals begin a line
        text = text if len(text) <= room else f"…{text[-room + 1 :]}"
        words.tell(f"\r{text}{' ' * (self._width - len(text))}", end="")
        self._width = len(text)

    def clear(self) -> None:
        """Wipe the line."""
        if self._width:
            words.tell(f"\r{' ' * self._width}\r", end="")


def _columns() -> int:
    """Return how wide the terminal is that is told, whatever standard output is."""
    try:
        return max(10, os.get_terminal_size(sys.stderr.fileno()).columns)
    except OSError:
        return 80
