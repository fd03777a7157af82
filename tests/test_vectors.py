"""Published vectors: the primitives give what their standards say, and so do we."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from anonkit.errors import Withheld
from anonkit.keys.derive import expand
from anonkit.stages import truncate
from anonkit.stages.pseudonymize import _PREPARED

FOLDER = Path(__file__).parent / "vectors"


def entries(file: str, *parts: str) -> list[Any]:
    """Return the entries of a vector file; ids tell which part and which number failed."""
    data = json.loads((FOLDER / file).read_text(encoding="utf-8"))
    return [
        pytest.param(entry, id=f"{part}-{number}")
        for part in parts
        for number, entry in enumerate(data[part])
    ]


def test_every_vector_file_has_a_test_and_a_source() -> None:
    """The folder holds exactly the files that the tests below walk, and each says where it is from."""
    source = Path(__file__).read_text(encoding="utf-8")
    for path in sorted(FOLDER.glob("*.json")):
        assert f'"{path.name}"' in source, path.name
        data = json.loads(path.read_text(encoding="utf-8"))
        assert "verified_with" in data
        assert "sources" in data or all("source" in entry for entry in data["conventions"])


@pytest.mark.parametrize("entry", entries("hkdf_rfc5869.json", "vectors"))
def test_hkdf(entry: dict[str, Any]) -> None:
    """RFC 5869: our expand gives the first block of the output keying material of each case."""
    assert entry["hash"] == "sha256"
    prk = hmac.digest(
        bytes.fromhex(entry["salt"]) or bytes(32), bytes.fromhex(entry["ikm"]), "sha256"
    )
    assert prk.hex() == entry["prk"]
    assert expand(prk, bytes.fromhex(entry["info"])).hex() == entry["okm"][:64]


@pytest.mark.parametrize("entry", entries("hkdf_rfc5869.json", "vectors_ipcrypt"))
def test_hkdf_of_subkeys(entry: dict[str, Any]) -> None:
    """Subkeys that a draft derives for its variants come out of our expand too."""
    for name, okm in entry["subkeys"].items():
        assert expand(bytes.fromhex(entry["prk"]), name.encode()).hex().startswith(okm[:64])


@pytest.mark.parametrize("entry", entries("hmac_rfc4231.json", "vectors"))
def test_hmac(entry: dict[str, Any]) -> None:
    """RFC 4231: the prepared state behind `hmac-sha256`, and `hmac` itself, give each code."""
    key, message = bytes.fromhex(entry["key"]), bytes.fromhex(entry["msg"])
    code = bytes.fromhex(entry["mac"])
    assert hmac.digest(key, message, entry["alg"])[: len(code)] == code
    if entry["alg"] == "sha256":
        state = _PREPARED["hmac-sha256"](key, 32)()
        state.update(message)
        assert state.digest()[: len(code)] == code


@pytest.mark.parametrize("entry", entries("blake2b_keyed.json", "vectors", "vectors_generated"))
def test_blake2b(entry: dict[str, Any]) -> None:
    """RFC 7693: the prepared state behind `blake2b`, and `hashlib` itself, give each code."""
    key, message = bytes.fromhex(entry["key"]), bytes.fromhex(entry["msg"])
    person = bytes.fromhex(entry.get("person", ""))
    size = entry["digest_size"]
    plain = hashlib.blake2b(message, key=key, digest_size=size, person=person)
    assert plain.hexdigest() == entry["mac"]
    if not person:
        state = _PREPARED["blake2b"](key, size)()
        state.update(message)
        assert state.hexdigest() == entry["mac"]


@pytest.mark.parametrize("entry", entries("ip_truncation.json", "conventions", "edge_cases"))
def test_ip_truncation(entry: dict[str, Any]) -> None:
    """Each address becomes the network that the convention, or the edge case, asks for."""
    stage = truncate(v4=entry["keep_v4"], v6=entry["keep_v6"])
    assert stage(entry["input"]) == entry["expected"]


@pytest.mark.parametrize("entry", entries("ip_truncation.json", "must_not_parse"))
def test_what_is_no_address(entry: dict[str, Any]) -> None:
    """What must not parse is withheld, but for the brackets and ports that `truncate` takes off."""
    if "strip before" in entry["why"]:
        assert truncate()(entry["input"]) in ("::", "1.2.3.0")
        return
    with pytest.raises(Withheld, match="not an address"):
        truncate()(entry["input"])


@pytest.mark.parametrize("entry", entries("hpke_rfc9180.json", "vectors"))
def test_hpke(entry: dict[str, Any]) -> None:
    """RFC 9180: the library that seals opens each message, those with aad by its inner door."""
    from cryptography.hazmat.primitives import hpke
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    aead = getattr(hpke.AEAD, entry["aead"].replace("ChaCha20Poly1305", "CHACHA20_POLY1305")
                   .replace("-", "_"))  # fmt: skip
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, aead)
    key = X25519PrivateKey.from_private_bytes(bytes.fromhex(entry["skRm"]))
    assert key.public_key().public_bytes_raw().hex() == entry["pkRm"]
    sealed, info = bytes.fromhex(entry["enc_and_ct"]), bytes.fromhex(entry["info"])
    if entry["aad"]:
        decrypt = hpke.rust_openssl.hpke._decrypt_with_aad
        opened = decrypt(suite, sealed, key, info, bytes.fromhex(entry["aad"]))
    else:
        opened = suite.decrypt(sealed, key, info=info)
    assert opened.hex() == entry["plaintext"]
