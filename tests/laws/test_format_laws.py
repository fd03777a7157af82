"""Laws of syslog, JSON of any shape and tables; `make fuzz` tries them on many more streams.

Any split gives the same; nothing is lost; the fast way is the slow one; no secret passes, whole or in
the middle of what cannot be read.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from anonkit import Pipeline, Policy
from anonkit.errors import FormatError, Withheld
from anonkit.parse import lines as parse_lines, syslog
from anonkit.parse.formats import FORMATS
from strategies import find_secret, keyring
from streams import Result, cut
from weblogs import lines_of

NEW = ("syslog", "json", "csv")
PRESETS = {"syslog": "syslog", "json": "json", "csv": "table"}

# --- streams ----------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["", "-", "x", "ada", "ada@example.org", "203.0.113.7", "2001:db8::7", "4711", "a b", 'q"q', "\\", "ü",
     "user=ada", "for ada from 203.0.113.7 port 9", "[x]", "a,b", "{", '{"a":1}', "\t", "1e3", "true", "<1>"]
)  # fmt: skip
TIMES = st.sampled_from(
    ["Oct 11 22:14:15", "Oct  1 22:14:15.5", "Oct 1 2020 22:14:15", "2026-10-11T22:14:15.003Z",
     "2026-10-11T22:14:15+0200", "Foo 1", "-"]
)  # fmt: skip


@st.composite
def syslog_lines(draw: st.DrawFn) -> str:
    """Draw a line of one of the two forms, or nearly."""
    priority = draw(st.sampled_from(["", "<34>", "<191>", "<x>"]))
    app, text = (
        draw(WORDS | st.sampled_from(["sshd", "%LINK-3-UPDOWN"])),
        " ".join(draw(st.lists(WORDS, max_size=4))),
    )
    if draw(st.booleans()):
        data = draw(st.sampled_from(["-", '[a@1 user="ada" n="\\"\\]"][b]', "[a]", "[", "[a x=1]"]))
        message = draw(st.sampled_from(["", f" {text}", f" \ufeff{text}"]))
        pid, msgid = draw(WORDS), draw(WORDS)
        return f"{priority}1 {draw(TIMES)} {draw(WORDS)} {app} {pid} {msgid} {data}{message}"
    pid = draw(st.sampled_from(["", "[12]", "[x]", "[-]"]))
    tag = draw(st.sampled_from([f"{app}{pid}: ", f"{app}{pid}:", ""]))
    host = draw(st.sampled_from(["h ", "adas-laptop ", "203.0.113.7 ", "", "a!b ", "h 7: edge: "]))
    cisco = draw(st.sampled_from(["", "*Oct 11 22:14:15.5 CET: ", "edge: ", "7: edge: 8: "]))
    return f"{priority}{draw(TIMES)} {host}{cisco}{tag}{text}"


NAMES = st.sampled_from(
    ["user", "id", "name", "ip", "password", "msg", "key", "value", "host", "weight", "ada@example.org", "a b",
     "log", "time", "count", ""]
)  # fmt: skip
LEAVES = (
    WORDS | st.integers(-9, 10**17) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
    | st.none() | st.just("2026-05-11T09:02:44Z")
)  # fmt: skip
TREES = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=4), max_leaves=8
)  # fmt: skip


@st.composite
def json_lines(draw: st.DrawFn) -> str:
    """Draw a JSON object on one line, in several writings, or nearly one."""
    tree = draw(st.dictionaries(NAMES, TREES, max_size=4))
    if draw(st.booleans()):
        tree["log"] = json.dumps(draw(TREES))
    text = json.dumps(
        tree, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1]))
    )
    text = text.replace("\n", " ")
    return draw(st.sampled_from([text, text, text, text[:-1], text + "x", f" {text}\t"]))


@st.composite
def tables(draw: st.DrawFn) -> str:
    """Draw a table, some of its rows odd."""
    names = draw(
        st.lists(
            st.sampled_from(["id", "user", "ip", "msg", "time", "phone", "a b"]),
            min_size=1,
            max_size=4,
        )
    )
    separator = draw(st.sampled_from([",", ";", "\t", "|"])) if len(names) > 1 else ","
    rows = [separator.join(names)]
    for _ in range(draw(st.integers(0, 5))):
        width = len(names) + draw(st.sampled_from([0, 0, 0, 0, 1, -1]))
        cells = []
        for _ in range(width):
            text = draw(WORDS | st.just("x\ny"))
            quoted = '"' + text.replace('"', '""') + '"'
            plain = text if draw(st.booleans()) and not set(text) & set('"\n\r,;\t|') else quoted
            cells.append(draw(st.sampled_from([plain, plain, plain, text, quoted + "x"])))
        rows.append(separator.join(cells))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join(rows) + draw(st.sampled_from([end, ""]))


@st.composite
def streams(draw: st.DrawFn, form: str) -> bytes:
    """Draw a stream of a format, now and then with bytes that belong nowhere."""
    if form == "csv":
        text = draw(tables())
    else:
        lines = draw(st.lists(syslog_lines() if form == "syslog" else json_lines(), max_size=5))
        ends = st.sampled_from(["\n", "\n", "\r\n"])
        text = "".join(line.replace("\n", " ") + draw(ends) for line in lines)
        text = text if draw(st.booleans()) else text.removesuffix("\n")
    data = text.encode()
    if data and form != "csv" and draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(data) - 1))
        data = data[:at] + draw(st.binary(max_size=3)) + data[at:]
    return data


POLICIES = {
    "syslog": [
        '[record.syslog_line]\nfields.message = "keep"\nfields.host = "truncate"\nfields.time = "keep"',
        """[record.syslog_line]\nfields.priority = { generalize = { step = 8 } }
        fields.pid = { pseudonymize = true, withhold = "field" }\nfields.app = "keep"
        fields.time = { generalize = "1h", withhold = "field" }\nfields.data = "drop" """,
    ],
    "json": [
        '[record.any_object]\nfields.text = "keep"\nfields.key = "keep"\nfields.number = { generalize = { log = 2 } }',
        '[record.any_object]\nfields.user = "truncate"\nfields.text = { scrub = true, withhold = "field" }',
    ],
    "csv": [
        '[record.any_row]\nfields.user = { pseudonymize = true }\nfields.address = "truncate"',
        '[record.any_row]\nfields.text = "keep"\nfields.user = { truncate = true, withhold = "field" }',
    ],
}  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, Policy, bytes]:
    """Draw a format, a policy for it, and a stream."""
    form = draw(st.sampled_from(NEW))
    own = st.sampled_from(POLICIES[form]).map(Policy.from_toml)
    policy = draw(st.just(Policy.preset(PRESETS[form])) | own)
    return form, policy, draw(streams(form))


def result(policy: Policy, form: str, pieces: list[bytes], cache: int = 4096) -> Result | str:
    """Return what a way of feeding gives; of a stream that cannot be read, what is said of it."""
    try:
        return Result(policy, form, pieces, cache)
    except FormatError as error:
        return str(error)


# --- laws -------------------------------------------------------------------------------------


@pytest.mark.parametrize("small", [False, True])
@given(case=cases(), places=st.lists(st.integers(0), max_size=6))
def test_any_split_gives_the_same(
    *, small: bool, case: tuple[str, Policy, bytes], places: list[int]
) -> None:
    """Output, rejects and report are the same for a stream as a whole, in pieces and byte by byte."""
    form, policy, stream = case
    with pytest.MonkeyPatch.context() as patch:
        if small:  # so that lines over the limit come often
            patch.setattr(parse_lines, "BLOCK", 32)
            patch.setattr(parse_lines, "LONGEST_LINE", 100)
        whole = result(policy, form, [stream])
        assert result(policy, form, cut(stream, places)) == whole
        assert result(policy, form, [bytes([byte]) for byte in stream]) == whole
        assert result(policy, form, [b"", stream, b""], cache=0) == whole


@given(case=cases())
def test_every_line_or_row_leaves_or_is_withheld(case: tuple[str, Policy, bytes]) -> None:
    """What leaves and what is withheld are all that came, and the withheld keep their bytes."""
    form, policy, stream = case
    seen = result(policy, form, [stream])
    if isinstance(seen, str):
        return
    counts = seen.report["records"]
    assert counts["in"] == counts["out"] + counts["withheld"]
    assert counts["withheld"] == len(seen.rejects)
    if form != "csv":
        assert len(lines_of(stream)) == len(lines_of(seen.output)) + len(seen.rejects)
    position = 0
    for number in sorted(seen.rejects):
        position = stream.index(seen.rejects[number], position) + len(seen.rejects[number])


@given(streams("syslog"), st.sampled_from([0, 1]))
def test_the_loop_over_syslog_is_the_careful_way(stream: bytes, which: int) -> None:
    """Lines leave the same, and are counted the same, when no loop is ever compiled."""
    policies = [Policy.preset("syslog"), *map(Policy.from_toml, POLICIES["syslog"])]
    for policy in (policies[0], policies[1 + which]):
        whole = Result(policy, "syslog", [stream])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(syslog.SyslogRewriter, "_choose", lambda *_: None)
            assert Result(policy, "syslog", [stream]) == whole


@given(st.data())
def test_a_second_reader_of_json_agrees(data: st.DataObject) -> None:
    """What leaves is JSON of the same shape, in which what no stage touches is what it was."""
    tree = data.draw(st.dictionaries(NAMES, TREES, max_size=4))
    stream = json.dumps(tree).encode()
    left = json.loads(Result(Policy.preset("json"), "json", [stream]).output)

    def same(old: Any, new: Any) -> None:
        if isinstance(old, dict):
            assert isinstance(new, dict)
            assert len(new) <= len(old)
            for name in old.keys() & new.keys():
                same(old[name], new[name])
        elif isinstance(old, list):
            assert len(new) == len(old)
            for one, other in zip(old, new, strict=True):
                same(one, other)
        elif isinstance(old, bool | int | float):
            assert new is None or isinstance(new, str) or (type(new), new) == (type(old), old)
        elif old is None:
            assert new is None
        else:
            assert new is None or isinstance(new, str)

    same(tree, left)


@given(tables())
def test_a_second_reader_of_tables_agrees(text: str) -> None:
    """Rows leave as wide as the header, as Python's `csv` reads them, and end where it ends them."""
    policy = Policy.from_toml('[record.any_row]\nfields.text = "keep"')
    try:
        seen = Result(policy, "csv", [text.encode()])
    except FormatError:
        return
    separator = max(",;\t|", key=text.partition("\n")[0].count)
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    rows = [row for row in read if row]
    left = list(csv.reader(io.StringIO(seen.output.decode(), newline=""), delimiter=separator))
    left = [row for row in left if row]
    assert {len(row) for row in left} <= {len(rows[0])}
    if not any("closed" in entry["rule"] for entry in seen.report["withheld"]):
        assert len(left) + len(seen.rejects) == len(rows)
    kept = [place for place, name in enumerate(rows[0]) if name in ("id", "msg")]
    told = iter(rows[1:])
    for row in left[1:]:
        wanted = [row[place] for place in kept]
        assert any(
            len(old) == len(row) and [old[place] for place in kept] == wanted for old in told
        )


