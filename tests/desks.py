"""A desk with the files of a site and its vendor, and how the command is used there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from anonkit.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """
name = "p"
retain = "30d"
[record.login]
purpose = "usage"
fields.at = { generalize = "1h", reason = "r" }
fields.user = { pseudonymize = "user", reason = "r" }
fields.ip = { truncate = { v4 = 24, v6 = 48 }, reason = "r" }
fields.note = { keep = {}, reason = "r" }
[record.stop]
purpose = "usage"
fields.at = { generalize = "1h", reason = "r" }
"""
TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"
LOGIN = {"type": "login", "at": "2026-05-11T07:00:00Z", "user": TOKEN, "ip": "10.1.2.0"}
RECORDS = [LOGIN, {"type": "stop", "at": "2026-05-11T07:00:00+02:00"}, LOGIN | {"note": "Grace"}]
PERIOD = "1111222233334444"
PLANTED = "Ada-Lovelace-4711"


def run(*arguments: str) -> int:
    """Run the command in this process and folder; return its status."""
    try:
        return main(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)


def given(path: Path, *arguments: str) -> int:
    """Run the command with a file on standard input."""
    with path.open() as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", file)
        return run(*arguments)
