"""What changes from one policy to another."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from anonkit import Policy
from anonkit.policy import Field, Record
from anonkit.policy.diff import Difference, differences
from anonkit.stages import drop, generalize, keep, pseudonymize, truncate

STAGES: tuple[Any, ...] = (
    None,
    drop(),
    keep(),
    truncate(),
    truncate(v4=16, v6=32),
    pseudonymize(),
    pseudonymize("user"),
    generalize(allow=["a", "b"]),
)
FIELDS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(STAGES), min_size=1)
POLICIES = st.dictionaries(st.sampled_from(["login", "logout", "crash"]), FIELDS, min_size=1)


def policy_of(stages: dict[str, dict[str, Any]]) -> Policy:
    """Return the policy of generated stages; `anchor` gives every record type a field."""
    records = {
        name: Record({"anchor": drop()} | {path: s for path, s in fields.items() if s is not None})  # type: ignore[dict-item]
        for name, fields in stages.items()
    }
    return Policy("p", records)


@given(POLICIES, POLICIES)
def test_every_field_that_changes_is_named_and_no_other(
    old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]
) -> None:
    """Over generated pairs, the differences are exactly the fields whose leaving differs."""
    expected = {}
    for name in {*old, *new}:
        for path in {*old.get(name, {}), *new.get(name, {})}:
            before, after = (
                None if stages.get(name, {}).get(path) in (None, drop()) else stages[name][path]
                for stages in (old, new)
            )
            if before != after:
                change = "leaves otherwise"
                change = "newly leaves" if before is None else change
                change = "no longer leaves" if after is None else change
                expected[f"record.{name}.fields.{path}"] = change
    found = differences(policy_of(old), policy_of(new))
    fields = {d.path: d.change for d in found if ".fields." in d.path}
    assert fields == expected
    types = {d.path: d.change for d in found if ".fields." not in d.path}
    assert types == {
        **{f"record.{name}": "newly leaves" for name in new.keys() - old.keys()},
        **{f"record.{name}": "no longer leaves" for name in old.keys() - new.keys()},
    }


@given(POLICIES)
def test_a_policy_does_not_differ_from_itself(stages: dict[str, dict[str, Any]]) -> None:
    """The same policy, in any order of its record types, has no difference."""
    assert differences(policy_of(stages), policy_of(dict(reversed(stages.items())))) == []


BASE = """
period = "30d"
retain = "90d"
[record.a]
fields.x = { truncate = { v4 = 24, v6 = 48 }, reason = "y" }
"""


@pytest.mark.parametrize(
    ("edit", "path", "old", "new"),
    [
        (('"30d"', '"7d"'), "period", "30d", "7d"),
        (('"90d"', '"9d"'), "retain", "90d", "9d"),
        (("[record.a]", '[record.a]\npurpose = "sale"'), "record.a.purpose", "usage", "sale"),
        (("[record.a]", '[record.a]\nretain = "5d"'), "record.a.retain", "90d", "5d"),
        (("reason", 'purpose = "sale", reason'), "record.a.fields.x.purpose", "", "sale"),
    ],
)
def test_what_is_promised_beside_fields_is_compared(
    edit: tuple[str, str], path: str, old: str, new: str
) -> None:
    """Period, retention and purposes are differences of their own."""
    changed = Policy.from_toml(BASE.replace(*edit))
    found = differences(Policy.from_toml(BASE), changed)
    assert found == [Difference(path, "promised otherwise", old, new)]


def test_words_for_people_are_no_difference() -> None:
    """Another reason, name, owner or review changes nothing that leaves."""
    other = 'name = "n"\nowner = "o"\nreview = "2030-01-01"' + BASE.replace('"y"', '"z"')
    assert differences(Policy.from_toml(BASE), Policy.from_toml(other)) == []


def test_stages_are_said_with_what_they_are_told() -> None:
    """A difference shows both chains as calls."""
    old = Policy("p", {"a": Record({"x": Field((truncate(v4=16, v6=32), pseudonymize("user")))})})
    new = Policy("p", {"a": Record({"x": keep()})})  # type: ignore[dict-item]
    (found,) = differences(old, new)
    assert found.old == (
        "truncate(v4=16, v6=32) → pseudonymize(domain=user, bits=128, algorithm=blake2b)"
    )
    assert found.new == "keep"


# Fields of a policy as it says them, and what each may become: the path below it that changes, and
# how.
FIELD: dict[str, Any] = {"generalize": {"allow": ["a", "b"]}, "reason": "why", "purpose": "usage"}
EDITS: dict[str, tuple[Any, str, str]] = {
    "dropped": ({"drop": True}, "", "no longer leaves"),
    "kept": (FIELD | {"generalize": None, "keep": True}, "", "leaves otherwise"),
    "another stage": (FIELD | {"generalize": None, "truncate": {"v4": 16}}, "", "leaves otherwise"),
    "one more value": (FIELD | {"generalize": {"allow": ["a", "b", "c"]}}, "", "leaves otherwise"),
    "another order": (FIELD | {"generalize": {"allow": ["b", "a"]}}, "", "leaves otherwise"),
    "another purpose": (FIELD | {"purpose": "sale"}, ".purpose", "promised otherwise"),
    "a consent": (FIELD | {"agreed": "named"}, ".agreed", "promised otherwise"),
    "another reason": (FIELD | {"reason": "other"}, "", ""),
    "another kind": (FIELD | {"kind": "person"}, "", ""),
    "removed": (None, "", "no longer leaves"),
}
PROMISES = {
    ("period",): ("30d", "7d"),
    ("retain",): ("90d", "60d"),
    ("record", "a", "purpose"): ("usage", "sale"),
    ("record", "b", "retain"): ("80d", "70d"),
}
NAMES = [f"record.{record}.fields.f{number}" for record in "ab" for number in range(6)]


def edited(edits: dict[str, str], promises: set[tuple[str, ...]]) -> Policy:
    """Return a policy of two record types, some fields and promises of it changed."""
    fields = {name: EDITS[edits[name]][0] if name in edits else FIELD for name in NAMES}
    document: dict[str, Any] = {"record": {}}
    for record in "ab":
        own = {
            name.rpartition(".")[2]: {k: v for k, v in said.items() if v is not None}
            for name, said in fields.items()
            if said is not None and name.startswith(f"record.{record}.")
        }
        own |= {"anchor": {"keep": True, "reason": "why"}, "named": {"keep": True, "reason": "x"}}
        document["record"][record] = {"fields": own}
    for path, values in PROMISES.items():
        into = document
        for step in path[:-1]:
            into = into[step]
        into[path[-1]] = values[path in promises]
    return from_document(document)


def from_document(document: dict[str, Any]) -> Policy:
    """Return the policy of a document, by way of TOML."""

    def toml(value: Any) -> str:
        if isinstance(value, dict):
            return f"{{ {', '.join(f'{key} = {toml(part)}' for key, part in value.items())} }}"
        return msgspec.json.encode(value).decode()

    return Policy.from_toml("\n".join(f"{key} = {toml(value)}" for key, value in document.items()))


@given(
    edits=st.dictionaries(st.sampled_from(NAMES), st.sampled_from([*EDITS])),
    promises=st.sets(st.sampled_from([*PROMISES])),
    back=st.booleans(),
)
def test_exactly_what_was_edited_is_told(
    *, edits: dict[str, str], promises: set[tuple[str, ...]], back: bool
) -> None:
    """Of any edits of stages, options, purposes, consents and promises, each is told and no other."""
    old, new = edited({}, set()), edited(edits, promises)
    if back:
        old, new = new, old
    expected = {".".join(path): "promised otherwise" for path in promises}
    for name, edit in edits.items():
        _, below, change = EDITS[edit]
        if change:
            newly = back and change == "no longer leaves"
            expected[name + below] = "newly leaves" if newly else change
    assert {d.path: d.change for d in differences(old, new)} == expected
    assert len(differences(old, new)) == len(expected)
