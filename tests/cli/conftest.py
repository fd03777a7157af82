"""Folders with a log, for runs of the command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anonkit.cli import resume
from anonkit.parse.lines import BLOCK
from runs import BAD, LINE, LINES, drafts

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A folder with a log; no draft is left there."""
    (tmp_path / "a.log").write_bytes(LINE * 3)
    yield tmp_path
    assert not drafts(tmp_path)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a log of five blocks, where checkpoints are made at each."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)
    monkeypatch.setattr(resume, "EVERY", BLOCK)
    (tmp_path / "a.log").write_bytes(BAD + LINE * (LINES - 1))
    yield tmp_path
    assert not drafts(tmp_path)
