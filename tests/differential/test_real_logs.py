"""Real access logs of other projects, which are not ours to keep here.

They are looked for where ANONKIT_CORPUS says, or in `../shared/corpus` beside the repository.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
from pathlib import Path

import pytest

from anonkit import Keyring, Pipeline, Policy
from anonkit.errors import FormatError
from anonkit.explain.audit import Audit
from anonkit.explain.dictionary import usual_guesses
from anonkit.explain.infer import infer
from anonkit.parse.formats import FORMATS
from anonkit.parse.sniff import SAMPLE, sniff
from anonkit.policy.document import presets
from reference import No, network
from strategies import keyring
from weblogs import Line, lines_of

HERE = Path(__file__).resolve().parents[2]
LOGS = Path(os.environ.get("ANONKIT_CORPUS") or HERE.parent / "shared" / "corpus") / "logs"
# File, format, and how many lines leave at least: those that have the format.
REAL = [
    ("apache_combined.elastic.log", "combined", 4990),
    ("access_shop.lnav.log", "combined", 500),
    ("mixed_formats.lnav.log", "combined", 2),
    ("mixed_formats.lnav.log", "common", 0),
    ("mixed_services.crowdsec-hub.log", "combined", 57),
    ("mixed_services.crowdsec-hub.log", "common", 0),
]
pytestmark = pytest.mark.skipif(  # logs of others, which are never committed
    not LOGS.is_dir(),
    reason="real access logs were not anonymized: no corpus (ANONKIT_CORPUS names its folder)",
)


@pytest.mark.parametrize("preset", ["weblog", "weblog-strict"])
@pytest.mark.parametrize(("name", "form", "least"), REAL)
def test_a_real_log_leaves_without_its_clients(
    name: str, form: str, least: int, preset: str
) -> None:
    """Each line leaves in its format or is withheld and counted, and no client address is left."""
    data = (LOGS / name).read_bytes()
    pipeline = Pipeline(Policy.preset(preset))
    rejects: dict[int, bytes] = {}
    stream = pipeline.lines(form, reject=rejects.__setitem__)
    output = stream.feed(data) + stream.finish()
    lines = lines_of(data)
    blank = [line for line in lines if line in (b"\n", b"\r\n")]
    records = pipeline.report.as_dict()["records"]
    assert records["in"] == records["out"] + records["withheld"] == len(lines) - len(blank)
    assert records["withheld"] == len(rejects)
    assert records["out"] >= least
    for number, line in rejects.items():
        assert lines[number - 1] == line
    left = [line.decode().strip("\r\n") for line in lines_of(output)]
    assert len(left) == len(lines) - len(rejects)
    for line in left:
        if line:
            Line(line, form).check()
    text = "\n".join(left)
    for address in clients(lines):
        if address in text:  # perhaps as a part of another
            whole = rf"(?<![0-9A-Fa-f:.]){re.escape(address)}(?![0-9A-Fa-f:])"
            assert not re.search(whole, text), f"a client of {name} is in the output"


def clients(lines: list[bytes]) -> set[str]:
    """Return the client addresses of a log that are not their own network."""
    found = set()
    for line in lines:
        address = line.partition(b" ")[0].decode("latin-1")
        try:
            if ipaddress.ip_address(address) != network(address, 24, 48):
                found.add(address)
        except (ValueError, No):
            pass
    return found


@pytest.mark.parametrize("name", ["mixed_formats.lnav.log", "mixed_services.crowdsec-hub.log"])
def test_a_file_of_many_formats_is_refused(name: str) -> None:
    """Where no format fits most lines of a file, nothing is guessed."""
    with pytest.raises(FormatError, match="no format fits most of the first 100 lines"):
        sniff((LOGS / name).read_bytes()[:65536])


def test_a_real_log_of_iis_leaves_whole_without_its_clients() -> None:
    """Every line and directive of a log of IIS leaves, in as many columns, and no client is left."""
    data = (LOGS / "iis_w3c.lnav.log").read_bytes()
    stream = Pipeline(Policy.preset("w3c")).lines("w3c", reject=pytest.fail)
    before, left = data.splitlines(), (stream.feed(data) + stream.finish()).splitlines()
    assert [line.count(b" ") for line in left] == [line.count(b" ") for line in before]
    column = next(line for line in before if line.startswith(b"#Fields")).split().index(b"c-ip") - 1
    rows = [line.split(b" ") for line in before if not line.startswith(b"#")]
    clients = {row[column] for row in rows if not row[column].endswith(b".0")}
    assert clients
    assert not [row for row in map(bytes.split, left) if clients & {*row}]


@pytest.mark.parametrize(
    ("name", "form"),
    [*(row[:2] for row in REAL[:2]), ("iis_w3c.lnav.log", "w3c"), ("json_app.lnav.ndjson", "json"),
     ("js_stacktraces.txt", "text"), ("kafka_java.elastic.log", "text")],
)  # fmt: skip
def test_the_format_of_a_real_log_is_recognised(name: str, form: str) -> None:
    """A log of one format is recognised from its first lines."""
    assert sniff((LOGS / name).read_bytes()[:65536]).format == form


# File, format, and how many lines or rows leave of how many that are no blank ones.
SHAPELESS = [
    ("auth.elastic.log", "syslog", 3560, 3560),
    ("nginx_plus_status.elastic.ndjson", "json", 110, 110),
    ("crash_events.sentry-relay.ndjson", "json", 11, 11),
    ("json_app.lnav.ndjson", "json", 47, 91),  # the others are JSON over several lines
    ("honeypot.dataprofiler.csv", "csv", 1499, 1499),
    ("fabric_sample.presidio.csv", "csv", 20, 20),
]
PEOPLE = re.compile(
    r"elastic_user_\d|\bubuntu\b|ip-10-77-20-248|@example\.com|trentm|groucho|\bDoe\b|\bhaza\b"
)
# A machine is named in the arguments of `hostname` too, and a user in the path of a program.
_COMMAND = re.compile(r"COMMAND=.*")


@pytest.mark.parametrize(("name", "form", "out", "records"), SHAPELESS)
def test_a_real_log_of_any_shape_leaves_without_its_people(
    name: str, form: str, out: int, records: int
) -> None:
    """Every line that has its format leaves, is counted, and holds no name that the log is full of."""
    data = (LOGS / name).read_bytes()
    pipeline = Pipeline(Policy.preset(FORMATS[form].preset), keys=keyring())
    stream = pipeline.lines(form)
    output = (stream.feed(data) + stream.finish()).decode()
    counts = pipeline.report.as_dict()["records"]
    assert (counts["out"], counts["in"]) == (out, records)
    found = PEOPLE.findall(_COMMAND.sub("", output))
    assert not found


@pytest.mark.parametrize(("name", "form"), [row[:2] for row in SHAPELESS])
def test_the_format_of_a_log_of_any_shape_is_recognised(name: str, form: str) -> None:
    """Syslog, JSON and tables are recognised from their first lines."""
    assert sniff((LOGS / name).read_bytes()[: 1 << 20]).format == form


@pytest.mark.parametrize("form", ["syslog", "json"])
def test_no_labelled_value_of_a_line_is_left(form: str) -> None:
    """Of lines that others labelled, no name, address or mailbox leaves that is somebody's."""
    cases = (LOGS.parent / "labelled" / "log_lines.jsonl").read_text("utf-8").splitlines()
    tried = 0
    for case in map(json.loads, cases):
        text = case["text"]
        if not FORMATS[form].fits([text.encode()]):  # type: ignore[misc]
            continue
        tried += 1
        stream = Pipeline(Policy.preset(form), keys=keyring()).lines(form)
        output = (stream.feed(text.encode()) + stream.finish()).decode()
        for start, end, kind in case["spans"]:
            assert kind == "IP_SPECIAL" or text[start:end] not in output, text
    assert tried > 40


