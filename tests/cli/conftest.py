"""Folders that commands are run in: with a log, or with what a site and its vendor have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anonkit.cli import resume
from anonkit.parse.lines import BLOCK
from anonkit.seal import SiteKey, VendorKey
from desks import PERIOD, POLICY, RECORDS, run
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
