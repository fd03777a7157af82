"""What a field says about somebody: as the policy has it, and else as its name does.

A policy need not say the kind of a field that is kept. Nobody shall read from its silence that an
`email` names nobody, so the columns of known logs have the kind that their preset gives them, and
other fields that of their name. A name can mislead: a kind that is said overrules it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from anonkit.parse.formats import FORMATS
from anonkit.parse.names import class_of, words_of
from anonkit.policy.document import preset
from anonkit.policy.paths import names_in
from anonkit.stages.identifiers import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonkit.policy.policy import Field

# Kinds of field whose values name or point at somebody.
PERSONAL: Final = frozenset({"address", "agent", "contact", "identifier", "person", "text", "url"})
UNSAID: Final = "other"
# What the class of a name (`parse/names.py`) says of its values.
_OF_CLASS: Final = {
    "address": "address",
    "agent": "agent",
    "email": "contact",
    "name": "person",
    "personal": "person",
    "secret": "identifier",
    "session": "identifier",
    "url": "url",
    "user": "identifier",
}
_IDENTIFIERS: Final = words("guid id uuid")
# Last words in names of what people wrote, or programs about them.
_TEXTS: Final = words(
    "answer bio body comment comments description feedback message messages msg note notes query "
    "question remark remarks search stacktrace subject summary text"
)
# Last words in names of times, and words before `time` that make it a moment.
_MOMENTS: Final = words("at datetime timestamp ts")
_OF_MOMENTS: Final = words(
    "access begin created end event log logged login received sent start stop visit"
)


def kind_of(record: str, path: str, field: Field) -> str:
    """Return the kind of a field, said or not.

    Args:
        record: The record type.
        path: The field.
        field: What the policy says of it.
    """
    if field.kind != UNSAID:
        return field.kind
    return _kinds(record).get(path) or _kind_of_name(path)


def column_kind(record: str, path: str) -> str:
    """Return the kind that a column of a known log has; of any other field, nothing."""
    return _kinds(record).get(path, "")


def _kind_of_name(path: str) -> str:
    names = names_in(path)
    said = words_of(names[-1])
    if said and said[-1] in _TEXTS:
        return "text"
    if said and (
        said[-1] in _MOMENTS or said == ["time"] or (said[-1] == "time" and said[-2] in _OF_MOMENTS)
    ):
        return "time"
    if len(said) == 1 and said[0] in _IDENTIFIERS:
        within = _OF_CLASS.get(class_of(" ".join(names[-2:])), UNSAID)
        return "identifier" if len(names) == 1 else within
    return _OF_CLASS.get(class_of(names[-1]), UNSAID)


@lru_cache(maxsize=64)
def _kinds(record: str) -> Mapping[str, str]:
    """Return the kinds of the columns of a record type of logs."""
    return {
        path: field.kind
        for form in FORMATS.values()
        if form.record and form.record == record
        for path, field in preset(form.preset).records[record].fields.items()
    }
