"""Log formats of Apache and nginx: what they say, and which are refused."""

from __future__ import annotations

import pytest

from anonkit import Pipeline, Policy
from anonkit.errors import FormatError, PolicyError
from anonkit.parse.formats import custom
from anonkit.parse.layout import LayoutRewriter
from anonkit.parse.servers import APACHE, NGINX
from customlogs import AGENT
from strategies import keyring

TIME = "[10/Oct/2026:13:55:36 +0200]"
CUT = "[10/Oct/2026:13:55:00 +0200]"
REQUEST = "GET /users/4711?q=ada HTTP/1.1"
MAIN = """log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';"""
JSON = """log_format j escape=json '{"t":"$time_iso8601","ip":"$remote_addr","s":$status,'
  '"u":"$remote_user","c":$connection,"rt":$request_time,"r":"$request"}';"""


def left(log_format: str, line: str, policy: str = "weblog") -> tuple[str, int]:
    """Return what leaves of a line, or its rule behind a mark; and whether the fast loop took it."""
    pipeline = Pipeline(
        Policy.preset(policy) if "=" not in policy else Policy.from_toml(policy), keys=keyring()
    )
    lines = pipeline.lines(custom(log_format))
    output = (lines.feed(line.encode() + b"\n") + lines.finish()).decode()
    rewriter = lines._rewriter  # type: ignore[attr-defined]
    assert isinstance(rewriter, LayoutRewriter)
    fast = len([row for row in rewriter._find(line.encode() + b"\n") if row and not row[-1]])
    if not output:
        (entry,) = pipeline.report.as_dict()["withheld"]
        return f"!{entry['field']}: {entry['rule']}", 0
    return output.removesuffix("\n"), fast


@pytest.mark.parametrize(
    ("log_format", "line", "expected"),
    [
        (
            '$type $at $remote_addr "$request" "$http_user_agent" ...',
            f'h2 2026-07-02T22:23:00.186Z 203.0.113.77:2817 "{REQUEST}" "{AGENT}" ada T "a b" 1 "-"',
            '- - 203.0.113.0 "GET /users/:id HTTP/1.1" "Firefox/138 (Linux)" - - "-" - "-"',
        ),
        (
            "$remote_addr $request_uri $http_user_agent ...",
            "203.0.113.77 /users/4711?q=ada curl/8.1 of ada",
            "203.0.113.0 /users/:id - - -",
        ),
        (
            "$remote_addr $http_user_agent ...",
            "203.0.113.77 curl of ada",
            "203.0.113.0 - - -",
        ),
        (
            '%h %u "%r" %>s ...',
            f'203.0.113.77 ada "{REQUEST}" 200',
            '203.0.113.0 - "GET /users/:id HTTP/1.1" 200',
        ),
        (
            MAIN,
            f'203.0.113.77 - ada l [{TIME[1:-1]}] "{REQUEST}" 200 5 "-" "{AGENT}" "203.0.113.9, 10.0.0.1"',
            f'203.0.113.0 - - {CUT} "GET /users/:id HTTP/1.1" 200 5 "-" "Firefox/138 (Linux)" "203.0.113.0, 10.0.0.0"',
        ),
        (
            JSON,
            f'{{"t":"2026-10-10T13:55:36Z","ip":"203.0.113.77","s":200,"u":"ada","c":7,"rt":0.001,"r":"{REQUEST}"}}',
            '{"t":"2026-10-10T13:55:00Z","ip":"203.0.113.0","s":200,"u":"-","c":null,"rt":0.001,"r":"GET /users/:id HTTP/1.1"}',
        ),
        (
            r'LogFormat "%{X-Forwarded-For}i %l %u %t \"%r\" %>s %b \"%{User-Agent}i\" %D" proxy',
            f'203.0.113.77, 10.0.0.1 - ada {TIME} "{REQUEST}" 200 5 "{AGENT}" 1234',
            f'203.0.113.0, 10.0.0.0 - - {CUT} "GET /users/:id HTTP/1.1" 200 5 "Firefox/138 (Linux)" 1234',
        ),
        ("CustomLog logs/a.log '%h %u' env=!x", "203.0.113.77 ada", "203.0.113.0 -"),
        ("CustomLog logs/a.log '%h %u'", "203.0.113.77 ada", "203.0.113.0 -"),
        (
            "$remote_addr:$remote_port $scheme://$host$request_uri",
            "2001:db8:1:2::3:443 https://shop.example/users/4711?q=ada",
            "2001:db8:1:::- https://shop.example/users/:id",
        ),
        ("%v:%p%U %h", "shop.example:443/users/4711 ::1", "shop.example:443/users/:id ::"),
        ("escape=none $http_user_agent|$remote_addr", f"{AGENT}|::1", "Firefox/138 (Linux)|::"),
        ('%h "%r" %{User-Agent}i', f'::1 "{REQUEST}" {AGENT}',
         ':: "GET /users/:id HTTP/1.1" Firefox/138 (Linux)'),
        (r"%h\t%u\t%r", f"::1\tada lovelace\t{REQUEST}", "::\t-\tGET /users/:id HTTP/1.1"),
        ("100%% %h", "100% ::1", "100% ::"),
        ("$remote_addr $status 5%", "::1 200 5%", ":: 200 5%"),
        ("log_format x '5%r $remote_addr';", "5%r ::1", "5%r ::"),
        ("log_format x '\\'$remote_addr\\'' \"\\t\" '$status';", "'::1'\t200", "'::'\t200"),
        ("%h %r %s", f"::1 {REQUEST} 200", ":: GET /users/:id HTTP/1.1 200"),
        ("%h|%A|%s", "::1|10.0.0.5|200", "::|-|200"),
        ("%h %^FB %{x}^ti %{x}^to", "::1 7 a b", ":: - - -"),
    ],
)  # fmt: skip
def test_a_format_from_the_field_is_read_fast(log_format: str, line: str, expected: str) -> None:
    """Formats as servers' configurations have them are read, by the loop over usual lines."""
    assert left(log_format, line) == (expected, 1)


