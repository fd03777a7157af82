"""Whom a mail greets, who signs it, and whom it quotes.

A greeting and a closing formula stand at the beginning of a line, and the name behind them or on
the next line: these detectors look across line ends, as no others but that of private keys do.
"""

# ruff: noqa: E501, RUF001, SIM905 - a list of words reads best unbroken
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anonkit.detect.detector import SHORTEST_OPENING, Detector, any_case, fold
from anonkit.detect.gate import SET_OFF
from anonkit.detect.names import FULL_NAME, NAME_PART, PARTICLES, is_name, name_before

if TYPE_CHECKING:
    from collections.abc import Iterator


def _formulas(*rows: str) -> tuple[str, ...]:
    """Return the formulas of some rows, which part them by `|`, in lower case."""
    return tuple(formula for row in rows for formula in row.split("|"))


def _openings(formulas: tuple[str, ...]) -> tuple[str, ...]:
    """Return how lines with some formulas begin, for the gate, which asks for three characters."""
    begun = sorted(
        opening
        for one in set(map(fold, formulas))
        for opening in ((f"{one} ", f"{one},") if len(one) < SHORTEST_OPENING else (one,))
    )
    kept: list[str] = []
    for one in begun:  # in order, so what begins as another does stands behind it
        if not kept or not one.startswith(kept[-1]):
            kept.append(one)
    return tuple(kept)


# English, German, French, Spanish and Portuguese, Italian, Dutch, Nordic, Polish and Czech, Turkish.
_GREETINGS: Final = _formulas(
    "dear|hi|hello|hey|good morning|good afternoon|good evening",
    "sehr geehrter|sehr geehrte|lieber|liebe|hallo|moin|servus|grüezi|guten tag|guten morgen|guten abend",
    "bonjour|bonsoir|salut|cher|chère",
    "estimado|estimada|querido|querida|hola|buenos días|caro|cara|prezado|prezada|olá",
    "gentile|egregio|ciao|buongiorno|geachte|beste|hoi|hej|hei|kära|kære|bästa",
    "szanowny|szanowna|cześć|vážený|vážená|ahoj|merhaba|sayın|sevgili",
)
_TITLES: Final = (
    r"(?:Mrs?|Ms|Miss|Mx|Dr|Prof|Sr|Sra|Srta|Sig|Sig\.ra|Dott|Dipl\.-Ing)\.?|Herrn?|Frau|Madame|Monsieur"
    r"|Mme|Mlle|Señora?|Signora?|[Hh]eer|[Mm]evrouw|Pan(?:ie|i)?"
)
_CLOSINGS: Final = _formulas(
    "best regards|kind regards|warm regards|kindest regards|with kind regards|with best regards|regards",
    "best wishes|with best wishes|many thanks|thanks|thanks again|thanks in advance|thank you|cheers|best",
    "sincerely|yours sincerely|sincerely yours|yours faithfully|yours truly|respectfully",
    "mit freundlichen grüßen|mit freundlichen grüssen|mit freundlichen gruessen|mit besten grüßen",
    "mit freundlichem gruß|mit besten grüssen|freundliche grüße|freundliche grüsse|beste grüße|beste grüsse",
    "viele grüße|viele grüsse|liebe grüße|liebe grüsse|herzliche grüße|schöne grüße|grüße|grüsse|gruß|gruss",
    "mfg|lg|vg|cordialement|bien cordialement|salutations|bien à vous|amicalement",
    "saludos|saludos cordiales|un saludo|atentamente|atenciosamente|abraços",
    "cordiali saluti|distinti saluti|saluti|met vriendelijke groet|met vriendelijke groeten|groeten|mvg",
    "med vänliga hälsningar|vänliga hälsningar|med venlig hilsen|hilsen|mvh",
    "pozdrawiam|z poważaniem|s pozdravem|saygılarımla",
)
# Words that begin a line or a sentence in front of a name, and belong to nobody.
_NO_SENDER: Final = frozenset(
    "support service info team noreply postmaster mailer-daemon root admin mail rcpt vrfy".split()
)
_WORD: Final = r"[\w'’.-]{1,30}"
_NO_PREPOSITION: Final = r"(?!(?:at|by|for|from|in|of|on|to|via|with) )"
# Capitals of European scripts: Latin, Greek, Cyrillic; some small ones stand between them.
_ANY_CAPITAL: Final = "[A-ZÀ-ÖØ-ÞĀ-ŽΑ-ΩЀ-Я]"


def is_sender(name: str) -> bool:
    """Tell whether what stands before an address in a mail is a person's name."""
    return _NO_SENDER.isdisjoint(name.lower().replace(",", " ").split())


