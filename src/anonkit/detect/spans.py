"""Where something was found, and what becomes of overlapping finds.

Of two finds that overlap the longer wins, then the one of higher priority, then the earlier, then
the name that sorts first: the order is total, so the result never depends on the order of the
table. What the loser covers beyond the winner is redacted as well: nothing that any detector
found stays behind.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence


class Span(msgspec.Struct, frozen=True, gc=False):
    """A part of a text, and what it was taken for. It holds positions, never the value.

    Args:
        start: The index of its first character.
        end: The index after its last character.
        type: What it is: `EMAIL`.
        detector: The name of the detector that found it.
        priority: Which of two equally long spans wins.
    """

    start: int
    end: int
    type: str
    detector: str
    priority: int = 50


def resolve(spans: list[Span]) -> list[Span]:
    """Return spans that cover the same characters, do not overlap, and stand in text order."""
    if len(spans) < 2:  # noqa: PLR2004 - one span cannot overlap
        return spans
    spans.sort(key=_START)
    at = 0
    for span in spans:
        if span.start < at:
            break
        at = span.end
    else:
        return spans
    kept: list[Span] = []
    cluster: list[Span] = []
    reach = 0
    for span in spans:
        if cluster and span.start >= reach:
            kept += _settle(cluster)
            cluster = []
        cluster.append(span)
        reach = max(reach, span.end) if len(cluster) > 1 else span.end
    return kept + _settle(cluster)


_START: Final = attrgetter("start")


def _rank(span: Span) -> tuple[int, int, int, str]:
    return (span.start - span.end, -span.priority, span.start, span.detector)


def _settle(cluster: list[Span]) -> list[Span]:
    """Give every character of a connected cluster to the best span that covers it.

    Each span is painted over the worse ones, so the time is that of the spans' total length.
    """
    if len(cluster) == 1:
        return cluster
    origin = cluster[0].start
    owners = [0] * (max(span.end for span in cluster) - origin)
    ranked = sorted(cluster, key=_rank, reverse=True)
    for index, span in enumerate(ranked):
        owners[span.start - origin : span.end - origin] = [index] * (span.end - span.start)
    settled: list[Span] = []
    at = origin
    for index, run in groupby(owners):
        to = at + len(list(run))
        settled.append(msgspec.structs.replace(ranked[index], start=at, end=to))
        at = to
    return settled


def minus(start: int, end: int, zones: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what is left of a stretch once the zones, in text order, are cut out of it."""
    pieces: list[tuple[int, int]] = []
    # Looking through all zones for each span would take squared time.
    for at in range(bisect_right(zones, start, key=_end), len(zones)):
        low, high = zones[at]
        if low >= end:
            break
        if start < low:
            pieces.append((start, low))
        start = high
    if start < end:
        pieces.append((start, end))
    return pieces


def _end(zone: tuple[int, int]) -> int:
    return zone[1]
