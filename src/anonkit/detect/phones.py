"""Telephone numbers: the international form everywhere, national forms where they are unmistakable.

A national number without separators is only digits. It is taken for a number to call where a word
announces it, where a trunk prefix and the length say so, or where `phonenumberslite` (the extra
`phone`) knows the plan of the region that the caller names.
"""

# ruff: noqa: E501, SIM905 - a declaration and a list of words read best unbroken
from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Final

from anonkit.detect.checks import only_digits
from anonkit.detect.detector import Detector
from anonkit.detect.labels import after_label
from anonkit.detect.languages import TELEPHONES
from anonkit.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

# ITU-T E.164, List of assigned country codes (annex to Operational Bulletin 1117): one, two and three
# digits; a code is never the beginning of another.
_COUNTRY_CODES: Final = frozenset(
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 "
    "65 66 81 82 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 "
    "229 230 231 232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 "
    "253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 "
    "353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 379 380 381 382 383 385 386 387 "
    "389 420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 "
    "670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 800 808 850 "
    "852 853 855 856 870 878 880 881 882 883 886 888 960 961 962 963 964 965 966 967 968 970 971 972 "
    "973 974 975 976 977 979 992 993 994 995 996 998".split()
)


def is_international(text: str) -> bool:
    """Check country code and length (E.164, 6: at most 15 digits) of an international number."""
    if text.lower() != text.upper():  # there are letters
        text = _EXTENDED.sub("", text)
    # The trunk prefix in brackets is dialled only inside the country (E.123, 7).
    number = only_digits(text.replace("(0)", ""))
    if text.startswith("0"):
        number = number[2 if text.startswith("00") else 3 :]
    least = _LEAST.get(number[:1], 10 if text.startswith("0") else 8)
    return least <= len(number) <= _MOST and (
        number[:2] in _COUNTRY_CODES or number[:1] in _COUNTRY_CODES or number[:3] in _COUNTRY_CODES
    )


# E.164, 6: at most 15 digits. The shortest plans have 8 with the code; behind `00`, which other numbers
# begin with too, no shorter number is taken than most plans have. North America and Russia have 11.
_MOST: Final = 15
_LEAST: Final = {"1": 11, "7": 11}


def _count(low: int, high: int) -> re.Pattern[str]:
    return re.compile(rf"\D{{0,4}}(?:\d\D{{0,4}}){{{low},{high}}}\Z")


_FIVE_TO_15: Final = _count(5, 15)
_SEVEN_TO_15: Final = _count(7, 15)
_NINE_TO_12: Final = _count(9, 12)


def is_announced(text: str) -> bool:
    """Check the number of digits of a number that a word announces, and that it is no date."""
    # The trunk prefix may stand alone: `0 30 - 12 34 56 - 7`.
    text = _EXTENDED.sub("", text)
    singles = sum(len(group) == 1 for group in re.findall(r"\d+", text.removeprefix("0 ")))
    return _SEVEN_TO_15.match(text) is not None and not _DATE.match(text) and singles < 2  # noqa: PLR2004


def is_labelled(text: str) -> bool:
    """Check the number of digits of a number right behind its label: local numbers have five too."""
    return _FIVE_TO_15.match(text) is not None and not _DATE.match(text)


def is_encoded(text: str) -> bool:
    """Check country code and length of an international number whose blanks are encoded."""
    return is_international(re.sub(r"%(?:25)?20", "", text))


def is_trunk(text: str) -> bool:
    """Check the number of digits of a national number with its trunk prefix 0."""
    return _NINE_TO_12.match(text) is not None and not _DATE.match(text)


# A date, two years, a decimal fraction.
_DATE: Final = re.compile(
    r"(?:\d{4}([-/.])\d\d\1\d\d|\d\d?([-/.])\d\d?\2\d{4}|(?:19|20)\d\d[-/](?:19|20)\d\d|0\.\d{1,20})(?!\d)"
)


