"""Which format a sample has."""

from __future__ import annotations

import pytest

from anonkit.errors import FormatError
from anonkit.parse.sniff import LINES, Guess, sniff

COMMON = b'198.51.100.7 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5'
COMBINED = COMMON + b' "-" "-"'
JSON = b'{"type":"login"}'
SYSLOG = b"<34>Oct 11 22:14:15 mymachine su: failed"


@pytest.mark.parametrize(
    ("sample", "guess"),
    [
        (COMMON, ("common", "fits the first line")),
        (COMBINED + b"\n", ("combined", "fits the first line")),
        (COMBINED + b"\r\n" + COMBINED + b"\r\n", ("combined", "fits the first 2 lines")),
        (JSON + b"\n\n \n" + JSON + b"\n", ("jsonl", "fits the first 2 lines")),
        (b'{"type":"order"}\n', ("json", "fits the first line")),
        (SYSLOG + b"\n", ("syslog", "fits the first line")),
        (b'time,client\n1,2\n"a\nb",2\n', ("csv", "fits the first 4 lines")),
        (b'time,client,text\n1,2,"a\n' + b"b\n" * 9 + b'c"\n', ("csv", "fits the first 12 lines")),
        (COMBINED + b' 0.012 rt="1"\n', ("combined", "fits the first line")),
        (b"  " + JSON, ("jsonl", "fits the first line")),
        (b"x\n" + COMMON + b"\n", ("common", "fits 1 of the first 2 lines")),
        (b"x\n" + (COMBINED + b"\n") * 200, ("combined", "fits 99 of the first 100 lines")),
        (COMBINED + b"\n" + b"x" * 10_000, ("combined", "fits the first line")),
        (b"\xef\xbb\xbf" + COMBINED, ("combined", "fits the first line")),
        (b"# a comment\n" + COMBINED + b"\n", ("combined", "fits 1 of the first 2 lines")),
        (b"shop.example:443 " + COMBINED, ("vhost_combined", "fits the first line")),
        (b"<1>Oct 11 22:14:15 ada nginx: " + COMBINED, ("syslog", "fits the first line")),
        (
            b"[   12.345678] usb 1-1: SerialNumber: x",
            ("text", "no other format fits the first line"),
        ),
        (b"#Fields: date\n2026-01-01\n", ("w3c", "fits the first 2 lines")),
        (b"\xef\xbb\xbf#Fields: date time\n", ("w3c", "fits the first line")),
    ],
)
def test_most_lines_tell_a_format(sample: bytes, guess: tuple[str, str]) -> None:
    """The format that most whole lines have is the one, and the reason says how many."""
    assert sniff(sample) == Guess(*guess)


@pytest.mark.parametrize(
    "sample",
    [
        b"x\n" * 3, "Grüße\n".encode(), b"x" * 70_000, b"\xef\xbb\xbfx\n", b"Call me\n\n[1] done\n",
        b'2026/10/10 13:55:36 [error] 7#7: *1 open() failed, request: "GET / HTTP/1.1"\n' * 3,
        b"x\n\xff\n", b"[1]\n", b"a\r", b"# only\n# remarks\n",
        b"2026-10-10 06:00:01,123 INFO one, two, three\n" * 3,
        b"10:00:01.123  INFO [shop,4bf92f,,true] 7 --- [main] started\n" * 3,
        b"2026-10-10 13:55:36 INFO GET /a was asked for by nobody that we know of\n",
        b"1,2,3\n1,2\n", b"1,2,3\n",
        b"2026-10-10 13:55:36 CEST [7]: db=shop,user=x,app=y,client=[local] LOG:  started\n" * 3,
    ],
)  # fmt: skip
def test_what_fits_nothing_is_free_text(sample: bytes) -> None:
    """Readable lines of which no other format fits a single one are free text, and it is said so."""
    guess = sniff(sample)
    assert guess.format == "text"
    assert guess.reason.startswith("no other format fits ")


