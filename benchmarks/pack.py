"""Bytes per event: packs beside JSON, MessagePack and what compresses them.

The stream (`fleet_week`, seeded): 100,000 events of 17 kinds from 200 installations in one week, in
order of time, as a pipeline lets them out: times to the second, 128-bit tokens for installation,
session and, in some kinds, user. Batches are of 1,000 events in order, or all of one installation.
"""

from __future__ import annotations

import base64
import gzip
import random
import sys
from collections import deque
from datetime import UTC, date, datetime, timedelta
from functools import partial, reduce
from importlib.util import find_spec
from operator import or_
from typing import TYPE_CHECKING, Any

import msgspec
from devices import as_json, device_weeks
from measure import Line, cpu, ratios

from anonkit import Keyring, Pipeline
from anonkit.pack import About, Leaf, Object, Schema, dictionary_for, pack, unpack
from anonkit.policy.packing import schema_of
from anonkit.records.fleet import DeviceWeek
from anonkit.seal import VendorKey, seal

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEED = 20261122
EVENTS = 100_000
INSTALLATIONS = 200
BATCH = 1_000
ROUNDS = 5
START = datetime(2026, 11, 16, tzinfo=UTC)
ABOUT = About(
    policy="00112233aabbccdd",
    techniques=("generalize", "keep", "pseudonymize"),
    created=date(2026, 11, 23),
    expires=date(2028, 11, 22),
    period="1111222233334444",
)

_COMMON = ("at", "installation", "session", "app_version", "os")
# What each kind says besides: a name is all that is needed to draw a value.
KINDS: dict[str, tuple[str, ...]] = {
    "app_start": ("duration_ms", "cold"),
    "app_stop": ("uptime_s",),
    "login": ("user", "method", "success"),
    "logout": ("user",),
    "page_change": ("page", "previous", "duration_ms"),
    "search": ("hits", "duration_ms"),
    "import": ("format", "rows", "duration_ms", "success"),
    "export": ("format", "rows", "duration_ms"),
    "print": ("pages", "color", "duplex"),
    "scan": ("pages", "format"),
    "job_failed": ("error", "attempt"),
    "rule_added": ("user", "rule"),
    "rule_changed": ("user", "rule"),
    "rule_removed": ("user", "rule"),
    "setting_changed": ("setting",),
    "crash": ("error", "uptime_s"),
    "feedback": ("stars",),
}
_WEIGHTS = (4, 4, 5, 3, 40, 8, 3, 3, 8, 4, 2, 2, 3, 1, 3, 1, 6)
_TOKENS = ("installation", "session", "user", "rule")

SCHEMA = Schema(
    {
        kind: Object(
            {
                name: Leaf("token" if name in _TOKENS else "value")
                for name in (*_COMMON, *fields)
            }
        )
        for kind, fields in KINDS.items()
    }
)  # fmt: skip


def token(rng: random.Random) -> str:
    """Return a token of 128 bits, as a pipeline writes it."""
    return base64.urlsafe_b64encode(rng.randbytes(16)).rstrip(b"=").decode()


