"""However input comes in and output goes out, and whoever does the work: the same bytes."""

from __future__ import annotations

import bz2
import codecs
import gzip
import hashlib
import lzma
import os
import random
import re
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anonkit.cli import jobs, resume, run
from anonkit.cli.main import main
from anonkit.parse.formats import FORMATS
from anonkit.streams import sources
from anonkit.streams.compress import Packed, Unpacked, zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POLICY = """
[record.web_request]
fields.client = "pseudonymize"
fields.user = { pseudonymize = "user" }
fields.target = "url"
fields.status = "keep"
[record.address_line]
fields.client = "pseudonymize"
fields.rest = "keep"
[record.text_line]
fields.line = { scrub = { action = "token" } }
[record.w3c_request]
fields.client = "pseudonymize"
fields.status = "keep"
[record.login]
fields.user = "pseudonymize"
[record.any_object]
fields.address = { truncate = { v4 = 24, v6 = 48 } }
fields.user = "pseudonymize"
fields.text = "scrub"
[record.syslog_line]
fields.time = "keep"
fields.host = "pseudonymize"
fields.message = "scrub"
[record.any_row]
fields.user = "pseudonymize"
fields.text = "scrub"
"""
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----"
COMMON = (
    '203.0.113.{n} - user{n} [10/Oct/2000:13:{m:02}:36 -0700] "GET /{n}?q={n} HTTP/1.1" 200 {n}'
)
LINES = {
    "common": COMMON,
    "combined": COMMON + ' "https://example.org/?u={n}" "curl/8.{n}"',
    "address": "2001:db8::{n:x} did {n}",
    "jsonl": '{{"type":"login","user":"u{n}","junk":{n}}}',
    "text": "mail from user{n}@example.org at 203.0.113.{n}",
}
LINES["vhost_combined"] = "www{n}.example.org:443 " + LINES["combined"]
LINES["w3c"] = "2026-05-01 10:{m:02}:00 203.0.113.{n} /{n} 200"
LINES["json"] = (
    '{{"time":"2026-05-01T10:{m:02}:00Z","ip":"203.0.113.{n}","user":"u{n}","msg":"by a{n}@b.org"}}'
)
LINES["syslog"] = "2026-05-01T10:{m:02}:00.5+02:00 host{n} sshd[{n}]: user{n}@example.org came"
LINES["csv"] = 'u{n},"said ""{n}""\nby a{n}@b.org",{n}'
LINES["document"] = LINES["text"]
HEADERS = {"w3c": "#Fields: date time c-ip cs-uri-stem sc-status", "csv": "user,note,number"}
DIRECTIVES = (
    "#Fields: date time c-ip cs-uri-stem sc-status cs-username",
    "#Fields: date time c-ip cs-uri-stem sc-status",
    "#Fields: not=a name",
    "#FieldsX: date time",
    "#Remark: by user1",
)
PACKS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd.compress,
}


def sample(form: str) -> bytes:
    """Return a log of a format: usual lines, and all that is not usual."""
    rng = random.Random(form)
    made = [HEADERS[form]] if form in HEADERS else []
    for _ in range(400):
        number = rng.randrange(200)
        line = LINES[form].format(n=number, m=number % 60)
        kind = rng.randrange(20)
        if kind == 0:
            line = ""
        elif kind == 1:
            line = "nothing of the kind \x1b " + line[:9]
        elif kind == 2:
            line += "\r"
        elif kind == 3 and form in ("text", "document"):
            line = KEY
        elif kind == 5 and form == "w3c":
            line = rng.choice(DIRECTIVES)
        elif kind == 4:
            line += " more" * 300
        made.append(line)
    odd = "" if form == "document" else "\udcff"  # one bad byte, and nothing of a document leaves
    last = LINES[form].format(n=1, m=1)
    return "\n".join([*made, odd, last]).encode(errors="surrogateescape")


APACHE = '%h %l %u %t "%r" %>s %b'
NGINX = '$remote_addr $remote_user [$time_local] "$request" $status $body_bytes_sent'
ENCODINGS = {
    "utf-8 with a mark": (codecs.BOM_UTF8, "utf-8", "auto"),
    "utf-16-le": (b"", "utf-16-le", "utf-16-le"),
    "utf-16-le with a mark": (codecs.BOM_UTF16_LE, "utf-16-le", "auto"),
    "utf-16-be with a mark": (codecs.BOM_UTF16_BE, "utf-16-be", "auto"),
    "latin-1": (b"", "latin-1", "latin-1"),
    "cp1252": (b"", "cp1252", "cp1252"),
}


