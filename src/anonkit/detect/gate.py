"""Which detectors can find anything in a text: the reason why clean text costs nearly nothing.

Each detector declares what a match of its own cannot be without. The gate looks for that, cheapest
first, and stops as soon as nothing is left:

1. `marks`: the text's signature keeps blanks, capitals (as `A`), digits (as `0`) and a few signs.
   Which signs occur picks a plan, made once and remembered; so are the signatures of a plan, as
   lines of one program have few.
2. `keys`: the end of a label right before `:` or `=`, once blanks and quotes are taken out.
3. `long`: a word as long as a token. `least`: how often a character occurs.
4. `hints`: literals of the folded text (lower case, digits `0`, `?` for anything outside ASCII).

The gate may let a detector through for nothing; it never holds one back that would match. A
property test compares gated with ungated results.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from anonkit.detect.detector import FOLD, LONG, SIGNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anonkit.detect.detector import Detector

# Blanks stay in a signature, so that numbers stay apart. `?` stands for whatever is outside ASCII,
# which may be a capital.
_LOST: Final = ord("?")
_KEPT: Final = SIGNS.encode() + b" ?"
_SIGNATURE: Final = bytes(
    ord("0") if chr(code).isdigit() else ord("A") if chr(code).isupper() or code == _LOST else code
    for code in range(128)
) + bytes(range(128, 256))
_DROPPED: Final = bytes(
    code
    for code in range(256)
    if code not in _KEPT and not 65 <= code <= 90 and not 48 <= code <= 57  # noqa: PLR2004
)
_WORDS: Final = bytes(
    ord("w") if (chr(code).isalnum() and code < 128) or chr(code) in "_-" else 32  # noqa: PLR2004
    for code in range(256)
)
_LONG_WORD: Final = b"w" * LONG
# What may stand between a label and its sign: `"key": `, `key2']=`, `key != `, `\"key\" => `.
_BETWEEN: Final = b" \t\"'`\\]!0"


# Signatures remembered for each plan, and the number of marks up to which looking costs less. They
# hold no value: blanks, A, 0 and signs.
_MOST_SEEN: Final = 1024
_FEW: Final = 6


class _Marked:
    """Which detectors' marks occur, for texts whose signature consists of the same characters."""

    __slots__ = ("_bits", "_marks", "_seen")

    def __init__(self, detectors: Sequence[tuple[int, Detector]], present: frozenset[str]) -> None:
        marks: dict[str, int] = {}
        self._bits = 0
        for bit, one in detectors:
            able = [mark for mark in one.marks if set(mark) <= present]
            if _impossible(one, able, present):
                continue
            self._bits |= bit
            if able and min(map(len, able)) > 1:
                for mark in able:
                    marks[mark] = marks.get(mark, 0) | bit
        self._marks = _any_of(marks)
        self._seen: dict[str, int] = {}

    def __call__(self, signature: str) -> int:
        if len(self._marks[1]) <= _FEW:
            return _filter(self._bits, self._marks, signature)
        bits = self._seen.get(signature)
        if bits is None:
            bits = _filter(self._bits, self._marks, signature)
            if len(self._seen) < _MOST_SEEN:
                self._seen[signature] = bits
        return bits


def _impossible(one: Detector, able: list[str], present: frozenset[str]) -> bool:
    """Tell whether a detector needs a character that the signature does not have."""
    return (
        bool(one.marks and not able)
        or bool(one.hints and not any(set(hint) & _SIGN_SET <= present for hint in one.hints))
        or any(char in _IN_SIGNATURE and char not in present for char, _ in one.least)
    )


class _Plan:
    """What else to look for, once the marks have left some detectors."""

    __slots__ = ("_all", "_hints", "_keys", "_least", "_long", "_long_hints")

    def __init__(self, detectors: Sequence[tuple[int, Detector]]) -> None:
        hints: dict[str, int] = {}
        long_hints: dict[str, int] = {}
        keys: dict[str, int] = {}
        least: dict[tuple[str, int], int] = {}
        self._all = self._long = 0
        for bit, one in detectors:
            self._all |= bit
            self._long |= bit if one.long else 0
            for hint in one.hints:
                group = long_hints if one.long else hints
                group[hint] = group.get(hint, 0) | bit
            for key in one.keys:
                end = key.replace(" ", "")[-_KEY_END:]
                keys[end] = keys.get(end, 0) | bit
            for need in one.least:
                least[need] = least.get(need, 0) | bit
        self._hints = _any_of(hints)
        self._long_hints = _any_of(long_hints)
        self._keys = _Keys(keys) if keys else None
        self._least = tuple((char, count, bits) for (char, count), bits in least.items())

    def __call__(self, data: bytes) -> int:
        bits = self._all
        folded_bytes = data.translate(FOLD)
        if self._keys is not None:
            bits &= ~self._keys.bits | self._keys.found(folded_bytes)
        folded = folded_bytes.decode("ascii")
        if self._long:
            words = folded_bytes.translate(_WORDS)
            bits = (
                _filter(bits, self._long_hints, _long_words(words, folded))
                if _LONG_WORD in words
                else bits & ~self._long
            )
        for char, count, group in self._least:
            if bits & group and folded.count(char) < count:
                bits &= ~group
        return _filter(bits, self._hints, folded)


