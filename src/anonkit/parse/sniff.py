"""Which format a sample has, and why; or why that cannot be told.

A format is taken when it alone fits at least half of the lines. Free text is what is left when no
other format fits a single line, and nothing looks like structure that a scrubber would not see.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import NamedTuple

from anonkit.errors import FormatError
from anonkit.parse.formats import FORMATS

SAMPLE = 64 << 10  # bytes; a few hundred lines
LINES = 100
TEXT = "text"
NAME_IT = "name the format with -f"
ENOUGH = 0.5  # of the lines of a sample, so that broken ones among them do no harm
# What JSON can be: records of built-in types, or any objects. Only presets tell them apart.
JSON = ("jsonl", "json")
# What else a file can be, by its first bytes: a way to unpack it stands beside.
_PACKAGES = (
    (0, b"PK\x03\x04", "a zip archive", "unzip -p FILE | anonkit run"),
    (257, b"ustar", "a tar archive", "tar -xOf FILE | anonkit run"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z x -so FILE | anonkit run"),
    (0, b"\x04\x22\x4d\x18", "compressed with lz4", "lz4 -dc FILE | anonkit run"),
    (0, b"\x1f\x9d", "compressed with compress", "uncompress -c FILE | anonkit run"),
    (0, b"\x5d\x00\x00", "compressed with lzma", "xz -dc FILE | anonkit run"),
    (0, b"\x1f\x8b\x08", "compressed twice", "zcat FILE | anonkit run"),
    (0, b"%PDF-", "a PDF", "pdftotext FILE - | anonkit scrub"),
)


class Guess(NamedTuple):
    """A format and the reason for it.

    Args:
        format: Its name.
        reason: What speaks for it, in words.
    """

    format: str
    reason: str


def sniff(sample: bytes, *, told: bool = False) -> Guess:
    """Return the format of a sample from the start of a stream.

    Args:
        sample: The start.
        told: Whether something else than the format says what its JSON is, such as a policy; then
            built-in types among others are `json` too.

    Raises:
        FormatError: No format fits, or more than one does.
    """
    _refuse_package(sample)
    lines = sample.removeprefix(BOM_UTF8).split(b"\n")
    if len(lines) > 1:
        lines.pop()  # empty, or cut off
    lines = [line.rstrip(b"\r") for line in lines if line.strip()][:LINES]
    if not lines:
        raise FormatError("no line to tell a format by", hint=NAME_IT)
    counts = {form.name: form.fits(lines) for form in FORMATS.values() if form.fits is not None}
    if told and counts["json"]:
        counts["json"] += counts.pop("jsonl")
    counts = {name: count for name, count in counts.items() if count}
    fitting = [name for name, count in counts.items() if count >= ENOUGH * len(lines)]
    if len(fitting) > 1:
        raise FormatError(f"{_listed(fitting, counts)} of {_first(len(lines))}", hint=NAME_IT)
    if counts and not fitting:
        # Part of it is known structure, which a scrubber would not see.
        raise FormatError(
            f"no format fits most of {_first(len(lines))}: {_listed(list(counts), counts)}",
            hint=f"{NAME_IT}; -f text scrubs every line as free text",
        )
    if not counts:
        return _text(sample, lines)
    (best,) = fitting
    if counts[best] == len(lines):
        return Guess(best, f"fits {_first(len(lines))}")
    return Guess(best, f"fits {counts[best]} of {_first(len(lines))}")


def _refuse_package(sample: bytes) -> None:
    """Refuse what must be unpacked first, whatever the lines in it look like.

    Raises:
        FormatError: It is such a thing.
    """
    for at, magic, what, how in _PACKAGES:
        if sample.startswith(magic, at):
            raise FormatError(f"is {what}, which is not read", hint=f"unpack it: {how}")


def _text(sample: bytes, lines: list[bytes]) -> Guess:
    """Return that lines are free text.

    Raises:
        FormatError: They look like something else.
    """
    from anonkit.parse.signs import refuse_structure  # on demand: few samples are of no format

    refuse_structure(sample, lines)
    readable = sum(map(_is_text, lines))
    if readable < ENOUGH * len(lines):
        raise FormatError(
            "is not text in UTF-8",
            hint=f"{NAME_IT}, or the encoding with --encoding: latin-1, cp1252, utf-16-le",
        )
    return Guess(TEXT, f"no other format fits {_any(len(lines))}")


def _is_text(line: bytes) -> bool:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return False
    return "\0" not in text


def _listed(names: list[str], counts: dict[str, int]) -> str:
    return " and ".join(f"{name} fits {counts[name]}" for name in names)


def _first(count: int) -> str:
    return "the first line" if count == 1 else f"the first {count} lines"


def _any(count: int) -> str:
    return _first(count) if count == 1 else f"any of {_first(count)}"
