"""Which format a sample has, and why."""

from __future__ import annotations

from typing import NamedTuple

from anonkit.errors import FormatError
from anonkit.parse.formats import FORMATS
from anonkit.parse.jsonl import refuse_document

SAMPLE = 64 << 10  # bytes; a few hundred lines
LINES = 100
ENOUGH = 0.5  # of the lines of a sample, so that broken ones among them do no harm


class Guess(NamedTuple):
    """A format and the reason for it.

    Args:
        format: Its name.
        reason: What speaks for it, in words.
    """

    format: str
    reason: str


def sniff(sample: bytes) -> Guess:
    """Return the format of a sample from the start of a stream.

    Raises:
        FormatError: No format fits most of its lines.
    """
    lines = sample.split(b"\n")
    if len(lines) > 1:
        lines.pop()  # empty, or cut off
    lines = [line.rstrip(b"\r") for line in lines if line.strip()][:LINES]
    if not lines:
        raise FormatError("no line to tell a format by", hint="name the format with -f")
    counts = {form.name: form.fits(lines) for form in FORMATS.values() if form.fits is not None}
    best = max(counts, key=lambda name: counts[name])
    if counts[best] < ENOUGH * len(lines):
        refuse_document(sample)
        raise FormatError(
            f"none of {', '.join(counts)} fits {_first(len(lines))}",
            hint="name the format with -f",
        )
    if counts[best] == len(lines):
        return Guess(best, f"fits {_first(len(lines))}")
    return Guess(best, f"fits {counts[best]} of {_first(len(lines))}")


def _first(count: int) -> str:
    return "the first line" if count == 1 else f"the first {count} lines"
