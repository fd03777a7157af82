"""anonkit keys where somebody is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anonkit.cli import keys, passphrase
from anonkit.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody who answers what stands in the list, in order."""
    answers: list[str] = []

    def answer(_prompt: str = "") -> str:
        if not answers:
            raise EOFError
        return answers.pop(0)

    for module in (keys, passphrase):
        monkeypatch.setattr(module, "terminal", lambda: True)
    monkeypatch.setattr(passphrase.getpass, "getpass", answer)
    monkeypatch.setattr("builtins.input", answer)
    return answers


def test_a_new_passphrase_is_asked_twice(
    tmp_path: Path, terminal: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A passphrase is asked twice when it is new, once to open; two that differ make no file."""
    file = tmp_path / "k"
    terminal += ["secret", "other"]
    assert main(["keys", "new", str(file), "--passphrase"]) == 3
    assert capsys.readouterr().err == "anonkit: error: the passphrases differ\n"
    assert not file.exists()
    terminal += ["secret", "secret"]
    assert main(["keys", "new", str(file), "--passphrase"]) == 0
    terminal += ["secret"]
    assert main(["keys", "show", str(file)]) == 0
    terminal += ["wrong"]
    assert main(["keys", "show", str(file)]) == 3
    assert "wrong passphrase" in capsys.readouterr().err
    terminal += [""]
    assert main(["keys", "show", str(file)]) == 3
    assert "the passphrase is empty" in capsys.readouterr().err
    assert main(["keys", "show", str(file)]) == 2
    assert capsys.readouterr().err == "anonkit: error: no answer was given\n"


@pytest.mark.parametrize(("answer", "gone"), [("yes", True), (" yes ", True), ("y", False)])
def test_destroying_asks_for_a_whole_word(
    *, answer: str, gone: bool, tmp_path: Path, terminal: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """A key is destroyed when somebody types yes, and not otherwise."""
    file = tmp_path / "k"
    main(["keys", "new", str(file)])
    ring, _ = keys.load(file, None)
    capsys.readouterr()
    terminal += [answer]
    assert main(["keys", "destroy", str(file), ring.periods[0].id]) == 0
    said = capsys.readouterr().err
    assert ("is destroyed; destroy copies too" in said) is gone
    assert ("nothing was destroyed" in said) is not gone
    again, _ = keys.load(file, None)
    assert again.periods[0].destroyed is gone
    main(["keys", "show", str(file)])
    assert ("destroyed 20" in capsys.readouterr().out) is gone


def test_a_period_without_borders_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A period without start and end is shown with dashes."""
    from anonkit.keys import Keyring, store

    store.save(Keyring.generate(), tmp_path / "k")
    assert main(["keys", "show", str(tmp_path / "k")]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split()[1:3] == ["-", "-"]
    assert line.endswith("in force")


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed or redirected standard input is no terminal."""
    monkeypatch.undo()
    monkeypatch.setattr("sys.stdin", None)
    assert passphrase.terminal() is False


def test_nothing_is_destroyed_without_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a terminal and without --yes no key is destroyed."""
    main(["keys", "new", str(tmp_path / "k")])
    ring, _ = keys.load(tmp_path / "k", None)
    monkeypatch.setattr(keys, "terminal", lambda: False)
    assert main(["keys", "destroy", str(tmp_path / "k"), ring.periods[0].id]) == 3
    assert "cannot be undone" in capsys.readouterr().err
    again, _ = keys.load(tmp_path / "k", None)
    assert not again.periods[0].destroyed
