"""The command as a process: signals, pipes, closed streams, full disks, hostile input."""

from __future__ import annotations

import codecs
import json
import os
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import anonkit
from runs import COMMAND, ENVIRONMENT, PATIENCE, RAW, Running, decent, drafts
from strategies import find_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = (
    b'203.0.113.77 - alice [10/Oct/2000:13:55:36 -0700] "GET /a?grace.hopper@example.org HTTP/1.1"'
    b' 200 2326 "-" "curl/8.5.0"\n'
)
OUT = (
    b'203.0.113.0 - - [10/Oct/2000:13:55:00 -0700] "GET /a HTTP/1.1" 200 2326 "-" "curl/8 (tool)"\n'
)
BAD = b"grace.hopper@example.org did something from 203.0.113.77\n"


def run(*arguments: str, at: Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end; its errors never hold a traceback or a raw value."""
    options = {"stdin": subprocess.DEVNULL, "env": ENVIRONMENT} | options
    if "input" in options:
        del options["stdin"]
    done = subprocess.run(  # noqa: PLW1510 - the status is what is tested
        [*COMMAND, *arguments], cwd=at, stderr=subprocess.PIPE, timeout=PATIENCE,
        **({"stdout": subprocess.PIPE} | options),
    )  # fmt: skip
    decent(done.stderr)
    return done


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A folder with a log in it; nothing half-written is left there."""
    (tmp_path / "access.log").write_bytes(LINE * 3)
    yield tmp_path
    assert drafts(tmp_path) == []


@pytest.mark.parametrize("arguments", [["check", "weblog"], ["--help"], ["check", "--schema"]])
def test_what_is_printed_to_nobody_ends_quietly(log: Path, arguments: list[str]) -> None:
    """A reader that has gone before anything was printed is no error."""
    reading, writing = os.pipe()
    os.close(reading)
    done = run(*arguments, at=log, stdout=writing)
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode in (0, 141)


def closed(*numbers: int) -> Any:
    """Return what closes streams before the command starts."""
    return lambda: [os.close(number) for number in numbers]


def test_closed_input_and_output_are_errors(log: Path) -> None:
    """A run that needs a stream that is closed says so."""
    done = run("run", "-q", at=log, preexec_fn=closed(0))
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr == b"anonkit: error: standard input: bad file descriptor\n"
    done = run("run", "-q", "access.log", at=log, preexec_fn=closed(1))
    assert done.returncode == 3
    assert done.stderr == b"anonkit: error: standard output: bad file descriptor\n"


def test_a_run_that_needs_no_stream_has_none(log: Path) -> None:
    """With files for input and output, all streams can be closed."""
    done = run("run", "access.log", "-o", "out", at=log, preexec_fn=closed(0, 1, 2))
    assert done.returncode == 0
    assert (log / "out").read_bytes() == OUT * 3


def test_messages_never_go_to_the_output(log: Path) -> None:
    """With standard error closed, what would be said there is not said in the output."""
    done = run("run", "access.log", at=log, preexec_fn=closed(2))
    assert (done.returncode, done.stdout) == (0, OUT * 3)


def test_printing_to_a_closed_output_is_no_traceback(log: Path) -> None:
    """check and keys show have nothing to say to a closed output, and end."""
    assert run("check", "weblog", at=log, preexec_fn=closed(1)).returncode == 0
    assert run("keys", "new", "k", "--passphrase", at=log, preexec_fn=closed(0)).returncode == 3


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["run", "-q", "access.log"], "standard output: "),
        (["check", "weblog"], ""),
    ],
)
def test_a_full_disk_is_an_error(log: Path, arguments: list[str], name: str) -> None:
    """No space left is said once, with status 3."""
    with Path("/dev/full").open("wb") as full:
        done = run(*arguments, at=log, stdout=full)
    assert done.returncode == 3
    assert done.stderr.decode() == f"anonkit: error: {name}no space left on device\n"


def test_behind_a_link_the_file_it_names_is_replaced(log: Path) -> None:
    """An output that is a link stays a link; a dangling one gets its file, a circle is an error."""
    (log / "real").write_bytes(b"earlier")
    (log / "link").symlink_to("real")
    (log / "dangling").symlink_to("new")
    (log / "circle").symlink_to("circle")
    for name, real in (("link", "real"), ("dangling", "new")):
        assert run("run", "-q", "access.log", "-o", name, at=log).returncode == 0
        assert (log / name).is_symlink()
        assert (log / real).read_bytes() == OUT * 3
    done = run("run", "-q", "access.log", "-o", "circle", at=log)
    assert done.returncode == 3
    assert done.stderr == b"anonkit: error: circle: too many levels of symbolic links\n"


