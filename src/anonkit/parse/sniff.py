"""Which format a sample has, and why; or why that cannot be told.

A format is taken when it alone fits at least half of the lines. Free text is what is left when no
other format fits a single line, and nothing looks like structure that a scrubber would not see.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from anonkit.errors import FormatError
from anonkit.parse.formats import FORMATS

SAMPLE = 64 << 10  # bytes; a few hundred lines
LINES = 100
ENOUGH = 0.5  # of the lines of a sample, so that broken ones among them do no harm
TEXT = "text"
NAME_IT = "name the format with -f"
BOM = b"\xef\xbb\xbf"


class _Sign(NamedTuple):
    """What looks like structure that no format reads, so that it is not taken for free text."""

    pattern: re.Pattern[bytes]
    problem: str
    hint: str
    first: bool = True  # whether the first line decides, or any half of the lines


_SIGNS = (
    _Sign(
        re.compile(rb"\s*(?:\{|\[\s*(?:[\[{\]\"]|$))"),
        "begins like JSON, and no line is an object",
        "write one record a line: jq -c . (or jq -c '.[]' for a list)",
    ),
    _Sign(
        re.compile(rb"\s*<(?:\?xml|!DOCTYPE|!--)", re.IGNORECASE),
        "begins like XML, which is not read",
        "-f text scrubs it as free text; names in it stay",
    ),
    _Sign(
        # An error log says `request: "GET / HTTP/1.1"`, among much that a scrubber knows.
        re.compile(rb"(?!.*request: ).{0,1024}[\"' \t|][A-Z]{3,9} \S{1,1024} HTTP/[0-9]"),
        "looks like an access log in a layout of its own",
        "--log-format FORMAT, as the configuration of the server has it; or -f text, which scrubs "
        "every line as free text, and names in it stay",
        first=False,
    ),
    _Sign(
        # 1066036250.603    310 192.0.2.45 TCP_MISS/200 3341 GET http://www.example.com/ ada …
        re.compile(
            rb"[0-9]{9,11}\.[0-9]{3} +[0-9]+ \S{1,255} [A-Z_]{3,40}/[0-9]{3} [0-9]+ [A-Z]+ "
        ),
        "looks like a log of squid in its own layout, which is not read",
        "`logformat=combined` in squid.conf writes one that is; -f text scrubs every line as free "
        "text, and names in it stay",
        first=False,
    ),
    _Sign(
        # RFC 6587, section 3.4.1: each message behind its length.
        re.compile(rb"[1-9][0-9]{0,5} <[0-9]{1,3}>1 "),
        "looks like syslog with octet counts (RFC 6587), which are not read",
        "let the receiver write lines, as rsyslog and syslog-ng do; -f text scrubs every line as "
        "free text, and names in it stay",
        first=False,
    ),
    _Sign(
        re.compile(rb"#[Ff]ields|#separator "),
        "begins with a heading that is not known",
        "-f text scrubs it as free text; names in it stay",
    ),
)


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
        FormatError: No format fits, or more than one does.
    """
    lines = sample.removeprefix(BOM).split(b"\n")
    if len(lines) > 1:
        lines.pop()  # empty, or cut off
    lines = [line.rstrip(b"\r") for line in lines if line.strip()][:LINES]
    if not lines:
        raise FormatError("no line to tell a format by", hint=NAME_IT)
    counts = {form.name: form.fits(lines) for form in FORMATS.values() if form.fits is not None}
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
        return _text(lines)
    (best,) = fitting
    if counts[best] == len(lines):
        return Guess(best, f"fits {_first(len(lines))}")
    return Guess(best, f"fits {counts[best]} of {_first(len(lines))}")


def _text(lines: list[bytes]) -> Guess:
    """Return that lines are free text.

    Raises:
        FormatError: They look like something else.
    """
    for sign in _SIGNS:
        seen = lines[:1] if sign.first else lines
        if sum(sign.pattern.match(line) is not None for line in seen) >= ENOUGH * len(seen):
            raise FormatError(sign.problem, hint=sign.hint)
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
