"""Which detectors can find anything in a text at all: the reason why clean text costs nearly nothing.

The text is folded once (letters lower case, digits `0`, everything outside ASCII `?`). Every
detector names literals of the folded text without which it cannot match. Two cheap looks decide:

1. Which of the `MARKS` occur. A hint such as `://` or `000-00-0000` needs its own marks, so the
   set of marks present leaves a few hints; that choice is computed once per set and remembered.
2. Which of those hints occur: one search over the folded text.

The gate may let a detector through for nothing; it never holds one back that would match. A
property test compares gated with ungated results.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anonkit.detect.detector import FOLD, LONG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from anonkit.detect.detector import Detector

# Characters that prose rarely has and that most values need: their set has at most 2**11 members,
# in practice some dozens, so the plans are remembered without a bound of their own.
MARKS: Final = b"0@:=/\\+-_%~"
_NOT_MARKS: Final = bytes(code for code in range(256) if code not in MARKS)
_WORDS: Final = bytes(
    ord("w") if chr(code).isalnum() and code < 128 or chr(code) in "_-" else 32  # noqa: PLR2004
    for code in range(256)
)
_LONG_WORD: Final = b"w" * LONG
# Up to this many literals, one substring search each is faster than one expression for all.
_FEW: Final = 5


class _Plan:
    """What to look for in a text that has exactly one set of marks."""

    __slots__ = ("always", "least", "long", "scan", "scan_long")

    def __init__(self, detectors: Sequence[tuple[int, Detector]], marks: frozenset[int]) -> None:
        hints: dict[bytes, int] = {}
        long_hints: dict[bytes, int] = {}
        least: dict[tuple[bytes, int], int] = {}
        self.always = self.long = 0
        for bit, detector in detectors:
            able = [hint.encode() for hint in detector.hints]
            able = [hint for hint in able if marks >= set(hint) & _MARK_SET]
            if detector.hints and not able:
                continue
            needs = [(char.encode(), count) for char, count in detector.least]
            if any(char[0] in _MARK_SET and char[0] not in marks for char, _ in needs):
                continue
            for need in needs:
                least[need] = least.get(need, 0) | bit
            if detector.hints:
                chosen = long_hints if detector.long else hints
                for hint in able:
                    chosen[hint] = chosen.get(hint, 0) | bit
            elif detector.long:
                self.long |= bit
            else:
                self.always |= bit
        self.scan = scanner(hints)
        self.scan_long = scanner(long_hints)
        self.least = tuple((char, count, bits) for (char, count), bits in least.items())

    def __call__(self, folded: bytes) -> int:
        bits = self.always | self.scan(folded)
        if (self.long or self.scan_long is not _nothing) and _LONG_WORD in folded.translate(_WORDS):
            bits |= self.long | self.scan_long(folded)
        if bits:
            for char, count, group in self.least:
                if bits & group and folded.count(char) < count:
                    bits &= ~group
        return bits


_MARK_SET: Final = frozenset(MARKS)


class Gate:
    """Tells which of some detectors can match in a text, as bits in the order they were given."""

    def __init__(self, detectors: Iterable[Detector]) -> None:
        self._detectors = [(1 << place, detector) for place, detector in enumerate(detectors)]
        self._plans: dict[frozenset[int], _Plan] = {}

    def __call__(self, text: str) -> int:
        """Return the bits of the detectors that can match."""
        folded = text.encode("ascii", "replace").translate(FOLD)
        marks = frozenset(folded.translate(None, _NOT_MARKS))
        plan = self._plans.get(marks)
        if plan is None:
            plan = self._plans[marks] = _Plan(self._detectors, marks)
        return plan(folded)


def scanner(hints: dict[bytes, int]) -> Callable[[bytes], int]:
    """Return a function that gives the bits of all hints that occur in a folded text."""
    if not hints:
        return _nothing
    if len(hints) <= _FEW:
        pairs = tuple(hints.items())

        def few(folded: bytes) -> int:
            bits = 0
            for hint, group in pairs:
                if hint in folded:
                    bits |= group
            return bits

        return few
    search = re.compile(_alternatives(hints)).search
    everything = 0
    for group in hints.values():
        everything |= group
    # The longest hint at a place is reported; the hints it begins with occur there as well.
    bits_of = {
        hint: _or(group for other, group in hints.items() if hint.startswith(other))
        for hint in hints
    }

    def many(folded: bytes) -> int:
        bits = 0
        match = search(folded)
        while match is not None:
            bits |= bits_of[match[0]]
            if bits == everything:
                break
            match = search(folded, match.start() + 1)
        return bits

    return many


def _nothing(_folded: bytes) -> int:
    return 0


def _or(groups: Iterable[int]) -> int:
    bits = 0
    for group in groups:
        bits |= group
    return bits


def _alternatives(hints: Iterable[bytes]) -> bytes:
    """Return one expression for many literals, the longest first, grouped by first character."""
    by_first: dict[bytes, list[bytes]] = {}
    for hint in sorted(hints, key=lambda hint: (-len(hint), hint)):
        by_first.setdefault(hint[:1], []).append(re.escape(hint[1:]))
    groups = (re.escape(first) + b"(?:" + b"|".join(rest) + b")" for first, rest in by_first.items())
    return b"|".join(groups)
