"""Consent that a record itself tells of: agreed to for this case, or before this session.

A purpose is agreed to once and for all of its records, in the ledger. What somebody agrees to case
by case stands in the record, so the policy names the place, and the pipeline looks there: nobody
has to remember to ask.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from anonkit.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The rule that keeps back what a record does not say was agreed to.
NOT_AGREED = "not agreed to"


class Agreed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a record says whether somebody agreed.

    Args:
        field: The name of a field of the record: true or false, or with `until` the time of the
            consent, with a zone.
        until: The name of the field with the time by which consent must have been given.
    """

    field: str
    until: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that are read."""
        return (self.field,) if self.until is None else (self.field, self.until)

    def by(self, members: Mapping[str, Any]) -> bool:
        """Return whether a record says so; what is missing or of another type is no consent."""
        try:
            return self._said([_plain(members[name]) for name in self.fields])
        except Exception:  # noqa: BLE001 - whatever cannot be read says nothing
            return False

    def _said(self, values: list[Any]) -> bool:
        if self.until is None:
            return values[0] is True
        given, until = (msgspec.convert(value, datetime) for value in values)
        return None not in (given.utcoffset(), until.utcoffset()) and given <= until


def agreed_from(given: Any) -> Agreed | None:
    """Return what a policy says of consent: a name, or a table of `field` and `until`.

    Raises:
        PolicyError: It is neither.
    """
    if given is None or isinstance(given, Agreed):
        return given
    try:
        return msgspec.convert({"field": given} if isinstance(given, str) else given, Agreed)
    except msgspec.ValidationError:
        pass
    raise PolicyError(
        "agreed",
        "is the name of a field that says yes or no, or a table of two times",
        hint='such as "contact_consent" or { field = "consented_at", until = "at" }',
    )


def _plain(value: Any) -> Any:
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value
