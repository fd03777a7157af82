"""Plain text: lines without columns, scrubbed as free text."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from anonkit.report import Report

RECORD = "text_line"


class TextRewriter:
    """Rewrites lines of text, each valid UTF-8 without NUL; others are withheld.

    Args:
        scrub: From pieces of text, each cut at a line end, to the same pieces scrubbed. It may
            remember from one to the next, as for a private key that spans lines.
        report: Where lines are counted.
    """

    def __init__(self, scrub: Callable[[Iterable[str]], Iterator[str]], report: Report) -> None:
        self._waiting: deque[str] = deque()
        self._scrubbed = scrub(iter(self._waiting.popleft, None))
        self._report = report

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`; return their number and those withheld."""
        count = data.count(b"\n") + (not data.endswith(b"\n"))
        text = _text(data)
        if text is not None:
            out.append(self._scrub(text))
            self._report.passed(RECORD, count)
            return count, []
        withheld: list[tuple[int, bytes]] = []
        for number, line in enumerate(_lines(data)):
            text = _text(line)
            if text is None:
                withheld.append((number, line))
                self._report.withhold(Place(RECORD, "", "not UTF-8 text"))
            else:
                out.append(self._scrub(text))
                self._report.passed(RECORD, 1)
        return count, withheld

    def forget(self) -> None:
        """Nothing is remembered here."""

    def _scrub(self, text: str) -> bytes:
        self._waiting.append(text)
        return next(self._scrubbed).encode()


def _text(data: bytes) -> str | None:
    """Return bytes as text, or None: UTF-16 has a NUL in nearly every character."""
    if b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _lines(data: bytes) -> list[bytes]:
    """Return lines with their newline; other line ends are part of a line."""
    *whole, last = data.split(b"\n")
    return [*(line + b"\n" for line in whole), *([last] if last else [])]
