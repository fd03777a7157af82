"""anonkit pack: records that a policy let out become packs, and others stop it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from anonkit.cli import pack as pack_verb
from anonkit.pack import unpack_stream
from desks import LOGIN, PERIOD, PLANTED, POLICY, RECORDS, given, run

if TYPE_CHECKING:
    from pathlib import Path


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
        (("seal", "x.anon", "./x.anon", "-t", "v.pub"), "two envelopes would have one name"),
        (("seal", "x.anon", "-t", "v.pub", "-t", "v.pub"), "two envelopes would have one name"),
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
