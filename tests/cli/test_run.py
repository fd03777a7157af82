"""Parts of anonkit run that a process shows only by chance."""

from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from anonkit.cli import check, main as door, progress, run, words
from anonkit.cli.main import main
from anonkit.streams import outputs
from anonkit.streams.stop import STOPS, Stop

LINE = '203.0.113.77 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5 "-" "-"\n'


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that goes on by as much as is said."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_progress_is_shown_on_a_terminal_and_wiped(
    tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After half a second, five times a second, a terminal shows how far a source has been read."""
    file = tmp_path / "a.log"
    file.write_bytes(b"x" * 4_000_000)
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    shown = progress.Progress("a.log", file, quiet=False)
    shown.add(1_000_000)
    assert screen.getvalue() == ""
    clock[0] = 0.6
    shown.add(2_000_000)
    assert screen.getvalue() == "\ranonkit: a.log: 2 MB, 50 %"
    clock[0] = 0.7
    shown.add(3_000_000)
    shown.clear()
    assert screen.getvalue() == f"\ranonkit: a.log: 2 MB, 50 %\r{' ' * 26}\r"


def test_no_progress_where_nobody_looks(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither -q nor a file instead of a terminal shows progress."""
    for screen, quiet in ((Screen(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", screen)
        shown = progress.Progress("a.log", None, quiet=quiet)
        clock[0] += 9
        shown.add(1)
        shown.clear()
        assert screen.getvalue() == ""


def test_of_a_pipe_no_share_is_known() -> None:
    """Where the size is not known, megabytes are all there is to say."""
    assert words.progress("standard input", 12_345_678_901, 0) == (
        "anonkit: standard input: 12,346 MB"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_working_ends_the_next_wait(number: int) -> None:
    """A signal between two waits is kept until the next, and handlers are put back."""
    before = [signal.getsignal(one) for one in STOPS]
    with Stop() as stop:
        with stop.waiting():
            pass
        signal.raise_signal(number)  # nothing happens: a write may be going on
        with pytest.raises(KeyboardInterrupt) as caught, stop.waiting():
            pytest.fail("it waits")
        signal.raise_signal(number)  # nor while files are tidied up
    assert caught.value.args == (number,)
    assert [signal.getsignal(one) for one in STOPS] == before


def test_a_signal_while_waiting_ends_the_wait_once() -> None:
    """A signal during a wait ends it, and a second one does not disturb what follows."""
    with Stop() as stop:
        with pytest.raises(KeyboardInterrupt), stop.waiting():
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt), stop.waiting():
            pytest.fail("it waits")


def test_the_status_says_which_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C outside a run, at a question for instance, has the status of SIGINT."""

    def interrupted(*_: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "check", interrupted)
    assert main(["check", "weblog"]) == 130


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
    (tmp_path / "a.log").write_text(LINE)

    def broken(*_: Any) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(outputs.Drafted, "write", broken)
    monkeypatch.setattr(run.gc, "set_threshold", lambda *_: None)
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


def test_a_closed_output_or_input_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that needs a stream which is closed says which."""
    (tmp_path / "a.log").write_text(LINE)
    monkeypatch.setattr(run.gc, "set_threshold", lambda *_: None)
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["run", "-q", "-o", str(tmp_path / "out")]) == 3
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["run", "-q", str(tmp_path / "a.log")]) == 3
    assert main(["check", "weblog"]) == 0
    assert capsys.readouterr().err == (
        "anonkit: error: standard input: bad file descriptor\n"
        "anonkit: error: standard output: bad file descriptor\n"
    )


@pytest.mark.parametrize("encoding", ["auto", "utf-16-be", "cp1252"])
def test_an_encoding_is_read_and_written(tmp_path: Path, encoding: str) -> None:
    """Output and withheld lines have the encoding of the input, mark included."""
    codec = "utf-16" if encoding == "auto" else encoding
    source, out, rejects = (tmp_path / name for name in ("a", "out", "rejects"))
    source.write_bytes((LINE + "kein Log von Jörg\n" + LINE).encode(codec))
    arguments = ["run", "-q", "-f", "combined", str(source), "-o", str(out)]
    assert main([*arguments, "--rejects", str(rejects), "--encoding", encoding]) == 0
    expected = (LINE + LINE).replace("203.0.113.77", "203.0.113.0").replace(":36 ", ":00 ")
    assert out.read_bytes() == expected.encode(codec)
    raw = codec if encoding != "auto" else "utf-16-le"
    assert rejects.read_bytes() == "kein Log von Jörg\n".encode(raw)


def test_what_cannot_be_read_is_said_with_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mark that contradicts `--encoding` is an error that names the file."""
    source = tmp_path / "a"
    source.write_bytes(b"\xff\xfex\0")
    out = str(tmp_path / "out")
    assert main(["run", str(source), "--encoding", "utf-8", "-o", out]) == 2
    assert f"{source}: the byte order mark says utf-16-le" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("policy", "form"),
    [("", "json"), ('[record.order]\nfields.n = "keep"', "jsonl"), ('[record.any_object]\nfields.text = "keep"', "json")],
)  # fmt: skip
def test_a_policy_tells_how_json_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], policy: str, form: str
) -> None:
    """JSON is read as records where the policy names record types, and by names of values otherwise."""
    source, document = tmp_path / "a.ndjson", tmp_path / "p.toml"
    source.write_text('{"type":"order","n":1}\n')
    document.write_text(policy)
    out = str(tmp_path / "out")
    assert main(["run", str(source), "-o", out, *(["-p", str(document)] if policy else [])]) == 0
    assert f"format {form} (" in capsys.readouterr().err
