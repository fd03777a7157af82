"""Overlapping finds: who wins, and that nothing found stays behind."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from anonkit.detect import Span
from anonkit.detect.spans import minus, resolve


def _span(start: int, end: int, detector: str = "a", priority: int = 50) -> Span:
    return Span(start, end, detector.upper(), detector, priority)


def test_longer_wins() -> None:
    """Of two overlapping finds the longer one names the text."""
    assert [s.detector for s in resolve([_span(0, 4, "a"), _span(0, 9, "b")])] == ["b"]


def test_priority_decides_between_equals() -> None:
    """Of two finds of one length the one of higher priority wins, then the first name."""
    assert resolve([_span(0, 4, "a", 1), _span(0, 4, "b", 2)])[0].detector == "b"
    assert resolve([_span(0, 4, "b"), _span(0, 4, "a")])[0].detector == "a"


def test_rest_of_a_loser_is_covered() -> None:
    """What a shorter find covers beyond the longer one is still redacted."""
    spans = resolve([_span(0, 6, "a"), _span(4, 8, "b")])
    assert [(s.start, s.end, s.detector) for s in spans] == [(0, 6, "a"), (6, 8, "b")]


def test_neighbours_stay_apart() -> None:
    """Finds that only touch are left as they are."""
    spans = [_span(3, 5), _span(0, 3)]
    assert [(s.start, s.end) for s in resolve(spans)] == [(0, 3), (3, 5)]


SPANS = st.lists(
    st.builds(
        lambda start, length, name, priority: _span(start, start + length, name, priority),
        st.integers(0, 40),
        st.integers(1, 12),
        st.sampled_from("abc"),
        st.integers(1, 3),
    ),
    max_size=12,
)


@given(SPANS, st.randoms(use_true_random=False))
def test_same_characters_no_overlap_any_order(spans: list[Span], random: object) -> None:
    """The result covers exactly what was found, without overlap, in whatever order."""
    shuffled = list(spans)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    result = resolve(list(spans))
    covered = [place for span in result for place in range(span.start, span.end)]
    assert covered == sorted({place for span in spans for place in range(span.start, span.end)})
    assert [(s.start, s.end, s.type) for s in result] == [
        (s.start, s.end, s.type) for s in resolve(shuffled)
    ]


@pytest.mark.parametrize(
    ("zones", "left"),
    [
        ([], [(2, 8)]),
        ([(0, 2), (8, 9)], [(2, 8)]),
        ([(3, 5)], [(2, 3), (5, 8)]),
        ([(0, 9)], []),
        ([(2, 4), (6, 8)], [(4, 6)]),
    ],
)
def test_minus(zones: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
    """Zones are cut out of a stretch, wherever they lie."""
    assert minus(2, 8, zones) == left
