"""HTTPS: a batch is posted to its own address, and the answer must name it. Needs `anonkit[http]`.

    POST URL/ID    the bytes of the batch, with their Content-Digest (RFC 9530)
    201, 200       {"batch": "ID"}: stored now, or stored before

An answer without the id is no acknowledgement: the login page of a hotel says 200, too.
"""

from __future__ import annotations

import json
import ssl
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, urlsplit

from anonkit.errors import SendError, Undelivered, Unusable
from anonkit.send.transport import digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# An acknowledgement has 50 bytes.
MOST_ANSWER: Final = 4096
STORED = (200, 201)
# The receiver understood and does not want this one (RFC 9110, section 15.5); others may do.
REFUSED = (400, 409, 413, 415, 422)
PROXIES = ("http", "https")
# Of seconds to wait: three years, which the outbox cuts down to its longest wait.
_MOST_DIGITS = 9
# Where a connection without TLS does not leave the machine.
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Https:
    """Posts batches to a receiver. No redirect is followed, and no certificate goes unchecked.

    Args:
        url: Where to; each batch's id is put behind it. `https:`, or `http:` on this machine.
        headers: What to send along, such as `{"Authorization": "Bearer …"}`.
        proxy: The proxy's URL; without, as the environment says (`HTTPS_PROXY`, `NO_PROXY`).
        authorities: A file of certificates (PEM) to trust in place of the system's.
        seconds: For each step: to connect, to send a piece, to wait for the next; and six times
            that for the whole.

    Raises:
        Unusable: The URL is not one to send to, or the extra is not installed.
        SendError: The file of certificates cannot be read.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        proxy: str | None = None,
        authorities: Path | None = None,
        seconds: float = 30.0,
    ) -> None:
        if find_spec("httpx") is None:
            raise Unusable("sending over HTTPS needs httpx", hint="pip install 'anonkit[http]'")
        parts = _split(url)
        schemes = ("https", "http") if parts.hostname in LOOPBACK else ("https",)
        if parts.scheme not in schemes:
            raise Unusable("a receiver's URL begins with https://")
        if not (url.isascii() and url.isprintable()) or " " in url:
            raise Unusable("a receiver's URL is ASCII without blanks")
        if proxy is not None and _split(proxy).scheme not in PROXIES:
            raise Unusable("a proxy's URL begins with http:// or https://")
        for name, value in (headers or {}).items():
            # What is wrong with them is not quoted: a header may be a password.
            if not all(part.isascii() and part.isprintable() for part in (name, value)):
                raise Unusable("headers are printable ASCII")
        if parts.query or parts.fragment or parts.username or parts.password:
            raise Unusable(
                "a receiver's URL has no user, query or fragment", hint="headers=, or --token-file"
            )
        self._url = url.rstrip("/")
        self._headers = dict(headers or {})
        self._seconds = seconds
        self._options: dict[str, Any] = {
            "verify": _trusting(authorities),
            "proxy": proxy,
            "trust_env": proxy is None and parts.scheme == "https",
            "timeout": seconds,
            "follow_redirects": False,
        }

    def deliver(self, batch: str, data: bytes) -> None:
        """Post a batch, and return once the receiver names it in its answer."""
        import httpx

        headers = self._headers | {
            "Content-Type": "application/octet-stream",
            "Content-Digest": digest_of(data).decode(),
        }
        problem = None
        try:
            # A client for each: batches are rare, and connections do not outlive a fork.
            with (
                httpx.Client(**self._options) as client,
                client.stream(
                    "POST", f"{self._url}/{batch}", content=data, headers=headers
                ) as answer,
            ):
                status, body = answer.status_code, self._read(answer)
                after = _seconds(answer.headers.get("retry-after", ""))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as failure:
            problem = _told(failure)
        except ValueError:  # all that is ours was checked
            problem = "the environment names a proxy that is none"
        if problem is not None:
            raise Undelivered(problem)
        if status not in STORED:
            raise Undelivered(
                f"the receiver answered {status}", refused=status in REFUSED, after=after
            )
        if _acknowledged(body) != batch:
            raise Undelivered(f"the receiver answered {status} and did not name the batch")

    def _read(self, answer: Any) -> bytes:
        """Return the beginning of an answer; nobody makes us read on for ever."""
        end = time.monotonic() + 6 * self._seconds
        body = b""
        for chunk in answer.iter_raw():
            body += chunk
            if len(body) > MOST_ANSWER or time.monotonic() > end:
                break
        return body

    def __repr__(self) -> str:
        return f"<Https {urlsplit(self._url).hostname}>"


def _split(url: str) -> SplitResult:
    """Return the parts of a URL; of what is none, or names no host, there are none."""
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    return parts if sound else urlsplit("")


def _trusting(authorities: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=authorities)
    except (OSError, ValueError):
        pass
    raise SendError(f"{authorities}: no certificates (PEM) to trust")


def _seconds(said: str) -> int:
    """Return what Retry-After says (RFC 9110, section 10.2.3); a date is not looked at."""
    return int(said) if said.isascii() and said.isdigit() and len(said) < _MOST_DIGITS else 0


def _acknowledged(body: bytes) -> Any:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer.get("batch") if isinstance(answer, dict) else None


def _told(failure: Exception) -> str:
    """Return what went wrong on the way; messages of others may quote addresses and headers."""
    import httpx

    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "the receiver's certificate is not trusted"
        cause = cause.__cause__ or cause.__context__
    if isinstance(failure, httpx.TimeoutException):
        return "the receiver did not answer in time"
    if isinstance(failure, httpx.ProxyError):
        return "the proxy refused"
    if isinstance(failure, httpx.ConnectError):
        return "the receiver cannot be reached"
    return "the connection broke"
