"""Findings on a policy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from anonkit import Keyring, Policy
from anonkit.explain import Wording, markdown, notice
from anonkit.keys.keyring import PeriodKey
from anonkit.policy import lint
from anonkit.policy.document import presets
from anonkit.policy.lint import Finding, findings

# One bad and one good policy for each rule: NAME.bad.toml, NAME.good.toml.
POLICIES = Path(__file__).parent.parent / "policies"
RULES = sorted({path.name.split(".")[0] for path in POLICIES.glob("*.toml")})
TODAY = date(2026, 2, 1)
WORDS = Wording("en")
HEAD = 'retain = "9d"\n[record.a]\n'


def found_in(name: str) -> list[Finding]:
    """Return the findings on a policy of the folder, used with keys of thirty days."""
    text = (POLICIES / f"{name}.toml").read_text(encoding="utf-8")
    ring = Keyring.generate(at=datetime(2026, 2, 1, tzinfo=UTC), length=timedelta(days=30))
    return findings(Policy.from_toml(text, source=name), today=TODAY, keyring=ring)


def test_every_rule_has_its_policies() -> None:
    """Each rule of the tables has a bad and a good policy, and each policy a rule."""
    tables = {**lint._OF_POLICY, **lint._OF_RECORD, **lint._OF_FIELD}
    assert sorted(tables) == RULES
    for rule in RULES:
        assert (POLICIES / f"{rule}.bad.toml").exists()
        assert (POLICIES / f"{rule}.good.toml").exists()


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_finds_what_it_names(rule: str) -> None:
    """A policy that is unwise in one way has that finding alone, and its wise twin none."""
    assert {finding.rule for finding in found_in(f"{rule}.bad")} == {rule}
    assert found_in(f"{rule}.good") == []
    for finding in found_in(f"{rule}.bad"):
        assert finding.problem
        assert finding.advice


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ('fields.x = { truncate = { v6 = 49 }, reason = "y" }', ["wide-address"]),
        ('fields.x = { stages = [{truncate={v6=49}}, "pseudonymize"], reason = "y" }', ["wide-address"]),
        ('fields."x.*" = "drop"', []),
        ('fields.x = { url = true, reason = "y" }', []),
        ('fields.x = { generalize = { allow = ["a"] }, reason = "y" }', []),
        ('fields."a.gender[]" = { pseudonymize = true, reason = "y" }', ["few-values"]),
        ('fields.x = { pseudonymize = true, kind = "category", reason = "y" }', ["few-values"]),
        ('fields.x = { stages = [{generalize={step=10}}, {generalize={step=5}}], reason = "y" }', ["no-effect"]),
        ('fields.x = { stages = [{generalize={step=10}}, {generalize={step=4}}], reason = "y" }', []),
        ('fields.x = { stages = [{generalize="1h"}, {generalize="1h"}], reason = "y" }', ["no-effect"]),
        ('fields.x = { stages = [{generalize="1h"}, {generalize="1d"}], reason = "y" }', []),
        ('fields.x = { stages = ["url", "scrub"], reason = "y" }', []),
        ('fields.x = { stages = ["scrub", "scrub"], reason = "y" }', ["no-effect"]),
        ('fields.x = { stages = ["scrub", "scrub", "scrub"], reason = "y" }', ["no-effect", "no-effect"]),
        ('fields.x = { stages = ["user_agent", {generalize={allow=["curl"]}}], reason = "y" }', []),
        ('fields.x = { stages = [{generalize={step=10}}, {generalize={log=2}}], reason = "y" }', []),
        ('fields.user_country_code = { pseudonymize = true, reason = "y" }', ["few-values"]),
        ('fields."user.code" = { pseudonymize = "d", reason = "y" }\nfields."code.host" = { pseudonymize = "d", reason = "y" }', []),
        ('fields."a.user" = { pseudonymize = "d", reason = "y" }\nfields."a.host" = { pseudonymize = "d", reason = "y" }', ["domain-of-many"]),
        ('fields.user = { pseudonymize = true, reason = "y" }\nfields.host = { pseudonymize = true, reason = "y" }', []),
        ('fields.x = "drop"\n[record.web_request]\nfields.status = { pseudonymize = true, reason = "y" }', ["few-values"]),
        ('fields.x = "drop"\n[record.object]\nfields.x = "drop"', ["unreachable"]),
        ('fields.x = "drop"\n[record.any_object]\nfields.text = "drop"', []),
        ('fields.x = "drop"\n[record.any_row]\nfields.text = "drop"\n[record.row]\nfields.x = "drop"', ["unreachable"]),
    ],
)  # fmt: skip
def test_rules_look_at_every_form(text: str, rules: list[str]) -> None:
    """A rule finds what it names however it is written, and leaves alone what is like it."""
    assert [finding.rule for finding in findings(Policy.from_toml(HEAD + text))] == rules


QUASI = {
    "ip": 'truncate = { v4 = 24, v6 = 48 }, reason = "y"',
    "at": 'generalize = "1min", reason = "y"',
    "agent": 'user_agent = true, reason = "y"',
    "city": 'keep = true, kind = "category", reason = "y"',
    "locale": 'generalize = { allow = ["de"] }, reason = "y"',
}


@pytest.mark.parametrize("left", QUASI)
def test_four_telling_fields_are_too_many(left: str) -> None:
    """Any four fields that tell of somebody are a finding, and dropping one more ends it."""
    rest = {name: said for name, said in QUASI.items() if name != left}
    lines = [f"fields.{name} = {{ {said} }}" for name, said in rest.items()]
    (finding,) = findings(Policy.from_toml(HEAD + "\n".join(lines)))
    assert finding.rule == "quasi-identifiers"
    assert finding.path == "record.a"
    for name in rest:
        fewer = [f'fields.{name} = "drop"' if f".{name} " in line else line for line in lines]
        assert findings(Policy.from_toml(HEAD + "\n".join(fewer))) == []


def test_tokens_and_buckets_tell_nothing_by_themselves() -> None:
    """A token or a number in steps is no part of the picture."""
    lines = [f"fields.{name} = {{ {QUASI[name]} }}" for name in ("ip", "at", "agent")]
    lines.append('fields.language = { stages = [{generalize={allow=["de"]}}, "pseudonymize"] }')
    lines.append('fields.screen = { generalize = { step = 100 }, reason = "y" }')
    rules = {finding.rule for finding in findings(Policy.from_toml(HEAD + "\n".join(lines)))}
    assert "quasi-identifiers" not in rules


# What a policy that says no kinds lets leave: the record type, the line, and what is found.
UNSAID = [
    ("a", "fields.ip = 'keep'", "keeps-personal"),
    ("a", "fields.client_ip = 'keep'", "keeps-personal"),
    ("a", "fields.customerEmail = 'keep'", "keeps-personal"),
    ("a", "fields.firstName = 'keep'", "keeps-personal"),
    ("a", "fields.sessionId = 'keep'", "keeps-personal"),
    ("a", "fields.user_agent = 'keep'", "keeps-personal"),
    ("a", "fields.password = 'keep'", "keeps-personal"),
    ("a", "fields.referer = 'keep'", "keeps-personal"),
    ("a", "fields.id = 'keep'", "keeps-personal"),
    ("a", "fields.'user.id' = 'keep'", "keeps-personal"),
    ("a", "fields.'event.id' = 'keep'", ""),
    ("a", "fields.message = 'keep'", "keeps-text"),
    ("a", "fields.errorMessage = 'keep'", "keeps-text"),
    ("a", "fields.note = 'keep'", "keeps-text"),
    ("a", "fields.note = { keep = true, kind = 'category' }", ""),
    ("a", "fields.at = 'keep'", "fine-time"),
    ("a", "fields.time = 'keep'", "fine-time"),
    ("a", "fields.login_time = 'keep'", "fine-time"),
    ("a", "fields.response_time = 'keep'", ""),
    ("a", "fields.app_version = 'keep'", ""),
    ("a", "fields.'日' = 'keep'", ""),
    ("a", "fields.'1' = 'keep'", ""),
    ("a", "fields.birth_year = 'pseudonymize'", "few-values"),
    ("a", "fields.userGender = 'pseudonymize'", "few-values"),
    ("a", "fields.country_code = 'pseudonymize'", "few-values"),
    ("a", "fields.phone = 'pseudonymize'", ""),
    ("web_request", "fields.status = 'pseudonymize'", "few-values"),
    ("web_request", "fields.method = 'pseudonymize'", "few-values"),
    ("web_request", "fields.client = 'keep'", "keeps-personal"),
    ("web_request", "fields.user = 'keep'", "keeps-personal"),
    ("web_request", "fields.agent = 'keep'", "keeps-personal"),
    ("web_request", "fields.vhost = 'keep'", ""),
    ("web_request", "fields.clientip = 'drop'", "unreachable"),
    ("webrequests", "fields.client = 'drop'", "unreachable"),
    ("w3c_request", "fields.cs-uri-query = 'keep'", "keeps-text"),
    ("syslog_line", "fields.message = 'keep'", "keeps-text"),
    ("syslog_line", "fields.hostname = 'drop'", "unreachable"),
    ("any_object", "fields.text = 'keep'", "keeps-text"),
    ("any_object", "fields.email = 'keep'", "keeps-personal"),
    ("any_object", "fields.username = 'drop'", "unreachable"),
    ("any_row", "fields.address = 'keep'", "keeps-personal"),
    ("text_line", "fields.line = 'keep'", "keeps-text"),
]


@pytest.mark.parametrize(("record", "line", "rule"), UNSAID, ids=[line for _, line, _ in UNSAID])
def test_a_kind_that_is_not_said_is_told_by_column_and_name(
    record: str, line: str, rule: str
) -> None:
    """In records of one's own and of logs, what a field says is told by its column, or its name."""
    policy = Policy.from_toml(f'retain = "9d"\n[record.{record}]\n{line}')
    found = {finding.rule for finding in findings(policy)} - {"no-reason"}
    assert found == ({rule} if rule else set())


