"""Whether detectors come to the same results in all messages of a shape.

A shape leaves numbers, addresses, identifiers and all other digits open (`shapes`). A detector
comes to the same results when it cannot match there (`reach`), or asks none for its value.
What it declares is looked for first: without its labels, hints or words no message of the shape can
wake it.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from anonkit.detect.dense import FEWEST
from anonkit.detect.detector import fold
from anonkit.detect.fast import gate_pattern
from anonkit.detect.gate import SET_OFF
from anonkit.detect.ids import CAPITAL, GROUP, MASKS, SMALL
from anonkit.detect.labels import seen_by
from anonkit.detect.reach import Open, OpenText, members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonkit.detect.detector import Detector

# Detectors that match by words and signs, and take any digits alike: each has been read for that.
STEADY: Final = frozenset({
    "ipv4", "email", "account-typed", "account-in-message", "remote-host", "user-of-session",
    "user-in-words", "user-name", "user-of-uid", "name-labelled", "home-linux", "password",
    "password-in-words", "tenant-or-device-id",
})  # fmt: skip
# Those that take any identifiers alike (`ids`) as well.
WITH_IDS: Final = STEADY - {
    "user-name", "user-of-uid", "name-labelled", "password", "password-in-words",
}  # fmt: skip
# Those that `ids` asked itself: none of their codes begins where a word does, or the second group
# of a UUID.
_ASKED: Final = frozenset({"iban", "bitcoin-legacy", "bitcoin-segwit"})
_IDS: Final = re.compile(
    rf"[{MASKS}]{{8}}(?P<second>-)(?:{GROUP}{{4}}-){{3}}[{MASKS}]{{12}}|[A-Z]?[{MASKS}]+"
)

_DIGIT: Final = members("0123456789")
_HEX: Final = {
    SMALL: members("0123456789abcdef"),
    CAPITAL: members("0123456789ABCDEF"),
    GROUP: members("0123456789abcdefABCDEF"),
}
_HEX_LETTERS: Final = frozenset("abcdef")
# What has a letter somewhere (`ids`).
_LETTERED: Final = re.compile(rf"{SMALL}+|{CAPITAL}+|{GROUP}+(?:-{GROUP}+)+")
_LONGEST_NUMBER: Final = 5
_OCTET: Final = 3
# Codes are looked for in stretches of digits and what is joined to them (`dense`), which end before
# all of these.
_PARTS: Final = re.compile(
    rf"(?<![0-9A-Za-z{MASKS}])[A-Za-z]*[a-z][A-Za-z]*(?![0-9A-Za-z{MASKS}])"
    rf"|[^0-9A-Za-z .\-/()+{MASKS}]"
)
# Where a stretch may end inside a word, so that what follows is not seen: behind what parts words,
# and far behind a digit, which is part of a stretch with all digits that follow.
_WORDS: Final = re.compile(rf"[0-9A-Za-z{MASKS}]+")
_JOINED: Final = re.compile(rf"[0-9{MASKS}][^0-9A-Za-z{MASKS}]{{1,3}}\Z")
_JOIN: Final = 4
_HIDDEN: Final = (1, 2)
_LATER: Final = 15
# Codes of seven digits at least: beside an identifier they would be a stretch by themselves.
_SEVEN: Final = frozenset({
    "phone-international", "phone-international-00", "phone-trunk", "phone-trunk-plain",
    "phone-announced", "phone-in-words",
})  # fmt: skip


def are_steady(detectors: Sequence[Detector], pieces: Sequence[str]) -> bool:
    """Tell whether detectors come to the same results in all messages of a shape.

    Args:
        detectors: Those that are asked.
        pieces: Of one message, as `shapes` splits it: every second is a slot, or what stands there
            in place of it. Identifiers are masked.
    """
    shape = _Shape(pieces)
    return all(shape.is_steady(detector) for detector in detectors)


class _Shape:
    """All messages of one shape."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._look, self._chars = _opened(pieces)
        self._text = OpenText(self._chars)
        self._ids = _places(self._look, _MASK)
        self._digits = _places(self._look, _ZERO)
        self._not_from = 0
        for one in _IDS.finditer(self._look):
            self._not_from |= 1 << (one.end("second") if one["second"] else one.start())
        self._squeezed = _squeezed(self._look)
        self._spoken = _squeezed(_UNSPOKEN.sub(" ", self._squeezed))
        self._near, self._blind = self._joined()

    @cached_property
    def _folded(self) -> OpenText:
        """The messages as folded, in which hints are looked for."""
        return OpenText([char._replace(chars=_FOLDED[char.chars]) for char in self._chars])

    @cached_property
    def _plain(self) -> OpenText:
        """The messages as words are looked for: folded, with blanks for signs."""
        return OpenText([char._replace(chars=_PLAIN[char.chars]) for char in self._chars])

    def is_steady(self, detector: Detector) -> bool:
        """Tell whether a detector comes to the same results in all messages."""
        if detector.name in WITH_IDS or (detector.dense and not self._ids):
            return True
        if not self.can_wake(detector):
            return True
        not_from = self._not_from if detector.name in _ASKED else 0
        if detector.dense:
            near = self._near & self._ids if detector.name in _SEVEN else self._near
            return not self._text.reached(detector.pattern, near, self._blind, not_from)
        marked = self._ids if detector.name in STEADY else self._ids | self._digits
        patterns = seen_by(detector.finder, detector.keys)[: 1 + ("\n" in self._look)]
        if detector.pattern:
            patterns = (detector.pattern,)
        if patterns:
            return not any(
                self._text.reached(pattern, marked, not_from=not_from) for pattern in patterns
            )
        # Of a finder, any match can look anywhere.
        return not self._folded.reached(gate_pattern(detector), self._folded.all)

    def can_wake(self, detector: Detector) -> bool:
        """Tell whether some message holds what a detector declares that it needs."""
        literals, words = _needed(detector)
        if detector.opens and not any(map(self._begins, detector.opens)):
            return False
        return (
            not literals
            or any(short in self._squeezed and self._folded.holds(one) for short, one in literals)
        ) and (
            not words
            or any(short in self._spoken and self._plain.holds(one) for short, one in words)
        )

    def _begins(self, opening: str) -> bool:
        """Tell whether a line of some message may begin in a way; with digits, any may."""
        return "0" in opening or any(
            all(
                char == wanted or (char in MASKS and wanted in _HEX_LETTERS)
                for char, wanted in zip(line, opening, strict=False)
            )
            for line in self._begun
        )

    @cached_property
    def _begun(self) -> list[str]:
        """What the lines of the messages begin with, as the gate reads it."""
        return [line.lstrip(SET_OFF) + " " for line in fold(self._look).split("\n")]

    def _joined(self) -> tuple[int, tuple[int, int]]:
        """Return where codes can be with digits of identifiers, and where they are not seen whole.

        Stretches without identifiers are not for here: a shape has none (`shapes`).
        """
        near = start = hidden = later = 0
        for part in (*(one.span() for one in _PARTS.finditer(self._look)), (len(self._look),) * 2):
            inside = (1 << part[0]) - (1 << start)
            if inside & self._ids:
                near |= inside
            start = part[1]
        for word in _WORDS.finditer(self._look):
            joined = _JOINED.search(self._look, max(0, word.start() - _JOIN), word.start())
            first = _LATER if joined else _LATER + FEWEST - 1
            hidden |= sum(1 << word.start() + place for place in _HIDDEN)
            later |= sum(1 << word.start() + place for place in range(first, len(word[0])))
        return near, (hidden, later)


