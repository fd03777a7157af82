"""A page: blocks in order, written as Markdown or as one HTML file that needs nothing else.

The blocks are the few that a notice, a preview and an audit need. Text is plain; what is marked up
is said by the block, so that no value can become markup. `terminal.py` writes them without any.
"""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from anonkit.errors import printable
from anonkit.explain import chart

if TYPE_CHECKING:
    from collections.abc import Sequence

# What begins or ends markup in a line of CommonMark; an escaped one is plain text. The number of a
# list cannot be escaped, and the sign behind it can.
_MARKUP = re.compile(r"^([0-9]{1,9})(?=[.)](?: |$))|[\\`*_{}\[\]<>#|~&]|^(?:[-+=])")


class Heading(NamedTuple):
    """A title: level 1 is the page's, 2 a section's, 3 that of a part."""

    text: str
    level: int = 2


class Paragraph(NamedTuple):
    """Some sentences."""

    text: str


class Items(NamedTuple):
    """A list without order."""

    items: Sequence[str]


class Table(NamedTuple):
    """Rows under a header; the first column names the row.

    Args:
        head: The title of each column.
        rows: As many cells each as there are titles.
        caption: What the table shows, for those who hear it read.
        advises: Whether the last column is of sentences, and gets more room.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str
    advises: bool = False


class Bars(NamedTuple):
    """Amounts side by side: drawn in HTML, a list in Markdown.

    Args:
        rows: Label, amount and how it is written, each.
        caption: What is shown.
    """

    rows: Sequence[tuple[str, float, str]]
    caption: str


class Raw(NamedTuple):
    """Bytes as they leave, in lines; spans of a line may stand out.

    Args:
        lines: Each a sequence of pieces: a text, and the class it stands out by, or none.
        caption: What the lines are.
    """

    lines: Sequence[Sequence[tuple[str, str]]]
    caption: str


Block = Heading | Paragraph | Items | Table | Bars | Raw


def markdown(blocks: Sequence[Block]) -> str:
    """Return a page as CommonMark with tables."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def html(blocks: Sequence[Block], *, lang: str) -> str:
    """Return a page as one HTML file: no script, nothing loaded, readable on paper and telephone.

    Args:
        blocks: The first is the heading of level 1.
        lang: The language of the text, `de` or `en`.
    """
    title = next(block.text for block in blocks if isinstance(block, Heading))
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    body = "\n".join(_html(block) for block in blocks)
    return f"""<!doctype html>
<html lang="{escape(lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{_escaped(title)}</title>
<style>
{style.strip()}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def on_a_line(text: str) -> str:
    """Return a text on one line, whatever it holds."""
    return printable(" ".join(text.split()))


def _plain(text: str) -> str:
    return _MARKUP.sub(
        lambda match: f"{match[1]}\\" if match[1] else f"\\{match[0]}", on_a_line(text)
    )


def _escaped(text: str) -> str:
    return escape(on_a_line(text))


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {_plain(text)}"
        case Paragraph(text):
            return _plain(text)
        case Items(items):
            return "\n".join(f"- {_plain(item)}" for item in items)
        case Table(head, rows, _, _):
            lines = [head, ["---"] * len(head), *rows]
            return "\n".join(
                f"| {' | '.join(cell if cell == '---' else _plain(cell) for cell in line)} |"
                for line in lines
            )
        case Bars(rows, caption):
            said = "\n".join(f"- {_plain(label)}: {_plain(amount)}" for label, _, amount in rows)
            return f"{_plain(caption)}:\n\n{said}"
    text = "\n".join("    " + "".join(piece for piece, _ in line) for line in block.lines)
    return f"{_plain(block.caption)}\n\n{text}"


def _html(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{_escaped(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{_escaped(text)}</p>"
        case Items(items):
            return f"<ul>{''.join(f'<li>{_escaped(item)}</li>' for item in items)}</ul>"
        case Table():
            return _table(block)
        case Bars(rows, caption):
            drawn = chart.bars(rows, caption)
            return f"<figure><figcaption>{_escaped(caption)}</figcaption>{drawn}</figure>"
    text = "\n".join("".join(map(_piece, line)) for line in block.lines)
    return f"<figure><figcaption>{_escaped(block.caption)}</figcaption><pre>{text}</pre></figure>"


def _piece(piece: tuple[str, str]) -> str:
    text, mark = piece
    text = "\n".join(escape(printable(line)) for line in text.split("\n"))
    return f'<mark class="{escape(mark)}">{text}</mark>' if mark else text


def _table(table: Table) -> str:
    # The roles are said because a table that is laid out as blocks loses its own in some browsers.
    head = "".join(
        f'<th role="columnheader" scope="col">{_escaped(cell)}</th>' for cell in table.head
    )
    rows = "\n".join(
        f'<tr role="row"><th role="rowheader" scope="row">{_escaped(first)}</th>'
        + "".join(
            # On a telephone each cell stands below the other and says which column it is of.
            f'<td role="cell" data-head="{_escaped(title)}">{_escaped(cell)}</td>'
            for title, cell in zip(table.head[1:], rest, strict=True)
        )
        + "</tr>"
        for first, *rest in table.rows
    )
    wide = ' class="advises"' if table.advises else ""
    return (
        f'<table role="table"{wide}><caption>{_escaped(table.caption)}</caption>\n'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>\n'
        f'<tbody role="rowgroup">\n{rows}\n</tbody></table>'
    )
