"""Values the application knows, which must never leave: users, hosts, domains, customers, homes.

Tens of thousands are looked for at once, wherever they stand, in any case and in the encodings a
log meets: percent-encoding, JSON, path and HTML escapes, Base64, hexadecimal, also one inside the
other. The text is decoded (with a map back to where each character came from) rather than each
value encoded in every way.

The search is linear. Values are grouped by length; every value of a group has the same number of
first characters m, of which some window of B characters starts at a multiple of m - B + 1, wherever
the value stands. So only these windows are looked up, and a hit is compared in full.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from anonkit.detect.spelling import fold, levels, unpacked
from anonkit.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Shorter values would match by chance everywhere.
SHORTEST: Final = 3
LONGEST: Final = 256
# First characters by which values of a group are found: the longer, the fewer places are looked at.
_PREFIXES: Final = (16, 8, 5, 3)
_WINDOW: Final = {16: 6, 8: 5, 5: 4, 3: 3}


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
        self._given = forms
        self.types = frozenset(self._types.values())
        left = list(forms)
        for size in _PREFIXES:
            members = [form for form in left if len(form) >= size]
            left = [form for form in left if len(form) < size]
            if members:
                self._groups.append(_Group(members, size, _WINDOW[size]))

    def __repr__(self) -> str:
        return f"Known({len(self._given)} forms)"

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """Return start, end and type of every known value in a text."""
        found: dict[tuple[int, int], str] = {}
        for start, end, form in self._found(text):
            found.setdefault((start, end), form)
        return [(start, end, self._types[form]) for (start, end), form in found.items()]

    def canonical(self, piece: str) -> str:
        """Return the value as it was given, however a piece of text writes it."""
        spelled = sorted(self._found(piece), key=lambda hit: hit[0] - hit[1])
        return self._given[spelled[0][2]] if spelled else piece

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and form of what is found, the least decoded first."""
        for level in levels(text):
            for start, end, form in self._search(level.text):
                yield *level.span(start, end), form
        said, words = unpacked(level.text)
        for start, _, form in self._search(said) if words else ():
            _, first, last = words[bisect_right(words, (start, len(level.text), 0)) - 1]
            yield *level.span(first, last), form

    def _search(self, text: str) -> Iterator[tuple[int, int, str]]:
        folded = fold(text)
        for group in self._groups:
            for start, end in group.find(folded.text):
                if not self._whole_words or _stands_alone(folded.text, start, end):
                    yield *folded.span(start, end), folded.text[start:end]


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


# German names in the file names and accounts of systems that know no umlauts.
_WITHOUT_UMLAUTS: Final = {
    ord(one): two for one, two in zip("äöü", ("ae", "oe", "ue"), strict=True)
}


def _forms(value: str) -> set[str]:
    """Return the folded spellings of a value: with and without umlauts, + for a blank, misread."""
    bare = value.strip()
    if not SHORTEST <= len(bare) <= LONGEST:
        raise PolicyError("known", f"has a value not {SHORTEST} to {LONGEST} characters long")
    composed = unicodedata.normalize("NFC", bare)
    spellings = {composed, composed.lower().translate(_WITHOUT_UMLAUTS)}
    if not composed.isascii():  # UTF-8 that somebody read as Latin-1 or as Windows did
        raw = composed.encode(errors="replace")
        spellings |= {raw.decode("latin-1"), raw.decode("cp1252", errors="replace")}
    spellings |= {spelling.replace(" ", "+") for spelling in spellings}
    forms = {fold(spelling).text for spelling in spellings}
    return {form for form in forms if len(form) >= SHORTEST}


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a word begins and ends here; a digit after a letter begins something new."""
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    return not (before.isalpha() and text[start].isalpha()) and not (
        after.isalpha() and text[end - 1].isalpha()
    )
