"""What proves a number: check digits, issuer ranges, dates inside, checksums of addresses.

Each function takes the text of a candidate and says yes or no. Separators are taken out first, so
`4111 1111 1111 1111` and `4111111111111111` are one number.
"""

from __future__ import annotations

import binascii
import re
from calendar import monthrange
from hashlib import sha256
from itertools import groupby
from operator import mul
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_SEPARATORS: Final = str.maketrans("", "", " -./_:\u00a0\u202f")


def compact(text: str) -> str:
    """Return a number without its separators, in upper case."""
    return (text if text.isalnum() else text.translate(_SEPARATORS)).upper()


def digits(text: str) -> list[int]:
    """Return the decimal digits of a text, in order."""
    return list(_values(text))


def only_digits(text: str) -> str:
    """Return a text's decimal digits alone."""
    return text.encode("ascii", "ignore").translate(None, _NO_DIGITS).decode("ascii")


_VALUES: Final = bytes(code - 48 if 48 <= code <= 57 else 0 for code in range(256))  # noqa: PLR2004
_NO_DIGITS: Final = bytes(code for code in range(256) if not 48 <= code <= 57)  # noqa: PLR2004


def _values(text: str) -> bytes:
    """Return the decimal digits of a text as bytes 0 to 9: sums over them run in C."""
    return text.encode("ascii", "ignore").translate(_VALUES, _NO_DIGITS)


def weighted(numbers: Sequence[int], weights: Sequence[int]) -> int:
    """Return the sum of products of two sequences, as far as the shorter one goes."""
    return sum(map(mul, numbers, weights))


def monotonous(text: str) -> bool:
    """Tell whether a number is one digit over and over: a filler, nobody's number."""
    return len(set(digits(text))) < 2  # noqa: PLR2004 - one digit, or none


def real_date(year: int, month: int, day: int) -> bool:
    """Tell whether a calendar has this day."""
    if not (1 <= month <= 12 and 1 <= day <= 31):  # noqa: PLR2004 - most candidates end here
        return False
    return day <= monthrange(max(year, 1), month)[1]


# ISO/IEC 7812-1, annex B: the formula for the check digit ("Luhn").
_DOUBLED: Final = bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)) + bytes(246)


def luhn(text: str) -> bool:
    """Check the modulus-10 double-add-double check digit."""
    values = _values(text)[::-1]
    return (sum(values[::2]) + sum(values[1::2].translate(_DOUBLED))) % 10 == 0


# ISO/IEC 7064:2003, MOD 97-10, letters counting A=10 to Z=35 (as ISO 13616-1 asks for IBAN).
def mod_97(text: str) -> bool:
    """Check that a number, its letters replaced by 10 to 35, leaves 1 when divided by 97."""
    return int(text.translate(_AS_NUMBERS)) % 97 == 1


