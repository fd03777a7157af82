"""Options of a run that choose lines, and options that contradict each other."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from runs import BAD, LINE, run


def test_a_span_of_time_is_taken(log: Path) -> None:
    """--since and --until choose by each line's own time; one without is withheld, and counted."""
    days = [LINE.replace(b"10/Oct", b"%02d/Oct" % day) for day in range(1, 21)]
    (log / "days.log").write_bytes(b"".join(days) + BAD + b"\n")
    arguments = ["run", "-q", "days.log", "--since", "2000-10-05", "--until", "2000-10-08T00:00Z"]
    for count in ("1", "2"):
        done = run(log, *arguments, "-j", count, "--report", "report")
        assert re.findall(rb"\[(\d\d)/Oct", done.stdout) == [b"05", b"06", b"07"]
        withheld = json.loads((log / "report").read_bytes())["withheld"]
        assert [entry["rule"] for entry in withheld] == ["no time to go by"]
    assert run(log, "run", "-f", "text", "a.log", "--since", "2000-01-01").returncode == 2
    assert run(log, "run", "a.log", "--since", "yesterday").returncode == 2


FAULTS = [
    (["--backup", ".x"], b"--backup: goes with --in-place alone"),
    (["--append"], b"--append: goes with -o FILE alone"),
    (["-o", "x", "--flush-every", "9"], b"--flush-every: goes with "),
    (["--checkpoint", "c"], b"--checkpoint: goes with "),
    (["-o", "x", "--checkpoint", "c", "-j", "2"], b"--checkpoint: goes without --jobs"),
    (["-o", "x", "--in-place"], b"--in-place: goes without -o"),
    (["-j", "0"], b"argument -j/--jobs: invalid number of jobs value: '0'"),
    (
        ["--flush-every", "soon"],
        b"argument --flush-every: invalid number of lines or seconds value",
    ),
    (["--in-place", "--backup", "/x"], b"argument --backup: invalid suffix value"),
]


@pytest.mark.parametrize(("arguments", "message"), FAULTS, ids=lambda value: str(value)[:30])
def test_options_that_contradict_each_other_are_refused(
    log: Path, arguments: list[str], message: bytes
) -> None:
    """Each is an error that says what goes with what, and nothing is written."""
    done = run(log, "run", "a.log", *arguments)
    assert done.returncode == 2
    assert b"anonkit: error: " + message in done.stderr
    assert {path.name for path in log.iterdir()} == {"a.log"}
