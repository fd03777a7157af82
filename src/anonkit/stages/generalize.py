"""generalize: a value becomes a coarser one of the same kind.

One way per stage:

    unit    a time, or a number of seconds, down to its unit: `1h`, `15min`, `1d`, `1mo`
    step    a number or duration down to a multiple of a step
    ceil    a duration up to whole units, those begun counted: `15min`
    log     a number or duration down to the lower bound of its logarithmic bucket
    parts   a version to its first n numbers
    allow   a value to itself when it is on the list, otherwise `__other__`
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from anonkit.errors import PolicyError, Withheld
from anonkit.stages.clock import WRITTEN, cut
from anonkit.stages.stage import Inline, Scope, Stage, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo

OTHER = "__other__"  # the word Glean and others use for what an allow-list does not name
DAY = 86_400
_UNIT = re.compile(r"([1-9][0-9]{0,3})(s|min|h|d|w|mo|y)")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": DAY}
# A dotted version with what packagers put around it; the numbers alone are kept.
_VERSION = re.compile(r"[vV]?([0-9]{1,6}(?:\.[0-9]{1,6}){0,7})(?![0-9])[-+._~ 0-9A-Za-z:()]{0,64}")
WAYS = ("unit", "step", "log", "parts", "allow", "ceil")
# Buckets reach from a nanosecond to 10^19, past the largest 64-bit integer.
_SMALLEST, _LARGEST = 1e-9, 1e19
# Finer buckets hide nothing, and their bounds would fill the memory: 1.01 has 6,500.
_FINEST = 1.01


# Positional arguments: 165 ns, `replace` takes 520.
HOUR = Inline(
    "datetime({v}.year, {v}.month, {v}.day, {v}.hour, 0, 0, 0, UTC)"
    " if {v}.__class__ is datetime and {v}.tzinfo is UTC else {f}({v})",
    {"datetime": datetime, "UTC": UTC},
)


class Generalize(Stage, frozen=True):
    """A value becomes a coarser one of the same kind; one way per stage.

    Args:
        unit: A time to the start of its unit, in `zone`: a count and `s`, `min`, `h` (dividing the
            day), `d`, `w` (Monday), `mo` (dividing the year) or `y`. A number is taken as seconds
            (since 1970, or a duration), for units up to `1d` in UTC.
        zone: An IANA zone name for `unit`; a time without zone is taken to be in it. `written` is
            the zone of each time: it stays as it is written, in the form it is written in, and
            `unit` is minutes that divide the hour, or `1h`.
        step: A number or duration (in seconds) down to a multiple of this.
        log: A number or duration down to a power of this, 1.01 or more; below 10^-9 it is 0.
        parts: A version to its first n numbers, 1 to 8; what follows them goes.
        allow: A value on this list stays, any other becomes `__other__`.
        ceil: A duration, in seconds when it is a number, up to whole units (`s`, `min`, `h`, `d`):
            what services bill as units begun. Shorter than one unit is one; none is 0.
    """

    unit: str | None = None
    zone: str | None = None
    step: int | float | None = None
    log: int | float | None = None
    parts: int | None = None
    allow: tuple[str | int, ...] | None = None
    ceil: str | None = None

    verb: ClassVar[str] = "generalize"
    main: ClassVar[str | None] = "unit"
    takes: ClassVar[frozenset[str]] = frozenset(
        {"text", "integer", "number", "time", "agent", "category", "url", "version"}
    )

    def __post_init__(self) -> None:
        """Refuse no way, two ways, and sizes without a meaning."""
        if len([way for way in WAYS if getattr(self, way) is not None]) != 1:
            raise PolicyError("generalize", f"takes one of {', '.join(WAYS)}")
        if self.unit is not None:
            _parsed_unit(self.unit)
        if self.zone is not None:
            if self.unit is None:
                raise PolicyError("generalize.zone", "goes with unit")
            if self.zone == WRITTEN:
                _minutes(self.unit)
            else:
                _zone(self.zone)
        if self.step is not None and not 0 < self.step < math.inf:
            raise PolicyError("generalize.step", "is above 0")
        if self.log is not None and not _FINEST <= self.log < math.inf:
            raise PolicyError("generalize.log", f"is {_FINEST} or more")
        if self.parts is not None and not 1 <= self.parts <= 8:  # noqa: PLR2004 - as documented
            raise PolicyError("generalize.parts", "is 1 to 8")
        if self.allow is not None and not self.allow:
            raise PolicyError("generalize.allow", "names at least one value")
        if self.ceil is not None and _parsed_unit(self.ceil, "ceil")[1] not in _SECONDS:
            raise PolicyError("generalize.ceil", "is in s, min, h or d", hint="such as 15min")

    def inputs(self) -> frozenset[str]:
        """Return the kinds of value that this way takes."""
        if self.zone == WRITTEN:
            return frozenset({"text", "time", "integer", "number"})
        if self.unit is not None:
            seconds = _seconds(*_parsed_unit(self.unit), _zone(self.zone))
            return frozenset({"time", "integer", "number"} if seconds else {"time"})
        if self.step is not None or self.log is not None or self.ceil is not None:
            return frozenset({"integer", "number"})
        if self.parts is not None:
            return frozenset({"text"})
        return frozenset({"text", "integer", "agent", "category", "url", "version"})

    def gives(self, kind: str) -> str:
        """The same kind, a version, or a category."""
        if self.parts is not None:
            return "version"
        return kind if self.allow is None else "category"

    def bind(self, scope: Scope | None = None, *, packed: bool = False) -> Step:  # noqa: ARG002
        """Return the function that makes one value coarser."""
        if self.unit is not None:
            return _to_unit(self.unit, self.zone)
        if self.step is not None:
            return _of_number(_to_step(self.step))
        if self.log is not None:
            return _of_number(_to_bucket(self.log))
        if self.parts is not None:
            return _to_parts(self.parts)
        if self.ceil is not None:
            return _of_number(_to_ceiling(_seconds(*_parsed_unit(self.ceil), UTC)))
        return _to_listed(self.allow or ())

    def inline(self, *, packed: bool) -> Inline | None:  # noqa: ARG002
        """Return the expression for the usual one, an hour in UTC."""
        return HOUR if self.unit == "1h" and self.zone in (None, "UTC") else None


def _parsed_unit(unit: str, word: str = "unit") -> tuple[int, str]:
    match = _UNIT.fullmatch(unit)
    if match is None:
        raise PolicyError(
            f"generalize.{word}", "is a count and a unit", hint="such as 15min, 1h, 1d, 1w, 1mo, 1y"
        )
    count, name = int(match[1]), match[2]
    whole = {"s": DAY, "min": 1440, "h": 24, "d": 1, "w": 1, "mo": 12, "y": count}[name]
    if whole % count:
        raise PolicyError(
            f"generalize.{word}", f"a count of {name} divides {whole}, so that units begin alike"
        )
    return count, name


def _minutes(unit: str) -> int:
    """Return how many minutes a unit has that cuts times as they are written."""
    count, name = _parsed_unit(unit)
    minutes = {"min": count, "h": 60 * count}.get(name, 0)
    if not minutes or 60 % minutes:
        raise PolicyError(
            "generalize.unit",
            "is of minutes that divide the hour where the zone is that written",
            hint="such as 1min, 15min or 1h",
        )
    return minutes


def _seconds(count: int, name: str, zone: tzinfo) -> int:
    """Return the length of a unit that numbers have too, or 0."""
    return _SECONDS.get(name, 0) * count if zone is UTC else 0


def _zone(name: str | None) -> tzinfo:
    if name is None or name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        pass
    raise PolicyError("generalize.zone", "no zone of that name", hint="such as Europe/Berlin")


def _to_unit(unit: str, zone_name: str | None) -> Step:
    if zone_name == WRITTEN:
        return cut(_minutes(unit))
    count, name = _parsed_unit(unit)
    zone = _zone(zone_name)
    floor = _floor(count, name, zone)
    seconds = _seconds(count, name, zone)
    of_number = _of_number(_to_step(seconds)) if seconds else None

    def generalized(value: Any) -> Any:
        # Zones are compared by identity: decoders give UTC itself, and that is nearly all there is.
        if value.__class__ is datetime and value.tzinfo is zone:
            return floor(value)
        if value.__class__ is str:
            value = _time(value)
        if value.__class__ is datetime:
            return floor(value.replace(tzinfo=zone) if value.tzinfo is None else _at(value, zone))
        if value.__class__ is date:  # a day has no zone
            return floor(datetime(value.year, value.month, value.day, tzinfo=zone)).date()
        if of_number is not None and value.__class__ in (int, float, timedelta):
            return of_number(value)
        raise Withheld("not a time")

    return generalized


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise Withheld("not a time")


def _at(value: datetime, zone: tzinfo) -> datetime:
    try:
        return value.astimezone(zone)
    except (OverflowError, ValueError):
        pass
    raise Withheld("not a time")


def _floor(count: int, name: str, zone: tzinfo) -> Callable[[datetime], datetime]:
    """Return the function from a time in its zone to the start of its unit there."""
    if (name, count) == ("h", 1):
        return lambda time: time.replace(minute=0, second=0, microsecond=0)
    if name in _SECONDS:
        seconds = _SECONDS[name] * count

        def within_day(time: datetime) -> datetime:
            since = (time.hour * 3600 + time.minute * 60 + time.second) // seconds * seconds
            hour, rest = divmod(since, 3600)
            # The hour that a change of clocks repeats has halves; longer units have one begin.
            fold = time.fold if seconds <= 3600 else 0  # noqa: PLR2004 - an hour
            return time.replace(
                hour=hour, minute=rest // 60, second=rest % 60, microsecond=0, fold=fold
            )

        return within_day

    def by_calendar(time: datetime) -> datetime:
        day = time.date()
        if name == "w":
            day = _monday(day)
        elif name == "mo":
            day = day.replace(month=(day.month - 1) // count * count + 1, day=1)
        else:
            day = day.replace(year=max(1, day.year // count * count), month=1, day=1)
        return datetime(day.year, day.month, day.day, tzinfo=zone)

    return by_calendar


def _monday(day: date) -> date:
    """Return the Monday of a week; the week that began before year 1 starts with its first day."""
    return date.fromordinal(max(1, day.toordinal() - day.weekday()))


def _of_number(coarser: Callable[[Any], Any]) -> Step:
    def generalized(value: Any) -> Any:
        if value.__class__ in (int, float):
            return _checked(coarser, value)
        if value.__class__ is timedelta:
            try:
                return timedelta(seconds=_checked(coarser, value.total_seconds()))
            except OverflowError:
                pass
        raise Withheld("not a number")

    return generalized


def _checked(coarser: Callable[[Any], Any], value: Any) -> Any:
    """Return the coarser number; what is not finite has none."""
    if value.__class__ is int or math.isfinite(value):
        try:
            return coarser(value)
        except OverflowError:
            pass
    raise Withheld("not a finite number")


def _to_step(step: float) -> Callable[[Any], Any]:
    if isinstance(step, int):
        return lambda value: value // step * step + 0  # -0.0 is no bucket of its own

    digits = max(0, -_exponent(step))

    def multiple(count: int) -> float:
        return round(count * step, digits)

    def stepped(value: float) -> float:
        # 0.3 / 0.1 is 2.9999999999999996, and 3 * 0.1 is 0.30000000000000004: multiples are
        # compared as they are written, so that one stays what it is.
        count = math.floor(value / step)
        above = multiple(count + 1)
        return above if above <= value else multiple(count)

    return stepped


def _to_ceiling(seconds: int) -> Callable[[Any], Any]:
    # Floor division of the negative rounds up, exactly for integers of any size; + 0 as above.
    return lambda value: -(-value // seconds) * seconds + 0


def _exponent(step: float) -> int:
    """Return the power of ten of the last digit that a float is written with."""
    from decimal import Decimal

    exponent = Decimal(repr(step)).as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _to_bucket(base: float) -> Callable[[Any], Any]:
    bounds = _bounds(base)

    def bucketed(value: float) -> float:
        size = abs(value)
        bound = bounds[bisect_right(bounds, size) - 1] if size >= bounds[0] else 0
        return -bound if value < 0 else bound

    return bucketed


def _bounds(base: float) -> list[int | float]:
    """Return the powers of a base in order, whole ones as integers, others to six digits."""
    below: list[int | float] = []
    power = 1 / base
    while power >= _SMALLEST:
        below.append(float(f"{power:.6g}"))
        power /= base
    bounds = below[::-1]
    exact: int | float = 1
    while exact <= _LARGEST:
        rounded = exact if isinstance(exact, int) else float(f"{exact:.6g}")
        bounds.append(rounded)
        exact *= base
    return sorted(set(bounds))


def _to_parts(parts: int) -> Step:
    def generalized(value: Any) -> str:
        if value.__class__ is str and (match := _VERSION.fullmatch(value)):
            return ".".join(match[1].split(".")[:parts])
        raise Withheld("not a version")

    return generalized


def _to_listed(allow: Sequence[str | int]) -> Step:
    listed = frozenset(allow)

    def generalized(value: Any) -> str | int:
        if value.__class__ is str or value.__class__ is int:
            return value if value in listed else OTHER
        raise Withheld("not text or an integer")

    return generalized


def generalize(
    unit: str | None = None,
    *,
    zone: str | None = None,
    step: float | None = None,
    log: float | None = None,
    parts: int | None = None,
    allow: Sequence[str | int] | None = None,
    ceil: str | None = None,
) -> Generalize:
    """Make a value coarser, in one way.

    In a plain list of stages, place it: `generalize("1h").on("at")`.

    Args:
        unit: A time to its unit, such as `15min`, `1h`, `1d`, `1w`, `1mo`, `1y`.
        zone: An IANA zone name for `unit`, or `written`; UTC without.
        step: A number or duration (in seconds) down to a multiple of this.
        log: A number or duration down to a power of this, 1.01 or more.
        parts: A version to its first n numbers, 1 to 8.
        allow: The values that may leave; any other becomes `__other__`.
        ceil: A duration up to whole units, those begun counted, such as `15min`.

    Raises:
        PolicyError: No way or more than one, or a size without a meaning.
    """
    return Generalize(unit, zone, step, log, parts, None if allow is None else tuple(allow), ceil)


# What presets for logs do with times; formats have a short way for it.
TO_MINUTE = Generalize(unit="1min", zone=WRITTEN)
