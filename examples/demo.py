"""What `make demo` shows: a log and a stream of events, before and after, each with its report."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

DATA = Path(__file__).parent / "data"
# Lines that are shown, counted from 1; the whole files are run.
SHOWN = {"access.log": (4, 9, 13, 16, 22, 23, 46), "events.ndjson": (2, 4, 10, 14, 15, 21, 23)}


def main() -> None:
    """Run the command on the bundled files and lay its output beside its input."""
    with tempfile.TemporaryDirectory() as folder:
        for name, numbers in SHOWN.items():
            show(DATA / name, numbers, Path(folder))


def show(source: Path, numbers: tuple[int, ...], folder: Path) -> None:
    """Run one file, then show chosen lines before and after, and what the command said."""
    clean, rejects = folder / source.name, folder / f"{source.name}.rejects"
    command = ["anonkit", "run", os.path.relpath(source), "-o", str(clean)]
    print(f"$ {' '.join(command[:3])} -o clean-{source.name}\n", flush=True)
    # `python -m`, because the folder of the interpreter need not be on the PATH.
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "anonkit", *command[1:], "--rejects", str(rejects)],
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    before = source.read_text(encoding="utf-8").splitlines()
    withheld = set(rejects.read_text(encoding="utf-8").splitlines())
    after = iter(clean.read_text(encoding="utf-8").splitlines())
    for number, line in enumerate(before, 1):
        result = "(withheld)" if line in withheld else next(after)
        if number in numbers:
            print(f"  before  {line}\n  after   {result}\n")
    print(f"{done.stderr}\n")


if __name__ == "__main__":
    main()
