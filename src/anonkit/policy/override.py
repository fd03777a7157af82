"""Single fields of a policy, said anew: `referer=drop`, `ip={truncate={v4=16}}`.

What stands behind the equals sign is what stands there in a policy file (TOML); a lone word needs
no quotes. The rest of the field stays as it was said: its kind, its purpose, what a refused value
takes along, the consent that it needs.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import msgspec

from anonkit.errors import PolicyError
from anonkit.policy.document import field_from, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonkit.policy.policy import Field, Policy, Record

REASON = "as set for this run"
_WORD = re.compile(r"[A-Za-z_]+")


def override(
    policy: Policy, settings: Sequence[str], record: str, columns: Sequence[str] | None = ()
) -> Policy:
    """Return a policy in which some fields are said anew.

    Args:
        policy: The policy.
        settings: `FIELD=STAGE` each, or `RECORD.FIELD=STAGE`. Where records say their own type,
            each that has the field is meant without the record.
        record: The record type of the format in use; empty where each record says its own.
        columns: The fields that its records can have beside those of the policy; None for any.

    Raises:
        PolicyError: No field has that name, or no stage.
    """
    records = dict(policy.records)
    for setting in settings:
        path, equals, said = setting.partition("=")
        path = path.strip()
        if not equals or not path:
            raise PolicyError(
                f"--set {path}".rstrip(), "is FIELD=STAGE", hint="such as --set referer=drop"
            )
        for name, field in _places(policy, path, record, columns):
            fields = dict(records[name].fields)
            fields[field] = _field(path, said, fields.get(field))
            if columns is None and fields[field].dropped and field not in records[name].fields:
                hint = nearest(path, list(records[name].fields))  # one that was meant, perhaps
                raise PolicyError(
                    f"--set {path}", "no line names it, so it stays behind already", hint=hint
                )
            records[name] = msgspec.structs.replace(records[name], fields=fields)
    return msgspec.structs.replace(policy, records=records)


def _places(
    policy: Policy, path: str, record: str, columns: Sequence[str] | None
) -> list[tuple[str, str]]:
    """Return the record types and fields that a setting speaks of."""
    records: dict[str, Record] = policy.records
    if record:
        if record not in records:
            raise PolicyError(policy.name, f"says nothing of {record}, the records of this format")
        known = dict.fromkeys((*records[record].fields, *(columns or ())))
        named, _, field = path.partition(".")
        if path not in known and named == record and field in records[record].fields:
            path = field
        places = [(record, path)] if columns is None or path in known else []
    else:
        name, _, field = path.partition(".")
        known = dict.fromkeys(field for each in records.values() for field in each.fields)
        places = [(each, path) for each in records if path in records[each].fields]
        if name in records and not places:
            known = dict.fromkeys(f"{name}.{field}" for field in records[name].fields)
            places = [(name, field)] if field in records[name].fields else []
    if not places:
        hint = nearest(path, list(known))
        raise PolicyError(f"--set {path}", "no field has that name", hint=hint)
    return places


def _field(path: str, said: str, before: Field | None) -> Field:
    """Return a field said anew."""
    said = said.strip()
    text = f'"{said}"' if _WORD.fullmatch(said) and said not in ("true", "false") else said
    try:
        document = tomllib.loads(f"it = {text}")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        document = {}
    if document.keys() != {"it"}:
        raise PolicyError(
            f"--set {path}",
            "is a stage as in a policy file",
            hint="such as drop, or {truncate={v4=16}}",
        )
    field = field_from(f"--set {path}", document["it"])
    given = document["it"] if isinstance(document["it"], dict) else {}
    if before is None:
        return field if "reason" in given else msgspec.structs.replace(field, reason=REASON)
    stays = {
        word: getattr(before, word)
        for word in ("kind", "purpose", "withhold", "agreed")
        if word not in given
    }
    reason = given.get("reason", REASON)
    return msgspec.structs.replace(field, reason=reason, **stays)
