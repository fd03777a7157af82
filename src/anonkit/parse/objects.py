r"""Logs of JSON objects of any shape, one a line: each value goes by the name it has.

    {"time":"2026-05-11T09:02:44Z","msg":"hello ada@example.org","user":{"id":4711},"ip":"::1"}

`names.py` tells which class a name gives its value; the policy says what becomes of a class. What
is below a secret or personal name shares its fate; what is below any other has its class where
its own name says nothing. A line is rewritten in place: what stays keeps its bytes and what goes
becomes `null`, so the shape of the object is what it was.

- A string that is written as a day with a clock is `time`, and so is a clock, or a number since
  1970, under the name of a time. A string whose name says nothing is `text`; one that holds JSON
  itself, as Docker and Kubernetes wrap lines, is treated as JSON.
- A string that nobody chose (`IDENTIFIER`), under a name that says nothing, is `session`: it ties
  lines together, here and elsewhere. Under a name of text a UUID is, and 16 or 32 hexadecimal
  digits: the number of a request, a trace or an event.
- A number or truth value of a class that names people, machines or secrets is treated by that
  class; any other by `number` and `boolean`. A number of nine digits or more (a telephone or card
  number has as many) must besides stay what it is under `text`. Numbers in a list under a name of
  text go: journald writes messages so that are not UTF-8.
- Of a pair such as `{"key": "user.email", "value": ...}`, which OpenTelemetry and others write,
  the first gives the second its name.
- A line of a logger (Bunyan, pino: numbers `level` and `pid`, a text `hostname`, a `time`) has the
  name of the logger as `name`: it is text, and no token.
- Below a name for several of a kind, `{"users": {"ada_lovelace": 3}}`, names that the table lacks
  are values of its class and treated as such.
- Any other name stays when the table has all of it, or when it is a plain one, without blanks, that
  `key` leaves as it is; otherwise it becomes what `key` makes of it, or `[KEY]`.

Source: RFC 8259, as msgspec reads it: a line is decoded once as a whole before it is touched,
unless it fits an outline that such lines had (`outline.py`).
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec

from anonkit.parse.members import QUOTE, Key, Members, Visit
from anonkit.parse.memory import Memory
from anonkit.parse.names import UNKNOWN
from anonkit.parse.outline import INTEGER, STRING, Draft, Outlines, Unfit, usual
from anonkit.parse.scalars import RECORD, Refused, Scalars
from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anonkit.parse.column import Treatment
    from anonkit.report import Report

# JSON in a string of JSON in a string: more is no log.
MOST_NESTED: Final = 4

_DECODE = msgspec.json.Decoder().decode
_BLANK = (b"", b"\r")
# What tells the line of a logger from others, by the kinds of its values; see `_is_of_logger`.
_OF_LOGGER = frozenset({"pid", "level", "hostname"})


class ObjectRewriter:
    """Rewrites lines of JSON objects under a policy for classes of values.

    Args:
        treatments: What the policy says, by class; a class it does not name is dropped.
        report: Where lines are counted.
        cache: How many values of each name are remembered.
    """

    def __init__(self, treatments: Mapping[str, Treatment], report: Report, *, cache: int) -> None:
        self._report = report
        self._cache = cache
        self._memory = Memory(cache)
        self._scalars = Scalars(treatments, self._memory, self._inner)
        self._members = Members(
            self._scalars.treatments, self._memory, self._scalars.refused, cache=cache
        )
        self._lines, self._inside = Outlines(), Outlines()

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`; return their number and those withheld."""
        withheld: list[tuple[int, bytes]] = []
        passed = undeclared = 0
        lines = data.split(b"\n")
        last = len(lines) - 1
        self._memory.lines += last
        for number, line in enumerate(lines):
            newline = b"" if number == last else b"\n"
            if line in _BLANK:  # a blank line is no record, and stays
                out += (line, newline)
                continue
            try:
                rewritten = self._by_outline(line) or self._line(line)
            except Refused as error:
                self._report.withhold(Place(RECORD, error.name, error.rule))
                withheld.append((number, line + newline))
                continue
            out += (rewritten, newline)
            passed += 1
            undeclared += self._scalars.undeclared
            for place in self._scalars.omitted:
                self._report.omit(place)
        self._report.passed(RECORD, passed)
        self._report.undeclared(RECORD, undeclared)
        return last + bool(lines[last]), withheld

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""
        for each in (self._scalars, self._members, self._lines, self._inside, self._memory):
            each.forget()

    def _by_outline(self, line: bytes) -> bytes | None:
        """Return what may leave of a line that fits an outline, or None.

        Raises:
            Refused: A value takes it along.
        """
        self._scalars.begin()
        try:
            return self._lines.rewrite(line, 0)
        except Unfit:
            return None

    def _line(self, line: bytes) -> bytes:
        """Return what may leave of one line.

        Raises:
            Refused: It is no JSON object, or a value of it takes it along.
        """
        self._scalars.begin()
        try:
            value = _DECODE(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            value = None
        if value.__class__ is not dict:
            raise Refused("", "not a JSON object")
        root = self._members.items["text" if _is_of_logger(value) else UNKNOWN]
        return self._rewritten(self._lines, line, 0, root)

    def _rewritten(self, outlines: Outlines, data: bytes, nested: int, root: Key) -> bytes:
        """Return what may leave of JSON, scalar by scalar; the whole of it goes by a key."""
        out: list[bytes] = []
        visits = list(self._members.visits(data, root))
        for between, scalar, key, is_key, listed, *_ in visits:
            out.append(between)
            if is_key:
                out.append(key.left)
            elif scalar[:1] == b'"':
                out.append(self._scalars.string(key, scalar, nested))
            elif scalar:
                out.append(self._scalars.plain(key, scalar, listed=listed))
        values = sum(not visit.is_key for visit in visits)
        if self._cache and outlines.wants(data, values):
            self._learn(outlines, data, visits)
        return b"".join(out)

    def _inner(self, text: str, nested: int) -> str | None:
        """Return what may leave of JSON in a string and what follows it; None if it is none."""
        if nested >= MOST_NESTED:
            return None
        nested += 1
        content = text.rstrip()
        counted = len(self._scalars.omitted), self._scalars.undeclared
        data = content.encode()  # it was decoded from JSON, and so has no half characters
        try:
            rewritten = self._inside.rewrite(data, nested)
            if rewritten is not None:
                return rewritten.decode() + text[len(content) :]
        except Unfit:
            del self._scalars.omitted[counted[0] :]
            self._scalars.undeclared = counted[1]
        try:
            _DECODE(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        rewritten = self._rewritten(self._inside, data, nested, self._members.items[UNKNOWN])
        return rewritten.decode() + text[len(content) :]

    def _learn(self, outlines: Outlines, data: bytes, visits: list[Visit]) -> None:
        """Draw the outline of JSON that has been gone through: other lines may have it too."""
        in_line = outlines is self._lines
        with suppress(Unfit):
            same = outlines.due(self._drawn(visits, iter(()), in_line=in_line))
            if same is not None:
                outlines.learn(data, self._drawn(visits, iter(same), in_line=in_line))

    def _drawn(self, visits: list[Visit], same: Iterator[bool], *, in_line: bool) -> Draft:
        """Return the outline of JSON.

        Args:
            visits: The scalars of the JSON.
            same: Whether each value is the same in other lines, as far as is known.
            in_line: Whether it is a line, and not within one.

        Raises:
            Unfit: It has none.
        """
        naming = {visit.named_by for visit in visits}
        draft = Draft()
        word = ""
        for place, visit in enumerate(visits):
            scalar, key = visit.scalar, visit.key
            draft.fixed(visit.between)
            if visit.is_key:
                if not visit.remembered:
                    raise Unfit  # it is counted each time
                if visit.depth == 1 and in_line:
                    word = _DECODE(scalar)
                draft.fixed(scalar, key.left)
            elif scalar:
                only = b""
                if place in naming:
                    only = re.escape(scalar)
                elif key.names or (word in _OF_LOGGER and visit.depth == 1):
                    only = _same_kind(scalar)
                    if not only:
                        raise Unfit
                ways = self._scalars.ways(visit, only)
                # A program repeats itself: 6 % of a line. But `re` remembers patterns, and what
                # does not leave must not outlive its key in one.
                if next(same, False) and key.kept.get(scalar) == scalar:
                    ways.insert(0, usual(scalar))
                draft.value(scalar, *ways)
        return draft


def _is_of_logger(line: dict[str, Any]) -> bool:
    """Tell whether a line is one of Bunyan or pino, whose `name` is that of a logger."""
    return (
        line.get("pid").__class__ is line.get("level").__class__ is int
        and line.get("hostname").__class__ is str
        and "time" in line
    )


def _same_kind(scalar: bytes) -> bytes:
    """Return what matches strings like a string and integers like an integer; empty for others."""
    if scalar[0] == QUOTE:
        return STRING
    return INTEGER if re.fullmatch(INTEGER, scalar) else b""