def encoded(form: str, encoding: str) -> bytes:
    """Return a log in an encoding, with letters that are not ASCII and bytes that are no letters."""
    mark, codec, _ = ENCODINGS[encoding]
    text = (
        sample(form)
        .decode(errors="ignore")
        .replace("more", "mör€" if codec != "latin-1" else "mör")
    )
    bad = {"utf-8": b"\xff", "cp1252": b"\x81", "latin-1": b"\0"}.get(codec, b"\x00\xdc")
    newline = "\n".encode(codec)
    return mark + text.encode(codec) + newline + bad + newline + text[-40:].encode(codec)


def case(name: str) -> tuple[list[str], bytes]:
    """Return what the command is told of an input, and the input."""
    form, _, special = name.partition(", ")
    if special in ENCODINGS:
        return ["-f", form, "--encoding", ENCODINGS[special][2]], encoded(form, special)
    data = sample(form)
    if special == "a span of time":
        day = "2000-10-10T13:{}:00-07:00" if form == "combined" else "2026-05-01T10:{}:00{}"
        zone = "+02:00" if form == "syslog" else "Z"
        return ["-f", form, "--since", day.format(10, zone), "--until", day.format(40, zone)], data
    if special == "custom of Apache":
        return ["--log-format", APACHE], data
    if special == "custom of nginx":
        return ["--log-format", NGINX], re.sub(rb" - (user\S+)", rb" \1", data)
    return ["-f", form], data


