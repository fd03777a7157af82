"""Envelopes open for one key, whole and unchanged, or not at all."""

from __future__ import annotations

import copy
import json
import math
import os
import pickle
import stat
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from anonkit.errors import SealError
from anonkit.seal import (
    LARGEST,
    SUITES,
    Recipient,
    Site,
    SiteKey,
    VendorKey,
    padded,
    seal,
    unseal,
)
from anonkit.seal.key_file import is_locked

KEYS = {suite: VendorKey.generate(suite) for suite in SUITES}
KEY = KEYS["x25519"]
SITE = SiteKey.generate()
PACK = b"a pack" * 50
VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "seal" / "v1.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("suite", SUITES)
@given(pack=st.binary(max_size=2000), signed=st.booleans())
@settings(max_examples=30)
def test_what_is_sealed_is_opened(suite: Any, pack: bytes, signed: bool) -> None:  # noqa: FBT001
    """Every pack comes out of its envelope as it went in, in both suites, signed or not."""
    key = KEYS[suite]
    data = seal(pack, key.recipient, sign=SITE if signed else None)
    assert unseal(data, [key]) == (pack, key.id, None)
    if signed:
        assert unseal(data, [key], sites=[SITE.site]) == (pack, key.id, SITE.site.id)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=[v["suite"] for v in VECTORS["vectors"]])
