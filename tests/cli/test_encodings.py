"""Logs in other encodings: the output has the input's, in every way to run."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path

import pytest

from anonkit.cli.main import main
from anonkit.parse.encodings import Coder, chosen
from runs import anonymize, run

LINE = '203.0.113.77 - - [10/Oct/2000:13:55:36 -0700] "GET /{} HTTP/1.1" 200 5 "-" "-"\n'
BAD = "kein Log von Jörg\n"
LOG = LINE.format(1) + BAD + LINE.format(2)
OUT = (LINE.format(1) + LINE.format(2)).replace("113.77", "113.0").replace(":36 ", ":00 ")
# Mark, codec, and what --encoding is told.
ENCODINGS = {
    "utf-16-le": (codecs.BOM_UTF16_LE, "utf-16-le", "auto"),
    "utf-16-be": (codecs.BOM_UTF16_BE, "utf-16-be", "auto"),
    "utf-16-le without a mark": (b"", "utf-16-le", "utf-16-le"),
    "utf-8 with a mark": (codecs.BOM_UTF8, "utf-8", "auto"),
    "latin-1": (b"", "latin-1", "latin-1"),
    "cp1252": (b"", "cp1252", "cp1252"),
}
WAYS: dict[str, list[str]] = {
    "one job": [],
    "two jobs": ["-j", "2"],
    "checkpoint": ["--checkpoint", "check"],
    "packed": ["--compress", "gzip"],
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ENCODINGS)
def test_output_and_rejects_have_the_encoding_of_the_input(name: str, way: str) -> None:
    """Several sources become one output with one mark, on lines of its encoding; rejects are as they came."""
    mark, codec, told = ENCODINGS[name]
    Path("a.log").write_bytes(
        mark + LOG.removesuffix("\n").encode(codec)
    )  # its last line lacks its end
    Path("b.log").write_bytes(gzip.compress(mark + (LOG + BAD.strip()).encode(codec)))
    Path("c.log").write_bytes(mark)
    files = ["a.log", "b.log", "c.log", "--encoding", told, "--rejects", "rejects"]
    assert anonymize(*files, "-o", "out", *WAYS[way]) == 0
    out = Path("out").read_bytes()
    out = gzip.decompress(out) if way == "packed" else out
    assert out == mark + (OUT * 2).encode(codec)
    assert Path("rejects").read_bytes() == (BAD * 3).encode(codec)


@pytest.mark.parametrize("name", ENCODINGS)
def test_in_place_an_encoding_stays(name: str) -> None:
    """A file that is changed in its place keeps its encoding, its mark and its compression."""
    mark, codec, told = ENCODINGS[name]
    for more in ([], ["-j", "2"], ["--checkpoint", "check"]):
        Path("a.log").write_bytes(mark + LOG.encode(codec))
        Path("b.log").write_bytes(gzip.compress(mark + LOG.encode(codec)))
        assert anonymize("a.log", "b.log", "--in-place", "--encoding", told, *more) == 0
        assert Path("a.log").read_bytes() == mark + OUT.encode(codec)
        assert gzip.decompress(Path("b.log").read_bytes()) == mark + OUT.encode(codec)


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_log_may_be_split_at_every_byte(name: str) -> None:
    """Wherever a stream is cut in two, even within a letter, its text and its bytes are the same."""
    mark, codec, told = ENCODINGS[name]
    text = "aß\n\U0001f600€ö\n" if codec.startswith("utf") else "aßö\n"
    raw = mark + text.encode(codec)
    for at in range(len(raw) + 1):
        coder = Coder(chosen(told, raw))
        utf8 = coder.decode(raw[:at]) + coder.decode(raw[at:]) + coder.decode(b"", end=True)
        assert utf8 == text.encode()
        assert mark + coder.encode(utf8) == raw


def test_two_encodings_do_not_become_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Sources in two encodings are refused in one output, by name, and taken into two."""
    Path("a.log").write_bytes(LOG.encode())
    Path("b.log").write_bytes(LOG.encode("utf-16"))
    Path("e.log").write_bytes(b"")
    for more in ([], ["-j", "2"], ["--checkpoint", "check"]):
        assert anonymize("a.log", "e.log", "b.log", "-o", "out", *more) == 2
        assert capsys.readouterr().err == (
            "anonkit: error: b.log: is written in another encoding than the files before it\n"
            "anonkit: hint: -o FOLDER/ gives each an output of its own\n"
        )
        assert not Path("out").exists()
    assert anonymize("a.log", "e.log", "b.log", "-o", "made/") == 0
    assert Path("made/a.log").read_bytes().decode() == OUT
    assert Path("made/b.log").read_bytes().decode("utf-16") == OUT


