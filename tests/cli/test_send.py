"""anonkit consent and anonkit outbox, as people type them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from anonkit import Keyring, Pipeline
from anonkit.cli.main import main
from anonkit.pack import unpack
from anonkit.seal import SiteKey, VendorKey
from anonkit.send import Consent, Outbox, proven
from outboxes import Fault, Page, page
from runs import run as run_alone
from servers import acknowledge, seen, server


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    return main(list(arguments))


def agree(purpose: str = "usage") -> None:
    assert run(
        "consent", "grant", "consent.db", purpose, "--role", "administrator",
        "--notice", "3", "--lang", "de",
    ) == 0  # fmt: skip


def filled(*names: str, sign: SiteKey | None = None) -> None:
    recipient = VendorKey.generate().recipient if sign else None
    pipeline = Pipeline([Page, Fault], keys=Keyring.generate())
    with (
        Consent("consent.db") as consent,
        Outbox("outbox.db", pipeline, consent=consent, recipient=recipient, sign=sign) as box,
    ):
        assert box.record_all([page(name) for name in names]) == len(names)


def test_consent_is_granted_shown_and_withdrawn(capfd: pytest.CaptureFixture[str]) -> None:
    """Each decision is told with its number; the list shows the last one on each purpose."""
    agree()
    agree("support")
    assert run("consent", "show", "consent.db") == 0
    output, errors = capfd.readouterr()
    assert "usage             granted" in output
    assert "administrator, notice 3 (de)" in output
    assert errors.splitlines() == [
        "anonkit: consent.db: usage: granted (entry 1)",
        "anonkit: consent.db: support: granted (entry 2)",
    ]
    for purpose in ("usage", "support"):
        assert run("consent", "withdraw", "consent.db", purpose, "--role", "user") == 0
    assert run("consent", "show", "consent.db") == 0
    output, errors = capfd.readouterr()
    assert "usage             withdrawn" in output
    assert "user, no notice" in output
    assert errors.splitlines()[-1] == (
        "anonkit: consent.db: nothing is agreed to, so nothing is recorded or sent"
    )


def test_a_withdrawal_of_what_was_not_agreed_to_is_said(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A misspelt purpose leaves the one that was meant in force, and nobody is told otherwise."""
    agree()
    for meant, agreed in (("usge", "usage"), ("usage", ""), ("usage", "none")):
        capfd.readouterr()
        assert run("consent", "withdraw", "consent.db", meant, "--role", "user") == 0
        said = f"anonkit: consent.db: {meant} was not agreed to; agreed to: {agreed}"
        assert (said in capfd.readouterr().err.splitlines()) == bool(agreed)


def test_a_misspelt_purpose_is_not_granted(capfd: pytest.CaptureFixture[str]) -> None:
    """Under a policy it is refused, with the nearest; without, the like one of before is named."""
    told = ("--role", "user", "--notice", "1", "--lang", "de")
    assert run("consent", "grant", "consent.db", "usge", *told, "-p", "app") == 2
    assert capfd.readouterr().err.splitlines() == [
        "anonkit: error: app: nothing leaves for usge",
        "anonkit: hint: did you mean usage?",
    ]
    assert not Path("consent.db").exists()
    for purpose in ("usage", "stability"):
        assert run("consent", "grant", "consent.db", purpose, *told, "-p", "app") == 0
    for purpose in ("support", "usage", "usge"):
        assert run("consent", "grant", "consent.db", purpose, *told) == 0
    assert capfd.readouterr().err.splitlines()[2:] == [
        "anonkit: consent.db: support: granted (entry 3)",
        "anonkit: consent.db: usage: granted (entry 4)",
        "anonkit: consent.db: usge: granted (entry 5)",
        "anonkit: consent.db: usge is new here: if usage was meant, withdraw usge and grant usage",
    ]


