"""One column of a log line: how its text becomes a value for stages, and a result text again."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from anonkit.errors import Withheld

if TYPE_CHECKING:
    from collections.abc import Callable

ABSENT = "-"  # what access logs write for nothing
LONGEST_CACHED = 512  # bytes; longer texts are rare, and a cache of thousands of them is not small

# Text that may stand in a column again: visible ASCII or any character beyond it, and a space
# only between quotes. A quote or backslash would have to be escaped, and no stage makes one.
_BARE = re.compile(r"[!#-\[\]-~\u00a1-\U0010ffff]+")
_QUERY = re.compile(r"[?#]")
_QUOTED = re.compile(r"[ !#-\[\]-~\u00a0-\U0010ffff]*")

# Those of `Column.minute`: a leap second is rare, and an alternative costs each line 5 %.
SECONDS = rb"[0-5][0-9]"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Treatment(NamedTuple):
    """What the policy says of one column.

    Args:
        step: The stages as one function; None keeps the column, byte for byte.
        dropped: The column becomes `-`.
        kinds: What the first stage takes; a column that is no text to it is read as a time or a
            number.
        keeps_record: A value that is refused becomes `-`, and its line leaves.
        ignores_query: What follows a `?` or `#` makes no difference to the result.
        to_minute: A time is cut to its minute where it stands, and nothing else happens to it.
    """

    step: Callable[[Any], Any] | None = None
    dropped: bool = False
    kinds: frozenset[str] = frozenset({"text"})
    keeps_record: bool = False
    ignores_query: bool = False
    to_minute: bool = False


def _refused(_value: Any) -> Any:
    raise Withheld("its key was destroyed")


DROPPED = Treatment(dropped=True)
WITHHELD = Treatment(step=_refused)


class Column(NamedTuple):
    """One column of a format.

    Args:
        name: The field of the record.
        pattern: A regular expression for its usual bytes, without groups.
        query: An expression for what may follow the pattern and is a query; the pattern of a
            column that has one stops before it.
        quoted: Whether spaces may be in what is written there.
        careful: An expression for any text it can have, without groups; it tells where the column
            ends, and nothing more.
        shape: What its text must be, when the line is to leave at all.
        rule: The rule that withholds a line where it is not.
        reads: Turns its text into a value, for stages that take no text.
        writes: Turns such a value into its text.
        absent: What stands there for nothing.
        stops: Characters that may not be written there, for they end the column.
        opens: Takes its text out of what it is wrapped in, and returns the function that wraps it.
        few: Whether it has few values, and may be remembered along with what follows it.
        minute: The expression for a time in three: up to its seconds, these, and what follows. A
            policy that cuts times to the minute lets all of it stay but the seconds, if it has any.
    """

    name: str
    pattern: bytes
    query: bytes = b""
    quoted: bool = False
    careful: str = r'[^\s"]++'
    shape: re.Pattern[str] | None = None
    rule: str = ""
    reads: Callable[[str], Any] | None = None
    writes: Callable[[Any], str] = str
    absent: str = ABSENT
    stops: str = ""
    opens: Callable[[str], tuple[str, Callable[[str], str]]] | None = None
    few: bool = False
    minute: tuple[bytes, bytes, bytes] | None = None

    def treat(self, text: str, treatment: Treatment) -> str:
        """Return what may leave of the text of this column.

        Raises:
            Withheld: A stage does not understand it, or the result does not fit the format.
        """
        if treatment.dropped or text in (ABSENT, self.absent):
            return self.absent
        if treatment.step is None:
            return text  # it stood in this column, so it fits
        if treatment.to_minute and self.minute is not None:
            parts = re.fullmatch(b"(%b)(%b)(%b)" % self.minute, text.encode())
            if parts is not None:
                return (parts[1] + (parts[2] and b"00") + parts[3]).decode()
        if self.opens is None:
            return self._treated(text, treatment.step, treatment)
        inner, wrap = self.opens(text)
        if inner == ABSENT:
            return self.absent
        return wrap(self._treated(inner, treatment.step, treatment))

    def _treated(self, text: str, step: Callable[[Any], Any], treatment: Treatment) -> str:
        if treatment.ignores_query:
            text = _QUERY.split(text, maxsplit=1)[0]
        if "text" in treatment.kinds or self.reads is None:
            value = step(text)
        else:
            value = step(self.reads(text))
        result = value if isinstance(value, str) else self.writes(value)
        fits = _QUOTED if self.quoted else _BARE
        if not fits.fullmatch(result) or any(stop in result for stop in self.stops):
            raise Withheld("does not fit the format")
        return result

    def treat_bytes(self, data: bytes, treatment: Treatment) -> bytes:
        """Return what may leave of the bytes of this column.

        Raises:
            Withheld: As `treat`, or the bytes are not UTF-8.
        """
        if treatment.dropped:
            return self.absent.encode()
        return self.treat(decoded(data), treatment).encode()


def decoded(data: bytes) -> str:
    """Return bytes as text.

    Raises:
        Withheld: They are not UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    raise Withheld("not UTF-8")