def test_what_was_sealed_once_is_opened_forever(tmp_path: Path, vector: dict[str, Any]) -> None:
    """Files of keys and envelopes that the first version wrote are read and opened by this one."""
    for name, content in (*VECTORS.items(), *vector.items()):
        if isinstance(content, dict):
            (tmp_path / name).touch(mode=0o600)
            (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    site = Site.load(tmp_path / "site")
    assert SiteKey.load(tmp_path / "site_key").site.id == site.id
    key = VendorKey.load(tmp_path / "key")
    assert VendorKey.load(tmp_path / "locked", passphrase=b"correct horse").id == key.id
    assert Recipient.load(tmp_path / "recipient").id == key.id
    pack = VECTORS["pack"].encode()
    assert unseal(b64decode(vector["envelope"]), [key]) == (pack, key.id, None)
    assert unseal(b64decode(vector["signed"]), [key], sites=[site]) == (pack, key.id, site.id)


def test_what_is_no_key_file_asks_for_no_passphrase(tmp_path: Path) -> None:
    """A file is locked if it is that of a key under a passphrase, and not if it is none."""
    vector = VECTORS["vectors"][0]
    for content, locked in ((vector["locked"], True), (vector["key"], False), ([], False)):
        (tmp_path / "key").write_text(json.dumps(content), encoding="utf-8")
        assert is_locked(tmp_path / "key") == locked


def test_sealing_twice_gives_two_envelopes() -> None:
    """The same pack sealed twice gives envelopes of one length that have nothing in common."""
    first, second = seal(PACK, KEY.recipient), seal(PACK, KEY.recipient)
    assert len(first) == len(second)
    assert first[:14] == second[:14]
    assert first[14:46] != second[14:46]
    assert PACK[:6] not in first


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_changed_bit_is_refused(at: int, bit: int) -> None:
    """An envelope with one bit changed anywhere does not open."""
    data = bytearray(seal(PACK, KEY.recipient, sign=SITE))
    data[at % len(data)] ^= 1 << bit
    with pytest.raises(SealError):
        unseal(bytes(data), [KEY], sites=[SITE.site])


@given(size=st.integers(0, 700), extra=st.binary(max_size=40))
def test_cut_and_lengthened_envelopes_are_refused(size: int, extra: bytes) -> None:
    """An envelope that is cut short, or has anything behind its end, does not open."""
    data = seal(PACK, KEY.recipient)
    for other in (data[:size], data + extra):
        if other != data:
            with pytest.raises(SealError):
                unseal(other, [KEY])


@given(st.binary(max_size=600))
def test_random_bytes_are_refused(data: bytes) -> None:
    """Whatever the bytes are, the answer is a refusal of one kind."""
    header = seal(PACK, KEY.recipient)[:14]
    for given_bytes in (data, header + data, header[:5] + data):
        with pytest.raises(SealError):
            unseal(given_bytes, [KEY])


def test_the_wrong_key_is_told() -> None:
    """An envelope for a key that is not at hand names that key."""
    other = VendorKey.generate()
    data = seal(PACK, KEY.recipient)
    with pytest.raises(SealError, match=f"for the key {KEY.id}, which is not among"):
        unseal(data, [other])
    with pytest.raises(SealError, match="not among"):
        unseal(data, [])
    forged = data[:6] + bytes.fromhex(other.id) + data[14:]
    with pytest.raises(SealError, match="damaged, or was not sealed for this key"):
        unseal(forged, [other])


def test_a_suite_that_does_not_fit_the_key_is_refused() -> None:
    """An envelope whose suite was changed is not for the key whose id it has."""
    hybrid = seal(PACK, KEYS["mlkem768-x25519"].recipient)
    forged = hybrid[:6] + bytes.fromhex(KEY.id) + hybrid[14:]
    with pytest.raises(SealError, match="not among"):
        unseal(forged, [KEY])


def test_keys_rotate() -> None:
    """Envelopes to an old and to a new key open with the same list of keys."""
    old, new = VendorKey.generate(), VendorKey.generate("mlkem768-x25519")
    for key in (old, new):
        assert unseal(seal(PACK, key.recipient), [new, old]).recipient == key.id


@pytest.mark.parametrize(
    ("at", "value", "rule"),
    [
        (0, 0, "not an envelope"),
        (4, 2, "envelope version 2"),
        (5, 9, "of a suite"),
        (5, 2, "cut short, or longer"),
    ],
)
def test_the_header_is_checked(at: int, value: int, rule: str) -> None:
    """Magic, version, suite and length are looked at before any key is used."""
    data = bytearray(seal(PACK, KEY.recipient))
    data[at] = value
    with pytest.raises(SealError, match=rule):
        unseal(bytes(data), [KEY])
    with pytest.raises(SealError, match="ends too early"):
        unseal(bytes(seal(PACK, KEY.recipient)[:13]), [KEY])


def sealed_by_hand(inner: bytes) -> bytes:
    """Return an envelope whose inside is what a test wants."""
    from anonkit.seal.envelope import _INFO, _header
    from anonkit.seal.suites import hpke

    header = _header(KEY.recipient)
    return header + hpke("x25519").encrypt(inner, KEY.recipient._key, info=_INFO + header)


@pytest.mark.parametrize(
    "inner",
    [
        b"\0" + (300).to_bytes(4, "little") + bytes(251),  # a length beyond the end
        b"\2" + (3).to_bytes(4, "little") + b"abc" + bytes(248),  # neither signed nor not
        b"\0"
        + (3).to_bytes(4, "little")
        + b"abc"
        + bytes(247)
        + b"x",  # padding that says something
        b"\0" + (3).to_bytes(4, "little") + b"abc" + bytes(264),  # a size class too large
    ],
)
def test_the_inside_is_checked(inner: bytes) -> None:
    """What decrypts and is no pack with its padding is refused, so padding carries nothing."""
    with pytest.raises(SealError, match="holds no pack|cut short"):
        unseal(sealed_by_hand(inner), [KEY])


def test_who_signed_is_checked() -> None:
    """With sites given, an envelope of nobody, of somebody else or for somebody else is refused."""
    other = SiteKey.generate()
    with pytest.raises(SealError, match="is not signed"):
        unseal(seal(PACK, KEY.recipient), [KEY], sites=[SITE.site])
    signed = seal(PACK, KEY.recipient, sign=other)
    with pytest.raises(SealError, match=f"the site {other.site.id}, which is not known"):
        unseal(signed, [KEY], sites=[SITE.site])
    assert unseal(signed, [KEY]).site is None
    impostor = Site(SITE.site.public)
    impostor.id = other.site.id
    with pytest.raises(SealError, match="signature is wrong"):
        unseal(signed, [KEY], sites=[impostor])


def test_a_signature_is_for_one_recipient() -> None:
    """A vendor cannot pass a signed pack on to another as if the site had sent it there."""
    from anonkit.seal.envelope import _INFO
    from anonkit.seal.suites import hpke

    other = VendorKey.generate()
    theirs = seal(PACK, other.recipient, sign=SITE)
    assert unseal(theirs, [other], sites=[SITE.site]).site == SITE.site.id
    inner = hpke("x25519").decrypt(theirs[14:], other._key, info=_INFO + theirs[:14])
    with pytest.raises(SealError, match="signature is wrong"):
        unseal(sealed_by_hand(inner), [KEY], sites=[SITE.site])


def test_a_cut_is_told() -> None:
    """An envelope of a length that no size class has is told to be cut short or lengthened."""
    data = seal(PACK, KEY.recipient)
    for other in (data[:-1], data + b"x"):
        with pytest.raises(SealError, match="cut short, or longer"):
            unseal(other, [KEY])


@given(st.integers(0, 1 << 32))
def test_size_classes(size: int) -> None:
    """Padding is that of Padmé in its own words, from 256 bytes; it pads no class further."""
    result = padded(size)
    if size > 256:  # E = ⌊log₂ L⌋, S = ⌊log₂ E⌋ + 1: the last E - S bits are 0
        e = math.floor(math.log2(size))
        unit = 1 << e - math.floor(math.log2(e)) - 1
        assert result == math.ceil(size / unit) * unit
    assert result >= max(size, 256)
    assert result <= max(256, size * 1.12)
    assert padded(result) == result


def test_size_classes_are_few() -> None:
    """All sizes to a mebibyte fall into fewer than 400 classes."""
    assert len({padded(size) for size in range(1 << 20)}) < 400


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack beyond the largest envelope is refused before anything is encrypted."""
    assert LARGEST == 64 << 20
    monkeypatch.setattr("anonkit.seal.envelope.LARGEST", 1024)
    assert seal(bytes(1000), KEY.recipient)
    with pytest.raises(SealError, match="does not fit"):
        seal(bytes(1024), KEY.recipient)
    with pytest.raises(SealError, match="longer than it was"):
        unseal(bytes(seal(b"", KEY.recipient)) + bytes(1280), [KEY])


# --- keys -------------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", SUITES)
def test_vendor_keys_are_saved(suite: Any, tmp_path: Path) -> None:
    """A saved private key is its owner's alone and opens what the public one seals, which is anybody's."""
    key = KEYS[suite]
    key.save(tmp_path / "vendor.key")
    key.recipient.save(tmp_path / "vendor.pub")
    assert stat.S_IMODE((tmp_path / "vendor.key").stat().st_mode) == 0o600
    (tmp_path / "usual").touch()
    assert (tmp_path / "vendor.pub").stat().st_mode == (tmp_path / "usual").stat().st_mode
    data = seal(PACK, Recipient.load(tmp_path / "vendor.pub"))
    assert unseal(data, [VendorKey.load(tmp_path / "vendor.key")]).pack == PACK
    secret = json.loads((tmp_path / "vendor.key").read_text())["key"]
    assert secret not in (tmp_path / "vendor.pub").read_text()


def test_site_keys_are_saved(tmp_path: Path) -> None:
    """A saved site key is its owner's alone and signs what the saved public key verifies."""
    SITE.save(tmp_path / "site.key")
    SITE.site.save(tmp_path / "site.pub")
    assert stat.S_IMODE((tmp_path / "site.key").stat().st_mode) == 0o600
    data = seal(PACK, KEY.recipient, sign=SiteKey.load(tmp_path / "site.key"))
    assert unseal(data, [KEY], sites=[Site.load(tmp_path / "site.pub")]).site == SITE.site.id


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_private_keys_that_others_may_read_are_refused(mode: int, tmp_path: Path) -> None:
    """A private key file with any right for anybody else is refused, with what to do."""
    for key, kind in ((KEY, VendorKey), (SITE, SiteKey)):
        key.save(tmp_path / "a.key")
        (tmp_path / "a.key").chmod(mode)
        with pytest.raises(SealError, match="chmod 600"):
            kind.load(tmp_path / "a.key")


def test_key_files_are_read_strictly(tmp_path: Path) -> None:
    """Another kind of key, another version, damage and odd fields are refused without a quote."""
    path = tmp_path / "some.key"
    KEY.recipient.save(path)
    whole = json.loads(path.read_text())
    private = {"format": "anonkit-vendor-key", "key": "AAAA"}
    changes: list[tuple[Any, dict[str, Any], str]] = [
        (Recipient, {"format": "anonkit-vendor-key"}, "is a vendor's private key, and a vendor's"),
        (Recipient, {"format": "anonkit-keyring"}, "not a vendor's public key, or a damaged one"),
        (Recipient, {"version": 2}, "key file version 2"),
        (Recipient, {"suite": "rot13"}, "a suite that"),
        (Recipient, {"id": "00" * 8}, "is damaged"),
        (Recipient, {"key": "AAAA"}, "wrong length"),
        (Recipient, {"more": 1}, "not a vendor's public key, or a damaged one"),
        (VendorKey, private, "wrong kind or length"),
        (Site, {"format": "anonkit-site", "key": "AAAA"}, "wrong length"),
        (SiteKey, private | {"format": "anonkit-site-key"}, "wrong length"),
    ]
    for kind, change, rule in changes:
        path.write_text(json.dumps(whole | change))
        path.chmod(0o600)
        with pytest.raises(SealError, match=rule) as caught:
            kind.load(path)
        assert whole["key"] not in str(caught.value)
    path.write_bytes(b"\xff")
    with pytest.raises(SealError, match="not a vendor's public key"):
        Recipient.load(path)


def test_halves_of_a_pair_are_told_apart(tmp_path: Path) -> None:
    """A public key in place of a private one is said to be that, whatever its rights."""
    for key, half, asked in ((KEY, KEY.recipient, VendorKey), (SITE, SITE.site, SiteKey)):
        key.save(tmp_path / "private")
        half.save(tmp_path / "public")
        (tmp_path / "public").chmod(0o644)
        with pytest.raises(SealError, match="public: is a .* public key, and a .* private key is"):
            asked.load(tmp_path / "public")
        with pytest.raises(SealError, match="private: is a .* private key, and a .* public key is"):
            type(half).load(tmp_path / "private")


def test_a_damaged_private_key_is_noticed(tmp_path: Path) -> None:
    """A private key file with other key bytes than it was saved with is refused."""
    for key, kind, secret in ((KEY, VendorKey, KEY._seed), (SITE, SiteKey, SITE._seed)):
        key.save(tmp_path / "a.key")
        import base64

        text = (tmp_path / "a.key").read_text()
        other = base64.b64encode(os.urandom(len(secret))).decode()
        (tmp_path / "a.key").write_text(text.replace(base64.b64encode(secret).decode(), other))
        with pytest.raises(SealError, match="damaged or not the one saved"):
            kind.load(tmp_path / "a.key")


def test_keys_do_not_show_themselves() -> None:
    """No repr shows key bytes, and private keys are not pickled or copied."""
    for key in (KEY, SITE):
        assert key._seed.hex() not in repr(key)
        assert repr(key).endswith(f"{(KEY.id if key is KEY else SITE.site.id)}>")
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(key)
        with pytest.raises(TypeError, match="cannot be pickled"):
            copy.deepcopy(key)
    assert repr(KEY.recipient) == f"<Recipient {KEY.id} x25519>"
    assert repr(SITE.site) == f"<Site {SITE.site.id}>"


def test_keys_that_are_none_are_refused() -> None:
    """Bytes of the wrong suite or form make no key."""
    with pytest.raises(SealError, match="suite is one of"):
        Recipient("rot13", bytes(32))  # type: ignore[arg-type]
    with pytest.raises(SealError, match="wrong kind"):
        VendorKey.generate("rot13")  # type: ignore[arg-type]
    with pytest.raises(SealError, match="not one of its suite"):
        Recipient("mlkem768-x25519", b"\xff" * 1216)
