"""anonkit seal: packs become envelopes for one vendor or several."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from anonkit.pack import unpack_stream
from anonkit.seal import Recipient, VendorKey, unseal
from desks import PERIOD, run

if TYPE_CHECKING:
    from pathlib import Path


def test_records_come_back_as_they_were(desk: Path, capfdbinary: Any) -> None:
    """What is packed, sealed, signed and opened is the same NDJSON, byte for byte."""
    assert run("seal", "x.anon", "-t", "v.pub", "--sign", "s.key") == 0
    said = capfdbinary.readouterr().err.decode()
    assert said.startswith("anonkit: x.anon.sealed: ")
    assert "of them the envelope" in said
    assert run("open", "-k", "v.key", "--site", "s.pub", "x.anon.sealed") == 0
    out, said = capfdbinary.readouterr()
    assert out == (desk / "in.ndjson").read_bytes()
    assert said == b"anonkit: 3 records out of 1 pack\n"
    header = next(unpack_stream([(desk / "x.anon").read_bytes()])).header
    assert (header.period, header.count) == (PERIOD, 3)
    assert header.expires == header.created + timedelta(days=30)


def test_several_files_and_keys_are_sealed_apart(
    desk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each file gets an envelope beside it, and one for each key; -o names a single one."""
    (desk / "y.anon").write_bytes((desk / "x.anon").read_bytes())
    other = VendorKey.generate("mlkem768-x25519")
    other.recipient.save(desk / "o.pub")
    assert run("seal", "-q", "x.anon", "y.anon", "-t", "v.pub", "-t", "o.pub") == 0
    key = Recipient.load(desk / "v.pub").id
    made = {f"{n}.anon.{k}.sealed" for n in "xy" for k in (key, other.id)}
    assert {path.name for path in desk.glob("*.sealed")} == made
    opened = unseal((desk / f"y.anon.{other.id}.sealed").read_bytes(), [other])
    assert opened.pack == (desk / "x.anon").read_bytes()
    assert run("seal", "x.anon", "-t", "v.pub", "-o", "named") == 0
    assert (desk / "named").exists()
    names = [f"x.anon.{key}.sealed", "y.anon", "named"]
    capfd.readouterr()
    assert run("open", "-k", "v.key", *names, "-o", "all.ndjson") == 0
    assert (desk / "all.ndjson").read_bytes() == (desk / "in.ndjson").read_bytes() * 3
    assert capfd.readouterr().err == "anonkit: 9 records out of 3 packs\n"


def test_what_is_no_stream_of_packs_is_not_sealed(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Text, a cut pack and nothing at all are refused before they are sealed; so is too much."""
    good = (desk / "x.anon").read_bytes()
    for data, rule in (
        (b"", "bad: holds no pack"),
        (b"text", "bad: pack 1: frame: not a pack"),
        (good + good[:9], "bad: pack 2: frame: ends too early"),
    ):
        (desk / "bad").write_bytes(data)
        assert run("seal", "bad", "-t", "v.pub") == 3
        assert rule in capfd.readouterr().err
        assert not (desk / "bad.sealed").exists()
    monkeypatch.setattr("anonkit.seal.LARGEST", 100)
    assert run("seal", "x.anon", "-t", "v.pub") == 3
    assert "does not fit an envelope" in capfd.readouterr().err
