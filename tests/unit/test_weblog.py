"""Access logs, line by line."""

from __future__ import annotations

import re
import tracemalloc

import pytest

from anonkit import Pipeline, Policy
from anonkit.errors import PolicyError
from anonkit.parse.layout import MOST_EXTRAS, LayoutRewriter
from anonkit.parse.weblog import LAYOUTS, fits
from strategies import keyring

HEAD = '198.51.100.7 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5'
COMBINED = f'{HEAD} "-" "-"'
LEFT = COMBINED.replace("198.51.100.7", "198.51.100.0").replace("13:55:36", "13:55:00")


def rewritten(text: str, form: str = "combined", policy: str = "weblog") -> str | None:
    """Return what leaves of a line, or the rule that withholds it after an exclamation mark."""
    chosen = Policy.preset(policy) if "=" not in policy else Policy.from_toml(policy)
    pipeline = Pipeline(chosen, keys=keyring())
    lines = pipeline.lines(form)
    out = lines.feed(text.encode() + b"\n") + lines.finish()
    withheld = pipeline.report.as_dict()["withheld"]
    if withheld:
        assert out == b""
        return f"!{withheld[0]['field']}: {withheld[0]['rule']}"
    return out.decode().removesuffix("\n")


def column(line: str, number: int) -> str:
    """Return a word of a line."""
    return line.split(" ")[number]


@pytest.mark.parametrize(
    ("client", "left"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2::3", "2001:db8:1::"),
        ("[2001:db8:1:2::3]:443", "2001:db8:1::"),
        ("203.0.113.77:51234", "203.0.113.0"),
        ("fe80::1%eth0", "fe80::"),
        ("-", "-"),
        ("host.example", "-"),
        ("203.0.113.77,198.51.100.7", "-"),
        ("203.0.113.77,", "-"),
        ("203.0.113.256", "-"),
        ('203.0.113.77"', "!: not a line of the combined format"),
    ],
)
def test_a_client_in_every_written_form(client: str, left: str) -> None:
    """A client address is truncated in whatever form, and what is none, a host name too, is left out."""
    result = rewritten(COMBINED.replace("198.51.100.7", client))
    assert result is not None
    assert (result if result.startswith("!") else column(result, 0)) == left


@pytest.mark.parametrize(
    ("time", "rule"),
    [
        ("30/Feb/2000:13:55:36 -0700", None),
        ("10/Oct/2000:23:59:60 +1400", None),
        ("-", None),
        ("10/Okt/2000:13:55:36 -0700", "not a time"),
        ("10/oct/2000:13:55:36 -0700", "not a time"),
        ("10/Oct/2000:13:55:36 +2500", "not a time"),
        ("10/Oct/2000:13:55:36 -0760", "not a time"),
        ("10/Oct/2000:24:55:36 -0700", "not a time"),
        ("32/Oct/2000:13:55:36 -0700", "not a time"),
        ("1/Oct/2000:13:55:36 -0700", "not a time"),
        ("\uff11\uff10/Oct/2000:13:55:36 -0700", "not a time"),
        ("10/Oct/2000:13:55:36 -0700 ", "not a time"),
        ("1" * 65, "a line"),
    ],
)
def test_a_time_has_the_shape_of_one(time: str, rule: str | None) -> None:
    """A time that leaves has the shape of access logs, in English, with a zone that there is."""
    result = rewritten(COMBINED.replace("10/Oct/2000:13:55:36 -0700", time))
    assert result is not None
    if rule is None:
        assert f"[{re.sub(':(36|60) ', ':00 ', time)}]" in result
    else:
        assert rule in result


