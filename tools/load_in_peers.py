"""Load anonymized access logs in programs of others, which must reject no line that they took raw.

    python tools/load_in_peers.py [LOG ...]

Each log is read raw and anonymized, under each preset for its format, by GoAccess (a package of
most systems) and, for the formats of Apache, by apachelogs from PyPI. Without a log, made-up ones
serve. A program that is not installed is left out; when none is there, the check fails.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from anonkit import Pipeline, Policy
from anonkit.parse.sniff import SAMPLE, sniff
from anonkit.parse.weblog import LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Callable

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))
from workloads import access_log, iis_log

GOACCESS = {
    "common": "COMMON",
    "combined": "COMBINED",
    "vhost_combined": "VCOMBINED",
    "w3c": "W3C",
}
APACHE = {
    "common": '%h %l %u %t "%r" %>s %b',
    "combined": '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
    "vhost_combined": '%v:%p %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
}
PRESETS = {"w3c": ("w3c",)}


def rejected_by_goaccess(log: Path, form: str) -> int:
    """Return how many lines GoAccess does not take."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = ["goaccess", str(log), "--no-global-config", "--no-progress", "-o", str(report)]
        subprocess.run(
            [*command, f"--log-format={GOACCESS[form]}"], check=False, capture_output=True
        )
        if not report.exists():  # it takes no line at all
            return len(log.read_bytes().splitlines())
        counted: int = json.loads(report.read_bytes())["general"]["failed_requests"]
        return counted


def rejected_by_apachelogs(log: Path, form: str) -> int:
    """Return how many lines apachelogs does not take."""
    from apachelogs import InvalidEntryError, LogParser

    lines = log.read_text(encoding="latin-1").split("\n")
    lines = [line for line in lines if line.strip()]
    if not lines:  # all was withheld
        return 0
    # Fields behind the agent are no part of the format; every line has as many.
    extras = LAYOUTS[form].extras_of(lines[0].encode("latin-1")) or ""
    rejected, parser = 0, LogParser(APACHE[form] + extras.replace("-", "%{X-Extra}i"))
    for line in lines:
        try:
            parser.parse(line)
        except (InvalidEntryError, ValueError):  # the second of a time that is none
            rejected += 1
    return rejected


def programs(form: str) -> dict[str, Callable[[Path, str], int]]:
    """Return the programs at hand that read a format."""
    found: dict[str, Callable[[Path, str], int]] = {}
    if shutil.which("goaccess"):
        found["goaccess"] = rejected_by_goaccess
    if find_spec("apachelogs") and form in APACHE:
        found["apachelogs"] = rejected_by_apachelogs
    return found


def anonymized(log: Path, form: str, preset: str, to: Path) -> None:
    """Write what may leave of a log."""
    lines = Pipeline(Policy.preset(preset)).lines(form)
    to.write_bytes(lines.feed(log.read_bytes()) + lines.finish())


def made_up(folder: Path) -> list[Path]:
    """Write a log of each format."""
    combined = folder / "combined.log"
    access_log(combined, 5_000)
    rows = combined.read_text(encoding="ascii").splitlines()
    common, hosts, iis = (folder / f"{name}.log" for name in ("common", "hosts", "iis"))
    common.write_text("".join(f"{' '.join(row.split(' ')[:10])}\n" for row in rows))
    hosts.write_text("".join(f"shop.example.com:443 {row}\n" for row in rows))
    iis_log(iis, 5_000)
    return [combined, common, hosts, iis]


def main() -> int:
    """Load every log, say what came of it, and return 1 where a line was rejected."""
    failed, tried = 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for log in [*map(Path, sys.argv[1:])] or made_up(folder):
            form = sniff(log.read_bytes()[:SAMPLE]).format
            for program, rejected in programs(form).items():
                raw = rejected(log, form)
                for preset in PRESETS.get(form, ("weblog", "weblog-strict")):
                    left = folder / "left.log"
                    anonymized(log, form, preset, left)
                    count = rejected(left, form)
                    tried += 1
                    failed += count > raw
                    print(f"{log.name}: {form}, {preset}: {program} rejects {count} (raw {raw})")
    if not tried:
        print("neither goaccess nor apachelogs is installed")
    return 1 if failed or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
