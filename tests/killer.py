"""Runs that are killed: a process that has imported anonkit once, and forks a run for each line.

    python killer.py

A line of standard input says what to run, and after how many seconds to kill it; the answer says
how it ended and how long it took. So a kill costs the milliseconds of a short run, and not the
start of a Python. Checkpoints and parts are made small, so that short files have several.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from anonkit.cli import jobs, resume
from anonkit.cli.main import main
from anonkit.parse.lines import BLOCK

SMALL = 2 * BLOCK  # bytes of a part, and between two checkpoints


def run(what: dict[str, Any]) -> int:
    """Be a run: in its folder, with its streams."""
    os.setsid()  # its workers are killed with it, or by its end
    os.chdir(what["at"])
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        handle = os.open(what.get(name) or os.devnull, flags, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    return main(what["run"])


def forked(what: dict[str, Any]) -> dict[str, Any]:
    """Fork a run, kill it after a while if that is asked for, and return how it ended."""
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        status = 70
        try:
            status = run(what)
        finally:
            os._exit(status)
    if what.get("after") is not None:
        time.sleep(what["after"])
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return {"status": os.waitstatus_to_exitcode(status), "seconds": time.monotonic() - begun}


def serve() -> None:
    """Take one line after the other."""
    resume.EVERY = jobs.PART = SMALL
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(forked(json.loads(line)))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    serve()
