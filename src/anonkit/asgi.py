"""What our ASGI applications share: start and end, reading a body within bounds, short answers.

ASGI 3.0: https://asgi.readthedocs.io/en/latest/specs/www.html. No framework, no server.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]


class Slow(Exception):  # noqa: N818 - a state of the client
    """The body did not arrive in time."""


class Large(Exception):  # noqa: N818 - a state of the client
    """The body is larger than it may be."""


class Gone(Exception):  # noqa: N818 - a state of the client
    """The connection broke before the body was whole."""


async def lifespan(receive: Receive, send: Send) -> None:
    """Say yes to start and end, until the end."""
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def body(receive: Receive, *, most: int, seconds: float) -> bytes:
    """Return the body of a request; at most `most` bytes of it and one message are in memory.

    Raises:
        Slow: It took longer than `seconds`.
        Large: It has more than `most` bytes.
        Gone: It will never be whole.
    """
    data = bytearray()
    try:
        async with asyncio.timeout(seconds):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                data += message.get("body", b"")
                more = message.get("more_body", False)
                if len(data) > most:
                    raise Large
    except TimeoutError:
        raise Slow from None
    return bytes(data)


async def answer(
    send: Send,
    status: int,
    said: dict[str, Any],
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> None:
    """Answer a request with a small JSON object."""
    content = json.dumps(said).encode()
    head = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        *([(b"allow", b"POST")] if status == 405 else []),  # noqa: PLR2004 - RFC 9110, 15.5.6
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": content})
