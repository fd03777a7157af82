"""A run that can be killed: it saves where it is, and goes on there.

An output keeps a draft beside its place from one run to the next. What is written depends on the
input and on nothing else, the places of checkpoints included, so that a run that was killed and one
that was not give the same bytes.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from anonkit import __version__
from anonkit.cli import words
from anonkit.cli.flow import Flow, Place, Seam
from anonkit.cli.progress import Progress, Withheld
from anonkit.cli.units import awaited
from anonkit.errors import AnonkitError, StreamError
from anonkit.files import draft_name, flush_folder
from anonkit.parse.lines import BLOCK, LONGEST_LINE
from anonkit.streams import checkpoint
from anonkit.streams.checkpoint import EVERY, Checkpoint, Draft, State
from anonkit.streams.compress import Packed
from anonkit.streams.in_place import keep, make_alike, refuse_further_names
from anonkit.streams.sources import opened

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from anonkit.cli.job import Job
    from anonkit.cli.units import Units
    from anonkit.streams.find import Unit
    from anonkit.streams.outputs import Rejects, Writer
    from anonkit.streams.sources import Source
    from anonkit.streams.stop import Stop


class Resumable:
    """Takes a job through its outputs, from where an earlier run was ended.

    Args:
        options: What the run was told.
        job: What becomes of each source.
        rejects: Where withheld lines go.
        work: Opens sources.
    """

    def __init__(
        self, options: argparse.Namespace, job: Job, rejects: Rejects, work: Units
    ) -> None:
        self._options = options
        self._job = job
        self._rejects = rejects
        self._work = work
        self._file = Checkpoint(options.checkpoint)
        self._since = 0  # plain bytes since the last checkpoint

    def take(self, units: Sequence[Unit], stop: Stop) -> None:
        """Fill one output after the other, each from where it is."""
        paths = [path for unit in units for path in unit.sources if path is not None]
        for path in paths:
            path.stat()  # one that is not there is an error of its own
        if not all(path.is_file() for path in paths) or any(None in u.sources for u in units):
            raise AnonkitError("--checkpoint: goes with files alone: a pipe cannot be read again")
        self._job.need_lasting_keys()
        state = self._file.load()
        if state is None:
            period = self._job.period  # first: it may choose the time anew
            state = checkpoint.begin(self._fingerprint(units), self._job.at, paths, self._rejects)
            state.period = period
            self._state = state
            self._file.save(state)
        else:
            self._go_on(state, units, paths)
        while state.unit < len(units):
            self._unit(units[state.unit], stop)

    def over(self) -> None:
        """Forget the run: all of it is done."""
        self._file.remove()

    def _fingerprint(self, units: Sequence[Unit]) -> str:
        """Return what tells a run from another: the same would give the same bytes."""
        told = self._options
        what = (
            __version__, self._job.policy_hash, told.format, told.log_format, told.set,
            told.encoding, told.tenant, told.compress,
            told.backup, str(told.since), str(told.until), str(told.keys), str(told.rejects),
            [tuple(map(str, unit)) for unit in units],
        )  # fmt: skip
        return hashlib.blake2b(repr(what).encode(), digest_size=16).hexdigest()

    def _go_on(self, state: State, units: Sequence[Unit], paths: Sequence[Path]) -> None:
        if state.run != self._fingerprint(units):
            raise StreamError(
                f"{self._file.path}: is the checkpoint of another run", hint=checkpoint.ANEW
            )
        done = sum(len(unit.sources) for unit in units[: state.unit]) + state.source
        for path, before in list(zip(paths, state.sources, strict=True))[done:]:
            # In place, what is about to get its name may have it already.
            if not state.named and not checkpoint.same(before, state.key):
                raise StreamError(
                    f"{path}: is not the file it was at the checkpoint",
                    hint=f"{self._file.path}: {checkpoint.ANEW}",
                )
        if self._rejects.size() < state.rejects:
            raise StreamError(
                f"{self._options.rejects}: is shorter than it was at the checkpoint",
                hint=f"{self._file.path}: {checkpoint.ANEW}",
            )
        self._job.at = state.at
        if self._job.period != state.period:
            raise StreamError(
                f"{self._options.keys}: has not the key that the run began with",
                hint=f"put that keyring back; or {self._file.path}: {checkpoint.ANEW}",
            )
        self._rejects.cut(state.rejects)
        if state.report:
            self._job.report.add(state.report)
        self._state = state
        if not self._options.quiet:
            words.say(words.resumed(str(self._file.path), state.position))

    def _unit(self, unit: Unit, stop: Stop) -> None:
        state = self._state
        assert unit.output is not None  # noqa: S101 - for type checkers; `run` refuses it
        place = Path(os.path.realpath(unit.output))
        draft_path = place.parent / state.draft
        if not state.named:
            if unit.output != self._options.output and not unit.in_place:
                place.parent.mkdir(parents=True, exist_ok=True)
            draft = Draft(place, state.draft, state.written)
            try:
                self._fill(unit, draft, stop)
            finally:
                draft.close()
        if draft_path.exists():  # or it had its name before the run was killed
            draft_path.replace(place)
            flush_folder(place.parent)
        state.begin_source()
        state.unit, state.source, state.written = state.unit + 1, 0, 0
        state.codec, state.unended = None, False
        state.draft, state.named = draft_name(), False
        self._file.save(state)

    def _fill(self, unit: Unit, draft: Draft, stop: Stop) -> None:
        state = self._state
        first = unit.sources[0]
        kind = self._work.kind(unit.output)
        if unit.in_place:
            with opened(first) as source:
                kind = source.kind
        writer: Writer = draft if kind is None else Packed(draft, kind, begun=bool(state.written))
        self._job.seam = Seam(state.codec, unended=state.unended)
        while state.source < len(unit.sources):
            with awaited(unit.sources[state.source], stop) as source:
                if unit.in_place:
                    assert unit.output is not None  # noqa: S101 - for type checkers; it is the source
                    refuse_further_names(source, unit.output, self._options.backup)
                self._source(source, writer, draft, stop)
                if unit.in_place:
                    self._before_name(source, writer, draft)
            state.source += 1
            state.begin_source()
            if self._since >= EVERY and not unit.in_place:
                self._mark(writer, draft)
        writer.end()
        state.named = True
        self._save(draft)

    def _before_name(self, source: Source, writer: Writer, draft: Draft) -> None:
        """Give a draft what it needs to stand in the place of its source."""
        writer.end()
        draft.sync()
        make_alike(draft.fileno(), source.before, source.fileno())
        if source.changed():
            raise StreamError(f"{source.name}: was changed while it was read, and stays as it is")
        if self._options.backup is not None:
            keep(Path(os.path.realpath(source.name)), self._options.backup)

    def _source(self, source: Source, writer: Writer, draft: Draft, stop: Stop) -> None:
        state = self._state
        self._since = -(-state.position % EVERY)  # as of the run that was here before
        with stop.waiting():
            block = source.sample(LONGEST_LINE)
        about = self._job.input(source.name, block)
        if about is None:
            return
        directive = b""
        if state.position:
            directive = _directive(source, block, state.directive)
            source.go_to(state.position)
            block = b""
        else:
            self._job.seam.join(about, writer)
        withheld = Withheld(about, self._rejects.write, *state.withheld)
        flow = Flow(
            about, self._job.pipeline(about.form), withheld,
            place=Place(about.form.directive, state.lines, state.position, directive),
            window=self._job.window,
        )  # fmt: skip
        shown = Progress(source.name, source.path, quiet=self._options.quiet)
        while True:
            writer.write(flow.feed(block))
            self._since += len(block)
            shown.add(source.position)
            if block and source.position % EVERY == 0 and flow.movable:
                state.position = source.position - len(flow.place.tail)
                state.lines, state.directive = flow.place.lines, flow.place.last_at
                state.withheld = withheld.first, withheld.count
                self._mark(writer, draft)
            with stop.waiting():
                # Blocks end at the same places, wherever the first began.
                block = source.read(BLOCK - source.position % BLOCK)
            if not block:
                break
        self._job.finish(about, flow, writer, withheld)
        shown.clear()

    def _mark(self, writer: Writer, draft: Draft) -> None:
        writer.flush()
        self._since = 0
        self._save(draft)

    def _save(self, draft: Draft) -> None:
        """Bring all to the disk, and then say so."""
        state = self._state
        state.codec, state.unended = self._job.seam.codec, self._job.seam.unended
        state.written = draft.sync()
        self._rejects.sync()
        state.rejects = self._rejects.size()
        state.report = self._job.report.as_dict()
        self._file.save(state)


def _directive(source: Source, start: bytes, at: tuple[int, int]) -> bytes:
    """Return the last directive before a place, read again from the source."""
    begin, length = at
    if begin + length <= len(start):
        return start[begin : begin + length]
    source.go_to(begin)
    directive = b""
    while len(directive) < length and (more := source.read(length - len(directive))):
        directive += more
    return directive
