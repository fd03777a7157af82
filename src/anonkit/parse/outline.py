r"""Outlines: what lines of JSON have in common, as one regular expression, learned as they come.

A program writes the same few kinds of line, with the same names in the same order. Such a line is
its outline and its values:

    {"time":"…","ip":"…","status":…}

A line that fits an outline is JSON, and its values are taken out of it in one call. What may leave
of it is put together by a function that is written for the outline: with a loop over the values,
and with what stands between them taken out of the line too, a line costs a fifth more. A line that
fits none goes scalar by scalar, the way that the outlines are learned from.

Its fixed parts were JSON when it was learned, so a line is JSON if each value is. Values that stay
and others that nobody looks at are matched to the last sign; of what is looked at, a string ends at
the next quote without a backslash before it, and whoever looks at it must make sure that it is one
(`Unfit`). That costs a fifth of an expression for JSON strings, and what was remembered has been
looked at.

What is compiled consists of fixed words and numbers: no sign of a line becomes code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

STRING: Final = rb'"[^"]*+(?:(?<=\\)"[^"]*+)*+"'
INTEGER: Final = rb"-?(?>0|[1-9][0-9]{0,17}+)"
PLAIN: Final = rb"-?(?>0|[1-9][0-9]{0,17}+)(?:\.[0-9]{1,17}+)?+|true|false|null"

# Compiling one takes some milliseconds, so it has to come again before it is.
MOST_OUTLINES: Final = 64
_OFTEN: Final = 3
_MOST_SEEN: Final = 1024
# After so many lines that fitted none, no more is learned: drawing costs as much as rewriting.
_MOST_LESSONS: Final = 20_000
LONGEST: Final = 65_536  # bytes of a line
# Values of all outlines together: each takes 6 kB as a part of an expression, so 25 MB in all.
MOST_VALUES: Final = 4096


class Unfit(Exception):  # noqa: N818 - a turn in the road, not a fault
    """A line does not have an outline, or not the one that it seems to."""


Get = Callable[[bytes], "bytes | None"]
Miss = Callable[[bytes, int], bytes]
# From a line and how many strings it is nested in to what may leave of it, or None where it has
# another outline. It raises `Unfit` where a value is not what it looks like.
Outline = Callable[[bytes, int], "bytes | None"]


class Way(NamedTuple):
    """A way to write a value, and what becomes of it then.

    Args:
        pattern: How it is written, in groups, of which the first is never empty.
        groups: How many these are.
        source: An expression over them, `{0}` and so on, and whatever `names` has.
        names: Values by their name in the source.
    """

    pattern: bytes
    groups: int
    source: str
    names: dict[str, Any]


def kept(pattern: bytes) -> Way:
    """Return the way of a value that stays."""
    return Way(b"(%b)" % pattern, 1, "{0}", {})


def replaced(pattern: bytes, left: bytes) -> Way:
    """Return the way of a value that something else stands for, whatever it is."""
    return Way(b"(%b)" % pattern, 1, "{left}", {"left": left})


def usual(scalar: bytes) -> Way:
    """Return the way of one value that stays, and mostly comes: it is not even taken out."""
    pattern = b"%b(%b)" % (re.escape(scalar[:-1]), re.escape(scalar[-1:]))
    return Way(pattern, 1, "{scalar}", {"scalar": scalar})


def treated(pattern: bytes, step: Callable[[bytes], bytes]) -> Way:
    """Return the way of a value that is worked out each time, and needs no look beforehand."""
    return Way(b"(%b)" % pattern, 1, "{step}({0})", {"step": step})


def looked_at(pattern: bytes, get: Get, miss: Miss) -> Way:
    """Return the way of a value that is looked at.

    Args:
        pattern: How it is written.
        get: What is remembered.
        miss: Works out what is not.
    """
    names = {"get": get, "miss": miss}
    return Way(b"(%b)" % pattern, 1, "{get}({0}) or {miss}({0}, nested)", names)


class Draft:
    """An outline that is being drawn, from left to right."""

    def __init__(self) -> None:
        self._pattern = bytearray()
        self._fixed = bytearray()  # what leaves since the last value, whatever comes
        self._parts: list[str] = []
        self._groups = 0
        self._names: dict[str, Any] = {"join": b"".join}
        self.values = bytearray()  # a sign of each, to tell most others by

    def fixed(self, text: bytes, left: bytes | None = None) -> None:
        """Go on with what is in every line, and what may leave of it if that is something else."""
        self._pattern += re.escape(text)
        self._fixed += text if left is None else left

    def value(self, scalar: bytes, *ways: Way) -> None:
        """Go on with a value, that is written in one of some ways: the first that it fits.

        Args:
            scalar: The value in the line that is drawn from.
            ways: Those that it may be written in.
        """
        self._put_fixed()
        self._pattern += b"(?>%b)" % b"|".join(way.pattern for way in ways)
        *firsts, last = [self._expression(way) for way in ways]
        cases = [f"{written} if {group} else " for written, group in firsts]
        self._parts.append("".join((*cases, last[0])))
        self.values.append(hash(scalar) & 0xFF)

    @property
    def pattern(self) -> bytes:
        """The regular expression: the mark of an outline."""
        return bytes(self._pattern)

    def outline(self) -> Outline:
        """Return the function for lines of this outline, compiled."""
        self._put_fixed()
        groups = "".join(f"g{number}, " for number in range(self._groups))
        source = (
            "def outline(data, nested):\n"
            "    found = match(data)\n"
            "    if found is None: return None\n"
            f"    ({groups}) = found.groups()\n"
            f"    return join(({', '.join(self._parts)},))"
        )
        names = {**self._names, "match": re.compile(self.pattern).fullmatch}
        exec(source, names)  # noqa: S102 - the module docstring says what it consists of
        function: Outline = names["outline"]
        return function

    def _put_fixed(self) -> None:
        self._parts.append(self._bind(bytes(self._fixed)))
        self._fixed.clear()

    def _expression(self, way: Way) -> tuple[str, str]:
        """Return the expression of a way, and the name of its first group."""
        groups = [f"g{self._groups + number}" for number in range(way.groups)]
        self._groups += way.groups
        names = {name: self._bind(value) for name, value in way.names.items()}
        return way.source.format(*groups, **names), groups[0]

    def _bind(self, value: Any) -> str:
        """Make a value known to the code, and return its name there."""
        name = f"n{len(self._names)}"
        self._names[name] = value
        return name


class Outlines:
    """The outlines of a stream, found by the number of names that a line has.

    The number of quotes says more, and is counted in half the time; but a value may hold some of
    its own. So it is only remembered which outline lines with as many had. Where there is but one
    outline, nothing is counted: each is 5 % of a line.
    """

    def __init__(self) -> None:
        self._known: dict[int, list[Outline]] = {}
        self._guesses: dict[int, Outline] = {}
        self._only: Outline | None = None
        self._seen: dict[int, tuple[int, bytes]] = {}
        self._count = 0
        self._lessons = _MOST_LESSONS
        self._room = MOST_VALUES

    def rewrite(self, data: bytes, nested: int) -> bytes | None:
        """Return what may leave of a line, or None where it fits no outline.

        Raises:
            Unfit: A value is not what it looks like.
        """
        quotes = 0
        guess = self._only
        if guess is None:
            quotes = data.count(b'"')
            guess = self._guesses.get(quotes)
        if guess is not None and (left := guess(data, nested)) is not None:
            return left
        for outline in self._known.get(data.count(b'":'), ()):
            if outline is not guess and (left := outline(data, nested)) is not None:
                if len(self._guesses) >= _MOST_SEEN:
                    self._guesses.clear()
                self._guesses[quotes] = outline
                return left
        return None

    def wants(self, data: bytes, values: int) -> bool:
        """Tell whether an outline may be learned from a line of so many values that fits none."""
        if self._lessons <= 0 or self._count >= MOST_OUTLINES:
            return False
        if len(data) > LONGEST or values > self._room:
            return False
        self._lessons -= 1
        return True

    def due(self, draft: Draft) -> list[bool] | None:
        """Return whether each value was there when the outline first came, when it came often."""
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        mark = hash(draft.pattern)  # two that share it share their count, and no more
        count, first = self._seen.get(mark, (0, bytes(draft.values)))
        self._seen[mark] = count + 1, first
        if count + 1 != _OFTEN:
            return None
        return [value == before for value, before in zip(draft.values, first, strict=False)]

    def learn(self, data: bytes, draft: Draft) -> None:
        """Use the outline of a line from now on."""
        outline = draft.outline()
        self._known.setdefault(data.count(b'":'), []).append(outline)
        self._count += 1
        self._room -= len(draft.values)
        self._only = outline if self._count == 1 else None

    def forget(self) -> None:
        """Let go of all."""
        self._known.clear()
        self._guesses.clear()
        self._only = None
        self._seen.clear()
        self._lessons = 0
