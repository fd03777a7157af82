"""The spellings of one text: case, composition and encodings, with a map back to the text.

A value is looked for in what a text says, not in how it is written. So the text is decoded, rather
than each value encoded in every way; every character of the result knows where in the text it
stood.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from binascii import a2b_base64
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Escapes inside escapes (a URL in JSON in a log line); more is taken apart no further.
DEPTH: Final = 3


class Spelled(NamedTuple):
    """What a text says, and where.

    Args:
        text: The characters.
        places: The index in the text of each, and of the end; None where they are the text's own.
    """

    text: str
    places: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return what a stretch is in the text: whole characters and whole escapes of it."""
        if self.places is None:
            return start, end
        after = end
        while self.places[after] == self.places[end - 1]:
            after += 1
        return self.places[start], self.places[after]


# Characters as they are, or with marks on them, that have another form.
_OTHER: Final = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_SLASH: Final = str.maketrans("\\", "/")


def fold(text: str) -> Spelled:
    """Return a text as it is compared: one case, one slash, decomposed, without invisible signs.

    ß is ss, and all four letters i of Turkish are one.
    """
    if text.isascii():
        return Spelled(text.translate(_SLASH).lower())
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for match in _OTHER.finditer(text):
        pieces.append(text[at : match.start()])
        places += range(at, match.start())
        at = match.start()
        run: Iterable[str] = match[0]
        if any(map(unicodedata.combining, run)):
            run = _signs(match[0])
        for sign in run:
            folded = _folded(sign)
            pieces.append(folded)
            places += [at] * len(folded)
            at += len(sign)
    pieces.append(text[at:])
    places += range(at, len(text) + 1)
    return Spelled("".join(pieces).translate(_SLASH).lower(), places)


def _signs(run: str) -> Iterator[str]:
    """Yield each character together with the marks that combine with it."""
    first = 0
    for at in range(1, len(run)):
        if not unicodedata.combining(run[at]):
            yield run[first:at]
            first = at
    yield run[first:]


