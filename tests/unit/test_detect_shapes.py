"""Messages of one shape are scrubbed as each would be by itself."""

from __future__ import annotations

import random
import re
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from anonkit.detect import Scrubber, ids, shapes, steady
from anonkit.detect.detector import Detector
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


# What programs write as identifiers.
UUID = "cd613e30-d8f1-4adf-91b7-584a2265b1f5"
TRACE = "1e2feb89414c343c1027c4d1c386bbc4"


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


# What stands around identifiers in logs and in hostile lines; all labels and words of detectors too.
BESIDE = sorted(
    {"request ", "trace=", "[req-", "/v2/", "sha256:", '"', "(", "container C", "port ", "203.0.113.7:", "@", "%", "#"}
    | {f"{key}{sign}" for row in DETECTORS for key in row.keys for sign in ("=", ": ")}
    | {f"{one} " for row in DETECTORS for one in (*row.hints, *row.words, *row.starts)}
    | {row.specimen + " " for row in DETECTORS if row.specimen.isascii()}
)  # fmt: skip
BEHIND = ("", " ", ".", ",", ":", "-", "_", '"', ")", "(x)", "[x]", "@example.org", "/x", " 12 34", "-1234567", " took 5 ms", " user=ada", " from 203.0.113.7 port 22")  # fmt: skip
# Hexadecimal digits, `h`; and such that codes can begin with.
FORMS = ("hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh", "hhhhhhhh-be12-hhhh-hhhh-hhhhhhhhhhhh", "de12" + "h" * 18, "bc1" + "h" * 30, "Ch" + "h" * 15, *("h" * n for n in (8, 12, 16, 26, 32, 40, 64)))  # fmt: skip
DIGITS_DRAWN = ("0123456789abcdef", "0123456789abcdef", "0123456789", "0123456789a", "1f", "0")


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_messages_with_identifiers_are_scrubbed_as_alone(rng: random.Random, count: int) -> None:
    """Wherever identifiers stand, and whatever they are, the memory gives what the scrubber gives."""
    parts = [
        rng.choice(some)
        for _ in range(count)
        for some in (BESIDE, ("", "", '"', "="), FORMS, BEHIND, ("", " "))
    ]
    capital = rng.random() < 0.2
    remembering = Shapes(SCRUBBER, select(()))
    for turn in range(2 * OFTEN + 12):
        drawn = DIGITS_DRAWN[0] if turn < 2 * OFTEN else rng.choice(DIGITS_DRAWN)
        words = [
            re.sub("h", lambda _, drawn=drawn: rng.choice(drawn), part) if part in FORMS else part  # type: ignore[misc]
            for part in parts
        ]
        message = "".join(word.upper() if capital and word not in parts else word for word in words)
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


@pytest.mark.parametrize("message", ["from \0 port \0 of", "port \0 of", "\0 \0 \0"])
def test_the_sign_of_a_slot_is_none(message: str) -> None:
    """A character that stands for slots in the memory's own keys is a character of a message."""
    remembering = Shapes(SCRUBBER, select(()))
    for _ in range(OFTEN + 1):
        remembering("from 203.0.113.7 port 22 of")
        remembering("port 22 of")
        remembering("1 2 3")
    assert remembering(message) == SCRUBBER(message)


def asked_for(*messages: str) -> list[bool]:
    """Return for each message, once its shape is known if it can be, whether it was scrubbed."""
    counting = Counting()
    remembering = Shapes(counting, select(()))  # type: ignore[arg-type]
    for message in messages:
        for number in range(2 * OFTEN):
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
        "https://ada:pw@h.example/ took 5",
        f"request {UUID} trace={TRACE} took 12 ms",
        f"[req-{UUID} {TRACE} {TRACE} - - -] GET /v2/{TRACE}/servers/detail",
        f"pulled sha256:{TRACE * 2} for user ada from 203.0.113.77 port 22 ssh2",
        f"container {TRACE.upper()} C{TRACE} exited",
        f"client id: {UUID} is here",
        f"job {TRACE} of user=7 ended",
        f"span_id={TRACE[:16]} trace_id={TRACE} GET /api/v1/orders/{UUID} 200 12ms",
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
        "std::5 took 5 ms",  # a finder that declares no more than a sign
        "\u00e4 from 203.0.113.7",  # beyond ASCII
        "x" * 2000,
        f"token={TRACE} of 5",  # random, or not
        f"user={TRACE}",  # a name, and looked at
        f"request {TRACE[:8]}: {TRACE[:12].upper()}-1234567",  # digits that may join to a code
        "request 12345678-1234-1234-1234-123456789012",
        f"passport {TRACE[:8]}, 12345678",
        f"sk_live_{TRACE}",
        f"privkey {TRACE * 2}",
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


