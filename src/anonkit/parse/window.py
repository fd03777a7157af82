"""The lines of a span of time: what is before or behind it is left out.

A line is asked for its own time, the one that its format has a place for, and nothing else is: a
line whose time cannot be read, or has no zone to go by, is withheld, and so may be picked up by
hand. What is no record (a blank line, a `#` directive) stays. So every part of a log gives the same
lines as the whole.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from anonkit.errors import FormatError, Withheld
from anonkit.parse.column import MONTHS, read_time
from anonkit.parse.w3c import FIELDS
from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from anonkit.parse.lines import Rewriter
    from anonkit.report import Report

# Where records keep their time, the most telling name first.
TIME_NAMES = ("@timestamp", "timestamp", "time", "at", "ts", "datetime", "date", "time_iso8601")
_BRACKETS = re.compile(rb"\[([^\[\]\"]{20,32})\]")
_ISO = re.compile(
    rb"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{5,20}(?:Z|[+-][0-9]{2}:?[0-9]{2})(?![0-9])"
)
# RFC 5424, section 6: `<34>1 2003-10-11T22:14:15.003Z`; rsyslog's files leave the number out.
_SYSLOG = re.compile(rb"(?:<[0-9]{1,3}>[0-9]{0,2} ?)?(\S{16,40})(?= )")
# RFC 3164, section 4.1.2: `Oct 11 22:14:15`, by the clock of the machine; some add a year. Cisco's
# devices put a number and their name before it, and a colon behind.
_LOCAL = re.compile(
    rb"(?:<[0-9]{1,3}>[: ]{0,2})?(?:[\w.-]{1,255}: ){0,3}[*.]?"
    rb"([A-Z][a-z]{2}) ([ 0-3]?[0-9])(?: ([0-9]{4}))? "
    rb"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,6})?(?: [A-Z]{2,5}:|:?) "
)
YEARS = 9  # that are tried: the 29th of February may be eight years ago
_LEAP = re.compile(r"(?<=:[0-5][0-9]):60")  # a leap second; Python has none
MILLISECONDS = 10**11  # a larger number of seconds lies behind the year 5000


class Window(NamedTuple):
    """A span of time: from `since` on, and before `until`, both with a zone; None is no end.

    Args:
        since: Its beginning.
        until: Its end.
        now: When the log is read, with a zone: a time without a year (RFC 3164) is the last such
            time that is no more than a day ahead of it. None withholds lines with such times.
        local: Gives a time without a zone the one of the machine that wrote it; without, that of
            `now`.
    """

    since: datetime | None = None
    until: datetime | None = None
    now: datetime | None = None
    local: Callable[[datetime], datetime] | None = None

    def holds(self, at: datetime) -> bool:
        """Return whether a time lies in it."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


NO_WINDOW = Window()


