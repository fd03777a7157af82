"""Laws of outlines: what fits one leaves as it would without, to the byte and to the count.

The slow way is the same rewriter that remembers nothing: it goes scalar by scalar. Lines come often
enough to be learned, and then others come that are nearly like them.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from anonkit import Pipeline, Policy
from anonkit.parse import outline
from anonkit.parse.objects import ObjectRewriter
from strategies import keyring

PRESET = Policy.preset("json")
GENERALIZED = Policy.from_toml(
    """[record.any_object]
    fields.time = { generalize = "1h" }
    fields.number = { generalize = { step = 10 } }
    fields.boolean = "keep"
    fields.user = { pseudonymize = "user", withhold = "field" }
    fields.address = "truncate"
    fields.text = "keep"
    fields.key = { pseudonymize = "key" }
    """
)
DROPPED = Policy.from_toml('[record.any_object]\nfields.time = "keep"\nfields.key = "keep"')
POLICIES = {"preset": PRESET, "generalized": GENERALIZED, "dropped": DROPPED}

SCALARS: st.SearchStrategy[Any] = (
    st.sampled_from(
        ["", "x", "ada@example.org", "203.0.113.7", "no address", "2026-05-11T09:02:44Z",
         "2026-05-11T09:02:44.123+02:00", "2026-05-11", "4bf92f3577b34da6a3ce929d0e0e4736",
         "d5eec12d-f625-f156-8403-06b9fbc87a2b", "4111111111111111", "00f067aa0ba902b7", "/a?q=ada",
         "/users/4711", 'a"b', "a\\", "\\", '\\"', "ü", "\ud83d\ude00", "{", '{"user":"ada"}',
         '{"n":1,"t":"2026-05-11T09:02:44Z"}', "[1]", "password", "user.email", "a,b", '":', "\n"]
    )
    | st.sampled_from([None, True, False, 0, 7, -12, 1234567, 12345678, 123456789, 1747000000,
                       1747000000123, 4111111111111111, 10**17, 10**19, 10**30, -0.0, 0.5, -1.25,
                       1747000000.14, 0.0001, 1e300, 123.4567])
)  # fmt: skip
NAMES = st.sampled_from(
    ["time", "timestamp", "ts", "user", "id", "ip", "password", "msg", "key", "name", "value", "level",
     "pid", "hostname", "url", "users", "tags", "weight", "ada@example.org", "Grace Hopper", "ü"]
)  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(NAMES, below, min_size=1, max_size=4)
    ),
    max_leaves=8,
)


def values_anew(draw: st.DrawFn, tree: Any) -> Any:
    """Draw an object with the same names and other values."""
    if isinstance(tree, dict):
        return {name: values_anew(draw, below) for name, below in tree.items()}
    if isinstance(tree, list):
        return [values_anew(draw, below) for below in tree]
    return draw(SCALARS) if draw(st.booleans()) else tree


def written(draw: st.DrawFn, tree: Any, separators: tuple[str, str]) -> bytes:
    """Draw a way of writing an object."""
    text = json.dumps(tree, separators=separators, ensure_ascii=draw(st.booleans()))
    return text.encode(errors="replace")


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Draw lines of which most are alike, and some are broken."""
    trees = draw(
        st.lists(st.dictionaries(NAMES, TREES, min_size=1, max_size=6), min_size=1, max_size=2)
    )
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :")]))
    lines: list[bytes] = []
    for _ in range(draw(st.integers(4, 9))):
        tree = draw(st.sampled_from(trees))
        line = written(draw, values_anew(draw, tree), separators)
        if draw(st.integers(0, 3)) == 0:
            at = draw(st.integers(0, len(line)))
            instead = draw(
                st.sampled_from([b"", b'"', b"\\", b",", b"0", b"e", b"\x01", b"\xff", b"}", b" "])
            )
            line = line[:at] + instead + line[at + draw(st.integers(0, 2)) :]
        lines += [line] * draw(st.sampled_from([1, 1, 4]))
    return b"\n".join(lines) + b"\n"


def through(stream: bytes, policy: Policy, cache: int) -> tuple[bytes, list[Any], dict[str, Any]]:
    """Return what leaves of a stream, what is withheld, and all counts."""
    withheld: list[Any] = []
    pipeline = Pipeline(policy, keys=keyring(), cache=cache)
    lines = pipeline.lines("json", reject=lambda number, line: withheld.append((number, line)))
    out = lines.feed(stream) + lines.finish()
    return out, withheld, pipeline.report.as_dict()


