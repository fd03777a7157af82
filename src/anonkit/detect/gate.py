"""Which detectors can find anything in a text: the reason why clean text costs nearly nothing.

Each detector declares what a match of its own cannot be without. The gate looks for that, cheapest
first, and stops as soon as nothing is left:

1. `marks`: the text's signature keeps blanks, capitals (as `A`), digits (as `0`) and a few signs,
   and of a run of digits or blanks one. Lines of one program have few signatures, so which
   detectors a signature leaves is remembered.
2. `dense`: seven digits with nothing but separators between them. `least`: how often a character
   occurs. `keys`: a label right before `:` or `=`. `long`: a word as long as a token, and how its
   parts begin. `opens`: how a line begins.
3. `hints`: literals of the folded text (lower case, digits `0`, `?` for anything outside ASCII).

The gate may let a detector through for nothing; it never holds one back that would match. A
property test compares gated with ungated results.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from anonkit.detect.dense import may_hold_codes
from anonkit.detect.detector import FOLD, LONG, SIGNS
from anonkit.detect.literals import Tree, found, roots, tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anonkit.detect.detector import Detector

# `?` stands for whatever is outside ASCII, which may be a capital.
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
# Signatures remembered, and how long one may be; they hold no value: blanks, A, 0 and signs. More
# are worked out each time: a cache that keeps changing costs more than none.
_MOST_SEEN: Final = 1024
_LONGEST_SEEN: Final = 512
# Sets of signs that a text may lack, and of detectors, whose marks and hints are remembered, some
# 5 kB each: texts have few. With others all are looked for.
_MOST_SETS: Final = 256
_NONE: Final[frozenset[str]] = frozenset()


class Gate:
    """Tells which of some detectors can match in a text, as bits in the order they were given."""

    def __init__(self, detectors: Iterable[Detector]) -> None:
        rows = [(1 << place, one) for place, one in enumerate(detectors)]
        self._rows = rows
        self._dense = sum(bit for bit, one in rows if one.dense)
        # A signature has all signs; other characters are counted in the text.
        self._least = _grouped(
            ((char.encode(), count), bit)
            for bit, one in rows
            for char, count in one.least
            if char not in SIGNS
        )
        self._keys = _Keys(_grouped((key, bit) for bit, one in rows for key in one.keys))
        self._long = _LongWords([(bit, one) for bit, one in rows if one.long])
        self._opens = _Openings([(start, bit) for bit, one in rows for start in one.opens])
        self._roots = roots(frozenset(hint for _, one in rows for hint in one.hints))
        self._unhinted = sum(bit for bit, one in rows if not one.hints)
        self._hints: dict[tuple[int, frozenset[str]], Tree] = {}
        self._seen: dict[str, tuple[int, frozenset[str]]] = {}
        self._lacking = {_NONE: self._lack(_NONE)}
        self._every = tree(self._lacking[_NONE].hints, self._roots)

    def __call__(self, text: str) -> int:
        """Return the bits of the detectors that can match."""
        data = text.encode("ascii", "replace")
        signature = " ".join(data.translate(_SIGNATURE, _DROPPED).decode("ascii").split())
        while "00" in signature:
            signature = signature.replace("00", "0")
        bits, missing = self._seen.get(signature) or self._marked(signature)
        return self._narrowed(bits, missing, data.translate(FOLD)) if bits else 0

    def _marked(self, signature: str) -> tuple[int, frozenset[str]]:
        """Return the bits of the detectors one of whose marks occurs, and the signs that do not.

        Random tokens give each line a signature of its own, so what depends only on which signs
        are missing is worked out once for all of them: 6 in place of 100 µs.
        """
        missing = _IN_SIGNATURE.difference(signature)
        lack = self._lacking.get(missing)
        if lack is None:
            if len(self._lacking) < _MOST_SETS:
                self._lacking[missing] = lack = self._lack(missing)
            else:
                lack = self._lacking[_NONE]
        bits = lack.unmarked | _bits_in(signature, lack.marks)
        for (char, count), group in lack.least:
            if bits & group and signature.count(char) < count:
                bits &= ~group
        made = bits, lack.missing
        if len(self._seen) < _MOST_SEEN and len(signature) <= _LONGEST_SEEN:
            self._seen[signature] = made
        return made

    def _lack(self, missing: frozenset[str]) -> _Lack:
        """Return what is left to look for in texts that lack some signs."""
        rows = [
            (bit, one)
            for bit, one in self._rows
            if not (one.dense and "0" in missing)
            and not (one.hints and all(missing.intersection(hint) for hint in one.hints))
            and not any(char in missing for char, _ in one.least)
        ]
        return _Lack(
            missing,
            sum(bit for bit, one in rows if not one.marks),
            _grouped(
                (mark, bit) for bit, one in rows for mark in one.marks if missing.isdisjoint(mark)
            ),
            _grouped((need, bit) for bit, one in rows for need in one.least if need[0] in SIGNS),
            _grouped(
                (hint, bit) for bit, one in rows for hint in one.hints if missing.isdisjoint(hint)
            ),
        )

    def _narrowed(self, bits: int, missing: frozenset[str], data: bytes) -> int:
        """Return those bits whose detectors also find in the folded text what else they need."""
        if bits & self._dense and not may_hold_codes(data):
            bits &= ~self._dense
        for (char, count), group in self._least:
            if bits & group and data.count(char) < count:
                bits &= ~group
        keyed = bits & self._keys.bits
        if keyed:
            bits &= self._keys.found(data) | ~keyed
        long = bits & self._long.bits
        if long:
            bits &= self._long.found(data) | ~long
        opened = bits & self._opens.bits
        if opened:
            bits &= self._opens.found(data) | ~opened
        hints = self._hints.get((bits, missing))
        if hints is None:
            hints = self._hints_of(bits, missing)
        free = self._unhinted
        return bits & (free | found(data.decode("ascii"), hints) if hints else free)

    def _hints_of(self, bits: int, missing: frozenset[str]) -> Tree:
        """Return the hints of some detectors that can occur, or those of all detectors."""
        if len(self._hints) >= _MOST_SETS:
            return self._every
        wanted = (one for one in self._lacking[missing].hints if one[1] & bits)
        made = self._hints[bits, missing] = tree(wanted, self._roots)
        return made


_Key = TypeVar("_Key")


class _Lack(NamedTuple):
    """What is left to look for in texts that lack some signs: all else needs one of those."""

    missing: frozenset[str]
    unmarked: int  # the bits of detectors that need no mark
    marks: tuple[tuple[str, int], ...]
    least: tuple[tuple[tuple[str, int], int], ...]
    hints: tuple[tuple[str, int], ...]


# What of a mark, a hint or a needed character a signature shows; blanks at its ends are gone.
_IN_SIGNATURE: Final = frozenset(SIGNS + "0A")


def _bits_in(text: str, literals: Iterable[tuple[str, int]]) -> int:
    """Return the bits of those literals that stand in a text."""
    bits = 0
    for literal, group in literals:
        if literal in text:
            bits |= group
    return bits


def _grouped(pairs: Iterable[tuple[_Key, int]]) -> tuple[tuple[_Key, int], ...]:
    """Return each key once, with the bits of all who need it."""
    groups: dict[_Key, int] = {}
    for key, bit in pairs:
        groups[key] = groups.get(key, 0) | bit
    return tuple(groups.items())


# What may stand between a label and its sign: `"key": `, `key2']=`, `key != `, `\"key\" => `.
_BETWEEN: Final = b" \t\"'`\\]!0"


class _Keys:
    """The ends of labels that some detectors need right before `:` or `=`."""

    def __init__(self, keys: Iterable[tuple[str, int]]) -> None:
        self.bits = 0
        # By the last two characters: one look for each sign, and mostly nothing more.
        self._ends: dict[str, list[tuple[str, int]]] = {}
        for key, bits in keys:
            self.bits |= bits
            packed = key.replace(" ", "")
            self._ends.setdefault(packed[-2:], []).append((packed, bits))

    def found(self, data: bytes) -> int:
        """Return the bits of the detectors whose label stands in a folded text."""
        packed = data.translate(None, _BETWEEN).replace(b"=", b":").decode("ascii")
        bits = 0
        ends = self._ends
        for label in packed.split(":")[:-1]:
            end = label[-2:]
            if end in ends:
                for key, group in ends[end]:
                    if label.endswith(key):
                        bits |= group
        return bits


# So many characters of a beginning are looked up, of a line or of a token.
_START: Final = 3
# What may stand before the beginning of a line: blanks, and what quotes a line or sets it off.
SET_OFF: Final = " \t>*|#\"'_-"


class _Openings:
    """The beginnings of lines that some detectors need."""

    def __init__(self, openings: Iterable[tuple[str, int]]) -> None:
        self.bits = 0
        # By the first characters: mostly nothing more is looked at.
        self._starts: dict[bytes, list[tuple[bytes, int]]] = {}
        for opening, bit in openings:
            self.bits |= bit
            literal = opening.encode()
            self._starts.setdefault(literal[:_START], []).append((literal, bit))

    def found(self, data: bytes) -> int:
        """Return the bits of the detectors with whose words a line of a folded text begins.

        A line ends in a blank, as it were.
        """
        bits = 0
        starts = self._starts
        for line in (data + b" ").replace(b"\n", b" \n").split(b"\n"):
            begun = line.lstrip(_SET_OFF)
            if begun[:_START] in starts:
                for start, bit in starts[begun[:_START]]:
                    if begun.startswith(start):
                        bits |= bit
        return bits


_SET_OFF: Final = SET_OFF.encode()
_WORDS: Final = bytes(
    ord("w") if (chr(code).isalnum() and code < 128) or chr(code) in "_-" else 32  # noqa: PLR2004
    for code in range(256)
)
_PARTS: Final = bytes(
    code if chr(code).isalnum() and code < 128 else 32  # noqa: PLR2004
    for code in range(256)
)
_LONG_WORD: Final = b"w" * LONG
# A token's beginning may end in a full stop and so stand before its long word: `hvs.`,
# `dp.st.name-of-environment.`.
_PREFIX: Final = 48


class _LongWords:
    """What detectors of tokens need: a long word, with their beginning or with a digit in it.

    A detector with hints needs neither: its hints are looked for later.
    """

    def __init__(self, rows: Iterable[tuple[int, Detector]]) -> None:
        self.bits = 0
        lengths: list[tuple[int, int]] = []
        digit_lengths: list[tuple[int, int]] = []
        self._starts: dict[bytes, list[tuple[bytes, int]]] = {}
        for bit, one in rows:
            self.bits |= bit
            if not one.starts:
                (lengths if one.hints else digit_lengths).append((one.long, bit))
            for start in one.starts:
                literal = start.encode()
                first = literal.translate(_PARTS).split()[0][:_START]
                self._starts.setdefault(first, []).append((literal, bit))
        self._lengths, self._with_length = _up_to(lengths)
        self._digit_lengths, self._with_digit_length = _up_to(digit_lengths)

    def found(self, data: bytes) -> int:
        """Return the bits of the detectors whose words stand in a folded text."""
        words = data.translate(_WORDS)
        at = words.find(_LONG_WORD)
        if at < 0:
            return 0
        longest = with_digit = 0
        pieces: set[bytes] = set()  # tokens come again and again
        while at >= 0:
            end = words.find(b" ", at)
            end = len(words) if end < 0 else end
            longest = max(longest, end - at)
            if end - at > with_digit and data.find(b"0", at, end) >= 0:
                with_digit = end - at
            pieces.add(data[max(0, at - _PREFIX) : end])
            at = words.find(_LONG_WORD, end)
        joined = b" ".join(pieces)
        bits = self._with_length[bisect_right(self._lengths, longest)]
        bits |= self._with_digit_length[bisect_right(self._digit_lengths, with_digit)]
        firsts = {part[:_START] for part in set(joined.translate(_PARTS).split())}
        for first in self._starts.keys() & firsts:
            for start, bit in self._starts[first]:
                if start in joined:
                    bits |= bit
        return bits


def _up_to(lengths: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Return lengths in order, and the bits of the first none, one, two … of them together."""
    lengths.sort()
    sums = accumulate((bit for _, bit in lengths), initial=0)
    return [length for length, _ in lengths], list(sums)
