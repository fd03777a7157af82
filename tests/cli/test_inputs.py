"""What a run reads: rotated sets, folders, standard input, and as which format."""

from __future__ import annotations

import gzip
import lzma
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from anonkit import Pipeline
from anonkit.cli.main import main
from anonkit.streams import find
from anonkit.streams.sources import opened
from runs import LINE, OUT, anonymize, run


def test_rotated_logs_are_read_oldest_first(log: Path) -> None:
    """A pattern in quotes finds a rotated set, and gives it in the order of time."""
    names = ["access.log", "access.log.1", "access.log.2.gz", "access.log.10.xz"]
    for number, name in enumerate(names):
        line = LINE.replace(b" 2326 ", b" %d " % number)
        packed = {".gz": gzip.compress, ".xz": lzma.compress}.get(Path(name).suffix, bytes)
        (log / name).write_bytes(packed(line))
    done = run(log, "run", "-q", "access.log*")
    assert re.findall(rb" 200 (\d) ", done.stdout) == [b"3", b"2", b"1", b"0"]
    assert run(log, "run", "-q", "absent*").returncode == 3
    assert run(log, "run", "-q", *reversed(names)).stdout == done.stdout


def test_a_folder_of_logs_becomes_a_folder_of_outputs(log: Path) -> None:
    """-r takes all files of a folder, and -o FOLDER/ gets one for each, under its name."""
    (log / "logs" / "sub").mkdir(parents=True)
    (log / "logs" / "a.log").write_bytes(LINE)
    (log / "logs" / "sub" / "b.log.gz").write_bytes(gzip.compress(LINE * 2))
    assert run(log, "run", "-q", "logs").returncode == 3
    for count in ("1", "2"):
        assert run(log, "run", "-q", "-r", "logs", "-o", f"to{count}/", "-j", count).returncode == 0
        assert (log / f"to{count}" / "a.log").read_bytes() == OUT
        packed = (log / f"to{count}" / "sub" / "b.log.gz").read_bytes()
        assert gzip.decompress(packed) == OUT * 2
    assert run(log, "run", "-q", "-r", "logs", "-o", "plain/", "--compress", "none").returncode == 0
    assert (log / "plain" / "sub" / "b.log").read_bytes() == OUT * 2


def test_drafts_and_pipes_in_a_folder_are_passed_over(place: Path) -> None:
    """Of a folder, regular files are read that are no draft of another run."""
    (place / "logs").mkdir()
    os.mkfifo("logs/pipe")
    Path("logs/gone.log").symlink_to("nowhere")
    for name in (".anonkit-1.part", "b.log", "a.log"):
        (place / "logs" / name).write_bytes(LINE)
    found = find.sources([Path("logs")], recursive=True)
    assert [name for _, name in found] == [Path("a.log"), Path("b.log")]
    (place / "logs" / ".anonkit-1.part").unlink()


def test_standard_input_is_never_replaced(place: Path) -> None:
    """Of what has no name, only its size and time tell whether it changed."""
    with Path("a.log").open("rb") as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", file)
        with opened(None) as source:
            assert not source.changed()
            with Path("a.log").open("ab") as log:
                log.write(LINE)
            assert source.changed()


def test_a_source_that_is_done_is_forgotten(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run remembers of a source goes with it, so that many sources take what one does."""
    opened: list[Any] = []
    lines = Pipeline.lines

    def watched(self: Pipeline, *arguments: Any, **options: Any) -> Any:
        assert not any(memo.kept for stream in opened for memo in stream._rewriter._memos)
        opened.append(lines(self, *arguments, **options))
        return opened[-1]

    monkeypatch.setattr(Pipeline, "lines", watched)
    for name in ("x.log", "y.log", "z.log"):
        (place / name).write_bytes(LINE * 3)
    assert anonymize("x.log", "y.log", "z.log", "-o", "made") == 0
    assert len(opened) == 3
    assert not any(memo.kept for stream in opened for memo in stream._rewriter._memos)


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


@pytest.mark.parametrize(
    ("policy", "form"),
    [('[record.any_object]\nfields.text = "drop"\n', "json"),
     ('[record.login]\nfields.a = "keep"\n', "jsonl")],
)  # fmt: skip
def test_a_policy_tells_formats_of_json_apart(
    place: Path, policy: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same objects are records of types, or of any shape, as the policy speaks of them."""
    (place / "p.toml").write_text(policy)
    (place / "a.json").write_text('{"type": "login", "a": 1}\n')
    assert main(["run", "a.json", "-p", "p.toml", "-o", "out"]) == 0
    assert f"a.json: format {form} (" in capsys.readouterr().err
