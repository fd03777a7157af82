"""Messages of one shape are scrubbed as each would be by itself."""

from __future__ import annotations

import random
import re
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from anonkit.detect import Scrubber, shapes
from anonkit.detect.shapes import Shapes
from anonkit.detect.spans import Span
from anonkit.detect.table import DETECTORS, select

SCRUBBER = Scrubber()
OFTEN = shapes._OFTEN

# What log messages, addresses and hostile lines are put together from: {i} is an address, {n} a
# number, {w} a word with digits.
FRAGMENTS = (
    "Failed password for {w} from {i} port {n} ssh2", "Invalid user {w} from {i}", "port {n}:{n}: bye",
    "session opened for user {w} by (uid={n})", "user={w}", "uid={n}", "logname= ruser= rhost={i}",
    "client: {i}, server", "{i}:{n}", "[{i}]", "{i}/{n}", "version {i}", "{i} - -", "born {n} march {n}",
    "birth date: {n}.{n}.{n}", "geb. am {n}. Mai {n}", "PLZ {n} Berlin", "{n} Musterstadt", "Hauptstr. {n}",
    "password {n}", "password={n}", "pin: {n}", "tel. {n} {n}", "Tel: ({n}) {n}-{n}", "+{n} {n} {n}",
    "card {n} {n} {n} {n}", "iban DE{n} {n} {n}", "tax number {n}/{n}/{n}", "took {n} ms", "id {n}",
    "0x{n}", "{n}x{n}", "{n}%", "{n}.{n} s", "-{n}", "{n}:{n}:{n}", "{n}-{n}-{n}", "key={w}", "token {w}",
    "/home/{w}/x", "C:\\Users\\{w}\\x", "https://h.example/p/{n}?token={w}", "{w}@example.org", "<{w}>",
    "MAC=00:1b:{n}:3f:aa:{n}", "::{n}", "fe80::{n}", "SSN {n}-{n}-{n}", "license {w}", "my user name is {w}",
    "Name: Ada {w}", "customer {n}", "lat={n} lon={n}", "coordinates {n}.{n}, {n}.{n}", "order {n}", "otp {n}",
    "code {n}", "room {n}", "the job", "=", ", ", "(", ")", '"', "'", "#{n}", "[{n}]", "{n}", "{i}", "{w}",
)  # fmt: skip
octets = st.sampled_from([0, 1, 7, 10, 99, 127, 192, 203, 255, 256, 300])
quads = st.lists(octets, min_size=4, max_size=4).map(lambda four: ".".join(map(str, four)))
numbers = st.integers(0, 10**5).map(str) | st.sampled_from(
    ["0", "00", "07", "12", "31", "1987", "2001", "30", "10115", "49", "151", "4111", "1111", "123456"]
)  # fmt: skip
words = st.sampled_from(["root", "ada", "admin", "www-data", "user12", "x1", "a1b2c3", "7up", "0"])


def differing(draw: Any, template: str, count: int) -> list[str]:
    """Return messages that differ in their values alone."""
    word = draw(words)
    return [
        "".join(
            draw({"{i}": quads, "{n}": numbers}.get(part, st.just(part)))
            for part in _parts(template.replace("{w}", word))
        )
        for _ in range(count)
    ]


def _parts(template: str) -> list[str]:
    return [part for part in shapes.re.split(r"(\{[in]\})", template) if part]


@given(st.data())
def test_messages_of_one_shape_are_scrubbed_as_alone(data: st.DataObject) -> None:
    """Whatever a message is put together from, the memory gives what the scrubber gives."""
    count = data.draw(st.integers(1, 4))
    template = " ".join(data.draw(st.sampled_from(FRAGMENTS)) for _ in range(count))
    remembering = Shapes(SCRUBBER, select(()))
    for message in differing(data.draw, template, OFTEN + 4):
        assert remembering(message) == SCRUBBER(message)


@pytest.mark.parametrize("template", FRAGMENTS)
def test_each_fragment_is_scrubbed_as_alone(template: str) -> None:
    """A shape that has been learned from plain values holds for special ones too."""
    rng = random.Random(template)
    remembering = Shapes(SCRUBBER, select(()))
    special = ["0", "1", "7", "12", "31", "1987", "2024", "443", "10115", "99999", "007", "4711"]
    for turn in range(200):
        message = template.replace("{w}", "ada7")
        while "{" in message:
            number = str(rng.randrange(10 ** rng.randrange(1, 6)))
            message = message.replace("{n}", number if turn < OFTEN + 2 else rng.choice(special), 1)
            quad = ".".join(str(rng.randrange(256)) for _ in range(4))
            message = message.replace("{i}", quad, 1)
        assert remembering(message) == SCRUBBER(message)


