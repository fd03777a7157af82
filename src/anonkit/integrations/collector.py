"""Raw events in over HTTP, anonymized before anything is kept: an ASGI application (docs/cloud.md).

    from anonkit.integrations.collector import Collector
    from anonkit.integrations.places import Places

    app = Collector(outbox, places=Places("GeoLite2-City.mmdb"))   # uvicorn module:app

    POST /events        a JSON object, an array of them, or NDJSON
    202                 {"kept": 2, "withheld": 1}
    400                 not JSON, not whole, or no value that is kept: nothing of it is kept
    404, 405            another address, another method
    408, 413            too slow; a body, a line or a number of records that is too large
    415                 another content type, or a compressed body
    500, 503            cannot be kept; busy: to be tried again

The law: the address of a visitor, the headers, the query and the body are in memory while the
request lasts, and nowhere else. Answers are fixed sentences, the log has statuses and counts. The
scope, from which servers write their access logs, is emptied before anything else happens, and
`nameless` stands before what uvicorn logs by itself.

Only what is anonymized reaches a sink: records go through the pipeline of a `Sink`, or through that
of an outbox, which also asks its ledger of consent. Whoever has the address may post.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import msgspec

from anonkit import asgi
from anonkit.errors import AnonkitError, PackError
from anonkit.integrations.nameless import hush
from anonkit.integrations.places import NOWHERE, Place
from anonkit.integrations.visitor import Proxies, device_of, language_of, take

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from anonkit.asgi import Receive, Scope, Send
    from anonkit.integrations.visitor import Request
    from anonkit.pipeline import Input, Pipeline
    from anonkit.policy import Policy

LOG = logging.getLogger("anonkit.integrations")

_JSON: Final = b"application/json"
_NDJSON: Final = frozenset({b"application/x-ndjson", b"application/ndjson", b"application/jsonl"})
_SAID: Final = {
    400: "not JSON, not whole, or no value that is kept",
    404: "not an address of this application",
    405: "events are posted",
    408: "too slow",
    413: "too large",
    415: "not JSON or NDJSON, or compressed",
    500: "cannot be kept",
    503: "cannot be kept now",
}
_LONGEST_NUMBER: Final = 18
# What a visitor is told by.
_TOLD: Final = frozenset({"agent", "device", "language", *Place._fields})
_RAW: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Limits(NamedTuple):
    """How much one client may ask for. What waits in memory is at most `at_once` times `body`.

    Args:
        body: Bytes of a request's body.
        line: Bytes of one record.
        records: Records in one request.
        at_once: Requests at a time; a further one is told to come again.
        seconds: For a body to arrive.
    """

    body: int = 256 << 10
    line: int = 64 << 10
    records: int = 1000
    at_once: int = 64
    seconds: float = 10.0


class Keeper(Protocol):
    """What anonymizes records and keeps what may leave: an outbox, or a `Sink`."""

    @property
    def policy(self) -> Policy:
        """What becomes of records."""

    def record_all(self, events: Iterable[Input]) -> int:
        """Anonymize records and keep them, all or none; return how many may leave."""


class Sink:
    """Anonymizes records and hands them on, for those who keep them otherwise than in an outbox.

    Args:
        pipeline: What becomes of records.
        write: Called with JSON objects, one for each record that may leave; one call at a time.
        clock: What tells the time, with a zone; it chooses the period in force.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        write: Callable[[list[bytes]], object],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pipeline = pipeline
        self._write = write
        self._clock = clock
        self._lock = threading.Lock()

    @property
    def policy(self) -> Policy:
        """What becomes of records."""
        return self._pipeline.policy

    def record_all(self, events: Iterable[Input]) -> int:
        """Anonymize records and hand them on; return how many may leave.

        Raises:
            KeyringError: No key is in force now; start a period: `keyring.rotate(at=...)`.
        """
        with self._lock:
            self._pipeline = self._pipeline.at(self._clock())
            left = [line for e in events if (line := self._pipeline.json(e)) is not None]
            if left:
                self._write(left)
        return len(left)


class Refused(Exception):  # noqa: N818 - an answer, not a fault of ours
    """A request that is answered with a status and its fixed sentence."""

    def __init__(self, status: int) -> None:
        super().__init__(_SAID[status])
        self.status = status


