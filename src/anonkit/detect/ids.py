"""Identifiers that machines make: UUIDs, and words of hexadecimal digits (traces, hashes).

Each is another one, so messages with them have a shape (`shapes`) only once they are masked. That
is done where no digit or letter of theirs says anything to a detector that is trusted with them
(`steady`): a word has a letter and a digit, all letters in one case; it is not, nor begins with, an
IBAN or an address of a crypto-currency; and nothing beside it makes one word of both, or a call, a
member, an escape or a port.
"""

from __future__ import annotations

import re
from typing import Final

from anonkit.detect.checks import base58check
from anonkit.detect.money import IBAN_LENGTHS, is_iban

# What stands for each character of a word with small letters, and with capitals; and of the groups
# in the middle of a UUID, of which some may have digits or letters alone.
SMALL: Final = "\x02"
CAPITAL: Final = "\x03"
GROUP: Final = "\x04"
MASKS: Final = SMALL + CAPITAL + GROUP

# RFC 9562, 4; and words as long as a CRC-32 to a SHA-512, of which a capital may be the first. The
# first character is taken before it is looked at, which lets `re` skip to it.
_HEX: Final = "[0-9A-Fa-f]"
_ID: Final = re.compile(
    rf"[0-9A-Za-f](?<![0-9A-Za-z_.@%\\$+~#&].){_HEX}{{7}}(?<!port .{{8}})"
    r"(?<!\.[0-9]:.{8})(?<!\.[0-9]{2}:.{8})(?<!\.[0-9]{3}:.{8})"
    rf"(?:(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}|{_HEX}{{0,120}}+)"
    r"(?![0-9A-Za-z_@%\\$+~(\[]|\.[^\s])"
)
# Countries whose IBAN is as long as the three groups and what may be seen of the last (`steady`).
_SHORT: Final = "|".join(one for one, length in IBAN_LENGTHS.items() if length in {"15", "16"})


# A UUID has letters in its first group, in the middle, and in the last: digits alone may be a
# number there, and those of a first group are a Spanish one with the next letter. In capitals, each
# group may be such a number.
_LETTER: Final = "(?=[0-9]*[a-f])"
_UUID: Final = (
    rf"{_LETTER}[0-9a-f]{{8}}(?=[0-9-]{{0,14}}[a-f])(?!-(?i:{_SHORT})[0-9]{{2}})"
    rf"(?:-[0-9a-f]{{4}}){{3}}-{_LETTER}(?=[a-f]*[0-9])[0-9a-f]{{12}}"
)


def _word(letters: str, first: str) -> str:
    """Return a pattern for words with a digit, and with letters in one case."""
    return rf"{first}(?=[0-9]*[{letters}])(?=[{letters}]*[0-9])(?![0-9]{{60}})[0-9{letters}]*"


_TRUSTED: Final = re.compile(
    rf"(?P<small>{_word('a-f', '')})|(?P<capital>{_word('A-F', '')})"
    rf"|(?P<first>{_word('a-f', '[A-Z]')})|(?P<uuid>{_UUID})"
).fullmatch
_MASKED_UUID: Final = "-".join((SMALL * 8, GROUP * 4, GROUP * 4, GROUP * 4, SMALL * 12))
# What may be a code after all: an IBAN, segwit (BIP 173), Base58Check, which has no zero.
_CODE: Final = re.compile(r"(?i:[a-z]{2}[0-9]{2}|bc1)|[1239ADLMTX][1-9A-Fa-f]{25,34}\Z").match


def mask(text: str) -> str:
    """Return a text in which each character of an identifier is one of `MASKS`."""
    if SMALL in text or CAPITAL in text or GROUP in text:
        return text
    return _ID.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    word = match[0]
    trusted = _TRUSTED(word)
    if trusted is None:
        return word
    kind = trusted.lastgroup
    if kind == "uuid":
        return _MASKED_UUID
    if _CODE(word) and _is_code(word):
        return word
    if kind == "first":
        return word[0] + SMALL * (len(word) - 1)
    return (SMALL if kind == "small" else CAPITAL) * len(word)


def _is_code(word: str) -> bool:
    """Tell whether a word, or its beginning, passes the check of a code."""
    length = int(IBAN_LENGTHS.get(word[:2].upper(), 0))
    return word[:3].lower() == "bc1" or (length > 0 and is_iban(word[:length])) or base58check(word)
