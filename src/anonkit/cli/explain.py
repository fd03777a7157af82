"""anonkit explain: the notice of a policy, for those whom it concerns."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.cli import words
from anonkit.cli.check import load
from anonkit.errors import PolicyError
from anonkit.files import whole_file
from anonkit.policy.document import presets

if TYPE_CHECKING:
    import argparse

    from anonkit.explain import Wording

LANGUAGES = ("de", "en")
FORMATS = ("md", "html")


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    parser = verbs.add_parser("explain", help=words.EXPLAIN, description=words.EXPLAIN)
    parser.add_argument(
        "policy", metavar="POLICY", help=f"a TOML file, or a preset: {', '.join(presets())}"
    )
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="en without")
    parser.add_argument(
        "--format", choices=FORMATS, default="md", help="Markdown (without), or one HTML file"
    )
    parser.add_argument(
        "--wording",
        type=Path,
        metavar="FILE",
        help="names, purposes and reasons in that language, as TOML; "
        "without, POLICY.LANG.toml beside the policy, if it is there",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there")
    parser.set_defaults(verb=explain)


def explain(options: argparse.Namespace) -> int:
    """Write the notice of a policy."""
    from anonkit import explain as explained

    policy = load(options.policy)
    wording = _wording(options)
    page = explained.notice(policy, wording)
    for key in wording.missing:
        words.say(words.no_wording(key, options.lang))
    if options.format == "html":
        text = explained.html(page, lang=options.lang)
    else:
        text = explained.markdown(page)
    write_page(text, options.output)
    return 0


def write_page(text: str, path: Path | None) -> None:
    """Write a page to a file, whole or not at all, or to standard output."""
    with ExitStack() as files:
        out = sys.stdout.buffer if path is None else files.enter_context(whole_file(path))
        out.write(text.encode())


def _wording(options: argparse.Namespace) -> Wording:
    """Return the words of a language, with those of a catalogue of the policy's own."""
    from anonkit.explain import Wording

    path: Path | None = options.wording
    if path is None:
        beside = Path(options.policy).with_suffix(f".{options.lang}.toml")
        path = beside if options.policy.endswith(".toml") and beside.exists() else None
    if path is None:
        return Wording(options.lang)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise PolicyError(str(path), "not UTF-8")
    return Wording(options.lang, text, source=str(path))
