r"""Extended log files of the W3C: what IIS, CloudFront and many proxies write.

    #Fields: date time c-ip cs-username cs-method cs-uri-stem cs-uri-query sc-status cs(User-Agent)
    2026-10-10 11:55:36 203.0.113.77 ada GET /a b=c 200 Mozilla/5.0+(X11;+Linux+x86_64)

Source: https://www.w3.org/TR/WD-logfile, "Extended Log File Format"; IIS writes a space within a
field as `+`, CloudFront separates by tabs and writes it as `%20`; the draft puts such text between
quotes and doubles a quote in it. A line is separated by tabs where it has one.

Directives are no records. `#Fields` says what the lines behind it consist of, and may change
midway; without one, a line is withheld. Of a remark nothing is left; an unknown directive is
withheld.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import unquote

from anonkit.errors import Withheld
from anonkit.parse import servers, weblog
from anonkit.parse.column import ABSENT, DROPPED, SECONDS, WITHHELD, Column, Treatment
from anonkit.parse.layout import Layout, LayoutRewriter
from anonkit.parse.times import time_column
from anonkit.report import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from anonkit.report import Report

NAME = "w3c"
RECORD = "w3c_request"
DIRECTIVE = b"#"
FIELDS = b"#Fields:"
MOST_COLUMNS = 256
REMEMBERED = 4  # layouts, 2 MB of values each; one that returns midway is not made again

_DIRECTIVE = re.compile(rb"#([A-Za-z-]{1,32}): *([^\r\n]*)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9()_.:-]{0,99}")
_SOFTWARE = re.compile(rb"[A-Za-z][A-Za-z0-9 .,/()+-]{0,99}")
_LINES = re.compile(rb"[^\n]*\n|[^\n]+")
_VERSION = re.compile(rb"[0-9]{1,3}(?:\.[0-9]{1,3})?")
_MOMENT = re.compile(r"([0-9-]{10}) ([0-9:.]{5,16})")

# A string between quotes, or a word that may have quotes in it and does not begin with one.
_QUOTED = r'"[^"]*+(?:""[^"]*+)*+"'
_STRING = {" ": rf'(?:{_QUOTED}|[^\s"]\S*+)', "\t": rf'(?:{_QUOTED}|[^\t"][^\t]*+)'}
_BYTES = {
    " ": rb'(?:[!#-~][!-~]*+|"[ !#-~]*+")',
    "\t": rb'(?:[!#-~][ -~]*+|"[ !#-~]*+")',
}


def read_clock(text: str) -> datetime:
    """Return the time of day, down to its second."""
    hour, minute, second = map(int, text.partition(".")[0].split(":"))
    return datetime(1970, 1, 1, hour, minute, min(second, 59), tzinfo=UTC)


_DATE = time_column("%Y-%m-%d", "date")
_CLOCK = time_column("%H:%M:%S")
_TIME = _CLOCK._replace(
    pattern=_CLOCK.pattern + rb"(?:\.[0-9]{1,7}+)?+",
    shape=re.compile(rf"{_CLOCK.pattern.decode()}(?:\.[0-9]{{1,7}})?|-"),
    reads=read_clock,
    minute=(rb"(?:[01][0-9]|2[0-3]):[0-5][0-9]:", SECONDS, b""),
)
_NUMBER = servers.APACHE["I"].part
# Some write the protocol without its version.
_PROTOCOL = weblog.PROTOCOL._replace(
    shape=re.compile(r"[A-Z]{2,8}(?:/[0-9.]{1,3})?|-"), rule="not a protocol"
)
_TEXT = Column("", b"", quoted=True)
_URL = weblog.TARGET._replace(
    pattern=rb"[!$->@-~][!-\">$-@A-~]*+", query=rb"(?:[?#][!-~]*+)?+", quoted=True
)


def _known() -> dict[str, Column]:
    """Return the columns by the names of fields, in lower case."""
    said = {
        "date": _DATE,
        "time": _TIME,
        "c-ip": _TEXT._replace(name="client"),
        "cs-username": _TEXT._replace(name="user"),
        "cs-method": servers.APACHE["m"].part,
        "cs-uri": _URL,
        "cs-uri-stem": _URL,
        "cs-uri-query": _TEXT._replace(name="query"),
        "cs-version": _PROTOCOL,
        "cs-protocol-version": _PROTOCOL,
        "cs-protocol": servers.NGINX["scheme"].part,
        "cs-host": servers.NGINX["host"].part,
        "cs(host)": servers.NGINX["host"].part,
        "x-host-header": servers.NGINX["host"].part,
        "sc-status": weblog.STATUS,
        "sc-substatus": weblog.BYTES._replace(name="substatus"),
        "sc-win32-status": weblog.BYTES._replace(name="win32_status"),
        "sc-bytes": weblog.BYTES,
        "bytes": weblog.BYTES,
        "cs-bytes": weblog.BYTES._replace(name="bytes_in"),
        "time-taken": servers.APACHE["D"].part,
        "s-port": weblog.PORT,
        "c-port": weblog.PORT._replace(name="client_port"),
        "s-ip": _TEXT._replace(name="server"),
        "s-computername": _TEXT._replace(name="computer"),
        "s-sitename": _TEXT._replace(name="site"),
        "cs(user-agent)": _TEXT._replace(name="agent"),
        "cs(referer)": _URL._replace(name="referer"),
        "cs(referrer)": _URL._replace(name="referer"),
        "cs(cookie)": _TEXT._replace(name="cookie"),
        "x-forwarded-for": _TEXT._replace(name="forwarded"),
        "cs(x-forwarded-for)": _TEXT._replace(name="forwarded"),
    }
    return {name: part for name, part in said.items() if isinstance(part, Column)}


_KNOWN = _known()
# What a policy can speak of beside the names that a stream says itself.
COLUMNS = tuple(dict.fromkeys(column.name for column in _KNOWN.values()))
# Where servers write a space as something else, and stages need to see it.
_SPACED = ("agent", "forwarded")


def layout(fields: str, separator: str) -> Layout:
    """Return the layout of lines with these fields."""
    parts: list[bytes | Column] = []
    for name in fields.split():
        parts += [separator.encode(), _column(name.lower(), separator)]
    return Layout(NAME, RECORD, parts[1:])


def _column(name: str, separator: str) -> Column:
    column = _KNOWN.get(name) or _TEXT._replace(name=plain_name(name))
    if column.shape is not None:
        # Some put numbers and times between quotes too (IIS Advanced Logging, Incapsula).
        bare = f"(?:{column.shape.pattern})"
        shape = rf'(?:{bare}|"{bare}?+")'
        return column._replace(careful=shape, shape=re.compile(shape), opens=_unquoted)
    opens = _opener(separator, spaced=column.name in _SPACED)
    return column._replace(
        careful=_STRING[separator], pattern=column.pattern or _BYTES[separator], opens=opens
    )


def plain_name(name: str) -> str:
    """Return the name of a field as a policy can say it: `cs(X-Account)` is `cs_x_account`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _unquoted(text: str) -> tuple[str, Callable[[str], str]]:
    """Take a text out of quotes, if it is between some."""
    return (text[1:-1] or ABSENT, '"{}"'.format) if text.startswith('"') else (text, str)


