"""What packs, envelopes, records and pages are read from and written to: files, `-`, pipes."""

from __future__ import annotations

import gzip
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from anonkit.cli import endpoints
from anonkit.parse.lines import LONGEST_LINE
from desks import PERIOD, RECORDS, given, run
from runs import COMMAND, ENVIRONMENT, PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

PACK = ("pack", "-q", "-p", "p.toml", "--period", PERIOD)
SEAL = ("seal", "-q", "-t", "v.pub")
# A verb, and what it reads on the desk.
VERBS = {
    "pack": (PACK, "in.ndjson"),
    "seal": (SEAL, "x.anon"),
    "open": (("open", "-q"), "x.anon"),
    "csv": (("open", "-q", "-f", "csv"), "x.anon"),
    "audit": (("audit", "-q", "-f", "jsonl"), "in.ndjson"),
    "preview": (("preview", "-q", "-p", "p.toml"), "in.ndjson"),
    "infer": (("infer", "-q"), "in.ndjson"),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", ["itself", "link", "hard", "< file", ">> file"])
def test_an_output_over_its_source_is_refused(
    desk: Path, verb: str, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever the names of a source, no verb writes over it or adds to it: nothing is written."""
    arguments, source = VERBS[verb]
    before = (desk / source).read_bytes()
    (desk / "link").symlink_to(source)
    (desk / "hard").hardlink_to(source)
    capfd.readouterr()
    said = f"{source}: is read, and --output would write over it"
    if name == "< file":
        status = given(desk / source, *arguments, "-o", source)
        said = f"{source}: is standard input, and --output would write over it"
    elif name == ">> file":
        with (desk / source).open("a") as out, pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            status = run(*arguments, source, "-o", "-")
        said = f"{source}: is read, and standard output would add to it\nanonkit: hint: -o FILE"
    else:
        status = run(*arguments, source, "-o", source if name == "itself" else name)
    assert (status, capfd.readouterr()) == (2, ("", f"anonkit: error: {said}\n"))
    assert (desk / source).read_bytes() == before
    assert not list(desk.glob(".anonkit*"))


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        ((*PACK, "in.ndjson", "-o", "p.toml"), "p.toml"),
        ((*SEAL, "x.anon", "-o", "v.pub"), "v.pub"),
        ((*SEAL, "--sign", "s.key", "x.anon", "-o", "s.key"), "s.key"),
        ((*SEAL, "x.anon", "x.anon.sealed"), "x.anon.sealed"),
        (("open", "x.anon", "-k", "v.key", "-o", "v.key"), "v.key"),
        (("open", "x.anon", "-k", "v.key", "--site", "s.pub", "-o", "s.pub"), "s.pub"),
        (("open", "-f", "parquet", "tables/login.parquet", "-o", "tables"), "tables/login.parquet"),
        (("audit", "-q", "in.ndjson", "--dictionary", "p.toml", "-o", "p.toml"), "p.toml"),
    ],
)
def test_what_is_read_beside_sources_is_not_written_over(
    desk: Path, arguments: tuple[str, ...], read: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Policies, keys and what else a verb reads are no outputs; nor is a further source."""
    (desk / "x.anon.sealed").write_bytes((desk / "x.anon").read_bytes())
    (desk / "tables").mkdir()
    (desk / "tables" / "login.parquet").write_bytes((desk / "x.anon").read_bytes())
    before = (desk / read).read_bytes()
    assert run(*arguments) == 2
    said = capfd.readouterr().err
    assert said == f"anonkit: error: {read}: is read, and --output would write over it\n"
    assert (desk / read).read_bytes() == before


def test_a_hyphen_is_a_standard_stream(desk: Path, capfdbinary: Any) -> None:
    """`-` among files is standard input, and as output standard output; records come through."""
    lines = (desk / "in.ndjson").read_bytes()
    assert given(desk / "in.ndjson", *PACK, "-", "in.ndjson", "-o", "-") == 0
    (desk / "two").write_bytes(capfdbinary.readouterr().out)
    assert given(desk / "two", *SEAL, "-", "-o", "-") == 0
    (desk / "two.sealed").write_bytes(capfdbinary.readouterr().out)
    assert given(desk / "two.sealed", "open", "-q", "-k", "v.key", "-", "x.anon", "-o", "-") == 0
    assert capfdbinary.readouterr() == (lines * 3, b"")
    assert run(*SEAL, "x.anon", "-o", "-") == 0  # and not beside the packs
    assert capfdbinary.readouterr().out.startswith(b"\x8e")
    assert not (desk / "x.anon.sealed").exists()
    assert not (desk / "-").exists()


def test_standard_input_is_sealed_beside_files(desk: Path, capfdbinary: Any) -> None:
    """The envelope of `-` goes to standard output, those of files beside them, and never two to one."""
    assert given(desk / "x.anon", *SEAL, "-", "x.anon") == 0
    assert capfdbinary.readouterr().out.startswith(b"\x8e")
    assert (desk / "x.anon.sealed").exists()
    for told in (
        ("-", "-"),
        ("-", "-t", "v.pub"),
        ("x.anon", "-", "-o", "y"),
        ("-", "x.anon", "-o", "-"),
    ):
        assert given(desk / "x.anon", *SEAL, *told) == 2
        out, said = capfdbinary.readouterr()
        assert out == b""
        assert b"one output takes one envelope" in said


def test_a_file_can_be_called_hyphen(desk: Path, capfdbinary: Any) -> None:
    """`./-` is a file, for reading and for writing, whichever the verb."""
    (desk / "-").write_bytes((desk / "in.ndjson").read_bytes())
    assert run("run", "-q", "-p", "p.toml", "./-", "-o", "out") == 0
    assert len((desk / "out").read_bytes().splitlines()) == len(RECORDS)
    assert run(*PACK, "./-", "-o", "p.anon") == 0
    for arguments in (
        ("open", "-q", "x.anon"),
        ("explain", "p.toml"),
        ("run", "-q", "-f", "text", "p.toml"),
    ):
        (desk / "-").unlink()
        assert run(*arguments, "-o", "./-") == 0
        assert (desk / "-").stat().st_size
    assert capfdbinary.readouterr() == (b"", b"")


def test_a_pipeline_of_the_verbs_gives_the_records_back(desk: Path) -> None:
    """run, pack, seal and open with `-` in one pipeline: what comes out is what run wrote."""
    verbs = (
        ("run", "-q", "-p", "q.toml", "in.ndjson"),
        ("pack", "-q", "-p", "q.toml", "-", "-o", "-"),
        ("seal", "-q", "-", "-t", "v.pub", "-o", "-"),
        ("open", "-q", "-", "-k", "v.key"),
    )
    (desk / "q.toml").write_text('[record.login]\nfields.at = { generalize = "1h" }\n')
    taken, running = None, []
    for verb in verbs:
        process = subprocess.Popen(
            [*COMMAND, *verb], stdin=taken or subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=ENVIRONMENT,
        )  # fmt: skip
        if taken is not None:
            taken.close()
        taken = process.stdout
        running.append(process)
    out, said = running[-1].communicate(timeout=PATIENCE)
    assert (running[-1].returncode, said) == (0, b"")
    for process in running[:-1]:
        assert process.stderr is not None
        with process.stderr as errors:
            assert (process.wait(PATIENCE), errors.read()) == (0, b"")
    assert (
        out
        == subprocess.run(
            [*COMMAND, *verbs[0]], capture_output=True, env=ENVIRONMENT, check=True
        ).stdout
    )


@pytest.mark.parametrize("to", ["-", "pipe"])
@pytest.mark.parametrize("memory", [1, endpoints.IN_MEMORY])
def test_no_pack_leaves_before_all_records_fit(
    desk: Path, to: str, memory: int, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    """A reader gets all packs or none: what came before a record that does not fit is not all."""
    monkeypatch.setattr(endpoints, "IN_MEMORY", memory)
    monkeypatch.setattr(endpoints, "BLOCK", 10)
    (desk / "bad.ndjson").write_bytes((desk / "in.ndjson").read_bytes() + b"{}\n")
    told = (*PACK, "--batch", "1", "-o", to)
    os.mkfifo(desk / "pipe")
    handle = os.open(desk / "pipe", os.O_RDWR | os.O_NONBLOCK)

    def written() -> bytes:
        if to == "-":
            out: bytes = capfdbinary.readouterr().out
            return out
        try:
            return os.read(handle, 1 << 16)
        except BlockingIOError:
            return b""

    assert run(*told, "bad.ndjson") == 1
    assert written() == b""
    assert run(*told, "in.ndjson") == 0
    packs = written()
    (desk / "whole").write_bytes(packs)
    os.close(handle)
    assert run("open", "-q", "whole") == 0
    assert capfdbinary.readouterr().out == (desk / "in.ndjson").read_bytes()


@pytest.mark.parametrize("verb", ["pack", "seal"])
@pytest.mark.parametrize("named", [False, True])
def test_bytes_do_not_go_to_a_terminal(desk: Path, verb: str, *, named: bool) -> None:
    """Packs and envelopes are not written to a terminal, which would act on them; text is."""
    arguments, source = VERBS[verb]
    ours, theirs = os.openpty()
    to = ["-o", os.ttyname(theirs)] if named else ["-o", "-"]
    done = subprocess.run(
        [*COMMAND, *arguments, source, *to], stdout=theirs, stderr=subprocess.PIPE, check=False,
        env=ENVIRONMENT, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == (
        b"anonkit: error: packs and envelopes are no text for a terminal\nanonkit: hint: -o FILE\n"
    )
    subprocess.run(
        [*COMMAND, "open", "-q", "x.anon", *to], stdout=theirs, check=True, env=ENVIRONMENT
    )
    os.close(theirs)
    assert os.read(ours, 1 << 16).startswith(b'{"type":"login"')
    os.close(ours)


@pytest.mark.parametrize(
    "told",
    [
        ("explain", "p.toml"), ("infer", "-q", "in.ndjson"), ("audit", "-q", "in.ndjson"),
        ("preview", "-q", "-p", "p.toml", "in.ndjson"), ("open", "-q", "x.anon"),
    ],
)  # fmt: skip
def test_a_page_for_a_pipe_leaves_it_one(desk: Path, told: tuple[str, ...]) -> None:
    """What is no file is written to and stays what it is: /dev/null must not become a file."""
    os.mkfifo(desk / "pipe")
    handle = os.open(desk / "pipe", os.O_RDWR | os.O_NONBLOCK)
    assert run(*told, "-o", "pipe") == 0
    assert os.read(handle, 1 << 16)
    os.close(handle)
    assert stat.S_ISFIFO((desk / "pipe").stat().st_mode)


def test_records_to_pack_are_read_as_run_writes_them(
    desk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """pack reads what is compressed, and UTF-16 with its mark; no line is longer than one can be."""
    lines = (desk / "in.ndjson").read_bytes()
    (desk / "in.gz").write_bytes(gzip.compress(lines))
    (desk / "in.16").write_text(lines.decode(), encoding="utf-16")
    assert run(*PACK, "in.gz", "in.16", "-o", "y.anon") == 0
    assert run("open", "-q", "y.anon", "-o", "out") == 0
    assert (desk / "out").read_bytes() == lines * 2
    (desk / "long").write_bytes(lines + b'{"type":"stop"%s}' % (b" " * LONGEST_LINE) + lines)
    (desk / "in.32").write_text(lines.decode(), encoding="utf-32")
    (desk / "cut.gz").write_bytes(gzip.compress(lines)[:-9])
    for name, status, said in (
        ("long", 1, "long: line 4: not an object in JSON"),
        ("in.32", 2, "in.32: utf-32 is not read"),
        ("cut.gz", 3, "cut.gz: "),
    ):
        capfd.readouterr()
        assert run(*PACK, name, "-o", "z.anon") == status
        assert capfd.readouterr().err.startswith(f"anonkit: error: {said}")
    assert not (desk / "z.anon").exists()


@pytest.mark.parametrize("gone", ["full", "broken", "closed"])
def test_what_nobody_hears_ends_no_work(desk: Path, gone: str) -> None:
    """Messages that standard error does not take are dropped: output, files and status stay right."""
    reading, writing = os.pipe()
    os.close(reading)
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        errors = {"full": full, "broken": writing, "closed": None}[gone]
        for told, status in (
            (("run", "-p", "p.toml", "in.ndjson", "-o", "out", "--report", "r.json"), 0),
            (("run", "-p", "p.toml", "in.ndjson", "none"), 3),
            (("pack", "-p", "p.toml"), 2),
            (("seal", "x.anon", "-t", "v.pub"), 0),
        ):
            done = subprocess.run(
                [*COMMAND, *told], stderr=errors, stdin=subprocess.DEVNULL, capture_output=False,
                stdout=subprocess.PIPE, check=False, env=ENVIRONMENT, timeout=PATIENCE,
                preexec_fn=(lambda: os.close(2)) if gone == "closed" else None,
            )  # fmt: skip
            assert (done.returncode, done.stdout) == (status, b"")
    os.close(writing)
    assert len((desk / "out").read_bytes().splitlines()) == len(RECORDS)
    assert (desk / "r.json").exists()
    assert run("open", "-q", "-k", "v.key", "x.anon.sealed", "-o", "opened") == 0


@pytest.mark.parametrize("verb", ["run", "scrub", "preview", "infer", "audit", "pack"])
@pytest.mark.parametrize("quiet", [False, True])
def test_whoever_sits_at_a_terminal_is_told_to_type(
    desk: Path, verb: str, *, quiet: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where standard input is a terminal a verb that reads it says so: it would seem to hang."""
    ours, theirs = os.openpty()
    os.write(ours, (desk / "in.ndjson").read_bytes().splitlines(keepends=True)[1] + b"\x04")
    told = {"pack": PACK, "preview": ("preview", "-p", "p.toml"), "run": ("run", "-p", "p.toml")}
    arguments = [word for word in told.get(verb, (verb,)) if word != "-q"]
    capfd.readouterr()
    with open(theirs, encoding="utf-8") as stdin, pytest.MonkeyPatch.context() as patch:  # noqa: PTH123
        patch.setattr(sys, "stdin", stdin)
        patch.setattr("gc.set_threshold", lambda *_: None)
        assert run(*arguments, "-", *(["-q"] if quiet else [])) == 0
    os.close(ours)
    said = "anonkit: standard input is this terminal: type lines, and Ctrl-D behind the last\n"
    assert (said in capfd.readouterr().err) is not quiet


@pytest.mark.parametrize("verb", ["seal", "open"])
def test_packs_are_not_typed(desk: Path, verb: str, capfd: pytest.CaptureFixture[str]) -> None:
    """What reads packs or envelopes does not wait for a terminal, which has none."""
    ours, theirs = os.openpty()
    with open(theirs, encoding="utf-8") as stdin, pytest.MonkeyPatch.context() as patch:  # noqa: PTH123
        patch.setattr(sys, "stdin", stdin)
        assert run(*VERBS[verb][0]) == 2
    os.close(ours)
    said = "anonkit: error: packs and envelopes do not come from a terminal\n"
    assert capfd.readouterr() == ("", f"{said}anonkit: hint: name a FILE, or pipe one in\n")
