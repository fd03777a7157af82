"""What changes when one policy takes the place of another: what newly leaves, and what no longer.

Compared field by field, by what leaves; words for people (reasons, names, owners) are no change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonkit.policy.policy import Field, Policy
    from anonkit.records.agreed import Agreed
    from anonkit.stages.stage import Stage

Change = Literal["newly leaves", "no longer leaves", "leaves otherwise", "promised otherwise"]


class Difference(NamedTuple):
    """One change.

    Args:
        path: Where: `record.login.fields.ip`, `period`.
        change: What kind of change.
        old: What the old policy says there; empty where it says nothing.
        new: What the new policy says there; empty where it says nothing.
    """

    path: str
    change: Change
    old: str
    new: str


def differences(old: Policy, new: Policy) -> list[Difference]:
    """Return what changes, by path, in the order of the new policy and then of the old one."""
    found = [*_promises(old, new)]
    for name in dict.fromkeys((*new.records, *old.records)):
        before = old.records[name].fields if name in old.records else {}
        after = new.records[name].fields if name in new.records else {}
        if not before:
            found.append(Difference(f"record.{name}", "newly leaves", "", "the record type"))
        if not after:
            found.append(Difference(f"record.{name}", "no longer leaves", "the record type", ""))
        for path in dict.fromkeys((*after, *before)):
            place = f"record.{name}.fields.{path}"
            found += _field(place, before.get(path), after.get(path))
    return found


def _promises(old: Policy, new: Policy) -> Iterator[Difference]:
    """Yield changes of what is promised beside the fields: linking, deletion, purposes."""
    said = [
        ("period", old.period, new.period),
        ("retain", old.retention(), new.retention()),
    ]
    for name in [name for name in new.records if name in old.records]:
        was, becomes = old.records[name], new.records[name]
        said.append((f"record.{name}.purpose", was.purpose, becomes.purpose))
        said.append((f"record.{name}.agreed", _consent(was.agreed), _consent(becomes.agreed)))
        if was.retain or becomes.retain:
            path = f"record.{name}.retain"
            said.append((path, old.retention(name), new.retention(name)))
    for path, before, after in said:
        if before != after:
            yield Difference(path, "promised otherwise", before, after)


def _field(place: str, old: Field | None, new: Field | None) -> Iterator[Difference]:
    before, after = _leaving(old), _leaving(new)
    if before != after:
        change: Change = "leaves otherwise" if before and after else "newly leaves"
        change = change if after else "no longer leaves"
        yield Difference(place, change, _said(before), _said(after))
    if old is not None and new is not None and before and after:
        yield from _promised(place, old, new)


def _promised(place: str, old: Field, new: Field) -> Iterator[Difference]:
    """Yield what is promised otherwise of a field that leaves."""
    said = {
        "purpose": (old.purpose or "", new.purpose or ""),
        "agreed": (_consent(old.agreed), _consent(new.agreed)),
    }
    for word, (before, after) in said.items():
        if before != after:
            yield Difference(f"{place}.{word}", "promised otherwise", before, after)


def _consent(agreed: Agreed | None) -> str:
    return "" if agreed is None else " until ".join(agreed.fields)


def _leaving(field: Field | None) -> tuple[Stage, ...]:
    return () if field is None or field.dropped else field.stages


def _said(stages: tuple[Stage, ...]) -> str:
    return " → ".join(map(_stage, stages))


def _stage(stage: Stage) -> str:
    """Return a stage as a call with what it is told: `truncate(v4=24, v6=48)`."""
    options = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in msgspec.structs.asdict(stage).items()
        if value not in (None, (), False)
    }
    said = ", ".join(f"{name}={value}" for name, value in options.items())
    return f"{stage.verb}({said})" if said else stage.verb