def fleet_week(count: int = EVENTS) -> list[dict[str, Any]]:
    """Return the stream."""
    rng = random.Random(SEED)
    pages = [f"/{area}/{what}" for area in ("jobs", "rules", "users", "devices", "reports")
             for what in ("list", "edit", "new", "detail", "history")]  # fmt: skip
    errors = [f"{name}Error" for name in ("Key", "Value", "Timeout", "Connection", "Permission")]
    fleet: list[dict[str, Any]] = [
        {
            "installation": token(rng),
            "app_version": rng.choice(("4.2", "4.2", "4.1", "4.0", "3.9")),
            "os": rng.choice(("Windows 11", "Windows 10", "Linux 6")),
            "users": [token(rng) for _ in range(rng.randrange(1, 9))],
            "rules": [token(rng) for _ in range(12)],
        }
        for _ in range(INSTALLATIONS)
    ]
    # Few installations make most events; a session lasts about 25 of them.
    shares = [rng.paretovariate(1.5) for _ in fleet]
    sessions: dict[str, tuple[str, str]] = {}
    events = []
    at = 0.0
    for _ in range(count):
        at += rng.expovariate(count / (7 * 86_400))
        site = rng.choices(fleet, shares)[0]
        name = site["installation"]
        if name not in sessions or rng.random() < 0.04:
            sessions[name] = token(rng), rng.choice(site["users"])
        session, user = sessions[name]
        kind = rng.choices(list(KINDS), _WEIGHTS)[0]
        draw: dict[str, Callable[[], Any]] = {
            "duration_ms": lambda: int(rng.lognormvariate(6, 1.5)),
            "uptime_s": lambda: int(rng.lognormvariate(8, 2)),
            "cold": lambda: rng.random() < 0.3,
            "user": partial(str, user),
            "method": lambda: rng.choice(("password", "sso", "card")),
            "success": lambda: rng.random() < 0.95,
            "page": lambda: rng.choice(pages),
            "previous": lambda: rng.choice(pages),
            "hits": lambda: int(rng.paretovariate(0.8)) - 1,
            "rows": lambda: int(rng.lognormvariate(7, 2)),
            "format": lambda: rng.choice(("csv", "xlsx", "pdf", "json")),
            "pages": lambda: min(500, int(rng.paretovariate(1.2))),
            "color": lambda: rng.random() < 0.4,
            "duplex": lambda: rng.random() < 0.6,
            "error": lambda: rng.choice(errors),
            "attempt": lambda: rng.randrange(1, 4),
            "rule": partial(rng.choice, site["rules"]),
            "setting": lambda: rng.choice(("theme", "language", "proxy", "retention", "tls")),
            "stars": lambda: rng.randrange(1, 6),
        }
        events.append(
            {
                "type": kind,
                "at": START + timedelta(seconds=int(at)),
                "installation": name,
                "session": session,
                "app_version": site["app_version"],
                "os": site["os"],
                **{field: draw[field]() for field in KINDS[kind]},
            }
        )
    return events


_MSGPACK = msgspec.msgpack.Encoder().encode
_JSON = msgspec.json.Encoder().encode


def _array(record: dict[str, Any]) -> list[Any]:
    """Return a record as `pipeline.row` has it: by position, tokens as raw bytes."""
    fields = SCHEMA.records[record["type"]].fields
    return [record["type"]] + [
        base64.urlsafe_b64decode(record[name] + "==") if name in _TOKENS else record[name]
        for name in fields
    ]


def _lines(records: list[dict[str, Any]]) -> bytes:
    return msgspec.json.Encoder().encode_lines(records)


def run() -> Iterator[Line]:
    """Yield the figures of packs."""
    events = fleet_week()
    thousands = [events[at : at + BATCH] for at in range(0, len(events), BATCH)]
    by_installation: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        by_installation.setdefault(event["installation"], []).append(event)
    weeks = list(by_installation.values())
    others: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {}
    if find_spec("fastavro") and find_spec("opentelemetry"):  # requirements/bench.txt
        from wire import encoders

        others = encoders(list(map(_raw, events[:BATCH])))
    formats: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
        "JSON": _lines,
        "JSON + gzip 6": lambda batch: gzip.compress(_lines(batch), 6),
        "JSON + zstd 3": lambda batch: zstd.compress(_lines(batch), 3),
        "msgpack map + zstd 3": lambda batch: zstd.compress(_MSGPACK(batch), 3),
        "msgpack array + zstd 3": lambda batch: zstd.compress(
            _MSGPACK([_array(record) for record in batch]), 3
        ),
        **{
            name: partial(lambda encode, batch: encode(list(map(_raw, batch))), encode)
            for name, encode in others.items()
        },
        "pack": lambda batch: pack(batch, SCHEMA, ABOUT, embed=False),
        "pack with schema": lambda batch: pack(batch, SCHEMA, ABOUT),
    }
    targets = {("pack", "1,000"): 19.0, ("pack", "week"): 12.0}
    for name, encode in formats.items():
        for batch_name, batches in (("1,000", thousands), ("week", weeks)):
            size = sum(len(encode(batch)) for batch in batches) / len(events)
            target = targets.get((name, batch_name))
            yield Line(f"{name}, batches: {batch_name}", size, "B/ev", target, "100,000 events")
    key = VendorKey.generate().recipient
    for batch_name, batches in (("1,000", thousands[:20]), ("week", weeks[:20])):
        plain = [pack(batch, SCHEMA, ABOUT, embed=False) for batch in batches]
        sealed = sum(len(seal(data, key)) for data in plain) / sum(map(len, plain))
        yield Line(f"sealed, batches: {batch_name}", sealed, "x", None, "the packs")
    yield from _typed_speed("1,000", thousands[:20])
    yield from _typed_speed("week", weeks[::5])
    yield from _speed("1,000", thousands[:20])
    yield from _speed("week", weeks[::5])
    yield from _devices()


