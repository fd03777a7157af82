"""Names of people, where a word announces them: a label, a title, a verb.

Nothing about a name itself says that it is one: it is two capitalized words, or one behind what only
stands before names. What nobody announces stays: `docs/limits.md` says how much that is.
"""

# ruff: noqa: E501, SIM905, RUF001 - a declaration and a list of words read best unbroken
from __future__ import annotations

import re
from typing import Final

from anonkit.detect.detector import Detector, any_case
from anonkit.detect.labels import after_label
from anonkit.detect.languages import NAMES, PARTS_OF_NAMES
from anonkit.detect.people import is_user

# Words that stand where a name could, and are none: of programs, of forms, of those whom a mail is
# sent to or by.
_NO_NAME: Final = frozenset(
    """
    Abteilung Account Address Admin Administrator Admins AG Aktiv All Alla Alle Andere Anonymous
    Application Best Bitte Boolean Care City Class Client Clients Co Code Colleague Colleagues Column
    Commons Community Company Contracts Corp Country Created Customer Customers Damen Data Database Date
    Default Department Description Desk Details Device Diary Direktion Dispatch Division Email Empty
    Equipe Equipo Error Everybody Everyone Exception Failed False Fax Field File Folks Found Foundation
    Friend Friends Full Function General Geschäftsleitung GmbH Group Gruppe Guest Guys Help Helpdesk
    Herren Home Id Ihr Ihre Inc Info Internal Invalid Java Job Key Klantenservice Kollegen Kolleginnen
    Kunde Kunden Kundenbetreuung Kundendienst Kundenservice Kundin Last Legal Leitung Limited Linux
    Local Login Ltd Madam Main Management Manager Message Method Microsoft Missing Modified Module Monde
    Mondo Mundo Name New No None Not Null Number Object Office Online Operator Other Page Partner
    Partners Password Phone Please Portal Product Project Public Query Queue Reader Required Role Root
    Sales Security Server Service Services Servicio Set Sir Sirs Size Software Soporte Staff State
    Status String Summary Support Supportteam System Systems Table Team Technical Test The This Thread
    Title Tous True Tutti Type Unknown Updated User Username Users Value Version Vertrieb Web Welt
    Windows World You Your Zusammen Équipe
    """.split()
)
# Words that no name begins with.
_NO_BEGINNING: Final = frozenset(
    "Das Der Die Groeten Gruss Gruß Grüsse Grüße Regards Wünsche".split()
)


_TITLES: Final = frozenset(
    "Dipl Dott Dr Frau Herr Herrn Ing Miss Mme Mr Mrs Ms Prof Sig Sr Sra".split()
)


def is_name(text: str) -> bool:
    """Tell whether capitalized words can be somebody's name."""
    words = _BETWEEN_NAMES.split(text)
    return text not in _TITLES and words[0] not in _NO_BEGINNING and _NO_NAME.isdisjoint(words)


# Groups, containers and authorities of directories, and names of servers.
_LISTED: Final = frozenset(
    "Admins Authority Backup CA Certificate Computers Configuration Controllers Distribution Domain Enterprise"
    " Foreign Global Groups Issuing List Operators Policy Printers Read Replication Schema Secure Signing"
    " Trust Trusted Universal Write".split()
)


def is_listed(text: str) -> bool:
    """Tell whether what a directory calls by a common name is a person."""
    return is_name(text) and is_user(text) and _LISTED.isdisjoint(text.split())


_BETWEEN_NAMES: Final = re.compile("[ .,-]")


# A capitalized word of a name, in any European script: O'Brien, Müller-Lüdenscheidt, Čapek.
CAPITAL: Final = "[A-ZÀ-ÖØ-ÞĀ-Ž]"
NAME_PART: Final = rf"(?:[DLO]['’])?{CAPITAL}[a-zß-öø-ÿā-ž]{{1,24}}(?:['’-]?{CAPITAL}[a-zß-öø-ÿā-ž]{{1,24}}){{0,2}}"
_JOIN: Final = r"(?: (?:von|van|de|der|den|zu|zum|di|da|du|des|do|dos|das|del|della|la|le|lo|al|el|af|av|ter|ten|bin|ben|ibn|[ey]|[A-Z]\.))"
# A word with a sign behind it is the next label.
_ENDS: Final = r"(?![a-zß-öø-ÿā-ž]|[ \t]?[:=])"
# First and last name; initials may stand for the first.
FULL_NAME: Final = rf"(?:{NAME_PART}(?:{_JOIN}{{0,2}} {NAME_PART}{_ENDS}){{1,3}}|(?:[A-Z]\.[ -]?){{1,3}}{NAME_PART}{_ENDS})"
# What parts a name from what stands before it, and how much of that is looked at.
_PARTS: Final = re.compile(r"[|\t,;<>\"'():\n\0]")
_LONGEST_NAME: Final = 80
_MOST_WORDS: Final = 5
_IS_FULL_NAME: Final = re.compile(FULL_NAME).fullmatch


