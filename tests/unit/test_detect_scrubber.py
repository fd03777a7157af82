"""The scrubber: what stands in the place of a value, and what it refuses."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from anonkit import detect
from anonkit.detect import Detector, Scrubber, Span, find, scrub
from anonkit.detect.placeholders import mask
from anonkit.errors import PolicyError

TEXT = "mail jo@example.org from 203.0.113.77"


def test_door() -> None:
    """`scrub` and `find` use every default detector and share one scrubber."""
    assert scrub(TEXT) == "mail [EMAIL] from [IPV4]"
    assert [(s.start, s.end, s.type, s.detector) for s in find(TEXT)] == [
        (5, 19, "EMAIL", "email"),
        (25, 37, "IPV4", "ipv4"),
    ]
    assert set(detect.__all__) == {"Detector", "Known", "Scrubber", "Span", "find", "scrub"}


def test_span_never_holds_the_value() -> None:
    """What `find` returns can be logged."""
    assert "example.org" not in repr(find(TEXT))
    assert Span.__struct_fields__ == ("start", "end", "type", "detector", "priority")


@pytest.mark.parametrize(
    ("action", "result"),
    [
        ("label", "mail [EMAIL] from [IPV4]"),
        ("mask", "mail **@*******.*** from ***.*.***.**"),
        ("truncate", "mail [EMAIL] from 203.0.113.0"),
        ("remove", "mail  from "),
        ({"IPV4": "truncate"}, "mail [EMAIL] from 203.0.113.0"),
        ({"EMAIL": "remove"}, "mail  from [IPV4]"),
    ],
)
def test_actions(action: Any, result: str) -> None:
    """Each action puts its own thing in the place of a value."""
    assert Scrubber(action=action)(TEXT) == result


def test_token_action() -> None:
    """A token is made from type and value and stands behind the type."""
    clean = Scrubber(action="token", token=lambda kind, value: f"{kind.lower()}-{len(value)}")
    assert clean(TEXT) == "mail [EMAIL:email-14] from [IPV4:ipv4-12]"
    assert clean(clean(TEXT)) == clean(TEXT)


def test_mask_of_a_secret_shows_nothing() -> None:
    """Of a secret not even its end remains; of a short value neither."""
    assert mask("SECRET", "abcdefghijkl") == "*" * 12
    assert mask("PHONE", "1234567") == "*******"
    assert mask("CREDIT_CARD", "4111 1111 1111 1111") == "**** **** **** 1111"


def test_truncate_of_what_is_no_address() -> None:
    """Where nothing can be truncated a label stands."""
    assert (
        Scrubber(("ipv4-in-host-name",), action="truncate")("ec2-203-0-113-25.x") == "ec2-[IPV4].x"
    )


def test_removal_joins_nothing() -> None:
    """Taking a value out of the middle leaves a blank between its neighbours."""
    assert Scrubber(action="remove", known={"XYZ"})("hoXYZst XYZ") == "ho st "


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"action": "hash"}, "is unknown"),
        ({"action": "token"}, "needs a function"),
        ({"detectors": ("nothing",)}, "unknown detector"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], problem: str) -> None:
    """Everything that can fail fails when the scrubber is made."""
    with pytest.raises(PolicyError, match=problem):
        Scrubber(**options)


def test_own_labels_are_left() -> None:
    """A label or token of a known type is opaque: nothing in it or next to it is found again."""
    text = "password=[SECRET] and [EMAIL:abc@x.yz] [IPV4]::1521"
    assert scrub("password=[SECRET] [PHONE] 5551234567") == "password=[SECRET] [PHONE] 5551234567"
    assert scrub("password=[SECRET]hunter2") == "password=[SECRET][SECRET]"
    assert scrub("[IPV4]::1521") == "[IPV4]::1521"
    assert scrub(text).startswith("password=[SECRET] and [EMAIL:")


def test_private_key_keeps_its_lines() -> None:
    """Each line of a private key block becomes a label, so line numbers hold."""
    key = "a\r\n-----BEGIN RSA PRIVATE KEY-----\r\nMIIE\r\n\r\nabcd\r\n-----END RSA PRIVATE KEY-----\r\nb"
    assert scrub(key) == (
        "a\r\n[PRIVATE_KEY]\r\n[PRIVATE_KEY]\r\n\r\n[PRIVATE_KEY]\r\n[PRIVATE_KEY]\r\nb"
    )


def test_private_key_without_end() -> None:
    """A block that stops being Base64 ends there; one that the text cuts off ends with it."""
    assert scrub("-----BEGIN PRIVATE KEY-----\nMIIE\nNo key: here!") == (
        "[PRIVATE_KEY]\n[PRIVATE_KEY]\nNo key: here!"
    )
    assert scrub("-----BEGIN PRIVATE KEY-----\nMIIE") == "[PRIVATE_KEY]\n[PRIVATE_KEY]"
    assert (
        scrub("-----BEGIN PRIVATE KEY----- MIIE -----END PRIVATE KEY----- ok") == "[PRIVATE_KEY] ok"
    )


def test_lines_remember_an_open_key() -> None:
    """A private key that arrives in pieces is removed as in one."""
    text = "x\n-----BEGIN PRIVATE KEY-----\nMIIE\nabcd\n-----END PRIVATE KEY-----\nMIIE\nplain!\n"
    clean = Scrubber()
    assert "".join(clean.lines(text.splitlines(keepends=True))) == clean(text)
    cut = "-----BEGIN PRIVATE KEY-----\nMIIE\n"
    assert "".join(clean.lines([cut, "plain text!\n", "MIIE\n"])) == clean(
        cut + "plain text!\nMIIE\n"
    )


def test_region_needs_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A region without phonenumberslite is refused with what to install."""
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    with pytest.raises(PolicyError, match=r"anonkit\[phone\]"):
        Scrubber(region="DE")


