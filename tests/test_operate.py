"""What operators copy runs: the unit for systemd, and the rules for logrotate."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import anonkit

HERE = Path(__file__).parent.parent / "examples" / "operate"
UNIT = (HERE / "anonkit-access.service").read_text(encoding="utf-8")
RULES = (HERE / "logrotate.conf").read_text(encoding="utf-8")
LINE = '203.0.113.77 - ada [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 5 "-" "-"\n'
OUT = '203.0.113.0 - - [10/Oct/2000:13:55:00 -0700] "GET /a HTTP/1.1" 200 5 "-" "-"\n'
PATIENCE = 30.0


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder in place of the machine's own, with the command in it."""
    for folder in ("usr/local/bin", "var/log/anonkit", "var/log/nginx"):
        (tmp_path / folder).mkdir(parents=True)
    command = tmp_path / "usr/local/bin/anonkit"
    source = Path(anonkit.__file__).parents[1]
    command.write_text(f'#!/bin/sh\nPYTHONPATH={source} exec {sys.executable} -m anonkit "$@"\n')
    command.chmod(0o755)
    (tmp_path / "var/log/nginx/access.log").write_text("")
    return tmp_path


def moved(text: str, machine: Path) -> str:
    """Return a text whose paths lead into the folder."""
    return re.sub(r"(?<![\w/])/(usr/local|var)/", rf"{machine}/\1/", text)


def wait_for(path: Path, content: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (path.exists() and path.read_text() == content):
        assert time.monotonic() < deadline, path
        time.sleep(0.02)


def test_the_unit_follows_a_log(machine: Path) -> None:
    """The unit's command writes lines as they come, opens a new file when told to, and ends."""
    command = re.search(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
    assert command is not None
    # A group of its own, as systemd gives it: `tail` ends with it.
    running = subprocess.Popen(
        shlex.split(moved(command[1], machine)), stdin=subprocess.DEVNULL, start_new_session=True
    )
    log, out = machine / "var/log/nginx/access.log", machine / "var/log/anonkit/access.log"
    try:
        wait_for(out, "")
        time.sleep(0.5)  # for `tail`
        with log.open("a") as file:
            file.write(LINE)
        wait_for(out, OUT)
        out.rename(out.with_name("access.log.1"))
        running.send_signal(signal.SIGHUP)
        wait_for(out, "")
        log.rename(log.with_name("access.log.1"))
        log.write_text(LINE * 2)
        wait_for(out, OUT * 2)
        running.send_signal(signal.SIGTERM)
        assert running.wait(PATIENCE) == 143
        assert "SuccessExitStatus=143" in UNIT
    finally:
        os.killpg(running.pid, signal.SIGKILL)


def test_the_unit_is_one(machine: Path) -> None:
    """systemd, where it is installed, finds nothing to say of the unit; its sections are there."""
    for section in ("[Unit]", "[Service]", "[Install]"):
        assert f"\n{section}\n" in UNIT
    tool = shutil.which("systemd-analyze")
    if tool is not None:
        unit = machine / "anonkit-access.service"
        unit.write_text(UNIT)
        done = subprocess.run(
            [tool, "verify", "--man=no", unit], capture_output=True, text=True, check=False
        )
        assert "anonkit-access" not in done.stderr
        assert done.returncode == 0, done.stderr


def test_logrotate_anonymizes_in_place(machine: Path) -> None:
    """The rule for raw logs leaves an old log anonymized: by logrotate, or by its command alone."""
    log = machine / "var/log/nginx/access.log"
    rules = moved(RULES, machine).replace("systemctl", "true")
    tool = shutil.which("logrotate") or shutil.which("logrotate", path="/usr/sbin:/sbin")
    if tool is None:
        log.with_name("access.log.2.gz").write_text(LINE)  # told by its bytes, not by its name
        script = re.search(r"lastaction\n(.*?)endscript", rules, re.DOTALL)
        assert script is not None
        subprocess.run(["sh", "-e", "-c", script[1]], check=True)
        assert log.with_name("access.log.2.gz").read_text() == OUT
        return
    conf = machine / "logrotate.conf"
    conf.write_text(rules)
    conf.chmod(0o644)
    for folder in (machine / "var/log/nginx", machine / "var/log/anonkit"):
        folder.chmod(0o755)
    for _ in range(2):
        log.write_text(LINE)
        subprocess.run([tool, "-f", "-s", machine / "state", conf], check=True)
    assert log.with_name("access.log.1").read_text() == LINE
    packed = log.with_name("access.log.2.gz")
    assert subprocess.run(["gzip", "-dc", packed], capture_output=True, check=True).stdout == (
        OUT.encode()
    )
