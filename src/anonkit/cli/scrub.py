"""anonkit scrub: free text in, the same without what is personal or secret out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

from anonkit.cli import words
from anonkit.cli.arguments import add_verb, text_of
from anonkit.cli.run import add_streams_to, anonymize
from anonkit.errors import AnonkitError
from anonkit.policy import Field, Policy, Record
from anonkit.stages.scrub import Action, Scrub

if TYPE_CHECKING:
    import argparse


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    parser = add_verb(verbs, "scrub", words.SCRUB, scrub)
    parser.add_argument(
        "-d",
        "--detector",
        action="append",
        default=[],
        metavar="NAME",
        help="find only this, a detector or a type such as EMAIL; may be given several times; "
        "default: all",
    )
    parser.add_argument(
        "-a",
        "--action",
        choices=get_args(Action),
        default="label",
        help="what stands in its place: [EMAIL], a keyed token, stars, a network, nothing; "
        "default: label",
    )
    parser.add_argument(
        "--known",
        type=Path,
        metavar="FILE",
        help="also remove the values in FILE, one a line, in any case and encoding",
    )
    parser.add_argument(
        "--region", metavar="CODE", help="also find national telephone numbers, such as of DE"
    )
    parser.add_argument(
        "--whole",
        action="store_const",
        const="document",
        default="text",
        dest="format",
        help="take each file as one text, in memory, where a value may span lines",
    )
    add_streams_to(parser)
    parser.set_defaults(policy=None, log_format=None, set=[])


def scrub(options: argparse.Namespace) -> int:
    """Scrub files or standard input."""
    stage = Scrub(tuple(options.detector), options.action, options.region)
    policy = Policy("scrub", {"text_line": Record({"line": Field((stage,))})})
    return anonymize(options, lambda: policy, _known(options.known))


def _known(path: Path | None) -> dict[str, list[str]] | None:
    """Return the values of a file, one a line.

    Raises:
        AnonkitError: The file is not UTF-8, or a line of it is no value that can be looked for.
        OSError: The file cannot be read.
    """
    if path is None:
        return None
    # Imported here: the detectors take 90 ms, which no other verb pays.
    from anonkit.detect.known import LONGEST, SHORTEST

    values = [line.strip() for line in text_of(path).split("\n")]
    for number, value in enumerate(values, 1):
        if value and not SHORTEST <= len(value) <= LONGEST:
            raise AnonkitError(f"{path}:{number}: {words.known_length(SHORTEST, LONGEST)}")
    return {"KNOWN": [value for value in values if value]}
