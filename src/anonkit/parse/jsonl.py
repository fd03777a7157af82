"""NDJSON: one JSON object a line, each a record (newline-delimited JSON, jsonlines.org)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from anonkit.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Lines that are tried together: with 16 a line costs 2 % more, and with 64 the same. One that is
# not in order makes those with it cost half as much again.
_TOGETHER = 32

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class JsonlRewriter:
    """Rewrites lines of JSON, through functions that count them themselves.

    Args:
        convert: From a JSON object in bytes to what may leave of it, or None.
        together: From several to what may leave of them, a line for each, where all are plainly in
            order; or None, and nothing has been counted.
    """

    def __init__(
        self,
        convert: Callable[[bytes], bytes | None],
        together: Callable[[Sequence[bytes]], bytes | None],
    ) -> None:
        self._convert = convert
        self._together = together

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`; return their number and those withheld."""
        withheld: list[tuple[int, bytes]] = []
        lines = data.split(b"\n")
        last = len(lines) - 1
        for start in range(0, last, _TOGETHER):
            some = lines[start : min(start + _TOGETHER, last)]
            left = self._together(some)
            if left is None:
                self._each(some, start, b"\n", out, withheld)
            else:
                out.append(left)
        self._each(lines[last:], last, b"", out, withheld)
        return last + bool(lines[last]), withheld

    def _each(
        self,
        lines: Sequence[bytes],
        first: int,
        newline: bytes,
        out: list[bytes],
        withheld: list[tuple[int, bytes]],
    ) -> None:
        """Append what may leave of lines, one by one, to `out`, and those that may not."""
        for number, line in enumerate(lines, first):
            if line in (b"", b"\r"):  # a blank line is no record, and stays
                out += (line, newline)
                continue
            converted = self._convert(line)
            if converted is None:
                withheld.append((number, line + newline))
            else:
                out += (converted, newline)

    def forget(self) -> None:
        """Nothing is remembered here; the function behind forgets by itself."""


def is_other_object(line: bytes) -> bool:
    """Tell whether a line is a JSON object of no built-in record type."""
    return _members(line) is not None and not is_record(line)


def is_record(line: bytes) -> bool:
    """Tell whether a line is a JSON object of one of the built-in record types."""
    members = _members(line)
    return members is not None and bytes(members.get("type", b"")) in _built_in()


def refuse_document(sample: bytes) -> None:
    """Refuse JSON that is not one object a line.

    Raises:
        FormatError: The stream that begins so is an array, or an object over several lines.
    """
    if re.match(rb"\s*\[\s*(?:[{\]]|\Z)", sample):
        raise FormatError("is a JSON array, not one object a line", hint="jq -c '.[]' FILE | ...")
    if re.match(rb'\s*\{[ \t\r]*\n\s*["}]', sample):
        raise FormatError(
            "is JSON over several lines, not one object a line", hint="jq -c . FILE | ..."
        )


@cache
def _built_in() -> frozenset[bytes]:
    from anonkit.records import BUILT_IN  # on demand: a class for each of two dozen types

    return frozenset(msgspec.json.encode(event.__struct_config__.tag) for event in BUILT_IN)


def _members(line: bytes) -> dict[str, msgspec.Raw] | None:
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        return _MEMBERS.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