_CLASSES: dict[str, type] = {
    "at": datetime, "cold": bool, "success": bool, "color": bool, "duplex": bool,
    **dict.fromkeys(
        ("duration_ms", "uptime_s", "hits", "rows", "pages", "attempt", "stars"), int
    ),
}  # fmt: skip


def typed_events() -> Any:
    """Return the union of 17 Structs that an application without packs would declare.

    Each is an array in MessagePack, its kind first; all fields are typed, tokens are text.
    """
    kinds = [
        msgspec.defstruct(
            kind.title().replace("_", ""),
            [(name, _CLASSES.get(name, str)) for name in (*_COMMON, *fields)],
            tag=kind,
            array_like=True,
        )
        for kind, fields in KINDS.items()
    ]
    return reduce(or_, kinds)


def _streamed(work: Callable[[Any], object], batches: list[Any]) -> Callable[[], float]:
    """Return what measures some work on one batch after the other, none of which is kept."""
    return lambda: cpu(lambda: deque(map(work, batches), 0))


def _typed_speed(name: str, batches: list[list[dict[str, Any]]]) -> Iterator[Line]:
    """Yield how long packs take beside typed Structs as MessagePack arrays.

    This is the floor that the targets were set by: both begin with the application's records and
    end with them, tokens as text.
    """
    rows = [_values(batch) for batch in batches]
    union = list[typed_events()]  # type: ignore[misc, valid-type]
    floors = [msgspec.convert(batch, union) for batch in rows]
    decode = msgspec.msgpack.Decoder(union).decode
    stored = [zstd.compress(_MSGPACK(batch), 3) for batch in floors]
    packs = [pack(batch, SCHEMA, ABOUT, embed=False) for batch in batches]
    own = [unpack(data, schemas=[SCHEMA], typed=True).records for data in packs]
    count = sum(map(len, batches))
    write = partial(pack, schema=SCHEMA, about=ABOUT, embed=False)
    read = partial(unpack, schemas=[SCHEMA])
    floor = _streamed(lambda batch: zstd.compress(_MSGPACK(batch), 3), floors)
    yield Line(f"typed Structs + zstd 3, {name}", floor() / count * 1e6, "µs/ev", None, "encode")
    contenders = {"Structs": _streamed(write, own), "dicts": _streamed(write, batches)}
    for what, figure in ratios(floor, contenders, rounds=ROUNDS).items():
        yield Line(f"pack from {what}, {name}", figure, "x", 2.5, "typed Structs + zstd 3")
    floor = _streamed(lambda data: decode(zstd.decompress(data)), stored)
    yield Line(f"typed Structs + zstd 3, {name}", floor() / count * 1e6, "µs/ev", None, "decode")
    contenders = {
        "Structs": _streamed(partial(read, typed=True), packs), "dicts": _streamed(read, packs)
    }  # fmt: skip
    for what, figure in ratios(floor, contenders, rounds=ROUNDS).items():
        yield Line(f"unpack to {what}, {name}", figure, "x", 1.5, "zstd 3 to typed Structs")


