"""preview, infer and audit as commands: what their cases cannot show."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from anonkit.cli.main import main

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "data"
LOG = str(EXAMPLES / "access.log")
EVENTS = str(EXAMPLES / "events.ndjson")


def test_a_preview_is_written_as_a_page(tmp_path: Path) -> None:
    """`--html -o` writes one page, in the language asked for."""
    page = tmp_path / "p.html"
    assert main(["preview", LOG, "-q", "--html", "--lang", "de", "-o", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith('<!doctype html>\n<html lang="de">')
    assert '<mark class="truncate">203.0.113.0</mark>' in text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "latin-1"])
def test_a_preview_counts_the_bytes_that_a_run_writes(
    tmp_path: Path, encoding: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """What stands above a line is how long it is in the encoding of its source."""
    source = tmp_path / "log"
    line = (
        '203.0.113.77 - - [11/May/2026:08:02:26 +0200] "GET /caf\xe9 HTTP/1.1" 200 7312 "-" "-"\n'
    )
    source.write_bytes(line.encode(encoding))
    options = [str(source), "-q", "-f", "combined", "--encoding", encoding]
    assert main(["run", *options]) == 0
    written = len(capfdbinary.readouterr().out)
    assert main(["preview", *options, "--html"]) == 0
    assert f"As it leaves: {written} bytes".encode() in capfdbinary.readouterr().out


def test_a_preview_under_a_keyring_has_the_tokens_of_a_run(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """With -k, the bytes shown are those that a run with the same keys writes."""
    ring = str(tmp_path / "ring")
    assert main(["keys", "new", ring]) == 0
    capfdbinary.readouterr()
    assert main(["run", "-q", EVENTS, "-k", ring]) == 0
    sent = capfdbinary.readouterr().out.splitlines()
    assert main(["preview", "-q", EVENTS, "-k", ring, "-n", "100"]) == 0
    shown = capfdbinary.readouterr().out
    assert [line[4:] for line in shown.splitlines() if line.startswith(b"  + ")] == sent


def test_a_terminal_sees_colours_and_nothing_that_controls_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """On a terminal values are coloured by stage, in its width; NO_COLOR turns that off."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert main(["preview", LOG, "-q", "-n", "1"]) == 0
    coloured = capfd.readouterr().out
    assert "\x1b[33m203.0.113.0\x1b[0m" in coloured
    assert all(len(line) <= 80 for line in coloured.splitlines() if line.startswith("    "))
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["preview", LOG, "-q", "-n", "1"]) == 0
    assert "\x1b" not in capfd.readouterr().out


def test_nothing_of_a_sample_controls_a_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Names, values and lines of a sample are shown with what would control the terminal escaped."""
    odd = "a\x1b[0m\x9b\u202e"
    event = {"type": "usage", odd: odd, "at": odd}
    file = tmp_path / "odd.ndjson"
    file.write_text(
        json.dumps(event, ensure_ascii=False).replace("\\u001b", "\x1b") + "\n", "utf-8"
    )
    for form in ("jsonl", "json", "text"):
        assert main(["preview", "-q", str(file), "-f", form]) == 0
        shown = capfd.readouterr().out
        assert all(sign.isprintable() or sign == "\n" for sign in shown)
        assert "\\u202e" in shown
    file.write_text(json.dumps(event) + "\n", "utf-8")
    assert main(["preview", "-q", str(file), "-f", "jsonl"]) == 0
    assert "a\\x1b[0m\\x9b\\u202e" in capfd.readouterr().out


def test_a_run_alone_is_said_unless_it_is_to_be_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    """A preview without keys says that its tokens are its own; -q says nothing."""
    assert main(["preview", EVENTS, "-n", "1"]) == 0
    assert "for this run alone" in capfd.readouterr().err
    assert main(["preview", EVENTS, "-n", "1", "-q"]) == 0
    assert capfd.readouterr().err == ""


def test_a_sample_may_be_compressed_encoded_and_of_a_layout_of_its_own(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What run reads, preview reads: gzip, UTF-16, and log formats of one's own."""
    line = '203.0.113.77 "GET /a HTTP/1.1" 200\n'
    (tmp_path / "l.gz").write_bytes(gzip.compress(line.encode("utf-16")))
    assert main(["preview", "-q", str(tmp_path / "l.gz"), "--log-format", '%h "%r" %s']) == 0
    assert '  + 203.0.113.0 "GET /a HTTP/1.1" 200\n' in capfd.readouterr().out


