"""Lines out of a stream of bytes, however it is split.

The limit on the length of a line holds for the line itself and not for the piece it arrives in, so
every way of splitting the input gives the same output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from anonkit.report import Report

# Longer lines are no log lines and no events; 1 MiB keeps memory flat on hostile input.
LONGEST_LINE = 1 << 20
# Work is done in blocks of this size, which stay in the processor's second-level cache.
BLOCK = 128 << 10


class Rewriter(Protocol):
    """What one format does with lines."""

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`, and count them.

        Args:
            data: Whole lines; only the last may lack its newline.
            out: Where the output goes, in pieces.

        Returns:
            The number of lines, and each withheld one with its number from 0, in order.
        """

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""


class Stream(Protocol):
    """One stream on its way, of lines or of a whole."""

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the stream and return what may leave by now."""

    def finish(self) -> bytes:
        """Take the end of the stream and return what may leave of the rest."""

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""


class Lines:
    """A stream of lines: hand bytes in with `feed`, and call `finish` at the end.

    Args:
        rewriter: What the format does with lines.
        report: Where a line over the limit is counted.
        reject: Called with the number (from 1) and the bytes, newline included, of each withheld
            line, so that none is lost. A line over the limit comes in pieces of one number.
    """

    def __init__(
        self,
        rewriter: Rewriter,
        report: Report,
        reject: Callable[[int, bytes], None] | None = None,
    ) -> None:
        self._rewriter = rewriter
        self._report = report
        self._reject = reject or unkept
        self._carry = bytearray()  # grows in place, however small the pieces are
        self._skipping = False
        self._number = 1  # of the next line

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the stream and return what may leave of the lines that it completes."""
        out: list[bytes] = []
        for start in range(0, len(data), BLOCK):
            self._block(data[start : start + BLOCK] if len(data) > BLOCK else data, out)
        return b"".join(out)

    def finish(self) -> bytes:
        """Take the end of the stream and return what may leave of a last line without newline."""
        out: list[bytes] = []
        if self._carry:
            self._lines(bytes(self._carry), out)
        self._carry = bytearray()
        self._skipping = False
        return b"".join(out)

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""
        self._rewriter.forget()

    @property
    def alone(self) -> bool:
        """Whether what follows the last whole line does not depend on those before, as it may."""
        return bool(getattr(self._rewriter, "alone", False))

    @property
    def count(self) -> int:
        """How many lines were taken."""
        return self._number - 1

    def _block(self, block: bytes, out: list[bytes]) -> None:
        if self._skipping:
            end = block.find(b"\n") + 1
            self._reject(self._number, block[:end] if end else block)
            if not end:
                return
            self._skipping = False
            self._number += 1
            block = block[end:]
        last = block.rfind(b"\n") + 1
        if not last:
            self._carry += block
        else:
            lines = b"".join((self._carry, memoryview(block)[:last]))
            self._carry = bytearray(memoryview(block)[last:])
            # Only the first line can be over the limit: the others lie within one block.
            if len(lines) > LONGEST_LINE and (end := lines.index(b"\n")) > LONGEST_LINE:
                self._too_long(lines[: end + 1])
                self._number += 1
                lines = lines[end + 1 :]
            self._lines(lines, out)
        if len(self._carry) > LONGEST_LINE:
            self._too_long(bytes(self._carry))
            self._carry = bytearray()
            self._skipping = True

    def _too_long(self, line: bytes) -> None:
        self._report.withhold(Place("", "", "line too long"))
        self._reject(self._number, line)

    def _lines(self, lines: bytes, out: list[bytes]) -> None:
        count, withheld = self._rewriter.rewrite(lines, out)
        for number, line in withheld:
            self._reject(self._number + number, line)
        self._number += count


def unkept(_number: int, _line: bytes) -> None:
    """Do nothing with a withheld line: it is counted, and nobody asked to have it."""