@pytest.mark.parametrize("name", POLICIES)
@given(stream=streams())
@example(stream=b'{"key":null,"value":"x"}\n' * 4 + b'{"key":"password","value":"hunter2"}\n')
@example(stream=b'{"key":"a","value":"x"}\n' * 4 + b'{"key":"password","value":"hunter2"}\n')
@example(stream=b'{"a":"x","b":"y"}\n' * 4 + b'{"a":"x\\\\","b":"y"}\n{"a":"x\\","b":"y"}\n')
@example(stream=b'{"ips":{"x":1},"users":{"ada":1}}\n' * 6)
@example(stream=b'{"a":"x"}\n' * 4 + b'{"a":"\xff"}\n{"a":"\x01"}\n{"a":"\\ud800"}\n')
@example(stream=b'{"n":1}\n' * 4 + b'{"n":01}\n{"n":-}\n{"n":1e999}\n{"n":}\n{"n":1.}\n{"n":"}\n')
@example(stream=b'{"url":"/a?b=1"}\n{"url":"/a?b=2"}\n{"url":"/a?\\x"}\n' * 6)
@example(stream=b'{"msg":[1,"x"]}\n' * 5)
@example(
    stream=b'{"password":"x","phone":"+49"}\n' * 4
    + b'{"password":"\x01","phone":"x"}\n{"password":"\\u00e9","phone":"\\ud800"}\n'
    + b'{"password":"","phone":null}\n{"password":7,"phone":"a"}\n{"password":"\xff","phone":""}\n'
)
@example(
    stream=b'{"time":"2026-05-11T09:02:44Z"}\n' * 4
    + b'{"time":"2026-05-11T09:02Z"}\n{"time":"2026-05-11 09:02:44,5 +02:00"}\n{"time":""}\n'
    + b'{"time":"2026-05-11T09:02:44Zx"}\n{"time":"2026-05-11T09:02:4"}\n{"time":"20260511T090244Z"}\n'
)
@example(
    stream=b'{"ts":1747000019}\n' * 4
    + b'{"ts":1747000019.999999999}\n{"ts":1747000019123}\n{"ts":1747000019e1}\n{"ts":7}\n{"ts":"x"}\n'
)
@example(
    stream=b'{"ts":1747000019123}\n' * 4
    + b'{"ts":1747000019}\n{"ts":1747000019123456}\n{"ts":1747000019123.5}\n{"ts":17470000191234}\n'
)
@example(
    stream=b'{"x":"4bf92f3577b34da6a3ce929d0e0e4736","user":"4bf92f3577b34da6"}\n' * 4
    + b'{"x":"4111111111111111","user":"4111111111111111"}\n{"x":"ada","user":"ada"}\n'
    + b'{"x":"2bf92f3577b34da6","user":"2bf92f3577b34da6"}\n' * 2
)
@example(
    stream=b'{"id":1747000019,"ts":""}\n{"id":1,"ts":1747000019}\n{"id":1747000019,"ts":1}\n' * 3
)
@example(stream=b'{"t":""}\n' * 4 + b'{"t":}\n{"t":"}\n{"t":"x"}\n{"t":null}\n')
@example(
    stream=b'{"pid":1,"level":30,"hostname":"h","time":1,"name":"app"}\n' * 4
    + b'{"pid":1,"level":30.5,"hostname":"h","time":1,"name":"Ada"}\n'
    + b'{"pid":null,"level":30,"hostname":"h","time":1,"name":"Ada"}\n'
    + b'{"pid":1,"level":30,"hostname":null,"time":1,"name":"Ada"}\n'
)
@example(
    stream=b'{"msg":"{\\"user\\":\\"ada\\"}"}\n' * 4
    + b'{"msg":"{\\"user\\":\\"\\\\x\\"}"}\n'
    + b'{"msg":"{\\"user\\":\\"\\\\ud800\\"}"}\n{"msg":"{\\"user\\":\\"\xff\\"}"}\n'
)
def test_what_fits_an_outline_leaves_as_it_would_without(name: str, stream: bytes) -> None:
    """Output, withheld lines and counts are those of the way that remembers nothing."""
    policy = POLICIES[name]
    assert through(stream, policy, 4096) == through(stream, policy, 0)
    assert through(stream, policy, 2) == through(stream, policy, 0)


def test_outlines_are_used() -> None:
    """From the fourth line of a kind on, nothing is decoded as a whole."""
    seen: list[bytes] = []
    pipeline = Pipeline(PRESET, keys=keyring())
    lines = pipeline.lines("json")
    rewriter = lines._rewriter  # type: ignore[attr-defined]
    assert isinstance(rewriter, ObjectRewriter)
    slow = rewriter._line
    rewriter._line = lambda line: seen.append(line) or slow(line)  # type: ignore[method-assign, func-returns-value]
    for number in range(9):
        lines.feed(
            b'{"time":"2026-05-11T09:02:44Z","user":"u%d","n":%d,"k":""}\n' % (number, number)
        )
    assert len(seen) == 3
    for number in range(9):
        lines.feed(b'{"tags":[%b]}\n' % b",".join([b"1"] * number))
    assert len(seen) == 3 + 9


