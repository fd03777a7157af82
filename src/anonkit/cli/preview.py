"""anonkit preview: a sample before and after, field by field; nothing is stored."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.cli import pages, sample, words
from anonkit.cli.arguments import add_policy_to, add_verb, load_policy
from anonkit.cli.keys import load as load_keyring
from anonkit.cli.passphrase import add_passphrase_file
from anonkit.errors import printable
from anonkit.keys import Keyring
from anonkit.pipeline import Pipeline
from anonkit.policy import Policy
from anonkit.policy.override import override

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from anonkit.explain import Wording
    from anonkit.explain.preview import Shown
    from anonkit.parse.formats import Format

LINES = 5
WIDTH = 100  # where there is no terminal
NARROWEST = 12  # columns of a cell
# Select graphic rendition (ECMA-48, 8.3.117), by stage: what goes is red, tokens are magenta.
COLOURS = {
    "drop": "31",
    "pseudonymize": "35",
    "truncate": "33",
    "generalize": "36",
    "scrub": "34",
    "url": "32",
    "user_agent": "32",
}


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    parser = add_verb(verbs, "preview", words.PREVIEW, preview)
    sample.add_to(parser)
    add_policy_to(parser)
    parser.add_argument("-k", "--keys", type=Path, metavar="FILE", help="the keyring file; "
        "default: a key for this run alone")  # fmt: skip
    add_passphrase_file(parser)
    parser.add_argument("--tenant", default="", metavar="NAME", help="keep tokens of tenants apart")
    sample.add_lines_to(parser, "show", LINES)
    parser.add_argument("--html", action="store_true", help="write one HTML file")
    pages.add_to(parser)


def preview(options: argparse.Namespace) -> int:
    """Show what a sample would leave as."""
    from anonkit.explain import Wording
    from anonkit.explain.preview import page, preview as previewed

    policy = load_policy(options.policy) if options.policy else None
    with sample.read(options.file, options, policy=policy, preset=True) as read:
        pipeline = _pipeline(options, read.form, policy)
        shown = previewed(
            pipeline, read.form, islice(read.lines, options.lines), encode=read.encode
        )
    wording = Wording(options.lang)
    if options.html:
        pages.write(page(shown, pipeline.policy, wording), options, "html")
    else:
        width = pages.terminal_width(options)
        colour = width is not None and "NO_COLOR" not in os.environ
        text = "\n".join(_said(line, wording, width or WIDTH, colour=colour) for line in shown)
        pages.write_text(f"{text}\n", options)
    return 0


def _pipeline(options: argparse.Namespace, form: Format, policy: Policy | None) -> Pipeline:
    policy = policy or Policy.preset(form.preset)
    if options.set:
        form = form.under(policy.records)
        policy = override(policy, options.set, form.record, form.columns)
    ring = None
    if options.keys is not None:
        ring, _ = load_keyring(options.keys, options.passphrase_file)
    elif policy.keyed:
        ring = Keyring.generate()
        if not options.quiet:
            words.say(words.ONE_RUN_KEY)
    return Pipeline(policy, keys=ring, at=datetime.now(UTC), tenant=options.tenant)


def _said(line: Shown, wording: Wording, width: int, *, colour: bool) -> str:
    """Return a line of the sample for a terminal."""
    from anonkit.explain.preview import marked

    before, after = (
        _painted([(printable(text), mark) for text, mark in pieces], colour=colour)
        for pieces in marked(line)
    )
    said = [wording.frame("preview", "line", number=line.number), f"  - {before}"]
    if line.after:
        said.append(f"  + {after}")
    for rule in line.rules:
        why = wording.frame("preview", "withheld", rule=wording.rule(rule))
        said.append(f"  {printable(why)}")
    rows = [
        (
            printable(change.path),
            printable(change.before),
            " → ".join(change.verbs) or wording.frame("preview", "undeclared"),
            wording.frame("preview", "nothing")
            if change.after is None
            else printable(change.after),
        )
        for change in line.changes
    ]
    return "\n".join([*said, *_table(rows, width), ""])


def _painted(pieces: Sequence[tuple[str, str]], *, colour: bool) -> str:
    return "".join(
        f"\x1b[{COLOURS[mark]}m{text}\x1b[0m" if colour and mark in COLOURS else text
        for text, mark in pieces
    )


def _table(rows: Sequence[tuple[str, ...]], width: int) -> list[str]:
    """Return rows in columns; what is too wide for the terminal is cut, and shown to be."""
    if not rows:
        return []
    names = max(len(row[0]) for row in rows)
    verbs = max(len(row[2]) for row in rows)
    cell = max(NARROWEST, (width - names - verbs - 10) // 2)
    return [
        f"    {row[0]:{names}}  {_cut(row[1], cell):{cell}}  {row[2]:{verbs}}  "
        f"{_cut(row[3], cell)}".rstrip()
        for row in rows
    ]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
