"""Pages and tables that verbs write: for a terminal in its width, for all else as they are."""

from __future__ import annotations

import shutil
import sys
from textwrap import wrap
from typing import TYPE_CHECKING

from anonkit.cli.arguments import add_output_to, refuse_written_over
from anonkit.cli.endpoints import writing

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from anonkit.explain.page import Block

# Said again here: the words themselves load what no other verb needs.
LANGUAGES = ("de", "en")
NARROWEST = 20  # columns that a cell is wrapped to


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add what every page takes: its language, and where it goes."""
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="the language; default: en")
    add_output_to(parser)


def write(blocks: Sequence[Block], options: argparse.Namespace, form: str | None) -> None:
    """Write a page.

    Args:
        blocks: The page.
        options: What was told: the language, and where to.
        form: `html` or `md`; None is `md`, and plain text for a terminal.
    """
    from anonkit.explain import html, markdown
    from anonkit.explain.terminal import text

    width = terminal_width(options) if form is None else None
    if form == "html":
        page = html(blocks, lang=options.lang)
    else:
        page = markdown(blocks) if width is None else text(blocks, width)
    write_text(page, options)


def write_text(text: str, options: argparse.Namespace) -> None:
    """Write a text to a file, whole or not at all, or to standard output.

    Raises:
        AnonkitError: It would take the place of what it is made of.
        OSError: It cannot be written.
    """
    refuse_written_over(options, [options.output])
    with writing(options.output, text=True) as write:
        write(text.encode())


def terminal_width(options: argparse.Namespace | None = None) -> int | None:
    """Return how many columns the terminal has that a text goes to, or None: it goes elsewhere.

    Args:
        options: What was told of where it goes; without, standard output.
    """
    elsewhere = options is not None and options.output is not None
    if elsewhere or sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns


def in_columns(rows: Sequence[Sequence[str]], indent: str = "") -> Iterator[str]:
    """Yield the lines of a table; on a terminal, the last cell of a row goes on below itself."""
    *widths, _ = (max(map(len, column)) for column in zip(*rows, strict=True))
    start = len(indent) + sum(width + 2 for width in widths)
    room = (terminal_width() or 0) - start
    for *cells, last in rows:
        left = indent + "".join(
            f"{cell:{width}}  " for cell, width in zip(cells, widths, strict=True)
        )
        parts = wrap(last, room) if room >= NARROWEST else [last]
        yield f"{left}{''.join(parts[:1])}".rstrip()
        yield from (f"{' ' * start}{part}" for part in parts[1:])