_AS_NUMBERS: Final = {ord(char): str(int(char, 36)) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


# ISO/IEC 7064:2003, MOD 11,10: the hybrid system with one check digit.
def mod_11_10(text: str) -> bool:
    """Check the hybrid modulus 11,10 check digit."""
    *body, last = digits(text)
    product = 10
    for number in body:
        product = ((number + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == last


# ISO/IEC 7064:2003, MOD 11-2: the pure system whose check character is 0-9 or X.
def mod_11_2(text: str) -> bool:
    """Check the pure modulus 11-2 check character, which may be X."""
    value = 0
    for char in text[:-1]:
        value = (value + int(char)) * 2 % 11
    return (12 - value) % 11 == (10 if text[-1] in "Xx" else int(text[-1]))


# J. Verhoeff, Error Detecting Decimal Codes (1969): the dihedral group D5 and its permutation.
_D5: Final = tuple(
    tuple((a + b if a < 5 else a - b) % 5 + 5 * ((a < 5) != (b < 5)) for b in range(10))  # noqa: PLR2004
    for a in range(10)
)
_PERMUTED: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def verhoeff(text: str) -> bool:
    """Check the Verhoeff check digit."""
    state = 0
    for place, number in enumerate(reversed(digits(text))):
        turned = number
        for _ in range(place % 8):
            turned = _PERMUTED[turned]
        state = _D5[state][turned]
    return state == 0


# Base58Check: "Bitcoin, Version 1 addresses"; XRP Ledger, "Base58 Encodings" has its own order.
_BITCOIN_58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE_58: Final = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"


def base58check(text: str, alphabet: str = _BITCOIN_58) -> bool:
    """Check the four checksum bytes (double SHA-256) of a Base58Check text."""
    value = 0
    for char in text:
        number = alphabet.find(char)
        if number < 0:
            return False
        value = value * 58 + number
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    raw = bytes(zeros) + value.to_bytes((value.bit_length() + 7) // 8, "big")
    return len(raw) > 4 and sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]  # noqa: PLR2004


def ripple58check(text: str) -> bool:
    """Check a Base58Check text in the order of characters the XRP Ledger uses."""
    return base58check(text, _RIPPLE_58)


# BIP 173, "Checksum", and BIP 350 for the second constant (Bech32m).
_BECH_32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CONSTANTS: Final = (1, 0x2BC830A3)


def bech32(text: str) -> bool:
    """Check the checksum of a Bech32 or Bech32m text in one case."""
    if text not in {text.lower(), text.upper()}:
        return False
    prefix, _, body = text.lower().rpartition("1")
    values = [_BECH_32.find(char) for char in body]
    if -1 in values:
        return False
    state = 1
    for value in (*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix), *values):
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            state ^= generator if top >> bit & 1 else 0
    return state in _BECH32_CONSTANTS


# SSA, POMS RM 10201.030 and "Social Security Number Randomization": area never 000, 666 or 900-999,
# group never 00, serial never 0000. SSA "Misused SSNs" withdrew the two well-known samples.
_NEVER_ISSUED: Final = frozenset({"078051120", "219099999"})


def social_security_us(text: str) -> bool:
    """Check the issuing rules of a US social security number."""
    number = compact(text)
    return not (
        number[:3] in {"000", "666"}
        or number[0] == "9"
        or number[3:5] == "00"
        or number[5:] == "0000"
        or number in _NEVER_ISSUED
    )


# IRS, "Individual taxpayer identification number": 9xx with group 50-65, 70-88, 90-92 or 94-99.
def itin_us(text: str) -> bool:
    """Check the issuing rules of a US individual taxpayer identification number."""
    group = int(compact(text)[3:5])
    return 50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99  # noqa: PLR2004


# § 139b AO and the BZSt rule for the Identifikationsnummer: the first digit is not 0; of the first
# ten, one digit stands twice or three times (never three in a row), the others at most once. Ten
# different digits, as in many published samples, pass here too: fewer than one number in 2,000.
def tax_id_de(text: str) -> bool:
    """Check the digits and the MOD 11,10 check digit of a German tax identification number."""
    number = compact(text)
    body = number[:10]
    different = set(body)
    if len(different) < 8 or number[0] == "0":  # noqa: PLR2004 - one of ten digits up to three times
        return False
    repeats = sorted(map(body.count, different))
    return (
        repeats[-2] == 1
        and max(sum(1 for _ in run) for _, run in groupby(body)) < 3  # noqa: PLR2004
        and mod_11_10(number)
    )


# ICAO Doc 9303-3, 4.9: weights 7 3 1, letters counting A=10 to Z=35.
def icao_9303(text: str) -> bool:
    """Check the check digit of a machine-readable travel document number."""
    number = compact(text)
    values = [int(char, 36) for char in number[:-1]]
    total = weighted(values, (7, 3, 1) * 5)
    return number[-1].isdigit() and total % 10 == int(number[-1])


_BASE64: Final = re.compile(r"[A-Za-z0-9_-]{2,}")


def base64_json(text: str) -> bool:
    """Tell whether the first part of a dotted text is Base64 of a JSON object."""
    part = text.partition(".")[0]
    if not _BASE64.fullmatch(part):
        return False
    head = part[: len(part) // 4 * 4].replace("-", "+").replace("_", "/")
    return binascii.a2b_base64(head).lstrip().startswith(b"{")
