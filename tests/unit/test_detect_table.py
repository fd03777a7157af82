"""The declared table: every row keeps its own rules, finds its specimen, leaves its false friend."""

from __future__ import annotations

import pathlib
import runpy

import pytest

from anonkit.detect import Detector, Scrubber
from anonkit.detect.describe import page
from anonkit.detect.detector import announced, any_case, fold, lint, number, word
from anonkit.detect.table import BY_NAME, DETECTORS, SUBJECTS, select
from anonkit.errors import PolicyError

ROOT = pathlib.Path(__file__).parents[2]
ROWS = [pytest.param(row, id=row.name) for row in DETECTORS]


@pytest.mark.parametrize("row", ROWS)
def test_row_keeps_the_rules(row: Detector) -> None:
    """Every declaration passes the lint that users' declarations have to pass."""
    lint(row)


@pytest.mark.parametrize("row", ROWS)
def test_specimen_is_found(row: Detector) -> None:
    """A scrubber with one detector finds something of its type in the specimen."""
    found = Scrubber((row.name,)).find(row.specimen)
    assert found
    assert {span.type for span in found} == {row.type}


@pytest.mark.parametrize("row", ROWS)
def test_false_friend_is_left(row: Detector) -> None:
    """A scrubber with one detector leaves the text that only looks alike."""
    assert Scrubber((row.name,))(row.false_friend) == row.false_friend


@pytest.mark.parametrize("row", ROWS)
def test_specimen_is_found_behind_the_gate(row: Detector) -> None:
    """With all detectors the specimen does not come out as it went in."""
    assert Scrubber()(row.specimen) != row.specimen


def test_names_are_unique() -> None:
    """No two detectors have one name, and every subject's rows are in the table."""
    assert len(BY_NAME) == len(DETECTORS) == sum(len(rows) for _, rows in SUBJECTS)


def test_documentation_is_current() -> None:
    """docs/detectors.md is what the declarations say."""
    assert (ROOT / "docs" / "detectors.md").read_text(encoding="utf-8") == page()


def _row(**changes: object) -> Detector:
    fields: dict[str, object] = {
        "name": "ticket",
        "type": "TICKET",
        "source": "our ticket system",
        "pattern": r"[T]KT-[0-9]{6}",
        "specimen": "see TKT-123456",
        "false_friend": "see TKT-12",
    }
    return Detector(**(fields | changes))  # type: ignore[arg-type]


def test_own_detector_takes_part() -> None:
    """A user's declaration works beside the built-in ones."""
    assert Scrubber((_row(), "email"))("TKT-123456 of a@b.example") == "[TICKET] of [EMAIL]"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"name": "Ticket"}, "name is not lower-case"),
        ({"type": "ticket"}, "type is not upper-case"),
        ({"pattern": ""}, "needs a pattern or a finder"),
        ({"source": ""}, "names no source"),
        (
            {"pattern": "", "finder": lambda _text: [(0, 1)], "dense": True},
            "a dense detector needs",
        ),
        ({"hints": ("TKT",)}, "is not folded"),
        ({"keys": ("TKT",)}, "is not folded"),
        ({"marks": ("t",)}, "a mark is no sign"),
        ({"pattern": "["}, "is not a regular expression"),
        ({"pattern": "[T]KT-[0-9]+"}, "open repeat"),
        ({"pattern": "[T]KT-[0-9]{6,}"}, "open repeat"),
        ({"pattern": "[T].*"}, "open repeat"),
        ({"pattern": "[T]KT-[0-9]{6,2000}"}, "repeats over 1000 times"),
        ({"pattern": "(?:TKT)?"}, "matches nothing at all"),
        ({"pattern": r"\bTKT-[0-9]{6}"}, "does not begin with a character class"),
        ({"pattern": r"(?<!x)TKT-[0-9]{6}"}, "does not begin with a character class"),
        ({"specimen": "none"}, "does not find its own specimen"),
        ({"false_friend": "TKT-123456"}, "finds its own false friend"),
    ],
)
def test_broken_declaration_is_refused(changes: dict[str, object], rule: str) -> None:
    """Each broken rule is named, together with the detector."""
    with pytest.raises(PolicyError, match=rule):
        lint(_row(**changes))


def test_possessive_repeat_is_bounded() -> None:
    """A bounded possessive repeat is no open repeat."""
    lint(_row(pattern=r"[T]KT-[0-9]{3,6}+"))


def test_taken_name_is_refused() -> None:
    """An own detector cannot pass for a built-in one."""
    with pytest.raises(PolicyError, match="has the name of another"):
        Scrubber((_row(name="email"),))


def test_unknown_name_gets_the_nearest() -> None:
    """A misspelt name is refused with the name that was meant."""
    with pytest.raises(PolicyError, match="did you mean email"):
        select(("emial",))


def test_unknown_name_far_from_all() -> None:
    """A name like no other is refused without a guess."""
    with pytest.raises(PolicyError) as refused:
        select(("qqqqqqqq",))
    assert refused.value.hint is None


def test_type_selects_all_its_detectors() -> None:
    """A type stands for every detector of that type."""
    assert {row.name for row in select(("IPV6",))} == {"ipv6", "ipv6-full", "ipv6-of-zone"}


def test_helpers_need_a_class_first() -> None:
    """`word` and `number` refuse a pattern without a character class first."""
    with pytest.raises(PolicyError):
        word("abc")
    assert number("[0-9][0-9]") != word("[0-9][0-9]")


def test_any_case_begins_with_a_class() -> None:
    """Words in any case are looked for by their first letters."""
    assert any_case("pwd", "pass", "key") == "[pPkK](?i:(?<=p)(?:wd|ass)|(?<=k)(?:ey))"


def test_fold_keeps_length() -> None:
    """Folding maps every character to one character."""
    assert fold("Ärger 42 im ABC\ud800") == "?rger 00 im abc?"


def test_words_count_on_the_same_line_only() -> None:
    """An announcing word on another line announces nothing."""
    assert announced((" tel ",), "tel. 123", 5, 8)
    assert announced((" tel ",), "123 (Tel)", 0, 3)
    assert not announced((" tel ",), "tel\n123\ntel", 4, 7)
    assert not announced((" tel ",), "hotel 123 telex", 6, 9)


def test_page_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Run as a module, the page goes to standard output."""
    runpy.run_path(str(ROOT / "src" / "anonkit" / "detect" / "describe.py"), run_name="__main__")
    assert capsys.readouterr().out == page()
