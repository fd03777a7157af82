"""The pipeline: records in, what may leave of them out, everything counted.

No clock, no file, no environment: keys and the time arrive as arguments, records are handed in.
A pipeline is made once per policy and keys, and then used from any number of threads.
"""

from __future__ import annotations

import weakref
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import msgspec

from anonkit.errors import KeyDestroyed, PolicyError
from anonkit.parse import formats
from anonkit.parse.column import Treatment
from anonkit.parse.formats import OBJECT, Binding, Format
from anonkit.parse.window import Window, Windowed, reader
from anonkit.policy import plan as plans
from anonkit.policy.compiled import Decoders, Form
from anonkit.policy.decode import loose, raw_members
from anonkit.policy.events import type_of
from anonkit.policy.policy import Policy
from anonkit.policy.walk import TYPE_FIELD, UNWRITTEN, Refused, Walk
from anonkit.records.event import Event, declaration
from anonkit.report import Place, Report
from anonkit.stages.generalize import TO_MINUTE, Generalize
from anonkit.stages.stage import Placed, Stage
from anonkit.stages.url import Url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from anonkit.detect.known import Known
    from anonkit.keys.keyring import Keyring
    from anonkit.parse.lines import Stream
    from anonkit.policy.plan import RecordPlan
    from anonkit.records.event import Slot

# What a pipeline is made from. One sequence and not two, so that type checkers understand a list
# that is written out; `_read` refuses a mixed one.
Source: TypeAlias = "Policy | type[Event] | Sequence[type[Event] | Stage | Placed]"
# What it takes: an event, a dict, or a JSON object in bytes.
Input: TypeAlias = "Event | dict[str, Any] | bytes"

# Values that each costly field remembers: 1.3 MB a field at most with identifiers of 30 bytes.
CACHE = 4096

# The rule that withholds a record whose purpose nobody agreed to.
OUT_OF_FORCE = "purpose not in force"

_ENCODE = msgspec.json.Encoder().encode
_MSGPACK = msgspec.msgpack.Encoder()


