"""Where a run writes: standard output, full disks, readers that go away, closed streams."""

from __future__ import annotations

import errno
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from anonkit.cli import main as door
from anonkit.cli.main import main
from anonkit.streams import outputs
from anonkit.streams.stop import Stop
from runs import BAD, LINE, OUT, anonymize, run


def test_a_hyphen_is_standard_output(log: Path) -> None:
    """`-o -` writes to standard output, and nothing of that name is made."""
    assert run(log, "run", "-q", "a.log", "-o", "-").stdout == OUT * 3
    assert run(log, "run", "-q", "a.log", "-o", "-", "--compress", "gzip").stdout[:2] == b"\x1f\x8b"
    assert run(log, "run", "a.log", "-o", "-", "--append").returncode == 2
    assert not (log / "-").exists()


LIMIT = 200_000


@pytest.mark.parametrize(
    "arguments",
    [["-o", "out"], ["-o", "out.gz", "--compress", "none"], ["--in-place"], ["-o", "out", "-j", "2"],
     ["-o", "out", "--checkpoint", "check"], ["-o", "made/"]],
    ids=" ".join,
)  # fmt: skip
def test_a_full_disk_leaves_what_was_there(log: Path, arguments: list[str]) -> None:
    """Where no more can be written, the run ends with the place, and no half file has a name."""
    import resource

    (log / "large.log").write_bytes(LINE * 30_000)
    (log / "out").write_bytes(b"earlier")
    done = run(
        log, "run", "-q", "large.log", *arguments,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT)),
    )  # fmt: skip
    assert done.returncode == 3
    assert re.match(
        rb"anonkit: error: (\S+|a part file for large.log \(.*\)): file too large\n", done.stderr
    )
    assert (log / "large.log").read_bytes() == LINE * 30_000
    assert (log / "out").read_bytes() == b"earlier"
    for draft in log.glob(".anonkit-*.part") if "--checkpoint" in arguments else ():
        draft.unlink()


@pytest.mark.parametrize("what", ["-o", "--report", "--rejects"])
def test_a_small_file_that_does_not_fit_is_named(
    place: Path, what: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only fails when the system is to have it is named as well, and leaves no output."""
    (place / "a.log").write_bytes(LINE + BAD)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    told = {"-o": [], "--report": ["-o", "out"], "--rejects": ["-o", "out"]}[what]
    with monkeypatch.context() as patch:
        syncs = iter([None] if what == "--report" else [])
        fsync = os.fsync
        patch.setattr(os, "fsync", lambda file: fsync(file) if next(syncs, 0) is None else full(0))
        assert anonymize("a.log", *told, what, "wanted") == 3
    assert capsys.readouterr().err == "anonkit: error: wanted: no space left on device\n"
    assert (place / "out").exists() == (what == "--report")


@pytest.mark.usefixtures("place")
def test_an_output_that_takes_nothing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A device, a draft or standard output that is full or closed ends the run by its name."""
    assert anonymize("a.log", "-o", "/dev/full") == 3
    assert capsys.readouterr().err == "anonkit: error: /dev/full: no space left on device\n"
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(OSError, match="No space") as caught,
    ):
        outputs.Drafted(full, "out").write(b"x")
    assert caught.value.filename == "out"


def test_a_report_that_has_no_place_is_refused_first(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is not there, or not to be written to, is known before there is any output."""
    assert anonymize("a.log", "-o", "out", "--report", "nowhere/r") == 3
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert anonymize("a.log", "-o", "out", "--report", "r") == 3
    assert capsys.readouterr().err == (
        "anonkit: error: nowhere/r: no such file or directory\n"
        "anonkit: error: r: permission denied\n"
    )
    assert not (place / "out").exists()


class Sink:
    """A raw output that takes a few bytes at once, and then no more."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.taken = b""

    def write(self, data: memoryview) -> int:
        if len(self.taken) >= self.room:
            raise BrokenPipeError(32, "gone")
        part = bytes(data[:3])
        self.taken += part
        return len(part)


def test_an_output_that_takes_little_gets_all() -> None:
    """What a pipe does not take at once is written again, and a failure names it."""
    sink: Any = Sink(100)
    with Stop() as stop:
        outputs.Streamed(sink, "pipe", stop, lines=True).write(b"0123456789")
        assert sink.taken == b"0123456789"
        with pytest.raises(BrokenPipeError) as caught:
            outputs.Streamed(Sink(6), "pipe", stop, lines=True).write(b"0123456789")  # type: ignore[arg-type]
    assert caught.value.filename == "pipe"


def test_a_reader_that_has_gone_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken pipe ends with 141 and without a word."""
    (tmp_path / "a.log").write_bytes(LINE)

    def broken(*_: Any) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(outputs.Drafted, "write", broken)
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)
    assert main(["run", "-q", str(tmp_path / "a.log"), "-o", str(tmp_path / "out")]) == 141
    assert capsys.readouterr().err == ""
    assert not (tmp_path / "out").exists()


def test_what_an_output_did_not_take_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """When standard output cannot be flushed, it is turned to the null device, not to a complaint."""
    reading, writing = os.pipe()
    os.close(reading)
    stdout = open(writing, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - a descriptor
    stdout.write("lost")
    monkeypatch.setattr(sys, "stdout", stdout)
    door._close_output()
    stdout.close()
    monkeypatch.setattr(sys, "stdout", None)
    door._close_output()
    door._prepare_streams()
    monkeypatch.setattr(sys, "stderr", None)
    door._prepare_streams()
    assert sys.stderr.name == os.devnull
    sys.stderr.close()


def test_a_reader_that_goes_away_ends_the_command() -> None:
    """What standard output did not take is given up, with the status of a broken pipe."""
    reads, writes = os.pipe()
    os.close(reads)
    with open(writes, "w", encoding="utf-8") as gone, pytest.MonkeyPatch.context() as patch:  # noqa: PTH123 - a descriptor
        patch.setattr(sys, "stdout", gone)
        assert main(["formats"]) == 141


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_a_stream_that_is_closed_is_named(stream: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without standard input or output the run says which it lacks; who needs none goes on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, stream, None)
        assert anonymize(*(["a.log"] if stream == "stdout" else ["-o", "out"])) == 3
        assert main(["check", "weblog"]) == 0
    name = {"stdin": "standard input", "stdout": "standard output"}[stream]
    assert capsys.readouterr().err == f"anonkit: error: {name}: bad file descriptor\n"


@pytest.mark.usefixtures("place")
def test_without_standard_error_a_run_goes_on() -> None:
    """Messages go nowhere where standard error is closed, and never into the output."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", None)
        assert main(["run", "a.log", "-o", "out"]) == 0
        assert sys.stderr is not None
        sys.stderr.close()  # type: ignore[unreachable]
