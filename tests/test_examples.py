"""Every example runs, and nothing personal of its data comes out."""

import contextlib
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path

import msgspec
import pytest

from anonkit import Keyring, Pipeline, Policy
from anonkit.cli.main import main

EXAMPLES = Path(__file__).parent.parent / "examples"
# `post.py` is what the examples of whole systems share; `demo.py` has a test of its own.
SHARED = {"demo.py", "post.py"}
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py") if path.name not in SHARED)
# What each example must say, and all that its records hold of persons, hosts and secrets.
SAYS = {
    "app_on_premises.py": ("26 events came in", "page_change: 5", "users of this period: 3"),
    "app_events.py": ('"kilobytes":512', "None", "type: unknown record type"),
    "app_in_cloud.py": ("32 times 202", "29 records came in 3", '"Safari/18 (iPhone)"', '"GB-ENG"'),
    "fleet.py": ("permission: 0 of 25", "stopped: 0 wait", "100 cartridges with tokens"),
    "licence_and_support.py": ("'email': 'noether@example.org'}", "'serial': 'SN-20-88'}"),
    "nested.py": ('"topics":["printing","__other__"]', "counters.*~: not a plain name"),
    "send_to_vendor.py": (
        "posted 1 batch with 5 records",
        "into a folder",
        "3 users in one period",
    ),
    "policy_from_toml.py": ('"amount":80', "did you mean drop?"),
    "remote_support.py": (
        "with consent: 1 of 2",
        "after a stop: 0",
        "minutes: 60",
        "one case: True",
    ),
    "saas.py": ("a tenant: 2 people", "seen at a tenant before: 0", "access log: 58 lines"),
}
# What leaves as it is because a contract, or consent to one case, needs it.
AGREED = {"licence_and_support.py": ("noether@example.org",)}
TOKEN = 22  # characters of 128 bits in base64url
PERSONAL = (
    *("ada", "alan", "grace", "mary", "katherine", "lovelace", "turing", "hopper", "jackson"),
    *("4711", "s-900", "hamburg", "0151", "1234567", "4111 1111", "203.0.113.77", "198.51.100.24"),
    *("rule-311", "label-7", "krankmeldung", "works council", "1234567", "bombe", "@"),
    *("8a2e", "55309", "8812", "5e", "7c9e6679", "8f14e45f", "9f86d081", "52.51", "widerruf"),
)


def tokenless(text: str) -> str:
    """Return text in lower case without its tokens, which are random and may spell anything."""
    return " ".join(word for word in text.lower().replace('"', " ").split() if len(word) != TOKEN)


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_example_runs(script: str) -> None:
    """An example ends well, says what it is there to show, and names nobody."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / script], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    for said in SAYS[script]:
        assert said in done.stdout
    text = tokenless(done.stdout)
    for agreed in AGREED.get(script, ()):
        text = text.replace(agreed, "")
    for personal in PERSONAL:
        assert personal not in text


def test_the_bundled_events_come_out_clean() -> None:
    """Of 30 bundled events 26 leave, 4 are withheld for a reason, and nothing personal is left."""
    pipeline = Pipeline(Policy.preset("app"), keys=Keyring.generate())
    lines = (EXAMPLES / "data" / "events.ndjson").read_bytes().splitlines()
    out = [pipeline.json(line) for line in lines]
    report = pipeline.report.as_dict()
    assert report["records"]["in"] == len(lines) == 30
    assert report["records"]["out"] == 26
    assert [(entry["record"], entry["field"], entry["rule"]) for entry in report["withheld"]] == [
        ("", "", "not JSON"),
        ("", "type", "unknown record type"),
        ("login", "user", "wrong type"),
        ("page_change", "at", "wrong type"),
    ]
    assert sum(report["undeclared_fields"].values()) == 5
    text = tokenless(b"\n".join(line for line in out if line).decode())
    assert "page_change" in text
    for personal in PERSONAL:
        assert personal not in text
    assert all(msgspec.json.decode(line)["type"] for line in out if line)


def test_the_bundled_log_comes_out_clean(tmp_path: Path) -> None:
    """Of 60 bundled lines 58 leave, still in the combined format, and nothing personal is left."""
    clean, report = tmp_path / "clean.log", tmp_path / "report.json"
    log = EXAMPLES / "data" / "access.log"
    assert main(["run", "-q", str(log), "-o", str(clean), "--report", str(report)]) == 0
    counts = msgspec.json.decode(report.read_bytes())["records"]
    assert (counts["in"], counts["out"], counts["withheld"]) == (60, 58, 2)
    text = clean.read_text(encoding="utf-8")
    for personal in PERSONAL:
        assert personal not in text.lower()
    again = tmp_path / "again.log"
    assert main(["run", "-q", "--strict", str(clean), "-o", str(again)]) == 0
    assert again.read_bytes() == clean.read_bytes()


def test_the_bundled_log_uses_documentation_addresses_alone() -> None:
    """Every address in the bundled data is from a block that is reserved for documentation."""
    blocks = [ip_network(b) for b in ("203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32")]
    for line in (EXAMPLES / "data" / "access.log").read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError):
            address = ip_address(line.split()[0])
            assert any(address in block for block in blocks)


def test_the_demo_shows_before_and_after() -> None:
    """The demo shows personal data before and none after, and the report of both files."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / "demo.py"], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    before = [line for line in lines if line.startswith("  before")]
    after = [line for line in lines if line.startswith("  after")]
    assert len(before) == len(after) == 14
    assert "  after   (withheld)" in after
    assert "ada.lovelace" in "".join(before)
    for personal in PERSONAL:
        assert personal not in tokenless("\n".join(after))
    assert "58  records out" in done.stdout
    assert "26  records out" in done.stdout
