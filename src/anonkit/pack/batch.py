"""Many records to one pack and back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from anonkit.errors import PackError
from anonkit.pack import compression, frame
from anonkit.pack.body_reader import BodyReader
from anonkit.pack.body_writer import write_columns
from anonkit.pack.compression import LEVEL, LEVEL_WITH_DICTIONARY
from anonkit.pack.frame import COLUMNS, ROWS, Header, write_frame
from anonkit.pack.given import FEW, opened
from anonkit.pack.limits import Budget, Limits
from anonkit.pack.rows import RowReader, write_rows
from anonkit.pack.schema import Schema
from anonkit.pack.structs import structs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

DICTIONARY_BYTES = 64 << 10
DEFAULT_LIMITS = Limits()
NEEDS_SCHEMA = "pass it in schemas="


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack says of how its records came about.

    Args:
        policy: Hash of the policy, 16 hexadecimal digits.
        techniques: What was done to values: verbs of stages.
        period: Random name of the period of its tokens, 16 hexadecimal digits; None without tokens.
        created: The day it is made.
        expires: The day from which nobody may keep it; None when nothing says so.
    """

    policy: str
    created: date
    techniques: tuple[str, ...] = ()
    period: str | None = None
    expires: date | None = None


class Pack(msgspec.Struct, frozen=True):
    """A pack that has been read.

    Args:
        header: What it says of itself.
        schema: The schema it was read by.
        records: The records, by name, in the order in which they were packed.
        unknown_records: How many are not among them, because the schema does not have their type.
        unknown_fields: How many fields are left out, because the schema does not have them.
    """

    header: Header
    schema: Schema
    records: list[Any]
    unknown_records: int = 0
    unknown_fields: int = 0

    def __repr__(self) -> str:
        return f"<Pack of {len(self.records)} records, schema {self.header.schema}>"


def pack(
    records: Iterable[Mapping[str, Any] | Struct | bytes],
    schema: Schema,
    about: About,
    *,
    embed: bool = True,
    dictionary: bytes | None = None,
    level: int | None = None,
) -> bytes:
    """Return records as one pack.

    Args:
        records: Dicts as `pipeline(record)` gives them, rows as `pipeline.row(record)` does, or
            `structs_of(schema)`.
        schema: What they are.
        about: How they came about.
        embed: Whether the pack carries its schema; without it, its reader must have it.
        dictionary: A trained dictionary, for packs of few records: `dictionary_for(schema)`, or one
            of `train`, which readers must then be given.
        level: Level of compression, as zstd counts; None for 2, or 3 with a dictionary.

    Raises:
        PackError: A record is not what the schema says; the message names its type and field.
    """
    kinds, given = opened(records, schema)
    header = Header(
        schema=schema.id,
        policy=about.policy,
        techniques=about.techniques,
        period=about.period,
        created=about.created,
        expires=about.expires,
        count=len(given),
    )
    embedded = schema.plain() if embed else None
    if level is None:
        level = LEVEL if dictionary is None else LEVEL_WITH_DICTIONARY
    written = [
        write_frame(header, layout, [embedded, body], dictionary=dictionary, level=level)
        for layout, body in _bodies(schema, kinds, given)
    ]
    return min(written, key=len)


def _bodies(
    schema: Schema, kinds: Sequence[int], records: list[Any]
) -> list[tuple[int, list[Any]]]:
    """Return the layouts that may be the shortest, and the records in each."""
    bodies: list[tuple[int, list[Any]]] = []
    if len(records) <= FEW:
        bodies.append((ROWS, write_rows(schema, kinds, records)))
    if records:
        bodies.append((COLUMNS, write_columns(schema, kinds, records)))
    return bodies


