"""anonkit run: logs and events in, what may leave of them out."""

from __future__ import annotations

import errno
import gc
import os
import signal
import stat
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from anonkit.cli import words
from anonkit.cli.check import load as load_policy
from anonkit.cli.keys import add_passphrase_file, load as load_keyring
from anonkit.errors import AnonkitError, FormatError, KeyringError
from anonkit.files import PRIVATE, whole_file
from anonkit.keys import Keyring, store
from anonkit.parse import encodings
from anonkit.parse.encodings import Coder
from anonkit.parse.formats import FORMATS
from anonkit.parse.jsonl import refuse_document
from anonkit.parse.lines import BLOCK
from anonkit.parse.sniff import SAMPLE, Guess, sniff
from anonkit.pipeline import Pipeline
from anonkit.policy import Policy
from anonkit.policy.document import presets
from anonkit.report import Report

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Self

JSON = ("json", "jsonl")
GC_THRESHOLD = 50_000
PLACES = 10  # withheld lines that are named; the others are counted
STDIN, STDOUT = "standard input", "standard output"
STOPS = (signal.SIGINT, signal.SIGTERM)


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
    parser.add_argument(
        "--encoding",
        choices=encodings.NAMES,
        default=encodings.AUTO,
        help="of input and output; what a byte order mark says, or utf-8, without",
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
    job = _Job(options, policy, known)
    with _Stop() as stop, ExitStack() as files:
        write = files.enter_context(_output(options.output))
        undo = options.output is not None
        reject = files.enter_context(_rejects(options.rejects, undo=undo))
        for path in options.files or [None]:
            source = files.enter_context(_source(path))
            _refuse_loop(source, path, options)
            job.stream(path, source, write, reject, stop)
    if options.report is not None:
        with _file(options.report) as write:
            write(job.report.json() + b"\n")
    withheld = job.report.records_withheld
    if not options.quiet:
        print(job.report, file=sys.stderr)
        if withheld and options.rejects is None:
            print(words.HINT_REJECTS, file=sys.stderr)
    return 1 if options.strict and withheld else 0


class _Job:
    """What one run does with each of its sources, and what it remembers between them."""

    def __init__(
        self,
        options: argparse.Namespace,
        policy: Policy | None,
        known: Mapping[str, Iterable[str]] | None,
    ) -> None:
        self.report = Report()
        self._options = options
        self._policy = policy
        self._known = known
        self._pipelines: dict[str, Pipeline] = {}
        self._ring: Keyring | None = None
        self._at = datetime.now(UTC)
        self._unended = False  # whether the output so far lacks its last newline

    def stream(
        self,
        path: Path | None,
        source: BinaryIO,
        write: Callable[[bytes], Any],
        reject: Callable[[bytes], Any],
        stop: _Stop,
    ) -> None:
        """Take one source from its first byte to its last."""
        name = STDIN if path is None else str(path)
        with stop.waiting():
            sample = _sample(source)
        form = self._options.format
        reason = "as told"
        with _named(name):
            encoding = encodings.chosen(self._options.encoding, sample)
        coder = Coder(encoding)
        if form is None:
            if not sample:
                return
            form, reason = _sniffed(name, Coder(encoding).decode(sample), self._policy)
        elif form in JSON:
            with _named(name):
                refuse_document(Coder(encoding).decode(sample))
        pipeline = self._pipeline(form)
        if not self._options.quiet:
            words.say(words.recognised(name, form, reason, pipeline.policy.name))
        if self._unended:  # or its last line and our first would become one
            write(b"\n")
        withheld = _Withheld(name, lambda line: reject(coder.line(line)))
        lines = pipeline.lines(form, reject=withheld)
        progress = _Progress(name, path, quiet=self._options.quiet)
        block = sample
        while block:
            with _named(name):
                left = lines.feed(coder.decode(block))
            write(coder.encode(left))
            progress.add(len(block))
            with stop.waiting():
                block = source.read(BLOCK)
        with _named(name):
            last = lines.feed(coder.decode(b"", end=True)) + lines.finish()
        write(coder.encode(last))
        withheld.end()
        self._unended = bool(last)
        progress.clear()
        if not self._options.quiet:
            withheld.say()

    def _pipeline(self, form: str) -> Pipeline:
        policy = self._policy or Policy.preset(FORMATS[form].preset)
        if policy.name not in self._pipelines:
            self._pipelines[policy.name] = Pipeline(
                policy,
                keys=self._keys(policy),
                at=self._at,
                tenant=self._options.tenant,
                report=self.report,
                known=self._known,
            )
        return self._pipelines[policy.name]

    def _keys(self, policy: Policy) -> Keyring | None:
        """Return the keyring of the run: the file's, or one for this run alone."""
        path: Path | None = self._options.keys
        if self._ring is None and path is not None:
            self._ring, passphrase = load_keyring(path, self._options.passphrase_file)
            newest = self._ring.periods[-1] if self._ring.periods else None
            if newest is None or (newest.end is not None and newest.end <= self._at):
                # Cron jobs outlive periods: the next one begins by itself.
                period = self._ring.rotate(at=self._at)
                store.save(self._ring, path, passphrase=passphrase)
                words.say(words.new_period(str(path), period.id))
        if self._ring is None and policy.keyed:
            self._ring = Keyring.generate()
            if not self._options.quiet:
                words.say(words.ONE_RUN_KEY)
        return self._ring


class _Withheld:
    """Hands withheld lines on, and remembers where the first stand."""

    def __init__(self, name: str, reject: Callable[[bytes], Any]) -> None:
        self._name = name
        self._reject = reject
        self._first: list[int] = []
        self._last = 0
        self._count = 0
        self._ended = True

    def __call__(self, number: int, line: bytes) -> None:
        """Take a withheld line, or a further piece of the same."""
        self._reject(line)
        self._ended = line.endswith(b"\n")
        if number == self._last:
            return
        self._last = number
        self._count += 1
        if len(self._first) < PLACES:
            self._first.append(number)

    def end(self) -> None:
        """End a last line that lacks its newline: more lines may follow in the same file."""
        if not self._ended:
            self._reject(b"\n")

    def say(self) -> None:
        """Say where the first withheld lines stand."""
        if self._first:
            more = self._count - len(self._first)
            words.say(words.withheld_lines(self._name, self._first, more))


class _Stop:
    """Lets Ctrl-C and SIGTERM end a run between two writes, never within one."""

    def __enter__(self) -> Self:
        self._waiting = False
        self._asked = 0  # the signal that asked
        self._before = [(number, signal.signal(number, self._take)) for number in STOPS]
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before:
            signal.signal(number, handler)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait for input; a signal from before or during that ends the run."""
        self._waiting = True
        try:
            if self._asked:
                raise KeyboardInterrupt(self._asked)
            yield
        finally:
            self._waiting = False

    def _take(self, number: int, _frame: Any) -> None:
        self._asked = number
        if self._waiting:
            self._waiting = False  # once: a second must not disturb what is tidied up
            raise KeyboardInterrupt(number)


class _Progress:
    """Shows on a terminal how far a source has been read, five times a second at most."""

    def __init__(self, name: str, path: Path | None, *, quiet: bool) -> None:
        self._name = name
        self._size = path.stat().st_size if path is not None else 0
        self._shown = sys.stderr.isatty() and not quiet
        self._read = 0
        self._next = time.monotonic() + 0.5  # a run that takes less shows nothing
        self._width = 0

    def add(self, count: int) -> None:
        """Count what was read."""
        self._read += count
        if not self._shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 0.2
        text = words.progress(self._name, self._read, self._size)
        self._width = len(text)
        print(f"\r{text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Wipe the line."""
        if self._width:
            print(f"\r{' ' * self._width}\r", end="", file=sys.stderr, flush=True)


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
    read = os.fstat(source.fileno())
    if not stat.S_ISREG(read.st_mode):
        return
    appended = [] if options.rejects is None else [options.rejects.stat()]
    if options.output is None:
        appended.append(os.fstat(sys.stdout.fileno()))
    if any(os.path.samestat(read, written) for written in appended):
        raise AnonkitError(words.loop(STDIN if path is None else str(path)), hint="use -o FILE")


@contextmanager
def _source(path: Path | None) -> Iterator[BinaryIO]:
    """Open a source without a buffer, so that what a pipe has comes at once."""
    if path is None:
        if sys.stdin is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF), STDIN)
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as file:
            yield file
        return
    with path.open("rb", buffering=0) as file:
        yield file