class Windowed:
    """Shows a rewriter the lines of a span of time, and no other.

    Args:
        rewriter: What the format does with lines.
        window: The span.
        time_of: Reads the time of a line; None where it has none that can be read.
        report: Where withheld lines are counted.
        record: The record type of the lines.
    """

    def __init__(
        self,
        rewriter: Rewriter,
        window: Window,
        time_of: Callable[[bytes], datetime | None],
        report: Report,
        record: str,
    ) -> None:
        self._rewriter = rewriter
        self._window = window
        self._time_of = time_of
        self._report = report
        self._record = record

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`; return their number and those withheld."""
        lines = _lines(data)
        kept: list[bytes] = []
        numbers: list[int] = []
        timeless: list[tuple[int, bytes]] = []
        for number, line in enumerate(lines):
            if line.startswith(b"#") and isinstance(self._time_of, _W3c):
                if line.startswith(FIELDS):
                    self._time_of.fields(line)
            elif not line.isspace():
                at = self._time_of(line)
                if at is None:
                    self._report.withhold(Place(self._record, "", "no time to go by"))
                    timeless.append((number, line))
                    continue
                if not self._window.holds(at):
                    continue
            kept.append(line)
            numbers.append(number)
        withheld = []
        if kept:
            _, inner = self._rewriter.rewrite(b"".join(kept), out)
            withheld = [(numbers[number], line) for number, line in inner]
        return len(lines), sorted([*withheld, *timeless])

    def forget(self) -> None:
        """Let go of everything derived from a key."""
        self._rewriter.forget()


def reader(
    name: str, record: str, window: Window = NO_WINDOW
) -> Callable[[bytes], datetime | None]:
    """Return the function that reads the time of a line of a format, one line after the other.

    Args:
        name: The format.
        record: The record type of its lines.
        window: What tells the year and zone of times that have none.

    Raises:
        FormatError: Its lines have no time that could be read.
    """
    if record == "web_request":
        return _web
    if name == "w3c":
        return _W3c()
    if name in ("jsonl", "json"):
        return _object
    if name == "syslog":
        return lambda line: _syslog(line, window)
    raise FormatError(
        f"lines of the format {name} have no time to go by", hint="leave --since and --until out"
    )


def _lines(data: bytes) -> list[bytes]:
    """Return lines with their ends."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _web(line: bytes) -> datetime | None:
    for match in _BRACKETS.finditer(line[:2048]):
        try:
            return read_time(_LEAP.sub(":59", match[1].decode("ascii")))
        except (Withheld, UnicodeDecodeError):
            continue
    return _first_iso(line)


def _first_iso(line: bytes) -> datetime | None:
    match = _ISO.search(line[:2048])
    return _iso(match[0]) if match else None


def _iso(text: bytes) -> datetime | None:
    try:
        at = datetime.fromisoformat(_LEAP.sub(":59", text.decode("ascii").replace(",", ".")))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _syslog(line: bytes, window: Window) -> datetime | None:
    match = _SYSLOG.match(line)
    if match is not None and match[1][:1].isdigit():
        return _iso(match[1])
    match = _LOCAL.match(line)
    return None if match is None or window.now is None else _local(match, window, window.now)


def _local(match: re.Match[bytes], window: Window, now: datetime) -> datetime | None:
    """Return a time that lacks its zone, and perhaps its year."""
    month, day, year, *clock = (part.decode("ascii") if part else "" for part in match.groups())
    hour, minute, second = map(int, clock)
    for tried in [int(year)] if year else range(now.year + 1, now.year + 1 - YEARS, -1):
        try:
            at = datetime(  # noqa: DTZ001 - it has none yet
                tried, MONTHS.index(month) + 1, int(day), hour, minute, min(second, 59)
            )
            at = window.local(at) if window.local else at.replace(tzinfo=now.tzinfo)
        except (ValueError, OverflowError):
            continue
        if year or at <= now + timedelta(days=1):
            return at
    return None


def _object(line: bytes) -> datetime | None:
    try:
        members = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    raw = next((members[name] for name in TIME_NAMES if name in members), None)
    if raw is None:
        return None
    try:
        value = msgspec.json.decode(raw, type=str | int | float)
        if isinstance(value, str):
            return _iso(value.encode())
        seconds = value / 1000 if value > MILLISECONDS else value
        return datetime.fromtimestamp(seconds, UTC)
    except (msgspec.MsgspecError, ValueError, OverflowError, OSError):
        return None


class _W3c:
    """Reads `date` and `time` by the last `#Fields`; both are in UTC by the format's definition."""

    def __init__(self) -> None:
        self._at: tuple[int, int] | None = None

    def __call__(self, line: bytes) -> datetime | None:
        return (
            None if self._at is None else self._read(line.split(b"\t" if b"\t" in line else None))
        )

    def fields(self, line: bytes) -> None:
        """Take a line that says which columns follow."""
        names = line.removeprefix(FIELDS).lower().split()
        try:
            self._at = names.index(b"date"), names.index(b"time")
        except ValueError:
            self._at = None

    def _read(self, columns: list[bytes]) -> datetime | None:
        if self._at is None or len(columns) <= max(self._at):
            return None
        return _iso(columns[self._at[0]] + b"T" + columns[self._at[1]] + b"+00:00")