def _plans() -> types.ModuleType:
    """Return a stand-in for phonenumberslite that knows one number of one region."""
    plans = types.ModuleType("phonenumbers")

    class NumberParseException(Exception):  # noqa: N818 - the name the package gives it
        pass

    def parse(text: str, _region: str) -> str:
        if text.startswith("9"):
            raise NumberParseException
        return "".join(filter(str.isdigit, text))

    vars(plans).update(
        SUPPORTED_REGIONS={"DE"},
        NumberParseException=NumberParseException,
        parse=parse,
        is_valid_number=lambda number: number == "3012345678",
        example_number=lambda _region: types.SimpleNamespace(national_number=3012345678),
    )
    return plans


def test_region_finds_national_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a region the numbering plan decides on plain digits."""
    monkeypatch.setitem(sys.modules, "phonenumbers", _plans())
    clean = Scrubber(("email",), region="DE")
    assert (
        clean("30 1234 5678, 40 1234 5678, 90 1234 5678") == "[PHONE], 40 1234 5678, 90 1234 5678"
    )
    with pytest.raises(PolicyError, match="is no region"):
        Scrubber(region="XX")


def test_real_numbering_plan() -> None:
    """Phonenumberslite itself finds a German national number."""
    assert Scrubber(("email",), region="DE")("unter 30 123456 78") != "unter 30 123456 78"


def test_fast_needs_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast gate without google-re2 is refused with what to install."""
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(PolicyError, match=r"anonkit\[fast\]"):
        Scrubber(fast=True)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ('<"jo doe"@example.org>', "<[EMAIL]>"),
        ('he said "@example.org"', 'he said "@example.org"'),
        ('x"jo"@example.org', 'x"jo"@example.org'),
        ("jo@[203.0.113.7]", "[EMAIL]"),
        ("jo@example.org.5", "[EMAIL].5"),
        ("jo@1.2.3", "jo@1.2.3"),
        ("jo@example.com_old", "[EMAIL]_old"),
        ("https://jo.doe@example.org/x", "https://[USERNAME]@example.org/x"),
        ("Grüße an müller@straße.de!", "Grüße an [EMAIL]!"),
        ("up to 1.2.3.4-SNAPSHOT and 1.2.3.4rc1", "up to 1.2.3.4-SNAPSHOT and 1.2.3.4rc1"),
        ("host/10.1.2.3:9092", "host/[IPV4]:9092"),
        ("10.0.0.1-10.0.0.9", "[IPV4]-[IPV4]"),
        ("at fe80::1%eth0.", "at [IPV6]."),
        (
            "[2001:db8::1]:443, ip:2001:db8::1, 2001:db8::1.443",
            "[[IPV6]]:443, ip:[IPV6], [IPV6].443",
        ),
        ("::ffff:203.0.113.7:8080", "[IPV6]:8080"),
        ("std::1, x::2", "std::1, x::2"),
        ("2001:db8:1:2:3:4:5:6:7:8", "2001:db8:1:2:3:4:5:6:7:8"),
    ],
)
def test_addresses(text: str, result: str) -> None:
    """Addresses are found in their written forms, and what only looks like one stays."""
    assert scrub(text) == result


