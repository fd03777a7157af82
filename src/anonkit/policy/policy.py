"""The policy as a value: record type × field → stages, purpose, retention.

Event classes, TOML and Python make the same value. It holds no key, opens no file, and everything
that can be wrong with it is found when it is made.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from anonkit.errors import PolicyError
from anonkit.parse.formats import OBJECT, ROW
from anonkit.policy import paths
from anonkit.records.agreed import Agreed, agreed_from
from anonkit.records.event import Withholds
from anonkit.stages.drop import Drop
from anonkit.stages.generalize import Generalize
from anonkit.stages.pseudonymize import Pseudonymize
from anonkit.stages.stage import RAW, Placed, Stage

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from anonkit.records.event import Event

RECORD_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
# Two years: what the notices of such systems promise, where a policy does not say.
RETAIN = "730d"
_SPAN = re.compile(r"([1-9][0-9]{0,4})d")
# The record type of a plain list of stages, which reads any dict. No record can be called so.
ANY_RECORD = "any record"
# Record types of which every object is one, whatever it says of its own.
UNTYPED = (ANY_RECORD, OBJECT)

_NOT_AT_TOP = {
    "type": "is the record type itself and leaves always",
    paths.REST: "a record names its fields; `*` is for objects inside it",
    paths.NAMES: "a record names its fields; `*~` is for objects inside it",
}

# Record types that name what others called, and so may have called `type`.
_OF_NAMES = (OBJECT, ROW)

# What a field says, told by its first stage where the policy does not tell.
_KIND_OF_VERB = {
    "truncate": "address",
    "pseudonymize": "identifier",
    "url": "url",
    "user_agent": "agent",
    "scrub": "text",
}


class Field(msgspec.Struct, frozen=True):
    """What becomes of one field, and why it may leave.

    Args:
        stages: In order; `drop` and `keep` stand alone.
        kind: What it says about somebody or something; told by the first stage when not given.
        purpose: What it is collected for; None for the purpose of its record.
        reason: One line for the data protection officer.
        withhold: What a refused value takes along: the `record`, or its `field` alone.
        agreed: Where the record says that somebody agreed to it; a name is taken for one.
    """

    stages: tuple[Stage, ...]
    kind: str = ""
    purpose: str | None = None
    reason: str = ""
    withhold: Withholds = "record"
    agreed: Agreed | None = None

    def __post_init__(self) -> None:
        """Accept one stage for a tuple of one, check the chain, and fill in the kind."""
        given: Any = self.stages
        stages = (given,) if isinstance(given, Stage) else tuple(given)
        check_chain(stages, self.inputs_of(stages))
        if self.withhold not in ("record", "field"):
            raise PolicyError("withhold", 'is "record" or "field"')
        msgspec.structs.force_setattr(self, "stages", stages)
        msgspec.structs.force_setattr(self, "agreed", agreed_from(self.agreed))
        if not self.kind:
            msgspec.structs.force_setattr(self, "kind", _kind(stages[0]))

    @staticmethod
    def inputs_of(stages: Sequence[Stage]) -> frozenset[str]:
        """Return the kinds of raw value that a chain takes."""
        if not stages:
            raise PolicyError("", "has no stage")
        if not isinstance(stages[0], Stage):
            raise PolicyError("", f"{type(stages[0]).__name__} is not a stage")
        return stages[0].inputs() & RAW

    @property
    def dropped(self) -> bool:
        """Whether the field stays behind."""
        return isinstance(self.stages[0], Drop)


class Record(msgspec.Struct, frozen=True):
    """The fields of one record type, by path, in the order in which they leave.

    Args:
        fields: Path → `Field`; a stage or a list of stages is taken for one.
        purpose: What its records are collected for.
        retain: When the receiver must delete them, such as `730d`; None for the policy's.
        agreed: Where each says that somebody agreed to it; a name is taken for one.
    """

    fields: dict[str, Field]
    purpose: str = "usage"
    retain: str | None = None
    agreed: Agreed | None = None

    def __post_init__(self) -> None:
        """Accept stages for fields, and check paths and retention."""
        fields = {path: _field(path, given) for path, given in self.fields.items()}
        if not fields:
            raise PolicyError("fields", "names no field")
        tree = paths.grow(fields.items())
        if self.retain is not None:
            days(self.retain, "retain")
        agreed = agreed_from(self.agreed)
        asked = {"agreed": agreed} | {
            f"fields.{path}.agreed": field.agreed for path, field in fields.items()
        }
        for place, condition in asked.items():
            for name in condition.fields if condition is not None else ():
                if name not in tree.children or tree.children[name].field is None:
                    raise PolicyError(
                        place,
                        f"{name} is no field of this record",
                        hint=f'name it, even where it stays: fields.{name} = "drop"',
                    )
        msgspec.structs.force_setattr(self, "fields", fields)
        msgspec.structs.force_setattr(self, "agreed", agreed)

    @property
    def conditions(self) -> frozenset[Agreed]:
        """All consents that its records must tell of."""
        asked = (self.agreed, *(field.agreed for field in self.fields.values()))
        return frozenset(agreed for agreed in asked if agreed is not None)


class Policy(msgspec.Struct, frozen=True):
    """What may leave: nothing but the fields named here, treated as said here.

    Args:
        name: A name for people.
        records: Record type → `Record`.
        period: How long a token stays linkable, in days: `30d`.
        retain: When the receiver must delete, in days: `730d`; None is `730d` that nobody chose.
        owner: Who answers for it: a role or a department.
        review: The day by which somebody looks at it again: `2027-06-30`.
    """

    name: str
    records: dict[str, Record]
    period: str = "30d"
    retain: str | None = None
    owner: str = ""
    review: str = ""

    def __post_init__(self) -> None:
        """Check names, spans and shared domains."""
        if not self.records:
            raise PolicyError("record", "names no record type")
        for name in self.records:
            if name == ANY_RECORD:
                continue
            if not RECORD_NAME.fullmatch(name):
                raise PolicyError(
                    f"record.{name}", "a record type is lower-case letters, digits and underscores"
                )
            for path in self.records[name].fields:
                # The first step decides, however the path is written: `\type`, `*.email`.
                step = paths.split_path(path)[0]
                if step == "type" and name in _OF_NAMES:
                    continue
                if step in _NOT_AT_TOP and isinstance(step, paths.Name) == (step == "type"):
                    raise PolicyError(f"record.{name}.fields.{path}", _NOT_AT_TOP[step])
        days(self.period, "period")
        if self.retain is not None:
            days(self.retain, "retain")
        if self.review:
            day(self.review, "review")
        self._check_domains()

    def _check_domains(self) -> None:
        """Refuse a shared domain whose fields would never share a token."""
        first: dict[str, tuple[str, Pseudonymize]] = {}
        for record_type, record in self.records.items():
            for path, field in record.fields.items():
                for stage in field.stages:
                    if not isinstance(stage, Pseudonymize) or stage.domain is None:
                        continue
                    place = f"record.{record_type}.fields.{path}"
                    earlier, other = first.setdefault(stage.domain, (place, stage))
                    if stage != other:
                        raise PolicyError(
                            place,
                            f"shares the domain {stage.domain!r} with {earlier}, "
                            "but its options differ, so no token would meet",
                        )

    @property
    def untyped(self) -> str | None:
        """The record type of every object, where none says its own."""
        return next(filter(self.records.__contains__, UNTYPED), None)

    @property
    def keyed(self) -> bool:
        """Whether it makes tokens, and so needs keys."""
        return any(
            stage.keyed
            for record in self.records.values()
            for field in record.fields.values()
            for stage in field.stages
        )

    def retention(self, record_type: str | None = None) -> str:
        """Return when the receiver must delete records of a type, or those that say nothing."""
        own = self.records[record_type].retain if record_type is not None else None
        return own or self.retain or RETAIN

    @property
    def hash(self) -> str:
        """Sixteen hexadecimal digits that name this policy and change with any word of it.

        An unkeyed hash (SHA-256) is right here: a policy is no secret and names nobody.
        """
        document = self.document()
        # The order of fields counts, because rows are read by it; that of record types does not.
        document["record"] = dict(sorted(document["record"].items()))
        canonical = msgspec.json.encode(document)
        return hashlib.sha256(canonical).hexdigest()[:16]

    def within(self, purposes: Collection[str] | None) -> dict[str, Record]:
        """Return what of the records may leave for some purposes; None for all of them.

        Records of other purposes are not among them; fields of other purposes are dropped.
        """
        if purposes is None:
            return self.records
        dropped = Field((Drop(),))
        return {
            name: msgspec.structs.replace(
                record,
                fields={
                    path: field if (field.purpose or record.purpose) in purposes else dropped
                    for path, field in record.fields.items()
                },
            )
            for name, record in self.records.items()
            if record.purpose in purposes
        }

    def document(self) -> dict[str, Any]:
        """Return the policy in plain dicts and lists, in full: what a TOML file of it would say."""
        return {
            "name": self.name,
            "period": self.period,
            **({"retain": self.retain} if self.retain else {}),
            **({"owner": self.owner} if self.owner else {}),
            **({"review": self.review} if self.review else {}),
            "record": {
                name: {
                    "purpose": record.purpose,
                    **({"retain": record.retain} if record.retain else {}),
                    **_consent(record.agreed),
                    "fields": {path: _written(field) for path, field in record.fields.items()},
                }
                for name, record in self.records.items()
            },
        }

    @classmethod
    def from_toml(cls, text: str, *, source: str = "policy") -> Policy:
        """Return the policy that a TOML document says; `source` names it in errors.

        Raises:
            PolicyError: With the line, the path, what is wrong there and the nearest valid word.
        """
        from anonkit.policy.document import parse

        return parse(text, source=source)

    @classmethod
    def preset(cls, name: str) -> Policy:
        """Return a policy that comes with anonkit: `app`, `weblog`, `weblog-strict`, ….

        Raises:
            PolicyError: There is none of that name; the message lists them.
        """
        from anonkit.policy.document import preset

        return preset(name)

    @classmethod
    def from_events(
        cls, *events: type[Event], name: str = "app", period: str = "30d", retain: str | None = None
    ) -> Policy:
        """Return the policy that event classes declare.

        Raises:
            PolicyError: A class declares an impossible chain, or two share a record type.
        """
        from anonkit.policy.events import records_of

        return cls(name, records_of(events), period, retain)

    @classmethod
    def from_stages(cls, stages: Sequence[Stage | Placed]) -> Policy:
        """Return the policy of a plain list of stages over dicts of any type.

        Stages for the same field chain in the order of the list.

        Raises:
            PolicyError: A stage does not say its field, or a chain is impossible.
        """
        chains: dict[str, Any] = {}  # `Record` makes fields of them
        for item in stages:
            if isinstance(item, Pseudonymize) and item.domain is not None:
                placed = item.on(item.domain)
            elif isinstance(item, Placed):
                placed = item
            else:
                raise PolicyError(
                    getattr(item, "verb", type(item).__name__),
                    "in a list, a stage says its field",
                    hint='truncate("ip"), generalize("1h").on("at")',
                )
            chains[placed.field] = (*chains.get(placed.field, ()), placed.stage)
        return cls("stages", {ANY_RECORD: Record(chains)})


def days(span: Any, path: str) -> int:
    """Return a span such as `30d` in days.

    Raises:
        PolicyError: It is not written so.
    """
    match = _SPAN.fullmatch(span) if isinstance(span, str) else None
    if match is None:
        raise PolicyError(path, "is a number of days", hint='such as "30d"')
    return int(match[1])


def day(text: Any, path: str) -> date:
    """Return a day such as `2027-06-30`.

    Raises:
        PolicyError: It is not written so.
    """
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        pass
    raise PolicyError(path, "is a day", hint='such as "2027-06-30"')


def check_chain(stages: Sequence[Stage], kinds: frozenset[str]) -> None:
    """Check that stages can follow each other, for any of the kinds of value they start with.

    Raises:
        PolicyError: A stage cannot take what comes to it, or `drop` and `keep` have company.
    """
    for stage in stages:
        if not isinstance(stage, Stage):
            raise PolicyError("", f"{type(stage).__name__} is not a stage")
        if stage.verb in ("drop", "keep") and len(stages) > 1:
            raise PolicyError(stage.verb, "stands alone: nothing comes before or after it")
    for before, stage in zip((None, *stages), stages, strict=False):
        if isinstance(stage, Drop):
            return
        refused = kinds - stage.inputs()
        if refused or not kinds:
            came = f" out of {before.verb}" if before else ""
            what = ", ".join(sorted(refused)) or "nothing"
            raise PolicyError(stage.verb, f"does not take {what}{came}")
        kinds = frozenset(stage.gives(kind) for kind in kinds)


def _kind(stage: Stage) -> str:
    if isinstance(stage, Generalize):
        if stage.unit is not None:
            return "time"
        if stage.parts is not None:
            return "version"
        return "category" if stage.allow is not None else "measure"
    return _KIND_OF_VERB.get(stage.verb, "other")


def _field(path: str, given: Any) -> Field:
    try:
        return given if isinstance(given, Field) else Field(given)
    except PolicyError as error:
        raise PolicyError(f"fields.{path}", error.problem, hint=error.hint) from None


def _written(field: Field) -> dict[str, Any]:
    """Return a field in plain dicts, with all that differs from the default."""
    stages = [{stage.verb: _options(stage)} for stage in field.stages]
    written: dict[str, Any] = {"stages": stages} if len(stages) > 1 else dict(stages[0])
    written["kind"] = field.kind
    if field.purpose is not None:
        written["purpose"] = field.purpose
    if field.reason:
        written["reason"] = field.reason
    if field.withhold != "record":
        written["withhold"] = field.withhold
    return written | _consent(field.agreed)


def _consent(agreed: Agreed | None) -> dict[str, Any]:
    if agreed is None:
        return {}
    return {"agreed": agreed.field if agreed.until is None else msgspec.structs.asdict(agreed)}


def _options(stage: Stage) -> Any:
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in msgspec.structs.asdict(stage).items()
        if value is not None
    }
