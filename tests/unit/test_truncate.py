"""truncate: every written form of an address, against `ipaddress`, and nothing else."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings, strategies as st

import reference
from anonkit import Pipeline, Policy
from anonkit.errors import PolicyError, Withheld
from anonkit.policy import Field, Record
from anonkit.stages import Truncate, truncate
from strategies import addresses

FORMS = {
    "203.0.113.77": "203.0.113.0",
    "203.0.113.77:443": "203.0.113.0",
    "203.0.113.77:9": "203.0.113.0",
    "203.0.113.77:65535": "203.0.113.0",
    "[2001:db8:1:2::3]:9": "2001:db8:1::",
    "[2001:db8:1:2::3]:65535": "2001:db8:1::",
    "[2001:db8:1:2::3]": "2001:db8:1::",
    "[2001:db8:1:2::3]:443": "2001:db8:1::",
    "2001:DB8:1:2::3": "2001:db8:1::",
    "2001:0db8:0001:0002:0000:0000:0000:0003": "2001:db8:1::",
    "fe80::1%eth0": "fe80::",
    "[fe80::1%eth0]:80": "fe80::",
    "::ffff:203.0.113.77": "203.0.113.0",
    "[::ffff:203.0.113.77]:80": "203.0.113.0",
    "::ffff:203.0.113.77%3": "203.0.113.0",
    "::203.0.113.77": "::",
    "2002:cb00:714d::1": "2002:cb00:7100::",
    "64:ff9b::203.0.113.77": "64:ff9b::cb00:7100",
    "64:ff9b:1::203.0.113.77": "64:ff9b:1::",
    "2001:0:1:2:3:4:5:6": "2001::",
    "203.0.113.77, 198.51.100.9": "203.0.113.0, 198.51.100.0",
    "203.0.113.77,198.51.100.9": "203.0.113.0, 198.51.100.0",
    "2001:db8:1:2::3, 203.0.113.77:80": "2001:db8:1::, 203.0.113.0",
    "fe80::1%eth0, 203.0.113.77": "fe80::, 203.0.113.0",
    "255.255.255.255": "255.255.255.0",
    "::": "::",
}


@pytest.mark.parametrize("written", FORMS)
def test_every_written_form(written: str) -> None:
    """Ports, brackets, zones, carried addresses and lists come down to their networks."""
    assert truncate()(written) == FORMS[written]


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "unknown", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ",
     " 1.2.3.4", "1.2.3.4\n", "1.2.3.4\x00", "0x1.2.3.4", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:123456",
     "[1.2.3.4]", "[1.2.3.4]:80", "[::1", "::1]", "[[::1]]", "[::1]80", "[]", "[::1]:", "1.2.3.4%eth0",
     "1.2.3.4%a:b", "::1%", "[::1%]", "::1%a%b", "::1% ", "::1%\n", "::1%a]", "::1%" + "x" * 65,
     ":::", "1::2::3", "12345::", "::g", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1.2.3", "::1.2.3.4.5",
     "1.2.3.4,", ",1.2.3.4", "1.2.3.4,,5.6.7.8", "1.2.3.4,  5.6.7.8", "1.2.3.4;5.6.7.8",
     "1.2.3.4, unknown", "1.2.3.4 5.6.7.8", "\u0661.2.3.4", "１.2.3.4", "::１", "1.2.3.4\ud800",
     "http://1.2.3.4", "1.2.3.4/24", "::1/64", "0", "3405803853", "0xcb00714d"],
)  # fmt: skip
def test_what_is_no_address_is_withheld(text: str) -> None:
    """What is not an address in full is withheld: half a guess lets the other half out."""
    for stage in (truncate(), truncate(v4=32, v6=128)):
        for step in (stage.bind(), stage.bind(packed=True)):
            with pytest.raises(Withheld, match="not an address"):
                step(text)


@pytest.mark.parametrize(
    "value", [1, 1.5, True, b"1.2.3.4", ["1.2.3.4"], {}, ipaddress.ip_address(1)]
)
def test_what_is_no_text_is_withheld(value: Any) -> None:
    """Bytes, numbers and address objects are not text."""
    with pytest.raises(Withheld, match="not text"):
        truncate()(value)


@given(addresses, st.integers(0, 32), st.integers(0, 128))
@settings(max_examples=300)
def test_agrees_with_ipaddress(written: str, v4: int, v6: int) -> None:
    """For any prefixes, each address of any form becomes what plain integer arithmetic gives."""
    networks = [reference.network(part.strip(), v4, v6) for part in written.split(",")]
    stage = Truncate(v4, v6)
    assert stage(written) == ", ".join(map(reference.written, networks))
    packed = stage.bind(packed=True)(written)
    assert packed == [n.packed for n in networks] or packed == networks[0].packed


_signs = st.text("0123456789abcdefABCDEF.:%[], ", max_size=24)


@given(
    _signs
    | st.text(max_size=12)
    | st.tuples(addresses, st.integers(0, 40), st.integers(0, 2), _signs).map(
        lambda drawn: drawn[0][: drawn[1]] + drawn[3][:2] + drawn[0][drawn[1] + drawn[2] :]
    )
)
@example("1.2.3.4:80")
@settings(max_examples=500)
def test_takes_what_ipaddress_takes(text: str) -> None:
    """A text passes exactly when the second implementation lets it pass, and with its result."""
    try:
        parts = text.split(",")
        expected = [
            reference.network(part.removeprefix(" ") if n else part, 24, 48)
            for n, part in enumerate(parts)
        ]
    except reference.No:
        with pytest.raises(Withheld):
            truncate()(text)
    else:
        assert truncate()(text) == ", ".join(map(reference.written, expected))


@given(addresses, st.integers(0, 32), st.integers(0, 128))
def test_truncating_twice_is_once(written: str, v4: int, v6: int) -> None:
    """A network is its own network."""
    stage = Truncate(v4, v6)
    once = stage(written)
    assert stage(once) == once


@given(st.ip_addresses(v=4), st.ip_addresses(v=4), st.integers(0, 32))
def test_an_address_inside_another_is_cut_like_it(
    one: ipaddress.IPv4Address, other: ipaddress.IPv4Address, v4: int
) -> None:
    """Two clients that IPv4 cannot tell apart cannot be told apart by 6to4, NAT64 or mapping."""
    stage = Truncate(v4, 128 if v4 == 32 else 48)
    alike = stage(str(one)) == stage(str(other))
    for wrap in ("::ffff:{}", "64:ff9b::{}"):
        assert (stage(wrap.format(one)) == stage(wrap.format(other))) == alike
    if v4 < 32:
        six = [f"2002:{int(a) >> 16:x}:{int(a) & 0xFFFF:x}::" for a in (one, other)]
        assert (stage(six[0]) == stage(six[1])) == alike


@pytest.mark.parametrize(("v4", "v6"), [(33, 48), (-1, 48), (24, 129), (24, -1)])
def test_prefixes_have_bounds(v4: int, v6: int) -> None:
    """A prefix that no address has is refused, by name and range."""
    with pytest.raises(PolicyError, match=r"truncate.v[46]: a prefix is 0 to (32|128) bits, not"):
        truncate(v4=v4, v6=v6)


@pytest.mark.parametrize("v4", range(33))
def test_every_prefix_is_packed_as_it_is_alone(v4: int) -> None:
    """What a pipeline writes in place of a call cuts behind the same bit, whole octet or not."""
    # Of a policy: a list of stages is never compiled.
    pipeline = Pipeline(Policy("p", {"a": Record({"ip": Field(truncate(v4=v4))})}))
    expected = truncate(v4=v4).bind(packed=True)("203.255.113.77")
    for _ in range(2):  # the first is walked
        row = pipeline.row({"type": "a", "ip": "203.255.113.77"})
        assert row is not None
        assert msgspec.msgpack.decode(row) == ["a", expected]


def test_lists_leave_packed() -> None:
    """A list leaves as bytes of each address, in one row."""
    pipeline = Pipeline([truncate("ip")])
    row = pipeline.row({"ip": "203.0.113.77, ::1"})
    assert row is not None
    assert msgspec.msgpack.decode(row) == [[bytes([203, 0, 113, 0]), bytes(16)]]
    assert re.fullmatch(r"[0-9.]+", truncate()("9.9.9.9"))
