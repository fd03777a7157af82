"""The two gates and relaxed patterns: supersets of what they stand for."""

from __future__ import annotations

import re
import sys
import types
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from anonkit.detect import Scrubber
from anonkit.detect.dense import FEWEST, Codes, may_hold_codes, stretches
from anonkit.detect.detector import fold
from anonkit.detect.fast import FastGate, gate_pattern
from anonkit.detect.gate import Gate, _LongWords
from anonkit.detect.network import find_ipv6_short
from anonkit.detect.relax import relax, relax_word, shape
from anonkit.detect.table import BY_NAME, DETECTORS

PATTERNS = [row for row in DETECTORS if row.pattern]


@pytest.mark.parametrize("row", PATTERNS, ids=lambda row: row.name)
def test_relaxed_pattern_matches_the_shape(row: Any) -> None:
    """Where a pattern matches its specimen, the relaxed one matches its shape and its fold."""
    assert re.search(relax(row.pattern), shape(row.specimen))
    assert re.search(relax(row.pattern, fold), fold(row.specimen))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"[a-z]x(?P<q>['\"])y(?P=q)", "ax'y'"),
        (r"[a]([b])?(?(1)c|d)", "abc"),
        (r"[a]([b])?(?(1)c|d)", "ad"),
        (r"[a]([b])?(?(1)c)", "a"),
        (r"[a](?>b|c)d", "acd"),
        (r"[a].b[^x]c\d\w\s[\D][\S]", "a!b!c1z\u00a0!!"),
        (r"[a](?i:B)[^\W_][ä-ü][\u00a0-\u00ff]", "abzöü"),
        (r"[a]b{2,3}+c{1,2}?(?=d)(?<!x)d$", "abbcd"),
        (r"[a][^b]", "ac"),
        (r"[\w.]x", "жx"),
    ],
)
def test_relaxed_syntax(pattern: str, text: str) -> None:
    """Every kind of expression is relaxed to one that matches at least as much."""
    assert re.search(pattern, text)
    assert re.search(relax(pattern), shape(text))


@pytest.mark.parametrize("row", DETECTORS, ids=lambda row: row.name)
def test_gate_pattern_lets_the_specimen_through(row: Any) -> None:
    """The expression given to re2 matches the folded specimen, also as Python reads it."""
    assert re.search(gate_pattern(row), fold(row.specimen)) is not None


def test_gate_pattern_of_a_free_finder() -> None:
    """A finder that declares nothing is always looked for."""
    own = BY_NAME["email"].__class__(
        name="own", type="OWN", source="x", specimen="x", false_friend="y", finder=lambda _text: ()
    )
    assert re.search(gate_pattern(own), "anything")


@pytest.mark.parametrize(
    "text",
    [
        "2024-06-14T13:39:15.255+01:00 INFO job 42",
        "2024-06-14 13:39:15,255 DEBUG done in 1250 ms",
        "<34>1 2024-06-14T13:39:15.123456+02:00 web01 app 4711",
        "Jun 14 13:39:15 web01 kernel: [ 1234.567890] usb 1-1",
        "[Fri Jun 14 13:39:15.123456 2024] [core:notice] [pid 4711]",
        "14.06.2024 13:39:15 INFO bereit",
        "06/14/2024 1:39:15 PM ready",
        '14/Jun/2024:13:39:15 +0200 "GET / HTTP/1.1" 200 12345',
        "1718368755.123 worker: ready",
    ],
)
def test_times_hold_no_codes(text: str) -> None:
    """No usual form of a time makes the detectors of codes look at a line."""
    assert not may_hold_codes(fold(text).encode("ascii"))


@pytest.mark.parametrize(
    "text",
    [
        "2024-06-14 4111 1111 1111 1111",
        "0044-79-123-45-67",
        "1:4111111111111111",
        "tel:49.891234567",
        "12:30 call 089 1234567",
        '"id" 030 1234567:',
    ],
)
def test_codes_beside_times_are_seen(text: str) -> None:
    """Taking out times takes no code with it."""
    assert may_hold_codes(fold(text).encode("ascii"))


