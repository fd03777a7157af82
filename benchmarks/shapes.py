"""Syslog against `sed`, and NDJSON against a typed decode and encode and a loop over `json`.

`sed` has two expressions, for addresses and for the names behind `user` and `for`; it looks for no
secret. The floor of NDJSON is what msgspec takes to decode each line as the struct that it was made
from and encode it again, in the same stream of lines; the loop over the standard `json` does what
the policy says, by hand.

NDJSON has a policy that names its fields, on lines that hold nothing else and on lines with as
much again that no policy names, with few ids and with an id that never comes twice. Logs of other
programs (`json_logs.py`) have none and go by the preset, which tells each value by its name and
looks through text for all that detectors know; the loop knows the names, and looks for two things.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import statistics
import sys
import tempfile
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from json_logs import LOGS
from measure import Line, cpu, process, ratios
from workloads import FullRequest, Request, auth_log, requests

from anonkit import Keyring, Pipeline, Policy, Report
from anonkit.parse.lines import BLOCK, Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from json_logs import Log

    from anonkit.parse.lines import Stream

ROUNDS = 5
LINES = 40_000
POLICY = Path(__file__).with_name("requests.toml")
SED = ["-E", "-e", r"s/([0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+/\1.0/g", "-e", r"s/(user|for) [^ ]+/\1 x/g"]


class Floor:
    """Decodes and encodes each line, and changes nothing.

    Args:
        struct: What each line is.
    """

    def __init__(self, struct: type) -> None:
        self._decode: Callable[[bytes], object] = msgspec.json.Decoder(struct).decode
        self._encode = msgspec.json.Encoder().encode

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append each line to `out`."""
        lines = data.split(b"\n")[:-1]
        for line in lines:
            out += (self._encode(self._decode(line)), b"\n")
        return len(lines), []

    def forget(self) -> None:
        """Nothing is remembered."""


def run() -> Iterator[Line]:
    """Yield the figures of syslog and of NDJSON."""
    sed = shutil.which("sed")
    if sed is None:
        sys.exit("shapes: sed is not installed")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "auth.log")
        auth_log(log, 1_000_000)
        ours = [sys.executable, "-m", "anonkit", "run", "-q", "-f", "syslog"]
        rounds = [
            (process(ours, log).cpu, process([sed, *SED], log).cpu) for _ in range(ROUNDS)
        ]  # interleaved
        ratio = statistics.median(mine / its for mine, its in rounds)
        yield Line("log, syslog policy", ratio, "x", 4, "sed -E, 2 expr.")
    policy = Policy.from_toml(POLICY.read_text(encoding="utf-8"))
    for ids in ("few ids", "unique ids"):
        for struct in (Request, FullRequest):
            data = requests(LINES, struct, unique=ids == "unique ids")
            fields = "all declared" if struct is Request else "half declared"
            yield from _beside(f"NDJSON, {fields}, {ids}", data, struct, policy, "jsonl", by_hand)
    for kind in LOGS:
        yield from _beside(
            f"NDJSON, preset, {kind.name}",
            kind.lines(LINES),
            kind.struct,
            Policy.preset("json"),
            "json",
            _looped(kind),
        )


def fed(stream: Stream, data: bytes) -> None:
    """Let data go through a stream as a run does, block by block; what leaves is thrown away."""
    for start in range(0, len(data), BLOCK):
        stream.feed(data[start : start + BLOCK])
    stream.finish()


def _beside(
    name: str,
    data: bytes,
    struct: type,
    policy: Policy,
    form: str,
    hand: Callable[[bytes], object],
) -> Iterator[Line]:
    """Yield what lines take beside their floor, and beside a loop."""
    keys = Keyring.generate()

    found = ratios(
        lambda: cpu(lambda: fed(Lines(Floor(struct), Report()), data)),
        {
            "ours": lambda: cpu(lambda: fed(Pipeline(policy, keys=keys).lines(form), data)),
            "json": lambda: cpu(lambda: hand(data)),
        },
        rounds=ROUNDS,
    )
    yield Line(name, found["ours"], "x", 3.0, "typed line floor")
    faster = found["json"] / found["ours"]
    yield Line(f"{name}, faster", faster, "x", 3, "loop over json", least=True)


def _looped(log: Log) -> Callable[[bytes], bytes]:
    """Return the loop over the standard `json` for a log."""

    def loop(data: bytes) -> bytes:
        out = []
        for line in data.splitlines():
            members = json.loads(line)
            log.by_hand(members)
            out.append(json.dumps(members).encode() + b"\n")
        return b"".join(out)

    return loop


def by_hand(data: bytes) -> bytes:
    """Do what the policy says with the standard library alone: what it does not name stays here."""
    out = []
    for line in data.splitlines():
        request = json.loads(line)
        user, http = request["user"], request["http"]
        token = hashlib.blake2b(user["id"].encode(), key=b"k" * 32, digest_size=16).digest()
        left = {
            "type": request["type"],
            "at": request["at"],
            "level": request["level"],
            "user": {
                "id": urlsafe_b64encode(token).decode().rstrip("="),
                "plan": user["plan"],
            },
            "http": {name: http[name] for name in ("method", "status", "path")},
            "items": [
                {"ip": item["ip"].rpartition(".")[0] + ".0", "ms": item["ms"]}
                for item in request["items"]
            ],
        }
        out.append(json.dumps(left).encode() + b"\n")
    return b"".join(out)
