"""The keyring file: private, whole, versioned, and never anything but KeyringError for damage."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings, strategies as st

from anonkit import Keyring, files
from anonkit.errors import KeyringError
from anonkit.keys import store
from anonkit.keys.raw import key_bytes

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 3, 1, tzinfo=UTC)
FIXTURES = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def ring() -> Keyring:
    keys = Keyring.generate(at=START, length=timedelta(days=1))
    keys.rotate(at=START + timedelta(days=1))
    keys.destroy(keys.periods[0].id, at=START + timedelta(days=1))
    keys.rotate(at=START + timedelta(days=2))
    return keys


def told(keys: Keyring) -> list[Any]:
    return [
        (p.id, p.start, p.end, p.destroyed_at, None if p.destroyed else key_bytes(p))
        for p in keys.periods
    ]


@pytest.mark.parametrize("passphrase", [None, b"", "ünïcode".encode()])
def test_what_is_saved_is_loaded(tmp_path: Path, passphrase: bytes | None) -> None:
    """A keyring comes back with its ids, dates, keys and length, under a passphrase or none."""
    for keys in (ring(), Keyring.generate()):
        store.save(keys, tmp_path / "keys", passphrase=passphrase)
        loaded = store.load(tmp_path / "keys", passphrase=passphrase)
        assert told(loaded) == told(keys)
        assert loaded.length == keys.length
        assert store.is_locked(tmp_path / "keys") == (passphrase is not None)


def test_the_file_is_private(tmp_path: Path) -> None:
    """The file has mode 0600 whatever the umask and whatever was there before."""
    path = tmp_path / "keys"
    path.touch(mode=0o666)
    before = os.umask(0)
    try:
        store.save(ring(), path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o777, 0o601])
def test_a_wider_file_is_refused(tmp_path: Path, mode: int) -> None:
    """Any right of group or others is refused, with what to do about it."""
    path = tmp_path / "keys"
    store.save(ring(), path)
    path.chmod(mode)
    with pytest.raises(KeyringError, match=r"others may read this key file \(chmod"):
        store.load(path)


def test_windows_has_no_mode_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rights live in access lists, mode bits say nothing."""
    path = tmp_path / "keys"
    store.save(ring(), path)
    path.chmod(0o644)

    class Windows:
        name = "nt"
        fstat = staticmethod(os.fstat)

    monkeypatch.setattr(files, "os", Windows)
    assert len(store.load(path).periods) == 3


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("passphrase", [None, b"x"])
def test_a_failing_disk_keeps_the_old_ring(
    tmp_path: Path, call: str, passphrase: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When saving fails, the ring that was there is still there, and nothing beside it."""
    path = tmp_path / "keys"
    old = ring()
    store.save(old, path)

    def fail(*given: Any, **options: Any) -> Any:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(OSError, match="Input/output"):
            store.save(ring(), path, passphrase=passphrase)
    assert told(store.load(path)) == told(old)
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys"]


def test_a_passphrase_hides_everything(tmp_path: Path) -> None:
    """A sealed file holds no id, date or key in clear, and two of one ring differ."""
    keys = ring()
    texts = []
    for name in ("one", "two"):
        store.save(keys, tmp_path / name, passphrase=b"correct horse")
        texts.append((tmp_path / name).read_text(encoding="utf-8"))
        for period in keys.periods:
            assert period.id not in texts[-1]
        assert "2026" not in texts[-1]
        assert "periods" not in texts[-1]
    one, two = map(json.loads, texts)
    assert one["nonce"] != two["nonce"]
    assert one["argon2id"]["salt"] != two["argon2id"]["salt"]
    assert one["argon2id"] | {"salt": ""} == {
        "salt": "", "memory_kib": 65536, "passes": 3, "lanes": 4
    }  # fmt: skip
    assert len(base64.b64decode(one["argon2id"]["salt"])) == 16


# Written by the first version: one period, its key the bytes 0 to 31, in clear and locked.
WRITTEN = """{"format": "anonkit-keyring", "version": 1, "ring": {"periods": [{
    "id": "2026-01", "start": "2026-01-01T00:00:00Z", "end": "2026-01-31T00:00:00Z",
    "key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "check": "4e42a9cc"}], "length": "P30D"}}"""
LOCKED = """{"format": "anonkit-keyring", "version": 1, "argon2id": {
    "salt": "1n3Sbs8xNVTiDzUOtxvfdg==", "memory_kib": 65536, "passes": 3, "lanes": 4},
    "nonce": "kTcsopBp/7SNdadk", "sealed": "PCEjlmNEjQ2cAePc22eG1vfXwNDhvrBkrO90+43Uh6/QaFAnDsedQcHViu0\
acuSsHh8o5pfrvMFd0G7QDC9hrNM8aSDkl1MrJzptOM//2urpr+N+bBltzbqu61uFShNOJ4EWj+M5lfvHv5rCrTSNe6sAjAFy/b6k493W\
ceILW1Gd43lFDt7EcE5b5HlsQfcLJDIUv66lLxzRCO0+FNyhORH71LEzqMu5DUKLH98+VQ5sPtogaRAQyWru5ph2op47RE8="}"""


@pytest.mark.parametrize("written", [WRITTEN, LOCKED], ids=["in clear", "locked"])
def test_what_was_written_stays_readable(tmp_path: Path, written: str) -> None:
    """A file of the first version gives its period and key to this one: no token is lost."""
    path = tmp_path / "keys"
    path.touch(mode=0o600)
    path.write_text(written, encoding="utf-8")
    keys = store.load(path, passphrase=b"correct horse")
    assert keys.length == timedelta(days=30)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    assert told(keys) == [("2026-01", begin, begin + keys.length, None, bytes(range(32)))]


def test_a_wrong_passphrase_is_refused(tmp_path: Path) -> None:
    """Wrong and missing passphrases are told apart; a passphrase for a file without is ignored."""
    path = tmp_path / "keys"
    store.save(ring(), path, passphrase=b"right")
    with pytest.raises(KeyringError, match="wrong passphrase, or a damaged file"):
        store.load(path, passphrase=b"wrong")
    with pytest.raises(KeyringError, match="needs a passphrase"):
        store.load(path)
    store.save(ring(), path)
    assert store.load(path, passphrase=b"any").periods


def changed(path: Path, **words: Any) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    document.update(words)
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.parametrize("more", [{}, {"ring": None}, {"vault": {"url": "x"}}])
def test_a_newer_version_is_named(tmp_path: Path, more: dict[str, Any]) -> None:
    """A newer file says its version, whatever else it has, rather than that it is damaged."""
    path = tmp_path / "keys"
    store.save(ring(), path)
    changed(path, version=2, **more)
    with pytest.raises(KeyringError, match="keyring version 2; this anonkit reads version 1"):
        store.load(path)


def test_a_wrong_key_is_noticed(tmp_path: Path) -> None:
    """A key that does not fit its check value, or was destroyed, is refused by its period's id."""
    path = tmp_path / "keys"
    keys = ring()
    store.save(keys, path)
    document = json.loads(path.read_text(encoding="utf-8"))
    periods = document["ring"]["periods"]
    periods[1]["key"], periods[2]["key"] = periods[2]["key"], periods[1]["key"]
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(KeyringError, match=f"the key of period {keys.periods[1].id} is damaged"):
        store.load(path)
    store.save(keys, path)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["ring"]["periods"][1]["destroyed_at"] = "2026-11-22T00:00:00Z"
    changed(path, **document)
    with pytest.raises(KeyringError, match=f"the key of period {keys.periods[1].id} is damaged"):
        store.load(path)


DAMAGED: dict[str, Any] = {
    "salt too short": {"argon2id": {"salt": "", "memory_kib": 64, "passes": 1, "lanes": 1}},
    "memory of a planet": {"argon2id": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "memory_kib": 1 << 40}},
    "no memory": {"argon2id": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "memory_kib": 0}},
    "endless passes": {"argon2id": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "passes": 1 << 31}},
    "no lanes": {"argon2id": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "lanes": 0}},
    "more lanes than memory": {
        "argon2id": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "memory_kib": 32, "lanes": 4, "passes": 1}
    },
    "a parameter more": {"argon2id": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "salts": 1}},
    "salt too long": {"argon2id": {"salt": "A" * 88}},
    "nonce too short": {"nonce": "AAAA"},
    "nonce too long": {"nonce": "A" * 20},
    "nothing sealed": {"sealed": ""},
    "no seal": {"sealed": None},
    "an unknown word": {"more": 1},
    "another format": {"format": "gpg"},
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_parameters_are_refused(tmp_path: Path, damage: str) -> None:
    """A sealed file with impossible parameters is refused, and before they are tried."""
    path = tmp_path / "keys"
    store.save(ring(), path, passphrase=b"x")
    changed(path, **DAMAGED[damage])
    tried = damage in ("more lanes than memory", "nothing sealed")
    with pytest.raises(KeyringError, match="wrong passphrase" if tried else "not a keyring"):
        store.load(path, passphrase=b"x")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "keys"
    store.save(ring(), path)
    return path


