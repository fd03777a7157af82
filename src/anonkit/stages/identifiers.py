"""Does a piece of text in a URL carry an identifier, or is it a word that the site's authors wrote?

Told by its form alone: numbers, digests, tokens, addresses, and what stands behind a word for
people. A name that looks like a word is not told.
"""

from __future__ import annotations

import re
import unicodedata


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


# Characters after decoding: no word or slug in the logs we looked at is longer.
LONGEST_SEGMENT = 64

PIECES = re.compile(r"[/\\:,|\s]+")

# Rules for one piece of a segment; each bounded, because a piece has at most 64 characters.
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d{4}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(
    r"(?<![^\W_])(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?(?![^\W_])"
)
_TELEPHONE = re.compile(r"\d{7}")
_BETWEEN_DIGITS = str.maketrans("", "", " ()+-./")  # how telephone numbers are grouped
_ADDRESS = re.compile(r"\d(?:[.-]\d{1,3}){3}")
_HEX = re.compile(r"[0-9A-Fa-f]{8,}")
_RUN = re.compile(r"[A-Za-z0-9]{8,}")
_LONG_RUN = re.compile(r"[A-Za-z0-9_-]{20,}")  # with the separators of base64url, RFC 4648
_CHANGE = re.compile(r"(?<=[a-z])[A-Z0-9]|(?<=[A-Z])[a-z0-9]|(?<=[0-9])[A-Za-z]")
_MOST_DIGITS = 6  # `200x200` is a size; a seventh digit outside a date is a phone or a card number
_LONGEST_NUMBER = 2  # digits of a page or a month; three already count people
_LONG_WORD = re.compile(r"[^\W\d_]{41}")  # the longest German compounds in use have 40 letters
_LONGEST_HEX_WORD = 15  # `effaced`, `fabaceae`: letters only, and far from 16 of them

# Words whose next segment names a person.
PERSONS = words(
    "account accounts author authors autor autoren benutzer client clients contact contacts "
    "customer customers employee employees guest guests home homes kunde kunden member members "
    "mitarbeiter mitglied mitglieder nutzer owner owners patient patienten patients people person "
    "persona personen personnel persons profil profile profiles staff student students "
    "subscriber subscribers teacher teachers u user username users"
)
# Words that follow a person word and name nobody; the person words themselves do too.
WORDS = PERSONS | words(
    "activate add admin all api archive avatar avatars batch bulk change confirm count create "
    "current dashboard default delete details edit export feed forgot import index info invite "
    "list login logout main me my new notifications orders overview password preferences recover "
    "register reset roles search self settings show signin signout signup sitemap stats status "
    "summary update upload verify view anmelden abmelden neu suche uebersicht"
)


def identified(text: str, *, person: bool = False) -> bool:
    """Tell whether a decoded segment carries an identifier.

    Args:
        text: The segment, decoded.
        person: The segment before it is one of PERSONS.
    """
    # Full-width letters, digits and signs say the same as their plain forms.
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if len(text) > LONGEST_SEGMENT or "@" in text or "=" in text or text.count(":") > 1:
        return True
    if _TELEPHONE.search(_DATE.sub("", text, count=2).translate(_BETWEEN_DIGITS)):
        return True
    for piece in PIECES.split(text):
        if not piece:
            continue
        word = piece.lower()
        if (person and word not in WORDS) or _identifies(piece):
            return True
        person = word in PERSONS
    return False


def _identifies(piece: str) -> bool:
    if piece.isalpha() and len(piece) < 8:  # noqa: PLR2004 - shorter than any run below
        return False
    if piece.isdecimal():
        return len(piece) > _LONGEST_NUMBER and not _YEAR.fullmatch(piece)
    # Two: a span of years. A third is a number written in fours, such as a card's.
    rest = _DATE.sub("", piece, count=2)
    return bool(
        piece.startswith("~")
        or _NUMBER.search(rest)
        or len(_DIGIT.findall(rest)) > _MOST_DIGITS
        or _ADDRESS.search(rest)
        or _LONG_WORD.search(piece)
        or any(len(run) > _LONGEST_HEX_WORD or not run.isalpha() for run in _HEX.findall(piece))
        or any(map(_random, _RUN.findall(piece)))
        or any(map(_random, _LONG_RUN.findall(piece)))
    )


def _random(run: str) -> bool:
    """Tell whether a run of letters and digits looks drawn rather than written.

    Random base62 changes between lower case, upper case and digits at two of three places,
    `camelCase` names at one of three, words and model numbers (`iPhone`, `256GB`) at fewer.
    """
    digits = _DIGIT.search(run)
    changes = len(_CHANGE.findall(run))
    if len(run) >= 20:  # noqa: PLR2004 - what _LONG_RUN asks for
        return bool(run.isalnum() and (digits or run.isupper())) or changes * 3 > len(run)
    return bool(digits) and changes * 2 > len(run)
