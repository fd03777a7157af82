"""Where batches arrive: the folder, and the ASGI application before it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from anonkit.pack import About, Leaf, Object, Schema, pack
from anonkit.seal import VendorKey, seal
from anonkit.send import Inbox
from anonkit.send.inbox import Refused
from anonkit.send.receiver import Receiver
from anonkit.send.transport import digest_of

ID = "0123456789abcdef" * 2
SCHEMA = Schema({"page": Object({"name": Leaf()})})
ABOUT = About(policy="0" * 16, created=date(2026, 5, 11))
PACK = pack([{"type": "page", "name": "planted"}], SCHEMA, ABOUT)
BARE = pack([{"type": "page", "name": "planted"}], SCHEMA, ABOUT, embed=False)
ENVELOPE = seal(PACK, VendorKey.generate().recipient)


@pytest.mark.parametrize("data", [PACK, BARE, ENVELOPE])
def test_a_batch_is_stored_once(tmp_path: Path, data: bytes) -> None:
    """The first copy stays, whatever comes later under its id, and is its owner's alone."""
    inbox = Inbox(tmp_path / "a" / "inbox")
    assert inbox.put(ID, data)
    assert not inbox.put(ID, data)
    assert not inbox.put(ID, PACK)
    file = inbox.folder / f"{ID}.anon"
    assert file.read_bytes() == data
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_of_copies_at_the_same_moment_one_is_new(tmp_path: Path) -> None:
    """Many who bring one batch at once hear once that it is new, and what is stored is that one."""
    inbox = Inbox(tmp_path)
    together = threading.Barrier(6)

    def put(data: bytes) -> tuple[bool, bytes]:
        together.wait()
        return inbox.put(ID, data), data

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(put, [PACK, BARE, ENVELOPE] * 2))
    (new,) = [data for is_new, data in said if is_new]
    assert (tmp_path / f"{ID}.anon").read_bytes() == new
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("batch", "data", "status"),
    [
        ("../../../../etc/passwd", PACK, 400),
        (ID.upper(), PACK, 400),
        (ID + "\n", PACK, 400),
        ("", PACK, 400),
        (ID, b"", 415),
        (ID, b"<html>", 415),
        (ID, PACK[:-1], 422),
        (ID, PACK + b"\0", 422),
        (ID, PACK * 9000, 413),
    ],
)
def test_what_is_no_batch_is_refused(tmp_path: Path, batch: str, data: bytes, status: int) -> None:
    """Ids that are none, other content, damage and size are refused, and nothing is stored."""
    inbox = Inbox(tmp_path, most=100_000)
    with pytest.raises(Refused) as refused:
        inbox.put(batch, data)
    assert refused.value.status == status
    assert list(tmp_path.iterdir()) == []


# --- the application ----------------------------------------------------------------------------


def ask(
    receiver: Receiver,
    messages: list[dict[str, Any]],
    *,
    path: str = f"/batches/{ID}",
    method: str = "POST",
    headers: dict[bytes, bytes] | None = None,
    kind: str = "http",
) -> list[dict[str, Any]]:
    """Return what the application answers to a request whose body comes in messages."""
    sent: list[dict[str, Any]] = []
    left = iter(messages)

    async def receive() -> dict[str, Any]:
        for message in left:
            return message
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": kind, "path": path, "method": method, "headers": list((headers or {}).items()),
    }  # fmt: skip
    asyncio.run(receiver(scope, receive, send))
    return sent


def body(*pieces: bytes) -> list[dict[str, Any]]:
    """Return the messages of a body."""
    last = len(pieces) - 1
    return [
        {"type": "http.request", "body": piece, "more_body": place < last}
        for place, piece in enumerate(pieces)
    ]


def told(sent: list[dict[str, Any]]) -> tuple[int, dict[str, str]]:
    """Return status and content of an answer."""
    start, content = sent
    assert dict(start["headers"])[b"content-length"] == str(len(content["body"])).encode()
    return start["status"], json.loads(content["body"])


