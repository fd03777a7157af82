"""What one run does with each of its sources, and what it remembers between them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anonkit.cli import words
from anonkit.cli.arguments import told_format
from anonkit.cli.flow import Flow, Input, Seam, named
from anonkit.cli.keys import in_force
from anonkit.cli.progress import Progress, Withheld
from anonkit.cli.sample import sniffed
from anonkit.errors import AnonkitError, FormatError
from anonkit.keys import Keyring
from anonkit.parse import encodings
from anonkit.parse.encodings import Coder
from anonkit.parse.formats import FORMATS, Format
from anonkit.parse.jsonl import refuse_document
from anonkit.parse.lines import BLOCK, LONGEST_LINE
from anonkit.parse.sniff import JSON
from anonkit.parse.window import Window
from anonkit.pipeline import Pipeline
from anonkit.policy import Policy
from anonkit.policy.override import override
from anonkit.report import Report

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from anonkit.streams.outputs import Held, Rejects, Writer
    from anonkit.streams.sources import Source
    from anonkit.streams.stop import Stop


class Job:
    """One run.

    Args:
        options: What it was told.
        load: Returns the policy, or None where each format has its own.
        known: Values that scrubbed text never holds.
    """

    def __init__(
        self,
        options: argparse.Namespace,
        load: Callable[[], Policy | None],
        known: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self.report = Report()
        self.at = datetime.now(UTC)
        self.seam = Seam()  # of the output that is written
        self._options = options
        self._told = told_format(options)
        self._load = load
        self._policy = load()
        self._known = known
        self._pipelines: dict[str, Pipeline] = {}
        self._ring: Keyring | None = None
        self._expires: float | None = None  # when the period in force ends, in seconds since 1970
        self._lasting = False  # whether a key for this run alone will not do
        self._stale = False  # whether pipelines must be made anew between two lines

    def take(
        self, source: Source, writer: Writer, rejects: Rejects, stop: Stop, held: Held | None
    ) -> None:
        """Take one source from its first byte to its last."""
        with stop.waiting():
            block = source.sample(LONGEST_LINE)
        about = self.input(source.name, block)
        if about is None:
            return
        self.seam.join(about, writer)
        withheld = Withheld(about, rejects.write)
        # Only what has no end can outlive its keys, or be told to read its policy again.
        flow = Flow(
            about,
            self.pipeline(about.form),
            withheld,
            window=self.window,
            traced=not source.regular,
        )
        shown = Progress(source.name, source.path, quiet=self._options.quiet)
        while block:
            if not source.regular:
                self._renew(flow)
            out = flow.feed(block)
            rejects.flush()  # first: once the output is read, the run may be ended any moment
            writer.write(out)
            shown.add(source.position)
            block = _next(source, stop, held)
        self.finish(about, flow, writer, withheld)
        shown.clear()

    def input(self, name: str, start: bytes) -> Input | None:
        """Return what a source is that begins so, and say it; None if there is nothing."""
        with named(name):
            form, reason = self._told, "as told"
            encoding = encodings.chosen(self._options.encoding, start)
            if start == encoding.mark:  # nothing, or a mark before nothing
                if form is not None:
                    self.pipeline(form)  # what cannot be used is refused all the same
                return None
            if self._options.append and encoding.newline != b"\n":
                raise FormatError(f"{encoding.name} is not appended to", hint="leave --append out")
            sample = Coder(encoding).decode(start)
            if form is None:
                guess, reason = sniffed(sample, self._policy)
                form = FORMATS[guess]
            elif form.name in JSON:
                refuse_document(sample)
        if not self._options.quiet:
            policy = words.policy(self.pipeline(form).policy.name, self._options.set)
            words.say(words.recognised(name, form.name, reason, policy))
        return Input(name, form, encoding)

    def finish(self, about: Input, flow: Flow, writer: Writer, withheld: Withheld) -> None:
        """Take the end of a source."""
        last = flow.finish()
        writer.write(last)
        self.seam.unended = about.unended(last)
        withheld.end()
        if not self._options.quiet:
            withheld.say()

    @property
    def window(self) -> Window | None:
        """The span of time whose lines are taken, told from the time of the run."""
        told = self._options
        if told.since is None and told.until is None:
            return None
        return Window(told.since, told.until, self.at, datetime.astimezone)

    @property
    def policy_hash(self) -> str:
        """The hash of the policy, or nothing where each format has its own."""
        return "" if self._policy is None else self._policy.hash

    @property
    def period(self) -> str:
        """The name of the period whose key makes tokens now; empty without a key file."""
        ring = self._keys(None)
        covers = [] if ring is None else [one for one in ring.periods if one.covers(self.at)]
        return covers[-1].id if covers else ""

    def need_lasting_keys(self) -> None:
        """Let a policy that makes tokens be refused where there is no key file."""
        self._lasting = True

    def pipeline(self, form: Format) -> Pipeline:
        """Return the pipeline for a format."""
        policy = self._policy or Policy.preset(form.preset)
        if self._options.set:
            form = form.under(policy.records)
            policy = override(policy, self._options.set, form.record, form.columns)
        if policy.hash not in self._pipelines:
            self._pipelines[policy.hash] = Pipeline(
                policy,
                keys=self._keys(policy),
                at=self.at,
                tenant=self._options.tenant,
                report=self.report,
                known=self._known,
            )
        return self._pipelines[policy.hash]

    def begin_anew(self) -> None:
        """Count from nothing, and remember nothing: this is another process now."""
        self.report = Report()
        self._pipelines = {}
        self._options.quiet = True

    def reload(self) -> None:
        """Read policy and keyring again; what cannot be used is said, and changes nothing."""
        before = self._policy, self._pipelines, self._ring, self.at
        try:
            self._policy = self._load()
            self._forget()
        except (AnonkitError, OSError) as problem:
            self._policy, self._pipelines, self._ring, self.at = before
            words.error(words.system_error(problem) if isinstance(problem, OSError) else problem)
        else:
            self._stale = True

    def _forget(self) -> None:
        """Let go of pipelines and keys, and ask the clock again."""
        self.at = datetime.now(UTC)
        one_run = self._options.keys is None
        self._pipelines = {}
        self._ring = self._ring if one_run else None
        if not one_run:
            self._keys(None)

    def _renew(self, flow: Flow) -> None:
        """Go on with the keys of the next period when one has ended, or as was told to."""
        if self._expires is not None and time.time() >= self._expires:
            self._expires = None
            self._forget()
            self._stale = True
        if self._stale and flow.move(self.pipeline(flow.form)):
            self._stale = False

    def _keys(self, policy: Policy | None) -> Keyring | None:
        """Return the keyring of the run: the file's, or one for this run alone."""
        path: Path | None = self._options.keys
        if self._ring is None and path is not None:
            self._ring = in_force(path, self._options.passphrase_file, self.at)
            if not any(period.covers(self.at) for period in self._ring.periods):
                self.at = datetime.now(UTC)  # somebody else began a period just now
            end = self._ring.periods[-1].end
            self._expires = None if end is None else end.timestamp()
        if self._ring is None and policy is not None and policy.keyed:
            if self._lasting:
                raise AnonkitError(words.NOT_RESUMED, hint="-k FILE")
            self._ring = Keyring.generate()
            if not self._options.quiet:
                words.say(words.ONE_RUN_KEY)
        return self._ring


def _next(source: Source, stop: Stop, held: Held | None) -> bytes:
    """Return the next block of a source; what was held back long enough is written meanwhile."""
    while True:
        with stop.waiting():
            if held is None or held.due is None or source.ready(held.due - time.monotonic()):
                return source.read(BLOCK)
        held.flush()  # not within: a signal would come between two halves of a line