@given(st.data())
@FIXTURES
def test_damage_is_a_keyring_error_and_nothing_else(saved: Path, data: st.DataObject) -> None:
    """A file cut, changed or mixed up anywhere loads whole or raises KeyringError."""
    content = saved.read_bytes()
    at = data.draw(st.integers(0, len(content)))
    drawn = data.draw(
        st.binary(max_size=4) | st.sampled_from([b'"', b"null", b"-1", b"9e9", b"[]"])
    )
    length = data.draw(st.sampled_from([0, 1, len(drawn), 30, len(content)]))
    damaged = saved.with_name("damaged")
    damaged.touch(mode=0o600)
    damaged.write_bytes(content[:at] + drawn + content[at + length :])
    for read in (store.load, store.is_locked):
        try:
            keys: Any = read(damaged)
        except KeyringError as error:
            assert str(error).startswith(str(damaged)) or str(error).startswith("keyring: ")
        else:
            if isinstance(keys, Keyring):
                # What loads can be used: no error of another kind waits behind.
                for at_time in (START, START + timedelta(days=2)):
                    try:
                        keys.in_force(at_time).check()
                    except KeyringError:
                        continue


_TIMES = st.integers(20, 52).map(lambda hours: (START + timedelta(hours=hours)).isoformat())
_ANYTHING = st.recursive(
    st.none() | st.integers() | st.text() | st.sampled_from(["P1D", "-P1D", "P0D", "AAAA"]),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
# What may stand for each word by its form: much of it fits.
_LIKELY = {
    "id": st.binary(min_size=8, max_size=8).map(bytes.hex),
    "start": _TIMES,
    "end": _TIMES | st.none(),
    "key": st.binary(min_size=32, max_size=32).map(lambda key: base64.b64encode(key).decode()),
    "check": st.binary(min_size=4, max_size=4).map(bytes.hex),
    "destroyed_at": _TIMES,
    "length": st.integers(-1, 99).map("P{}D".format),
}


@pytest.mark.parametrize("word", [*_LIKELY, "periods"])
@given(data=st.data())
@settings(FIXTURES, max_examples=30)
def test_any_word_replaced_is_a_keyring_error(saved: Path, word: str, data: st.DataObject) -> None:
    """Each word of the file, replaced by any value, loads usably or raises KeyringError."""
    document = json.loads(saved.read_text(encoding="utf-8"))
    destroyed, live, _ = document["ring"]["periods"]
    holder = {"length": document["ring"], "periods": document["ring"], "destroyed_at": destroyed}.get(word, live)  # fmt: skip
    several = st.lists(st.sampled_from(document["ring"]["periods"]), max_size=4)
    likely = several if word == "periods" else _LIKELY[word]
    before, holder[word] = holder.get(word), data.draw(likely | _ANYTHING)
    damaged = saved.with_name("replaced")
    damaged.touch(mode=0o600)
    damaged.write_text(json.dumps(document), encoding="utf-8")
    try:
        keys = store.load(damaged)
    except KeyringError:
        event("refused")
        return
    event("loaded")
    if word in ("id", "key", "check") and holder[word] != before:
        assert keys.periods[1].destroyed  # the file has no key that it could have mixed up
    store.save(keys, damaged)
    assert told(store.load(damaged)) == told(keys)
    for hour in range(80):
        assert sum(period.covers(START + timedelta(hours=hour)) for period in keys.periods) <= 1


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b"null", b"x" * (1 << 20) + b"x"])
def test_what_is_no_keyring(tmp_path: Path, content: bytes) -> None:
    """A file that is no keyring says so, and no more than a megabyte is read to find out."""
    path = tmp_path / "keys"
    path.touch(mode=0o600)
    path.write_bytes(content)
    for read in (store.load, store.is_locked):
        with pytest.raises(KeyringError, match="not a keyring, or a damaged one"):
            read(path)


def test_a_file_without_periods_is_no_keyring(tmp_path: Path) -> None:
    """Neither periods nor a seal: nothing to load."""
    path = tmp_path / "keys"
    path.touch(mode=0o600)
    path.write_text('{"format":"anonkit-keyring","version":1}', encoding="utf-8")
    with pytest.raises(KeyringError, match="not a keyring: it has no periods"):
        store.load(path)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    """What the system says of a file is passed on."""
    for read in (store.load, store.is_locked):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "none")
