"""What people write of themselves in mails and tickets, in German and English: accounts, passwords, codes."""

# ruff: noqa: E501, SIM905 - a declaration and a list of words read best unbroken
from __future__ import annotations

from typing import Final

from anonkit.detect.detector import Detector, any_case
from anonkit.detect.labels import after_label
from anonkit.detect.people import is_user
from anonkit.detect.values import is_value

# What is said of a user name, and is none.
_SAID: Final = frozenset(
    "a already always blocked correct disabled expired falsch gesperrt in invalid kein locked missing"
    " never nicht no not now still the unbekannt ungültig unknown weg wrong".split()
)


def is_written_user(name: str) -> bool:
    """Tell whether what follows `my user name is` is a name."""
    return name.lower().rstrip(".") not in _SAID and is_user(name)


def is_written_password(text: str) -> bool:
    """Tell whether what stands in quotes is a password, rather than what stands between two quotes."""
    return not text[0].isspace() and is_value(text)


CODE_KEYS: Final = (
    "cvv", "cvc", "cvv_code", "security code", "security_code", "otp", "one-time code", "tan", "mtan", "smstan",
    "one_time_code", "verification code", "verification_code", "passcode",
)  # fmt: skip

LETTERS: Final = (
    Detector(
        name="user-in-words",
        type="USERNAME",
        source="Wording of support mail: my user name is, mein Benutzername lautet",
        pattern=any_case("mein", "my", "ihr", "his", "her", "sein", "your", "unser", "our")
        + r" (?i:user ?name|user ?id|benutzername|benutzerkennung|login(?:name)?|anmeldename|account name|kennung)"
        r" (?:is|ist|lautet|war|was):? [\"'“„]?(?P<value>\w[\w.@\\$+-]{1,63}(?<![.]))",
        check=is_written_user,
        hints=("name ", "user id ", "userid ", "login ", "kennung "),
        specimen="my username is kobrien, Mein Benutzername lautet skrueger",
        false_friend="my username is not working, the user name is wrong",
        priority=40,
    ),
    Detector(
        name="user-of-domain",
        type="USERNAME",
        source="[MS-ADTS], 5.1.1.1.1: down-level logon names (DOMAIN\\user)",
        pattern=r"[A-Z](?<![\w\\/:.-][A-Z])[A-Z0-9-]{1,14}(?<!HKLM)(?<!HKCU)\\{1,2}(?P<value>[A-Za-z][\w.-]{1,32}(?<![.]))(?![\\\w])",
        check=is_user,
        words=(" domain ", " domain?", "dom?ne ", " user", " benutzer", " account", " konto ", " login", " logon", " logged", " anmeld"),
        marks=("A\\", "0\\"),
        specimen="Domäne MUSTER\\skrueger, account CORP\\jdoe logged on",
        false_friend="user of HKLM\\Software, account BUILTIN\\root, App\\Models",
        priority=39,
    ),
    Detector(
        name="passphrase-in-words",
        type="SECRET",
        source="CWE-532; wording of support mail: a quoted password may hold blanks",
        pattern=any_case(r"pass(?:word|wort|phrase|code)", "kennwort")
        + r"(?: (?:is|ist|war|was|lautet)(?: now| jetzt)?)?:? [\"“„'](?P<value>[^\"“”„'\n\0\[]{3,80})[\"”“']",
        check=is_written_password,
        hints=("pass", "kennw"),
        specimen='Password is "correct horse battery staple", Kennwort lautet „Winter im Mai“',
        false_friend='the password is wrong, "quoted"',
        priority=61,
    ),
    Detector(
        name="short-code",
        type="SECRET",
        source="ISO 9564-1 (PIN, 4 to 12 digits); ISO/IEC 7813 (card verification)",
        pattern=r"[PCT](?<![\w-][PCT])(?<!IO [PCT])(?:(?<=P)IN|(?<=C)V[VC]2?|(?<=T)AN)(?:[:=] ?| (?:is|ist|lautet):? | )(?P<value>[0-9]{3,12})(?![\w.,]?[0-9A-Za-z])",
        marks=("A: 0", "A 0", "A:0", "A=0"),
        hints=("pin", "cvv", "cvc", "tan"),
        specimen="PIN: 4711, CVV 123",
        false_friend="PIN 13, TAN 9, GPIO PIN 123",
        priority=40,
    ),
    Detector(
        name="short-code-labelled",
        type="SECRET",
        source="ISO/IEC 7813 (card verification), RFC 6238 (one-time passwords): three to twelve digits behind a label",
        finder=after_label(
            CODE_KEYS,
            r"(?:(?<!\0)\\{0,3}[\"'])?(?P<value>[0-9]{3,12})(?![\w.,:-]?[0-9A-Za-z])",
            lambda _text: True,
            alone=CODE_KEYS,
        ),
        marks=("=", ":"),
        keys=CODE_KEYS,
        specimen='{"cvv": "123"} otp=123456',
        false_friend="pin: 17, cvc: 12.5, spin: 4711, otp: disabled",
        priority=41,
    ),
    Detector(
        name="staff-number",
        type="NATIONAL_ID",
        source="DIN 5008 and HR forms: Personalnummer; employee number",
        pattern=any_case(
            r"personal(?:nummer|-?nr\.?)", r"mitarbeiter(?:nummer|-?nr\.?)",
            r"employee (?:id|number|no\.?)", r"staff (?:id|number|no\.?)",
        )
        + r"(?:: ?| (?:is|ist|lautet) | )#?(?P<value>[A-Z]{0,3}-?[0-9]{3,12})(?![\w-])",
        marks=("0",),
        hints=("personal", "mitarbeiter", "employee ", "staff "),
        specimen="Personalnr. 004711, employee id: E-48213",
        false_friend="employee id missing, Personalnummer 12",
        priority=40,
    ),
)  # fmt: skip