def _opener(separator: str, *, spaced: bool) -> Callable[[str], tuple[str, Callable[[str], str]]]:
    """Return the function that takes a text out of quotes and finds the spaces in it."""
    written = "+" if separator == " " else "%20"

    def opens(text: str) -> tuple[str, Callable[[str], str]]:
        if text.startswith('"'):
            return text[1:-1].replace('""', '"'), '"{}"'.format
        if not spaced or " " in text:
            return text, lambda result: _bare(result, " " if separator == "\t" else written)
        inner = text.replace("+", " ") if separator == " " else unquote(text)
        return inner, lambda result: _bare(result, written)

    return opens


def _bare(result: str, space: str) -> str:
    if not result:
        raise Withheld("does not fit the format")
    return result.replace(" ", space)


def fits(lines: Sequence[bytes]) -> int:
    """Return how many lines of a sample are directives, or have the columns that `#Fields` says."""
    layouts: dict[str, Layout] = {}
    count = 0
    for line in lines:
        content = line.removeprefix(BOM_UTF8)
        match = _DIRECTIVE.fullmatch(content)
        if match is None:
            form = layouts.get("\t" if b"\t" in line else " ")
            count += form is not None and form.fits(line)
            continue
        count += 1
        if match[1] == b"Fields" and (fields := _fields(match[2])):
            layouts = {separator: layout(fields, separator) for separator in " \t"}
    return count if layouts else 0


def _fields(said: bytes) -> str | None:
    """Return the fields of a directive, or None where they cannot be read."""
    names = said.decode("latin-1").split()
    if not 1 <= len(names) <= MOST_COLUMNS or not all(map(_NAME.fullmatch, names)):
        return None
    return " ".join(names)