@contextmanager
def _output(path: Path | None) -> Iterator[Callable[[bytes], Any]]:
    """Open the output: a file that appears whole or not at all, or standard output."""
    if path is not None:
        with _file(path) as write:
            yield write
        return
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), STDOUT)
    with open(sys.stdout.fileno(), "wb", buffering=0, closefd=False) as out:
        yield partial(_write, out, STDOUT)


@contextmanager
def _file(path: Path) -> Iterator[Callable[[bytes], Any]]:
    """Open a file that appears whole or not at all; a pipe or device has no whole."""
    if path.exists() and not path.is_file():
        with path.open("wb", buffering=0) as device:
            yield partial(_write, device, str(path))
        return
    with whole_file(path) as file:
        yield partial(_write, file, str(path))


def _write(out: BinaryIO, name: str, data: bytes) -> None:
    view = memoryview(data)
    try:
        while view:  # a pipe may take less than all at once
            view = view[out.write(view) :]
    except OSError as failure:
        failure.filename = name
        raise


@contextmanager
def _rejects(path: Path | None, *, undo: bool) -> Iterator[Callable[[bytes], Any]]:
    """Open the file that withheld lines are appended to; with `undo`, a failed run adds none."""
    if path is None:
        yield len  # a withheld line is counted already
        return
    if path.exists() and not path.is_file():
        raise AnonkitError(f"{path}: is no file; withheld lines go to one that is yours alone")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE)
    with open(handle, "ab") as file:  # noqa: PTH123 - a descriptor, not a path
        if os.name != "nt" and os.fstat(handle).st_mode & 0o077:
            raise KeyringError(f"{path}: others may read this file", hint=f"chmod 600 {path}")
        size = file.seek(0, os.SEEK_END)
        try:
            yield file.write
        except BaseException:
            if undo:
                file.truncate(size)
            raise


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Put the name of a source before what cannot be read of it."""
    try:
        yield
    except FormatError as error:
        raise FormatError(f"{name}: {error.problem}", hint=error.hint) from None


def _sniffed(name: str, sample: bytes, policy: Policy | None) -> Guess:
    with _named(name):
        guess = sniff(sample)
    if policy is None or guess.format not in JSON:
        return guess
    # A policy either speaks of record types, or of the classes of any object.
    return guess._replace(format="json" if FORMATS["json"].record in policy.records else "jsonl")


def _sample(source: BinaryIO) -> bytes:
    """Return the start of a source: at least one line, if it has one."""
    sample = b""
    while b"\n" not in sample and len(sample) < SAMPLE:
        block = source.read(SAMPLE)
        if not block:
            break
        sample += block
    return sample
