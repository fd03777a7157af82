"""Outputs that are no files: written as they are, and never replaced by one."""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from anonkit.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

LINE = '203.0.113.77 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 2326 "-" "curl/8.5.0"\n'


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize(
    ("option", "first", "lines"), [("-o", b"203.0.113.0 ", 9000), ("--report", b'{"records"', 1)]
)
def test_a_named_pipe_stays_one(tmp_path: Path, option: str, first: bytes, lines: int) -> None:
    """An output or report that is a named pipe gets every byte, though it takes few at once."""
    pipe, log = tmp_path / "pipe", tmp_path / "access.log"
    log.write_text(LINE * 9000)
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    status = main(["run", "-q", str(log), option, str(pipe)])
    reader.join()
    assert status == 0
    assert got[0].startswith(first)
    assert got[0].count(b"\n") == lines
    assert stat.S_ISFIFO(pipe.stat().st_mode)
