"""The audit as a page: every flaw, no value, in both languages."""

from __future__ import annotations

import pytest

from anonkit.explain import Wording, html, markdown
from anonkit.explain.chart import bars
from anonkit.explain.groups import Groups
from anonkit.explain.observe import _KINDS, MOST_DISTINCT
from anonkit.explain.verdict import verdict
from audits import BAD, audited
from pages import Outline


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_verdict_names_every_flaw_and_no_value(lang: str) -> None:
    """The page names flaws, fields, shares and what mends them; no value of the file."""
    words = Wording(lang)
    records = [
        {name: BAD[name][n % len(BAD[name])] for name in BAD} | {"type": "a", "n": n}
        for n in range(20)
    ]
    result = audited(records)
    assert {flaw.name for flaw in result.flaws} >= set(BAD)
    page = html(verdict(result, "out.ndjson", words), lang=lang)
    said = markdown(verdict(result, "out.ndjson", words))
    outline = Outline(page)
    assert outline.open == []
    assert outline.loads == []
    for values in BAD.values():
        for value in values[:1]:
            assert value not in page.replace("::", "") or value == "::"
            assert value not in said or value == "::"
    for flaw in result.flaws:
        assert words.frame("advice", flaw.name) in page
        assert words.frame("flaw", flaw.name) in outline.text
        assert flaw.field in outline.text


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_flaw_has_its_words(lang: str) -> None:
    """Each flaw has a name and an advice in both languages, and each kind of value its words."""
    words = Wording(lang)
    for kind in (*_KINDS, "text", "mixed", "nothing"):
        assert words.frame("kind", kind)
    for name in (*BAD, "few-tokens", "outlives-period", "crosses-periods"):
        assert words.frame("flaw", name)
        assert words.frame("advice", name)


def test_a_verdict_without_anything_is_a_page_too() -> None:
    """No records, no fields, no flaws: the page says so."""
    said = markdown(verdict(audited([]), "empty", Wording("en")))
    assert "None of the known flaws was found." in said
    assert "No field tells records apart" in said


def test_a_sampled_count_says_so() -> None:
    """When groups were sampled, the page says it."""
    result = audited([{"type": "a", "ip": f"10.0.{n}.0"} for n in range(40)], quasi=["ip"])
    small = Groups(limit=4)
    for number in range(40):
        small.add([str(number)])
    said = markdown(verdict(result._replace(groups=small, unread=3), "x", Wording("en")))
    assert "fair sample" in said
    assert "3 lines could not be read" in said


def test_bars_are_as_long_as_their_numbers() -> None:
    """The longest bar fills its room, another its share; nothing at all is no error."""
    drawn = bars([("a<b", 4, "4"), ("c", 1, "1")], "t&t")
    assert 'width="380.0"' in drawn
    assert 'width="95.0"' in drawn
    assert "a&lt;b" in drawn
    assert "<title>t&amp;t</title>" in drawn
    assert "<rect" not in bars([], "nothing")


def test_more_values_than_are_remembered_are_said_to_be_more() -> None:
    """A field of many values is counted up to the limit, and the page says so."""
    result = audited([{"type": "a", "n": number} for number in range(MOST_DISTINCT + 1)])
    assert "20,000 or more" in markdown(verdict(result, "x", Wording("en")))
    assert "20.000 oder mehr" in markdown(verdict(result, "x", Wording("de")))
