"""Many small integers, or truth values, as few bytes.

A vector of n integers from 0 has n × w bytes, w the narrowest of 0 (all are zero), 1, 2, 4 and 8
that holds the largest; in byte planes: all lowest bytes first, because a compressor finds more in
bytes of one kind. A bitmap has a bit for each, the first lowest.
"""

from __future__ import annotations

import sys
from array import array
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from anonkit.errors import PackError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LITTLE = sys.byteorder == "little"
_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
_ASCII = bytes.maketrans(b"\0\1", b"01")


def looked_up(table: Any, keys: Sequence[Any]) -> Sequence[Any]:
    """Return what a list or dict has at some places, in half of the time of `map`.

    Raises:
        LookupError: It has nothing at one of them.
    """
    return itemgetter(*keys)(table) if len(keys) > 1 else [table[key] for key in keys]


def write_vector(values: Sequence[int], largest: int) -> bytes:
    """Return the bytes of a vector; not all of its integers are 0."""
    size = next(size for size in _CODES if largest < 1 << 8 * size)
    if size == 1:
        return bytes(values)
    data = array(_CODES[size], values).tobytes()
    planes = range(size) if _LITTLE else reversed(range(size))
    return b"".join([data[plane::size] for plane in planes])


def read_vector(data: object, count: int, place: str) -> Sequence[int]:
    """Return the integers of a vector; for up to 255, the bytes themselves.

    Raises:
        PackError: The bytes are not as many as that, or a narrower vector says the same.
    """
    if not isinstance(data, bytes):
        raise PackError(place, "not a vector")
    if len(data) == count and any(data):  # a byte each, as most have
        return data
    if not data:
        return bytes(count)
    size, rest = divmod(len(data), count) if count else (0, 1)
    if rest or size not in _CODES:
        raise PackError(place, "a vector of the wrong length")
    # The values of the widest planes, of which one at least is not zero.
    if not any(data[(size // 2) * count :]):
        raise PackError(place, "a vector wider than its values")
    return read_planes(data, count, size)


def read_planes(data: bytes, count: int, size: int) -> array[int]:
    """Return the integers of some bytes each, of which there are as many as that."""
    woven = bytearray(len(data))
    for plane in range(size):
        start = plane if _LITTLE else size - 1 - plane
        woven[start::size] = data[plane * count : (plane + 1) * count]
    return array(_CODES[size], bytes(woven))


def write_bits(values: Iterable[bool]) -> bytes:
    """Return the bytes of a bitmap."""
    digits = bytes(values).translate(_ASCII)[::-1]
    return int(digits or b"0", 2).to_bytes((len(digits) + 7) // 8, "little")


def read_bits(data: object, count: int, place: str) -> list[bool]:
    """Return the truth values of a bitmap.

    Raises:
        PackError: The bytes are not as many as that, or bits are set behind the last.
    """
    if not isinstance(data, bytes) or len(data) != (count + 7) // 8:
        raise PackError(place, "not a bitmap")
    number = int.from_bytes(data, "little")
    if number.bit_length() > count:
        raise PackError(place, "bits behind the end of a bitmap")
    return [digit == "1" for digit in reversed(format(number | 1 << count, "b")[1:])]
