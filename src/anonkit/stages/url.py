"""url: a URL is cut down to where it points: scheme, host, and a path without identifiers.

What leaves, in the order of RFC 3986, section 3:

    scheme://userinfo@host:port/path;parameters?query#fragment
    kept     away     kept      template  away  away  away

- A host name stays, in lower case; an address in its place is truncated.
- A path segment that carries an identifier becomes `:id`; a well-known extension stays behind it.
- A query parameter stays only when its name is on the list, and its value is looked at like a
  segment. All others go with their names: a name can be personal too.

A value is understood in every form a log writes it (RFC 9112, section 3.2): `/path?query`,
`https://host/path`, `//host/path`, `host:443`, `*`, a relative path, and the placeholder `-`.
What is none of these is withheld. The result is ASCII and treating it again changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args, overload

from anonkit.errors import PolicyError, Withheld
from anonkit.stages.identifiers import LONGEST_SEGMENT, PERSONS, PIECES, identified, words
from anonkit.stages.stage import Placed, Stage
from anonkit.stages.truncate import truncate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anonkit.stages.stage import Scope, Step

Path = Literal["template", "keep", "drop"]
Segment = Callable[[str, bool], tuple[str, bool]]

_NETWORK = truncate().bind()
PLACEHOLDER = ":id"
# Sites have far fewer segments than URLs: remembered, 1,450 real URLs took 8 µs each, not 15.
SEGMENTS_REMEMBERED = 4096
HOST_PLACEHOLDER = "host"

# Characters. RFC 9110, section 4.1, advises to support 8000 octets; no browser sends more than 64K.
LONGEST_URL = 65_536
# What LONGEST_SEGMENT characters need at most when each is four octets, all percent-encoded.
LONGEST_ENCODED = LONGEST_SEGMENT * 12
# Segments: bounds the work on `/a/a/a…`; the deepest real path we saw has 14.
MOST_SEGMENTS = 512

# RFC 3986, section 3.1: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ). The bound is ours.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,31}):")
# What follows these is data, a person or a file of one; only the scheme names nobody.
# https://www.iana.org/assignments/uri-schemes, and what browsers add.
OPAQUE = words(
    "about blob callto cid data facetime fax file filesystem geo im intent jar javascript magnet "
    "mailto mid ms-settings news res sip sips skype sms tel urn view-source whatsapp xmpp"
)
# These have an authority; written without one they say nothing either.
NETWORK = words("ftp http https ws wss")

# A name in the DNS, or an internationalized one. RFC 1035, section 2.3.4, gives the length.
_HOST = re.compile(r"[\w-][\w.-]{0,252}")
# Parts of a host name that name one machine or line: an address (`ip-10-0-0-5`), a UUID, a digest,
# a number as long as a telephone's. They become HOST_PLACEHOLDER, which has no hex digit in it, so
# that it never lengthens a digest beside it.
_HOST_IDENTIFIER = re.compile(
    r"\d{1,3}(?:[.-]\d{1,3}){3}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}|\d{7,}"
)
# https://url.spec.whatwg.org/#ends-in-a-number-checker: such a host is an address, or nothing.
_ENDS_IN_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")

# RFC 3986, appendix A: everything outside `reserved` and `unreserved`, and the apostrophe, which
# ends a quoted field in some logs.
_UNSAFE = re.compile(r"[^!#-&(-;=?-Z\[\]_a-z~]+")
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f]")
_NOT_IN_A_NAME = re.compile(r"[#&;=]")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # octets of a log that were not UTF-8
_PARAMETERS = re.compile(r";[^/]*")  # RFC 3986, section 3.3, and `;jsessionid=`
_AUTHORITY_END = re.compile(r"[/\\]")
_IN_BRACKETS = re.compile(r"[0-9A-Fa-f:.]{2,45}")
_PORT = re.compile(r":?|:[0-9]{1,5}")

EXTENSIONS = words(
    "asp aspx atom avi avif bin bmp bz2 cfg cfm cgi css csv doc docx eot exe flac gif gz htm html "
    "ico ics ini jar jpeg jpg js json jsp jsonl log m4a m4v map md mjs mov mp3 mp4 mpeg mpg ogg "
    "otf pdf php pl png ppt pptx ps py rar rdf rss rtf sh sql svg swf tar tgz tif tiff toml ttf "
    "txt vcf wasm wav webm webmanifest webp woff woff2 xhtml xls xlsx xml xsl yaml yml zip"
)


class Url(Stage, frozen=True):
    """A URL is cut down to where it points.

    Args:
        parameters: Names of query parameters that stay, exactly as written in the URL. A value
            that carries an identifier still becomes `:id`.
        path: `template` replaces segments that carry an identifier, `keep` leaves the path as it
            is but for `;parameters`, `drop` makes it `/`.
        origin: Keep `scheme://host:port/` only, as a referrer should (the `origin` policy of
            https://www.w3.org/TR/referrer-policy/); it overrules the other two.

    Raises:
        PolicyError: `path` is none of the three, or a name holds what a URL would encode.
    """

    verb: ClassVar[str] = "url"
    takes: ClassVar[frozenset[str]] = frozenset({"text"})
    costly: ClassVar[bool] = True

    parameters: tuple[str, ...] = ()
    path: Path = "template"
    origin: bool = False

    def __post_init__(self) -> None:
        if self.path not in get_args(Path):
            raise PolicyError("url.path", "is not one of template, keep, drop")
        if not isinstance(self.parameters, tuple):
            raise PolicyError("url.parameters", "is not a tuple of names")
        if any(_UNSAFE.search(name) or _NOT_IN_A_NAME.search(name) for name in self.parameters):
            raise PolicyError("url.parameters", "has a name that a URL writes otherwise")

    @property
    def pathless(self) -> bool:
        """Whether nothing of the path leaves."""
        return self.origin or self.path == "drop"

    def gives(self, kind: str) -> str:  # noqa: ARG002 - whatever went in, a URL comes out
        """Return `url`."""
        return "url"

    def bind(self, scope: Scope | None = None, *, packed: bool = False) -> Step:  # noqa: ARG002
        """Return the function that cuts one URL; the packed form is the same text.

        The function raises `Withheld` with one of `not text`, `too long`, `not a url`,
        `unknown scheme`.
        """
        return partial(
            _cut,
            names=frozenset(self.parameters),
            path=self.path,
            origin=self.origin,
            segment=lru_cache(SEGMENTS_REMEMBERED)(_segment),
        )


@overload
def url(
    *, parameters: Iterable[str] = (), path: Path = "template", origin: bool = False
) -> Url: ...
@overload
def url(
    field: str,
    *,
    parameters: Iterable[str] = (),
    path: Path = "template",
    origin: bool = False,
) -> Placed: ...
def url(
    field: str | None = None,
    *,
    parameters: Iterable[str] = (),
    path: Path = "template",
    origin: bool = False,
) -> Url | Placed:
    """Cut a URL down to where it points.

    Args:
        field: In a plain list of stages, the field it is for.
        parameters: Names of query parameters that stay.
        path: `template`, `keep` or `drop`.
        origin: Keep `scheme://host:port/` only.

    Raises:
        PolicyError: `path` is no known word, or `parameters` is one string.
    """
    if isinstance(parameters, str):
        raise PolicyError("url.parameters", "is not a list of names", hint="write (name,)")
    stage = Url(parameters=tuple(parameters), path=path, origin=origin)
    return stage if field is None else stage.on(field)


def _cut(value: Any, *, names: frozenset[str], path: Path, origin: bool, segment: Segment) -> str:
    if not isinstance(value, str):
        raise Withheld("not text")
    if len(value) > LONGEST_URL:
        raise Withheld("too long")
    if value in ("", "-", "*"):
        return value
    head, _, query = value.partition("#")[0].partition("?")
    if _NOT_IN_A_URL.search(head):
        raise Withheld("not a url")
    start, rest = _start(head)
    if rest is None:
        return start
    rest = _PARAMETERS.sub("", rest)
    if origin or path == "drop":
        # `host:443` has no path to begin with.
        rest = "/" if rest or "//" in start else ""
    elif path == "keep":
        rest = _encode(rest)
    else:
        rest = _template(rest, segment)
    if not start and rest.startswith("//"):
        # Read again it would be a host. The empty segment says nothing (RFC 9112, section 3.2.1).
        rest = "/" + rest.lstrip("/")
    kept = "" if origin or not names else _query(query, names)
    return f"{start}{rest}?{kept}" if kept else start + rest


def _start(head: str) -> tuple[str, str | None]:
    """Return what is kept of scheme and authority, and the path; None when nothing may follow."""
    scheme = _SCHEME.match(head)
    if scheme and head.startswith("//", scheme.end()):
        return _absolute(scheme[1].lower(), head[scheme.end() + 2 :])
    if head.startswith("//"):
        host, path = _split(head[2:])
        kept = _authority(host)
        # `//users/4711` in a request line is a path (RFC 9112, section 3.2.1), `//cdn.example/x`
        # in a referrer a host. What does not look like a public host is treated as a path.
        if kept is None or not ("[" in kept or ("." in kept and not identified(host))):
            return "", head
        return "//" + kept, path
    # Only now: in `//user;x@host` the semicolon belongs to what goes anyway.
    head = _PARAMETERS.sub("", head)
    first, slash, path = head.partition("/")
    name, colon, port = first.rpartition(":")
    if colon and port and _PORT.fullmatch(":" + port):
        kept = _authority(first)
        # Of `proxy:3128` and `tel:3128` nobody can tell which is which: a host needs a dot here.
        if kept and ("." in kept or "[" in kept or name == "localhost"):
            return kept, slash + path
    scheme = _SCHEME.match(head)
    if scheme is None:
        return "", head
    return _bare(scheme[1].lower()), None


def _absolute(scheme: str, rest: str) -> tuple[str, str | None]:
    authority, path = _split(rest)
    if scheme in OPAQUE or not authority:
        return _bare(scheme), None
    kept = _authority(authority)
    if kept is None or identified(scheme):
        raise Withheld("not a url")
    return f"{scheme}://{kept}", path


def _bare(scheme: str) -> str:
    """Return `scheme:` if it is a declared one: any other could be the first half of a secret."""
    if scheme in OPAQUE or scheme in NETWORK:
        return scheme + ":"
    raise Withheld("unknown scheme")


def _split(rest: str) -> tuple[str, str]:
    """Split what follows `//`; browsers read a backslash as the slash (WHATWG URL, 4.4).

    Raises:
        Withheld: A backslash ends the authority, and an `@` follows: others read userinfo up to it.
    """
    end = _AUTHORITY_END.search(rest)
    if end and end[0] == "\\" and "@" in rest[end.end() :].partition("/")[0]:
        raise Withheld("not a url")
    return (rest[: end.start()], "/" + rest[end.end() :]) if end else (rest, "")


def _authority(text: str) -> str | None:
    """Return `host:port` without userinfo (RFC 3986, section 3.2), or None when it is no host."""
    text = text.rpartition("@")[2]
    if text.startswith("["):
        name, closed, port = text[1:].partition("]")
        if not closed:
            return None
        # RFC 6874: a zone names an interface of one machine.
        name = name.partition("%")[0]
        host = _truncated(name) if _IN_BRACKETS.fullmatch(name) else None
        # An IPv4 address mapped into IPv6 can come back as what it is.
        host = f"[{host}]" if host and ":" in host else host
    else:
        name, colon, number = text.partition(":")
        port = colon + number
        host = _host(name)
    if host is None or not _PORT.fullmatch(port):
        return None
    return host + port if len(port) > 1 else host


def _host(name: str) -> str | None:
    decoded = _decode(name)
    if decoded is None:
        return None
    # Compatibility forms first: full-width digits make an address as well (UTS 46).
    host = unicodedata.normalize("NFKC", decoded).lower().removesuffix(".")
    if not _HOST.fullmatch(host):
        return None
    if _ENDS_IN_NUMBER.match(host.rpartition(".")[2]):
        return _truncated(host)
    return _encode(_HOST_IDENTIFIER.sub(HOST_PLACEHOLDER, host))


def _truncated(address: str) -> str | None:
    try:
        return str(_NETWORK(address))
    except Withheld:
        return None


def _query(query: str, names: frozenset[str]) -> str:
    kept = []
    for parameter in query.split("&"):
        name, equals, value = parameter.partition("=")
        if name in names:
            # HTML 4.01, appendix B.2.2: some servers take `;` for `&`.
            kept.append(name + equals + _value(value.partition(";")[0]))
    return "&".join(kept)


def _value(raw: str) -> str:
    text = _decode(raw.replace("+", " "))
    if text is None or identified(text):
        return PLACEHOLDER
    return _encode(raw)


def _template(path: str, segment: Segment) -> str:
    segments = path.split("/")
    if len(segments) > MOST_SEGMENTS:
        raise Withheld("too long")
    person = False
    for at, raw in enumerate(segments):
        if raw:
            # Texts that are longer than any segment that stays would let the memory grow.
            treat = segment if len(raw) <= LONGEST_SEGMENT else _segment
            segments[at], person = treat(raw, person)
    return "/".join(segments)


def _segment(raw: str, person: bool) -> tuple[str, bool]:  # noqa: FBT001 - as a cache key
    """Return what stays of a segment, and whether a person may follow it.

    Args:
        raw: The segment, not empty.
        person: The segment before it is one of PERSONS.
    """
    stem, dot, extension = raw.rpartition(".")
    if not stem or extension.lower() not in EXTENSIONS:
        stem, dot, extension = raw, "", ""
    text = _decode(stem)
    if text is None or identified(text, person=person):
        return PLACEHOLDER + dot + extension, False
    return _encode(raw), PIECES.split(text)[-1].lower() in PERSONS


def _decode(raw: str) -> str | None:
    """Return a text percent-decoded up to three times, or None when it is no text or goes deeper.

    RFC 3986, section 2.4, asks for once; people who hide, and careless proxies, do it again.
    """
    if len(raw) > LONGEST_ENCODED or _SURROGATE.search(raw):
        return None
    text = raw
    for _ in range(3):
        if "%" not in text:
            return text
        try:
            text = _ESCAPES.sub(_unescape, text)
        except UnicodeDecodeError:
            return None
    return None if _ESCAPES.search(text) else text


def _unescape(escapes: re.Match[str]) -> str:
    return bytes.fromhex(escapes[0].replace("%", "")).decode()


def _encode(text: str) -> str:
    """Percent-encode what may not stand in a URL (RFC 3986, section 2.1; RFC 3987, section 3.1)."""
    if _SURROGATE.search(text):
        raise Withheld("not a url")
    return _UNSAFE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return "".join(f"%{octet:02X}" for octet in found[0].encode())
