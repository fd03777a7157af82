"""What one run does with each of its sources, and what it remembers between them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from anonkit.cli import words
from anonkit.cli.keys import load as load_keyring
from anonkit.cli.progress import Progress, Withheld
from anonkit.errors import FormatError
from anonkit.keys import Keyring, store
from anonkit.parse.formats import FORMATS
from anonkit.parse.lines import BLOCK
from anonkit.parse.sniff import SAMPLE, Guess, sniff
from anonkit.pipeline import Pipeline
from anonkit.policy import Policy
from anonkit.report import Report
from anonkit.streams.sources import STDIN, sample

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from anonkit.streams.stop import Stop


class Job:
    """One run."""

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
        stop: Stop,
    ) -> None:
        """Take one source from its first byte to its last."""
        name = STDIN if path is None else str(path)
        with stop.waiting():
            first = sample(source, SAMPLE)
        form = self._options.format
        reason = "as told"
        if form is None:
            if not first:
                return
            form, reason = _sniffed(name, first)
        pipeline = self._pipeline(form)
        if not self._options.quiet:
            words.say(words.recognised(name, form, reason, pipeline.policy.name))
        if self._unended:  # or its last line and our first would become one
            write(b"\n")
        withheld = Withheld(name, reject)
        lines = pipeline.lines(form, reject=withheld)
        progress = Progress(name, path, quiet=self._options.quiet)
        block = first
        while block:
            write(lines.feed(block))
            progress.add(len(block))
            with stop.waiting():
                block = source.read(BLOCK)
        last = lines.finish()
        write(last)
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


def _sniffed(name: str, first: bytes) -> Guess:
    try:
        return sniff(first)
    except FormatError as error:
        raise FormatError(f"{name}: {error.problem}", hint=error.hint) from None
