"""anonkit run: logs and events in, what may leave of them out."""

from __future__ import annotations

import errno
import gc
import os
import re
import stat
import sys
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.cli import words
from anonkit.cli.arguments import (
    HYPHEN,
    add_files_to,
    add_format_to,
    add_policy_to,
    add_quiet_to,
    add_verb,
    load_policy,
    named,
    path_alone,
    read_beside,
)
from anonkit.cli.endpoints import writing
from anonkit.cli.job import Job
from anonkit.cli.passphrase import add_passphrase_file
from anonkit.cli.units import Units
from anonkit.errors import AnonkitError
from anonkit.parse import encodings
from anonkit.streams import find, outputs
from anonkit.streams.compress import KINDS
from anonkit.streams.outputs import Every
from anonkit.streams.stop import Stop

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from anonkit.policy import Policy
    from anonkit.report import Report
    from anonkit.streams.find import Unit

GC_THRESHOLD = 50_000
SECRETS = ("keys", "passphrase_file", "known")  # what names a file of them
IN_PLACE = "--in-place puts an output in the place of its source, and --backup keeps the old"


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    parser = add_verb(verbs, "run", words.RUN, run)
    what = parser.add_argument_group("what is read, and under which policy")
    add_format_to(what)
    add_policy_to(what)
    add_streams_to(parser)


def add_streams_to(parser: argparse.ArgumentParser) -> None:
    """Add what every verb that anonymizes streams takes: sources, outputs, keys."""
    add_files_to(
        parser,
        "files and patterns, compressed or not, of rotated logs the oldest first; - is "
        "standard input",
    )
    add = parser.add_argument_group("sources").add_argument
    add("-r", "--recursive", action="store_true", help="take all files in a folder")
    add(
        "--encoding",
        choices=encodings.NAMES,
        default=encodings.AUTO,
        help="of input and output; default: what a byte order mark says, or utf-8",
    )
    add("--since", type=_time, metavar="TIME", help="take lines from this time on, such as "
        "2026-05-01 (UTC) or 2026-05-01T08:00+02:00")  # fmt: skip
    add("--until", type=_time, metavar="TIME", help="take lines before this time")

    add = parser.add_argument_group("output").add_argument
    add(
        "-o",
        "--output",
        type=named,
        metavar="FILE",
        help="write there, whole or not at all; FOLDER/ gets a file of the same name for each "
        "that is read; default, and -: standard output",
    )
    add("--in-place", action="store_true", help="put each output in the place of its source")
    add(
        "--backup",
        metavar="SUFFIX",
        type=_suffix,
        help="with --in-place: keep each source under its name and SUFFIX",
    )
    add("--append", action="store_true", help="append to FILE as lines come; SIGHUP opens it anew")
    add(
        "--compress",
        choices=(*KINDS, words.NONE),
        help="how the output is compressed; default: as its name ends",
    )
    add(
        "--flush-every",
        type=_every,
        metavar="N",
        help="write after N lines, or after seconds, as in 5s; default: as lines come",
    )

    add(
        "-j",
        "--jobs",
        type=_jobs,
        default=1,
        metavar="N",
        help="let N processes share the files; the output is the same; default: 1",
    )
    add(
        "--checkpoint",
        type=path_alone,
        metavar="FILE",
        help="save there how far the run is; the same command goes on from there",
    )

    keys = parser.add_argument_group("keys")
    add = keys.add_argument
    add("-k", "--keys", type=Path, metavar="FILE", help="the keyring file; default: a key for "
        "this run alone")  # fmt: skip
    add_passphrase_file(keys)
    add("--tenant", default="", metavar="NAME", help="keep tokens of tenants apart")

    told = parser.add_argument_group("what is told")
    add = told.add_argument
    add("--rejects", type=path_alone, metavar="FILE", help="append withheld lines there (mode "
        "0600); what earlier runs withheld stays")  # fmt: skip
    add("--report", type=path_alone, metavar="FILE", help="write the counts there as JSON")
    add("--strict", action="store_true", help="exit 1 when a record was withheld")
    add_quiet_to(told)


def run(options: argparse.Namespace) -> int:
    """Anonymize files or standard input."""
    name = options.policy
    return anonymize(options, lambda: None if name is None else load_policy(name))


