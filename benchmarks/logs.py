"""Access logs: whole commands against `sed`, which an operator would use, anonip and rsyslog.

The log is one by others, repeated, where ANONKIT_CORPUS names their folder; ours without.

`sed` does the same with its usual expressions: it knows IPv4 only and checks nothing. Address only
is one expression; the full policy are two: the address and the two names, then the queries of
request and referrer.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from measure import Line, process
from workloads import access_log, iis_log

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 240_000_000  # bytes
REAL = "logs/apache_combined.elastic.log"
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


# Reads a file, cuts the last byte of each address anywhere in a line, and writes it.
RSYSLOG = """
global(workDirectory="{folder}" maxMessageSize="64k")
module(load="imfile")
module(load="mmanon")
template(name="line" type="string" string="%msg%\\n")
ruleset(name="anonymize") {{
  action(type="mmanon" ipv4.bits="8" ipv6.bits="80")
  action(type="omfile" file="{folder}/out" template="line")
}}
input(type="imfile" file="{log}" tag="log" ruleset="anonymize")
"""


def run() -> Iterator[Line]:
    """Yield the figures of the log path."""
    sed = shutil.which("sed")
    if sed is None:
        sys.exit("logs: sed is not installed")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "access.log")
        _log(log)
        commands = {
            "sed address": [sed, "-E", ADDRESS],
            "address": [*ANONKIT, "-f", "address"],
            "sed policy": [sed, "-E", "-e", NAMES, "-e", QUERIES],
            "policy": [*ANONKIT, "-f", "combined"],
            "policy, compressed": [*ANONKIT, "-f", "combined", "--compress", "gzip"],
        }
        if find_spec("anonip") is not None:
            commands["anonip"] = [sys.executable, "-m", "anonip"]
        else:
            print("anonip is not installed: pip install -r requirements/bench.txt")
        iis = Path(folder, "iis.log")
        iis_log(iis, SIZE // 245)
        commands["sed w3c"] = [sed, "-E", "-e", IIS, "-e", IIS_REFERER]
        commands["w3c"] = [*ANONKIT, "-f", "w3c"]
        used: dict[str, list[float]] = {name: [] for name in (*commands, "rsyslog")}
        rsyslog = shutil.which("rsyslogd", path=f"{os.environ['PATH']}:/usr/sbin")
        for _ in range(ROUNDS):
            for name, command in commands.items():
                source = iis if name.endswith("w3c") else log
                used[name].append(process(command, source).cpu)
            if rsyslog is not None:
                used["rsyslog"].append(_rsyslog(rsyslog, log, Path(folder, "rsyslog")))
        if rsyslog is None:
            print("rsyslog is not installed")

        def ratio(name: str, baseline: str) -> float:
            pairs = zip(used[name], used[baseline], strict=True)
            return statistics.median(ours / theirs for ours, theirs in pairs)

        yield Line(
            "log, address only", ratio("address", "sed address"), "x", 0.55, "sed -E, 1 expr."
        )
        yield Line(
            "log, weblog policy", ratio("policy", "sed policy"), "x", 0.55, "sed -E, 2 expr."
        )
        yield Line(
            "log, weblog policy, gzip out",
            ratio("policy, compressed", "policy"),
            "x",
            None,
            "plain",
        )
        yield Line("log, w3c policy", ratio("w3c", "sed w3c"), "x", 1.5, "sed -E, 2 expr.")
        for name, least in (("anonip", 12), ("rsyslog", 8)):
            if used.get(name):
                speed = ratio(name, "address")
                yield Line("log, address only, faster", speed, "x", least, name, least=True)
        yield from _two_jobs(log, Path(folder))
        for megabytes in (20, 2000):
            sized = Path(folder, "sized.log")
            _resize(log, sized, megabytes * 1_000_000)
            for name in ("address", "policy"):
                memory = process(commands[name], sized).memory
                yield Line(f"log, {name}, peak memory", memory, "MB", 40, f"{megabytes} MB of log")


def _log(path: Path) -> None:
    """Write the log that is measured with."""
    corpus = os.environ.get("ANONKIT_CORPUS")
    real = Path(corpus, REAL) if corpus else None
    if real is None or not real.exists():
        access_log(path, SIZE // 245)
        return
    with path.open("wb") as file, real.open("rb") as lines:
        while file.tell() < SIZE:
            lines.seek(0)
            for line in lines:
                file.write(line.rstrip(b"\n") + b"\n")


def _two_jobs(log: Path, folder: Path) -> Iterator[Line]:
    """Yield how much sooner two jobs are done than one, and what that costs."""
    walls: list[float] = []
    costs: list[float] = []
    for _ in range(ROUNDS):
        spent = []
        for jobs in ("1", "2"):
            command = [*ANONKIT, "-f", "combined", str(log), "-j", jobs, "-o", f"{folder}/out"]
            begun = time.monotonic()
            before = os.times()
            subprocess.run(command, check=True)
            after = os.times()
            cpu = after[2] + after[3] - before[2] - before[3]
            spent.append((time.monotonic() - begun, cpu))
        walls.append(spent[0][0] / spent[1][0])
        costs.append(spent[1][1] / spent[0][1])
    name = "log, weblog policy, two jobs"
    yield Line(f"{name}, faster", statistics.median(walls), "x", 1.5, "one job, wall", least=True)
    yield Line(name, statistics.median(costs), "x", 1.2, "one job, CPU")


def _rsyslog(command: str, log: Path, folder: Path) -> float:
    """Return the CPU seconds of rsyslog for a log, which it would follow for ever."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    conf, out = folder / "conf", folder / "out"
    conf.write_text(RSYSLOG.format(folder=folder, log=log), encoding="utf-8")
    child = subprocess.Popen(
        [command, "-n", "-i", str(folder / "pid"), "-f", str(conf)], stderr=subprocess.DEVNULL
    )
    size, before = 0, -1
    while size != before or not size:
        time.sleep(1)
        size, before = out.stat().st_size if out.exists() else 0, size
    child.terminate()
    _, _, usage = os.wait4(child.pid, 0)
    child.returncode = 0
    return usage.ru_utime + usage.ru_stime


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
