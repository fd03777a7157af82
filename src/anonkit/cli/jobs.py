"""One run by several processes: sources are cut at the ends of lines, and worked on side by side.

Which parts there are depends on the sources alone, each part counts its lines from 1, and the parts
are put together in order: output, withheld lines, their numbers and all counts are those of one
process. A source whose format does not let itself be cut, or that is compressed, is one part.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

import msgspec

from anonkit.cli import words
from anonkit.cli.flow import Coded, Place
from anonkit.cli.progress import Progress, Withheld
from anonkit.errors import AnonkitError, FormatError, KeyringError, PolicyError, StreamError
from anonkit.files import write_all
from anonkit.parse.lines import BLOCK, LONGEST_LINE
from anonkit.streams.sources import opened
from anonkit.streams.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from anonkit.cli.flow import Input
    from anonkit.cli.job import Job
    from anonkit.cli.units import Units
    from anonkit.parse.formats import Split
    from anonkit.streams.find import Unit
    from anonkit.streams.outputs import Rejects, Writer
    from anonkit.streams.sources import Source
    from anonkit.streams.stop import Stop

# Bytes of a part: a twentieth of a second of work, so that workers end nearly at once.
PART = 4 << 20


class Task(msgspec.Struct, array_like=True):
    """A part of a source, by numbers: the source, where it begins and ends, its last directive."""

    source: int
    start: int
    end: int  # -1 for a source that is one part
    final: bool  # whether it is the last of its source
    directive: tuple[int, int] = (0, 0)


class Answer(msgspec.Struct, array_like=True):
    """What a worker says of a part.

    Args:
        lines: How many it has.
        first: The numbers of the first that were withheld, from 1.
        count: How many were.
        written: How long the output in the part file is; behind it stand withheld lines.
        ended: Whether what it wrote ends a line, or is nothing.
        final: Whether it is the last of its source.
        failure: Kind, text, hint and number of what went wrong.
        report: All counts, in the last answer.
    """

    lines: int = 0
    first: list[int] = []
    count: int = 0
    written: int = 0
    ended: bool = True
    final: bool = True
    failure: tuple[str, str, str | None, int] | None = None
    report: dict[str, Any] | None = None


class Known(NamedTuple):
    """What is known of a source before its parts are worked on."""

    path: Path
    device: int
    inode: int
    size: int
    read_as: Input | None
    cut: Split


class Jobs:
    """Takes a job through its outputs with several workers.

    Args:
        count: How many workers.
        job: What becomes of each source.
        rejects: Where withheld lines go.
        quiet: Whether nothing is told but errors.
    """

    def __init__(self, count: int, job: Job, rejects: Rejects, *, quiet: bool) -> None:
        self._count = count
        self._job = job
        self._rejects = rejects
        self._quiet = quiet
        self._known: list[Known] = []
        self._in_turn = iter(self._known)  # as they are put together

    def take(self, units: Sequence[Unit], work: Units, folder: Path | None, stop: Stop) -> None:
        """Fill one output after the other from the parts that the workers make."""
        # All that is asked of keys and policies is asked before there are workers.
        for unit in units:
            for path in unit.sources:
                with stop.waiting(), opened(path) as source:
                    self._know(source)
        at_work = _AtWork(self._job, self._known, folder, keeps=self._rejects.kept)
        tasks = (
            msgspec.msgpack.encode(task)
            for number, known in enumerate(self._known)
            for task in _parts(number, known)
        )
        parts = sum(1 + known.size // PART for known in self._known)
        with Workers(min(self._count, parts), at_work.do, folder) as workers:
            self._answers = workers.answers(tasks, stop)
            work.take(units, stop, self._source)
            for answer in workers.last(stop):
                self._job.report.add(_read(answer).report or {})

    def _know(self, source: Source) -> None:
        about = source.before
        read_as = self._job.input(source.name, source.sample(LONGEST_LINE))
        cut = "never" if read_as is None or source.kind is not None else read_as.split
        if read_as is not None:
            self._job.pipeline(read_as.form)
        assert source.path is not None  # noqa: S101 - for type checkers; `run` gives files alone
        self._known.append(
            Known(source.path, about.st_dev, about.st_ino, about.st_size, read_as, cut)
        )

    def _source(self, source: Source, writer: Writer) -> None:
        """Put the parts of one source together."""
        read_as = next(self._in_turn).read_as
        if read_as is None:  # there is nothing in it
            next(self._answers)
            return
        withheld = Withheld(read_as, self._rejects.write)
        shown = Progress(source.name, source.path, quiet=self._quiet)
        number, read = 0, 0
        final = False
        while not final:
            packed, part = next(self._answers)
            answer = _read(packed)
            if not read:
                self._job.seam.join(read_as, writer)
            while block := part.read(min(BLOCK, answer.written - part.tell())):
                writer.write(block)
            while block := part.read(BLOCK):
                self._rejects.write(block)
            withheld.add([number + line for line in answer.first], answer.count)
            number += answer.lines
            read += PART
            shown.add(min(read, source.before.st_size))
            self._job.seam.unended, final = not answer.ended, answer.final
        shown.clear()
        if not self._quiet:
            withheld.say()


class _AtWork:
    """What a worker does, and what it has from one part to the next."""

    def __init__(
        self, job: Job, known: Sequence[Known], folder: Path | None, *, keeps: bool
    ) -> None:
        self._job = job
        self._rejects = _Rejects(folder, keeps=keeps)
        self._known = known
        self._fresh = True
        self._streams: dict[str, _Stream] = {}

    def do(self, task: bytes, part: BinaryIO) -> bytes:
        """Do a part, and answer; whatever goes wrong is an answer too."""
        try:
            if self._fresh:
                self._job.begin_anew()
                self._fresh = False
            if not task:
                self._rejects.close()
                return _written(Answer(report=self._job.report.as_dict()))
            return _written(self._part(msgspec.msgpack.decode(task, type=Task), part))
        except AnonkitError as problem:
            kind = type(problem).__name__
            return _written(Answer(failure=(kind, problem.problem, problem.hint, 0)))
        except OSError as failure:
            name = str(failure.filename or "")
            return _written(Answer(failure=("", name, failure.strerror or "", failure.errno or 0)))

    def _part(self, task: Task, part: BinaryIO) -> Answer:
        known = self._known[task.source]
        if known.read_as is None:
            return Answer()
        with opened(known.path) as source:
            about = source.before
            if (about.st_dev, about.st_ino) != (known.device, known.inode):
                raise StreamError(f"{known.path}: was replaced while it was read")
            form = known.read_as.form.name
            stream = self._streams.pop(form, None)
            if stream is None or task.end < 0:
                stream = _Stream(self._job, known.read_as, self._rejects)
            if task.directive[1]:
                source.go_to(task.directive[0])
                stream.directive(source.read(task.directive[1]))
            if task.start:
                source.go_to(task.start)
            answer = stream.take(source, task.end, part, known.path)
            answer.final = task.final
            if answer.ended and task.end >= 0:
                self._streams[form] = stream  # with all that it remembers
            else:
                stream.forget()
            return answer


class _Stream:
    """A stream of one format in a worker, that takes one part after the other."""

    _withheld: Withheld  # of the part that it takes
    _before: int  # lines of earlier parts

    def __init__(self, job: Job, about: Input, rejects: _Rejects) -> None:
        self._about = about
        self._stream = Coded(about, job.pipeline(about.form), self._reject, job.window)
        self._rejects = rejects

    def directive(self, line: bytes) -> None:
        """Take a line that says how the following are to be read."""
        self._stream.directive(line)

    def forget(self) -> None:
        """Let go of all that is remembered: nothing follows."""
        self._stream.forget()

    def take(self, source: Source, end: int, part: BinaryIO, path: Path) -> Answer:
        """Take a part of a source, and write what may leave of it."""
        self._withheld = Withheld(self._about, self._rejects.write)
        self._before = self._stream.lines
        while block := source.read(BLOCK if end < 0 else min(BLOCK, end - source.position)):
            write_all(part, self._stream.feed(block), words.part_of(str(path)))
        last = self._stream.finish()
        write_all(part, last, words.part_of(str(path)))
        written = part.tell()
        self._withheld.end()
        self._rejects.hand_over(part, path)
        ended = not self._about.unended(last)
        # Counting them here would take a twentieth of the time.
        lines = self._stream.lines - self._before
        return Answer(lines, self._withheld.first, self._withheld.count, written, ended=ended)

    def _reject(self, number: int, line: bytes) -> None:
        self._withheld(number - self._before, line)


class _Rejects:
    """Withheld lines of a part, until its output is whole.

    In a file: those of a line without end, or of a packed source, are more than memory holds.
    """

    def __init__(self, folder: Path | None, *, keeps: bool) -> None:
        self._folder = folder
        self._keeps = keeps
        self._file: BinaryIO | None = None

    def write(self, line: bytes) -> None:
        """Take a line, or a piece of one."""
        if not self._keeps:
            return
        if self._file is None:
            self._file = cast("BinaryIO", tempfile.TemporaryFile(dir=self._folder))  # noqa: SIM115 - closed by `close`
        self._file.write(line)

    def hand_over(self, part: BinaryIO, path: Path) -> None:
        """Put all of them behind the output of their part."""
        if self._file is None:
            return
        self._file.seek(0)
        while block := self._file.read(BLOCK):
            write_all(part, block, words.part_of(str(path)))
        self._file.seek(0)
        self._file.truncate()

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()


def _parts(number: int, known: Known) -> Iterator[Task]:
    """Yield the parts of a source: about equally long, each with whole lines."""
    if known.cut == "never" or known.read_as is None or known.size <= PART:
        yield Task(number, 0, -1, final=True)
        return
    with known.path.open("rb") as file:
        start, place = 0, Place(known.read_as.form.directive)
        while start < known.size:
            end = _line_end(file, start + PART, known.size)
            yield Task(number, start, end, end == known.size, place.last_at)
            if known.cut == "after directives":
                file.seek(start)
                while block := file.read(min(BLOCK, end - file.tell())):
                    place.move(block)
            start = end


def _line_end(file: BinaryIO, position: int, size: int) -> int:
    """Return where the line ends that a position lies in, or that ends there."""
    file.seek(position - 1)
    for at in range(position - 1, size, BLOCK):
        if (found := file.read(BLOCK).find(b"\n")) >= 0:
            return min(at + found + 1, size)
    return size


def _written(answer: Answer) -> bytes:
    return msgspec.msgpack.encode(answer)


_ERRORS = {kind.__name__: kind for kind in (StreamError, FormatError, KeyringError)}


def _read(packed: bytes) -> Answer:
    """Return what a worker said.

    Raises:
        AnonkitError: Something went wrong there.
        OSError: The system refused something there.
    """
    answer = msgspec.msgpack.decode(packed, type=Answer)
    if answer.failure is None:
        return answer
    kind, text, hint, number = answer.failure
    if not kind:
        raise OSError(number, hint, text or None)
    if kind == PolicyError.__name__:
        raise PolicyError("", text, hint=hint)
    raise _ERRORS.get(kind, AnonkitError)(text, hint=hint)
