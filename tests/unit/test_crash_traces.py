"""Traces of every language: frames and lines stay, nobody is named, and equal crashes are equal."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from anonkit.crash import crash
from anonkit.detect import Scrubber

VECTORS = Path(__file__).parents[1] / "vectors" / "crashes.toml"
CASES: list[dict[str, Any]] = tomllib.loads(VECTORS.read_text(encoding="utf-8"))["case"]
FILLINGS = (
    {
        "user": "jdoe",
        "mail": "jane.doe@example.org",
        "ip": "203.0.113.77",
        "id": "471187",
        "hex": "7f3ac1d2",
        "dir": "shop",
    },
    {
        "user": "Mustermann",
        "mail": "max.muster@firma.example.com",
        "ip": "2001:db8::7:1",
        "id": "9",
        "hex": "00b4e5f9",
        "dir": "kunden/shop-4",
    },
)
CLEAN = Scrubber()
EACH = pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])


def filled(text: str, values: dict[str, str]) -> str:
    """Return a trace, or what is expected of it, as it looks on one machine."""
    return re.sub("<<(\\w+)>>", lambda match: values[match[1]], text)


@EACH
@pytest.mark.parametrize("values", FILLINGS, ids=["one", "other"])
def test_frames_and_lines_stay(case: dict[str, Any], values: dict[str, str]) -> None:
    """Each frame keeps its function, the trace its lines, and the crash is told by its kind."""
    text = filled(case["text"], values)
    seen = crash(text, CLEAN)
    wanted = [filled(function, values) for function in case["functions"]]
    assert [frame.function for frame in seen.frames] == wanted
    assert len(seen.text.split("\n")) == len(text.split("\n"))
    assert seen.kind == case["kind"]
    assert seen.location == filled(case["location"], values)
    for frame in seen.frames:
        assert frame.function in seen.text
        assert frame.path in seen.text
    for kept in case.get("kept", ()):
        assert kept in seen.text


@EACH
@pytest.mark.parametrize("values", FILLINGS, ids=["one", "other"])
def test_nobody_is_named(case: dict[str, Any], values: dict[str, str]) -> None:
    """No user, address or number of a run is anywhere in the crash but in what a message may say."""
    seen = crash(filled(case["text"], values), CLEAN)
    told = repr(seen).casefold()
    for name in ("user", "mail", "ip"):
        assert values[name].casefold() not in told


@EACH
def test_equal_crashes_have_one_signature(case: dict[str, Any]) -> None:
    """Another user, machine, run or line ending changes no signature."""
    one, other = (filled(case["text"], values) for values in FILLINGS)
    known = Scrubber(known={"USER": [FILLINGS[0]["user"]]}, action="mask")
    assert crash(one, CLEAN).signature == crash(other, CLEAN).signature
    assert crash(one.replace("\n", "\r\n"), CLEAN).signature == crash(one, CLEAN).signature
    assert crash(one, known).signature == crash(one, CLEAN).signature


def test_signatures_tell_the_cases_apart() -> None:
    """No two of these crashes have the same signature."""
    signatures = [crash(filled(case["text"], FILLINGS[0]), CLEAN).signature for case in CASES]
    # Both hold nothing but a type that may be any program's.
    assert len(set(signatures)) == len(CASES)


@EACH
def test_twice_is_once(case: dict[str, Any]) -> None:
    """What was made of a trace is a trace again, and stays as it is."""
    once = crash(filled(case["text"], FILLINGS[0]), CLEAN)
    again = crash(once.text, CLEAN)
    assert again.text == once.text
    assert (again.kind, again.frames) == (once.kind, once.frames)


def test_a_place_of_go_without_its_function() -> None:
    """A truncated trace of Go has places whose function is not known."""
    seen = crash("panic: x\n\n\t/srv/a/mail.go:12 +0x1d\n\t/srv/a/main.go:3", CLEAN)
    assert [(frame.path, frame.function) for frame in seen.frames] == [
        ("srv/a/mail.go", ""),
        ("srv/a/main.go", ""),
    ]
