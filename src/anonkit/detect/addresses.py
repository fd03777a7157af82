"""Postal addresses: by the ending of a street, by what stands before it, or behind their label."""

# ruff: noqa: E501, RUF001 - a declaration reads best unbroken
from __future__ import annotations

import re
from typing import Final

from anonkit.detect.detector import Detector, word
from anonkit.detect.labels import after_label
from anonkit.detect.languages import ADDRESSES as ADDRESS_KEYS
from anonkit.detect.names import CAPITAL

# UPU S42: the postcode, with the country before it or not, and the town, with what belongs to its name.
_TOWN: Final = (
    rf"(?:[A-Z]{{1,2}}-)?[0-9]{{2,5}}(?:[ -][0-9]{{2,3}})?(?: [A-Z]{{2}})? {CAPITAL}[\w'’-]{{1,30}}"
    rf"(?: (?:am|an der|im|bei|de|la|sur|do|{CAPITAL}[\w'’-]{{1,24}})(?![\w:=])){{0,3}}"
)
_HOUSE: Final = re.compile(r"(?<![\w-])[0-9]{1,4}(?![0-9])")


def has_house(text: str) -> bool:
    """Tell whether a labelled address has a number before its postcode."""
    street, _, _ = text.rpartition(",")
    return _HOUSE.search(street) is not None


ADDRESSES: Final = (
    Detector(
        name="address-german",
        type="ADDRESS",
        source="DIN 5008, 10 (postal addresses): street with its ending, house number; Dutch and Swedish ones",
        pattern=r"[A-ZÄÖÜ](?<![\w][A-ZÄÖÜ])(?!peicherplatz|rbeitsplatz|tellplatz|arkplatz)(?:[^\W\d_]|[.-]){1,30}(?:(?<=traße)|(?<=trasse)|(?<=[Ss]tr\.)|(?<=weg)"
        r"|(?<=platz)|(?<=allee)|(?<=gasse)|(?<=straat)|(?<=gracht)|(?<=gatan)|(?<=vägen))"
        rf" [0-9]{{1,4}} ?[a-z]?(?![\w.])(?:, ?{_TOWN})?",
        marks=("A 0", ". 0", "- 0"),
        hints=(
            "tra?e 0",
            "sse 0",
            "str. 0",
            "weg 0",
            "platz 0",
            "allee 0",
            "straat 0",
            "gracht 0",
            "gatan 0",
            "v?gen 0",
        ),
        specimen="wohnhaft Musterstraße 12 a, 12345 Berlin, Hoofd-Str. 3",
        false_friend="Speicherplatz 12, Stapelplatz 4.2",
        priority=45,
    ),
    Detector(
        name="address-english",
        type="ADDRESS",
        source="USPS Publication 28, 231 and appendix C1 (street suffixes); Royal Mail PAF",
        pattern=word(
            r"[0-9][0-9]{0,4}[A-Z]? (?:[NSEW]\.? )?(?:[A-Z][a-z]{1,20} ){1,3}"
            r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Parkway|Pkwy"
            r"|Square|Sq|Terrace|Ter|Place|Pl|Highway|Hwy|Way)\b\.?"
            r"(?: (?:NW|NE|SW|SE))?(?:,? (?:Apt|Suite|Ste|Unit|Floor|#)\.? ?\w{1,5})?"
            r"(?:,? [A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20}){0,2},? (?:[A-Z]{2},? [0-9]{5}(?:-[0-9]{4})?|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}))?"
        ),
        marks=("0 A A", "0A A A", "0 A. A", "0A A. A"),
        specimen="ship to 1600 Pennsylvania Avenue NW, Washington, DC 20500 now",
        false_friend="12 Errors Found, 200 OK, 3 steps on the way",
        priority=45,
    ),
    Detector(
        name="address-french",
        type="ADDRESS",
        source="AFNOR NF Z 10-011 (postal addresses): number, kind of street, name, postcode and town",
        pattern=r"[0-9](?<![\w.,:/-][0-9])[0-9]{0,3}(?: ?(?:bis|ter|quater))?,? (?i:rue|avenue|boulevard|quai) [^\n\0,;:()\"<>=]{2,40}"
        rf"(?:, ?{_TOWN})",
        marks=("0 A", "0A"),
        hints=("rue ", "avenue ", "boulevard ", "quai "),
        specimen="45 rue des Lilas, 31000 Toulouse",
        false_friend="1 rue, 2 valeurs; 12 true positives, 31000 Rows",
        priority=45,
    ),
    Detector(
        name="address-labelled",
        type="ADDRESS",
        source="UPU S42 (postal addresses) behind their label: street and number, a comma, postcode and town",
        finder=after_label(
            ADDRESS_KEYS,
            r"(?:(?<!\0)\\{0,3}[\"'])?(?P<value>[^\W_][^\n\0,;:\"<>=()]{2,50}(?:, ?[^\n\0,;:\"<>=()]{1,20}){0,2}"
            rf", ?{_TOWN})",
            has_house,
            below=has_house,
        ),
        marks=("=", ":"),
        keys=ADDRESS_KEYS,
        across=True,
        specimen="Anschrift: Am Alten Markt 7, 24103 Kiel",
        false_friend="address: 0x7ffe12, size 12 Bytes; Adresse: Kiel, 24103 Kiel",
        priority=46,
    ),
)
