"""Which format a sample has."""

from __future__ import annotations

import pytest

from anonkit.errors import FormatError
from anonkit.parse.sniff import LINES, Guess, sniff

COMMON = b'198.51.100.7 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5'
COMBINED = COMMON + b' "-" "-"'
JSON = b'{"type":"login"}'
SYSLOG = b"<34>Oct 11 22:14:15 mymachine su: failed"


@pytest.mark.parametrize(
    ("sample", "guess"),
    [
        (COMMON, ("common", "fits the first line")),
        (COMBINED + b"\n", ("combined", "fits the first line")),
        (COMBINED + b"\r\n" + COMBINED + b"\r\n", ("combined", "fits the first 2 lines")),
        (JSON + b"\n\n \n" + JSON + b"\n", ("jsonl", "fits the first 2 lines")),
        (b'{"type":"order"}\n', ("json", "fits the first line")),
        (SYSLOG + b"\n", ("syslog", "fits the first line")),
        (b'time,client\n1,2\n"a\nb",2\n', ("csv", "fits the first 4 lines")),
        (b"  " + JSON, ("jsonl", "fits the first line")),
        (b"x\n" + COMMON + b"\n", ("common", "fits 1 of the first 2 lines")),
        (b"x\n" + (COMBINED + b"\n") * 200, ("combined", "fits 99 of the first 100 lines")),
        (COMBINED + b"\n" + b"x" * 10_000, ("combined", "fits the first line")),
        (b"\xef\xbb\xbf" + COMBINED, ("combined", "fits the first line")),
        (b"# a comment\n" + COMBINED + b"\n", ("combined", "fits 1 of the first 2 lines")),
        (b"shop.example:443 " + COMBINED, ("vhost_combined", "fits the first line")),
        (b"#Fields: date\n2026-01-01\n", ("w3c", "fits the first 2 lines")),
        (b"\xef\xbb\xbf#Fields: date time\n", ("w3c", "fits the first line")),
    ],
)
def test_most_lines_tell_a_format(sample: bytes, guess: tuple[str, str]) -> None:
    """The format that most whole lines have is the one, and the reason says how many."""
    assert sniff(sample) == Guess(*guess)


@pytest.mark.parametrize(
    "sample",
    [
        b"x\n" * 3, "Grüße\n".encode(), b"x" * 70_000, b"\xef\xbb\xbfx\n", b"Call me\n\n[1] done\n",
        b'2026/10/10 13:55:36 [error] 7#7: *1 open() failed, request: "GET / HTTP/1.1"\n' * 3,
        b"x\n\xff\n", b"[1]\n",
    ],
)  # fmt: skip
def test_what_fits_nothing_is_free_text(sample: bytes) -> None:
    """Readable lines of which no other format fits a single one are free text, and it is said so."""
    guess = sniff(sample)
    assert guess.format == "text"
    assert guess.reason.startswith("no other format fits ")


@pytest.mark.parametrize(
    ("sample", "problem", "hint"),
    [
        (b"x\ny\n" + COMMON + b"\n", "no format fits most of the first 3 lines: common fits 1", "-f"),
        (COMMON + b"\n" + JSON + b"\n", "common fits 1 and jsonl fits 1 of the first 2 lines", "-f"),
        (b'[\n{"a": 1},\n', "begins like JSON", "jq -c"),
        (b'{\n"user": "ada"\n', "begins like JSON", "jq -c"),
        (b'{"a":\n', "begins like JSON", "jq -c"),
        (b"{" * 9999, "begins like JSON", "jq -c"),
        (b"{\xff}\n", "begins like JSON", "jq -c"),
        (b'{"a":' + b"[" * 100_000 + b"\n", "begins like JSON", "jq -c"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n", "begins like XML", "-f text"),
        (b'ada ada "GET /a HTTP/1.1"\n', "looks like an access log", "--log-format"),
        (b"x\nada|GET /a HTTP/2.0|\n", "looks like an access log", "--log-format"),
        (b"#fields\tts\tuid\n", "begins with a heading", "-f text"),
        (b"#Fields ada\n", "begins with a heading", "-f text"),
        (b"1066036250.603    310 ::1 TCP_MISS/200 3341 GET http://x/ ada HIER_DIRECT/::2 text/html\n",
         "looks like a log of squid", "logformat=combined"),
        (b"86 <34>1 2026-10-11T22:14:15.003Z ada su - - - 'su root' failed\n",
         "looks like syslog with octet counts", "-f text"),
        (b'ada ada "GET /a HTTP/1.1"\n', "looks like an access log", "-f text"),
        (bytes(1000), "is not text", "-f"),
        ("Grüße\n".encode("latin-1"), "is not text", "--encoding"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(sample: bytes, problem: str, hint: str) -> None:
    """Where two formats fit, or a part, or something that nobody reads, that is said with a way out."""
    with pytest.raises(FormatError) as caught:
        sniff(sample)
    assert caught.value.problem.startswith(problem)
    assert hint in (caught.value.hint or "")
    assert "ada" not in str(caught.value)


def test_blank_lines_tell_nothing() -> None:
    """A sample of blank lines has no format."""
    with pytest.raises(FormatError, match="no line to tell a format by"):
        sniff(b"\n\r\n \n")


def test_only_the_first_lines_are_looked_at() -> None:
    """What comes after the first hundred lines makes no difference."""
    assert sniff((COMMON + b"\n") * LINES + b"x\n" * 1000).format == "common"
