"""Extended log files of the W3C, line by line."""

from __future__ import annotations

from typing import Any

import pytest

from anonkit import Pipeline, Policy
from anonkit.parse.column import Treatment
from anonkit.parse.layout import LayoutRewriter
from anonkit.parse.w3c import COLUMNS, MOST_COLUMNS, REMEMBERED, W3cRewriter, fits
from strategies import keyring

IIS = (
    "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n"
    "#Date: 2026-10-10 11:55:36\r\n"
    "#Fields: date time s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username "
    "c-ip cs(User-Agent) cs(Cookie) cs(Referer) sc-status sc-win32-status time-taken "
    "X-Forwarded-For\r\n"
)
AGENT = (
    "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)+Chrome/138.0"
)
LINE = (
    "2026-10-10 11:55:36 WEB01 10.0.0.5 GET /users/4711 q=ada 443 DOM\\ada 203.0.113.77 "
    f"{AGENT} sid=1;+u=ada https://example.org/a?b=c+d 200 0 15 198.51.100.7,+10.0.0.1\r\n"
)
LEFT = (
    "2026-10-10 11:55:00 - - GET /users/:id - 443 - 203.0.113.0 Chrome/138+(Windows) - "
    "https://example.org/a 200 0 15 198.51.100.0,+10.0.0.0\r\n"
)

HEAD = IIS.replace("11:55:36", "11:55:00")


def run(text: str | bytes, policy: str = "w3c") -> tuple[str, dict[int, bytes], dict[str, Any]]:
    """Return output, rejects and report of a stream."""
    chosen = Policy.from_toml(policy) if "=" in policy else Policy.preset(policy)
    pipeline = Pipeline(chosen, keys=keyring())
    rejects: dict[int, bytes] = {}
    lines = pipeline.lines("w3c", reject=rejects.__setitem__)
    data = text.encode() if isinstance(text, str) else text
    return (lines.feed(data) + lines.finish()).decode(), rejects, pipeline.report.as_dict()


def rules(report: dict[str, Any]) -> dict[tuple[str, str], int]:
    """Return the counts of a report by field and rule."""
    return {(entry["field"], entry["rule"]): entry["count"] for entry in report["withheld"]}


def test_a_log_of_iis_leaves_column_by_column() -> None:
    """Directives stay, names and queries go, addresses and agents are reduced, and the rest stays."""
    output, rejects, report = run(IIS + LINE * 3)
    assert output == HEAD + LEFT * 3
    assert not rejects
    assert report["records"]["in"] == 3


def test_fields_may_change_midway() -> None:
    """Each `#Fields` says what the lines behind it are, and one that returns is known again."""
    other = "#Fields: c-ip sc-status\n203.0.113.77 200\n"
    output, rejects, _ = run((IIS + LINE + other) * 3)
    assert output == (HEAD + LEFT + "#Fields: c-ip sc-status\n203.0.113.0 200\n") * 3
    assert not rejects


def test_few_layouts_are_remembered() -> None:
    """However many layouts a stream has, a few of them stay in memory."""
    rewriter = W3cRewriter({}, Pipeline(Policy.preset("w3c")).report, cache=9)
    for number in range(3 * REMEMBERED):
        rewriter.rewrite(f"#Fields: x-{number}\nada\n".encode(), [])
    assert len(rewriter._known) == REMEMBERED


def test_a_layout_that_is_let_go_takes_its_values_along() -> None:
    """What a layout remembers is gone with it, and not when Python comes to collect it."""
    treatments = {"client": Treatment(str.upper)}
    rewriter = W3cRewriter(treatments, Pipeline(Policy.preset("w3c")).report, cache=9)
    rewriter.rewrite(b"#Fields: c-ip\n203.0.113.77\n", [])
    (first,) = rewriter._known.values()
    memos = first._memos[:]
    assert any(memo.kept for memo in memos)
    for number in range(REMEMBERED):
        rewriter.rewrite(f"#Fields: x-{number}\nada\n".encode(), [])
    assert first not in rewriter._known.values()
    assert not any(memo.kept for memo in memos)


