"""The preview: it is what a run would do, shown."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, strategies as st

from anonkit import Pipeline, Policy
from anonkit.explain import Wording, html, markdown
from anonkit.explain.fields import reader
from anonkit.explain.preview import Change, marked, page, pieces, preview
from anonkit.parse.formats import FORMATS
from strategies import keyring, policies, records
from weblogs import lines_of, weblog_policies, weblog_streams

LINE = (
    b'203.0.113.77 - ada [11/May/2026:08:03:40 +0200] "GET /a/4711?q=ada HTTP/1.1" 200 5310'
    b' "-" "Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0"\n'
)


@given(weblog_policies(), weblog_streams("combined"))
def test_a_preview_of_a_log_is_what_a_run_writes(policy: Policy, stream: bytes) -> None:
    """Over generated logs and policies, the bytes shown are the bytes that a run writes."""
    lines = lines_of(stream)
    shown = preview(Pipeline(policy, keys=keyring()), "combined", lines)
    run = Pipeline(policy, keys=keyring())
    told: list[tuple[int, bytes]] = []
    stream_of_run = run.lines("combined", reject=lambda *line: told.append(line))
    sent = stream_of_run.feed(b"".join(lines)) + stream_of_run.finish()
    assert b"".join(line.after for line in shown) == sent
    assert [line.before for line in shown] == lines
    withheld = {number for number, _ in told}
    assert {line.number for line in shown if not line.after and line.rules} == withheld


@given(st.data())
def test_a_preview_of_events_is_what_a_run_writes(data: st.DataObject) -> None:
    """Over generated records and policies, the bytes shown are the bytes that a run writes."""
    policy = data.draw(policies())
    events = data.draw(st.lists(records(policy), max_size=5))
    lines = [msgspec.json.encode(event) + b"\n" for event in events]
    shown = preview(Pipeline(policy, keys=keyring()), "jsonl", lines)
    stream = Pipeline(policy, keys=keyring()).lines("jsonl")
    assert b"".join(line.after for line in shown) == stream.feed(b"".join(lines)) + stream.finish()


def test_each_field_is_shown_before_and_after_with_its_stages() -> None:
    """A line is shown field by field: what it was, what is left, by which stages."""
    (shown,) = preview(Pipeline(Policy.preset("weblog")), "combined", [LINE])
    changes = {change.path: change for change in shown.changes}
    assert changes["client"] == Change("client", "203.0.113.77", "203.0.113.0", ("truncate",))
    assert changes["user"] == Change("user", "ada", None, ("drop",))
    assert changes["target"] == Change("target", "/a/4711?q=ada", "/a/:id", ("url",))
    assert changes["status"].before == changes["status"].after == "200"


def test_an_event_shows_undeclared_fields_and_lists() -> None:
    """A field that the policy does not name stays; the items of a list are told apart."""
    policy = Policy.from_toml(
        '[record.a]\nfields."xs[].ip" = "truncate"\nfields.n = "keep"\nfields.at = "drop"'
    )
    line = b'{"type":"a","xs":[{"ip":"10.1.2.3"},{"ip":"10.1.9.9"}],"n":5,"more":true,"no":null}\n'
    (shown,) = preview(Pipeline(policy), "jsonl", [line])
    assert shown.changes == (
        Change("type", "a", "a", ("keep",)),
        Change("xs[].ip", "10.1.2.3", "10.1.2.0", ("truncate",)),
        Change("xs[].ip", "10.1.9.9", "10.1.9.0", ("truncate",)),
        Change("n", "5", "5", ("keep",)),
        Change("more", "true", None, ()),
    )


def test_a_part_shows_the_stages_of_what_speaks_for_it() -> None:
    """What `*` speaks for and what goes with its object have their stages, at any depth."""
    policy = Policy.from_toml(
        '[record.a]\nfields."m.known" = "keep"\nfields."m.*" = "url"\nfields.o = "drop"\n'
        'fields."l[].*[]" = "truncate"'
    )
    line = (
        b'{"type":"a","m":{"known":1,"u":"/a?b","":"/c"},"o":{"x":[1]},"l":[{"k":["10.1.2.3"]}]}\n'
    )
    (shown,) = preview(Pipeline(policy), "jsonl", [line])
    assert [(change.path, *change.verbs) for change in shown.changes[1:]] == [
        ("m.known", "keep"), ("m.u", "url"), ("m.(nameless)", "url"), ("o.x[]", "drop"), ("l[].k[]", "truncate"),
    ]  # fmt: skip
    deep = b'{"a":' * 40 + b"1" + b"}" * 40
    (shown,) = preview(Pipeline(policy), "jsonl", [b'{"type":"a","d":%s}\n' % deep])
    assert shown.changes[1].verbs == ()


def test_the_cells_of_a_table_show_the_stages_of_their_classes() -> None:
    """A table without a policy of its own shows by which stages each cell went, by name or form."""
    lines = [b"client_ip,created,req\n", b'10.1.2.3,2026-05-11T09:12:44Z,"GET /a?b HTTP/1.1"\n']
    _, shown = preview(Pipeline(Policy.preset("table"), keys=keyring()), "csv", lines)
    assert [(change.path, *change.verbs) for change in shown.changes] == [
        ("client_ip", "truncate"),
        ("created", "generalize"),
        ("req", "scrub"),
    ]


def test_what_is_withheld_says_why_and_never_what() -> None:
    """A withheld line, and a withheld field, name place and rule."""
    broken = LINE.replace(b"203.0.113.77", b"203.0.113.777")
    lines = [broken, b"hello\n", LINE.replace(b"/a/4711", b"%zz")]
    shown = preview(Pipeline(Policy.preset("weblog")), "combined", lines)
    assert [line.rules for line in shown[:2]] == [
        ("web_request.client: not an address",),
        ("web_request: not a line of the combined format",),
    ]
    assert shown[0].after.startswith(b"- - - ")
    assert not shown[1].changes


def test_a_line_without_its_end_is_shown_whole() -> None:
    """What a stream holds back until the end is shown with the last line."""
    (shown,) = preview(Pipeline(Policy.preset("weblog")), "combined", [LINE.rstrip()])
    assert shown.after.startswith(b"203.0.113.0 - - ")
    assert preview(Pipeline(Policy.preset("weblog")), "combined", []) == []


def test_marks_stand_on_what_changed() -> None:
    """Before, the values that change are marked by their stage, after, what is left of them."""
    (shown,) = preview(Pipeline(Policy.preset("weblog")), "combined", [LINE])
    before, after = marked(shown)
    assert ("203.0.113.77", "truncate") in before
    assert ("ada", "drop") in before
    assert ("203.0.113.0", "truncate") in after
    assert ("Firefox/138 (Linux)", "user_agent") in after
    assert "".join(text for text, _ in before) == LINE.decode().rstrip()
    assert "".join(text for text, _ in after) == shown.after.decode().rstrip()


@given(st.text(max_size=30), st.lists(st.tuples(st.text(max_size=3), st.just("drop")), max_size=4))
def test_pieces_put_together_are_the_line(text: str, values: list[tuple[str, str]]) -> None:
    """Cutting a line loses nothing, whatever values are looked for."""
    assert "".join(piece for piece, _ in pieces(text, values)) == text


@pytest.mark.parametrize("line", [b"[" * 100_000, b"\xff", b"5", b"{"])
def test_what_is_no_record_has_no_fields(line: bytes) -> None:
    """Bytes that are no JSON object have no field with a name, and raise nothing."""
    assert all(path == "" for path, _ in reader(FORMATS["jsonl"])(line))


@pytest.mark.parametrize(
    ("lang", "why"),
    [("de", "keine Zeile des Formats combined"), ("en", "not a line of the combined format")],
)
def test_a_preview_is_a_page(lang: str, why: str) -> None:
    """The page shows both sides, every field and why a line was withheld, in its language."""
    policy = Policy.preset("weblog")
    shown = preview(Pipeline(policy), "combined", [LINE, b"hello <b>\n"])
    blocks = page(shown, policy, Wording(lang))
    whole = html(blocks, lang=lang)
    assert '<mark class="drop">ada</mark>' in whole
    assert '<mark class="truncate">203.0.113.0</mark>' in whole
    assert "hello &lt;b&gt;" in whole
    assert why in whole
    assert policy.hash in markdown(blocks)