def _speed(name: str, batches: list[list[dict[str, Any]]]) -> Iterator[Line]:
    """Yield how long packs take, beside two ways to do the same with MessagePack.

    The floor has arrays of raw bytes made ready beforehand, and makes nothing but arrays again. The
    same work begins and ends with the same records as packs do, dicts with tokens as text, and
    takes the shortest way there is from these to arrays and back.
    """
    arrays = [[_array(record) for record in batch] for batch in batches]
    rows = [[_MSGPACK(record) for record in batch] for batch in arrays]
    stored = [zstd.compress(_MSGPACK(batch), 3) for batch in arrays]
    packs = [pack(batch, SCHEMA, ABOUT, embed=False) for batch in batches]
    texts = [zstd.compress(_MSGPACK(_values(batch)), 3) for batch in batches]
    names = {kind: ("type", *node.fields) for kind, node in SCHEMA.records.items()}
    count = sum(map(len, batches))

    def floor() -> float:
        return cpu(lambda: [zstd.compress(_MSGPACK(batch), 3) for batch in arrays])

    def same() -> float:
        return cpu(lambda: [zstd.compress(_MSGPACK(_values(batch)), 3) for batch in batches])

    def from_dicts() -> float:
        return cpu(lambda: [pack(batch, SCHEMA, ABOUT, embed=False) for batch in batches])

    def from_rows() -> float:
        return cpu(lambda: [pack(batch, SCHEMA, ABOUT, embed=False) for batch in rows])

    yield Line(f"msgpack array + zstd 3, {name}", floor() / count * 1e6, "µs/ev", None, "encode")
    figures = ratios(floor, {"dicts": from_dicts, "rows": from_rows}, rounds=ROUNDS)
    yield Line(f"pack from dicts, {name}", figures["dicts"], "x", 2.5, "ready arrays + zstd 3")
    yield Line(f"pack from rows, {name}", figures["rows"], "x", None, "ready arrays + zstd 3")
    figures = ratios(same, {"dicts": from_dicts}, rounds=ROUNDS)
    yield Line(f"pack from dicts, {name}", figures["dicts"], "x", 2.5, "dicts to arrays + zstd 3")

    def rows_again() -> float:
        return cpu(
            lambda: [
                zstd.compress(_MSGPACK(list(map(msgspec.msgpack.decode, batch))), 3)
                for batch in rows
            ]
        )

    figures = ratios(rows_again, {"rows": from_rows}, rounds=ROUNDS)
    yield Line(f"pack from rows, {name}", figures["rows"], "x", 2.5, "rows to arrays + zstd 3")

    def unpacked() -> float:
        return cpu(lambda: [unpack(data, schemas=[SCHEMA]) for data in packs])

    def arrays_again() -> float:
        return cpu(lambda: [msgspec.msgpack.decode(zstd.decompress(data)) for data in stored])

    def dicts_again() -> float:
        return cpu(
            lambda: [
                [
                    dict(zip(names[row[0]], row, strict=True))
                    for row in msgspec.msgpack.decode(zstd.decompress(data))
                ]
                for data in texts
            ]
        )

    figures = ratios(arrays_again, {"unpack": unpacked}, rounds=ROUNDS)
    yield Line(f"unpack, {name}", figures["unpack"], "x", 1.5, "zstd 3 to arrays")
    figures = ratios(dicts_again, {"unpack": unpacked}, rounds=ROUNDS)
    yield Line(f"unpack, {name}", figures["unpack"], "x", 1.5, "zstd 3 to dicts")


def _values(batch: list[dict[str, Any]]) -> list[list[Any]]:
    """Return records as arrays, their values in order."""
    return [list(record.values()) for record in batch]


def _raw(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with its tokens as raw bytes."""
    return {
        name: base64.urlsafe_b64decode(value + "==") if name in _TOKENS else value
        for name, value in record.items()
    }


def _devices() -> Iterator[Line]:
    """Yield the size of weekly device summaries, with the dictionary that is shipped."""
    pipeline = Pipeline(DeviceWeek, keys=Keyring.generate())
    schema = schema_of(pipeline.policy)
    about = msgspec.structs.replace(ABOUT, techniques=())
    trained = dictionary_for(schema)
    raw = [device_weeks(25, SEED + site) for site in range(20)]
    sites = [[record for week in site if (record := pipeline(week))] for site in raw]
    fresh = [week for site in sites for week in site]
    key = VendorKey.generate().recipient
    plain = sum(map(len, as_json([week for site in raw for week in site]))) / len(fresh)
    yield Line("device week, raw JSON", plain, "B", None, "mean of 500")
    yield Line("device week, JSON", len(_lines(fresh)) / len(fresh), "B", None, "mean of 500")
    bare = [pack([week], schema, about, embed=False) for week in fresh]
    yield Line("device week alone, no dictionary", sum(map(len, bare)) / 500, "B", None, "of 500")
    batches = {1: [[week] for week in fresh], 25: sites, 500: [fresh]}
    for count, target in ((1, 250), (25, 190), (500, 190)):
        packs = [
            pack(batch, schema, about, embed=False, dictionary=trained) for batch in batches[count]
        ]
        size = sum(map(len, packs)) / len(fresh)
        name = f"device week, batches of {count}" if count > 1 else "device week alone"
        yield Line(name, size, "B", target, "500 devices")
        sealed = sum(len(seal(data, key)) for data in packs) / len(fresh)
        yield Line(f"{name}, sealed", sealed - size, "B", None, "more, for each device")
