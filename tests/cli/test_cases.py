"""Every case of the command: one TOML file each in `cases/`, walked by one test.

claim      one sentence
run        the arguments, or a list of such lists, one command after the other
input      standard input; without, it is empty
[files]    what is there before, by name; `[modes]` their rights, where they are not 0600
status     the exit status (of the last command); 0 without
output, errors
           all that is written; what differs from run to run is `HEX` and `DATE`
[after]    what is in files afterwards; `false` for a file that must not be there
[rights]   their rights afterwards
"""

from __future__ import annotations

import os
import re
import stat
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anonkit.cli import run as run_verb
from anonkit.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = sorted((Path(__file__).parent / "cases").glob("*.toml"))
WORDS = {
    "claim", "run", "input", "files", "modes", "status", "output", "errors", "after", "rights",
}  # fmt: skip


def plain(text: str) -> str:
    """Replace what differs from run to run."""
    text = re.sub(r"\b(?:[0-9a-f]{16}|[0-9a-f]{8})\b", "HEX", text)
    return re.sub(r"\b20\d\d-\d\d-\d\d \d\d:\d\d\b", "DATE", text)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stand in an empty folder, with a usual umask and the garbage collector put back after."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_verb.gc, "set_threshold", lambda *_: None)
    before = os.umask(0o022)
    yield tmp_path
    os.umask(before)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_command_does_what_the_case_says(
    path: Path, place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Arguments, input and files give the output, errors, status and files that the case says."""
    case: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(case) <= WORDS
    assert case["claim"].endswith(".")
    for name, content in case.get("files", {}).items():
        file = place / name
        file.write_text(content, encoding="utf-8")
        file.chmod(int(case.get("modes", {}).get(name, "0600"), 8))
    commands = case["run"] if isinstance(case["run"][0], list) else [case["run"]]
    (place / ".input").write_text(case.get("input", ""), encoding="utf-8")
    for arguments in commands:
        capfd.readouterr()
        with (place / ".input").open() as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            try:
                status = main(arguments)
            except SystemExit as stop:
                status = int(stop.code or 0)
    output, errors = capfd.readouterr()
    assert plain(errors) == case.get("errors", "")
    assert plain(output) == case.get("output", "")
    assert status == case.get("status", 0)
    for name, content in case.get("after", {}).items():
        there = (place / name).exists()
        assert there is (content is not False), name
        if there:
            assert plain((place / name).read_text(encoding="utf-8")) == content, name
    for name, rights in case.get("rights", {}).items():
        assert stat.S_IMODE((place / name).stat().st_mode) == int(rights, 8), name
    left = {file.name for file in place.iterdir()}
    assert not [name for name in left if name.endswith(".part")]


def test_there_are_cases() -> None:
    """The folder of cases is found."""
    assert len(CASES) > 30