@pytest.mark.parametrize(
    ("fields", "line", "left"),
    [
        ("c-ip cs(User-Agent)", '203.0.113.77 "Mozilla/5.0 (X11; Linux) Firefox/138.0"',
         '203.0.113.0 "Firefox/138 (Linux)"'),
        ("c-ip cs(User-Agent)", '203.0.113.77 "x ""quoted"" y"', '203.0.113.0 "__other__"'),
        ("c-ip cs(User-Agent)", '203.0.113.77 "-"', "203.0.113.0 -"),
        ("c-ip cs-username", '203.0.113.77 "ada l"', "203.0.113.0 -"),
        ("c-ip x-account", "203.0.113.77 ada", "203.0.113.0 -"),
        ("cs(X-Account) c-ip", "- ::1", "- ::"),
        ("time c-ip", "13:55:36.1234567 ::1", "13:55:00.0000000 ::"),
        ("cs-uri", "https://ada@example.org/a?b", "https://example.org/a"),
        ("cs-host sc-status", "shop.example:443 200", "shop.example:443 200"),
        ("c-ip\tcs(User-Agent)\tcs-uri-stem", f"::1\t{AGENT.replace('+', '%20')}\t/a",
         "::\tChrome/138%20(Windows)\t/a"),
        ("c-ip cs(User-Agent)", "::1\tMozilla/5.0 (X11; Linux) Firefox/138.0",
         "::\tFirefox/138 (Linux)"),
        ("cs(Referer) c-ip", '"http://example.org/a?b c" ::1', '"http://example.org/a" ::'),
        ("c-ip sc-status", "crm.ada.example 200", "- 200"),
        ("cs-version c-ip", "HTTP ::1", "HTTP ::"),
        # IIS Advanced Logging and Incapsula put anything between quotes.
        ("date time sc-status cs-bytes c-ip", '"2026-05-11" "08:03:40.128" "200" "" "::1"',
         '"2026-05-11" "08:03:00.000" "200" "" "::"'),
    ],
)  # fmt: skip
def test_text_is_found_in_what_it_is_wrapped_in(fields: str, line: str, left: str) -> None:
    """Quotes, pluses, percent signs and tabs are read as their servers mean them, and stay."""
    output, rejects, _ = run(f"#Fields: {fields}\n{line}\n")
    assert (output, rejects) == (f"#Fields: {fields}\n{left}\n", {})


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("203.0.113.77 200 x", "not a line of the w3c format"),
        ("203.0.113.77", "not a line of the w3c format"),
        ("203.0.113.77  200", "not a line of the w3c format"),
        ("203.0.113.77 20x", "not a line of the w3c format"),
        ('"203.0.113.77 200', "not a line of the w3c format"),
        ("203.0.113.77\t\x01", "a control character"),
    ],
)
def test_a_line_that_has_not_its_columns_is_withheld(line: str, rule: str) -> None:
    """A line with other columns than `#Fields` says is withheld by its rule."""
    _, rejects, report = run(f"#Fields: c-ip sc-status\n{line}\n")
    assert [told for _, told in rules(report)] == [rule]
    assert rejects == {2: f"{line}\n".encode()}


@pytest.mark.parametrize(
    ("directive", "left"),
    [
        ("#Version: 1.0", "#Version: 1.0"),
        ("#Software: SGOS 6.5.10.8", "#Software: SGOS 6.5.10.8"),
        ("#Start-Date: 2026-10-10 11:55:36", "#Start-Date: 2026-10-10 11:55:00"),
        ("#Remark: ada was here", "#Remark: -"),
        ("#Software: ada@example.org", None),
        ("#Version: ada", None),
        ("#Date: yesterday", None),
        ("#Date: 2026-13-41 11:55:36", None),
        ("#User: ada", None),
        ("# ada", None),
        ("#", None),
        ("#Fields: ", None),
        ("#Fields: ada@example.org", None),
        ("#Fields: " + "a " * (MOST_COLUMNS + 1), None),
    ],
)
def test_a_directive_leaves_if_it_is_known(directive: str, left: str | None) -> None:
    """Known directives in their shape stay, of a remark nothing is left, and others are withheld."""
    output, rejects, _ = run(f"#Fields: sc-status\n{directive}\n200\n")
    if left is None:
        assert rejects[2] == f"{directive}\n".encode()
        assert len(output.splitlines()) + len(rejects) == 3
        # What cannot be read says nothing of the lines behind it.
        assert (3 in rejects) == directive.startswith("#Fields")
    else:
        assert output == f"#Fields: sc-status\n{left}\n200\n"


