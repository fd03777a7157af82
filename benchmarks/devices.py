"""Seeded weekly summaries of devices, as a gateway of a site hears them: raw, about 2.4 kB of JSON.

Devices are colour printers with four cartridges each, and a
waste box and a fuser without serial numbers. Models, catalogue numbers, firmware and the
network repeat within a site, as they do where somebody buys in tens; serial numbers, addresses,
counts and levels are drawn for each device.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import msgspec

SEED = 20261122
AT = datetime(2026, 11, 22, 23, 50, tzinfo=UTC)
# Model, its catalogue number, and the catalogue numbers and yields of its cartridges.
MODELS = {
    "CX735": ("47C9960", {"black": ("71C20K0", 8_000), "color": ("71C20", 5_000)}),
    "CX943": ("32D0320", {"black": ("83D0HK0", 33_000), "color": ("83D0H", 26_000)}),
    "CS632": ("50M0070", {"black": ("75M20K0", 9_000), "color": ("75M20", 8_800)}),
    "CS963": ("32C0280", {"black": ("83D1HK0", 33_000), "color": ("83D1H", 26_000)}),
}
COLORS = {"black": "", "cyan": "C0", "magenta": "M0", "yellow": "Y0"}
FIRMWARE = ("CXTZJ.221.208", "CXTZJ.230.041", "CXTZJ.230.044", "CXTPM.230.044")
# How often a week has an event, and most often once.
EVENTS = {
    "cartridge_changed": 0.25,
    "drum_changed": 0.01,
    "fuser_changed": 0.01,
    "waste_box_changed": 0.02,
    "maintenance_done": 0.03,
    "jam_in_tray_cleared": 0.3,
    "jam_in_fuser_cleared": 0.08,
    "jam_in_feeder_cleared": 0.15,
    "jam_in_output_cleared": 0.05,
    "tray_refilled": 0.95,
    "tray_changed": 0.1,
    "paper_mismatched": 0.12,
    "output_emptied": 0.2,
    "cover_closed": 0.6,
    "supply_warned": 0.3,
    "supply_refused": 0.02,
    "error_cleared": 0.3,
    "restarted": 0.15,
    "firmware_updated": 0.02,
    "settings_changed": 0.05,
}
MEDIA = {
    "plain": 1.0,
    "recycled": 0.25,
    "heavy": 0.1,
    "letterhead": 0.3,
    "envelope": 0.2,
    "labels": 0.1,
    "glossy": 0.05,
    "transparency": 0.01,
    "other": 0.05,
}
SIZES = {"a3": 0.15, "a4": 1.0, "a5": 0.1, "letter": 0.1, "legal": 0.02, "other": 0.1}
JOBS = {"print": 0.7, "copy": 0.15, "scan": 0.14, "fax": 0.01}
PEOPLE = ("Ada Lovelace", "Alan Turing", "Grace Hopper", "Katherine Johnson", "Konrad Zuse")
# What of a device names it or a person, and so must be found nowhere behind the pipeline.
PERSONAL = ("serial", "mac", "ip", "host_name", "place", "contact", "asset_tag")


def device_weeks(count: int, seed: int = SEED) -> list[dict[str, Any]]:
    """Return the raw summaries of the devices of one site, in one week."""
    rng = random.Random(seed)
    network = f"10.{rng.randrange(256)}"
    # A site has two or three models, and most devices run the same firmware.
    models = rng.sample(sorted(MODELS), rng.choice((2, 3)))
    newest = rng.choice(FIRMWARE)
    return [_device(rng, number, network, models, newest) for number in range(count)]


def as_json(weeks: list[dict[str, Any]]) -> list[bytes]:
    """Return each summary as a line of JSON."""
    return [msgspec.json.encode(week) for week in weeks]


def personal_values(weeks: list[dict[str, Any]]) -> set[str]:
    """Return all that must be found nowhere in what leaves."""
    found = {week[field] for week in weeks for field in PERSONAL}
    found |= {value for week in weeks for value in week["last_job"].values()}
    return found | {
        supply["serial"] for week in weeks for supply in week["supplies"] if "serial" in supply
    }


def _device(
    rng: random.Random, number: int, network: str, models: list[str], newest: str
) -> dict[str, Any]:
    model = rng.choice(models)
    part_number, catalogue = MODELS[model]
    pages = int(rng.lognormvariate(6, 1))
    jobs = int(pages / rng.uniform(2, 6)) + 1
    who = rng.choice(PEOPLE)
    host = f"prn-{who.split()[1].lower()}-{number:03}"
    return {
        "type": "device_week",
        "at": AT,
        "serial": f"7{rng.randrange(10**9):09}{rng.choice('KMNPRT')}",
        "model": model,
        "part_number": part_number,
        "mac": ":".join(("00", "21", "B7", *(f"{byte:02X}" for byte in rng.randbytes(3)))),
        "ip": f"{network}.{rng.randrange(1, 255)}.{rng.randrange(1, 255)}",
        "firmware": newest if rng.random() < 0.8 else rng.choice(FIRMWARE),
        "host_name": f"{host}.corp.example",
        "place": f"Building {rng.randrange(1, 9)}, room {rng.randrange(100, 999)}, {who}'s desk",
        "contact": f"{who.replace(' ', '.').lower()}{number}@corp.example",
        "asset_tag": f"INV-{rng.randrange(10**7):07}",
        # No policy line names it: what was printed, and by whom, is not telemetry.
        "last_job": {"user": f"{who.lower()} {number}", "title": f"Offer for {who} {number}"},
        "supplies": [
            *(_cartridge(rng, color, catalogue, pages) for color in COLORS),
            {"kind": "waste_box", "level": rng.randrange(101), "state": "ok"},
            {"kind": "fuser", "level": rng.randrange(101), "state": "ok"},
        ],
        "events": {name: _times(rng, often) for name, often in EVENTS.items()},
        "pages": _pages(rng, pages),
        "jobs": {kind: _jobs(rng, int(jobs * share)) for kind, share in JOBS.items()},
        "power": _power(rng, jobs),
    }


def _cartridge(
    rng: random.Random, color: str, catalogue: dict[str, Any], pages: int
) -> dict[str, Any]:
    part_number, capacity = catalogue["black" if color == "black" else "color"]
    level = rng.randrange(101)
    return {
        "kind": "toner",
        "serial": f"CAH{rng.randrange(16**9):09X}",
        "part_number": part_number + COLORS[color],
        "color": color,
        "level": level,
        "capacity": capacity,
        "state": "empty" if level == 0 else "low" if level < 10 else "ok",
        "pages": pages if color == "black" else int(pages * rng.betavariate(2, 4)),
    }


def _times(rng: random.Random, often: float) -> int:
    return int(rng.paretovariate(1.5)) if rng.random() < often else 0


def _pages(rng: random.Random, total: int) -> dict[str, Any]:
    return {
        "total": total,
        "color": int(total * rng.betavariate(2, 4)),
        "duplex": int(total * rng.betavariate(4, 3)),
        "n_up": int(total * rng.betavariate(1, 12)),
        "copies": int(total * rng.betavariate(1, 6)),
        "scans": int(total * rng.betavariate(2, 5)),
        "faxes_sent": _times(rng, 0.1),
        "faxes_received": _times(rng, 0.15),
        "media": _shares(rng, total, MEDIA),
        "sizes": _shares(rng, total, SIZES),
    }


def _shares(rng: random.Random, total: int, kinds: dict[str, float]) -> dict[str, int]:
    """Return how many pages were of which kind: most of the usual one, few or none of others."""
    return {
        name: int(total * (rng.betavariate(9, 1) if often == 1 else 0.2 * rng.random()))
        if rng.random() < often
        else 0
        for name, often in kinds.items()
    }


def _jobs(rng: random.Random, total: int) -> dict[str, int]:
    one, few, some = (int(total * share) for share in (0.4, 0.35, 0.2))
    return {
        "total": total,
        "cancelled": int(total * rng.betavariate(1, 30)),
        "of_1_page": one,
        "of_2_to_5_pages": few,
        "of_6_to_20_pages": some,
        "of_more_pages": total - one - few - some,
    }


def _power(rng: random.Random, jobs: int) -> dict[str, int]:
    week = 7 * 86_400
    active = min(week // 2, jobs * rng.randrange(20, 60))
    off = rng.choice((0, 0, 0, rng.randrange(week // 3)))
    ready = min(week - active - off, jobs * rng.randrange(300, 900))
    sleep = (week - active - off - ready) * rng.randrange(30, 60) // 100
    rest = week - active - off - ready - sleep
    return {
        "off": off,
        "hibernate": rest,
        "sleep": sleep,
        "ready": ready - active // 10,
        "warming_up": active // 10,
        "active": active,
    }
