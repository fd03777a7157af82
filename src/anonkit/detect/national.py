"""Numbers that states and health systems give to persons, outside Germany.

A number with a strong proof (two check digits, modulus 97, a letter, a date inside) is found
wherever it stands. One that a tenth of all numbers of its length would pass is found only next to a
word that announces it: otherwise order numbers and times since 1970 would vanish from every log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anonkit.detect.checks import (
    compact,
    digits,
    itin_us,
    luhn,
    mod_11_2,
    monotonous,
    real_date,
    social_security_us,
    verhoeff,
    weighted,
)
from anonkit.detect.detector import Detector, number, word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _date_at(text: str, year: int, month: int, day: int) -> bool:
    """Tell whether two-digit year, month and day at these places are a date."""
    code = compact(text)
    return real_date(
        2000 + int(code[year : year + 2]),
        int(code[month : month + 2]),
        int(code[day : day + 2]),
    )


def _mod_11(weights: Sequence[int], *, ten: int | None = None) -> Callable[[str], bool]:
    """Return a check: 11 minus the weighted sum modulus 11, 11 counting as 0, 10 as `ten`."""

    def check(text: str) -> bool:
        *body, last = digits(text)
        rest = (11 - weighted(body, weights) % 11) % 11
        return (ten if rest == 10 else rest) == last  # noqa: PLR2004

    return check


def _sum_mod_11(weights: Sequence[int], *, ten: int | None = 0) -> Callable[[str], bool]:
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
    return _date_at(code[:6], 4, 2, 0) and _HETU[int(code[:6] + code[7:10]) % 31] == code[10]


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
    return int(body) != 0 and not monotonous(body) * (code[0] in "09") and _DNI[int(body) % 23] == code[-1]


# Decreto Ministero delle Finanze 12 marzo 1974: odd places by table, even by value, modulus 26.
_IT_ODD: Final = (
    (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
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
    first = _mod_11((3, 7, 6, 1, 8, 9, 4, 5, 2))
    second = _mod_11((5, 4, 3, 2, 7, 6, 5, 4, 3, 2))
    code = "".join(map(str, values))
    return real_date(2000, month, day) and first(code[:10]) and second(code)


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


# Isikukood (EVS 585) and Lithuanian asmens kodas: two rounds of weights modulus 11.
def is_baltic(text: str) -> bool:
    """Check date and check digit of an Estonian or Lithuanian personal code."""
    values = digits(text)
    rest = weighted(values[:10], (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if rest == 10:  # noqa: PLR2004
        rest = weighted(values[:10], (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return _date_at(text, 1, 3, 5) and rest == values[10]


def is_ro(text: str) -> bool:
    """Check date and check digit of a Romanian CNP."""
    check = _sum_mod_11((2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9), ten=1)
    return text[0] in "12345678" and _date_at(text, 1, 3, 5) and check(text)


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
    return _date_at(text, 0, 2, 4) and text[10] in "012" and luhn(text)


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
    return _date_at(code, 0, 2, 4) and code[6] in "12345678"


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


def _dated_slip(text: str) -> bool:
    """Check that a DDMMYY at the start of a number is a date."""
    return _date_at(text, 4, 2, 0)


_CODE36: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def is_gstin_state(text: str) -> bool:
    """Check the state code of an Indian GST number (01 to 37, 97 and 99)."""
    return 1 <= int(text[:2]) <= 37 or text[:2] in {"97", "99"}  # noqa: PLR2004


def _row(  # noqa: PLR0913 - one argument for each column of the table
    name: str,
    type: str,  # noqa: A002 - the column's name
    source: str,
    pattern: str,
    specimen: str,
    false_friend: str,
    check: Callable[[str], bool] | None = None,
    words: str = "",
    hints: str = "",
    marks: str = "",
) -> Detector:
    """Declare one national number: a code among dense digits unless the gate is given."""
    return Detector(
        name=name,
        type=type,
        source=source,
        pattern=pattern,
        specimen=specimen,
        false_friend=false_friend,
        check=check,
        words=tuple(words.split("|")) if words else (),
        hints=tuple(hints.split("|")) if hints else (),
        marks=tuple(marks.split("|")) if marks else (),
        dense=not hints and not marks,
        priority=52,
    )


NATIONAL: Final = (
    _row("us-ssn", "US_SSN", "SSA, POMS RM 10201.030: area, group, serial",
         number(r"[0-8][0-9]{2}([ -])[0-9]{2}\1[0-9]{4}"),
         "SSN 123-45-6780", "000-12-3456 666-12-3456 123-00-4567 078-05-1120", social_security_us),
    _row("us-ssn-plain", "US_SSN", "SSA, POMS RM 10201.030, written without hyphens",
         number(r"[0-8][0-9]{2}[-. ]?[0-9]{2}[-. ]?[0-9]{4}"),
         "social security: 123456780", "ssn: 666123456", social_security_us,
         " ssn|social sec|soc sec|soc  sec|socialsec|sozialversicherung"),
    _row("us-itin", "US_ITIN", "IRS, ITIN: 9XX-50..99-XXXX",
         number(r"[9][0-9]{2}([ -])[0-9]{2}\1[0-9]{4}"), "911-53-1234", "911-49-1234", itin_us),
    _row("us-itin-plain", "US_ITIN", "IRS, ITIN, written without hyphens",
         number(r"[9][0-9]{8}"), "ITIN 911701234", "id 911701234", itin_us, " itin|taxpayer|tax payer"),
    _row("us-npi", "US_NPI", "CMS, 45 CFR 162.406 (Luhn with 80840)",
         number(r"[12](?:[0-9]{9}|[0-9]{3}([ -])[0-9]{3}\1[0-9]{3})"),
         "NPI 1234567893", "NPI 1111111112", is_npi, " npi |provider"),
    _row("us-mbi", "US_MBI", "CMS, Understanding the Medicare Beneficiary Identifier format",
         word(r"[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?"
              r"[AC-HJKMNP-RT-Y]{2}[0-9]{2}"),
         "Medicare ID: 1EG4-TE5-MK73", "Medicare 1SG4-TE5-MK73", None,
         "mbi|medicare|beneficiary", marks="0AA00|0-AA00"),
    _row("us-dea", "MEDICAL_LICENSE", "21 CFR 1301.13; DEA registration number",
         word(r"[ABCDEFGHJKLMNPRSTUX][A-Z9][0-9]{7}"), "DEA BB1388568", "DEA BG8207031", is_dea),
    _row("us-bank-routing", "ABA_ROUTING_NUMBER", "ABA, Routing Number Administrative Board policy",
         number(r"[0-3][0-9]{8}"), "routing 122105155", "routing 122105156",
         lambda t: weighted(digits(t), (3, 7, 1) * 3) % 10 == 0, "routing| aba | rtn "),
    _row("ca-sin", "CA_SIN", "Service Canada, Social Insurance Number: Luhn",
         number(r"[1-79][0-9]{2}([ -]?)[0-9]{3}\1[0-9]{3}"), "mon NAS: 258 933 688",
         "SIN 130 692 545", lambda t: luhn(t) and not monotonous(t), " sin | nas |social insurance"),
    _row("uk-nino", "UK_NINO", "HMRC, NIM39110: National Insurance numbers",
         word(r"[A-CEGHJ-PR-TW-Z](?!(?<=B)G|(?<=G)B|(?<=[KT])N|(?<=N)[KT]|(?<=Z)Z)[A-CEGHJ-NPR-TW-Z]"
              r"(?:[0-9]{6}[A-D]| [0-9]{2} [0-9]{2} [0-9]{2} [A-D]| [0-9]{6} [A-D]| [0-9]{3} [0-9]{3} [A-D])"),
         "NI number AB 12 34 56 C", "BG123612A AB123456E",
         marks="AA000000A|AA 00 00 00 A|AA 000000 A|AA 000 000 A"),
    _row("uk-nhs", "UK_NHS", "NHS Data Dictionary, NHS number: modulus 11",
         number(r"[0-9][0-9]{2}([ -])[0-9]{3}\1[0-9]{4}"),
         "401-023-2137", "401-023-2138", _mod_11(range(10, 1, -1))),
    _row("uk-driving-licence", "UK_DRIVING_LICENCE", "DVLA, INF1D: driver number",
         word(r"[A-Z][A-Z9]{4} ?[0-9](?:[05][1-9]|[16][0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9] ?[A-Z9]{2}[0-9A-Z][A-Z0-9]{2}"
              r"(?: ?[0-9]{2})?"), "MORGA657054SM9IJ", "MORGA697054SM9IJ"),
    _row("ie-pps", "IE_PPS", "Social Welfare Consolidation Act 2005, schedule 5",
         word(r"[0-9][0-9]{6}[A-Wa-w][A-IWa-iw]?"), "PPS 1234567T", "PPS 1234567A", is_ie),
    _row("fr-nir", "FR_NIR", "INSEE, numéro d'inscription au répertoire: key modulus 97",
         word(r"[1-478][ ]?[0-9]{2}[ ]?(?:0[1-9]|1[0-2]|[2-9][0-9])[ ]?(?:[0-9]{2}|2[AB])[ ]?[0-9]{3}[ ]?[0-9]{3}[ ]?[0-9]{2}"),
         "NIR 2 55 08 14 168 025 38", "2 55 08 14 168 025 39", is_fr),
    _row("es-nif", "ES_NIF", "Real Decreto 1553/2005: letter modulus 23",
         word(r"[0-9XYZxyz][0-9]{7}-?[A-HJ-NP-TV-Za-hj-np-tv-z]"), "DNI 12345678Z", "DNI 12345678A", is_es),
    _row("it-fiscal-code", "IT_FISCAL_CODE", "D.M. 12 marzo 1974: codice fiscale",
         word(r"[A-Z][A-Z]{5}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]"),
         "CF RSSMRA85T10A562S", "CF RSSMRA85T10A562T", is_it, marks="AAAAAA"),
    _row("it-vat", "IT_VAT_CODE", "Agenzia delle Entrate, partita IVA: Luhn",
         number(r"[0-9][0-9]{10}"), "P. IVA 01333550323", "P. IVA 01333550324",
         lambda t: luhn(t) and not monotonous(t), " iva |partita| vat "),
    _row("pt-nif", "PT_NIF", "Decreto-Lei 14/2013: NIF modulus 11",
         number(r"[1-35689][0-9]{2} ?[0-9]{3} ?[0-9]{3}"), "NIF 123456789", "NIF 123456788",
         _mod_11(range(9, 1, -1), ten=0), " nif |contribuinte"),
    _row("nl-bsn", "NL_BSN", "Wet algemene bepalingen burgerservicenummer: elfproef",
         number(r"[0-9][0-9]{8}"), "BSN 111222333", "BSN 111222334",
         _sum_mod_11(range(9, 1, -1), ten=None), " bsn |burgerservice|sofi"),
    _row("be-register", "BE_REGISTER", "Arrêté royal du 3 avril 1984: modulus 97",
         number(r"[0-9][0-9][.]?[0-9]{2}[.]?[0-9]{2}-?[0-9]{3}[.]?[0-9]{2}"),
         "85.07.30-033.28", "85.07.30-033.29", is_be),
    _row("ch-ahv", "CH_AHV", "AHVV Art. 133: 756, EAN-13 check digit",
         number(r"[7]56[.]?[0-9]{4}[.]?[0-9]{4}[.]?[0-9]{2}"), "AHV 756.9217.0769.85",
         "756.9217.0769.86", is_ch),
    _row("at-svnr", "AT_SVNR", "ASVG § 460d: weights 3 7 9 · 5 8 4 2 1 6, modulus 11",
         number(r"[1-9][0-9]{2}[0-9] ?[0-9]{6}"), "SVNR 1237 010180", "SVNR 1238 010180",
         lambda t: weighted(digits(t), (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11 == digits(t)[3],
         "svnr|sv nr|sozialvers|versicherungsn"),
    _row("dk-cpr", "DK_CPR", "CPR-loven: DDMMYY-SSSS",
         number(r"[0-3][0-9]{5}-[0-9]{4}"), "CPR 010180-1234", "311180-0000x 450180-1234", _dated_slip),
    _row("se-personal-number", "SE_PERSONNUMMER", "Skatteverket SKV 704: date, Luhn",
         number(r"[0-9][0-9]{5}(?:[0-9]{2})?[-+][0-9]{4}"), "19910924-2397", "19910924-2398", is_se),
    _row("se-personal-number-plain", "SE_PERSONNUMMER", "Skatteverket SKV 704, twelve digits",
         number(r"[12](?:(?<=1)[89]|(?<=2)0)[0-9]{10}"), "199109242397", "199109242398", is_se),
    _row("fi-personal-code", "FI_PERSONAL_IDENTITY_CODE", "Asetus 128/2010: date, sign, modulus 31",
         word(r"[0-3][0-9]{5}[-+A-FU-Ya-fu-y][0-9]{3}[0-9A-Ya-y]"), "131052-308T", "131052-308U", is_fi),
    _row("no-birth-number", "NO_FODSELSNUMMER", "Skatteetaten, fødselsnummer: two check digits",
         number(r"[0-7][0-9]{5} ?[0-9]{5}"), "01010750160", "01010750161", is_no),
    _row("pl-pesel", "PL_PESEL", "Ustawa o ewidencji ludności: date, weights 1 3 7 9",
         number(r"[0-9][0-9]{10}"), "PESEL 44051401458", "PESEL 44051401459", is_pl),
    _row("cz-birth-number", "CZ_RODNE_CISLO", "Zákon 133/2000 Sb.: date, divisible by 11",
         number(r"[0-9][0-9]{5}/[0-9]{4}"), "736028/5163", "736028/5164", is_cz, marks="000000/0000"),
    _row("baltic-code", "BALTIC_CODE", "EVS 585:2007 (Estonia); Lietuva, asmens kodas",
         number(r"[1-8][0-9]{10}"), "37605030299", "37605030298", is_baltic),
    _row("ro-cnp", "RO_CNP", "Legea 105/1996: date, weights 279146358279",
         number(r"[1-8][0-9]{12}"), "1800101221144", "1800101221145", is_ro),
    _row("bg-egn", "BG_EGN", "ГРАО, ЕГН: date, weights 2 4 8 5 10 9 7 3 6",
         number(r"[0-9][0-9]{9}"), "EGN 6101057509", "EGN 6101057500",
         _sum_mod_11((2, 4, 8, 5, 10, 9, 7, 3, 6)), " egn "),
    _row("tr-national-id", "TR_NATIONAL_ID", "Nüfus ve Vatandaşlık İşleri: two check digits",
         number(r"[1-9][0-9]{10}"), "TCKN 10000000146", "TCKN 10000000147", is_tr),
    _row("br-cpf", "BR_CPF", "Receita Federal, CPF: two check digits",
         number(r"[0-9][0-9]{2}[.][0-9]{3}[.][0-9]{3}-[0-9]{2}"), "529.982.247-25", "529.982.247-26", is_br),
    _row("br-cnpj", "BR_CNPJ", "Receita Federal, CNPJ: two check digits",
         number(r"[0-9][0-9][.][0-9]{3}[.][0-9]{3}/[0-9]{4}-[0-9]{2}"), "11.222.333/0001-81",
         "11.222.333/0001-82", is_br_firm),
    _row("cn-identity", "CN_ID", "GB 11643-1999: date, ISO/IEC 7064 MOD 11-2",
         word(r"[1-9][0-9]{16}[0-9Xx]"), "11010519491231002X", "110105194912310021", is_cn),
    _row("kr-registration", "KR_RRN", "주민등록법: YYMMDD-SNNNNNN (foreigners 5 to 8)",
         number(r"[0-9][0-9]{5}-[0-9]{7}"), "960121-1021413", "960121-0021413", is_kr),
    _row("kr-registration-plain", "KR_RRN", "주민등록법, without hyphen",
         number(r"[0-9][0-9]{12}"), "RRN 9601211021413", "id 9601211021413", is_kr, " rrn| frn"),
    _row("in-aadhaar", "IN_AADHAAR", "UIDAI, Aadhaar: Verhoeff, never beginning with 0 or 1",
         number(r"[2-9][0-9]{3}([ :-])[0-9]{4}\1[0-9]{4}"), "3123 4567 8909", "3123 4567 8908", verhoeff),
    _row("in-aadhaar-plain", "IN_AADHAAR", "UIDAI, Aadhaar, without blanks",
         number(r"[2-9][0-9]{11}"), "Aadhaar 312345678909", "no. 312345678909", verhoeff, "aadhaar|uidai"),
    _row("in-gstin", "IN_GSTIN", "GSTN: state, PAN, entity, Z, check",
         word(r"[0-9][0-9][A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z]"), "27ABCDE1234F1Z5",
         "38ABCDE1234F1Z5", is_gstin_state, marks="00AAAAA0000A"),
    _row("in-pan", "IN_PAN", "Income Tax Department, PAN: fourth letter names the holder",
         word(r"[A-Z][A-Z]{2}[ABCFGHLJPT][A-Z][0-9]{4}[A-Z]"), "PAN ABCPD1234Z", "PAN ABCXD1234Z", None,
         " pan |income tax|permanent account", marks="AAAAA0000A"),
    _row("sg-nric", "SG_NRIC_FIN", "ICA, NRIC and FIN: letter modulus 11",
         word(r"[SFTGM][0-9]{7}[A-Z]"), "NRIC S2740116C", "S2740116D", is_sg),
    _row("th-tnin", "TH_TNIN", "Department of Provincial Administration, Thailand: modulus 11",
         number(r"[1-8][0-9]{12}"), "TNIN: 2345678901234", "id 2345678901234", is_th,
         " tnin|thai|citizen id"),
    _row("th-tnin-formatted", "TH_TNIN", "Department of Provincial Administration, with hyphens",
         number(r"[1-8]-[0-9]{4}-[0-9]{5}-[0-9]{2}-[0-9]"), "2-3456-78901-23-4", "2-3456-78901-23-5", is_th),
    _row("za-id", "ZA_ID_NUMBER", "Identification Act 68 of 1997: date, citizenship, Luhn",
         number(r"[0-9][0-9]{12}"), "South African ID 9202201234088", "time 9202201234088", is_za,
         "south afric| za | rsa |resident|id number"),
    _row("au-abn", "AU_ABN", "ABR, ABN format: modulus 89",
         number(r"[1-9][0-9] ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}"), "ABN 51 824 753 556",
         "ABN 51 824 753 557", is_au_abn, " abn |business number"),
    _row("au-tfn", "AU_TFN", "ATO, TFN: weights 1 4 3 7 5 8 6 9 10, modulus 11",
         number(r"[0-9][0-9]{2} ?[0-9]{3} ?[0-9]{3}"), "TFN 876543210", "TFN 876543211",
         lambda t: weighted(digits(t), (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0, " tfn |tax file"),
    _row("au-medicare", "AU_MEDICARE", "Services Australia, Medicare number: weights 1 3 7 9",
         number(r"[2-6][0-9]{3} ?[0-9]{5} ?[0-9]"), "Medicare 2123 45670 1", "Medicare 2123 45671 1",
         lambda t: weighted(digits(t)[:8], (1, 3, 7, 9) * 2) % 10 == digits(t)[8], "medicare"),
    _row("imei", "IMEI", "3GPP TS 23.003, 6.2.1: 15 digits, Luhn",
         number(r"[0-9][0-9]{14}"), "IMEI 490154203237518", "no. 490154203237518", luhn, "imei|device|ger?t"),
    _row("passport-announced", "PASSPORT", "ICAO Doc 9303-4, 4.2: up to nine letters and digits",
         word(r"[A-Z0-9][A-Z0-9]?[A-Z0-9]?[0-9]{6,8}[A-Z]?"), "passport no. X12345678", "part X12345678",
         None, "passport|reisepass|passnummer|pasaporte|passeport|passaporto|passnr"),
    _row("identity-announced", "NATIONAL_ID", "Wording of forms: a national, tax or social number by name",
         number(r"[0-9A-Z][0-9A-Z]?[0-9]{6,12}[0-9A-Z]?"), "National ID: 90125678X", "order 90125678X", None,
         "national id|identity number|identity card|identity code|id card|idcard|taxpayer|tax id|tax no"
         "|tax number|social sec|social insur|personal id|personal code|personal number|driver s lic"
         "|drivers lic|driver lic|driving lic|f?hrerschein|versicherungsnummer|sozialvers|krankenvers"
         "|kundennummer|personalnummer|patient id|patient nr|patienten"),
)
