"""Times as logs write them: a column for each way, read and written by one list of directives.

Source: POSIX, strftime. Names of months and days are English, by our own list, since those of the
library depend on the locale; what depends on it by nature (`%c`, `%x`, `%X`) is refused. A part
that is not written is that of 1970-01-01 00:00:00 UTC: a column with the clock alone has no day.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from anonkit.errors import FormatError, Withheld
from anonkit.parse.column import MONTHS, SECONDS, Column

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LONG = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
         "October", "November", "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT_DAYS = tuple(day[:3] for day in _DAYS)


class _Part(NamedTuple):
    """One directive: what it reads, what it says of a time, and how it is written."""

    pattern: str
    says: str
    writes: Callable[[datetime], str]


def _zone(time: datetime, colon: str = "") -> str:
    text = f"{time:%z}"
    if len(text) != len("+0000"):  # seconds, as local mean time had
        raise Withheld("does not fit the format")
    return f"{text[:3]}{colon}{text[3:]}"


_DIRECTIVES = {
    "Y": _Part(r"[0-9]{4}", "year", lambda t: f"{t.year:04}"),
    "y": _Part(r"[0-9]{2}", "short_year", lambda t: f"{t.year % 100:02}"),
    "m": _Part(r"(?:0[1-9]|1[0-2])", "month", lambda t: f"{t.month:02}"),
    "b": _Part(f"(?:{'|'.join(MONTHS)})", "month_name", lambda t: MONTHS[t.month - 1]),
    "B": _Part(f"(?:{'|'.join(_LONG)})", "month_name", lambda t: _LONG[t.month - 1]),
    "d": _Part(r"(?:0[1-9]|[12][0-9]|3[01])", "day", lambda t: f"{t.day:02}"),
    "e": _Part(r"(?: [1-9]|[12][0-9]|3[01])", "day", lambda t: f"{t.day:2}"),
    "j": _Part(r"[0-3][0-9]{2}", "day_of_year", lambda t: f"{t:%j}"),
    "a": _Part(f"(?:{'|'.join(_SHORT_DAYS)})", "weekday", lambda t: _SHORT_DAYS[t.weekday()]),
    "A": _Part(f"(?:{'|'.join(_DAYS)})", "weekday", lambda t: _DAYS[t.weekday()]),
    "H": _Part(r"(?:[01][0-9]|2[0-3])", "hour", lambda t: f"{t.hour:02}"),
    "I": _Part(r"(?:0[1-9]|1[0-2])", "half_hour", lambda t: f"{t.hour % 12 or 12:02}"),
    "p": _Part(r"[AP]M", "half", lambda t: "AM" if t.hour < 12 else "PM"),  # noqa: PLR2004 - noon
    "M": _Part(r"[0-5][0-9]", "minute", lambda t: f"{t.minute:02}"),
    "S": _Part(r"(?:[0-5][0-9]|60)", "second", lambda t: f"{t.second:02}"),
    "z": _Part(r"[+-](?:0[0-9]|1[0-4])[0-5][0-9]", "zone", _zone),
    "s": _Part(r"[0-9]{1,11}", "epoch", lambda t: str(int(t.timestamp()))),
    # Not in strftime: what nginx writes in $time_iso8601 and $msec.
    ":z": _Part(r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])", "zone", lambda t: _zone(t, ":")),
    "3s": _Part(r"[0-9]{1,11}\.[0-9]{3}", "epoch", lambda t: f"{int(t.timestamp())}.000"),
    "3": _Part(r"[0-9]{4,14}", "milliseconds", lambda t: f"{int(t.timestamp())}000"),
    "6": _Part(r"[0-9]{7,17}", "microseconds", lambda t: f"{int(t.timestamp())}000000"),
}
_SHORT_FOR = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "h": "%b",
              "r": "%I:%M:%S %p", "n": "\n", "t": "\t"}  # fmt: skip
_SHORT = re.compile(r"%([FTRDhrnt%])")
_DIRECTIVE = re.compile(r"%([EO-]?)(:z|3s|[A-Za-z36%])")


def time_column(form: str, name: str = "time") -> Column:
    """Return the column of a time that is written in a format of strftime.

    Raises:
        FormatError: A directive is unknown, or depends on the locale.
    """
    parts = _parts(form)
    pattern = "".join(
        part.pattern if isinstance(part, _Part) else re.escape(part) for part in parts
    )
    groups = "".join(
        f"({part.pattern})" if isinstance(part, _Part) else re.escape(part) for part in parts
    )
    says = [part.says for part in parts if isinstance(part, _Part)]
    shape = re.compile(groups)

    def read(text: str) -> datetime:
        match = shape.fullmatch(text)
        if match is None:
            raise Withheld("not a time")
        return _moment(dict(zip(says, match.groups(), strict=True)))

    def write(time: datetime) -> str:
        return "".join(part.writes(time) if isinstance(part, _Part) else part for part in parts)

    return Column(
        name,
        pattern.encode(),
        quoted=True,
        shape=re.compile(f"{pattern}|-"),
        rule="not a time",
        reads=read,
        writes=write,
        minute=_to_minute(parts),
    )


def _to_minute(parts: Sequence[_Part | str]) -> tuple[bytes, bytes, bytes] | None:
    """Return the expression for a time in three, cut at its seconds; None since 1970."""
    says = [part.says if isinstance(part, _Part) else "" for part in parts]
    if {"epoch", "milliseconds", "microseconds"} & set(says) or says.count("second") > 1:
        return None
    at = says.index("second") if "second" in says else len(parts)
    written = [part.pattern if isinstance(part, _Part) else re.escape(part) for part in parts]
    before, after = "".join(written[:at]).encode(), "".join(written[at + 1 :]).encode()
    return before, SECONDS if "second" in says else b"", after


def _parts(form: str) -> list[_Part | str]:
    parts: list[_Part | str] = []
    at = 0
    form = _SHORT.sub(lambda match: _SHORT_FOR.get(match[1], match[0]), form)
    while at < len(form):
        match = _DIRECTIVE.match(form, at)
        if form[at] != "%":
            parts.append(form[at])
            at += 1
        elif match is None or (match[2] != "%" and match[2] not in _DIRECTIVES):
            raise FormatError(
                f"the time directive {form[at : at + 2]!r} is not known, or depends on the locale",
                hint=f"known: {' '.join(f'%{name}' for name in _DIRECTIVES if name.isalpha())}",
            )
        else:
            parts.append("%" if match[2] == "%" else _DIRECTIVES[match[2]])
            at = match.end()
    return parts


def _moment(said: dict[str, str]) -> datetime:
    """Return the time of which these parts were written.

    Raises:
        Withheld: There is no such time.
    """
    try:
        zone = _offset(said.get("zone", "Z"))
        for word, per_second in (("epoch", 1), ("milliseconds", 1000), ("microseconds", 1_000_000)):
            if word in said:
                seconds = int(said[word].partition(".")[0]) // per_second
                return datetime.fromtimestamp(seconds, UTC)
        year = int(said["year"]) if "year" in said else _century(int(said.get("short_year", 70)))
        hour = int(said.get("hour", 0))
        if "half_hour" in said:
            hour = int(said["half_hour"]) % 12 + 12 * (said.get("half") == "PM")
        month = int(said.get("month", 1))
        if "month_name" in said:
            month = MONTHS.index(said["month_name"][:3]) + 1
        second = min(int(said.get("second", 0)), 59)  # a leap second is the end of its minute
        time = datetime(
            year, month, int(said.get("day", 1)), hour, int(said.get("minute", 0)), second,
            tzinfo=zone,
        )  # fmt: skip
        if "day_of_year" in said:
            time = time.replace(month=1, day=1) + timedelta(days=int(said["day_of_year"]) - 1)
    except (ValueError, OverflowError, OSError):
        pass
    else:
        return time
    raise Withheld("not a time")


def _century(year: int) -> int:
    """Return the year of two digits, as POSIX reads it: 69 is 1969, 68 is 2068."""
    return year + (1900 if year >= 69 else 2000)  # noqa: PLR2004 - so says strptime


def _offset(zone: str) -> timezone:
    if zone == "Z":
        return UTC
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if zone[0] == "-" else offset)


def write_like(text: str, value: datetime) -> str:
    """Return a time as a line of syslog wrote its own: its form, zone and digits."""
    if text[:1].isdigit():
        fraction = re.search(r"\.([0-9]+)", text)
        digits = f".{value.microsecond:06}000"[: len(fraction[0])] if fraction else ""
        zone = f"{value:%z}"
        if text.endswith("Z") and not value.utcoffset():
            zone = "Z"
        elif text[-3] != ":":
            zone = zone[:5]
        else:
            zone = f"{zone[:3]}:{zone[3:5]}"
        return f"{value:%Y-%m-%dT%H:%M:%S}{digits}{zone}"
    _, day, *year, clock = text.split()
    spelled = f"{value.day:02}" if len(day) > 1 else f"{value.day:2}"
    digits = f".{value.microsecond:06}"[: len(clock) - len("00:00:00")]
    years = f" {value.year:04}" if year else ""
    return f"{MONTHS[value.month - 1]} {spelled}{years} {value:%H:%M:%S}{digits}"
