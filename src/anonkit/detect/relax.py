"""Turn a pattern into a looser one over the shape of a text, without any looking around.

The shape of a text has `0` for a digit, `a` for a letter, `?` for anything outside ASCII, and all
other characters as they are. A relaxed pattern matches the shape wherever the pattern matches the
text: lookarounds are dropped, a back-reference repeats its group's pattern, classes and literals
are mapped to shapes. So one look at a shape, remembered, says which patterns can match at all.
"""

from __future__ import annotations

import re

# The parser of `re` is private, and no public function gives the tree of a pattern: a parser of our
# own, or a second form of each of 110 patterns, would be one more thing to be wrong. Its names
# are the same from Python 3.11 to 3.14; tests relax every pattern, so another would show at once.
from re import _constants as sre, _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_ASCII: Final = 128
_WORD: Final = {code for code in range(_ASCII) if chr(code).isalnum()}
# Members of a category of characters (\d \w \s), one of each shape they can have.
_CATEGORIES: Final = {
    sre.CATEGORY_DIGIT: "0\u0660",
    sre.CATEGORY_NOT_DIGIT: None,
    sre.CATEGORY_SPACE: " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\u00a0",
    sre.CATEGORY_NOT_SPACE: None,
    sre.CATEGORY_WORD: "0abcdefghijklmnopqrstuvwxyz_ß",
    sre.CATEGORY_NOT_WORD: None,
}
# In a shape, where no letter or digit stands before.
WORD_BEGINS: Final = "(?<![0a])"
SHAPE: Final = bytes(
    ord("0") if chr(code).isdigit() else ord("a") if chr(code).isalpha() else code
    for code in range(_ASCII)
) + bytes(range(_ASCII, 256))


def shape(text: str) -> str:
    """Return the shape of a text, which is as long as the text."""
    return text.encode("ascii", "replace").translate(SHAPE).decode("ascii")


def relax(pattern: str, to: Callable[[str], str] = shape) -> str:
    """Return a pattern that matches the shape of everything the given pattern matches.

    Args:
        pattern: The pattern, as Python's `re` reads it.
        to: What makes a shape of a text: `shape`, or any other map of character to character.
    """
    return _sequence(parser.parse(pattern), {}, to)


def relax_word(pattern: str) -> str | None:
    """Return the relaxed pattern at the beginning of words; None where it may begin inside one.

    So nothing is looked for inside `3f0a61d2`. What it says of the end of a word is left out: with
    it, a pattern that has lost its possessive repeats would try all ways to take digits apart.
    """
    first, *rest = parser.parse(pattern)
    # A lookbehind stands behind the first character, so it looks at the two before.
    alone = _members(first) and any(
        len(one) == 2 and _members(one[0]) >= _WORD and _members(first) <= _members(one[1])  # noqa: PLR2004
        for one in _forbidden_before(rest)
    )
    return f"{WORD_BEGINS}{_sequence([first, *rest], {}, shape)}" if alone else None


def _forbidden_before(items: list[tuple[Any, Any]]) -> list[Any]:
    """Return the sequences that a lookbehind at the beginning of some items forbids."""
    if not items or items[0][0] is not sre.ASSERT_NOT or items[0][1][0] > 0:
        return []
    inner = items[0][1][1]
    return list(inner[0][1][1]) if inner[0][0] is sre.BRANCH else [inner]


def _members(item: tuple[Any, Any]) -> set[int]:
    """Return the characters that an item of a pattern stands for, or none where that is open."""
    op, argument = item
    found: set[int] = set()
    for kind, value in argument if op is sre.IN else [item]:
        if kind is sre.LITERAL:
            found.add(value)
        elif kind is sre.RANGE:
            found.update(range(value[0], value[1] + 1))
        else:
            return set()
    return found


def _sequence(items: Any, groups: dict[int, str], to: Callable[[str], str]) -> str:
    return "".join(_one(op, argument, groups, to) for op, argument in items)


def _one(op: Any, argument: Any, groups: dict[int, str], to: Callable[[str], str]) -> str:  # noqa: PLR0911 - one case each
    if op is sre.LITERAL:
        return re.escape(to(chr(argument)))
    if op in {sre.NOT_LITERAL, sre.ANY}:
        return "[^\n]" if op is sre.ANY else r"[\s\S]"
    if op is sre.IN:
        return _class(argument, to)
    if op is sre.BRANCH:
        return f"(?:{'|'.join(_sequence(branch, groups, to) for branch in argument[1])})"
    if op is sre.SUBPATTERN:
        number, _, _, inner = argument
        body = f"(?:{_sequence(inner, groups, to)})"
        if number is not None:
            groups[number] = body
        return body
    if op is sre.ATOMIC_GROUP:
        return f"(?:{_sequence(argument, groups, to)})"
    if op in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
        low, high, inner = argument
        return f"(?:{_sequence(inner, groups, to)}){{{low},{high}}}"
    if op is sre.GROUPREF:
        return f"{groups[argument]}?"
    if op is sre.GROUPREF_EXISTS:
        _, yes, no = argument
        return f"(?:{_sequence(yes, groups, to)}|{_sequence(no or [], groups, to)})"
    return ""  # anchors and lookarounds: ASSERT, ASSERT_NOT, AT


def _class(items: Any, to: Callable[[str], str]) -> str:
    """Return the class of the shapes of a class's members; any character for an open class."""
    shapes: set[str] = set()
    for op, argument in items:
        if op is sre.NEGATE:
            return r"[\s\S]"
        if op is sre.LITERAL:
            shapes.add(to(chr(argument)))
        elif op is sre.RANGE:
            low, high = argument
            shapes |= {to(chr(code)) for code in range(low, min(high, _ASCII) + 1)}
            shapes |= {"?"} if high >= _ASCII else set()
        else:
            members = _CATEGORIES[argument]
            if members is None:
                return r"[\s\S]"
            shapes |= {to(char) for char in members}
    return f"[{''.join(re.escape(char) for char in sorted(shapes))}]"
