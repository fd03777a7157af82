r"""Scalars of JSON: what may leave of a string or a number, by what its name says.

A value is worked out with all care, and what becomes of it remembered where it may come again. An
outline (`outline.py`) is told beforehand what becomes of the values in its places, by how they are
written; so what a name says is asked once, and a value whose form says enough is not looked at.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from anonkit.errors import Withheld
from anonkit.parse.column import ABSENT, DROPPED, WITHHELD, Treatment
from anonkit.parse.members import QUOTE
from anonkit.parse.names import CLASSES, DEEP, UNKNOWN
from anonkit.parse.outline import PLAIN, STRING, Unfit, Way, kept, looked_at, replaced, treated
from anonkit.parse.requests import with_requests
from anonkit.report import Place
from anonkit.stages.clock import SINCE_1601, SINCE_1970, has_clock, is_clock, is_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anonkit.parse.members import Key, Visit
    from anonkit.parse.memory import Memory

RECORD = "any_object"
NULL: Final = b"null"
LONG_NUMBER: Final = 9  # digits

_DECODE = msgspec.json.Decoder().decode
_READ = msgspec.json.Decoder(str).decode
_ENCODE = msgspec.json.Encoder().encode
# What nobody chose and one thing alone has: hexadecimal, UUID, base64. A name that says nothing of
# such a value does not say that it may leave.
IDENTIFIER = re.compile(
    r"(?=[0-9]*[a-fA-F])(?=[a-fA-F]*[0-9])[0-9a-fA-F]{16,256}"
    r"|\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?"
    r"|(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9].*[0-9])[0-9A-Za-z+/_-]{20,}={0,2}"
)
# RFC 9562, section 4, and what W3C Trace Context, Zipkin and nginx (`$request_id`) write: also of
# text nothing else; Windows puts braces around them. Digits alone are none: they can be the number
# of a card.
_REQUEST = (
    rb'"(?=\{?[0-9]*[A-Fa-f-])(?:\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?'
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
_SINCE_1601 = re.compile(SINCE_1601.pattern.encode()).fullmatch
# The same with so many digits more than seconds have.
_MOMENT = rb"[12][0-9]{9}[0-9]{%d}(?:\.[0-9]{1,9})?(?![0-9.eE])"
_ZEROS = bytes(48 if 48 <= code <= 57 else code for code in range(256))  # noqa: PLR2004
_TO_FULL_MINUTE = Way(_RFC3339, 3, "{0} + {1}.translate({zeros}) + {2}", {"zeros": _ZEROS})
_QUERY = re.compile(rb"[?#]")
# Numbers with fewer than `LONG_NUMBER` signs, and times, as an outline has them.
_SHORT_INTEGER = rb"-?(?>0|[1-9][0-9]{0,6}+)(?![0-9.eE])"
_SHORT = _SHORT_INTEGER + rb"|-?(?>0|[1-9][0-9]{0,2}+)\.[0-9]{1,3}(?![0-9.eE])"
_OPENS = ("{", "[")


class Refused(Withheld):
    """A value that takes its line along.

    Args:
        name: Its class.
        rule: The rule that withholds it.
    """

    def __init__(self, name: str, rule: str) -> None:
        super().__init__(rule)
        self.name = name


class Scalars:
    """Says what may leave of the scalars of lines, and counts what does not.

    Args:
        treatments: What the policy says, by class; a class it does not name is dropped.
        memory: What is remembered of values.
        inner: From JSON in a string, and how many strings it is nested in, to what may leave of it;
            None if it is none.

    Attributes:
        treatments: What the policy says, of all classes.
        omitted: Values of a line that it leaves without.
        undeclared: How many of its values have a class that the policy does not name.
    """

    def __init__(
        self,
        treatments: Mapping[str, Treatment],
        memory: Memory,
        inner: Callable[[str, int], str | None],
    ) -> None:
        self.treatments = {name: treatments.get(name, DROPPED) for name in CLASSES}
        self._undeclared_classes = frozenset(CLASSES) - treatments.keys()
        self._ignores_query = {
            name: self.treatments[name or "text"].ignores_query for name in (*CLASSES, UNKNOWN)
        }
        self._to_minute = self.treatments["time"].to_minute
        self._memory = memory
        self._inner = inner
        self.omitted: list[Place] = []
        self.undeclared = 0

    def forget(self) -> None:
        """Let go of everything derived from a key."""
        self.treatments.update(dict.fromkeys(self.treatments, WITHHELD))
        self._to_minute = False

    def begin(self) -> None:
        """Count anew, for a line."""
        self.omitted.clear()
        self.undeclared = 0

    def string(self, key: Key, token: bytes, nested: int) -> bytes:
        """Return what may leave of a string that is nested in so many.

        Raises:
            Unfit: It is no string.
        """
        return key.kept.get(token) or self._string(key, token, nested)

    def plain(self, key: Key, token: bytes, *, listed: bool) -> bytes:
        """Return what may leave of what is no string, by itself or `listed` with others."""
        if _is_of_text(key, listed=listed):
            return NULL
        return key.plain.get(token) or self._plain(key, token)

    def ways(self, visit: Visit, only: bytes) -> list[Way]:
        """Return what becomes of a value, by how it is written.

        Args:
            visit: The value in the line that is learned from.
            only: The one pattern that it may have in others; empty for any.
        """
        if visit.scalar[0] == QUOTE or visit.scalar == NULL:
            return self._ways_of_string(visit.key, visit.scalar, only)
        return self._ways_of_plain(visit, only)

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
        counted = len(self.omitted) + self.undeclared
        given = token
        if place == "text":
            if text.startswith(_OPENS):
                return self._json(text, token, nested)
            if (asked := with_requests(text, self._target)) != text:
                text, given = asked, _ENCODE(asked)
        written = self._treated(place, text, given)
        # What goes is counted each time; times and identifiers seldom come again.
        told = len(self.omitted) + self.undeclared > counted
        if written is not NULL and not told and place in (name, "text"):
            self._memory.keep(key.kept, token, written)
        return written

    def _treated(self, place: str, text: str, token: bytes) -> bytes:
        """Return what may leave of a string by its class; `NULL` itself for nothing."""
        treatment = self.treatments[place]
        if treatment.dropped:
            self.undeclared += place in self._undeclared_classes
            return NULL
        try:
            if treatment.step is None:
                return token
            given = _as_time(text) if place == "time" and "text" not in treatment.kinds else text
            result = treatment.step(given)
        except Withheld as error:
            self.refused(place, treatment, error.rule)
            return NULL
        written: bytes = token if result == text else _ENCODE(result)
        return written

    def _target(self, target: str) -> str:
        """Return what may leave of the target of a request that stands in text."""
        left: str = _DECODE(self._treated("url", target, _ENCODE(target))) or ABSENT
        return left

    def _json(self, text: str, token: bytes, nested: int) -> bytes:
        """Return what may leave of a string that may hold JSON."""
        inner = self._inner(text, nested)
        if inner is None:
            return self._treated("text", text, token)
        return token if inner == text else bytes(_ENCODE(inner))

    def _plain(self, key: Key, token: bytes, _nested: int = 0) -> bytes:
        """Return what may leave of one that is no string, and remember it if it may come again."""
        if token == NULL:
            return NULL
        place = "boolean" if token[0] in b"tf" else "number"
        if key.number in DEEP or (key.number not in (UNKNOWN, "text") and place == "number"):
            place = key.number
        elif key.moment and place == "number" and (since := _SINCE_1970(token)):
            return self._moment(token, 10 ** len(since[1]))
        elif key.moment and place == "number" and _SINCE_1601(token):
            return self._moment(token, 10**7)
        treatment = self.treatments[place]
        if treatment.dropped:
            self.undeclared += place in self._undeclared_classes
            return NULL
        try:
            written = _ENCODE(treatment.step(_DECODE(token))) if treatment.step else token
        except Withheld as error:
            self.refused(place, treatment, error.rule)
            return NULL
        if place == "number" and len(token) >= LONG_NUMBER:
            written = written if self._survives_as_text(token) else NULL
        if place != "number" or len(token) >= LONG_NUMBER or treatment.step is not None:
            self._memory.keep(key.plain, token, written)
        return bytes(written)

    def _survives_as_text(self, token: bytes) -> bool:
        """Tell whether a number is nothing that text would lose."""
        text, number = self.treatments["text"], token.decode()
        return not text.dropped and (text.step is None or text.step(number) == number)

    def _moment(self, token: bytes, per_second: int) -> bytes:
        """Return what may leave of a number since 1970, as its stages take it: in seconds."""
        treatment = self.treatments["time"]
        if treatment.step is None:
            self.undeclared += "time" in self._undeclared_classes
            return NULL if treatment.dropped else token
        value = _DECODE(token)
        try:
            if per_second == 1:
                return _ENCODE(treatment.step(value))
            return _ENCODE(treatment.step(int(value) // per_second) * per_second)
        except Withheld as error:
            self.refused("time", treatment, error.rule)
            return NULL

    def _ways_of_plain(self, visit: Visit, only: bytes) -> list[Way]:
        key, pattern = visit.key, only or PLAIN
        if _is_of_text(key, listed=visit.listed):
            return [replaced(pattern, NULL)]
        ways = [looked_at(pattern, key.plain.get, partial(self._plain, key))]
        if key.number not in (UNKNOWN, "text"):
            return ways
        if key.moment and not only and (since := _SINCE_1970(visit.scalar)):
            digits = len(since[1])
            moment = partial(self._moment, per_second=10**digits)
            ways.insert(0, treated(_MOMENT % digits, moment))
        elif _keeps(self.treatments["number"]):
            ways.insert(0, kept(_SHORT_INTEGER if only else _SHORT))
        return ways

    def _ways_of_string(self, key: Key, scalar: bytes, only: bytes) -> list[Way]:
        ways = [looked_at(only or STRING, key.kept.get, partial(self.string, key))]
        name = key.string
        if scalar in (NULL, b'""'):
            ways.insert(0, kept(scalar))
        elif only:
            pass
        elif name in DEEP:
            if self.treatments[name].dropped and name not in self._undeclared_classes:
                ways.insert(0, replaced(_SIMPLE, NULL))
        elif _IS_RFC3339(scalar):
            if self._to_minute:
                ways.insert(0, _TO_FULL_MINUTE)
            elif _keeps(self.treatments["time"]):
                ways.insert(0, kept(_QUOTED_TIME))
        elif _IS_REQUEST(scalar):
            if name in (UNKNOWN, "text"):
                ways.insert(0, treated(_REQUEST, self._request))
            else:
                ways.insert(0, looked_at(_REQUEST, key.kept.get, partial(self._identifier, key)))
        return ways

    def _request(self, token: bytes) -> bytes:
        """Return what may leave of the number of a request, which seldom comes again."""
        return self._treated("session", token[1:-1].decode(), token)

    def _identifier(self, key: Key, token: bytes, _nested: int) -> bytes:
        """Return what may leave of such a number under a name that says whose it is."""
        written = self._treated(key.string, token[1:-1].decode(), token)
        if written is not NULL:
            self._memory.keep(key.kept, token, written)
        return written

    def refused(self, place: str, treatment: Treatment, rule: str) -> None:
        """Count a value that its line leaves without.

        Raises:
            Refused: It takes the line along.
        """
        if not treatment.keeps_record:
            raise Refused(place, rule) from None
        self.omitted.append(Place(RECORD, place, rule))


def _class_of(key: Key, token: bytes, text: str) -> str:
    """Return the class of a string behind a name."""
    name = key.string
    of_text = name in (UNKNOWN, "text")
    if of_text and _IS_REQUEST(token):
        return "session"
    if name not in DEEP and (is_time(text) or (key.moment and (is_clock(text) or has_clock(text)))):
        return "time"  # one that no stage can read is withheld, and no second of it leaves
    if name == UNKNOWN and IDENTIFIER.fullmatch(text):
        return "session"
    return "text" if of_text else name


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


def _is_of_text(key: Key, *, listed: bool) -> bool:
    """Tell whether a number is one of those that a text is written as."""
    return listed and key.string == "text"


def _keeps(treatment: Treatment) -> bool:
    """Tell whether a class leaves as it is."""
    return treatment.step is None and not treatment.dropped
