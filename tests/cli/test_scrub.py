"""The verb scrub, where a case file cannot say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonkit.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_known_values_in_another_encoding_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of known values that is not UTF-8 is refused by name, and none of it is shown."""
    known = tmp_path / "known.txt"
    known.write_bytes("Müller\n".encode("latin-1"))
    assert main(["scrub", "--known", str(known)]) == 2
    said = capsys.readouterr().err
    assert said == f"anonkit: error: {known}: not UTF-8\n"
