"""What tests of ASGI applications share: a request handed over as a server does."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NDJSON = {b"content-type": b"application/x-ndjson"}
JSON = {b"content-type": b"application/json"}


class Answer(NamedTuple):
    """What an application answered, and what it left in the scope."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes
    scope: dict[str, Any]

    @property
    def said(self) -> Any:
        return json.loads(self.body)


def scope_of(
    headers: dict[bytes, bytes] | list[tuple[bytes, bytes]],
    *,
    path: str = "/events",
    method: str = "POST",
    client: tuple[str, int] | None = ("203.0.113.77", 4711),
    query: bytes = b"",
    version: str = "1.1",
) -> dict[str, Any]:
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    return {
        "type": "http", "http_version": version, "method": method, "path": path,
        "raw_path": path.encode("utf-8", "surrogateescape"), "query_string": query,
        "headers": pairs, "client": client,
    }  # fmt: skip


def in_pieces(body: bytes, size: int = 1 << 20) -> list[dict[str, Any]]:
    """Return a body as the messages of a server."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages[-1]["more_body"] = False
    return messages


async def ask(
    app: Callable[..., Any],
    scope: dict[str, Any],
    messages: Iterable[dict[str, Any]],
    *,
    delay: float = 0,
) -> Answer | None:
    """Return the answer to a request; after its messages nothing more comes, ever."""
    sent: list[dict[str, Any]] = []
    left = iter(messages)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(delay)
        for message in left:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if not sent:
        return None
    start, *rest = sent
    body = b"".join(message.get("body", b"") for message in rest)
    return Answer(start["status"], dict(start["headers"]), body, scope)


def answer(app: Callable[..., Any], body: bytes, **options: Any) -> Answer:
    """Return the answer to one whole request of NDJSON, or of what its options say."""
    headers = options.pop("headers", NDJSON)
    got = asyncio.run(ask(app, scope_of(headers, **options), in_pieces(body)))
    assert got is not None
    return got
