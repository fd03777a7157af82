"""Laws of custom log formats: what leaves is what the values say, however a line is laid out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from anonkit import Pipeline, Policy
from anonkit.parse.formats import custom
from anonkit.parse.layout import LayoutRewriter
from customlogs import Cell, Row, layouts, rendered, rows
from strategies import find_secret, keyring
from weblogs import weblog_lines

TWICE = settings(max_examples=2 * settings.default.max_examples)
SECRETS = (
    "grace.hopper@example.org",
    "tok_Q9f8E7d6C5b4A3x2Y1z0",
    "203.0.113.77",
    "2001:db8:1:2:3:4:5:6",
)
odd = st.text(st.sampled_from(' "\\|;-/:?[]<>x1é\t\x00\u2028%'), max_size=8)


def streamed(
    log_format: str, data: bytes, policy: Policy | None = None, step: int = 1 << 20
) -> tuple[bytes, list[tuple[int, bytes]], dict[str, Any]]:
    """Return output, rejects and report of a stream, fed in pieces."""
    pipeline = Pipeline(policy or Policy.preset("weblog"), keys=keyring())
    rejects: list[tuple[int, bytes]] = []
    lines = pipeline.lines(custom(log_format), reject=lambda n, line: rejects.append((n, line)))
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    output = b"".join(map(lines.feed, pieces)) + lines.finish()
    return output, rejects, pipeline.report.as_dict()


@given(rows(), st.sampled_from(["\n", "\r\n", ""]))
@TWICE
def test_a_rendered_row_leaves_as_its_values_do(row: Row, end: str) -> None:
    """Whatever the layout, each value leaves as it would alone, and fixed text stays."""
    output, rejects, _ = streamed(row.log_format, (row.line + end).encode())
    assert output.decode() == row.left + end
    assert not rejects


@given(layouts(), st.data())
@TWICE
def test_the_fast_loop_is_the_careful_way(
    layout: tuple[str, list[Cell]], data: st.DataObject
) -> None:
    """The loop over usual lines gives what the careful way does, for good lines and odd ones."""
    drawn = [rendered(data.draw, *layout).line for _ in range(data.draw(st.integers(1, 4)))]
    lines = []
    for line in drawn:
        at = data.draw(st.integers(0, len(line)))
        lines.append(data.draw(st.sampled_from([line, line[:at] + data.draw(odd) + line[at:]])))
    stream = "\n".join(lines).encode() + data.draw(st.sampled_from([b"", b"\n", b"\r\n"]))
    log_format = layout[0]
    preset = Policy.preset(data.draw(st.sampled_from(["weblog", "weblog-strict"])))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LayoutRewriter, "_ending", lambda *_: None)
        careful = streamed(log_format, stream, preset)
    assert streamed(log_format, stream, preset) == careful
    step = data.draw(st.integers(1, 40))
    assert streamed(log_format, stream, preset, step) == careful


@given(layouts(), st.data())
@TWICE
def test_what_is_kept_stays_byte_for_byte(
    layout: tuple[str, list[Cell]], data: st.DataObject
) -> None:
    """Under a policy that keeps every column, a line leaves as it is or not at all."""
    form = custom(layout[0])
    assert form.columns is not None
    said = "\n".join(f'fields.{name} = "keep"' for name in form.columns)
    policy = Policy.from_toml(f"[record.web_request]\n{said}")
    line = rendered(data.draw, *layout).line
    at = data.draw(st.integers(0, len(line)))
    broken = (line[:at] + data.draw(odd) + line[at:]).encode()
    for given_line in (line.encode(), broken):
        output, rejects, _ = streamed(layout[0], given_line + b"\n", policy)
        assert output in (b"", given_line + b"\n") or "%r" in layout[0] or "$request" in layout[0]
        assert bool(rejects) == (output == b"")


@given(layouts(), st.sampled_from(SECRETS), st.data())
@TWICE
def test_a_secret_in_a_column_that_goes_is_nowhere_to_be_read(
    layout: tuple[str, list[Cell]], secret: str, data: st.DataObject
) -> None:
    """A secret planted where a column is dropped, whole or with marks around, leaves in no form."""
    log_format, cells = layout
    places = [index for index, cell in enumerate(cells) if cell.directive.dropped]
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    mark = data.draw(st.sampled_from(["", '"', '\\"', "\\", " ", "]", "|", "?", "/", "\t"]))
    line = ""
    for index, cell in enumerate(cells):
        value = rendered(data.draw, "", [cell]).line
        if index == place:
            value = f"{cell.before}{mark}{secret}{mark}{cell.after}"
        line += value
    policy = Policy.preset("weblog")
    pipeline = Pipeline(policy)
    lines = pipeline.lines(custom(log_format))
    output = lines.feed(line.encode() + b"\n") + lines.finish()
    for told in (output, str(pipeline.report), pipeline.report.json(), repr(lines)):
        if not (
            secret == "203.0.113.77" and told is output and secret in line.replace(secret, "", 1)
        ):
            assert find_secret(told, secret) is None, (log_format, line)


@given(st.lists(weblog_lines("combined"), max_size=5), st.sampled_from(["weblog", "weblog-strict"]))
@TWICE
def test_a_host_before_a_line_changes_nothing_behind_it(lines: list[bytes], preset: str) -> None:
    """Of a line with host and port before it, the rest leaves as that line does in combined."""
    policy = Policy.preset(preset)
    host = b"shop.example:443 " if preset == "weblog" else b"-:443 "
    left = []
    for form, before in (("combined", b""), ("vhost_combined", b"shop.example:443 ")):
        stream = b"".join(before + line + b"\n" for line in lines if line.strip(b"\r"))
        pipeline = Pipeline(policy, keys=keyring())
        rewriter = pipeline.lines(form)
        left.append((rewriter.feed(stream), pipeline.report.records_withheld))
    plain, hosted = left
    assert hosted[1] == plain[1]
    assert hosted[0] == b"".join(host + line for line in plain[0].splitlines(keepends=True))
