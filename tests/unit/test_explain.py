"""The notice: what a policy lets leave, in words, in German and English."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

import anonkit
from anonkit import Policy
from anonkit.errors import PolicyError, printable
from anonkit.explain import LANGUAGES, Wording, html, markdown, notice
from anonkit.explain.page import Bars, Heading, Items, Paragraph, Raw, Table
from anonkit.explain.sentences import form, span, stage_form
from anonkit.policy import Field, Record
from anonkit.policy.document import presets
from anonkit.stages import (
    VERBS,
    Url,
    drop,
    generalize,
    keep,
    pseudonymize,
    scrub,
    truncate,
    url,
    user_agent,
)
from pages import Outline

SOURCE = Path(anonkit.__file__).parent
DOCS = Path(__file__).parent.parent.parent / "docs"
# Two values for every option of every stage that changes what a reader sees leave. The length and
# the algorithm of a token are no matter for a notice.
WAYS: list[Any] = [
    keep(),
    drop(),
    user_agent(),
    truncate(v4=24, v6=48),
    truncate(v4=16, v6=48),
    truncate(v4=24, v6=32),
    truncate(v4=0, v6=0),
    truncate(v4=32, v6=128),
    pseudonymize(),
    pseudonymize("user"),
    pseudonymize("session"),
    pseudonymize(canonical=["nfc"]),
    pseudonymize(canonical=["casefold", "nfc"]),
    *(generalize(unit) for unit in ("1s", "1min", "1h", "1d", "1w", "1mo", "1y")),
    *(generalize(unit) for unit in ("30s", "15min", "6h", "3mo", "5y")),
    generalize("1d", zone="Europe/Berlin"),
    generalize(step=10),
    generalize(step=0.5),
    generalize(log=2),
    generalize(log=10),
    generalize(parts=1),
    generalize(parts=2),
    generalize(allow=["a"]),
    generalize(ceil="15min"),
    generalize(ceil="1h"),
    generalize(allow=["a", "b"]),
    generalize(allow=list(range(40))),
    url(),
    url(path="keep"),
    url(path="drop"),
    url(parameters=["page"]),
    *(scrub(action=action) for action in ("label", "token", "mask", "truncate", "remove")),
    scrub(detectors=["EMAIL"]),
    scrub(region="DE"),
    scrub(trace=True),
]
UNSAID = {"bits", "algorithm"}


def test_languages_say_the_same_things() -> None:
    """Every frame and every way of a stage stands in both languages, with the same gaps."""
    said = {
        lang: tomllib.loads(
            files("anonkit.explain").joinpath("wording", f"{lang}.toml").read_text("utf-8")
        )
        for lang in LANGUAGES
    }
    assert set(LANGUAGES) == {"de", "en"}
    ours = ("notice", "stage", "span", "span_after", "unit", "form", "remains", "purpose")
    for section in (*ours, "preview", "audit", "kind", "flaw", "advice"):
        assert said["de"][section].keys() == said["en"][section].keys()
        for key, german in said["de"][section].items():
            english = said["en"][section][key]
            assert set(re.findall(r"{(\w+)}", german)) == set(re.findall(r"{(\w+)}", english)), key


def rules() -> set[str]:
    """Return the rules that withhold values and records, as the source says them."""
    names: dict[str, list[ast.expr]] = {}
    said: list[ast.expr] = []
    modules = [
        path
        for part in ("stages", "parse", "policy", "records", "pipeline.py")
        for path in sorted([SOURCE / part, *(SOURCE / part).glob("*.py")])
        if path.suffix == ".py" and path.name != "lint.py"  # whose rules and places are others
    ]
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            match node:
                case ast.Assign(targets=[ast.Name(name)], value=value):
                    names.setdefault(name, []).append(value)
                case ast.Call(func=ast.Name("Withheld" | "Refused"), args=[*_, rule]):
                    said.append(rule)
                case ast.Call(func=ast.Name("Place"), args=[_, _, rule]):
                    said.append(rule)
                case ast.Call(func=ast.Attribute(attr="_withhold"), args=[_, rule, _]):
                    said.append(rule)
                case ast.keyword(arg="rule", value=rule):
                    said.append(rule)
    found: set[str] = set()
    while said:
        match said.pop():
            case ast.Constant(str(text)):
                found.add(text)
            case ast.IfExp(body=one, orelse=other):
                said += [one, other]
            case ast.Name(name) | ast.Subscript(value=ast.Name(name)):
                said += names.pop(name, [])
            case ast.Dict(values=values):
                said += values
            case ast.JoinedStr([ast.Constant(before), _, ast.Constant(after)]):
                found.add(f"{before}{{format}}{after}")
    return found


def test_every_rule_has_a_translation() -> None:
    """Whatever is withheld, a German page says why in German, and no rule that is none is there."""
    text = files("anonkit.explain").joinpath("wording", "de.toml").read_text("utf-8")
    never_told = {"not usual"}  # it ends a fast way, and the slow one says what is wrong
    assert tomllib.loads(text)["rule"].keys() == rules() - never_told


def test_a_rule_is_said_behind_its_place() -> None:
    """Record, field and column stay as they are; what no catalogue knows stays whole."""
    german, english = Wording("de"), Wording("en")
    for told, expected in (
        ("web_request.client: not an address", "web_request.client: keine Adresse"),
        ("web_request: time: not a time", "web_request: time: keine Zeit"),
        ("not JSON", "kein JSON"),
        ("a: not a line of the {x} format", "a: keine Zeile des Formats {x}"),
        ("a: one of our own", "a: one of our own"),
    ):
        assert german.rule(told) == expected
        assert english.rule(told) == told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_way_of_a_stage_has_a_sentence_of_its_own(lang: str) -> None:
    """Two stages that let something else leave are said in other words."""
    words = Wording(lang)
    sentences = [stage_form(stage, words) for stage in WAYS]
    assert len(set(sentences)) == len(WAYS)
    assert all(sentences)
    assert {type(stage) for stage in WAYS} == set(VERBS.values())
    for verb, kind in VERBS.items():
        values = {
            name: {str(getattr(stage, name)) for stage in WAYS if type(stage) is kind}
            for name in kind.__struct_fields__
            if name not in UNSAID | ({"origin"} if verb == "url" else set())
        }
        assert all(len(seen) > 1 for seen in values.values()), (verb, values)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_origin_has_no_path_and_no_query(lang: str) -> None:
    """`origin` overrules path and parameters, and the sentence says so."""
    words = Wording(lang)
    assert stage_form(url(origin=True, parameters=["a"]), words) == stage_form(
        url(path="drop"), words
    )


@pytest.mark.parametrize(
    ("stage", "warned"),
    [
        (url(), True),
        (url(path="keep"), True),
        (url(path="drop"), False),
        (url(origin=True, path="keep"), False),
    ],
)
def test_what_remains_of_a_url_is_said_where_its_path_leaves(stage: Url, *, warned: bool) -> None:
    """A notice warns of paths where one leaves, and of none where only the site does."""
    said = markdown(notice(Policy("p", {"a": Record({"page": Field(stage)})}), Wording("en")))
    assert ("The path of a page" in said) == warned


def test_numbers_are_written_as_the_language_does() -> None:
    """German has a comma before decimals and full stops between thousands."""
    assert form((generalize(step=1000.5),), Wording("en")).endswith("1,000.5")
    assert form((generalize(step=1000.5),), Wording("de")).endswith("1.000,5")
    assert form((generalize(log=1.5),), Wording("de")).endswith("1,5")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_chain_is_said_in_order(lang: str) -> None:
    """The sentence of a chain is that of its stages, one after the other."""
    words = Wording(lang)
    chain = (truncate(v4=16, v6=32), pseudonymize("user"))
    first, second = (stage_form(stage, words) for stage in chain)
    assert form(chain, words).startswith(first)
    assert form(chain, words).endswith(second)


@pytest.mark.parametrize(
    ("length", "english", "german", "after"),
    [
        ("1d", "1 day", "1 Tag", "1 Tag"),
        ("30d", "30 days", "30 Tage", "30 Tagen"),
        ("7d", "7 days (1 week)", "7 Tage (1 Woche)", "7 Tagen (1 Woche)"),
        ("14d", "14 days (2 weeks)", "14 Tage (2 Wochen)", "14 Tagen (2 Wochen)"),
        ("365d", "365 days (1 year)", "365 Tage (1 Jahr)", "365 Tagen (1 Jahr)"),
        ("730d", "730 days (2 years)", "730 Tage (2 Jahre)", "730 Tagen (2 Jahren)"),
    ],
)
def test_lengths_are_said_in_days_and_what_people_count_in(
    length: str, english: str, german: str, after: str
) -> None:
    """A length is days, and weeks or years where they come out even; German inflects it."""
    assert span(length, Wording("en")) == english
    assert span(length, Wording("de")) == german
    assert span(length, Wording("de"), after=True) == after


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", presets())
def test_every_preset_has_all_its_words(name: str, lang: str) -> None:
    """Every record, field, purpose and reason of a preset is said in both languages."""
    words = Wording(lang)
    page = notice(Policy.preset(name), words)
    assert words.missing == []
    for record in Policy.preset(name).records.values():
        for field in record.fields.values():
            if not field.dropped and lang == "de":
                assert words.reason(field.reason) != field.reason
    assert markdown(page) == (DOCS / "notices" / f"{name}.{lang}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", presets())
def test_a_notice_promises_no_more_than_detectors_find(name: str, lang: str) -> None:
    """Where text is scrubbed, its beginning says that not everything is found; else nothing does."""
    words, policy = Wording(lang), Policy.preset(name)
    scrubbed = any(
        stage.verb == "scrub"
        for record in policy.records.values()
        for field in record.fields.values()
        for stage in field.stages
    )
    page = markdown(notice(policy, words))
    assert (words.frame("notice", "unnamed_text") in page) == scrubbed
    dropped = any(f.dropped for r in policy.records.values() for f in r.fields.values())
    assert (words.frame("notice", "never_else") in page) == dropped
    assert (words.frame("notice", "never_all") in page) != dropped


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", presets())
def test_a_notice_is_a_page_that_needs_nothing(name: str, lang: str) -> None:
    """The HTML nests, has one title and its language, loads nothing and runs nothing."""
    page = html(notice(Policy.preset(name), Wording(lang)), lang=lang)
    outline = Outline(page)
    assert outline.open == []
    assert outline.loads == []
    assert "script" not in outline.seen
    assert outline.seen.count("h1") == 1
    assert f'<html lang="{lang}">' in page
    assert not re.search(r"url\(|@import|https?://", page)


OWN = """
owner = "works council liaison"
review = 2027-06-30
retain = "90d"
[record.visit]
purpose = "marketing"
retain = "7d"
fields.who = { keep = true, kind = "person", reason = "greets | by <b>name</b>" }
fields."devices[].serial" = { pseudonymize = "device", purpose = "service" }
fields."tags.*" = { pseudonymize = "device", reason = "groups" }
fields."tags.*~" = "drop"
[record.leave]
fields.device = { pseudonymize = "device" }
[record.silent]
fields.x = "drop"
"""


def test_a_policy_of_ones_own_is_said_whole() -> None:
    """Own names are said by their identifiers; what is missing in German is listed."""
    policy = Policy.from_toml(OWN)
    english = markdown(notice(policy, Wording("en")))
    for said in (
        "can name or describe a person: who",
        "| Serial in “devices” | A token instead of the value, the same wherever this device occurs | (for: service) |",
        "| Each entry of “tags” |",
        "Greets \\| by \\<b\\>name\\</b\\>",
        "- Visit: the names in “tags”",
        "Nothing leaves but the fact that there was such a record.",
        "- Visit: after 7 days (1 week)",
        "The same token stands for the same device in: visit, leave.",
        "Responsible for this policy: works council liaison.",
        "to be reviewed by 2027-06-30",
        "It can be withdrawn at any time",
    ):
        assert said in english, said
    words = Wording("de")
    notice(policy, words)
    assert {"record.visit", "field.who", "purpose.marketing"} <= set(words.missing)
    assert len(words.missing) == len(set(words.missing))
    page = html(notice(policy, Wording("en")), lang="en")
    assert "<b>name" not in page
    assert "&lt;b&gt;name" in page


def test_a_catalogue_of_ones_own_completes_a_language() -> None:
    """Names, purposes and reasons beside a policy are taken, and its name too."""
    own = """
    name.policy = "Kundenkonto"
    purpose.marketing = "Werbung"
    record.visit = "Besuch"
    field.who = "Name der Person"
    reason."greets | by <b>name</b>" = "begrüßt mit Namen"
    """
    words = Wording("de", own)
    said = markdown(notice(Policy.from_toml(OWN), words))
    for text in (
        "# Was „Kundenkonto“ überträgt",
        "Zweck: Werbung",
        "### Besuch",
        "Begrüßt mit Namen",
    ):
        assert text in said
    assert "record.visit" not in words.missing


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ("x =", "mine: not TOML"),
        ("[fields]\na = 'b'", r"mine: fields: unknown word \(did you mean field\?\)"),
        ("[field]\na = 5", "mine: field: is a table of texts"),
        ("field = 5", "mine: field: is a table of texts"),
    ],
)
def test_a_wrong_catalogue_is_refused(own: str, problem: str) -> None:
    """A catalogue that is not one is an error with its place."""
    with pytest.raises(PolicyError, match=problem):
        Wording("de", own, source="mine")


def test_another_language_is_refused() -> None:
    """A language that there is not is an error that lists those there are."""
    with pytest.raises(PolicyError, match="one of: de, en"):
        Wording("fr")


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(
    lambda text: text.replace("\n", " ")
)


@given(CELLS, CELLS, CELLS)
def test_no_text_becomes_markup(heading: str, cell: str, piece: str) -> None:
    """Whatever texts say, the page has the tags of its blocks and no other."""
    blocks = [
        Heading(heading, 1),
        Paragraph(cell),
        Items([cell]),
        Table([heading, "b"], [[cell, piece]], heading),
        Raw([[(piece, ""), (cell, "gone")]], heading),
        Bars([(cell, 1, piece)], heading),
    ]
    outline = Outline(html(blocks, lang="en"))
    assert outline.open == []
    assert set(outline.seen) <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "p", "ul", "li", "table"),
        *(
            "caption",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "figure",
            "figcaption",
            "pre",
            "mark",
            "svg",
            "text",
            "rect",
        ),
    }
    for text in (heading, cell):
        assert printable(" ".join(text.split())) in outline.text
    assert printable(piece) in outline.text
    rows = [line for line in markdown(blocks).splitlines() if line.startswith("| ")]
    assert len(rows) == 3
    assert all(len(re.findall(r"(?<!\\)\|", row.replace("\\\\", ""))) == 3 for row in rows)


def test_bytes_are_shown_as_they_are() -> None:
    """In Markdown, lines of bytes are code, and bars a list."""
    shown = markdown(
        [Raw([[("a*", ""), ("b", "gone")]], "the *bytes*"), Bars([("a", 1, "1")], "a bar")]
    )
    assert shown == "the \\*bytes\\*\n\n    a*b\n\na bar:\n\n- a: 1\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1. x", "1\\. x"),
        ("12)", "12\\)"),
        ("1.5 x", "1.5 x"),
        ("- x", "\\- x"),
        ("---", "\\---"),
        ("===", "\\==="),
        ("a-b = c", "a-b = c"),
        ("&lt;b&gt;", "\\&lt;b\\&gt;"),
        ("a\r\n\n# b\tc", "a \\# b c"),
        ("~~a~~ ![b](c)", "\\~\\~a\\~\\~ !\\[b\\](c)"),
        ("\u202ea\x1b", "\\\\u202ea\\\\x1b"),
    ],
)
def test_markdown_of_a_text_says_the_text(text: str, written: str) -> None:
    """Whatever begins markup is escaped, and what hides or controls is written out."""
    assert markdown([Paragraph(text)]) == f"{written}\n"


ODD = (
    "<script>alert(1)</script>", "a|b", "`x`", "**b**", "ü-ß", "😀", "x" * 300, "one\ntwo", "</style>",
    "{0} {name", "[l](javascript:1)", "&lt;b&gt;", "\u202eabc", "1. x", "<!--", "\x00\x1b[31m",
)  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("odd", ODD)
def test_odd_words_of_a_policy_stay_words(odd: str, lang: str) -> None:
    """Odd names, owners, purposes, domains and reasons are text in the notice, and never markup."""
    policy = Policy(
        odd,
        {"a": Record({"f": Field((pseudonymize(odd),), reason=odd, purpose=odd)}, purpose=odd)},
        owner=odd,
    )
    page = notice(policy, Wording(lang))
    outline = Outline(html(page, lang=lang))
    plain = Outline(html(notice(Policy.from_toml(OWN), Wording(lang)), lang=lang))
    assert outline.open == []
    assert set(outline.seen) <= set(plain.seen)
    assert outline.text.count(printable(" ".join(odd.split()))) >= 5
    assert all(sign.isprintable() or sign == "\n" for sign in markdown(page))
