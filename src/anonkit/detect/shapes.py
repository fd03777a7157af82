"""Messages that differ in numbers, addresses and identifiers are scrubbed as the first were.

A program has few messages, and what differs between two lines is mostly an address, a port, a
process, a count, a UUID. So a message is split at its *slots* (IPv4 addresses, and numbers of up to
five digits that stand alone); what remains, with every other digit as `0` and identifiers masked
(`ids`), is its shape. Once a shape has come several times, what scrubbing does to it is worked out,
and from then on done by cutting.

That is the same as scrubbing each message, because a shape is only taken when

- no detector can match in any message of it, whatever its digits and identifiers and the lengths of
  its numbers, except those that ask none for its value (`steady`); nor where the cuts left labels;
- no digits of it stand so close together that they may be a code (`dense.py`);
- scrubbing gives the same cuts for messages with addresses and numbers of every length.

Nothing else is ever taken from memory: a message of another shape is scrubbed by itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from anonkit.detect.dense import stretches
from anonkit.detect.gate import Gate
from anonkit.detect.ids import CAPITAL, GROUP, SMALL, mask
from anonkit.detect.placeholders import blank, label, placeholders
from anonkit.detect.steady import are_steady
from anonkit.detect.table import label_types

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
_TEN: Final = "0123456789"
# Stand in shapes: for a slot, and before what a finer shape says of its slots.
_GAP: Final = "\0"
_FINE: Final = b"\0\0"
_MASKED: Final = re.compile(rf"{SMALL}+|{CAPITAL}+|{GROUP}+")
_MIXED: Final = "1f8c3d6b0e"
_TURNS: Final = [str.maketrans(_TEN, _TEN[n:] + _TEN[:n]) for n in range(10)]
_DIGITS: Final = bytes(48 if 48 <= code <= 57 else code for code in range(256))  # noqa: PLR2004
# What a shape must not hold, as digits count in it: another dotted quad, a pointer, an escape
# (`ada%40example.org` is an address, `ada%41example.org` none), what may be a letter (`spelling`).
_SIGHTED: Final = re.compile(
    r"[0-9]\.[0-9]{1,3}\.[0-9]|[0-9]x|%[Cc][A-Fa-f]|%[0-9A-Fa-f]?[0-9]|&#|&[A-Za-z]{3,6};|\\[ux][0-9c]|=[CD][0-9A-F]="
)

# Seen so often, a shape is worked out, which takes as long as some thirty messages, or 160 where it
# has identifiers. So many must have been scrubbed beside some in advance: a log whose shapes are
# too many to be worth it takes twice as long at most.
_OFTEN: Final = 6
_COST: Final = 30
_COST_WITH_IDS: Final = 160
_ADVANCE: Final = 16 * _COST_WITH_IDS
_LARGE: Final = 1 << 62
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
    """What scrubbing does to the messages of one shape.

    Args:
        quads: Which pieces are addresses.
        dots: The full stops beside those.
        cuts: All that goes.
    """

    quads: tuple[int, ...]
    dots: int
    cuts: tuple[_Cut, ...]


# What happens to messages of this shape depends on which of their numbers have one digit.
_FINER: Final = _Shape((), 0, ())


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
        self._types = label_types(detectors)
        self._shapes: dict[bytes, _Shape] = {}
        self._seen: dict[int, int] = {}
        self._saved = _ADVANCE

    def __call__(self, text: str) -> str:
        """Return the text with everything found replaced."""
        if len(text) > _LONGEST or not text.isascii() or _GAP in text:
            return self._scrubber(text)
        masked = text
        pieces = _SLOTS(text)
        known = self._shapes.get(key := _key(pieces))
        if known is None:
            masked = mask(text)
            if masked is not text:
                pieces = _SLOTS(masked)
                known = self._shapes.get(key := _key(pieces))
        if known is _FINER:
            known = self._shapes.get(key := _finer(key, pieces))
        if known is None:
            return self._new(text, pieces, key)
        # Numbers and quads leave the same gap; the dots say which is which.
        for place in known.quads:
            if len(pieces[place]) < _SHORTEST_QUAD:
                return self._scrubber(text)
        if text.count(".") != known.dots + 3 * len(known.quads):
            return self._scrubber(text)
        if not known.cuts:
            return text
        return "".join(_cut(pieces if masked is text else _split_as(pieces, text), known.cuts))

    def _new(self, text: str, pieces: list[str], key: bytes) -> str:
        """Scrub a text of a shape that is not known, and learn the shape when it is due."""
        if len(self._shapes) < _MOST_SHAPES:
            if len(self._seen) >= _MOST_SHAPES:
                self._seen.clear()
            mark = hash(key)  # two that share it share their count, and no more
            self._seen[mark] = count = self._seen.get(mark, 0) + 1
            self._saved += 1
            cost = _COST_WITH_IDS if _MASKED.search(key.decode()) else _COST
            if count >= _OFTEN and self._saved >= cost:
                self._saved -= cost
                self._seen[mark] = -_LARGE
                if (new := self._learned(text, pieces, key)) is not None:
                    self._shapes[key] = new
        return self._scrubber(text)

    def _learned(self, text: str, pieces: list[str], key: bytes) -> _Shape | None:
        """Return what scrubbing does to all messages of a shape, or None where that varies."""
        masked = "".join(pieces)
        if any(map(_SIGHTED.search, pieces[::2])) or stretches(masked):
            return None
        # Detectors see no label of an earlier pass.
        seen = _split_as(pieces, blank(masked, placeholders(text, self._types)))
        if not self._steady(seen):
            return None
        cuts = _cuts(pieces, self._scrubber.find(text))
        if cuts is None or self._differs(_split_as(pieces, text), cuts):
            return None
        finer = _FINE in key
        if any(self._differs(probe, cuts) for probe in _probes(pieces, finer=finer)):
            return None if finer else _FINER
        blanked = tuple(cut._replace(put=_GAP * len(cut.put)) for cut in cuts)
        if cuts and not self._steady(_cut(seen, blanked)):
            return None
        quads = tuple(n for n in range(1, len(pieces), 2) if _is_quad(pieces[n]))
        return _Shape(quads, "".join(pieces[::2]).count("."), cuts)

    def _steady(self, pieces: list[str]) -> bool:
        """Tell whether all detectors come to the same results in all messages of a shape."""
        awake = self._detectors
        if not _MASKED.search("".join(pieces)):
            # To the gate all digits are one; an identifier could be what it looks for.
            bits = self._gate("\n".join(map("".join, _probes(pieces, finer=False))))
            awake = [one for place, one in enumerate(awake) if bits >> place & 1]
        return are_steady(awake, pieces)

    def _differs(self, pieces: list[str], cuts: tuple[_Cut, ...]) -> bool:
        """Tell whether scrubbing a message does not do what some cuts do."""
        return self._scrubber("".join(pieces)) != "".join(_cut(pieces, cuts))


def _key(pieces: list[str]) -> bytes:
    """Return the shape of a message that is split at its slots."""
    return _GAP.join(pieces[::2]).encode().translate(_DIGITS)


def _finer(key: bytes, pieces: list[str]) -> bytes:
    """Return a shape with which of its numbers have one digit."""
    return key + _FINE + bytes(48 + (len(piece) > 1) for piece in pieces[1::2])


def _split_as(pieces: list[str], text: str) -> list[str]:
    """Return a text split where another is that is as long."""
    ends = [0, *accumulate(map(len, pieces))]
    return [text[start:end] for start, end in pairwise(ends)]


def _is_quad(piece: str) -> bool:
    return len(piece) >= _SHORTEST_QUAD


def _probes(pieces: list[str], *, finer: bool) -> Iterator[list[str]]:
    """Yield messages of the same shape, with numbers of all lengths that it can have."""
    for turn, (number, quad) in enumerate(zip(_NUMBERS, _QUADS, strict=True)):
        probe = [_MASKED.sub(partial(_other, turn), piece) for piece in pieces]
        probe = [piece.translate(_TURNS[turn]) for piece in probe]
        for place in range(1, len(pieces), 2):
            if not pieces[place][:1].isdigit():  # a label, or nothing
                continue
            other = number
            if finer and (len(pieces[place]) > 1) != (len(number) > 1):
                other = number[0] if len(number) > 1 else number * 2
            probe[place] = quad if _is_quad(pieces[place]) else other
        yield probe


def _other(turn: int, masked: re.Match[str]) -> str:
    """Return another identifier, or a part of one, in the place of one that is masked."""
    sign, length = masked[0][0], len(masked[0])
    digits = (_TEN if sign == GROUP and turn % 2 else _MIXED) * 14
    word = digits[turn : turn + length]
    return word.upper() if sign == CAPITAL else word


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
