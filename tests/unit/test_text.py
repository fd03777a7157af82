"""Plain text: line by line through the stages of `line`, key blocks included."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from anonkit import Keyring, Pipeline, Policy
from anonkit.detect.known import Known
from anonkit.errors import PolicyError
from anonkit.policy import Record
from anonkit.stages import drop, keep, pseudonymize, scrub

KEY = (
    b"-----BEGIN RSA PRIVATE KEY-----\n"
    b"MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF0PbnGcY5unA2TjtIsXAabcdefgh\n"
    b"Zm9vYmFyMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF0PbnGcY5unA2TjtIsXA\n"
    b"-----END RSA PRIVATE KEY-----\n"
)


def rewritten(pipeline: Pipeline, *pieces: bytes) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Return what leaves of a stream in pieces, and the lines withheld."""
    rejected: list[tuple[int, bytes]] = []
    lines = pipeline.lines("text", reject=lambda number, line: rejected.append((number, line)))
    return b"".join(map(lines.feed, pieces)) + lines.finish(), rejected


def text_policy(stage: object) -> Policy:
    """Return the policy in which lines go through one stage."""
    return Policy("p", {"text_line": Record({"line": stage})})  # type: ignore[dict-item]


@pytest.mark.parametrize("form", ["text", "document"])
def test_requests_are_cut_down_before_they_are_scrubbed(form: str) -> None:
    """A request leaves without query and identifiers, and as it is where text is kept."""
    line = (
        b'x: 1, request: "GET /account/4711/x?q=Zebulon HTTP/1.1", referrer: "https://a.example/?q"'
    )
    odd = b"GET http://[ HTTP/1.1"
    cut = b'x: 1, request: "GET /account/:id/x HTTP/1.1", referrer: "https://a.example/"'
    for stage, expected in ((scrub(), cut + b"\nGET - HTTP/1.1"), (keep(), line + b"\n" + odd)):
        stream = Pipeline(text_policy(stage)).lines(form)
        assert stream.feed(line + b"\n" + odd) + stream.finish() == expected


def test_lines_are_scrubbed_and_keep_their_ends() -> None:
    """Each line leaves scrubbed, with its own line end, and blank lines are no records."""
    pipeline = Pipeline(Policy.preset("text"))
    out, rejected = rewritten(pipeline, b"mail ada@example.org\r\n\nfrom 203.0.113.7\n\r\nend")
    assert out == b"mail [EMAIL]\r\n\nfrom [IPV4]\n\r\nend"
    assert not rejected
    assert pipeline.report.records_out == 3


def test_a_key_block_goes_line_by_line() -> None:
    """No line of a private key leaves, though each comes alone, and what follows it is text again."""
    pipeline = Pipeline(Policy.preset("text"))
    out, _ = rewritten(pipeline, *(KEY + b"after ada@example.org\n").splitlines(keepends=True))
    assert b"MIIE" not in out
    assert b"Zm9v" not in out
    assert out.endswith(b"\nafter [EMAIL]\n")
    assert out.count(b"\n") == KEY.count(b"\n") + 1


def test_a_key_block_that_never_ends_ends_with_its_letters() -> None:
    """A line that is no line of a key ends the block, so a planted beginning hides nothing more."""
    pipeline = Pipeline(Policy.preset("text"))
    first = KEY.splitlines(keepends=True)[0]
    out, _ = rewritten(pipeline, first, b"this is a sentence again.\n", b"and one more\n")
    assert b"and one more\n" in out


@pytest.mark.parametrize(
    ("line", "rule"),
    [(b"caf\xe9 ada@example.org\n", "not UTF-8"), (b"a\0d\0a\0\n", "a NUL character")],
)
def test_what_is_no_text_is_withheld(line: bytes, rule: str) -> None:
    """A line that is not UTF-8, or has a NUL as UTF-16 has, is withheld whole and counted."""
    pipeline = Pipeline(Policy.preset("text"))
    out, rejected = rewritten(pipeline, b"one\n" + line + b"two\n")
    assert out == b"one\ntwo\n"
    assert rejected == [(2, line)]
    assert pipeline.report.as_dict()["withheld"] == [
        {"record": "text_line", "field": "line", "rule": rule, "count": 1}
    ]