def is_utf8(data: bytes) -> bool:
    """Tell whether bytes are UTF-8; nearly all are ASCII, and cost nothing."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def read_time(text: str) -> datetime:
    """Return the time of an access log, `10/Oct/2000:13:55:36 -0700`.

    Raises:
        Withheld: It is not one.
    """
    try:
        # Month names by our own list: `strptime` takes those of the locale.
        day, month, rest = text.split("/", 2)
        number = f"{MONTHS.index(month) + 1:02}"
        return datetime.strptime(f"{day}/{number}/{rest}", "%d/%m/%Y:%H:%M:%S %z")
    except ValueError:
        pass
    raise Withheld("not a time")


def write_time(time: datetime) -> str:
    """Return a time as access logs write it.

    Raises:
        Withheld: Its zone has seconds, as local mean time had.
    """
    zone = f"{time:%z}"
    if len(zone) != len("+0000"):
        raise Withheld("does not fit the format")
    month = MONTHS[time.month - 1]
    return f"{time.day:02}/{month}/{time.year:04}:{time:%H:%M:%S} {zone}"


def read_number(text: str) -> int:
    """Return a whole number.

    Raises:
        Withheld: It is not one.
    """
    if text.isascii() and text.isdigit() and len(text) <= 19:  # noqa: PLR2004 - digits of 2**63
        return int(text)
    raise Withheld("not a number")


def write_number(number: float) -> str:
    """Return a number as a whole one, rounded down: no log has a part of a byte."""
    return str(math.floor(number))


def write_status(number: float) -> str:
    """Return a number with three digits at least, as a status has."""
    return f"{math.floor(number):03}"


class ColumnMemo:
    """Treats the bytes of one column, remembers results, and puts fixed text around them.

    Args:
        column: The column.
        treatment: What becomes of it.
        limit: How many values it remembers; it freezes when full.
        usual: What its bytes must be to be taken, where the search for them asked less.
        lead: Takes the bytes that are remembered apart: what stands before the column and stays,
            and the column.

    Attributes:
        before: Fixed text before the column in every line.
        after: Fixed text after it.
    """

    def __init__(
        self,
        column: Column,
        treatment: Treatment,
        limit: int,
        usual: re.Pattern[bytes] | None = None,
        lead: re.Pattern[bytes] | None = None,
    ) -> None:
        self._usual = usual
        self._lead = lead
        self._column = column
        self._treatment = treatment
        self._limit = limit
        self.before = b""
        self.after = b""
        self.kept: dict[bytes, bytes] = {}

    def miss(self, data: bytes) -> bytes:
        """Work a value out, and keep it while there is room.

        Raises:
            Withheld: It is none, or is not usual.
        """
        lead, text = b"", data
        if self._lead is not None:
            ((lead, text),) = self._lead.findall(data)
        if self._usual is not None and self._usual.fullmatch(text) is None:
            raise Withheld("not usual")
        result = self._column.treat_bytes(text, self._treatment)
        result = self.before + lead + result + self.after
        if len(self.kept) < self._limit and len(data) <= LONGEST_CACHED:
            self.kept[data] = result
        return result
