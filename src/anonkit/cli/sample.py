"""A source as plain lines of one format: what preview, infer and audit look at."""

from __future__ import annotations

from argparse import ArgumentTypeError
from contextlib import contextmanager
from sys import maxsize
from typing import TYPE_CHECKING, NamedTuple

from anonkit.cli import words
from anonkit.cli.arguments import add_format_to, add_quiet_to, path_or_stream, told_format
from anonkit.cli.flow import named
from anonkit.errors import FormatError
from anonkit.parse import encodings
from anonkit.parse.encodings import Coder
from anonkit.parse.formats import FORMATS, Format
from anonkit.parse.lines import BLOCK, LONGEST_LINE
from anonkit.parse.sniff import JSON, TEXT, Guess, sniff
from anonkit.streams.sources import opened

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anonkit.policy import Policy
    from anonkit.streams.sources import Source


class Sample(NamedTuple):
    """A source that is read.

    Args:
        source: The source, for its name and how far it is read.
        form: The format of its lines.
        lines: Its lines in UTF-8, with their ends.
        encode: Writes what leaves of a line as the source is written.
    """

    source: Source
    form: Format
    lines: Iterator[bytes]
    encode: Callable[[bytes], bytes]


def add_to(parser: argparse.ArgumentParser, *, several: str = "") -> None:
    """Add what says which source is read, and how.

    Args:
        parser: Of the verb.
        several: What several files are, where the verb takes several, as `files`.
    """
    parser.add_argument(
        "files" if several else "file",
        nargs="*" if several else "?",
        type=path_or_stream,
        metavar="FILE",
        help=f"{several}compressed or not; default, and -: standard input",
    )
    add_format_to(parser)
    parser.add_argument(
        "--encoding",
        choices=encodings.NAMES,
        default=encodings.AUTO,
        help="of the input; default: what a byte order mark says, or utf-8",
    )
    add_quiet_to(parser)


def add_lines_to(parser: argparse.ArgumentParser, what: str, default: int) -> None:
    """Add how many lines are looked at."""
    parser.add_argument(
        "-n",
        "--lines",
        type=_some_lines,
        default=default,
        metavar="N",
        help=f"{what} N lines; default: {default:,}",
    )


def _some_lines(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError("is a number of lines, from 1")
    return min(int(text), maxsize)


@contextmanager
def read(
    path: Path | None,
    options: argparse.Namespace,
    *,
    policy: Policy | None = None,
    preset: bool = False,
    any_text: bool = False,
) -> Iterator[Sample]:
    """Open a source and recognise its format.

    Args:
        path: The source; None is standard input.
        options: What was told of it.
        policy: The one that was named.
        preset: Whether without one, that of the format is used.
        any_text: Whether what no format fits is taken as text, and said to be.

    Raises:
        FormatError: Its format cannot be told.
        OSError: It cannot be read.
    """
    if path is None and not options.quiet:
        words.waits()
    with opened(path) as source:
        start = source.sample(LONGEST_LINE)
        with named(source.name):
            coder = Coder(encodings.chosen(options.encoding, start))
            first = coder.decode(start)
            form = told_format(options)
            if form is None:
                form, reason = _recognised(first, policy, preset=preset, any_text=any_text)
                if not options.quiet:
                    words.say(words.format_of(source.name, form.name, reason))
        yield Sample(source, form, lines_of(source, coder, first), coder.encode)


def sniffed(start: bytes, policy: Policy | None, *, preset: bool = True) -> Guess:
    """Return which format a source has that begins so; a policy tells formats of JSON apart.

    Args:
        start: How it begins.
        policy: The one that was named.
        preset: Whether without one, that of the format is used.
    """
    guess = sniff(start, told=policy is not None or not preset)
    if policy is None or guess.format not in JSON:
        return guess
    of_any = FORMATS["json"].under(policy.records).record in policy.records
    return guess._replace(format="json" if of_any else "jsonl")


def _recognised(
    start: bytes, policy: Policy | None, *, preset: bool, any_text: bool
) -> tuple[Format, str]:
    if not start.strip():
        raise FormatError("has no line to look at")
    try:
        form, reason = sniffed(start, policy, preset=preset)
    except FormatError as error:
        if not any_text:
            raise
        form, reason = TEXT, error.problem
    return FORMATS[form], reason


def lines_of(source: Source, coder: Coder, first: bytes) -> Iterator[bytes]:
    """Yield the lines of a source; one that is too long to be one comes in pieces."""
    carry, block = b"", first
    while block:
        whole = (carry + block).split(b"\n")
        carry = whole.pop()
        yield from (line + b"\n" for line in whole)
        if len(carry) > LONGEST_LINE:
            yield carry
            carry = b""
        block = b""
        while not block and (more := source.read(BLOCK)):
            block = coder.decode(more)
    if carry := carry + coder.decode(b"", end=True):
        yield carry
