"""anonkit audit: what an anonymized file still tells whoever has no key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.cli import pages, sample, words
from anonkit.cli.arguments import add_verb, text_of
from anonkit.cli.progress import Progress
from anonkit.errors import AnonkitError
from anonkit.policy.policy import days

if TYPE_CHECKING:
    import argparse


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    parser = add_verb(verbs, "audit", words.AUDIT, audit)
    sample.add_to(parser, several="one of each period tells which tokens come in "
                  "several; ")  # fmt: skip
    parser.add_argument(
        "--quasi",
        action="append",
        default=[],
        metavar="FIELD",
        help="tell records apart by this field; may be given several times; default: chosen by "
        "what comes again",
    )
    parser.add_argument(
        "--dictionary",
        type=Path,
        metavar="FILE",
        help="also try the values in FILE, one a line, against tokens",
    )
    parser.add_argument(
        "--period",
        default="30d",
        metavar="DAYS",
        help="how long tokens may be linkable; default: 30d",
    )
    parser.add_argument("--html", action="store_true", help="write one HTML file with charts")
    pages.add_to(parser)
    parser.add_argument("--strict", action="store_true", help="exit 1 when a flaw is found")


def audit(options: argparse.Namespace) -> int:
    """Read a file as an attacker would, and say what was found."""
    from anonkit.explain import Wording
    from anonkit.explain.audit import Audit
    from anonkit.explain.dictionary import usual_guesses
    from anonkit.explain.verdict import verdict

    period = timedelta(days=days(options.period, "--period"))
    guesses = [*_dictionary(options.dictionary), *usual_guesses()]
    attack, names = Audit(quasi=options.quasi, period=period, guesses=guesses), []
    for path in options.files or [None]:
        with sample.read(path, options) as read:
            attack.begin(read.form)
            names.append(Path(read.source.name).name)
            shown = Progress(read.source.name, read.source.path, quiet=options.quiet)
            for line in read.lines:
                attack.add(line)
                shown.add(read.source.position)
            shown.clear()
    result = attack.result()
    for field in options.quasi:
        if field not in result.fields:
            raise AnonkitError(f"--quasi {field}: no record has this field")
    page = verdict(result, ", ".join(names), Wording(options.lang))
    pages.write(page, options, "html" if options.html else None)
    if options.output is not None:
        words.say(words.flaws(len(result.flaws)))
    return 1 if options.strict and result.flaws else 0


def _dictionary(path: Path | None) -> list[str]:
    lines = [] if path is None else text_of(path).splitlines()
    return [line.strip() for line in lines if line.strip()]