class Pipeline:
    """Turns records into what may leave of them, or None for a record that is withheld.

        pipeline(record)        a dict
        pipeline.json(record)   one JSON object, bytes
        pipeline.row(record)    one MessagePack array, bytes: the record type, then the fields in
                                the order of the policy, nil for what is absent, tokens and
                                addresses as raw bytes, times with a zone as timestamps (but those
                                that UTC has no year for as text, as JSON has them)

    Args:
        source: A `Policy`; one or several `Event` classes, which declare one; or a plain list of
            stages over dicts of any type (readable, half as fast: the others are compiled).
        keys: The keyring; needed when the policy makes tokens.
        at: The time that chooses the period in force, with a zone. Without it, the keyring's
            period must have no end.
        tenant: Whose records these are; tokens of two tenants are unrelated.
        cache: How many values each costly field remembers, for as long as its key lives; 0 for
            none.
        report: Where to count; a new one without.
        known: Values that scrubbed text never holds, whatever their case and encoding, under the
            type that stands in their place: `{"USER": logged_in, "HOST": [socket.gethostname()]}`.
        purposes: Those in force; without, all. A record of another purpose is withheld, a field of
            another is dropped.

    Raises:
        PolicyError: The policy cannot be used as written, or needs keys.
        KeyringError: No key is in force at that time.
    """

    def __init__(
        self,
        source: Source,
        *,
        keys: Keyring | None = None,
        at: datetime | None = None,
        tenant: str = "",
        cache: int = CACHE,
        report: Report | None = None,
        known: Known | Mapping[str, Iterable[str]] | None = None,
        purposes: Iterable[str] | None = None,
    ) -> None:
        self.policy, slots, self._any = _read(source)
        self.report = report or Report()
        self._source = source
        self._keys = keys
        self._tenant = tenant
        self._cache = cache
        self._key = keys.in_force(at) if keys is not None else None
        self._known = _known(known)
        self.purposes = _purposes(purposes)
        self._plans = plans.bind(
            self.policy,
            self._key,
            tenant=tenant,
            slots=slots,
            known=self._known,
            purposes=self.purposes,
        )
        # Where every object is one, no other record comes: not even while that one is out of force.
        of_all = self.policy.untyped
        compiled = {n: plan for n, plan in self._plans.items() if n == (of_all or n)}
        self._forms: list[Form] = []
        self._streams: weakref.WeakSet[Stream] = weakref.WeakSet()
        self._decoders = Decoders({} if self._any else compiled)
        self._run = self._runner(self._form(compiled), _same)
        # Functions, not methods that call them: a frame less is a tenth of an event.
        in_json = self._form(compiled, in_place=True)
        self.json: Callable[[Input], bytes | None] = self._runner(in_json, _ENCODE)
        self._together = partial(in_json.together, decoders=self._decoders)
        packed = self._form(compiled, packed=True)
        self.row: Callable[[Input], bytes | None] = self._runner(
            packed, _MSGPACK.encode, packed=True
        )
        if self._key is not None:
            self._key.on_destroy(self._forget)

    @property
    def period(self) -> str | None:
        """The random name of the period whose key is in use, or None without keys."""
        return None if self._key is None else self._key.id

    def at(self, at: datetime) -> Pipeline:
        """Return the pipeline for a time: this one within its period, or a new one after it.

        The new one starts with empty caches and goes on counting in the same report.

        Raises:
            KeyringError: No key is in force at that time.
        """
        return self.within(self.purposes, at=at)

    def within(
        self,
        purposes: Iterable[str] | None,
        *,
        at: datetime | None = None,
        report: Report | None = None,
    ) -> Pipeline:
        """Return the pipeline for some purposes, at a time: this one, or a new one as from `at`.

        Args:
            purposes: Those in force; None for all.
            at: The time that chooses the period in force, as for the class.
            report: Where to count; where this one counts, without.

        Raises:
            KeyringError: No key is in force at that time.
        """
        wanted = _purposes(purposes)
        report = report or self.report
        same_key = at is None or self._keys is None or self._keys.in_force(at) is self._key
        if same_key and wanted == self.purposes and report is self.report:
            return self
        return Pipeline(
            self._source,
            keys=self._keys,
            at=at,
            tenant=self._tenant,
            cache=self._cache,
            report=report,
            known=self._known,
            purposes=wanted,
        )

    def __call__(self, record: Input) -> dict[str, Any] | None:
        """Return what may leave as a dict, or None when the record is withheld."""
        result: dict[str, Any] | None = self._run(record)
        return result

    def lines(
        self,
        form: str | Format,
        *,
        reject: Callable[[int, bytes], None] | None = None,
        window: Window | None = None,
    ) -> Stream:
        """Return a stream for bytes of a format: `feed` it pieces, then `finish`.

        Args:
            form: The name of a format, as `anonkit formats` lists them, or a format.
            reject: Called with the number (from 1) and the bytes of each withheld line.
            window: The span of time whose lines are taken; the others are left out.

        Raises:
            FormatError: No format has that name, or with `window`, its lines have no time.
            KeyDestroyed: The period's key was destroyed.
            PolicyError: The policy does not speak of the records of that format.
        """
        self._need_key()
        form = formats.find(form) if isinstance(form, str) else form
        form = form.under(self.policy.records)
        treatments = {} if form.record in ("", OBJECT) else self._treatments(form)
        binding = Binding(
            treatments,
            self.report,
            self._cache,
            self.json,
            self._together,
            reject,
            record=form.record,
        )
        if window is not None:
            time_of = reader(form.name, form.record, window)
            binding = binding._replace(
                within=partial(
                    Windowed,
                    window=window,
                    time_of=time_of,
                    report=self.report,
                    record=form.record,
                )
            )
        stream = form.open(binding)
        self._streams.add(stream)
        if self._key is not None:  # the stream may outlive its pipeline
            self._key.on_destroy(stream.forget)
        return stream

    def _treatments(self, form: Format) -> dict[str, Treatment]:
        """Return what the policy says of the columns of a log line."""
        record, known = form.record, form.columns
        if record in self.policy.records and record not in self._plans:
            raise PolicyError(f"record.{record}", OUT_OF_FORCE)
        if record not in self._plans:
            raise PolicyError(
                self.policy.name,
                f"says nothing of {record}, the records of this format",
                hint="choose another with --policy",
            )
        if self._plans[record].conditions:
            raise PolicyError(
                f"record.{record}.agreed", "is for records that say their own type, not for columns"
            )
        leaves = [below.field for below in self._plans[record].tree.walk() if below.field]
        for leaf in leaves:
            # A column that it means would stay behind, and nobody would know.
            if known is not None and leaf.path not in known:
                raise PolicyError(
                    f"record.{record}.fields.{leaf.path}",
                    "no column of this format has that name",
                    hint=f"one of: {', '.join(known)}",
                )
        return {
            leaf.path: Treatment(
                None if leaf.kept or leaf.field.dropped else leaf.chain(packed=False),
                leaf.field.dropped,
                _kinds(first),
                leaf.field.withhold == "field",
                isinstance(first, Url) and not first.parameters,
                leaf.field.stages == (TO_MINUTE,),
            )
            for leaf in leaves
            for first in leaf.field.stages[:1]
        }

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise TypeError("a pipeline cannot be pickled or copied: make one of policy and keys")

    def __repr__(self) -> str:
        return f"<Pipeline {self.policy.name} {self.policy.hash}>"

    def _form(
        self, compiled: Mapping[str, RecordPlan], *, packed: bool = False, in_place: bool = False
    ) -> Form:
        """Return the compiled functions for one form of output; they go with the key."""
        form = Form(compiled, self.report, packed=packed, cache=self._cache, in_place=in_place)
        self._forms.append(form)
        return form

    def _runner(
        self, form: Form, encode: Callable[[Any], Any], *, packed: bool = False
    ) -> Callable[[Any], Any]:
        """Return the function that takes a record on the fast way, if it is plainly in order."""
        surely = _row if packed else encode
        if self._any:
            return lambda record: self._careful(record, surely, None, packed=packed)
        decoders = self._decoders
        decoded, dicts, events = form.decoded, form.dicts, form.events
        untyped = self.policy.untyped

        def run(record: Any) -> Any:
            try:
                value = record
                if record.__class__ is bytes:
                    value = decoders.decode(record)
                    function, tick, extra = decoded[value.__class__]
                elif record.__class__ is dict:
                    function, tick, extra = dicts[untyped or record[TYPE_FIELD]]
                else:
                    function, tick, extra = events[record.__class__]
                # Before the function, which may change the struct.
                undeclared = 0 if extra is None else extra[0](record, value)
                result = encode(function(value))
            except Exception:  # noqa: BLE001, S110 - whatever it is, the careful way finds its rule
                pass
            else:
                tick()
                if extra is not None:
                    extra[1](undeclared)
                return result
            # Out of `except`: what is raised here must not carry an exception that quotes a value.
            return self._careful(record, surely, form, packed=packed)

        return run

    def _careful(
        self, record: Any, encode: Callable[[Any], Any], form: Form | None, *, packed: bool
    ) -> Any:
        """Take a record the slow way, which says what is wrong with it, and count it."""
        # Taken before the question: who destroys the key in between lets this record pass whole.
        plans_in_use = self._plans
        self._need_key()
        if form is not None:
            form.prepare(record, self._decoders)
        plan, value = self._opened(record, plans_in_use)
        if plan is None:
            return None
        place = Place(plan.name, "", UNWRITTEN)
        # Again where the whole cannot be written, for the value that it is for.
        for writes in (None, encode):
            walk = Walk(plan, packed=packed, encode=writes)
            try:
                result = encode(walk.run(value))
            except Refused as refused:
                place = Place(plan.name, refused.path, refused.rule)
                break
            except Exception:  # noqa: BLE001, S112 - nothing may escape with a value in its message
                continue
            self.report.passed(plan.name, 1)
            for omitted in walk.omitted:
                self.report.omit(omitted)
            if walk.undeclared:
                self.report.undeclared(plan.name, walk.undeclared)
                self._decoders.learn(plan, value)
                if form is not None:
                    form.prepare(record, self._decoders)
            return result
        self.report.withhold(place)
        return None

    def _need_key(self) -> None:
        if self._key is not None and self._key.destroyed:
            raise KeyDestroyed(f"the key of period {self._key.id} was destroyed")

    def _opened(
        self, record: Any, known: Mapping[str, RecordPlan]
    ) -> tuple[RecordPlan | None, Any]:
        """Return the plan of a record and its content, or count it as withheld."""
        if isinstance(record, bytes | bytearray | memoryview | str):
            return self._opened_json(record, known)
        if isinstance(record, Event):
            name: Any = type(record).__struct_config__.tag
        elif isinstance(record, dict):
            name = record.get(TYPE_FIELD)
        else:
            self.report.withhold(Place("", "", "not an object"))
            return None, None
        return self._planned(name, known), record

    def _opened_json(
        self, record: bytes | bytearray | memoryview | str, known: Mapping[str, RecordPlan]
    ) -> tuple[RecordPlan | None, Any]:
        try:
            members = raw_members(record)
            typed = self.policy.untyped is None and TYPE_FIELD in members
            plan = self._planned(msgspec.json.decode(members[TYPE_FIELD]) if typed else None, known)
            return plan, members if plan is None else loose(plan.tree, members)
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
            rule = "not an object" if _is_json(record) else "not JSON"
            self.report.withhold(Place("", "", rule))
            return None, None

    def _planned(self, name: Any, known: Mapping[str, RecordPlan]) -> RecordPlan | None:
        """Return the plan for a record type, or count its record as withheld."""
        name = self.policy.untyped or name
        if isinstance(name, str) and name in known:
            return known[name]
        if isinstance(name, str) and name in self.policy.records:
            self.report.withhold(Place(name, "", OUT_OF_FORCE))
            return None
        self.report.withhold(Place("", TYPE_FIELD, "unknown record type"))
        return None

    def _forget(self) -> None:
        """Let go of all that was derived from a key, and of the values remembered under it."""
        self._plans = {}
        self._decoders.forget()
        for form in self._forms:
            form.forget()
        for stream in self._streams:
            stream.forget()


