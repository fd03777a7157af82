"""Pages that verbs write: one HTML file, Markdown, or plain text where a terminal shows them."""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.files import whole_file

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from anonkit.explain.page import Block

# Said again here: the words themselves load what no other verb needs.
LANGUAGES = ("de", "en")


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add what every page takes: its language, and where it goes."""
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="default: en")
    add_output_to(parser)


def add_output_to(parser: argparse.ArgumentParser) -> None:
    """Add where a page, or another text, goes."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="write there, whole or not at all; default: standard output",
    )


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
    """Write a text to a file, whole or not at all, or to standard output."""
    with ExitStack() as files:
        path: Path | None = options.output
        out = sys.stdout.buffer if path is None else files.enter_context(whole_file(path))
        out.write(text.encode())


def terminal_width(options: argparse.Namespace) -> int | None:
    """Return how many columns the terminal has that a text goes to, or None: it goes elsewhere."""
    if options.output is not None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns
