"""Struct types for JSON: decoding skips in C what the policy does not name.

A typed decode costs 0.63 of an untyped one, and default-deny comes with it. The strict decoder also
refuses undeclared fields, so that a stream without any pays nothing for counting them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Union

import msgspec
from msgspec import UNSET, Raw, UnsetType

from anonkit.parse.formats import OBJECT
from anonkit.policy.codegen import Learned, decoded_name, learned_name
from anonkit.policy.paths import is_dropped, stays_behind
from anonkit.policy.walk import TYPE_FIELD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anonkit.policy.paths import Tree
    from anonkit.policy.plan import Leaf, RecordPlan

BRACE, BRACKET = b"{["
_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_LIST = msgspec.json.Decoder(list[Raw])

# msgspec renames to nothing that JSON would have to escape.
_PLAIN_KEY = re.compile(r'[^"\\\x00-\x1f]+')


class _Nothing(msgspec.Struct, tag="\x00", tag_field=TYPE_FIELD):
    """A record type that never comes: with it, even a single other one must say its type."""


def struct_types(plans: Mapping[str, RecordPlan], *, strict: bool) -> dict[str, type]:
    """Return the struct type of each record type; the strict one refuses undeclared fields.

    A record type that a struct cannot hold has none, and its JSON goes the slow way.
    """
    return {
        name: _struct(plan, plan.tree, {}, strict=strict, tag=_tag(plan))
        for name, plan in plans.items()
        if all(map(_PLAIN_KEY.fullmatch, _names(plan.tree)))
        and not (plan.typed and TYPE_FIELD in plan.tree.children)
    }


def struct_type(plan: RecordPlan, learned: Learned) -> type | None:
    """Return the strict struct type of one record type that has some undeclared fields too.

    Each of those is there as raw JSON, so that it costs nothing to see whether it came. None says
    that a struct cannot hold one of the names.
    """
    if not all(_PLAIN_KEY.fullmatch(name) for names in learned.values() for name in names):
        return None
    return _struct(plan, plan.tree, learned, strict=True, tag=_tag(plan))


def _tag(plan: RecordPlan) -> str | None:
    return plan.name if plan.typed else None


def _names(place: Tree[Leaf]) -> Iterator[str]:
    """Yield the names of all parts of a place, at any depth."""
    for part in place.walk():
        yield from part.children


def decoder(types: Mapping[str, type]) -> msgspec.json.Decoder[Any]:
    """Return the decoder from JSON bytes to one of the struct types, told by the record's type.

    Where records say none, there is one struct type.
    """
    if OBJECT in types:
        return msgspec.json.Decoder(types[OBJECT])
    return msgspec.json.Decoder(Union[(_Nothing, *types.values())])


def raw_members(record: bytes | bytearray | memoryview | str) -> dict[str, Raw]:
    """Return the members of a JSON object, their values left undecoded.

    Raises:
        msgspec.MsgspecError, ValueError, RecursionError: It is no JSON object.
    """
    return _OBJECT.decode(record)


def loose(place: Tree[Leaf], members: dict[str, Raw]) -> dict[str, Any]:
    """Decode the members of an object that the policy reads, at any depth, and leave the others.

    What is dropped or undeclared is skipped by the typed decoders, so it must not be read here
    either: a number out of range there would withhold a record or not, as the way happens to be.

    Raises:
        msgspec.MsgspecError, ValueError, RecursionError: A value that is read is not JSON.
    """
    return {
        name: _loose_value(place.children.get(name, place.rest), value)
        for name, value in members.items()
    }


def _loose_value(place: Tree[Leaf] | None, value: Raw) -> Any:
    if place is None or is_dropped(place):
        return value
    if place.item is not None and memoryview(value)[0] == BRACKET:
        return [_loose_value(place.item, item) for item in _LIST.decode(value)]
    if place.is_object and memoryview(value)[0] == BRACE:
        return loose(place, _OBJECT.decode(value))
    return msgspec.json.decode(value)


def _struct(
    plan: RecordPlan,
    place: Tree[Leaf],
    learned: Learned,
    *,
    strict: bool,
    tag: str | None = None,
) -> type:
    fields: list[tuple[str, Any, Any]] = []
    rename: dict[str, str] = {}
    for index, (name, below) in enumerate(place.children.items()):
        attribute = decoded_name(index)
        rename[attribute] = str(name)
        if is_dropped(below):
            if strict:
                fields.append((attribute, Raw, UNSET))
            continue
        slot = plan.slot(below.path)
        kind = _type(plan, below, learned, strict=strict)
        kind = kind | None if slot.nullable else kind
        if slot.required:
            fields.append((attribute, kind, msgspec.NODEFAULT))
        else:
            fields.append((attribute, kind | UnsetType, UNSET))
    for index, name in enumerate(learned.get(place.path, ())):
        rename[learned_name(index)] = name
        fields.append((learned_name(index), Raw, UNSET))
    return msgspec.defstruct(
        "Decoded",
        fields,
        kw_only=True,
        rename=rename,
        tag=tag,
        tag_field=TYPE_FIELD if tag else None,
        forbid_unknown_fields=strict,
        gc=False,
    )


def _type(plan: RecordPlan, place: Tree[Leaf], learned: Learned, *, strict: bool) -> Any:
    if place.field is not None:
        return place.field.json_type
    if place.item is not None:
        item = _type(plan, place.item, learned, strict=strict)
        nullable = plan.slot(place.item.path).nullable
        return list.__class_getitem__(item | None if nullable else item)
    if place.rest is None:
        return _struct(plan, place, learned, strict=strict)
    if place.children or stays_behind(place):
        return dict[str, Any]
    part = _type(plan, place.rest, learned, strict=strict)
    nullable = plan.slot(place.rest.path).nullable
    return dict.__class_getitem__((str, part | None if nullable else part))
