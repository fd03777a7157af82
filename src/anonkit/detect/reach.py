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
        tree, behind, ahead = _read(pattern)
        near = marked
        for _ in range(behind):
            near |= near << 1
        for _ in range(ahead):
            near |= near >> 1
        first = self.all & ~not_from
        start = _Places(first & ~self._begins, first & self._begins, 0, 0)
        ends = self._walk(tree, start, near, blind)
        return bool(ends.touched | ends.touched_bare)

    def holds(self, literal: str) -> bool:
        """Tell whether a literal can stand in the text."""
        places = self.all
        for char in literal:
            places = (self._skipped(places) & self._mask(members(char))[0]) << 1
        return places > 0

    def _walk(self, node: Any, here: _Places, near: int, blind: tuple[int, int]) -> _Places:
        """Return the places behind all matches of a part of a pattern that begin in some places."""
        kind, argument = node
        if kind == "one":
            return self._step(argument, here, near)
        if kind == "all":
            for part in argument:
                if not any(here):
                    break
                here = self._walk(part, here, near, blind)
            return here
        if kind == "any":
            ends = (self._walk(part, here, near, blind) for part in argument)
            return reduce(or_, ends, _NOWHERE)
        if kind == "repeat":
            low, high, part = argument
            for _ in range(low):
                here = self._walk(part, here, near, blind)
            found = here
            for _ in range(high - low):
                here = self._walk(part, here, near, blind) - found
                if not any(here):
                    break
                found |= here
            return found
        ahead, part = argument
        bare = never = self._surely(part, self.all, back=ahead)
        if ahead:
            bare &= ~blind[0]
            never &= ~(blind[0] | blind[1])
        return here - _Places(never, bare, never, bare)

    def _step(self, chars: int, here: _Places, near: int) -> _Places:
        """Return the places one character farther, where that can be one of some."""
        can, _, lettered = self._mask(chars)
        free, free_bare, touched, touched_bare = (self._skipped(one) & can for one in here)
        touched |= free & near
        touched_bare |= free_bare & near
        free |= free_bare & lettered
        touched |= touched_bare & lettered
        free_bare &= ~lettered
        touched_bare &= ~lettered
        free, free_bare = self._in_words((free & ~near) << 1, (free_bare & ~near) << 1)
        touched, touched_bare = self._in_words(touched << 1, touched_bare << 1)
        return _Places(free, free_bare, touched, touched_bare)

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
        if kind == "repeat":
            low, high, part = argument
            for _ in range(low):
                places = self._surely(part, places, back=back)
            found = places
            for _ in range(high - low):
                places = self._surely(part, places, back=back) & ~found
                if not places:
                    break
                found |= places
            return found
        return 0

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
def _read(pattern: str) -> tuple[Any, int, int]:
    """Return a pattern as a tree of what is walked, and how far it looks behind and ahead."""
    tree = parser.parse(pattern)
    around: list[int] = []
    read = _sequence(tree, bool(tree.state.flags & IGNORECASE), {}, around)
    return read, -min(around, default=0), max(around, default=0)


# What is only roughly followed: other parts may be taken for what cannot be.
_ROUGH: Final = frozenset(
    {sre.ATOMIC_GROUP, sre.POSSESSIVE_REPEAT, sre.GROUPREF, sre.GROUPREF_EXISTS, sre.AT}
)
_CLASSES: Final = frozenset({sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN})
_ASSERTS: Final = frozenset({sre.ASSERT, sre.ASSERT_NOT})
_REPEATS: Final = frozenset({sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT})


def _sequence(items: Any, fold: bool, groups: dict[int, Any], around: list[int]) -> Any:  # noqa: FBT001 - a state
    parts: list[Any] = []
    last = taken = 0  # the character before, and how many single ones there are
    for op, argument in items:
        asked = len(around)
        kind, read = _part(op, argument, fold, groups, around)
        if op in _ASSERTS and argument[0] < 0:
            around[asked] += min(taken, -around[asked])
        if kind == "not" and last and not read[0]:
            read = (False, _behind(read[1], last))
        elif op not in _ASSERTS and op is not sre.AT:
            last, taken = (read, taken + 1) if kind == "one" else (0, 0)
        parts.append((kind, read))
    return "all", tuple(parts)


def _behind(node: Any, last: int) -> Any:
    """Return what looks behind a character that was one of some, without looking at it again."""
    kind, argument = node
    if kind == "one":
        return kind, argument if last & ~argument else _EVERY
    if kind == "all" and argument:
        return kind, (*argument[:-1], _behind(argument[-1], last))
    return (kind, tuple(_behind(part, last) for part in argument)) if kind == "any" else node


_TRUE: Final = ("all", ())


def _part(op: Any, argument: Any, fold: bool, groups: dict[int, Any], around: list[int]) -> Any:  # noqa: FBT001, PLR0911 - one case each
    if op in _CLASSES:
        return "one", _class(op, argument, fold=fold)
    if op in _ROUGH:
        around += (-1, 1) if op is sre.AT else (0,)
    if op is sre.BRANCH:
        return "any", tuple(_sequence(one, fold, groups, around) for one in argument[1])
    if op is sre.SUBPATTERN:
        number, add, drop, inner = argument
        fold = bool((fold or add & IGNORECASE) and not drop & IGNORECASE)
        groups[number] = _sequence(inner, fold, groups, around)
        return groups[number]
    if op is sre.ATOMIC_GROUP:
        return _sequence(argument, fold, groups, around)
    if op in _REPEATS:
        low, high, inner = argument
        return "repeat", (low, high, _sequence(inner, fold, groups, around))
    if op is sre.GROUPREF:
        return groups[argument]
    if op is sre.GROUPREF_EXISTS:
        _, yes, no = argument
        return "any", tuple(_sequence(one or [], fold, groups, around) for one in (yes, no))
    if op is sre.AT:  # the beginning or end of a word or of the text
        return _TRUE
    direction, inner = argument
    within: list[int] = []
    read = _sequence(inner, fold, groups, within)
    around += (direction * inner.getwidth()[1], *within)
    if op is sre.ASSERT or within:
        return _TRUE
    return "not", (direction > 0, read)


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