@pytest.mark.parametrize(
    ("sample", "problem", "hint"),
    [
        (b"x\ny\n" + COMMON + b"\n", "no format fits most of the first 3 lines: common fits 1", "-f"),
        (COMMON + b"\n" + JSON + b"\n", "common fits 1 and jsonl fits 1 of the first 2 lines", "-f"),
        (b'[\n{"a": 1},\n', "begins like JSON", "jq -c"),
        (b'{\n"user": "ada"\n', "begins like JSON", "jq -c"),
        (b'{"a":\n', "begins like JSON", "jq -c"),
        (b"{" * 9999, "begins like JSON", "jq -c"),
        (b"{\xff}\n", "begins like JSON", "jq -c"),
        (b'{"a":' + b"[" * 100_000 + b"\n", "begins like JSON", "jq -c"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n", "begins like XML", "-f text"),
        (b"Oct 11 22:14:15 ada x: a\n" + b"y\n" * 3, "no format fits most", "-f"),
        (b'ada ada "GET /a HTTP/1.1"\n', "looks like an access log", "--log-format"),
        (b"x\nada|GET /a HTTP/2.0|\n", "looks like an access log", "--log-format"),
        (b"- <Event xmlns='x'><System>\n", "begins like XML", "-f text"),
        (b"2026-05-11T09:02:44.1+02:00 stdout F " + COMMON + b"\n", "looks like what Kubernetes", "jq -Rc"),
        (b"Mon 2026-05-11 09:02:44 CEST ada sshd[7]: x\n", "looks like what journalctl prints", "-o json"),
        (b"1778482964.123456 ada systemd[1]: x\n", "looks like what journalctl prints", "-o short-iso"),
        (b"[   12.345678] ada kernel: x\n", "looks like what journalctl prints", "-o short-iso"),
        (b"__CURSOR=s=7\n_HOSTNAME=ada\n", "begins like what journalctl exports", "-o json"),
        (b"CEF:0|a|b|1|2|c|3|suser=ada\n", "looks like CEF or LEEF", "-f text"),
        (b"2026-05-11 ada LEEF:2.0|a|b|1|2|^|usrName=ada\n", "looks like CEF or LEEF", "-f text"),
        (b"version account-id interface-id srcaddr\n2 1 eni-1 192.0.2.1\n", "begins like a flow log", "tr ' ' ','"),
        (b"2 123456789010 eni-0123456789 192.0.2.1 192.0.2.2\n", "looks like a flow log of AWS without", "srcaddr"),
        (b'2026-05-11 09:02:44.123 CEST,"ada","shop",7,x\n', "looks like a csvlog of PostgreSQL", "-f csv"),
        (b"1,2026/05/11 09:02:44,012801096514,TRAFFIC,end\n", "looks like a log of PAN-OS", "-f csv"),
        (b"#fields\tts\tuid\n", "begins with a heading", "-f text"),
        (b"#separator \\x09\n#path\tconn\n#fields\tts\tuid\n1.0\tada\n", "has the heading of a log of Zeek",
         "sed -n 's/^#fields.//p'"),
        (b"#Fields ada\n", "begins with a heading", "-f text"),
        (b"1066036250.603    310 ::1 TCP_MISS/200 3341 GET http://x/ ada HIER_DIRECT/::2 text/html\n",
         "looks like a log of squid", "logformat=combined"),
        ((b'h2 2026-07-02T22:23:00.186641Z app/ada/50dc 192.0.2.39:2817 10.0.0.6:90 0.0 0.0 0.0 200 200 5 257 '
         b'"GET https://x/ HTTP/2.0" "ada" E T\n'), "looks like a log of an application load balancer", "$elb"),
        ((b'a19b12df90c456a18e96d34c ada [16/Feb/2026:11:23:45 +0000] 192.0.2.132 - 3E57 REST.GET.X - '
         b'"GET /ada HTTP/1.1" 200 - 1 - 7 - "-" "x" -\n'), "looks like a log of AWS S3", "$owner"),
        (b"86 <34>1 2026-10-11T22:14:15.003Z ada su - - - 'su root' failed\n",
         "looks like syslog with octet counts", "-f text"),
        (b'ada ada "GET /a HTTP/1.1"\n', "looks like an access log", "-f text"),
        (b"56 <34>Oct 11 22:14:15 ada su[1]: hi\n" * 3, "looks like syslog with octet counts", "lines"),
        (b'\x1e{"user":"ada"}\n', "begins like JSON", "--seq"),
        (b"www.example.org " + COMBINED + b"\n", "looks like an access log with a host", "%v %h"),
        (b'shop ::1 - ada [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 2 5\n',
         "looks like an access log with a host", "%v %h"),
        (b'1.2.3.4 - ada [October - 10, 2000:13:55:36] "GET / HTTP/1.0" 301 368\n',
         "looks like an access log in a layout", "--log-format"),
        (b"#Software: x\n#Fields: date-time,client-ip,ada\n1,2,3\n", "has a heading of #Fields", "sed"),
        (b"#Version: 1.0\n#Fields: date x-\xe2\x80\x8b\n1 2\n", "begins with a heading", "-f text"),
        (b"#version: 1.0\n#fields: date c-ip\n1 2\n", "begins with a heading", "-f text"),
        (b"2026-10-10 00:00:01 W3SVC1 ADA 10.0.0.4 GET /a x=ada 443 - 203.0.113.7 Moz - 200 0 0 5\n",
         "looks like a log of W3C or IIS", "grep -m 1 '^#Fields'"),
        (b"2026-10-10 00:00:01 10.0.0.4 GET /a x=ada 443 ada 203.0.113.7 Moz - http://x 200 0 0\n",
         "looks like a log of W3C or IIS", "-f w3c"),
        (b"sep=;\r\nuser;ip\r\nada;1\r\n", "begins with a line for Excel", "tail -n +2"),
        (b"# of today\nuser,ip\nada,1\n", "looks like a table behind remarks", "sed '/^#/d'"),
        (b"203.0.113.7,ada,x\n203.0.113.8,bob,y\n", "looks like a table, and", "-f csv"),
        (b'1|"a|b"|ada\n2|c|bob\n', "looks like a table, and", "-f text"),
        (b"user,ip\rada,1\r", "has lines that end with a carriage return", "tr"),
        (b"PK\x03\x04" + COMMON, "is a zip archive", "unzip -p"),
        (b"ada".ljust(257, b"\0") + b"ustar\x0000\n" + COMMON + b"\n" + COMMON + b"\n",
         "is a tar archive", "tar -xOf"),
        (b"\x1f\x8b\x08" + bytes(20), "is compressed twice", "zcat"),
        (bytes(1000), "is not text", "-f"),
        ("Grüße\n".encode("latin-1"), "is not text", "--encoding"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(sample: bytes, problem: str, hint: str) -> None:
    """Where two formats fit, or a part, or something that nobody reads, that is said with a way out."""
    with pytest.raises(FormatError) as caught:
        sniff(sample)
    assert caught.value.problem.startswith(problem)
    assert hint in (caught.value.hint or "")
    assert "ada" not in str(caught.value)


def test_blank_lines_tell_nothing() -> None:
    """A sample of blank lines has no format."""
    with pytest.raises(FormatError, match="no line to tell a format by"):
        sniff(b"\n\r\n \n")


def test_only_the_first_lines_are_looked_at() -> None:
    """What comes after the first hundred lines makes no difference."""
    assert sniff((COMMON + b"\n") * LINES + b"x\n" * 1000).format == "common"


OURS, OTHER = b'{"type":"login","ip":"203.0.113.7"}\n', b'{"type":"x","ip":"203.0.113.7"}\n'


@pytest.mark.parametrize(
    ("sample", "guess"),
    [
        (OURS + OTHER, ("json", "fits the first 2 lines")),
        ((OURS + OTHER) * 2 + b"x\n", ("json", "fits 4 of the first 5 lines")),
        ((OURS + OTHER) * 2 + b"x\n" * 3, ("json", "fits 4 of the first 7 lines")),
        (OURS * 2, ("jsonl", "fits the first 2 lines")),
        (OTHER * 2, ("json", "fits the first 2 lines")),
    ],
)
def test_a_policy_that_is_told_need_not_have_its_json_told_apart(
    sample: bytes, guess: tuple[str, str]
) -> None:
    """Built-in types among others are refused only where they would choose the preset."""
    assert sniff(sample, told=True) == guess
    if guess[0] == "json" and OURS in sample:
        with pytest.raises(FormatError, match="jsonl fits"):
            sniff(sample)
