"""Runs that are killed at any moment leave whole files, and go on as if nothing had been.

A few kills of each way to run in the suite; `make faults` tries 240 of each.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import anonkit
from anonkit.streams.sources import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KILLS = 240 if os.environ.get("ANONKIT_FAULTS") else 6
MOST_RUNS = 20 * KILLS  # a machine that kills none in so many has no clock
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(anonkit.__file__).parents[1])}
POLICY = '[record.web_request]\nfields.client = "pseudonymize"\nfields.status = "keep"\n'
BEFORE = b"what was there before\n"
KEYS = ["-q", "-p", "p.toml", "-k", "ring"]


def lines(count: int, first: int = 0) -> bytes:
    """Return an access log, a few lines of which are withheld."""
    made = []
    for number in range(first, first + count):
        made.append(
            f"198.51.100.{number % 256} - user{number} [10/Oct/2000:13:55:36 -0700] "
            f'"GET /{number} HTTP/1.1" 200 {number} "-" "-"\n'
        )
        if number % 1000 == 7:
            made.append(f"no line of any format {number}\n")
    return "".join(made).encode()


class Killer:
    """A folder with a policy, a keyring and a log, and a process that runs there and is killed."""

    def __init__(self, at: Path) -> None:
        self.at = at
        self.kills = 0
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parents[1] / "killer.py")],
            env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        (at / "p.toml").write_text(POLICY)
        (at / "a.log").write_bytes(lines(12_000))  # a megabyte: four checkpoints, or parts
        self.whole("keys", "new", "ring")
        random.seed(KILLS)

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)

    def whole(self, *run: str, **streams: str) -> float:
        """Take a run to its end; return how long it took."""
        done = self._said(run, streams)
        assert done["status"] == 0, self.errors()
        return float(done["seconds"])

    def killed(self, seconds: float, *run: str, **streams: str) -> bool:
        """Kill a run at a moment of so many seconds; return whether it was still there for it."""
        after = random.uniform(0, 1.05 * seconds)
        done = self._said(run, streams | {"after": after})
        assert done["status"] in (0, -signal.SIGKILL), self.errors()
        assert "Traceback" not in self.errors()
        self.kills += done["status"] != 0
        return bool(done["status"] != 0)

    def errors(self) -> str:
        """Return what the last run said."""
        return (self.at / "errors").read_text()

    def _said(self, run: Sequence[str], more: dict[str, Any]) -> dict[str, Any]:
        told = {"at": str(self.at), "run": list(run), "stderr": "errors", **more}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(told)}\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, or None."""
        path = self.at / name
        return path.read_bytes() if path.exists() else None

    def tidy(self) -> None:
        """Remove what kills leave beside outputs."""
        for draft in self.at.rglob(".anonkit-*.part"):
            draft.unlink()


@pytest.fixture
def killer(tmp_path: Path) -> Iterator[Killer]:
    """A folder, and a process that runs there."""
    process = Killer(tmp_path)
    yield process
    process.close()


OUTPUTS = ["out", "out.gz", "out.zst", "out.xz"]
SOURCES = {"files": ["a.log", "b.log.gz"], "jobs": ["a.log", "b.log.gz", "-j", "2"], "stdin": []}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("out", OUTPUTS)
def test_a_run_that_is_killed_leaves_the_old_output_or_the_new(
    killer: Killer, out: str, source: str
) -> None:
    """A kill leaves no output, the one that was there, or the whole new one."""
    (killer.at / "b.log.gz").write_bytes(gzip.compress(lines(4_000), 1, mtime=0))
    run = ["run", *KEYS, *SOURCES[source], "-o", out]
    streams = {"stdin": "a.log"} if source == "stdin" else {}
    seconds = killer.whole(*run, **streams)
    expected = killer.read(out)
    for number in range(MOST_RUNS):
        if killer.kills >= KILLS:
            break
        before = None if number % 2 else BEFORE
        (killer.at / out).unlink(missing_ok=True)
        if before is not None:
            (killer.at / out).write_bytes(before)
        over = not killer.killed(seconds, *run, **streams)
        assert killer.read(out) in ((expected,) if over else (before, expected))
        killer.tidy()
    assert killer.kills >= KILLS


@pytest.mark.parametrize("out", OUTPUTS)
def test_a_run_that_is_killed_goes_on_as_if_it_had_not(killer: Killer, out: str) -> None:
    """However often a run with a checkpoint is killed, output, rejects and report are the same."""
    (killer.at / "b.log.gz").write_bytes(gzip.compress(lines(6_000), 1, mtime=0))
    run = [
        "run", *KEYS, "a.log", "b.log.gz", "-o", out,
        "--rejects", "rejects", "--report", "report", "--checkpoint", "check",
    ]  # fmt: skip
    seconds = killer.whole(*run)
    names = [out, "rejects", "report"]
    expected = [killer.read(name) for name in names]
    while killer.kills < KILLS:
        for name in names:
            (killer.at / name).unlink()
        while killer.killed(seconds, *run):
            check = killer.read("check")
            if (killer.at / out).exists() and check is None:
                break  # it was over but for its exit
            assert killer.read(out) in (None, expected[0])
            if check is not None:
                assert json.loads(check)["unit"] in (0, 1)
                assert b"198.51" not in check
        assert [killer.read(name) for name in names] == expected
        assert killer.read("check") is None
        # Of a kill while the report was written, which comes behind the output.
        drafts = [draft.read_bytes() for draft in killer.at.glob(".anonkit-*.part")]
        assert all(draft[:1] in (b"", b"{") for draft in drafts)
        killer.tidy()


