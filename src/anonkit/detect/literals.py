"""Many literals in one text: few looks, each for what several of them share.

A look costs as much as the text is long, and less for a longer literal or for a single character
that is not there. So literals stand in a tree: under a character that most texts lack, under a part
that they have in common, and by themselves.
"""

from __future__ import annotations

from functools import lru_cache
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# So long is what literals have in common at least; beside these signs two will do.
_SHORTEST: Final = 4
_SHORT: Final = frozenset((") ", "] ", " -", "a. ", "v. ", "z. ", "r. ", "s. "))
# Characters of folded texts that most lack, the rarest first; `?` is all outside ASCII.
_RARE: Final = "?&#$[]()qjxz"

# A rare character (empty: none), a part, and the literals with what is wanted of them.
Tree = tuple[tuple[str, tuple[tuple[str, tuple[tuple[str, int], ...]], ...]], ...]


@lru_cache(maxsize=64)  # 8 ms for all detectors, and most scrubbers use the same
def roots(literals: frozenset[str]) -> Mapping[str, str]:
    """Return for each of some literals a part of it, so that few parts stand for many."""
    left = set(literals)
    having: dict[str, set[str]] = {}
    for literal in left:
        for part in _parts(literal):
            having.setdefault(part, set()).add(literal)
    # The part of most literals first; what others took of them is seen when its turn comes.
    heap = [(-len(those), -len(part), part) for part, those in having.items()]
    heapify(heap)
    found: dict[str, str] = {}
    while left:
        count, length, part = heappop(heap)
        those = having[part] & left
        if len(those) < -count:
            heappush(heap, (-len(those), length, part))
            continue
        found |= dict.fromkeys(those, part)
        left -= those
    return found


def _parts(literal: str) -> set[str]:
    """Return what a literal may share with others, itself among it."""
    ends = range(_SHORTEST, len(literal) + 1)
    parts = {literal[start:end] for end in ends for start in range(end - _SHORTEST + 1)}
    return {literal, *parts, *(short for short in _SHORT if short in literal)}


def tree(literals: Iterable[tuple[str, int]], shared: Mapping[str, str]) -> Tree:
    """Return the tree in which some literals, with their bits, are looked for.

    Args:
        literals: Each once.
        shared: Their `roots`, and those of others.
    """
    by_root: dict[str, list[tuple[str, int]]] = {}
    for literal, bits in literals:
        by_root.setdefault(shared[literal], []).append((literal, bits))
    by_rare: dict[str, list[tuple[str, tuple[tuple[str, int], ...]]]] = {}
    for root, those in by_root.items():
        # What stands alone is looked for at once: the longer it is, the faster.
        part = those[0][0] if len(those) == 1 else root
        rare = next((char for char in _RARE if char in part), "")
        by_rare.setdefault(rare, []).append((part, tuple(those)))
    return tuple((rare, tuple(parts)) for rare, parts in by_rare.items())


def found(text: str, wanted: Tree) -> int:
    """Return the bits of those literals of a tree that stand in a text."""
    bits = 0
    for rare, parts in wanted:
        if rare in text:
            for part, literals in parts:
                if part in text:
                    for literal, group in literals:
                        if literal in text:
                            bits |= group
    return bits
