"""A second anonkit, written from the documentation alone: slow, plain, without msgspec.

It takes a policy as a document and a record as plain JSON values, and tells what leaves and what is
counted. No line of it is shared with the package; where the two differ, one of them is wrong.
"""


# ruff: noqa: DTZ001 - times without a zone are cases

# ruff: noqa: N818 - verdicts, not faults

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import math
import re
import unicodedata
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

ABSENT = object()


class No(Exception):
    """A value may not leave: the rule."""


class NoRecord(Exception):
    """A record may not leave: place and rule."""


class Reference:
    """A pipeline for one policy document and one key.

    Attributes:
        out, withheld, omitted, undeclared: What the report counts.
    """

    def __init__(self, document: dict[str, Any], key: bytes, period: str, tenant: str = "") -> None:
        self.records = {
            name: [(steps(path), path, field) for path, field in record["fields"].items()]
            for name, record in document["record"].items()
        }
        self.key, self.period, self.tenant = key, period, tenant
        self.out: Counter[str] = Counter()
        self.withheld: Counter[tuple[str, str, str]] = Counter()
        self.omitted: Counter[tuple[str, str, str]] = Counter()
        self.undeclared: Counter[str] = Counter()

    def run(self, record: Any, *, packed: bool) -> Any:
        """Return what leaves of a record, or None."""
        if not isinstance(record, dict):
            self.withheld["", "", "not an object"] += 1
            return None
        untyped = "object" in self.records
        name = "object" if untyped else record.get("type")
        if not isinstance(name, str) or name not in self.records:
            self.withheld["", "type", "unknown record type"] += 1
            return None
        walk = Once(self, name, packed=packed)
        try:
            result = walk.object(self.records[name], "", record, root=not untyped)
        except NoRecord as no:
            self.withheld[name, *no.args] += 1
            return None
        self.out[name] += 1
        self.omitted.update(walk.omitted)
        if walk.undeclared:
            self.undeclared[name] += walk.undeclared
        if untyped:
            return result
        return [name, *result] if packed else {"type": name, **result}

    def report(self) -> dict[str, Any]:
        """Return the counts as `Report.as_dict` gives them."""

        def entries(counts: Counter[tuple[str, str, str]]) -> list[dict[str, Any]]:
            return [
                {"record": place[0], "field": place[1], "rule": place[2], "count": count}
                for place, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            ]

        out, withheld = self.out.total(), self.withheld.total()
        return {
            "records": {
                "in": out + withheld,
                "out": out,
                "withheld": withheld,
                "out_by_type": dict(sorted(self.out.items())),
            },
            "withheld": entries(self.withheld),
            "omitted_fields": entries(self.omitted),
            "undeclared_fields": dict(sorted(self.undeclared.items())),
        }

    def subkey(self, *label: str) -> bytes:
        """HKDF-Expand (RFC 5869 2.3), one block, over length-prefixed labels."""
        info = b"anonkit/v1"
        for part in (self.tenant, *label, self.period):
            info += len(part.encode()).to_bytes(4, "big") + part.encode()
        return hmac.new(self.key, info + b"\x01", "sha256").digest()