def test_the_notice_names_what_is_kept_though_no_kind_is_said() -> None:
    """A kept address or message is said to name or describe a person, with its kind or without."""
    for name in ("ip", "email", "message"):
        said = markdown(notice(Policy.from_toml(f"[record.a]\nfields.{name} = 'keep'"), WORDS))
        assert "can name or describe a person" in said
    said = markdown(notice(Policy.from_toml("[record.a]\nfields.pages = 'keep'"), WORDS))
    assert "can name or describe a person" not in said


def test_four_telling_fields_are_told_by_their_names() -> None:
    """Network, browser, screen and time single somebody out, whatever kinds are said."""
    lines = [
        'client_ip = { truncate = true, reason = "y" }',
        'browser = { keep = true, kind = "agent", reason = "y" }',
        'screenSize = { keep = true, reason = "y" }',
        'at = { generalize = "1min", reason = "y" }',
    ]
    policy = Policy.from_toml(HEAD + "\n".join(f"fields.{line}" for line in lines))
    assert "quasi-identifiers" in {finding.rule for finding in findings(policy)}


def test_keys_without_an_end_outlive_every_period() -> None:
    """A key that is in force for ever is a finding; a destroyed one and none are not."""
    policy = Policy.from_toml(HEAD + 'fields.user = { pseudonymize = true, reason = "y" }')
    ring = Keyring.generate()
    (finding,) = findings(policy, keyring=ring)
    assert finding.rule == "key-outlives-period"
    assert "no end" in finding.problem
    assert ring.periods[0].id in finding.problem
    ring.destroy(ring.periods[0].id, at=datetime(2026, 2, 1, tzinfo=UTC))
    assert findings(policy, keyring=ring) == []
    assert findings(Policy.from_toml(HEAD + 'fields.x = "drop"'), keyring=Keyring.generate()) == []
    day = datetime(2026, 2, 1, tzinfo=UTC)
    for start, end in ((None, day), (day, None)):
        ring = Keyring([PeriodKey.generate(start, end)])
        assert [finding.rule for finding in findings(policy, keyring=ring)] == [
            "key-outlives-period"
        ]


