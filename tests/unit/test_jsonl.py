"""NDJSON, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anonkit.errors import FormatError
from anonkit.parse.jsonl import JsonlRewriter, refuse_document

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_each_line_is_converted_and_its_end_stays() -> None:
    """Records leave one a line; blank lines and a missing last newline stay; None is withheld."""
    given: list[bytes] = []

    def convert(line: bytes) -> bytes | None:
        given.append(line)
        return None if b"!" in line else line.upper().strip()

    rewriter = JsonlRewriter(convert, lambda _: None)
    out: list[bytes] = []
    count, withheld = rewriter.rewrite(b"a\n\nb!\r\n\r\nc\r\n!", out)
    assert count == 6
    assert withheld == [(2, b"b!\r\n"), (5, b"!")]
    assert b"".join(out) == b"A\n\n\r\nC\n"
    assert given == [b"a", b"b!\r", b"c\r", b"!"]
    out.clear()
    assert rewriter.rewrite(b"a\nb", out) == (2, [])
    assert b"".join(out) == b"A\nB"
    assert rewriter.rewrite(b"", []) == (0, [])
    rewriter.forget()


def test_lines_in_order_are_converted_together() -> None:
    """So many lines are tried at once; those among which one is not in order go one by one."""
    tried: list[list[bytes]] = []

    def together(lines: Sequence[bytes]) -> bytes | None:
        tried.append(list(lines))
        return None if b"!" in lines else b"".join(line.upper() + b"\n" for line in lines)

    rewriter = JsonlRewriter(lambda line: None if line == b"!" else line, together)
    out: list[bytes] = []
    lines = [b"a"] * 32 + [b"b", b"!"]
    count, withheld = rewriter.rewrite(b"\n".join(lines) + b"\nc", out)
    assert count == 35
    assert withheld == [(33, b"!\n")]
    assert b"".join(out) == b"A\n" * 32 + b"b\nc"
    assert tried == [[b"a"] * 32, [b"b", b"!"]]


def test_json_over_several_lines_is_refused_with_a_hint() -> None:
    """One object over many lines is no log of objects: the message says how to make it one."""
    with pytest.raises(FormatError, match="is JSON over several lines") as refused:
        refuse_document(b'{\n  "a": 1\n}\n')
    assert refused.value.hint == "jq -c . FILE | ..."