def _any_of(formulas: tuple[str, ...]) -> str:
    return "|".join(re.escape(one) for one in sorted(formulas, key=len, reverse=True))


_BEGINS: Final = rf"^[{re.escape(SET_OFF)}]{{0,12}}"
_NEXT_LINE: Final = r"[ \t]{0,8}\r?\n[ \t>]{0,12}"
_NAME: Final = rf"{NAME_PART}(?: {NAME_PART}){{0,2}}"
_GREETED: Final = re.compile(
    rf"{_BEGINS}(?i:{_any_of(_GREETINGS)})(?:(?P<title>(?: (?:{_TITLES})){{1,3}}(?: |{_NEXT_LINE})(?:{PARTICLES} ){{0,2}})| )"
    rf"(?P<value>{_NAME})(?=[ \t]{{0,3}}(?:[,!:;–-]|\. |\r?\n|(?(title)\Z|(?!))))",
    re.MULTILINE,
)
_SIGNED: Final = re.compile(
    rf"{_BEGINS}(?i:{_any_of(_CLOSINGS)})(?: (?:aus|from|de|da) \w{{1,30}})?"
    rf"(?:[,.!]{{0,3}}{_NEXT_LINE}(?:{_NEXT_LINE}){{0,2}}|,? )"
    r"(?:i\. ?[AV]\. ?|ppa\. |gez\. |Dr\. |Prof\. ){0,3}"
    rf"(?P<value>{FULL_NAME}|{NAME_PART})[ \t,]{{0,4}}\r?$",
    re.MULTILINE,
)


_INTRODUCTIONS: Final = _formulas(
    "this is|i am|i'm|i’m|hi, i'm|mijn naam is|meu nome é|nazywam się"
)
# Who says `this is` or `I am` of a person says where from.
_INTRODUCED: Final = re.compile(
    rf"{_BEGINS}(?i:{_any_of(_INTRODUCTIONS)}) (?P<value>(?:(?<=naam is )|(?<=nome é )|(?<=się )){_NAME}|{_NAME}(?= (?:from|of|at) ))",
    re.MULTILINE,
)


def find_introduced(text: str) -> Iterator[tuple[int, int]]:
    """Yield the names of those who introduce themselves at the beginning of a line."""
    return _names(text, _INTRODUCED)


def find_greeted(text: str) -> Iterator[tuple[int, int]]:
    """Yield the names behind a greeting at the beginning of a line, also on the next one."""
    return _names(text, _GREETED)


def find_signers(text: str) -> Iterator[tuple[int, int]]:
    """Yield the names that stand alone behind or below a closing formula."""
    return _names(text, _SIGNED)


_WROTE: Final = re.compile(
    r"(?: <[^\s<>]{1,80}>)? (?:wrote|(?:a|ha) (?:écrit|scritto)|escribió|schreef)[ \u00a0]?:"
)
_SCHRIEB: Final = re.compile(
    rf"{_BEGINS}(?i:am) [^\n]{{4,40}} schrieb (?P<value>{NAME_PART}(?: (?:{PARTICLES} )?{NAME_PART}){{1,3}})(?=[ :])",
    re.MULTILINE,
)


def find_quoted(text: str) -> Iterator[tuple[int, int]]:
    """Yield the names before `wrote:` above a quoted mail."""
    for match in _WROTE.finditer(text):
        name = name_before(text, match.start())
        if name is not None:
            yield name


def find_quoted_german(text: str) -> Iterator[tuple[int, int]]:
    """Yield the names behind `Am … schrieb` at the beginning of a line."""
    return _names(text, _SCHRIEB)


