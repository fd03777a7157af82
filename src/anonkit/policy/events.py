"""What event classes declare, as the records of a policy."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from anonkit.errors import PolicyError
from anonkit.parse.formats import OBJECT
from anonkit.policy.policy import Field, Record, check_chain
from anonkit.records.agreed import agreed_from
from anonkit.records.event import Declared, Event, Why, declaration, escaped, kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anonkit.records.event import Slot


def records_of(events: Iterable[type[Event]]) -> dict[str, Record]:
    """Return the records that event classes declare, by record type.

    Raises:
        PolicyError: A class declares an impossible chain, or two share a record type.
    """
    records: dict[str, Record] = {}
    for event in events:
        record_type = type_of(event)
        if record_type in records:
            raise PolicyError(f"record.{record_type}", "two event classes have this type")
        fields: dict[str, Field] = {}
        declared = declaration(event)
        for path, said in declared.fields.items():
            place = f"{event.__name__}.{path}"
            try:
                fields[path] = _declared(said)
                if path in declared.slots and not fields[path].dropped:
                    check_chain(said.stages, kinds_of(declared.slots[path].type, place))
            except PolicyError as error:
                raise PolicyError(place, error.problem, hint=error.hint) from None
        if not fields:
            raise PolicyError(event.__name__, "declares no field")
        consent: Any = event.agreed
        try:
            record = Record(fields, purpose=event.purpose, agreed=consent)
        except PolicyError as error:
            place = f"{event.__name__}.{error.path}"
            raise PolicyError(place, error.problem, hint=error.hint) from None
        _check_consent(event.__name__, record, declared.slots)
        records[record_type] = record
    return records


def type_of(event: type[Event]) -> str:
    """Return the record type of an event class.

    Raises:
        PolicyError: Its tag is not text, or stands in a field other than `type`.
    """
    config = event.__struct_config__
    if config.tag_field != "type" or not isinstance(config.tag, str):
        raise PolicyError(event.__name__, "an event's tag is text in the field `type`")
    if config.tag == OBJECT:
        raise PolicyError(event.__name__, f"`{OBJECT}` is the type of objects that say none")
    return config.tag


def _declared(declared: Declared) -> Field:
    why = declared.why or Why("")
    return Field(
        declared.stages,
        why.kind or "",
        why.purpose,
        why.reason,
        why.withhold,
        agreed_from(why.agreed),
    )


def _check_consent(event: str, record: Record, slots: Mapping[str, Slot]) -> None:
    """Refuse a consent that no value of its field could give; what is dropped has any type."""
    for condition in record.conditions:
        kind = bool if condition.until is None else datetime
        for name in condition.fields:
            if slots[escaped(name)].type not in (kind, Any):
                raise PolicyError(f"{event}.{name}", f"tells consent, so it is a {kind.__name__}")
