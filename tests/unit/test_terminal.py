"""Pages as plain text for a terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from anonkit.cli.main import main
from anonkit.explain.page import Bars, Heading, Items, Paragraph, Raw, Table, on_a_line
from anonkit.explain.terminal import LONGEST_BAR, NARROWEST, text

LOG = str(Path(__file__).parent.parent.parent / "examples" / "data" / "access.log")
TEXTS = st.text(max_size=90)


@given(TEXTS, st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=4), st.integers(1, 200))
@settings(max_examples=150)
def test_all_is_said_in_the_width_of_the_terminal(
    said: str, rows: list[tuple[str, str, str]], width: int
) -> None:
    """Whatever a page holds, every sign of it is shown, none controls, and no line is too long."""
    cells = [cell for row in rows for cell in row]
    shown = text(
        [
            *(Heading(said, level) for level in (1, 2, 3)),
            Paragraph(said),
            Items(cells),
            Table((said, "second", "third"), rows, "a caption"),
            Raw([[(cell, ""), ("!", "drop")] for cell in cells], "raw"),
        ],
        width,
    )
    lines = shown.split("\n")
    assert all(len(line) <= max(width, NARROWEST) for line in lines)
    assert all(line.isprintable() for line in lines)
    bare = re.sub(r"\s", "", shown)
    for one in (said, *cells):
        assert re.sub(r"\s", "", on_a_line(one)) in bare


def test_a_table_that_fits_stands_in_columns() -> None:
    """Columns are as wide as their longest cell; one column more and rows stand below the other."""
    table = Table(("field", "kind"), [("client", "addresses"), ("at", "times")], "fields")
    wide = 6 + 2 + 9
    assert text([table], 40) == "field   kind\nclient  addresses\nat      times\n"
    longer = table._replace(rows=[("x" * (40 - wide + 7), "addresses"), ("at", "times")])
    assert text([longer], 40) == f"{'x' * 30}\n  kind: addresses\n\nat\n  kind: times\n"


def test_headings_are_ruled_and_items_hang() -> None:
    """A page's title and sections have rules as long as they are; a long item hangs."""
    assert text([Heading("Title", 1), Heading("Part"), Heading("Little", 3)], 40) == (
        "Title\n=====\n\nPart\n----\n\nLittle\n"
    )
    assert text([Items(["word " * 9])], 40) == f"- {'word ' * 6}word\n  word word\n"


def test_bars_are_drawn_to_scale() -> None:
    """The longest bar fills its room, none at all is no error, and each says its amount."""
    drawn = text([Bars([("1", 4, "4"), ("2 to 4", 1, "1"), ("more", 0, "0")], "groups")], 80)
    assert drawn.splitlines() == [
        "groups:",
        f"       1  {'█' * LONGEST_BAR} 4",
        f"  2 to 4  {'█' * (LONGEST_BAR // 4)} 1",
        "    more   0",
    ]
    assert text([Bars([], "nothing")], 80) == "nothing:\n"
    assert all(len(line) <= 40 for line in text([Bars([("a" * 30, 9, "9")], "x")], 40).split("\n"))


@pytest.mark.parametrize("verb", [["audit", LOG], ["explain", "app"]])
@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_terminal_gets_text_and_everything_else_markdown(
    verb: list[str],
    lang: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """An audit and a notice are read in 80 columns; a pipe and a file get Markdown as before."""
    monkeypatch.setenv("COLUMNS", "80")
    arguments = [*verb, "--lang", lang]
    assert main(arguments) == 0
    markdown = capfd.readouterr().out
    assert markdown.startswith("# ")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(arguments) == 0
    shown = capfd.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "| ---" not in shown
    assert "\\" not in shown
    assert main([*arguments, "-o", str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text("utf-8") == markdown


def test_markdown_that_is_asked_for_is_written_to_a_terminal_too(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`--format md` means Markdown wherever it goes."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["explain", "weblog", "--format", "md"]) == 0
    assert "| --- |" in capfd.readouterr().out


@pytest.mark.parametrize("verb", [["formats"], ["check", "weblog"], ["check", "app"]])
@pytest.mark.parametrize("width", [30, 80, 100])
def test_tables_go_on_below_themselves_on_a_terminal(
    verb: list[str],
    width: int,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A table says the same in the width of a terminal, below itself where there is room for it."""
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(verb) == 0
    plain = capfd.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(verb) == 0
    shown = capfd.readouterr().out
    assert shown.split() == plain.split()
    if width == 30:
        assert shown == plain
    else:
        assert max(map(len, shown.splitlines())) <= width
