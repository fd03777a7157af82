"""The law of previews: over every format, any policy and odd lines, what is shown is what is sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import event, given, settings, strategies as st

from anonkit import Pipeline, Policy
from anonkit.errors import FormatError, PolicyError, printable
from anonkit.explain import Wording, html
from anonkit.explain.preview import page, preview
from anonkit.parse.formats import FORMATS, Format, custom
from anonkit.policy.override import override
from customlogs import rows
from pages import Outline
from strategies import keyring
from weblogs import lines_of, weblog_lines

WORDS = st.sampled_from(
    ["", "-", "ada", "ada@example.org", "203.0.113.7", "2001:db8::7", "4711", "a b", 'q"q', "ü", "\\x1b",
     "\x1b[31m", "\u202e", "<script>alert(1)</script>", "&amp;", "\x00", "\t", "\r", "x,y", "a;b", "1e3",
     "/a/4711?q=ada", "curl/8.5.0", "2026-05-11T09:02:44Z", "09:02:44", "-----BEGIN PRIVATE KEY-----",
     "-----END PRIVATE KEY-----", "\udcff"]
)  # fmt: skip
NAMES = st.sampled_from(
    ["user", "id", "ip", "msg", "time", "a.b", "<b>", "a b", "path", "type", ""]
)
HEADS = ("#Fields: date time c-ip cs-username cs(User-Agent)", "#Fields: x", "#Remark: ada")
# The last three name no column: an unknown one, numbers, and a quote that never ends.
TABLES = (b"ip,user,msg", b"time,a b,<b>,id", b"user", b"x", b"4711,42", b'"ip,user')
TYPED = (
    {"type": "login", "at": "2026-05-11T09:02:44Z", "success": True},
    {"type": "page_change", "page": "start"},
    {"type": "usage"},
)
STAGES = (
    "drop", "keep", "scrub", "truncate", "pseudonymize", "url", "user_agent", "{generalize='1h'}",
    "{generalize={unit='1min', zone='written'}}", "{generalize={step=10}}", "{generalize={parts=1}}",
    "{generalize={allow=['ada', 200]}}", "{stages=['truncate', 'pseudonymize']}",
    "{keep=true, withhold='field'}", "{truncate=true, withhold='field'}",
)  # fmt: skip


@st.composite
def lines(draw: st.DrawFn, name: str) -> bytes:
    """Draw a line that fits a format, or nearly."""
    words = [draw(WORDS) for _ in range(draw(st.integers(0, 6)))]
    if name in ("common", "combined", "vhost_combined"):
        drawn = draw(weblog_lines("common" if name == "common" else "combined"))
        return (b"shop.example:443 " if name == "vhost_combined" else b"") + drawn
    if name in ("jsonl", "json"):
        values = {
            draw(NAMES): draw(st.sampled_from([word, [word], {"ip": word}])) for word in words
        }
        typed = draw(st.sampled_from(TYPED)) | values
        text = json.dumps(draw(st.sampled_from([typed, typed, values, words])))
    elif name == "csv":
        text = ",".join(f'"{word}"' if "," in word or "\r" in word else word for word in words)
    elif name == "w3c":
        text = draw(st.sampled_from([*HEADS, *HEADS[:1], " ".join(words)]))
    elif name == "syslog":
        text = draw(st.sampled_from(["<34>Oct 11 22:14:15 h ada[1]: ", "<34>1 - h a 1 - - "]))
        text += " ".join(words)
    else:
        text = " ".join(words)
    return text.replace("\n", " ").encode(errors="surrogateescape")


@st.composite
def samples(draw: st.DrawFn, name: str) -> tuple[Format, Policy, list[bytes]]:
    """Draw a format of that name, a policy for it, and lines."""
    if name == "own":
        row = draw(rows())
        form = custom(row.log_format)
        drawn = [
            row.line.encode(),
            *(word.encode(errors="replace") for word in draw(st.lists(WORDS))),
        ]
    else:
        form = FORMATS[name]
        drawn = draw(st.lists(lines(name), min_size=1, max_size=6))
    if name == "csv":
        drawn = [draw(st.sampled_from(TABLES)), *drawn]
    ends = st.sampled_from([b"\n", b"\n", b"\r\n"])
    policy = Policy.preset(form.preset)
    fields = sorted({path for record in policy.records.values() for path in record.fields})
    for field in draw(st.lists(st.sampled_from(fields), max_size=4)):
        try:
            changed = override(
                policy, [f"{field}={draw(st.sampled_from(STAGES))}"], form.record, form.columns
            )
            Pipeline(changed, keys=keyring()).lines(form)
        except PolicyError:
            continue  # no stage for this field
        policy = changed
    stream = b"".join(line.replace(b"\n", b" ") + draw(ends) for line in drawn)
    return form, policy, lines_of(stream if draw(st.booleans()) else stream.rstrip(b"\r\n"))


def sent_by(policy: Policy, form: Format, stream: bytes) -> bytes | str:
    """Return what a run sends of a stream; of one that cannot be read, what is said of it."""
    run = Pipeline(policy, keys=keyring()).lines(form)
    try:
        return run.feed(stream) + run.finish()
    except FormatError as error:
        return str(error)


@pytest.mark.parametrize("name", [*FORMATS, "own"])
@given(data=st.data())
@settings(max_examples=settings.default.max_examples // 2)
def test_what_is_shown_is_what_is_sent(name: str, data: st.DataObject) -> None:
    """The bytes of a preview, and the text of its page, are those that a run sends, in any format."""
    form, policy, drawn = data.draw(samples(name))
    sent = sent_by(policy, form, b"".join(drawn))
    event("refused" if isinstance(sent, str) else "sent" if sent else "withheld")
    try:
        shown = preview(Pipeline(policy, keys=keyring()), form, drawn)
    except FormatError as error:
        assert str(error) == sent
        return
    assert b"".join(line.after for line in shown) == sent
    assert [line.before for line in shown] == drawn
    outline = Outline(html(page(shown, policy, Wording("en")), lang="en"))
    assert outline.open == []
    assert "script" not in outline.seen
    for line in shown:
        text = line.after.decode(errors="backslashreplace").rstrip("\r\n")
        assert "\n".join(map(printable, text.split("\n"))) in outline.text
