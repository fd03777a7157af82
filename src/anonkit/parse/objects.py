r"""Logs of JSON objects of any shape, one a line: each value goes by the name it has.

    {"time":"2026-05-11T09:02:44Z","msg":"hello ada@example.org","user":{"id":4711},"ip":"::1"}

`names.py` tells which class a name gives its value; the policy says what becomes of a class. What
is below a secret or personal name shares its fate; what is below any other has its class where
its own name says nothing. A line is rewritten in place: what stays keeps its bytes and what goes
becomes `null`, so the shape of the object is what it was.

- A string that is written as a time (RFC 3339) is `time`, and one whose name says nothing is
  `text`. One that holds JSON itself, as Docker and Kubernetes wrap lines, is treated as JSON.
- A number or truth value of a class that names people, machines or secrets is treated by that
  class; any other by `number` and `boolean`. A number of nine digits or more (a telephone or card
  number has as many) must besides stay what it is under `text`, and numbers in a list under a name
  of text go: journald writes messages so that are not UTF-8.
- Of a pair such as `{"key": "user.email", "value": ...}`, which OpenTelemetry and others write,
  the first gives the second its name.
- A line of a logger (Bunyan, pino: numbers `level` and `pid`, a text `hostname`, a `time`) has the
  name of the logger as `name`: it is text, and no token.
- Below a name for several of a kind, `{"users": {"ada_lovelace": 3}}`, names that the table lacks
  are values of its class and treated as such.
- Any other name stays when the table has all of it, or when it is a plain one, without blanks, that
  `key` leaves as it is; otherwise it becomes what `key` makes of it, or `[KEY]`.

Source: RFC 8259, as msgspec reads it: a line is decoded once as a whole before it is touched.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from anonkit.errors import Withheld
from anonkit.parse.column import DROPPED, LONGEST_CACHED, WITHHELD, Treatment
from anonkit.parse.names import (
    CLASSES,
    DEEP,
    UNKNOWN,
    below,
    is_count,
    is_identifier,
    is_known,
    is_moment,
    is_plural,
    of_number,
)
from anonkit.report import Place
from anonkit.stages.clock import SINCE_1970, is_clock, is_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonkit.report import Report

RECORD = "any_object"
NULL: Final = b"null"
OTHER_KEY: Final = b'"[KEY]"'
# JSON in a string of JSON in a string: more is no log.
MOST_NESTED: Final = 4
LONG_NUMBER: Final = 9  # digits

_DECODE = msgspec.json.Decoder().decode
_ENCODE = msgspec.json.Encoder().encode
# What stands between two scalars, and a scalar, of what is known to be JSON.
_TOKENS = re.compile(
    rb'([^"\-0-9tfn]*+)("[^"\\]*+(?:\\.[^"\\]*+)*+"|[-0-9][0-9.eE+-]*+|true|false|null|\Z)'
).findall
# What nobody chose and one thing alone has: hexadecimal, UUID, base64. A name that says nothing of
# such a value does not say that it may leave.
IDENTIFIER = re.compile(
    r"(?=[0-9]*[a-fA-F])(?=[a-fA-F]*[0-9])[0-9a-fA-F]{16,256}"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9].*[0-9])[0-9A-Za-z+/_-]{20,256}={0,2}"
)
_PLAIN_KEY = re.compile(r"[@$_:.~/\w-]{1,64}", re.ASCII)
_KNOWN_KEY = re.compile(r"[A-Za-z_. :-]{1,64}")
_BLANK = (b"", b"\r")
COMMA, COLON, QUOTE = b',:"'
OPENING, CLOSING = b"{[", b"}]"
# Pairs of a name and a value: OpenTelemetry's attributes, parameters of Rails, header lists of HAR.
_NAMES = frozenset({"key", "name", "k", "field"})
_NAMED = frozenset({"value", "val", "v", "values"})
_OPENS = ("{", "[")


class _Key(NamedTuple):
    """What a name says.

    Args:
        string: The class of a string, object or list behind it.
        number: The class of a number or truth value.
        left: The name that may leave.
        names: Whether the string behind it is the name of the value behind the next one.
        named: Whether its value may be named so.
        several: Whether names in an object behind it are values of its class.
        moment: Whether its value is a time.
    """

    string: str
    number: str
    left: bytes
    names: bool
    named: bool
    several: bool = False
    moment: bool = False


# What an item of a list goes by, by the class of the list.
_ITEM = {name: _Key(name, name, b"", names=False, named=False) for name in (*CLASSES, UNKNOWN)}


# Classes whose values name somebody or something, also where they are the names of members.
_IDENTIFYING = frozenset(
    {"address", "user", "name", "email", "personal", "secret", "session", "host"}
)


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
        cache: How many values each class remembers.
    """

    def __init__(self, treatments: Mapping[str, Treatment], report: Report, *, cache: int) -> None:
        self._treatments = {name: treatments.get(name, DROPPED) for name in CLASSES}
        self._undeclared_classes = frozenset(CLASSES) - treatments.keys()
        self._report = report
        self._cache = cache
        self._keys: dict[tuple[str, bool], dict[bytes, _Key]] = {}
        self._values: dict[str, dict[bytes, bytes]] = {name: {} for name in (*CLASSES, UNKNOWN)}
        self._omitted: list[Place] = []
        self._undeclared = 0

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`; return their number and those withheld."""
        withheld: list[tuple[int, bytes]] = []
        passed = undeclared = 0
        lines = data.split(b"\n")
        last = len(lines) - 1
        for number, line in enumerate(lines):
            newline = b"" if number == last else b"\n"
            if line in _BLANK:  # a blank line is no record, and stays
                out += (line, newline)
                continue
            self._omitted.clear()
            self._undeclared = 0
            try:
                rewritten = self._line(line)
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
        self._treatments = dict.fromkeys(self._treatments, WITHHELD)
        self._keys.clear()
        for kept in self._values.values():
            kept.clear()

    def _line(self, line: bytes) -> bytes:
        """Return what may leave of one line.

        Raises:
            Refused: It is no JSON object, or a value of it takes it along.
        """
        try:
            value = _DECODE(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            value = None
        if value.__class__ is not dict:
            raise Refused("", "not a JSON object")
        return self._rewritten(line, 0, _ITEM["text"] if _is_of_logger(value) else _ITEM[UNKNOWN])

    def _rewritten(self, data: bytes, nested: int, key: _Key) -> bytes:
        """Return what may leave of JSON, scalar by scalar; the whole of it goes by the key."""
        out: list[bytes] = []
        outer: list[tuple[str, bool, bool, str]] = []  # what is open around
        # Of what is open: its class, whether its names are values, its kind, the name of a pair.
        parent, several, in_object, label = UNKNOWN, False, False, ""
        keys = self._keys.setdefault((parent, several), {})
        for between, scalar in _TOKENS(data):
            is_key = in_object
            for sign in between:
                if sign == COMMA:
                    is_key = in_object
                elif sign == COLON:
                    is_key = False
                elif sign in OPENING:
                    outer.append((parent, several, in_object, label))
                    parent, in_object, label = key.string, sign == OPENING[0], ""
                    several = in_object and key.several
                    is_key, key = in_object, _ITEM[parent]
                    keys = self._keys.setdefault((parent, several), {})
                elif sign in CLOSING:
                    parent, several, in_object, label = outer.pop()
                    is_key, key = in_object, _ITEM[parent]
                    keys = self._keys.setdefault((parent, several), {})
            out.append(between)
            if not scalar:
                continue
            if is_key:
                key = keys.get(scalar) or self._key(keys, parent, scalar, several=several)
                out.append(key.left)
                if label and key.named:
                    string, number = below(parent, label), of_number(parent, label)
                    key = key._replace(string=string, number=number)
            elif scalar[0] == QUOTE:
                out.append(
                    self._values[key.string].get(scalar) or self._string(key, scalar, nested)
                )
                if key.names:
                    label = _DECODE(scalar)
            else:
                out.append(self._plain(key, scalar, listed=not in_object))
        return b"".join(out)

    def _key(self, keys: dict[bytes, _Key], parent: str, token: bytes, *, several: bool) -> _Key:
        """Return what a name says, and remember it while there is room."""
        name = _DECODE(token)
        left = token
        if not (_KNOWN_KEY.fullmatch(name) and (is_known(name) or (several and is_count(name)))):
            place = parent if several else "key"
            treatment = self._treatments[place]
            result = None
            if (several or _PLAIN_KEY.fullmatch(name)) and not treatment.dropped:
                try:
                    result = name if treatment.step is None else treatment.step(name)
                except Withheld as error:
                    self._refused(place, treatment, error.rule)
                    keys = {}  # not to be remembered: it counts each time
            if result != name:
                left = OTHER_KEY if result is None else _ENCODE(str(result))
        word = name.lower()
        string = below(parent, name)
        if string == "text" and is_identifier(name):
            string = UNKNOWN  # `event_id`: a number of a kind of event, or of this one alone
        key = _Key(
            string,
            of_number(parent, name),
            left,
            word in _NAMES,
            word in _NAMED,
            below(parent, name) in _IDENTIFYING and is_plural(name),
            is_moment(name),
        )
        if len(keys) < self._cache and len(token) <= LONGEST_CACHED:
            keys[token] = key
        return key

    def _string(self, key: _Key, token: bytes, nested: int) -> bytes:
        """Return what may leave of a string, and remember it while there is room."""
        text = _DECODE(token)
        name = place = key.string
        if not text:
            return token
        # What a name makes a time is not remembered for other names of its class.
        clock = is_clock(text) or SINCE_1970.fullmatch(text) is not None
        if name not in DEEP and (is_time(text) or (key.moment and clock)):
            place = "time"
        elif name == UNKNOWN and IDENTIFIER.fullmatch(text):
            place = "session"
        elif name in (UNKNOWN, "text"):
            place = "text"
            if text.startswith(_OPENS) and nested < MOST_NESTED:
                inner = self._inner(text, nested + 1)
                if inner is not None:
                    return token if inner == text else _ENCODE(inner)
        treatment = self._treatments[place]
        if treatment.dropped:
            self._undeclared += place in self._undeclared_classes
            return NULL
        try:
            result = treatment.step(_given(text, place, treatment)) if treatment.step else text
        except Withheld as error:
            self._refused(place, treatment, error.rule)
            return NULL
        written = token if result == text else _ENCODE(result)
        kept = self._values[name]
        if len(kept) < self._cache and len(token) <= LONGEST_CACHED and not clock:
            kept[token] = written
        return written

    def _inner(self, text: str, nested: int) -> str | None:
        """Return what may leave of JSON in a string and what follows it; None if it is none."""
        content = text.rstrip()
        try:
            data = content.encode()
            if _DECODE(data).__class__ not in (dict, list):
                return None  # pragma: no cover - it begins with a bracket
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        return self._rewritten(data, nested, _ITEM[UNKNOWN]).decode() + text[len(content) :]

    def _plain(self, key: _Key, token: bytes, *, listed: bool) -> bytes:
        """Return what may leave of a number or truth value."""
        if token == NULL or (listed and key.string == "text"):
            return NULL
        place = "boolean" if token[0] in b"tf" else "number"
        if key.number in DEEP or (key.number not in (UNKNOWN, "text") and place == "number"):
            place = key.number
        elif key.moment and place == "number" and (since := SINCE_1970.fullmatch(token.decode())):
            return self._moment(token, 1000 ** (len(since[1]) // 3))
        treatment = self._treatments[place]
        if treatment.dropped:
            self._undeclared += place in self._undeclared_classes
            return NULL
        if treatment.step is None:
            result: Any = token
        else:
            try:
                result = treatment.step(_DECODE(token))
            except Withheld as error:
                self._refused(place, treatment, error.rule)
                return NULL
            result = _ENCODE(result)
        if place == "number" and len(token) >= LONG_NUMBER:
            text = self._treatments["text"]
            if text.dropped or (text.step and text.step(token.decode()) != token.decode()):
                return NULL
        return bytes(result)

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

    def _refused(self, place: str, treatment: Treatment, rule: str) -> None:
        """Count a value that its line leaves without.

        Raises:
            Refused: It takes the line along.
        """
        if not treatment.keeps_record:
            raise Refused(place, rule) from None
        self._omitted.append(Place(RECORD, place, rule))


def _is_of_logger(line: dict[str, Any]) -> bool:
    """Tell whether a line is one of Bunyan or pino, whose `name` is that of a logger."""
    return (
        line.get("pid").__class__ is line.get("level").__class__ is int
        and line.get("hostname").__class__ is str
        and "time" in line
    )


def _given(text: str, place: str, treatment: Treatment) -> Any:
    """Return a text as what the stages of its class take: a time, where they take no text.

    Raises:
        Withheld: It looks like a time and is none.
    """
    if place != "time" or "text" in treatment.kinds:
        return text
    try:
        return datetime.fromisoformat(text.replace(",", "."))
    except ValueError:
        pass
    raise Withheld("not a time")
