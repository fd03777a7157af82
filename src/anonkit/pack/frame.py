"""The frame around a pack: magic, version, lengths, header, compressed body, checksum.

The checksum is xxh3: it finds accidents, and nothing that somebody does on purpose. Who must know
where a pack comes from seals and signs it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import xxhash

from anonkit.errors import PackError
from anonkit.pack.compression import compress, decompress, prepared
from anonkit.pack.limits import Budget, Limits, scan
from anonkit.pack.schema import ID_BYTES
from anonkit.pack.shipped import shipped
from anonkit.pack.values import EPOCH_DAY, to_day

if TYPE_CHECKING:
    from collections.abc import Sequence

# The first byte is no ASCII and no UTF-8, so no text begins like a pack (as PNG does, section 5.2).
MAGIC: Final = b"\x8eANP"
VERSION: Final = 1
COMPRESSED, DICTIONARY = 1, 2
FLAGS = COMPRESSED | DICTIONARY
CHECK_BYTES = 8
DICTIONARY_BYTES = 4
ROWS, COLUMNS = 0, 1
MOST_HEADER = 4096
# 7 bits a byte: lengths up to 2^35, more than any limit.
MOST_VARINT = 5
# Arrays in each other that a body may have: four a level of its schema, and what stands around.
MOST_NESTED = 176

# What was done to the values, by bit. Appended to, never reordered.
TECHNIQUES = (
    "keep", "truncate", "pseudonymize", "generalize", "url", "user_agent", "scrub", "encrypt",
    "noise",
)  # fmt: skip


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack says of itself.

    Args:
        schema: Id of the schema, 16 hexadecimal digits.
        policy: Hash of the policy, 16 hexadecimal digits.
        techniques: What was done to values, as in `TECHNIQUES`; unknown ones as `unknown-9`.
        period: Random name of the period of its tokens, 16 hexadecimal digits; None without tokens.
        created: The day it was made.
        expires: The day from which nobody may keep it; None when the policy sets none.
        count: How many records it holds.
    """

    schema: str
    policy: str
    techniques: tuple[str, ...]
    period: str | None
    created: date
    expires: date | None
    count: int


class Frame(NamedTuple):
    """A pack taken apart: header, layout of the body, and the body decoded."""

    header: Header
    layout: int
    body: list[Any]


encode = msgspec.msgpack.Encoder().encode


def write_frame(
    header: Header, layout: int, body: list[Any], *, dictionary: bytes | None, level: int
) -> bytes:
    """Return the bytes of a pack.

    Raises:
        PackError: The header says what it cannot hold.
    """
    head = encode(_plain_header(header, layout))
    plain = encode(body)
    trained = None if dictionary is None else prepared(dictionary)
    stored = compress(plain, trained, level)
    flags = COMPRESSED | (DICTIONARY if trained else 0)
    if len(stored) >= len(plain):
        stored, flags, trained = plain, 0, None
    whole = b"".join(
        (
            MAGIC,
            bytes((VERSION, flags)),
            varint(len(head)),
            varint(len(plain)),
            varint(len(stored)),
            head,
            trained.dict_id.to_bytes(DICTIONARY_BYTES, "little") if trained else b"",
            stored,
        )
    )
    return whole + _check(whole)


def canonical(data: bytes, *, dictionaries: Sequence[bytes] = (), limits: Limits) -> bytes:
    """Return what is hashed or compared of a pack: its header and its body, uncompressed.

    Compressed bytes may differ between versions of zstd; these do not.

    Raises:
        PackError: The bytes are not one whole pack.
    """
    return b"".join(opened_frame(data, dictionaries, limits))


def read_frame(data: bytes, *, dictionaries: Sequence[bytes], limits: Limits) -> Frame:
    """Take the bytes of exactly one pack apart.

    Raises:
        PackError: They are not one whole, sound pack within the limits.
    """
    head, plain = opened_frame(data, dictionaries, limits)
    header, layout = _read_header(head)
    if header.count > limits.records:
        raise PackError("header.count", "is more than the limit")
    body = decoded(plain, "body", Budget(limits.values))
    if body.__class__ is not list or len(body) != 2:  # noqa: PLR2004 - schema and content
        raise PackError("body", "not a schema and its content")
    return Frame(header, layout, body)


def opened_frame(data: bytes, dictionaries: Sequence[bytes], limits: Limits) -> tuple[bytes, bytes]:
    """Return the header and the body, uncompressed and whole.

    Raises:
        PackError: The bytes are not exactly one sound frame within the limits.
    """
    found = _measured(data, limits)
    if found is None or found[0] > len(data):
        raise PackError("frame", "ends too early")
    size, (head_size, plain_size, stored_size), start = found
    if size < len(data):
        raise PackError("frame", "has bytes behind its end")
    if _check(data[:-CHECK_BYTES]) != data[-CHECK_BYTES:]:
        raise PackError("frame", "is damaged: its checksum differs")
    flags = data[len(MAGIC) + 1]
    head = data[start : start + head_size]
    start += head_size
    trained = None
    if flags & DICTIONARY:
        name = int.from_bytes(data[start : start + DICTIONARY_BYTES], "little")
        start += DICTIONARY_BYTES
        known = map(prepared, (*dictionaries, *shipped().values()))
        trained = next((d for d in known if d.dict_id == name), None)
        if trained is None:
            raise PackError("frame", "needs a trained dictionary", hint="pass it in dictionaries=")
    stored = data[start : start + stored_size]
    plain = decompress(stored, plain_size, trained) if flags & COMPRESSED else stored
    if len(plain) != plain_size:
        raise PackError("body", "is not as long as the frame says")
    return head, plain


