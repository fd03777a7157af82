"""Laws of streams: any split gives the same, the fast loop is the careful way, nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st

from anonkit import Pipeline, Policy
from anonkit.parse import lines as parse_lines
from anonkit.parse.layout import LayoutRewriter
from strategies import find_secret, keyring, policies, records
from streams import Result, cut
from weblogs import COLUMNS, SecondWeblog, lines_of, weblog_lines, weblog_policies, weblog_streams

FORMS = ("common", "combined")
# Twice: what is drawn is a whole stream, and its odd lines are many.
TWICE = settings(max_examples=2 * settings.default.max_examples)
PRESETS = st.sampled_from(["weblog", "weblog-strict"]).map(Policy.preset)
any_policy = PRESETS | weblog_policies()


@st.composite
def json_streams(draw: st.DrawFn) -> tuple[Policy, bytes]:
    """Draw a policy and a stream of JSON lines for it, some of them odd."""
    import msgspec

    policy = draw(policies())
    good = records(policy).map(msgspec.json.encode)
    odd = st.binary(max_size=12).map(lambda data: data.replace(b"\n", b"")) | st.just(b"")
    lines = draw(st.lists(good | odd, max_size=6))
    ends = [draw(st.sampled_from([b"\n", b"\n", b"\r\n"])) for _ in lines]
    stream = b"".join(line + end for line, end in zip(lines, ends, strict=True))
    return policy, stream if draw(st.booleans()) else stream[:-1]


@st.composite
def address_streams(draw: st.DrawFn) -> tuple[Policy, bytes]:
    """Draw a policy and lines that begin with an address, some of them odd."""
    withhold = draw(st.sampled_from(["record", "field"]))
    said = [
        f'fields.client = {{ {draw(st.sampled_from(STAGES))}, withhold = "{withhold}" }}',
        f'fields.rest = {{ {draw(st.sampled_from(STAGES))}, withhold = "{withhold}" }}',
    ]
    named = draw(st.lists(st.sampled_from(said), min_size=1, unique=True))
    policy = Policy.from_toml("\n".join(["[record.address_line]", *named]))
    return policy, draw(weblog_streams("common"))


STAGES = (
    "truncate = true", "keep = true", "drop = true", "pseudonymize = true", "user_agent = true",
    'stages = ["truncate", "pseudonymize"]',
)  # fmt: skip


@st.composite
def any_streams(draw: st.DrawFn) -> tuple[Policy, str, bytes]:
    """Draw a policy, a format and a stream in it."""
    form = draw(st.sampled_from([*FORMS, "address", "jsonl"]))
    if form == "jsonl":
        policy, stream = draw(json_streams())
    elif form == "address":
        policy, stream = draw(address_streams())
    else:
        policy, stream = draw(any_policy), draw(weblog_streams(form))
    return policy, form, stream


@pytest.mark.parametrize("small", [False, True])
@given(drawn=any_streams(), places=st.lists(st.integers(0), max_size=6))
def test_any_split_gives_the_same(
    *, small: bool, drawn: tuple[Policy, str, bytes], places: list[int]
) -> None:
    """Output, rejects and report are the same for a stream as a whole, in pieces and byte by byte."""
    policy, form, stream = drawn
    with pytest.MonkeyPatch.context() as patch:
        if small:  # so that lines over the limit come often
            patch.setattr(parse_lines, "BLOCK", 32)
            patch.setattr(parse_lines, "LONGEST_LINE", 100)
        whole = Result(policy, form, [stream])
        assert Result(policy, form, cut(stream, places)) == whole
        assert Result(policy, form, [bytes([byte]) for byte in stream]) == whole
        assert Result(policy, form, [b"", stream, b""], cache=1) == whole


@pytest.mark.parametrize("small", [False, True])
@given(drawn=any_streams())
def test_every_line_leaves_or_is_withheld(*, small: bool, drawn: tuple[Policy, str, bytes]) -> None:
    """Outputs and rejects by number give back every line: blank ones stay, the others are counted."""
    policy, form, stream = drawn
    with pytest.MonkeyPatch.context() as patch:
        if small:
            patch.setattr(parse_lines, "BLOCK", 32)
            patch.setattr(parse_lines, "LONGEST_LINE", 100)
        result = Result(policy, form, [stream])
    lines = lines_of(stream)
    out = iter(lines_of(result.output))
    blank = 0
    for number, line in enumerate(lines, 1):
        if number in result.rejects:
            assert result.rejects[number] == line
            continue
        left = next(out)
        assert left.endswith(b"\n") == line.endswith(b"\n") or number == len(lines) > 0
        if line.strip(b"\r\n") == b"" and len(line) <= 2:
            assert left == line
            blank += 1
    assert next(out, None) is None
    counts = result.report["records"]
    assert counts["in"] == len(lines) - blank
    assert counts["withheld"] == len(result.rejects)
    assert [number for number, _ in result.told] == sorted(number for number, _ in result.told)


@pytest.mark.parametrize("size", [-1, 0, 1, 200_000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_the_limit_of_a_line_is_its_own(size: int, end: bytes) -> None:
    """A line over 1 MiB is withheld whole and counted once, however it arrives; one under it leaves."""
    policy = Policy.preset("address")
    long = b"203.0.113.7 " + b"x" * (parse_lines.LONGEST_LINE - 12 - len(end.strip(b"\n")) + size)
    stream = b"198.51.100.9 a\n" + long + end
    stream += b"198.51.100.9 b\n" if end else b""
    whole = Result(policy, "address", [stream])
    assert (2 in whole.rejects) == (size > 0)
    if size > 0:
        assert whole.rejects == {2: long + end}
        (entry,) = whole.report["withheld"]
        assert (entry["rule"], entry["count"]) == ("line too long", 1)
    for step in (1 << 20, 1 << 16, 99_991):
        pieces = [stream[at : at + step] for at in range(0, len(stream), step)]
        assert Result(policy, "address", pieces) == whole


@pytest.mark.parametrize("form", FORMS)
@given(st.data())
@TWICE
def test_a_second_reader_and_anonymizer_agrees(form: str, data: st.DataObject) -> None:
    """Lines leave, or are withheld by the same rule, as plain code written from the documents says."""
    policy = data.draw(any_policy)
    stream = data.draw(weblog_streams(form))
    result = Result(policy, form, [stream])
    second = SecondWeblog(policy, form)
    lines = lines_of(stream)
    left = [second(line) for line in lines]
    assert result.output.split(b"\n") == b"".join(line for line in left if line).split(b"\n")
    assert list(result.rejects) == [n for n, line in enumerate(left, 1) if line is None]
    report = result.report
    assert places(report["withheld"]) == second.withheld
    assert places(report["omitted_fields"]) == second.omitted
    assert report["records"]["out"] == second.passed
    assert report["undeclared_fields"].get("web_request", 0) == second.undeclared


def places(entries: list[dict[str, Any]]) -> dict[tuple[str, str, str], int]:
    """Return the counts of a report by place and rule."""
    return {(e["record"], e["field"], e["rule"]): e["count"] for e in entries}


@pytest.mark.parametrize("form", FORMS)
@given(st.data())
@TWICE
def test_the_fast_loop_is_the_careful_way(form: str, data: st.DataObject) -> None:
    """The loop over usual lines gives, counts and withholds what the careful way does, in any stream."""
    policy = data.draw(any_policy)
    stream = data.draw(weblog_streams(form))
    usual = [line for line in lines_of(stream) if line.endswith(b"\n")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LayoutRewriter, "_ending", lambda *_: None)
        careful = Result(policy, form, [stream])
    assert Result(policy, form, [stream]) == careful
    for first in usual[:3]:  # whatever a stream begins with, a line of it leaves alike
        one = Result(policy, form, [first + stream])
        assert one.output.endswith(careful.output)


@pytest.mark.parametrize("preset", ["weblog", "weblog-strict"])
@pytest.mark.parametrize("form", FORMS)
@given(st.data())
def test_what_leaves_still_has_its_format(form: str, preset: str, data: st.DataObject) -> None:
    """Every line that leaves is read again by another parser, keeps its columns, and leaves again."""
    policy = Policy.preset(preset)
    stream = b"\n".join(data.draw(st.lists(weblog_lines(form), max_size=6)))
    output = Result(policy, form, [stream]).output
    for line in output.split(b"\n"):
        if not line.strip(b"\r"):
            continue
        again = SecondWeblog(policy, form)
        assert again(line) is not None, line
    second = Result(policy, form, [output])
    assert not second.rejects
    if preset == "weblog":
        assert second.output == output


@pytest.mark.parametrize("form", FORMS)
@given(weblog_policies(), st.data())
def test_whatever_the_policy_the_parts_of_a_line_stay(
    form: str, policy: Policy, data: st.DataObject
) -> None:
    """Under any policy a line that leaves has its quotes, brackets and columns where they were."""
    from weblogs import Line

    stream = b"\n".join(data.draw(st.lists(weblog_lines(form), max_size=6)))
    result = Result(policy, form, [stream])
    before = [line for n, line in enumerate(lines_of(stream), 1) if n not in result.rejects]
    for old, new in zip(before, lines_of(result.output), strict=True):
        if old.strip():
            was = Line(old.decode().strip("\r\n"), form)
            now = Line(new.decode().strip("\r\n"), form)
            assert now.extras == was.extras
            for column, text in now.fields.items():
                field = policy.records["web_request"].fields.get(column)
                kept = field is not None and field.stages[0].verb == "keep"
                assert not kept or text == was.fields[column] or not now.requested


# --- secrets ----------------------------------------------------------------------------------

SECRETS = (
    "grace.hopper@example.org",
    "Zz9Straße.Ünal+4711@Geheim.example",
    "tok_Q9f8E7d6C5b4A3x2Y1z0",
    "203.0.113.77",
    "::ffff:203.0.113.77",
    "2001:db8:1:2:3:4:5:6",
    "[2001:db8:1:2:3:4:5:6]:8443",
    "203.0.113.77:51234",
    "fe80::1:2:3:4%eth0-secret",
    "203.0.113.77, 198.51.100.7",
    "203.0.113.77,198.51.100.7",
    "64:ff9b::203.0.113.77",
    "2002:cb00:714d:1:2:3:4:5",
    "5354-1234-4321-9876",
)
LINE = {
    "client": "198.51.100.9", "ident": "-", "user": "-", "time": "10/Oct/2000:13:55:36 -0700",
    "method": "GET", "target": "/", "protocol": "HTTP/1.1", "status": "200", "bytes": "5",
    "referer": "-", "agent": "-", "extra": "-",
}  # fmt: skip
PLANTS = {
    "target": ("{}", "/{}", "/users/{}/x", "/a?{}", "/a?x={}&y", "/#{}", "/a;v={}", "http://{}@h/"),
    "referer": ("{}", "http://h.example/{}?{}", "http://{}:{}@h.example/", "mailto:{}", "//{}"),
    "agent": ("{}", "Mozilla/5.0 ({})", "curl/8 {}", '\\"{}\\"'),
}


def planted(secret: str) -> list[str]:
    """Return lines with a secret in every column, whole, broken at places, and with a quote."""
    lines = []
    for column in LINE:
        for plant in PLANTS.get(column, ("{}",)):
            fields = LINE | {column: plant.replace("{}", secret)}
            lines.append(
                "{client} {ident} {user} [{time}] "
                '"{method} {target} {protocol}" {status} {bytes} "{referer}" "{agent}"'
                ' "{extra}"'.format(**fields)
            )
    whole = lines[:]
    for line in whole:
        lines += [line.rpartition(' "')[0].rpartition(' "')[0].rpartition(' "')[0]]
        lines += [line.replace('"', ""), line.replace("]", ""), line + " x", "\x00" + line]
        lines += [line.replace(" ", "\t"), f"{line}\udcff"]
        if "@h" not in line:  # browsers read `http://name\\:password@host` as the host `name`
            lines += [line.replace(secret, f"{secret}\\")]
    cut = "{client} - {user} [{time}] ".format(**LINE | {"client": secret, "user": secret})
    lines += [cut[:at] for at in range(1, len(cut), 7)]
    return lines


def needles(secret: str) -> list[str]:
    """Return what must not be read anywhere of a secret: of addresses, what a prefix leaves out."""
    if secret.startswith("203"):
        return ["203.0.113.77"]
    if secret.startswith("2001"):
        return ["3:4:5:6"]
    return [secret, *(["203.0.113.77"] if "203.0.113.77" in secret else [])]


@pytest.mark.parametrize("preset", ["weblog", "weblog-strict"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_in_any_column_is_nowhere_to_be_read(secret: str, form: str, preset: str) -> None:
    """A secret in any column of a whole or broken line shows in no output, report, repr or exception."""
    stream = "\n".join(planted(secret)).encode("utf-8", "surrogateescape")
    pipeline = Pipeline(Policy.preset(preset))
    rejected: list[int] = []
    lines = pipeline.lines(form, reject=lambda number, _line: rejected.append(number))
    output = lines.feed(stream) + lines.finish()
    report = pipeline.report
    told = [output, repr(lines), repr(pipeline), str(report), repr(report), report.json()]
    for text in told:
        for needle in needles(secret):
            assert find_secret(text, needle) is None
    assert output or form == "common"
    assert rejected


@given(st.sampled_from(COLUMNS["combined"]), st.sampled_from(SECRETS))
@example("client", "203.0.113.77")
def test_a_destroyed_key_leaves_nothing_behind(column: str, secret: str) -> None:
    """A stream whose key is destroyed forgets what it remembered and withholds every further line."""
    policy = Policy.from_toml(f'[record.web_request]\nfields.{column} = "pseudonymize"')
    ring = keyring()
    pipeline = Pipeline(policy, keys=ring)
    numbers: list[int] = []
    lines = pipeline.lines("combined", reject=lambda number, _line: numbers.append(number))
    stream = ("\n".join(planted(secret)) + "\n\n").encode("utf-8", "surrogateescape")
    lines.feed(stream)
    remembered = lines._rewriter._memos
    numbers.clear()
    ring.destroy(ring.periods[0].id)
    assert not any(memo.kept for memo in remembered)
    out = lines.feed(stream) + lines.finish()
    assert out.strip() == b""
    assert len(numbers) == stream.count(b"\n") - 1
