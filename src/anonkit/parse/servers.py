"""What the directives of Apache and the variables of nginx say, by the columns of an access log.

Sources: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html (formats), mod_logio and mod_ssl;
https://nginx.org/en/docs/varindex.html. What has no column of its own gets one by its name, such as
`header_x_account`: a policy may keep it, and without a word about it, it is dropped.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from anonkit.errors import FormatError
from anonkit.parse import weblog
from anonkit.parse.column import Column, read_number, write_number
from anonkit.parse.layout import WORD, Group
from anonkit.parse.times import time_column

# How a column behaves beside fixed text:
#   text, url   any text, which ends where the fixed text begins
#   user        the same, but for spaces before a bracket or quote
#   address     an address; a port may follow behind a colon
#   list        addresses with commas between them
#   fixed       its shape says where it ends
#   time        the usual time: in brackets, the bracket does
#   host        its shape, but without a port where fixed text begins with a colon
#   request     method, target and protocol
Kind = Literal["text", "url", "user", "address", "list", "fixed", "time", "host", "request"]


class Said(NamedTuple):
    """What a directive says: a column, or the three of a request, and how it behaves."""

    kind: Kind
    part: Column | Group

    @property
    def name(self) -> str:
        """The name of the column; that of the request."""
        return self.part.name if isinstance(self.part, Column) else "request"


_NOT_A_NUMBER = "not a number"
_WHOLE = weblog.BYTES
_DECIMAL = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?|-")


def _read_decimal(text: str) -> float:
    whole, point, _ = text.partition(".")
    return float(text) if point else read_number(whole)


def _write_decimal(number: float) -> str:
    return write_number(number) if number == int(number) else f"{number:.6f}".rstrip("0")


def _text(name: str) -> Said:
    return Said("text", Column(name, WORD))


def _whole(name: str) -> Said:
    return Said("fixed", _WHOLE._replace(name=name))


_ADDRESS = weblog.CLIENT
_CLIENT = Said("address", _ADDRESS)
_USER = Said("user", weblog.USER)
_STATUS = Said("fixed", weblog.STATUS)
_BYTES = Said("fixed", weblog.BYTES)
_REQUEST = Said("request", weblog.REQUEST)
_TIME = Said("time", weblog.TIME)
_TARGET = Said("url", weblog.TARGET)
_REFERER = Said("url", weblog.REFERER)
_AGENT = Said("text", weblog.AGENT)
_QUERY = _text("query")
_COOKIE = _text("cookie")
# What clients sent, so that a port may follow, and an address stand for the name.
_HOST = Column(
    "vhost",
    rb"[0-9A-Za-z._-]{1,255}+(?::[0-9]{1,5})?",
    shape=re.compile(r"(?:[0-9A-Za-z._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"),
    rule="not a host",
)
_VHOST = Said("host", _HOST)
_PORT = Said("fixed", weblog.PORT)
_METHOD = Said(
    "fixed",
    weblog.METHOD._replace(shape=re.compile(r"[A-Z][A-Z-]{0,31}|-|__other__"), rule="not a method"),
)
_PROTOCOL = Said(
    "fixed",
    weblog.PROTOCOL._replace(shape=re.compile(r"[A-Z]{2,8}/[0-9.]{1,3}|-"), rule="not a protocol"),
)
# In microseconds, milliseconds or seconds: the directive decides, and the number stays in that.
_DURATION = Said(
    "fixed",
    Column(
        "duration",
        rb"(?:[0-9]{1,12}+(?:\.[0-9]{1,9}+)?+|-)",
        shape=_DECIMAL,
        rule=_NOT_A_NUMBER,
        reads=_read_decimal,
        writes=_write_decimal,
    ),
)
# RFC 7239 was to replace it and did not: a list of addresses, the client's first.
_FORWARDED = Said(
    "list",
    Column(
        "forwarded",
        rb"(?:[0-9A-Fa-f:.]{2,45}+(?:, ?[0-9A-Fa-f:.]{2,45}+){0,15}+|-)",
        quoted=True,
        careful=r'[^\s",]++(?:, ?[^\s",]++)*+',
    ),
)

_HEADERS = {
    "referer": _REFERER,
    "user-agent": _AGENT,
    "host": _VHOST,
    "cookie": _COOKIE,
    **dict.fromkeys(
        ("x-forwarded-for", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip",
         "cf-connecting-ip", "fastly-client-ip"),
        _FORWARDED,
    ),
}  # fmt: skip

# Directives without an argument, or whose argument does not change the column.
APACHE: dict[str, Said] = {
    "a": _CLIENT,
    "A": Said("address", _ADDRESS._replace(name="server")),
    "b": _BYTES,
    "B": _BYTES,
    "C": _COOKIE,
    "D": _DURATION,
    "e": _text("env"),
    "f": _text("file"),
    "h": _CLIENT,
    "H": _PROTOCOL,
    "i": _text("header"),
    "I": _whole("bytes_in"),
    "k": _whole("keepalive"),
    "l": Said("text", weblog.IDENT),
    "L": _text("log_id"),
    "m": _METHOD,
    "n": _text("note"),
    "o": _text("reply"),
    "O": _BYTES,
    "p": _PORT,
    "P": _text("process"),
    "q": _QUERY,
    "r": _REQUEST,
    "R": _text("handler"),
    "s": _STATUS,
    "S": _BYTES,
    "t": _TIME,
    "T": _DURATION,
    "u": _USER,
    "U": _TARGET,
    "v": _VHOST,
    "V": _VHOST,
    "x": _text("ssl"),
    "X": _text("connection"),
    "^FB": _whole("first_byte"),
    "^FU": _whole("first_byte"),
    "^ti": _text("trailer"),
    "^to": _text("reply_trailer"),
}
_NAMED = {"e", "n", "o", "x", "^ti", "^to"}  # by what stands in the braces
_NEEDS_NAME = _NAMED | {"i", "C"}
_TIMES = {"sec": "%s", "msec": "%3", "usec": "%6"}
_FRACTIONS = {"msec_frac": "000", "usec_frac": "000000"}

NGINX: dict[str, Said] = {
    "args": _QUERY,
    "body_bytes_sent": _BYTES,
    "bytes_sent": _BYTES,
    "document_uri": _TARGET,
    "host": _VHOST,
    "is_args": _QUERY,
    "msec": Said("fixed", time_column("%3s")),
    "proxy_protocol_addr": _CLIENT,
    "query_string": _QUERY,
    "realip_remote_addr": _CLIENT,
    "remote_addr": _CLIENT,
    "remote_port": Said("fixed", weblog.PORT._replace(name="client_port")),
    "remote_user": _USER,
    "request": _REQUEST,
    "request_length": _whole("bytes_in"),
    "request_method": _METHOD,
    "request_time": _DURATION,
    "request_uri": _TARGET,
    "scheme": Said(
        "fixed", Column("protocol", rb"https?", shape=re.compile("https?|-"), rule="not a protocol")
    ),
    "server_addr": Said("address", _ADDRESS._replace(name="server")),
    "server_name": _VHOST,
    "server_port": _PORT,
    "server_protocol": _PROTOCOL,
    "status": _STATUS,
    "time_iso8601": Said("fixed", time_column("%Y-%m-%dT%H:%M:%S%:z")),
    "time_local": _TIME,
    "uri": _TARGET,
}

# Pairs with nothing between them that are one column: a path and its query; …
ONE = {("target", "query"), ("query", "query")}
# … and those that tell each other apart: no host or port has the slash that a path begins with.
APART = {("vhost", "target"), ("port", "target")}


def apache(letter: str, argument: str | None, place: str) -> Said:
    """Return what a directive of Apache says.

    Raises:
        FormatError: There is no such directive.
    """
    if letter not in APACHE:
        raise FormatError(
            f"the log format has {place!r}, which is no directive of Apache",
            hint="%% stands for a percent sign",
        )
    if (argument or "") == "" and letter in _NEEDS_NAME:
        raise FormatError(f"the log format has {place!r} without a name in braces")
    if letter == "i":
        return _header(argument or "")
    if letter in _NAMED:
        return _text(f"{APACHE[letter].name}_{_plain(argument or '')}")
    if letter == "p" and argument == "remote":
        return NGINX["remote_port"]
    if letter == "t" and argument is not None:
        return _time(argument, place)
    return APACHE[letter]


def nginx(name: str, place: str) -> Said:  # noqa: ARG001 - as the other
    """Return what a variable of nginx says; one of the site's own has a column by its name."""
    if name in NGINX:
        return NGINX[name]
    if name.startswith("http_"):
        return _header(name.removeprefix("http_").replace("_", "-"))
    if name.startswith(("cookie_", "upstream_cookie_")):
        return _COOKIE
    if name.startswith("arg_"):
        return _QUERY
    for prefix in ("sent_http_", "upstream_http_"):
        if name.startswith(prefix):
            return _text(f"reply_{name.removeprefix(prefix)}")
    return _text(_plain(name))


def _header(name: str) -> Said:
    return _HEADERS.get(name.lower()) or _text(f"header_{_plain(name)}")


def _plain(name: str) -> str:
    """Return a name that a policy can say."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:64] or "unnamed"


def _time(form: str, place: str) -> Said:
    form = form.removeprefix("begin:").removeprefix("end:")
    if form in _FRACTIONS:
        # Finer than a second: no preset keeps it, and zeros leave the time readable.
        digits = len(_FRACTIONS[form])
        shape = re.compile(rf"[0-9]{{{digits}}}|-")
        column = Column("time_fraction", rb"[0-9]{%d}" % digits, shape=shape, rule=_NOT_A_NUMBER)
        return Said("fixed", column._replace(absent=_FRACTIONS[form]))
    try:
        column = time_column(_TIMES.get(form, form), "zone" if form == "%z" else "time")
    except FormatError as error:
        problem = f"the log format has {place!r}: {error.problem}"
        raise FormatError(problem, hint=error.hint) from None
    return Said("fixed", column)
