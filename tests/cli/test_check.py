"""anonkit check, and what a run needs of policies and keys."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from anonkit.cli import run
from anonkit.cli.flow import Input
from anonkit.cli.main import main
from anonkit.cli.progress import Withheld
from anonkit.parse.encodings import PLAIN
from anonkit.parse.formats import FORMATS
from anonkit.policy.document import presets
from anonkit.policy.schema import json_schema
from anonkit.streams.outputs import Rejects

if TYPE_CHECKING:
    from pathlib import Path


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """--schema prints the JSON Schema and needs no policy."""
    assert main(["check", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(json_schema()))


@pytest.mark.parametrize("name", presets())
def test_every_preset_can_be_checked(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each preset prints its name, every field and the number of findings."""
    assert main(["check", name]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{name} ")
    assert printed.splitlines()[-1].endswith(("findings", "finding"))


def test_a_policy_in_another_encoding_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A policy that is not UTF-8 is an error with its name and nothing else of it."""
    (tmp_path / "p.toml").write_bytes(b'name = "gr\xf6\xdfer"')
    assert main(["check", str(tmp_path / "p.toml")]) == 2
    assert capsys.readouterr().err == f"anonkit: error: {tmp_path / 'p.toml'}: not UTF-8\n"


def test_a_file_without_a_suffix_can_be_a_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is there comes before a preset of its name, a folder does not."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weblog").write_text('name = "mine"\n[record.a]\nfields.x = "drop"\n')
    (tmp_path / "app").mkdir()
    assert main(["check", "weblog"]) == main(["check", "app"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("mine ")
    assert "\napp " in printed


def test_a_key_in_force_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run within a period changes nothing in the key file and says nothing of it."""
    monkeypatch.setattr(run.gc, "set_threshold", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.toml").write_text('[record.web_request]\nfields.user = "pseudonymize"\n')
    assert main(["keys", "new", "k"]) == 0
    before = (tmp_path / "k").read_bytes()
    capsys.readouterr()
    arguments = ["run", "-q", "-f", "common", "-p", "p.toml", "-k", "k", "-o", "out"]
    assert main([*arguments, os.devnull]) == 0
    assert capsys.readouterr().err == ""
    assert (tmp_path / "k").read_bytes() == before


def test_the_pieces_of_a_long_line_are_one_withheld_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A withheld line that comes in pieces is kept whole, and named once."""
    rejects = Rejects(tmp_path / "rejects")
    withheld = Withheld(Input("a.log", FORMATS["common"], PLAIN), rejects.write)
    for number, piece in ((3, b"a"), (3, b"b\n"), (5, b"c"), (5, b"d")):
        withheld(number, piece)
    withheld.end()
    withheld.say()
    rejects.close()
    assert (tmp_path / "rejects").read_bytes() == b"ab\ncd\n"
    assert capsys.readouterr().err == "anonkit: a.log: withheld lines 3, 5\n"


def test_keys_are_checked_with_the_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With -k, keys that outlive the promised period are a finding."""
    (tmp_path / "p.toml").write_text(
        'retain = "9d"\nperiod = "7d"\n[record.a]\nfields.u = { pseudonymize = true, reason = "y" }\n'
    )
    ring, policy = str(tmp_path / "ring"), str(tmp_path / "p.toml")
    assert main(["keys", "new", ring]) == 0
    assert main(["check", policy, "-k", ring, "--strict"]) == 1
    assert "[key-outlives-period]" in capsys.readouterr().out
    assert main(["check", policy, "--strict"]) == 0


def test_a_notice_is_written_as_one_html_file(tmp_path: Path) -> None:
    """`explain --format html -o` writes a whole page, in the language asked for."""
    page = tmp_path / "n.html"
    arguments = ["explain", "weblog", "--lang", "de", "--format", "html", "-o", str(page)]
    assert main(arguments) == 0
    assert page.read_text(encoding="utf-8").startswith('<!doctype html>\n<html lang="de">')


def test_a_catalogue_in_another_encoding_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A catalogue that is not UTF-8 is an error with its name and nothing else of it."""
    (tmp_path / "w.toml").write_bytes(b'field.a = "gr\xf6\xdfer"')
    assert main(["explain", "weblog", "--wording", str(tmp_path / "w.toml")]) == 2
    assert capsys.readouterr().err == f"anonkit: error: {tmp_path / 'w.toml'}: not UTF-8\n"
