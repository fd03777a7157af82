"""Custom log formats: what servers write under them, and what shall leave, told value by value.

Written from the documents of Apache and nginx: a row is rendered from values whose result under the
preset `weblog` stands beside them, so nothing here reads a line.
"""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0"


class Directive(NamedTuple):
    """A directive: Apache's and nginx's text for it, and values with what leaves of each.

    Args:
        apache, nginx: Its text; empty where a server has none.
        values: What may stand there, and what the preset `weblog` leaves of it.
        dropped: Whether any text at all may stand there, and goes.
    """

    apache: str
    nginx: str
    values: tuple[tuple[str, str], ...]
    dropped: bool = False


_UNKNOWN = (("secret-of-ada", "-"), ("x", "-"), ("-", "-"), ("a/b?c=d", "-"))
_ADDRESSES = (
    ("203.0.113.77", "203.0.113.0"), ("2001:db8:1:2::3", "2001:db8:1::"), ("-", "-"),
    ("203.0.113.0", "203.0.113.0"),
)  # fmt: skip
_NUMBERS = (("0", "0"), ("2326", "2326"), ("-", "-"), ("9" * 12, "9" * 12))
_PATHS = (
    ("/", "/"), ("/users/4711?q=ada", "/users/:id"), ("/a.html#x", "/a.html"), ("/a/b", "/a/b"),
)  # fmt: skip
DIRECTIVES = (
    Directive("%h", "$remote_addr", _ADDRESSES),
    Directive("%a", "$realip_remote_addr", _ADDRESSES),
    Directive("%{c}a", "${remote_addr}", _ADDRESSES),
    Directive("%l", "", _UNKNOWN, dropped=True),
    Directive("%u", "$remote_user", (("ada", "-"), ("-", "-"), ("DOM_ada", "-"))),
    Directive("%>s", "$status", (("200", "200"), ("404", "404"), ("-", "-"))),
    Directive("%<s", "$status", (("200", "200"), ("-", "-"))),
    Directive("%b", "$body_bytes_sent", _NUMBERS),
    Directive("%O", "$bytes_sent", _NUMBERS),
    Directive("%I", "$request_length", _NUMBERS),
    Directive("%D", "", _NUMBERS),
    Directive("%{ms}T", "$request_time", (*_NUMBERS, ("0.123", "0.123"))),
    Directive("%m", "$request_method", (("GET", "GET"), ("-", "-"), ("M-SEARCH", "M-SEARCH"))),
    Directive("%H", "$server_protocol", (("HTTP/1.1", "HTTP/1.1"), ("-", "-"))),
    Directive("%U%q", "$request_uri", _PATHS),
    Directive("%U", "$uri$is_args$args", _PATHS[:1] + _PATHS[3:]),
    Directive("%v", "$server_name", (("shop.example", "shop.example"), ("-", "-"))),
    Directive("%{Host}i", "$http_host", (("shop.example:8443", "shop.example:8443"), ("-", "-"))),
    Directive("%p", "$server_port", (("443", "443"), ("-", "-"))),
    Directive("%{remote}p", "$remote_port", (("51234", "-"), ("-", "-"))),
    Directive(
        "%t", "[$time_local]", (("[10/Oct/2026:13:55:36 +0200]", "[10/Oct/2026:13:55:00 +0200]"),)
    ),
    Directive("%{%Y-%m-%d}t", "", (("2026-10-10",) * 2,)),
    Directive("%{begin:%H:%M:%S}t", "", (("13:55:36", "13:55:00"),)),
    Directive("%{usec}t", "$msec", (("-", "-"),)),
    Directive("%{msec_frac}t", "", (("123", "000"),)),
    Directive("", "$time_iso8601", (("2026-10-10T13:55:36+02:00", "2026-10-10T13:55:00+02:00"),)),
    Directive(
        "%r",
        "$request",
        (
            ("GET /users/4711?q=ada HTTP/1.1", "GET /users/:id HTTP/1.1"),
            ("POST / HTTP/2.0", "POST / HTTP/2.0"),
        ),
    ),
    Directive(
        "%{Referer}i",
        "$http_referer",
        (("https://example.org/a?q=ada", "https://example.org/a"), ("-", "-")),
    ),
    Directive(
        "%{User-Agent}i",
        "$http_user_agent",
        ((AGENT, "Firefox/138 (Linux)"), ("-", "-"), ("secret-of-ada", "__other__")),
    ),
    Directive(
        "%400,501{X-Forwarded-For}i",
        "$http_x_forwarded_for",
        (("203.0.113.77", "203.0.113.0"), ("-", "-")),
    ),
    Directive("%{Cookie}i", "$http_cookie", _UNKNOWN, dropped=True),
    Directive("%{sid}C", "$cookie_sid", _UNKNOWN, dropped=True),
    Directive("%!200{X-Account}i", "$http_x_account", _UNKNOWN, dropped=True),
    Directive("%{Set-Cookie}o", "$sent_http_set_cookie", _UNKNOWN, dropped=True),
    Directive("%{UNIQUE_ID}e", "$request_id", _UNKNOWN, dropped=True),
    Directive("%{note}n", "$upstream_addr", _UNKNOWN, dropped=True),
    Directive("%f", "$document_root", _UNKNOWN, dropped=True),
    Directive("%L", "$connection", _UNKNOWN, dropped=True),
    Directive("%X", "$pipe", _UNKNOWN, dropped=True),
    Directive("%R", "$ssl_cipher", _UNKNOWN, dropped=True),
    Directive("%{SSL_CLIENT_S_DN}x", "$ssl_client_s_dn", _UNKNOWN, dropped=True),
)
# What stands before and behind a column, and what goes between two.
FRAMES = (("", ""), ('"', '"'), ("[", "]"), ("<", ">"))
BETWEEN = (" ", " ", " ", "\t", "|", " - ", " x=", ";")


