"""The ways in, as a module and by name, and the help that each verb gives."""

from __future__ import annotations

import argparse
import runpy
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

import anonkit
from anonkit.__main__ import main
from anonkit.cli.main import parser

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def interrupt() -> Iterator[None]:
    """What the command does to SIGINT ends with the test."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupt")
@pytest.mark.parametrize(
    ("before", "during"),
    [(signal.default_int_handler, signal.SIG_DFL), (signal.SIG_IGN, signal.SIG_IGN)],
)
def test_ctrl_c_ends_the_command_unless_it_is_ignored(
    before: Any, during: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python's own way is put aside; what somebody else wants is left."""
    signal.signal(signal.SIGINT, before)
    monkeypatch.setattr(sys, "argv", ["anonkit", "formats"])
    assert main() == 0
    assert signal.getsignal(signal.SIGINT) is during
    assert capsys.readouterr().out.startswith("format ")


@pytest.mark.usefixtures("interrupt")
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


def parsers(of: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser, and those of its verbs and actions."""
    yield of
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from parsers(below)
            for listed in action._choices_actions:
                assert listed.help == action.choices[listed.dest].description, listed.dest


def test_help_speaks_in_one_way() -> None:
    """Verbs and actions are sentences, listed as they say it themselves; options are no sentences."""
    for one in parsers(parser()):
        assert one.description, one.prog
        assert one.description[0].isupper(), one.prog
        assert one.description.endswith("."), one.prog
        for action in one._actions:
            if action.option_strings[:1] in (["-h"], ["--version"]) or action.metavar in (
                "VERB",
                "ACTION",
            ):
                continue  # as argparse says them
            assert action.help, (one.prog, action.dest)
            assert not action.help.endswith("."), (one.prog, action.dest)
