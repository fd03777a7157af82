"""anonkit run: logs and events in, what may leave of them out."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from anonkit.cli import words
from anonkit.cli.check import load as load_policy
from anonkit.cli.job import Job
from anonkit.cli.keys import add_passphrase_file
from anonkit.errors import AnonkitError
from anonkit.parse.formats import FORMATS
from anonkit.policy.document import presets
from anonkit.streams import outputs, sources
from anonkit.streams.stop import Stop

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping

    from anonkit.policy import Policy

GC_THRESHOLD = 50_000


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    parser = verbs.add_parser("run", help=words.RUN, description=words.RUN)
    parser.add_argument("-f", "--format", choices=FORMATS, help="recognised from the first lines")
    parser.add_argument(
        "-p",
        "--policy",
        metavar="POLICY",
        help=f"a TOML file, or a preset: {', '.join(presets())}; the format's own without",
    )
    add_streams_to(parser)
    parser.set_defaults(verb=run)


def add_streams_to(parser: argparse.ArgumentParser) -> None:
    """Add what every verb that anonymizes streams takes: sources, outputs, keys."""
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="read in order")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="write there, whole or not at all; standard output without",
    )
    parser.add_argument("-k", "--keys", type=Path, metavar="FILE", help="the keyring file")
    add_passphrase_file(parser)
    parser.add_argument("--tenant", default="", metavar="NAME", help="keep tokens of tenants apart")
    parser.add_argument(
        "--rejects", type=Path, metavar="FILE", help="append withheld lines there (mode 0600)"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write the counts there as JSON"
    )
    parser.add_argument("--strict", action="store_true", help="exit 1 when a record was withheld")
    parser.add_argument("-q", "--quiet", action="store_true", help="say errors only")


def run(options: argparse.Namespace) -> int:
    """Anonymize files or standard input."""
    return anonymize(options, None if options.policy is None else load_policy(options.policy))


def anonymize(
    options: argparse.Namespace,
    policy: Policy | None,
    known: Mapping[str, Iterable[str]] | None = None,
) -> int:
    """Anonymize files or standard input under a policy; without one, under that of the format."""
    # A block of lines makes thousands of objects and no cycle: collecting every 700 finds none.
    gc.set_threshold(GC_THRESHOLD)
    _refuse_same_file(options)
    job = Job(options, policy, known)
    with Stop() as stop, ExitStack() as files:
        write = files.enter_context(outputs.output(options.output))
        undo = options.output is not None
        reject = files.enter_context(outputs.rejects(options.rejects, undo=undo))
        for path in options.files or [None]:
            source = files.enter_context(sources.opened(path))
            _refuse_loop(source, path, options)
            job.stream(path, source, write, reject, stop)
    if options.report is not None:
        with outputs.whole(options.report) as write:
            write(job.report.json() + b"\n")
    withheld = job.report.records_withheld
    if not options.quiet:
        print(job.report, file=sys.stderr)
        if withheld and options.rejects is None:
            print(words.HINT_REJECTS, file=sys.stderr)
    return 1 if options.strict and withheld else 0


def _refuse_same_file(options: argparse.Namespace) -> None:
    """Refuse two options that would write the same file."""
    seen: dict[str, str] = {}
    for option in ("keys", "output", "rejects", "report"):
        path: Path | None = getattr(options, option)
        if path is None or (path.exists() and not path.is_file()):
            continue
        place = os.path.realpath(path)
        if place in seen:
            raise AnonkitError(f"{path}: is both --{seen[place]} and --{option}")
        seen[place] = option


def _refuse_loop(source: BinaryIO, path: Path | None, options: argparse.Namespace) -> None:
    """Refuse to append to what is being read: there would be no end."""
    appended = [] if options.rejects is None else [options.rejects.stat()]
    if options.output is None:
        appended.append(os.fstat(sys.stdout.fileno()))
    if sources.grows(source, appended):
        raise AnonkitError(
            words.loop(sources.STDIN if path is None else str(path)), hint="use -o FILE"
        )
