"""What one detector declares, and the rules every declaration keeps.

A detector finds one kind of value. It says so in data: how the value is written, what proves it,
which standard or vendor page the rule comes from, one specimen it must find and one false friend
it must leave alone. `lint` holds a declaration to that before it may run.

Three rules make any set of detectors linear in the length of the text:

- a pattern is bounded: no `*`, no `+`, no open `{n,}`; each repeat has an upper limit;
- it begins with a character class or a literal, so that the matcher skips quickly to candidates,
  and looks behind only afterwards;
- what a pattern cannot bound well is decided in Python, on a candidate that is already short.

A value never crosses a line end; what announces it may stand on one of the few lines above
(`across`), so a text may be cut at any line end by whoever remembers those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from sys import maxsize
from typing import Final

import msgspec

from anonkit.detect.pattern import findings
from anonkit.errors import PolicyError

Check = Callable[[str], bool]
Finder = Callable[[str], Iterable[tuple[int, int]]]

# The length of a word that may be a token; ordinary words and times of day are shorter.
LONG: Final = 16

# Signs that prose rarely has and that most values need.
SIGNS: Final = "@:=/\\+-_%<.~"

# So many characters tell how a line begins.
SHORTEST_OPENING: Final = 3

# How far before and after a code its announcing word may stand, in characters on the same line.
BEFORE: Final = 48
AFTER: Final = 32


class Detector(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of value: how it is written, what proves it, where the rule comes from.

    Args:
        name: What users call it in a policy: lower case, words joined by `-`.
        type: What a label says in its place: `EMAIL` becomes `[EMAIL]`.
        pattern: A bounded regular expression; a group named `value` marks what is replaced,
            otherwise all of the match is.
        finder: Instead of a pattern: a function from text to (start, end) pairs.
        check: Decides in Python on the value a pattern found: check digits, ranges, entropy.
        marks: Literals of the text's signature, which keeps only blanks, capitals and whatever is
            outside ASCII (as `A`), digits (as `0`) and `SIGNS`, and of a run of digits or blanks
            only one. Every match needs one of them.
        keys: Ends of labels, folded; every match needs one right before a `:` or `=`.
        opens: How a line begins, folded, in three characters or more, behind blanks and what quotes
            it or sets it off; at its end a blank counts. Every match needs one of them.
        hints: Literals of the folded text (letters lower case, digits `0`, anything outside ASCII
            `?`); every match needs one of them.
        least: Characters of the folded text and how often a match needs them at least.
        gate: For a finder: an expression of re2 that every folded match matches (the extra `fast`).
        long: A match holds a word of at least so many letters, digits, `_` and `-`, as tokens are:
            `LONG` or more. Without `starts` and `hints` the word also needs a digit.
        starts: How a long match begins, folded, where no letter or digit stands before; every match
            needs one of them.
        dense: The value is a code, looked for only where digits stand close together.
        words: Where given, one of these must stand on the same line shortly before or after the
            value. They are folded; a blank at an end asks for the end of a word there.
        across: A finder whose value may be announced on a line above.
        source: The standard, registry or vendor page that states the form.
        specimen: A text in which the detector must find something.
        false_friend: A text that looks alike, in which it must find nothing.
        priority: Which of two equally long matches wins: the higher.
        default: Whether it runs when nothing is chosen.
    """

    name: str
    type: str
    source: str
    specimen: str
    false_friend: str
    pattern: str = ""
    finder: Finder | None = None
    check: Check | None = None
    marks: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    least: tuple[tuple[str, int], ...] = ()
    gate: str = ""
    long: int = 0
    starts: tuple[str, ...] = ()
    dense: bool = False
    words: tuple[str, ...] = ()
    across: bool = False
    priority: int = 50
    default: bool = True

    def matcher(self) -> Finder:
        """Return the function that yields the (start, end) pairs of this detector in a text."""
        if self.finder is not None:
            return self.finder
        return self.searcher()

    def searcher(self) -> Callable[..., Iterable[tuple[int, int]]]:
        """Return the function that searches a part of a text by the pattern alone."""
        expression = re.compile(self.pattern)
        group = expression.groupindex.get("value", 0)
        check = self.check
        words = self.words

        def search(text: str, start: int = 0, end: int = maxsize) -> Iterable[tuple[int, int]]:
            found: list[tuple[int, int]] = []  # mostly one or none: a generator costs more
            for match in expression.finditer(text, start, end):
                at, to = match.span(group)
                if at == to:  # the group took no part, or holds nothing
                    at, to = match.span()
                if check is not None and not check(text[at:to]):
                    continue
                if words and not announced(words, text, at, to):
                    continue
                found.append((at, to))
            return found

        return search


def announced(words: tuple[str, ...], text: str, at: int, to: int) -> bool:
    """Tell whether an announcing word stands on the same line, shortly before or after a value."""
    window = around(text, at, to)
    return any(word in window for word in words)