class Once:
    """One record on its way."""

    def __init__(self, reference: Reference, name: str, *, packed: bool) -> None:
        self.reference, self.name, self.packed = reference, name, packed
        self.omitted: Counter[tuple[str, str, str]] = Counter()
        self.undeclared = 0

    def value(self, lines: list[Any], path: str, value: Any) -> Any:
        """Treat a value by the policy lines that begin with its path (their remaining steps)."""
        if lines[0][0] == ():
            return self.field(lines[0][1], lines[0][2], value)
        if dropped(lines):
            return ABSENT
        if value is None or value is ABSENT:
            return value
        if lines[0][0][0] == ("item",):
            if not isinstance(value, list):
                raise NoRecord(path, "not a list")
            below = [(line[0][1:], *line[1:]) for line in lines]
            items = [self.value(below, f"{path}[]", item) for item in value]
            return [item for item in items if item is not ABSENT]
        if not isinstance(value, dict):
            raise NoRecord(path, "not an object")
        return self.object(lines, path, value)

    def object(
        self, lines: list[Any], path: str, value: dict[str, Any], *, root: bool = False
    ) -> Any:
        """Treat the members of an object."""
        named: dict[str, list[Any]] = {}
        rest, names = [], None
        for (first, *more), *line in lines:
            if first == ("rest",):
                rest.append((tuple(more), *line))
            elif first == ("names",):
                names = line
            else:
                named.setdefault(first[1], []).append((tuple(more), *line))
        done = {}
        for name, below in named.items():
            done[name] = self.value(below, joined(path, escape(name)), value.get(name, ABSENT))
        others = {}
        behind = (rest and dropped(rest)) or (names and "drop" in names[1])
        for name, part in value.items():
            if name in named or (root and name == "type") or behind:
                continue
            if not rest:
                self.undeclared += 1
                continue
            if names is not None:
                key = self.field(names[0], names[1], name)
            elif re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,31}", name):
                key = name
            else:
                self.omitted[self.name, joined(path, "*~"), "not a plain name"] += 1
                key = ABSENT
            if key is not ABSENT:
                treated = self.value(rest, joined(path, "*"), part)
                if treated is not ABSENT:
                    others[key] = treated
        if self.packed:
            row = [
                None if part is ABSENT else part
                for name, part in done.items()
                if not dropped(named[name])
            ]
            return [*row, others] if rest else row
        return {k: part for k, part in {**done, **others}.items() if part is not ABSENT}

    def field(self, path: str, field: dict[str, Any], value: Any) -> Any:
        """Treat one value by its stages."""
        chain = field.get("stages") or [{k: v for k, v in field.items() if k in STAGES}]
        if "drop" in chain[0]:
            return ABSENT
        if value is None or value is ABSENT:
            return value
        try:
            for number, stage in enumerate(chain):
                ((verb, options),) = stage.items()
                last = number == len(chain) - 1
                value = STAGES[verb](self, path, options, value, raw=self.packed and last)
        except No as no:
            rule = str(no.args[0])
        else:
            return value
        if field.get("withhold") == "field":
            self.omitted[self.name, path, rule] += 1
            return ABSENT
        raise NoRecord(path, rule)


def dropped(lines: list[Any]) -> bool:
    """Whether nothing of a place leaves: a dropped field, or a list or object of nothing else."""
    if lines[0][0] == ():
        return "drop" in lines[0][2]
    if lines[0][0][0] == ("item",):
        return dropped([(line[0][1:], *line[1:]) for line in lines])
    named: dict[str, list[Any]] = {}
    rest, names = [], False
    for (first, *more), *line in lines:
        if first == ("rest",):
            rest.append((tuple(more), *line))
        elif first == ("names",):
            names = "drop" in line[1]
        else:
            named.setdefault(first[1], []).append((tuple(more), *line))
    behind = not rest or names or dropped(rest)
    return behind and all(map(dropped, named.values()))


def joined(path: str, name: str) -> str:
    """Return the path of a part."""
    return f"{path}.{name}" if path else name


def escape(name: str) -> str:
    """Write a name into a path."""
    return "".join(f"\\{c}" if c in r"\.[]*~" else c for c in name)


def steps(path: str) -> tuple[tuple[str, ...], ...]:
    """Split a path, character by character."""
    found: list[tuple[str, ...]] = []
    name, literal, position = "", False, 0
    while position < len(path):
        char = path[position]
        if char == "\\":
            name, literal, position = name + path[position + 1], True, position + 1
        elif char == ".":
            found += [step(name, literal=literal)] if name else []
            name, literal = "", False
        elif char == "[":
            found += [step(name, literal=literal)] if name else []
            found.append(("item",))
            name, literal, position = "", False, position + 1
        else:
            name += char
        position += 1
    return (*found, step(name, literal=literal)) if name else tuple(found)


def step(name: str, *, literal: bool) -> tuple[str, ...]:
    """Return one step of a path."""
    if not literal and name in ("*", "*~"):
        return ("rest",) if name == "*" else ("names",)
    return ("name", name)


# --- stages -----------------------------------------------------------------------------------


def kept(_once: Once, _path: str, _options: Any, value: Any, *, raw: bool) -> Any:
    """One value, as it is."""
    if isinstance(value, list | dict):
        raise No("wrong type")
    return value


