"""Periods that end before a run or during it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anonkit.cli import job, keys
from anonkit.cli.main import main
from runs import LINE, TOKENS, Running, anonymize, beside, run

if TYPE_CHECKING:
    from collections.abc import Callable


def keyring(at: Path, seconds: float) -> dict[str, Any]:
    """Make a keyring whose period ends in a while."""
    assert run(at, "keys", "new", "ring", "--period", "1d").returncode == 0
    stored: dict[str, Any] = json.loads((at / "ring").read_bytes())
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    start = end - timedelta(days=1)
    stored["ring"]["periods"][0]["start"] = start.isoformat()
    stored["ring"]["periods"][0]["end"] = end.isoformat()
    (at / "ring").write_text(json.dumps(stored))
    return stored


def test_a_run_that_goes_on_changes_its_key_with_the_period(log: Path) -> None:
    """When a period ends during a run behind a pipe, the next line has the next period's token."""
    (log / "p.toml").write_text(TOKENS)
    keyring(log, 2.0)
    running = Running(log, "run", "-q", "-f", "combined", "-p", "p.toml", "-k", "ring")
    assert running.process.stdout is not None
    running.write(LINE * 2)
    first = running.process.stdout.readline()
    assert running.process.stdout.readline() == first
    time.sleep(2.2)
    running.write(LINE[:20])
    time.sleep(0.1)
    running.write(LINE[20:])
    second = running.process.stdout.readline()
    assert second != first
    status, _, errors = running.end()
    assert status == 0
    assert b"ring: the last period has ended; period " in errors
    assert len(json.loads((log / "ring").read_bytes())["ring"]["periods"]) == 2


def test_runs_that_meet_at_the_end_of_a_period_begin_one_between_them(log: Path) -> None:
    """Eight runs at once find the period over: one begins the next, and all make its tokens."""
    (log / "p.toml").write_text(TOKENS)
    keyring(log, -1.0)
    runs = [Running(log, "run", "-q", "-p", "p.toml", "-k", "ring", "a.log") for _ in range(8)]
    ended = [one.end() for one in runs]
    assert {status for status, _, _ in ended} == {0}
    assert len({output for _, output, _ in ended}) == 1
    assert sum(b"begins" in errors for _, _, errors in ended) == 1
    assert len(json.loads((log / "ring").read_bytes())["ring"]["periods"]) == 2


def test_a_period_ends_during_a_run(log: Path) -> None:
    """The line behind the end of a period has another token, in the middle of a line as well."""
    (log / "p.toml").write_text(TOKENS)
    keyring(log, 1.0)

    def told(write: Callable[[bytes], Any]) -> None:
        write(LINE + LINE[:30])
        time.sleep(1.2)
        write(LINE[30:50])
        time.sleep(0.1)
        write(LINE[50:])

    done = beside(log, "-p", "p.toml", "-k", "ring", told=told)
    first, second = done.stdout.splitlines()
    assert first != second
    assert len(first) == len(second)


def test_a_period_ends_in_text(log: Path) -> None:
    """Text has the next period's tokens too, from the next line that is no part of a private key."""
    (log / "p.toml").write_text('[record.text_line]\nfields.line = "pseudonymize"\n')
    keyring(log, 1.0)
    begin, end = (f"-----{word} PRIVATE KEY-----\n".encode() for word in ("BEGIN", "END"))

    def told(write: Callable[[bytes], Any]) -> None:
        write(b"one\n" + begin + b"key\n")
        time.sleep(1.2)
        write(b"key\n")
        time.sleep(0.1)
        write(end + b"one\n")
        time.sleep(0.1)
        write(b"one\n")

    done = beside(log, "-f", "text", "-p", "p.toml", "-k", "ring", told=told)
    lines = done.stdout.splitlines()
    assert len(lines) == 7
    assert lines[2] == lines[3]
    assert lines[0] == lines[5] != lines[6]


def test_a_period_that_another_run_began_just_now_is_in_force(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the only period began after this run did, the run is one of that period."""
    assert main(["keys", "new", "ring"]) == 0
    (place / "p.toml").write_text('[record.web_request]\nfields.user = "pseudonymize"\n')
    stored = json.loads((place / "ring").read_bytes())
    begins = datetime.now(UTC) + timedelta(seconds=0.2)
    stored["ring"]["periods"][0]["start"] = begins.isoformat()
    (place / "ring").write_text(json.dumps(stored))

    def slowly(*told: Any) -> Any:
        time.sleep(0.4)
        return keys.in_force(*told)

    monkeypatch.setattr(job, "in_force", slowly)
    assert anonymize("a.log", "-p", "p.toml", "-k", "ring", "-o", "out") == 0


def test_a_period_is_begun_by_the_first_of_two_runs(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who finds a period ended, and a moment later begun anew, begins none."""
    assert main(["keys", "new", "ring"]) == 0
    found = iter([True, False])
    monkeypatch.setattr(keys, "_ended", lambda *_: next(found))
    ring = keys.in_force(place / "ring", None, datetime.now(UTC))
    assert len(ring.periods) == 1
    assert "begins" not in capsys.readouterr().err
