"""Write one workload to a file, in a process of its own that has the memory it takes.

python files.py access FILE
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from json_logs import LOGS
from workloads import access_log, auth_log, iis_log, requests, table

if TYPE_CHECKING:
    from collections.abc import Callable


def _documents(path: Path) -> None:
    (ecs,) = (log for log in LOGS if log.name == "ECS")
    path.write_bytes(ecs.lines(100_000))


FILES: dict[str, Callable[[Path], object]] = {
    "access": lambda path: access_log(path, 100_000),
    "iis": lambda path: iis_log(path, 100_000),
    "auth": lambda path: auth_log(path, 200_000),
    "table": lambda path: table(path, 200_000),
    "ecs": _documents,
    "requests": lambda path: path.write_bytes(requests(80_000)),
}

if __name__ == "__main__":
    FILES[sys.argv[1]](Path(sys.argv[2]))