def around(text: str, at: int, to: int) -> str:
    """Return a value and what stands on the same line shortly before and after it, as words."""
    first = max(text.rfind("\n", max(0, at - BEFORE), at) + 1, at - BEFORE, 0)
    line_end = text.find("\n", to, to + AFTER)
    last = min(len(text), to + AFTER) if line_end < 0 else line_end
    near = f" {text[first:last]} ".encode("ascii", "replace")
    return near.translate(_PLAIN).decode("ascii")


def any_case(*words: str) -> str:
    """Return a pattern for words in any case that still begins with a character class.

    Args:
        words: Expressions, each beginning with a lower-case letter.
    """
    tails: dict[str, list[str]] = {}
    for word in words:
        tails.setdefault(word[0], []).append(word[1:])
    first = "".join(letter + letter.upper() for letter in tails)
    rest = "|".join(f"(?<={letter})(?:{'|'.join(ends)})" for letter, ends in tails.items())
    return f"[{first}](?i:{rest})"


_FIRST_CLASS: Final = re.compile(r"(\[[^\]]+\])(.*)", re.DOTALL)


def word(pattern: str) -> str:
    """Return a pattern, which begins with a character class, that stands alone as a word."""
    first, rest = _split(pattern)
    return rf"{first}(?<![0-9A-Za-z]{first})(?:{rest})(?![0-9A-Za-z])"


def number(pattern: str) -> str:
    """Return a pattern, which begins with a character class, that is no part of a longer number.

    A comma parts columns (RFC 4180) far more often than it parts decimals from so long a number.
    """
    first, rest = _split(pattern)
    return (
        rf"{first}(?<![0-9A-Za-z]{first})(?<![0-9][./:_-]{first})(?:{rest})"
        r"(?![0-9A-Za-z]|[./:_-][0-9])"
    )


def _split(pattern: str) -> tuple[str, str]:
    parts = _FIRST_CLASS.fullmatch(pattern)
    if parts is None:
        raise PolicyError("pattern", "does not begin with a character class")
    return parts[1], parts[2]


_BEGINNING: Final = re.compile(r"(?:\(\?[a-z]+\))?(?:\(\?P<\w+>|\(\?:|\()*(?P<first>\[|\\?.)")


def lint(detector: Detector) -> None:
    """Hold a declaration to its rules.

    Raises:
        PolicyError: A rule is broken; the message names the detector and the rule.
    """
    for broken, rule in _findings(detector):
        if broken:
            raise PolicyError(f"detector {detector.name}", rule)
    if not any(True for _ in detector.matcher()(detector.specimen)):
        raise PolicyError(f"detector {detector.name}", "does not find its own specimen")
    if any(True for _ in detector.matcher()(detector.false_friend)):
        raise PolicyError(f"detector {detector.name}", "finds its own false friend")


def _findings(detector: Detector) -> Iterable[tuple[bool, str]]:
    yield not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", detector.name), "name is not lower-case"
    yield not re.fullmatch(r"[A-Z][A-Z0-9_]{1,30}", detector.type), "type is not upper-case"
    yield bool(detector.pattern) == (detector.finder is not None), "needs a pattern or a finder"
    yield not detector.source, "names no source"
    yield detector.dense and not detector.pattern, "a dense detector needs a pattern"
    folded = (*detector.hints, *detector.keys, *detector.starts, *detector.opens)
    yield any(fold(hint) != hint for hint in folded), "a hint, key, start or opening is not folded"
    yield any(len(one) < SHORTEST_OPENING for one in detector.opens), "an opening is too short"
    yield (
        (detector.across or bool(detector.opens)) and detector.finder is None,
        "looks at other lines without a finder",
    )
    yield bool(detector.long) != (detector.long >= LONG), f"long is below {LONG}"
    yield bool(detector.starts) and not detector.long, "a start needs a long word"
    yield (
        any(not re.fullmatch("[a-z0? ]{2,40}", one) for one in detector.words),
        "a word is not folded",
    )
    yield (
        any(
            set(mark) - set(SIGNS) - {"0", "A", " "} or re.search("00|  |^ | $", mark)
            for mark in detector.marks
        ),
        "a mark is no sign, or repeats one",
    )
    if detector.pattern:
        yield from _pattern_findings(detector.pattern)


def _pattern_findings(pattern: str) -> Iterable[tuple[bool, str]]:
    for rule in findings(pattern):
        yield True, rule
    first = _BEGINNING.match(pattern)
    begins = first is not None and first["first"] not in {"(", "?", "^", r"\b", r"\B", "."}
    yield not begins, "pattern does not begin with a character class or literal"


# Letters lower case, digits 0, anything outside ASCII `?`: one character stays one character.
FOLD: Final = bytes(
    ord("0") if chr(code).isdigit() else ord(chr(code).lower()) for code in range(128)
) + bytes(range(128, 256))


# As folded, and with a blank for whatever is no part of a word.
_PLAIN: Final = bytes(
    code if code < 128 and (chr(code).isalnum() or chr(code) == "?") else 32  # noqa: PLR2004
    for code in FOLD
)


def fold(text: str) -> str:
    """Return the form of a text on which hints are looked for; it is as long as the text."""
    return text.encode("ascii", "replace").translate(FOLD).decode("ascii")
