"""What a request tells of its visitor, read once and in memory: browser, device, language, address.

The address of the connection is the visitor's, unless it belongs to a proxy that is trusted: then
the forwarded header is read from its end, past every trusted address, since each proxy appends the
one it saw and whatever stands before was written by the visitor. What cannot be read there is no
address: a guess would place the visitor where the proxy is.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple

from anonkit.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anonkit.asgi import Scope

# RFC 9110, section 9, and RFC 5789; any other is a word of the client's.
METHODS = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
)
# What is read of a header, bytes: no browser sends more, and lists of proxies are short.
LONGEST = 2048
# `203.0.113.77:4711`, `[2001:db8::1]`, `[2001:db8::1]:4711`: some proxies append the port.
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")
# RFC 9110, section 12.5.4; what browsers want most stands first.
_LANGUAGE = re.compile(r"[ \t]*([A-Za-z]{2,3})(?=[-_,; \t]|\Z)")
# Tablets and televisions say what telephones and desktops say too, so they come first. Android says
# `Mobile` on a telephone alone: https://developer.chrome.com/docs/multidevice/user-agent.
_DEVICES = {
    "tv": re.compile(r"smart[-_]?tv|apple ?tv|google ?tv|hbbtv|bravia|roku|crkey"),
    "tablet": re.compile(r"ipad|tablet|kindle|silk/|playbook|android(?!.{0,200}mobi)"),
    "phone": re.compile(r"mobi|iphone|ipod|windows phone|blackberry"),
    "desktop": re.compile(r"windows nt|macintosh|x11|cros "),
}


class Request(NamedTuple):
    """What was taken out of a scope.

    Args:
        method: How it asked, or `-` for what is no method of HTTP.
        path: What it asked for.
        headers: Its headers, names in lower case.
        client: The address of the connection.
    """

    method: str
    path: str
    headers: Sequence[tuple[bytes, bytes]]
    client: str | None

    def header(self, name: bytes) -> str:
        """Return the start of a header, as Latin-1; nothing when it is not there."""
        found = next((value for key, value in self.headers if key == name), b"")
        return found[:LONGEST].decode("latin-1")


def take(scope: Scope) -> Request:
    """Take a request out of its scope, and leave nothing there that a server could log.

    Servers write their access logs from the same scope, after the application has answered.
    """
    client = scope.get("client")
    method = scope.get("method", "-")
    request = Request(
        method if method in METHODS else "-",
        scope.get("path", ""),
        scope.get("headers", ()),
        client[0] if client else None,
    )
    scope.update(client=None, headers=[], method=request.method, path="/", raw_path=b"/")
    scope.update(query_string=b"", subprotocols=[])
    return request


class Proxies:
    """Knows whose word about an address is taken.

    Args:
        trusted: Networks or addresses of the proxies in front: `10.0.0.0/8`, `192.0.2.7`.
        header: The header in which they name whom they saw, as a list with the newest last.

    Raises:
        PolicyError: An entry is no network.
    """

    def __init__(self, trusted: Iterable[str], header: str) -> None:
        self._networks = []
        for number, network in enumerate(trusted):
            try:
                self._networks.append(ip_network(network))
            except ValueError:
                raise PolicyError(
                    f"trusted[{number}]", "not a network", hint="such as 10.0.0.0/8"
                ) from None
        self._header = header.lower().encode("ascii")

    def visitor(self, request: Request) -> str | None:
        """Return the address of the visitor, or None when it is not known."""
        seen = _address(request.client or "")
        if seen is None or not self._trusts(seen):
            return None if seen is None else str(seen)
        forwarded = b",".join(value for name, value in request.headers if name == self._header)
        # What was appended last is what can be trusted; an entry that the cut halves is none.
        entries = forwarded[-LONGEST:].split(b",")[len(forwarded) > LONGEST :]
        for entry in reversed(entries):
            seen = _address(entry.decode("latin-1"))
            if seen is None or not self._trusts(seen):
                return None if seen is None else str(seen)
        return None

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    if match := _WITH_PORT.fullmatch(text):
        text = match[1] or match[2]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def language_of(said: object) -> str | None:
    """Return the first language of `Accept-Language`, or of a tag such as `de-DE`: `de`."""
    match = _LANGUAGE.match(said) if isinstance(said, str) else None
    return match[1].lower() if match else None


def device_of(agent: object) -> str | None:
    """Return the type of device that a user agent announces, or None."""
    text = agent[:LONGEST].lower() if isinstance(agent, str) else ""
    return next((device for device, form in _DEVICES.items() if form.search(text)), None)
