"""What a request tells of its visitor: whose address it is, with what device, in which language."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from anonkit.errors import PolicyError
from anonkit.integrations.visitor import LONGEST, Proxies, Request, device_of, language_of, take

TRUSTED = ("10.0.0.0/8", "2001:db8:ffff::/48", "192.0.2.7")
PROXIES = Proxies(TRUSTED, "X-Forwarded-For")


def request(client: str | None, *forwarded: str, name: bytes = b"x-forwarded-for") -> Request:
    headers = [(name, value.encode("latin-1")) for value in forwarded]
    return Request("POST", "/", headers, client)


@pytest.mark.parametrize(
    ("client", "forwarded", "visitor"),
    [
        ("203.0.113.77", [], "203.0.113.77"),
        ("203.0.113.77", ["198.51.100.24"], "203.0.113.77"),  # not a proxy of ours
        ("10.1.2.3", ["198.51.100.24"], "198.51.100.24"),
        ("::ffff:10.1.2.3", ["198.51.100.24"], "198.51.100.24"),
        ("192.0.2.7", ["2001:db8::1"], "2001:db8::1"),
        ("2001:db8:ffff::9", ["198.51.100.24"], "198.51.100.24"),
        ("10.1.2.3", ["1.1.1.1, 198.51.100.24"], "198.51.100.24"),  # the first was claimed
        ("10.1.2.3", ["198.51.100.24, 10.9.9.9, 192.0.2.7"], "198.51.100.24"),
        ("10.1.2.3", ["1.1.1.1", "198.51.100.24"], "198.51.100.24"),  # two headers are one list
        ("10.1.2.3", ["198.51.100.24:4711"], "198.51.100.24"),
        ("10.1.2.3", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.1.2.3", ["[2001:db8::1]"], "2001:db8::1"),
        ("10.1.2.3", ["::ffff:198.51.100.24"], "198.51.100.24"),
        ("10.1.2.3", [], None),
        ("10.1.2.3", [""], None),
        ("10.1.2.3", ["198.51.100.24, unknown"], None),  # behind what is no address nobody knows
        ("10.1.2.3", ["198.51.100.24, _hidden"], None),
        ("10.1.2.3", ["198.51.100.24,"], None),
        ("10.1.2.3", ["10.1.1.1, 10.2.2.2"], None),
        (None, ["198.51.100.24"], None),
        ("", ["198.51.100.24"], None),
        ("unix", ["198.51.100.24"], None),
    ],
)
def test_whose_address_it_is(client: str | None, forwarded: list[str], visitor: str | None) -> None:
    """The header is read from its end past trusted proxies, and only behind one of them."""
    assert PROXIES.visitor(request(client, *forwarded)) == visitor


def test_another_header_is_not_read() -> None:
    """Only the header that was named is taken, whatever others say."""
    asked = request("10.1.2.3", "198.51.100.24", name=b"x-real-ip")
    assert PROXIES.visitor(asked) is None
    assert Proxies(TRUSTED, "X-Real-IP").visitor(asked) == "198.51.100.24"


def test_without_trusted_proxies_the_connection_counts() -> None:
    """Without a trusted proxy, no header is taken, from loopback neither."""
    assert Proxies((), "x-forwarded-for").visitor(request("127.0.0.1", "1.1.1.1")) == "127.0.0.1"


def test_an_entry_that_was_cut_is_none() -> None:
    """Of a header that is too long no halved address is taken for a whole one."""
    trusted = ", ".join(["10.0.0.1"] * 400)
    assert len(trusted) > LONGEST
    assert PROXIES.visitor(request("10.1.2.3", f"198.51.100.24, {trusted}")) is None
    whole = "10.0.0.1," * (LONGEST // 9)
    for padding in range(20):
        header = f"198.51.100.24,{whole}{' ' * padding}10.0.0.1"
        assert PROXIES.visitor(request("10.1.2.3", header)) in (None, "198.51.100.24")


@given(st.text(st.characters(max_codepoint=255), max_size=80))
def test_any_header_gives_an_address_or_none(text: str) -> None:
    """Whatever stands in the header, nothing is raised, and no trusted address comes out."""
    found = PROXIES.visitor(request("10.1.2.3", text))
    assert found is None or not found.startswith("10.")


def test_a_proxy_that_is_no_network_is_refused() -> None:
    """An entry that is no network is named by its place."""
    with pytest.raises(PolicyError) as error:
        Proxies(["10.0.0.0/8", "10.0.0.1/8"], "forwarded")
    assert str(error.value) == "trusted[1]: not a network (such as 10.0.0.0/8)"


def test_nothing_stays_in_the_scope() -> None:
    """After a request was taken, nothing that a client chose is left for a log."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": "ADA-LOVELACE",
        "path": "/ada.lovelace",
        "raw_path": b"/ada.lovelace",
        "query_string": b"mail=ada",
        "headers": [(b"cookie", b"ada")],
        "client": ("203.0.113.77", 4711),
        "subprotocols": ["ada"],
    }
    taken = take(scope)
    assert taken == ("-", "/ada.lovelace", [(b"cookie", b"ada")], "203.0.113.77")
    assert scope == {
        "type": "http",
        "method": "-",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [],
        "client": None,
        "subprotocols": [],
    }
    assert take({"type": "websocket"}) == ("-", "", (), None)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("EN", "en"),
        (" fil;q=1", "fil"),
        ("zh-Hant-TW", "zh"),
        ("*", None),
        ("", None),
        ("ada.lovelace", None),
        ("x-ada", None),
        ("deutsch", None),
        (None, None),
        (7, None),
    ],
)
def test_the_first_language_counts(said: object, language: str | None) -> None:
    """Of a list of languages, the primary tag of the first one is taken."""
    assert language_of(said) == language


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:138.0) Gecko/20100101 Firefox/138.0",
            "desktop",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.4 Safari/605.1.15", "desktop"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/134.0.0.0 Safari/537.36", "desktop"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) Mobile/15E148 Safari/604.1",
            "phone",
        ),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/134.0 Mobile Safari/537.36", "phone"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X710) Chrome/134.0 Safari/537.36", "tablet"),
        ("Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) Mobile/15E148 Safari/604.1", "tablet"),
        ("Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) Chrome/76.0 TV Safari/537.36", "tv"),
        ("curl/8.5.0", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_the_type_of_a_device(agent: object, device: str | None) -> None:
    """Telephones, tablets, televisions and desktops are told apart; others are not named."""
    assert device_of(agent) == device
