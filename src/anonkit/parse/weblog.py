r"""Access logs: common and combined of Apache and nginx, and combined with a host before it.

    203.0.113.77 - alice [10/Oct/2026:13:55:36 +0200] "GET /a?b=c HTTP/1.1" 200 2326 "-" "curl/8"

Source: Apache HTTP Server, mod_log_config, `%h %l %u %t "%r" %>s %b` and, for combined,
`"%{Referer}i" "%{User-agent}i"`; for vhost_combined, `%v:%p ` stands before it. Apache and nginx
write a quote inside a field as `\"` or `\x22`. Further fields, which many add behind the agent, are
of no known meaning: each becomes `-`, in quotes where it has them. Any other format is read by
`logformat`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anonkit.parse.column import (
    MONTHS,
    SECONDS,
    Column,
    read_number,
    read_time,
    write_number,
    write_status,
    write_time,
)
from anonkit.parse.layout import QUOTED, TEXT, WORD, Group, Layout

if TYPE_CHECKING:
    from collections.abc import Callable

RECORD = "web_request"

# The shape is all that is asked of a time that no stage reads; 60 is a leap second.
_TO_MINUTE = (
    rf"(?:0[1-9]|[12][0-9]|3[01])/(?:{'|'.join(MONTHS)})/[0-9]{{4}}:(?:[01][0-9]|2[0-3]):"
    r"[0-5][0-9]:"
)
_SECOND, _ZONE = "(?:[0-5][0-9]|60)", " [+-](?:0[0-9]|1[0-4])[0-5][0-9]"
_TIME = _TO_MINUTE + _SECOND + _ZONE

CLIENT = Column("client", rb"[0-9A-Fa-f:.]{2,45}+")
IDENT = Column("ident", WORD)
# Names with spaces are seen. A login name with a bracket or quote in it could look like the time or
# request behind it, and what can be read in two ways is not read at all.
USER = Column("user", rb"[!#-Z\\^-~][ !#-Z\\^-~]{0,255}", careful=r'[^"\[\]]{1,256}')
TIME = Column(
    "time",
    _TIME.encode(),
    quoted=True,
    careful=r"[^\]]{1,64}+",
    shape=re.compile(rf"{_TIME}|-"),
    rule="not a time",
    reads=read_time,
    writes=write_time,
    minute=(_TO_MINUTE.encode(), SECONDS, _ZONE.encode()),
)
METHOD = Column("method", rb"[A-Z]{1,20}+", few=True)
TARGET = Column("target", rb"[!$->@-\[\]-~]++", query=rb"(?:[?#][!#-\[\]-~]*+)?+")
PROTOCOL = Column("protocol", rb"[A-Z]{2,8}+/[0-9.]{1,3}+")
STATUS = Column(
    "status",
    rb"[0-9]{3}",
    careful=r"\S++",
    shape=re.compile(r"[0-9]{3}|-"),
    rule="not a number",
    reads=read_number,
    writes=write_status,
)
BYTES = Column(
    "bytes",
    rb"(?:[0-9]{1,19}+|-)",
    careful=r"\S++",
    shape=re.compile(r"[0-9]{1,19}|-"),
    rule="not a number",
    reads=read_number,
    writes=write_number,
)
REFERER = Column(
    "referer",
    rb"[ !$->@-\[\]-~]*+",
    query=rb"(?:[?#][ !#-\[\]-~]*+)?+",
    quoted=True,
    careful=QUOTED,
)
AGENT = Column("agent", TEXT, quoted=True, careful=QUOTED)
# A name of RFC 1123, section 2.1, or an address; in upper case where a client wrote it so.
_HOST = r"[0-9A-Za-z._-]{1,255}"
VHOST = Column(
    "vhost",
    _HOST.encode() + b"+",
    careful=r'[^\s":]++',
    shape=re.compile(_HOST),
    rule="not a host",
)
PORT = Column(
    "port",
    rb"[0-9]{1,5}+",
    shape=re.compile(r"[0-9]{1,5}|-"),
    rule="not a number",
    reads=read_number,
    writes=write_number,
)

# Methods are registered in upper case (RFC 9110, section 16.1.1), so that anything else in their
# place says who knows what. `-` and `__other__` are what a policy makes of parts.
REQUEST = Group(
    (METHOD, TARGET, PROTOCOL),
    re.compile(r"([A-Z][A-Z-]{0,31}|-|__other__) ([^ ]+) ([A-Z]{2,8}/[0-9.]{1,3}|-)"),
)

_COMMON = (
    CLIENT, b" ", IDENT, b" ", USER, b" [", TIME, b'] "', REQUEST, b'" ', STATUS, b" ", BYTES,
)  # fmt: skip
_COMBINED = (*_COMMON, b' "', REFERER, b'" "', AGENT, b'"')
LAYOUTS = {
    "common": Layout("common", RECORD, _COMMON),
    "combined": Layout("combined", RECORD, _COMBINED, extras=True),
    "vhost_combined": Layout(
        "vhost_combined", RECORD, (VHOST, b":", PORT, b" ", *_COMBINED), extras=True
    ),
}

# What a policy can speak of, whichever of the formats it is for: what presets say.
COLUMNS = (
    *dict.fromkeys(column.name for column in LAYOUTS["combined"].columns),
    "vhost", "port", "forwarded", "cookie", "query", "bytes_in", "duration",
    "zone",
)  # fmt: skip

# A host with a port, then an address or a name: lines without a host before them do not begin so.
_HOST_FIRST = re.compile(rb'[^\s":]{1,255}:[0-9]{1,5} [^\s"]{0,64}[.:][^\s"]{0,64} ')
# An address behind the first word is the client, and so the first word is not (`%v %h %l %u …`).
_CLIENT_SECOND = re.compile(
    rb"\S+ (?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]*+:[0-9A-Fa-f:.]*+) "
)
# Logins with blanks are rare: more words before the time are the head of another log around it.
_HEAD = re.compile(rb"(?:\S+ ){3,4}\[")


def fits(name: str) -> Callable[[bytes], bool]:
    """Return the function that tells whether a line has a format, and no other of these."""
    layout, host_first = LAYOUTS[name], name == "vhost_combined"

    def fit(line: bytes) -> bool:
        if (_HOST_FIRST.match(line) is not None) != host_first or not _HEAD.match(line):
            return False
        return (host_first or _CLIENT_SECOND.match(line) is None) and layout.fits(line)

    return fit
