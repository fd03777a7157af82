"""Readers of packs are bounded: no bytes make them fail otherwise, or ask for more than allowed."""

from __future__ import annotations

import contextlib
import json
import sys
import tracemalloc
from base64 import b64decode
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings, strategies as st
from msgspec.msgpack import Ext

from anonkit.errors import PackError
from anonkit.pack import Limits, Listing, Object, Schema, pack, unpack, unpack_stream
from anonkit.pack.limits import Budget, scan
from packs import ABOUT, HEAD, ONE, T, V, framed, read_body

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GOLDEN = [
    (b64decode(v["pack"]), Schema.from_plain(v["schema"]), v["dictionary"] and b64decode(v["dictionary"]))
    for path in sorted((Path(__file__).parents[1] / "vectors" / "pack").glob("*.json"))
    for v in json.loads(path.read_text(encoding="utf-8"))["vectors"]
]  # fmt: skip
SMALL = Limits(stored=1 << 16, body=1 << 16, records=1 << 12, values=1 << 14)


@given(st.binary(max_size=300), st.sampled_from(["", "frame", "rows", "columns"]))
@settings(max_examples=300)
def test_random_bytes_are_refused(data: bytes, inside: str) -> None:
    """Random bytes, alone or where a body stands, are read or refused, and nothing else."""
    if inside == "frame":
        data = b"\x8eANP\x01" + data
    elif inside:
        data = framed([*HEAD[:6], 1, 0 if inside == "rows" else 1], data)
    with contextlib.suppress(PackError):
        unpack(data, grown_from=ONE, limits=SMALL)


_junk = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 20) | st.floats() | st.text(max_size=3)
    | st.binary(max_size=8) | st.builds(Ext, st.integers(0, 6), st.binary(max_size=13)),
    lambda inner: st.lists(inner, max_size=4) | st.builds(
        lambda form, parts: [form, *parts], st.integers(0, 20), st.lists(inner, max_size=3)),
    max_leaves=20,
)  # fmt: skip


@given(_junk, st.integers(0, 4), st.sampled_from([0, 1]), st.sampled_from(GOLDEN))
@settings(max_examples=400)
def test_any_structure_is_read_or_refused(junk: Any, count: int, layout: int, golden: Any) -> None:
    """Well-formed MessagePack of any shape, in place of a body or a column, raises PackError alone."""
    bodies = [
        junk,
        [[2, 0], [], [[0, junk]]],
        [[2, 0], [], [[0, [10, junk, junk]]]],
        [[2, 0], [[["x"], b"\1", None, [junk]]], []],
        [[0, junk]],
    ]
    for body in bodies:
        for schema in (ONE, golden[1]):
            with contextlib.suppress(PackError):
                read_body(body, count, layout=layout, schema=schema)


@given(st.sampled_from(GOLDEN), st.data())
@settings(max_examples=300)
def test_damaged_packs_are_refused(golden: Any, data: st.DataObject) -> None:
    """A golden pack with any byte changed, and any cut of it, is refused."""
    pack_bytes, schema, dictionary = golden
    dictionaries = [dictionary] if dictionary else []
    at = data.draw(st.integers(0, len(pack_bytes) - 1))
    changed = bytearray(pack_bytes)
    changed[at] ^= data.draw(st.integers(1, 255))
    for other in (bytes(changed), pack_bytes[:at], pack_bytes + pack_bytes[: at + 1]):
        with pytest.raises(PackError):
            unpack(other, schemas=[schema], dictionaries=dictionaries)


def test_each_bit_counts() -> None:
    """A compressed pack with any bit changed is refused, even one that zstd does not look at."""
    pack_bytes, schema, _ = max(GOLDEN[:10], key=lambda golden: len(golden[0]))
    assert pack_bytes[5] == 1
    for bit in range(8 * len(pack_bytes)):
        changed = bytearray(pack_bytes)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(PackError):
            unpack(bytes(changed), schemas=[schema])


@given(st.sampled_from(GOLDEN), st.data())
@settings(max_examples=300)
def test_changed_bodies_are_read_or_refused(golden: Any, data: st.DataObject) -> None:
    """A golden body with bytes changed under a right checksum is read or refused, within limits.

    As Structs it is read when it is read as dicts, and is the same.
    """
    from anonkit.pack.batch import DEFAULT_LIMITS
    from anonkit.pack.frame import opened_frame

    pack_bytes, schema, dictionary = golden
    head, plain = opened_frame(pack_bytes, [dictionary] if dictionary else [], DEFAULT_LIMITS)
    changed = bytearray(plain)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(plain) - 1))] = data.draw(st.integers(0, 255))
    read = []
    for typed in (False, True):
        with contextlib.suppress(PackError):
            read.append(
                unpack(framed(head, bytes(changed)), schemas=[schema], limits=SMALL, typed=typed)
            )
    if read:
        plain, structs = (msgspec.to_builtins(whole.records) for whole in read)
        assert repr(plain) == repr(structs)


