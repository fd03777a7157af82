"""Access logs a second time: a reader and an anonymizer with plain means, and strategies.

Written from the documentation alone, with `partition`, loops over characters and `datetime`; no
expression and no line of `anonkit.parse` is used. The stages are those of `reference`, but for
`url` and `user_agent`, whose own tests are elsewhere.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from anonkit.errors import Withheld
from anonkit.policy import Field, Policy, Record
from anonkit.stages import (
    Stage,
    Url,
    UserAgent,
    drop,
    generalize,
    keep,
    pseudonymize,
    truncate,
    url,
    user_agent,
)
from reference import STAGES, No, NoRecord, Once, Reference
from strategies import KEY, PERIOD

if TYPE_CHECKING:
    from collections.abc import Callable

COMMON = ("client", "ident", "user", "time", "method", "target", "protocol", "status", "bytes")
COLUMNS = {"common": COMMON, "combined": (*COMMON, "referer", "agent")}
QUOTED = ("time", "referer", "agent")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DIGITS = frozenset("0123456789")


class Line:
    """One line, read.

    Attributes:
        fields: The text of each column.
        requested: Whether the request has its three parts.
        extras: What stands for the fields that follow.
    """

    def __init__(self, text: str, form: str) -> None:
        """Read a line; `No` says why it is none."""
        self._rest = text
        no = f"not a line of the {form} format"
        client, ident = self._until(" ", no), self._until(" ", no)
        user = self._until(" [", no)
        if not client or not ident or '"' in client + ident + user:
            raise No(no)
        if not 1 <= len(user) <= 256 or "[" in user or "]" in user:
            raise No(no)
        time = self._until("] ", no)
        if "]" in time or not 1 <= len(time) <= 64:
            raise No(no)
        request = self._quoted(no)
        self._until(" ", no, empty=True)
        status = self._until(" ", no)
        size, space, self._rest = self._rest.partition(" ")
        if not status or not size:
            raise No(no)
        quoted, further = [], ""
        while space:
            bare = len(quoted) >= 2 and not self._rest.startswith('"')
            further += (" -" if bare else ' "-"') if len(quoted) >= 2 else ""
            quoted.append(self._bare(no) if bare else self._quoted(no))
            space = " " if self._rest else ""
            if space:
                self._until(" ", no, empty=True)
        if (form == "combined") != (len(quoted) >= 2) or len(quoted) == 1 or text.endswith(" "):
            raise No(no)
        parts = request.split(" ")
        self.requested = len(parts) == 3 and is_request(*parts)
        method, target, protocol = parts if self.requested else ("-", "-", "-")
        said = (client, ident, user, time, method, target, protocol, status, size, *quoted[:2])
        self.fields = dict(zip(COLUMNS[form], said, strict=True))
        self.extras = further

    def check(self) -> Line:
        """Refuse a time, status or size that is none."""
        if self.fields["time"] != "-":
            is_time(self.fields["time"])
        status, size = self.fields["status"], self.fields["bytes"]
        if status != "-" and not (len(status) == 3 and set(status) <= DIGITS):
            raise No("status: not a number")
        if size != "-" and not (len(size) <= 19 and set(size) <= DIGITS):
            raise No("bytes: not a number")
        return self

    def _until(self, mark: str, no: str, *, empty: bool = False) -> str:
        before, found, self._rest = self._rest.partition(mark)
        if not found or (empty and before):
            raise No(no)
        return before

    def _bare(self, no: str) -> str:
        """Take a word, which may end in a quoted part."""
        at = 0
        while at < len(self._rest) and self._rest[at] not in ' "\t\n\r\f\v':
            at += 1
        if not at:
            raise No(no)
        taken, self._rest = self._rest[:at], self._rest[at:]
        return taken + (self._quoted(no) if self._rest.startswith('"') else "")

    def _quoted(self, no: str) -> str:
        """Take a quoted part: to the first quote without a backslash of its own."""
        if not self._rest.startswith('"'):
            raise No(no)
        at = 1
        while at < len(self._rest) and self._rest[at] != '"':
            at += 2 if self._rest[at] == "\\" else 1
        if at >= len(self._rest):
            raise No(no)
        taken, self._rest = self._rest[1:at], self._rest[at + 1 :]
        return taken


def is_request(method: str, target: str, protocol: str) -> bool:
    """Tell whether three words are a request."""
    upper = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    name, slash, version = protocol.partition("/")
    return (
        (method in ("-", "__other__") or (set(method) <= upper | {"-"} and method[:1] in upper))
        and 1 <= len(method) <= 32
        and bool(target)
        and (
            protocol == "-"
            or (
                (bool(slash) and set(name) <= upper and 2 <= len(name) <= 8)
                and (set(version) <= DIGITS | {"."} and 1 <= len(version) <= 3)
            )
        )
    )


def is_time(text: str) -> None:
    """Refuse what has not the shape of a time: `10/Oct/2000:13:55:36 -0700`."""
    date, space, zone = text.partition(" ")
    parts = date.replace("/", ":").split(":")
    widths = [2, 3, 4, 2, 2, 2]
    if not space or date[2:3] + date[6:7] + date[11:12] != "//:" or [*map(len, parts)] != widths:
        raise No("time: not a time")
    day, month, year, *clock = parts
    digits = day + year + "".join(clock) + zone[1:]
    if not set(digits) <= DIGITS or month not in MONTHS or len(zone) != 5 or zone[0] not in "+-":
        raise No("time: not a time")
    limits = (31, 23, 59, 60, 14, 59)
    values = [int(day), *map(int, clock), int(zone[1:3]), int(zone[3:])]
    if int(day) < 1 or any(v > most for v, most in zip(values, limits, strict=True)):
        raise No("time: not a time")


def read_time(text: str) -> datetime:
    """Return the moment that a time says."""
    offset = timedelta(hours=int(text[22:24]), minutes=int(text[24:26]))
    zone = timezone(-offset if text[21] == "-" else offset)
    try:
        return datetime(
            int(text[7:11]), MONTHS.index(text[3:6]) + 1, int(text[:2]),
            int(text[12:14]), int(text[15:17]), int(text[18:20]), tzinfo=zone,
        )  # fmt: skip
    except ValueError:
        raise No("not a time") from None


def write_time(time: datetime) -> str:
    """Write a moment as access logs do."""
    seconds = (time.utcoffset() or timedelta()).total_seconds()
    if seconds % 60:
        raise No("does not fit the format")
    minutes = abs(int(seconds)) // 60
    sign = "-" if seconds < 0 else "+"
    return (
        f"{time.day:02d}/{MONTHS[time.month - 1]}/{time.year:04d}:{time.hour:02d}:"
        f"{time.minute:02d}:{time.second:02d} {sign}{minutes // 60:02d}{minutes % 60:02d}"
    )


class SecondWeblog:
    """Anonymizes lines as the documents say, one by one and without haste.

    Attributes:
        withheld, omitted: Counts by place and rule.
        passed: How many lines left.
        undeclared: How many columns that no policy line names were dropped.
    """

    def __init__(self, policy: Policy, form: str) -> None:
        document = policy.document()
        self.form = form
        self.fields: dict[str, Any] = document["record"]["web_request"]["fields"]
        self.once = Once(Reference(document, KEY, PERIOD), "web_request", packed=False)
        self.withheld: Counter[tuple[str, str, str]] = Counter()
        self.omitted: Counter[tuple[str, str, str]] = Counter()
        self.passed = self.undeclared = 0

    def __call__(self, line: bytes) -> bytes | None:
        """Return what may leave of a line with its end, or None."""
        content = line[:-1] if line.endswith(b"\n") else line
        content = content[:-1] if content.endswith(b"\r") else content
        if not content:
            return line
        try:
            result = self._line(content)
        except NoRecord as no:
            path, rule = no.args
            self.withheld["web_request", path, rule] += 1
            return None
        except No as no:
            self.withheld["web_request", "", no.args[0]] += 1
            return None
        self.passed += 1
        self.undeclared += len([c for c in COLUMNS[self.form] if c not in self.fields])
        return result.encode() + line[len(content) :]

    def _line(self, content: bytes) -> str:
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise No("not UTF-8") from None
        if any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029" for c in text):
            raise No("a control character")
        line = Line(text, self.form).check()
        omitted = Counter(self.omitted)
        new = {}
        for column in COLUMNS[self.form]:
            try:
                new[column] = self._column(column, line.fields[column])
            except No as no:
                if self.fields[column].get("withhold") != "field":
                    raise NoRecord(column, no.args[0]) from None
                omitted["web_request", column, no.args[0]] += 1
                new[column] = "-"
        self.omitted = omitted
        request = f"{new['method']} {new['target']} {new['protocol']}" if line.requested else "-"
        text = f"{new['client']} {new['ident']} {new['user']} [{new['time']}] "
        text += f'"{request}" {new["status"]} {new["bytes"]}'
        if self.form == "combined":
            text += f' "{new["referer"]}" "{new["agent"]}"{line.extras}'
        return text

    def _column(self, column: str, text: str) -> str:
        field = self.fields.get(column)
        if field is None or "drop" in field or text == "-":
            return "-"
        if "keep" in field:
            return text
        if (options := field.get("generalize", {})) and options.get("zone") == "written":
            if column != "time":
                raise No("not a time")
            count = int(options["unit"].removesuffix("min"))
            return f"{text[:15]}{int(text[15:17]) // count * count:02}:00{text[20:]}"
        value = self._value(column, field, text)
        told = Once(self.once.reference, "web_request", packed=False)
        try:
            value = told.field(column, field | {"withhold": "record"}, value)
        except NoRecord as no:
            raise No(no.args[1]) from None
        return fitting(column, value)

    def _value(self, column: str, field: dict[str, Any], text: str) -> Any:
        """Return the value that the first stage of a column takes."""
        chain = field.get("stages") or [field]
        if "url" in chain[0] and not chain[0]["url"]["parameters"]:
            return text.partition("?")[0].partition("#")[0]
        options = chain[0].get("generalize", {})
        words = [word for word in options.get("allow", ()) if isinstance(word, str)]
        if not options or "parts" in options or words or column not in (*numbers, "time"):
            return text
        return read_time(text).isoformat() if column == "time" else int(text)


numbers = ("status", "bytes")


def fitting(column: str, value: Any) -> str:
    """Write what the stages made of a column, if the format can say it."""
    if isinstance(value, datetime):
        text = write_time(value)
    elif isinstance(value, int | float):
        text = f"{math.floor(value):03d}" if column == "status" else str(math.floor(value))
    else:
        text = str(value)
    spaces = " \xa0" if column in QUOTED else ""
    if (not text and not spaces) or any(
        c in '"\\' or ((c <= " " or "\x7f" <= c <= "\xa0") and c not in spaces) for c in text
    ):
        raise No("does not fit the format")
    return text


def _real(make: Callable[..., Stage]) -> Callable[..., Any]:
    def stage(_once: Any, _path: str, options: Any, value: Any, *, raw: bool) -> Any:
        try:
            options = {} if options is True else options
            return make(**options).bind()(value)
        except Withheld as withheld:
            raise No(withheld.rule) from None

    return stage


STAGES.setdefault("url", _real(lambda **o: Url(**{**o, "parameters": tuple(o["parameters"])})))
STAGES.setdefault("user_agent", _real(UserAgent))

# --- policies ---------------------------------------------------------------------------------

ANY: tuple[tuple[Stage, ...], ...] = (
    (keep(),),
    (drop(),),
    (truncate(),),
    (truncate(v4=16, v6=32),),
    (pseudonymize(),),
    (pseudonymize("visitor", canonical=("casefold",)),),
    (truncate(), pseudonymize()),
    (url(),),
    (url(path="drop"),),
    (url(path="keep"),),
    (url(origin=True),),
    (url(parameters=("page",)),),
    (user_agent(),),
    (generalize(allow=("GET", "POST", "200", "-")),),
    (generalize(parts=1),),
)
NUMBERS = (
    (generalize(log=2),), (generalize(log=1.5),), (generalize(step=100),),
    (generalize(step=0.5),), (generalize(allow=(200, 404)),),
)  # fmt: skip
TIMES = (
    (generalize("1h"),), (generalize("1d"),), (generalize("1mo", zone="Europe/Berlin"),),
    (generalize("15min", zone="Asia/Kathmandu"),),
    (generalize("1min", zone="written"),), (generalize("20min", zone="written"),),
)  # fmt: skip


@st.composite
def weblog_policies(draw: st.DrawFn) -> Policy:
    """Draw a policy over any columns."""
    columns = draw(st.lists(st.sampled_from(COLUMNS["combined"]), min_size=1, unique=True))
    fields = {}
    for column in columns:
        among: tuple[tuple[Stage, ...], ...] = ANY
        if column in numbers:
            among = (*ANY, *NUMBERS)
        elif column == "time":
            among = (*ANY, *TIMES)
        withhold = draw(st.sampled_from(["record", "field"]))
        fields[column] = Field(draw(st.sampled_from(among)), withhold=withhold)
    return Policy("drawn", {"web_request": Record(fields)})


# --- lines ------------------------------------------------------------------------------------

_odd = st.text(st.sampled_from(' "\\[]%?#/:,.-ab1é\u00a0\u2028\u202e\x00\x7f\t'), max_size=6)
CLIENTS = (
    "203.0.113.77", "198.51.100.7", "2001:db8:1:2:3:4:5:6", "::ffff:203.0.113.77", "-",
    "[2001:db8::7]:443", "203.0.113.77:51234", "fe80::1%eth0", "203.0.113.77,198.51.100.7",
    "203.0.113.77, 198.51.100.7", "host.example", "1.2.3", "999.1.1.1", "01.2.3.4", "::", ":",
    "64:ff9b::203.0.113.77", "2002:cb00:714d::1", '203.0.113.77"', "[",
)  # fmt: skip
USERS = (
    "-", "alice", "Ada Lovelace", "DOM\\\\ada", "ada [x]", "a]", 'a"b', " ", "a  ", "é",
    "x" * 256, "x" * 257, "\\x22", "-  -",
)  # fmt: skip
TIMES_WRITTEN = (
    "10/Oct/2000:13:55:36 -0700", "29/Feb/2024:23:59:59 +0530", "01/Jan/1970:00:00:00 +0000",
    "30/Feb/2000:13:55:36 -0700", "10/Okt/2000:13:55:36 -0700", "10/Mai/2000:13:55:36 +0200",
    "10/oct/2000:13:55:36 -0700", "10/Oct/2000:13:55:36 +2500", "10/Oct/2000:13:55:36 +1459",
    "10/Oct/2000:23:59:60 +0000", "10/Oct/2000:24:00:00 +0000", "00/Oct/2000:13:55:36 -0700",
    "1/Oct/2000:13:55:36 -0700", "10/Oct/2000:13:55:36  -0700", "10/Oct/2000:13:55:36 Z",
    "10/Oct/2000:13:55:36 +02:00", "01/Jan/0001:00:00:00 +1400", "31/Dec/9999:23:59:59 -1200",
    "01/Jan/0000:00:00:00 +0000", "02/Jan/1850:13:55:36 +0000", "-", "x", "[",
    "\uff11\uff10/Oct/2000:13:55:36 -0700", "2000-10-10T13:55:36", "1" * 65,
)  # fmt: skip
REQUESTS = (
    "GET / HTTP/1.1", "GET /users/ada?token=tok_1&page=2#x HTTP/1.1", "-", "", "GET /",
    "GET /a b HTTP/1.1", "get / HTTP/1.1", "M-SEARCH * HTTP/1.1", "OPTIONS * HTTP/1.0",
    "CONNECT 203.0.113.77:443 HTTP/1.1", "GET http://u:p@203.0.113.77/x HTTP/1.1",
    "\\x16\\x03\\x01", 'GET /\\" HTTP/1.1', 'GET /"x HTTP/1.1', "GET /\\ HTTP/1.1",
    "GET -?x HTTP/1.1", "GET *?x HTTP/1.1", "GET ?x HTTP/1.1", "GET - HTTP/1.1", "- - -",
    "__other__ / HTTP/1.1", "GET / -", "ada@example.org / HTTP/1.1", "GET /é HTTP/1.1",
    "GET /%zz%41 HTTP/1.1", "GET / HTTP/1.1.1", "GET / http/1.1", "A" * 33 + " / HTTP/1.1",
    "GET  / HTTP/1.1", "GET mailto:ada@example.org HTTP/1.1", "GET odd:thing HTTP/1.1",
)  # fmt: skip
STATUSES = ("200", "404", "099", "-", "20", "2000", "20x", "\u0662\u0660\u0660", '200"')
SIZES = ("0", "2326", "-", "9" * 19, "9" * 20, "007", "-1", "1.5", "x", '"')
REFERERS = (
    "-", "", "https://example.org/a/4711?q=ada#f", "http://ada:pw@example.org/", "?x", "-?x",
    "android-app://com.example", "odd:thing", "ada lovelace", "http://[::1]/", "\\x22", "a\\",
    "http://203.0.113.77/ip", "é",
)  # fmt: skip
AGENTS = (
    "-", "", "curl/8.5.0", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    'a\\"b', "\\", "ada@example.org", "é", "x" * 700, "a\\\\",
)  # fmt: skip
EXTRAS = (
    "", ' "-"', ' 0.012 "203.0.113.77, 198.51.100.7" u="1 2"', " x", ' "', " ", ' "-"' * 9, ' x"', ' x"y"z', " \\ .",
)  # fmt: skip


def _some(values: tuple[str, ...], *, odd: bool) -> st.SearchStrategy[str]:
    # `one_of` counts a strategy that it is given thrice once, so what is usual is told by a flag.
    usual = st.sampled_from(values[:3])
    return usual | st.sampled_from(values) | _odd if odd else usual


@st.composite
def weblog_lines(draw: st.DrawFn, form: str) -> bytes:
    """Draw one line without its end: half of them in order, others with anything anywhere."""
    odd = draw(st.booleans())

    def some(values: tuple[str, ...]) -> str:
        return draw(_some(values, odd=odd and draw(st.integers(0, 2)) == 0))

    text = (
        f"{some(CLIENTS)} {some(USERS[:3])} {some(USERS)} "
        f'[{some(TIMES_WRITTEN)}] "{some(REQUESTS)}" {some(STATUSES)} {some(SIZES)}'
    )
    if form == "combined":
        text += f' "{some(REFERERS)}" "{some(AGENTS)}"{some(EXTRAS)}'
    line = text.encode().replace(b"\n", b"")
    damage = draw(st.integers(0, 19))
    if damage == 0:
        line = line[: draw(st.integers(0, len(line)))]
    elif damage == 1:
        at = draw(st.integers(0, len(line)))
        line = line[:at] + draw(st.binary(max_size=3)).replace(b"\n", b"") + line[at:]
    elif damage == 2:
        line = text.encode("latin-1", "replace").replace(b"\n", b"")
    elif damage == 3:
        line = draw(st.binary(max_size=20)).replace(b"\n", b"")
    elif damage == 4:
        line = b""
    return line


_ends = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\r\n", b"\r\r\n"])


@st.composite
def weblog_streams(draw: st.DrawFn, form: str, size: int = 8) -> bytes:
    """Draw a stream of lines, with or without a last newline."""
    lines = draw(st.lists(weblog_lines(form), max_size=size))
    stream = b"".join(line + draw(_ends) for line in lines)
    return stream if draw(st.booleans()) else stream[: -draw(st.integers(1, 3))]


def lines_of(stream: bytes) -> list[bytes]:
    """Split a stream at newlines alone, which stay."""
    parts = stream.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
