"""Types: the API type-checks in strict mode, as a user writes it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_api_type_checks_under_mypy_strict(tmp_path: Path) -> None:
    """Every line of typing/api.py is right for mypy, and every line that is wrong on purpose is not."""
    assert importlib.util.find_spec("mypy"), "mypy is missing: pip install -r requirements/check.txt"
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path), "tests/typing/api.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
