"""The plan: a policy bound to the key of one period and one tenant.

Each field becomes a `Leaf`: what it accepts, and the functions of its stages. `walk.py` runs leaves
one by one, readably; `codegen.py` writes the same as one function per record type.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, Union

import msgspec

from anonkit.errors import PolicyError, Withheld
from anonkit.policy.paths import Tree, grow
from anonkit.policy.policy import UNTYPED
from anonkit.records.event import Slot
from anonkit.stages.keep import SCALARS, Keep

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from anonkit.detect.known import Known
    from anonkit.keys.derive import Label
    from anonkit.keys.keyring import PeriodKey
    from anonkit.policy.policy import Field, Policy
    from anonkit.records.agreed import Agreed
    from anonkit.stages.stage import Inline, Step

# The classes of a raw value that need no conversion, by its kind.
_CLASSES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (float, timedelta),
    "boolean": (bool,),
    "time": (datetime, date),
}
# What JSON can hold for it.
_JSON_TYPES: dict[str, type] = {
    "text": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "time": datetime,
}
# What is said of a place without a record class: it may be missing, and None.
FREE = Slot(nullable=True, required=False)
# Longer texts are rare and would let a cache of 4,096 entries grow past a few megabytes.
LONGEST_CACHED = 256


class Memo:
    """Remembers what a pure function gave, up to a number of values, and then no more.

    It holds raw values, so it lives in the plan and dies with its key. It freezes when full: a
    cache that keeps inserting costs more than none when values rarely return (1.6
    against 1.2 times the uncached cost, in the trials before the design).

    Attributes:
        kept: What it remembers.
        miss: Works a value out that is not there, and keeps it while there is room.
    """

    __slots__ = ("kept", "miss")

    def __init__(self, call: Step, limit: int) -> None:
        kept: dict[Any, Any] = {}
        room = limit > 0

        def miss(value: Any) -> Any:  # a function of its own: a method costs 5 % of an event more
            nonlocal room
            result = call(value)
            if room and (value.__class__ is not str or len(value) <= LONGEST_CACHED):
                kept[value] = result
                room = len(kept) < limit
            return result

        self.kept = kept
        self.miss = miss


class Leaf:
    """One field of a plan.

    Attributes:
        path: Where it is; for messages and the report.
        field: What the policy says of it.
        classes: Classes of value that go straight to the stages.
        json_type: The type that a JSON value is decoded as.
        steps: The function of each stage, text form.
        packed_steps: The same, packed form.
    """

    __slots__ = ("classes", "field", "json_type", "packed_steps", "path", "steps")

    def __init__(self, path: str, field: Field, slot: Slot | None, scope: FieldScope) -> None:
        self.path = path
        self.field = field
        self.classes, self.json_type = _accepted(field, slot)
        self.steps = self._bound(scope, packed=False)
        self.packed_steps = self._bound(scope, packed=True)

    def _bound(self, scope: FieldScope, *, packed: bool) -> tuple[Step, ...]:
        last = len(self.field.stages) - 1
        bound = tuple(
            stage.bind(scope, packed=packed and place == last)
            for place, stage in enumerate(self.field.stages)
        )
        return (_enum_value, *bound) if _is_enum(self.json_type) else bound

    @property
    def dropped(self) -> bool:
        """Whether it stays behind."""
        return self.field.dropped

    @property
    def kept(self) -> bool:
        """Whether an accepted value leaves as it is."""
        return isinstance(self.field.stages[0], Keep) and not _is_enum(self.json_type)

    @property
    def costly(self) -> bool:
        """Whether its stages are worth a cache."""
        return any(stage.costly for stage in self.field.stages)

    def convert(self, value: Any) -> Any:
        """Return a value as a class that the stages take, such as a time that came as text.

        Raises:
            Withheld: It is not one.
        """
        if value.__class__ in self.classes:
            return value
        if isinstance(value, Enum):
            return self.convert(value.value)  # as JSON has it
        # A subclass of text would pass `convert` with whatever else it carries.
        if value.__class__ in SCALARS:
            # No decoder tells a day from a time, so a day where no class says so comes this way.
            for kind in (self.json_type, date) if date in self.classes else (self.json_type,):
                try:
                    return msgspec.convert(value, kind)
                except (msgspec.ValidationError, ValueError, TypeError, OverflowError):
                    pass
        raise Withheld("wrong type")

    def inline(self, *, packed: bool) -> Inline | None:
        """Return an expression for the stages, where there is one and it pays."""
        return self.field.stages[0].inline(packed=packed) if len(self.steps) == 1 else None

    def chain(self, *, packed: bool) -> Step:
        """Return the stages as one function."""
        first, *rest = self.packed_steps if packed else self.steps
        if not rest:
            return first

        def chained(value: Any) -> Any:
            value = first(value)
            for step in rest:
                value = step(value)
            return value

        return chained


class FieldScope:
    """Where a stage is bound: one field of one record type, under one tenant and period key."""

    __slots__ = ("_key", "_tenant", "known", "place")

    def __init__(
        self,
        key: PeriodKey | None,
        tenant: str,
        record: str,
        path: str,
        known: Known | None = None,
    ) -> None:
        self._key = key
        self._tenant = tenant
        self.place = (record, path)
        self.known = known

    def key(self, label: Label) -> bytes:
        """Derive the key for a label.

        Raises:
            PolicyError: The plan has no key.
            KeyDestroyed: The key is gone.
        """
        if self._key is None:
            raise PolicyError(
                f"record.{self.place[0]}.fields.{self.place[1]}",
                "needs a key",
                hint="hand a keyring over: keys=Keyring.generate()",
            )
        return self._key.derive(label, tenant=self._tenant)


class RecordPlan(NamedTuple):
    """The leaves of one record type, as a tree, and what a record class says of each place.

    Args:
        name: The record type.
        tree: The leaves.
        slots: What the class says, by path.
        agreed: Where a record says that somebody agreed to it.
        conditions: All consents that a record must tell of, for itself or its fields. With any, it
            is walked and never compiled: nobody counts such records by the thousand.
    """

    name: str
    tree: Tree[Leaf]
    slots: Mapping[str, Slot]
    agreed: Agreed | None = None
    conditions: frozenset[Agreed] = frozenset()

    @property
    def typed(self) -> bool:
        """Whether its records say their type, and leave with it."""
        return self.name not in UNTYPED

    def slot(self, path: str) -> Slot:
        """Return what the record class says of a place; without a class, anything may be there."""
        return self.slots.get(path, FREE)


def bind(
    policy: Policy,
    key: PeriodKey | None,
    *,
    tenant: str = "",
    slots: Mapping[str, Mapping[str, Slot]] | None = None,
    known: Known | None = None,
    purposes: Collection[str] | None = None,
) -> dict[str, RecordPlan]:
    """Return the plan of each record type.

    Args:
        policy: What may leave.
        key: The key of the period in force; None for a policy without tokens.
        tenant: Whose records these are; tokens of two tenants are unrelated.
        slots: What record classes say of their fields, by record type and path.
        known: Values that no scrubbed text may hold.
        purposes: Those in force; None for all.

    Raises:
        PolicyError: A stage needs a key and there is none.
        KeyDestroyed: The key is gone.
    """
    plans: dict[str, RecordPlan] = {}
    for name, record in policy.within(purposes).items():
        said = (slots or {}).get(name, {})
        tree = grow(
            (path, Leaf(path, field, said.get(path), FieldScope(key, tenant, name, path, known)))
            for path, field in record.fields.items()
        )
        plans[name] = RecordPlan(name, tree, said, record.agreed, record.conditions)
    return plans


def _accepted(field: Field, slot: Slot | None) -> tuple[frozenset[type], Any]:
    """Return which classes go straight to the stages, and the type JSON is decoded as."""
    if slot is not None and slot.type is not None:
        plain = slot.type in (str, int, float, bool, datetime)
        return (frozenset({slot.type}) if plain else frozenset()), slot.type
    kinds = sorted(field.stages[0].inputs() & _JSON_TYPES.keys())
    classes = frozenset(cls for kind in kinds for cls in _CLASSES[kind])
    # Text and time cannot be told apart in JSON: what takes both gets the text.
    types = [_JSON_TYPES[kind] for kind in kinds if not (kind == "time" and "text" in kinds)]
    return classes, Union[tuple(types)]  # noqa: UP007 - built from a tuple


def _is_enum(plain: Any) -> bool:
    return isinstance(plain, type) and issubclass(plain, Enum)


def _enum_value(value: Any) -> Any:
    return value.value
