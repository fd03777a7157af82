"""The other end of `Https`, as an ASGI application: for tests, and as the vendor's start.

    from anonkit.send.inbox import Inbox
    from anonkit.send.receiver import Receiver

    app = Receiver(Inbox("inbox"))   # uvicorn module:app

    POST /batches/ID    the bytes of one batch
    201                 {"batch": "ID"}: it is on disk
    200                 {"batch": "ID"}: it was there already, whatever its bytes are now
    400, 404, 405       no batch's address, or bytes that are not those of Content-Digest
    408, 413            too slow, too large
    415, 422            neither an envelope nor a pack, or a damaged pack
    507                 the folder cannot be written: to be tried again

It asks nobody who they are: whoever has the address may post. Put it behind what does.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any, Final

from anonkit.send.inbox import Inbox, Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PREFIX: Final = "/batches/"
# To send a batch in, whatever its size, seconds.
SECONDS = 60.0
LOG = logging.getLogger("anonkit.send")


class Receiver:
    """Stores what is posted. Its log has ids, sizes and statuses, and nothing of the content.

    Args:
        inbox: Where batches are kept.
        seconds: How long one may take to arrive.
    """

    def __init__(self, inbox: Inbox, *, seconds: float = SECONDS) -> None:
        self._inbox = inbox
        self._seconds = seconds

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer one request (ASGI 3.0)."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":  # a websocket, which the server then refuses
            return
        batch, size = "", 0
        try:
            batch = _batch(scope)
            data = await self._body(scope, receive)
            size = len(data)
            new = await asyncio.to_thread(self._inbox.put, batch, data)
            status, said = (201 if new else 200), {"batch": batch}
        except Refused as refusal:
            status, said = refusal.status, {"error": refusal.problem}
        except OSError:
            status, said = 507, {"error": "the batch cannot be stored"}
        LOG.info("batch %s: %d bytes, status %d", batch or "-", size, status)
        await _answer(send, status, said)

    async def _body(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]]
    ) -> bytes:
        headers = dict(scope["headers"])
        most = self._inbox.most
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > most:
            raise Refused(f"a batch has at most {most} bytes", 413)
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Refused("the connection broke", 400)
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > most:
                        raise Refused(f"a batch has at most {most} bytes", 413)
        except TimeoutError:
            raise Refused("the batch came too slowly", 408) from None
        data = bytes(body)
        digest = headers.get(b"content-digest")
        if digest is not None and digest != digest_of(data):
            raise Refused("other bytes than Content-Digest says", 400)
        return data


def digest_of(data: bytes) -> bytes:
    """Return what Content-Digest says of some bytes (RFC 9530, section 2)."""
    return b"sha-256=:" + base64.b64encode(hashlib.sha256(data).digest()) + b":"


def _batch(scope: dict[str, Any]) -> str:
    """Return the id in the address; the inbox judges it."""
    path: str = scope["path"]
    if not path.startswith(PREFIX):
        raise Refused("not an address of this receiver", 404)
    if scope["method"] != "POST":
        raise Refused("batches are posted", 405)
    return path.removeprefix(PREFIX)


async def _lifespan(
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def _answer(
    send: Callable[[dict[str, Any]], Awaitable[None]], status: int, said: dict[str, str]
) -> None:
    body = json.dumps(said).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *([(b"allow", b"POST")] if status == 405 else []),  # noqa: PLR2004 - RFC 9110, 15.5.6
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
