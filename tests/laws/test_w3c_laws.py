"""Laws of extended log files: any split, any way of reading, and no secret anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from anonkit import Pipeline, Policy
from anonkit.parse.formats import FORMATS
from anonkit.parse.layout import LayoutRewriter
from strategies import find_secret, keyring

TWICE = settings(max_examples=2 * settings.default.max_examples)
# A field, values for it, and what the preset `w3c` leaves of each; None where it is withheld.
FIELDS: dict[str, dict[str, str | None]] = {
    "date": {"2026-10-10": "2026-10-10", "-": "-", "x": None},
    "time": {"13:55:36": "13:55:00", "13:55:36.123": "13:55:00.000", "25:00:00": None},
    "c-ip": {"203.0.113.77": "203.0.113.0", "2001:db8::77": "2001:db8::", "ada": None, "-": "-"},
    "cs-username": {"DOM\\ada": "-", '"ada l"': "-", "-": "-"},
    "cs-method": {"GET": "GET", "get": None, "-": "-"},
    "cs-uri-stem": {"/users/4711": "/users/:id", "/a/b": "/a/b", '"/a?b c"': '"/a"'},
    "cs-uri-query": {"q=ada": "-", "-": "-", '"a ""b"" c"': "-"},
    "cs(User-Agent)": {"curl/8.5.0": "curl/8+(tool)", "-": "-", '"curl/8.5.0"': '"curl/8 (tool)"'},
    "cs(Referer)": {"https://example.org/a?q=ada": "https://example.org/a", "-": "-"},
    "sc-status": {"200": "200", "-": "-", "2000": None},
    "time-taken": {"15": "15", "0.001": "0.001", "1e5": None},
    "cs(X-Account)": {"ada": "-", '"ada l"': "-", 'a"b': "-", '"': None},
    "x-forwarded-for": {"203.0.113.77": "203.0.113.0", "::1,+::2": "::,+::"},
}  # fmt: skip
SECRETS = ("grace.hopper@example.org", "tok_Q9f8E7d6C5b4A3x2Y1z0", "2001:db8:1:2:3:4:5:6")


class Stream:
    """A drawn stream, with what shall leave of each of its lines."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.lines: list[str] = []
        self.left: list[str | None] = []
        for _ in range(draw(st.integers(1, 3))):
            fields = draw(st.lists(st.sampled_from([*FIELDS]), min_size=1, max_size=6))
            directive = f"#Fields: {' '.join(fields)}"
            self._add(directive, directive)
            if draw(st.booleans()):
                self._add("#Remark: ada", "#Remark: -")
            for _ in range(draw(st.integers(0, 4))):
                values = [draw(st.sampled_from([*FIELDS[name]])) for name in fields]
                results = [FIELDS[name][value] for name, value in zip(fields, values, strict=True)]
                whole = [text for text in results if text is not None]
                left = " ".join(whole) if len(whole) == len(results) else None
                self._add(" ".join(values), left)
            if draw(st.booleans()):
                self._add("", "")

    def _add(self, line: str, left: str | None) -> None:
        self.lines.append(line)
        self.left.append(left)


def result(pieces: list[bytes]) -> tuple[bytes, list[tuple[int, bytes]], dict[str, Any]]:
    """Return output, rejects and report of a stream under the preset."""
    pipeline = Pipeline(Policy.preset("w3c"), keys=keyring())
    rejects: list[tuple[int, bytes]] = []
    lines = pipeline.lines("w3c", reject=lambda number, line: rejects.append((number, line)))
    output = b"".join(map(lines.feed, pieces)) + lines.finish()
    return output, rejects, pipeline.report.as_dict()


@given(st.data(), st.sampled_from(["\n", "\r\n"]))
@TWICE
def test_each_line_leaves_as_its_values_do(data: st.DataObject, end: str) -> None:
    """Under any directives, each value leaves as it would alone, or its line is withheld."""
    stream = Stream(data.draw)
    output, rejects, _ = result(["".join(line + end for line in stream.lines).encode()])
    assert output.decode() == "".join(left + end for left in stream.left if left is not None)
    assert [n for n, _ in rejects] == [n for n, left in enumerate(stream.left, 1) if left is None]


@given(st.data(), st.integers(1, 30), st.text(st.sampled_from('" \\+#\t%x1é\x00'), max_size=6))
@TWICE
def test_any_split_and_either_way_give_the_same(data: st.DataObject, step: int, odd: str) -> None:
    """A stream in pieces, or read by the careful way alone, gives the same output and counts."""
    stream = "\n".join(Stream(data.draw).lines).encode()
    at = data.draw(st.integers(0, len(stream)))
    stream = stream[:at] + odd.encode() + stream[at:]
    whole = result([stream])
    assert result([stream[at : at + step] for at in range(0, len(stream), step)]) == whole
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LayoutRewriter, "_ending", lambda *_: None)
        assert result([stream]) == whole


@given(st.data())
def test_a_part_begins_behind_its_last_directive(data: st.DataObject) -> None:
    """A part of a stream leaves as within the whole when it is first given the last `#Fields`."""
    form = FORMATS["w3c"]
    stream = Stream(data.draw)
    lines = [f"{line}\n".encode() for line in stream.lines]
    at = data.draw(st.integers(1, len(lines)))
    last = [line for line in lines[:at] if line.startswith(form.directive)][-1]
    assert form.split == "after directives"
    halves = b""
    for before, part in ((b"", lines[:at]), (last, lines[at:])):
        pipeline = Pipeline(Policy.preset("w3c"), keys=keyring())
        opened = pipeline.lines(form)
        opened.feed(before)  # what comes out of it stands in the part before
        halves += opened.feed(b"".join(part)) + opened.finish()
    assert halves == result([b"".join(lines)])[0]


@given(
    st.sampled_from(SECRETS), st.sampled_from([*FIELDS, "x-any", "#Remark:", "#Any:"]), st.data()
)
@TWICE
def test_a_secret_in_any_column_is_nowhere_to_be_read(
    secret: str, place: str, data: st.DataObject
) -> None:
    """A secret in any column or directive, bare or between quotes, shows in no output or report."""
    mark = data.draw(
        st.sampled_from(["{}", '"{}"', '"a {}"', "x+{}", "{} x", '{}"', "\t{}", "?{}"])
    )
    planted = mark.replace("{}", secret)
    if place.startswith("#"):
        stream = f"#Fields: c-ip\n{place} {planted}\n::1\n"
    else:
        stream = f"#Fields: sc-status {place} sc-status\n200 {planted} 200\n{planted}\n"
    pipeline = Pipeline(Policy.preset("w3c"), keys=keyring())
    lines = pipeline.lines("w3c")
    output = lines.feed(stream.encode()) + lines.finish()
    needle = "3:4:5:6" if secret.startswith("2001") else secret
    for told in (output, str(pipeline.report), pipeline.report.json(), repr(lines), repr(pipeline)):
        assert find_secret(told, needle) is None


def test_a_destroyed_key_leaves_nothing_behind() -> None:
    """A stream whose key is destroyed forgets its values and withholds lines, under new fields too."""
    policy = Policy.from_toml('[record.w3c_request]\nfields.user = "pseudonymize"')
    ring = keyring()
    rejected: list[int] = []
    lines = Pipeline(policy, keys=ring).lines("w3c", reject=lambda n, _line: rejected.append(n))
    assert lines.feed(b"#Fields: cs-username\nada\n") != b""
    ring.destroy(ring.periods[0].id)
    assert lines.feed(b"ada\n#Fields: sc-status cs-username\n200 ada\n").count(b"\n") == 1
    assert rejected == [3, 5]
