"""Whether a pattern can reach the open characters of a text: those that differ between messages.

A text has open characters where messages hold numbers, addresses and identifiers: each stands for
any of several. A pattern is followed through such a text along all ways at once, with the set of
places it may have come to as the bits of one integer. So one pass over the pattern tells whether
in any message it can match a character that is open, or one so near that it may look at it.

The answer may be yes for nothing; it is never no for a pattern that can. So whatever asserts
something is taken for true, unless it is false whatever the open characters are.
"""

from __future__ import annotations

from functools import cache, reduce
from operator import or_

# As in `relax`: the parser of `re` is private, and nothing else gives the tree of a pattern.
from re import IGNORECASE, _constants as sre, _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ASCII: Final = 128
_EVERY: Final = (1 << _ASCII) - 1


def members(chars: Iterable[str]) -> int:
    """Return a set of ASCII characters as the bits of one integer."""
    return reduce(or_, (1 << ord(char) for char in chars), 0)


def _range(low: int, high: int) -> int:
    return (1 << min(high + 1, _ASCII)) - (1 << min(low, _ASCII))


_DIGIT: Final = _range(ord("0"), ord("9"))
_CAPITALS: Final = _range(ord("A"), ord("Z"))
_CASE: Final = ord("a") - ord("A")
_LETTERS: Final = _CAPITALS | _CAPITALS << _CASE
_SPACE: Final = members(" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f")
_WORD: Final = _DIGIT | _LETTERS | members("_")
_CATEGORIES: Final = {
    sre.CATEGORY_DIGIT: _DIGIT,
    sre.CATEGORY_NOT_DIGIT: _EVERY & ~_DIGIT,
    sre.CATEGORY_SPACE: _SPACE,
    sre.CATEGORY_NOT_SPACE: _EVERY & ~_SPACE,
    sre.CATEGORY_WORD: _WORD,
    sre.CATEGORY_NOT_WORD: _EVERY & ~_WORD,
}


class Open(NamedTuple):
    """A character of a text, which may stand for several.

    Args:
        chars: Those that it stands for, as `members` gives them.
        optional: It may be missing.
        word: The number of the word it is part of, somewhere in which a letter is; 0 for none.
    """

    chars: int
    optional: bool = False
    word: int = 0


# The places that a pattern may have come to: all, those before which it has touched a marked
# character; and of each those in a word that it took from its beginning without a letter so far.
class _Places(NamedTuple):
    free: int
    free_bare: int
    touched: int
    touched_bare: int

    def __or__(self, other: tuple[int, ...]) -> _Places:
        return _Places(*map(or_, self, other))

    def __sub__(self, other: _Places) -> _Places:
        return _Places(*(here & ~there for here, there in zip(self, other, strict=True)))


