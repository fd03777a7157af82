"""The way from a site to its vendor that the examples of whole systems share.

On the site: records through a pipeline, packed, sealed to the vendor's public key. At the vendor:
opened with the private key, and read. Nothing but the envelope passes from one to the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anonkit.pack import pack, unpack
from anonkit.policy.packing import about, schema_of
from anonkit.seal import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from anonkit import Pipeline
    from anonkit.pack import Schema
    from anonkit.pipeline import Input
    from anonkit.seal import Recipient, VendorKey


def post(
    pipeline: Pipeline,
    records: Iterable[Input],
    vendor: Recipient,
    *,
    day: date,
    embed: bool = True,
) -> bytes | None:
    """Return what may leave of some records in one envelope, or None when nothing may."""
    rows = [row for record in records if (row := pipeline.row(record)) is not None]
    if not rows:
        return None
    schema = schema_of(pipeline.policy, pipeline.purposes)
    head = about(pipeline.policy, created=day, period=pipeline.period, purposes=pipeline.purposes)
    return seal(pack(rows, schema, head, embed=embed), vendor)


def read(
    envelope: bytes, key: VendorKey, *, schemas: Iterable[Schema] = ()
) -> list[dict[str, Any]]:
    """Return the records in an envelope, as the vendor sees them."""
    return unpack(unseal(envelope, [key]).pack, schemas=tuple(schemas)).records
