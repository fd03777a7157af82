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
import logging
from typing import TYPE_CHECKING, Final

from anonkit import asgi
from anonkit.send.inbox import Inbox, Refused
from anonkit.send.transport import digest_of

if TYPE_CHECKING:
    from anonkit.asgi import Receive, Scope, Send

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3.0)."""
        if scope["type"] == "lifespan":
            await asgi.lifespan(receive, send)
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
        await asgi.answer(send, status, said)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        headers = dict(scope["headers"])
        most = self._inbox.most
        declared = headers.get(b"content-length", b"0")
        # By its digits first: Python makes no number of more than 4,300.
        digits = declared.lstrip(b"0")
        if not declared.isdigit() or len(digits) > len(str(most)) or int(digits or b"0") > most:
            raise Refused(f"a batch has at most {most} bytes", 413)
        try:
            data = await asgi.body(receive, most=most, seconds=self._seconds)
        except asgi.Gone:
            raise Refused("the connection broke", 400) from None
        except asgi.Large:
            raise Refused(f"a batch has at most {most} bytes", 413) from None
        except asgi.Slow:
            raise Refused("the batch came too slowly", 408) from None
        digests = headers.get(b"content-digest", b"").split(b",")
        said = {part.strip() for part in digests if part.strip().startswith(b"sha-256=")}
        if not said <= {digest_of(data)}:
            raise Refused("other bytes than Content-Digest says", 400)
        return data


def _batch(scope: Scope) -> str:
    """Return the id in the address; the inbox judges it."""
    path: str = scope["path"]
    if not path.startswith(PREFIX):
        raise Refused("not an address of this receiver", 404)
    if scope["method"] != "POST":
        raise Refused("batches are posted", 405)
    return path.removeprefix(PREFIX)
