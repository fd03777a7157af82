"""A plan compiled for one form of output: which function takes a record, by how it comes."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from anonkit.parse.formats import OBJECT
from anonkit.policy.codegen import Writer, counter
from anonkit.policy.decode import decoder, loose, raw_members, struct_type, struct_types
from anonkit.policy.in_place import InPlaceWriter
from anonkit.policy.plan import RecordPlan
from anonkit.policy.walk import TYPE_FIELD, undeclared_names
from anonkit.records.event import Event, declaration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from anonkit.policy.codegen import Learned, Reader
    from anonkit.policy.plan import Memo
    from anonkit.report import Report

# What counts the undeclared fields of a record and the struct that it was decoded to, before that
# is changed; and what takes their number once the record is out.
Extra: TypeAlias = "tuple[Callable[[Any, Any], int], Callable[[int], None]]"
# The function for a record, its count of records out, and what else is counted.
Entry: TypeAlias = "tuple[Callable[[Any], Any], Callable[[], int], Extra | None]"


# Names of undeclared fields that are learned, in all: a log has a handful, an attacker any number.
MOST_LEARNED = 256

_ENCODE_LINES = msgspec.json.Encoder().encode_lines


class Decoders:
    """Decodes JSON into structs that refuse undeclared fields, but for those that have come before.

    A log has the same undeclared fields in line after line. Once a name of one has come, it is a
    place in the struct, so that its presence is counted without a look at the record. Names that
    are too many, or of a form that no struct has, make the decoder lenient: then each record is
    decoded once more, to count.

    Attributes:
        decode: From JSON bytes to a struct of one of the types in `strict` or `lenient`.
        learned: The names, by record type and the path of their object.
    """

    __slots__ = ("_room", "decode", "learned", "lenient", "strict")

    def __init__(self, plans: Mapping[str, RecordPlan]) -> None:
        plans = {name: plan for name, plan in plans.items() if not plan.conditions}
        self.strict = struct_types(plans, strict=True)
        self.lenient = struct_types(plans, strict=False)
        self.learned: dict[str, Learned] = {}
        self._room = MOST_LEARNED
        self.decode: Callable[[bytes], Any] = decoder(self.strict).decode

    def learn(self, plan: RecordPlan, members: Any) -> None:
        """Expect the undeclared fields of a record in those that follow."""
        if plan.name not in self.strict:
            return
        known = self.learned.get(plan.name, {})
        new: Learned = dict(known)
        for path, name in undeclared_names(plan.tree, members, root=plan.typed):
            if name not in new.get(path, ()):
                new[path] = (*new.get(path, ()), name)
                self._room -= 1
                if self._room < 0:
                    break
        if new == known:
            return
        struct = None if self._room < 0 else struct_type(plan, new)
        if struct is None:
            self.decode = decoder(self.lenient).decode
            return
        self.learned = {**self.learned, plan.name: new}
        self.strict = {**self.strict, plan.name: struct}
        self.decode = decoder(self.strict).decode

    def forget(self) -> None:
        """Let go of the names that were learned, and decode nothing more."""
        self.strict, self.lenient, self.learned = {}, {}, {}
        self.decode = decoder({}).decode


class Form:
    """The compiled functions of a pipeline for one form of output.

    Attributes:
        decoded: By the class of a decoded struct.
        dicts: By the type of a record that comes as a dict.
        events: By event class.
    """

    __slots__ = (
        "_cache", "_in_place", "_memos", "_packed", "_plans", "_report",
        "decoded", "dicts", "events",
    )  # fmt: skip

    def __init__(
        self,
        plans: Mapping[str, RecordPlan],
        report: Report,
        *,
        packed: bool,
        cache: int,
        in_place: bool = False,
    ) -> None:
        self._plans = plans
        self._in_place = in_place
        self._report = report
        self._packed = packed
        self._cache = cache
        self._memos: dict[str, dict[str, Memo]] = {}
        self.decoded: dict[type, Entry] = {}
        self.dicts: dict[str, Entry] = {}
        self.events: dict[type, Entry] = {}

    def prepare(self, record: Any, decoders: Decoders) -> None:
        """Compile what the first record of a kind needs; the pipeline calls it off the fast way."""
        if isinstance(record, Event):
            self._prepare_event(type(record), self._plans)
        else:
            self._prepare_raw(decoders)
        if not self._plans:  # the key was destroyed meanwhile
            self.forget()

    def together(self, records: Sequence[bytes], decoders: Decoders) -> bytes | None:
        """Return what may leave of JSON records that are all plainly in order, a line for each.

        One by one a record costs half as much again: a call, a `try` and three counts of its own.
        None says that one is not in order, or of a kind that has not been prepared; then nothing
        was counted.
        """
        counts: Counter[str] = Counter()
        undeclared: Counter[Callable[[int], None]] = Counter()
        left: list[Any] = []
        try:
            for kind, run in groupby(map(decoders.decode, records), type):
                values = list(run)
                function, _, extra = self.decoded[kind]
                if extra is not None:  # before the function, which changes the structs
                    count, add = extra
                    undeclared[add] += sum(map(count, records[len(left) :], values))
                left += map(function, values)
                counts[values[0].__struct_config__.tag or OBJECT] += len(values)
            lines = _ENCODE_LINES(left)
        except Exception:  # noqa: BLE001 - whatever it is, one by one its rule is found
            return None
        for name, number in counts.items():
            self._report.passed(name, number)
        for add, number in undeclared.items():
            add(number)
        return lines

    def forget(self) -> None:
        """Let go of every function and cache, and with them of every key derived for them."""
        self._plans = {}
        # Copied at once, as another thread may be compiling.
        for memos in tuple(self._memos.values()):
            for memo in tuple(memos.values()):
                memo.kept.clear()
        self._memos.clear()
        self.decoded.clear()
        self.dicts.clear()
        self.events.clear()

    def _prepare_raw(self, decoders: Decoders) -> None:
        """Compile for dicts and JSON, and take note of struct types that are new since."""
        if not self.dicts:
            for name, plan in self._plans.items():
                if plan.conditions:
                    continue
                tick = self._report.tally(name).tick
                as_dict = self._write(plan, "dict")
                if name in decoders.lenient:
                    decoded = self._write(plan, "decoded", strict=False)
                    self.decoded[decoders.lenient[name]] = decoded, tick, self._in_json(plan)
                self.dicts[name] = as_dict, tick, self._in_dict(plan)
        for name, struct in decoders.strict.items():
            # None while another thread is still at the loop above: a later record comes here again.
            known = self.decoded.get(decoders.lenient.get(name, struct))
            if struct not in self.decoded and name in self._plans and known is not None:
                decoded, tick, _ = known
                learned = decoders.learned.get(name, {})
                plan = self._plans[name]
                extra = (counter(plan, learned), self._undeclared(plan)) if learned else None
                if self._in_place:
                    decoded = self._write(plan, "decoded", learned=learned)
                self.decoded[struct] = decoded, tick, extra

    def _prepare_event(self, event: type[Event], plans: Mapping[str, RecordPlan]) -> None:
        tag = event.__struct_config__.tag
        if event in self.events or not isinstance(tag, str) or tag not in plans:
            return
        if plans[tag].conditions:
            return
        tree, slots = plans[tag].tree, declaration(event).slots
        if slots.keys() == {place.path for place in tree.walk() if place.path}:
            function = self._write(RecordPlan(tag, tree, slots), "event")
            self.events[event] = function, self._report.tally(tag).tick, None

    def _in_dict(self, plan: RecordPlan) -> Extra:
        """Return what counts the undeclared fields of a dict; inner objects have been checked."""
        declared = frozenset(plan.tree.children) | ({TYPE_FIELD} if plan.typed else set())

        def count(record: dict[str, Any], _struct: Any) -> int:
            return 0 if record.keys() <= declared else len(record.keys() - declared)

        return count, self._undeclared(plan)

    def _in_json(self, plan: RecordPlan) -> Extra:
        """Return what counts the undeclared fields in JSON that has been decoded once."""
        flat = not any(below.is_object or below.item for below in plan.tree.children.values())

        def count(record: bytes, _struct: Any) -> int:
            # Names alone, their values left undecoded: 0.4 of a typed decode.
            members: dict[str, Any] = raw_members(record)
            if not flat:
                members = loose(plan.tree, members)
            return sum(1 for _ in undeclared_names(plan.tree, members, root=plan.typed))

        return count, self._undeclared(plan)

    def _undeclared(self, plan: RecordPlan) -> Callable[[int], None]:
        return partial(self._report.undeclared, plan.name)

    def _write(
        self,
        plan: RecordPlan,
        reader: Reader,
        *,
        strict: bool = True,
        learned: Learned | None = None,
    ) -> Callable[[Any], Any]:
        memos = self._memos.setdefault(plan.name, {})
        if self._in_place and reader == "decoded":
            return InPlaceWriter(
                plan, strict=strict, learned=learned or {}, cache=self._cache, memos=memos
            ).function()
        return Writer(plan, reader, packed=self._packed, cache=self._cache, memos=memos).function()
