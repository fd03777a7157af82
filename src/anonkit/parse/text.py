"""Plain text: each line is one field, `line`; or a whole stream is one.

A private key block is the one thing that spans lines. While one is open, a line is shown to the
stages behind the beginning of such a block, so that its lines are known for what they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonkit.detect.secrets import in_private_key
from anonkit.errors import Withheld
from anonkit.parse.column import WITHHELD, Treatment, decoded
from anonkit.parse.requests import cutting_requests
from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anonkit.report import Report

RECORD = "text_line"
FIELD = "line"
KEY_BEGINS = "-----BEGIN PRIVATE KEY-----\n"
# In every line that begins or ends a key, and in hardly any other.
_KEY_WORDS = "PRIVATE KEY"


class TextRewriter:
    """Rewrites lines of text, each valid UTF-8 without NUL; others are withheld.

    Args:
        treatments: What the policy says of `line`.
        report: Where lines are counted.
    """

    def __init__(self, treatments: Mapping[str, Treatment], report: Report) -> None:
        self._treatment = cutting_requests(treatments[FIELD])
        self._report = report
        self._in_key = False

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`; return their number and those withheld."""
        lines = data.split(b"\n")
        last = len(lines) - 1
        count = last + bool(lines[last])
        withheld: list[tuple[int, bytes]] = []
        passed = 0
        for number, line in enumerate(lines[:count]):
            newline = b"" if number == last else b"\n"
            content = line.removesuffix(b"\r")
            if not content:
                out += (line, newline)
                continue
            try:
                treated = self._treat(content)
            except Withheld as error:
                self._report.withhold(Place(RECORD, FIELD, error.rule))
                withheld.append((number, line + newline))
            else:
                out += (treated.encode(), line[len(content) :], newline)
                passed += 1
        self._report.passed(RECORD, passed)
        return count, withheld

    def forget(self) -> None:
        """Let go of everything derived from a key."""
        self._treatment = WITHHELD

    @property
    def alone(self) -> bool:
        """Whether the next line is no part of a private key."""
        return not self._in_key

    def _treat(self, content: bytes) -> str:
        text = plain_text(content)
        step = self._treatment.step
        if not self._in_key and _KEY_WORDS not in text:
            return treated(text, self._treatment)
        opened = self._in_key
        self._in_key = in_private_key(text + "\n", opened)
        if not opened or step is None:
            return treated(text, self._treatment)
        return str(step(KEY_BEGINS + text + "\n")).partition("\n")[2].removesuffix("\n")


class Document:
    """One stream that is one text: hand bytes in with `feed`; all comes out at `finish`.

    Args:
        treatments: What the policy says of `line`.
        report: Where the text is counted.
        reject: Called with the number 1 and the bytes of a text that is withheld.
    """

    def __init__(
        self,
        treatments: Mapping[str, Treatment],
        report: Report,
        reject: Callable[[int, bytes], None] | None = None,
    ) -> None:
        self._treatment = cutting_requests(treatments[FIELD])
        self._report = report
        self._reject = reject
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the text; nothing leaves before the end."""
        self._pieces.append(data)
        return b""

    def finish(self) -> bytes:
        """Return what may leave of the text, if there was one."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        if not data:
            return b""
        try:
            out = treated(plain_text(data), self._treatment).encode()
        except Withheld as error:
            self._report.withhold(Place(RECORD, FIELD, error.rule))
            if self._reject is not None:
                self._reject(1, data)
            return b""
        self._report.passed(RECORD, 1)
        return out

    def forget(self) -> None:
        """Let go of everything derived from a key."""
        self._treatment = WITHHELD


def plain_text(content: bytes) -> str:
    """Return bytes as text.

    Raises:
        Withheld: They are not UTF-8, or hold a NUL, as nearly every character of UTF-16 does.
    """
    if b"\0" in content:
        raise Withheld("a NUL character")
    return decoded(content)


def treated(text: str, treatment: Treatment) -> str:
    """Return what may leave of a text: nothing, where it is dropped.

    Raises:
        Withheld: A stage does not understand it.
    """
    if treatment.dropped:
        return ""
    return text if treatment.step is None else str(treatment.step(text))
