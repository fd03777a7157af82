"""What a scrubber puts in the place of a value, and how it knows its own work again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

from anonkit.detect.network import truncated

if TYPE_CHECKING:
    from collections.abc import Container

Action = Literal["label", "token", "mask", "truncate", "remove"]
ACTIONS: Final = ("label", "token", "mask", "truncate", "remove")
Token = Callable[[str, str], str]
Replace = Callable[[str, str], str]

# A masked number keeps its last four digits, as on receipts (PCI DSS, 3.4.1); the rest nothing.
_SHOWN: Final = 4
_KEEP_END: Final = frozenset({"CREDIT_CARD", "IBAN", "PHONE"})


# A type (`lint` holds declarations to it); a token is text of a keyed digest: base64url or
# hexadecimal.
_PLACEHOLDER: Final = re.compile(r"\[([A-Z][A-Z0-9_]{1,30})(?::[0-9A-Za-z_-]{1,64})?\]")


def placeholders(text: str, types: Container[str]) -> list[tuple[int, int]]:
    """Return where the labels and tokens of some types stand."""
    return [match.span() for match in _PLACEHOLDER.finditer(text) if match[1] in types]


def blank(text: str, zones: list[tuple[int, int]]) -> str:
    """Return a text of the same length in which zones hold a character no detector accepts."""
    pieces: list[str] = []
    at = 0
    for start, end in zones:
        pieces += (text[at:start], "\0" * (end - start))
        at = end
    return "".join((*pieces, text[at:]))


def label(kind: str, _value: str) -> str:
    """Return the type in brackets: `[EMAIL]`."""
    return f"[{kind}]"


def mask(kind: str, value: str) -> str:
    """Return a value starred out; of a card, account or telephone number the end remains.

    Masking a mask changes nothing.
    """
    letters = [place for place, char in enumerate(value) if char.isalnum()]
    shown = letters[-_SHOWN:] if kind in _KEEP_END and len(letters) > 2 * _SHOWN else []
    keep = set(shown)
    return "".join(
        char if place in keep or not char.isalnum() else "*" for place, char in enumerate(value)
    )


def truncate(kind: str, value: str) -> str:
    """Return an address without its host part; anything else as its label."""
    return (
        truncated(value) or label(kind, value) if kind in {"IPV4", "IPV6"} else label(kind, value)
    )


def remove(_kind: str, _value: str) -> str:
    """Return nothing."""
    return ""