def national_finder(region: str) -> Detector:
    """Return the detector of national numbers of one region, by its numbering plan.

    Args:
        region: Two capital letters of ISO 3166-1: `DE`.

    Raises:
        PolicyError: phonenumberslite is not installed, or does not know the region.
    """
    try:
        plans: ModuleType = importlib.import_module("phonenumbers")
    except ImportError:
        raise PolicyError(
            "region", "needs phonenumberslite", hint="pip install 'anonkit[phone]'"
        ) from None
    if region not in plans.SUPPORTED_REGIONS:
        raise PolicyError("region", "is no region of ISO 3166-1 with a numbering plan")

    def is_national(text: str) -> bool:
        try:
            return bool(plans.is_valid_number(plans.parse(text, region)))
        except plans.NumberParseException:
            return False

    search = Detector(
        name="phone-region",
        type="PHONE",
        source="ITU-T E.164 national numbering plans, as libphonenumber keeps them",
        pattern=_NATIONAL,
        check=is_national,
        specimen="",
        false_friend="",
    ).searcher()

    def find(text: str) -> Iterator[tuple[int, int]]:
        yield from search(text, 0, len(text))

    return Detector(
        name="phone-region",
        type="PHONE",
        source="ITU-T E.164 national numbering plans, as libphonenumber keeps them",
        finder=find,
        least=(("0", 6),),
        gate="0",
        specimen=str(plans.example_number(region).national_number),
        false_friend="version 12 of 2024",
        priority=45,
    )


_GAP: Final = r"[ .\-/\u00a0\u202f]"
# RFC 3966, 5.3, and letters: an extension behind the number.
_EXTENSION: Final = r"(?: ?(?:x|X|ext\.?|Ext\.?|Durchwahl|Dw\.?)[ .:]?[0-9]{1,6})?"
_EXTENDED: Final = re.compile(r" ?(?:[xX]|[eE]xt|D)[^0-9]{0,10}[0-9]{1,6}\Z")
# Groups of digits, the trunk prefix in brackets, and at most two separators between them. A group is
# possessive, so that a long run of digits is taken apart in one way only.
_DIALLED: Final = r"(?:[0-9]{1,15}+|\(0\)|[ .\-/()\u00a0\u202f]{1,2}(?=[0-9(])){1,14}"
_NATIONAL: Final = (
    r"[0-9(](?<![0-9A-Za-z.:,_/+-][0-9(])(?:[0-9()]|[ .\-/](?=[0-9(])){5,24}[0-9]"
    r"(?![0-9A-Za-z]|[.,:/-][0-9])"
)

PHONE_KEYS: Final = (
    "tel", "tel.", "telefon", "telefonnr", "telefonnr.", "phone", "mobile", "mobil", "handy", "fax", "telefax", "cell",
    "msisdn", "durchwahl", *TELEPHONES,
)  # fmt: skip

