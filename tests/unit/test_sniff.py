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
        (b'{"type":"order"}\n' + JSON + b"\n", ("json", "fits the first 2 lines")),
        (SYSLOG + b"\n", ("syslog", "fits the first line")),
        (b"time,client\n1,2\n\"a\nb\",2\n", ("csv", "fits the first 4 lines")),
        (b"  " + JSON, ("jsonl", "fits the first line")),
        (b"x\n" + COMMON + b"\n", ("common", "fits 1 of the first 2 lines")),
        (b"x\n" + (COMBINED + b"\n") * 200, ("combined", "fits 99 of the first 100 lines")),
        (COMBINED + b"\n" + b"x" * 10_000, ("combined", "fits the first line")),
    ],
)
def test_most_lines_tell_a_format(sample: bytes, guess: tuple[str, str]) -> None:
    """The format that most whole lines have is the one, and the reason says how many."""
    assert sniff(sample) == Guess(*guess)


@pytest.mark.parametrize(
    "sample",
    [
        b"x\n" * 3, b"x\ny\n" + COMMON + b"\n", b"[1]\n", b'{"a":\n', b"{" * 9999, b"{\xff}\n",
        b'{"a":' + b"[" * 100_000 + b"\n", bytes(1000), b"x" * 70_000,
    ],
)  # fmt: skip
def test_too_few_lines_tell_none(sample: bytes) -> None:
    """Where no format fits half of the lines, that is said, and nothing of them."""
    with pytest.raises(FormatError) as caught:
        sniff(sample)
    assert caught.value.problem.startswith("none of common, combined, jsonl, ")
    assert caught.value.hint == "name the format with -f"


@pytest.mark.parametrize("sample", [b'[{"a":1},\n{"a":2}]\n', b"[\n{}\n]\n", b"[]\n"])
def test_an_array_is_told_from_lines_of_json(sample: bytes) -> None:
    """A file that is one JSON array is refused as such, with the command that takes it apart."""
    with pytest.raises(FormatError, match="is a JSON array, not one object a line") as caught:
        sniff(sample)
    assert caught.value.hint == "jq -c '.[]' FILE | ..."


def test_a_document_is_told_from_lines_of_json() -> None:
    """A JSON object over several lines is refused as such."""
    with pytest.raises(FormatError, match="is JSON over several lines"):
        sniff(b'{\n  "a": 1\n}\n')


def test_blank_lines_tell_nothing() -> None:
    """A sample of blank lines has no format."""
    with pytest.raises(FormatError, match="no line to tell a format by"):
        sniff(b"\n\r\n \n")


def test_only_the_first_lines_are_looked_at() -> None:
    """What comes after the first hundred lines makes no difference."""
    assert sniff((COMMON + b"\n") * LINES + b"x\n" * 1000).format == "common"