@pytest.mark.parametrize("out", OUTPUTS)
def test_a_file_that_grows_between_kills_is_taken_to_an_end(killer: Killer, out: str) -> None:
    """Lines that come between kills are taken once, up to where the file ended when it was done."""
    run = ["run", *KEYS, "a.log", "-o", out, "--checkpoint", "check"]
    (killer.at / "a.log").write_bytes(lines(12_000))
    seconds = killer.whole(*run)
    wanted = unpacked(killer.at / out)
    while killer.kills < KILLS:
        (killer.at / "a.log").write_bytes(lines(6_000))
        (killer.at / out).unlink()
        grown = 6_000
        while killer.killed(seconds, *run):
            if killer.read("check") is None and (killer.at / out).exists():
                break  # it was over but for its exit
            if grown < 12_000:
                with (killer.at / "a.log").open("ab") as log:
                    log.write(lines(300, grown))
                grown += 300
        made = unpacked(killer.at / out)
        assert made.endswith(b"\n")
        assert made.count(b"\n") in range(6_000, grown + 1, 300)
        assert wanted.startswith(made)


def unpacked(path: Path) -> bytes:
    """Return what a file holds, however it is compressed."""
    with opened(path) as source:
        return b"".join(iter(lambda: source.read(1 << 20), b""))


@pytest.mark.parametrize("more", [[], ["-j", "2"], ["--checkpoint", "check"]], ids=" ".join)
def test_a_folder_has_whole_files_after_a_kill(killer: Killer, more: list[str]) -> None:
    """A run into a folder that is killed leaves whole files alone, and the next one makes the rest."""
    raw, made = killer.at / "raw", killer.at / "made"
    (raw / "deep").mkdir(parents=True)
    names = [*(f"{number}.log" for number in range(20)), "deep/a.log.gz", "deep/b.log"]
    for name in names:
        log = lines(400, len(name))
        (raw / name).write_bytes(gzip.compress(log, 1, mtime=0) if name.endswith("gz") else log)
    run = ["run", *KEYS, "-r", "raw", "-o", "made/", *more]
    seconds = killer.whole(*run)
    expected = {name: killer.read(f"made/{name}") for name in names}
    assert None not in expected.values()
    while killer.kills < KILLS:
        for name in names:
            (made / name).unlink()
        while killer.killed(seconds, *run):
            for name in names:
                assert killer.read(f"made/{name}") in (None, expected[name])
            if not more or (killer.read("check") is None and all(map(killer.read, left(names)))):
                break
            if "-j" in more:
                killer.tidy()
        if "--checkpoint" in more:
            assert {name: killer.read(f"made/{name}") for name in names} == expected
        for name in names:
            (made / name).touch()
        killer.tidy()


def left(names: Sequence[str]) -> list[str]:
    """Return where the outputs of sources are."""
    return [f"made/{name}" for name in names]


@pytest.mark.parametrize("more", [[], ["-j", "2"], ["--backup", ".raw"]], ids=" ".join)
def test_a_run_in_place_that_is_killed_leaves_the_old_file_or_the_new(
    killer: Killer, more: list[str]
) -> None:
    """A kill during --in-place leaves the old file or the whole new one, and its backup is the old."""
    old = lines(4_000)
    names = ["0.log", "1.log"]
    run = ["run", *KEYS, *names, "--in-place", *more]
    for name in names:
        (killer.at / name).write_bytes(old)
    seconds = killer.whole(*run)
    new = killer.read(names[0])
    assert new != old
    seen: set[bool] = set()
    while killer.kills < KILLS or len(seen) < 2:
        for name in names:
            (killer.at / f"{name}.raw").unlink(missing_ok=True)
            (killer.at / name).unlink()
            (killer.at / name).write_bytes(old)
        killer.killed(seconds, *run)
        for name in names:
            now = killer.read(name)
            assert now in (old, new)
            seen.add(now == new)
            if "--backup" in more:
                assert killer.read(f"{name}.raw") in ((old,) if now == new else (None, old))
        killer.tidy()


def test_a_run_in_place_with_a_checkpoint_takes_no_file_twice(killer: Killer) -> None:
    """After kills, each file was taken once: its tokens are not those of tokens."""
    old = lines(4_000)
    names = [f"{number}.log" for number in range(4)]
    run = [
        "run", *KEYS, *names, "--in-place", "--backup", ".raw",
        "--rejects", "rejects", "--checkpoint", "check",
    ]  # fmt: skip
    for name in names:
        (killer.at / name).write_bytes(old)
    seconds = killer.whole(*run)
    new, rejected = killer.read(names[0]), killer.read("rejects")
    while killer.kills < KILLS:
        (killer.at / "rejects").unlink()
        for name in names:
            (killer.at / f"{name}.raw").unlink()
            (killer.at / name).unlink()
            (killer.at / name).write_bytes(old)
        while killer.killed(seconds, *run):
            if (killer.at / f"{names[-1]}.raw").exists() and killer.read("check") is None:
                break  # it was over but for its exit
        for name in names:
            assert killer.read(name) == new
            assert killer.read(f"{name}.raw") == old
        assert killer.read("rejects") == rejected
        assert not list(killer.at.glob(".anonkit-*.part"))