PHONES: Final = (
    Detector(
        name="phone-international",
        type="PHONE",
        source="ITU-T E.164, 6; E.123, 7 (notation); RFC 3966 (tel: URI)",
        pattern=rf"[+](?<![0-9A-Za-z+][+])\(?[1-9]{_DIALLED}(?<=[0-9]){_EXTENSION}(?![0-9A-Za-z])",
        check=is_international,
        dense=True,
        specimen="call +49 (0)89 1234-5678 or tel:+1-201-555-0123",
        false_friend="+0200 a+12345678 +123456 begin",
        priority=58,
    ),
    Detector(
        name="phone-international-00",
        type="PHONE",
        source="ITU-T E.123, 7; international prefix 00 (E.164, annex A), in North America 011",
        pattern=rf"[0](?<![0-9A-Za-z.:,_-]0)(?:0{_GAP}?|11{_GAP})[1-9]{_DIALLED}(?<=[0-9])(?![0-9A-Za-z]|[.,:][0-9])",
        check=is_international,
        dense=True,
        specimen="Rückruf 0049 171 1234567, dial 011-82-10-1234-5678",
        false_friend="00012345600012 and 00.1234567",
    ),
    Detector(
        name="phone-north-america",
        type="PHONE",
        source="North American Numbering Plan, ATIS-0300055: NPA-NXX-XXXX",
        pattern=r"[2-9(1](?<![0-9A-Za-z._/+][0-9(])(?<![0-9]:[0-9(])(?<![0-9A-Za-z]-[0-9(])"
        r"(?:(?:(?<=1)[ .-]?\(|(?<=\())[0-9]{3}\)[ .-]?[0-9]{3}[ .-][0-9]{4}"
        r"|(?:(?<=1)[ .-][2-9]|(?<=[2-9]))[0-9]{2}[.-][0-9]{3}[.-][0-9]{4})"
        rf"{_EXTENSION}(?![0-9A-Za-z]|[.:-][0-9])",
        dense=True,
        specimen="(415) 555-0132, 1-555-123-1234, 269-541-4584x068",
        false_friend="123-456-7890 415-555-01321 1.2.415.555.0132 f(415) 555-0132",
    ),
    Detector(
        name="phone-encoded",
        type="PHONE",
        source="E.164 in a URL: RFC 3986, 2.1 (%2B is the plus sign), WHATWG URL, 5.2",
        pattern=r"[%](?:25)?2[bB](?P<value>[1-9][0-9]{0,2}(?:(?:\+|%(?:25)?20|-)?[0-9]{1,12}){1,6})(?![0-9A-Za-z])",
        check=is_encoded,
        marks=("%0",),
        hints=("%0b0", "%000b0"),
        specimen="tel=%2B491711234567&phone=%2B1%20415%20555%200100",
        false_friend="a%2B1 b%2B123456",
        priority=57,
    ),
    Detector(
        name="phone-area-code",
        type="PHONE",
        source="ITU-T E.123, 2.3 and 7: the area code in brackets, the subscriber's number behind it",
        pattern=r"[(](?<![0-9A-Za-z_)\]\\.][(]) ?(?:0[0-9]{1,4} ?\)[ -]?[0-9]{3,5}[ -]?[0-9]{3,5}"
        r"|[1-9][0-9]{1,2} ?\)[ -]?[0-9]{3,5}[ -][0-9]{4})(?![0-9A-Za-z]|[.,:/-][0-9])",
        check=is_trunk,
        dense=True,
        specimen="office (08) 8747 6301, (71) 4233-6306",
        false_friend="main(08) 8747 6301, (12) 30, (1) 12345678, (2020) 12345678",
        priority=44,
    ),
    Detector(
        name="phone-labelled",
        type="PHONE",
        source="vCard (RFC 6350, 6.4.1: TEL) and forms: a local number right behind its label",
        finder=after_label(
            PHONE_KEYS,
            r"(?:(?<!\0)\\{0,3}[\"'])?(?P<value>[0-9(](?:[0-9()]|[ ./\u00a0\u202f-]{1,2}(?=[0-9(])){3,20}[0-9])"
            r"(?![0-9A-Za-z]|[.,:][0-9])",
            is_labelled,
            below=is_labelled,
            alone=(
                "tel",
                "fax",
                "mobil",
                "mobile",
                "cell",
                "tel.",
                "portable",
                "gsm",
                "mob",
                "mob.",
                "puh",
                "puh.",
            ),
        ),
        marks=("=", ":"),
        keys=PHONE_KEYS,
        across=True,
        specimen='Phone: 62889, "fax": "20 12 34"',
        false_friend="phone: 4711, mobile: 2024-01-02, hotel: 62889",
        priority=45,
    ),
    Detector(
        name="phone-in-words",
        type="PHONE",
        source="Wording of feedback in English and German: whom to call, written in groups",
        pattern=r"[0-9](?<![0-9A-Za-z.,:/_+-][0-9])[0-9]{1,3}([ -])[0-9]{2,4}\1[0-9]{2,4}(?:\1[0-9]{2,4}){0,2}"
        r"(?![0-9A-Za-z]|[ -][0-9]|[.,:/][0-9])",
        check=is_announced,
        words=(
            " answering at ",
            " reach me ",
            " reached at ",
            " call ",
            " dial ",
            "erreichbar",
            "anrufen",
            "angerufen",
            " messages to ",
        ),
        dense=True,
        specimen="They are not answering at 78 651 450",
        false_friend="call 12 of 345, erreichbar seit 2024-01-02, call took 78 651 450 129 8 ns",
        priority=29,
    ),
    Detector(
        name="phone-trunk",
        type="PHONE",
        source="ITU-T E.164, annex A (trunk prefix 0); DIN 5008, 9.4",
        pattern=rf"[0(](?<![0-9A-Za-z.:,_/+-][0(])(?:(?<=0)|(?<=\()0)(?:(?:{_GAP}?\(|-)?[1-9][0-9]{{1,4}}"
        rf"(?:\){_GAP}?|{_GAP}{{1,3}})|[1-9][/-])[0-9]{{2,8}}(?:{_GAP}[0-9]{{1,5}}){{0,4}}(?![0-9A-Za-z]|[.,:/-][0-9]|:[A-Z])",
        check=is_trunk,
        dense=True,
        specimen="mobil 0171 1234567, (089) 123 456-78, 0532-123-45-67",
        false_friend="01-02-2020 0.12 345678 0123",
        priority=47,
    ),
    Detector(
        name="phone-trunk-plain",
        type="PHONE",
        source="ITU-T E.164, annex A; Bundesnetzagentur, Nummernplan (015, 016, 017: 11 or 12 digits)",
        pattern=r"[0](?<![0-9A-Za-z.:,_/+#-]0)(?:1[567][0-9]{8,9}|[2-9][0-9]{9})(?![0-9A-Za-z]|[.,:/-][0-9])",
        dense=True,
        specimen="unter 017112345678 erreichbar",
        false_friend="00012345600012 0123456789 017112345678.5",
        priority=30,
    ),
    Detector(
        name="phone-pairs",
        type="PHONE",
        source="ARCEP, Plan national de numérotation: ten digits, written as five pairs",
        pattern=r"[0](?<![0-9A-Za-z.:,_/+-]0)(?<![0-9A-Fa-f]{2} 0)[1-9](?:([ .])[0-9]{2})(?:\1[0-9]{2}){3}(?![0-9A-Za-z]|[.,:/-][0-9]| [0-9A-Fa-f]{2}(?![0-9A-Za-z]))",
        dense=True,
        specimen="appelez le 06 12 34 56 78 ou 01.23.45.67.89",
        false_friend="3f 06 12 34 56 78, 06 12 34 56 78 9a, 1.06.12.34.56.78",
        priority=31,
    ),
    Detector(
        name="phone-announced",
        type="PHONE",
        source="ITU-T E.164, 6; wording of letters and forms in English, German and neighbours",
        # What a web server says behind the request is its status and a size: `" 200 62894`.
        pattern=rf"[0-9(+](?<![0-9A-Za-z./_-][0-9(+])(?<![0-9]:[0-9(+])(?!(?<=\" [1-5])[0-9]{{2}} [0-9])"
        rf"(?:[0-9()]|{_GAP}{{1,3}}(?=[0-9(])){{6,24}}(?<=[0-9])"
        rf"{_EXTENSION}(?![0-9A-Za-z]|[.:][0-9])",
        check=is_announced,
        words=(
            " tel ",
            "telefon",
            " telephone",
            " telephon ",
            "t?l?phone",
            " phone ",
            " phones ",
            " phone?",
            "phonenumber",
            "smartphone",
            " mobil ",
            " mobile ",
            "mobilnummer",
            " handy",
            " fax",
            "telefax",
            " call me ",
            " callback",
            " cell ",
            "whatsapp",
            " sms ",
            "ckruf",
            "rufnummer",
            "hotline",
            " cep ",
            " gsm ",
            " tlf ",
            " puh ",
            "telef?no",
            "telefoon",
            " m?vil",
            "celular",
            "cellulare",
            " appelez",
            "num?ro est le",
        ),
        dense=True,
        specimen='Telefon: 5551234567, "phone_number": "09171234567", Fax 0 30 - 12 34 56 - 7',
        false_friend="phone 2024-01-02 tel 12",
        priority=46,
    ),
)