def peak(data: bytes, schema: Schema, limits: Limits) -> int:
    """Return the most bytes that reading, or refusing, a pack has at once."""
    tracemalloc.start()
    try:
        unpack(data, grown_from=schema, limits=limits)
    except PackError:
        pass
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return most


WIDE = Schema({"a": Object({f"f{n}": V for n in range(64)})})

LISTS = Schema({"a": Object({"x": Listing(Listing(V))})})

EMPTY = Schema({"a": Object({"x": Listing(Object({}))})})

MAXIMUM = SMALL.records

BOMBS: list[tuple[str, Schema, Any, int]] = [
    ("many types that share many fields", ONE,
     [[6, list(range(4000))], [[[f"n{n}"], b"\xff" * 500, None, [0]] for n in range(80)], []], 4000),
    ("empty lists", ONE, [[]] * 60_000, 1),
    ("nils", ONE, [None] * 60_000, 1),
    ("the same, over and over", WIDE, [[2, 0], [], [[0, [10] + [[2, 1.5]] * 64]]], MAXIMUM),
    ("absent, over and over", WIDE, [[2, 0], [], [[0, [10] + [[0]] * 64]]], MAXIMUM),
    ("integers", WIDE, [[2, 0], [], [[0, [10] + [[4, 1, [2, 1]]] * 64]]], 200),
    ("times", WIDE, [[2, 0], [], [[0, [10] + [[8, bytes(800)]] * 64]]], 200),
    ("lists of lists", LISTS,
     [[2, 0], [], [[0, [10, [9, [2, 1000], [9, [2, 1 << 40], [2, 5]]]]]]], MAXIMUM),
    ("objects", EMPTY, [[2, 0], [], [[0, [10, [9, [2, 4000], [10]]]]]], MAXIMUM),
    ("wide lists", LISTS, [[2, 0], [], [[0, [10, [9, [2, 1 << 62], [0]]]]]], 4),
    ("shared columns", ONE,
     [[2, 0], [[f"{n}", b"\1", [2, 1]] for n in range(3000)], []], MAXIMUM),
    ("many columns", WIDE,
     [[2, 0], [[f"f{n}", b"\1", [2, "k"]] for n in range(64)], []], MAXIMUM),
    ("tokens", Schema({"a": Object({"x": T})}), [[2, 0], [], [[0, [10, [7, 12, bytes(48_000), None]]]]], 4000),
    ("a far type", ONE, [[2, 1 << 62], [], []], MAXIMUM),
    ("records", ONE, [[2, 0], [], [[0, [10, [0]]]]], MAXIMUM),
    ("deep", ONE, json.loads("[" * 400 + "]" * 400), 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "schema", "content", "count"), BOMBS, ids=[b[0] for b in BOMBS])
def test_memory_is_bounded(name: str, schema: Schema, content: Any, count: int) -> None:
    """Few bytes that stand for many values need no more memory than the limits say."""
    data = framed([*HEAD[:6], count, 0 if content[:1] == [[]] else 1], [None, content])
    bound = SMALL.stored + 4 * SMALL.body + 400 * SMALL.values
    assert peak(data, schema, SMALL) < bound, name


@pytest.mark.parametrize(
    ("flags", "stored", "size"),
    [
        (1, zstd.compress(bytes(1 << 26)), 1 << 10),  # declares its own size, beyond ours
        (1, zstd.compress(bytes(1 << 26), options={zstd.CompressionParameter.content_size_flag: 0}),
         1 << 10),
        (1, zstd.compress(bytes(1 << 10))[:-1], 1 << 10),
        (1, zstd.compress(bytes(1 << 10)) + b"x", 1 << 10),
        (1, zstd.compress(bytes(1 << 10)) * 2, 1 << 10),
        (1, zstd.compress(bytes(1 << 9)), 1 << 10),
        (1, zstd.compress(bytes(1 << 11)), 1 << 10),
        (1, zstd.compress(bytes(1 << 16), options={zstd.CompressionParameter.window_log: 24}), 1 << 16),
        (1, b"", 0),
        (0, bytes(5), 6),
    ],
)  # fmt: skip
def test_zstd_frames_that_lie_are_refused(flags: int, stored: bytes, size: int) -> None:
    """A bomb, a cut frame, one with company, and one of another size make no more than declared."""
    data = framed(HEAD, bytes(size), flags=flags, stored=stored)
    with pytest.raises(PackError):
        unpack(data, grown_from=ONE, limits=SMALL)
    assert peak(data, ONE, SMALL) < SMALL.stored + 4 * SMALL.body + (1 << 20)


