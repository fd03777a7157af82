"""Faults of disks, files and readers: the run ends with the place, and nothing half-written stays."""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import os
import random
import re
import shutil
import subprocess
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anonkit.cli import endpoints, job, jobs
from anonkit.cli.main import main
from anonkit.streams.compress import zstd
from runs import COMMAND as ANONKIT, ENVIRONMENT, LINE, OUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND = [*ANONKIT, "run", "-q", "-f", "combined"]
PATIENCE = 60.0


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a log in it, where no draft is left."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)
    (tmp_path / "a.log").write_bytes(LINE * 3)
    yield tmp_path
    assert not list(tmp_path.rglob("*.part"))


def here(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Take a run in this process; return status and messages."""
    status = main(["run", "-q", "-f", "combined", *arguments])
    return status, capfd.readouterr().err


def started(
    *arguments: str, before: tuple[str, ...] = (), **options: Any
) -> subprocess.Popen[bytes]:
    """Start a run in a process of its own."""
    options = {"stderr": subprocess.PIPE, "env": ENVIRONMENT} | options
    return subprocess.Popen([*before, *COMMAND, *arguments], **options)


def meanwhile(fault: Callable[[], object], *arguments: str, **options: Any) -> tuple[int, bytes]:
    """Let something happen while a run has taken its first source, `pipe`, and not the next."""
    os.mkfifo("pipe")
    process = started("pipe", *arguments, **options)
    with Path("pipe").open("wb", buffering=0) as pipe:
        pipe.write(LINE)
        deadline = time.monotonic() + PATIENCE
        while not list(Path().rglob("*.part")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        fault()
    _, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, errors


SMALL_DISK = (
    "mount -t tmpfs -o size=1m tmpfs disk && cp a.log disk/b.log && echo before > disk/out && "
    'rejects=$1 && shift && cd disk && { "$@"; echo $? ; cat out; ls -A; }'
)  # fmt: skip


@pytest.mark.parametrize(
    "more", [[], ["-j", "2"], ["--compress", "none", "--report", "r"]], ids=" ".join
)
def test_a_disk_that_is_full_keeps_what_was_there(log: Path, more: list[str]) -> None:
    """On a disk without room the run ends, names the output, and leaves the earlier one alone."""
    (log / "a.log").write_bytes(LINE * 11_000)  # 0.9 MB, and its output no more fits beside it
    (log / "disk").mkdir()
    told = [*COMMAND, "b.log", "-o", "out", *more]
    # In a name space of its own: nothing stays mounted.
    done = subprocess.run(
        ["sh", "-c", 'exec unshare -rm sh -c "$@"', "sh", SMALL_DISK, "sh", "x", *told],
        capture_output=True, env=ENVIRONMENT, timeout=PATIENCE, check=False,
    )  # fmt: skip
    if b"3\n" not in done.stdout:  # this machine lets nobody mount: a limit does instead
        (log / "out").write_bytes(b"before\n")
        limit = 'ulimit -f 200; shift; "$@"; echo $?; cat out; ls -A | grep -v "^[ad]"'
        shutil.move("a.log", "b.log")
        done = subprocess.run(
            ["sh", "-c", limit, "sh", "x", *told],
            capture_output=True, env=ENVIRONMENT, timeout=PATIENCE, check=False,
        )  # fmt: skip
    assert done.stdout == b"3\nbefore\nb.log\nout\n", done
    assert re.fullmatch(
        rb"anonkit: error: (out|a part file for b.log \(.*\)): (no space left on device|file too large)\n",
        done.stderr,
    )


@pytest.mark.parametrize(
    "more",
    [["-o", "out"], ["-o", "out", "-j", "2"], ["-o", "out", "--checkpoint", "c"], []],
    ids=" ".join,
)
def test_a_file_that_cannot_be_read_is_named(
    log: Path, more: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    """An error of the disk while a source is read ends the run with its name, and leaves no output."""
    # The first page of a process belongs to nobody: reading there is an input/output error.
    status, told = here(capfd, "a.log", "/proc/self/mem", *more)
    assert (status, told) == (3, "anonkit: error: /proc/self/mem: input/output error\n")
    assert not (log / "out").exists()
    for name in ("c", *log.glob("*.part")) if "c" in more else ():
        Path(name).unlink(missing_ok=True)


def test_a_folder_is_no_file(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A folder without -r is refused by name before anything is written."""
    (log / "folder").mkdir()
    assert here(capfd, "a.log", "folder", "-o", "out") == (
        3,
        "anonkit: error: folder: is a directory\nanonkit: hint: -r takes all files in it\n",
    )
    assert not (log / "out").exists()


def test_a_source_that_vanishes_is_named(log: Path) -> None:
    """A file that is removed before its turn comes ends the run, and there is no output."""
    status, errors = meanwhile((log / "a.log").unlink, "a.log", "-o", "out")
    assert (status, errors) == (3, b"anonkit: error: a.log: no such file or directory\n")
    assert not (log / "out").exists()


def test_a_source_that_may_not_be_read_any_more_is_named(log: Path) -> None:
    """A file whose rights are taken away before its turn comes ends the run, and there is no output."""
    powers = os.getuid() == 0  # which let the superuser read anything
    drop = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if powers else ()
    status, errors = meanwhile(lambda: (log / "a.log").chmod(0), "a.log", "-o", "out", before=drop)
    assert (status, errors) == (3, b"anonkit: error: a.log: permission denied\n")
    assert not (log / "out").exists()


def test_an_output_whose_folder_vanishes_is_named(log: Path) -> None:
    """A folder that is removed under an output ends the run with the name of the output."""
    (log / "made").mkdir()
    status, errors = meanwhile(lambda: shutil.rmtree("made"), "a.log", "-o", "made/out")
    assert (status, errors) == (3, b"anonkit: error: made/out: no such file or directory\n")


@pytest.mark.parametrize("fault", ["removed", "replaced", "grown"])
@pytest.mark.parametrize("more", [[], ["--checkpoint", "c"]], ids=" ".join)
def test_a_source_that_changes_is_not_replaced(
    log: Path, fault: str, more: list[str], monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """In place, what somebody did to a file while it was read stays as they left it."""
    finish = job.Job.finish

    def finished(*arguments: Any) -> None:
        finish(*arguments)
        if fault == "grown":
            (log / "a.log").write_bytes(LINE * 4)
        else:
            (log / "a.log").unlink()
        if fault == "replaced":
            (log / "a.log").write_bytes(LINE)

    monkeypatch.setattr(job.Job, "finish", finished)
    status, told = here(capfd, "a.log", "--in-place", *more)
    assert status == 3
    assert told == ("anonkit: error: a.log: was changed while it was read, and stays as it is\n")
    left = {"removed": None, "replaced": LINE, "grown": LINE * 4}[fault]
    assert ((log / "a.log").read_bytes() if (log / "a.log").exists() else None) == left
    for draft in log.glob("*.part") if more else ():
        draft.unlink()


def test_workers_notice_a_source_that_was_replaced(
    log: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A file that another took the place of, after the parts were counted, ends the run of several."""
    know = jobs.Jobs._know

    def known(self: Any, source: Any) -> None:
        know(self, source)
        (log / "new").write_bytes(LINE * 9)
        (log / "new").replace(log / "a.log")

    monkeypatch.setattr(jobs.Jobs, "_know", known)
    status, told = here(capfd, "a.log", "-o", "out", "-j", "2")
    assert (status, told) == (3, "anonkit: error: a.log: was replaced while it was read\n")
    assert not (log / "out").exists()


def rich(count: int) -> bytes:
    """Return lines that do not pack to nothing."""
    rng = random.Random(count)
    return b"".join(LINE.replace(b"/a", b"/%x" % rng.getrandbits(200)) for _ in range(count))


def packed_zstd(data: bytes) -> bytes:
    return zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})


PACKS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": packed_zstd,
}  # fmt: skip


@pytest.mark.parametrize(
    "way",
    [["-o", "out"], ["-o", "out", "-j", "2"], ["-o", "made/"], ["--in-place"], []],
    ids=" ".join,
)
@pytest.mark.parametrize("kind", PACKS)
def test_damage_in_the_middle_of_packed_data_has_a_place(
    log: Path, kind: str, way: list[str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Compressed data that is broken half-way ends the run with file and byte, and whole lines alone left."""
    whole = PACKS[kind](rich(20_000))
    for name, broken in (
        ("cut", whole[: len(whole) // 2]),
        ("bad", whole[: len(whole) // 2] + b"\xff\x00" * 20 + whole[len(whole) // 2 + 40 :]),
    ):
        (log / name).write_bytes(broken)
        assert main(["run", "-q", "-f", "combined", name, "--rejects", "bad lines", *way]) == 3
        out, errors = capfdbinary.readouterr()
        assert re.match(
            rb"anonkit: error: %s: (cut off: its %s data ends at|damaged: no sound %s data before) "
            rb"byte [0-9,]+\n" % (name.encode(), kind.encode(), kind.encode()),
            errors,
        )
        assert (log / name).read_bytes() == broken
        assert not (log / "out").exists()
        assert not list(log.glob("made/*"))
        assert out == b"" or out.endswith(b"\n")
        assert not way or (log / "bad lines").read_bytes() == b""


ENDLESS = 64 << 20


def peak(*arguments: str) -> int:
    """Return the most memory that a run has at once, in the system's unit."""
    process = started(*arguments, stdout=subprocess.DEVNULL, stderr=None)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss


@pytest.mark.parametrize("form", ["combined", "json", "syslog", "w3c", "csv", "text"])
def test_a_line_without_end_takes_no_memory(log: Path, form: str) -> None:
    """Sixty-four megabytes without a newline takes no more memory than four."""
    sizes = {}
    for size in (ENDLESS, 4 << 20):
        with (log / "endless").open("wb") as file:
            file.write(
                b"#Fields: date time\n" if form == "w3c" else b"user,note\n" * (form == "csv")
            )
            file.truncate(size)
        sizes[size] = peak("endless", "-f", form, "-j", "2" if form == "w3c" else "1")
    assert sizes[ENDLESS] < sizes[4 << 20] * 1.3


@pytest.mark.parametrize(
    "more", [[], ["-j", "2"], ["--compress", "zstd"], ["--flush-every", "7"]], ids=" ".join
)
def test_a_reader_that_goes_away_ends_the_run_quietly(log: Path, more: list[str]) -> None:
    """Where nobody reads any more, the run ends as SIGPIPE would end it, and says nothing."""
    (log / "large.log").write_bytes(rich(60_000))
    process = started("large.log", *more, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.read(1)
    process.stdout.close()
    assert process.wait(PATIENCE) == 141
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


def test_thousands_of_files_take_no_more_descriptors(log: Path) -> None:
    """A folder of more files than a process may open is read, and written, one by one."""
    import resource

    (log / "many" / "sub folder").mkdir(parents=True)
    for number in range(200):
        (log / "many" / "sub folder" / f"{number}.log").write_bytes(LINE if number % 7 else b"")
    (Path(os.fsdecode(os.fsencode(log / "many") + b"/\xff\xfe.log"))).write_bytes(LINE)
    limits: dict[str, Any] = {
        "preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    }
    for more in ([], ["-j", "2"]):
        process = started("-r", "many", "-o", "made/", *more, **limits)
        assert process.communicate(timeout=PATIENCE)[1] == b""
        assert process.returncode == 0
        made = sorted(path for path in (log / "made").rglob("*") if path.is_file())
        assert len(made) == 201
        assert {path.read_bytes() for path in made} == {OUT, b""}
        shutil.rmtree("made")


@pytest.mark.parametrize("name", ["new\nline.log", "\x1b(0red.log", "\u202egol.log"])
def test_a_name_moves_no_cursor(name: str, log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What a name of a file holds beside letters and signs is written out, in one line."""
    status, told = here(capfd, name)
    assert status == 3
    assert told.endswith(": no such file or directory\n")
    assert told.count("\n") == 1
    assert told.rstrip("\n").isprintable()
    (log / name).write_bytes(LINE)
    assert main(["run", "-f", "combined", name]) == 0
    assert capfd.readouterr().err.splitlines()[0].isprintable()


def test_a_report_that_a_device_does_not_take_is_named(
    log: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device without room for the report is said by its name; the output is there already."""

    def full(_file: object, _data: bytes, name: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)

    os.mkfifo("report")
    reader = os.open("report", os.O_RDWR | os.O_NONBLOCK)
    monkeypatch.setattr(endpoints, "write_all", full)
    status, told = here(capfd, "a.log", "-o", "out", "--report", "report")
    os.close(reader)
    assert (status, told) == (3, "anonkit: error: report: no space left on device\n")
    assert (log / "out").read_bytes() == OUT * 3


def test_a_source_that_is_gone_at_a_checkpoint_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    """A run with a checkpoint whose source is not there says so, and nothing of pipes."""
    status, told = here(capfd, "gone.log", "-o", "out", "--checkpoint", "check")
    assert (status, told) == (3, "anonkit: error: gone.log: no such file or directory\n")


@pytest.mark.parametrize("kind", ["xz", "zstd"])
def test_a_file_that_asks_for_much_memory_is_not_called_damaged(
    kind: str, log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A sound file whose window is larger than what a run takes is refused with a way to read it."""
    if kind == "xz":
        large = {"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20}
        data = bytearray(lzma.compress(LINE, filters=[large]))
        # The size of the dictionary, in the header of the block, whose CRC32 stands behind it.
        data[16] = 38
        data[20:24] = zlib.crc32(data[12:20]).to_bytes(4, "little")
        packed = bytes(data)
    else:
        # RFC 8878, section 3.1.1.1: a frame with a window of 2 GiB and one raw block.
        head = b"\x28\xb5\x2f\xfd" + b"\x00" + bytes(((31 - 10) << 3,))
        packed = head + (1 | len(LINE) << 3).to_bytes(3, "little") + LINE
    (log / "b.log").write_bytes(packed)
    status, told = here(capfd, "b.log", "-o", "out")
    assert status == 3
    assert told.startswith("anonkit: error: b.log: to unpack it takes more memory")
    assert f"{kind} -dc" in told
    assert not (log / "out").exists()


def test_a_span_of_no_time_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    """Two times in the wrong order, and what is no time, are said and not taken for an empty span."""
    status, told = here(capfd, "a.log", "--since", "2026-01-02", "--until", "2026-01-02")
    assert (status, told.splitlines()[0]) == (
        2,
        "anonkit: error: --until: is not after --since, so no line is taken",
    )
    with pytest.raises(SystemExit):
        here(capfd, "a.log", "--since", "yesterday")
    assert "argument --since: is no time, such as 2026-05-01 (UTC)" in capfd.readouterr().err