class Counting:
    """The scrubber, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.find = SCRUBBER.find

    def __call__(self, text: str) -> str:
        self.asked += 1
        return SCRUBBER(text)


@pytest.mark.parametrize(
    ("learned", "other"),
    [
        ("mail ada%41example.org took 5 ms", "mail ada%40example.org took 5 ms"),
        ("open C%44/home/ada took 5 ms", "open C%3A/home/ada took 5 ms"),
        ("open /home/ada%3Fx took 5 ms", "open /home/ada%2Fx took 5 ms"),
    ],
)
def test_escapes_are_told_apart(learned: str, other: str) -> None:
    """What one escape was taken for says nothing of another, though they differ in digits alone."""
    remembering = Shapes(SCRUBBER, select(()))
    for _ in range(OFTEN + 1):
        remembering(learned)
    assert remembering(other) == SCRUBBER(other)


@pytest.mark.parametrize("blanks", [1, 8, 9, 24])
def test_a_value_far_behind_its_label_is_looked_at(blanks: int) -> None:
    """However many blanks a label's value may stand behind, its digits are not taken for others."""
    remembering = Shapes(SCRUBBER, select(()))
    for _ in range(OFTEN + 1):
        remembering(f"token={' ' * blanks}a1b1c1d1 of job")
    for value in ("a3b2c6d5", "a6b8c9d6"):
        message = f"token={' ' * blanks}{value} of job"
        assert remembering(message) == SCRUBBER(message)


def asked_for(*messages: str) -> list[bool]:
    """Return for each message, once its shape is known if it can be, whether it was scrubbed."""
    counting = Counting()
    remembering = Shapes(counting, select(()))  # type: ignore[arg-type]
    for message in messages:
        for number in range(OFTEN):
            assert remembering(message) == SCRUBBER(message), number
    told = []
    for message in messages:
        counting.asked = 0
        assert remembering(message) == SCRUBBER(message)
        told.append(bool(counting.asked))
    return told


@pytest.mark.parametrize(
    "message",
    [
        "Failed password for root from 203.0.113.77 port 4711 ssh2",
        "Failed password for invalid user ada from 203.0.113.77 port 4711 ssh2",
        "pam_unix(sshd:session): session opened for user ada7 by (uid=0)",
        "[ 1234.567890] eth0: link up",
        "nothing of any kind",
        "processed 12 jobs of 4711",
        "mail from ada@example.org took 12 ms",
    ],
)
def test_usual_messages_are_remembered(message: str) -> None:
    """What logs are full of is cut from memory once its shape has come often enough."""
    assert asked_for(message) == [False]


@pytest.mark.parametrize(
    "message",
    [
        "from 127.0.0.1 port 22",  # a quad that is no slot
        "at 0x7f12",  # a pointer
        "total-vm:1234567kB",  # digits that may be a code
        "user ada7 203.0.113.7 is here",  # digits that touch an address
        "token=a8f3e1d94c7b2a60 of 5",  # a value that is judged by its digits
        "https://ada:pw@h.example/ took 5",  # a finder that declares no more than a sign
        "\u00e4 from 203.0.113.7",  # beyond ASCII
        "x" * 2000,
    ],
)
def test_other_messages_are_scrubbed(message: str) -> None:
    """Where digits may count, or a message is unusual, it is scrubbed each time."""
    assert asked_for(message) == [True]


def test_numbers_and_addresses_are_not_taken_for_each_other() -> None:
    """A number where an address was, or an address where a number was, makes another message."""
    counting = Counting()
    remembering = Shapes(counting, select(()))  # type: ignore[arg-type]
    for _ in range(OFTEN):
        remembering("from 203.0.113.77 to port 47 of")
    counting.asked = 0
    for message in ("from 4711 to port 47 of", "from 203.0.113.7 to port 9.9.9.9 of"):
        assert remembering(message) == SCRUBBER(message)
    assert counting.asked == 2


def test_a_find_within_a_number_is_not_remembered() -> None:
    """A cut through a number, or one that another message lacks, is never taken from memory."""

    class Odd(Counting):
        def find_part(self, text: str) -> list[Span]:
            at = text.index("7")
            return [Span(at + self.inside, at + 1 + self.inside, "CODE", "odd", 1)]

    for inside in (0, 1):
        odd = Odd()
        odd.inside = inside  # type: ignore[attr-defined]
        odd.find = odd.find_part
        remembering = Shapes(odd, select(()))  # type: ignore[arg-type]
        for _ in range(OFTEN + 1):
            assert remembering("job 712 ended") == "job 712 ended"
        assert not remembering._shapes
    odd = Odd()
    odd.find = lambda text: [Span(0, 3, "JOB", "odd", 1)]
    remembering = Shapes(odd, select(()))  # type: ignore[arg-type]
    for _ in range(OFTEN + 1):
        assert remembering("job 712 ended") == "job 712 ended"
    assert not remembering._shapes


