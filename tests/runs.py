"""Runs of the command: in this process or in one of their own, to their end or while more comes."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import anonkit
from anonkit.cli.main import main
from anonkit.parse.lines import BLOCK
from strategies import find_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COMMAND = [sys.executable, "-m", "anonkit"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(anonkit.__file__).parents[1])}
PATIENCE = 30.0  # seconds
LINE = b'203.0.113.77 - alice [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-"\n'
OUT = b'203.0.113.0 - - [10/Oct/2000:13:55:00 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-"\n'
BAD = b"grace.hopper@example.org from 203.0.113.77\n"
RAW = ("203.0.113.77", "grace.hopper@example.org", "alice")
TOKENS = '[record.web_request]\nfields.user = "pseudonymize"\n'
LINES = BLOCK * 5 // len(LINE)  # of a log of five blocks


def decent(errors: bytes) -> None:
    """Check that no traceback and no raw value is among messages."""
    assert b"Traceback" not in errors
    assert b"Exception ignored" not in errors
    for raw in RAW:
        assert find_secret(errors, raw) is None, errors


def drafts(at: Path) -> list[Path]:
    """Return outputs that have no name yet."""
    return list(at.rglob("*.part"))


class Running:
    """A run that waits for more input."""

    def __init__(self, at: Path, *arguments: str, **options: Any) -> None:
        self.at = at
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=at, env=ENVIRONMENT,
            **({"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
               | options),
        )  # fmt: skip

    def write(self, data: bytes) -> None:
        """Hand input over."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def read_line(self) -> bytes:
        """Take one line of output."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def wait_for_draft(self, size: int = 0) -> None:
        """Wait until an output of a size is on its way."""
        deadline = time.monotonic() + PATIENCE
        while not any(path.stat().st_size >= size for path in drafts(self.at)):
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def end(self) -> tuple[int, bytes, bytes]:
        """Return status, the rest of the output, and messages."""
        output, errors = self.process.communicate(timeout=PATIENCE)
        decent(errors)
        return self.process.returncode, output, errors


class Done(NamedTuple):
    """What came of a run."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run(at: Path, *arguments: str, **options: Any) -> Done:
    """Take a run to its end: in this process, or in one of its own that is prepared."""
    if options.keys() - {"input"}:
        ended = subprocess.run(
            [*COMMAND, *arguments], cwd=at, env=ENVIRONMENT, capture_output=True, check=False,
            timeout=PATIENCE, **options,
        )  # fmt: skip
        done = Done(ended.returncode, ended.stdout, ended.stderr)
    else:
        done = here(at, arguments, options.get("input", b""))
    decent(done.stderr)
    return done


def here(at: Path, arguments: Sequence[str], given: bytes) -> Done:
    """Take a run to its end in this process."""
    place, streams, often = Path.cwd(), (sys.stdin, sys.stdout, sys.stderr), gc.get_threshold()
    with (
        tempfile.TemporaryFile("w+") as stdin,
        tempfile.TemporaryFile("w+") as stdout,
        tempfile.TemporaryFile("w+") as stderr,
    ):
        stdin.buffer.write(given)
        stdin.seek(0)
        try:
            os.chdir(at)
            sys.stdin, sys.stdout, sys.stderr = stdin, stdout, stderr
            status = main(arguments)
        except SystemExit as stop:
            status = int(stop.code or 0)
        finally:
            os.chdir(place)
            sys.stdin, sys.stdout, sys.stderr = streams
            gc.set_threshold(*often)
        for file in (stdout, stderr):
            file.flush()
            file.seek(0)
        return Done(status, stdout.buffer.read(), stderr.buffer.read())


def anonymize(*arguments: str) -> int:
    """Take a run over combined logs in this process and folder; return its status."""
    return main(["run", "-q", "-f", "combined", *arguments])


def wait_for(path: Path, content: bytes) -> None:
    """Wait until a file is as it should be."""
    deadline = time.monotonic() + PATIENCE
    while not (path.exists() and path.read_bytes() == content):
        assert time.monotonic() < deadline, path.read_bytes() if path.exists() else "absent"
        time.sleep(0.01)


def beside(at: Path, *arguments: str, told: Callable[[Any], None]) -> Done:
    """Take a run behind a pipe in this process, while a thread writes to it and sends signals."""
    os.mkfifo(at / "pipe")
    failed: list[BaseException] = []

    def tell() -> None:
        try:
            with (at / "pipe").open("wb", buffering=0) as pipe:
                told(pipe.write)
        except BaseException as error:  # noqa: BLE001 - said below
            failed.append(error)

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    done = run(at, "run", "-q", "-f", "combined", "pipe", *arguments)
    thread.join(PATIENCE)
    assert not failed, failed
    return done
