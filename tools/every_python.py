"""Run the suite against the built wheel on every CPython >= 3.11 of this machine.

On the oldest of them it runs with the lowest dependencies that `pyproject.toml` allows; `make test`
runs it there, or on whichever Python is `python3`, with the pinned ones. With `--ends`, on the
oldest and the newest alone.
Looked for in PATH and in the versions folder of pyenv; of several with the same minor version, the
newest. Each has a virtual environment of its own below `.venvs/`, kept for the next run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
VENVS = ROOT / ".venvs"
TOOLS = ROOT / "requirements" / "test.txt"
LOWEST = ROOT / "requirements" / "lowest.txt"
OLDEST = (3, 11)
ASK = (
    "import sys, venv, ensurepip;"
    "print(sys.implementation.name, *sys.version_info[:3], sys.version_info.releaselevel)"
)
WHERE = (
    "import anonkit, sysconfig;print(anonkit.__file__.startswith(sysconfig.get_path('purelib')))"
)
NAME = re.compile(r"python3(\.\d+)?(\.exe)?")
QUIET = ("--quiet", "--disable-pip-version-check")


def main(ends: bool) -> int:  # noqa: FBT001 - the one option of the command
    """Run the suite on each, or on the oldest and the newest; return 0 when all pass."""
    pythons = found()
    if not pythons:
        print("no CPython >= 3.11 with venv was found")
        return 2
    print("found:", ", ".join(map(dotted, pythons)))
    wheel = built()
    oldest, *newer = pythons
    runs: list[tuple[str, Path, tuple[Path, ...]]] = [
        (f"{dotted(oldest)}-lowest", pythons[oldest], (TOOLS, LOWEST)),
        *((dotted(version), pythons[version], (TOOLS,)) for version in newer[-1 if ends else 0 :]),
    ]
    failed = [name for name, python, pins in runs if not passes(name, python, wheel, pins)]
    if failed:
        print("failed on:", ", ".join(failed))
    return 1 if failed else 0


def dotted(version: tuple[int, ...]) -> str:
    """Return a version as people write it."""
    return ".".join(map(str, version))


def found() -> dict[tuple[int, ...], Path]:
    """Return the newest interpreter of each minor version, oldest first."""
    newest: dict[tuple[int, ...], tuple[tuple[int, ...], Path]] = {}
    for python in candidates():
        version = version_of(python)
        if version is not None and version[:2] >= OLDEST:
            newest[version[:2]] = max(newest.get(version[:2], ((), python)), (version, python))
    return {version: python for _, (version, python) in sorted(newest.items())}


def candidates() -> list[Path]:
    """Return every file that may be an interpreter."""
    folders = [Path(folder) for folder in os.get_exec_path() if folder]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders += sorted((pyenv / "versions").glob("3.*/bin"))
    # A virtual environment's own interpreter is a link to one of the others.
    folders = [folder for folder in folders if not (folder.parent / "pyvenv.cfg").exists()]
    names = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())]
    return [path for path in names if NAME.fullmatch(path.name)]


def version_of(python: Path) -> tuple[int, ...] | None:
    """Return the version of a CPython release that can make virtual environments."""
    try:
        answer = subprocess.run(
            [python, "-c", ASK], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match answer.stdout.split():
        case ["cpython", major, minor, micro, "final"] if answer.returncode == 0:
            return int(major), int(minor), int(micro)
    return None


def built() -> Path:
    """Build the wheel afresh and return it."""
    folder = VENVS / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "pip", "wheel", *QUIET, "--no-deps", "--wheel-dir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def passes(name: str, python: Path, wheel: Path, pins: tuple[Path, ...]) -> bool:
    """Run the suite on one interpreter with the wheel installed, and return whether it passes."""
    print(f"\n--- CPython {name}", flush=True)
    venv = VENVS / name
    inside = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    stamp = venv / ".pins"
    pinned = "".join(file.read_text(encoding="utf-8") for file in pins)
    files = [word for file in pins for word in ("--requirement", file)]
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != pinned:
        shutil.rmtree(venv, ignore_errors=True)
        run(python, "-m", "venv", venv)
        run(inside, "-m", "pip", "install", *QUIET, *files, wheel)
        stamp.write_text(pinned, encoding="utf-8")
    # The version stays 0.1.0 while the code changes, so the wheel itself is always put in anew.
    run(inside, "-m", "pip", "install", *QUIET, wheel)
    run(inside, "-m", "pip", "install", *QUIET, "--no-deps", "--force-reinstall", wheel)
    if run(inside, "-P", "-c", WHERE).strip() != "True":
        print("the suite would not test the wheel")
        return False
    quickly = ("-q", "-n", "auto", "--dist", "worksteal", "-p", "no:cacheprovider")
    suite: list[str | Path] = [inside, "-m", "pytest", *quickly]
    return subprocess.run(suite, cwd=ROOT, check=False).returncode == 0


def run(*command: str | Path) -> str:
    """Run a command that must succeed, and return what it printed."""
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    sys.exit(main(ends="--ends" in sys.argv[1:]))
