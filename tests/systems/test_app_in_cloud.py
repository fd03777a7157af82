"""System 4, application analytics in the cloud: raw requests in, the vendor's view out.

The server is uvicorn in a process of its own, as operators run it, with its access log on.
"""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import app_in_cloud
import msgspec
import pytest
from app_in_cloud import RECORDS, requests

import anonkit
from anonkit import Policy
from anonkit.integrations.collector import Limits
from anonkit.pack import unpack
from anonkit.records import APP_EVENTS, PageView
from anonkit.records.event import declaration
from anonkit.seal import unseal
from sites import KEY, seen
from strategies import find_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
PATHS = [ROOT / "tests", ROOT / "examples", Path(anonkit.__file__).parent.parent]
AT = "2026-05-11T09:02:44Z"
# Values that no address, token or number is by chance. One has the letters that encodings change.
SECRETS = {
    "cookie": "cookie-Lovelace7713",
    "query": "query-Turing5521",
    "header": "header-Hopper8832",
    "path": "path-Noether4419",
    "method": "METHOD-ZUSE6620",
    "body": "body.Straße+Ünal8107@geheim.example",
    "agent": "agent-Johnson2904",
    "address": "89.160.20.112",  # Linköping, in MaxMind's test data
    "address6": "2001:220::77aa",
}


class Server(NamedTuple):
    """A server that runs, and where it writes."""

    port: int
    folder: Path

    def raw(self, *pieces: bytes, wait: float = 5) -> bytes:
        """Send bytes over a connection of its own, and return what comes until it ends."""
        got = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as connection:
            with suppress(OSError):
                for piece in pieces:
                    connection.sendall(piece)
            with suppress(OSError):
                while part := connection.recv(65536):
                    got += part
        return got

    def broken(self, *pieces: bytes) -> None:
        """Send bytes and break the connection off."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            for piece in pieces:
                connection.sendall(piece)

    def everything(self) -> dict[str, bytes]:
        """Return all files below the server's folder, its output and its errors among them."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Server]:
    """Run uvicorn with its access log on; when it has ended, all it wrote is in the folder."""
    KEY.recipient.save(folder / "vendor.pub")
    command = [sys.executable, "-m", "uvicorn", "cloud_server:app", "--port", "0", *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PATHS)), "NO_COLOR": "1"}
    with (folder / "out.log").open("wb") as out, (folder / "err.log").open("wb") as err:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=err)
        try:
            port = None
            while port is None and process.poll() is None:
                time.sleep(0.02)
                port = re.search(
                    rb"running on http://[\d.]+:(\d+)", (folder / "err.log").read_bytes()
                )
            assert port is not None, (folder / "err.log").read_text()
            yield Server(int(port[1]), folder)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def post(body: bytes, **changes: Any) -> bytes:
    """Return a request with secrets in every place where a client may put one."""
    line = changes.pop("line", f"POST /events?q={SECRETS['query']} HTTP/1.1")
    headers = {
        "Host": f"{SECRETS['header']}.example",
        "Content-Type": "application/x-ndjson",
        "Content-Length": str(len(body)),
        "Cookie": f"sid={SECRETS['cookie']}",
        "Authorization": "Basic " + base64.b64encode(SECRETS["cookie"].encode()).decode(),
        "Referer": f"https://{SECRETS['header']}.example/?q={SECRETS['query']}",
        "User-Agent": f"{SECRETS['agent']}/7 (X11; Linux) Firefox/131.0",
        "X-Forwarded-For": SECRETS["address"],
        f"X-{SECRETS['header']}": SECRETS["header"],
        "Connection": "close",
    } | changes
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
    return f"{line}\r\n{head}\r\n".encode("latin-1", "replace") + body


def events() -> bytes:
    """Return an event of each kind with the secret in each field that is treated, and one more."""
    lines = []
    for event in (*APP_EVENTS, PageView):
        record: dict[str, Any] = {
            "type": event.__struct_config__.tag,
            "at": AT,
            "own": SECRETS["body"],
        }
        for path, declared in declaration(event).fields.items():
            if declared.stages[0].verb in ("drop", "pseudonymize", "scrub", "user_agent"):
                record[path] = SECRETS["body"]
        for required in ("method", "cause", "format"):
            if required in declaration(event).fields:
                record[required] = "other"
        authored = {
            "page": "start",
            "statistic": "s",
            "exception": "KeyError",
            "app_version": "4.2",
        }
        record |= {k: v for k, v in authored.items() if k in declaration(event).fields}
        record |= dict.fromkeys(("country", "region", "city"), SECRETS["body"])
        lines.append(msgspec.json.encode(record))
    return b"\n".join(lines)


