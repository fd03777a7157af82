"""Known values: found in any case and encoding, and refused where they would match by chance."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from anonkit.detect import Known, Scrubber
from anonkit.detect.spelling import fold
from anonkit.errors import PolicyError


@pytest.mark.parametrize(
    "written",
    [
        "Jürgen Groß",
        "JÜRGEN GROSS",
        "jürgen groß",
        "J\u0075\u0308rgen Groß",
        quote("Jürgen Groß"),
        quote_plus("Jürgen Groß"),
        quote(quote("Jürgen Groß")),
        quote("Jürgen Groß", encoding="latin-1"),
        json.dumps("Jürgen Groß")[1:-1],
        json.dumps(quote("Jürgen Groß")),
        json.dumps(json.dumps("Jürgen Groß")),
        "J%C3%BCrgen+Gro\\u00df",
    ],
)
def test_every_spelling_is_found(written: str) -> None:
    """One value is found however a log writes it, and all of it is replaced."""
    clean = Scrubber(("email",), known={"USER": ["Jürgen Groß"]})
    assert clean(f"<{written}> ok") == "<[USER]> ok" or '"' in written
    assert "rgen" not in clean(f"<{written}> ok").lower()


@pytest.mark.parametrize(
    "written",
    [
        r"C:\Kunden\Acme GmbH",
        r"C:\\Kunden\\Acme GmbH",
        "c:/kunden/acme gmbh",
        r"C:\\\\Kunden\\\\Acme GmbH",
        "C%3A%5CKunden%5CAcme%20GmbH",
        r"C:\/Kunden\/Acme GmbH",
    ],
)
def test_paths_are_found(written: str) -> None:
    """A path is found with either slash, escaped or not."""
    assert Scrubber(("email",), known={r"C:\Kunden\Acme GmbH"})(f"in {written}!") == "in [KNOWN]!"


def test_entities_are_decoded() -> None:
    """XML entities hide nothing."""
    assert Scrubber(("email",), known={"Meier & Sohn"})("von Meier &amp; Sohn") == "von [KNOWN]"


def test_token_is_the_same_for_every_spelling() -> None:
    """Each spelling of a value gets the token of the value as it was given."""
    clean = Scrubber(
        ("email",),
        known={"HOST": ["srv-münchen"]},
        action="token",
        token=lambda t, v: f"{t}{len(v)}",
    )
    assert clean("SRV-MÜNCHEN srv-m%C3%BCnchen") == "[HOST:HOST11] [HOST:HOST11]"


def test_thousands_at_once() -> None:
    """Tens of thousands of values are found, each at its own length."""
    names = [f"user{number:05}" for number in range(20_000)] + ["bob", "alice"]
    known = Known({"USER": names})
    assert [(s, e) for s, e, _ in known.find("bob met user19999 and alice0")] == [
        (0, 3),
        (8, 17),
        (22, 27),
    ] or sorted((s, e) for s, e, _ in known.find("bob met user19999 and alice0")) == [
        (0, 3),
        (8, 17),
        (22, 27),
    ]
    assert "user" not in repr(known)


def test_longest_value_wins() -> None:
    """Of values that begin alike the longest is replaced as a whole."""
    assert Scrubber(("email",), known={"acme", "acme-prod"})("on acme-prod") == "on [KNOWN]"


def test_whole_words() -> None:
    r"""With whole words `max` stays in `maximum` and goes from `max01` and `corp\max`."""
    clean = Scrubber(("email",), known=Known({"max"}, whole_words=True))
    assert clean("maximum max01 corp\\max climax") == "maximum [KNOWN]01 corp\\[KNOWN] climax"


def test_inside_a_word_by_default() -> None:
    """By default a known value goes wherever it stands."""
    assert Scrubber(("email",), known={"bob"})("xbobx") == "x[KNOWN]x"


@pytest.mark.parametrize("values", [{"ab"}, {"x" * 257}, {"user": ["alice"]}])
def test_unusable_values_are_refused(values: object) -> None:
    """Too short, too long, or under a bad type: refused without naming the value."""
    with pytest.raises(PolicyError) as refused:
        Known(values)  # type: ignore[arg-type]
    assert "alice" not in str(refused.value)
    assert "ab" not in str(refused.value).replace("has a value", "")


def test_unknown_spelling_is_its_own_canon() -> None:
    """Asked for the value of something else, the piece itself is the answer."""
    assert Known({"alice"}).canonical("b%6Fb") == "b%6Fb"
    assert Known({"alice"}).canonical("%61lice") == "alice"


@pytest.mark.parametrize(
    "text",
    [
        "İSTANBUL\\ß",
        "e\u0301e\u0301x",
        "\u0301x",
        "ﬁ\u00adn\u0323\u0302",
        "ж가x",
        "ж\u0301ж\u0301ж",
    ],
)
def test_fold_knows_places(text: str) -> None:
    """Each character of the folded text stands where it stood, and the end at the end."""
    folded = fold(text)
    assert len(folded.places or ()) == len(folded.text) + 1
    assert folded.span(0, len(folded.text)) == (0, len(text))
    for start in range(len(folded.text)):
        first, last = folded.span(start, start + 1)
        assert folded.text[start] in fold(text[first:last]).text


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("STRASSE", "Straße"),
        ("Straße", "STRASSE"),
        ("Weiß", "WEIẞ"),
        ("istanbul", "İSTANBUL"),
        ("ISTANBUL", "ıstanbul"),
        ("İstanbul", "istanbul"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Finn", "ﬁnn"),
        ("Kelvin", "\u212aelvin"),
        ("Acme GmbH", "Ａｃｍｅ\u3000ＧｍｂＨ"),
        ("Acme GmbH", "Ac\u00adme\u00a0Gm\u200bbH"),
        ("ệric", "e\u0302\u0323ric"),
        ("한글이", "\u1112\u1161\u11ab\u1100\u1173\u11af\u110b\u1175"),
        ("Jürgen", "JUERGEN"),
        ("Jürgen", "JÃ¼rgen"),
        ("Müller", "m&uuml;ller"),
        ("Müller", "m&#252;ller"),
        ("Müller", "m&#xFC;ller"),
        ("Müller", "m\\xc3\\xbcller"),
        ("Müller", "m\\xfcller"),
        ("Müller", "m\\303\\274ller"),
        ("Müller", "m\\u{fc}ller"),
        ("Müller", "m%u00FCller"),
        ("Müller", "M=C3=BCller"),
        ("Müller", "4dc3bc6c6c6572"),
        ("Müller", b64encode("Müller".encode()).decode()),
        ("Müller", b64encode("x:MÜLLER:y".encode()).decode()),
        ("Müller", "Basic_" + urlsafe_b64encode("Müller:>>?".encode()).decode()),
        ("Müller", quote(b64encode("xx Müller".encode()).decode())),
        ("alice", "/" + b64encode(b"\xff\xfe\x00 alice \xff").decode()),
    ],
)
def test_every_form_of_a_character_is_found(given: str, written: str) -> None:
    """Case, composition, width, script quirks and encodings do not hide a value."""
    clean = Scrubber(
        ("email",), known={given}, action="token", token=lambda _type, value: value.encode().hex()
    )
    token = f"[KNOWN:{given.encode().hex()}]"
    assert clean(f"<{written}>").replace(token, "") in {"<>", "</>"}


def test_other_finds_keep_their_spelling() -> None:
    """A token of what a detector found is the same, whether values are known beside it or not."""
    text = "Ada%40example.org wrote to Bob@Example.org"
    options: Any = {"action": "token", "token": lambda _type, value: value.encode().hex()}
    alone, beside = Scrubber(**options), Scrubber(known={"carol"}, **options)
    assert alone(text) == beside(text) != text


def test_base64_goes_as_a_whole() -> None:
    """Of an encoded text with a known value in it nothing stays; other Base64 does."""
    held, other = b64encode(b"alice:hunter2").decode(), b64encode(b"carol:hunter2").decode()
    assert Scrubber(("email",), known={"alice"})(f"{held} {other}") == f"[KNOWN] {other}"


@pytest.mark.parametrize("text", ["\\u{110000}lice", "&nosuch;", "abcdefg=", "-------", "A" * 9])
def test_what_only_looks_encoded_stays(text: str) -> None:
    """An escape that stands for nothing, and Base64 that is none, hide and harm nothing."""
    assert Scrubber(("email",), known={"alice"})(text) == text


def test_values_at_the_very_start() -> None:
    """A window found too near the start of a text belongs to no value."""
    known = Known({"abcdefgh"})
    assert known.find("defgh and abcdefgh") == [(10, 18, "KNOWN")]
    assert known.find("abcdefgx abcdefgh") == [(9, 17, "KNOWN")]


def test_a_value_that_only_begins() -> None:
    """The first characters of a value are not the value."""
    assert Known({"abcdefghij"}).find("abcdefghix abcdefghij") == [(11, 21, "KNOWN")]


def test_escape_that_decodes_to_nothing_known() -> None:
    """Escapes are taken apart as long as there are any, and the text without is not."""
    assert Known({"alice"}).find("100% of %25%2541 & more \\ of it") == []
    assert Known({"alice"}).find("%2525252561lice") == []


def test_surrogate_pairs_of_json() -> None:
    """A character outside the basic plane is found in its JSON form."""
    assert Known({"kim 😀"}).find('"kim \\ud83d\\ude00"') == [(1, 17, "KNOWN")]


def test_deeper_than_any_log() -> None:
    """What is encoded deeper than is taken apart keeps its own spelling."""
    deep = "%" + "25" * 6 + "61lice"
    assert Known({"alice"}).canonical(deep) == deep