@pytest.mark.parametrize(
    ("log_format", "line", "expected"),
    [
        ("%u|%s", "ada|x|200", "!: not a line of the custom format"),
        ("(%{User-Agent}i) %h", "(curl/8) ::1", "(-) ::"),
        ("%h %m", "::1 get", "!: not a line of the custom format"),
        ("%h %v", "::1 ada@x", "!: not a line of the custom format"),
        ("%h %u %{User-Agent}i", "::1 ada l curl/8", "!: not a line of the custom format"),
        ('%h "%r"', '::1 "a b"', ':: "-"'),
        ('%h "%{Referer}i"', '::1 "http://x/\\"?ada"', ':: "http://x/%5C%22"'),
        ('escape=none $remote_addr "$http_referer"', '::1 "a" b"', "!: not a line of the custom format"),
        ("%h\\t%u", "::1\tada\tl", "!: a control character"),
        ('%h\\t"%u"\\t%s', '::1\t"a\td"\t200', "!: a control character"),
        ("%h %a", "::1 ada", ":: -"),
        ("[%{Referer}i]", "[ada]", "[ada]"),
        ("%h;%{X-Forwarded-For}i;%s", "::1;::1, ::2;200", "::;::, ::;200"),
        ("%h %{User-Agent}i", "::1 curl/8", ":: curl/8 (tool)"),
        ("%{User-Agent}i %h", "curl/8 ::1", "- ::"),
        ('%h %u "%r"', f'::1 a [b] "{REQUEST}"', "!: not a line of the custom format"),
    ],
)  # fmt: skip
def test_a_line_that_could_be_read_otherwise_is_read_strictly(
    log_format: str, line: str, expected: str
) -> None:
    """A line whose columns could end elsewhere is withheld, and what does not fit stays behind."""
    assert left(log_format, line)[0] == expected


@pytest.mark.parametrize(
    ("log_format", "problem"),
    [
        ("", "names no column"),
        ("combined", "names no column"),
        ("%%", "names no column"),
        ("%h %Z", "has '%Z', which is no directive of Apache"),
        ("%h %", "has '%', which is no directive of Apache"),
        ("%h %{Referer", "has '%{Ref', which is no directive of Apache"),
        ("%h %i", "has '%i' without a name in braces"),
        ("%h %{}i", "has '%{}i' without a name in braces"),
        ("%h%u", "nothing stands between %h and %u in the log format"),
        ("%h %U%s", "nothing stands between %U and %s in the log format"),
        ("$remote_addr$status", "nothing stands between $remote_addr and $status"),
        ("%h $status", "has both '%h' of Apache and variables of nginx"),
        ("%{%c}t", "has '%{%c}t': the time directive '%c' is not known"),
        ("log_format x escape=xml '$host';", "nginx has no escape=xml"),
        ("escape=xml $host", "nginx has no escape=xml"),
        ("%h\\n%u", "goes over several lines"),
        ("%h " * 4000, "is longer than 8192 characters"),
    ],
)
def test_a_format_that_cannot_be_used_is_refused_with_the_place(
    log_format: str, problem: str
) -> None:
    """A log format that is none, or can be read in two ways, is refused, and the place is named."""
    with pytest.raises(FormatError) as caught:
        custom(log_format)
    assert problem in caught.value.problem