def anonymize(
    options: argparse.Namespace,
    load: Callable[[], Policy | None],
    known: Mapping[str, Iterable[str]] | None = None,
) -> int:
    """Anonymize files or standard input under a policy; without one, under that of the format."""
    # A block of lines makes thousands of objects and no cycle: collecting every 700 finds none.
    gc.set_threshold(GC_THRESHOLD)
    units = _units(options)
    _refuse_unwritable(options.report)
    if not options.quiet and any(None in unit.sources for unit in units):
        words.waits()
    job = Job(options, load, known)
    # What was withheld from an output that others read already must not be taken back.
    whole = options.in_place or _is_whole(options, folder=options.output != units[0].output)
    undo = options.checkpoint is None and whole
    resumable = None
    with outputs.rejects(options.rejects, undo=undo) as rejects:
        work = Units(options, job, rejects)
        with Stop(work.hang_up if _endless(options, units) else None) as stop:
            # On demand: what few runs need would be a tenth of the time that a run takes to begin.
            if options.checkpoint is not None:
                from anonkit.cli.resume import Resumable

                resumable = Resumable(options, job, rejects, work)
                resumable.take(units, stop)
            elif _side_by_side(options, units):
                from anonkit.cli.jobs import Jobs

                folder = _folder(units[0].output)
                jobs = Jobs(options.jobs, job, rejects, quiet=options.quiet)
                jobs.take(units, work, folder, stop)
            else:
                work.take(units, stop)
    if options.report is not None:
        with writing(options.report, text=True) as write:
            write(job.report.json() + b"\n")
    if resumable is not None:
        resumable.over()
    if not options.quiet:
        _tell(options, job.report)
    return 1 if options.strict and job.report.records_withheld else 0


def _tell(options: argparse.Namespace, report: Report) -> None:
    """Tell what became of records, and what to try where that may not be what was meant."""
    words.tell(str(report))
    rules = {entry["rule"] for entry in report.as_dict()["withheld"]}
    if report.records_withheld and not report.records_out:
        unknown = rules == {"unknown record type"}
        words.tell(words.HINT_OBJECT if unknown else words.HINT_NOTHING_LEFT)
    if report.records_withheld and options.rejects is None:
        words.tell(words.HINT_REJECTS)
    if "not UTF-8" in rules and options.encoding == encodings.AUTO:
        words.tell(words.HINT_ENCODING)


def _units(options: argparse.Namespace) -> list[Unit]:
    """Return what is read and where it goes; options that contradict each other are refused."""
    told: str | None = None if options.output == HYPHEN else options.output
    options.output = None if told is None else Path(told)
    folder = told is not None and (told.endswith(("/", os.sep)) or Path(told).is_dir())
    for name, needs, there in (
        ("--backup", "--in-place", options.backup is None or options.in_place),
        ("--append", "-o FILE", not options.append or (told is not None and not folder)),
        ("--flush-every", "standard output or --append", options.flush_every is None
         or not (options.in_place or _is_whole(options, folder=folder))),
        ("--checkpoint", "-o FILE or --in-place", options.checkpoint is None
         or options.in_place or _is_whole(options, folder=folder)),
    ):  # fmt: skip
        if not there:
            raise AnonkitError(f"{name}: goes with {needs} alone")
    if options.in_place and told is not None:
        raise AnonkitError("--in-place: goes without -o")
    if None not in (options.since, options.until) and options.since >= options.until:
        raise AnonkitError("--until: is not after --since, so no line is taken")
    if options.jobs != 1 and options.checkpoint is not None:
        raise AnonkitError("--checkpoint: goes without --jobs")
    _refuse_same_file(options)
    found = find.sources(options.files, recursive=options.recursive)
    units = find.units(
        found, options.output, folder=folder, in_place=options.in_place, compress=options.compress
    )
    sources = [path for unit in units for path in unit.sources]
    for name in SECRETS:
        if path := getattr(options, name, None):
            find.refuse_as_source(sources, f"--{name.replace('_', '-')}", path)
    _refuse_written_over(options, units, sources)
    return units


