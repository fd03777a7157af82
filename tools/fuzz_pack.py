"""Fuzz the reader of packs with atheris: no crash, no hang, and no more memory than its limits say.

Three ways in: any bytes, any body in a sound frame, and golden bodies with bytes changed. What is
read is packed again and must come back the same. `make fuzz-pack` runs it for ten minutes;
arguments are libFuzzer's.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["anonkit"]):
    from anonkit.errors import PackError
    from anonkit.pack import About, Limits, Schema, pack, unpack
    from anonkit.pack.frame import MAGIC, VERSION, opened_frame, varint

import msgspec
import xxhash

VECTORS = Path(__file__).parent.parent / "tests" / "vectors" / "pack"
LIMITS = Limits(stored=1 << 16, body=1 << 16, records=1 << 12, values=1 << 14)
ROOMY = Limits()
DEFAULTS = ("-max_total_time=600", "-max_len=8192", "-rss_limit_mb=512", "-timeout=10")
GOLDEN = [
    (
        Schema.from_plain(vector["schema"]),
        *opened_frame(
            b64decode(vector["pack"]),
            [b64decode(vector["dictionary"])] if vector["dictionary"] else [],
            ROOMY,
        ),
    )
    for path in sorted(VECTORS.glob("*.json"))
    for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]
]


def framed(head: bytes, body: bytes) -> bytes:
    """Return a pack with a right checksum around some bytes."""
    lengths = varint(len(head)) + varint(len(body)) + varint(len(body))
    whole = MAGIC + bytes((VERSION, 0)) + lengths + head + body
    return whole + xxhash.xxh3_64_intdigest(whole).to_bytes(8, "little")


def once(data: bytes) -> None:
    """Try some bytes."""
    choice = atheris.FuzzedDataProvider(data)
    schema, head, body = GOLDEN[choice.ConsumeIntInRange(0, len(GOLDEN) - 1)]
    match choice.ConsumeIntInRange(0, 2):
        case 0:
            given = choice.ConsumeBytes(len(data))
        case 1:
            given = framed(head, choice.ConsumeBytes(len(data)))
        case _:
            changed = bytearray(body)
            for _ in range(choice.ConsumeIntInRange(1, 8)):
                place = choice.ConsumeIntInRange(0, len(changed) - 1)
                size = choice.ConsumeIntInRange(0, 4)
                changed[place : place + size] = choice.ConsumeBytes(choice.ConsumeIntInRange(0, 4))
            given = framed(head, bytes(changed))
    try:
        read = unpack(given, schemas=[schema], grown_from=schema, limits=LIMITS)
    except PackError:
        return
    structs = unpack(given, schemas=[schema], grown_from=schema, limits=LIMITS, typed=True).records
    if repr(msgspec.to_builtins(structs)) != repr(msgspec.to_builtins(read.records)):
        raise AssertionError("what is read as Structs differs")
    header = read.header
    said = About(policy=header.policy, created=header.created)
    try:
        written = pack(read.records, read.schema, said, embed=False)
    except PackError:
        # A reader takes what this writer never writes, such as a name that is half a character.
        return
    again = unpack(written, schemas=[read.schema])
    if repr(again.records) != repr(read.records):
        raise AssertionError("what was read and packed again differs")


if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *DEFAULTS, *sys.argv[1:]], once)
    atheris.Fuzz()
