"""An application in the cloud: raw events over HTTP, anonymized on arrival, the vendor's view."""

from __future__ import annotations

import asyncio
import logging
import socket
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from post import Site, read

from anonkit import Event, Keyring, Pipeline
from anonkit.integrations.collector import Collector
from anonkit.integrations.places import Places
from anonkit.records import APP_EVENTS, PageView
from anonkit.seal import VendorKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EVENTS = Path(__file__).parent / "data" / "events.ndjson"
# Test data of MaxMind's, with a few hundred networks: yours is bought or licensed from them.
NETWORKS = Path(__file__).parents[1] / "tests" / "vectors" / "maxmind" / "GeoIP2-City-Test.mmdb"
LONDON = 2643743  # `large_cities` makes a list of such numbers
# Classes, not a table: what anybody can send in is held to the types of its fields too.
RECORDS: tuple[type[Event], ...] = (*APP_EVENTS, PageView)
PURPOSES = ("usage", "performance", "stability", "feedback")
# Whoever connects from here is our own proxy, and says who connected to it.
PROXIES = ("127.0.0.0/8",)
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:138.0) Gecko/20100101 Firefox/138.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1"
)


class Raw(NamedTuple):
    """A request as it comes: everything in it is personal until it was treated."""

    body: bytes
    headers: dict[str, str]
    path: str = "/events"


def view(page: str, width: int, height: int) -> bytes:
    """Return a page view as a browser's script sends it."""
    said = {"page": page, "screen_width": width, "screen_height": height}
    return msgspec.json.encode({"type": "page_view", "at": "2026-05-11T09:02:44Z"} | said)


def requests() -> Iterator[Raw]:
    """Return what browsers send in: page views, and the bundled events one by one."""
    for address, agent, language, size in (
        ("81.2.69.160", WINDOWS, "en-GB,en;q=0.8", (1920, 1080)),
        ("81.2.69.161", IPHONE, "en-GB", (390, 844)),
        ("89.160.20.112", WINDOWS, "sv-SE,sv", (2560, 1440)),
    ):
        browser = {"User-Agent": agent, "Accept-Language": language, "Cookie": "sid=lovelace-4711"}
        headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
        yield Raw(view("orders", *size), headers | browser)
    for event in EVENTS.read_bytes().splitlines():
        yield Raw(event, {"Content-Type": "application/x-ndjson", "Cookie": "sid=lovelace-4711"})
    yield Raw(b"", {"Content-Type": "application/json"}, path="/ada.lovelace?mail=ada@example.org")


@contextmanager
def served(app: Collector, log: list[str]) -> Iterator[Callable[[Raw], int]]:
    """Serve an application on loopback with uvicorn, and say what it writes in its access log."""
    import uvicorn

    handler = logging.Handler()
    handler.emit = lambda record: log.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("uvicorn.access").addHandler(handler)
    logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, log_config=None, proxy_headers=False, lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)

        def post(raw: Raw) -> int:
            connection = HTTPConnection("127.0.0.1", listening.getsockname()[1])
            connection.request("POST", raw.path, raw.body, raw.headers)
            status = connection.getresponse().status
            connection.close()
            return status

        yield post
        server.should_exit = True
        thread.join()


def called(app: Collector, raw: Raw) -> int:
    """Hand a request to an application as a server does, where there is no server."""
    status: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw.body}

    async def send(message: dict[str, Any]) -> None:
        status.append(message.get("status", 0))

    headers = [(k.lower().encode(), v.encode()) for k, v in raw.headers.items()]
    path, _, query = raw.path.partition("?")
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": path,
        "query_string": query.encode(), "headers": headers, "client": ("127.0.0.1", 9),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return status[0]


def main() -> None:
    """Post raw requests, and answer what the vendor asks of what came of them."""
    key = VendorKey.generate()
    pipeline = Pipeline(RECORDS, keys=Keyring.generate())
    places = Places(NETWORKS, cities={LONDON}) if find_spec("maxminddb") else None
    log: list[str] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Site(Path(folder), pipeline, key.recipient) as site,
    ):
        site.agree(*PURPOSES)
        app = Collector(site.outbox, places=places, trusted=PROXIES)
        if find_spec("uvicorn"):
            with served(app, log) as post:
                answers = Counter(post(raw) for raw in requests())
        else:
            answers = Counter(called(app, raw) for raw in requests())
        envelopes = site.send()

    records = read(envelopes, key)
    print("answers:", ", ".join(f"{count} times {status}" for status, count in answers.items()))
    print("access log, each line once:", *sorted(set(log)), sep="\n  ")
    print(f"{len(records)} records came in {len(envelopes)} envelopes")
    for record in records:
        if record["type"] == "page_view":
            print(msgspec.json.encode(record).decode())


if __name__ == "__main__":
    main()
