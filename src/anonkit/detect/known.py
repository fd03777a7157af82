"""Values the application knows, which must never leave: users, hosts, domains, customers, homes.

Tens of thousands are looked for at once, wherever they stand, in any case and in the encodings a
log meets: percent-encoding, JSON and path escapes, also one inside the other. The text is decoded
(with a map back to where each character came from) rather than each value encoded in every way.

The search is linear. Values are grouped by length; every value of a group has the same number of
first characters m, of which some window of B characters starts at a multiple of m - B + 1, wherever
the value stands. So only these windows are looked up, and a hit is compared in full.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from anonkit.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# Shorter values would match by chance everywhere.
SHORTEST: Final = 3
LONGEST: Final = 256
# First characters by which values of a group are found: the longer, the fewer places are looked at.
_PREFIXES: Final = (16, 8, 5, 3)
_WINDOW: Final = {16: 6, 8: 5, 5: 4, 3: 3}
# Escapes inside escapes (a URL in JSON in a log line); more is taken apart no further.
_DEPTH: Final = 3

_ESCAPE: Final = re.compile(
    r"(?:%[0-9A-Fa-f]{2}){1,64}|\\u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})?|\\[\\/\"']|&(?:amp|lt|gt|quot|#39);"
)
_ENTITIES: Final = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'"}


class Known:
    """Values that never leave, and a search for all of them at once.

    Args:
        values: The values under the type a label shall show (`{"USER": [...], "HOST": [...]}`), or
            a set of values, shown as `KNOWN`.
        whole_words: Whether a value counts only where a word begins and ends, so that the user
            `max` does not take part of `maximum`.

    Raises:
        PolicyError: A value is shorter than 3 or longer than 256 characters, or a type is no type.
    """

    def __init__(
        self, values: Mapping[str, Iterable[str]] | Iterable[str], *, whole_words: bool = False
    ) -> None:
        by_type = values if hasattr(values, "items") else {"KNOWN": values}
        self._whole_words = whole_words
        self._types: dict[str, str] = {}
        self._groups: list[_Group] = []
        forms: dict[str, str] = {}
        for kind, group in by_type.items():
            if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,30}", kind):
                raise PolicyError("known", "has a type that is not upper-case")
            for value in group:
                for form in _forms(value):
                    forms.setdefault(form, value)
                    self._types.setdefault(form, kind)
        self._canonical = forms
        self.types = frozenset(self._types.values())
        left = list(forms)
        for size in _PREFIXES:
            members = [form for form in left if len(form) >= size]
            left = [form for form in left if len(form) < size]
            if members:
                self._groups.append(_Group(members, size, _WINDOW[size]))

    def __repr__(self) -> str:
        return f"Known({len(self._canonical)} forms)"

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """Return start, end and type of every known value in a text."""
        found = {(start, end): form for start, end, form in self._search(fold(text), text)}
        places: Sequence[int] = range(len(text) + 1)
        for _ in range(_DEPTH):
            if "%" not in text and "\\" not in text and "&" not in text:
                break
            decoded = _decoded(text, places)
            if decoded is None:
                break
            text, places = decoded
            for start, end, form in self._search(fold(text), text):
                found.setdefault((places[start], places[end]), form)
        return [(start, end, self._types[form]) for (start, end), form in found.items()]

    def canonical(self, piece: str) -> str:
        """Return the value as it was given, however a piece of text writes it."""
        text = piece
        for _ in range(_DEPTH + 1):
            form = fold(text)
            if form in self._canonical:
                return self._canonical[form]
            decoded = _decoded(text, range(len(text) + 1))
            if decoded is None:
                break
            text = decoded[0]
        return piece

    def _search(self, folded: str, text: str) -> Iterator[tuple[int, int, str]]:
        for group in self._groups:
            for start, end in group.find(folded):
                if not self._whole_words or _stands_alone(text, start, end):
                    yield start, end, folded[start:end]


class _Group:
    """Known values of at least some length, found by windows into their first characters."""

    __slots__ = ("lengths", "offsets", "size", "step", "window")

    def __init__(self, members: list[str], size: int, window: int) -> None:
        self.size = size
        self.window = window
        self.step = size - window + 1
        offsets: dict[str, set[int]] = {}
        lengths: dict[str, dict[int, set[str]]] = {}
        for form in members:
            lengths.setdefault(form[:size], {}).setdefault(len(form), set()).add(form)
            for offset in range(self.step):
                offsets.setdefault(form[offset : offset + window], set()).add(offset)
        self.offsets = {key: tuple(sorted(places)) for key, places in offsets.items()}
        # Longest first: of values that begin at one place the longest is the one meant.
        self.lengths = {
            key: tuple(sorted(by_length.items(), reverse=True))
            for key, by_length in lengths.items()
        }

    def find(self, folded: str) -> Iterator[tuple[int, int]]:
        offsets, window, size = self.offsets, self.window, self.size
        for at in range(0, len(folded) - window + 1, self.step):
            places = offsets.get(folded[at : at + window])
            if places is None:
                continue
            for offset in places:
                start = at - offset
                if start < 0:
                    continue
                for length, forms in self.lengths.get(folded[start : start + size], ()):
                    if folded[start : start + length] in forms:
                        yield start, start + length
                        break


# Characters whose lower case is longer than they are, and the two slashes of paths, are made alike
# first, so that folding keeps every place.
_ALIKE: Final = {ord("İ"): "i", ord("\\"): "/"}


def fold(text: str) -> str:
    """Return a text for comparison: one case, one slash, and as long as it was."""
    return text.translate(_ALIKE).lower()


def _forms(value: str) -> set[str]:
    """Return the folded spellings of a value: composed or decomposed, ß or ss, + for a blank."""
    bare = value.strip()
    if not SHORTEST <= len(bare) <= LONGEST:
        raise PolicyError("known", f"has a value not {SHORTEST} to {LONGEST} characters long")
    spellings = {bare, bare.upper(), bare.lower(), bare.casefold()}
    spellings |= {
        unicodedata.normalize(form, spelling) for spelling in spellings for form in ("NFC", "NFD")
    }
    spellings |= {spelling.replace(" ", "+") for spelling in spellings}
    return {fold(spelling) for spelling in spellings}


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a word begins and ends here; a digit after a letter begins something new."""
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    return not (before.isalpha() and text[start].isalpha()) and not (
        after.isalpha() and text[end - 1].isalpha()
    )