# A token's prefix may end in a full stop and so stand before its long word: `hvs.`, `dp.pt.`.
_PREFIX: Final = 14


def _long_words(words: bytes, folded: str) -> str:
    """Return the long words of a folded text, each with what stands right before it."""
    pieces: list[str] = []
    at = words.find(_LONG_WORD)
    while at >= 0:
        end = words.find(b" ", at)
        end = len(words) if end < 0 else end
        pieces.append(folded[max(0, at - _PREFIX) : end])
        at = words.find(_LONG_WORD, end)
    return " ".join(pieces)


# So much of a label's end is looked at.
_KEY_END: Final = 4

# Detectors that need one of some literals: all of their bits, and for each literal its bits.
_AnyOf = tuple[int, tuple[tuple[str, int], ...]]


def _any_of(groups: dict[str, int]) -> _AnyOf:
    everything = 0
    for bits in groups.values():
        everything |= bits
    return everything, tuple(groups.items())


def _filter(bits: int, any_of: _AnyOf, text: str) -> int:
    """Return the bits without those detectors none of whose literals is in the text."""
    needing, literals = any_of
    missing = bits & needing
    if not missing:
        return bits
    for literal, group in literals:
        if missing & group and literal in text:
            missing &= ~group
    return bits & ~missing


class _Keys:
    """The ends of labels that some detectors need right before `:` or `=`."""

    __slots__ = ("_of_end", "_search", "bits")

    def __init__(self, keys: dict[str, int]) -> None:
        self.bits = 0
        for bits in keys.values():
            self.bits |= bits
        ends = sorted(keys, key=lambda end: (end[-1], -len(end), end))
        groups = []
        for last, same in groupby(ends, key=lambda end: end[-1]):
            looks = "|".join(f"(?<=({re.escape(end)})[:=])" for end in same)
            groups.append(f"(?<={re.escape(last)}[:=])(?:{looks})")
        self._search = re.compile(f"[:=](?:{'|'.join(groups)})".encode()).search
        # A longer end that is found hides the shorter ones it ends with: their detectors count too.
        self._of_end = [0] + [
            _any_of({other: bits for other, bits in keys.items() if end.endswith(other)})[0]
            for end in ends
        ]

    def found(self, folded: bytes) -> int:
        """Return the bits of the detectors whose label may stand in a folded text."""
        packed = folded.translate(None, _BETWEEN)
        bits = 0
        match = self._search(packed)
        while match is not None:
            bits |= self._of_end[match.lastindex or 0]
            if bits == self.bits:
                break
            match = self._search(packed, match.end())
        return bits


_SIGN_SET: Final = frozenset(SIGNS)
_IN_SIGNATURE: Final = frozenset(SIGNS + "0A ")


class Gate:
    """Tells which of some detectors can match in a text, as bits in the order they were given."""

    def __init__(self, detectors: Iterable[Detector]) -> None:
        self._detectors = [(1 << place, detector) for place, detector in enumerate(detectors)]
        # At most 2 ** 16 sets of signs; texts of one program have a few dozen.
        self._marked: dict[frozenset[str], _Marked] = {}
        self._plans: dict[int, _Plan] = {}

    def __call__(self, text: str) -> int:
        """Return the bits of the detectors that can match."""
        data = text.encode("ascii", "replace")
        signature = data.translate(_SIGNATURE, _DROPPED).decode("ascii")
        present = frozenset(signature)
        marked = self._marked.get(present)
        if marked is None:
            marked = self._marked[present] = _Marked(self._detectors, present)
        bits = marked(signature)
        if not bits:
            return 0
        plan = self._plans.get(bits)
        if plan is None:
            plan = _Plan([(bit, one) for bit, one in self._detectors if bit & bits])
            if len(self._plans) >= _MOST_SEEN:
                self._plans.clear()
            self._plans[bits] = plan
        return plan(data)
