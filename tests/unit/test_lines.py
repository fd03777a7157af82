"""Lines out of a stream: numbers, pieces, limits."""

from __future__ import annotations

import tracemalloc

from anonkit.parse.lines import BLOCK, LONGEST_LINE, Lines
from anonkit.report import Report


class Echo:
    """Lets every line out as it is, and withholds those with an exclamation mark."""

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        lines = data.splitlines(keepends=True)
        out += [line for line in lines if b"!" not in line]
        return len(lines), [(n, line) for n, line in enumerate(lines) if b"!" in line]

    def forget(self) -> None:
        """Nothing is remembered."""


def stream() -> tuple[Lines, list[tuple[int, bytes]], Report]:
    """Return a stream, its rejects and its report."""
    rejects: list[tuple[int, bytes]] = []
    report = Report()
    return Lines(Echo(), report, lambda n, line: rejects.append((n, line))), rejects, report


def test_a_line_leaves_with_its_last_byte() -> None:
    """A line leaves when its newline is there, a last one without at the end."""
    lines, _, _ = stream()
    assert lines.feed(b"a") == b""
    assert lines.feed(b"b\nc") == b"ab\n"
    assert lines.feed(b"") == b""
    assert lines.finish() == b"c"
    assert lines.finish() == b""


def test_withheld_lines_have_numbers_from_one() -> None:
    """Withheld lines come with their numbers over all pieces, newline included."""
    lines, rejects, _ = stream()
    lines.feed(b"a\n!\n\nb")
    lines.feed(b"!\n!c")
    lines.finish()
    assert rejects == [(2, b"!\n"), (4, b"b!\n"), (5, b"!c")]


def test_nobody_needs_to_take_rejects() -> None:
    """Without a place for them, withheld lines are passed over."""
    lines = Lines(Echo(), Report())
    assert lines.feed(b"a\n!\nb\n") + lines.finish() == b"a\nb\n"


def test_a_line_over_the_limit_comes_in_pieces_of_one_number() -> None:
    """A line over the limit is counted once and handed on whole, in pieces; the next has its number."""
    lines, rejects, report = stream()
    long = b"x" * (2 * LONGEST_LINE + 5) + b"\n"
    assert lines.feed(b"a\n" + long + b"b\n!\n") + lines.finish() == b"a\nb\n"
    assert b"".join(line for number, line in rejects if number == 2) == long
    assert rejects[-1] == (4, b"!\n")
    assert report.records_withheld == 1


def test_a_stream_may_end_within_a_line_over_the_limit() -> None:
    """What is left of a line over the limit at the end gives nothing."""
    lines, rejects, report = stream()
    lines.feed(b"x" * (LONGEST_LINE + BLOCK + 1))
    assert lines.finish() == b""
    assert {number for number, _ in rejects} == {1}
    assert report.records_withheld == 1


def test_memory_is_flat_on_a_line_without_end() -> None:
    """A line of 24 MB takes no more memory than a few times the limit."""
    lines, _, _ = stream()
    lines._reject = lambda *_: None
    block = b"x" * BLOCK
    tracemalloc.start()
    for _ in range(24_000_000 // BLOCK):
        lines.feed(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * LONGEST_LINE