def truncated(_once: Once, _path: str, options: Any, value: Any, *, raw: bool) -> Any:
    """One address or several."""
    if not isinstance(value, str):
        raise No("wrong type")
    parts = value.split(",")
    networks = [
        network(part.removeprefix(" ") if n else part, options["v4"], options["v6"])
        for n, part in enumerate(parts)
    ]
    if len(parts) > 64 or len(value) > 128 * 64:
        raise No("not an address")
    if raw:
        return networks[0].packed if len(networks) == 1 else [n.packed for n in networks]
    return ", ".join(map(written, networks))


def network(text: str, v4: int, v6: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the network of one address in any written form."""
    if (match := re.fullmatch(r"\[([^\[\]]*:[^\[\]]*)\](:[0-9]{1,5})?", text, re.ASCII)) or (
        match := re.fullmatch(r"([0-9.]+):[0-9]{1,5}", text, re.ASCII)
    ):
        text = match[1]
    address, percent, zone = text.partition("%")
    if percent and (":" not in address or not re.fullmatch(r"[^\s,%\[\]]{1,64}", zone)):
        raise No("not an address")
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        raise No("not an address") from None
    number = int(ip)
    if ip.version == 4:
        return ipaddress.IPv4Address(cut(number, 32, v4))
    if number >> 32 == 0xFFFF:
        return ipaddress.IPv4Address(cut(number & 0xFFFFFFFF, 32, v4))
    bits = v6
    if number >> 112 == 0x2002:
        bits = min(v6, 16 + v4)
    elif number >> 96 == 0x20010000:
        bits = min(v6, 32)
    elif number >> 32 == 0x0064FF9B << 64:
        bits = 96 + v4
    return ipaddress.IPv6Address(cut(number, 128, bits))


def cut(number: int, size: int, bits: int) -> int:
    """Keep the first bits of a number."""
    return number >> (size - bits) << (size - bits)


def written(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Write an address as RFC 5952 does, with the tail of ::/96 in dotted form as C libraries do."""
    number = int(ip)
    if ip.version == 6 and 0xFFFF < number < 1 << 32:
        return f"::{ipaddress.IPv4Address(number)}"
    return str(ip)


def tokenized(once: Once, path: str, options: Any, value: Any, *, raw: bool) -> Any:
    """A keyed token."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise No("wrong type")
    kind = "text" if isinstance(value, str) else "integer"
    text = str(value)
    if kind == "text":
        forms = options.get("canonical", [])
        if "email" in forms:
            forms = ["casefold", "nfc"]
        if "nfc" in forms and len(text) > 4096:
            raise No("too long")
        if "casefold" in forms:
            text = unicodedata.normalize("NFD", text) if "nfc" in forms else text
            text = text.casefold()
        if "nfc" in forms:
            text = unicodedata.normalize("NFC", text)
        if "email" in options.get("canonical", []):
            text = re.sub(r"^(mailto:)?(smtp:)?", "", text.strip()).lstrip()
    domain = options.get("domain")
    place = ("domain", domain) if domain else ("field", once.name, path)
    algorithm, bits = options["algorithm"], options["bits"]
    key = once.reference.subkey("token", algorithm, str(bits), kind, *place)
    if algorithm == "blake2b":
        token = hashlib.blake2b(text.encode(), key=key, digest_size=bits // 8).digest()
    else:
        token = hmac.new(key, text.encode(), "sha256").digest()[: bits // 8]
    return token if raw else base64.urlsafe_b64encode(token).decode().rstrip("=")


def generalized(_once: Once, _path: str, options: Any, value: Any, *, raw: bool) -> Any:
    """A coarser value."""
    if options.get("zone") == "written":
        return clocked(int(options["unit"].removesuffix("min")), value)
    if "unit" in options:
        return to_unit(options["unit"], options.get("zone") or "UTC", value)
    if "parts" in options:
        if not isinstance(value, str):
            raise No("wrong type")
        match = re.fullmatch(
            r"[vV]?(\d{1,6}(\.\d{1,6}){0,7})(?!\d)[-+._~ 0-9A-Za-z:()]{0,64}", value, re.ASCII
        )
        if not match:
            raise No("not a version")
        return ".".join(match[1].split(".")[: options["parts"]])
    if "allow" in options:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise No("wrong type")
        return value if value in options["allow"] else "__other__"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise No("wrong type")
    if "ceil" in options:
        return to_ceiling(options["ceil"], value)
    return (
        to_step(options["step"], value) if "step" in options else to_bucket(options["log"], value)
    )


def to_ceiling(unit: str, value: float) -> float:
    """Return the least whole number of units that is not below the value."""
    match = re.fullmatch(r"(\d+)([a-z]+)", unit)
    assert match
    size = int(match[1]) * {"s": 1, "min": 60, "h": 3600, "d": 86400}[match[2]]
    whole = math.ceil(Fraction(value) / size) * size
    return float(whole) if isinstance(value, float) else whole


def to_step(step: float, value: float) -> float:
    """Return the largest multiple that is not above the value; multiples as they are written."""
    if isinstance(step, int):
        whole = math.floor(Fraction(value) / step) * step
        return float(whole) if isinstance(value, float) else whole
    exact = Fraction(repr(step))
    count = math.floor(Fraction(value) / exact)
    for candidate in (count + 1, count, count - 1):
        if float(candidate * exact) <= value:
            return float(candidate * exact)
    raise AssertionError(value)


def to_bucket(base: float, value: float) -> float:
    """Return the power of the base below the size of the value, written to six digits."""
    bounds = [1]
    power = 1 / base
    while power >= 1e-9:
        bounds.append(float(f"{power:.6g}"))
        power /= base
    power = base
    while power <= 1e19:
        bounds.append(power if isinstance(base, int) else float(f"{power:.6g}"))
        power *= base
    size = abs(value)
    bound = max((b for b in bounds if b <= size), default=0)
    return -bound if value < 0 else bound


def clocked(minutes: int, value: Any) -> Any:
    """Return a time with its clock cut where it stands; ISO 8601 alone, as the strategies write."""
    if not isinstance(value, str) or value[10:11] != "T":
        raise No("wrong type" if isinstance(value, bool | list | dict) else "not a time")
    begin = int(value[14:16]) // minutes * minutes
    return (
        f"{value[:14]}{begin:02}:00"
        + re.sub("[0-9]", "0", value[19:26] if value[19:20] == "." else "")
        + (value[26:] if value[19:20] == "." else value[19:])
    )


def to_unit(unit: str, zone: str, value: Any) -> Any:
    """Return the start of the unit that a time is in."""
    match = re.fullmatch(r"(\d+)([a-z]+)", unit)
    assert match
    count, name = int(match[1]), match[2]
    seconds = {"s": 1, "min": 60, "h": 3600, "d": 86400}.get(name, 0) * count
    if isinstance(value, bool | list | dict):
        raise No("wrong type")
    if isinstance(value, int | float):
        if not seconds or zone != "UTC":
            raise No("wrong type")
        return to_step(seconds, value)
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise No("wrong type") from None
    tz = UTC if zone == "UTC" else ZoneInfo(zone)
    try:
        time = time.replace(tzinfo=tz) if time.tzinfo is None else time.astimezone(tz)
    except (OverflowError, ValueError):
        raise No("not a time") from None
    day = time.date()
    if name in ("s", "min", "h"):
        passed = timedelta(hours=time.hour, minutes=time.minute, seconds=time.second)
        begin = datetime(day.year, day.month, day.day) + passed // timedelta(
            seconds=seconds
        ) * timedelta(seconds=seconds)
        return begin.replace(tzinfo=tz, fold=time.fold if seconds <= 3600 else 0)
    if name == "w":
        day = date.fromordinal(max(1, day.toordinal() - day.isoweekday() + 1))
    elif name == "mo":
        day = date(day.year, day.month - (day.month - 1) % count, 1)
    elif name == "y":
        day = date(max(1, day.year - day.year % count), 1, 1)
    return datetime(day.year, day.month, day.day, tzinfo=tz)


STAGES = {
    "keep": kept,
    "drop": None,
    "truncate": truncated,
    "pseudonymize": tokenized,
    "generalize": generalized,
}
