"""anonkit explain: the notice of a policy, for those whom it concerns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.cli import pages, words
from anonkit.cli.arguments import add_verb, load_policy, policies, text_of

if TYPE_CHECKING:
    import argparse

    from anonkit.explain import Wording

FORMATS = ("md", "html")


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    parser = add_verb(verbs, "explain", words.EXPLAIN, explain)
    parser.add_argument("policy", metavar="POLICY", help=policies())
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="Markdown, or one HTML file; default: Markdown, and plain text on a terminal",
    )
    parser.add_argument(
        "--wording",
        type=Path,
        metavar="FILE",
        help="names, purposes and reasons in that language, as TOML; "
        "default: POLICY.LANG.toml beside the policy, if it is there",
    )
    pages.add_to(parser)


def explain(options: argparse.Namespace) -> int:
    """Write the notice of a policy."""
    from anonkit.explain import notice

    policy = load_policy(options.policy)
    wording = _wording(options)
    page = notice(policy, wording)
    for key in wording.missing:
        words.say(words.no_wording(key, options.lang))
    pages.write(page, options, options.format)
    return 0


def _wording(options: argparse.Namespace) -> Wording:
    """Return the words of a language, with those of a catalogue of the policy's own."""
    from anonkit.explain import Wording

    path: Path | None = options.wording
    if path is None:
        beside = Path(options.policy).with_suffix(f".{options.lang}.toml")
        path = beside if options.policy.endswith(".toml") and beside.exists() else None
    if path is None:
        return Wording(options.lang)
    return Wording(options.lang, text_of(path), source=str(path))
