"""The rules of a pattern, read from its tree: bounded, inside one line, linear."""

from __future__ import annotations

import re
from re import _constants as sre, _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# google-re2 refuses more than 1000 repeats; no value we look for is longer than a few hundred
# characters (a web token: five thousand), a bound this high only stops the runaway.
MOST_REPEATS: Final = 1000
WIDEST: Final = 8192
_REPEATS: Final = frozenset({sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT})
_LOOKS: Final = frozenset({sre.ASSERT, sre.ASSERT_NOT})
_LINE_END: Final = ord("\n")
_WORD_ENDS: Final = frozenset({sre.AT_BOUNDARY, sre.AT_NON_BOUNDARY})
# Categories that hold the line end.
_WITH_LINE_END: Final = frozenset(
    {sre.CATEGORY_SPACE, sre.CATEGORY_NOT_WORD, sre.CATEGORY_NOT_DIGIT}
)


def findings(pattern: str) -> Iterator[str]:
    """Yield the rules that a pattern breaks."""
    try:
        tree = parser.parse(pattern)
    except re.error:
        tree = None
    if tree is None:
        yield "pattern is not a regular expression"
    else:
        yield from _findings(tree)


def _findings(tree: Any) -> Iterator[str]:
    low, high = tree.getwidth()
    broken = dict.fromkeys(_walk(tree, tree.state.flags))
    yield from broken
    if low == 0:
        yield "pattern matches nothing at all"
    elif high > WIDEST and not broken:
        yield f"pattern matches over {WIDEST} characters"


def _walk(items: Any, flags: int) -> Iterator[str]:
    for op, argument in items:
        if op in _REPEATS:
            yield from _repeat(op, *argument)
        elif op is sre.AT:
            if argument not in _WORD_ENDS and not flags & re.MULTILINE:
                yield "pattern is anchored at the text (^, $, \\A, \\Z), which may be cut at lines"
        elif _takes_line_end(op, argument, flags):
            yield _CROSSES
        for body, within in _bodies(op, argument, flags):
            # What is only looked at is not matched, and bounded all the same.
            yield from (
                rule for rule in _walk(body, within) if op not in _LOOKS or rule != _CROSSES
            )


def _bodies(op: Any, argument: Any, flags: int) -> Iterator[tuple[Any, int]]:
    """Yield what stands inside a part of a pattern, with the flags that hold there."""
    if op in _REPEATS:
        yield argument[2], flags
    elif op in _LOOKS:
        yield argument[1], flags
    elif op is sre.SUBPATTERN:
        _, added, removed, body = argument
        yield body, flags & ~removed | added
    elif op is sre.ATOMIC_GROUP:
        yield argument, flags
    elif op is sre.BRANCH:
        yield from ((branch, flags) for branch in argument[1])
    elif op is sre.GROUPREF_EXISTS:
        yield from ((branch or [], flags) for branch in argument[1:])


def _repeat(op: Any, _low: int, high: int, body: Any) -> Iterator[str]:
    if high is sre.MAXREPEAT:
        yield "pattern has an open repeat (*, + or {n,})"
    elif high > MOST_REPEATS:
        yield f"repeats over {MOST_REPEATS} times"
    if high > 1 and op is not sre.POSSESSIVE_REPEAT and _is_only_a_repeat(body):
        yield "pattern repeats a repeat, which can take for ever"


_CROSSES: Final = "pattern can cross a line end (\\s, [^x], \\n)"


def _is_only_a_repeat(body: Any) -> bool:
    """Tell whether the body of a repeat is one repeat of variable length."""
    while len(body) == 1 and body[0][0] is sre.SUBPATTERN:
        body = body[0][1][3]
    return len(body) == 1 and body[0][0] in _REPEATS and body[0][1][0] != body[0][1][1]


def _takes_line_end(op: Any, argument: Any, flags: int) -> bool:
    if op is sre.ANY:
        return bool(flags & re.DOTALL)
    if op is sre.LITERAL:
        return bool(argument == _LINE_END)
    if op is sre.NOT_LITERAL:
        return bool(argument != _LINE_END)
    if op is not sre.IN:
        return False
    holds = any(
        (kind is sre.LITERAL and member == _LINE_END)
        or (kind is sre.RANGE and member[0] <= _LINE_END <= member[1])
        or (kind is sre.CATEGORY and member in _WITH_LINE_END)
        for kind, member in argument
    )
    return holds != any(kind is sre.NEGATE for kind, _ in argument)
