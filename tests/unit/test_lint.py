"""Findings on a policy."""

from __future__ import annotations

import pytest

from anonkit import Policy
from anonkit.policy.document import presets
from anonkit.policy.lint import findings

HEAD = "[record.a]\n"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (HEAD + 'fields.x = { keep = true, kind = "measure", reason = "why" }', []),
        (HEAD + 'fields.x = "drop"', []),
        (HEAD + 'fields.x = "truncate"', ["no-reason"]),
        (HEAD + 'fields.x = { keep = true, kind = "person", reason = "why" }', ["keeps-personal"]),
        (HEAD + 'fields.x = { keep = true, kind = "text" }', ["keeps-personal", "no-reason"]),
        (HEAD + 'fields.x = { truncate = { v4 = 25 }, reason = "why" }', ["wide-address"]),
        (HEAD + 'fields.x = { truncate = { v6 = 56 }, reason = "why" }', ["wide-address"]),
        (
            HEAD
            + 'fields.x = { stages = [{ truncate = { v6 = 49 } }, "pseudonymize"], reason = "y" }',
            ["wide-address"],
        ),
        (HEAD + 'fields."x.*" = { pseudonymize = true, reason = "why" }', ["open-names"]),
        (HEAD + 'fields."x.*" = "drop"', []),
        (
            HEAD + 'fields."x.*" = { pseudonymize = true, reason = "why" }\n'
            'fields."x.*~" = { pseudonymize = true, reason = "why" }',
            [],
        ),
        (HEAD + 'fields.x = { url = { path = "keep" }, reason = "why" }', ["whole-path"]),
        (HEAD + 'fields.x = { url = { path = "keep", origin = true }, reason = "why" }', []),
        (HEAD + 'fields.x = { url = true, reason = "why" }', []),
        (HEAD + 'fields.x = { generalize = "30s", reason = "why" }', ["fine-time"]),
        (HEAD + 'fields.x = { generalize = "1min", reason = "why" }', []),
        (HEAD + 'fields.x = { generalize = { step = 5 }, reason = "why" }', []),
        ('period = "93d"\n' + HEAD + 'fields.x = "drop"', ["long-period"]),
        ('period = "92d"\n' + HEAD + 'fields.x = "drop"', []),
    ],
)
def test_each_rule_finds_what_it_names(text: str, rules: list[str]) -> None:
    """A policy that is unwise in one way has that finding, and a wise one none."""
    found = findings(Policy.from_toml(text))
    assert [finding.rule for finding in found] == rules
    for finding in found:
        assert finding.path == ("period" if finding.rule == "long-period" else finding.path)
        assert finding.problem


def test_a_finding_names_its_place() -> None:
    """A finding has the path in the policy."""
    (finding,) = findings(Policy.from_toml(HEAD + 'fields."u.name" = "truncate"'))
    assert finding.path == "record.a.fields.u.name"


@pytest.mark.parametrize("name", sorted(set(presets()) - {"address"}))
def test_presets_are_wise(name: str) -> None:
    """The presets have no findings; `address` says in its reason who answers for the rest."""
    assert findings(Policy.preset(name)) == []
    (finding,) = findings(Policy.preset("address"))
    assert finding.rule == "keeps-personal"