class OpenText:
    """A text of open and other characters, which tells where patterns can match in it."""

    def __init__(self, chars: Sequence[Open]) -> None:
        self.all = (1 << len(chars) + 1) - 1
        self._kinds: dict[int, int] = {}
        self._masks: dict[int, tuple[int, int, int]] = {}
        self._sights: dict[tuple[int, int], int] = {}
        self._optional = self._begins = self._ends = word = 0
        for place, char in enumerate((*chars, Open(0))):
            bit = 1 << place
            self._kinds[char.chars] = self._kinds.get(char.chars, 0) | bit
            if char.optional:
                self._optional |= bit
            if char.word != word:
                self._ends |= bit if word else 0
                self._begins |= bit if char.word else 0
                word = char.word

    def reached(
        self, pattern: str, marked: int, blind: tuple[int, int] = (0, 0), not_from: int = 0
    ) -> bool:
        """Tell whether a match of a pattern can hold or look at a marked place.

        Args:
            pattern: As Python's `re` reads it.
            marked: Places in the text, as bits.
            blind: Places where the pattern may not see what follows; and such where it may not
                unless all that it has taken of the word there is digits.
            not_from: Places where no match begins.
        """
        first = self.all & ~not_from
        start = _Places(first & ~self._begins, first & self._begins, 0, 0)
        ends = self._walk(_read(pattern), start, marked, blind)
        return bool(ends.touched | ends.touched_bare)

    def holds(self, literal: str) -> bool:
        """Tell whether a literal can stand in the text."""
        places = self.all
        for char in literal:
            places = (self._skipped(places) & self._mask(members(char))[0]) << 1
        return places > 0

    def _walk(self, node: Any, here: _Places, marked: int, blind: tuple[int, int]) -> _Places:
        """Return the places behind all matches of a part of a pattern that begin in some places."""
        kind, argument = node
        if kind == "one":
            return self._step(argument, here, marked)
        if kind == "all":
            for part in argument:
                if not any(here):
                    break
                here = self._walk(part, here, marked, blind)
            return here
        if kind == "any":
            ends = (self._walk(part, here, marked, blind) for part in argument)
            return reduce(or_, ends, _NOWHERE)
        if kind == "repeat":
            low, high, part = argument
            for _ in range(low):
                here = self._walk(part, here, marked, blind)
            found = here
            for _ in range(high - low):
                here = self._walk(part, here, marked, blind) - found
                if not any(here):
                    break
                found |= here
            return found
        around, part = argument
        seen = reduce(or_, (self._seen(marked, width) for width in around))
        here = _Places(
            here.free & ~seen,
            here.free_bare & ~seen,
            here.touched | here.free & seen,
            here.touched_bare | here.free_bare & seen,
        )
        if part is None:
            return here
        ahead = around[0] > 0
        bare = never = self._surely(part, self.all, back=ahead)
        if ahead:
            bare &= ~blind[0]
            never &= ~(blind[0] | blind[1])
        return here - _Places(never, bare, never, bare)

    def _seen(self, marked: int, width: int) -> int:
        """Return the places from which a marked one is so near ahead, or behind (below zero)."""
        found = self._sights.get((marked, width))
        if found is None:
            found = 0
            for _ in range(min(abs(width), self.all.bit_length())):
                if width > 0:
                    found |= marked | found >> 1
                    while (more := found | (found >> 1 & self._optional)) != found:
                        found = more
                else:
                    found |= (marked | found) << 1
                    while (more := found | (found & self._optional) << 1) != found:
                        found = more
            self._sights[marked, width] = found
        return found

    def _step(self, chars: int, here: _Places, marked: int) -> _Places:
        """Return the places one character farther, where that can be one of some."""
        can, _, lettered = self._mask(chars)
        if (here.free | here.free_bare | here.touched | here.touched_bare) & self._optional:
            here = _Places(*map(self._skipped, here))
        free, bare = here.free & can, here.free_bare & can
        touched, touched_bare = here.touched & can, here.touched_bare & can
        if not (free or bare or touched or touched_bare):
            return _NOWHERE
        touched |= free & marked
        touched_bare |= bare & marked
        free = (free | bare & lettered) & ~marked
        bare &= ~(lettered | marked)
        touched |= touched_bare & lettered
        touched_bare &= ~lettered
        return _Places(
            *self._in_words(free << 1, bare << 1),
            *self._in_words(touched << 1, touched_bare << 1),
        )

    def _in_words(self, places: int, bare: int) -> tuple[int, int]:
        """Return places with those apart that are in a word whose letter is still to come."""
        return places & ~self._begins, bare & ~self._ends | places & self._begins

    def _skipped(self, places: int) -> int:
        """Return places, and those behind characters there that may be missing."""
        while (more := places | (places & self._optional) << 1) != places:
            places = more
        return places

    def _surely(self, node: Any, places: int, *, back: bool) -> int:
        """Return where matches end (or begin) that are there whatever the open characters are."""
        kind, argument = node
        if kind == "one":
            must = self._mask(argument)[1]
            return places >> 1 & must if back else (places & must) << 1
        if kind == "all":
            for part in reversed(argument) if back else argument:
                places = self._surely(part, places, back=back)
            return places
        if kind == "any":
            return reduce(or_, (self._surely(part, places, back=back) for part in argument), 0)
        low, high, part = argument  # of a repeat: what looks around is not in what is sure
        for _ in range(low):
            places = self._surely(part, places, back=back)
        found = places
        for _ in range(high - low):
            places = self._surely(part, places, back=back) & ~found
            if not places:
                break
            found |= places
        return found

    def _mask(self, chars: int) -> tuple[int, int, int]:
        """Return where a character can be one of some, where it is, and where a letter of them."""
        found = self._masks.get(chars)
        if found is None:
            can = must = lettered = 0
            for kind, places in self._kinds.items():
                can |= places if kind & chars else 0
                must |= places if kind and not kind & ~chars else 0
                lettered |= places if kind & chars & _LETTERS else 0
            found = self._masks[chars] = can, must & ~self._optional, lettered
        return found


_NOWHERE: Final = _Places(0, 0, 0, 0)


@cache
def _read(pattern: str) -> Any:
    """Return a pattern as a tree of what is walked."""
    tree = parser.parse(pattern)
    return _sequence(tree, _Reading(bool(tree.state.flags & IGNORECASE), {}, {}, []))


class _Reading(NamedTuple):
    """What is known where a pattern is read.

    Args:
        fold: Capitals are as small letters.
        groups: What groups so far match, by their numbers.
        taken: Of optional ones, whether they took part.
        rough: How far what looks around does so; and 0 for all that is only roughly followed.
    """

    fold: bool
    groups: dict[int, Any]
    taken: dict[int, bool]
    rough: list[int]


