"""On real text by others: gated = ungated, twice = once, traces stay traces."""

from __future__ import annotations

import gzip
import json
import os
import pathlib
import re

import pytest

from anonkit.crash import crash
from anonkit.detect import Scrubber

ROOT = pathlib.Path(__file__).parents[2]
CORPUS = pathlib.Path(os.environ.get("ANONKIT_CORPUS", ROOT / ".." / "shared" / "corpus"))
pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus is not here (ANONKIT_CORPUS)"
)

GATED = Scrubber()
UNGATED = Scrubber(gated=False)
LABELLED = (
    "pii_context.jsonl",
    "pii_bare_values.jsonl",
    "negatives.jsonl",
    "log_lines.jsonl",
    "secrets.jsonl.gz",
    "weak.jsonl",
)
TRACES = (
    "python_tracebacks.better-exceptions.txt",
    "js_stacktraces.txt",
    "dotnet_stacktraces.txt",
    "php_stacktrace.lnav.log",
    "ruby_kitchen.elastic.log",
    "ios_crash_reports.kscrash.txt",
    "mixed_formats.lnav.log",
)


def _texts(name: str) -> list[str]:
    raw = (CORPUS / "labelled" / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()
    return [json.loads(line)["text"] for line in text.split("\n") if line]


@pytest.mark.parametrize("name", LABELLED)
def test_labelled_cases(name: str) -> None:
    """Every labelled case comes out the same with and without the gate, and twice as once."""
    for text in _texts(name):
        once = GATED(text)
        assert once == UNGATED(text)
        assert GATED(once) == once


@pytest.mark.parametrize("name", TRACES)
def test_traces_stay_traces(name: str) -> None:
    """A trace keeps its number of lines and its frames, and no home directory keeps its name."""
    text = (CORPUS / "logs" / name).read_text(encoding="utf-8", errors="replace")
    result = crash(text)
    assert len(result.text.split("\n")) == len(text.split("\n"))
    assert not re.search(r"(?<![\w.])/(?:home|Users)/(?!\[|Shared)[a-z]\w+/", result.text)
    assert not re.search(
        r"[\w.]+@[\w-]+\.(?:com|org|net|de)\b", result.text.replace("git@github.com", "")
    )
    lines = GATED(text).split("\n")
    assert len(lines) == len(text.split("\n"))
