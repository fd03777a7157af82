"""A plan compiled for one form of output: which function takes a record, by how it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from anonkit.policy.codegen import Writer
from anonkit.policy.decode import decoder, loose, raw_members, struct_types
from anonkit.policy.plan import RecordPlan
from anonkit.policy.walk import TYPE_FIELD, count_undeclared
from anonkit.records.event import Event, declaration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anonkit.policy.codegen import Reader
    from anonkit.policy.plan import Memo
    from anonkit.report import Report

# The function for a record, its count of records out, and what else to count once it is out.
Entry: TypeAlias = "tuple[Callable[[Any], Any], Callable[[], int], Callable[[Any], None] | None]"


class Decoders:
    """Decodes JSON into structs: strictly, until a record has fields that no policy line names.

    Attributes:
        decode: From JSON bytes to a struct of one of the types in `strict` or `lenient`.
    """

    __slots__ = ("decode", "lenient", "strict")

    def __init__(self, plans: Mapping[str, RecordPlan]) -> None:
        self.strict = struct_types(plans, strict=True)
        self.lenient = struct_types(plans, strict=False)
        self.decode: Callable[[bytes], Any] = decoder(self.strict).decode

    def expect_undeclared(self) -> None:
        """Decode leniently from now on; undeclared fields are counted apart."""
        self.decode = decoder(self.lenient).decode


class Form:
    """The compiled functions of a pipeline for one form of output.

    Attributes:
        decoded: By the class of a decoded struct.
        dicts: By the type of a record that comes as a dict.
        events: By event class.
    """

    __slots__ = ("_cache", "_memos", "_packed", "_plans", "_report", "decoded", "dicts", "events")

    def __init__(
        self,
        plans: Mapping[str, RecordPlan],
        report: Report,
        *,
        packed: bool,
        cache: int,
        memos: list[Memo],
    ) -> None:
        self._plans = plans
        self._report = report
        self._packed = packed
        self._cache = cache
        self._memos = memos
        self.decoded: dict[type, Entry] = {}
        self.dicts: dict[str, Entry] = {}
        self.events: dict[type, Entry] = {}

    def prepare(self, record: Any, decoders: Decoders) -> None:
        """Compile what the first record of a kind needs; the pipeline calls it off the fast way."""
        if isinstance(record, Event):
            self._prepare_event(type(record), self._plans)
        elif not self.dicts:
            for name, plan in self._plans.items():
                tick = self._report.tally(name).tick
                as_dict = self._write(plan, "dict")
                if name in decoders.strict:
                    decoded = self._write(plan, "decoded")
                    self.decoded[decoders.strict[name]] = decoded, tick, None
                    self.decoded[decoders.lenient[name]] = decoded, tick, self._in_json(plan)
                self.dicts[name] = as_dict, tick, self._in_dict(plan)
        if not self._plans:  # the key was destroyed meanwhile
            self.forget()

    def forget(self) -> None:
        """Let go of every function and cache, and with them of every key derived for them."""
        self._plans = {}
        for memo in self._memos:
            memo.kept.clear()
        self._memos.clear()
        self.decoded.clear()
        self.dicts.clear()
        self.events.clear()

    def _prepare_event(self, event: type[Event], plans: Mapping[str, RecordPlan]) -> None:
        tag = event.__struct_config__.tag
        if event in self.events or not isinstance(tag, str) or tag not in plans:
            return
        tree, slots = plans[tag].tree, declaration(event).slots
        if slots.keys() == {place.path for place in tree.walk() if place.path}:
            function = self._write(RecordPlan(tag, tree, slots), "event")
            self.events[event] = function, self._report.tally(tag).tick, None

    def _in_dict(self, plan: RecordPlan) -> Callable[[dict[str, Any]], None]:
        """Return what counts the undeclared fields of a dict; inner objects have been checked."""
        declared = frozenset(plan.tree.children) | {TYPE_FIELD}

        def count(record: dict[str, Any]) -> None:
            if not record.keys() <= declared:
                self._report.undeclared(plan.name, len(record.keys() - declared))

        return count

    def _in_json(self, plan: RecordPlan) -> Callable[[bytes], None]:
        """Return what counts the undeclared fields in JSON that has been decoded once."""
        flat = not any(below.is_object or below.item for below in plan.tree.children.values())

        def count(record: bytes) -> None:
            # Names alone, their values left undecoded: 0.4 of a typed decode.
            members: dict[str, Any] = raw_members(record)
            if not flat:
                members = loose(plan.tree, members)
            undeclared = count_undeclared(plan.tree, members, root=True)
            if undeclared:
                self._report.undeclared(plan.name, undeclared)

        return count

    def _write(self, plan: RecordPlan, reader: Reader) -> Callable[[Any], Any]:
        return Writer(
            plan, reader, packed=self._packed, cache=self._cache, memos=self._memos
        ).function()