def test_a_mark_is_dropped_where_a_source_without_one_came_first() -> None:
    """UTF-8 with and without a mark may meet: the output has what its first source has."""
    Path("a.log").write_bytes(LOG.encode())
    Path("b.log").write_bytes(LOG.encode("utf-8-sig"))
    assert anonymize("a.log", "b.log", "-o", "out") == 0
    assert Path("out").read_bytes() == OUT.encode() * 2


def test_wide_characters_are_not_appended(capsys: pytest.CaptureFixture[str]) -> None:
    """UTF-16 is refused with --append, where a crash may leave half a letter; a mark is not repeated."""
    Path("a.log").write_bytes(LOG.encode("utf-16"))
    assert anonymize("a.log", "-o", "out", "--append") == 2
    assert "a.log: utf-16-le is not appended to" in capsys.readouterr().err
    Path("a.log").write_bytes(LOG.encode("utf-8-sig"))
    for _ in range(2):
        assert anonymize("a.log", "-o", "out", "--append") == 0
    assert Path("out").read_bytes() == OUT.encode() * 2


@pytest.mark.parametrize("name", ["ebcdic", "utf-32", ""])
def test_an_unknown_encoding_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is no encoding is wrong use, and those there are stand beside it."""
    with pytest.raises(SystemExit, match="2"):
        anonymize("a.log", "--encoding", name)
    told = capsys.readouterr().err
    assert told.startswith("anonkit: error: argument --encoding: invalid choice")
    assert "utf-16-le" in told


@pytest.mark.parametrize("more", [[], ["-j", "2"], ["--checkpoint", "check"]], ids=" ".join)
def test_what_no_encoding_can_be_read_in_is_said_of_its_file(
    more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """UTF-32 and a mark that contradicts --encoding are errors that begin with the file."""
    Path("a.log").write_bytes(LOG.encode())
    Path("b c.log").write_bytes(LOG.encode("utf-32"))
    assert anonymize("a.log", "b c.log", "-o", "out", *more) == 2
    assert capsys.readouterr().err.startswith("anonkit: error: b c.log: utf-32 is not read\n")
    Path("check").unlink(missing_ok=True)
    Path("b c.log").write_bytes(LOG.encode("utf-16"))
    assert anonymize("a.log", "b c.log", "-o", "out", "--encoding", "utf-8", *more) == 2
    told = capsys.readouterr().err
    assert told.startswith("anonkit: error: b c.log: the byte order mark says utf-16-le, not utf-8")
    assert not Path("out").exists()


def test_documents_meet_without_a_line_between_them() -> None:
    """A document that ends its last line is followed by the next one at once."""
    for name in ("a.txt", "b.txt"):
        Path(name).write_text("from 203.0.113.77\n")
    for count in ("1", "2"):
        assert (
            main(["run", "-q", "-f", "document", "a.txt", "b.txt", "-o", "out", "-j", count]) == 0
        )
        assert Path("out").read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("encoding", ["auto", "utf-16-be", "cp1252"])
def test_an_encoding_is_read_and_written(tmp_path: Path, encoding: str) -> None:
    """Output and withheld lines have the encoding of the input, mark included."""
    codec = "utf-16" if encoding == "auto" else encoding
    source, out, rejects = (tmp_path / name for name in ("a", "out", "rejects"))
    source.write_bytes(LOG.encode(codec))
    arguments = ["run", "-q", "-f", "combined", str(source), "-o", str(out)]
    assert main([*arguments, "--rejects", str(rejects), "--encoding", encoding]) == 0
    assert out.read_bytes() == OUT.encode(codec)
    raw = codec if encoding != "auto" else "utf-16-le"
    assert rejects.read_bytes() == BAD.encode(raw)


def test_what_cannot_be_read_is_said_with_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mark that contradicts `--encoding` is an error that names the file."""
    source = tmp_path / "a"
    source.write_bytes(b"\xff\xfex\0")
    out = str(tmp_path / "out")
    assert main(["run", str(source), "--encoding", "utf-8", "-o", out]) == 2
    assert f"{source}: the byte order mark says utf-16-le" in capsys.readouterr().err


def test_what_another_encoding_would_read_is_hinted_at(log: Path) -> None:
    """Lines that are not UTF-8 are withheld, and the encodings that read them are named."""
    lines = LINE.format(1) + LINE.format(2)
    (log / "a.log").write_bytes(lines.replace("- - [", "- Müller [").encode("latin-1"))
    done = run(log, "run", "a.log")
    assert b"hint: --encoding latin-1 or cp1252 reads what is not UTF-8" in done.stderr
    done = run(log, "run", "a.log", "--encoding", "latin-1")
    assert (done.stdout, b"hint" in done.stderr) == (OUT.encode("latin-1"), False)
