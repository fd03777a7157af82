"""Access logs: whole commands against `sed`, which an operator would use, and anonip.

`sed` does the same with its usual expressions: it knows IPv4 only and checks nothing. Address only
is one expression; the full policy are two: the address and the two names, then the queries of
request and referrer. Of a log of IIS, they are the server's address, the query, the name and the
client's address, then the query of the referrer.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from measure import Line, process
from workloads import access_log, iis_log

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES = 1_000_000  # 245 MB
ROUNDS = 5
ADDRESS = r"s/^([0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+/\1.0/"
NAMES = r"s/^([0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+ [^ ]+ [^ ]+ /\1.0 - - /"
QUERIES = r's/("[A-Z]+ [^ "?]*)\?[^ "]*/\1/;s/(" [0-9]+ [0-9-]+ "[^"?]*)\?[^"]*/\1/'
IIS = (
    r"s/^([^ ]+ [^ ]+) [^ ]+ ([^ ]+ [^ ]+) [^ ]+ ([^ ]+) [^ ]+ ([0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+ "
    r"/\1 - \2 - \3 - \4.0 /"
)
IIS_REFERER = r"s/( [^ ?]+)\?[^ ]*(( [0-9]+){6})$/\1\2/"
ANONKIT = [sys.executable, "-m", "anonkit", "run", "-q"]


def run() -> Iterator[Line]:
    """Yield the figures of the log path."""
    sed = shutil.which("sed")
    if sed is None:
        sys.exit("logs: sed is not installed")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "access.log")
        access_log(log, LINES)
        commands = {
            "sed address": [sed, "-E", ADDRESS],
            "address": [*ANONKIT, "-f", "address"],
            "sed policy": [sed, "-E", "-e", NAMES, "-e", QUERIES],
            "policy": [*ANONKIT, "-f", "combined"],
        }
        if find_spec("anonip") is not None:
            commands["anonip"] = [sys.executable, "-m", "anonip"]
        else:
            print("anonip is not installed: pip install -r requirements/bench.txt")
        iis = Path(folder, "iis.log")
        iis_log(iis, LINES)
        commands["sed w3c"] = [sed, "-E", "-e", IIS, "-e", IIS_REFERER]
        commands["w3c"] = [*ANONKIT, "-f", "w3c"]
        used: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                source = iis if name.endswith("w3c") else log
                used[name].append(process(command, source).cpu)

        def ratio(name: str, baseline: str) -> float:
            pairs = zip(used[name], used[baseline], strict=True)
            return statistics.median(ours / theirs for ours, theirs in pairs)

        yield Line(
            "log, address only", ratio("address", "sed address"), "x", 0.65, "sed -E, 1 expr."
        )
        yield Line(
            "log, weblog policy", ratio("policy", "sed policy"), "x", 0.62, "sed -E, 2 expr."
        )
        yield Line("log, w3c policy", ratio("w3c", "sed w3c"), "x", 1.5, "sed -E, 2 expr.")
        if "anonip" in used:
            speed = ratio("anonip", "address")
            yield Line("log, address only, faster", speed, "x", 9, "anonip", least=True)
        for megabytes in (20, 1000):
            sized = Path(folder, "sized.log")
            _resize(log, sized, megabytes * 1_000_000)
            for name in ("address", "policy"):
                memory = process(commands[name], sized).memory
                yield Line(f"log, {name}, peak memory", memory, "MB", 40, f"{megabytes} MB of log")


def _resize(log: Path, to: Path, size: int) -> None:
    """Write whole lines of a log, again and again, until a size is reached."""
    # Line by line, because a child's peak memory starts with that of its parent.
    with to.open("wb") as file:
        while file.tell() < size:
            with log.open("rb") as lines:
                for line in lines:
                    file.write(line)
                    if file.tell() >= size:
                        break
