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
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from anonkit.errors import Withheld
from anonkit.parse.column import DROPPED, WITHHELD, Treatment
from anonkit.parse.members import QUOTE, Key, Members, Visit
from anonkit.parse.memory import Memory
from anonkit.parse.names import CLASSES, DEEP, UNKNOWN
from anonkit.parse.outline import (
    INTEGER,
    PLAIN,
    STRING,
    Draft,
    Outlines,
    Unfit,
    Way,
    kept,
    looked_at,
)
from anonkit.report import Place
from anonkit.stages.clock import SINCE_1970, is_clock, is_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonkit.report import Report

RECORD = "any_object"
NULL: Final = b"null"
# JSON in a string of JSON in a string: more is no log.
MOST_NESTED: Final = 4
LONG_NUMBER: Final = 9  # digits

_DECODE = msgspec.json.Decoder().decode
_READ = msgspec.json.Decoder(str).decode
_ENCODE = msgspec.json.Encoder().encode
# What nobody chose and one thing alone has: hexadecimal, UUID, base64. A name that says nothing of
# such a value does not say that it may leave.
IDENTIFIER = re.compile(
    r"(?=[0-9]*[a-fA-F])(?=[a-fA-F]*[0-9])[0-9a-fA-F]{16,256}"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9].*[0-9])[0-9A-Za-z+/_-]{20,256}={0,2}"
)
# RFC 9562, section 4, and what W3C Trace Context, Zipkin and nginx (`$request_id`) write: also of
# text nothing else. Digits alone are none: they can be the number of a card.
_REQUEST = (
    rb'"(?=[0-9]*[A-Fa-f-])(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}'
    rb'|[0-9A-Fa-f]{32}|[0-9A-Fa-f]{16})"'
)
_IS_REQUEST = re.compile(_REQUEST).fullmatch
# A string that is one, whatever else: it is not looked at any further.
_SIMPLE = rb'"[ !#-\[\]-~]++"'
# RFC 3339, section 5.6, in three: up to the seconds, these with their parts, and the zone.
_TO_MINUTE = rb'"[0-9]{4}-[01][0-9]-[0-3][0-9][T ](?:[01][0-9]|2[0-3]):[0-5][0-9]'
_SECONDS = rb":(?:[0-5][0-9]|60)(?:[.,][0-9]{1,9})?"
_ZONE = rb' ?(?:Z|[+-][0-2][0-9]:?[0-5][0-9])?"'
_RFC3339 = b"(%b)((?:%b)?)(%b)" % (_TO_MINUTE, _SECONDS, _ZONE)
_IS_RFC3339 = re.compile(_RFC3339).fullmatch
_QUOTED_TIME = b"%b(?:%b)?%b" % (_TO_MINUTE, _SECONDS, _ZONE)
_SINCE_1970 = re.compile(SINCE_1970.pattern.encode()).fullmatch
_AS_MOMENT = rb"([12][0-9]{9}[0-9]{%d}(?:\.[0-9]{1,9})?(?![0-9.eE]))"
_ZEROS = bytes(48 if 48 <= code <= 57 else code for code in range(256))  # noqa: PLR2004
_QUERY = re.compile(rb"[?#]")
# Numbers with fewer than `LONG_NUMBER` signs, and times, as an outline has them.
_SHORT_INTEGER = rb"-?(?>0|[1-9][0-9]{0,6}+)(?![0-9.eE])"
_SHORT = _SHORT_INTEGER + rb"|-?(?>0|[1-9][0-9]{0,2}+)\.[0-9]{1,3}(?![0-9.eE])"
_BLANK = (b"", b"\r")
_OPENS = ("{", "[")
# What tells the line of a logger from others, by the kinds of its values; see `_is_of_logger`.
_OF_LOGGER = frozenset({"pid", "level", "hostname"})


class Refused(Withheld):
    """A value that takes its line along.

    Args:
        name: Its class.
        rule: The rule that withholds it.
    """

    def __init__(self, name: str, rule: str) -> None:
        super().__init__(rule)
        self.name = name


