"""JSON to JSON: the decoded struct is changed where the policy changes it, and encoded as it is.

A kept field costs nothing so, and no dict is built. What must not leave becomes UNSET, which the
encoder leaves out. The order of the fields is that of the policy, as in the dicts of `codegen.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonkit.policy.codegen import Learned, Reader, Writer, decoded_name, learned_name
from anonkit.policy.paths import is_dropped

if TYPE_CHECKING:
    from anonkit.policy.paths import Tree
    from anonkit.policy.plan import Leaf, Memo, RecordPlan


class InPlaceWriter(Writer):
    """Writes the function that changes a decoded struct of one record type.

    Args:
        plan: The leaves.
        strict: Whether the struct has a place for each dropped field.
        learned: The undeclared fields that it has a place for.
        cache: How many values each costly field remembers; 0 for none.
        memos: The caches by their field.
    """

    def __init__(
        self,
        plan: RecordPlan,
        *,
        strict: bool,
        learned: Learned,
        cache: int,
        memos: dict[str, Memo],
    ) -> None:
        self._strict = strict
        self._learned = learned
        super().__init__(plan, "decoded", packed=False, cache=cache, memos=memos)

    def _object(self, place: Tree[Leaf], reader: Reader, *, root: bool = False) -> str:
        if reader != "decoded" or place.rest is not None:
            return super()._object(place, reader, root=root)
        return self._define("r", [*self._changed(place, "r", 0), "return r"])

    def _changed(self, place: Tree[Leaf], variable: str, depth: int) -> list[str]:
        """Write the changes to an object."""
        lines: list[str] = []
        for index, below in enumerate(place.children.values()):
            attribute = f"{variable}.{decoded_name(index)}"
            if not is_dropped(below):
                lines += self._changed_part(below, attribute, depth)
            elif self._strict:
                lines.append(f"{attribute} = UNSET")
        learned = self._learned.get(place.path, ())
        return lines + [
            f"{variable}.{learned_name(index)} = UNSET" for index in range(len(learned))
        ]

    def _changed_part(self, place: Tree[Leaf], attribute: str, depth: int) -> list[str]:
        """Write the changes to a part of an object; none where all of it is kept."""
        value, item = f"v{depth}", f"x{depth}"
        if place.field is not None:
            lines = self._leaf(place.field, value, checked=False)
            lines += [f"{attribute} = {value}"] if lines else []
        elif place.item is not None and place.item.children and place.item.rest is None:
            inner = self._changed(place.item, item, depth + 1)
            if inner and self._plan.slot(place.item.path).nullable:
                inner = [f"if {item} is not None:", *(f"    {line}" for line in inner)]
            lines = [f"for {item} in {value}:", *(f"    {line}" for line in inner)] if inner else []
        elif place.children and place.rest is None:
            lines = self._changed(place, value, depth + 1)
        else:
            lines = [*self._treated(place, value, "decoded"), f"{attribute} = {value}"]
        if not lines:
            return []
        slot = self._plan.slot(place.path)
        there = [] if slot.required else [f"{value} is not UNSET"]
        there += [f"{value} is not None"] if slot.nullable else []
        if there:
            lines = [f"if {' and '.join(there)}:", *(f"    {line}" for line in lines)]
        return [f"{value} = {attribute}", *lines]
