"""Policies made in Python: what is wrong is refused when it is made, and they say what they are."""

from __future__ import annotations

from typing import Any

import pytest

from anonkit import Pipeline, Policy
from anonkit.errors import PolicyError
from anonkit.policy import Field, Record
from anonkit.policy.policy import days
from anonkit.stages import drop, generalize, keep, pseudonymize, scrub, truncate, url, user_agent
from events import Visit


def test_python_is_checked_as_toml_is() -> None:
    """What is wrong in Python is refused when it is made, by path."""
    wrong: list[tuple[Any, str]] = [
        (lambda: Record({}), "fields: names no field"),
        (lambda: Record({"x": "keep"}), "fields.x: str is not a stage"),  # type: ignore[dict-item]
        (lambda: Record({"x": ()}), "fields.x: has no stage"),  # type: ignore[dict-item]
        (lambda: Record({"x": keep()}, retain="x"), "retain: is a number of days"),  # type: ignore[dict-item]
        (lambda: Policy("p", {}), "record: names no record type"),
        (
            lambda: Policy.from_stages([keep()]),
            "keep: in a list, a stage says its field (truncate(",
        ),
        (lambda: Policy.from_stages([generalize("1h")]), "generalize: in a list, a stage says"),
        (lambda: Policy.from_stages([pseudonymize()]), "pseudonymize: in a list, a stage says"),
        (lambda: Policy.from_stages(["x"]), "str: in a list, a stage says its field"),  # type: ignore[list-item]
        (lambda: Policy.from_stages([keep("x"), drop("x")]), "fields.x: keep: stands alone"),
        (lambda: Policy.from_stages([keep("x"), keep("x.y")]), "x.y: x is already something else"),
        (lambda: days(5, "p"), 'p: is a number of days (such as "30d")'),  # type: ignore[arg-type]
    ]
    for make, problem in wrong:
        with pytest.raises(PolicyError) as caught:
            make()
        assert str(caught.value).startswith(problem)
    assert days("30d", "") == 30


@pytest.mark.parametrize("source", [[], (), "login", 5, None, [keep("a"), Visit], [Visit, keep("b")], dict, [str], Policy])  # fmt: skip
def test_a_pipeline_is_made_of_three_things(source: Any) -> None:
    """Anything but a policy, event classes or stages is refused in words."""
    with pytest.raises(
        PolicyError, match="pipeline: is made from a Policy, from Event classes, or"
    ):
        Pipeline(source)


def test_a_name_of_a_record_has_a_length() -> None:
    """A record type has up to 64 characters."""
    assert Policy("p", {"a" * 64: Record({"v": keep()})}).records  # type: ignore[dict-item]
    with pytest.raises(PolicyError, match="a record type is lower-case"):
        Policy("p", {"a" * 65: Record({"v": keep()})})  # type: ignore[dict-item]


def test_kinds_are_told_by_the_first_stage() -> None:
    """A field that does not say its kind has that of its first stage."""
    kinds = {
        "address": truncate(), "identifier": pseudonymize(), "other": keep(),
        "time": generalize("1h"), "version": generalize(parts=1), "measure": generalize(step=1),
        "category": generalize(allow=["x"]), "url": url(), "agent": user_agent(), "text": scrub(),
    }  # fmt: skip
    for kind, stage in kinds.items():
        assert Field((stage,)).kind == kind
        assert Field((stage,), kind="mine").kind == "mine"


def test_stages_for_one_field_chain_in_their_order() -> None:
    """In a plain list, the stages of a field apply one after the other."""
    pipeline = Pipeline(
        [generalize(parts=1).on("v"), truncate("ip"), generalize(allow=["1"]).on("v")]
    )
    assert pipeline({"v": "1.2", "ip": "::1"}) == {"v": "1", "ip": "::"}
    assert pipeline({"v": "2.2"}) == {"v": "__other__"}


def test_keyed_policies_say_so() -> None:
    """A policy knows whether it makes tokens."""
    assert Policy("p", {"a": Record({"v": pseudonymize()})}).keyed  # type: ignore[dict-item]
    assert not Policy("p", {"a": Record({"v": keep()})}).keyed  # type: ignore[dict-item]
