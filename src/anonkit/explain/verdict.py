"""The audit as a page, with what to change in the policy."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from anonkit.explain.groups import BOUNDS
from anonkit.explain.observe import MOST_DISTINCT
from anonkit.explain.page import Bars, Block, Heading, Items, Paragraph, Table
from anonkit.explain.sentences import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonkit.explain.audit import Flaw, Result
    from anonkit.explain.observe import Observed
    from anonkit.explain.wording import Wording


def verdict(result: Result, name: str, words: Wording) -> list[Block]:
    """Return what an audit found, as a page.

    Args:
        result: What it found.
        name: What the file is called.
        words: The language.
    """
    said = [words.frame("audit", "records", count=words.number(result.records))]
    if result.unread:
        said.append(words.frame("audit", "unread", count=words.number(result.unread)))
    if result.beyond:
        said.append(
            words.frame(
                "audit",
                "beyond",
                count=words.number(result.beyond),
                names=words.number(len(result.fields)),
            )
        )
    return [
        Heading(words.frame("audit", "title", name=name), 1),
        Paragraph(words.frame("audit", "lead")),
        Items([*said, words.frame("audit", "careful")]),
        *_flaws(result, words),
        *_groups(result, words),
        *_spans(result, words),
        *_crossings(result, words),
        *_fields(result, words),
    ]


def _what(flaw: Flaw, words: Wording) -> str:
    said = words.frame("flaw", flaw.name)
    return f"{said}: {flaw.detail}" if flaw.detail else said


def _flaws(result: Result, words: Wording) -> Iterator[Block]:
    yield Heading(words.frame("audit", "flaws"))
    if not result.flaws:
        yield Paragraph(words.frame("audit", "no_flaws"))
        return
    keys = ("flaw_head", "field_head", "share_head", "advice_head")
    rows = [
        (_what(flaw, words), flaw.field, words.share(flaw.share), words.frame("advice", flaw.name))
        for flaw in result.flaws
    ]
    head = [words.frame("audit", key) for key in keys]
    yield Table(head, rows, words.frame("audit", "flaw_caption"), advises=True)


def _groups(result: Result, words: Wording) -> Iterator[Block]:
    yield Heading(words.frame("audit", "groups"))
    if not result.quasi:
        yield Paragraph(words.frame("audit", "no_quasi"))
        return
    groups = result.groups
    said = [
        words.frame("audit", "quasi", fields=", ".join(result.quasi)),
        words.frame("audit", "k", k=groups.k),
        words.frame("audit", "alone", share=words.share(groups.alone)),
    ]
    if not groups.exact:
        said.append(words.frame("audit", "sampled"))
    yield Items(said)
    labels = [_sizes(low, high, words) for low, high in pairwise((*BOUNDS, 0))]
    counts = [count for _, count in groups.sizes()]
    rows = [
        (label, count, words.number(count)) for label, count in zip(labels, counts, strict=True)
    ]
    yield Bars(rows, words.frame("audit", "sizes"))


def _sizes(low: int, high: int, words: Wording) -> str:
    if high == low + 1:
        return words.frame("audit", "size_one")
    if not high:
        return words.frame("audit", "size_more", low=low)
    return words.frame("audit", "size", low=low, high=high - 1)


def _spans(result: Result, words: Wording) -> Iterator[Block]:
    yield Heading(words.frame("audit", "spans"))
    if result.spans:
        yield Items(
            [
                words.frame("audit", "span", field=path, days=span(f"{time.days + 1}d", words))
                for path, time in result.spans.items()
            ]
        )
    else:
        yield Paragraph(words.frame("audit", "no_spans"))


def _crossings(result: Result, words: Wording) -> Iterator[Block]:
    yield Heading(words.frame("audit", "crossings"))
    if result.files == 1:
        yield Paragraph(words.frame("audit", "one_file"))
    elif not result.crossings:
        yield Paragraph(words.frame("audit", "no_crossings"))
    else:
        yield Paragraph(words.frame("audit", "files", count=words.number(result.files)))
        yield Items(
            [
                words.frame(
                    "audit",
                    "crossing" if tokens.share else "crossing_none",
                    field=path,
                    share=words.share(tokens.share),
                    count=words.number(tokens.count),
                )
                for path, tokens in result.crossings.items()
            ]
        )


def _distinct(seen: Observed, words: Wording) -> str:
    """Return how many values differ, as far as they were remembered."""
    count = words.number(seen.distinct)
    if not seen.whole or seen.distinct == MOST_DISTINCT:
        return words.frame("audit", "many", count=count)
    return f"{count} ({words.share(seen.share)})"


def _fields(result: Result, words: Wording) -> Iterator[Block]:
    yield Heading(words.frame("audit", "fields"))
    head = [words.frame("audit", key) for key in ("field_head", "seen_head", "distinct_head")]
    rows = [
        (path, words.frame("kind", seen.kind), _distinct(seen, words))
        for path, seen in result.fields.items()
    ]
    yield Table(head, rows, words.frame("audit", "fields_caption"))
