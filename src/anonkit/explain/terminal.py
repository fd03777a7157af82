"""A page as plain text for a terminal: no markup, and no line wider than there is room.

A table stands in columns where they fit. Where they do not, each row stands below the other, and
each cell says which column it is of, as in HTML on a telephone.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from anonkit.explain.page import Bars, Block, Heading, Items, Paragraph, Table, on_a_line

if TYPE_CHECKING:
    from collections.abc import Sequence

NARROWEST: Final = 40  # columns; whoever has fewer scrolls
LONGEST_BAR: Final = 40
_RULES: Final = {1: "=", 2: "-"}  # below headings, by their level
_GAP: Final = "  "


def text(blocks: Sequence[Block], width: int) -> str:
    """Return a page in lines of at most `width` columns, and of 40 where there are fewer."""
    width = max(width, NARROWEST)
    return "\n\n".join("\n".join(_lines(block, width)) for block in blocks) + "\n"


def _lines(block: Block, width: int) -> list[str]:
    match block:
        case Heading(said, level):
            lines = _wrapped(said, width)
            rule = _RULES.get(level, "") * max(map(len, lines), default=0)
            return [*lines, rule] if rule else lines
        case Paragraph(said):
            return _wrapped(said, width)
        case Items(items):
            return [line for item in items for line in _wrapped(item, width, "- ")]
        case Table():
            return _table(block, width)
        case Bars(rows, caption):
            return [*_wrapped(f"{caption}:", width), *_bars(rows, width)]
    shown = ("".join(piece for piece, _ in line) for line in block.lines)
    below = (part for line in shown for part in _wrapped(line, width, _GAP))
    return [*_wrapped(f"{block.caption}:", width), *below]


def _wrapped(said: str, width: int, mark: str = "") -> list[str]:
    """Return a text in lines; the first begins with a mark, and the others below its text."""
    return wrap(
        on_a_line(said),
        width,
        initial_indent=mark,
        subsequent_indent=" " * len(mark),
        break_on_hyphens=False,
    )


def _table(table: Table, width: int) -> list[str]:
    rows = [[on_a_line(cell) for cell in row] for row in (table.head, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + len(_GAP) * (len(widths) - 1) <= width:
        return [
            _GAP.join(cell.ljust(room) for cell, room in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
    head, *rows = rows
    lines: list[str] = []
    for first, *rest in rows:
        lines += ["", *_wrapped(first, width)]
        for title, cell in zip(head[1:], rest, strict=True):
            lines += _wrapped(f"{title}: {cell}", width, _GAP)
    return lines[1:]


def _bars(rows: Sequence[tuple[str, float, str]], width: int) -> list[str]:
    labels = max((len(label) for label, _, _ in rows), default=0)
    amounts = max((len(said) for _, _, said in rows), default=0)
    longest = max((length for _, length, _ in rows), default=0) or 1
    room = max(1, min(LONGEST_BAR, width - labels - amounts - 3 * len(_GAP)))
    return [
        f"{_GAP}{label:>{labels}}{_GAP}{'█' * round(room * length / longest)} {said}"
        for label, length, said in rows
    ]