# --- secrets ----------------------------------------------------------------------------------

SECRETS = (
    "grace.hopper@example.org",
    "203.0.113.77",
    "2001:db8:1:2:3:4:5:6",
    "4111 1111 1111 1111",
)
PLANTS = {
    "syslog": [
        "Oct 11 22:14:15 {} a: x", "Oct 11 22:14:15 h {}: x", "Oct 11 22:14:15 h a[{}]: x", "{}",
        "Oct 11 22:14:15 h a: {}", "Oct 11 22:14:15 {}", "{} h a: x", "<{}>Oct 11 22:14:15 h a: x",
        "1 - {} a 1 m - x", "1 - h {} 1 m - x", "1 - h a {} m - x", "1 - h a 1 {} - x",
        '1 - h a 1 m [{} a="b"] x', '1 - h a 1 m [a {}="b"] x', '1 - h a 1 m [a b="{}"] x',
        '1 - h a 1 m [a b="x {} \\"y"] x', "1 - h a 1 m - \ufeff{}", "1 - h a 1 m - {}", "1 {} h a 1 m - x",
        "Oct 11 22:14:15 last message repeated {} times", "x Oct 11 22:14:15 h a: {}",
    ],
    "json": [
        '{"weight":"{}"}', '{"user":"{}"}', '{"{}":1}', '{"{}":{"{}":["{}"]}}', '{"a":[["{}"]]}', "{}", '"{}"',
        '{"log":"{\\"weight\\":\\"{}\\"}"}', '{"a":"{}}', '{"a":"\\u0020{}"}', '{"ip":"{}"}', '{"url":"/{}?{}"}',
        '{"name":"{}","value":"{}"}', '{"time":"{}"}', '{"password":{"x":["{}"]}}', '{"user_agent":"{}"}',
        '{"a":"x {} y","a":"{}"}', '["{}"]', '{"host":{"name":"{}"}}', '{"a":1} {}',
    ],
    "csv": [
        "{},x,y,z,w", "x,{},y,z,w", "x,y,{},z,w", 'x,y,z,"{}",w', 'x,y,z,"a ""{}"" b",w', "x,y,z,w,{}", "{}",
        'x,y,z,"{}\nx",w', "x,y,z,w,v,{}", '"{}', 'a"{},y,z,w,v', "x,y,z,v, {} ",
    ],
}  # fmt: skip


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("form", NEW)
def test_a_secret_in_any_place_is_nowhere_to_be_read(form: str, secret: str) -> None:
    """A secret in any column, leaf or name of whole or broken lines shows nowhere."""
    for plant in PLANTS[form]:
        line = plant.replace("{}", secret)
        head = "id,user,ip,msg,weight\n" if form == "csv" else ""
        for text in (line, line.replace(" ", "\t"), "\0" + line, line + "\udcff", line[:-1]):
            data = (head + text + "\n").encode("utf-8", "surrogateescape")
            pipeline = Pipeline(Policy.preset(PRESETS[form]), keys=keyring())
            stream = pipeline.lines(form, reject=lambda *_: None)
            output = stream.feed(data) + stream.finish()
            report = pipeline.report
            for told in (output, repr(stream), str(report), repr(report), report.json()):
                assert find_secret(told, secret) is None, plant


@pytest.mark.parametrize("form", sorted(FORMATS))
@given(data=st.binary(max_size=200), places=st.lists(st.integers(0), max_size=3))
@example(data=b'{"a":"\\ud800"}\n[', places=[])
@example(data=b'id,user\n"a', places=[3])
def test_no_bytes_break_a_format(form: str, data: bytes, places: list[int]) -> None:
    """Whatever comes, a stream gives bytes, counts what it withheld, or says that it cannot read it."""
    policy = Policy.preset(FORMATS[form].preset)
    seen = result(policy, form, cut(data, places))
    if isinstance(seen, str):
        assert not re.search(r"[^ -~]", seen)
        return
    assert seen.report["records"]["withheld"] >= bool(seen.rejects)
    assert seen == result(policy, form, [data])


def test_a_refusal_carries_no_value() -> None:
    """What a stream raises of its own is a rule, without an exception behind it that quotes a value."""
    from anonkit.parse.scalars import Refused

    assert issubclass(Refused, Withheld)
    assert str(Refused("user", "not text")) == "not text"
