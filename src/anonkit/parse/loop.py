"""The loop over the usual lines of a format, written for the columns that they have.

One `findall` a block gives a row of slices a line; one look-up a changed column, and what stays
between two of them is one slice. A line that is not the usual one fills only the last slice of its
row, and the loop stops there: whoever runs it takes that line with care, and goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from anonkit.errors import Withheld
from anonkit.parse.column import ColumnMemo

Rows = list[tuple[bytes, ...]]
Find = Callable[[bytes], Rows]
# From rows and where their output goes to whether all were taken.
Run = Callable[[Iterator[tuple[bytes, ...]], list[bytes]], bool]
# Of the output of a line: fixed text, the memory of a changed column, or None for what stays.
Piece = bytes | ColumnMemo | None


def no_rows(data: bytes) -> Rows:
    """Find no usual line: what is left when a key is gone."""
    return [()] * data.count(b"\n")


def no_loop(rows: Iterator[tuple[bytes, ...]], _out: list[bytes]) -> bool:
    """Leave each line to the careful way."""
    return next(rows, None) is None


def compiled(expression: bytes, pieces: Sequence[Piece], form: str) -> tuple[Find, Run]:
    """Return what finds the usual lines of a block, and the loop over them.

    Args:
        expression: What a usual line matches, its newline included; it has a group for every piece
            but fixed text, in order.
        pieces: What the output of a line consists of.
        form: The name of the format.
    """
    names: dict[str, Any] = {"Withheld": Withheld}
    slices: list[str] = []
    parts: list[str] = []
    for index, piece in enumerate(pieces):
        if isinstance(piece, bytes):
            parts.append(repr(piece))
            continue
        slices.append(f"s{index}")
        if piece is None:
            parts.append(f"s{index}")
        else:
            names[f"get{index}"], names[f"miss{index}"] = piece.kept.get, piece.miss
            parts.append(f"get{index}(s{index}) or miss{index}(s{index})")
    if not slices:  # `findall` gives no row of one group alone
        expression, slices = rb"()" + expression, ["nothing"]
    source = f"""
def loop(rows, out):
    try:
        for {", ".join([*slices, "other"])} in rows:
            if other:
                return False
            out += ({", ".join(parts)},)
    except Withheld:
        return False
    return True
"""
    # Compiled are fixed words, numbers and the `repr` of fixed text alone.
    exec(compile(source, f"<anonkit format: {form}>", "exec"), names)  # noqa: S102
    return re.compile(expression + rb"|([^\n]*\n)").findall, names["loop"]