def test_a_destroyed_key_is_gone_behind_a_link_too(log: Path) -> None:
    """Destroying a period of a key file behind a link leaves no key in the file it names."""
    assert run("keys", "new", "real", at=log).returncode == 0
    (log / "link").symlink_to("real")
    before = json.loads((log / "real").read_bytes())["ring"]["periods"][0]
    assert run("keys", "destroy", "link", before["id"], "--yes", at=log).returncode == 0
    assert before["key"] not in (log / "real").read_text()
    assert (log / "link").is_symlink()


def test_what_is_appended_to_is_not_read(log: Path) -> None:
    """Reading the file that standard output appends to is refused: there would be no end."""
    with (log / "access.log").open("ab") as same:
        done = run("run", "-q", "access.log", at=log, stdout=same)
        assert done.returncode == 2
        assert b"access.log: is read, and standard output would add to it" in done.stderr
        with (log / "access.log").open("rb") as stdin:
            assert run("run", "-q", at=log, stdin=stdin, stdout=same).returncode == 2
    assert (log / "access.log").read_bytes() == LINE * 3


def test_lines_leave_as_they_come(log: Path) -> None:
    """From a pipe every line leaves at once: nothing waits for a block to be full."""
    running = Running(log, "run", "-q")
    for _ in range(3):
        running.write(LINE)
        assert running.read_line() == OUT
    assert running.end() == (0, b"", b"")


def test_an_unreadable_file_is_an_error(log: Path) -> None:
    """A file that may not be read is an error that names it."""
    (log / "secret.log").write_bytes(LINE)
    (log / "secret.log").chmod(0)
    options: dict[str, Any] = {"user": 65534, "group": 65534} if os.getuid() == 0 else {}
    log.chmod(0o755)
    folder = log
    while options and folder != folder.parent:
        if not folder.stat().st_mode & 0o001:  # somebody else cannot even come here
            options = {}
        folder = folder.parent
    done = run("run", "-q", "secret.log", at=log, **options)
    if os.getuid() == 0 and not options:
        assert done.returncode == 0  # the superuser reads everything
        return
    assert done.returncode == 3
    assert done.stderr == b"anonkit: error: secret.log: permission denied\n"