def test_other_stages_than_scrub_treat_lines() -> None:
    """A line can be kept, dropped or made a token, key blocks included, as the policy says."""
    assert rewritten(Pipeline(text_policy(keep())), KEY)[0] == KEY
    assert rewritten(Pipeline(text_policy(drop())), b"a\n" + KEY)[0] == b"\n" * 5
    tokens, _ = rewritten(Pipeline(text_policy(pseudonymize()), keys=Keyring.generate()), b"a\na\n")
    first, second = tokens.splitlines()
    assert first == second != b"a"


def test_a_policy_that_speaks_of_another_column_is_refused() -> None:
    """Text has one column, and a policy for another is refused."""
    policy = Policy("p", {"text_line": Record({"other": keep()})})  # type: ignore[dict-item]
    for form in ("text", "document"):
        with pytest.raises(PolicyError, match="no column of this format"):
            Pipeline(policy).lines(form)


def test_a_destroyed_key_ends_a_stream() -> None:
    """After its key is destroyed, a stream withholds every line."""
    keys = Keyring.generate()
    pipeline = Pipeline(text_policy(scrub(action="token")), keys=keys)
    lines = pipeline.lines("text")
    assert lines.feed(b"ada@example.org\n").startswith(b"[EMAIL:")
    keys.destroy(keys.periods[0].id)
    assert lines.feed(b"ada@example.org\n") == b""
    assert pipeline.report.records_withheld == 1


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=6))
def test_any_split_gives_the_same(data: bytes, cuts: list[int]) -> None:
    """However a stream is cut, the same leaves, and the same is withheld."""
    data = data.replace(b"\xff", KEY)
    places = sorted({min(cut, len(data)) for cut in cuts})
    pieces = [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]
    whole = rewritten(Pipeline(Policy.preset("text")), data)
    assert rewritten(Pipeline(Policy.preset("text")), *pieces) == whole


def test_known_values_leave_no_text() -> None:
    """What the application knows is gone from scrubbed fields, in any case, and stays known."""
    known = {"USER": ["Grace Hopper"], "HOST": ["pc-4711"]}
    text = {"m": "GRACE HOPPER on pc-4711, grace%20hopper"}
    first = Pipeline([scrub("m")], known=known)
    assert first(text) == {"m": "[USER] on [HOST], [USER]"}
    assert Pipeline([scrub("m")], known=Known(known))(text) == first(text)


def test_a_document_is_one_record() -> None:
    """A whole stream is one text: it leaves at the end, however it came, or is withheld whole."""
    pipeline = Pipeline(Policy.preset("text"))
    document = pipeline.lines("document")
    assert document.feed(b"mail ada@exam") + document.feed(b"ple.org\nend") == b""
    assert document.finish() == b"mail [EMAIL]\nend"
    assert document.finish() == b""
    assert pipeline.report.records_out == 1
    rejected: list[tuple[int, bytes]] = []
    document = pipeline.lines("document", reject=lambda *line: rejected.append(line))
    document.feed(b"caf\xe9\n")
    assert document.finish() == b""
    assert rejected == [(1, b"caf\xe9\n")]
    document = pipeline.lines("document")
    document.feed(b"caf\xe9\n")
    assert document.finish() == b""
    assert pipeline.report.records_withheld == 2


def test_a_destroyed_key_ends_a_document() -> None:
    """After its key is destroyed, a document is withheld."""
    keys = Keyring.generate()
    document = Pipeline(text_policy(pseudonymize()), keys=keys).lines("document")
    document.feed(b"ada")
    keys.destroy(keys.periods[0].id)
    assert document.finish() == b""


def test_a_stack_trace_keeps_its_lines() -> None:
    """Scrubbing takes no line end, so a trace in a log has the lines it had."""
    trace = (
        "ERROR failed for ada@example.org\njava.lang.IllegalStateException: 203.0.113.77\n"
        "\tat com.example.Orders.find(Orders.java:42)\n\t... 12 more\n"
        'Traceback (most recent call last):\n  File "/home/ada/app.py", line 3\n\n    x = 1\n'
    )
    out, rejected = rewritten(Pipeline(Policy.preset("text")), trace.encode())
    assert not rejected
    assert out.count(b"\n") == trace.count("\n")
    assert b"ada" not in out
