"""Ctrl-C and SIGTERM at any moment: while modules load, while a verb works, and twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from anonkit.streams.stop import ended_by_signals
from desks import run as here
from runs import ENVIRONMENT, LINE, PATIENCE, Running, drafts

ROOT = Path(__file__).parents[2]
# Sends a signal when a module is looked for: what no clock could time.
SCRIPT = """
import os, signal, sys

_, wanted, number, *arguments = sys.argv
sys.argv[1:] = arguments
sent = []

class Finder:
    def find_spec(name, path=None, target=None):
        if name == wanted:
            sent.append(name)
            os.kill(os.getpid(), int(number))

sys.meta_path.insert(0, Finder)
from anonkit.__main__ import main
status = main()
assert sent
sys.exit(status)
"""
OPEN = ("open", "-o", "out", "a.log")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("module", "verb"),
    [
        ("anonkit.cli.main", ("formats",)),
        ("argparse", ("formats",)),
        ("msgspec", ("run", "a.log", "-o", "out")),
        ("anonkit.cli.run", ("run", "a.log", "-o", "out")),
        ("anonkit.cli.outbox", ("--help",)),
        ("anonkit.pack", OPEN),
        ("anonkit.pack.frame", OPEN),
    ],
)
def test_a_signal_while_modules_load_is_no_traceback(
    log: Path, module: str, verb: tuple[str, ...], number: int
) -> None:
    """SIGINT while a module is loaded ends the command, and nothing is said or written."""
    before = sorted(log.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, module, str(int(number)), *verb],
        cwd=log, env=ENVIRONMENT, capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    at_work = verb == OPEN  # which loads what it alone needs, and tidies up
    assert done.returncode == (128 + number if at_work else -number)
    assert (done.stdout, done.stderr) == (b"", b"")
    assert sorted(log.iterdir()) == before


def test_the_name_of_the_command_leads_to_its_guard() -> None:
    """`anonkit` runs what `python -m anonkit` runs, and no module that loads others first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"anonkit": "anonkit.__main__:main"}


def test_what_is_ignored_stays_ignored(log: Path) -> None:
    """Behind `nohup`, or `&` in a script, SIGINT and SIGHUP do nothing, and the verb goes on."""

    def ignore() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    for number in (signal.SIGINT, signal.SIGHUP):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, "anonkit.pack", str(int(number)), *OPEN],
            cwd=log, env=ENVIRONMENT, capture_output=True, timeout=PATIENCE, check=False,
            preexec_fn=ignore,
        )  # fmt: skip
        assert done.returncode == 3
        assert done.stderr == b"anonkit: error: a.log: pack 1: frame: not a pack\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_verb_that_is_ended_leaves_no_draft(log: Path, number: int) -> None:
    """A signal while any verb works removes what is half written, and the status says which."""
    os.mkfifo(log / "pipe")
    running = Running(log, "open", "pipe", "-o", "out")
    running.wait_for_draft()
    running.process.send_signal(number)
    assert running.end() == (128 + number, b"", b"")
    assert drafts(log) == []
    assert not (log / "out").exists()


def test_a_second_signal_waits_for_nothing() -> None:
    """The first signal becomes an exception, and by then the next ends the process at once."""
    during: list[object] = []

    def work() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            during.append(signal.getsignal(signal.SIGTERM))

    with pytest.raises(KeyboardInterrupt) as caught, ended_by_signals():
        work()
    assert during == [signal.SIG_DFL]
    assert caught.value.args == (signal.SIGTERM,)
    with ended_by_signals():
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_signals_of_the_caller_stay_the_callers(log: Path) -> None:
    """Within another program, the command takes no signal that is handled there."""
    before = signal.getsignal(signal.SIGINT)
    assert before is signal.default_int_handler
    (log / "a.ndjson").write_bytes(LINE)
    assert here("formats") == 0
    assert signal.getsignal(signal.SIGINT) is before
