"""A decoder of packs written from docs/spec/pack.md alone: it imports nothing of anonkit.

It checks nothing beyond what it needs to read. Tokens and addresses come as text, times as
`(local microseconds, offset or None)`, days and spans as `("day", n)` and `("span", n)`: what a
language without Python's classes would make of them.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import struct
from typing import Any

import xxhash

ABSENT = object()


class Reader:
    """MessagePack, by its specification."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        part = self.data[self.at : self.at + size]
        assert len(part) == size
        self.at += size
        return part

    def number(self, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), "big", signed=signed)

    def value(self) -> Any:
        first = self.number(1)
        if first < 0x80:
            return first
        if first >= 0xE0:
            return first - 0x100
        if 0x90 <= first <= 0x9F:
            return [self.value() for _ in range(first & 15)]
        if 0xA0 <= first <= 0xBF:
            return self.take(first & 31).decode()
        match first:
            case 0xC0:
                return None
            case 0xC2 | 0xC3:
                return first == 0xC3
            case 0xC4 | 0xC5 | 0xC6:
                return self.take(self.number(1 << first - 0xC4))
            case 0xC7 | 0xC8 | 0xC9:
                size = self.number(1 << first - 0xC7)
                return self.extension(size)
            case 0xCB:
                return struct.unpack(">d", self.take(8))[0]
            case 0xCC | 0xCD | 0xCE | 0xCF:
                return self.number(1 << first - 0xCC)
            case 0xD0 | 0xD1 | 0xD2 | 0xD3:
                return self.number(1 << first - 0xD0, signed=True)
            case 0xD4 | 0xD5 | 0xD6 | 0xD7 | 0xD8:
                return self.extension(1 << first - 0xD4)
            case 0xD9 | 0xDA | 0xDB:
                return self.take(self.number(1 << first - 0xD9)).decode()
            case 0xDC | 0xDD:
                return [self.value() for _ in range(self.number(2 << first - 0xDC))]
        raise AssertionError(hex(first))

    def extension(self, size: int) -> Any:
        code, data = self.number(1, signed=True), self.take(size)
        if code == -1:
            if size == 4:
                seconds, nanos = int.from_bytes(data, "big"), 0
            elif size == 8:
                both = int.from_bytes(data, "big")
                seconds, nanos = both & (1 << 34) - 1, both >> 34
            else:
                nanos = int.from_bytes(data[:4], "big")
                seconds = int.from_bytes(data[4:], "big", signed=True)
            return "time", seconds * 1_000_000 + nanos // 1000, 0
        number = int.from_bytes(data[:8], "big", signed=True)
        if code == 2:
            offset = int.from_bytes(data[8:], "big", signed=True) if size == 12 else None
            return "time", number, offset
        return {1: ("null",), 3: ("day", number), 4: ("span", number)}[code]


def messagepack(data: bytes) -> Any:
    reader = Reader(data)
    value = reader.value()
    assert reader.at == len(data)
    return value


