"""What tests of whole systems share: a site in a folder, and everything downstream of it."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from post import Site, read

from anonkit.pack import unpack
from anonkit.seal import VendorKey, unseal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anonkit import Pipeline
    from anonkit.pipeline import Input

KEY = VendorKey.generate()


@contextmanager
def site(pipeline: Pipeline, *purposes: str) -> Iterator[Site]:
    """Make a site in a folder of its own, with some purposes agreed to."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Site(Path(folder) / "site", pipeline, KEY.recipient) as made,
    ):
        made.agree(*purposes)
        yield made


def sent(pipeline: Pipeline, records: Iterable[Input], *purposes: str) -> list[bytes]:
    """Return the envelopes of some records, from the outbox of a site."""
    with site(pipeline, *purposes) as made:
        made.record(records)
        return made.send()


def seen(envelopes: Iterable[bytes]) -> list[dict[str, Any]]:
    """Return the records of envelopes, as the vendor sees them."""
    return read(envelopes, KEY)


def on_disk(made: Site) -> bytes:
    """Return all bytes that a site has on disk: outbox, ledger, their logs, what was sent."""
    folder = made.mail.parent
    return b"\n".join(f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file())


def downstream(envelopes: Iterable[bytes], pipeline: Pipeline) -> bytes:
    """Return all that is found behind a pipeline: what is sent, what it holds, and the report."""
    packs = [unseal(envelope, [KEY]).pack for envelope in envelopes]
    records = [unpack(data).records for data in packs]
    return b"\n".join(
        [
            *envelopes,
            *packs,
            msgspec.json.encode(records),
            repr(records).encode(),
            str(pipeline.report).encode(),
            repr(pipeline.report.as_dict()).encode(),
            repr(pipeline).encode(),
        ]
    )
