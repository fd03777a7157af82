"""What packs need to know of a policy: the schema of its records, and what their header says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from anonkit.pack import About, Leaf, Listing, Object, Schema
from anonkit.pack.schema import UNTYPED
from anonkit.policy.paths import grow, is_dropped
from anonkit.policy.policy import days

if TYPE_CHECKING:
    from collections.abc import Collection

    from anonkit.pack.schema import Node, Wire
    from anonkit.policy.paths import Tree
    from anonkit.policy.policy import Field, Policy, Record


def schema_of(policy: Policy, purposes: Collection[str] | None = None) -> Schema:
    """Return the schema of the records that a policy lets out for some purposes.

    Raises:
        PackError: No record has a purpose among them.
    """
    return Schema(
        {
            UNTYPED if name == policy.untyped else name: _object(grow(record.fields.items()))
            for name, record in _packed(policy, purposes).items()
        }
    )


def about(
    policy: Policy,
    *,
    created: date,
    period: str | None,
    purposes: Collection[str] | None = None,
) -> About:
    """Return what the header of a pack says of a policy.

    Args:
        policy: What let the records out.
        created: The day the pack is made.
        period: `pipeline.period`.
        purposes: `pipeline.purposes`; some record has one of them.
    """
    kept = _packed(policy, purposes)
    fields = [field for record in kept.values() for field in record.fields.values()]
    retained = map(policy.retention, kept)
    # A pack is deleted as a whole: when the first of its records must be.
    longest = timedelta(days=min(days(span, "retain") for span in retained))
    return About(
        policy=policy.hash,
        techniques=tuple(sorted({s.verb for f in fields if not f.dropped for s in f.stages})),
        period=period,
        created=created,
        expires=created + min(longest, date.max - created),
    )


def _packed(policy: Policy, purposes: Collection[str] | None) -> dict[str, Record]:
    """Return what may leave as records: where every object is one, no other comes."""
    kept = policy.within(purposes)
    return {name: kept[name] for name in kept if name == (policy.untyped or name)}


def _node(place: Tree[Field]) -> Node:
    if place.field is not None:
        return Leaf(_wire(place.field))
    if place.item is not None:
        return Listing(_node(place.item))
    return _object(place)


def _object(place: Tree[Field]) -> Object:
    fields = {name: _node(below) for name, below in place.children.items() if not is_dropped(below)}
    rest = None if place.rest is None else _node(place.rest)
    return Object(fields, rest, "value" if place.names is None else _wire(place.names))


def _wire(field: Field) -> Wire:
    """Return what the last stage of a field makes."""
    kinds = field.inputs_of(field.stages)
    for stage in field.stages:
        kinds = frozenset(stage.gives(kind) for kind in kinds)
    if kinds == {"token"}:
        return "token"
    return "address" if kinds == {"address"} else "value"
