"""Laws 3 and 4: what makes two tokens equal, and what makes them nobody's for good."""

from __future__ import annotations

import gc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import assume, given, settings, strategies as st

from anonkit import Keyring, Pipeline, Policy
from anonkit.errors import KeyDestroyed
from anonkit.keys import raw, store
from anonkit.keys.derive import Label
from anonkit.policy import Record
from anonkit.policy.plan import FieldScope
from anonkit.stages import Pseudonymize, pseudonymize
from strategies import KEY, PERIOD, keyring, texts

if TYPE_CHECKING:
    from pathlib import Path

identifiers = texts | st.integers(-(2**63), 2**63 - 1)
START = datetime(2026, 1, 1, tzinfo=UTC)


def token(
    value: Any,
    *,
    record: str = "login",
    field: str = "user",
    key: bytes = KEY,
    period: str = PERIOD,
    tenant: str = "",
    stage: Pseudonymize | None = None,
) -> str:
    """Return the token of one value."""
    policy = Policy("p", {record: Record({field: stage or pseudonymize()})})
    pipeline = Pipeline(policy, keys=keyring(key, period), tenant=tenant)
    left = pipeline({"type": record, field: value})
    assert left is not None
    return str(left[field])


@given(identifiers, st.sampled_from(["blake2b", "hmac-sha256"]), st.sampled_from([96, 128, 256]))
@settings(max_examples=40, deadline=None)
def test_same_value_field_period_key_and_tenant_give_the_same_token(
    value: Any, algorithm: Any, bits: int
) -> None:
    """Two pipelines made alike, in another order of records, give a value the same token."""
    stage = pseudonymize(bits=bits, algorithm=algorithm)
    assert token(value, stage=stage) == token(value, stage=stage)


@given(identifiers, identifiers)
@settings(max_examples=40, deadline=None)
def test_two_values_give_unrelated_tokens(one: Any, other: Any) -> None:
    """Two values never share a token, and 5 is not "5"."""
    assume(one != other or type(one) is not type(other))
    assert token(one) != token(other)
    assert _unrelated(token(one), token(other))


