"""The formats of logs and events, in one table.

The pipeline opens streams by it, the command lists and chooses by it, samples are told apart by it,
and docs/formats.md is checked against it. A new format is a module beside this one, and a row here.
A row is made, and its module imported, when it is asked for: a run takes one format or two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from anonkit.errors import FormatError
from anonkit.parse.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from anonkit.parse.column import Treatment
    from anonkit.parse.layout import Layout
    from anonkit.parse.lines import Rewriter, Stream
    from anonkit.report import Report

# Record types of policies that name what others have called: the paths of values in JSON objects,
# whatever type those say, and the columns of tables.
OBJECT, ROW = "object", "row"

# Where a stream may be cut, so that its parts are worked on side by side:
#   any line          behind any newline; the parts' outputs, put together, are the output
#   after directives  behind any newline, when the part first gets the last line that begins with
#                     `Format.directive` before it; what comes out of that line is thrown away
#   never             what a line is depends on all before it
Split = Literal["any line", "after directives", "never"]


class Binding(NamedTuple):
    """What a pipeline gives a format to work with.

    Args:
        treatments: What the policy says of the columns, by name; what it does not name is dropped.
        report: Where lines are counted.
        cache: How many values each column remembers.
        convert: From a JSON object in bytes to what may leave of it, or None; it counts by itself.
        together: From several to what may leave of them, a line for each, where all are plainly in
            order; or None, and nothing has been counted.
        reject: Called with the number (from 1) and the bytes of each withheld line.
        within: Puts what chooses lines by their time around a rewriter.
        record: The record type that the policy speaks of, of those of the format.
    """

    treatments: Mapping[str, Treatment]
    report: Report
    cache: int
    convert: Callable[[bytes], bytes | None]
    together: Callable[[Sequence[bytes]], bytes | None]
    reject: Callable[[int, bytes], None] | None = None
    within: Callable[[Rewriter], Rewriter] = lambda rewriter: rewriter
    record: str = ""


class Format(NamedTuple):
    """One format.

    Args:
        name: What it is called with `--format`.
        about: What it is, in a line.
        source: Where its grammar stands.
        preset: The policy in force when none is named.
        record: The record type of its lines; empty where each record says its own.
        columns: The fields of that record that a policy may name; None for any.
        split: Where a stream may be cut.
        open: Makes the stream for a pipeline.
        fits: Tells how many of the first lines of a sample have the format, given without their
            ends and without blank lines; None for a format that is never guessed.
        directive: What begins the lines that say how the following ones are to be read.
        named: The record type of a policy that names fields the format cannot know, instead of
            their classes; they are any.
    """

    name: str
    about: str
    source: str
    preset: str
    record: str
    columns: tuple[str, ...] | None
    split: Split
    open: Callable[[Binding], Stream]
    fits: Callable[[Sequence[bytes]], int] | None = None
    directive: bytes = b""
    named: str = ""

    def under(self, records: Collection[str]) -> Format:
        """Return the format as a policy of some record types speaks of it.

        Args:
            records: Its record types; with `named` among them it says what becomes of each field
                by its name, and else by its class.
        """
        if not self.named or self.named not in records:
            return self
        return self._replace(record=self.named, columns=None)


def find(name: str) -> Format:
    """Return the format of a name.

    Raises:
        FormatError: None has it.
    """
    if name not in FORMATS:
        raise FormatError(f"no format is called {name!r}", hint=f"one of: {', '.join(FORMATS)}")
    return FORMATS[name]


def of_logs() -> frozenset[str]:
    """Return the record types that lines of formats have, whichever a policy speaks of."""
    forms = FORMATS.values()
    return frozenset(name for form in forms for name in (form.record, form.named) if name)


def lines_by(rewriter: Callable[[Binding], Rewriter]) -> Callable[[Binding], Stream]:
    """Return the function that opens a stream of lines, for a format that takes line by line."""
    return lambda binding: Lines(binding.within(rewriter(binding)), binding.report, binding.reject)


def each(test: Callable[[bytes], bool]) -> Callable[[Sequence[bytes]], int]:
    """Return the function that counts lines of a sample, for a format that one line tells."""
    return lambda lines: sum(map(test, lines))


def custom(log_format: str) -> Format:
    """Return the format of access logs that a server writes by a log format of its own.

    Args:
        log_format: Apache's, with `%` directives, or nginx's, with `$` variables; the whole
            directive of the server's configuration will do as well.

    Raises:
        FormatError: It is none, or can be read in two ways.
    """
    from anonkit.parse import logformat, weblog

    layout = logformat.layout(log_format)
    columns = dict.fromkeys((*weblog.COLUMNS, *(column.name for column in layout.columns)))
    about = "access logs by their log format"
    return _weblog(layout, about)._replace(columns=tuple(columns))


def _weblog(layout: Layout, about: str) -> Format:
    from anonkit.parse import weblog
    from anonkit.parse.layout import LayoutRewriter

    def rewriter(binding: Binding) -> Rewriter:
        return LayoutRewriter(layout, binding.treatments, binding.report, cache=binding.cache)

    return Format(
        layout.name,
        about,
        "https://httpd.apache.org/docs/2.4/mod/mod_log_config.html",
        "weblog",
        weblog.RECORD,
        weblog.COLUMNS,
        "any line",
        lines_by(rewriter),
        each(weblog.fits(layout.name)) if layout.name in weblog.LAYOUTS else None,
    )


def _access(name: str, about: str) -> Callable[[], Format]:
    def row() -> Format:
        from anonkit.parse.weblog import LAYOUTS

        return _weblog(LAYOUTS[name], about)

    return row


def _address() -> Format:
    from anonkit.parse import address

    def rewriter(binding: Binding) -> Rewriter:
        return address.AddressRewriter(binding.treatments, binding.report, cache=binding.cache)

    return Format(
        "address",
        "lines that begin with an address; the rest of each line is one field",
        "https://www.rfc-editor.org/rfc/rfc4291#section-2.2",
        "address",
        address.RECORD,
        address.COLUMNS,
        "any line",
        lines_by(rewriter),
    )


def _w3c() -> Format:
    from anonkit.parse import w3c

    def rewriter(binding: Binding) -> Rewriter:
        return w3c.W3cRewriter(binding.treatments, binding.report, cache=binding.cache)

    return Format(
        "w3c",
        "extended log files of the W3C: IIS, CloudFront, proxies",
        "https://www.w3.org/TR/WD-logfile.html",
        "w3c",
        w3c.RECORD,
        None,
        "after directives",
        lines_by(rewriter),
        w3c.fits,
        w3c.FIELDS,
    )


def _jsonl() -> Format:
    from anonkit.parse import jsonl

    return Format(
        "jsonl",
        "records of types that a policy names, as JSON objects, one a line (NDJSON)",
        "https://jsonlines.org",
        "app",
        "",
        None,
        "any line",
        lines_by(lambda binding: jsonl.JsonlRewriter(binding.convert, binding.together)),
        each(jsonl.is_record),
        named=OBJECT,
    )


def _json() -> Format:
    from anonkit.parse import jsonl, objects, scalars
    from anonkit.parse.names import CLASSES

    def rewriter(binding: Binding) -> Rewriter:
        if binding.record == OBJECT:
            return jsonl.JsonlRewriter(binding.convert, binding.together)
        return objects.ObjectRewriter(binding.treatments, binding.report, cache=binding.cache)

    return Format(
        "json",
        "JSON objects of any shape, one a line (NDJSON); each value goes by its name",
        "https://www.rfc-editor.org/rfc/rfc8259",
        "json",
        scalars.RECORD,
        CLASSES,
        "any line",
        lines_by(rewriter),
        each(jsonl.is_other_object),
        named=OBJECT,
    )


def _syslog() -> Format:
    from anonkit.parse import syslog, syslog_line

    def rewriter(binding: Binding) -> Rewriter:
        return syslog.SyslogRewriter(binding.treatments, binding.report, cache=binding.cache)

    return Format(
        "syslog",
        "syslog (RFC 3164 and 5424), as files under /var/log and journald have it too",
        "https://www.rfc-editor.org/rfc/rfc5424#section-6",
        "syslog",
        syslog.RECORD,
        syslog_line.COLUMNS,
        "any line",
        lines_by(rewriter),
        syslog_line.fits,
    )


def _csv() -> Format:
    from anonkit.parse import table

    def stream(binding: Binding) -> Stream:
        return table.Table(
            binding.treatments,
            binding.report,
            cache=binding.cache,
            reject=binding.reject,
            record=binding.record,
        )

    return Format(
        "csv",
        "tables with a header: cells between commas, semicolons, tabs or bars (CSV, TSV)",
        "https://www.rfc-editor.org/rfc/rfc4180#section-2",
        "table",
        table.CLASSED,
        table.ROW_CLASSES,
        "never",  # the first row says what the others are, and a row may have lines within
        stream,
        table.fits,
        named=ROW,
    )


def _text() -> Format:
    def rewriter(binding: Binding) -> Rewriter:
        # On demand, as is the next: what finds keys in text is not light.
        from anonkit.parse.text import TextRewriter

        return TextRewriter(binding.treatments, binding.report)

    return Format(
        "text",
        "free text, line by line",
        "https://www.rfc-editor.org/rfc/rfc3629",
        "text",
        "text_line",
        ("line",),
        "never",  # a private key goes over many lines
        lines_by(rewriter),
    )


def _document() -> Format:
    def stream(binding: Binding) -> Stream:
        from anonkit.parse.text import Document

        return Document(binding.treatments, binding.report, binding.reject)

    return _text()._replace(
        name="document", about="free text, the whole stream as one text", open=stream
    )


class Formats(Mapping[str, Format]):
    """The rows of the table by name, in order."""

    def __init__(self, rows: Mapping[str, Callable[[], Format]]) -> None:
        self._rows = rows
        self._made: dict[str, Format] = {}

    def __getitem__(self, name: str) -> Format:
        if name not in self._made:
            self._made[name] = self._rows[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


FORMATS = Formats(
    {
        "common": _access("common", "access logs of Apache, nginx and others: common log format"),
        "combined": _access(
            "combined", "the same with referer and user agent, and perhaps further fields"
        ),
        "vhost_combined": _access("vhost_combined", "the same with host and port before it"),
        "address": _address,
        "w3c": _w3c,
        "jsonl": _jsonl,
        "json": _json,
        "syslog": _syslog,
        "csv": _csv,
        "text": _text,
        "document": _document,
    }
)
