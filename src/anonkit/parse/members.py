"""Members of JSON objects: what the name of one says of its value, scalar by scalar."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from anonkit.errors import Withheld
from anonkit.parse.column import LONGEST_CACHED, Treatment
from anonkit.parse.names import (
    CLASSES,
    UNKNOWN,
    below,
    is_count,
    is_identifier,
    is_known,
    is_moment,
    is_plural,
    of_number,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from anonkit.parse.memory import Kept, Memory

OTHER_KEY: Final = b'"[KEY]"'

_DECODE = msgspec.json.Decoder().decode
_ENCODE = msgspec.json.Encoder().encode
# What stands between two scalars, and a scalar, of what is known to be JSON.
_TOKENS = re.compile(
    rb'([^"\-0-9tfn]*+)("[^"\\]*+(?:\\.[^"\\]*+)*+"|[-0-9][0-9.eE+-]*+|true|false|null|\Z)'
).findall
_PLAIN_KEY = re.compile(r"[@$_:.~/\w-]{1,64}", re.ASCII)
_KNOWN_KEY = re.compile(r"[A-Za-z_. :-]{1,64}")
COMMA, COLON, QUOTE = b',:"'
OPENING, CLOSING = b"{[", b"}]"
# Pairs of a name and a value: OpenTelemetry's attributes, parameters of Rails, header lists of HAR.
_NAMES = frozenset({"key", "name", "k", "field"})
_NAMED = frozenset({"value", "val", "v", "values"})
_NO_LABEL = ("", -1)
# Classes whose values name somebody or something, also where they are the names of members.
_IDENTIFYING = frozenset(
    {"address", "user", "name", "email", "personal", "secret", "session", "host"}
)


class Key(NamedTuple):
    """What a name says.

    Args:
        string: The class of a string, object or list behind it.
        number: The class of a number or truth value.
        left: The name that may leave.
        names: Whether the string behind it is the name of the value behind the next one.
        named: Whether its value may be named so.
        kept: What is remembered of strings behind it.
        plain: What is remembered of numbers and truth values behind it.
        several: Whether names in an object behind it are values of its class.
        moment: Whether its value is a time.
    """

    string: str
    number: str
    left: bytes
    names: bool
    named: bool
    kept: Kept
    plain: Kept
    several: bool = False
    moment: bool = False


class Visit(NamedTuple):
    """One scalar on the way through JSON.

    Args:
        between: What stands before it.
        scalar: Its bytes; empty at the end.
        key: What its name says; of a name, what that says.
        is_key: Whether it is a name itself.
        listed: Whether it is an item of a list.
        depth: How many objects and lists it is in.
        remembered: Of a name, whether what it says is.
        named_by: Which scalar, counted from 0, gave the value behind this name its name; or -1.
    """

    between: bytes
    scalar: bytes
    key: Key
    is_key: bool
    listed: bool
    depth: int
    remembered: bool
    named_by: int


class Members:
    """Goes through JSON and tells of each scalar what its name says of it.

    Args:
        treatments: What the policy says, by class.
        memory: What is remembered of values.
        refused: Called with a class, its treatment and a rule for a name that may not leave.
        cache: How many names are remembered, of those below one class.
    """

    def __init__(
        self,
        treatments: Mapping[str, Treatment],
        memory: Memory,
        refused: Callable[[str, Treatment, str], None],
        *,
        cache: int,
    ) -> None:
        self._treatments = treatments
        self._memory = memory
        self._refused = refused
        self._cache = cache
        self._keys: dict[tuple[str, bool], dict[bytes, Key]] = {}
        # What an item of a list goes by, by the class of the list.
        self.items = {name: self.of_class(name) for name in (*CLASSES, UNKNOWN)}

    def forget(self) -> None:
        """Let go of every name."""
        self._keys.clear()

    def visits(self, data: bytes, key: Key) -> Iterator[Visit]:
        """Yield the scalars of JSON, each with the key that it goes by."""
        outer: list[tuple[str, bool, bool, tuple[str, int]]] = []  # what is open around
        # Of what is open: its class, whether its names are values, its kind, and the name of a
        # pair with the place where that was.
        parent, several, in_object, label = UNKNOWN, False, False, _NO_LABEL
        keys = self._keys.setdefault((parent, several), {})
        for place, (between, scalar) in enumerate(_TOKENS(data)):
            is_key = in_object
            for sign in between:
                if sign == COMMA:
                    is_key = in_object
                elif sign == COLON:
                    is_key = False
                elif sign in OPENING:
                    outer.append((parent, several, in_object, label))
                    parent, in_object, label = key.string, sign == OPENING[0], _NO_LABEL
                    several = in_object and key.several
                    is_key, key = in_object, self.items[parent]
                    keys = self._keys.setdefault((parent, several), {})
                elif sign in CLOSING:
                    parent, several, in_object, label = outer.pop()
                    is_key, key = in_object, self.items[parent]
                    keys = self._keys.setdefault((parent, several), {})
            named_by = -1
            is_key = is_key and bool(scalar)
            if is_key:
                key = keys.get(scalar) or self._key(keys, parent, scalar, several=several)
                if label[0] and key.named:
                    named_by = label[1]
                    named = self.of_class(below(parent, label[0]), of_number(parent, label[0]))
                    key = key._replace(
                        string=named.string, number=named.number, kept=named.kept, plain=named.plain
                    )
            known = is_key and scalar in keys
            yield Visit(between, scalar, key, is_key, not in_object, len(outer), known, named_by)
            if key.names and not is_key and scalar[:1] == b'"':
                label = (_DECODE(scalar), place)

    def of_class(
        self, string: str, number: str | None = None, left: bytes = b"", *, name: bytes = b""
    ) -> Key:
        """Return what says no more than a class; values behind a name are remembered apart."""
        number = string if number is None else number
        kept, plain = self._memory.of(string, name), self._memory.of(f"{number} plain")
        return Key(string, number, left, names=False, named=False, kept=kept, plain=plain)

    def _key(self, keys: dict[bytes, Key], parent: str, token: bytes, *, several: bool) -> Key:
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
        own = below(parent, name)
        string = own
        if own == "text" and is_identifier(name):
            string = UNKNOWN  # `event_id`: a number of a kind of event, or of this one alone
        key = self.of_class(string, of_number(parent, name), left, name=token)._replace(
            names=word in _NAMES,
            named=word in _NAMED,
            several=own in _IDENTIFYING and is_plural(name),
        )
        if is_moment(name):  # apart: the same number can be a time here, and none elsewhere
            key = key._replace(moment=True, plain=self._memory.of(f"{key.number} moment"))
        if len(keys) < self._cache and len(token) <= LONGEST_CACHED:
            keys[token] = key
        return key