def test_outlines_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are so many, so long and of so many values; and whoever looks too often stops looking."""
    lines = b"".join(b'{"b%d":"x"}\n' % number for number in range(9))
    lines += b"".join(b'{"a%d":"x"}\n' % (number // 4) for number in range(400))
    monkeypatch.setattr(outline, "MOST_OUTLINES", 2)
    monkeypatch.setattr(outline, "_MOST_SEEN", 3)
    assert through(lines, PRESET, 4096) == through(lines, PRESET, 0)
    long = b"".join(
        (b'{"a%d":[' % number + b",".join([b'"x"'] * 300) + b"]}\n") * 5 for number in range(3)
    )
    assert through(long, PRESET, 4096) == through(long, PRESET, 0)
    monkeypatch.setattr(outline, "MOST_VALUES", 700)
    assert through(long, PRESET, 4096) == through(long, PRESET, 0)
    outlines = outline.Outlines()
    assert outlines.wants(b"{}", 700)
    assert not outlines.wants(b"{}", 701)
    assert not outlines.wants(b"x" * (outline.LONGEST + 1), 1)
    outlines.forget()
    assert not outlines.wants(b"{}", 1)


def test_a_line_that_nearly_fits_is_told_so_at_once() -> None:
    """Values that could be read in two ways are not tried in all of their combinations."""
    values = b",".join(b'"n%d":7' % number for number in range(60))
    lines = (b"{%b}\n" % values) * 4 + b'{%b,"x":}\n{%b;\n' % (values, values)
    assert through(lines, PRESET, 4096) == through(lines, PRESET, 0)


def test_an_outline_is_found_whatever_quotes_a_value_holds() -> None:
    """Lines with as many quotes but other names, and with more of them, leave as they would."""
    kinds = [b'{"a":"x","b":"y"}\n', b'{"a":"x","c":"y"}\n', b'{"a":["x","b","y"]}\n']
    lines = b"".join(kind * 4 for kind in kinds)
    lines += b'{"a":"\\"","b":"y"}\n{"a":"x","b":"\\"y\\""}\n{"a":"x","d":"y"}\n' * 2 + b"".join(
        kinds
    )
    lines += b"".join(b'{"a":"%b","b":"y"}\n' % (b'\\"' * number) for number in range(9))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outline, "_MOST_SEEN", 4)
        assert through(lines, PRESET, 4096) == through(lines, PRESET, 0)


def test_a_name_whose_values_never_come_again_is_not_remembered_for_long() -> None:
    """Where a memory is full before many lines came, it stays empty for a while; others do not."""
    pipeline = Pipeline(PRESET, keys=keyring(), cache=8)
    stream = pipeline.lines("json")
    memory = stream._rewriter._memory  # type: ignore[attr-defined]

    def sizes() -> tuple[int, int]:
        return len(memory.of("user", b'"user"')), len(memory.of("host", b'"host"'))

    seen = []
    for number in range(500):
        stream.feed(b'{"user":"u%d","host":"h%d"}\n' % (number, number // 4))
        seen.append(sizes())
    users, hosts = (max(at) for at in zip(*seen[40:130], strict=True))
    assert users <= 1
    assert hosts == 8
    assert max(size for size, _ in seen[130:]) == 8


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values take so much room and no more, whatever their names, and the result is the same."""
    monkeypatch.setattr("anonkit.parse.memory.ROOM", 2_000)
    monkeypatch.setattr("anonkit.parse.memory._MOST_NAMES", 30)
    lines = b"".join(
        b'{"n%d":"text %d","user":"u%d","%s":"x"}\n' % (n % 50, n, n, b"long" * 200 if n == 7 else b"k")
        for n in range(300)
    )  # fmt: skip
    pipeline = Pipeline(PRESET, keys=keyring(), cache=16)
    stream = pipeline.lines("json")
    out = stream.feed(lines)
    assert out == through(lines, PRESET, 0)[0]
    rewriter = stream._rewriter  # type: ignore[attr-defined]
    memory = rewriter._memory._kept
    assert len(memory) <= 30 + 32
    assert max(map(len, memory.values())) <= 16
    assert sum(len(token) + 170 for kept in memory.values() for token in kept) < 2_000
