"""Runs that are killed at any moment leave whole files, and go on as if nothing had been.

A few kills of each way to run in the suite; `make fuzz` tries two hundred and more of each.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import anonkit

if TYPE_CHECKING:
    from collections.abc import Sequence

KILLS = 240 if os.environ.get("ANONKIT_HYPOTHESIS") == "fuzz" else 4
COMMAND = [sys.executable, "-m", "anonkit", "run", "-q"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(anonkit.__file__).parents[1])}
POLICY = '[record.web_request]\nfields.client = "pseudonymize"\nfields.status = "keep"\n'


def lines(count: int) -> bytes:
    """Return an access log, a few lines of which are withheld."""
    made = []
    for number in range(count):
        made.append(
            f"198.51.100.{number % 256} - user{number} [10/Oct/2000:13:55:36 -0700] "
            f'"GET /{number} HTTP/1.1" 200 {number} "-" "-"\n'
        )
        if number % 1000 == 7:
            made.append(f"no line of any format {number}\n")
    return "".join(made).encode()


def command(at: Path, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a run."""
    return subprocess.Popen([*COMMAND, *arguments], cwd=at, env=ENVIRONMENT, stderr=subprocess.PIPE)


def whole(at: Path, arguments: Sequence[str]) -> float:
    """Take a run to its end; return how long it took."""
    begun = time.monotonic()
    process = command(at, arguments)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    return time.monotonic() - begun


def killed(at: Path, arguments: Sequence[str], seconds: float) -> bool:
    """Kill a run after a while; return whether it was still there to be killed."""
    process = command(at, arguments)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    _, errors = process.communicate()
    assert b"Traceback" not in errors
    assert process.returncode in (0, -signal.SIGKILL), errors
    return process.returncode != 0


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a policy, a keyring and a log."""
    (tmp_path / "p.toml").write_text(POLICY)
    (tmp_path / "a.log").write_bytes(lines(200_000))  # three checkpoints
    subprocess.run(
        [sys.executable, "-m", "anonkit", "keys", "new", "ring"],
        cwd=tmp_path, env=ENVIRONMENT, check=True, capture_output=True,
    )  # fmt: skip
    return tmp_path


FILES = ["out", "rejects", "report"]


@pytest.mark.parametrize("out", ["out", "out.gz", "out.zst"])
def test_a_run_that_is_killed_goes_on_as_if_it_had_not(place: Path, out: str) -> None:
    """However often a run with a checkpoint is killed, output, rejects and report are the same."""
    (place / "b.log.gz").write_bytes(gzip.compress(lines(100_000), 1, mtime=0))
    run = [
        "a.log", "b.log.gz", "-p", "p.toml", "-k", "ring", "-o", out,
        "--rejects", "rejects", "--report", "report", "--checkpoint", "check",
    ]  # fmt: skip
    seconds = whole(place, run)
    names = [out, "rejects", "report"]
    expected = [(place / name).read_bytes() for name in names]
    random.seed(KILLS)
    kills = 0
    while kills < KILLS:
        for name in names:
            (place / name).unlink()
        while killed(place, run, random.uniform(0.05, 1.05 * seconds)):
            kills += 1
            if (place / out).exists() and not (place / "check").exists():
                break  # it was over but for its exit
            assert not (place / out).exists() or (place / out).read_bytes() == expected[0]
            if (place / "check").exists():
                state = json.loads((place / "check").read_bytes())
                assert state["unit"] in (0, 1)
                assert "198.51" not in json.dumps(state)
        assert [(place / name).read_bytes() for name in names] == expected
        assert not (place / "check").exists()


@pytest.mark.parametrize("more", [[], ["-j", "2"], ["--checkpoint", "check"]], ids=" ".join)
def test_a_folder_has_whole_files_after_a_kill(place: Path, more: list[str]) -> None:
    """A run into a folder that is killed leaves whole files alone, and the next one makes the rest."""
    for name in ("a.log", "b.log", "c.log"):
        (place / name).write_bytes(lines(40_000))
    run = ["a.log", "b.log", "c.log", "-o", "made/", "-p", "p.toml", "-k", "ring", *more]
    seconds = whole(place, run)
    expected = (place / "made" / "a.log").read_bytes()
    random.seed(KILLS)
    kills = 0
    while kills < KILLS:
        for made in (place / "made").iterdir():
            made.unlink()
        while killed(place, run, random.uniform(0.1, 1.05 * seconds)):
            kills += 1
            for made in (place / "made").glob("*.log"):
                assert made.read_bytes() == expected
            if not more:
                break
        left = [path.name for path in (place / "made").glob("*.log")]
        assert more[:1] != ["--checkpoint"] or len(left) == 3


def test_a_run_in_place_that_is_killed_leaves_the_old_file_or_the_new(place: Path) -> None:
    """A kill during --in-place leaves the old file or the whole new one, and its lines are kept."""
    old = lines(30_000)
    names = ["0.log", "1.log"]
    run = [*names, "--in-place", "-p", "p.toml", "-k", "ring"]
    for name in names:
        (place / name).write_bytes(old)
    seconds = whole(place, run)
    new = (place / names[0]).read_bytes()
    assert new != old
    random.seed(KILLS)
    kills, seen = 0, set()
    while kills < KILLS or len(seen) < 2:
        assert kills < KILLS + 1000
        for name in names:
            (place / name).write_bytes(old)
        kills += killed(place, run, random.uniform(0.5, 1.3) * seconds)
        for name in names:
            left = (place / name).read_bytes()
            assert left in (old, new)
            seen.add(left == new)
        for draft in place.glob(".anonkit-*.part"):
            draft.unlink()


def test_a_run_in_place_with_a_checkpoint_takes_no_file_twice(place: Path) -> None:
    """After kills, each file was taken once: its tokens are not those of tokens."""
    old = lines(60_000)
    names = [f"{number}.log" for number in range(4)]
    run = [
        *names, "--in-place", "--backup", ".raw", "-p", "p.toml", "-k", "ring",
        "--rejects", "rejects", "--checkpoint", "check",
    ]  # fmt: skip
    for name in names:
        (place / name).write_bytes(old)
    seconds = whole(place, run)
    new = (place / names[0]).read_bytes()
    rejected = (place / "rejects").read_bytes()
    random.seed(KILLS)
    kills = 0
    while kills < KILLS:
        (place / "rejects").unlink()
        for name in names:
            (place / name).write_bytes(old)
            (place / f"{name}.raw").unlink()
        while killed(place, run, random.uniform(0.1, seconds)):
            kills += 1
            if (place / f"{names[-1]}.raw").exists() and not (place / "check").exists():
                break  # it was over but for its exit
        for name in names:
            assert (place / name).read_bytes() == new
            assert (place / f"{name}.raw").read_bytes() == old
        assert (place / "rejects").read_bytes() == rejected
        assert not list(place.glob(".anonkit-*.part"))