def _decoded(text: str, places: Sequence[int]) -> tuple[str, list[int]] | None:
    """Take one level of escapes out of a text, with the place each character came from."""
    pieces: list[str] = []
    origin: list[int] = []
    at = 0
    for match in _ESCAPE.finditer(text):
        plain = _plain(match[0])
        pieces.append(text[at : match.start()])
        origin += places[at : match.start()]
        for char, place in plain:
            pieces.append(char)
            origin.append(places[match.start() + place])
        at = match.end()
    if not at:
        return None
    pieces.append(text[at:])
    origin += places[at:]
    return "".join(pieces), origin


def _plain(escape: str) -> list[tuple[str, int]]:
    """Return the characters an escape stands for, each with its place in the escape."""
    if escape[0] == "%":
        raw = bytes.fromhex(escape.replace("%", ""))
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return [(char, 3 * place) for place, char in enumerate(raw.decode("latin-1"))]
        widths = [len(char.encode()) for char in text]
        return [(char, 3 * sum(widths[:place])) for place, char in enumerate(text)]
    if escape[0] == "&":
        return [(_ENTITIES[escape], 0)]
    if escape[1] != "u":
        return [(escape[1], 0)]
    text = json.loads(f'"{escape}"')
    return [(char, 6 * place) for place, char in enumerate(text)]