def test_a_sound_body_with_company_is_refused() -> None:
    """Nothing stands behind the zstd frame of a pack, be the body ever so sound."""
    body = msgspec.msgpack.encode([None, [[0, 5]]])
    frame = zstd.compress(body)
    head = [*HEAD[:7], 0]
    assert unpack(framed(head, body, flags=1, stored=frame), grown_from=ONE).records
    others = (frame + b"x", frame * 2, frame + zstd.compress(b""), b"x" + frame, frame[:-1], b"")
    for stored in others:
        with pytest.raises(PackError, match="not one whole zstd frame"):
            unpack(framed(head, body, flags=1, stored=stored), grown_from=ONE)


def test_limits_hold_before_anything_is_read() -> None:
    """Lengths and counts beyond the limits are refused from the first bytes, in streams too."""
    data = pack([{"type": "a", "x": n} for n in range(50)], ONE, ABOUT)
    for limits in (Limits(stored=10), Limits(body=10), Limits(records=49), Limits(values=40)):
        with pytest.raises(PackError, match="limit"):
            unpack(data, limits=limits)
        with pytest.raises(PackError, match="limit"):
            list(unpack_stream([data], limits=limits))
    with pytest.raises(PackError, match="larger than the limit"):
        list(unpack_stream([b"\x8eANP\x01\0" + b"\xff\xff\x7f" + b"\1\1"]))


# On both sides of every form that MessagePack has for a size.
SIZES = [0, 1, 15, 16, 30, 31, 32, 255, 256, 65_535, 65_536]
LEAVES: list[Any] = [
    None, False, True, 1.5,
    *(number for bits in (5, 7, 8, 15, 16, 31, 32) for power in (1 << bits, -1 << bits) for number in (power, power - 1)),
    (1 << 64) - 1, -1 << 63,
    *("x" * size for size in SIZES), *(bytes(size) for size in SIZES),
    *(Ext(1, bytes(size)) for size in (*range(18), 255, 256, 65_535, 65_536)),
]  # fmt: skip
LONG = [[None] * size for size in SIZES]


def items(value: Any) -> int:
    return 1 + sum(map(items, value)) if isinstance(value, list) else 1


def depth(value: Any) -> int:
    return 1 + max(map(depth, value)) if isinstance(value, list) and value else 0


@given(st.recursive(st.sampled_from([*LEAVES, *LONG]), lambda inner: st.lists(inner, max_size=4)))
@example([LEAVES])
@example([LONG, 5])
@example([[[1], []], [[[2]]], 3])
def test_items_are_counted_before_they_are_made(value: Any) -> None:
    """A scan counts each item of any structure, and how deep it is, as the decoder would find it."""
    data = msgspec.msgpack.encode(value)
    scan(data, Budget(items(value)), depth(value))
    with pytest.raises(PackError, match="more values than the limit"):
        scan(data, Budget(items(value) - 1), depth(value))
    if depth(value):
        with pytest.raises(PackError, match="nested deeper"):
            scan(data, Budget(items(value)), depth(value) - 1)


@pytest.mark.parametrize("first", [*range(0x80, 0x90), 0xDE, 0xDF])
def test_no_map_is_looked_into(first: int) -> None:
    """A map in any of its forms ends the scan, behind a number of each width too."""
    for before in (b"\x01", b"\xca" + bytes(4), b"\xcb" + bytes(8)):
        with pytest.raises(PackError, match="holds a map"):
            scan(b"\x92" + before + bytes([first]) + bytes(9), Budget(9), 9)


def test_a_long_body_is_looked_over_first() -> None:
    """A body of more bytes than values are allowed is scanned: for items, depth, and maps."""
    some = Limits(values=100)
    for body, rule in (
        ([[]] * 101, "more values than the limit"),
        ([["x" * 200], {}], "holds a map"),
        (json.loads("[" * 180 + '"' + "x" * 200 + '"' + "]" * 180), "nested deeper"),
    ):
        with pytest.raises(PackError, match=rule):
            unpack(
                framed(HEAD, body),
                grown_from=ONE,
                limits=Limits(values=200 if "x" in str(body) else 100),
            )
    assert unpack(
        framed([*HEAD[:7], 0], [None, [[0, "x" * 200]]]), grown_from=ONE, limits=some
    ).records
    with pytest.raises(PackError, match="shortest form"):
        unpack(framed(HEAD, b"\x91" * 5000), grown_from=ONE)