def test_a_sample_of_no_format_is_refused_where_a_policy_is_needed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What run would refuse, preview and audit refuse, with the name; infer takes it for text."""
    odd = tmp_path / "odd.xml"
    odd.write_text("<?xml version='1.0'?>\n<a/>\n")
    assert main(["preview", str(odd)]) == main(["audit", str(odd)]) == 2
    assert f"anonkit: error: {odd}: begins like XML" in capfd.readouterr().err
    assert main(["infer", "-q", str(odd)]) == 0
    assert "fields.line" in capfd.readouterr().out


def test_a_line_without_an_end_is_read_in_pieces(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """An endless line is passed over in pieces, at flat memory."""
    long = tmp_path / "long"
    long.write_bytes(b"a" * (5 << 20))
    assert main(["audit", "-q", "-f", "combined", str(long)]) == 0
    assert "0 records were read" in capfd.readouterr().out


def test_an_encoding_may_hold_back_bytes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A block that completes no character is no end of the file."""
    (tmp_path / "t").write_bytes("call Ada".encode("utf-16") + b"\x0a")
    assert main(["preview", "-q", "-f", "text", str(tmp_path / "t")]) == 0
    assert "Line 1" in capfd.readouterr().out


def test_a_dictionary_in_another_encoding_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A dictionary that is not UTF-8 is an error with its name and nothing else of it."""
    (tmp_path / "d").write_bytes(b"gr\xf6\xdfer")
    assert main(["audit", "-q", LOG, "--dictionary", str(tmp_path / "d")]) == 2
    assert capfd.readouterr().err == f"anonkit: error: {tmp_path / 'd'}: not UTF-8\n"


def test_an_audit_is_written_as_a_page_with_charts(tmp_path: Path) -> None:
    """`--html -o` writes one page with drawings in it."""
    page = tmp_path / "a.html"
    assert main(["audit", "-q", LOG, "--html", "--lang", "de", "-o", str(page)]) == 0
    assert "<svg " in page.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.parametrize("verb", ["preview", "infer", "audit"])
@pytest.mark.parametrize("content", ["", "\n\r\n"])
def test_a_sample_without_lines_is_refused(
    verb: str, content: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of nothing, nothing can be said: the file is named, and there is no other sentence."""
    file = tmp_path / "none.log"
    file.write_text(content, encoding="utf-8")
    assert main([verb, str(file)]) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == f"anonkit: error: {file}: has no line to look at\n"


@pytest.mark.parametrize("verb", ["preview", "infer"])
@pytest.mark.parametrize("count", ["0", "-1", "x", "1.5", ""])
def test_a_number_of_lines_is_one_that_can_be_read(
    verb: str, count: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """No lines, less than none and no number are wrong use."""
    with pytest.raises(SystemExit) as stopped:
        main([verb, LOG, "-n", count])
    assert stopped.value.code == 2
    assert "is a number of lines, from 1" in capfd.readouterr().err


def test_a_sample_that_has_not_the_format_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    """What cannot be proposed for is named with the format that it does not have."""
    assert main(["infer", LOG, "-f", "jsonl"]) == 2
    assert f"{LOG}: no line of the sample has the format jsonl" in capfd.readouterr().err


@pytest.mark.parametrize(
    "verb", [["explain", "weblog"], ["audit", LOG], ["preview", LOG], ["infer", LOG]]
)
def test_a_closed_output_is_an_error(
    verb: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where there is no standard output, a page says so and ends with status 3."""
    monkeypatch.setattr("sys.stdout", None)
    assert main(verb) == 3
    assert "anonkit: error: standard output: bad file descriptor" in capfd.readouterr().err


def test_a_preview_speaks_the_language_that_is_asked_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """On a terminal, too: lines, rules and what stays behind are said in German."""
    (tmp_path / "a").write_bytes(b'{"type":"login","at":1,"hair":"red"}\nnot JSON\n')
    assert (
        main(["preview", "-q", "-p", "app", "--lang", "de", "-f", "jsonl", str(tmp_path / "a")])
        == 0
    )
    out = capfd.readouterr().out
    for said in ("Zeile 1", "Zeile 2", "Zurückgehalten: ", "nicht genannt", "(nichts)"):
        assert said in out
    assert "ine 1" not in out.replace("Zeile", "")
