"""The collector: what a request costs beside one to an empty ASGI application, under uvicorn.

Both run in a process of their own, with access logs off, and are asked by turns over connections
that stay open. What is compared is the CPU time of the server: reading the request, the
application, and the answer. The empty application reads the body and answers with nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
from measure import Line, ratios

import anonkit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from uvicorn.config import HTTPProtocolType

    from anonkit.asgi import Receive, Scope, Send

ROOT = Path(__file__).parents[1]
NETWORKS = ROOT / "tests" / "vectors" / "maxmind" / "GeoIP2-City-Test.mmdb"
REQUESTS = 400
ROUNDS = 9
# uvicorn's parsers: in Python, and in C. The less it takes by itself, the more the rest counts, and
# half of ours is the way to a thread and back, so that a slow disk keeps nobody else waiting.
PARSERS = {"h11": 3, "httptools": 5}
HEADERS = {
    "Content-Type": "application/x-ndjson",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0",
    "Accept-Language": "de-DE,de;q=0.8,en;q=0.5",
    "X-Forwarded-For": "81.2.69.160",
}
EVENT: dict[str, Any] = {
    "type": "page_change", "at": "2026-05-11T09:02:44Z", "user": "ada", "session": "s-900",
    "page": "orders", "previous": "start", "step": 3, "duration": 4.2,
}  # fmt: skip
VIEW: dict[str, Any] = {
    "type": "page_view", "at": "2026-05-11T09:02:44Z", "page": "orders", "screen_width": 1920,
    "screen_height": 1080,
}  # fmt: skip


async def empty(_scope: Scope, receive: Receive, send: Send) -> None:
    """Read a body and answer with nothing."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


def collector() -> Any:
    """Return a collector whose records go nowhere, with all that it can look up."""
    from anonkit import Keyring, Pipeline
    from anonkit.integrations.collector import Collector, Sink
    from anonkit.integrations.places import Places
    from anonkit.records import APP_EVENTS, PageView

    sink = Sink(Pipeline([*APP_EVENTS, PageView], keys=Keyring.generate()), len)
    return Collector(sink, places=Places(NETWORKS, cities={2643743}), trusted=["127.0.0.0/8"])


def serve(name: str, parser: HTTPProtocolType) -> None:
    """Run one of the applications, and say at `GET /cpu` how much CPU time it took so far."""
    import uvicorn

    inner = empty if name == "empty" else collector()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/cpu":
            body = str(time.process_time()).encode()
            length = [(b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": length})
            await send({"type": "http.response.body", "body": body})
        else:
            await inner(scope, receive, send)

    config = uvicorn.Config(
        app, port=0, http=parser, log_level="critical", access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    started = server.startup

    async def startup(sockets: Any = None) -> None:
        await started(sockets=sockets)
        print(server.servers[0].sockets[0].getsockname()[1], flush=True)

    server.startup = startup  # type: ignore[method-assign]
    server.run()


@contextmanager
def running(name: str, parser: str) -> Iterator[HTTPConnection]:
    """Run an application in a process of its own; a connection to it."""
    paths = os.pathsep.join([str(Path(anonkit.__file__).parents[1]), str(Path(__file__).parent)])
    process = subprocess.Popen(
        [sys.executable, __file__, name, parser],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
        cwd=tempfile.gettempdir(),
    )
    try:
        told = process.stdout.readline() if process.stdout else b""
        connection = HTTPConnection("127.0.0.1", int(told))
        yield connection
        connection.close()
    finally:
        process.terminate()
        process.wait()


def spent(connection: HTTPConnection) -> float:
    """Return the CPU seconds that a server has taken so far."""
    connection.request("GET", "/cpu")
    return float(connection.getresponse().read())


def posting(connection: HTTPConnection, body: bytes, count: int) -> Callable[[], float]:
    """Return what posts a body several times and gives the CPU seconds of the server."""

    def post() -> float:
        before = spent(connection)
        for _ in range(count):
            connection.request("POST", "/events", body, HEADERS)
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (202, 204):
                sys.exit(f"a request failed with status {answer.status}")
        return spent(connection) - before

    return post


def run() -> Iterator[Line]:
    """Yield the figures of the collector."""
    event, view = msgspec.json.encode(EVENT), msgspec.json.encode(VIEW)
    cases = {
        "one event": (event, REQUESTS, 1),
        "one page view, with its place": (view, REQUESTS, 1),
        "100 events": (b"\n".join([event] * 100), REQUESTS // 8, 100),
    }
    for parser, target in PARSERS.items():
        with ExitStack() as stack:
            floor, ours = (
                stack.enter_context(running(name, parser)) for name in ("empty", "collector")
            )
            for name, (body, count, events) in cases.items():
                posting(floor, body, count)(), posting(ours, body, count)()
                found = ratios(
                    posting(floor, body, count), {name: posting(ours, body, count)}, rounds=ROUNDS
                )[name]
                baseline = f"an empty ASGI application, uvicorn with {parser}"
                goal = target if events == 1 else None
                yield Line(f"{name}, {parser}", found, "x", goal, baseline)
                if events > 1:
                    yield Line(f"{name}, {parser}, each", found / events, "x", 0.2, baseline)


if __name__ == "__main__":
    serve(sys.argv[1], cast("HTTPProtocolType", sys.argv[2]))