GOOD = events()
# Name, what is sent, and how an answer begins; None where it is the server's parser that answers.
HOSTILE: list[tuple[str, bytes, bytes | None]] = [
    ("not JSON", post(SECRETS["body"].encode()), b"HTTP/1.1 400"),
    ("half of a record", post(GOOD[:-7]), b"HTTP/1.1 400"),
    ("not UTF-8", post(b'{"x":"\xff' + SECRETS["body"].encode("latin-1") + b'"}'), b"HTTP/1.1 400"),
    ("another path", post(GOOD, line=f"POST /{SECRETS['path']} HTTP/1.1"), b"HTTP/1.1 404"),
    ("a path with escapes", post(GOOD, line=f"POST /%00%0a{SECRETS['path']} HTTP/1.1"), b"HTTP/1.1 404"),
    ("an absolute path", post(GOOD, line=f"POST http://u:{SECRETS['path']}@h/events HTTP/1.1"), None),
    ("another method", post(b"", line=f"{SECRETS['method']} /events HTTP/1.1"), None),
    ("HEAD", post(b"", line=f"HEAD /events?{SECRETS['query']} HTTP/1.1"), b"HTTP/1.1 405"),
    ("TRACE", post(b"", line=f"TRACE /events?{SECRETS['query']} HTTP/1.1"), b"HTTP/1.1 405"),
    ("another type", post(GOOD, **{"Content-Type": f"text/{SECRETS['header']}"}), b"HTTP/1.1 415"),
    ("compressed", post(GOOD, **{"Content-Encoding": "gzip"}), b"HTTP/1.1 415"),
    ("declared too large", post(GOOD, **{"Content-Length": "99999999"}), b"HTTP/1.1 413"),
    ("too large", post(GOOD * 300), b"HTTP/1.1 413"),
    ("a line too large", post(b'{"x":"' + SECRETS["body"].encode() * 3000 + b'"}'), b"HTTP/1.1 413"),
    ("a length that is none", post(GOOD, **{"Content-Length": SECRETS["header"]}), None),
    ("two lengths", post(GOOD, **{"content-length": "7"}), None),
    ("chunks that are none", post(SECRETS["body"].encode() + b"\r\n", **{"Transfer-Encoding": "chunked", "Content-Length": None}), None),
    ("no request at all", SECRETS["body"].encode() + b"\r\n\r\n", None),
    ("an old request", f"GET /{SECRETS['path']}\r\n\r\n".encode(), None),
    ("a header without a colon", post(b"", Accept=f"x\r\n{SECRETS['header']}"), None),
    ("headers too large", post(b"", **{"X-Large": SECRETS["header"] * 9000}), None),
    ("many headers", post(b"", **{f"X-{n}": SECRETS["header"] for n in range(9000)}), None),
    ("a websocket", post(b"", line=f"GET /{SECRETS['path']} HTTP/1.1", Upgrade="websocket", Connection="Upgrade", **{"Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13"}), None),
    ("not the end of its body", post(GOOD, **{"Content-Length": str(len(GOOD) + 99)}), None),
]  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [
        ("--http", "h11"),
        ("--http", "httptools", "--no-proxy-headers"),
        ("--log-level", "debug"),
    ],
)
def test_nothing_raw_is_found_behind_the_server(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Of good, broken and hostile requests nothing is in files, access log, errors and answers."""
    answers = []
    with serving(tmp_path, *options) as server:
        answers.append(server.raw(post(GOOD)))
        answers.append(server.raw(post(GOOD, **{"X-Forwarded-For": SECRETS["address6"]})))
        for name, sent, expected in HOSTILE:
            got = server.raw(sent)
            assert expected is None or got.startswith(expected), (name, got)
            answers.append(got)
        for cut in (1, 30, 200, len(post(GOOD)) - 40):
            server.broken(post(GOOD)[:cut])
    for good in answers[:2]:
        assert good.startswith(b"HTTP/1.1 202")
        assert json.loads(good.partition(b"\r\n\r\n")[2]) == {"kept": 16, "withheld": 0}
    found = server.everything() | {f"answer {n}": text for n, text in enumerate(answers)}
    envelopes = [data for name, data in found.items() if name.endswith(".anon") and "/" not in name]
    for number, envelope in enumerate(envelopes):
        found[f"pack {number}"] = unseal(envelope, [KEY]).pack
    found["view"] = msgspec.json.encode(seen(envelopes))
    for place, data in found.items():
        for secret in SECRETS.values():
            assert find_secret(data, secret) is None, (place, secret)
    access = found["out.log"].decode().splitlines()
    lines = {line.split('"')[1] for line in access if '"' in line}
    assert "POST / HTTP/1.1" in lines
    assert all(re.fullmatch(r"(POST|-|HEAD|TRACE|GET) / HTTP/\d\.\d", line) for line in lines)
    assert b"127.0.0.1" not in found["out.log"]
    assert found["err.log"].count(b"127.0.0.1") == 1  # where it listens
    assert b"Traceback" not in found["err.log"]
    assert len(seen(envelopes)) >= 32  # and what a lenient parser lets through


def test_what_uvicorn_does_by_itself_names_nobody(tmp_path: Path) -> None:
    """Refusals that uvicorn answers without the application, and its traces, hold no visitor."""
    options = ("--limit-concurrency", "2", "--log-level", "trace")
    with serving(tmp_path, *options) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5):
            answers = [server.raw(post(GOOD)) for _ in range(3)]
        server.raw(b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b" 503 " in answers[-1]
    out, err = ((tmp_path / name).read_bytes() for name in ("out.log", "err.log"))
    assert b'"POST / HTTP/1.1" 503' in out
    assert b"127.0.0.1" not in out
    assert err.count(b"127.0.0.1") == 1  # where it listens
    for secret in SECRETS.values():
        assert find_secret(out + err + b"".join(answers), secret) is None


def test_the_vendor_sees_visits_by_country_and_browser(tmp_path: Path) -> None:
    """The vendor's view has places, browsers and users as tokens, and expires after two years."""
    with serving(tmp_path) as server:
        for raw in requests():
            line = f"POST {raw.path} HTTP/1.1"
            replaced = dict.fromkeys(("X-Forwarded-For", "User-Agent", "Referer")) | raw.headers
            server.raw(post(raw.body, line=line, **replaced))
    envelopes = [path.read_bytes() for path in sorted(tmp_path.glob("*.anon"))]
    records = seen(envelopes)
    views = [record for record in records if record["type"] == "page_view"]
    assert [
        (view["country"], view.get("city"), view["agent"], view["device"]) for view in views
    ] == [
        ("GB", "London", "Firefox/138 (Windows)", "desktop"),
        ("GB", "London", "Safari/18 (iPhone)", "phone"),
        ("SE", None, "Firefox/138 (Windows)", "desktop"),
    ]
    assert len({record["user"] for record in records if record.get("user")}) == 3
    for envelope in envelopes:
        header = unpack(unseal(envelope, [KEY]).pack).header
        assert header.expires == header.created + timedelta(days=730)
    assert len(records) == 29
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert [entry["rule"] for entry in report["withheld"]].count("wrong type") == 2


def test_hostile_clients_do_not_grow_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-open, slow and endless requests cost what the limits say, and a good one still passes."""
    monkeypatch.setenv("PYTHONTRACEMALLOC", "1")
    limits, crowd = Limits(), 120
    half = b"POST /events HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 1000
    start = post(b"", **{"Content-Length": None, "Transfer-Encoding": "chunked"})
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"

    def memory(server: Server) -> int:
        got = server.raw(b"GET /memory HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        most: int = json.loads(got.partition(b"\r\n\r\n")[2])["bytes"]
        return most

    with serving(tmp_path) as server:
        assert server.raw(post(GOOD)).startswith(b"HTTP/1.1 202")
        before = memory(server)
        opened = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(2 * crowd)]
        for number, connection in enumerate(opened):
            connection.sendall(half if number < crowd else start + chunk)
        for connection in opened[crowd:]:
            with suppress(OSError):  # refused, and cut off
                for _ in range(500):
                    connection.sendall(chunk)
        after = memory(server)
        for connection in opened:
            connection.close()
        while (got := server.raw(post(GOOD))).startswith(b"HTTP/1.1 503"):
            time.sleep(0.1)
        assert got.startswith(b"HTTP/1.1 202")
    # What the limits allow, and 64 kB for each connection, which the server and its parser hold.
    assert after - before < limits.at_once * limits.body + 2 * crowd * 64_000
    assert b"Traceback" not in (tmp_path / "err.log").read_bytes()


def test_the_example_runs_without_a_server(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where uvicorn is missing, the example hands its requests over itself, with the same result."""
    has = app_in_cloud.find_spec
    monkeypatch.setattr(app_in_cloud, "find_spec", lambda name: name != "uvicorn" and has(name))
    app_in_cloud.main()
    out = capsys.readouterr().out
    assert "32 times 202, 1 times 400, 1 times 404" in out
    assert "29 records came in 3 envelopes" in out
    assert '"country":"SE"' in out


def test_the_policy_keeps_records_for_two_years() -> None:
    """Events and page views have one policy, whose records the receiver deletes after two years."""
    policy = Policy.from_events(*RECORDS)
    assert {policy.retention(record) for record in policy.records} == {"730d"}
    assert set(RECORDS) == {*APP_EVENTS, PageView}
