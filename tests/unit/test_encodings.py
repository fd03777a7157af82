"""Encodings: any text comes back as it was, and what is no text never passes."""

from __future__ import annotations

import codecs
from itertools import pairwise

import pytest
from hypothesis import example, given, strategies as st

from anonkit import Pipeline, Policy
from anonkit.errors import FormatError
from anonkit.parse.encodings import NAMES, Coder, chosen
from strategies import keyring

CODECS = [name for name in NAMES if name != "auto"]
LETTERS = {"latin-1": "aß\n é", "cp1252": "aß\n €"}


def recoded(name: str, data: bytes, cuts: list[int]) -> tuple[bytes, bytes]:
    """Return a stream as UTF-8, and what came of that, line by line."""
    coder = Coder(chosen(name, data))
    marks = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    utf8 = b"".join(coder.decode(data[a:b]) for a, b in pairwise(marks))
    utf8 += coder.decode(b"", end=True)
    return utf8, b"".join(coder.encode(line) for line in utf8.splitlines(keepends=True))


@pytest.mark.parametrize("name", CODECS)
@given(st.data())
def test_any_text_comes_back_however_it_is_cut(name: str, data: st.DataObject) -> None:
    """Text decodes to its UTF-8 and encodes to its own bytes, whatever the pieces."""
    alphabet = st.sampled_from(LETTERS.get(name, "aß\n€\U0001f600"))
    text = data.draw(st.text(alphabet, max_size=20))
    mark = "\ufeff" if name.startswith("utf") and data.draw(st.booleans()) else ""
    raw = (mark + text).encode(name)
    cuts = data.draw(st.lists(st.integers(0), max_size=5))
    utf8, back = recoded("auto" if mark else name, raw, cuts)
    assert utf8 == text.encode()
    assert back == text.encode(name)


@pytest.mark.parametrize("name", CODECS)
@given(data=st.binary(max_size=30), cuts=st.lists(st.integers(0), max_size=5))
@example(data=b"\x00\x01\x00\x08\x00\x08\xf5", cuts=[])
@example(data=b"\x00\x00\x00\x00\x00\x08\x00", cuts=[])
@example(data=b"\x01\x00\x00\x00\x00\x00\x00\x00\x00", cuts=[])
def test_any_bytes_come_back_and_are_text_or_refused(
    name: str, data: bytes, cuts: list[int]
) -> None:
    """Bytes that are no text give what is not UTF-8, and come back as they were."""
    try:
        coder = Coder(chosen(name, data))
    except FormatError:
        return
    utf8, _ = recoded(name, data, cuts)
    assert utf8 == recoded(name, data, [])[0]
    try:
        utf8.decode()
    except UnicodeDecodeError:
        with pytest.raises(UnicodeDecodeError):
            data.decode(name)
    mark = len(chosen(name, data).mark)
    pieces = [utf8[at : at + 3] for at in range(0, len(utf8), 3)]
    assert b"".join(map(coder.line, pieces)) == data[mark:]


@pytest.mark.parametrize(
    ("name", "sample", "expected"),
    [
        ("auto", b"", "utf-8"),
        ("auto", codecs.BOM_UTF8 + b"x", "utf-8"),
        ("auto", codecs.BOM_UTF16_LE + b"x\0", "utf-16-le"),
        ("auto", codecs.BOM_UTF16_BE + b"\0x", "utf-16-be"),
        ("utf-16-be", b"\0x", "utf-16-be"),
        ("latin-1", codecs.BOM_UTF16_LE, "latin-1"),
    ],
)
def test_a_mark_tells_the_encoding(name: str, sample: bytes, expected: str) -> None:
    """A byte order mark says the encoding where nobody else does; single bytes have none."""
    assert chosen(name, sample).name == expected


@pytest.mark.parametrize(
    ("name", "sample", "problem"),
    [
        ("ebcdic", b"", "no encoding is called 'ebcdic'"),
        ("utf-8", codecs.BOM_UTF16_LE, "the byte order mark says utf-16-le, not utf-8"),
        ("auto", codecs.BOM_UTF32_LE, "utf-32 is not read"),
        ("auto", codecs.BOM_UTF32_BE, "utf-32 is not read"),
    ],
)
def test_an_encoding_that_is_none_is_refused(name: str, sample: bytes, problem: str) -> None:
    """An unknown name, a mark that contradicts it, and UTF-32 are refused."""
    with pytest.raises(FormatError, match=problem):
        chosen(name, sample)


def test_what_an_encoding_has_not_becomes_a_question_mark() -> None:
    """A result that the input's encoding cannot write does not stop the stream."""
    coder = Coder(chosen("latin-1", b""))
    assert coder.encode("a€b".encode()) == b"a?b"
    assert coder.encode(b"") == b""


@pytest.mark.parametrize("form", ["text", "syslog", "json", "jsonl", "csv", "combined"])
@pytest.mark.parametrize("name", ["utf-16-le", "cp1252"])
def test_a_line_that_is_no_text_is_withheld(form: str, name: str) -> None:
    """No format lets a line pass with bytes that its encoding does not have."""
    presets = {"combined": "weblog", "csv": "table", "jsonl": "app"}
    pipeline = Pipeline(Policy.preset(presets.get(form, form)), keys=keyring())
    bad = "\udc81"
    lines = {
        "syslog": f"Oct 11 22:14:15 h a: x{bad}",
        "json": f'{{"msg":"x{bad}"}}',
        "jsonl": f'{{"type":"login","user":"x{bad}"}}',
        "csv": f"id,msg\n1,x{bad}",
        "combined": f'::1 - - [10/Oct/2000:13:55:36 -0700] "GET /{bad} HTTP/1.1" 200 5 "-" "-"',
    }
    text = lines.get(form, f"x{bad}") + "\n"
    raw = text.encode(name, "surrogatepass" if "utf" in name else "surrogateescape")
    coder = Coder(chosen(name, raw))
    stream = pipeline.lines(form)
    out = stream.feed(coder.decode(raw) + coder.decode(b"", end=True)) + stream.finish()
    assert out.decode() in ("", "id,msg\n")
    assert pipeline.report.records_withheld == 1
