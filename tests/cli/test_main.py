"""The ways in: as a module, and by name."""

from __future__ import annotations

import runpy
import sys

import pytest

import anonkit
from anonkit.__main__ import main


def test_the_module_is_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m anonkit` is `anonkit`; importing its module runs nothing."""
    monkeypatch.setattr(sys, "argv", ["anonkit", "--version"])
    monkeypatch.delitem(sys.modules, "anonkit.__main__")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("anonkit", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"anonkit {anonkit.__version__}\n"
    assert callable(main)
