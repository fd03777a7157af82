"""The outputs of a run, one after the other: each is opened, filled from its sources, and ended."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from anonkit.cli import words
from anonkit.cli.flow import Seam
from anonkit.errors import StreamError
from anonkit.streams import outputs
from anonkit.streams.compress import Packed, kind_by_name
from anonkit.streams.in_place import replaced
from anonkit.streams.outputs import Drafted, Held, Rejects, Writer
from anonkit.streams.sources import Source, opened

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from anonkit.cli.job import Job
    from anonkit.streams.compress import Kind
    from anonkit.streams.find import Unit
    from anonkit.streams.stop import Stop


class Units:
    """Takes a job through its outputs.

    Args:
        options: What the run was told.
        job: What becomes of each source.
        rejects: Where withheld lines go.
    """

    def __init__(self, options: argparse.Namespace, job: Job, rejects: Rejects) -> None:
        self._options = options
        self._job = job
        self._rejects = rejects
        self._writer: Writer | None = None
        self._held: Held | None = None

    def hang_up(self) -> None:
        """Open anew what can be, and read policy and keyring again."""
        self._rejects.reopen()
        if self._writer is not None:
            self._writer.reopen()
        self._job.reload()

    def take(
        self,
        units: Sequence[Unit],
        stop: Stop,
        fill: Callable[[Source, Writer], None] | None = None,
    ) -> None:
        """Fill one output after the other.

        Args:
            units: Outputs with their sources.
            stop: What a signal ends.
            fill: Writes what is made of a source; the job does it here without.
        """
        self._fill = fill or (
            lambda source, writer: self._job.take(source, writer, self._rejects, stop, self._held)
        )
        for unit in units:
            self._job.seam = Seam(begun=self._options.append)
            before = self._job.report.records_withheld
            if unit.in_place:
                self._take_in_place(unit, stop)
                gone = self._job.report.records_withheld - before
                if gone and self._options.rejects is None and self._options.backup is None:
                    words.say(words.gone(str(unit.output), gone))
            else:
                with self._opened(unit.output, stop) as writer:
                    for path in unit.sources:
                        with awaited(path, stop) as source:
                            self._fill(source, writer)
                    self._end(writer)
            # What an output lacks from now on is nowhere else.
            self._rejects.settle()

    def _take_in_place(self, unit: Unit, stop: Stop) -> None:
        path = unit.sources[0]
        assert path is not None  # noqa: S101 - for type checkers; `find.units` made it so
        with awaited(path, stop) as source, replaced(source, path, self._options.backup) as file:
            writer = self._wrapped(Drafted(file, str(path)), source.kind)
            self._fill(source, writer)
            self._end(writer)

    @contextmanager
    def _opened(self, path: Path | None, stop: Stop) -> Iterator[Writer]:
        """Open an output; one that is read while it grows is ended whatever ends the run."""
        kind = self.kind(path)
        streamed = self._options.append or path is None or outputs.is_device(path)
        with ExitStack() as stack:
            with stop.waiting():
                if path is None or self._options.append:
                    output = outputs.streamed(path, stop, lines=kind is None)
                elif streamed:
                    output = outputs.device(path, stop, lines=kind is None)
                else:
                    if path != self._options.output:  # below a folder of outputs
                        path.parent.mkdir(parents=True, exist_ok=True)
                    output = outputs.whole(path)
                writer = self._wrapped(stack.enter_context(output), kind)
            try:
                yield writer
            except (KeyboardInterrupt, StreamError):
                if streamed:
                    with stop.ending():
                        writer.end()
                raise

    def _wrapped(self, writer: Writer, kind: Kind | None) -> Writer:
        if kind is not None:
            writer = Packed(writer, kind)
        if self._options.flush_every is not None:
            writer = self._held = Held(writer, self._options.flush_every)
        self._writer = writer
        return writer

    def _end(self, writer: Writer) -> None:
        self._writer = self._held = None
        self._rejects.sync()
        writer.end()

    def kind(self, path: Path | None) -> Kind | None:
        """Return how an output is compressed: as told, or as its name says."""
        told: Kind | str | None = self._options.compress
        if told is not None:
            return None if told == words.NONE else told  # type: ignore[return-value]
        return None if path is None else kind_by_name(path)


@contextmanager
def awaited(path: Path | None, stop: Stop) -> Iterator[Source]:
    """Open a source; a named pipe opens when somebody writes to it, and a signal ends the wait."""
    with ExitStack() as stack:
        with stop.waiting():
            source = stack.enter_context(opened(path))
        yield source