def test_consent_is_exported_as_proof(capfd: pytest.CaptureFixture[str]) -> None:
    """The export goes to standard output or into a file, and can be checked."""
    agree()
    assert run("consent", "export", "consent.db") == 0
    proof = capfd.readouterr().out.encode()
    assert run("consent", "export", "consent.db", "-o", "proof.ndjson") == 0
    assert Path("proof.ndjson").read_bytes() == proof
    assert [entry.purpose for entry in proven(proof)] == ["usage"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["consent", "show", "absent.db"], 3, "absent.db: there is no ledger of consent"),
        (["consent", "export", "absent.db"], 3, "there is no ledger of consent"),
        (["consent", "withdraw", "absent.db", "usage", "--role", "user"], 3, "no ledger"),
        (["outbox", "list", "absent.db"], 3, "absent.db: there is no outbox"),
        (["outbox", "send", "absent.db", "http://example.com/"], 2, "begins with https://"),
        (["consent", "withdraw", "consent.db", "a/b", "--role", "user"], 2, "a purpose is"),
        (["consent", "show", "empty"], 3, "empty: there is no ledger of consent"),
        (["consent", "export", "empty"], 3, "there is no ledger of consent"),
        (["consent", "withdraw", "empty", "usage", "--role", "user"], 3, "no ledger"),
        (["outbox", "list", "empty"], 3, "empty: there is no outbox"),
        (["outbox", "send", "absent.db", "."], 3, "there is no outbox"),
        (["outbox", "import", ".", "inbox"], 3, "no batches.json"),
        (["outbox", "show", "absent.db", "--bytes"], 2, "--bytes is of one batch"),
    ],
)
def test_what_is_not_there_is_said(
    arguments: list[str], status: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A missing file or a wrong word is an error with its status; no file is made or filled."""
    agree()
    Path("empty").touch()
    before = set(Path().iterdir())
    assert run(*arguments) == status
    assert said in capfd.readouterr().err
    assert set(Path().iterdir()) - {Path("inbox")} == before
    assert Path("empty").read_bytes() == b""


@pytest.mark.parametrize("role", ["ada", "Ada Lovelace", ""])
def test_who_decided_is_told_by_role(role: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A name is refused where a role belongs."""
    with pytest.raises(SystemExit):
        run("consent", "withdraw", "consent.db", "usage", "--role", role)
    assert "works-council" in capfd.readouterr().err


def test_what_waits_is_listed_and_shown(capfd: pytest.CaptureFixture[str]) -> None:
    """The list names batches; records are shown as they are read, and bytes as they are sent."""
    agree()
    filled("one", "two")
    capfd.readouterr()
    assert run("outbox", "list", "outbox.db") == 0
    output, errors = capfd.readouterr()
    assert [line.split()[:3] for line in output.splitlines()] == [
        ["batch", "purpose", "records"],
        ["-", "usage", "2"],
    ]
    assert errors == "anonkit: 2 recorded\n"
    assert run("outbox", "show", "outbox.db") == 0
    shown = [json.loads(line)["name"] for line in capfd.readouterr().out.splitlines()]
    assert shown == ["one", "two"]
    assert run("outbox", "send", "outbox.db", "missing", "--all") == 3
    assert "missing: no such file or directory" in capfd.readouterr().err
    assert run("outbox", "list", "outbox.db") == 0
    row = capfd.readouterr().out.splitlines()[1].split()
    assert row[-6:] == ["missing:", "no", "such", "file", "or", "directory"]
    assert run("outbox", "show", "outbox.db", row[0]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 2
    Path("there").mkdir()
    assert run("outbox", "send", "outbox.db", "there", "--all") == 0
    assert capfd.readouterr().err == "anonkit: outbox.db: sent 1 batch with 2 records\n"
    assert run("outbox", "list", "outbox.db") == 0
    assert capfd.readouterr().err.splitlines() == [
        "anonkit: nothing waits",
        "anonkit: 2 recorded, 2 delivered",
    ]
    (file,) = Path("there").iterdir()
    assert len(unpack(file.read_bytes()).records) == 2


def test_the_bytes_of_a_batch_are_shown(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """`--bytes` writes what is sent, and nothing else, and not to a terminal."""
    agree()
    filled("one")
    assert run("outbox", "send", "outbox.db", "missing", "--all") == 3
    capfdbinary.readouterr()
    run("outbox", "list", "outbox.db")
    batch = capfdbinary.readouterr().out.splitlines()[1].split()[0].decode()
    assert run("outbox", "show", "outbox.db", batch, "--bytes") == 0
    assert unpack(capfdbinary.readouterr().out).records[0]["name"] == "one"
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as terminal, pytest.MonkeyPatch.context() as patch:  # noqa: PTH123
        patch.setattr(sys, "stdout", terminal)
        assert run("outbox", "show", "outbox.db", batch, "--bytes") == 2
    os.close(ours)
    assert b"no text for a terminal" in capfdbinary.readouterr().err


def test_what_waits_is_deleted(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleting asks first, and says what went."""
    agree()
    filled("one", "two")
    capfd.readouterr()
    assert run("outbox", "purge", "outbox.db") == 2
    assert "say --yes" in capfd.readouterr().err

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda: "no")
    assert run("outbox", "purge", "outbox.db") == 0
    asked = "delete what waits in outbox.db for good? Type yes: "
    assert capfd.readouterr() == ("", f"{asked}anonkit: nothing was deleted\n")
    assert run("outbox", "purge", "outbox.db", "--yes", "--purpose", "support") == 0
    assert "deleted 0 records" in capfd.readouterr().err
    monkeypatch.setattr("builtins.input", lambda: "yes")
    assert run("outbox", "purge", "outbox.db") == 0
    assert capfd.readouterr().err == (
        f"{asked}anonkit: outbox.db: deleted 2 records and erased their bytes\n"
    )


def test_a_withdrawal_empties_the_outbox(capfd: pytest.CaptureFixture[str]) -> None:
    """After `consent withdraw` nothing waits, though no program runs."""
    agree()
    filled("planted")
    assert run("consent", "withdraw", "consent.db", "usage", "--role", "management") == 0
    assert not [f for f in Path().iterdir() if b"planted" in f.read_bytes()]
    assert run("outbox", "list", "outbox.db") == 0
    assert "1 recorded, 1 withdrawn" in capfd.readouterr().err


def test_a_stick_is_carried(capfd: pytest.CaptureFixture[str]) -> None:
    """Export, import and export again: each says what it did."""
    agree()
    filled("one", "two")
    Path("stick").mkdir()
    capfd.readouterr()
    assert run("outbox", "export", "outbox.db", "stick") == 0
    assert run("outbox", "import", "stick", "inbox") == 0
    assert run("outbox", "import", "stick", "inbox") == 0
    assert run("outbox", "export", "outbox.db", "stick") == 0
    assert capfd.readouterr().err.splitlines() == [
        "anonkit: stick: wrote 1 batch with 2 records",
        "anonkit: stick: took in 1 batch",
        "anonkit: stick: took in 0 batches; 1 was there already",
        "anonkit: stick: acknowledges 1 batch",
        "anonkit: stick: wrote 0 batches with 0 records",
    ]
    filled("three")
    run("outbox", "export", "outbox.db", "stick")
    for file in Path("stick").glob("*.anon"):
        file.write_bytes(b"")
    assert run("outbox", "import", "stick", "inbox") == 3
    assert "damaged on the way" in capfd.readouterr().err


def test_a_stick_is_not_waited_for(place: Path) -> None:
    """A pipe or folder in the place of a batch or list is said; the other batches come in."""
    agree()
    for _ in range(3):
        filled("one")
        Path("stick").mkdir(exist_ok=True)
        assert run("outbox", "export", "outbox.db", "stick") == 0
    first, second, _ = Path("stick").glob("*.anon")
    for file in (first, second):
        file.unlink()
    os.mkfifo(first)
    second.mkdir()
    done = run_alone(place, "outbox", "import", "stick", "inbox", stdin=subprocess.DEVNULL)
    assert done.returncode == 3
    said, *problems = done.stderr.decode().splitlines()
    assert said == "anonkit: stick: took in 1 batch"
    assert set(problems) == {f"anonkit: error: {f.name}: is no file" for f in (first, second)}
    assert len(json.loads(Path("stick/acknowledged.json").read_text())["batches"]) == 1
    for name, verb in (
        ("acknowledged.json", ("export", "outbox.db", "stick")),
        ("batches.json", ("export", "outbox.db", "stick")),
        ("batches.json", ("import", "stick", "inbox")),
    ):
        Path("stick", name).unlink(missing_ok=True)
        os.mkfifo(Path("stick", name))
        done = run_alone(place, "outbox", *verb, stdin=subprocess.DEVNULL)
        assert (done.returncode, done.stderr.decode()) == (
            3, f"anonkit: error: stick/{name}: is no file\n"
        )  # fmt: skip
        Path("stick", name).unlink()


def test_batches_are_posted(capfd: pytest.CaptureFixture[str]) -> None:
    """To an address, with a token out of a file and the site's key, under its passphrase."""
    agree()
    site = SiteKey.generate()
    site.save(Path("site.key"), passphrase=b"of the site")
    Path("words").write_text("of the site\n")
    filled("one", sign=site)
    Path("token").write_text("s3cret\n")
    with server(acknowledge) as url:
        assert run("outbox", "send", "outbox.db", url, "--all") == 3
        assert "hint: --sign FILE names it" in capfd.readouterr().err
        told = ("outbox", "send", "outbox.db", url, "--all", "--sign", "site.key")
        assert run(*told) == 3
        assert "site.key: needs a passphrase" in capfd.readouterr().err
        assert run(*told, "--passphrase-file", "words", "--token-file", "token") == 0
    assert seen[-1]["Authorization"] == "Bearer s3cret"


def test_a_damaged_outbox_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    """The list names files that were put aside."""
    agree()
    filled("one")
    Path("outbox.db.damaged-1").touch()
    assert run("outbox", "list", "outbox.db") == 0
    assert capfd.readouterr().err.splitlines()[-1] == (
        "anonkit: outbox.db.damaged-1: a damaged outbox; its records are not sent"
    )


def test_an_outbox_without_a_past_says_little(capfd: pytest.CaptureFixture[str]) -> None:
    """Where nothing was ever recorded, nothing is counted."""
    agree()
    filled()
    capfd.readouterr()
    assert run("outbox", "list", "outbox.db") == 0
    assert capfd.readouterr().err == "anonkit: nothing waits\n"


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed standard input is no terminal."""
    agree()
    filled("one")
    monkeypatch.setattr(sys, "stdin", None)
    assert run("outbox", "purge", "outbox.db") == 2
