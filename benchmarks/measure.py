"""How we measure: ratios within one run, interleaved, CPU time, medians.

Machines are shared and drift by tens of percent within minutes, so an absolute time says little.
Contenders run in turn, round after round; each round gives one ratio to the baseline of the same
round, and the median of those is the figure.
"""

from __future__ import annotations

import gc
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Line(NamedTuple):
    """One figure.

    Args:
        name: What was measured.
        value: The figure.
        unit: Its unit; `x` is a ratio to the baseline.
        target: What it should be at most, or at least with `least`.
        baseline: What it is a ratio to, or what it was measured on.
        least: Whether more is better.
    """

    name: str
    value: float
    unit: str
    target: float | None
    baseline: str
    least: bool = False

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        if self.target is None:
            return "-"
        met = self.value >= self.target if self.least else self.value <= self.target
        return "ok" if met else "over"

    def __str__(self) -> str:
        target = "-"
        if self.target is not None:
            target = f"{'≥' if self.least else '≤'} {self.target:.3g}"
        return (
            f"{self.name:44} {self.value:9.3f} {self.unit:6} {target:>8}  "
            f"{self.verdict:5} {self.baseline}"
        )


def heading() -> None:
    """Print the names of the columns."""
    print(f"{'name':44} {'value':>9} {'unit':6} {'target':>8}  {'':5} baseline")


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds that this thread spends on some work."""
    gc.collect()
    before = time.thread_time()
    work()
    return time.thread_time() - before


def ratios(
    baseline: Callable[[], float], contenders: Mapping[str, Callable[[], float]], *, rounds: int
) -> dict[str, float]:
    """Return the median ratio of each contender's seconds to the baseline's of the same round."""
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        floor = baseline()
        for name, contender in contenders.items():
            measured[name].append(contender() / floor)
    return {name: statistics.median(values) for name, values in measured.items()}


class Process(NamedTuple):
    """What a finished command used: seconds of CPU (user and system), of wall, and peak MB."""

    cpu: float
    wall: float
    memory: float


def process(command: Sequence[str], source: Path | None = None) -> Process:
    """Run a command, perhaps with a file as its standard input, and throw its output away.

    The peak memory is that of its largest process. It begins with that of this process, so who asks
    for it imports little.
    """
    # UTF-8 would slow `sed` down by 1.8; and pip compiles what it installs, so compiled it is here.
    env = {**os.environ, "LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": ""}
    begun = time.monotonic()
    with (source or Path(os.devnull)).open("rb") as file:
        child = subprocess.Popen(
            command, stdin=file, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with status {child.returncode}")
    wall = time.monotonic() - begun
    return Process(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def repeated(piece: Path, to: Path, size: int) -> None:
    """Write a file again and again, whole, until a size is reached."""
    with to.open("wb") as file:
        while file.tell() < size:
            with piece.open("rb") as lines:
                shutil.copyfileobj(lines, file)
