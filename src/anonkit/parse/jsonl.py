"""NDJSON: one JSON object a line, each a record (newline-delimited JSON, jsonlines.org)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


class JsonlRewriter:
    """Rewrites lines of JSON, each through one function that counts them itself.

    Args:
        convert: From a JSON object in bytes to what may leave of it, or None.
    """

    def __init__(self, convert: Callable[[bytes], bytes | None]) -> None:
        self._convert = convert

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`; return their number and those withheld."""
        convert = self._convert
        withheld: list[tuple[int, bytes]] = []
        lines = data.split(b"\n")
        last = len(lines) - 1
        for number, line in enumerate(lines):
            newline = b"" if number == last else b"\n"
            if line in (b"", b"\r"):  # a blank line is no record, and stays
                out += (line, newline)
                continue
            converted = convert(line)
            if converted is None:
                withheld.append((number, line + newline))
            else:
                out += (converted, newline)
        return last + bool(lines[last]), withheld

    def forget(self) -> None:
        """Nothing is remembered here; the function behind forgets by itself."""


def is_object(line: bytes) -> bool:
    """Tell whether a line is a JSON object."""
    if not line.lstrip().startswith(b"{"):
        return False
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return True
