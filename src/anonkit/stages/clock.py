"""Times cut where they stand: the zone, the form and the date stay as they are written.

    12/Dec/2015:18:25:11 +0100          12/Dec/2015:18:25:00 +0100
    2015-12-12T18:25:11,123Z            2015-12-12T18:25:00,000Z
    20151212T182511+01:00               20151212T182500+01:00
    1449941111.123                      1449941100.000

Nothing is computed but minutes and seconds, so a day that no calendar has (`30/Feb`, which logs do
hold) stays what it is, and every program that read the log reads it still.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from anonkit.errors import Withheld

if TYPE_CHECKING:
    from anonkit.stages.stage import Step

# The zone that stands for "that of each value".
WRITTEN: Final = "written"
LONGEST: Final = 80  # longer texts are no times
# English, as the standards have them, and German where it differs.
_MONTHS: Final = (
    "Jan(?:uary?)?|Feb(?:ruary?)?|M(?:ar(?:ch)?|rz|ärz?)|Apr(?:il)?|Ma[yi]|June?|Juni|July?|Juli"
    "|Aug(?:ust)?|Sep(?:tember)?|O[ck]t(?:ober)?|Nov(?:ember)?|De[cz](?:ember)?"
)
_DAYS: Final = (
    "Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?"
)
_BLANK: Final = r"[ \u00a0\u202f]"  # browsers write the narrow one before AM and PM
# Parts of a date or of a zone, and what stands between them; Oracle writes months large. A run of
# digits is taken whole, and a week goes by its own number (ISO 8601).
_PARTS: Final = (
    r"(?:[0-9]{1,4}(?![0-9])|[-/., _@()\[\]\u00a0\u202f]"
    rf"|(?i:{_MONTHS}|{_DAYS})|W[0-9]{{2}}(?![0-9]))*+"
)
_BEFORE: Final = re.compile(
    r"(?:[0-9]{6}(?:[0-9]{2})?[ _Tt]{1,2}"
    rf"|{_PARTS}(?:T|(?<=[0-9])t|(?<=/[0-9]{{4}}):|(?<=/[0-9]{{2}}):)?)"
)
# Of hours alone, as PostgreSQL writes it, at the end: there a telephone number may begin alike.
_OFFSET: Final = r"[+-](?:[0-9]{2}:?[0-9]{2}|(?:0[0-9]|1[0-4])\Z)"
# What `date`, Go and Java write.
_ZONE: Final = (
    "[Zz]|UTC|GMT|[CEW]ES?T|BST|MES?Z|[ACEMNP][SD]T|AK[SD]T|HST|A[CEW][SD]T|NZ[SD]T|MSK|[EWC]AT|SAST"
    "|I[SD]T|PKT|ICT|WIB|SGT|HKT|PHT|[JK]ST|BRT"
)
# RFC 9557, section 4.1, as Java writes it: the name of a zone behind its offset.
_NAMED: Final = (
    "(?:UTC|GMT|(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific)"
    "(?:/[A-Za-z_+0-9-]{1,20}){1,2})"
)
_PLACE: Final = rf"(?:\[!?{_NAMED}\]| {_NAMED}(?![/A-Za-z]))"
# Go adds how long its process has run, to the milliardth of a second.
_RUN: Final = r"(?P<run> m=[+-][0-9]{1,12}\.[0-9]{1,9})?"
_AFTER: Final = re.compile(
    rf"{_BLANK}?(?:[AaPp]\.?[Mm]\.?|Uhr)?(?: ?(?:UTC|GMT)?{_OFFSET})?"
    rf"(?: ?\(?(?:{_ZONE})(?![A-Za-z])\)?)?(?:{_PLACE})?"
    rf"(?P<rest>{_PARTS})(?:(?<=[0-9] )(?:{_ZONE}))?{_RUN}"
)
# Those of a year, a month and a day: more are a telephone number or another, beside a clock.
_MOST_DIGITS: Final = 8
# How a text begins that holds nothing but a time: with a part, or with its clock.
_BEGINS: Final = re.compile(rf"[-/., 0-9T]|[\[(@]?(?:[0-9]|(?i:{_MONTHS}|{_DAYS}))")
_SECOND: Final = "(?P<second>[0-5][0-9]|60)"
_FRACTION: Final = "(?P<rest>[.,][0-9]+)?"
_CLOCK: Final = re.compile(
    rf"(?<![0-9])(?:[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])(?::{_SECOND}{_FRACTION})?(?![0-9:])"
)
_HOUR: Final = "(?:[01][0-9]|2[0-3])"
_COMPACT: Final = re.compile(
    r"(?:[0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}W[0-9]{3}|[0-9]{4}-W[0-9]{2}-[0-9])[Tt]"
    rf"{_HOUR}(?P<minute>[0-5][0-9])(?:{_SECOND}{_FRACTION})?"
    rf"(?: ?{_OFFSET})?(?: ?(?:{_ZONE}))?(?:{_PLACE})?"
)
# Digits alone: GeneralizedTime (RFC 4517, section 3.3.13) has a zone, MySQL and file names none.
_JOINED: Final = re.compile(
    r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?P<gap>[ _-]?)"
    rf"{_HOUR}(?P<minute>[0-5][0-9]){_SECOND}{_FRACTION}(?P<zone>[Zz]|{_OFFSET})?"
)
# DB2 and Oracle write dots in a clock, and names of files hyphens.
_DOTTED: Final = re.compile(
    rf"(?:(?:19|20)[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{1,2}}-(?i:{_MONTHS})-(?:[0-9]{{2}}){{1,2}})"
    "[-_ Tt]"
    rf"{_HOUR}(?P<sign>[.-])(?P<minute>[0-5][0-9])(?P=sign){_SECOND}{_FRACTION}"
    rf"(?: [AP]M)?(?: ?{_OFFSET})?(?: ?(?:{_ZONE}))?(?:{_PLACE})?"
)
_SHORTEST: Final = 14  # characters of one without colons
_FEWEST: Final = 10  # characters of a number since 1970
_T: Final = frozenset("Tt")  # that has the ninth or eleventh place in it
_ANY_CLOCK: Final = re.compile(r"(?<![0-9:.])[0-9]{1,2}:[0-5][0-9]:[0-6][0-9](?![0-9:])")
# What nearly all logs write, RFC 3339 or as access logs do: one expression tells it whole, for
# a third of what the parts take. What it does not match goes to them.
_USUAL: Final = re.compile(
    r"((?:[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]|[0-9]{2}/[A-Z][a-z]{2}(?<=Jan|Feb|Mar|Apr|May|Jun|Jul|Aug"
    r"|Sep|Oct|Nov|Dec)/[0-9]{4}:)(?:[01][0-9]|2[0-3]):)([0-5][0-9])(:[0-5][0-9](?:[.,][0-9]{1,9})?)"
    r"(Z|(?: ?[+-][0-9]{2}:?[0-9]{2})?)"
)
_NOUGHTS: Final = str.maketrans("123456789", "000000000")
_DAY: Final = re.compile(
    rf"[0-9]{{4}}([-/.])[0-9]{{2}}\1[0-9]{{2}}|[0-9]{{1,2}}([-/ ])(?:{_MONTHS})\2[0-9]{{4}}"
)
_NUMBER: Final = re.compile(r"([0-9]{9,19})(\.[0-9]{1,9})?")
# What is taken for a number since 1970 where nothing but a name says so: from 2001 to 2065, with
# the digits of a thousandth, millionth or milliardth of a second in a group. Later years begin as
# telephone numbers do.
SINCE_1970: Final = re.compile(r"[12][0-9]{9}((?:[0-9]{3}){0,3})(?:\.[0-9]{1,9})?")
# What .NET and PowerShell make of a time in JSON.
_DOT_NET: Final = re.compile(r"(/Date\()([0-9]{9,19})((?:[+-][0-9]{4})?\)/)")
_DIGIT: Final = re.compile("[0-9]")
_DIGITS: Final = frozenset("0123456789")
_CENTURIES: Final = frozenset({"19", "20"})
# The same as Windows and its directory count: in ten-millionths since 1601.
SINCE_1601: Final = re.compile(r"1[2-4][0-9]{16}")
# From 1973 on, seconds have nine digits or more; a thousand of them are a millisecond, and so on.
# What would be milliardths of 1973 to 1975 counts since 1601: from 1981 to 2108.
_FIRST: Final = 10**8
_UNITS: Final = (
    (10**11, 1), (10**14, 10**3), (10**17, 10**6), (12 * 10**16, 10**9), (16 * 10**16, 10**7),
    (10**20, 10**9),
)  # fmt: skip


def cut(minutes: int) -> Step:
    """Return the function that cuts a time to a multiple of minutes within its hour.

    It takes texts, times, days (which stay), and numbers since 1970 in seconds or a thousandth, a
    millionth or a milliardth of them, told by their size.

    Args:
        minutes: How many, 1 to 60, dividing 60.
    """

    def generalized(value: Any) -> Any:
        if value.__class__ is str:
            return _cut_text(value, minutes)
        if value.__class__ is datetime:
            minute = value.minute // minutes * minutes
            return value.replace(minute=minute, second=0, microsecond=0)
        if value.__class__ is date:
            return value
        if value.__class__ in (int, float):
            return _cut_number(value, 60 * minutes)
        raise Withheld("not a time")

    return generalized


def _cut_text(text: str, minutes: int) -> str:
    if usual := _USUAL.fullmatch(text):
        before, minute, seconds, zone = usual.groups()
        if minutes > 1:
            minute = f"{int(minute) // minutes * minutes:02}"
        return f"{before}{minute}{seconds.translate(_NOUGHTS)}{zone}"
    if len(text) <= LONGEST:
        clock = _found(text)
        if clock is not None:
            return _zeroed(text, clock, minutes)
        if _DAY.fullmatch(text):
            return text
        if since := _NUMBER.fullmatch(text):
            whole, rest = since.groups(default="")
            return f"{_cut_number(int(whole), 60 * minutes)}{_DIGIT.sub('0', rest)}"
        if date := _DOT_NET.fullmatch(text):
            return f"{date[1]}{_cut_number(int(date[2]), 60 * minutes)}{date[3]}"
    raise Withheld("not a time")


def _cut_number(value: Any, seconds: int) -> Any:
    for bound, per_second in _UNITS:
        if _FIRST <= value < bound:
            return value // (seconds * per_second) * (seconds * per_second)
    raise Withheld("not a time")


def is_time(text: str) -> bool:
    """Tell whether a text is a day with a clock: what `cut` cuts, wherever it stands."""
    if ":" in text and _USUAL.fullmatch(text):
        return True
    clock = _found(text) if len(text) <= LONGEST else None
    if clock is None:
        return text[:1] == "/" and _DOT_NET.fullmatch(text) is not None
    if clock.re is _JOINED:  # digits alone may be a number of another kind, such as of an order
        return clock["gap"] in (" ", "_") or bool(clock["rest"] or clock["zone"])
    start, end = clock.span()
    return clock.re is not _CLOCK or _DIGIT.search(text[:start] + text[end:]) is not None


def is_clock(text: str) -> bool:
    """Tell whether a text is a clock, with a day or without, or a number since 1970 or 1601."""
    if ":" in text:
        return _USUAL.fullmatch(text) is not None or (
            len(text) <= LONGEST and _found(text) is not None
        )
    if len(text) < _FEWEST or len(text) > LONGEST:
        return False
    if text[0] in "12" and (SINCE_1970.fullmatch(text) or SINCE_1601.fullmatch(text)):
        return True
    return _found(text) is not None or (text[0] == "/" and _DOT_NET.fullmatch(text) is not None)


def has_clock(text: str) -> bool:
    """Tell whether a short text has a clock to the second in it, whatever else it is."""
    return ":" in text and len(text) <= LONGEST and _ANY_CLOCK.search(text) is not None


def _found(text: str) -> re.Match[str] | None:
    """Return the clock in a text that holds nothing but a time."""
    # Most texts are told by a sign or their first letters, for a tenth of a search. A compact time
    # may have a colon too, in its zone.
    colon = ":" in text
    if _BEGINS.match(text) is None if colon else text[:1] not in _DIGITS:
        return None
    if (text[8:9] in _T or text[10:11] in _T) and (compact := _COMPACT.fullmatch(text)):
        return compact
    if len(text) >= _SHORTEST and (text[:2] in _CENTURIES or "-" in text[1:3]):
        joined = _JOINED.fullmatch(text) or _DOTTED.fullmatch(text)
        if joined is not None:
            return joined
    clock = _CLOCK.search(text) if colon else None
    if clock is None or _BEFORE.fullmatch(text, 0, clock.start()) is None:
        return None
    after = _AFTER.fullmatch(text, clock.end())
    if after is None:
        return None
    digits = _DIGIT.findall(text[: clock.start()] + after["rest"])
    return clock if len(digits) <= _MOST_DIGITS else None


def _zeroed(text: str, clock: re.Match[str], minutes: int) -> str:
    """Return a text whose clock is cut, with as many characters as it has."""
    minute = f"{int(clock['minute']) // minutes * minutes:02}"
    start, end = clock.span("minute")
    text = text[:start] + minute + text[end:]
    if clock["second"] is not None:
        start, end = clock.start("second"), max(clock.end("second"), clock.end("rest"))
        text = text[:start] + _DIGIT.sub("0", text[start:end]) + text[end:]
    whole, run, since = text.partition(" m=")
    return whole + run + _DIGIT.sub("0", since)
