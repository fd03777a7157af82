"""Where digits stand close together: the only places where numbers of people and things can be.

Most numbers in logs are short, or dates. One search finds the stretches with seven and more digits
that are no date. Each is widened to the code it may be part of, and its shape (`0000 0000`) says
which of the many patterns of codes can match: a few shapes make up nearly all codes, so the answer
is remembered. A shape holds no digit of the value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from anonkit.detect.detector import around
from anonkit.detect.literals import roots
from anonkit.detect.relax import WORD_BEGINS, relax, relax_word, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from anonkit.detect.detector import Check, Detector

    Finditer = Callable[[str, int, int], Iterator[re.Match[str]]]

# Fewer digits number nobody.
FEWEST: Final = 7
# What has many digits and is no code: a date, a time, a dotted quad, a decimal fraction, a pointer.
# It is taken as a whole, so that its rest is not looked at either.
_NO_CODE: Final = (
    r"[0-9]{3}[-/.][0-9]{2}[-/.][0-9]{2}(?![0-9/.-])"
    r"|[0-9]?:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]{1,9})?(?![0-9])"
    r"|[0-9]{0,2}(?:\.[0-9]{1,3}){3}(?![0-9.])"
    r"|[0-9]{0,12}\.[0-9]{1,12}(?![0-9 ./-])"
    r"|(?<=0)x[0-9A-Fa-f]{1,16}(?![0-9A-Za-z])"
)
# Most numbers are short and end before a word or a sign: one look ahead passes them over.
_SHORT: Final = r"[0-9]{0,5}+(?:[^0-9 .\-/():x\u00a0\u202f]| [^0-9 .\-/()\u00a0\u202f]|\Z)"
# A code goes on to the left and right in groups of up to five letters and digits, of which letters
# are capitals; what touches the digits belongs to it in any case (ISO 13616: `GB98 MIDL 0700 …`).
_GROUPS: Final = (
    r"[0-9A-Za-z]{0,12}(?:[ .\-/(+\u00a0\u202f]{1,2}[0-9A-Z]{1,5}(?![0-9A-Za-z])){0,4}[(+0]?"
)
# Digits with at most three separators between them: ` - `, `) /`.
_DENSE: Final = re.compile(
    rf"[0-9](?<![0-9][0-9])(?<![0-9][.:][0-9])(?!{_SHORT})(?:(?P<none>{_NO_CODE})"
    rf"|(?:[ .\-/()\u00a0\u202f]{{0,3}}[0-9]){{6,60}}(?=(?P<more>{_GROUPS})))"
)
_TO_THE_LEFT: Final = re.compile(_GROUPS)
# Whether there can be a group on the left at all: mostly a word stands there.
_LEFT_GROUP: Final = re.compile(r".[0-9A-Za-z(+]|[0-9A-Z .\-/(+][ .\-/\u00a0\u202f]", re.DOTALL)
# The same for a folded text, roughly: dates that a blank or a `T` follows taken out, and all
# separators (`?` is one outside ASCII). It costs a tenth of the search.
DATES: Final = (b"0000-00-00 ", b"0000-00-00t", b"0000/00/00 ", b"00.00.0000 ", b"00/00/0000 ")
# Other times, taken out only where digits are left that may be a code: fractions of seconds and of
# uptimes, and what a web server says between quotes: `" 200 12345`.
_STAMPS: Final = (
    b"0:00.000000", b".000000]", b"0000000000.000 ", b'" 000 ',
)  # fmt: skip
_SEPARATORS: Final = b" .-/()?"
_DIGITS: Final = b"0" * FEWEST
_DIGIT: Final = re.compile("[0-9]")
_LEFT: Final = 40
# Shapes are few; a text made to have many must not fill the memory, at 2 kB each.
_MOST_SHAPES: Final = 512


def may_hold_codes(data: bytes) -> bool:
    """Tell whether a folded text can have a stretch of dense digits."""
    if _DIGITS not in data.translate(None, _SEPARATORS):
        return False
    for date in DATES:
        data = data.replace(date, b"_")
    if _DIGITS not in data.translate(None, _SEPARATORS):
        return False
    if b":" not in data:
        return True
    for stamp in _STAMPS:
        data = data.replace(stamp, b"_")
    return _DIGITS in data.translate(None, _SEPARATORS)


class _Row(NamedTuple):
    """A detector with its pattern, the group of the value, and what decides on it.

    Its words are asked for each stretch, and no more for each match.
    """

    detector: Detector
    finditer: Finditer
    group: int
    check: Check | None


class _Able(NamedTuple):
    """The detectors that can match in stretches of one shape, the best first, and their words.

    Words stand under what they have in common (`roots`).
    """

    rows: tuple[_Row, ...]
    words: tuple[tuple[str, tuple[str, ...]], ...]


_NOTHING: Final = _Able((), ())


class Codes:
    """The detectors of codes, and for each shape of a stretch those that can match in it."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        ranked = sorted(detectors, key=lambda one: (-one.priority, one.name))
        alone = [relax_word(one.pattern) for one in ranked]
        self._rows = tuple(
            (
                re.compile(word or relax(detector.pattern)).search,
                _Row(
                    detector,
                    (pattern := re.compile(detector.pattern)).finditer,
                    pattern.groupindex.get("value", 0),
                    detector.check,
                ),
            )
            for word, detector in zip(alone, ranked, strict=True)
        )
        # Identifiers in hexadecimal have a shape of their own each, and no word in it is a code:
        # this says so in 5 µs, where asking all detectors takes 60.
        words = [word.removeprefix(WORD_BEGINS) for word in alone if word]
        self._any = (
            re.compile(f"{WORD_BEGINS}(?:{'|'.join(words)})").search
            if len(words) == len(ranked)
            else None
        )
        self._roots = roots(frozenset(word for one in ranked for word in one.words))
        self._by_shape: dict[str, _Able] = {}

    def find(self, text: str) -> Iterator[tuple[int, int, Detector]]:
        """Yield start, end and detector of every code in a text that may hold codes."""
        for start, end in stretches(text):
            able = self._able(shape(text[start:end]))
            near: frozenset[str] | None = None
            for detector, finditer, group, check in able.rows:
                if detector.words:
                    if near is None:
                        window = around(text, start, end)
                        near = frozenset(
                            [
                                word
                                for root, words in able.words
                                if root in window
                                for word in words
                                if word in window
                            ]
                        )
                    if near.isdisjoint(detector.words):
                        continue
                whole = False
                # Two characters more, so that a pattern sees what stands right behind a code.
                for match in finditer(text, start, end + 2):
                    low, high = match.span(group)
                    if low == high:  # the group took no part, or holds nothing
                        low, high = match.span()
                    if check is not None and not check(text[low:high]):
                        continue
                    yield low, high, detector
                    whole = (low == start or not _DIGIT.search(text, start, low)) and (
                        high >= end or not _DIGIT.search(text, high, end)
                    )
                if whole:  # all digits belong to it: what comes now is worth less
                    break

    def _able(self, look: str) -> _Able:
        able = self._by_shape.get(look)
        if able is None:
            if self._any is not None and not self._any(look):
                return _NOTHING
            rows = tuple(row for can, row in self._rows if can(look))
            by_root: dict[str, list[str]] = {}
            for word in {word for row in rows for word in row.detector.words}:
                by_root.setdefault(self._roots[word], []).append(word)
            able = _Able(rows, tuple((root, tuple(words)) for root, words in by_root.items()))
            if len(self._by_shape) >= _MOST_SHAPES:
                self._by_shape.clear()
            self._by_shape[look] = able
        return able


def stretches(text: str) -> list[tuple[int, int]]:
    """Return the stretches of a text, in order and apart, in which a code can stand."""
    found: list[tuple[int, int]] = []
    last = 0
    for match in _DENSE.finditer(text):
        end = match.end("more")
        if end < 0:  # no code
            continue
        start = match.start()
        if start < 2 or _LEFT_GROUP.match(text, start - 2):  # noqa: PLR2004 - the two before
            before = _TO_THE_LEFT.match(text[max(0, start - _LEFT) : start][::-1])
            start -= before.end() if before else 0
        if found and start < last:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
        last = end
    return found