HOSTILE = {
    "a line of 10 MB": LINE + b"203.0.113.77 " + b"alice " * 1_700_000 + b"\n" + LINE,
    "10 MB without an end": LINE + b"203.0.113.77 " + b"alice " * 1_700_000,
    "cut off": LINE * 2 + LINE[:70],
    "cut off before its newline": LINE * 2 + LINE[:-1],
    "binary": LINE + bytes(range(256)) * 50 + b"\n" + LINE,
    "zeros": LINE + bytes(10_000) + b"\n" + LINE,
    "latin-1": LINE + LINE.replace(b"alice", b"\xe4lice") + LINE,
    "utf-16": LINE * 2 + LINE.decode().encode("utf-16"),
    "half a character": LINE + LINE.replace(b"/a?", b"/\xc3?") + LINE,
    "escape sequences": LINE + b"\x1b[31m203.0.113.77 alice\x1b[0m\n" + LINE,
    "quotes": LINE + b'"' * 100_000 + b"\n" + LINE,
    "backslashes": LINE + LINE.replace(b"curl", b"\\" * 99_999) + LINE,
    "brackets": LINE + b"203.0.113.77 - " + b" [alice] " * 20_000 + b"\n" + LINE,
    "fields without end": LINE + LINE[:-1] + b' "alice"' * 20_000 + b"\n" + LINE,
    "first line with fields without end": LINE[:-1] + b' "alice"' * 5_000 + b"\n" + LINE * 3,
    "a huge number": LINE + LINE.replace(b"2326", b"9" * 100_000) + LINE,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_withheld_and_said_to_be(log: Path, name: str) -> None:
    """Broken, binary and endless lines are withheld with a number and a rule; the others leave."""
    (log / "hostile.log").write_bytes(HOSTILE[name])
    done = run(
        "run", "-f", "combined", "hostile.log", "--rejects", "rejects", "--report", "r", at=log
    )
    assert done.returncode == 0
    report = json.loads((log / "r").read_bytes())
    lines = HOSTILE[name].split(b"\n")
    lines += [] if lines.pop() == b"" else [b""]
    left = done.stdout.count(b"\n") + (not done.stdout.endswith(b"\n"))
    assert report["records"]["in"] == len(lines)
    assert report["records"]["out"] == left
    assert done.stdout.startswith(OUT[:70])
    rejects = (log / "rejects").read_bytes()
    assert rejects.count(b"\n") == report["records"]["withheld"]
    for raw in RAW:
        assert find_secret(done.stdout, raw) is None


@pytest.mark.parametrize("form", ["address", "jsonl", "common"])
def test_any_bytes_in_any_format_are_no_traceback(log: Path, form: str) -> None:
    """Whatever the format is told to be, any bytes end in counts."""
    (log / "any").write_bytes(b"\n".join(HOSTILE.values()) + b"\n{" + b"[" * 100_000)
    done = run("run", "-f", form, "any", "-o", "out", at=log)
    assert done.returncode == 0
    assert b"records withheld" in done.stderr


@pytest.mark.parametrize("name", ["a line of 10 MB", "binary", "utf-16", "zeros"])
def test_hostile_input_tells_no_format(log: Path, name: str) -> None:
    """Input whose first lines have no format is an error, and nothing of it is said."""
    data = HOSTILE[name][len(LINE) :].replace(LINE, b"")
    (log / "hostile").write_bytes(data.replace(codecs.BOM_UTF16, b""))  # without it, no encoding
    done = run("run", "hostile", at=log)
    assert done.returncode in (0, 2)
    assert done.stdout == b""


def test_an_expired_period_is_followed_by_a_new_one(log: Path) -> None:
    """A run after the end of the last period begins the next, says so, and keeps the old one."""
    (log / "p.toml").write_text('[record.web_request]\nfields.user = "pseudonymize"\n')
    assert run("keys", "new", "k", "--period", "1d", at=log).returncode == 0
    stored = json.loads((log / "k").read_bytes())
    period = stored["ring"]["periods"][0]
    period["start"], period["end"] = "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"
    (log / "k").write_text(json.dumps(stored))
    arguments = ("run", "-q", "-p", "p.toml", "access.log", "-k", "k")
    first = run(*arguments, at=log)
    assert first.returncode == 0
    assert b"k: the last period has ended; period " in first.stderr
    after = json.loads((log / "k").read_bytes())["ring"]["periods"]
    assert len(after) == 2
    assert after[0]["key"] == period["key"]
    assert stat.S_IMODE((log / "k").stat().st_mode) == 0o600
    second = run(*arguments, at=log)
    assert (second.stdout, second.stderr) == (first.stdout, b"")
    tenant = run(*arguments, "--tenant", "other", at=log)
    assert tenant.stdout != first.stdout


def test_the_run_of_a_destroyed_period_is_an_error(log: Path) -> None:
    """When the key in force was destroyed, nothing leaves until somebody rotates."""
    (log / "p.toml").write_text('[record.web_request]\nfields.user = "pseudonymize"\n')
    run("keys", "new", "k", at=log)
    period = json.loads((log / "k").read_bytes())["ring"]["periods"][0]["id"]
    assert run("keys", "destroy", "k", period, at=log).returncode == 2  # nobody can be asked
    assert run("keys", "destroy", "k", period, "--yes", at=log).returncode == 0
    shown = run("keys", "show", "k", at=log)
    assert b"destroyed" in shown.stdout
    done = run("run", "-q", "-p", "p.toml", "access.log", "-k", "k", "-o", "out", at=log)
    assert done.returncode == 3
    assert b"was destroyed" in done.stderr
    assert not (log / "out").exists()
    run("keys", "rotate", "k", at=log)
    assert run("run", "-q", "-p", "p.toml", "access.log", "-k", "k", at=log).returncode == 0


def test_a_terminal_that_cannot_say_an_arrow_gets_it_otherwise(log: Path) -> None:
    """Output in an encoding without the arrow is no traceback."""
    (log / "p.toml").write_text('[record.a]\nfields.x = ["truncate", "pseudonymize"]\n')
    environment = ENVIRONMENT | {"PYTHONIOENCODING": "latin-1"}
    done = run("check", "p.toml", at=log, env=environment)
    assert done.returncode == 0
    assert rb"truncate \u2192 pseudonymize" in done.stdout


def test_version_and_help_are_said(log: Path) -> None:
    """--version names the version, and --help every verb and exit status."""
    assert run("--version", at=log).stdout.decode() == f"anonkit {anonkit.__version__}\n"
    told = run("--help", at=log).stdout.decode()
    for word in ("run", "check", "keys", "exit status"):
        assert word in told
    schema = json.loads(run("check", "--schema", at=log).stdout)
    assert schema["title"] == "anonkit policy"


def test_a_mixed_encoding_policy_is_an_error(log: Path) -> None:
    """A policy that is not UTF-8 is an error without a word of what is in it."""
    (log / "p.toml").write_bytes('name = "größer"\n'.encode("latin-1"))
    done = run("check", "p.toml", at=log)
    assert (done.returncode, done.stderr) == (2, b"anonkit: error: p.toml: not UTF-8\n")


def test_a_folder_of_a_presets_name_is_in_nobodys_way(log: Path) -> None:
    """Where a folder is called `app`, the preset is meant."""
    (log / "app").mkdir()
    assert run("check", "app", at=log).stdout.startswith(b"app ")
