"""anonkit infer: a policy proposed for a log or events that nobody has described."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from anonkit.cli import pages, sample, words
from anonkit.cli.arguments import add_output_to, add_verb
from anonkit.cli.flow import named

if TYPE_CHECKING:
    import argparse

# Enough to see how many values differ, and read in seconds.
LINES = 20_000


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    parser = add_verb(verbs, "infer", words.INFER, infer)
    sample.add_to(parser)
    sample.add_lines_to(parser, "look at", LINES)
    add_output_to(parser)


def infer(options: argparse.Namespace) -> int:
    """Write a policy for a sample."""
    # The detectors look at words, and take their time to load.
    from anonkit.explain.infer import infer as inferred

    with sample.read(options.file, options, any_text=True) as read, named(read.source.name):
        text = inferred(read.form, list(islice(read.lines, options.lines)))
    pages.write_text(text, options)
    return 0
