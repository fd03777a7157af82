"""All benchmarks, one after another: `make bench`, or one by name: `python benchmarks events`."""

from __future__ import annotations

import sys

import imports
import logs
import pack
import scrub
from measure import Line, heading

import events

SUBJECTS = {
    "events": events.run,
    "logs": logs.run,
    "scrub": scrub.run,
    "pack": pack.run,
    "imports": imports.run,
}


def main(names: list[str]) -> int:
    """Run the benchmarks of the given names, or all."""
    unknown = set(names) - SUBJECTS.keys()
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; one of: {', '.join(SUBJECTS)}")
        return 2
    lines: list[Line] = []
    heading()
    for name in names or SUBJECTS:
        for line in SUBJECTS[name]():
            print(line, flush=True)
            lines.append(line)
    missed = [line for line in lines if line.verdict == "over"]
    print(f"\n{len(lines)} figures, {len(missed)} beyond their target")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