class ObjectRewriter:
    """Rewrites lines of JSON objects under a policy for classes of values.

    Args:
        treatments: What the policy says, by class; a class it does not name is dropped.
        report: Where lines are counted.
        cache: How many values of each name are remembered.
    """

    def __init__(self, treatments: Mapping[str, Treatment], report: Report, *, cache: int) -> None:
        self._treatments = {name: treatments.get(name, DROPPED) for name in CLASSES}
        self._undeclared_classes = frozenset(CLASSES) - treatments.keys()
        self._ignores_query = {
            name: self._treatments[name or "text"].ignores_query for name in (*CLASSES, UNKNOWN)
        }
        self._to_minute = self._treatments["time"].to_minute
        self._report = report
        self._cache = cache
        self._memory = Memory(cache)
        self._members = Members(self._treatments, self._memory, self._refused, cache=cache)
        self._lines, self._inside = Outlines(), Outlines()
        self._omitted: list[Place] = []
        self._undeclared = 0

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
            undeclared += self._undeclared
            for place in self._omitted:
                self._report.omit(place)
        self._report.passed(RECORD, passed)
        self._report.undeclared(RECORD, undeclared)
        return last + bool(lines[last]), withheld

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""
        self._treatments.update(dict.fromkeys(self._treatments, WITHHELD))
        self._to_minute = False
        for each in (self._members, self._lines, self._inside, self._memory):
            each.forget()

    def _by_outline(self, line: bytes) -> bytes | None:
        """Return what may leave of a line that fits an outline, or None.

        Raises:
            Refused: A value takes it along.
        """
        self._omitted.clear()
        self._undeclared = 0
        try:
            return self._lines.rewrite(line, 0)
        except Unfit:
            return None

    def _line(self, line: bytes) -> bytes:
        """Return what may leave of one line.

        Raises:
            Refused: It is no JSON object, or a value of it takes it along.
        """
        self._omitted.clear()
        self._undeclared = 0
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
                out.append(key.kept.get(scalar) or self._string(key, scalar, nested))
            elif scalar:
                of_text = listed and key.string == "text"
                known = None if of_text else key.plain.get(scalar)
                out.append(known or self._plain(key, scalar, of_text=of_text))
        if self._cache and outlines.wants(data):
            self._learn(outlines, data, visits)
        return b"".join(out)

    def _string(self, key: Key, token: bytes, nested: int) -> bytes:
        """Return what may leave of a string, and remember it if it may come again.

        Raises:
            Unfit: It is no string.
        """
        name = key.string
        text = _read(token)
        if not text:
            return token
        if self._ignores_query[name] and (query := _QUERY.search(token)):
            token = token[: query.start()] + b'"'
            if token in key.kept:
                return key.kept[token]
            text = _read(token)
        place = _class_of(key, token, text)
        if place == "time" and self._to_minute and (time := _IS_RFC3339(token)):
            before, seconds, zone = time.groups()
            return bytes(before + seconds.translate(_ZEROS) + zone)
        if place == "text" and text.startswith(_OPENS):
            return self._json(text, token, nested)
        written = self._treated(place, text, token)
        # What goes is counted each time; times and identifiers seldom come again.
        if written is not NULL and place in (name, "text"):
            self._memory.keep(key.kept, token, written)
        return written

    def _treated(self, place: str, text: str, token: bytes) -> bytes:
        """Return what may leave of a string by its class; `NULL` itself for nothing."""
        treatment = self._treatments[place]
        if treatment.dropped:
            self._undeclared += place in self._undeclared_classes
            return NULL
        try:
            if treatment.step is None:
                return token
            given = _as_time(text) if place == "time" and "text" not in treatment.kinds else text
            result = treatment.step(given)
        except Withheld as error:
            self._refused(place, treatment, error.rule)
            return NULL
        written: bytes = token if result == text else _ENCODE(result)
        return written

    def _json(self, text: str, token: bytes, nested: int) -> bytes:
        """Return what may leave of a string that may hold JSON: how deep it is says whether."""
        inner = self._inner(text, nested + 1) if nested < MOST_NESTED else None
        if inner is None:
            return self._treated("text", text, token)
        return token if inner == text else bytes(_ENCODE(inner))

    def _inner(self, text: str, nested: int) -> str | None:
        """Return what may leave of JSON in a string and what follows it; None if it is none."""
        content = text.rstrip()
        counted = len(self._omitted), self._undeclared
        data = content.encode()  # it was decoded from JSON, and so has no half characters
        try:
            rewritten = self._inside.rewrite(data, nested)
            if rewritten is not None:
                return rewritten.decode() + text[len(content) :]
        except Unfit:
            del self._omitted[counted[0] :]
            self._undeclared = counted[1]
        try:
            _DECODE(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        rewritten = self._rewritten(self._inside, data, nested, self._members.items[UNKNOWN])
        return rewritten.decode() + text[len(content) :]

    def _plain(self, key: Key, token: bytes, *, of_text: bool) -> bytes:
        """Return what may leave of a number or truth value, and remember it if it may come again.

        Args:
            key: What its name says.
            token: Its bytes.
            of_text: It is one in a list that is text.
        """
        if token == NULL or of_text:
            return NULL
        place = "boolean" if token[0] in b"tf" else "number"
        if key.number in DEEP or (key.number not in (UNKNOWN, "text") and place == "number"):
            place = key.number
        elif key.moment and place == "number" and (since := _SINCE_1970(token)):
            return self._moment(token, 10 ** len(since[1]))
        treatment = self._treatments[place]
        if treatment.dropped:
            self._undeclared += place in self._undeclared_classes
            return NULL
        try:
            written = _ENCODE(treatment.step(_DECODE(token))) if treatment.step else token
        except Withheld as error:
            self._refused(place, treatment, error.rule)
            return NULL
        if place == "number" and len(token) >= LONG_NUMBER:
            written = written if self._survives_as_text(token) else NULL
        elif place != "number" or treatment.step is not None:
            self._memory.keep(key.plain, token, written)
        return bytes(written)

    def _survives_as_text(self, token: bytes) -> bool:
        """Tell whether a number is nothing that text would lose."""
        text, number = self._treatments["text"], token.decode()
        return not text.dropped and (text.step is None or text.step(number) == number)

    def _moment(self, token: bytes, per_second: int) -> bytes:
        """Return what may leave of a number since 1970, as its stages take it: in seconds."""
        treatment = self._treatments["time"]
        if treatment.step is None:
            self._undeclared += "time" in self._undeclared_classes
            return NULL if treatment.dropped else token
        value = _DECODE(token)
        try:
            if per_second == 1:
                return _ENCODE(treatment.step(value))
            return _ENCODE(treatment.step(int(value) // per_second) * per_second)
        except Withheld as error:
            self._refused("time", treatment, error.rule)
            return NULL

    def _learn(self, outlines: Outlines, data: bytes, visits: list[Visit]) -> None:
        """Draw the outline of JSON that has been gone through: other lines may have it too."""
        naming = {visit.named_by for visit in visits}
        draft = Draft()
        word = ""
        for place, visit in enumerate(visits):
            scalar, key = visit.scalar, visit.key
            draft.fixed(visit.between)
            if visit.is_key:
                if not visit.remembered:
                    return  # it is counted each time
                if visit.depth == 1 and outlines is self._lines:
                    word = _DECODE(scalar)
                draft.fixed(scalar, key.left)
            elif scalar:
                only = b""
                if place in naming:
                    only = re.escape(scalar)
                elif key.names or (word in _OF_LOGGER and visit.depth == 1):
                    only = _same_kind(scalar)
                    if not only:
                        return
                draft.value(*self._ways(visit, only))
        outlines.learn(data, draft)

    def _ways(self, visit: Visit, only: bytes) -> list[Way]:
        """Return what becomes of a value, by how it is written.

        Args:
            visit: The value in the line that is learned from.
            only: The one pattern that it may have in others; empty for any.
        """
        if visit.scalar[0] == QUOTE or visit.scalar == NULL:
            return self._ways_of_string(visit.key, visit.scalar, only)
        key, listed = visit.key, visit.listed
        of_text = listed and key.string == "text"

        def plain(token: bytes, _nested: int) -> bytes:
            return self._plain(key, token, of_text=of_text)

        ways = [looked_at(only or PLAIN, _none if of_text else key.plain.get, plain)]
        if key.number not in (UNKNOWN, "text") or of_text:
            return ways
        if key.moment and not only and (since := _SINCE_1970(visit.scalar)):
            digits = len(since[1])
            moment = partial(self._moment, per_second=10**digits)
            ways.insert(0, Way(_AS_MOMENT % digits, 1, "{moment}({0})", {"moment": moment}))
        elif _keeps(self._treatments["number"]):
            ways.insert(0, kept(_SHORT_INTEGER if only else _SHORT))
        return ways

    def _ways_of_string(self, key: Key, scalar: bytes, only: bytes) -> list[Way]:
        ways = [looked_at(only or STRING, key.kept.get, partial(self._string, key))]
        name = key.string
        if scalar in (NULL, b'""'):
            ways.insert(0, kept(scalar))
        elif only:
            pass
        elif name in DEEP:
            if self._treatments[name].dropped and name not in self._undeclared_classes:
                ways.insert(0, Way(b"(%b)" % _SIMPLE, 1, "{null}", {"null": NULL}))
        elif _IS_RFC3339(scalar):
            if self._to_minute:
                ways.insert(
                    0, Way(_RFC3339, 3, "{0} + {1}.translate({zeros}) + {2}", {"zeros": _ZEROS})
                )
            elif _keeps(self._treatments["time"]):
                ways.insert(0, kept(_QUOTED_TIME))
        elif _IS_REQUEST(scalar):
            of_text = name in (UNKNOWN, "text")

            def request(token: bytes, _nested: int) -> bytes:
                text = token[1:-1].decode()
                if of_text:
                    return self._treated("session", text, token)
                written = self._treated(name, text, token)
                if written is not NULL:
                    self._memory.keep(key.kept, token, written)
                return written

            ways.insert(0, looked_at(_REQUEST, _none if of_text else key.kept.get, request))
        return ways

    def _refused(self, place: str, treatment: Treatment, rule: str) -> None:
        """Count a value that its line leaves without.

        Raises:
            Refused: It takes the line along.
        """
        if not treatment.keeps_record:
            raise Refused(place, rule) from None
        self._omitted.append(Place(RECORD, place, rule))


def _class_of(key: Key, token: bytes, text: str) -> str:
    """Return the class of a string behind a name."""
    name = key.string
    of_text = name in (UNKNOWN, "text")
    if of_text and _IS_REQUEST(token):
        return "session"
    if name not in DEEP and (is_time(text) or (key.moment and is_clock(text))):
        return "time"
    if name == UNKNOWN and IDENTIFIER.fullmatch(text):
        return "session"
    return "text" if of_text else name


def _is_of_logger(line: dict[str, Any]) -> bool:
    """Tell whether a line is one of Bunyan or pino, whose `name` is that of a logger."""
    return (
        line.get("pid").__class__ is line.get("level").__class__ is int
        and line.get("hostname").__class__ is str
        and "time" in line
    )


def _as_time(text: str) -> datetime:
    """Return a text as the time that it is.

    Raises:
        Withheld: It looks like one and is none.
    """
    try:
        return datetime.fromisoformat(text.replace(",", "."))
    except ValueError:
        pass
    raise Withheld("not a time")


def _read(token: bytes) -> str:
    """Return the text of a string.

    Raises:
        Unfit: It is none.
    """
    try:
        text: str = _READ(token)
    except (msgspec.MsgspecError, ValueError):
        text = ""
        fits = False
    else:
        fits = True
    if not fits:  # raised here, where no other exception carries the value along
        raise Unfit
    return text


def _none(_token: bytes) -> None:
    return None


def _keeps(treatment: Treatment) -> bool:
    """Tell whether a class leaves as it is."""
    return treatment.step is None and not treatment.dropped


def _same_kind(scalar: bytes) -> bytes:
    """Return what matches strings like a string and integers like an integer; empty for others."""
    if scalar[0] == QUOTE:
        return STRING
    return INTEGER if re.fullmatch(INTEGER, scalar) else b""
