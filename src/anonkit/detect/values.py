"""What a secret looks like: a value rather than a word about it, typed by somebody or drawn by a machine.

Each function takes the text of a candidate, whose place in the text or whose beginning says already
that a secret stands there, and says yes or no.
"""

# ruff: noqa: E501, RUF001, SIM905 - a list of words reads best unbroken
from __future__ import annotations

import math
import operator
import re
from typing import Final

from anonkit.detect.detector import LONG

# Words that stand behind "password:" in a message, in a form or in source code instead of one.
_NO_VALUE: Final = frozenset(
    """
    and are authentication bool boolean by can change changed char confirm const correct does empty
    enabled disabled error expired fail failed failure false field file for forgot found from
    function has hash hashed hidden if in incorrect input int invalid is ist length let login
    match mismatch missing must new nil no none not null object of off ok old on optional or policy
    protected redacted required reset s secret set should str string text the this to token too
    true type undefined unknown update updated user username valid value var void was weak will with
    without wrong yes you your abgelaufen abgelehnt falsch fehlt fehlgeschlagen geändert gesetzt
    leer nicht ok ungültig vergessen wurde zurückgesetzt filtered masked removed scrubbed omitted
    inconnu incorrect incorrecte invalide oublié expiré requis obligatoire incorrecta incorrecto inválida
    olvidada olvidado caducada requerida obligatoria incorreta errada expirada errata scaduta sbagliata
    dimenticata obbligatoria onjuist verkeerd vergeten verlopen verplicht forkert glemt feil fel glömt
    ogiltigt väärä błędne nieprawidłowe wymagane nesprávné neplatné hatalı yanlış gerekli
    chauthtok compat files sss
    password passwort kennwort passwd prompt expected protected async await self new return default
    """.split()
)
REFERENCE: Final = re.compile(
    r"[$%#@]\{|\$\(|\$\{|\{\{|\$[A-Za-z_]|%[A-Za-z_]{1,40}%|%[sdr@]|%\(|<[A-Za-z_/$%]|\[[A-Za-z]|\{[A-Za-z_}]|@@"
    r"|[A-Za-z_][\w.:]{0,80}\(|(?!\S{0,200}[0-9]{3})(?:[A-Za-z_]\w{0,60}(?:\.|->|::)){1,6}[A-Za-z_]\w{0,60}\Z"
    r"|[A-Za-z_][\w.]{0,80}\[|//|[*•.xX]{3,400}\Z|\.\.\.|(?i:your|example|placeholder|changeme|redacted|replace)[-_ ]"
    r"|-{3}|_{3}"
    # A directory, of `pwd` or of a file that holds the secret.
    r"|/(?:[a-z][a-z0-9._-]{1,30}/){1,8}[a-z0-9._-]{0,60}\Z"
    # What goes on behind a string that ends: `"password: " + value`, `'password = ' . $value`.
    r"|[+.&|]{1,2} ?(?:[$(]|new |[A-Za-z_][\w.]{0,80}[\[(])|, ?[A-Za-z_]\w{0,40} ?[:=]"
)


NOTHING: Final = frozenset({"null", "none", "nil", "undefined", "true", "false", "0", "1"})


# What a manual writes for a value: ACCESS_TOKEN.
CONSTANT: Final = re.compile(r"[A-Z]{2,20}(?:_[A-Z]{2,20}){1,4}\Z")
# Words and small numbers joined: DOC_Vector_5_32, nightly-2024-01-02; a call: passwd-file(
_WORDY: Final = re.compile(
    r"(?=.{0,60}[A-Za-z]{2})(?:[A-Za-z]{2,20}|[0-9]{1,4})(?:[_.-](?:[A-Za-z]{2,20}|[0-9]{1,4})){2,10}\Z"
    # Numbers of a run; an object of Java or Android, by its class and hash code; columns.
    r"|[a-z]{2,20}(?:-[a-z]{2,20}){1,3}\(|[0-9]{1,12}(?:_[0-9]{1,12}){1,4}\Z|[\w.$]{1,80}[@{][0-9a-f]{1,8}\Z|[^|]{0,40}\|[^|]{0,40}\|"
)
_FILLERS: Final = re.compile(r"[*•xX.=#?_-]{1,1000}\Z")
_QUOTES: Final = "\"'`\\ "


def is_value(text: str) -> bool:
    """Tell whether what stands behind a secret's label is a value, rather than a word about it."""
    bare = text.strip(_QUOTES)
    return (
        len(bare) > 1
        and bare.lower().strip(".!?:)") not in _NO_VALUE
        and REFERENCE.match(bare) is None
        and _FILLERS.match(bare) is None
    )


def is_typed(text: str) -> bool:
    """Tell whether what stands behind a flag or in a variable is a password: any word can be."""
    bare = text.strip(_QUOTES)
    return (
        len(bare) > 1
        and bare.lower() not in NOTHING
        and REFERENCE.match(bare) is None
        and _FILLERS.match(bare) is None
        and _PORTS.fullmatch(bare) is None
    )