def test_a_batch_is_acknowledged_by_its_id(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """New is 201, known is 200; both name the batch, and the log has no content."""
    receiver = Receiver(Inbox(tmp_path))
    headers = {b"content-length": str(len(PACK)).encode(), b"content-digest": digest_of(PACK)}
    with caplog.at_level(logging.INFO):
        assert told(ask(receiver, body(PACK[:9], PACK[9:], b""), headers=headers)) == (
            201, {"batch": ID},
        )  # fmt: skip
        headers[b"content-digest"] = b"md5=:x:,  " + digest_of(PACK)  # of others nothing is known
        assert told(ask(receiver, body(PACK), headers=headers)) == (200, {"batch": ID})
        assert told(ask(receiver, body(PACK))) == (200, {"batch": ID})
    assert f"batch {ID}: {len(PACK)} bytes, status 201" in caplog.text
    assert "planted" not in caplog.text


@pytest.mark.parametrize(
    ("messages", "request_", "status"),
    [
        (body(b"planted"), {}, 415),
        (body(PACK), {"path": "/"}, 404),
        (body(PACK), {"path": "/batches/planted"}, 400),
        (body(PACK), {"method": "GET"}, 405),
        (body(PACK), {"headers": {b"content-length": b"999999999"}}, 413),
        (body(PACK), {"headers": {b"content-length": b"-1"}}, 413),
        (body(PACK), {"headers": {b"content-length": b"9" * 5000}}, 413),
        (body(PACK), {"headers": {b"content-length": b"0" * 5000 + b"999999999"}}, 413),
        (body(PACK), {"headers": {b"content-length": b""}}, 413),
        (body(b"x" * 60_000, b"x" * 60_000, b""), {}, 413),
        (body(PACK), {"headers": {b"content-digest": digest_of(b"other")}}, 400),
        (body(PACK), {"headers": {b"content-digest": digest_of(PACK) + b", sha-256=:x:"}}, 400),
        (body(PACK), {"headers": {b"content-digest": b"sha-256=:x:"}}, 400),
        (body(b"\x8eANP", b"")[:1], {}, 408),
        ([{"type": "http.disconnect"}], {}, 400),
    ],
)
def test_each_refusal_has_its_status(
    tmp_path: Path,
    messages: list[dict[str, Any]],
    request_: dict[str, Any],
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Refusals say why in a word of their own, quote nothing, and store nothing."""
    receiver = Receiver(Inbox(tmp_path, most=100_000), seconds=0.05)
    sent = ask(receiver, messages, **request_)
    assert told(sent)[0] == status
    assert list(told(sent)[1]) == ["error"]
    assert (b"allow", b"POST") in sent[0]["headers"] or status != 405
    assert "planted" not in str(told(sent)[1])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    """When the disk is at fault, the sender hears 507 and keeps the batch."""
    receiver = Receiver(Inbox(tmp_path / "inbox"))
    (tmp_path / "inbox").rmdir()
    assert told(ask(receiver, body(PACK)))[0] == 507


def test_what_is_no_file_is_no_copy(tmp_path: Path) -> None:
    """A folder or pipe of a batch's name is no batch that was stored: nothing is acknowledged."""
    for make in (Path.mkdir, os.mkfifo):
        inbox = Inbox(tmp_path / make.__name__)
        make(inbox.folder / f"{ID}.anon")
        with pytest.raises(OSError, match="is no file|directory"):
            inbox.put(ID, PACK)
        assert told(ask(Receiver(inbox), body(PACK)))[0] == 507


def test_it_starts_and_stops_with_its_server(tmp_path: Path) -> None:
    """The lifespan messages are answered, and websockets are not."""
    receiver = Receiver(Inbox(tmp_path))
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    assert ask(receiver, messages, kind="lifespan") == [
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
    ]
    assert ask(receiver, [], kind="websocket") == []