def test_without_a_day_no_review_has_passed() -> None:
    """The clock is handed in; without it nothing is late."""
    assert findings(Policy.from_toml('review = "2001-01-01"\n' + HEAD + 'fields.x = "drop"')) == []


def test_a_long_retention_is_a_finding_where_it_is_said() -> None:
    """More than three years is a finding, at the policy or at the record type that says it."""
    long = Policy.from_toml('retain = "1097d"\n[record.a]\nretain = "1096d"\nfields.x = "drop"')
    assert [finding.path for finding in findings(long)] == ["retain"]
    long = Policy.from_toml('retain = "9d"\n[record.a]\nretain = "1097d"\nfields.x = "drop"')
    assert [finding.path for finding in findings(long)] == ["record.a.retain"]


def test_a_finding_names_its_place() -> None:
    """A finding has the path in the policy."""
    (finding,) = findings(Policy.from_toml(HEAD + 'fields."u.name" = "truncate"'))
    assert finding.path == "record.a.fields.u.name"


@pytest.mark.parametrize("name", sorted(set(presets()) - {"address", "support"}))
def test_presets_are_wise(name: str) -> None:
    """The presets have no findings, but for two with a reason.

    `address` says in its own who answers for the rest; `support` is there to send names.
    """
    assert findings(Policy.preset(name)) == []
    (finding,) = findings(Policy.preset("address"))
    assert finding.rule == "keeps-text"


def test_the_preset_that_sends_names_says_so() -> None:
    """Of `support`, the findings are the names, addresses and numbers that leave as they are."""
    found = findings(Policy.preset("support"))
    assert {finding.rule for finding in found} == {"keeps-personal"}
    assert {finding.path.rpartition(".")[2] for finding in found} == {
        "first_name", "last_name", "email", "serial", "registration",
    }  # fmt: skip
