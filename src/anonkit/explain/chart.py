"""Bars as SVG: no script, no font, colours of the page, readable aloud."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

ROW: Final = 30  # of a bar and its words; all in units of the drawing
THICK: Final = 18
LEFT, WIDE, RIGHT = 190, 380, 110  # room for letters of 22 units, on a telephone


def bars(rows: Sequence[tuple[str, float, str]], title: str) -> str:
    """Return horizontal bars.

    Args:
        rows: Label, length and what is written at the end, each.
        title: What it shows, for those who hear it read.
    """
    longest = max((length for _, length, _ in rows), default=0) or 1
    height = ROW * len(rows)
    drawn = []
    for index, (label, length, said) in enumerate(rows):
        y = index * ROW
        width = WIDE * length / longest
        middle = y + ROW / 2 + 5
        drawn.append(
            f'<text x="{LEFT - 10}" y="{middle:g}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{LEFT}" y="{y + (ROW - THICK) / 2:g}" width="{width:.1f}" height="{THICK}"/>'
            f'<text x="{LEFT + width + 8:.1f}" y="{middle:g}">{escape(said)}</text>'
        )
    return (
        f'<svg role="img" viewBox="0 0 {LEFT + WIDE + RIGHT} {height}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{"".join(drawn)}</svg>'
    )