def _names(text: str, expression: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    for match in expression.finditer(text):
        if is_name(match["value"]):
            yield match.span("value")


MAILS: Final = (
    Detector(
        name="name-greeted",
        type="PERSON",
        source="DIN 5008, 12 (salutations) and their like in other languages, at the beginning of a line",
        finder=find_greeted,
        opens=_openings(_GREETINGS),
        across=True,
        specimen="Dear Ms\nSmith,\nHallo Sabine, wie geht es?\n> Hi Priya Raman!",
        false_friend="Dear Customer,\nHello World!\nHi there, Windows\nBeste Grüße\nHello,\nThe export",
        priority=40,
    ),
    Detector(
        name="name-of-introduction",
        type="PERSON",
        source="Wording of mails and calls, at the beginning of a line: this is, I am, mijn naam is, meu nome é, nazywam się",
        finder=find_introduced,
        opens=_openings(_INTRODUCTIONS),
        specimen="This is Laura Bergstrom from Leeds\nMijn naam is Pieter Jansen.",
        false_friend="This is Windows 11. I am Getting an error, This is Visual Studio",
        priority=38,
    ),
    Detector(
        name="name-below-closing",
        type="PERSON",
        source="DIN 5008, 13 (closing formulas) and their like in other languages: the name alone behind or below",
        finder=find_signers,
        opens=_openings(_CLOSINGS),
        across=True,
        specimen="Best regards,\n\nJohn Smith\nHead of Sales",
        false_friend="Thanks,\nThe update fixed it.\nBest regards,\nYour Support Team\nThanks\nVersion",
        priority=40,
    ),
    Detector(
        name="name-quoted",
        type="PERSON",
        source="Mail programs, above a quoted mail: On …, Jane Doe wrote; Le …, … a écrit; El …, … escribió; Op …, … schreef",
        finder=find_quoted,
        marks=(":",),
        keys=("wrote", "?crit", "escribi?", "scritto", "schreef"),
        specimen="On 5 March 2024, Walter Nkosi <w@example.org> wrote:",
        false_friend="the server wrote: 12 files, On Monday, Jenkins wrote: failed",
        priority=41,
    ),
    Detector(
        name="name-quoted-german",
        type="PERSON",
        source="Mail programs, above a quoted mail: Am … schrieb …",
        finder=find_quoted_german,
        opens=("am ",),
        specimen="> Am 05.03.2024 um 10:12 schrieb Sabine Krüger:",
        false_friend="Am Montag schrieb Zeile 3, am 5.3. schrieb der Dienst Daten",
        priority=41,
    ),
    Detector(
        name="name-of-sender",
        type="PERSON",
        source="RFC 5322, 3.4 (display-name before an angle-addr)",
        pattern=rf"(?P<value>{_ANY_CAPITAL}(?<![\w@]{_ANY_CAPITAL})[\w'’.-]{{0,30}}(?:,? {_NO_PREPOSITION}{_WORD}){{0,4}})\"? <(?=[^\s<>@]{{1,64}}@[^\s<>@]{{1,255}}>)",
        check=is_sender,
        marks=("<",),
        hints=("@",),
        specimen='From: "O\'Brien, Kevin" <kevin@example.org>, Łukasz Żółć <jane@example.org>',
        false_friend="Support Team <support@example.org>, List <String> a@b",
        priority=41,
    ),
    Detector(
        name="name-of-sender-encoded",
        type="PERSON",
        source="RFC 2047, 2 (encoded words) before an angle-addr, in Base64 or quoted-printable",
        pattern=r"[=]\?[\w-]{1,40}\?[BbQq]\?(?P<value>[^\s?\0]{2,400})(?=\?=(?: =\?[^\s?\0]{1,40}\?[BbQq]\?[^\s?\0]{1,400}\?=){0,4}\"? ?<[^\s<>@]{1,64}@)",
        marks=("=",),
        hints=("?b?", "?q?"),
        specimen="From: =?utf-8?B?SsO8cmdlbiBNw7xsbGVy?= <jm@example.org>",
        false_friend="Subject: =?UTF-8?Q?Neue_Version?= <b>",
        priority=42,
    ),
    Detector(
        name="name-of-signer",
        type="PERSON",
        source="DIN 5008, 14 (signatures): i. A., i. V., ppa., gez.",
        pattern=r"[.] (?:(?<=i\. A\. )|(?<=i\.A\. )|(?<=i\. V\. )|(?<=i\.V\. )|(?<=ppa\. )|(?<=gez\. ))"
        r"(?P<value>(?:Dr\. )?[A-ZÄÖÜ][\w'’-]{1,30}(?: [A-ZÄÖÜ][\w'’.-]{0,30}){1,2})",
        marks=(". A",),
        hints=("i. a. ", "i.a. ", "i. v. ", "i.v. ", "ppa. ", "gez. "),
        specimen="i. A. Sabine Krüger-Wolff, gez. Max Muster",
        false_friend="i. A. der Firma, gez. nicht lesbar",
        priority=41,
    ),
    Detector(
        name="name-of-closing",
        type="PERSON",
        source="DIN 5008, 13 (closing formulas) and their English like, first and last name on the same line",
        pattern=any_case("grüße[n]?", "gruß", "gruss", "gruesse[n]?", "regards", "wishes", "cheers", "sincerely")
        + rf"(?:,| -)? (?P<value>{FULL_NAME})",
        check=is_name,
        marks=("A A",),
        hints=("gr??e", "gru", "regards", "wishes", "cheers", "sincerely"),
        specimen="Viele Grüße, Max Mustermann",
        false_friend="Best regards from Test System, kind regards to all",
        priority=41,
    ),
)  # fmt: skip