def _kinds(stage: Stage) -> frozenset[str]:
    """Return what a stage takes of a column; a list of numbers takes numbers alone."""
    if (
        isinstance(stage, Generalize)
        and stage.allow
        and not any(isinstance(value, str) for value in stage.allow)
    ):
        return stage.inputs() - {"text"}
    return stage.inputs()


def _read(source: Source) -> tuple[Policy, dict[str, dict[str, Slot]], bool]:
    """Return the policy of a source, what classes say of its places, and whether it takes any dict.

    Raises:
        PolicyError: It is none of the things a pipeline is made from.
    """
    if isinstance(source, Policy):
        return source, {}, False
    items: list[Any] = list(source) if isinstance(source, list | tuple) else [source]
    if items and all(isinstance(item, type) and issubclass(item, Event) for item in items):
        slots = {type_of(event): declaration(event).slots for event in items}
        return Policy.from_events(*items), slots, False
    if items and all(isinstance(item, Stage | Placed) for item in items):
        return Policy.from_stages(items), {}, True
    raise PolicyError(
        "pipeline", "is made from a Policy, from Event classes, or from a list of stages"
    )


def _is_json(record: bytes | bytearray | memoryview | str) -> bool:
    try:
        msgspec.json.decode(record)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        return False
    return True


def _known(values: Known | Mapping[str, Iterable[str]] | None) -> Known | None:
    if values is None:
        return None
    from anonkit.detect.known import Known

    return values if isinstance(values, Known) else Known(values)


def _purposes(purposes: Iterable[str] | None) -> frozenset[str] | None:
    if isinstance(purposes, str):  # its letters would be taken for purposes
        raise PolicyError("purposes", "is a list of names", hint='purposes=["usage"]')
    return None if purposes is None else frozenset(purposes)


def _row(value: Any) -> bytes:
    """Return a value in MessagePack, and as text the times that no timestamp says.

    In the east the first day of year 1 begins before UTC has a year, in the west the last of 9999
    ends when it has none any more; such times are real, as what programs have for "never".
    """
    try:
        return _MSGPACK.encode(value)
    except OverflowError:
        return _MSGPACK.encode(_without_instants(value))


def _without_instants(value: Any) -> Any:
    if value.__class__ is datetime:
        try:
            _MSGPACK.encode(value)
        except OverflowError:
            return msgspec.to_builtins(value)
    if value.__class__ is list:
        return [_without_instants(part) for part in value]
    if value.__class__ is dict:
        return {name: _without_instants(part) for name, part in value.items()}
    return value


def _same(value: Any) -> Any:
    return value