class Collector:
    """Takes events over HTTP, and says of their visitors only what the policy asks for.

    Args:
        keeper: An outbox, or a `Sink`.
        places: What finds the place of an address; without, nobody has one.
        visits: The record types in which a visitor is told: of `agent`, `device`, `language`,
            `country`, `region` and `city` those that the policy has. A place that a sender claims
            is never taken.
        trusted: The proxies in front whose word about an address is taken, as networks.
        forwarded: The header in which they name whom they saw, the newest last.
        path: The address that events are posted to.
        limits: How much one client may ask for.

    Raises:
        PolicyError: An entry of `trusted` is no network.
    """

    def __init__(
        self,
        keeper: Keeper,
        *,
        places: Callable[[str], Place] | None = None,
        visits: Collection[str] = ("page_view",),
        trusted: Iterable[str] = (),
        forwarded: str = "x-forwarded-for",
        path: str = "/events",
        limits: Limits | None = None,
    ) -> None:
        self._keeper = keeper
        self._places = places
        self._visits = {
            name: frozenset(path for path, field in record.fields.items() if not field.dropped)
            for name, record in keeper.policy.records.items()
            if name in visits
        }
        self._proxies = Proxies(trusted, forwarded)
        self._path = path
        self._limits = limits or Limits()
        self._busy = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3.0)."""
        if scope["type"] == "lifespan":
            hush()
            await asgi.lifespan(receive, send)
            return
        request = take(scope)
        if scope["type"] != "http":  # a websocket
            await send({"type": "websocket.close"})
            return
        kept = withheld = 0
        said: dict[str, Any]
        try:
            kept, withheld = await self._taken_in(request, receive)
            status, said = 202, {"kept": kept, "withheld": withheld}
        except asgi.Gone:  # there is nobody to answer
            LOG.info("broken off")
            return
        except Refused as refused:
            status, said = refused.status, {"error": str(refused)}
        LOG.info("status %d: %d kept, %d withheld", status, kept, withheld)
        await asgi.answer(send, status, said, () if status == 202 else _last(scope, status))  # noqa: PLR2004

    async def _taken_in(self, request: Request, receive: Receive) -> tuple[int, int]:
        limits = self._limits
        form = _form(request, self._path, limits.body)
        if self._busy >= limits.at_once:
            raise Refused(503)
        self._busy += 1
        try:
            body = await asgi.body(receive, most=limits.body, seconds=limits.seconds)
            return await asyncio.to_thread(self._keep, body, form, request)
        except asgi.Large:
            raise Refused(413) from None
        except asgi.Slow:
            raise Refused(408) from None
        finally:
            self._busy -= 1

    def _keep(self, body: bytes, form: bytes, request: Request) -> tuple[int, int]:
        """Anonymize the records of a body and keep them; return how many, and how many not."""
        records = _records(body, form, self._limits)
        status = 500
        try:
            self._tell(records, request)
            kept = self._keeper.record_all(records)
        except AnonkitError as failure:  # names places and rules, never values
            LOG.warning("cannot keep: %s", failure)
            # What cannot be packed cannot be packed tomorrow; a full disk has room again.
            status = 400 if isinstance(failure, PackError) else 503
        except Exception as failure:  # noqa: BLE001 - its message may quote a value
            LOG.warning("cannot keep: %s", type(failure).__name__)
        else:
            return kept, len(records) - kept
        raise Refused(status)

    def _tell(self, records: Sequence[dict[str, Any]], request: Request) -> None:
        """Say of a visit what is asked for; the address is looked up once and let go of."""
        visits = [
            (record, self._visits[name])
            for record in records
            if isinstance(name := record.get("type"), str) and name in self._visits
        ]
        if not visits:
            return
        agent = request.header(b"user-agent")
        language = request.header(b"accept-language")
        address = self._proxies.visitor(request) if self._places is not None else None
        place = self._places(address) if self._places is not None and address else NOWHERE
        for record, fields in visits:
            told = {"agent": agent, "language": language} | {k: v for k, v in record.items() if v}
            told["device"] = told.get("device") or device_of(told["agent"])
            told["language"] = language_of(told["language"])
            told |= place._asdict()
            record.update((name, told[name]) for name in _TOLD & fields)


def _form(request: Request, path: str, most: int) -> bytes:
    """Return the content type of a request that may send its body."""
    if request.path != path:
        raise Refused(404)
    if request.method != "POST":
        raise Refused(405)
    form, length = b"", b"0"
    for name, value in request.headers:
        if name == b"content-type":
            form = value[:100].partition(b";")[0].strip().lower()
        elif name == b"content-encoding" and value.strip().lower() != b"identity":
            raise Refused(415)  # a compressed body may be a thousand times its size
        elif name == b"content-length":
            length = value
    if form != _JSON and form not in _NDJSON:
        raise Refused(415)
    if not length.isdigit():
        raise Refused(400)
    if len(length) > _LONGEST_NUMBER or int(length) > most:
        raise Refused(413)
    return form


def _records(body: bytes, form: bytes, limits: Limits) -> list[dict[str, Any]]:
    """Return the objects in a body; all are cut out, and measured, before the first is read."""
    try:
        pieces: list[Any]
        if form != _JSON:
            pieces = [line for line in body.split(b"\n") if line.strip()]
        elif body.lstrip()[:1] == b"[":
            pieces = _RAW.decode(body)
        else:
            pieces = [body]
        if len(pieces) > limits.records or any(
            memoryview(piece).nbytes > limits.line for piece in pieces
        ):
            raise Refused(413)
        records = [msgspec.json.decode(piece) for piece in pieces]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        records = [None]
    if not all(isinstance(record, dict) for record in records):
        raise Refused(400)
    return records


def _last(scope: Scope, status: int) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers of a refusal: it ends the connection, since a body may still be coming."""
    # HTTP/2 and later have no such header (RFC 9113, section 8.2.2).
    close = ((b"connection", b"close"),) if scope.get("http_version", "1").startswith("1") else ()
    return (*close, *(((b"retry-after", b"1"),) if status == 503 else ()))  # noqa: PLR2004
