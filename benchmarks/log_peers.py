"""Address only, beside anonip and rsyslog's mmanon, which do nothing else: `make peers`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from logs import ANONKIT, ROUNDS, SIZE, access, in_turn, middle
from measure import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """Yield how much faster than either `anonkit run -f address` is."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "access.log")
        access(log)
        commands = {"address": ([*ANONKIT, "-f", "address"], log)}
        if find_spec("anonip") is not None:
            commands["anonip"] = ([sys.executable, "-m", "anonip"], log)
        else:
            print("anonip is not installed: pip install -r requirements/peers.txt")
        used = {name: middle(runs) for name, runs in in_turn(commands).items()}
        rsyslog = shutil.which("rsyslogd", path=f"{os.environ['PATH']}:/usr/sbin")
        if rsyslog is not None:
            runs = [_rsyslog(rsyslog, log, Path(folder, "rsyslog")) for _ in range(ROUNDS)]
            used["rsyslog"] = sorted(runs)[ROUNDS // 2]
        else:
            print("rsyslog is not installed")
        for name, least in (("anonip", 12), ("rsyslog", 8)):
            if name in used:
                speed = used[name] / used["address"]
                yield Line("log, address only, faster", speed, "x", least, name, least=True)
        for name, seconds in used.items():
            yield Line(f"  {name}, CPU", seconds, "s", None, f"{SIZE // 1_000_000} MB of log")


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
