"""What proves a national number: check digits, letters and dates, country by country."""

# ruff: noqa: E501 - a declaration and a list of words read best unbroken
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anonkit.detect.checks import (
    compact,
    digits,
    luhn,
    mod_11_2,
    monotonous,
    real_date,
    weighted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def date_at(text: str, year: int, month: int, day: int) -> bool:
    """Tell whether two-digit year, month and day at these places are a date."""
    code = compact(text)
    return real_date(
        2000 + int(code[year : year + 2]),
        int(code[month : month + 2]),
        int(code[day : day + 2]),
    )


def mod_11(weights: Sequence[int], *, ten: int | None = None) -> Callable[[str], bool]:
    """Return a check: 11 minus the weighted sum modulus 11, 11 counting as 0, 10 as `ten`."""

    def check(text: str) -> bool:
        *body, last = digits(text)
        rest = (11 - weighted(body, weights) % 11) % 11
        return (ten if rest == 10 else rest) == last  # noqa: PLR2004

    return check


def sum_mod_11(weights: Sequence[int], *, ten: int | None = 0) -> Callable[[str], bool]:
    """Return a check: the weighted sum modulus 11 is the last digit, 10 counting as `ten`."""

    def check(text: str) -> bool:
        *body, last = digits(text)
        rest = weighted(body, weights) % 11
        return (ten if rest == 10 else rest) == last  # noqa: PLR2004

    return check


# Väestötietoasetus 128/2010: check sign is the number of date and serial modulus 31.
_HETU: Final = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def is_fi(text: str) -> bool:
    """Check date and check sign of a Finnish personal identity code."""
    code = text.upper()
    return date_at(code[:6], 4, 2, 0) and _HETU[int(code[:6] + code[7:10]) % 31] == code[10]


def is_se(text: str) -> bool:
    """Check date (or date plus 60, a coordination number) and Luhn of a Swedish number."""
    code = text.replace("-", "").replace("+", "")[-10:]
    day = int(code[4:6])
    return real_date(2000 + int(code[:2]), int(code[2:4]), day - 60 if day > 60 else day) and luhn(  # noqa: PLR2004
        code
    )


# Real Decreto 1553/2005: the letter is the number modulus 23; X, Y, Z of a NIE count 0, 1, 2.
_DNI: Final = "TRWAGMYFPDXBNJZSQVHLCKE"


def is_es(text: str) -> bool:
    """Check the letter of a Spanish DNI, NIF or NIE."""
    code = compact(text)
    body = str("XYZ".find(code[0])) + code[1:-1] if code[0] in "XYZ" else code[:-1]
    return (
        int(body) != 0
        and not monotonous(body) * (code[0] in "09")
        and _DNI[int(body) % 23] == code[-1]
    )


# Decreto Ministero delle Finanze 12 marzo 1974: odd places by table, even by value, modulus 26.
_IT_ODD: Final = (
    1,
    0,
    5,
    7,
    9,
    13,
    15,
    17,
    19,
    21,
    2,
    4,
    18,
    20,
    11,
    3,
    6,
    8,
    12,
    14,
    16,
    10,
    22,
    25,
    24,
    23,
)


def is_it(text: str) -> bool:
    """Check the check letter of an Italian codice fiscale."""
    values = [int(char) if char.isdigit() else ord(char) - 65 for char in text.upper()]
    total = sum(_IT_ODD[v] for v in values[:15:2]) + sum(values[1:15:2])
    return total % 26 == values[15]


# Ustawa o ewidencji ludności: weights 1 3 7 9; months of other centuries are 20, 40, 60, 80 higher.
def is_pl(text: str) -> bool:
    """Check date and check digit of a Polish PESEL."""
    values = digits(text)
    month, day = (values[2] * 10 + values[3]) % 20, values[4] * 10 + values[5]
    return real_date(2000, month, day) and weighted(values, (1, 3, 7, 9) * 2 + (1, 3, 1)) % 10 == 0


# Arrêté royal du 3 avril 1984: 97 minus the first nine digits modulus 97; from 2000 a 2 before them.
def is_be(text: str) -> bool:
    """Check date and check digits of a Belgian national register number."""
    code = compact(text)
    month, day = int(code[2:4]) % 20, int(code[4:6])
    proof = int(code[9:])
    body = int(code[:9])
    return (month == 0 or real_date(2000, month, max(day, 1))) and proof in {
        97 - body % 97,
        97 - (2_000_000_000 + body) % 97,
    }


# INSEE, NIR: 97 minus the number modulus 97; Corsica 2A and 2B count as 19 and 18.
def is_fr(text: str) -> bool:
    """Check the key of a French social security number."""
    code = compact(text).replace("2A", "19").replace("2B", "18")
    return code.isdigit() and 97 - int(code[:13]) % 97 == int(code[13:])


def is_cn(text: str) -> bool:
    """Check date and check sign (GB 11643-1999, ISO/IEC 7064 MOD 11-2) of a Chinese number."""
    return real_date(int(text[6:10]), int(text[10:12]), int(text[12:14])) and mod_11_2(text)


# Nüfus Hizmetleri Kanunu: two check digits over odd and even places.
def is_tr(text: str) -> bool:
    """Check both check digits of a Turkish identification number."""
    values = digits(text)
    tenth = (sum(values[0:9:2]) * 7 - sum(values[1:8:2])) % 10
    return tenth == values[9] and sum(values[:10]) % 10 == values[10]


# Skatteetaten and Folkeregisteret: two check digits, modulus 11.
def is_no(text: str) -> bool:
    """Check date and both check digits of a Norwegian birth number."""
    values = digits(text)
    day, month = (values[0] * 10 + values[1]) % 40, (values[2] * 10 + values[3]) % 40
    return (
        real_date(2000, month, day)
        and weighted(values, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
        and weighted(values, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    )


# Receita Federal: two check digits, modulus 11, 10 counting as 0.
def is_br(text: str) -> bool:
    """Check both check digits of a Brazilian CPF."""
    values = digits(text)
    first = weighted(values[:9], range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(values[:10], range(11, 1, -1)) * 10 % 11 % 10
    return not monotonous(text) and [first, second] == values[9:]


def is_br_firm(text: str) -> bool:
    """Check both check digits of a Brazilian CNPJ."""
    values = digits(text)
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    first = (11 - weighted(values[:12], weights[1:]) % 11) % 11 % 10
    second = (11 - weighted(values[:13], weights) % 11) % 11 % 10
    return not monotonous(text) and [first, second] == values[12:]


# RENAPO, Instructivo normativo para la asignación de la CURP: date, and a check digit over 18 places.
_CURP_SIGNS: Final = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"


def is_mx(text: str) -> bool:
    """Check date and check digit of a Mexican CURP."""
    total = weighted([_CURP_SIGNS.index(sign) for sign in text[:17]], range(18, 1, -1))
    return date_at(text, 4, 6, 8) and -total % 10 == int(text[17])


# Servicio de Registro Civil e Identificación: weights 2 to 7 from the right, modulus 11, K is ten.
def is_cl(text: str) -> bool:
    """Check the check sign of a Chilean RUN or RUT."""
    rest = -weighted(digits(text[:-1])[::-1], (2, 3, 4, 5, 6, 7, 2, 3)) % 11
    return text[-1].upper() == ("K" if rest == 10 else str(rest))  # noqa: PLR2004 - ten is K


# ANSES and AFIP: weights 5 4 3 2 7 6 5 4 3 2, modulus 11.
def is_ar(text: str) -> bool:
    """Check the check digit of an Argentine CUIT or CUIL."""
    return (
        not monotonous(text) and weighted(digits(text), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    )


# Isikukood (EVS 585) and Lithuanian asmens kodas: two rounds of weights modulus 11.
def is_baltic(text: str) -> bool:
    """Check date and check digit of an Estonian or Lithuanian personal code."""
    values = digits(text)
    rest = weighted(values, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if rest == 10:  # noqa: PLR2004
        rest = weighted(values, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return rest == values[10] and date_at(text, 1, 3, 5)


def is_ro(text: str) -> bool:
    """Check date, county and check digit of a Romanian CNP."""
    return _RO_COUNTY.match(text) is not None and date_at(text, 1, 3, 5) and _ro_digit(text)


# Legea 105/1996 and HG 1375/2006: sex and century, date, county 01 to 48, 51, 52 or 70, serial not 000.
_RO_COUNTY: Final = re.compile(
    "[1-8][0-9]{2}[01][0-9][0-3][0-9](?:0[1-9]|[123][0-9]|4[0-8]|5[12]|70)(?!000)"
)
_ro_digit: Final = sum_mod_11((2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9), ten=1)


# NRIC (Singapore, Immigration and Checkpoints Authority): weights 2 7 6 5 4 3 2, letter by table.
def is_sg(text: str) -> bool:
    """Check the letter of a Singapore NRIC or FIN."""
    code = text.upper()
    offset = {"S": 0, "T": 4, "F": 0, "G": 4, "M": 3}[code[0]]
    rest = (weighted(digits(code[1:8]), (2, 7, 6, 5, 4, 3, 2)) + offset) % 11
    table = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "M": "KLJNPQRTUWX"}
    return table.get(code[0], "XWUTRQPNMLK")[10 - rest if code[0] == "M" else rest] == code[8]


# Social Welfare Consolidation Act: weights 8 to 2, a second letter weighs 9, letter modulus 23.
def is_ie(text: str) -> bool:
    """Check the letter of an Irish PPS number."""
    code = text.upper()
    extra = (ord(code[8]) - 64) * 9 if len(code) > 8 and code[8] != "W" else 0  # noqa: PLR2004
    total = weighted(digits(code[:7]), range(8, 1, -1)) + extra
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == code[7]


def is_za(text: str) -> bool:
    """Check date, citizenship and Luhn of a South African identity number."""
    return date_at(text, 0, 2, 4) and text[10] in "012" and luhn(text)


# Ministry of Interior of Thailand: weights 13 to 2, 11 minus the sum modulus 11, last digit.
def is_th(text: str) -> bool:
    """Check the check digit of a Thai identification number."""
    values = digits(text)
    return (11 - weighted(values[:12], range(13, 1, -1)) % 11) % 10 == values[12]


def is_ch(text: str) -> bool:
    """Check the EAN-13 check digit of a Swiss AHV number."""
    return weighted(digits(text), (1, 3) * 6 + (1,)) % 10 == 0


def is_cz(text: str) -> bool:
    """Check date and divisibility by 11 of a Czech or Slovak birth number."""
    code = compact(text)
    return real_date(2000, int(code[2:4]) % 50 % 20, int(code[4:6])) and int(code) % 11 == 0


def is_kr(text: str) -> bool:
    """Check the date and the sex and century digit of a Korean registration number."""
    code = compact(text)
    return date_at(code, 0, 2, 4) and code[6] in "12345678"


def is_au_abn(text: str) -> bool:
    """Check the modulus 89 of an Australian business number."""
    first, *rest = digits(text)
    return weighted([first - 1, *rest], (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89 == 0


# CMS, 45 CFR 162.406: Luhn over the number with 80840 before it.
def is_npi(text: str) -> bool:
    """Check the check digit of a US national provider identifier."""
    return luhn("80840" + compact(text)) and not monotonous(text[:-1])


# 21 CFR 1301; DEA: (1st + 3rd + 5th) + 2 x (2nd + 4th + 6th), last digit.
def is_dea(text: str) -> bool:
    """Check the check digit of a US DEA registration number."""
    values = digits(text)
    return (sum(values[0:6:2]) + 2 * sum(values[1:6:2])) % 10 == values[6]


def dated_slip(text: str) -> bool:
    """Check that a DDMMYY at the start of a number is a date."""
    return date_at(text, 4, 2, 0)


_CODE36: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def is_gstin_state(text: str) -> bool:
    """Check the state code of an Indian GST number (01 to 37, 97 and 99)."""
    return 1 <= int(text[:2]) <= 37 or text[:2] in {"97", "99"}  # noqa: PLR2004
