"""Signs of structure that no format reads, so that it is not taken for free text.

A scrubber finds what looks personal anywhere. A name in a column has no look of its own, and would
stay: so lines that plainly have columns are refused with a way to read them, and scrubbed as text
only when somebody says so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from anonkit.errors import FormatError
from anonkit.parse import table

if TYPE_CHECKING:
    from collections.abc import Sequence

ENOUGH = 0.5  # of the lines of a sample, so that broken ones among them do no harm
AS_TEXT = "-f text scrubs every line as free text, and names in it stay"


class _Sign(NamedTuple):
    """What lines look like.

    Args:
        pattern: What they begin with.
        problem: What is said of them.
        hint: How they can be read.
        where: Which lines decide: the first; half of all; or any of the remarks (`#`) that the
            sample begins with.
    """

    pattern: re.Pattern[bytes]
    problem: str
    hint: str
    where: Literal["first", "half", "remarks"] = "first"


_VPC = (
    "version,account-id,interface-id,srcaddr,dstaddr,srcport,dstport,protocol,packets,bytes,start,end,"
    "action,log-status"
)
_POSTGRESQL = (
    "time,user,database,pid,client,session,line,tag,start,vxid,txid,severity,code,message,detail,hint,"
    "internal_query,internal_pos,context,query,query_pos,location,application,backend,leader,query_id"
)

_SIGNS = (
    _Sign(
        # RFC 7464, section 2.2, puts a record separator before each text.
        re.compile(rb"[\s\x1e]*(?:\{|\[\s*(?:[\[{\]\"]|$))"),
        "begins like JSON, and no line is an object",
        "write one record a line: jq -c . (jq -c '.[]' for a list, jq --seq -c . for a sequence)",
    ),
    _Sign(
        # Windows writes events one a line, without the line that says it is XML.
        re.compile(rb"[\s-]*<(?:\?xml|!DOCTYPE|!--|Events?[ >])", re.IGNORECASE),
        "begins like XML, which is not read",
        "-f text scrubs it as free text; names in it stay",
    ),
    _Sign(
        # 2026-05-11T09:02:44.123456789+02:00 stdout F {"msg":"hello"}
        re.compile(
            rb"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-9:.]{8,18}(?:Z|[+-][0-9:]{5}) std(?:out|err) [FP] "
        ),
        "looks like what Kubernetes keeps of containers (CRI)",
        """jq -Rc 'capture("(?<time>[^ ]+) (?<stream>[^ ]+) (?<tag>[^ ]+) (?<log>.*)")' FILE | """
        "anonkit run -f json",
        where="half",
    ),
    _Sign(
        # www.example.com 203.0.113.77 - ada [10/Oct/2026:13:55:36 +0200] "GET / HTTP/1.1" 200 5
        re.compile(
            rb"[0-9A-Za-z._-]{1,255} (?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]{3,45}) "
            rb'\S{1,255} [^"\[]{1,256} \[[^\]]{20,40}\] "'
        ),
        "looks like an access log with a host before the client",
        '--log-format \'%v %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"\', as far as '
        "the lines go",
        where="half",
    ),
    _Sign(
        # https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.0.2.39:2817 …
        re.compile(
            rb"(?:https?|h2|grpcs|wss?) 20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z app/\S{1,99} "
            rb"[0-9A-Fa-f:.]{3,45}:[0-9]{1,5} "
        ),
        "looks like a log of an application load balancer of AWS",
        "--log-format '$type $at $elb $remote_addr $backend $t1 $t2 $t3 $status $backend_status "
        '$request_length $bytes_sent "$request" "$http_user_agent" ...\'',
        where="half",
    ),
    _Sign(
        # Of S3: the owner of the bucket, the bucket, and a time.
        re.compile(rb"[0-9a-f]{16,64} [0-9a-z.-]{3,63} \[[^\]]{20,40}\] "),
        "looks like a log of AWS S3",
        "--log-format '$owner $bucket [$time_local] $remote_addr $requester $id $operation $key "
        '"$request" $status $error $body_bytes_sent $size $total $turn "$http_referer" '
        '"$http_user_agent" ...\'',
        where="half",
    ),
    _Sign(
        # An error log says `request: "GET / HTTP/1.1"`, among much that a scrubber knows.
        re.compile(rb"(?!.*request: ).{0,1024}[\"' \t|][A-Z]{3,9} \S{1,1024} HTTP/[0-9]"),
        "looks like an access log in a layout of its own",
        f"--log-format FORMAT, as the configuration of the server has it; or {AS_TEXT}",
        where="half",
    ),
    _Sign(
        # 1066036250.603    310 192.0.2.45 TCP_MISS/200 3341 GET http://www.example.com/ ada …
        re.compile(
            rb"[0-9]{9,11}\.[0-9]{3} +[0-9]+ \S{1,255} [A-Z_]{3,40}/[0-9]{3} [0-9]+ [A-Z]+ "
        ),
        "looks like a log of squid in its own layout, which is not recognised",
        "sed -E 's/ +/ /g' FILE | anonkit run --log-format '$msec $elapsed $remote_addr $result "
        "$body_bytes_sent $request_method $request_uri $remote_user $peer $type'; or "
        f"`logformat=combined` in squid.conf; or {AS_TEXT}",
        where="half",
    ),
    _Sign(
        # `journalctl -o` short-full, short-unix and short-monotonic, with the host behind the time.
        re.compile(
            rb"(?:\S{2,5} [0-9]{4}-[01][0-9]-[0-3][0-9] [0-9:.]{8,15} \S{1,9}"
            rb"|[0-9]{9,11}\.[0-9]{6}) \S{1,255} [^\s:]{1,255}: "
            rb"|\[ *[0-9]{1,9}\.[0-9]{6}\] \S{1,255} (?:kernel|[^\s:]{1,255}\[[0-9]{1,10}\]): "
        ),
        "looks like what journalctl prints with an --output that is not read",
        f"journalctl -o short-iso, or -o json; {AS_TEXT}",
        where="half",
    ),
    _Sign(
        re.compile(rb"__CURSOR="),
        "begins like what journalctl exports, which is not read",
        "journalctl -o json",
    ),
    _Sign(
        re.compile(rb"(?:[^|]{0,128} )?(?:CEF:[0-9]|LEEF:[0-9.]{1,3})\|"),
        "looks like CEF or LEEF, which is read as text alone",
        AS_TEXT,
        where="half",
    ),
    _Sign(
        re.compile(rb"version account-id interface-id "),
        "begins like a flow log of AWS, whose columns have blanks between them",
        "tr ' ' ',' < FILE | anonkit run -f csv",
    ),
    _Sign(
        re.compile(rb"[0-9] [0-9]{12} eni-[0-9a-f]{8,17} "),
        "looks like a flow log of AWS without a heading",
        f"(echo '{_VPC}'; tr ' ' ',' < FILE) | anonkit run -f csv",
        where="half",
    ),
    _Sign(
        # 2026-05-11 09:02:44.123 CEST,"ada","shop",1234,"203.0.113.7:51234",6645abcd.4d2,1,…
        re.compile(
            rb"[0-9]{4}-[0-9:. -]{15,20} [A-Z0-9+-]{1,5},"
            rb'(?:"[^"]{1,63}")?,(?:"[^"]{1,63}")?,[0-9]{1,10},'
        ),
        "looks like a csvlog of PostgreSQL, whose columns are not named",
        f"(echo '{_POSTGRESQL}'; cat FILE) | anonkit run -f csv; PostgreSQL 13 writes them up to "
        "backend, and 12 up to application",
    ),
    _Sign(
        # 1,2026/05/11 09:02:44,012801096514,TRAFFIC,end,…
        re.compile(
            rb"(?:[^,]{0,128} )?1,20[0-9]{2}/[0-9]{2}/[0-9]{2} [0-9:]{8},[0-9A-Z]{6,16},[A-Z-]+,"
        ),
        "looks like a log of PAN-OS, whose columns are not named",
        f"{table.HOW_TO_NAME}, for the rows of one type; or {AS_TEXT}",
        where="half",
    ),
    _Sign(
        # RFC 6587, section 3.4.1: each message behind its length.
        re.compile(rb"[1-9][0-9]{0,5} <[0-9]{1,3}>"),
        "looks like syslog with octet counts (RFC 6587), which are not read",
        f"let the receiver write lines, as rsyslog and syslog-ng do; {AS_TEXT}",
        where="half",
    ),
    _Sign(
        # Exchange writes its logs of messages and connections so.
        re.compile(rb"#[Ff]ields: *[^,\s]{1,64},"),
        "has a heading of #Fields with commas between them, as Exchange writes it",
        "it is a table behind remarks: sed 's/^#Fields: *//; /^#/d' FILE | anonkit run -f csv",
        where="remarks",
    ),
    _Sign(
        re.compile(rb"#separator \\x09"),
        "has the heading of a log of Zeek",
        "it is a table behind remarks: (sed -n 's/^#fields.//p' FILE; sed '/^#/d' FILE) | "
        "anonkit run -f csv",
        where="remarks",
    ),
    _Sign(
        re.compile(rb"#[Ff]ields|#separator "),
        "begins with a heading that is not known",
        "-f text scrubs it as free text; names in it stay",
        where="remarks",
    ),
    _Sign(
        # 2026-10-10 11:55:36 W3SVC1 10.0.0.4 GET /a - 443 ada 203.0.113.77 …: rows of a log whose
        # head is in another file. Something in them is `-`, or they end in numbers; prose does not.
        re.compile(
            rb"(?=.*[ \t]-(?:[ \t]|\Z)|.*(?:[ \t][0-9]{1,19}){3}[ \t]?\Z)"
            rb"[0-9]{4}-[01][0-9]-[0-3][0-9][ \t][0-2][0-9](?::[0-5][0-9]){2}(?:\.[0-9]{1,7})?[ \t]"
            rb"(?:\S{1,255}[ \t]){0,6}[A-Z]{3,9}[ \t]\S{1,2048}[ \t](?:\S{1,4096}[ \t]){5}"
        ),
        "looks like a log of W3C or IIS without the line that says its #Fields",
        "put that line before it: (grep -m 1 '^#Fields' OLDER; cat FILE) | anonkit run -f w3c; "
        f"or {AS_TEXT}",
        where="half",
    ),
    _Sign(
        re.compile(rb"sep=[,;\t|]\Z"),
        "begins with a line for Excel (sep=), and the table behind it is not read with that",
        "leave it out: tail -n +2 FILE | anonkit run -f csv",
    ),
)

_QUOTED = re.compile(rb'"[^"]*"')
# `db=shop,user=ada,app=x`, as PostgreSQL is often told to write: what says its name is no cell.
_LABELLED = re.compile(rb"\s*[A-Za-z_.-]{1,40}=")
_PAIRS = tuple(zip(b"([{", b")]}", strict=True))


def refuse_structure(sample: bytes, lines: Sequence[bytes]) -> None:
    """Refuse lines that look like structure that no format reads.

    Args:
        sample: The start of a stream.
        lines: Its lines, without their ends and without blank ones.

    Raises:
        FormatError: They do.
    """
    if b"\n" not in sample and re.search(rb"\r[^\r\n]", sample):
        raise FormatError(
            "has lines that end with a carriage return alone",
            hint="tr '\\r' '\\n' < FILE | anonkit run",
        )
    remarks = next((at for at, line in enumerate(lines) if line[:1] != b"#"), len(lines))
    for sign in _SIGNS:
        seen = {"first": lines[:1], "half": lines, "remarks": lines[:remarks]}[sign.where]
        found = sum(sign.pattern.match(line) is not None for line in seen)
        if found and (sign.where == "remarks" or found >= ENOUGH * len(seen)):
            raise FormatError(sign.problem, hint=sign.hint)
    _refuse_table(lines[:remarks], lines[remarks:])


def _refuse_table(remarks: Sequence[bytes], rows: Sequence[bytes]) -> None:
    if remarks and rows and table.fits(rows) >= ENOUGH * len(rows):
        raise FormatError(
            "looks like a table behind remarks",
            hint="leave them out: sed '/^#/d' FILE | anonkit run -f csv",
        )
    if len(rows) > 1 and any(_are_cells(rows, sign) for sign in table.SEPARATORS):
        raise FormatError(
            "looks like a table, and its first line names no column that is known",
            hint=f"{table.HOW_TO_NAME}; or {AS_TEXT}",
        )


def _are_cells(rows: Sequence[bytes], sign: int) -> bool:
    """Tell whether a separator stands in each row equally often, and between whole words.

    A comma before a space is one of prose. A bracket that another piece closes is one of a list in
    a message, such as `[shop,4bf92f,true]`.
    """
    count = -1
    for row in rows:
        cells = _QUOTED.sub(b"", row).split(bytes([sign]))
        if len(cells) < 3 or count not in (-1, len(cells)):  # noqa: PLR2004 - one sign tells nothing
            return False
        if any(cell[:1] == b" " for cell in cells[1:]):
            return False
        if any(cell.count(opens) != cell.count(ends) for cell in cells for opens, ends in _PAIRS):
            return False
        if sum(_LABELLED.match(cell) is not None for cell in cells) * 2 > len(cells):
            return False
        count = len(cells)
    return True
