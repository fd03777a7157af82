r"""Outlines: what lines of JSON have in common, as one regular expression, learned as they come.

A program writes the same few kinds of line, with the same names in the same order. Such a line is
its outline and its values:

    {"time":"…","ip":"…","status":…}

A line that fits an outline is JSON, and it is taken apart in one call: stretches of what stays as
it is, names, signs and values alike, and between them the values that must be looked at. A line
that fits none goes scalar by scalar, the way that the outlines are learned from.

Its fixed parts were JSON when it was learned, so a line is JSON if each value is. Numbers and
times that stay are matched to the last sign; of what is looked at, a string ends at the next quote
without a backslash before it, and whoever looks at it must make sure that it is one (`Unfit`). That
costs a fifth of an expression for JSON strings, and what was remembered has been looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

STRING: Final = rb'"[^"]*+(?:(?<=\\)"[^"]*+)*+"'
INTEGER: Final = rb"-?(?>0|[1-9][0-9]{0,17}+)"
PLAIN: Final = rb"-?(?>0|[1-9][0-9]{0,17}+)(?:\.[0-9]{1,17}+)?+|true|false|null"

# Compiling one takes some milliseconds, so it has to come again before it is.
MOST_OUTLINES: Final = 64
_OFTEN: Final = 3
_MOST_SEEN: Final = 1024
# After so many lines that fitted none, no more is learned: drawing costs as much as rewriting.
_MOST_LESSONS: Final = 20_000
LONGEST: Final = 8192  # bytes of a line
_MOST_SLOTS: Final = 256


class Unfit(Exception):  # noqa: N818 - a turn in the road, not a fault
    """The line does not have the outline, though it looks so."""


Get = Callable[[bytes], "bytes | None"]
Miss = Callable[[bytes, int], bytes]


class Outline:
    """One outline.

    Args:
        match: Takes a line apart: stretches and values in turn. A value that stays is in the
            stretch before it, and empty.
        gets: What is remembered of each value.
        misses: What works a value out, of which nothing is.
    """

    __slots__ = ("_gets", "_match", "_misses")

    def __init__(
        self,
        match: Callable[[bytes], re.Match[bytes] | None],
        gets: Sequence[Get],
        misses: Sequence[Miss],
    ) -> None:
        self._match = match
        self._gets = gets
        self._misses = misses

    def rewrite(self, data: bytes, nested: int) -> bytes | None:
        """Return what may leave of a line, or None where it has another outline.

        Raises:
            Unfit: A value is not what it looks like.
        """
        found = self._match(data)
        if found is None:
            return None
        pieces = list(found.groups())
        pieces[1::2] = [
            token and (get(token) or miss(token, nested))
            for token, get, miss in zip(pieces[1::2], self._gets, self._misses, strict=True)
        ]
        return b"".join(pieces)


class Draft:
    """An outline that is being drawn, from left to right."""

    def __init__(self) -> None:
        self._source = bytearray(b"(")
        self.gets: list[Get] = []
        self.misses: list[Miss] = []
        self._empty = b""

    def fixed(self, text: bytes) -> None:
        """Go on with what is in every line."""
        self._source += re.escape(text)

    def kept(self, pattern: bytes, behind: bytes, begins: bytes) -> None:
        """Go on with a value that stays if it matches a pattern, and is looked at otherwise.

        Args:
            pattern: Such values.
            behind: The signs that they end with, and no stretch does.
            begins: The signs that any value there begins with.
        """
        self._source += b"(?>%b|(?=[%b]))" % (pattern, begins)
        self._empty = b"|(?<=[%b])" % behind

    def constant(self, text: bytes, written: bytes) -> None:
        """Go on with what is in every line, and becomes something else."""
        self.slot(re.escape(text), lambda _token: written, _nothing)

    def slot(
        self,
        pattern: bytes,
        get: Get,
        miss: Miss,
    ) -> None:
        """Go on with a value that is looked at.

        Args:
            pattern: What it can be.
            get: What is remembered.
            miss: Works out what is not.
        """
        pattern += self._empty
        self._source += b")((?>%b))(" % pattern if b"|" in pattern else b")(%b)(" % pattern
        self._empty = b""
        self.gets.append(get)
        self.misses.append(miss)

    @property
    def source(self) -> bytes:
        """The regular expression."""
        return bytes(self._source) + b")"


def _nothing(_token: bytes, _nested: int) -> bytes:
    return b""  # pragma: no cover - all that it would be asked for is remembered


class Outlines:
    """The outlines of a stream, found by the number of names that a line has."""

    def __init__(self) -> None:
        self._known: dict[int, list[Outline]] = {}
        self._seen: dict[int, int] = {}
        self._count = 0
        self._lessons = _MOST_LESSONS

    def like(self, data: bytes) -> Sequence[Outline]:
        """Return the outlines that a line may have."""
        return self._known.get(data.count(b'":'), ())

    def wants(self, data: bytes) -> bool:
        """Tell whether an outline may be learned from a line that fits none."""
        if self._lessons <= 0 or self._count >= MOST_OUTLINES or len(data) > LONGEST:
            return False
        self._lessons -= 1
        return True

    def learn(self, data: bytes, draft: Draft) -> None:
        """Take note of the outline of a line, and use it once it has come several times."""
        if len(draft.gets) > _MOST_SLOTS:
            return
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        source = draft.source
        mark = hash(source)  # two that share it share their count, and no more
        self._seen[mark] = count = self._seen.get(mark, 0) + 1
        if count == _OFTEN:
            outline = Outline(re.compile(source).fullmatch, draft.gets, draft.misses)
            self._known.setdefault(data.count(b'":'), []).append(outline)
            self._count += 1

    def forget(self) -> None:
        """Let go of all."""
        self._known.clear()
        self._seen.clear()
        self._lessons = 0