# A port, or two of them: `docker run -p 8080:80`.
_PORTS: Final = re.compile(r"[0-9]{1,5}(?::[0-9]{1,5})?")
# hudson.util.Secret: what Jenkins encrypted, in braces, which elsewhere hold a variable.
JENKINS: Final = "{AQAA"


# What a manual writes for a user; anybody else may well have the password `secret`.
_ANYBODY: Final = frozenset({"user", "username", "name", "login", "usr", "benutzer"})


def is_login(text: str) -> bool:
    """Tell whether `user:password` on a command line is somebody's, rather than a manual's."""
    user, _, password = text.partition(":" if ":" in text else "%")
    known = user.lower() not in _ANYBODY and len(password) > 1
    return is_value(password) or (
        known and REFERENCE.match(password) is None and _FILLERS.match(password) is None
    )


# Shannon entropy per character: English words have up to 3, random hexadecimal digits 3 and more
# from 16 characters on; a digit besides letters tells most words from tokens.
_TOKEN_ENTROPY: Final = 2.8
_SHORTEST_TOKEN: Final = 8


# Entropy shows in the first characters already.
_SAMPLE: Final = 64
_WEIGHT: Final = (0.0, *(count * math.log2(count) for count in range(1, _SAMPLE + 1)))
_DIGIT: Final = re.compile("[0-9]")
_LETTER: Final = re.compile("[A-Za-z]")


def is_random(text: str) -> bool:
    """Tell whether a value looks drawn by a machine: long, mixed, of high entropy."""
    bare = text.strip(_QUOTES)
    if len(bare) < _SHORTEST_TOKEN or bare[0] in "/.":
        return False
    if not _DIGIT.search(bare) or (len(bare) < 16 and not _LETTER.search(bare)):  # noqa: PLR2004
        return False
    sample = bare[:_SAMPLE]
    counts = [sample.count(char) for char in set(sample)]
    bits = math.log2(len(sample)) - sum(map(_WEIGHT.__getitem__, counts)) / len(sample)
    if bits < _TOKEN_ENTROPY and (len(sample) <= 24 or len(counts) <= 5):  # noqa: PLR2004
        return False
    return "://" not in bare and not _WORDY.match(bare) and is_value(bare)


# Of a random text in letters of both cases and digits, every second character is of another kind than the
# one before it; of names that programmers write (`sendUtf8ToHttp2Stream`), hardly every third.
_SCRAMBLED: Final = 0.34
_KIND: Final = bytes(
    48 if 48 <= code <= 57 else 65 if 65 <= code <= 90 else 97 if 97 <= code <= 122 else 45  # noqa: PLR2004
    for code in range(256)
)
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\Z")
_FEWEST_DIGITS: Final = 3


def is_scrambled(text: str) -> bool:
    """Tell whether a value that nothing encloses looks drawn by a machine: no path, name or number."""
    kinds = text.encode("ascii", "replace").translate(_KIND)
    if kinds.count(b"0") < _FEWEST_DIGITS or not is_random(text):
        return False
    if _UUID.match(text):
        return True
    turns = sum(map(operator.ne, kinds, kinds[1:]))
    return turns >= _SCRAMBLED * len(kinds) and not text.isdigit()


# Manuals write `xxxx` or `****` where a reader is to put a secret.
# A token without any digit, hyphen or underscore is one in a thousand, and could be a word.
_MIXED: Final = re.compile(r"[0-9_-]")
FILLER: Final = re.compile(r"([xX*])\1{7}|\*{3}")


def is_filled_in(text: str) -> bool:
    """Tell whether the random part of a token is more than a placeholder."""
    return FILLER.search(text) is None and _MIXED.search(text) is not None


def has_digit_in_long_word(text: str) -> bool:
    """Tell whether some long word in a text, as random ones do, has a digit."""
    return any(len(part) >= LONG and any(map(str.isdigit, part)) for part in text.split("."))


def is_mixed_word(text: str) -> bool:
    """Tell whether a value has letters and other characters, and is no label."""
    letters = sum(map(str.isalpha, text))
    return 0 < letters < len(text) and not text.endswith((":", "=", "."))


# As many changes of kind (small letter, capital, digit) as a random text has; names have fewer.
_MIXED_TURNS: Final = 0.45
_FEWEST_EACH: Final = 3
_MOST_PAIRS: Final = 0.25
_THREE_KINDS: Final = bytes(
    48 if 48 <= code <= 57 else 65 if 65 <= code <= 90 else 97  # noqa: PLR2004
    for code in range(256)
)


def is_mixed(text: str) -> bool:
    """Tell whether capitals, small letters and digits alternate as in a random text, not `aAbBcC`."""
    kinds = text.encode("ascii", "replace").translate(_THREE_KINDS)
    low = text.lower()
    return (
        min(kinds.count(b"0"), kinds.count(b"A"), kinds.count(b"a")) >= _FEWEST_EACH
        and sum(map(operator.ne, kinds, kinds[1:])) >= _MIXED_TURNS * len(kinds)
        and sum(map(operator.eq, low, low[1:])) < _MOST_PAIRS * len(low)
    )


def is_slack(text: str) -> bool:
    """Tell whether a token of Slack has the number of a team, which samples in words lack."""
    return FILLER.search(text) is None and any(map(str.isdigit, text))
