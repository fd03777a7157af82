"""anonkit pack, seal and open, and the keys of both sides."""

from __future__ import annotations

import io
import json
import os
import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import pytest

from anonkit.cli import key_pairs, pack as pack_verb, passphrase
from anonkit.cli.main import main
from anonkit.files import PRIVATE, write_all
from anonkit.pack import About, Leaf, Object, Schema, pack, unpack_stream
from anonkit.seal import Recipient, SiteKey, VendorKey, seal, unseal

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """
name = "p"
retain = "30d"
[record.login]
purpose = "usage"
fields.at = { generalize = "1h", reason = "r" }
fields.user = { pseudonymize = "user", reason = "r" }
fields.ip = { truncate = { v4 = 24, v6 = 48 }, reason = "r" }
fields.note = { keep = {}, reason = "r" }
[record.stop]
purpose = "usage"
fields.at = { generalize = "1h", reason = "r" }
"""
TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"
LOGIN = {"type": "login", "at": "2026-05-11T07:00:00Z", "user": TOKEN, "ip": "10.1.2.0"}
RECORDS = [LOGIN, {"type": "stop", "at": "2026-05-11T07:00:00+02:00"}, LOGIN | {"note": "Grace"}]
PERIOD = "1111222233334444"
PLANTED = "Ada-Lovelace-4711"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a policy, records, a pack of them, and keys of both sides."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.toml").write_text(POLICY)
    lines = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in RECORDS)
    (tmp_path / "in.ndjson").write_text(lines)
    VendorKey.generate().save(tmp_path / "v.key")
    VendorKey.load(tmp_path / "v.key").recipient.save(tmp_path / "v.pub")
    SiteKey.generate().save(tmp_path / "s.key")
    SiteKey.load(tmp_path / "s.key").site.save(tmp_path / "s.pub")
    assert run("pack", "-q", "-p", "p.toml", "--period", PERIOD, "in.ndjson", "-o", "x.anon") == 0
    return tmp_path


def run(*arguments: str) -> int:
    try:
        return main(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)


def given(path: Path, *arguments: str) -> int:
    """Run the command with a file on standard input."""
    with path.open() as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", file)
        return run(*arguments)


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


def test_times_are_packed_as_times_and_come_out_as_the_same_text(desk: Path) -> None:
    """Text in RFC 3339 becomes a time where the same text is made of it again, and stays else."""
    texts = [
        "2026-05-11T07:00:00Z", "2026-05-11T07:00:00", "2026-05-11T07:00:00.5Z",
        "2026-05-11T07:00:00.500000Z", "2026-05-11T07:00:00+00:00", "2026-05-11T07:00:00+02:00",
        "2026-13-11T07:00:00Z", "2026-05-11T07:00:00-00:00", "2026-05-11",
    ]  # fmt: skip
    for text in texts:
        made = pack_verb._timed(text)
        assert json.loads(json.dumps(text)) == text
        assert made.__class__ is str or pack_verb._JSON(made) == pack_verb._JSON(text)
    assert pack_verb._timed(texts[0]) == datetime(2026, 5, 11, 7, tzinfo=UTC)


def test_batches_make_a_stream_of_packs(desk: Path, capfdbinary: Any) -> None:
    """--batch says how many records a pack has; standard input and output do without files."""
    told = ("pack", "-p", "p.toml", "--period", PERIOD, "--batch", "2")
    assert given(desk / "in.ndjson", *told) == 0
    out, said = capfdbinary.readouterr()
    assert [len(read.records) for read in unpack_stream([out])] == [2, 1]
    assert said.startswith(b"anonkit: 3 records in 2 packs, ")
    (desk / "two.anon").write_bytes(out)
    assert given(desk / "two.anon", "seal", "-q", "-t", "v.pub") == 0
    (desk / "two.sealed").write_bytes(capfdbinary.readouterr().out)
    assert given(desk / "two.sealed", "open", "-k", "v.key") == 0
    out, said = capfdbinary.readouterr()
    assert out == (desk / "in.ndjson").read_bytes()
    assert said == b"anonkit: 3 records out of 2 packs\n"


def test_the_period_comes_from_a_keyring(desk: Path) -> None:
    """-k names the period in force; a policy without tokens has none."""
    assert run("keys", "new", "ring") == 0
    assert run("pack", "-q", "-p", "p.toml", "-k", "ring", "in.ndjson", "-o", "y.anon") == 0
    from anonkit.keys import store

    ring = store.load(desk / "ring")
    read = next(unpack_stream([(desk / "y.anon").read_bytes()]))
    assert read.header.period == ring.periods[-1].id
    (desk / "q.toml").write_text(
        POLICY.replace('{ pseudonymize = "user", reason = "r" }', '"drop"')
    )
    (desk / "stop.ndjson").write_text("\n" + json.dumps(RECORDS[1]))
    assert run("pack", "-q", "-p", "q.toml", "-k", "ring", "stop.ndjson", "-o", "z.anon") == 0
    assert next(unpack_stream([(desk / "z.anon").read_bytes()])).header.period is None


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("{", "not an object in JSON"),
        ("[1]", "not an object in JSON"),
        ("[" * 5000, "not an object in JSON"),
        (json.dumps({"type": PLANTED}), "of a type that the schema does not have"),
        (json.dumps(LOGIN | {PLANTED: 1}), "login: has a field that the schema does not"),
        (json.dumps(LOGIN | {"user": PLANTED}), "login.user: not a token"),
        (json.dumps(LOGIN | {"ip": PLANTED}), "login.ip: not an address"),
        (json.dumps(LOGIN | {"note": [PLANTED]}), "login.note: not a single value"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(
    desk: Path, line: str, rule: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A record that the policy does not let out stops the run: status 1, its line, no pack."""
    lines = (desk / "in.ndjson").read_text()
    (desk / "bad.ndjson").write_text(lines + "\n" + line)
    arguments = ("pack", "-p", "p.toml", "--period", PERIOD, "in.ndjson", "bad.ndjson", "-o", "y")
    assert run(*arguments) == 1
    said = capfd.readouterr().err
    assert said.startswith("anonkit: error: bad.ndjson: line 5: ")
    assert rule in said
    assert PLANTED not in said
    assert not (desk / "y").exists()
    assert not list(desk.glob(".anonkit*"))


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("pack", "-p", "p.toml", "in.ndjson"), "whose period the pack must name"),
        (("pack", "-p", "p.toml", "--period", "x", "in.ndjson"), "16 hexadecimal digits"),
        (("pack", "-p", "p.toml", "--batch", "0", "in.ndjson"), "at least 1"),
        (("seal", "x.anon", "x.anon", "-t", "v.pub", "-o", "y"), "one output takes one envelope"),
        (("open", "x.anon", "-f", "parquet"), "written into a folder"),
        (("open", "x.anon", "-f", "xlsx"), "invalid choice"),
    ],
)
def test_wrong_use_is_said(
    desk: Path, arguments: tuple[str, ...], rule: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Options that make no sense end with status 2 before anything is read or written."""
    before = sorted(desk.iterdir())
    assert run(*arguments) == 2
    assert rule in capfd.readouterr().err
    assert sorted(desk.iterdir()) == before


def test_bytes_do_not_go_to_a_terminal(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Packs and envelopes are not written to a terminal, which would act on them."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run("pack", "-p", "p.toml", "--period", PERIOD, "in.ndjson") == 2
    assert "no text for a terminal" in capfd.readouterr().err


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


# --- keys -------------------------------------------------------------------------------------


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