@pytest.mark.parametrize(
    ("request_", "left"),
    [
        ("GET /a?b=c HTTP/1.1", "GET /a HTTP/1.1"),
        ("M-SEARCH * HTTP/1.1", "M-SEARCH * HTTP/1.1"),
        ("CONNECT 203.0.113.77:443 HTTP/1.1", "CONNECT 203.0.113.0:443 HTTP/1.1"),
        ("get / HTTP/1.1", "-"),
        ("ada@example.org / HTTP/1.1", "-"),
        ("203.0.113.77 / HTTP/1.1", "-"),
        ("GET /", "-"),
        ("GET /a b HTTP/1.1", "-"),
        ("", "-"),
        ("-", "-"),
        ("\\x16\\x03\\x01\\x02", "-"),
        ("GET / HTTP/1.1.1", "-"),
        ('GET /\\"\\" HTTP/1.1', "GET /%5C%22%5C%22 HTTP/1.1"),
    ],
)
def test_a_request_has_three_parts_or_is_a_dash(request_: str, left: str) -> None:
    """A request whose parts are none says nothing, whatever stands there instead."""
    result = rewritten(COMBINED.replace("GET / HTTP/1.1", request_))
    assert result == LEFT.replace("GET / HTTP/1.1", left)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (" 200 ", " 2000 ", "status: not a number"),
        (" 200 ", " 20x ", "status: not a number"),
        (" 200 ", " \u0662\u0660\u0660 ", "status: not a number"),
        (" 5 ", f" {'9' * 20} ", "bytes: not a number"),
        (" 5 ", " -1 ", "bytes: not a number"),
        (' "-" "-"', ' "-"', "a line of the combined"),
        (' "-" "-"', "", "a line of the combined"),
        (' "-" "-"', ' "-" "-" x"y', "a line of the combined"),
        (' "-" "-"', ' "-" "-" ', "a line of the combined"),
        (' "-" "-"', ' "-" "a"b"', "a line of the combined"),
        (' "-" "-"', ' "-" "a\\"', "a line of the combined"),
        (" - - [", " - [", "a line of the combined"),
        (" - - [", " - a[b] [", "a line of the combined"),
        (" - - [", ' - a"b [', "a line of the combined"),
        (" - - [", f" - {'x' * 257} [", "a line of the combined"),
        ("GET", "G\x00T", "a control character"),
        ("GET", "G\u2028T", "a control character"),
        ("GET", "G\x85T", "a control character"),
        ("GET", "G\tT", "a control character"),
    ],
)
def test_a_broken_line_is_withheld_by_its_rule(old: str, new: str, rule: str) -> None:
    """A line that has not the format is withheld, and the report names the rule alone."""
    assert old in COMBINED
    result = rewritten(COMBINED.replace(old, new))
    assert result is not None
    assert result.startswith("!")
    assert rule in result


def test_bytes_that_are_not_utf8_are_withheld() -> None:
    """A line in another encoding is withheld: what it says is not known."""
    pipeline = Pipeline(Policy.preset("weblog"))
    lines = pipeline.lines("combined")
    assert lines.feed(COMBINED.replace("GET /", "GET /ä").encode("latin-1") + b"\n") == b""
    assert pipeline.report.as_dict()["withheld"][0]["rule"] == "not UTF-8"


@pytest.mark.parametrize("user", ["ada lovelace", "DOM\\ada", "a  ", "é", " "])
def test_a_kept_user_stays_as_it_is_on_both_ways(user: str) -> None:
    """A login name that is kept leaves byte for byte, with spaces, backslashes and accents."""
    line = HEAD.replace("- - [", f"- {user} [")
    policy = "[record.web_request]\n" + "\n".join(
        f'fields.{c.name} = "keep"' for c in LAYOUTS["common"].columns
    )
    assert rewritten(line, "common", policy) == line


def test_numbers_that_a_stage_made_are_whole() -> None:
    """A size or status that a stage made coarser is a whole number, a status of three digits."""
    policy = (
        "[record.web_request]\nfields.status = { generalize = { step = 1000 } }\n"
        "fields.bytes = { generalize = { log = 1.5 } }"
    )
    line = HEAD.replace(" 200 5", " 404 532")
    assert rewritten(line, "common", policy) == '- - - [-] "- - -" 000 437'


