"""All benchmarks, one after another: `make bench`, or one by name: `python benchmarks events`."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

from measure import Line, heading

SUBJECTS = (
    "events",
    "logs",
    "shapes",
    "real_json",
    "memory",
    "scrub",
    "pack",
    "collector",
    "imports",
)
PEERS = ("log_peers",)  # only by name: they take minutes, and are no part of us


def main(names: list[str]) -> int:
    """Run the benchmarks of the given names, or all."""
    unknown = set(names) - {*SUBJECTS, *PEERS}
    if unknown:
        known = ", ".join((*SUBJECTS, *PEERS))
        print(f"no benchmark {', '.join(sorted(unknown))}; one of: {known}")
        return 2
    if len(names) != 1:
        # A process for each: a child's peak memory starts with that of its parent.
        for name in names or SUBJECTS:
            print(f"\n{name}", flush=True)
            subprocess.run([sys.executable, __file__, name], check=True)
        return 0
    lines: list[Line] = []
    heading()
    for line in import_module(names[0]).run():
        print(line, flush=True)
        lines.append(line)
    missed = [line for line in lines if line.verdict == "over"]
    print(f"{len(lines)} figures, {len(missed)} beyond their target")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
