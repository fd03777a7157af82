"""Law 7: nothing accepted is lost, and nothing arrives twice, whoever is killed and when."""

from __future__ import annotations

import os
import random
import socketserver
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import anonkit
from anonkit.pack import unpack
from anonkit.send import Consent, Folder, Https, Inbox, Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

# `make faults` asks for more: each round kills four processes.
ROUNDS = int(os.environ.get("ANONKIT_FAULTS", "6"))
SOURCE = Path(anonkit.__file__).parent.parent
SCRIPT = Path(__file__).parent.parent / "faults.py"


class Flaky(BaseHTTPRequestHandler):
    """A receiver that fails in every way, before and after it has stored a batch."""

    inbox: Inbox
    chance: random.Random
    healthy = False

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        batch = self.path.rpartition("/")[2]
        fault = None if self.healthy else self.chance.choice([None, None, *FAULTS])
        if fault == "500 before":
            self.answer(500, b"")
            return
        if fault == "cut before":
            return
        new = self.inbox.put(batch, data)
        if fault == "500 after":
            self.answer(500, b"")
        elif fault == "too late":
            time.sleep(0.5)
            self.answer(201, b'{"batch": "%s"}' % batch.encode())
        elif fault == "other page":
            self.answer(200, b"<html>Welcome to the hotel</html>")
        elif fault == "half an answer":
            self.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 999\r\n\r\n{")
        elif fault != "cut after":
            self.answer(201 if new else 200, b'{"batch": "%s"}' % batch.encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


FAULTS = (
    "500 before", "cut before", "500 after", "too late", "other page", "half an answer",
    "cut after",
)  # fmt: skip


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of connections that a killed sender leaves."""


@contextmanager
def flaky(inbox: Inbox, seed: int) -> Iterator[tuple[str, type[Flaky]]]:
    handler = type("Handler", (Flaky,), {"inbox": inbox, "chance": random.Random(seed)})
    socketserver.TCPServer.allow_reuse_address = True
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/batches", handler
        finally:
            server.shutdown()
            thread.join()


def kill_again_and_again(folder: Path, seed: int, url: str) -> None:
    with Consent(folder / "consent.db") as consent:
        consent.grant("usage", role="administrator", notice="1", language="en")
    done = subprocess.run(
        [sys.executable, SCRIPT, folder, str(ROUNDS), str(seed), url],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert done.returncode == 0, done.stderr
    problems = [file.read_text() for file in (folder / "problems").iterdir()]
    assert not problems, problems[0]


def compare(folder: Path, inbox: Path) -> None:
    """Compare what was noted with what arrived."""
    noted = [
        line for file in (folder / "noted").iterdir() for line in file.read_text().split("\n")[:-1]
    ]
    arrived = Counter(
        record["id"]
        for file in inbox.glob("*.anon")
        for record in unpack(file.read_bytes()).records
    )
    assert noted
    assert not [id_ for id_ in noted if id_ not in arrived]
    assert not [id_ for id_, count in arrived.items() if count > 1]
    # Who was killed between the disk and the note has recorded more than it could say.
    assert len(arrived) <= len(noted) + 7 * 2 * ROUNDS


@pytest.mark.parametrize("seed", range(2))
def test_what_is_recorded_arrives_once(tmp_path: Path, seed: int) -> None:
    """Writers and senders are killed at random, the receiver fails in seven ways: all arrives once."""
    inbox = Inbox(tmp_path / "inbox")
    with flaky(inbox, seed) as (url, handler):
        kill_again_and_again(tmp_path, seed, url)
        handler.healthy = True
        with Spool(tmp_path / "outbox.db") as spool:
            sent = spool.send(Https(url), everything=True)
            assert not sent.problems
            assert not spool.waiting()
            assert not spool.damaged
    compare(tmp_path, inbox.folder)


def test_what_is_recorded_is_in_the_folder_once(tmp_path: Path) -> None:
    """The same through a folder."""
    there = tmp_path / "there"
    there.mkdir()
    kill_again_and_again(tmp_path, 3, str(there))
    with Spool(tmp_path / "outbox.db") as spool:
        spool.send(Folder(there), everything=True)
    compare(tmp_path, there)
