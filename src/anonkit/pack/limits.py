"""How much a reader takes: bounds that hold before memory is asked for, whatever the bytes say."""

from __future__ import annotations

import msgspec

from anonkit.errors import PackError


class Limits(msgspec.Struct, frozen=True):
    """What one pack may ask of its reader.

    Nothing larger is read, and nothing is made that these do not cover. A reader needs at most
    `stored` + 4 × `body` + 400 × `values` bytes for one pack; tests/unit/test_pack_bounds.py
    measures it.

    Args:
        stored: Bytes of a pack as it is stored.
        body: Bytes of its body once decompressed.
        records: Records in it.
        values: Values in it, at any depth, items of the body's structure, and fields that types
            share, for each of those types.
    """

    stored: int = 32 << 20
    body: int = 32 << 20
    records: int = 1 << 20
    values: int = 1 << 22


class Budget:
    """Counts the values that a pack makes, and ends the reading when there are too many."""

    __slots__ = ("left",)

    def __init__(self, values: int) -> None:
        self.left = values

    def take(self, count: int) -> None:
        """Make room for some values.

        Raises:
            PackError: There is none.
        """
        self.left -= count
        if self.left < 0:
            raise PackError("body", "has more values than the limit")


def scan(data: bytes, budget: Budget, depth: int) -> None:
    """Walk over the structure of MessagePack bytes before anything is made of them.

    A byte can become an empty list of 64, so items are counted here, where they cost nothing.

    Args:
        data: One MessagePack value. What is malformed is left to the decoder.
        budget: Where items count.
        depth: How deep arrays may stand in each other.

    Raises:
        PackError: There are too many items, they nest too deeply, or there is a map, which the
            format has no use for.
    """
    position, size = 0, len(data)
    open_: list[int] = []  # how many items each open array still has
    while position < size:
        budget.take(1)
        position, inner = _item(data, position)
        if inner:
            open_.append(inner)
            if len(open_) > depth:
                raise PackError("body", f"nested deeper than {depth}")
            continue
        while open_:
            open_[-1] -= 1
            if open_[-1]:
                break
            open_.pop()


# MessagePack specification, "Formats": bytes of the length behind the first byte, and bytes that
# follow besides. https://github.com/msgpack/msgpack/blob/master/spec.md
_LENGTHS = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4}
_EXTENSIONS = (0xC7, 0xC8, 0xC9)
_FIXED = {0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
_FIXED |= {0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17}
_ARRAYS = {0xDC: 2, 0xDD: 4}


def _item(data: bytes, position: int) -> tuple[int, int]:
    """Return where the item at a position ends, and how many items an array holds."""
    first = data[position]
    position += 1
    if 0xA0 <= first <= 0xBF:  # noqa: PLR2004 - fixstr
        return position + (first & 0x1F), 0
    if 0x90 <= first <= 0x9F:  # noqa: PLR2004 - fixarray
        return position, first & 0x0F
    if first in _LENGTHS:
        width = _LENGTHS[first]
        length = int.from_bytes(data[position : position + width], "big")
        return position + width + length + (first in _EXTENSIONS), 0
    if first in _ARRAYS:
        width = _ARRAYS[first]
        return position + width, int.from_bytes(data[position : position + width], "big")
    if 0x80 <= first <= 0x8F or first in (0xDE, 0xDF):  # noqa: PLR2004 - maps
        raise PackError("body", "holds a map")
    return position + _FIXED.get(first, 0), 0
