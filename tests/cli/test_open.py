"""anonkit open: envelopes and packs become records, each once, or nothing is written."""

from __future__ import annotations

import io
import os
import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import pytest

from anonkit.files import write_all
from anonkit.pack import About, Leaf, Object, Schema, pack
from anonkit.seal import SiteKey, VendorKey, seal
from desks import POLICY, run

if TYPE_CHECKING:
    from pathlib import Path


def test_closed_streams_are_said(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without standard input or output, those who need one are told."""
    monkeypatch.setattr(sys, "stdin", None)
    assert run("open") == 3
    assert "standard input: bad file descriptor" in capfd.readouterr().err
    monkeypatch.setattr(sys, "stdout", None)
    assert run("open", "x.anon") == 3
    assert "standard output: bad file descriptor" in capfd.readouterr().err


def broken(desk: Path) -> dict[str, tuple[bytes, tuple[str, ...], str]]:
    """Return files that are to be refused: bytes, options, and what is said."""
    good = (desk / "x.anon").read_bytes()
    key = VendorKey.load(desk / "v.key")
    sealed = seal(good, key.recipient, sign=SiteKey.generate())
    damaged = bytearray(good)
    damaged[-9] ^= 1
    k = ("-k", "v.key")
    return {
        "empty": (b"", (), "holds no pack"),
        "text": (b'{"type":"login"}\n', (), "pack 1: frame: not a pack"),
        "cut pack": (good + good[:-1], (), "pack 2: frame: ends too early"),
        "damaged pack": (good + bytes(damaged), (), "pack 2: "),
        "trailing bytes": (good + b"x", (), "pack 2: frame: not a pack"),
        "no key": (sealed, (), "sealed, and no key is given"),
        "wrong key": (seal(good, VendorKey.generate().recipient), k, "is for the key"),
        "cut envelope": (sealed[:-1], k, "cut short"),
        "damaged envelope": (sealed[:-1] + bytes([sealed[-1] ^ 1]), k, "is damaged"),
        "unsigned": (seal(good, key.recipient), (*k, "--site", "s.pub"), "not signed"),
        "another site": (sealed, (*k, "--site", "s.pub"), "signed by the site"),
        "bare": (good, ("--site", "s.pub"), "no site has signed it"),
        "sealed text": (seal(b"text", key.recipient), k, "pack 1: frame: not a pack"),
    }


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
def test_what_cannot_be_opened_leaves_nothing(
    desk: Path, form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Wrong keys, damage and cuts are refused with file and pack, status 3, and no output."""
    for name, (data, options, rule) in broken(desk).items():
        (desk / "bad").write_bytes(data)
        assert run("open", "x.anon" if "--site" not in options else "bad", "bad", *options,
                   "-f", form, "-o", "out") == 3, name  # fmt: skip
        said = capfd.readouterr().err
        assert said.startswith("anonkit: error: bad: "), name
        assert rule in said, name
        assert not (desk / "out").exists(), name


def test_expired_packs_are_skipped_and_said(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A pack is read until the day before it expires, and then skipped, said and counted."""
    schema = Schema({"a": Object({"n": Leaf()})})
    today = datetime.now(UTC).date()
    packs = [
        pack(
            [{"type": "a", "n": n}],
            schema,
            About(policy="00" * 8, created=date(2026, 1, 1), expires=day),
        )
        for n, day in enumerate((today, today + timedelta(days=2), None, date(2026, 1, 2)))
    ]
    (desk / "e.anon").write_bytes(b"".join(packs))
    assert run("open", "e.anon") == 0
    out, said = capfd.readouterr()
    assert out == '{"type":"a","n":1}\n{"type":"a","n":2}\n'
    assert said == (
        f"anonkit: e.anon: pack 1: expired on {today}, 1 record skipped: delete it\n"
        "anonkit: e.anon: pack 4: expired on 2026-01-02, 1 record skipped: delete it\n"
        "anonkit: 2 records out of 2 packs, 2 packs expired\n"
    )
    assert run("open", "-q", "e.anon", "-f", "csv") == 0
    assert capfd.readouterr().out == "type,n\r\na,1\r\na,2\r\n"


def test_a_pack_that_is_to_come_is_said(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The clock of a site says for how long its records may be kept: one that is ahead is told."""
    schema = Schema({"a": Object({"n": Leaf()})})
    today = datetime.now(UTC).date()
    packs = [
        pack([{"type": "a", "n": n}], schema, About(policy="00" * 8, created=day))
        for n, day in enumerate((today + timedelta(days=1), date(9999, 1, 2)))
    ]
    (desk / "e.anon").write_bytes(b"".join(packs))
    assert run("open", "-q", "e.anon") == 0
    out, said = capfd.readouterr()
    assert out == '{"type":"a","n":0}\n{"type":"a","n":1}\n'
    assert said == (
        "anonkit: e.anon: pack 2: made on 9999-01-02, which has not come yet:"
        " the clock of its site is wrong\n"
    )


def test_copies_are_read_once_and_said(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """One file given twice, and copies of one envelope, count once in a run, and each is named."""
    assert run("seal", "-q", "x.anon", "-t", "v.pub") == 0
    (desk / "copy.sealed").write_bytes((desk / "x.anon.sealed").read_bytes())
    (desk / "link.anon").hardlink_to(desk / "x.anon")
    lines = (desk / "in.ndjson").read_text()
    capfd.readouterr()
    names = ["x.anon.sealed", "copy.sealed", "x.anon", "link.anon", "./x.anon", "x.anon.sealed"]
    assert run("open", "-k", "v.key", *names) == 0
    out, said = capfd.readouterr()
    assert out == lines * 2
    assert said == (
        "anonkit: copy.sealed: a copy of x.anon.sealed, skipped\n"
        "anonkit: link.anon: a copy of x.anon, skipped\n"
        "anonkit: x.anon: given twice, and read once\n"
        "anonkit: x.anon.sealed: given twice, and read once\n"
        "anonkit: 6 records out of 2 packs, 4 copies skipped\n"
    )
    assert run("open", "-q", "-k", "v.key", "copy.sealed", "x.anon.sealed", "-f", "csv") == 0
    out, said = capfd.readouterr()
    assert (len(out.splitlines()), said.count("copy")) == (4, 2)


def test_what_only_looks_like_a_copy_counts(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Equal packs count each where nothing tells a copy: of two sites, sealed apart, or bare."""
    schema = Schema({"a": Object({"n": Leaf()})})
    same = pack([{"type": "a", "n": 1}], schema, About(policy="00" * 8, created=date(2026, 1, 1)))
    recipient = VendorKey.load(desk / "v.key").recipient
    sites = [SiteKey.generate(), SiteKey.generate()]
    for name, site in zip(("one", "two"), sites, strict=True):
        (desk / name).write_bytes(seal(same, recipient, sign=site))
        site.site.save(desk / f"{name}.pub")
    (desk / "apart").write_bytes(seal(same, recipient, sign=sites[0]))
    keys = ("-k", "v.key", "--site", "one.pub", "--site", "two.pub")
    assert run("open", *keys, "one", "two", "apart") == 0
    assert capfd.readouterr() == (
        '{"type":"a","n":1}\n' * 3, "anonkit: 3 records out of 3 packs\n",
    )  # fmt: skip
    (desk / "bare").write_bytes(same * 2)
    (desk / "again").write_bytes(same * 2)
    assert run("open", "-q", "bare", "again") == 0
    assert capfd.readouterr() == ('{"type":"a","n":1}\n' * 4, "")


def test_a_pipe_is_no_copy_of_itself(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A pipe that is named twice may bring something else the second time, and is read again."""
    read, write = os.pipe()
    os.write(write, (desk / "x.anon").read_bytes())
    os.close(write)
    pipe = f"/dev/fd/{read}"
    assert run("open", pipe, pipe) == 3
    os.close(read)
    assert capfd.readouterr() == ("", f"anonkit: error: {pipe}: holds no pack\n")


def test_packs_without_their_schema_need_the_policy(
    desk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """-p gives the schema that a pack only names; fields of a newer embedded one are said."""
    from anonkit.pack.frame import COLUMNS, Header, write_frame
    from anonkit.policy import Policy
    from anonkit.policy.packing import schema_of

    schema = schema_of(Policy.from_toml(POLICY))
    said = About(policy="00" * 8, created=date(2026, 1, 1))
    (desk / "bare").write_bytes(pack([{"type": "stop"}], schema, said, embed=False))
    assert run("open", "bare") == 3
    assert "bare: pack 1: schema: is not in the pack and not given" in capfd.readouterr().err
    assert run("open", "-q", "-p", "p.toml", "bare") == 0
    assert capfd.readouterr().out == '{"type":"stop"}\n'
    later = [["a", [1, ["n", 0, "later", 9], None, 0]]]
    header = Header(schema=Schema.id_of(later), policy="00" * 8, techniques=(), period=None,
                    created=date(2026, 1, 1), expires=None, count=1)  # fmt: skip
    body = [later, [[2, 0], [], [[0, [10, [2, 1], [2, 5]]]]]]
    (desk / "new").write_bytes(write_frame(header, COLUMNS, body, dictionary=None, level=3))
    assert run("open", "new") == 0
    assert "new: pack 1: 0 records and 1 field of a newer schema" in capfd.readouterr().err
    assert run("open", "-q", "new") == 0
    assert capfd.readouterr().err == ""


def test_parquet_without_pyarrow_is_said(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Parquet makes a file for each type; without pyarrow the extra to install is named."""
    assert run("open", "x.anon", "-f", "parquet", "-o", "out") == 0
    assert sorted(path.name for path in (desk / "out").iterdir()) == [
        "login.parquet",
        "stop.parquet",
    ]
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    capfd.readouterr()
    assert run("open", "x.anon", "-f", "parquet", "-o", "none") == 2
    assert "anonkit[parquet]" in capfd.readouterr().err
    assert not (desk / "none").exists()


def test_a_full_disk_is_said(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A device takes bytes as it can; a failure names it."""

    class Full(io.RawIOBase):
        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space") as caught:
        write_all(cast("BinaryIO", Full()), b"x", "out")
    assert caught.value.filename == "out"
    assert run("open", "x.anon", "-q", "-o", "/dev/null") == 0
