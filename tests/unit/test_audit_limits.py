"""The audit at its limits: each is reached, and not passed by one."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

import pytest

from anonkit.explain import audit as audit_module
from anonkit.explain.audit import Audit, _is_encoded, _is_nobody
from anonkit.parse.formats import FORMATS
from audits import AGENT, audited, flaws, sha

START = datetime(2026, 5, 1)  # noqa: DTZ001 - the audit reads times without their zone


def token(number: int) -> str:
    return sha(str(number))[:22] + "Az"


@pytest.mark.parametrize(
    ("constant", "value", "chosen_from"),
    [("FIRST", 4, 4), ("FIRST_BYTES", 4 * 20, 5), ("FIRST_BYTES", 4 * 20 - 1, 4)],
)
def test_fields_are_chosen_from_the_first_records(
    monkeypatch: pytest.MonkeyPatch, constant: str, value: int, chosen_from: int
) -> None:
    """After so many records or bytes the fields are chosen, and no record is lost with that."""
    monkeypatch.setattr(audit_module, constant, value)
    audit = Audit(FORMATS["jsonl"])
    for number in range(9):
        assert (audit._first is None) == (number >= chosen_from)
        audit.add(b'{"type":"a","w":"x"}')
    assert audit.result().quasi == ("w",)
    assert audit.result().groups.records == 9


def test_names_are_looked_at_up_to_a_number_and_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more name, or one letter more, is counted; what was asked for is looked at all the same."""
    monkeypatch.setattr(audit_module, "MOST_FIELDS", 3)
    monkeypatch.setattr(audit_module, "LONGEST_NAME", 4)
    record = {"long1": 1, "type": "a", "a": 1, "four": 1, "b": 1}
    assert list(audited([record]).fields) == ["type", "a", "four"]
    assert audited([record]).beyond == 2
    assert list(audited([record], quasi=["long1"]).fields) == ["long1", "type", "a"]


def test_tokens_are_followed_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """No field has more than its share, nor have all together more than there is."""
    monkeypatch.setattr(audit_module, "FOLLOWED", 2)
    monkeypatch.setattr(audit_module, "MOST_FOLLOWED", 3)
    audit = Audit(FORMATS["jsonl"])
    for number in range(4):
        record = {"at": "2026-05-01T09:00:00Z", "x": token(number), "y": token(number + 9)}
        audit.add(json.dumps(record).encode())
    assert {path: len(tokens) for path, tokens in audit._followed.items()} == {"x": 2, "y": 1}


def test_a_period_is_outlived_by_more_than_its_length() -> None:
    """A token that comes back after just a period is no flaw, and a second later it is one."""

    def seen(after: timedelta) -> list[dict[str, Any]]:
        times = (START, START + after)
        return [
            {"type": "a", "at": f"{time}Z", "until": f"{START}Z", "x": token(1)} for time in times
        ]

    assert ("outlives-period", "x") not in flaws(seen(timedelta(days=30)))
    found = audited(seen(timedelta(days=30, seconds=1))).flaws
    assert [flaw.share for flaw in found if flaw.name == "outlives-period"] == [1.0]
    turned = [{"type": "a", "until": f"{START}Z"} | record for record in seen(timedelta(days=99))]
    # The first time of a record is its time.
    assert ("outlives-period", "x") not in flaws(turned)


def test_tokens_cross_only_where_there_are_files() -> None:
    """One file has no crossings, and of several only fields of tokens have."""
    audit = Audit()
    for number in range(2):
        audit.begin(FORMATS["jsonl"])
        for word in ("ada", "grace", token(7)):
            audit.add(json.dumps({"type": "a", "x": token(number), "w": word}).encode())
        assert list(audit.result().crossings) == (["x"] if number else [])


@pytest.mark.parametrize(
    ("address", "nobody"),
    {"::": True, "[::]": True, "::ffff:0:0": True, "::1": False, "1::": False, "0:0:0:0:1::": False,
     "::100:0": False, "::1:0:0": False, "::ffff:10.0.0.0": False, "::ff00:0:0": False, "x": False}.items(),
)  # fmt: skip
def test_what_is_left_of_an_address_names_nobody(address: str, *, nobody: bool) -> None:
    """Nothing, or nothing but that it was IPv4-mapped, is left; any other bit is something."""
    assert _is_nobody(address) == nobody


FLAWED = {
    "exact-time": ("2026-05-01T09:00:07Z", "2026-05-01T09:00:00Z", 0.01),
    "whole-address": ("198.51.100.7", "198.51.100.0", 0.01),
    "mapped-cut": ("::", "2001:db8::", 0.01),
    "full-user-agent": (AGENT, "Firefox/138 (Linux)", 0.01),
    "plain-hash": (sha("x1"), "a word", 0.99),
    "encoded": ("YWRhQGV4YW1wbGUub3Jn", "a word", 0.5),
}


@pytest.mark.parametrize("name", FLAWED)
def test_a_share_is_a_flaw_above_its_threshold(name: str) -> None:
    """Exactly the share that may be chance is none, and one value more is."""
    flawed, sound, share = FLAWED[name]
    most = round(share * 200)
    for count, expected in ((most, False), (most + 1, True)):
        values = [flawed] * count + [sound] * (200 - count)
        assert ((name, "v") in flaws([{"type": "a", "v": value} for value in values])) == expected


@pytest.mark.parametrize(
    ("distinct", "count", "few"), [(64, 4097, True), (64, 4096, False), (65, 4300, False)]
)
def test_tokens_are_few_beside_how_often_they_come(distinct: int, count: int, *, few: bool) -> None:
    """Up to 64 tokens that come more than 64 times each on average are told by their numbers."""
    records = [{"type": "a", "v": token(number % distinct)} for number in range(count)]
    assert (("few-tokens", "v") in flaws(records)) == few


@pytest.mark.parametrize(("words", "chosen"), [("aabb", True), ("aabc", False)])
def test_a_field_whose_values_come_twice_tells_records_apart(words: str, *, chosen: bool) -> None:
    """Values that come twice on average are compared, and rarer ones leave every record alone."""
    result = audited([{"type": "a", "w": f"word-{word}"} for word in words])
    assert result.quasi == (("w",) if chosen else ())


@pytest.mark.parametrize(
    ("text", "encoded"),
    [("ada@ex", True), ("ada@e", False), ("ada\x01lovelace", False), ("für immer", False)],
)
def test_what_decodes_by_chance_is_not_encoded(text: str, *, encoded: bool) -> None:
    """Six printable signs of ASCII and more are a text; fewer, or others, come by chance."""
    assert _is_encoded(b64encode(text.encode()).decode()) == encoded


def test_a_share_is_of_the_values() -> None:
    """Half of the texts with an address is a share of a half; agents without details are none."""
    values = ["call ada@example.org now", "nothing to see here"]
    found = audited([{"type": "a", "v": value, "u": "curl/8.5.0"} for value in values]).flaws
    assert [(flaw.name, flaw.share) for flaw in found] == [("residue", 0.5)]