def test_a_find_over_several_pieces_is_cut_from_each() -> None:
    """What begins in one piece and ends in another is one label."""
    pieces = ["ab", "12", "cd", "34", "ef"]
    cuts = shapes._cuts(pieces, [Span(1, 9, "X", "x", 1)])
    assert cuts is not None
    assert "".join(shapes._cut(pieces.copy(), cuts)) == "a[X]f"
    cuts = shapes._cuts(pieces, [Span(0, 1, "Y", "x", 1), Span(2, 8, "X", "x", 1)])
    assert cuts is not None
    assert "".join(shapes._cut(pieces.copy(), cuts)) == "[Y]b[X]ef"


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes that come once make the memory no larger, and a full one takes no more."""
    monkeypatch.setattr(shapes, "_MOST_SHAPES", 4)
    remembering = Shapes(SCRUBBER, select(()))
    for number in range(20):
        remembering("x" * number)
    assert len(remembering._seen) <= 4
    for length in range(6):
        for _ in range(OFTEN):
            remembering("y" * length)
    assert len(remembering._shapes) == 4


@pytest.mark.parametrize("row", DETECTORS, ids=lambda row: row.name)
def test_what_a_detector_needs_stands_in_its_specimen(row: Any) -> None:
    """The expression that says a detector sleeps matches where the detector finds something."""
    folded = shapes.fold(row.specimen)
    assert shapes._needs(row).search(folded)
    for start, end in row.matcher()(row.specimen):
        if any(map(str.isdigit, row.specimen[start:end])):
            assert shapes._looks_at_digits(row, folded)


def test_the_steady_detectors_exist() -> None:
    """Each name of the list is that of a detector."""
    assert {row.name for row in DETECTORS} >= shapes._STEADY


STEADY = [row for row in DETECTORS if row.name in shapes._STEADY]
# All that these detectors look at: their own texts, labels and words, and what stands in messages.
PIECES = sorted(
    {*FRAGMENTS}
    | {one for row in STEADY for one in (row.specimen, row.false_friend, *row.keys, *row.hints)}
)


@pytest.mark.parametrize("row", STEADY, ids=lambda row: row.name)
@settings(deadline=None)
@given(data=st.data())
def test_steady_detectors_ask_no_digit_for_its_value(row: Any, data: st.DataObject) -> None:
    """Other digits in the place of digits change nothing of what they find outside of addresses."""
    own = data.draw(st.sampled_from([row.specimen, row.false_friend, *row.keys, *row.hints]))
    more = data.draw(st.lists(st.sampled_from(PIECES), max_size=2))
    pieces = data.draw(st.permutations([own, *more]))
    text = data.draw(st.sampled_from(["", " ", "=", "0", ": "])).join(pieces)
    text = re.sub(r"\{[inw]\}", lambda _: data.draw(st.one_of(numbers, words)), text)
    text = shapes._SIGHTED.sub("q", text)  # a message with one of these is scrubbed by itself
    digits = data.draw(st.sampled_from(["0123456789", "01", "7"]))
    other = re.sub("[0-9]", lambda _: data.draw(st.sampled_from(digits)), text)
    assert [*row.matcher()(text)] == [*row.matcher()(other)]


# Values whose digits decide wherever digits do: zero and one are nothing, and mixed ones are random.
DECIDING = ("0", "1", "10", "x9", "1a2b3c4d", "a1b2c3d4e5f6a7b8", "q1.w2-e3_r4/t5+y6")


@pytest.mark.parametrize("row", STEADY, ids=lambda row: row.name)
def test_steady_detectors_ask_no_digit_of_what_they_announce(row: Any) -> None:
    """Behind each label and word of theirs, all digits are as good as any."""
    for before, own, sign, value, behind in product(
        ("", "?", "a "),
        (*row.keys, *row.hints, *row.words),
        ("", " ", "=", ": ", '="'),
        DECIDING,
        ("", " ", "&"),
    ):
        text = f"{before}{own}{sign}{value}{behind}"
        for digit in "017":
            assert [*row.matcher()(text)] == [*row.matcher()(re.sub("[0-9]", digit, text))]