def _refuse_written_over(
    options: argparse.Namespace, units: Sequence[Unit], sources: Sequence[Path | None]
) -> None:
    """Refuse what would change a file that is read, but for sources in place."""
    beside = list(read_beside(options))
    read = [*sources, *beside]
    made = [unit.output for unit in units]
    if options.in_place:
        find.refuse_written_over(beside, "--in-place", made)
    elif options.append:
        find.refuse_written_over(read, "--append", made, adds=True)
    else:
        find.refuse_written_over(read, "--output", made, hint=IN_PLACE)
    for option, path, adds in (
        ("--report", options.report, False),
        ("--rejects", options.rejects, True),
        ("--checkpoint", options.checkpoint, False),
    ):
        if path is not None:
            find.refuse_written_over(read, option, [path], adds=adds)


def _side_by_side(options: argparse.Namespace, units: Sequence[Unit]) -> bool:
    """Return whether several processes share the run; where they cannot, say why."""
    if options.jobs == 1:
        return False
    from anonkit.streams.workers import can_fork

    paths = [path for unit in units for path in unit.sources]
    if not can_fork():
        why = words.NO_FORK
    elif not all(path is not None and path.is_file() for path in paths):
        why = words.NO_FILES
    else:
        return True
    if not options.quiet:
        words.say(words.one_job(why))
    return False


def _folder(output: Path | None) -> Path | None:
    """Return where part files are: beside the output, if that is a file."""
    if output is None or outputs.is_device(output):
        return None
    return next(folder for folder in output.resolve().parents if folder.is_dir())


def _is_whole(options: argparse.Namespace, *, folder: bool) -> bool:
    """Return whether outputs are files that appear whole."""
    path: Path | None = options.output
    return path is not None and not options.append and (folder or not outputs.is_device(path))


def _endless(options: argparse.Namespace, units: Sequence[Unit]) -> bool:
    """Return whether a run goes on until it is told to end: it follows a pipe, or a log grows."""
    paths = [path for unit in units for path in unit.sources]
    modes = [path.stat().st_mode for path in paths if path is not None and path.exists()]
    if None in paths and sys.stdin is not None:
        modes.append(os.fstat(sys.stdin.fileno()).st_mode)
    return options.append or not all(map(stat.S_ISREG, modes))


def _refuse_same_file(options: argparse.Namespace) -> None:
    """Refuse two options that would write the same file."""
    seen: dict[str, str] = {}
    for option in ("keys", "output", "rejects", "report", "checkpoint"):
        path: Path | None = getattr(options, option)
        if path is None or outputs.is_device(path):
            continue
        place = os.path.realpath(path)
        if place in seen:
            raise AnonkitError(f"{path}: is both --{seen[place]} and --{option}")
        seen[place] = option


def _refuse_unwritable(path: Path | None) -> None:
    """Refuse a report that could not be written, before anything is."""
    if path is None:
        return
    folder, reason = Path(os.path.realpath(path)).parent, 0
    if path.is_dir():
        reason = errno.EISDIR
    elif not folder.is_dir():
        reason = errno.ENOENT
    elif not (outputs.is_device(path) or os.access(folder, os.W_OK | os.X_OK)):
        reason = errno.EACCES
    if reason:
        raise OSError(reason, os.strerror(reason), str(path))


def _every(text: str) -> Every:
    """Return how often to flush: `100` lines or `5s`."""
    match = re.fullmatch(r"([1-9][0-9]{0,8})|([0-9]{1,6}(?:\.[0-9]{1,3})?)s", text)
    if match is None:
        raise ValueError
    return Every(lines=int(match[1])) if match[1] else Every(seconds=float(match[2]))


def _time(text: str) -> datetime:
    """Return a time; one without a zone, or a day, is in UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(words.NO_TIME) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _jobs(text: str) -> int:
    """Return a number of processes."""
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise ValueError
    return int(text)


def _suffix(text: str) -> str:
    """Return a suffix that leads into no other folder."""
    if not text or re.search(r"[/\\\0]", text):
        raise ValueError
    return text


# For messages: `invalid number of jobs value: '0'`.
_every.__name__, _jobs.__name__ = "number of lines or seconds", "number of jobs"
_suffix.__name__ = "suffix"
