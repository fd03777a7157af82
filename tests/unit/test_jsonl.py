"""NDJSON, line by line."""

from __future__ import annotations

from anonkit.parse.jsonl import JsonlRewriter


def test_each_line_is_converted_and_its_end_stays() -> None:
    """Records leave one a line; blank lines and a missing last newline stay; None is withheld."""
    given: list[bytes] = []

    def convert(line: bytes) -> bytes | None:
        given.append(line)
        return None if b"!" in line else line.upper().strip()

    rewriter = JsonlRewriter(convert)
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
