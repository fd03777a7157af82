"""anonkit keys vendor and keys site: the keys of envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anonkit.cli import key_pairs, passphrase
from anonkit.files import PRIVATE
from anonkit.seal import Recipient, SiteKey, VendorKey
from desks import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("kind", "options"), [("vendor", ()), ("vendor", ("--hybrid",)), ("site", ())]
)
def test_keys_are_made_in_pairs(
    desk: Path, kind: str, options: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    """The private part is readable by its owner alone, the public part stands beside it."""
    assert run("keys", kind, "new", "n.key", *options) == 0
    assert "hand out n.key.pub" in capfd.readouterr().err
    assert (desk / "n.key").stat().st_mode & 0o777 == PRIVATE
    for arguments in (("n.key",), ("m.key", "--public", "n.key.pub")):
        assert run("keys", kind, "new", *arguments) == 3
        assert "exists already" in capfd.readouterr().err
    assert not (desk / "m.key").exists()
    assert run("keys", kind, "new", "o.key", "--public", "elsewhere", *options) == 0
    if kind == "vendor":
        suite = "mlkem768-x25519" if options else "x25519"
        assert Recipient.load(desk / "elsewhere").suite == suite
        assert run("seal", "-q", "x.anon", "-t", "elsewhere") == 0
        assert run("open", "-q", "-k", "v.key", "-k", "o.key", "x.anon.sealed") == 0


def test_keys_can_be_locked(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A passphrase, from a file or asked for, locks both kinds of keys; a wrong one opens nothing."""
    (desk / "pf").write_text("secret words\n")
    (desk / "wrong").write_text("other words\n")
    for kind in ("vendor", "site"):
        assert run("keys", kind, "new", f"{kind}.key", "--passphrase-file", "pf") == 0
    assert b"argon2id" in (desk / "vendor.key").read_bytes()
    capfd.readouterr()
    seal_it = ("seal", "-q", "x.anon", "-t", "vendor.key.pub", "--sign", "site.key")
    assert run(*seal_it) == 3
    assert "site.key: needs a passphrase" in capfd.readouterr().err
    assert run(*seal_it, "--passphrase-file", "wrong") == 3
    assert "wrong passphrase, or a damaged file" in capfd.readouterr().err
    assert run(*seal_it, "--passphrase-file", "pf") == 0
    open_it = ("open", "-q", "-k", "vendor.key", "--site", "site.key.pub", "x.anon.sealed")
    assert run(*open_it, "--passphrase-file", "pf") == 0
    monkeypatch.setattr(passphrase, "terminal", lambda: True)
    monkeypatch.setattr(passphrase.getpass, "getpass", lambda _: "secret words")
    assert run(*open_it) == 0
    assert run("keys", "vendor", "new", "asked.key", "--passphrase") == 0
    from anonkit.errors import SealError

    with pytest.raises(SealError, match="needs a passphrase"):
        VendorKey.load(desk / "asked.key")
    assert key_pairs.vendor_key(desk / "asked.key", None).id


def test_a_locked_key_opens_as_no_other_kind(desk: Path) -> None:
    """What locks a vendor's key does not open when the file says that it is a site's."""
    from anonkit.errors import SealError

    VendorKey.generate().save(desk / "l.key", passphrase=b"x")
    text = (desk / "l.key").read_text()
    (desk / "l.key").write_text(text.replace("anonkit-vendor-key", "anonkit-site-key"))
    with pytest.raises(SealError, match="wrong passphrase, or a damaged file"):
        SiteKey.load(desk / "l.key", passphrase=b"x")


@pytest.mark.parametrize("kind", ["vendor", "site"])
@pytest.mark.parametrize("lost", ["k.key", "k.pub"])
def test_no_half_of_a_key_is_made_alone(
    desk: Path, kind: str, lost: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where one half cannot be written there is no other: nothing could be sealed, or opened."""
    names = {"k.key": "k.key", "k.pub": "k.pub", lost: f"nowhere/{lost}"}
    before = sorted(desk.iterdir())
    assert run("keys", kind, "new", names["k.key"], "--public", names["k.pub"]) == 3
    assert capfd.readouterr().err == f"anonkit: error: nowhere/{lost}: no such file or directory\n"
    assert sorted(desk.iterdir()) == before
