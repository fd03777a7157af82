"""The plan run readably: field by field, one exception at a time.

This is the reference. The generated functions must give the same, byte for byte, and hand every
record over to this one that is not plainly in order; here each withheld value finds its place and
its rule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from anonkit.errors import Withheld
from anonkit.policy.paths import is_dropped, stays_behind
from anonkit.records.agreed import NOT_AGREED
from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anonkit.policy.paths import Tree
    from anonkit.policy.plan import Leaf, RecordPlan
    from anonkit.records.agreed import Agreed

TYPE_FIELD = "type"
# A name in a `*` object that no policy line treats: short and plain, or it stays behind.
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,31}")
# The rule for what a form of output cannot say: half a surrogate pair, an integer over 64 bits.
UNWRITTEN = "cannot be written"


class Refused(Withheld):
    """A value that takes its whole record along.

    Args:
        path: The field.
        rule: The rule that withholds it.
    """

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(rule)
        self.path = path


class Walk:
    """One record on its way through its plan.

    Args:
        plan: The leaves.
        packed: Give positional lists with raw bytes instead of dicts with text.
        encode: What writes the record; a value that it cannot write is withheld in its place.

    Attributes:
        omitted: Fields left out because a value was refused, by place and rule.
        undeclared: How many fields no policy line names.
    """

    __slots__ = ("_encode", "_missing", "_packed", "_plan", "omitted", "undeclared")

    def __init__(
        self, plan: RecordPlan, *, packed: bool, encode: Callable[[Any], Any] | None = None
    ) -> None:
        self._plan = plan
        self._packed = packed
        self._encode = encode
        self._missing: frozenset[Agreed] = frozenset()
        self.omitted: list[Place] = []
        self.undeclared = 0

    def run(self, record: Any) -> Any:
        """Return what may leave of a record: a dict, or a list when packed.

        Args:
            record: A dict or a struct.

        Raises:
            Refused: The record may not leave.
        """
        self._missing = self._not_agreed(record)
        out = self._object(self._plan.tree, record, root=self._plan.typed)
        if not self._plan.typed:
            return out
        if self._packed:
            return [self._plan.name, *out]
        return {TYPE_FIELD: self._plan.name, **out}

    def _not_agreed(self, record: Any) -> frozenset[Agreed]:
        """Return the consents that a record should tell of, and does not."""
        if not self._plan.conditions:
            return frozenset()
        members = _members(record) or {}
        missing = frozenset(asked for asked in self._plan.conditions if not asked.by(members))
        if self._plan.agreed in missing:
            raise Refused("", NOT_AGREED)
        return missing

    def _kept_back(self, leaf: Leaf) -> bool:
        """Return whether a field stays behind, by the policy or for want of consent."""
        return leaf.dropped or leaf.field.agreed in self._missing

    def _value(self, place: Tree[Leaf], value: Any) -> Any:
        """Return what may leave of a value, or UNSET for nothing."""
        if is_dropped(place, self._kept_back):
            if value is not UNSET and value is not None and not is_dropped(place):
                self.omitted.append(Place(self._plan.name, place.path, NOT_AGREED))
            return UNSET
        slot = self._plan.slot(place.path)
        if value is UNSET:
            if slot.required:
                raise Refused(place.path, "missing")
            return UNSET
        if value is None and slot.nullable:
            return None
        if place.field is not None:
            return self._leaf(place.field, value)
        if place.item is not None:
            if not isinstance(value, list | tuple | set | frozenset):
                raise Refused(place.path, "not a list")
            items = (self._value(place.item, item) for item in value)
            return [item for item in items if item is not UNSET]
        return self._object(place, value)

    def _leaf(self, leaf: Leaf, value: Any) -> Any:
        try:
            value = leaf.convert(value)
            for step in leaf.packed_steps if self._packed else leaf.steps:
                value = step(value)
            rule = self._unwritten(value)
        except Withheld as error:
            rule = error.rule
        except Exception:  # noqa: BLE001 - a stage at fault withholds like one that refuses
            rule = "cannot be treated"
        if not rule:
            return value
        if leaf.field.withhold == "record":
            raise Refused(leaf.path, rule)
        self.omitted.append(Place(self._plan.name, leaf.path, rule))
        return UNSET

    def _unwritten(self, value: Any) -> str:
        """Return why a value cannot be written, where that is asked, or nothing."""
        try:
            if self._encode is not None:
                self._encode(value)
        except Exception:  # noqa: BLE001 - its message may quote the value
            return UNWRITTEN
        return ""

    def _object(self, place: Tree[Leaf], value: Any, *, root: bool = False) -> Any:
        members = _members(value)
        if members is None:
            raise Refused(place.path, "not an object")
        named = {
            name: self._value(below, members.get(name, UNSET))
            for name, below in place.children.items()
        }
        others = [
            name for name in members if name not in named and not (root and name == TYPE_FIELD)
        ]
        rest: dict[Any, Any] = {}
        if place.rest is None:
            self.undeclared += len(others)
        elif not stays_behind(place, self._kept_back):
            rest = self._rest(place, place.rest, {name: members[name] for name in others})
        if not self._packed:
            return {name: part for name, part in (named | rest).items() if part is not UNSET}
        row = [
            None if part is UNSET else part
            for name, part in named.items()
            if not is_dropped(place.children[name])
        ]
        return [*row, rest] if place.rest is not None else row

    def _rest(
        self, place: Tree[Leaf], below: Tree[Leaf], members: dict[Any, Any]
    ) -> dict[Any, Any]:
        """Return the parts that `*` speaks for, under the names that may leave."""
        rest: dict[Any, Any] = {}
        for name, value in members.items():
            treated = self._name(place, name)
            part = UNSET if treated is UNSET else self._value(below, value)
            if part is not UNSET:
                rest[treated] = part
        return rest

    def _name(self, place: Tree[Leaf], name: Any) -> Any:
        if place.names is not None:
            return self._leaf(place.names, name)
        if name.__class__ is str and PLAIN_NAME.fullmatch(name):
            return name
        path = f"{place.path}.*~".lstrip(".")
        self.omitted.append(Place(self._plan.name, path, "not a plain name"))
        return UNSET


def _members(value: Any) -> dict[str, Any] | None:
    if isinstance(value, dict):
        return value
    if isinstance(value, msgspec.Struct):
        return {
            field.encode_name: getattr(value, field.name) for field in msgspec.structs.fields(value)
        }
    return None


def undeclared_names(
    place: Tree[Leaf], value: Any, *, root: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield the path of its object and the name of each field that the policy does not name."""
    if is_dropped(place):
        return
    if place.item is not None and isinstance(value, list):
        for item in value:
            yield from undeclared_names(place.item, item)
    if not place.is_object or not isinstance(value, dict):
        return
    for name, part in value.items():
        below = place.children.get(name, place.rest)
        if below is not None:
            yield from undeclared_names(below, part)
        elif not (root and name == TYPE_FIELD):
            yield place.path, str(name)
