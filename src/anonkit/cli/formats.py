"""anonkit formats: what run reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonkit.cli import pages, words
from anonkit.cli.arguments import add_verb
from anonkit.parse.formats import FORMATS

if TYPE_CHECKING:
    import argparse


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    add_verb(verbs, "formats", words.FORMATS, formats)


def formats(_options: argparse.Namespace) -> int:
    """Print the table of formats."""
    rows = [("format", "policy", "what it is")]
    rows += [(form.name, form.preset, form.about) for form in FORMATS.values()]
    for line in pages.in_columns(rows):
        print(line)
    return 0
