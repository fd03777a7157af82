"""The preview: a sample before and after, field by field, and the very bytes that would leave.

The sample goes through the same stream as a run; nothing is imitated, so nothing can differ.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from anonkit.errors import PolicyError, printable
from anonkit.explain.fields import class_reader, reader
from anonkit.explain.page import Block, Heading, Items, Paragraph, Raw, Table
from anonkit.parse import formats
from anonkit.policy.paths import ITEM, grow, special, split_path
from anonkit.policy.walk import TYPE_FIELD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from anonkit.explain.fields import Fields
    from anonkit.explain.wording import Wording
    from anonkit.parse.formats import Format
    from anonkit.pipeline import Pipeline
    from anonkit.policy.paths import Tree
    from anonkit.policy.policy import Field, Policy
    from anonkit.report import Report


class Change(NamedTuple):
    """What becomes of one field.

    Args:
        path: The field.
        before: Its value.
        after: What leaves of it; None when nothing does.
        verbs: The stages it goes through; empty for a field that the policy does not name.
    """

    path: str
    before: str
    after: str | None
    verbs: tuple[str, ...]


class Shown(NamedTuple):
    """One line of the sample.

    Args:
        number: Its number, from 1.
        before: Its bytes, in UTF-8.
        after: The bytes that leave once it is read, in UTF-8; empty when it is withheld.
        size: How many bytes a run writes for it, in the encoding of the source.
        rules: Why it, or a part of it, was withheld: places and rules, never values.
        changes: Its fields, in order.
    """

    number: int
    before: bytes
    after: bytes
    size: int
    rules: tuple[str, ...]
    changes: tuple[Change, ...]


def preview(
    pipeline: Pipeline,
    form: str | Format,
    lines: Iterable[bytes],
    *,
    encode: Callable[[bytes], bytes] = bytes,
) -> list[Shown]:
    """Return what a pipeline makes of lines, one after the other.

    All `after` put together are the bytes that the same pipeline writes for the same lines.

    Args:
        pipeline: The pipeline; it counts the lines in its report like any others.
        form: Their format, or its name.
        lines: Whole lines with their ends, in UTF-8.
        encode: What writes a line as the source is written; without, that is UTF-8.
    """
    form = formats.find(form) if isinstance(form, str) else form
    form = form.under(pipeline.policy.records)
    stream = pipeline.lines(form)
    read_before, read_after, read_classes = reader(form), reader(form), class_reader(form)
    sample = list(lines)
    shown: list[Shown] = []
    refused = _refused(pipeline.report)
    for number, line in enumerate(sample, 1):
        after = stream.feed(line)
        if number == len(sample):
            after += stream.finish()  # what is held back until the end is known
        so_far, refused = refused, _refused(pipeline.report)
        fields = read_before(line), read_after(after) if after else []
        classes = {value: name for name, value in read_classes(line)}
        changes = _changes(*fields, classes, pipeline.policy, form)
        rules = tuple(refused - so_far)
        shown.append(Shown(number, line, after, len(encode(after)), rules, changes))
    return shown


def page(shown: Sequence[Shown], policy: Policy, words: Wording) -> list[Block]:
    """Return a preview as a page: a section per line."""
    blocks: list[Block] = [
        Heading(words.frame("preview", "title", name=words.policy_name(policy.name)), 1),
        Paragraph(words.frame("preview", "lead")),
        Items(
            [
                words.frame("preview", "careful"),
                words.frame("preview", "marked"),
                words.frame("preview", "fingerprint", hash=policy.hash),
            ]
        ),
    ]
    for line in shown:
        blocks += _section(line, words)
    return blocks


def pieces(text: str, values: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Cut a line into pieces: each value in turn with its mark, and what stands between.

    A value that does not stand in the line as it is, because the line writes it otherwise, has no
    mark.
    """
    found: list[tuple[str, str]] = []
    position = 0
    for value, mark in values:
        at = text.find(value, position) if value else -1
        if at >= 0:
            found += [(text[position:at], ""), (value, mark)]
            position = at + len(value)
    return [piece for piece in (*found, (text[position:], "")) if piece[0]]


def marked(line: Shown) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return a line before and after in pieces, each changed value marked by its last stage."""
    changed = [change for change in line.changes if change.before != change.after]
    return (
        pieces(_text(line.before), [(change.before, _mark(change)) for change in changed]),
        pieces(_text(line.after), [(change.after or "", _mark(change)) for change in changed]),
    )


def _refused(report: Report) -> Counter[str]:
    """Return why records and fields were withheld so far: places and rules, with their counts."""
    counts = report.as_dict()
    refused: Counter[str] = Counter()
    for entry in (*counts["withheld"], *counts["omitted_fields"]):
        place = ".".join(filter(None, (entry["record"], entry["field"])))
        refused[": ".join(filter(None, (place, entry["rule"])))] += entry["count"]
    return refused


def _mark(change: Change) -> str:
    return change.verbs[-1] if change.verbs else "drop"


def _text(line: bytes) -> str:
    return line.decode(errors="backslashreplace").rstrip("\r\n")


def _changes(
    before: Fields, after: Fields, classes: dict[str, str], policy: Policy, form: Format
) -> tuple[Change, ...]:
    """Return the fields of a line with what is left of each."""
    record = policy.records.get(form.record or dict(before).get(TYPE_FIELD, ""))
    said = grow(record.fields.items()) if record is not None else None
    left: dict[str, list[str]] = {}
    for path, value in after:
        left.setdefault(path, []).append(value)
    changes = []
    for path, value in before:
        field = _field(said, classes.get(value, path))
        verbs = () if field is None else tuple(stage.verb for stage in field.stages)
        if record is not None and path == TYPE_FIELD and not form.record:
            verbs = ("keep",)  # the record type always leaves
        rest = left.get(path)
        changes.append(Change(path, value, rest.pop(0) if rest else None, verbs))
    return tuple(changes)


def _field(place: Tree[Field] | None, path: str) -> Field | None:
    """Return what is said of a value, by its own path, with all it is a part of, or by a `*`."""
    try:
        steps = split_path(path)
    except PolicyError:  # deeper than any policy speaks, or a column without a name
        return None
    for step in steps:
        if place is None or place.field is not None:
            break
        is_item = special(step) == ITEM
        place = place.item if is_item else place.children.get(step, place.rest)
    return None if place is None else place.field


def _section(line: Shown, words: Wording) -> list[Block]:
    before, after = marked(line)
    blocks: list[Block] = [
        Heading(words.frame("preview", "line", number=line.number)),
        Raw([before], words.frame("preview", "before")),
    ]
    if line.after:
        blocks.append(Raw([after], words.frame("preview", "after", size=words.number(line.size))))
    blocks += [
        Paragraph(words.frame("preview", "withheld", rule=words.rule(rule))) for rule in line.rules
    ]
    if line.changes:
        head = [words.frame("preview", key) for key in ("field", "value", "stage", "left")]
        rows = [
            (
                printable(change.path),
                printable(change.before),
                " → ".join(change.verbs) or words.frame("preview", "undeclared"),
                words.frame("preview", "nothing")
                if change.after is None
                else printable(change.after),
            )
            for change in line.changes
        ]
        blocks.append(Table(head, rows, words.frame("preview", "caption", number=line.number)))
    return blocks