@pytest.mark.parametrize(
    ("allow", "left"), [("[200]", "200"), ('["200"]', "200"), ("[1]", "__other__")]
)
def test_a_list_of_numbers_meets_numbers(allow: str, left: str) -> None:
    """An allow-list of numbers, or of their texts, meets the status as it is written."""
    policy = f"[record.web_request]\nfields.status = {{ generalize = {{ allow = {allow} }} }}"
    assert rewritten(HEAD, "common", policy) == f'- - - [-] "- - -" {left} -'


def test_a_time_in_a_zone_of_local_mean_time_is_withheld() -> None:
    """A zone offset with seconds has no place in a log line."""
    policy = '[record.web_request]\nfields.time = { generalize = { unit = "1h", zone = "Europe/Berlin" } }'
    old = HEAD.replace("10/Oct/2000", "10/Oct/1850")
    assert rewritten(old, "common", policy) == "!time: does not fit the format"
    assert rewritten(HEAD, "common", policy) == ('- - - [10/Oct/2000:22:00:00 +0200] "- - -" - -')


@pytest.mark.parametrize(
    ("further", "left"),
    [
        (" 0.012", " -"),
        (' 0.012 "203.0.113.77" ada', ' - "-" -'),
        (' rt=0.012 uct="0.0 0.1" "-"', ' - - "-"'),
        (" TCP_MISS:HIER_DIRECT", " -"),
        (' 7 "ada@web" "http://10.0.0.9:80" 12ms', ' - "-" "-" -'),
        (" ada" * 30, " -" * 30),
        (" \u00fc", " -"),
    ],
)
def test_bare_fields_behind_the_agent_become_dashes(further: str, left: str) -> None:
    """What servers write there without quotes goes too, fast and carefully, and keeps its place."""
    assert rewritten(COMBINED + further) == LEFT + left
    assert rows((COMBINED + further + "\n").encode() * 5) == (
        5 if len(further) < 60 and further.isascii() else 0
    )
    for broken in (' x"', ' x"y"z', " ", "  x", ' "x"y'):
        assert rewritten(COMBINED + broken) == "!: not a line of the combined format"


@pytest.mark.parametrize("extras", [0, 1, 2, MOST_EXTRAS, MOST_EXTRAS + 1, 30_000])
def test_fields_behind_the_agent_become_dashes(extras: int) -> None:
    """Quoted fields of no known meaning become dashes, few of them fast, any number in memory."""
    line = COMBINED + ' "203.0.113.77"' * extras
    left = LEFT + ' "-"' * extras
    tracemalloc.start()
    assert rewritten(line) == left
    assert tracemalloc.get_traced_memory()[1] < 30_000_000
    tracemalloc.stop()


def rows(stream: bytes, form: str = "combined") -> int:
    """Return how many lines of a stream the loop over usual lines took, after the first piece."""
    lines = Pipeline(Policy.preset("weblog")).lines(form)
    lines.feed(stream)
    rewriter = lines._rewriter
    assert isinstance(rewriter, LayoutRewriter)
    return len([row for row in rewriter._find(stream) if row and not row[-1]])


@pytest.mark.parametrize("first", ["", "# a comment", "\ufeff", COMBINED + ' "-"' * 40])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("extras", [0, 2])
def test_a_first_line_that_is_none_makes_no_stream_slow(first: str, end: str, extras: int) -> None:
    """Whatever a stream begins with, its usual lines are found by the fast expression."""
    line = COMBINED + ' "-"' * extras
    assert rows((first + end + (line + end) * 5).encode()) == 5


def test_a_stream_that_begins_late_is_fast_from_there() -> None:
    """While no line has the format nothing is compiled; the first that has it decides."""
    lines = Pipeline(Policy.preset("weblog")).lines("combined")
    assert lines.feed(b"nothing\n" * 3) == b""
    assert lines._rewriter._compiled is False
    assert lines.feed(COMBINED.encode() + b"\n") != b""
    assert lines._rewriter._compiled is True


