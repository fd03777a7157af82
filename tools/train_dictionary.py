"""Train the dictionary for weekly device summaries anew, from made-up devices of a seeded fleet.

A released dictionary is never changed, for packs name it by its id: write a new version beside it.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent.parent
sys.path.insert(0, str(HERE / "benchmarks"))

from devices import SEED, device_weeks  # noqa: E402 - found by the line above

from anonkit import Pipeline  # noqa: E402
from anonkit.keys.raw import keyring_from_bytes  # noqa: E402
from anonkit.pack import train  # noqa: E402
from anonkit.policy.packing import schema_of  # noqa: E402
from anonkit.records.fleet import DeviceWeek  # noqa: E402

DICTIONARY = HERE / "src" / "anonkit" / "pack" / "dictionaries" / "device_week-1.zdict"
SITES, DEVICES = 80, 25
# 8 KiB: a device week alone has 240 bytes with 4, 232 with 8, 230 with 16, 224 with 64.
BYTES = 8 << 10


def trained() -> bytes:
    """Return the dictionary; the same version of zstd gives the same bytes."""
    keys = keyring_from_bytes(sha256(str(SEED).encode()).digest(), id="made up")
    pipeline = Pipeline(DeviceWeek, keys=keys)
    # Sites that no benchmark and no test measures on.
    weeks = [week for site in range(SITES) for week in device_weeks(DEVICES, SEED + 1000 + site)]
    batches = [[record] for record in map(pipeline, weeks) if record is not None]
    return train(batches, schema_of(pipeline.policy), size=BYTES)


if __name__ == "__main__":
    if DICTIONARY.exists():
        sys.exit(f"{DICTIONARY.name} exists: a released dictionary stays as it is")
    DICTIONARY.write_bytes(trained())