# What is only roughly followed: other parts may be taken for what cannot be.
_ROUGH: Final = frozenset(
    {sre.ATOMIC_GROUP, sre.POSSESSIVE_REPEAT, sre.GROUPREF, sre.GROUPREF_EXISTS, sre.AT}
)
_CLASSES: Final = frozenset({sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN})
# `(?!)` is a choice of nothing, in Python 3.13.
_CHOICES: Final = frozenset({sre.BRANCH, sre.FAILURE})
_REPEATS: Final = frozenset({sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT})


def _sequence(items: Any, reading: _Reading) -> Any:
    parts: list[Any] = []
    last = before = 0  # the character before, and how many single ones there are
    for place, (op, argument) in enumerate(items):
        group = _option(op, argument)
        if group and group not in reading.taken:
            # Whether it took part decides what follows: a quote that opens is one that closes.
            rest = [*items][place + 1 :]
            ways = ((True, [*argument[2], *rest]), (False, rest))
            return "all", (
                *parts,
                (
                    "any",
                    tuple(
                        _sequence(way, reading._replace(taken={**reading.taken, group: taken}))
                        for taken, way in ways
                    ),
                ),
            )
        kind, read = _part(op, argument, reading)
        if kind == "look":
            (first, *further), asked = read
            if last and first < 0:
                if first + before >= 0:  # no farther than what was taken
                    first = 0
                asked = asked and _behind(asked, last)
            read = ((first, *further), asked)
        else:
            last, before = (read, before + 1) if kind == "one" else (0, 0)
        parts.append((kind, read))
    return "all", tuple(parts)


def _option(op: Any, argument: Any) -> int:
    """Return the number of the group that an optional part of a pattern surely takes, or 0."""
    if op is not sre.MAX_REPEAT or tuple(argument[:2]) != (0, 1):
        return 0
    return next((one[0] or 0 for kind, one in argument[2] if kind is sre.SUBPATTERN), 0)


def _behind(node: Any, last: int) -> Any:
    """Return what looks behind a character that was one of some, without looking at it again."""
    kind, argument = node
    if kind == "one":
        return kind, argument if last & ~argument else _EVERY
    if kind == "all" and argument:
        return kind, (*argument[:-1], _behind(argument[-1], last))
    return (kind, tuple(_behind(part, last) for part in argument)) if kind == "any" else node


def _part(op: Any, argument: Any, reading: _Reading) -> Any:  # noqa: PLR0911 - one case each
    if op in _CLASSES:
        return "one", _class(op, argument, fold=reading.fold)
    if op in _ROUGH:
        reading.rough.append(0)
    if op in _CHOICES:
        return "any", tuple(_sequence(one, reading) for one in argument and argument[1])
    if op is sre.SUBPATTERN:
        number, add, drop, inner = argument
        fold = bool((reading.fold or add & IGNORECASE) and not drop & IGNORECASE)
        reading.groups[number] = _sequence(inner, reading._replace(fold=fold))
        return reading.groups[number]
    if op is sre.ATOMIC_GROUP:
        return _sequence(argument, reading)
    if op in _REPEATS:
        low, high, inner = argument
        return "repeat", (low, high, _sequence(inner, reading))
    if op is sre.GROUPREF:
        return reading.groups[argument]
    if op is sre.GROUPREF_EXISTS:
        number, yes, no = argument
        if number in reading.taken:
            return _sequence((yes if reading.taken[number] else no) or [], reading)
        return "any", tuple(_sequence(one or [], reading) for one in (yes, no))
    if op is sre.AT:  # the beginning or end of a word or of the text
        return "look", ((-1, 1), None)
    direction, inner = argument
    within: list[int] = []
    read = _sequence(inner, reading._replace(rough=within))
    around = (direction * inner.getwidth()[1], *within)
    reading.rough.extend(around)
    return "look", (around, None if op is sre.ASSERT or within else read)


def _class(op: Any, argument: Any, *, fold: bool) -> int:
    """Return the ASCII characters that one character of a pattern can be."""
    if op is sre.ANY:
        return _EVERY & ~members("\n")
    chars = 0
    items = argument if op is sre.IN else [(op, argument)]
    for kind, value in items:
        if kind in {sre.LITERAL, sre.NOT_LITERAL}:
            chars |= 1 << value if value < _ASCII else 0
        elif kind is sre.RANGE:
            chars |= _range(*value)
        elif kind is sre.CATEGORY:
            chars |= _CATEGORIES[value]
    if fold:
        chars |= (chars & _CAPITALS) << _CASE | (chars >> _CASE) & _CAPITALS
    return _EVERY & ~chars if items[0][0] in {sre.NEGATE, sre.NOT_LITERAL} else chars
