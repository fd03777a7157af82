"""On real text by others: gated = ungated, twice = once, traces stay traces."""

from __future__ import annotations

import gzip
import ipaddress
import json
import os
import pathlib
import re

import pytest

from anonkit.crash import crash
from anonkit.detect import Scrubber
from anonkit.stages import scrub

ROOT = pathlib.Path(__file__).parents[2]
CORPUS = pathlib.Path(os.environ.get("ANONKIT_CORPUS", ROOT / ".." / "shared" / "corpus"))
pytestmark = pytest.mark.skipif(  # texts of others, which are never committed
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
# Crashes, stack traces, and logs in which everything is mixed.
TRACES = (
    "auth.elastic.log",
    "crash_events.sentry-relay.ndjson",
    "dotnet_stacktraces.txt",
    "ios_crash_reports.kscrash.txt",
    "js_stacktraces.txt",
    "json_app.lnav.ndjson",
    "kafka_java.elastic.log",
    "mixed_formats.lnav.log",
    "mixed_services.crowdsec-hub.log",
    "php_stacktrace.lnav.log",
    "python_tracebacks.better-exceptions.txt",
    "ruby_kitchen.elastic.log",
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


# What a frame is, by another hand than ours: coarse, one group for the function.
FRAME = re.compile(
    r"^\s*File \"[^\"]+\", line \d+(?:, in (.+))?$"
    r"|^\s*at (?:async |new )?([\w.$<>`\[\]+]+) ?\(|^\s*at (?:\S+ )*\S+:\d+:\d+"
    r"|^#\d+ .*?: ([^(]+)\(|:\d+:in [`']([^']+)'"
    r"|^\d+\s+\S.*0x[0-9a-f]+ 0x[0-9a-f]+ \+ \d+ \((.+?) \+ \d+\)|^([\w$.<>/]*)@\S+:\d+",
    re.MULTILINE,
)
# What may not be left, again by another hand. An address that names no machine may; so may the
# version of a product; `send@mail.js:12` is a place in a script.
V4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
V6 = re.compile(r"(?<![\w:.\]])[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?![\w:])")
MAC = re.compile(
    r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}(?:([:-])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}"
    r"|[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2})(?![\w:-])"
)
MAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+([A-Za-z]{2,})(?!\w|://)")
HOME = re.compile(
    r"(?<![\w.)~\]}-])/(?:home|Users)/+(?!Shared/)([A-Za-z][\w.-]*)(?=/|$)"
    r"|(?i:[a-z]:[\\/]+(?:users|documents and settings|dokumente und einstellungen)[\\/]+"
    r"(?!public|default)(\w[^\\/\n\"]*)[\\/])"
)
SECRET = re.compile(
    r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{36}|xox[bap]-[\w-]{10,}|sk_live_\w{16,}|eyJ[\w-]{10,}\.eyJ[\w-]+)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----\n[^\[]|://[^/\s:@\[]+:[^/\s:@\[*]+@"
)
VERSION = re.compile(
    r"(?i)(?:version\"?[=: ]{1,2}\"?v?|rv:|[a-z]\w*/[\d. ]*|\"[\w.-]+\": \"|UP\.Browser/)$"
)
SCRIPTS = frozenset({"js", "bundle", "html"})


def _left(text: str) -> list[str]:
    """Return what a careful reader would still call personal or secret."""
    found = [match[0] for match in (*MAC.finditer(text), *SECRET.finditer(text))]
    found += [match[0] for match in HOME.finditer(text) if not match[0].endswith("[")]
    found += [match[0] for match in MAIL.finditer(text) if match[1].lower() not in SCRIPTS]
    for match in (*V4.finditer(text), *V6.finditer(text)):
        try:
            address = ipaddress.ip_address(match[0].strip("."))
        except ValueError:
            continue
        nobody = address.is_loopback or address.is_unspecified or address.packed[0] in {0, 255}
        before = text[max(0, match.start() - 60) : match.start()]
        if not nobody and not (address.version == 4 and VERSION.search(before)):
            found.append(match[0])
    return found


def _functions(text: str) -> list[str]:
    return [next(filter(None, match.groups()), "") for match in FRAME.finditer(text)]


@pytest.mark.parametrize("how", ["crash", "scrub", "stage"])
@pytest.mark.parametrize("name", TRACES)
def test_traces_stay_traces(name: str, how: str) -> None:
    """A trace keeps its lines, frames and functions, and nobody's home, address or secret."""
    text = (CORPUS / "logs" / name).read_text(encoding="utf-8", errors="replace")[:600_000]
    clean = {
        "crash": lambda whole: crash(whole, GATED).text,
        "scrub": GATED,
        "stage": scrub(trace=True).bind(),
    }[how]
    out = clean(text)
    assert len(out.split("\n")) == len(text.split("\n"))
    assert _functions(out) == _functions(text)
    assert not _left(out)
    assert clean(out) == out


def test_the_reader_sees() -> None:
    """What is looked for in the output is found in the input."""
    kinds = (V4, MAC, MAIL, HOME)
    texts = [(CORPUS / "logs" / name).read_text(errors="replace") for name in TRACES]
    assert all(any(kind.search(text) for text in texts) for kind in kinds)
    assert sum(len(_functions(text)) for text in texts) > 600
    assert _left("at 203.0.113.9, 2001:db8::7 and /home/jdoe/x of jane@example.org")