@pytest.mark.parametrize("letter", APACHE)
def test_every_directive_of_apache_is_known(letter: str) -> None:
    """Each directive of mod_log_config is read alone, with its argument and with modifiers."""
    for text in (f"%{{x}}{letter}", f"%>{{x}}{letter}", f"%400,501{{x}}{letter}"):
        if letter != "t":
            assert custom(text).columns


def test_every_variable_of_nginx_is_known() -> None:
    """Each variable with a column has one, and any other becomes a column by its own name."""
    for name in NGINX:
        assert custom(f"${name}").columns
    for name, column in {
        "arg_user": "query", "upstream_cookie_x": "cookie", "http_cookie": "cookie",
        "upstream_http_x": "reply_x", "my_map": "my_map",
    }.items():  # fmt: skip
        assert column in (custom(f"${name}").columns or ())


def test_further_fields_are_read_as_fields_are() -> None:
    """Behind three dots stand words and quoted text with a space before each, and nothing else."""
    for further, expected in ((" a b", " - -"), ("", ""), (' u="1 2"', " -"), (" x", " -")):
        assert left('$remote_addr "$request" ...', f'203.0.113.77 "{REQUEST}"{further}')[0] == (
            f'203.0.113.0 "GET /users/:id HTTP/1.1"{expected}'
        )
    for broken in (' "x', "  x", 'x "y"', ' x"y"z', "x"):
        rule = "!: not a line of the custom format"
        assert left('$remote_addr "$request" ...', f'203.0.113.77 "{REQUEST}"{broken}')[0] == rule


def test_a_policy_can_keep_a_column_by_its_name() -> None:
    """A header that no preset knows has a column of its name, which a policy of one's own can keep."""
    policy = '[record.web_request]\nfields.header_x_cache = "keep"'
    assert left("%h %{X-Cache}i", "::1 HIT", policy)[0] == "- HIT"
    with pytest.raises(PolicyError, match="no column of this format has that name"):
        left("%h", "::1", policy)


def test_numbers_and_times_are_made_coarser_in_their_own_way() -> None:
    """Seconds with a fraction and times of any layout leave as such under weblog-strict."""
    fields = "%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t %D"
    line = "10/Oct/2026 13:55:36.123 +0200 1234"
    coarse = "10/Oct/2026 13:00:00.000 +0200 1024"
    assert left(fields, line, "weblog-strict")[0] == coarse
    nginx = "$msec $time_iso8601 $request_time $upstream_response_time"
    line = "1700000000.123 2026-10-10T13:55:36+02:00 0.123 0.1"
    coarse = "1699999200.000 2026-10-10T11:00:00+00:00 0.0625 -"
    assert left(nginx, line, "weblog-strict")[0] == coarse
    assert left("$request_time", "2.0", "weblog-strict")[0] == "2"


HOSTILE = {
    "letters": "a" * 400_000,
    "quotes": '"' * 400_000,
    "words": "a " * 200_000,
    "backslashes": "\\" * 400_000,
    "addresses": "1:2." * 100_000,
    "marks": " [1] |:/?;" * 40_000,
}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "log_format",
    ['%u [%u] "%r" %{User-Agent}i', "%h:%{remote}p %U%q", '"%{Referer}i"|%{X-Forwarded-For}i %v',
     '$host$request_uri "$http_x" $msec', "%{X-Forwarded-For}i %r %l", "%u %u %u %u %u"],
)  # fmt: skip
def test_a_hostile_line_is_read_in_linear_time(log_format: str, text: str) -> None:
    """A line of what expressions stumble over is taken or withheld at once; quadratic ones would not return."""
    lines = Pipeline(Policy.preset("weblog")).lines(custom(log_format))
    for line in (HOSTILE[text], f"::1:1 {HOSTILE[text]}", f'x [x] "{HOSTILE[text]}'):
        assert HOSTILE[text].encode() not in lines.feed(line.encode() + b"\n")