def test_fast_gate_leaves_out_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A date in another order fires re2, and the second look holds the detectors of codes back."""
    monkeypatch.setitem(sys.modules, "re2", _re2([]))
    gate = FastGate([BY_NAME["payment-card"]])
    assert gate("14.06.2024 13:39:15 INFO bereit") == 0
    assert gate("14.06.2024 13:39:15 4111 1111 1111 1111") == 1


def test_fast_gate_looks_again_where_digits_stand() -> None:
    """What re2 takes for a code, and is a status and a size, wakes no detector of codes."""
    assert FastGate([BY_NAME["payment-card"]])('at 13:39: "GET /" 200 12345') == 0


def test_the_gate_opens_for_every_label_and_specimen() -> None:
    """Each label with each sign, and each specimen in other digits and letters, is found as without."""
    gated, plain = Scrubber(), Scrubber(gated=False)
    nines, noughts = (str.maketrans("0123456789", sign * 10) for sign in "90")
    for row in DETECTORS:
        texts = [row.specimen, row.specimen.upper(), row.specimen.lower()]
        texts += [text.translate(digits) for text in texts for digits in (nines, noughts)]
        for key in row.keys:
            for label in (key, key.upper(), key.replace(" ", "_"), key.replace(" ", "")):
                texts += [f"{label}=Zy9xw8vu", f'"{label}": "Zy9xw8vu"', f"{label} : 99999999"]
        for text in texts:
            assert gated.find(text) == plain.find(text), (row.name, text)


def test_gate_counts_other_characters() -> None:
    """A character that is no sign is counted in the text itself."""
    row = BY_NAME["email"].__class__(
        name="own",
        type="OWN",
        source="x",
        specimen="a;;b",
        false_friend="a;b",
        pattern=r"[;];",
        least=((";", 2),),
    )
    assert [Gate([row])(text) for text in ("a;;b", "a;b")] == [1, 0]


def test_runs_of_colons_are_read_once() -> None:
    """An address has one double colon; a run with two, or behind a full stop, is none."""
    assert [*find_ipv6_short("x 2001:db8::1::2 .::7 fe80::9")] == [(22, 29)]


def test_lookups_of_a_text_without_a_long_word() -> None:
    """A text that has no long word needs no look at how its words begin."""
    row = BY_NAME["github-token"]
    bits = _LongWords([(1, row)])
    assert bits.found(b"ghp_short") == 0
    assert bits.found(b"ghp_" + b"a0" * 18) == 1


class _Set:
    """A stand-in for re2.Set: Python's re, one expression after the other."""

    def __init__(self) -> None:
        self.expressions: list[str] = []
        self.gives_up = False

    def Add(self, expression: str) -> None:  # noqa: N802 - the name re2 gives it
        self.expressions.append(expression)

    def Compile(self) -> None:  # noqa: N802
        return

    def Match(self, text: bytes) -> list[int] | None:  # noqa: N802
        if self.gives_up:
            return None
        found = [n for n, one in enumerate(self.expressions) if re.search(one.encode(), text)]
        return found or None


def _re2(made: list[_Set]) -> types.ModuleType:
    module = types.ModuleType("re2")

    def search_set(_options: object) -> _Set:
        made.append(_Set())
        return made[-1]

    vars(module).update(
        Options=types.SimpleNamespace, Set=types.SimpleNamespace(SearchSet=search_set)
    )
    return module


def test_fast_gate_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the fast gate every specimen comes out as with the other."""
    monkeypatch.setitem(sys.modules, "re2", _re2([]))
    fast, slow = Scrubber(fast=True), Scrubber()
    for row in DETECTORS:
        assert fast(row.specimen) == slow(row.specimen)
    assert fast("nothing to see") == "nothing to see"


@pytest.mark.parametrize(
    "text", ["née le 14/03/1972 à Lyon", "nato il 14.03.1972 a", "nacido el 1972-03-14 en"]
)
def test_fast_gate_sees_what_stands_before_a_date(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """The fast gate takes dates out first; what announces one is still seen."""
    monkeypatch.setitem(sys.modules, "re2", _re2([]))
    assert Scrubber(fast=True)(text) == Scrubber()(text) != text


def test_fast_gate_that_gives_up_lets_everything_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """If re2 runs out of memory no detector is held back."""
    made: list[_Set] = []
    monkeypatch.setitem(sys.modules, "re2", _re2(made))
    gate = FastGate(DETECTORS)
    assert gate("nothing to see") == 0
    made[0].gives_up = True
    assert gate("12345678 to see") == (1 << len(DETECTORS)) - 1
    dense = sum(1 << place for place, row in enumerate(DETECTORS) if row.dense)
    assert gate("nothing to see") == (1 << len(DETECTORS)) - 1 - dense


def test_gate_is_silent_on_prose() -> None:
    """Nothing has to run on a sentence without signs."""
    gate = Scrubber()._gate
    assert gate is not None
    assert gate("the export works again after the restart of the service") == 0


def test_plans_and_signatures_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the gate and the codes remember stops growing, and the result stays the same."""
    from anonkit.detect import dense, gate, scrubber

    monkeypatch.setattr(gate, "_MOST_SEEN", 2)
    monkeypatch.setattr(dense, "_MOST_SHAPES", 2)
    monkeypatch.setattr(scrubber, "_MOST_CHOICES", 2)
    small, plain = Scrubber(), Scrubber(gated=False)
    for row in DETECTORS:
        text = f"{row.specimen} Nr. 12 = 3.5 {row.false_friend}"
        assert small(text) == plain(text)
    codes = Codes([BY_NAME["payment-card"]])
    for number in (
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111",
        "378282246310005",
    ):
        assert [text for *text, _ in codes.find(number)] == [[0, len(number)]]