def frame_size(data: bytes | bytearray, limits: Limits) -> int | None:
    """Return how long the pack is that some bytes begin with, or None when they are too few.

    Raises:
        PackError: They begin no pack of this version, or one that is larger than the limits.
    """
    found = _measured(data, limits)
    return None if found is None else found[0]


def _measured(data: bytes | bytearray, limits: Limits) -> tuple[int, tuple[int, ...], int] | None:
    """Return how long a frame is, its three lengths, and where they end."""
    start = bytes(data[: len(MAGIC)])
    if start != MAGIC[: len(start)]:
        raise PackError("frame", "not a pack")
    if len(data) < len(MAGIC) + 2:
        return None
    version, flags = data[len(MAGIC)], data[len(MAGIC) + 1]
    if version != VERSION:
        raise PackError("frame", f"pack version {version}; this anonkit reads version {VERSION}")
    if flags & ~FLAGS or flags == DICTIONARY:
        raise PackError("frame", "has flags that there are not")
    found = _lengths(data)
    if found is None:
        return None
    (head, plain, stored), start_of_head = found
    if head > MOST_HEADER or plain > limits.body or stored > limits.stored:
        raise PackError("frame", "is larger than the limit")
    named = DICTIONARY_BYTES if flags & DICTIONARY else 0
    return start_of_head + head + named + stored + CHECK_BYTES, found[0], start_of_head


def _lengths(data: bytes | bytearray) -> tuple[tuple[int, ...], int] | None:
    """Return the three lengths of a frame and where they end, or None when it ends before."""
    position = len(MAGIC) + 2
    lengths = []
    for _ in range(3):
        value = 0
        for place in range(MOST_VARINT):
            if position >= len(data):
                return None
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:  # noqa: PLR2004 - the bit that says more follows
                break
        else:
            raise PackError("frame", "a length that has no end")
        if byte == 0 and place:
            raise PackError("frame", "a length longer than it need be")
        lengths.append(value)
    return tuple(lengths), position


def varint(number: int) -> bytes:
    """Return a number in groups of 7 bits, the lowest first (LEB128)."""
    groups = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def _check(data: bytes) -> bytes:
    return xxhash.xxh3_64_intdigest(data).to_bytes(CHECK_BYTES, "little")


def decoded(data: bytes, place: str, budget: Budget) -> Any:
    """Decode MessagePack in its one shortest form.

    Raises:
        PackError: It is malformed, has bytes behind its end, or could be written shorter.
    """
    if len(data) > budget.left:  # else not even a value a byte is too many
        scan(data, budget, MOST_NESTED)
    try:
        value = msgspec.msgpack.decode(data)
        shortest = encode(value) == data
    except (msgspec.MsgspecError, ValueError, RecursionError):
        shortest = False
    if not shortest:
        raise PackError(place, "not MessagePack in its shortest form")
    return value


def _plain_header(header: Header, layout: int) -> list[Any]:
    bits = 0
    for technique in header.techniques:
        if technique not in TECHNIQUES:
            raise PackError("header.techniques", "names a technique that the format does not")
        bits |= 1 << TECHNIQUES.index(technique)
    return [
        _id(header.schema, "header.schema"),
        _id(header.policy, "header.policy"),
        bits,
        None if header.period is None else _id(header.period, "header.period"),
        header.created.toordinal() - EPOCH_DAY,
        None if header.expires is None else header.expires.toordinal() - EPOCH_DAY,
        header.count,
        layout,
    ]


def _id(text: str, place: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != ID_BYTES or raw.hex() != text:
        raise PackError(place, "not 16 hexadecimal digits")
    return raw


def _read_header(data: bytes) -> tuple[Header, int]:
    fields = decoded(data, "header", Budget(MOST_HEADER))
    if fields.__class__ is not list or len(fields) < 8:  # noqa: PLR2004 - as listed below
        raise PackError("header", "has too few fields")
    schema, policy, bits, period, created, expires, count, layout, *_newer = fields
    for place, name in (("schema", schema), ("policy", policy), ("period", period)):
        if (name is not None or place != "period") and (
            name.__class__ is not bytes or len(name) != ID_BYTES
        ):
            raise PackError(f"header.{place}", "not 8 bytes")
    for place, number in (("techniques", bits), ("count", count), ("layout", layout)):
        if number.__class__ is not int or number < 0:
            raise PackError(f"header.{place}", "not a number")
    if layout not in (ROWS, COLUMNS):
        raise PackError("header.layout", "neither rows nor columns")
    header = Header(
        schema=schema.hex(),
        policy=policy.hex(),
        techniques=tuple(
            TECHNIQUES[bit] if bit < len(TECHNIQUES) else f"unknown-{bit}"
            for bit in range(bits.bit_length())
            if bits >> bit & 1
        ),
        period=None if period is None else period.hex(),
        created=_day(created, "header.created"),
        expires=None if expires is None else _day(expires, "header.expires"),
        count=count,
    )
    return header, layout


def _day(number: Any, place: str) -> date:
    if number.__class__ is not int:
        raise PackError(place, "not a day")
    return to_day(number, place)
