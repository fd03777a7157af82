"""Layouts of other programs: each that docs/formats.md writes down reads a line of its program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from anonkit.cli.main import main

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
LAYOUTS = dict(
    re.findall(
        r"^\| (\w[^|]+) \| `([^`]*\$remote_addr [^`]*)` \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
)
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0"
# Own lines, after the examples in the manuals of the programs, and what is left of them.
LINES = {
    "Traefik (CLF), to keep its durations": (
        (
            '203.0.113.77 - ada [10/Oct/2026:13:55:36 +0000] "GET /users/4711?q=ada HTTP/1.1" 200 512 '
            f'"https://ref.example/?u=ada" "{AGENT}" 17 "ada@docker" "http://10.0.0.5:8080" 3ms'
        ),
        (
            '203.0.113.0 - - [10/Oct/2026:13:55:00 +0000] "GET /users/:id HTTP/1.1" 200 512 '
            '"https://ref.example/" "Firefox/138 (Linux)" - "-" "-" 3ms'
        ),
    ),
    "AWS ELB (classic)": (
        (
            "2026-05-13T23:39:43.945958Z ada-balancer 203.0.113.77:2817 10.0.0.1:80 0.000073 0.001048 "
            f'0.000057 200 200 0 29 "GET https://www.example.com:443/?u=ada HTTP/1.1" "{AGENT}" - -'
        ),
        (
            '- - 203.0.113.0 - - - - 200 - 0 29 "GET https://www.example.com:443/ HTTP/1.1" '
            '"Firefox/138 (Linux)" - -'
        ),
    ),
    "AWS ALB": (
        (
            "https 2026-07-02T22:23:00.186641Z app/ada/50dc6c495c0c9188 203.0.113.77:2817 10.0.0.1:80 "
            '0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/?u=ada HTTP/1.1" '
            f'"{AGENT}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:ada "Root=1-58337281-ada" '
            '"ada.example" "arn:aws:acm:ada" 1 2026-07-02T22:22:48.364000Z "authenticate,forward" "-" '
            '"-" "10.0.0.1:80" "200" "-" "-"'
        ),
        (
            '- - - 203.0.113.0 - - - - 200 - 0 57 "GET https://www.example.com:443/ HTTP/1.1" '
            '"Firefox/138 (Linux)" - - - "-" "-" "-" - - "-" "-" "-" "-" "-" "-" "-"'
        ),
    ),
    "AWS S3": (
        (
            "79a59df900b949e5ada ada-bucket [06/Feb/2026:00:00:38 +0000] 203.0.113.77 ada "
            '3E57427F3EXAMPLE REST.GET.OBJECT ada.txt "GET /ada?versioning HTTP/1.1" 200 - 113 - 7 - '
            f'"-" "{AGENT}" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuN= SigV4 ECDHE-RSA-AES128-GCM-SHA256 '
            "AuthHeader s3.us-west-1.amazonaws.com TLSV1.2 arn:aws:s3:ada Yes"
        ),
        (
            '- - [06/Feb/2026:00:00:00 +0000] 203.0.113.0 - - - - "GET /ada HTTP/1.1" 200 - 113 - - - '
            '"-" "Firefox/138 (Linux)" - - - - - - - - -'
        ),
    ),
    "Squid, behind `sed -E 's/ +/ /g'`": (
        (
            "1066036250.603 310 203.0.113.77 TCP_MISS/200 3341 GET http://shop.example/users/4711?q=ada "
            "ada HIER_DIRECT/203.0.113.9 text/html"
        ),
        "1066036200.000 - 203.0.113.0 - 3341 GET http://shop.example/users/:id - - -",
    ),
    "Jira, Confluence, Tomcat without quotes": (
        (
            "[17/Jun/2026:12:57:26 +0200] ada http-nio-8080-exec-6 203.0.113.77 GET /users/4711?q=ada "
            "HTTP/1.1 200 1020ms 7881 http://shop.example/?u=ada Mozilla/5.0 (X11; ada)"
        ),
        (
            "[17/Jun/2026:12:57:00 +0200] - - 203.0.113.0 GET /users/:id HTTP/1.1 200 - 7881 "
            "http://shop.example/ - - -"
        ),
    ),
}


def test_each_layout_has_a_line() -> None:
    """Every layout of the table is tried, and no other."""
    assert LAYOUTS.keys() == LINES.keys()


@pytest.mark.parametrize("name", LINES)
def test_a_layout_reads_lines_of_its_program(name: str, tmp_path: Path) -> None:
    """A line of the program is read, and what leaves has the layout and no value that must go."""
    line, left = LINES[name]
    (tmp_path / "a.log").write_text(f"{line}\n" * 3)
    told = ["run", "-q", str(tmp_path / "a.log"), "--log-format", LAYOUTS[name], "--strict"]
    assert main([*told, "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_text() == f"{left}\n" * 3
    if "$at " in LAYOUTS[name]:
        assert main([*told, "-o", str(tmp_path / "out"), "--set", "at=keep"]) == 0
        assert line.split("Z ")[0].split(" ")[-1] in (tmp_path / "out").read_text()
