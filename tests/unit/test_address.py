"""Lines that begin with an address."""

from __future__ import annotations

from typing import Any

import pytest

from anonkit import Pipeline, Policy
from strategies import keyring

POLICY = "[record.address_line]\n"


def run(data: bytes, policy: str = "address") -> tuple[bytes, dict[int, bytes], dict[str, Any]]:
    """Return output, rejects and report of a stream."""
    chosen = Policy.from_toml(POLICY + policy) if "=" in policy else Policy.preset(policy)
    pipeline = Pipeline(chosen, keys=keyring())
    rejects: dict[int, bytes] = {}
    lines = pipeline.lines("address", reject=rejects.__setitem__)
    return lines.feed(data) + lines.finish(), rejects, pipeline.report.as_dict()


def rules(report: dict[str, Any], key: str = "withheld") -> dict[tuple[str, str], int]:
    """Return the counts of a report by field and rule."""
    return {(entry["field"], entry["rule"]): entry["count"] for entry in report[key]}


def test_the_rest_is_passed_unread() -> None:
    """The preset rewrites the address and passes any text behind it, ends and blank lines too."""
    out, rejects, report = run(
        '203.0.113.77 \u00e4\0 "\r\n\n::ffff:203.0.113.77 \n\r\n1.2.3.4 x'.encode()
    )
    assert out == '203.0.113.0 \u00e4\0 "\r\n\n203.0.113.0 \n\r\n1.2.3.0 x'.encode()
    assert rejects == {}
    assert report["records"]["in"] == 3


def test_a_rest_that_is_no_text_is_withheld() -> None:
    """Bytes that are not UTF-8 are not understood, so their lines stay behind, and no other does."""
    out, rejects, report = run(b"1.2.3.4 a\n1.2.3.4 b\xff\n\n1.2.3.4 \xc3\xa4\r\n")
    assert out == b"1.2.3.0 a\n\n1.2.3.0 \xc3\xa4\r\n"
    assert rejects == {2: b"1.2.3.4 b\xff\n"}
    assert rules(report) == {("rest", "not UTF-8"): 1}


def test_lines_without_an_address_are_withheld() -> None:
    """What begins with no address, or has nothing behind it, is withheld by its rule."""
    out, rejects, report = run(
        b"1.2.3.4\nhost x\n x\n\xff x\n1.2.3.4,5.6.7.8 x\n1.2.3.4\tx\n9.9.9.9 x\n-"
    )
    assert out == b"9.9.9.0 x\n"
    assert rejects == {
        1: b"1.2.3.4\n", 2: b"host x\n", 3: b" x\n", 4: b"\xff x\n", 5: b"1.2.3.4,5.6.7.8 x\n",
        6: b"1.2.3.4\tx\n", 8: b"-",
    }  # fmt: skip
    assert rules(report) == {
        ("", "no space behind an address"): 3,
        ("client", "not an address"): 2,
        ("client", "not UTF-8"): 1,
        ("client", "does not fit the format"): 1,
    }


def test_the_rest_can_be_treated() -> None:
    """A stage over the rest gets it without the end of the line, and the end stays."""
    out, rejects, report = run(
        b"1.2.3.4 curl/8.5.0\r\n1.2.3.4 curl/8.5.0\n1.2.3.4 \xff\n1.2.3.4 -",
        'fields.client = "truncate"\nfields.rest = "user_agent"',
    )
    assert out == b"1.2.3.0 curl/8 (tool)\r\n1.2.3.0 curl/8 (tool)\n1.2.3.0 -"
    assert rejects == {3: b"1.2.3.4 \xff\n"}
    assert rules(report) == {("rest", "not UTF-8"): 1}


def test_what_is_not_named_is_dropped_unread_and_counted() -> None:
    """A column that no policy line names becomes a dash, whatever its bytes."""
    out, rejects, report = run(b"1.2.3.4 a\xff\r\n5.6.7.8 b\n", 'fields.client = "truncate"')
    assert out == b"1.2.3.0 -\r\n5.6.7.0 -\n"
    assert not rejects
    assert report["undeclared_fields"] == {"address_line": 2}
    assert run(b"1.2.3.4 a\n", 'fields.rest = "keep"')[0] == b"- a\n"


def test_a_field_can_be_withheld_alone() -> None:
    """Where the policy says so, a refused field becomes a dash and its line leaves."""
    out, rejects, report = run(
        b"host x\r\n1.2.3.4 y\n",
        'fields.client = { truncate = true, withhold = "field" }\nfields.rest = "keep"',
    )
    assert out == b"- x\r\n1.2.3.0 y\n"
    assert not rejects
    assert rules(report, "omitted_fields") == {("client", "not an address"): 1}
    out, _, report = run(
        b"1.2.3.4 \xff\r\n", 'fields.rest = { pseudonymize = true, withhold = "field" }'
    )
    assert out == b"- -\r\n"
    assert rules(report, "omitted_fields") == {("rest", "not UTF-8"): 1}


@pytest.mark.parametrize("client", [b"1.2.3.4", b"5.6.7.8"])
def test_a_destroyed_key_is_forgotten(client: bytes) -> None:
    """After its key is destroyed a stream withholds every line, those it remembered too."""
    ring = keyring()
    policy = Policy.from_toml(POLICY + 'fields.client = "pseudonymize"\nfields.rest = "keep"')
    pipeline = Pipeline(policy, keys=ring)
    lines = pipeline.lines("address")
    assert lines.feed(b"1.2.3.4 x\n").endswith(b" x\n")
    remembered = lines._rewriter._client.kept
    assert remembered
    ring.destroy(ring.periods[0].id)
    assert not remembered
    assert lines.feed(client + b" x\n") == b""
    assert rules(pipeline.report.as_dict()) == {("client", "its key was destroyed"): 1}