class W3cRewriter:
    """Rewrites lines under the directives before them.

    Args:
        treatments: What the policy says, by column; a column it does not name is dropped.
        report: Where lines are counted.
        cache: How many values each column remembers.
    """

    def __init__(self, treatments: Mapping[str, Treatment], report: Report, *, cache: int) -> None:
        self._treatments = dict(treatments)
        self._report = report
        self._cache = cache
        self._known: dict[tuple[str, str], LayoutRewriter] = {}
        self._fields: str | None = None
        self._first = True

    def rewrite(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Append what may leave of some lines to `out`; return their number and those withheld."""
        count = 0
        withheld: list[tuple[int, bytes]] = []
        if self._first and data.startswith(
            BOM_UTF8 + DIRECTIVE
        ):  # some editors begin a file with it
            out.append(BOM_UTF8)
            data = data.removeprefix(BOM_UTF8)
        self._first = False
        for part in _runs(data):
            if part.startswith(DIRECTIVE):
                lines, lost = self._directive(part, out)
            else:
                lines, lost = self._rows(part, out)
            withheld += [(count + number, line) for number, line in lost]
            count += lines
        return count, withheld

    def forget(self) -> None:
        """Let go of everything derived from a key, and of every value remembered under it."""
        for rewriter in self._known.values():
            rewriter.forget()
        self._treatments = dict.fromkeys(self._treatments, WITHHELD)

    def _rows(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Take lines that are no directives."""
        if self._fields is None:
            return self._unread(data, out)
        if b"\t" not in data:
            return self._rewriter(" ").rewrite(data, out)
        count = 0
        withheld: list[tuple[int, bytes]] = []
        for tabs, lines in groupby(_LINES.findall(data), lambda line: b"\t" in line):
            some = b"".join(lines)
            taken, lost = self._rewriter("\t" if tabs else " ").rewrite(some, out)
            withheld += [(count + number, line) for number, line in lost]
            count += taken
        return count, withheld

    def _rewriter(self, separator: str) -> LayoutRewriter:
        fields = self._fields or ""
        rewriter = self._known.get((fields, separator))
        if rewriter is None:
            if len(self._known) >= REMEMBERED:
                # What it remembers is let go now: Python would notice much later that it can.
                self._known.pop(next(iter(self._known))).forget()
            rewriter = LayoutRewriter(
                layout(fields, separator), self._treatments, self._report, cache=self._cache
            )
            self._known[fields, separator] = rewriter
        return rewriter

    def _unread(self, data: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Withhold lines of which nothing says what they consist of."""
        lines = _LINES.findall(data)
        withheld: list[tuple[int, bytes]] = []
        for number, line in enumerate(lines):
            if line.strip():
                self._report.withhold(Place(RECORD, "", "no #Fields before it"))
                withheld.append((number, line))
            else:
                out.append(line)
        return len(lines), withheld

    def _directive(self, line: bytes, out: list[bytes]) -> tuple[int, list[tuple[int, bytes]]]:
        """Take a directive: write what may leave of it, or withhold it."""
        content = line.rstrip(b"\r\n")
        match = _DIRECTIVE.fullmatch(content)
        name, said = (match[1], match[2]) if match else (b"", b"")
        if name == b"Fields":
            self._fields = _fields(said)
        try:
            left = self._said(name, said)
        except Withheld as error:
            self._report.withhold(Place(RECORD, "", error.rule))
            return 1, [(0, line)]
        out += (b"#", name, b": ", left, line[len(content) :])
        return 1, []

    def _said(self, name: bytes, said: bytes) -> bytes:
        """Return what may leave of what a directive says.

        Raises:
            Withheld: It is unknown, or cannot be read.
        """
        if name == b"Fields" and self._fields is not None:
            return said
        if name == b"Version" and _VERSION.fullmatch(said):
            return said
        if name == b"Software" and _SOFTWARE.fullmatch(said):
            return said
        if name == b"Remark":
            return ABSENT.encode()
        if name in (b"Date", b"Start-Date", b"End-Date"):
            return self._moment(said.decode("latin-1"))
        raise Withheld("a directive that is not known")

    def _moment(self, said: str) -> bytes:
        """Return the time of a directive as the policy leaves those of the lines.

        IIS writes that of the first request.
        """
        match = _MOMENT.fullmatch(said)
        if match is None:
            raise Withheld("a directive that is not known")
        left = []
        for column, text in zip((_DATE, _TIME), match.groups(), strict=True):
            if column.shape is None or not column.shape.fullmatch(text):
                raise Withheld("not a time")
            left.append(column.treat(text, self._treatments.get(column.name, DROPPED)))
        return " ".join(left).encode()


def _runs(data: bytes) -> Iterator[bytes]:
    """Cut lines into directives, each alone, and what stands between them."""
    at = 0
    while at < len(data):
        if data.startswith(DIRECTIVE, at):
            end = data.find(b"\n", at) + 1 or len(data)
        else:
            end = data.find(b"\n" + DIRECTIVE, at) + 1 or len(data)
        yield data[at:end]
        at = end
