"""Syslog against `sed`, and NDJSON with nested fields against a typed decode and encode.

`sed` has two expressions, for addresses and for the names behind `user` and `for`; it looks for no
secret. The floor of NDJSON is what msgspec takes to decode each line of the declared struct and
encode it again, in the same stream of lines; the loop over the standard `json` makes the same.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import statistics
import sys
import tempfile
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from measure import Line, cpu, process, ratios

from anonkit import Keyring, Pipeline, Policy, Report
from anonkit.parse.lines import BLOCK, Lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonkit.parse.lines import Stream

SEED = 20261122
ROUNDS = 5
SED = ["-E", "-e", r"s/([0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+/\1.0/g", "-e", r"s/(user|for) [^ ]+/\1 x/g"]
MESSAGES = (
    "Failed password for invalid user {user} from {ip} port {port} ssh2",
    "Accepted publickey for {user} from {ip} port {port} ssh2: RSA SHA256:Kl8kPGZrTiz7g4FO1hyqHd",
    "pam_unix(sshd:session): session opened for user {user} by (uid=0)",
    "Received disconnect from {ip} port {port}:11: disconnected by user",
    "New session {port} of user {user}.",
    "Connection closed by {ip} port {port} [preauth]",
)
POLICY = """
[record.request]
fields.at = "keep"
fields.level = "keep"
fields."user.id" = { pseudonymize = "user" }
fields."user.email" = "drop"
fields."user.plan" = "keep"
fields."http.method" = "keep"
fields."http.status" = "keep"
fields."http.path" = "keep"
fields."items[].ip" = "truncate"
fields."items[].ms" = "keep"
"""


class User(msgspec.Struct):
    """Whose request it is."""

    id: str
    email: str
    plan: str


class Http(msgspec.Struct):
    """What was asked for."""

    method: str
    status: int
    path: str


class Item(msgspec.Struct):
    """A step on the way."""

    ip: str
    ms: int


class Request(msgspec.Struct, tag="request"):
    """One line."""

    at: str
    level: str
    user: User
    http: Http
    items: list[Item]


class Floor:
    """Decodes and encodes each line, and changes nothing."""

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(Request).decode
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
        auth_log(log)
        ours = [sys.executable, "-m", "anonkit", "run", "-q", "-f", "syslog"]
        rounds = [
            (process(ours, log), process([sed, *SED], log)) for _ in range(ROUNDS)
        ]  # interleaved
        ratio = statistics.median(mine.cpu / its.cpu for mine, its in rounds)
        yield Line("log, syslog policy", ratio, "x", 4, "sed -E, 2 expr.")
        yield Line("log, syslog, peak memory", rounds[0][0].memory, "MB", 40, "100 MB of log")
    data = requests(40_000)
    policy, keys = Policy.from_toml(POLICY), Keyring.generate()

    def through(stream: Stream) -> None:
        for start in range(0, len(data), BLOCK):
            stream.feed(data[start : start + BLOCK])
        stream.finish()

    found = ratios(
        lambda: cpu(lambda: through(Lines(Floor(), Report()))),
        {
            "ours": lambda: cpu(lambda: through(Pipeline(policy, keys=keys).lines("jsonl"))),
            "json": lambda: cpu(lambda: by_hand(data)),
        },
        rounds=ROUNDS,
    )
    yield Line("NDJSON, nested policy", found["ours"], "x", 3.0, "typed line floor")
    faster = found["json"] / found["ours"]
    yield Line("NDJSON, nested policy, faster", faster, "x", 3, "loop over json", least=True)


def auth_log(path: Path, lines: int = 1_000_000) -> None:
    """Write a log of logins, 100 MB: hardly a message comes twice."""
    rng = random.Random(SEED)
    with path.open("w", encoding="ascii") as file:
        for number in range(lines):
            said = rng.choice(MESSAGES).format(
                user=f"user{rng.randrange(99)}",
                ip=".".join(str(rng.randrange(1, 255)) for _ in range(4)),
                port=rng.randrange(1024, 65535),
            )
            clock = f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
            file.write(f"Mar 27 {clock} web-01 sshd[{number % 30000}]: {said}\n")


def requests(count: int) -> bytes:
    """Return lines of JSON with nested fields: 400 users."""
    rng = random.Random(SEED)
    lines = []
    for _ in range(count):
        who = rng.randrange(400)
        request = Request(
            "2026-05-11T09:02:44.123Z",
            "info",
            User(f"user-{who:08}@corp.example", f"first.last{who}@example.com", "pro"),
            Http("GET", 200, "/rules/list"),
            [Item(f"10.0.{who % 7}.{who % 200}", who), Item(f"10.0.{who % 5}.9", who)],
        )
        lines.append(msgspec.json.encode(request) + b"\n")
    return b"".join(lines)


def by_hand(data: bytes) -> bytes:
    """Do what the policy says with the standard library alone."""
    out = []
    for line in data.splitlines():
        request = json.loads(line)
        user = request["user"]
        token = hashlib.blake2b(user["id"].encode(), key=b"k" * 32, digest_size=16).digest()
        request["user"] = {
            "id": urlsafe_b64encode(token).decode().rstrip("="),
            "plan": user["plan"],
        }
        for item in request["items"]:
            item["ip"] = item["ip"].rpartition(".")[0] + ".0"
        out.append(json.dumps(request).encode() + b"\n")
    return b"".join(out)