CHANGES: dict[str, dict[str, Any]] = {
    "record type": {"record": "logout"},
    "field": {"field": "account"},
    "key": {"key": KEY[::-1]},
    "one bit of the key": {"key": bytes([KEY[0] ^ 1]) + KEY[1:]},
    "period": {"period": "ffeeddccbbaa0099"},
    "tenant": {"tenant": "acme"},
    "domain": {"stage": pseudonymize("user")},
    "algorithm": {"stage": pseudonymize(algorithm="hmac-sha256")},
    "length": {"stage": pseudonymize(bits=136)},
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("value", ["u4711", 4711, "", "ß"])
def test_changing_any_one_gives_an_unrelated_token(change: str, value: Any) -> None:
    """Another record type, field, key, period, tenant, domain, algorithm or length: another token."""
    assert _unrelated(token(value), token(value, **CHANGES[change]))


def _unrelated(one: str, other: str) -> bool:
    """Return whether neither begins or ends as the other does."""
    return one[:8] != other[:8] and one[-8:] != other[-8:]


def test_text_and_integer_are_unrelated() -> None:
    """Text "5" and the integer 5 have keys of their own."""
    assert _unrelated(token("5"), token(5))


@given(identifiers)
@settings(max_examples=30, deadline=None)
def test_a_named_domain_is_shared_across_fields_and_records(value: Any) -> None:
    """Fields that name one domain share tokens, over records and nesting; without, none do."""
    shared = Policy(
        "p",
        {
            "login": Record({"user": pseudonymize("person"), "alone": pseudonymize()}),
            "crash": Record({"seen.by[]": pseudonymize("person"), "alone": pseudonymize()}),
        },
    )
    pipeline = Pipeline(shared, keys=keyring())
    login = pipeline({"type": "login", "user": value, "alone": value})
    crash = pipeline({"type": "crash", "seen": {"by": [value]}, "alone": value})
    assert login is not None
    assert crash is not None
    assert login["user"] == crash["seen"]["by"][0]
    assert len({login["user"], login["alone"], crash["alone"]}) == 3


@given(st.lists(texts, max_size=4), st.lists(texts, max_size=4))
def test_no_two_labels_give_the_same_bytes(one: list[str], other: list[str]) -> None:
    """Labels are told apart by their parts, however the parts are cut."""
    from anonkit.keys.derive import info

    assert (info(*one) == info(*other)) == (one == other)


def test_labels_cannot_be_shifted_between_tenant_and_field() -> None:
    """A tenant cannot be named so that its tokens meet those of another."""
    period = keyring().periods[0]
    assert period.derive(Label("c", ("d",)), tenant="ab") != period.derive(
        Label("bc", ("d",)), tenant="a"
    )


# --- law 4 ------------------------------------------------------------------------------------


def _used(keys: Keyring, at: datetime | None = None) -> Pipeline:
    """Return a pipeline with all its functions compiled and its caches filled."""
    policy = Policy("p", {"a": Record({"user": pseudonymize("u"), "tags.*": pseudonymize()})})
    pipeline = Pipeline(policy, keys=keys, at=at)
    record = {"type": "a", "user": "u4711", "tags": {"x": "y"}}
    for _ in range(2):
        for run in (pipeline, pipeline.json, pipeline.row):
            assert run(record)
            assert run(msgspec.json.encode(record))
    return pipeline


def test_a_destroyed_key_makes_no_token_anywhere() -> None:
    """After destroying, every way in raises KeyDestroyed, and no object in reach has a key."""
    keys = Keyring.generate()
    pipeline = _used(keys)
    any_list = Pipeline([pseudonymize("user")], keys=keys)
    key = raw.key_bytes(keys.periods[0])
    derived = [
        keys.periods[0].derive(Label("token", ("blake2b", "128", kind, *place)))
        for kind in ("text", "integer")
        for place in (("domain", "u"), ("field", "a", "tags.*"))
    ]
    as_json, as_row = pipeline.json, pipeline.row
    keys.destroy(keys.periods[0].id)
    record = {"type": "a", "user": "u4711", "tags": {"x": "y"}}
    for run in (pipeline, as_json, as_row, any_list, any_list.json, any_list.row):
        for given_as in (record, msgspec.json.encode(record), {}, b"no JSON", None):
            with pytest.raises(KeyDestroyed, match=r"the key of period .* was destroyed"):
                run(given_as)  # type: ignore[arg-type]
    with pytest.raises(KeyDestroyed):
        keys.in_force()
    with pytest.raises(KeyDestroyed):
        keys.periods[0].derive(Label("token"))
    with pytest.raises(KeyDestroyed):
        keys.periods[0].check()
    with pytest.raises(KeyDestroyed):
        raw.key_bytes(keys.periods[0])
    with pytest.raises(KeyDestroyed):
        Pipeline([pseudonymize("user")], keys=keys)
    gc.collect()
    for thing in _reachable(keys, pipeline, any_list, as_json, as_row):
        assert not isinstance(thing, FieldScope)
        assert type(thing).__name__ not in ("blake2b", "HMAC", "Leaf", "RecordPlan", "Memo")
        if isinstance(thing, bytes | bytearray):
            assert bytes(thing) not in (key, *derived)


def _reachable(*roots: Any) -> list[Any]:
    """Return all objects in reach of some, without those of modules, classes and their code."""
    seen: dict[int, Any] = {}
    todo = list(roots)
    modules = {id(vars(module)) for module in __import__("sys").modules.values()}
    while todo:
        thing = todo.pop()
        if id(thing) in seen or id(thing) in modules or isinstance(thing, type):
            continue
        seen[id(thing)] = thing
        todo += gc.get_referents(thing)
    return list(seen.values())


def test_what_is_in_reach_of_a_living_key_is_found() -> None:
    """The search of the test above does find scopes, caches and key bytes while the key lives."""
    keys = Keyring.generate()
    pipeline = _used(keys)
    things = _reachable(keys, pipeline)
    assert {"Leaf", "Memo", "RecordPlan"} <= {type(thing).__name__ for thing in things}
    assert any(
        isinstance(t, bytearray) and bytes(t) == raw.key_bytes(keys.periods[0]) for t in things
    )


def test_destroying_while_a_form_is_compiled_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A key destroyed by another thread in the middle of compiling leaves no function behind."""
    from anonkit.policy.compiled import Form

    keys = Keyring.generate()
    policy = Policy("p", {"a": Record({"user": pseudonymize("u")})})
    pipeline = Pipeline(policy, keys=keys)
    write = Form._write

    def destroying(self: Form, *given_as: Any, **named: Any) -> Any:
        keys.destroy(keys.periods[0].id)
        return write(self, *given_as, **named)

    monkeypatch.setattr(Form, "_write", destroying)
    assert pipeline({"type": "a", "user": "x"}) is not None  # it came before
    assert not any(type(t).__name__ == "Memo" for t in _reachable(pipeline))
    with pytest.raises(KeyDestroyed):
        pipeline({"type": "a", "user": "x"})


def test_destroying_one_period_leaves_the_others(tmp_path: Path) -> None:
    """Period keys are independent: destroying one neither touches nor tells another."""
    keys = Keyring.generate(at=START, length=timedelta(days=1))
    keys.rotate(at=START + timedelta(days=1))
    first, second = keys.periods
    before = _used(keys, START + timedelta(days=1))(b'{"type":"a","user":"u","tags":{}}')
    keys.destroy(first.id)
    assert first.destroyed
    assert not second.destroyed
    assert _used(keys, START + timedelta(days=1))(b'{"type":"a","user":"u","tags":{}}') == before
    with pytest.raises(KeyDestroyed):
        Pipeline([pseudonymize("user")], keys=keys, at=START)


@given(st.integers(2, 6))
@settings(max_examples=10, deadline=None)
def test_period_keys_are_independent(count: int) -> None:
    """No period's key is another's, nor derived from one by the derivation that we have."""
    keys = Keyring.generate(at=START, length=timedelta(days=1))
    for day in range(1, count):
        keys.rotate(at=START + timedelta(days=day))
    found = [raw.key_bytes(period) for period in keys.periods]
    assert len(set(found)) == count
    for period in keys.periods:
        for label in (Label("token"), Label("check"), Label("period"), Label("")):
            assert period.derive(label) not in found


@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
def test_the_stored_file_forgets_a_destroyed_key(tmp_path: Path, passphrase: bytes | None) -> None:
    """Once saved, the file has no bytes of a destroyed key, and the period says that it had one."""
    import base64

    keys = Keyring.generate(at=START)
    path = tmp_path / "keys"
    store.save(keys, path, passphrase=passphrase)
    key = raw.key_bytes(keys.periods[0])
    keys.destroy(keys.periods[0].id, at=START)
    store.save(keys, path, passphrase=passphrase)
    data = path.read_bytes()
    for form in (key, key.hex().encode(), base64.b64encode(key)):
        assert form not in data
    loaded = store.load(path, passphrase=passphrase)
    assert loaded.periods[0].destroyed
    assert loaded.periods[0].destroyed_at == START
    with pytest.raises(KeyDestroyed):
        loaded.in_force(START)
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys"]