class Row(NamedTuple):
    """A log format, a line that a server writes under it, and what shall leave of the line."""

    log_format: str
    line: str
    left: str


class Cell(NamedTuple):
    """One directive in its place, and the character that ends it."""

    directive: Directive
    before: str
    after: str
    stop: str


@st.composite
def layouts(draw: st.DrawFn, size: int = 7) -> tuple[str, list[Cell]]:
    """Draw a log format of Apache or nginx, and its cells."""
    nginx = draw(st.booleans())
    usable = [d for d in DIRECTIVES if (d.nginx if nginx else d.apache)]
    chosen = draw(st.lists(st.sampled_from(usable), min_size=1, max_size=size))
    text, cells = "", []
    for index, directive in enumerate(chosen):
        opened, closed = draw(st.sampled_from(FRAMES))
        between = draw(st.sampled_from(BETWEEN)) if index < len(chosen) - 1 else ""
        word = directive.nginx if nginx else directive.apache
        frame = "[" if word in ("%t", "[$time_local]") else opened
        stop = "]" if frame == "[" and not opened else (closed or between)[:1]
        text += f"{opened}{word}{closed}{between}"
        cells.append(Cell(directive, opened, closed + between, stop))
    return text, cells


def rendered(draw: st.DrawFn, text: str, cells: list[Cell]) -> Row:
    """Render one row with drawn values."""
    line = left = ""
    for cell in cells:
        usable = [v for v in cell.directive.values if fits(v[0], cell.stop)]
        value, result = draw(st.sampled_from(usable)) if usable else ("-", "-")
        if not fits(result, cell.stop):
            result = "-"  # the columns that make such texts stay behind alone
        line += cell.before + value + cell.after
        left += cell.before + result + cell.after
    return Row(text, line, left)


def fits(value: str, stop: str) -> bool:
    """Tell whether a server's value ends where the column does."""
    if value.startswith("["):
        return True  # a time: its brackets belong to the format
    if value.count(" ") == 2 and value.endswith(("/1.1", "/2.0")):
        return True  # a request: three words
    return (stop or " ") not in value and "\t" not in value


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Draw a log format and a line under it."""
    text, cells = draw(layouts())
    return rendered(draw, text, cells)