def test_the_date_of_a_directive_is_treated_as_those_of_lines() -> None:
    """IIS writes the time of the first request, so that it leaves no finer than the lines."""
    policy = (
        '[record.w3c_request]\nfields.date = { generalize = "1mo" }\n'
        'fields.time = { generalize = "1h" }'
    )
    text = "#Date: 2026-10-10 11:55:36\n#Fields: date time\n2026-10-10 11:55:36.5\n"
    text = text.replace(".5\n", " x\n2026-10-10 11:55:36.5\n")
    output, rejects, _ = run(text, policy)
    assert output == "#Date: 2026-10-01 11:00:00\n#Fields: date time\n2026-10-01 11:00:00\n"
    assert [*rejects] == [3]
    assert run(text, '[record.w3c_request]\nfields.client = "keep"')[0].startswith("#Date: - -\n")


def test_lines_without_fields_before_them_are_withheld() -> None:
    """Where nothing says what the columns are, lines are withheld; blank ones are none."""
    output, rejects, report = run("203.0.113.77 ada\n\n\r\nx")
    assert output == "\n\r\n"
    assert [*rejects] == [1, 4]
    assert rules(report) == {("", "no #Fields before it"): 2}


def test_a_byte_order_mark_is_no_part_of_a_directive() -> None:
    """A file that an editor has marked begins with a directive all the same, and keeps its mark."""
    assert run("\ufeff#Fields: c-ip\n::1\n")[0] == "\ufeff#Fields: c-ip\n::\n"
    assert run("#Fields: c-ip\n\ufeff#Fields: c-ip\n::1\n")[1] != {}


def test_an_empty_result_is_withheld() -> None:
    """A column without quotes cannot be empty: its line, or its field, stays behind."""
    policy = '[record.w3c_request]\nfields.client = { scrub = { action = "remove" } }'
    _, _, report = run("#Fields: c-ip\nada@example.org\n", policy)
    assert rules(report) == {("client", "does not fit the format"): 1}


def test_usual_lines_are_taken_by_the_fast_loop() -> None:
    """The lines of IIS, with their pluses, are read by the expression for usual lines."""
    lines = Pipeline(Policy.preset("w3c")).lines("w3c")
    lines.feed((IIS + LINE).encode())
    rewriter = lines._rewriter  # type: ignore[attr-defined]
    assert isinstance(rewriter, W3cRewriter)
    (layout,) = rewriter._known.values()
    assert isinstance(layout, LayoutRewriter)
    assert len([row for row in layout._find((LINE * 3).encode()) if row and not row[-1]]) == 3


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ([b"#Fields: c-ip sc-status", b"::1 200", b"x"], 2),
        ([b"\xef\xbb\xbf#Fields: c-ip sc-status", b"::1\t200"], 2),
        ([b"::1 200"], 0),
        ([b"#Version: 1.0", b"::1 200"], 0),
        ([b"#Fields: ada@example.org", b"::1 200"], 0),
    ],
)
def test_a_sample_is_told_by_its_fields(lines: list[bytes], count: int) -> None:
    """Lines have the format when a directive before them says their columns."""
    assert fits(lines) == count


def test_the_preset_speaks_of_every_known_column() -> None:
    """Each field that is known by its name has a line in the preset."""
    assert set(COLUMNS) == Policy.preset("w3c").records["w3c_request"].fields.keys()
