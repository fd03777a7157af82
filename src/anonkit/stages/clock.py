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
_MONTHS: Final = (
    "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?"
    "|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
)
_DAYS: Final = (
    "Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?"
)
# Parts of a date or of a zone, and what stands between them. A run of digits is taken whole.
_PARTS: Final = rf"(?:[0-9]{{1,4}}(?![0-9])|{_MONTHS}|{_DAYS}|[-/., ])*+"
_BEFORE: Final = re.compile(
    rf"(?:[0-9]{{8}}[ Tt]|{_PARTS}(?:T|(?<=[0-9])t|(?<=/[0-9]{{4}}):|(?<=/[0-9]{{2}}):)?)"
)
# Of hours alone, as PostgreSQL writes it, at the end: there a telephone number may begin alike.
_OFFSET: Final = r"[+-](?:[0-9]{2}:?[0-9]{2}|(?:0[0-9]|1[0-4])\Z)"
# What `date`, Go and Java write: the zones of Europe, in German too, and of North America.
_ZONE: Final = "[Zz]|UTC|GMT|[CEW]ES?T|BST|MES?Z|[ECMP][SD]T"
# RFC 9557, section 4.1, as Java writes it: the name of a zone behind its offset.
_PLACE: Final = (
    r"\[!?(?:UTC|GMT|(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian"
    r"|Pacific)(?:/[A-Za-z_+0-9-]{1,20}){1,2})\]"
)
_AFTER: Final = re.compile(
    rf" ?(?:[AP]M)?(?: ?{_OFFSET})?(?: ?(?:{_ZONE})(?![A-Za-z]))?(?:{_PLACE})?(?P<rest>{_PARTS})"
)
# Those of a year, a month and a day: more are a telephone number or another, beside a clock.
_MOST_DIGITS: Final = 8
# How a text begins that holds nothing but a time: with a part, or with its clock.
_BEGINS: Final = re.compile(rf"[-/., 0-9T]|{_MONTHS}|{_DAYS}")
_CLOCK: Final = re.compile(
    r"(?<![0-9])(?:[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
    r"(?::(?P<second>[0-5][0-9]|60)(?P<rest>[.,][0-9]{1,9})?)?(?![0-9:])"
)
_COMPACT: Final = re.compile(
    r"(?:[0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?:[01][0-9]|2[0-3])(?P<minute>[0-5][0-9])"
    r"(?:(?P<second>[0-5][0-9]|60)(?P<rest>[.,][0-9]{1,9})?)?"
    rf"(?: ?{_OFFSET})?(?: ?(?:{_ZONE}))?(?:{_PLACE})?"
)
_T: Final = frozenset("Tt")  # that has the ninth or eleventh place in it
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
_DIGIT: Final = re.compile("[0-9]")
# From 1973 on, seconds have nine digits or more; a thousand of them are a millisecond, and so on.
_FIRST: Final = 10**8
_UNITS: Final = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**20, 10**9))


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
        return False
    start, end = clock.span()
    return clock.re is _COMPACT or _DIGIT.search(text[:start] + text[end:]) is not None


def is_clock(text: str) -> bool:
    """Tell whether a text is a clock, with a day or without, or a number since 1970."""
    return len(text) <= LONGEST and (
        _found(text) is not None or SINCE_1970.fullmatch(text) is not None
    )


def _found(text: str) -> re.Match[str] | None:
    """Return the clock in a text that holds nothing but a time."""
    # Most texts are told by a sign or their first letters, for a tenth of a search. A compact time
    # may have a colon too, in its zone.
    colon = ":" in text
    if colon and _BEGINS.match(text) is None:
        return None
    if (text[8:9] in _T or text[10:11] in _T) and (compact := _COMPACT.fullmatch(text)):
        return compact
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
    return text