@pytest.mark.parametrize("path", sorted(LOGS.glob("*")), ids=lambda path: path.name)
def test_a_policy_inferred_from_a_real_log_runs_on_it(path: Path) -> None:
    """Each log gives a policy that loads and runs, in which no value of the log stands."""
    data = path.read_bytes()
    try:
        form = sniff(data[:SAMPLE]).format
    except FormatError:
        form = "text"
    lines = lines_of(data)[:2000]
    text = infer(FORMATS[form], lines)
    form = re.search(r"of the format (\w+)", text)[1]  # type: ignore[index]
    pipeline = Pipeline(Policy.from_toml(text), keys=keyring())
    stream = pipeline.lines(form)
    for line in lines:
        stream.feed(line)
    stream.finish()
    assert pipeline.report.records_out > 0
    addresses = set(re.findall(rb"[0-9]+(?:\.[0-9]+){3}", b"".join(lines)))
    assert not [word for word in addresses if word in text.encode()]


@pytest.mark.parametrize("form", ["combined", "syslog", "json", "text"])
def test_an_inferred_policy_lets_no_labelled_span_through(form: str) -> None:
    """Of labelled lines, no span is left under the policy that their own kind gives."""
    cases = (LOGS.parent / "labelled" / "log_lines.jsonl").read_text("utf-8").splitlines()
    fitting = [
        case
        for case in map(json.loads, cases)
        if FORMATS[form].fits is None or FORMATS[form].fits([case["text"].encode()])  # type: ignore[misc]
    ]
    lines = [case["text"].encode() + b"\n" for case in fitting if "\n" not in case["text"]]
    policy = Policy.from_toml(infer(FORMATS[form], lines))
    for case in fitting:
        stream = Pipeline(policy, keys=keyring()).lines(form)
        output = (stream.feed(case["text"].encode()) + stream.finish()).decode()
        for start, end, kind in case["spans"]:
            assert kind == "IP_SPECIAL" or case["text"][start:end] not in output
    assert len(fitting) > 40


@pytest.mark.parametrize(
    "file", sorted(LOGS.iterdir()) if LOGS.is_dir() else [], ids=lambda file: file.name
)
def test_presets_leave_no_flaw_of_a_bad_policy(file: Path) -> None:
    """The audit finds no flaw in what the presets for the format of a real log let leave."""
    data = file.read_bytes()
    try:
        form = FORMATS[sniff(data)[0]]
    except FormatError:
        form = FORMATS["text"]
    for name in presets():
        policy = Policy.preset(name)
        if form.record not in policy.records:
            continue
        pipeline = Pipeline(policy, keys=Keyring.generate() if policy.keyed else None)
        stream = pipeline.lines(form)
        audit = Audit(form, guesses=usual_guesses())
        for line in (stream.feed(data) + stream.finish()).splitlines(keepends=True):
            audit.add(line)
        assert audit.result().flaws == []
