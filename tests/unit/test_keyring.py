"""The keyring: which period is in force, rotation, destruction, and what is refused."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given, strategies as st

from anonkit import Keyring
from anonkit.errors import KeyDestroyed, KeyringError
from anonkit.keys import PeriodKey, derive
from anonkit.keys.derive import Label
from anonkit.keys.raw import key_bytes, keyring_from_bytes

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = bytes(range(32))


def ring(days: int = 3) -> Keyring:
    keys = Keyring.generate(at=START, length=DAY)
    for day in range(1, days):
        keys.rotate(at=START + day * DAY)
    return keys


def test_one_process_needs_no_time() -> None:
    """A keyring without a time has one period, in force always."""
    keys = Keyring.generate()
    assert len(keys.periods) == 1
    assert keys.in_force() is keys.in_force(START) is keys.periods[0]
    assert keys.length is None


@given(st.integers(-3600, 5 * 24 * 3600))
def test_a_time_is_in_one_period(seconds: int) -> None:
    """A period begins with its start and ends before its end; outside all there is none."""
    keys = ring(3)
    at = START + timedelta(seconds=seconds)
    day = seconds // (24 * 3600)
    if 0 <= day < 3:
        assert keys.in_force(at) is keys.periods[day]
    else:
        with pytest.raises(KeyringError, match="no period is in force at"):
            keys.in_force(at)


def test_a_time_needs_a_zone() -> None:
    """A time without zone is refused wherever one is asked for."""
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 - the mistake
    keys = ring()
    for wrong in (
        lambda: keys.in_force(naive),
        lambda: keys.rotate(at=naive),
        lambda: Keyring.generate(at=naive),
        lambda: keyring_from_bytes(KEY, id="x", start=naive),
        lambda: keyring_from_bytes(KEY, id="x", end=naive),
    ):
        with pytest.raises(KeyringError, match=r"a time needs a zone \(datetime.now\(UTC\)\)"):
            wrong()


def test_any_zone_will_do() -> None:
    """The same moment in another zone is in the same period, and messages tell it in UTC."""
    keys = ring()
    for zone in (ZoneInfo("Asia/Tokyo"), timezone(-timedelta(hours=11))):
        assert keys.in_force(START.astimezone(zone)) is keys.periods[0]
    with pytest.raises(KeyringError, match="no period is in force at 2026-02-28 23:59 UTC"):
        keys.in_force((START - timedelta(minutes=1)).astimezone(ZoneInfo("Asia/Tokyo")))


def test_periods_with_an_end_need_a_time() -> None:
    """Without a time, a keyring whose periods end says what to hand over."""
    with pytest.raises(KeyringError, match=r"a time is needed to choose one .pass at="):
        ring().in_force()


def test_rotation_ends_one_period_and_starts_the_next() -> None:
    """A rotation before the end cuts the period there, to the microsecond, in UTC."""
    keys = Keyring.generate(at=START, length=timedelta(days=30))
    at = (START + DAY + timedelta(microseconds=5)).astimezone(ZoneInfo("Asia/Tokyo"))
    new = keys.rotate(at=at)
    first = keys.periods[0]
    assert first.end == new.start == at
    assert new.start.tzinfo is UTC
    assert new.end == new.start + timedelta(days=30)
    assert key_bytes(first) != key_bytes(new)
    assert keys.in_force(at) is new


def test_rotation_after_the_end_leaves_a_gap() -> None:
    """A period that has ended keeps its end; nothing is in force in between."""
    keys = Keyring.generate(at=START, length=DAY)
    keys.rotate(at=START + 5 * DAY)
    assert keys.periods[0].end == START + DAY
    with pytest.raises(KeyringError, match="no period is in force"):
        keys.in_force(START + 2 * DAY)


def test_rotation_of_a_keyring_without_length() -> None:
    """Without a length, the new period has no end, and the old one ends there."""
    keys = Keyring.generate()
    new = keys.rotate(at=START)
    assert (keys.periods[0].start, keys.periods[0].end) == (None, START)
    assert (new.start, new.end) == (START, None)
    assert keys.in_force() is new


@pytest.mark.parametrize("back", [timedelta(0), timedelta(seconds=1), DAY])
def test_rotation_goes_forward(back: timedelta) -> None:
    """A period starts after the one before it; a refused rotation changes nothing."""
    keys = ring(2)
    before = [(p.id, p.start, p.end) for p in keys.periods]
    with pytest.raises(KeyringError, match="a period starts after the one before it"):
        keys.rotate(at=START + DAY - back)
    assert [(p.id, p.start, p.end) for p in keys.periods] == before


def test_time_ends() -> None:
    """A period that would end after the year 9999 is refused, and changes nothing."""
    with pytest.raises(KeyringError, match="a period ends before the year 10000"):
        Keyring.generate(at=datetime(9999, 12, 31, tzinfo=UTC))


REFUSED: dict[str, Any] = {
    "two periods have the same id": lambda: Keyring([PeriodKey("x", None, None, KEY)] * 2),
    "two periods overlap": lambda: Keyring(
        [PeriodKey("x", START, START + DAY, KEY), PeriodKey("y", START, None, KEY)]
    ),
    "a period ends after it starts": lambda: PeriodKey("x", START, START, KEY),
    "a period has a length above 0": lambda: Keyring([], length=timedelta(0)),
    "a key has 32 bytes, not 16": lambda: keyring_from_bytes(bytes(16), id="x"),
    "a key has 32 bytes, not 33": lambda: keyring_from_bytes(KEY + b"x", id="x"),
    "a key of equal bytes is no key": lambda: keyring_from_bytes(b"k" * 32, id="x"),
    "no period has that id (`anonkit keys show` lists them)": lambda: ring().destroy("x"),
}


@pytest.mark.parametrize("problem", REFUSED)
def test_what_is_refused(problem: str) -> None:
    """A keyring that cannot be right is refused when it is made, in words."""
    with pytest.raises(KeyringError) as caught:
        REFUSED[problem]()
    assert str(caught.value) == f"keyring: {problem}"


@pytest.mark.parametrize(
    ("first", "second"),
    [((None, None), (START, None)), ((START, START + DAY), (None, None)), ((START, None), (START + DAY, None))],
)  # fmt: skip
def test_open_periods_overlap(first: Any, second: Any) -> None:
    """A period without an end has no successor, and one without a start no predecessor."""
    with pytest.raises(KeyringError, match="overlap"):
        Keyring([PeriodKey("x", *first, KEY), PeriodKey("y", *second, KEY[::-1])])


def test_destroying_twice_is_once() -> None:
    """The first destruction stays: its time, its silence, and its one call to watchers."""
    calls: list[str] = []

    class Watcher:
        def gone(self) -> None:
            calls.append("gone")

    keys = ring()
    first = keys.periods[0]
    watcher, forgotten = Watcher(), Watcher()
    first.on_destroy(watcher.gone)
    first.on_destroy(forgotten.gone)
    del forgotten
    keys.destroy(first.id, at=START)
    keys.destroy(first.id, at=START + DAY)
    assert first.destroyed_at == START
    assert calls == ["gone"]


def test_destroying_overwrites_the_bytes() -> None:
    """The bytes of a destroyed key are zeros, for whoever still holds the buffer."""
    keys = ring(1)
    buffer = keys.periods[0]._key
    assert buffer is not None
    assert any(buffer)
    keys.destroy(keys.periods[0].id)
    assert bytes(buffer) == bytes(32)


def test_a_destroyed_period_is_still_in_force() -> None:
    """Its time has a period, whose key is gone: an error of its own, naming the period."""
    keys = ring(1)
    keys.destroy(keys.periods[0].id)
    with pytest.raises(KeyDestroyed, match=f"the key of period {keys.periods[0].id} was destroyed"):
        keys.in_force(START)


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, pickle.dumps])
def test_keys_are_not_copied(copier: Any) -> None:
    """Pickling and copying are refused, for the ring, a period, and what contains them."""
    keys = ring()
    for thing in (keys, keys.periods[0], [keys], {"k": keys.periods[0]}):
        if copier is copy.copy and not isinstance(thing, Keyring | PeriodKey):
            continue
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            copier(thing)


def test_handles_show_no_bytes() -> None:
    """A handle shows its id and whether it lives; a ring shows how many do."""
    keys = ring(2)
    first = keys.periods[0]
    assert repr(first) == f"<PeriodKey {first.id}>"
    keys.destroy(first.id)
    assert repr(first) == f"<PeriodKey {first.id} destroyed>"
    assert repr(keys) == "<Keyring: 1 of 2 periods have a key>"
    assert not hasattr(first, "__dict__")


def test_ids_are_random() -> None:
    """An id is 16 hexadecimal digits, other each time, and not derived from the key."""
    ids = {PeriodKey.generate().id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(i) == 16 and int(i, 16) >= 0 for i in ids)


def test_a_check_value_tells_keys_apart() -> None:
    """The check value is eight digits, the same for a key, and other for another."""
    one = keyring_from_bytes(KEY, id="x").periods[0]
    again = keyring_from_bytes(KEY, id="x").periods[0]
    other = keyring_from_bytes(KEY[::-1], id="x").periods[0]
    assert one.check() == again.check() != other.check()
    assert len(one.check()) == 8


def test_key_bytes_come_back() -> None:
    """The dangerous door gives back the bytes that went in."""
    assert key_bytes(keyring_from_bytes(KEY, id="x").periods[0]) == KEY


def test_derivation_is_hkdf_over_lengths() -> None:
    """A derived key is HKDF-Expand over the version and each part with its length before it."""
    import hmac

    period = keyring_from_bytes(KEY, id="period").periods[0]
    info = b"anonkit/v1"
    for part in ("tenant", "token", "a", "ß", "period"):
        info += len(part.encode()).to_bytes(4, "big") + part.encode()
    expected = hmac.digest(KEY, info + b"\x01", "sha256")
    assert period.derive(Label("token", ("a", "ß")), tenant="tenant") == expected


@given(st.binary(min_size=32, max_size=64), st.binary())
def test_derivation_is_that_of_cryptography(key: bytes, info: bytes) -> None:
    """HKDF-Expand gives what the one in cryptography gives, for all keys and labels."""
    assert derive.expand(key, info) == HKDFExpand(SHA256(), 32, info).derive(key)
