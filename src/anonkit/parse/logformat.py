r"""Access logs of any layout, told by the log format of the server that wrote them.

    %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"            Apache
    $remote_addr - $remote_user [$time_local] "$request" $status      nginx

Sources: Apache HTTP Server, mod_log_config (and mod_logio, mod_ssl); nginx, ngx_http_log_module.
The whole directive may stand there too: `LogFormat "…" name`, `log_format name escape=json '…';`.

A column ends where the fixed text behind it begins, and has no character of that; only between
quotes can a backslash say otherwise. So there is one way to read a line, or none. Two columns with
nothing between them are refused, but for pairs that tell each other apart (`%U%q`). Three dots at
the end (`… "%{User-Agent}i" ...`) are for further fields, which nobody names and all of which go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from anonkit.errors import FormatError
from anonkit.parse import servers
from anonkit.parse.column import Column
from anonkit.parse.layout import QUOTED, Group, Layout
from anonkit.parse.weblog import RECORD, VHOST

if TYPE_CHECKING:
    from anonkit.parse.servers import Said

NAME = "custom"
LONGEST = 8192  # characters; longer formats are mistakes
FURTHER = " ..."

# Apache takes modifiers and the argument in any order.
_APACHE = re.compile(r"%([<>!,0-9]*(?:\{([^}]*)\})?[<>!,0-9]*)(\^[A-Za-z]{2}|[A-Za-z%])?")
_NGINX = re.compile(r"\$(?:\{([a-z0-9_]+)\}|([a-z0-9_]+))", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r"}
_STRING = r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\''
_APACHE_DIRECTIVE = re.compile(
    rf"\s*(?:LogFormat|CustomLog\s+\S+)\s+(?:{_STRING})(?:\s.*)?", re.IGNORECASE | re.DOTALL
)
_NGINX_DIRECTIVE = re.compile(
    rf"\s*log_format\s+\S+(?:\s+escape=(\w+))?((?:\s+(?:{_STRING}))+)\s*;?\s*", re.DOTALL
)
_ESCAPE = re.compile(r"\s*escape=(\w+)(?:\s+|$)")
ESCAPES = ("default", "json", "none")

# Printable ASCII without quote and backslash.
_PRINTABLE = [c for c in map(chr, range(0x20, 0x7F)) if c not in '"\\']


class _Slot(NamedTuple):
    """A directive and what it says."""

    place: str
    said: Said


def layout(text: str) -> Layout:
    """Return the layout that a log format describes.

    Raises:
        FormatError: It is none, or it can be read in two ways; the message names the place.
    """
    if len(text) > LONGEST:
        raise FormatError(f"the log format is longer than {LONGEST} characters")
    text, escape, nginx = _opened(text)
    extras = text.endswith(FURTHER)
    text = text.removesuffix(FURTHER)
    items = _apache(text) if not nginx else _nginx(text)
    if not any(isinstance(item, _Slot) for item in items):
        raise FormatError(
            "the log format names no column",
            hint="write Apache's directives (%h %l %u %t) or nginx's variables ($remote_addr)",
        )
    if any("\n" in item or "\r" in item for item in items if isinstance(item, str)):
        raise FormatError("the log format goes over several lines")
    return Layout(NAME, RECORD, _parts(_paired(items), escape, alone=not extras), extras=extras)


def _opened(text: str) -> tuple[str, str, bool]:
    """Return the bare format, how its server escapes, and whether that is nginx."""
    if match := _APACHE_DIRECTIVE.fullmatch(text):
        return _unescaped(match[1] if match[1] is not None else match[2]), "default", False
    if match := _NGINX_DIRECTIVE.fullmatch(text):
        strings = (one or other for one, other in re.findall(_STRING, match[2]))
        return "".join(strings), _escape(match[1] or "default"), True
    if match := _ESCAPE.match(text):
        return text[match.end() :], _escape(match[1]), True
    if _NGINX.search(text) is None:
        return _unescaped(text), "default", False
    for match in _APACHE.finditer(text):
        if match[3] in servers.APACHE:
            raise FormatError(
                f"the log format has both {match[0]!r} of Apache and variables of nginx",
                hint="paste the whole directive: LogFormat \"…\" name, or log_format name '…';",
            )
    return text, "default", True


def _escape(word: str) -> str:
    if word not in ESCAPES:
        raise FormatError(f"nginx has no escape={word}", hint=f"one of: {', '.join(ESCAPES)}")
    return word


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[1]), text)


def _apache(text: str) -> list[str | _Slot]:
    items: list[str | _Slot] = []
    at = 0
    for match in _APACHE.finditer(text):
        items.append(text[at : match.start()])
        at = match.end()
        argument, letter = match[2], match[3] or ""
        place = match[0] if letter else text[match.start() : match.end() + 4]
        if letter == "%":
            items.append("%")
        elif letter == "t" and argument is None:
            items += ["[", _Slot(place, servers.apache("t", None, place)), "]"]
        else:
            items.append(_Slot(place, servers.apache(letter, argument, place)))
    return [*items, text[at:]]


def _nginx(text: str) -> list[str | _Slot]:
    items: list[str | _Slot] = []
    at = 0
    for match in _NGINX.finditer(text):
        items.append(_unescaped(text[at : match.start()]))
        at = match.end()
        name = (match[1] or match[2]).lower()
        items.append(_Slot(match[0], servers.nginx(name, match[0])))
    return [*items, _unescaped(text[at:])]


def _paired(items: list[str | _Slot]) -> list[str | _Slot]:
    """Put fixed text together, and pairs of columns that are one.

    Raises:
        FormatError: Two columns have nothing between them.
    """
    joined: list[str | _Slot] = []
    for item in items:
        last = joined[-1] if joined else None
        if item == "":
            continue
        if isinstance(item, str):
            if isinstance(last, str):
                joined[-1] = last + item
            else:
                joined.append(item)
        elif not isinstance(last, _Slot):
            joined.append(item)
        elif (last.said.name, item.said.name) in servers.ONE:
            joined[-1] = _Slot(last.place + item.place, last.said)
        elif (last.said.name, item.said.name) in servers.APART:
            joined += [item]
        else:
            raise FormatError(
                f"nothing stands between {last.place} and {item.place} in the log format, "
                "so where one ends cannot be told",
                hint="put a space or another character between them where the log is written",
            )
    return joined


def _parts(items: list[str | _Slot], escape: str, *, alone: bool) -> list[bytes | Column | Group]:
    """Return the parts of a line; `alone` says that nothing follows them."""
    parts: list[bytes | Column | Group] = []
    spaced = False  # whether a column before may have held a space unseen
    for index, item in enumerate(items):
        if isinstance(item, str):
            parts.append(item.encode())
            continue
        before = items[index - 1] if index else ""
        after = items[index + 1] if index + 1 < len(items) else ""
        opened = "".join(each for each in items[:index] if isinstance(each, str)).count('"') % 2
        stop = after if isinstance(after, str) else "/"
        part = _placed(item.said, stop, escape=escape, last=alone and not after and not spaced)
        if isinstance(before, _Slot) and isinstance(part, Column):  # a path, behind a host
            part = part._replace(pattern=b"(?=/)" + part.pattern, careful="(?=/)" + part.careful)
        if escape == "json" and not opened and isinstance(part, Column):
            part = part._replace(absent="null")
        spaced = spaced or (stop[:1] == " " and item.said.kind in ("text", "url", "user"))
        parts.append(part)
    return parts


def _placed(said: Said, after: str, *, escape: str, last: bool) -> Column | Group:
    """Return a column, or the request, as it stands before a fixed text."""
    stop, kind, part = after[:1], said.kind, said.part
    quoted = QUOTED if escape != "none" else r'[^"]*+'
    if isinstance(part, Group):
        words = r'(?:[^\s"]++ [^\s"]++ [^\s"]++|-)'
        other = rf'[^"{re.escape(stop)}]*+'
        return part._replace(careful={'"': quoted, " ": words, "": words}.get(stop, other))
    # Login names with a space in them are seen there.
    before_mark = kind == "user" and after[:2] in (" [", ' "')
    if before_mark or (kind == "time" and stop == "]") or (kind == "list" and stop in (" ", "")):
        return part
    if kind == "host" and stop == ":":
        part = VHOST
    if part.shape is not None:
        return part._replace(careful=f"(?:{part.shape.pattern})")
    if kind == "address":
        return _address(part, stop, quoted)
    return _text(part, stop, quoted, url=kind == "url", last=last)


def _address(column: Column, stop: str, quoted: str) -> Column:
    if stop == ":":  # and a port: the last colon ends the address
        pattern = column.pattern.removesuffix(b"+")
        return column._replace(pattern=pattern, careful=r'[^\s"]{1,64}')
    if stop == '"':
        return column._replace(careful=quoted)
    if stop in (" ", ""):
        return column
    return column._replace(careful=rf'[^\s"{re.escape(stop)}]++', stops=stop)


def _text(column: Column, stop: str, quoted: str, *, url: bool, last: bool) -> Column:
    """Return a column of any text, which ends at a character."""
    spaces = stop not in (" ", "") or last
    empty = "*+" if spaces else "++"
    allowed = [c for c in _PRINTABLE if c != stop and (spaces or c != " ")]
    first = [c for c in allowed if c not in "?#"] if url else allowed
    careful = quoted if stop == '"' else rf'[^"{re.escape(stop)}{"" if spaces else " "}]{empty}'
    return column._replace(
        pattern=(_set(first) + empty).encode(),
        query=f"(?:[?#]{_set(allowed)}*+)?+".encode() if url else b"",
        quoted=spaces,
        careful=careful,
        stops="" if stop in ('"', " ", "") else stop,
    )


def _set(characters: list[str]) -> str:
    return f"[{''.join(map(re.escape, characters))}]"
