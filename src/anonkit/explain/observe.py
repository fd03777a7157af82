"""What a field holds, seen from its values alone: the kind of each, and how many differ.

A kind is the narrowest that almost all values have. Nothing of a value is kept but counts and,
while a sample is read, a set of values that is bounded and never shown.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from socket import AF_INET, AF_INET6, inet_pton
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# A field is of a kind when this share of its values is; what is left may be placeholders.
NEARLY_ALL: Final = 0.98
MOST_DISTINCT: Final = 20_000
OF_VALUE: Final = 320  # bytes that a remembered value takes beside its characters
# Words that stand for nothing in logs.
_NOTHING: Final = frozenset({"", "-", "null", "none", "n/a", "nil", "(null)", "unknown"})

_EMAIL: Final = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,255}")
_URL: Final = re.compile(r"(?:[a-z][a-z0-9+.-]{1,31}:/)?/\S*|\*", re.IGNORECASE)
_AGENT: Final = re.compile(r"[A-Za-z][\w.!-]{0,40}/v?[0-9][\w.+-]{0,32}(?: [(].*|$)", re.DOTALL)
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,18}[.,][0-9]{1,18}(?:[eE][-+]?[0-9]{1,3})?")
_VERSION: Final = re.compile(
    r"v?[0-9]{1,6}(?:\.[0-9]{1,6}){1,4}(?:[-+._a-z][\w.+-]{0,32})?|HTTP/[0-9.]+"
)
# Shorter ones are words that programs and people choose: `i686`, `u4711`.
# Every thirtieth token of anonkit has no digit, and is told by its length: 96 to 512 bits.
_IDENTIFIER: Final = re.compile(
    r"(?=\S*[0-9])[\w.:+/=-]{16,256}"
    r"|(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])(?:[\w-]{16}|[\w-]{22}|[\w-]{32}|[\w-]{43}|[\w-]{86})"
)
_WORD: Final = re.compile(r"\w[\w.:+/-]{0,47}")
_LOG_TIME: Final = re.compile(
    r"[0-9]{1,2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [-+][0-9]{4}"  # access logs
    r"|[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}"  # RFC 3164
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
)


def _is_address(text: str) -> bool:
    text = text.strip("[]")
    try:
        inet_pton(AF_INET6 if ":" in text else AF_INET, text.partition("%")[0])
    except (OSError, ValueError):
        return False
    return True


def _is_time(text: str) -> bool:
    if len(text) < len("2026-05-11") or text.isdigit():
        return _LOG_TIME.fullmatch(text) is not None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return _LOG_TIME.fullmatch(text) is not None
    return True


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


# In this order: what comes first is narrower.
_KINDS: Final[dict[str, Callable[[str], bool]]] = {
    "address": _is_address,
    "boolean": lambda text: text.lower() in ("true", "false"),
    "time": _is_time,
    "integer": _matches(_INTEGER),
    "number": _matches(_NUMBER),
    "email": _matches(_EMAIL),
    "version": _matches(_VERSION),
    "agent": _matches(_AGENT),
    "url": _matches(_URL),
    "identifier": _matches(_IDENTIFIER),
    "word": _matches(_WORD),
}


def kind_of(value: str) -> str:
    """Return the kind of one value: `address`, `time`, `email`, …, or `text`."""
    if len(value) > 4096:  # noqa: PLR2004 - longer than a URL or agent of a browser
        return "text"
    return next((kind for kind, test in _KINDS.items() if test(value)), "text")


class Memory:
    """How much may still be remembered, of all fields together.

    Args:
        size: In bytes, nearly.
    """

    def __init__(self, size: int = 96 << 20) -> None:
        self.left = size

    def has_room(self, value: str) -> bool:
        """Take the room that a value needs, and tell whether there was enough."""
        needed = len(value) + OF_VALUE
        if needed > self.left:
            return False
        self.left -= needed
        return True


class Observed:
    """What was seen of one field.

    Args:
        memory: What it shares with other fields.

    Attributes:
        count: How many values.
        kinds: How many of each kind.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()
        self.count = 0
        self.kinds: Counter[str] = Counter()
        self._known: dict[str, str] = {}
        self._times: Counter[str] = Counter()

    def add(self, value: str) -> str:
        """Take one value in, and return its kind; what stands for nothing has none."""
        if value.lower() in _NOTHING:
            return ""
        self.count += 1
        kind = self._known.get(value)
        if kind is None:
            kind = kind_of(value)
            if len(self._known) < MOST_DISTINCT and self._memory.has_room(value):
                self._known[value] = kind
        if value in self._known:
            self._times[value] += 1
        self.kinds[kind] += 1
        return kind

    @property
    def distinct(self) -> int:
        """How many values differ, up to `MOST_DISTINCT` and as far as memory reached."""
        return len(self._known)

    @property
    def whole(self) -> bool:
        """Whether every value was remembered."""
        return self._times.total() == self.count

    @property
    def share(self) -> float:
        """How many of the values differ, as a share: 1 when no two are alike."""
        return self.distinct / self.count if self.count else 0.0

    @property
    def kind(self) -> str:
        """The kind that nearly all values have; `mixed` when none is, `nothing` without values."""
        if not self.count:
            return "nothing"
        kind, count = self.kinds.most_common(1)[0]
        return kind if count >= NEARLY_ALL * self.count else "mixed"

    def values(self, kind: str | None = None) -> list[str]:
        """Return the values that differ, or those of a kind: to be looked at and never shown."""
        return [value for value, own in self._known.items() if kind in (None, own)]

    def part(self, values: Iterable[str]) -> float:
        """Return which part of all values some of them are, as far as they were remembered."""
        return sum(self._times[value] for value in values) / max(1, self._times.total())