_digits = st.text("0123456789", min_size=FEWEST, max_size=20)


@given(st.lists(st.text("0123456789 .-/:()+aAx", max_size=20) | _digits, max_size=5).map(" ".join))
def test_stretches_hold_all_dense_digits(text: str) -> None:
    """Stretches are in order and apart, and no long run of digits lies outside them."""
    found = stretches(text)
    assert all(one[1] <= two[0] or one[1] < two[1] for one, two in pairwise(found))
    for match in re.finditer(rf"(?<![0-9A-Za-z.:/-])[0-9]{{{FEWEST},20}}(?![0-9A-Za-z.:/-])", text):
        assert any(start <= match.start() and match.end() <= end for start, end in found)


@pytest.mark.parametrize("row", [row for row in DETECTORS if row.dense], ids=lambda row: row.name)
def test_relaxed_words_match_the_shape(row: Any) -> None:
    """Each code begins a word, and is still seen once only words are looked at."""
    expression = relax_word(row.pattern)
    assert expression is not None
    assert re.search(expression, shape(row.specimen))


@given(st.data())
def test_relaxed_words_hold_back_no_code(data: st.DataObject) -> None:
    """Where a pattern of a code matches, its relaxed words match the shape from there on."""
    row = data.draw(st.sampled_from([row for row in DETECTORS if row.dense]))
    around = st.text("0aZ.-:/ ,(+ä?", max_size=3)
    text = data.draw(around) + data.draw(st.from_regex(row.pattern)) + data.draw(around)
    expression = relax_word(row.pattern)
    assert expression is not None
    for match in re.finditer(row.pattern, text):
        assert re.compile(expression).search(shape(text), match.start(), match.end())


@pytest.mark.parametrize(
    "pattern",
    [
        "[0-9][0-9]{6}",
        "[0-9](?<![0-9A-Za-z])[0-9]{6}",
        "[0-9](?![0-9A-Za-z][0-9])[0-9]{6}",
        "[0-9]",
        "[0-9](?<![0-9A-Za-z][1-9])[0-9]{6}(?![0-9A-Za-z])",
        "[0-9](?<![0-9A-Z][0-9])[0-9]{6}(?![0-9A-Za-z])",
        "[0-9](?<![^0-9A-Za-z][0-9])[0-9]{6}(?![0-9A-Za-z])",
        r"\d(?<![0-9A-Za-z]\d)[0-9]{6}(?![0-9A-Za-z])",
        "[0-9](?=[0-9]{6})",
    ],
)
def test_a_pattern_that_begins_inside_a_word_has_no_words(pattern: str) -> None:
    """What may begin inside a word is looked for everywhere."""
    assert relax_word(pattern) is None


def test_codes_inside_words_are_found() -> None:
    """A code of an own detector is found inside a word, beside those that begin words."""
    own = BY_NAME["email"].__class__(
        name="own", type="OWN", source="x", specimen="a1234567b", false_friend="y",
        pattern="[1](?=2)[0-9]{6}", dense=True,
    )  # fmt: skip
    codes = Codes([own, BY_NAME["payment-card"]])
    assert [(start, end) for start, end, _ in codes.find("a1234567b")] == [(1, 8)]


def test_identifiers_in_hexadecimal_are_not_remembered() -> None:
    """A stretch in which no code can stand leaves nothing behind."""
    codes = Codes([row for row in DETECTORS if row.dense])
    assert [*codes.find("trace=3f0a6161230987ad2 of 9")] == []
    assert not codes._by_shape


def test_signatures_of_random_tokens_cost_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that lack more sets of signs than are remembered come out as with a gate that knows."""
    from anonkit.detect import gate

    monkeypatch.setattr(gate, "_MOST_SETS", 2)
    small, plain = Scrubber(), Scrubber(gated=False)
    for row in DETECTORS:
        assert small(row.specimen) == plain(row.specimen)
    made = small._gate
    assert isinstance(made, Gate)
    assert len(made._lacking) == len(made._hints) == 2
