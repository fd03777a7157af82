"""System 6, web and SaaS: tokens that meet within a tenant, never across, and purposes by field."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from saas import DATA, PURPOSES, clean_log, send_by_tenant

from anonkit import Keyring, Pipeline, Policy
from anonkit.records import SAAS_EVENTS
from sites import KEY, downstream, seen
from strategies import find_secret, secrets

AT = "2026-11-22T09:02:44Z"
TOKENS = ("email", "tenant", "id")
# Where a person's address may stand in each record.
KINDS: dict[str, dict[str, Any]] = {
    "sign_up": {"plan": "team", "full_name": "Ada Lovelace", "company": "Lovelace & Co"},
    "sign_in": {"via": "portal", "success": "yes"},
    "add_in_use": {"action": "start", "subject": "for Ada Lovelace"},
    "portal_use": {"action": "open"},
    "connector_assigned": {"connector": "crm"},
}
SPELLINGS = (
    str,
    str.upper,
    str.title,
    " {} ".format,
    "mailto:{}".format,
    "MAILTO:{}\t".format,
    "SMTP:{}".format,
)
addresses = st.builds("{}@{}.example".format, st.text("abcxyz.ß", min_size=1, max_size=12),
                      st.text("abcxyz-", min_size=1, max_size=8))  # fmt: skip


def events(email: str, tenant: str) -> list[dict[str, Any]]:
    """Return an event of each kind about one person of one tenant."""
    group = {"id": f"group-of-{tenant}", "name": "works council"}
    member = {"id": f"member-of-{tenant}", "email": email, "name": "Ada Lovelace"}
    return [
        {"type": kind, "at": AT, "email": email, "tenant": tenant}
        | said
        | ({"groups": [group], "members": [member]} if kind == "connector_assigned" else {})
        for kind, said in KINDS.items()
    ]


def tokens(value: Any) -> set[str]:
    """Return all tokens of decoded records."""
    if isinstance(value, list):
        return set().union(*map(tokens, value))
    if isinstance(value, dict):
        mine = {value[name] for name in TOKENS if isinstance(value.get(name), str)}
        return mine.union(*map(tokens, value.values()))
    return set()


@given(
    st.lists(addresses, min_size=1, max_size=4, unique_by=str.casefold),
    st.lists(st.uuids().map(str), min_size=2, max_size=3, unique=True),
)
@settings(max_examples=15, deadline=None)
def test_two_tenants_share_no_token(people: list[str], tenants: list[str]) -> None:
    """The same people, groups and members at two tenants have not one token in common."""
    made = [event for tenant in tenants for person in people for event in events(person, tenant)]
    same = [event | {"tenant": "same"} for event in made]  # even where the raw tenant is the same
    keys = Keyring.generate()
    with tempfile.TemporaryDirectory() as folder:
        sent = send_by_tenant(made, keys, KEY.recipient, Path(folder))
    by_tenant = [tokens(seen(envelopes)) for envelopes in sent]
    assert len(by_tenant) == len(tenants)
    for tenant in tenants:
        pipeline = Pipeline(Policy.preset("saas"), keys=keys, tenant=f"raw-{tenant}")
        by_tenant.append(tokens([pipeline(event) for event in same]))
    assert all(by_tenant)
    assert len(set().union(*by_tenant)) == sum(map(len, by_tenant))


@given(addresses, st.permutations(SPELLINGS))
@settings(max_examples=60)
def test_a_person_is_one_in_all_records_of_a_tenant(address: str, spellings: list[Any]) -> None:
    """One person has one token in sign-ups, sign-ins, add-in and portal, however spelt."""
    pipeline = Pipeline(Policy.preset("saas"), keys=Keyring.generate(), tenant="acme")
    made = events(address, "acme")
    out = [
        pipeline(event | {"email": spell(address)})
        for event, spell in zip(made, spellings, strict=False)
    ]
    seen = {record["email"] for record in out if record is not None}
    assert len(out) == len(KINDS)
    assert len(seen) == 1
    other = pipeline(made[0] | {"email": f"x{address}"})
    assert other is not None
    assert other["email"] not in seen


def test_another_period_has_other_tokens() -> None:
    """Under the key of another period a person is somebody else."""
    made = events("ada@example.com", "acme")
    one, other = (
        tokens(
            [
                Pipeline(Policy.preset("saas"), keys=Keyring.generate(), tenant="acme")(e)
                for e in made
            ]
        )
        for _ in range(2)
    )
    assert one
    assert not one & other


@given(secrets)
@settings(max_examples=15, deadline=None)
def test_a_planted_secret_is_found_nowhere_downstream(secret: str) -> None:
    """No address, tenant, group, name, company or subject reaches the envelope or the view."""
    made = events(secret, f"tenant {secret}")
    for event in made:
        for field in ("full_name", "company", "address", "payment", "subject", "plan", "action",
                      "connector", "undeclared"):  # fmt: skip
            event[field] = secret
        for entry in (*event.get("groups", ()), *event.get("members", ())):
            entry.update(id=secret, name=secret)
    with tempfile.TemporaryDirectory() as folder:
        (envelopes,) = send_by_tenant(made, Keyring.generate(), KEY.recipient, Path(folder))
        disk = b"".join(f.read_bytes() for f in Path(folder).rglob("*") if f.is_file())
    assert {record["type"] for record in seen(envelopes)} == KINDS.keys()
    pipeline = Pipeline(Policy.preset("saas"), keys=Keyring.generate(), tenant=secret)
    found = disk + downstream(envelopes, pipeline)
    assert find_secret(found, secret) is None


@given(st.frozensets(st.sampled_from(sorted(PURPOSES))))
@settings(max_examples=16)
def test_each_field_is_tied_to_its_purpose(purposes: frozenset[str]) -> None:
    """Each field is there exactly when its purpose and that of its record are in force."""
    pipeline = Pipeline(list(SAAS_EVENTS), keys=Keyring.generate(), purposes=purposes)
    policy = Policy.preset("saas")
    for event in events("ada@example.com", "acme"):
        record = policy.records[event["type"]]
        out = pipeline(event)
        assert (out is not None) == (record.purpose in purposes)
        for path, field in record.fields.items():
            if out is None or "[]" in path or path not in event:
                continue
            leaves = not field.dropped and (field.purpose or record.purpose) in purposes
            assert (path in out) == leaves, path


def test_an_access_log_is_evaluated_by_network() -> None:
    """The bundled log leaves line by line in its own format, with no full address and no query."""
    raw = (DATA / "access.log").read_bytes()
    clean = clean_log(raw)
    assert 0 < len(clean.splitlines()) < len(raw.splitlines())
    clients = [line.split(b" ", 1)[0] for line in clean.splitlines()]
    assert clients.count(b"-") == 1  # what stood there was no address
    assert all(client.endswith((b".0", b"::")) for client in clients if client != b"-")
    for line in clean.splitlines():
        assert b"?" not in line
    for address in set(re.findall(rb"^\d+\.\d+\.\d+\.[1-9]\d*(?= )", raw, re.MULTILINE)):
        assert address + b" " not in clean


@pytest.mark.parametrize("tenant", ["", "acme"])
def test_an_unknown_tenant_is_no_other(tenant: str) -> None:
    """People who have no tenant yet share no token with those of one."""
    keys = Keyring.generate()
    made = events("ada@example.com", "x")
    nobody = Pipeline(Policy.preset("saas"), keys=keys, tenant=tenant)
    other = Pipeline(Policy.preset("saas"), keys=keys, tenant="beta")
    assert not tokens([nobody(e) for e in made]) & tokens([other(e) for e in made])
