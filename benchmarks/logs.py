"""Access logs and W3C logs: whole commands against `sed`, which an operator would use.

The access log is one by others, repeated, where ANONKIT_CORPUS names their folder; ours without.

`sed` does the same with its usual expressions: it knows IPv4 only and checks nothing. Address only
is one expression; the full policy are two: the address and the two names, then the queries of
request and referrer.

How much sooner two jobs end than one depends on whether the second core is free. So two plain
processes that only count are timed beside one, in the same rounds: twice the work in the same wall
time, 2.0, is an idle machine, and what two jobs gain is also given as a share of that.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from measure import Line, process, repeated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from measure import Process

SIZE = 240_000_000  # bytes
REAL = "logs/apache_combined.elastic.log"
ROUNDS = 3
ADDRESS = r"s/^([0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+/\1.0/"
NAMES = r"s/^([0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+ [^ ]+ [^ ]+ /\1.0 - - /"
QUERIES = r's/("[A-Z]+ [^ "?]*)\?[^ "]*/\1/;s/(" [0-9]+ [0-9-]+ "[^"?]*)\?[^"]*/\1/'
IIS = (
    r"s/^([^ ]+ [^ ]+) [^ ]+ ([^ ]+ [^ ]+) [^ ]+ ([^ ]+) [^ ]+ ([0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+ "
    r"/\1 - \2 - \3 - \4.0 /"
)
IIS_REFERER = r"s/( [^ ?]+)\?[^ ]*(( [0-9]+){6})$/\1\2/"
# Half a second of work for one core; two at once that end as soon are an idle machine.
COUNTS = "for _ in range(12_000_000): pass"
IDLE = 1.8
ANONKIT = [sys.executable, "-m", "anonkit", "run", "-q"]


def run() -> Iterator[Line]:
    """Yield the figures of the log path."""
    sed = shutil.which("sed")
    if sed is None:
        sys.exit("logs: sed is not installed")
    with tempfile.TemporaryDirectory() as folder:
        log, iis = Path(folder, "access.log"), Path(folder, "iis.log")
        access(log)
        made("iis", iis)
        used = in_turn(
            {
                "sed address": ([sed, "-E", ADDRESS], log),
                "address": ([*ANONKIT, "-f", "address"], log),
                "sed policy": ([sed, "-E", "-e", NAMES, "-e", QUERIES], log),
                "policy": ([*ANONKIT, "-f", "combined"], log),
                "sed w3c": ([sed, "-E", "-e", IIS, "-e", IIS_REFERER], iis),
                "w3c": ([*ANONKIT, "-f", "w3c"], iis),
            }
        )
        for name, ours, most, expressions in (
            ("log, address only", "address", 0.55, "1 expr."),
            ("log, weblog policy", "policy", 0.55, "2 expr."),
            ("log, w3c policy", "w3c", 1.5, "2 expr."),
        ):
            ratio = ratio_of(used, ours, f"sed {ours}")
            yield Line(name, ratio, "x", most, f"sed -E, {expressions}")
        for name, runs in used.items():
            yield Line(f"  {name}, CPU", middle(runs), "s", None, f"{SIZE // 1_000_000} MB of log")
        yield from _two_jobs(log, Path(folder))


def in_turn(commands: Mapping[str, tuple[Sequence[str], Path]]) -> dict[str, list[Process]]:
    """Return what commands used, round after round."""
    used: dict[str, list[Process]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, (command, source) in commands.items():
            used[name].append(process(command, source))
    return used


def ratio_of(used: Mapping[str, Sequence[Process]], ours: str, theirs: str) -> float:
    """Return the median of the ratios of CPU time, each of one round."""
    pairs = zip(used[ours], used[theirs], strict=True)
    return statistics.median(mine.cpu / its.cpu for mine, its in pairs)


def middle(runs: Sequence[Process]) -> float:
    """Return the median of CPU seconds."""
    return statistics.median(run.cpu for run in runs)


def access(path: Path) -> None:
    """Write the access log that is measured with."""
    corpus = os.environ.get("ANONKIT_CORPUS")
    real = Path(corpus, REAL) if corpus else None
    if real is None or not real.exists():
        made("access", path)
        return
    piece = path.with_suffix(".piece")
    piece.write_bytes(real.read_bytes().rstrip(b"\n") + b"\n")
    repeated(piece, path, SIZE)
    piece.unlink()


def made(kind: str, path: Path, size: int = SIZE) -> None:
    """Write lines of a kind that `files` knows, again and again."""
    piece = path.with_suffix(".piece")
    files = Path(__file__).with_name("files.py")
    subprocess.run([sys.executable, files, kind, piece], check=True)
    repeated(piece, path, size)
    piece.unlink()


def parallelism() -> float:
    """Return how much more two processes get done at once than one, in the same wall time."""

    def wall(count: int) -> float:
        begun = time.monotonic()
        running = [subprocess.Popen([sys.executable, "-S", "-c", COUNTS]) for _ in range(count)]
        for child in running:
            child.wait()
        return time.monotonic() - begun

    return 2 * wall(1) / wall(2)


def _two_jobs(log: Path, folder: Path) -> Iterator[Line]:
    """Yield how much sooner two jobs are done than one, and what that costs."""
    ours = [*ANONKIT, "-f", "combined", str(log), "-o", f"{folder}/out"]
    used: dict[str, list[Process]] = {"one": [], "two": []}
    gains: list[float] = []
    for _ in range(ROUNDS):
        used["one"].append(process([*ours, "-j", "1"]))
        used["two"].append(process([*ours, "-j", "2"]))
        gains.append(parallelism())
    name = "log, weblog policy, two jobs"
    pairs = zip(used["one"], used["two"], strict=True)
    faster = statistics.median(one.wall / two.wall for one, two in pairs)
    given = statistics.median(gains)
    idle = given >= IDLE
    load = f"load {os.getloadavg()[0]:.1f}, {'idle' if idle else 'not idle'}"
    yield Line("machine, two processes that count", given, "x", None, f"one of them, wall; {load}")
    yield Line(f"{name}, faster", faster, "x", 1.5, "one job, wall", least=True)
    share = faster / given
    yield Line(f"{name}, of that", share, "x", None, "what the machine gave")
    yield Line(name, ratio_of(used, "two", "one"), "x", 1.2, "one job, CPU")
    memory = max(run.memory for run in used["two"])
    yield Line(f"{name}, peak memory", memory, "MB", 40, "each process")