def unpack(
    data: bytes,
    *,
    schemas: Sequence[Schema] = (),
    grown_from: Schema | None = None,
    dictionaries: Sequence[bytes] = (),
    limits: Limits = DEFAULT_LIMITS,
    typed: bool = False,
) -> Pack:
    """Return what a pack holds.

    Args:
        data: Exactly one pack.
        schemas: Schemas to choose from by id, for packs without one of their own.
        grown_from: The schema to read by when none has the pack's id: an older one, known to be
            what the unknown one has grown from. What it does not have is skipped and counted.
        dictionaries: Trained dictionaries to choose from by id, besides those that are shipped.
        limits: What the pack may ask for.
        typed: Whether records are `structs_of(schema)` in place of dicts, in less time and memory.

    Raises:
        PackError: The bytes are not one whole, sound pack within the limits, or no schema fits.
    """
    whole = frame.read_frame(data, dictionaries=dictionaries, limits=limits)
    embedded, content = whole.body
    schema = _schema(embedded, whole.header.schema, schemas, grown_from)
    budget = Budget(limits.values)
    structs = structs_of(schema) if typed else {}
    reader: RowReader | BodyReader
    reader = (RowReader if whole.layout == ROWS else BodyReader)(schema, budget, structs)
    records = reader.read(content, whole.header.count)
    return Pack(
        whole.header, schema, records, reader.unknown_records, len(reader.unknown_fields)
    )  # fmt: skip


def _schema(
    embedded: Any, name: str, schemas: Sequence[Schema], grown_from: Schema | None
) -> Schema:
    if embedded is not None:
        if Schema.id_of(embedded) != name:
            raise PackError("schema", "is not the one that the header names")
        return Schema.from_plain(embedded)
    for schema in schemas:
        if schema.id == name:
            return schema
    if grown_from is None:
        raise PackError("schema", "is not in the pack and not given", hint=NEEDS_SCHEMA)
    return grown_from


def unpack_stream(
    chunks: Iterable[bytes],
    *,
    schemas: Sequence[Schema] = (),
    grown_from: Schema | None = None,
    dictionaries: Sequence[bytes] = (),
    limits: Limits = DEFAULT_LIMITS,
    typed: bool = False,
) -> Iterator[Pack]:
    """Yield the packs that stand one behind another in a stream, however it is cut into chunks.

    Args:
        chunks: The bytes, in pieces of any size; an open file in binary mode is such pieces.
        schemas: As for `unpack`.
        grown_from: As for `unpack`.
        dictionaries: As for `unpack`.
        limits: What each pack may ask for.
        typed: As for `unpack`.

    Raises:
        PackError: A pack is not sound, or the stream ends within one.
    """
    for data in split(chunks, limits):
        yield unpack(
            data,
            schemas=schemas,
            grown_from=grown_from,
            dictionaries=dictionaries,
            limits=limits,
            typed=typed,
        )


def split(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> Iterator[bytes]:
    """Yield the bytes of each pack of a stream, by their lengths alone.

    Raises:
        PackError: Something else begins in the stream, or it ends within a pack.
    """
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        while buffer and (size := frame.frame_size(buffer, limits) or 0) and size <= len(buffer):
            yield bytes(buffer[:size])
            del buffer[:size]
    if buffer:
        raise PackError("frame", "ends too early")


def train(
    batches: Iterable[Sequence[Mapping[str, Any] | bytes]],
    schema: Schema,
    *,
    size: int = DICTIONARY_BYTES,
) -> bytes:
    """Return a dictionary for packs without a schema of their own, of batches like these.

    Some hundreds are needed. Whoever has the dictionary can read parts of what it was trained on:
    train on made-up records, never on those of a site.

    Args:
        batches: Each the records of one pack.
        schema: What they are.
        size: The most bytes that it may have.

    Raises:
        PackError: They are too few to learn from, or not what the schema says.
    """
    bodies = []
    for batch in batches:
        kinds, given = opened(batch, schema)
        bodies += [frame.encode([None, body]) for _, body in _bodies(schema, kinds, given)]
    return compression.train(bodies, size)
