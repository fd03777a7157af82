"""anonkit pack: anonymized records in, packs out."""

from __future__ import annotations

import re
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from anonkit.cli import words
from anonkit.cli.arguments import (
    add_files_to,
    add_output_to,
    add_quiet_to,
    add_verb,
    load_policy,
    policies,
    refuse_written_over,
)
from anonkit.cli.endpoints import writing
from anonkit.cli.flow import named
from anonkit.cli.keys import load as load_keyring
from anonkit.cli.passphrase import add_passphrase_file
from anonkit.cli.sample import lines_of
from anonkit.errors import AnonkitError, PackError
from anonkit.parse.encodings import AUTO, Coder, chosen
from anonkit.parse.lines import LONGEST_LINE
from anonkit.streams.sources import opened

if TYPE_CHECKING:
    import argparse
    from collections.abc import Generator

    from anonkit.pack import About, Schema
    from anonkit.policy import Policy

UNFIT = 1
BATCH = 10_000
# RFC 3339 as JSON has it: `2026-11-22T10:00:00Z` and longer.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?")
_JSON = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(dict[str, Any]).decode


class _Unfit(Exception):  # noqa: N818 - a verdict on the input, not a fault
    """A record does not fit; the sentence says which and why."""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    parser = add_verb(verbs, "pack", words.PACK, run)
    add_files_to(
        parser,
        "records as NDJSON, compressed or not, in this order; default, and -: standard input",
    )
    parser.add_argument(
        "-p",
        "--policy",
        required=True,
        metavar="POLICY",
        help=f"what let the records out: {policies()}",
    )
    period = parser.add_mutually_exclusive_group()
    period.add_argument(
        "-k", "--keys", type=Path, metavar="FILE", help="the keyring whose period made the tokens"
    )
    period.add_argument(
        "--period", metavar="ID", help="the id of that period, where there is no keyring"
    )
    add_passphrase_file(parser)
    parser.add_argument(
        "--batch",
        type=int,
        default=BATCH,
        metavar="N",
        help=f"put N records in a pack; default: {BATCH:,}",
    )
    add_output_to(parser)
    add_quiet_to(parser)


def run(options: argparse.Namespace) -> int:
    """Pack records."""
    from anonkit.pack import dictionary_for, pack
    from anonkit.policy.packing import about, schema_of

    refuse_written_over(options, [options.output])
    policy = load_policy(options.policy)
    if options.batch < 1:
        raise AnonkitError("--batch: at least 1")
    schema = schema_of(policy)
    said = about(policy, created=datetime.now(UTC).date(), period=_period(options, policy))
    dictionary = dictionary_for(schema)
    if None in (options.files or [None]) and not options.quiet:
        words.waits()
    records = packs = size = 0
    try:
        with (
            closing(_records(options.files or [None])) as numbered,
            writing(options.output) as write,
        ):
            while batch := list(islice(numbered, options.batch)):
                plain = [record for _, record in batch]
                try:
                    data = pack(plain, schema, said, dictionary=dictionary)
                except PackError as problem:
                    raise _blamed(batch, schema, said, problem) from None
                write(data)
                records, packs, size = records + len(batch), packs + 1, size + len(data)
    except _Unfit as problem:
        words.error(str(problem))
        return UNFIT
    if not options.quiet:
        words.say(words.packed(records, packs, size))
    return 0


def _period(options: argparse.Namespace, policy: Policy) -> str | None:
    """Return the id of the period that the records' tokens are of, or None if they have none."""
    period: str | None = options.period
    if options.keys is not None:
        ring, _ = load_keyring(options.keys, options.passphrase_file)
        period = ring.in_force(datetime.now(UTC)).id
    if period is not None and not re.fullmatch("[0-9a-f]{16}", period):
        raise AnonkitError("--period: 16 hexadecimal digits", hint="`anonkit keys show` lists them")
    if policy.keyed and period is None:
        raise AnonkitError(
            "the records have tokens, whose period the pack must name",
            hint="-k FILE, or --period ID",
        )
    return period if policy.keyed else None


def _records(paths: list[Path | None]) -> Generator[tuple[str, dict[str, Any]]]:
    """Yield each record, and where it stands."""
    for path in paths:
        with opened(path) as source, named(source.name):
            start = source.sample(LONGEST_LINE)
            coder = Coder(chosen(AUTO, start))
            for number, line in enumerate(lines_of(source, coder, coder.decode(start)), 1):
                if line.isspace():
                    continue
                place = f"{source.name}: line {number}"
                record = None
                with suppress(msgspec.MsgspecError, ValueError, RecursionError):
                    # A line that is longer comes in pieces, as no record does that `run` wrote.
                    record = _DECODE(line) if len(line) <= LONGEST_LINE else None
                if record is None:
                    raise _Unfit(f"{place}: not an object in JSON")
                yield place, {name: _timed(value) for name, value in record.items()}


def _blamed(
    batch: list[tuple[str, dict[str, Any]]], schema: Schema, said: About, problem: PackError
) -> _Unfit:
    """Return the place of the first record of a batch that does not fit."""
    from anonkit.pack import pack

    for place, record in batch:
        try:
            pack([record], schema, said, embed=False)
        except PackError as its:
            return _Unfit(f"{place}: {its.problem}")
    return _Unfit(problem.problem)  # pragma: no cover - what does not fit does not fit alone


def _timed(value: Any) -> Any:
    return _time(value) if value.__class__ is str and _TIME.fullmatch(value) else value


@lru_cache(4096)
def _time(text: str) -> Any:
    """Return the time that a text says, if the same text would be made of it again."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    return time if _JSON(time) == _JSON(text) else text
