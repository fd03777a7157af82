"""anonkit open: envelopes and packs in, records out."""

from __future__ import annotations

import os
import stat
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from anonkit.cli import words
from anonkit.cli.arguments import (
    add_files_to,
    add_quiet_to,
    add_verb,
    load_policy,
    path_or_stream,
    refuse_written_over,
)
from anonkit.cli.endpoints import blocks_of, reading, writing
from anonkit.cli.key_pairs import vendor_key
from anonkit.cli.passphrase import add_passphrase_file
from anonkit.errors import AnonkitError, PackError, SealError
from anonkit.streams.sources import STDIN

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from anonkit.pack import Pack, Schema
    from anonkit.seal import Site, VendorKey

FORMS = ("ndjson", "csv", "parquet")
BLOCK = 1 << 20
# A clock that is right, and the end of a day between two machines.
AHEAD = timedelta(days=1)


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    parser = add_verb(verbs, "open", words.OPEN, run)
    add_files_to(parser, "envelopes and packs, in this order; default, and -: standard input")
    parser.add_argument(
        "-k",
        "--key",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a vendor's key, present or past; may be given several times",
    )
    add_passphrase_file(parser)
    parser.add_argument(
        "--site",
        type=Path,
        action="append",
        metavar="FILE",
        help="a site's public key, one of which must have signed; may be given several times",
    )
    parser.add_argument(
        "-p",
        "--policy",
        action="append",
        default=[],
        metavar="POLICY",
        help="what let the records out, for packs without their schema; may be given several times",
    )
    parser.add_argument(
        "-f",
        "--format",
        choices=FORMS,
        default=FORMS[0],
        help=f"what is written; default: {FORMS[0]}",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=path_or_stream,
        metavar="FILE",
        help="write there, whole or not at all; for parquet a folder, with a file for each type; "
        "default, and -: standard output",
    )
    add_quiet_to(parser)


def run(options: argparse.Namespace) -> int:
    """Open envelopes and packs."""
    from anonkit.pack import export

    tables = options.format == "parquet"
    if tables and options.output is None:
        raise AnonkitError("parquet is written into a folder", hint="-o FOLDER")
    # What types there are stands in the packs: any table of before may be written anew.
    refuse_written_over(options, options.output.glob("*.parquet") if tables else [options.output])
    opening = _Opening(options)
    packs = opening.packs()
    if tables:
        _refuse_without_pyarrow()
        export.parquet(packs, options.output)
    else:
        lines: Iterable[bytes] = export.ndjson(packs)
        if options.format == "csv":
            lines = map(str.encode, export.csv_rows(packs))
        with writing(options.output, text=True) as write:
            for block in blocks_of(lines):
                write(block)
    if not options.quiet:
        words.say(words.opened(opening.records, opening.count, opening.expired, opening.copies))
    return 0


class _Opening:
    """What is opened with which keys, and how much it was."""

    def __init__(self, options: argparse.Namespace) -> None:
        from anonkit.policy.packing import schema_of
        from anonkit.seal import Site

        self.records = self.count = self.expired = self.copies = 0
        self._paths: list[Path | None] = options.files or [None]
        self._quiet = options.quiet
        # A line of JSON is the same from a Struct, in two thirds of the time.
        self._typed = options.format == FORMS[0]
        self._keys: list[VendorKey] = [
            vendor_key(path, options.passphrase_file) for path in options.key
        ]
        self._sites: list[Site] | None = None
        if options.site is not None:
            self._sites = [Site.load(path) for path in options.site]
        self._schemas: list[Schema] = [schema_of(load_policy(name)) for name in options.policy]
        self._today = datetime.now(UTC).date()
        # What tells each file, and what it was called.
        self._opened: dict[object, str] = {}

    def packs(self) -> Iterator[Pack]:
        """Yield all packs that have not expired, those of each file and of each envelope once.

        Raises:
            SealError: An envelope cannot be opened with these keys.
            PackError: A pack is not sound.
            OSError: A file cannot be read.
        """
        from anonkit.pack import split

        for path in self._paths:
            name = STDIN if path is None else str(path)
            with reading(path) as file:
                content = self._content(file, name)
                if content is None:
                    continue
                frames = split(content)
                number = 0
                while (pack := self._next(frames, f"{name}: pack {number + 1}")) is not None:
                    number += 1
                    if self._in_time(pack, f"{name}: pack {number}"):
                        yield pack
                if not number:
                    raise PackError(name, "holds no pack")

    def _next(self, frames: Iterator[bytes], place: str) -> Pack | None:
        """Return the next pack of a file, or None at its end."""
        from anonkit.pack import unpack
        from anonkit.pack.batch import NEEDS_SCHEMA

        try:
            data = next(frames, None)
            if data is None:
                return None
            return unpack(data, schemas=self._schemas, typed=self._typed)
        except PackError as problem:
            hint = words.NEEDS_POLICY if problem.hint == NEEDS_SCHEMA else problem.hint
            raise PackError(f"{place}: {problem.place}", problem.rule, hint=hint) from None

    def _in_time(self, pack: Pack, place: str) -> bool:
        """Count a pack, and return whether it may be read still."""
        expires: date | None = pack.header.expires
        if expires is not None and expires <= self._today:
            self.expired += 1
            words.say(words.expired(place, expires.isoformat(), pack.header.count))
            return False
        self.count += 1
        self.records += len(pack.records)
        if pack.header.created > self._today + AHEAD:
            words.say(words.of_the_future(place, pack.header.created.isoformat()))
        if (pack.unknown_records or pack.unknown_fields) and not self._quiet:
            words.say(words.not_known(place, pack.unknown_records, pack.unknown_fields))
        return True

    def _content(self, file: BinaryIO, name: str) -> Iterable[bytes] | None:
        """Return the packs of a file, out of its envelope if there is one; None for a copy."""
        from anonkit.seal import LARGEST, MAGIC, unseal

        start = file.read(len(MAGIC))
        if start != MAGIC and self._sites is not None:
            raise SealError(f"{name}: not an envelope, so no site has signed it")
        if start == MAGIC and not self._keys:
            raise SealError(f"{name}: sealed, and no key is given", hint="-k FILE")
        envelope = start + file.read(LARGEST << 1) if start == MAGIC else b""
        if self._is_copy(file, envelope, name):
            return None
        if not envelope:
            return chain([start], iter(lambda: file.read(BLOCK), b""))
        try:
            opened = unseal(envelope, self._keys, sites=self._sites)
        except SealError as problem:
            raise SealError(f"{name}: {problem.problem}", hint=problem.hint) from None
        return [opened.pack]

    def _is_copy(self, file: BinaryIO, envelope: bytes, name: str) -> bool:
        """Return whether a file has come before in this run, or an envelope of the same bytes.

        Each envelope is sealed with a random key of its own, so equal ones are copies. Equal packs
        may be two: sites, or one site on one day, can honestly say the same without tokens.
        """
        marks: list[object] = []
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode):
            marks.append((status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))
        if envelope:
            marks.append(blake2b(envelope, digest_size=16).digest())
        first = next((self._opened[mark] for mark in marks if mark in self._opened), None)
        if first is None:
            self._opened.update(dict.fromkeys(marks, name))
            return False
        self.copies += 1
        words.say(words.copied(name, first))
        return True


def _refuse_without_pyarrow() -> None:
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise AnonkitError("parquet needs pyarrow", hint="pip install 'anonkit[parquet]'")