def _opened(pieces: Sequence[str]) -> tuple[str, list[Open]]:
    """Return a message with slots of their greatest length, and what each character stands for."""
    look: list[str] = []
    chars: list[Open] = []
    words = 0
    for number, piece in enumerate(pieces):
        if number % 2 and piece[:1].isdigit():
            octets = piece.count(".") + 1
            longest = _LONGEST_NUMBER if octets == 1 else _OCTET
            slot = [Open(_DIGIT, optional=bool(place)) for place in range(longest)]
            look.append(".".join(["0" * longest] * octets))
            chars += [*slot, Open(members("."))] * (octets - 1) + slot
            continue
        look.append(piece)
        at = len(chars)
        chars += (
            Open(_HEX.get(char) or (_DIGIT if char.isdigit() else members(char))) for char in piece
        )
        for word in _LETTERED.finditer(piece):
            words += 1
            for place in range(at + word.start(), at + word.end()):
                chars[place] = chars[place]._replace(word=words)
    return "".join(look), chars


def _places(text: str, wanted: re.Pattern[str]) -> int:
    """Return the places of some characters of a text, as bits."""
    return sum(1 << one.start() for one in wanted.finditer(text))


_MASK: Final = re.compile(f"[{MASKS}]")
_ZERO: Final = re.compile("[0-9]")
_UNSPOKEN: Final = re.compile("[^0-9A-Za-z?]")
# What characters are in folded texts, and in such texts with blanks for signs.
_FOLDED: Final = {
    **{1 << code: members(fold(chr(code))) for code in range(128)},
    _DIGIT: members("0"),
    **dict.fromkeys(_HEX.values(), members("0abcdef")),
}
_PLAIN: Final = {
    **_FOLDED,
    **{1 << code: members(" ") for code in range(128) if _UNSPOKEN.match(chr(code))},
}


_SAME: Final = str.maketrans("abcdef" + MASKS, "0" * 9)
_ZEROS: Final = re.compile("00+")


def _squeezed(text: str) -> str:
    """Return the form of a text in which all hexadecimal digits are one, however many there are.

    What stands in a message stands in the form of its shape, too.
    """
    return _ZEROS.sub("0", fold(text).translate(_SAME))


@cache
def _needed(detector: Detector) -> tuple[_Literals, _Literals]:
    """Return the literals of which a detector needs one, and its words, each also `_squeezed`."""
    literals = detector.keys or detector.starts or detector.hints
    words = [word.strip() for word in detector.words]
    return tuple((_squeezed(one), one) for one in literals), tuple(
        (_squeezed(one), one) for one in words
    )


_Literals = tuple[tuple[str, str], ...]
