"""The officers' pages say what the presets do, in two languages alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from anonkit import Policy
from anonkit.policy.document import presets

OFFICER = Path(__file__).parent.parent.parent / "docs" / "officer"
LANGUAGES = ("de", "en")
SYSTEMS = ("app", "cloud", "fleet", "remote-support", "saas", "support")


def page(language: str, name: str) -> str:
    return (OFFICER / language / f"{name}.md").read_text(encoding="utf-8")


def test_each_system_has_a_page_in_each_language() -> None:
    """There are six pages and an overview in German and in English, and no others."""
    for language in LANGUAGES:
        found = {path.stem for path in (OFFICER / language).iterdir()}
        assert found == {*SYSTEMS, "README"}


@pytest.mark.parametrize("name", SYSTEMS)
def test_both_languages_have_the_same_parts(name: str) -> None:
    """A page has nine parts, an open box for each condition, and the same rows in both languages."""
    german, english = (page(language, name) for language in LANGUAGES)
    for form in (r"^## ", r"^\| ", r"^- \[ \] ", r"^- \*\*", r"^- ", r"☐ ", r"`[^`]+`"):
        ours, theirs = (len(re.findall(form, text, re.MULTILINE)) for text in (german, english))
        assert ours == theirs, form
    assert len(re.findall(r"^## ", german, re.MULTILINE)) == 9
    assert len(re.findall(r"^- \[ \] ", german, re.MULTILINE)) >= 5


@pytest.mark.parametrize(
    ("language", "units"),
    [
        ("de", {"1min": "die Minute", "1h": "die Stunde"}),
        ("en", {"1min": "the minute", "1h": "the hour"}),
    ],
)
def test_the_page_of_web_logs_says_their_times(language: str, units: dict[str, str]) -> None:
    """How far the presets of access logs round times is what the page says, and all that it says."""
    (row,) = re.findall(r"^\| .*weblog-strict.*\|$", page(language, "saas"), re.MULTILINE)[:1]
    stages = [
        Policy.preset(name).records["web_request"].fields["time"].stages[0]
        for name in ("weblog", "weblog-strict")
    ]
    found = [(row.index(said), unit) for unit, said in units.items()]
    assert [unit for _, unit in sorted(found)] == [stage.unit for stage in stages]  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted({*SYSTEMS} & {*presets()}))
def test_a_page_names_the_times_and_purposes_of_its_preset(language: str, name: str) -> None:
    """Period, retention and every purpose of what leaves stand on the page of the preset."""
    text = re.sub(r"(?<=\d)[ ,](?=\d{3})", "", page(language, name))
    policy = Policy.preset(name)
    unit = {"de": r"Tagen?\b", "en": r"days\b"}[language]
    days = {match[1] for match in re.finditer(rf"(\d+)\s+{unit}", text)}
    keyed_for = {policy.period.removesuffix("d")} if name != "support" else set()
    assert {policy.retain.removesuffix("d")} | keyed_for <= days
    purposes = {
        purpose
        for record in policy.records.values()
        for field in record.fields.values()
        if not field.dropped
        for purpose in (record.purpose, field.purpose or record.purpose)
    }
    for purpose in purposes:
        assert f"`{purpose}`" in text
