"""What changes from one policy to another."""

from __future__ import annotations

from typing import Any

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
