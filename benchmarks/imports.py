"""What an import costs, and what it does not load."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from measure import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

NOUNS = "from anonkit import AnonkitError, Event, Keyring, Pipeline, Policy, Report"
HEAVY = ("cryptography", "argparse", "asyncio", "sqlite3")


def run() -> Iterator[Line]:
    """Yield the figures of the door's nouns: `import anonkit` alone loads nothing behind it."""
    source = f"import sys; {NOUNS}; print([m for m in {HEAVY!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", source], check=True, capture_output=True)
    count = len(loaded.stdout.decode().strip("[]\n ").split())
    yield Line("from anonkit import …, heavy modules loaded", count, "", 0, ", ".join(HEAVY))
    ours = min(_cpu(NOUNS) for _ in range(7))
    bare = min(_cpu("import msgspec, socket, datetime, hashlib") for _ in range(7))
    yield Line("from anonkit import …, CPU", ours / bare, "x", None, "import of what it stands on")


def _cpu(source: str) -> float:
    timed = f"import time; t = time.process_time(); {source}; print(time.process_time() - t)"
    result = subprocess.run([sys.executable, "-c", timed], check=True, capture_output=True)
    return float(result.stdout)
