"""Compressed input and output: what is recognised, what is broken, and equal bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import time
from pathlib import Path

import pytest

from anonkit.streams.compress import Packed
from runs import LINE, OUT, Running, run

PACKED = {
    ".gz": gzip.compress(LINE * 2) + gzip.compress(LINE) + bytes(512),
    ".bz2": bz2.compress(LINE * 2) + bz2.compress(LINE),
    ".xz": lzma.compress(LINE * 2) + lzma.compress(LINE) + bytes(4),
}


@pytest.mark.parametrize("suffix", PACKED)
def test_compressed_input_is_known_by_its_first_bytes(log: Path, suffix: str) -> None:
    """Compressed members are read one after the other, from files of any name and from a pipe."""
    (log / "b.txt").write_bytes(PACKED[suffix])
    assert run(log, "run", "-q", "b.txt").stdout == OUT * 3
    assert run(log, "run", "-q", input=PACKED[suffix]).stdout == OUT * 3


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize("left", [-3, 20])
def test_broken_compression_is_an_error_with_a_place(log: Path, suffix: str, left: int) -> None:
    """Compressed input that ends before its time, or is damaged, leaves no output."""
    whole = PACKED[suffix].rstrip(b"\0")
    (log / "cut").write_bytes(whole[:left])
    done = run(log, "run", "-q", "-f", "combined", "cut", "-o", "out")
    assert done.returncode == 3
    assert re.match(
        rb"anonkit: error: cut: cut off: its \w+ data ends at byte [0-9,]+\n", done.stderr
    )
    damaged = bytearray(whole)
    for at in range(15, 40):
        damaged[at] ^= 0xFF
    (log / "damaged").write_bytes(damaged)
    done = run(log, "run", "-q", "-f", "combined", "damaged", "-o", "out")
    assert done.returncode == 3
    assert re.match(rb"anonkit: error: damaged: (damaged|cut off): ", done.stderr)
    assert not (log / "out").exists()


def test_equal_input_gives_equal_compressed_bytes(log: Path) -> None:
    """The time, the name and the way of the input are not in the output."""
    first = run(log, "run", "-q", "a.log", "--compress", "gzip").stdout
    assert gzip.decompress(first) == OUT * 3
    assert first[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\x03"  # no time, no name
    time.sleep(1.1)
    assert run(log, "run", "-q", "a.log", "-o", "other.gz").returncode == 0
    assert (log / "other.gz").read_bytes() == first
    running = Running(log, "run", "-q", "-f", "combined", "--compress", "gzip")
    for _ in range(3):
        running.write(LINE)
        time.sleep(0.05)
    assert running.end()[1] == first


def test_a_member_that_is_not_begun_is_not_ended() -> None:
    """Ending nothing writes nothing."""
    Packed(None, "gzip").end_member()  # type: ignore[arg-type]
