"""Named findings on a policy that is valid and still unwise.

An error stops; a finding is for a person to weigh. Each rule is one line of the table at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from anonkit.policy.paths import REST, split_path
from anonkit.policy.policy import days
from anonkit.stages.generalize import Generalize
from anonkit.stages.truncate import Truncate
from anonkit.stages.url import Url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anonkit.policy.policy import Field, Policy

# Kinds of field whose values name or point at somebody.
PERSONAL = frozenset({"address", "agent", "contact", "identifier", "person", "text", "url"})
# Tokens that stay linkable longer than a quarter follow people through their lives.
LONGEST_PERIOD = 92
# A /56 is what providers hand to one household (RFC 6177); a /24 has 256 IPv4 hosts.
NARROWEST_V4, NARROWEST_V6 = 24, 48


class Finding(NamedTuple):
    """One thing to weigh.

    Args:
        path: Where in the policy.
        rule: The name of the rule.
        problem: What it says.
    """

    path: str
    rule: str
    problem: str


def findings(policy: Policy) -> list[Finding]:
    """Return what is to be said about a policy, in its order."""
    found: list[Finding] = []
    if days(policy.period, "period") > LONGEST_PERIOD:
        problem = f"tokens stay linkable for more than {LONGEST_PERIOD} days"
        found.append(Finding("period", "long-period", problem))
    for name, record in policy.records.items():
        for path, field in record.fields.items():
            place = f"record.{name}.fields.{path}"
            for rule, test in _RULES.items():
                found += [
                    Finding(place, rule, problem) for problem in test(path, field, record.fields)
                ]
    return found


def _keeps_personal(_path: str, field: Field, _fields: dict[str, Field]) -> Iterator[str]:
    if field.stages[0].verb == "keep" and field.kind in PERSONAL:
        yield f"a field of kind {field.kind} leaves as it is"


def _no_reason(_path: str, field: Field, _fields: dict[str, Field]) -> Iterator[str]:
    if not field.dropped and not field.reason:
        yield "leaves without a reason"


def _wide_address(_path: str, field: Field, _fields: dict[str, Field]) -> Iterator[str]:
    for stage in field.stages:
        if isinstance(stage, Truncate) and (stage.v4 > NARROWEST_V4 or stage.v6 > NARROWEST_V6):
            yield f"more than /{NARROWEST_V4} and /{NARROWEST_V6} can point at one household"


def _open_names(path: str, field: Field, fields: dict[str, Field]) -> Iterator[str]:
    if split_path(path)[-1] == REST and f"{path}~" not in fields and not field.dropped:
        yield f"the names in it leave as they are; treat them with {path}~"


def _whole_path(_path: str, field: Field, _fields: dict[str, Field]) -> Iterator[str]:
    for stage in field.stages:
        if isinstance(stage, Url) and stage.path == "keep" and not stage.origin:
            yield "path segments with identifiers leave as they are"


def _fine_time(_path: str, field: Field, _fields: dict[str, Field]) -> Iterator[str]:
    for stage in field.stages:
        if isinstance(stage, Generalize) and stage.unit is not None and stage.unit.endswith("s"):
            yield "times to the second join with other logs"


_RULES: dict[str, Callable[[str, Field, dict[str, Field]], Iterator[str]]] = {
    "keeps-personal": _keeps_personal,
    "no-reason": _no_reason,
    "wide-address": _wide_address,
    "open-names": _open_names,
    "whole-path": _whole_path,
    "fine-time": _fine_time,
}
