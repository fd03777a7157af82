"""Peak memory of whole commands, on little and on much: it must be the same.

What makes the logs runs in a process of its own: a child's peak memory begins with its parent's.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from logs import ANONKIT, made
from measure import Line, process

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = str(Path(__file__).with_name("requests.toml"))
LITTLE, MUCH = 20, 2_000  # MB
FILE = "FILE"  # stands for the log, where it is named and not read as standard input
# A format, what its log is made of, how the command is told, and what it may take at most in MB.
COMMANDS = (
    ("address", "access", ["-f", "address"], 40),
    ("combined", "access", ["-f", "combined"], 40),
    ("w3c", "iis", ["-f", "w3c"], 40),
    ("syslog", "auth", ["-f", "syslog"], 40),
    ("syslog, two jobs", "auth", ["-f", "syslog", "-j", "2", FILE], 40),
    ("csv", "table", ["-f", "csv"], 40),
    ("NDJSON", "requests", ["-f", "jsonl", "-p", POLICY], 64),
    ("NDJSON, preset", "ecs", ["-f", "json"], 64),
    ("NDJSON, preset, two jobs", "ecs", ["-f", "json", "-j", "2", FILE], 64),
)


def run() -> Iterator[Line]:
    """Yield peak memory by format and size."""
    with tempfile.TemporaryDirectory() as folder:
        if shutil.disk_usage(folder).free < 2 * MUCH * 1_000_000:
            print(f"memory: {folder} has not 4 GB of room")
            return
        kept = ""
        for name, kind, told, most in COMMANDS:
            little, much = Path(folder, "little"), Path(folder, "much")
            if kind != kept:
                made(kind, little, LITTLE * 1_000_000)
                made(kind, much, MUCH * 1_000_000)
                kept = kind
            for log, size in ((little, LITTLE), (much, MUCH)):
                command = [*ANONKIT, *(str(log) if word == FILE else word for word in told)]
                memory = process(command, log).memory
                yield Line(f"log, {name}, peak memory", memory, "MB", most, f"{size} MB of log")
