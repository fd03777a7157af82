"""Messages that differ in numbers and addresses alone are scrubbed alike: the first ones tell how.

A program has few messages, and what differs between two lines is mostly an address, a port, a
process, a count. So a message is split at its *slots* (IPv4 addresses, and numbers of up to five
digits that stand alone); what remains, with every other digit as `0`, is its shape. Once a shape
has come several times, what scrubbing does to it is worked out, and from then on done by cutting.

That is the same as scrubbing each message, because a shape is only taken when

- no detector can match in any message of it, whatever its digits and the lengths of its numbers,
  except those of `_STEADY`, which ask no digit for its value. What a detector needs is what it
  declares, relaxed as for the gates (`gate_pattern`), and looked for in messages of the shape with
  short and long numbers in turn;
- no digits of it stand so close together that they may be a code (`dense.py`);
- scrubbing gives the same cuts for messages with addresses and numbers of every length.

Nothing else is ever taken from memory: a message of another shape is scrubbed by itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cache
from itertools import accumulate, product
from typing import TYPE_CHECKING, Final, NamedTuple

from anonkit.detect.dense import stretches
from anonkit.detect.detector import fold
from anonkit.detect.fast import gate_pattern
from anonkit.detect.gate import Gate
from anonkit.detect.placeholders import label
from anonkit.detect.relax import relax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anonkit.detect.detector import Detector
    from anonkit.detect.scrubber import Scrubber
    from anonkit.detect.spans import Span

# An IPv4 address of a machine: 0/8, 127/8 and all ones name nobody (RFC 1122, 3.2.1.3; RFC 919), so
# they are no slot. The first digit is taken before it is looked at, which lets `re` skip to it.
_OCTET: Final = r"\.(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_FIRST: Final = (
    r"(?:(?<=1)(?!27\.)[0-9]{0,2}+|(?<=2)(?!55\.)(?:[0-4][0-9]?|5[0-4]?|[6-9])?+|(?<=[3-9])[0-9]?+)"
)
_QUAD: Final = rf"(?<![:/%][0-9]){_FIRST}(?:{_OCTET}){{3}}(?![0-9A-Za-z_.%/+-])"
# A number that no sign ties to other digits: no part of a time, date, version or telephone number.
_TIE: Final = r"[ .,:/()\\-]"
_NUMBER: Final = (
    rf"(?<![0-9]{_TIE}[0-9])(?<![0-9]{_TIE}{_TIE}[0-9])[0-9]{{0,4}}+"
    rf"(?![0-9A-Za-z_.%+-]|{_TIE}{{1,2}}[0-9])"
)
_SLOTS: Final = re.compile(rf"([0-9](?<![0-9A-Za-z_.+-][0-9])(?:{_QUAD}|{_NUMBER}))").split
_SHORTEST_QUAD: Final = len("1.1.1.1")
# What may stand behind the sign of a label (`labels`): blanks, then all of the line behind a quote,
# or else up to a blank.
_VALUE: Final = r"[=>]?[ \t]{0,24}(?:[\\\"'`][^\n]{0,400}|[^\s]{0,400})"
_BESIDE: Final = 2  # characters beside a match that its detector may look at
_TEN: Final = "0123456789"
_TURNS: Final = [str.maketrans(_TEN, _TEN[n:] + _TEN[:n]) for n in range(10)]
_DIGITS: Final = bytes(48 if 48 <= code <= 57 else code for code in range(256))  # noqa: PLR2004
# What a shape must not hold, as digits count in it: another dotted quad, a pointer, an escape
# (`ada%40example.org` is an address, `ada%41example.org` none); and a gap of our own.
_SIGHTED: Final = re.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]|[0-9]x|%[0-9A-Fa-f]?[0-9]|\0")

# Detectors that match by words and signs, and take any digits alike: each has been read for that.
_STEADY: Final = frozenset({
    "ipv4", "email", "account-typed", "account-in-message", "remote-host", "user-of-session",
    "user-in-words", "user-name", "user-of-uid", "name-labelled", "home-linux", "password",
    "password-in-words",
})  # fmt: skip

# Seen so often, a shape is worked out, which takes as long as some forty messages.
_OFTEN: Final = 6
_MOST_SHAPES: Final = 8192
_LONGEST: Final = 1024
# Numbers of one digit to five, whose digits differ from one message to the next.
_NUMBERS: Final = ("7", "42", "195", "8063", "36217")
_QUADS: Final = ("8.8.4.4", "10.0.7.45", "203.0.113.77", "192.168.254.199", "100.64.1.0")


class _Cut(NamedTuple):
    """One thing that goes from a piece of a message: from, to (None: its end), and what comes."""

    piece: int
    start: int
    end: int | None
    put: str


class _Shape(NamedTuple):
    """What scrubbing does to the messages of one shape: which pieces are quads, and all cuts."""

    quads: tuple[int, ...]
    cuts: tuple[_Cut, ...]


class Shapes:
    """A scrubber with labels that remembers what it does to messages of one shape.

    The memory holds words of messages, so it lives and dies with the policy it was made for.

    Args:
        scrubber: Does the work; its result says nothing of a value but its type.
        detectors: Those that it has.
    """

    def __init__(self, scrubber: Scrubber, detectors: Sequence[Detector]) -> None:
        self._scrubber = scrubber
        self._detectors = detectors
        self._gate = Gate(detectors)
        self._shapes: dict[bytes, _Shape] = {}
        self._seen: dict[int, int] = {}

    def __call__(self, text: str) -> str:
        """Return the text with everything found replaced."""
        if len(text) > _LONGEST or not text.isascii():
            return self._scrubber(text)
        pieces = _SLOTS(text)
        key = "\0".join(pieces[::2]).encode().translate(_DIGITS)
        known = self._shapes.get(key)
        if known is None:
            return self._new(text, pieces, key)
        # Numbers and quads leave the same gap; the dots say which is which.
        for place in known.quads:
            if len(pieces[place]) < _SHORTEST_QUAD:
                return self._scrubber(text)
        if text.count(".") - key.count(b".") != 3 * len(known.quads):
            return self._scrubber(text)
        _cut(pieces, known.cuts)
        return "".join(pieces)

    def _new(self, text: str, pieces: list[str], key: bytes) -> str:
        """Scrub a text of a shape that is not known, and learn the shape when it is due."""
        if len(self._shapes) < _MOST_SHAPES:
            if len(self._seen) >= _MOST_SHAPES:
                self._seen.clear()
            mark = hash(key)  # two that share it share their count, and no more
            self._seen[mark] = count = self._seen.get(mark, 0) + 1
            if count == _OFTEN and (new := self._learned(text, pieces)) is not None:
                self._shapes[key] = new
        return self._scrubber(text)

    def _learned(self, text: str, pieces: list[str]) -> _Shape | None:
        """Return what scrubbing does to all messages of a shape, or None where that varies."""
        if any(map(_SIGHTED.search, pieces[::2])) or stretches(text):
            return None
        probes = list(_probes(pieces))
        if not self._steady(["".join(probe) for probe in probes]):
            return None
        cuts = _cuts(pieces, self._scrubber.find(text))
        if cuts is None or any(
            self._scrubber("".join(probe)) != "".join(_cut(probe, cuts))
            for probe in (pieces.copy(), *probes[:: len(_NUMBERS) + 1])
        ):
            return None
        return _Shape(tuple(n for n in range(1, len(pieces), 2) if _is_quad(pieces[n])), cuts)

    def _steady(self, texts: list[str]) -> bool:
        """Tell whether no detector can come to different results in some texts of one shape."""
        bits = self._gate("\n".join(texts))
        data = "\n".join(dict.fromkeys(map(fold, texts)))
        return not any(
            bits >> place & 1
            and not detector.dense
            and detector.name not in _STEADY
            and _looks_at_digits(detector, data)
            for place, detector in enumerate(self._detectors)
        )


def _looks_at_digits(detector: Detector, data: str) -> bool:
    """Tell whether a match in folded text can hold or touch a digit; of a finder, any can."""
    search = _needs(detector).search
    match = search(data)
    while match is not None:
        start, end = match.span()
        if not (detector.pattern or detector.keys):
            return True
        if "0" in data[max(0, start - _BESIDE) : end + _BESIDE]:
            return True
        match = search(data, start + 1)
    return False


@cache
def _needs(detector: Detector) -> re.Pattern[str]:
    """Return an expression that every folded match of a detector matches, label and all."""
    if detector.pattern:
        return re.compile(relax(detector.pattern, fold))
    return re.compile(gate_pattern(detector) + (_VALUE if detector.keys else ""))


def _is_quad(piece: str) -> bool:
    return len(piece) >= _SHORTEST_QUAD


def _probes(pieces: list[str]) -> Iterator[list[str]]:
    """Yield messages of the same shape, with numbers of all lengths next to each other."""
    for turn, (even, odd) in enumerate(product(range(len(_NUMBERS)), repeat=2)):
        probe = [_other_digits(piece, turn) for piece in pieces]
        for place in range(1, len(pieces), 2):
            of = _QUADS if _is_quad(pieces[place]) else _NUMBERS
            probe[place] = of[odd if place & 2 else even]
        yield probe


def _other_digits(piece: str, turn: int) -> str:
    """Return a piece with other digits in the place of its own."""
    return piece.translate(_TURNS[turn % 10])


def _cuts(pieces: list[str], spans: Sequence[Span]) -> tuple[_Cut, ...] | None:
    """Return how to put labels for spans, the last first, or None where one parts a slot."""
    ends = list(accumulate(map(len, pieces)))
    cuts: list[_Cut] = []
    for span in reversed(spans):
        first, last = bisect_right(ends, span.start), bisect_left(ends, span.end)
        start = span.start - (ends[first] - len(pieces[first]))
        end: int | None = span.end - (ends[last] - len(pieces[last]))
        if last % 2:
            end = None
        if (first % 2 and start) or (last % 2 and span.end != ends[last]):
            return None
        put = label(span.type, "")
        if first != last:
            cuts.append(_Cut(last, 0, end, ""))
            cuts += (_Cut(between, 0, None, "") for between in range(first + 1, last))
            end = None
        cuts.append(_Cut(first, start, end, put))
    return tuple(cuts)


def _cut(pieces: list[str], cuts: tuple[_Cut, ...]) -> list[str]:
    """Carry out the cuts on a message, and return it."""
    for piece, start, end, put in cuts:
        if end is None:
            pieces[piece] = pieces[piece][:start] + put if start else put
        else:
            said = pieces[piece]
            pieces[piece] = said[:start] + put + said[end:]
    return pieces