def name_before(text: str, end: int) -> tuple[int, int] | None:
    """Return where the name of two or more words is that ends at a place, or a blank before it."""
    before = text[max(0, end - _LONGEST_NAME) : end]
    end -= len(before) - len(before.rstrip(" \"'"))
    words = _PARTS.split(before.rstrip(" \"'"))[-1].split(" ")
    for count in range(min(_MOST_WORDS, len(words)), 1, -1):
        name = " ".join(words[-count:])
        if _IS_FULL_NAME(name) and is_name(name):
            return end - len(name), end
    return None


# The last name may stand first, behind it a comma.
_NAME: Final = (
    rf"{NAME_PART}(?:,{_JOIN}{{0,2}} ?{NAME_PART}{_ENDS}(?!\.)|{_JOIN}{{0,2}} {{1,2}}{NAME_PART}{_ENDS})?"
    rf"(?:{_JOIN}{{0,2}} {{1,2}}{NAME_PART}{_ENDS}){{0,2}}"
)
# What a last name may begin with in small letters. `der` alone would be `Herr der Ringe`.
PARTICLES: Final = "(?:v[ao]n de[rn]|de la|v[ao]n|vom|zu|ter|di|de|da)"
# As it is spoken: a comma ends it.
_SPOKEN: Final = rf"(?:{PARTICLES} )?{NAME_PART}(?:{_JOIN}{{0,2}} {NAME_PART}){{0,3}}"
NAME_KEYS: Final = (
    "vorname", "nachname", "familienname", "zuname", "rufname", "geburtsname", "full name", "full_name",
    "fullname", "full-name", "first name", "first_name", "firstname", "first-name", "last name",
    "last_name", "lastname", "last-name", "given name", "given_name", "givenname", "family name",
    "family_name", "familyname", "surname", "nickname", "contact name", "contact_name", "customer name",
    "customer_name", "customername", "patient name", "patient_name", "employee name", "employee_name",
    "display name", "display_name", "displayname", "ansprechpartner", "ansprechpartnerin", "bearbeiter",
    "bearbeiterin", "kunde", "kundin", "kontakt", "kontaktperson", "patient", "patientin", "mitarbeiter",
    "mitarbeiterin", "employee", "contact", "inhaber", "inhaberin", "absender", "absenderin",
    "reported by", "owned by", "author", "contact person", "account holder", "cardholder", "cardholder name",
    "signed by", *PARTS_OF_NAMES,
)  # fmt: skip
# Behind these stands more than people: two names must follow.
FULL_NAME_KEYS: Final = (
    "name", "attn", "reporter", "assignee", "assigned to", "requested by", "submitted by", "approved by", "created by",
    "operator", "sent by", "gesendet von", "erstellt von", "angelegt von", "gemeldet von", *NAMES,
)  # fmt: skip
NAMED: Final = (
    Detector(
        name="name-announced",
        type="PERSON",
        source="Labels of forms and tickets in German and English (vCard RFC 6350, 6.2: FN, N)",
        finder=after_label(
            NAME_KEYS, rf"(?:(?<!\0)\\{{0,3}}[\"'])?(?P<value>{_NAME})", is_name, below=is_name
        ),
        marks=("=", ":"),
        keys=NAME_KEYS,
        across=True,
        specimen="Ansprechpartner: Max Mustermann, Nachname: Müller",
        false_friend="Kunde: System, Nachname: unbekannt, first_name: String",
        priority=42,
    ),
    Detector(
        name="name-labelled",
        type="PERSON",
        source="The label `Name`, `Nom`, `Nombre` and the like alone: two or more capitalized words must follow it",
        finder=after_label(
            FULL_NAME_KEYS,
            rf"(?:(?<!\0)\\{{0,3}}[\"'])?(?P<value>{FULL_NAME})",
            is_name,
            alone=FULL_NAME_KEYS,
            below=is_name,
            unless=tuple(f"{letter} name" for letter in "abcdefghijklmnopqrstuvwxyz0123456789"),
        ),
        marks=("=", ":"),
        keys=FULL_NAME_KEYS,
        across=True,
        specimen='{"name": "Amy Wong"}; Name: Max von Mustermann',
        false_friend="Thread name: Main Queue, Name: Crash-Tester, file name: Foo Bar",
        priority=41,
    ),
    Detector(
        name="name-in-directory",
        type="PERSON",
        source="RFC 4519, 2.3 (cn), RFC 4514: a name of two words, or a login, before a unit, organization or country",
        finder=after_label(
            ("cn",),
            rf"(?P<value>{FULL_NAME}|{NAME_PART}\\{{1,2}}, ?{NAME_PART}(?: {NAME_PART})?"
            r"|[\w.-]{2,64}(?=[,+] ?(?i:ou)=(?i:people|users|staff|employees|benutzer|mitarbeiter|personen)))"
            r"(?=[,+] ?(?i:ou|o|l|c|st|uid|dc|mail|e|emailaddress|serialnumber)=)",
            is_listed,
            alone=("cn",),
        ),
        marks=("=",),
        keys=("cn",),
        specimen="cn=John Smith,ou=People,dc=example CN=Weber\\, Anna,OU=Staff cn=jdoe,ou=people",
        false_friend="CN=Domain Admins,CN=Users,DC=corp cn=admin,cn=config CN=Example Root CA,O=Example cn=x,ou=groups",
        priority=41,
    ),
    Detector(
        name="name-title",
        type="PERSON",
        source="DIN 5008, 12 (forms of address); English courtesy titles",
        pattern=r"[HFM](?<![\w][HFM])(?:(?<=H)errn?|(?<=F)rau|(?<=M)rs?)"
        rf"(?: (?:Dr|Prof|med|Dipl|Ing)\.(?:-Ing\.)?){{0,3}} (?P<value>{_SPOKEN})",
        check=is_name,
        marks=("A A",),
        hints=("herr", "frau ", "mr ", "mrs "),
        specimen="Sehr geehrter Herr Dr. Müller-Lüdenscheidt, Mrs Jane Doe",
        false_friend="Herr der Ringe, Frau am Steuer, mr. nobody",
        priority=41,
    ),
    Detector(
        name="name-title-romance",
        type="PERSON",
        source="French, Italian, Spanish and Dutch courtesy titles",
        pattern=r"[MSD](?<![\w][MSD])(?:(?<=M)(?:me|adame|onsieur|evrouw)|(?<=S)(?:ig\.(?:ra|na)?|ignora?|eñora?|ra\.)|(?<=D)hr\.) "
        rf"(?P<value>{_SPOKEN})",
        check=is_name,
        marks=("A A", "A. A"),
        hints=("mme ", "adame ", "sieur ", "sig.", "signor", "se?or", "evrouw ", "dhr. ", "sra. "),
        specimen="Mme Zoé Le Goff, Sig.ra Esposito, Señor Ruiz",
        false_friend="Mme la directrice, Sr. Engineer, Signor dei tortelli",
        priority=41,
    ),
    Detector(
        name="name-title-abbreviated",
        type="PERSON",
        source="English courtesy and academic titles with a full stop",
        pattern=rf"[.](?:(?<=\bDr\.)|(?<=\bMr\.)|(?<=\bMrs\.)|(?<=\bMs\.)|(?<=\bProf\.)) (?P<value>{_SPOKEN})",
        check=is_name,
        marks=("A. A",),
        hints=("dr. ", "mr. ", "mrs. ", "ms. ", "prof. "),
        specimen="seen by Dr. Robert Chen today",
        false_friend="The end. We are done, Dr. who",
        priority=41,
    ),
    Detector(
        name="name-introduced",
        type="PERSON",
        source="Wording of feedback: my name is, ich heiße, je m'appelle, me llamo, mi chiamo",
        pattern=any_case(
            r"name is",
            r"name ist",
            r"ich heiß?s?s?e",
            r"je m['’]appelle",
            r"m(?:e llam|i chiam|e cham)o",
        )
        + rf" (?P<value>{_SPOKEN})",
        check=is_name,
        marks=("A",),
        hints=(
            "name is",
            "ich hei",
            "appelle ",
            "llamo ",
            "chiamo ",
            "chamo ",
        ),
        specimen="my name is Mike, ich heiße Anna Schmidt, je m'appelle Zoé",
        false_friend="the name is taken, Name is Unknown",
        priority=38,
    ),
    Detector(
        name="name-told",
        type="PERSON",
        source="Wording of tickets: who reported, sent or asked; colleagues; first and last name",
        pattern=any_case(
            r"re(?:ported|quested) by",
            r"s(?:ubmitted|ent) by",
            r"opened by",
            r"raised by",
            r"approved by",
            r"colleague",
            r"kolleg(?:e|in)",
            r"ge(?:sendet|meldet) von",
            r"a(?:ngelegt) von",
            r"erfasst von",
        )
        + rf" (?P<value>{FULL_NAME})",
        check=is_name,
        marks=("A A",),
        hints=(" by ", "kolleg", "colleague ", "t von "),
        specimen="Reported by Nadia Haddad, my colleague Bernd Hoffmann, gesendet von Maren Vogt",
        false_friend="Reported by Sentry, powered by Apache Tomcat, sent by Mail Service, assigned to Queue 7",
        priority=38,
    ),
)