@pytest.mark.parametrize("policy", ["weblog", "agent kept"])
@pytest.mark.parametrize(
    "odd",
    [
        b'"never closed\nclosed there"',
        b'"never closed\n\n\n" "',
        b'"with a \t tab"',
        b'"with a \\" quote"',
        b'"\xe4"',
        b'"',
        b'"Mozilla/5.0 (X11)\n"',
    ],
)
def test_no_line_is_lost_where_a_quote_is_not_closed(odd: bytes, policy: str) -> None:
    """Where the agent seems to go on over lines, each line is what it is by itself."""
    chosen = Policy.preset("weblog")
    if policy != "weblog":
        chosen = Policy.from_toml(
            'name = "a"\n[record.web_request]\npurpose = "p"\n'
            'fields.agent = { generalize = { allow = ["Mozilla/5.0 (X11)"] } }\n'
        )
    line = COMBINED.encode() + b"\n"
    block = line * 2 + (line[:-4] + odd + b"\n" + line) * 2 + line * 2
    outputs = []
    for step in (len(block), 1):
        rejects: list[tuple[int, bytes]] = []
        pipeline = Pipeline(chosen, keys=keyring())
        lines = pipeline.lines("combined", reject=lambda *one, kept=rejects: kept.append(one))
        fed = [lines.feed(block[at : at + step]) for at in range(0, len(block), step)]
        outputs.append((b"".join(fed), rejects, pipeline.report.as_dict()))
    assert outputs[0] == outputs[1]
    out, rejects, _ = outputs[0]
    assert out.count(b"\n") + len(rejects) == block.count(b"\n")
    assert b"closed" not in out


def test_a_format_fits_its_own_lines_alone() -> None:
    """The formats tell each other's lines apart."""
    lines = {"common": HEAD, "combined": COMBINED, "vhost_combined": f"shop.example:443 {COMBINED}"}
    for form in LAYOUTS:
        for name, line in lines.items():
            assert fits(form)(line.encode()) is (name == form)
        assert fits(form)(b"x") is False


def test_no_expression_gives_back_what_it_took() -> None:
    """Every unbounded repeat of the two expressions is possessive, so time is linear."""
    careful = LAYOUTS["combined"].line.pattern
    fast = b"".join(part.pattern + part.query for part in LAYOUTS["combined"].columns)
    for pattern in (careful, fast.decode()):
        bare = re.sub(r"\\.|\[(?:\\.|[^\]])*\]", "", pattern)  # without escapes and sets
        assert not set("*+") & set(re.sub(r"[*+?}]\+", "", bare))


@pytest.mark.parametrize(
    "text",
    ["a" * 400_000, pytest.param('" ' * 200_000, id="quotes"), "\\" * 400_000, " [1] " * 90_000],
    ids=["letters", "quotes", "backslashes", "brackets"],
)
@pytest.mark.parametrize("place", ["user", "request", "agent"])
def test_a_hostile_line_takes_little_memory(text: str, place: str) -> None:
    """A line made of what expressions stumble over takes a few times its own memory."""
    line = {
        "user": HEAD.replace("- - [", f"- {text} ["),
        "request": HEAD.replace("GET /", text),
        "agent": f'{HEAD} "-" "{text}"',
    }[place]
    rewriter = Pipeline(Policy.preset("weblog")).lines("combined")
    data = line.encode() + b"\n"
    tracemalloc.start()
    rewriter.feed(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(data) + 1_000_000


def test_a_policy_that_names_no_column_is_refused() -> None:
    """A misspelt column is refused with the valid ones, where it would be dropped unseen."""
    policy = Policy.from_toml('[record.web_request]\nfields.clinet = "truncate"')
    with pytest.raises(PolicyError, match=r"fields\.clinet: no column .*one of: client, ident"):
        Pipeline(policy).lines("combined")