CASES = [
    *FORMATS,
    *(f"{form}, {name}" for form in ("combined", "csv") for name in ENCODINGS),
    "json, utf-16-le with a mark",
    "document, utf-16-be with a mark",
    *(f"{form}, a span of time" for form in ("combined", "w3c", "json", "syslog")),
    "common, custom of Apache",
    "common, custom of nginx",
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a policy and a keyring, where parts, blocks and checkpoints are small."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run.gc, "set_threshold", lambda *_: None)
    monkeypatch.setattr(jobs, "PART", 3000)
    monkeypatch.setattr(resume, "BLOCK", 512)
    monkeypatch.setattr(resume, "EVERY", 2048)
    (tmp_path / "p.toml").write_text(POLICY)
    assert main(["keys", "new", "ring"]) == 0
    return tmp_path


class Ways:
    """One input in all ways to give it, and what comes out of each."""

    def __init__(self, place: Path, about: list[str], data: bytes) -> None:
        self.place = place
        self.data = data
        self.told = ["-q", *about, "-p", "p.toml", "-k", "ring", "--rejects", "rejects"]

    def run(self, *arguments: str) -> bytes:
        """Take a run; return output and rejects."""
        for name in ("out", "rejects"):
            Path(name).unlink(missing_ok=True)
        assert main(["run", *arguments, *self.told]) == 0
        return Path("rejects").read_bytes()

    def to_file(self, *arguments: str) -> tuple[bytes, bytes]:
        """Take a run into a file."""
        rejects = self.run(*arguments, "-o", "out")
        return Path("out").read_bytes(), rejects

    def in_place(self, *arguments: str, data: bytes | None = None) -> tuple[bytes, bytes]:
        """Take a run in the place of its source."""
        Path("there").write_bytes(self.data if data is None else data)
        rejects = self.run("there", "--in-place", *arguments)
        return Path("there").read_bytes(), rejects

    def by_pipe(self, seed: int) -> tuple[bytes, bytes]:
        """Give the input in pieces of any length."""
        rng = random.Random(seed)
        Path("pipe").unlink(missing_ok=True)
        os.mkfifo("pipe")

        def write() -> None:
            with Path("pipe").open("wb", buffering=0) as pipe:
                at = 0
                while at < len(self.data):
                    length = rng.choice((1, 7, 300, 5000))
                    pipe.write(self.data[at : at + length])
                    at += length

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        result = self.to_file("pipe")
        writer.join()
        return result

    def by_stdin(self, monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, bytes]:
        """Give the input as standard input."""
        with Path("file").open() as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            return self.to_file("-")


def digest(result: tuple[bytes, bytes]) -> str:
    return hashlib.sha256(b"%d %s%s" % (len(result[0]), *result)).hexdigest()


@pytest.mark.parametrize("name", CASES)
def test_all_ways_give_the_same(name: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One job and several, pieces, pipes, compression, in place, with a checkpoint: one SHA-256."""
    about, data = case(name)
    ways = Ways(place, about, data)
    Path("file").write_bytes(data)
    expected = ways.to_file("file")
    assert expected[0].count(b"\n") > 100  # most of it leaves
    assert expected[1] or name.startswith("document")  # and something is withheld
    found = {
        "standard input": ways.by_stdin(monkeypatch),
        "two jobs": ways.to_file("file", "-j", "2"),
        "three jobs": ways.to_file("file", "-j", "3"),
        "checkpoint": ways.to_file("file", "--checkpoint", "check"),
        "in place": ways.in_place(),
        "in place, jobs": ways.in_place("-j", "2"),
        "in place, checkpoint": ways.in_place("--checkpoint", "check"),
        **{f"pipe {seed}": ways.by_pipe(seed) for seed in range(3)},
    }
    for suffix, pack in PACKS.items() if name in FORMATS else [("gz", gzip.compress)]:
        packed = pack(data[:2000]) + pack(data[2000:])
        Path("packed").write_bytes(packed)
        found[f"from {suffix}"] = ways.to_file("packed")
        found[f"from {suffix}, jobs"] = ways.to_file("packed", "-j", "2")
        found[f"from {suffix}, checkpoint"] = ways.to_file("packed", "--checkpoint", "check")
        for more in ((), ("-j", "2"), ("--checkpoint", "check")):
            rejects = ways.run("file", "-o", f"out.{suffix}", *more)
            unpacked = unpack(Path(f"out.{suffix}"))
            found[f"to {suffix} {more}"] = unpacked, rejects
            result, rejects = ways.in_place(*more, data=packed)
            assert result != packed
            Path(f"out.{suffix}").write_bytes(result)
            found[f"in place {suffix} {more}"] = unpack(Path(f"out.{suffix}")), rejects
    different = {way for way, result in found.items() if digest(result) != digest(expected)}
    assert not different


def unpack(path: Path) -> bytes:
    """Return the plain bytes of a packed file."""
    with sources.opened(path) as source:
        assert source.kind is not None
        data = b""
        while block := source.read(999):
            data += block
    return data


@pytest.mark.parametrize("ways", [["-j", "2"], ["-j", "3"], ["--checkpoint", "check"]])
def test_many_files_give_the_same(place: Path, ways: list[str]) -> None:
    """Files of several formats, compressed and not, with and without a last newline: the same."""
    for number, form in enumerate(LINES):
        Path(f"{number}.log").write_bytes(sample(form)[: 5000 * number])
    Path("9.log").write_bytes(b"")
    Path("8.log").write_bytes(gzip.compress(sample("combined")))
    names = [f"{number}.log" for number in (1, 9, 0, 3, 8)]
    told = ["-q", "-p", "p.toml", "-k", "ring", "-f", "combined"]
    reports = []
    for more, out in ((["-j", "1"], "one"), (ways, "other")):
        assert main(["run", *names, *told, "-o", out, "--report", "report", *more]) == 0
        reports.append(Path("report").read_bytes())
    assert Path("one").read_bytes() == Path("other").read_bytes()
    assert reports[0] == reports[1]


def test_numbers_of_withheld_lines_are_the_same(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Several jobs name the lines that one job names."""
    Path("file").write_bytes(sample("combined"))
    said = []
    for count in ("1", "2", "5"):
        assert main(["run", "file", "-p", "p.toml", "-k", "ring", "-o", "out", "-j", count]) == 0
        said.append(capsys.readouterr().err)
    assert "withheld lines" in said[0]
    assert said[0] == said[1] == said[2]


class Kept:
    """An output in memory."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def flush(self) -> None:
        pass

    def reopen(self) -> None:
        pass

    def end(self) -> None:
        pass


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz", "zstd"])
def test_packed_bytes_do_not_depend_on_pieces(kind: Any) -> None:
    """What is written in pieces of any length is packed to the same bytes, and read back."""
    rng = random.Random(kind)
    data = b"".join(b"%d " % rng.randrange(10**9) for _ in range(40_000))
    results = set()
    for lengths in ((len(data),), (1, 70_000), (10, 999, 123_456)):
        kept = Kept()
        packed = Packed(kept, kind)
        at = 0
        while at < len(data):
            length = rng.choice(lengths)
            packed.write(data[at : at + length])
            at += length
        packed.end()
        results.add(kept.data)
    assert len(results) == 1

    class Source:
        left = kept.data

        def read(self, size: int) -> bytes:
            size = rng.randrange(1, size)
            out, self.left = self.left[:size], self.left[size:]
            return out

    source: Any = Source()
    plain = Unpacked(source, kind, "x")
    back = b""
    while block := plain.read(rng.randrange(1, 9999)):
        back += block
    assert back == data