@pytest.mark.parametrize(
    "text",
    [
        "Meine Steuer-ID: 12345678903.0x88dA6B6a8D3590e88E0FcadD5CEC56A7C9478319",
        "1800101221144+401-023-2138",
    ],
)
def test_values_that_touch(text: str) -> None:
    """A value that shows only once its neighbour is gone goes in the same call."""
    once = scrub(text)
    assert not any(part in once for part in ("12345678903", "401-023", "0x88"))
    assert scrub(once) == once


def test_what_follows_a_code_counts() -> None:
    """A number that goes on behind the stretch of digits is another number."""
    assert scrub("sum 4111111111111111.5") == "sum 4111111111111111.5"
    assert scrub("sum 4111111111111111, ok") == "sum [CREDIT_CARD], ok"


def first_letter(text: str) -> list[tuple[int, int]]:
    """Find one letter a turn: a detector made so that no label puts it at rest."""
    return [(at, at + 1) for at, char in enumerate(text) if char.islower()][:1]


ONE_BY_ONE = Detector(
    name="one-by-one",
    type="LETTER",
    source="a test",
    finder=first_letter,
    specimen="a",
    false_friend="A",
)


@pytest.mark.parametrize("action", ["label", "remove", "mask"])
def test_a_line_that_does_not_come_to_rest_goes(action: Any) -> None:
    """However often a line shows something new, it is looked at a bounded number of times."""
    clean = Scrubber([ONE_BY_ONE], action=action)
    once = clean("ABC\n" + "x" * 1000 + "\nXYZ")
    assert once == "ABC\n[LETTER]\nXYZ"
    assert clean(once) == once


def test_what_shows_late_is_labelled() -> None:
    """A value that only many turns show gets its label, whatever the action is."""
    assert Scrubber([ONE_BY_ONE], action="mask")("x" * 10) == "*" * 9 + "[LETTER]"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("3123 4567 8909@folge", "[IN_AADHAAR]@[SOCIAL_HANDLE]"),
        (f"follow{' jo.doe@example.org' * 3} @jsmith", f"follow{' [EMAIL]' * 3} @[SOCIAL_HANDLE]"),
    ],
)
def test_a_label_brings_a_word_within_reach(text: str, result: str) -> None:
    """A value that a word announces only once longer values between them are gone goes too."""
    assert Scrubber()(text) == result


@pytest.mark.parametrize(
    "filler",
    [
        "",
        "export preview " * 2000,
        "2 mails to jo@example.org " * 500,
        f"to jo@example.org {'export preview ' * 150}" * 5,
    ],
    ids=["none", "no label", "labels everywhere", "labels here and there"],
)
def test_a_long_line_rests_as_well(filler: str) -> None:
    """Of a line of any length, what its labels bring within reach goes in the same call."""
    values = "3123 4567 8909@folge jo.doe@example.org"
    labels = "[IN_AADHAAR]@[SOCIAL_HANDLE] [EMAIL]"
    rest = filler.replace("jo@example.org", "[EMAIL]")
    assert scrub(f"{filler}{values}") == f"{rest}{labels}"
    assert scrub(f"{filler}call jo.doe@example.org") == f"{rest}call [EMAIL]"


def test_key_begins_inside_a_key() -> None:
    """A second beginning inside a block belongs to the block."""
    begin = "-----BEGIN PRIVATE KEY-----"
    assert scrub(f"{begin} {begin}\nMIIE") == "[PRIVATE_KEY]\n[PRIVATE_KEY]"


def test_zero_characters_hide_nothing() -> None:
    """A zero character in a text is a character like any other."""
    once = scrub("PWD=x9\0://rest jo@example.org\0")
    assert once == "PWD=[SECRET] [EMAIL]\0"
    assert scrub(once) == once


def test_a_time_behind_a_label_is_passed_over() -> None:
    """A sign between the hours and minutes of a time is no sign of a label that ends in digits."""
    assert Scrubber(("password",)).find("password 12:30 password2:x9y8z7") != []
    assert Scrubber(("password",)).find("password 12:30") == []