@pytest.mark.parametrize("message", ["from 203.0.113.7 port {} of", "from [IPV4] port {} of"])
def test_what_shows_behind_a_label_is_not_remembered(message: str) -> None:
    """Labels, new and old, are no text to a detector, so it may find more once they are there."""
    own = Detector(
        name="own", type="OWN", source="a test", pattern="[\0] port (?P<value>[0-9]{1,5})",
        check="4711".__eq__, specimen="\0 port 4711", false_friend="",
    )  # fmt: skip
    chosen = ("ipv4", own)
    scrubber = Scrubber(chosen)
    remembering = Shapes(scrubber, select(chosen))
    for number in (*range(10, 40), 4711):
        assert remembering(message.format(number)) == scrubber(message.format(number))
    assert "[OWN]" in scrubber(message.format(4711))


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


@pytest.mark.parametrize(("form", "cost"), [("x", shapes._COST), (TRACE, shapes._COST_WITH_IDS)])
def test_many_shapes_are_learned_no_faster_than_messages_come(
    monkeypatch: pytest.MonkeyPatch, form: str, cost: int
) -> None:
    """A log of which each message has another shape costs no more than twice what it would."""
    monkeypatch.setattr(shapes, "_ADVANCE", 0)
    remembering = Shapes(SCRUBBER, select(()))
    messages = [f"job {'a' * number} of {form} ended" for number in range(1, 2 * cost // OFTEN)]
    for message in [message for message in messages for _ in range(OFTEN + 1)]:
        assert remembering(message) == message
    assert 1 <= len(remembering._shapes) <= (OFTEN + 1) * len(messages) / cost


@pytest.mark.parametrize("row", DETECTORS, ids=lambda row: row.name)
def test_a_detector_is_awake_in_its_specimen(row: Any) -> None:
    """Where a detector finds a value with digits, its results are not taken for those of others."""
    found = [row.specimen[start:end] for start, end in row.matcher()(row.specimen)]
    numbered = row.specimen.isascii() and re.search("[0-9]", "".join(found))
    if numbered and row.name not in steady.STEADY and not row.dense:
        assert not steady.are_steady([row], [row.specimen])
    if row.specimen.isascii():
        assert steady._Shape([row.specimen]).can_wake(row)


def test_the_steady_detectors_exist() -> None:
    """Each name of the lists is that of a detector."""
    assert {row.name for row in DETECTORS} >= steady.STEADY >= steady.WITH_IDS
    assert {row.name for row in DETECTORS} >= steady._ASKED


STEADY = [row for row in DETECTORS if row.name in steady.STEADY]
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


WITH_IDS = [row for row in DETECTORS if row.name in steady.WITH_IDS]
# Words of one form that `ids` masks, as different as they can be.
ALIKE = (
    ("a" * 31 + "0", "0" * 31 + "a", TRACE, TRACE[::-1], "f" + "0" * 30 + "f"),
    ("a" * 7 + "0", "0" * 7 + "f", "d0d0d0d0", "0e0e0e0e"),
    ("C" + "a" * 8 + "0", "C" + "0" * 8 + "f", "Cafebabe01"),
    ("A" * 12 + "0", "0" * 12 + "F", "1E1E1E1E1E1E1"),
    (UUID, "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa0", "0000000f-0000-000f-0000-00000000000f", "f0000000-1111-a111-1111-f00000000000"),
)  # fmt: skip


@pytest.mark.parametrize("row", WITH_IDS, ids=lambda row: row.name)
def test_detectors_trusted_with_identifiers_take_any_alike(row: Any) -> None:
    """Behind and before each label and word of theirs, and between two, any identifier is as good."""
    own = (*row.keys, *row.hints, *row.words, row.specimen, row.false_friend, "@", "203.0.113.7")
    rest = ("", " ", '"', ".", ":", "-x", "/x", "'", " from 203.0.113.7 port 22", " (uid=0)", "@example.org")  # fmt: skip
    for before, sign, words, behind in product(
        ("", *own),
        ("", " ", "=", ": ", '="', " '", "-", "/", "[", "(", "at x."),
        ALIKE,
        (*rest, *own),
    ):
        texts = [f"{before}{sign}{word}{behind}" for word in words]
        if len({ids.mask(text) for text in texts}) == 1 and ids.mask(texts[0]) != texts[0]:
            first = [*row.matcher()(texts[0])]
            for text in texts[1:]:
                assert [*row.matcher()(text)] == first