@lru_cache(maxsize=4096)
def _folded(sign: str) -> str:
    """Return the one form of a character with its marks: Unicode 16, 3.13.5 (compatibility)."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).casefold())
    # The dot of İ stays on its i; zero-width characters and soft hyphens (Cf) are not seen.
    return "".join(
        char for char in plain.replace("i\u0307", "i") if unicodedata.category(char) != "Cf"
    ).replace("\u0131", "i")


# RFC 3986 (percent), ECMAScript (`%u`, `\u`, `\u{}`, `\x`), RFC 8259 (JSON), C (octal, as git and
# sudo write it), RFC 2045 (quoted-printable; of characters outside ASCII alone, since `=` also
# stands before values), HTML. In a run the bytes of a character are together.
_ESCAPE: Final = re.compile(
    r"(?:%[0-9A-Fa-f]{2}){1,64}|(?:\\x[0-9A-Fa-f]{2}){1,64}|(?:\\[23][0-7]{2}){1,64}"
    r"|(?:=[89A-F][0-9A-F]){2,64}|[\\%]u[0-9A-Fa-f]{4}(?:[\\%]u[0-9A-Fa-f]{4})?"
    r"|\\u\{[0-9A-Fa-f]{1,6}\}|\\[\\/\"']|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"
)
_BYTE: Final = re.compile(r"\\x..|\\[23]..|[%=]..", re.DOTALL)


def levels(text: str) -> Iterator[Spelled]:
    """Yield a text, and what it is with one level of escapes after the other taken out."""
    here = Spelled(text)
    yield here
    for _ in range(DEPTH):
        deeper = _decoded(here)
        if deeper is None:
            return
        here = deeper
        yield here


# An escape of a letter outside ASCII, of an apostrophe or of an `@`: what names and addresses hold.
# Lines with others alone are read as they are.
_TELLING: Final = re.compile(
    r"%25(?:25){0,2}40|\\(?:u0040|x40)|%[Cc][3-9A-Fa-f]%[89ABab]|%[Dd][01]%[89ABab]|\\x[cC][3-5]\\x|\\u0[01][0-9A-Fa-f]{2}|=[CD][0-9A-F]=[89AB][0-9A-F]"
    r"|&(?:[A-Za-z](?:uml|acute|grave|circ|cedil|tilde|caron|ring|slash)|szlig|aelig|apos|commat|#(?:39|64|x27|x40|[2-9][0-9]{2}|19[2-9]));"
)


def has_escapes(text: str) -> bool:
    """Tell whether a text may have a telling escape."""
    return "%" in text or "&" in text or "\\" in text or "=" in text


def escaped_lines(text: str) -> Iterator[tuple[int, Spelled]]:
    """Yield the start of each line with a telling escape, and what it says without its escapes."""
    reach = 0
    for match in _TELLING.finditer(text):
        if match.start() < reach:
            continue
        start = text.rfind("\n", 0, match.start()) + 1
        reach = text.find("\n", match.end())
        reach = len(text) if reach < 0 else reach
        raw = text[start:reach]
        *_, line = islice(levels(raw), 2)
        # WHATWG URL, 5.1: in a form, `+` is a blank.
        form = line.text.replace("+", " ") if "%" in raw else line.text
        yield start, line._replace(text=form)


def _decoded(here: Spelled) -> Spelled | None:
    """Return what a text says with one level of escapes taken out; None where it has none."""
    text, before = here
    if not ("%" in text or "\\" in text or "&" in text or "=" in text):
        return None
    origin = range(len(text) + 1) if before is None else before
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for match in _ESCAPE.finditer(text):
        start = match.start()
        pieces.append(text[at:start])
        places += origin[at:start]
        for char, place in _plain(match[0]):
            pieces.append(char)
            places.append(origin[start + place])
        at = match.end()
    if not at:
        return None
    pieces.append(text[at:])
    places += origin[at:]
    return Spelled("".join(pieces), places)


def _plain(escape: str) -> list[tuple[str, int]]:
    """Return the characters an escape stands for, each with its place in the escape."""
    kind = escape[:2]
    if escape[0] == "&":
        return [(char, 0) for char in html.unescape(escape)]
    if kind == "\\u" and escape[2] == "{":
        code = int(escape[3:-1], 16)
        return [(chr(code) if code <= 0x10FFFF else "\ufffd", 0)]  # noqa: PLR2004 - Unicode's last
    if kind in {"\\u", "%u"}:
        escape = escape.replace("%", "\\")
        return [(char, 6 * place) for place, char in enumerate(json.loads(f'"{escape}"'))]
    if escape[0] == "\\" and kind[1] not in "x23":
        return [(escape[1], 0)]
    units = _BYTE.findall(escape)
    width, base = len(units[0]), 8 if kind[1] in "23" and escape[0] == "\\" else 16
    raw = bytes(int(unit.lstrip("\\x%="), base) for unit in units)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return [(char, width * place) for place, char in enumerate(raw.decode("latin-1"))]
    found, at = [], 0
    for char in text:
        found.append((char, width * at))
        at += len(char.encode())
    return found


# Base64 (RFC 4648, 4 and 5) and hexadecimal of at least five bytes. A slash, dash or underscore may
# also stand before the first character.
_PACKED: Final = re.compile(r"[0-9A-Za-z+/_-]{7,}={0,2}")
_SHORTEST: Final = 7
_BREAKS: Final = re.compile(r"[+/_-]")
# Words of a language, which they are not.
_WORDS: Final = re.compile(r"[A-Z]?[a-z]*(?:[+/_-][A-Z]?[a-z]*)*=*")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_PLAIN_BYTES: Final = bytes(range(128)) + b" " * 128


def unpacked(text: str) -> tuple[str, list[tuple[int, int, int]]]:
    """Return all that Base64 and hexadecimal words of a text hold, one below the other.

    The second part gives the start of each in the first, and the word's start and end in the text.
    """
    pieces: list[str] = []
    words: list[tuple[int, int, int]] = []
    at = 0
    for match in _PACKED.finditer(text):
        word = match[0]
        if _WORDS.fullmatch(word):
            continue
        for raw in _contents(word.rstrip("=")):
            try:
                said = raw.decode()
            except UnicodeDecodeError:  # most words; what is plain in them still shows
                said = raw.translate(_PLAIN_BYTES).decode("ascii")
            pieces.append(said)
            words.append((at, match.start(), match.end()))
            at += len(said) + 1
    return "\n".join(pieces), words


def _contents(run: str) -> Iterator[bytes]:
    """Yield what a run of characters is as hexadecimal, and as Base64 from where it may begin."""
    with suppress(ValueError):
        yield bytes.fromhex(run)
    starts = {0: 0}
    for match in _BREAKS.finditer(run, 0, len(run) - _SHORTEST):
        starts.setdefault(match.end() % 4, match.end())
    plain = run.translate(_URL_SAFE) if "-" in run or "_" in run else run
    for start in starts.values():
        size = len(run) - start
        end = len(run) - (size % 4 == 1)
        yield a2b_base64(plain[start:end] + "=" * (-(end - start) % 4))