def decode(data: bytes, decompress: Any, schemas: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Return header and records; `decompress(frame, dictionary id or None)` is zstd."""
    assert data[:5] == bytes.fromhex("8e414e5001")
    flags, at = data[5], 6
    lengths = []
    for _ in range(3):
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        lengths.append(value)
    head = data[at : at + lengths[0]]
    at += lengths[0]
    dictionary = None
    if flags & 2:
        dictionary = int.from_bytes(data[at : at + 4], "little")
        at += 4
    stored = data[at : at + lengths[2]]
    at += lengths[2]
    body = decompress(stored, dictionary) if flags & 1 else stored
    assert len(body) == lengths[1]
    assert xxhash.xxh3_64_intdigest(data[:at]) == int.from_bytes(data[at : at + 8], "little")
    assert at + 8 == len(data)
    header, (schema, content) = messagepack(head), messagepack(body)
    if schema is None:
        schema = schemas[header[0].hex()]
    else:
        start = messagepack_schema(body)
        assert hashlib.sha256(start).digest()[:8] == header[0]
    read = columns if header[7] else rows
    return header, read(schema, content, header[6])


def messagepack_schema(body: bytes) -> bytes:
    reader = Reader(body)
    reader.at = 1  # an array of two
    reader.value()
    return body[1 : reader.at]


def shown(node: int, value: Any) -> Any:
    if value == ("null",):
        return None
    if node == 1:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
    if node == 2:
        parts = value if isinstance(value, list) else [value]
        families = {4: socket.AF_INET, 16: socket.AF_INET6}
        return ", ".join(socket.inet_ntop(families[len(part)], part) for part in parts)
    return value


def fields(node: list[Any]) -> list[tuple[str, Any]]:
    return list(zip(node[1][::2], node[1][1::2], strict=True))


def rows(schema: list[Any], content: list[Any], count: int) -> list[Any]:
    assert len(content) == count
    made = []
    for kind, *row in content:
        name, node = schema[kind]
        made.append(({} if name == "" else {"type": name}) | row_object(node, row))
    return made


def row_value(node: Any, value: Any) -> Any:
    if value == ("null",):
        return None
    if isinstance(node, int):
        return shown(node, value)
    if node[0] == 0:
        return [row_value(node[1], item) for item in value]
    return row_object(node, value)


def row_object(node: list[Any], row: list[Any]) -> dict[str, Any]:
    pairs = []
    if node[2] is not None:
        pairs, *row = row
    named = zip(fields(node), row, strict=False)
    made = {name: row_value(below, value) for (name, below), value in named if value is not None}
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        made[shown(node[3], name)] = row_value(node[2], value)
    return made


def vector(data: bytes, count: int) -> list[int]:
    size = len(data) // count if count else 0
    return [
        sum(data[plane * count + place] << 8 * plane for plane in range(size))
        for place in range(count)
    ]


def bitmap(data: bytes, count: int) -> list[bool]:
    return [bool(data[place // 8] >> place % 8 & 1) for place in range(count)]


def columns(schema: list[Any], content: list[Any], count: int) -> list[Any]:
    types, shared, groups = content
    kinds = column(0, types, count)
    occur = sorted(set(kinds))
    of_kind = {kind: [row for row in range(count) if kinds[row] == kind] for kind in occur}
    at: dict[int, dict[str, Any]] = {row: {} for row in range(count)}
    for name, mask, part in shared:
        having = [kind for kind, flag in zip(occur, bitmap(mask, len(occur)), strict=True) if flag]
        spans = [row for kind in having for row in of_kind[kind]]
        node = dict(fields(schema[having[0]][1]))[name]
        for row, value in zip(spans, column(node, part, len(spans)), strict=True):
            at[row][name] = value
    alone = dict(groups)
    made: list[Any] = [None] * count
    for kind in occur:
        name, node = schema[kind]
        mine = of_kind[kind]
        apart = [pair for pair in fields(node) if pair[0] not in at[mine[0]]]
        parts = objects(apart, node[2], node[3], alone.get(kind, [10]), len(mine))
        for row, part in zip(mine, parts, strict=True):
            whole = {
                n: at[row][n] if n in at[row] else part.get(n, ABSENT) for n, _ in fields(node)
            }
            whole |= part
            head = {} if name == "" else {"type": name}
            made[row] = head | {n: v for n, v in whole.items() if v is not ABSENT}
    return made


def objects(
    named: list[tuple[str, Any]], rest: Any, names: int, inner: list[Any], count: int
) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [{} for _ in range(count)]
    start = 1 if inner[0] == 10 else 4
    for (name, node), part in zip(named, inner[start:], strict=True):
        for record, value in zip(made, column(node, part, count), strict=True):
            if value is not ABSENT:
                record[name] = value
    if inner[0] == 11:
        sizes = column(0, inner[1], count)
        others = column(names, inner[2], sum(sizes))
        pairs = iter(zip(others, column(rest, inner[3], sum(sizes)), strict=True))
        for record, size in zip(made, sizes, strict=True):
            record |= dict(next(pairs) for _ in range(size))
    return made


def column(node: Any, data: list[Any], count: int) -> list[Any]:
    match data:
        case [0]:
            return [ABSENT] * count
        case [1, states, inner]:
            flags = vector(states, count)
            there = iter(column(node, inner, flags.count(0)))
            return [(None, ABSENT)[flag - 1] if flag else next(there) for flag in flags]
        case [2, value]:
            return [shown(node, value)] * count
        case [3, codes]:
            return vector(codes, count)
        case [4, first, inner]:
            values = [first]
            for jump in column(0, inner, count - 1) if count > 1 else []:
                values.append(values[-1] + jump)
            return values
        case [5, entries, codes]:
            return [shown(node, entries[code]) for code in vector(codes, count)]
        case [6, entries]:
            return [shown(node, entry) for entry in entries]
        case [7, size, blob, codes]:
            entries = cut(blob, [size] * (len(blob) // size), lambda raw: shown(node, raw))
            return entries if codes is None else [entries[code] for code in vector(codes, count)]
        case [8, seconds]:
            assert len(seconds) == 4 * count
            return [("time", second * 1_000_000, 0) for second in vector(seconds, count)]
        case [9, lengths, inner]:
            sizes = column(0, lengths, count)
            return cut(column(node[1], inner, sum(sizes)), sizes, list)
        case [10 | 11, *_]:
            return objects(fields(node), node[2], node[3], data, count)
    raise AssertionError(data[0])


def cut(whole: Any, sizes: list[int], made: Any) -> list[Any]:
    parts, at = [], 0
    for size in sizes:
        parts.append(made(whole[at : at + size]))
        at += size
    return parts
