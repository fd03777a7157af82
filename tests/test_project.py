"""The project's own files keep their promises."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PINS = sorted((ROOT / "requirements").glob("*.txt"))


def pinned(file: Path) -> dict[str, str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    pins = [line.partition(";")[0] for line in lines if line and not line.startswith("#")]
    return dict(pin.split("==") for pin in pins)


def test_what_coverage_leaves_out_says_why() -> None:
    """Every line that coverage leaves out gives its reason beside it."""
    for source in SOURCES:
        for line in source.read_text(encoding="utf-8").splitlines():
            if "pragma: no" in line:
                assert re.search(r"# pragma: no (cover|branch) - \w+", line), source.name


@pytest.mark.parametrize("file", PINS, ids=lambda file: file.name)
def test_every_tool_is_pinned(file: Path) -> None:
    """Each line of a requirements file is one exact version, and the file says its use."""
    assert file.read_text(encoding="utf-8").startswith("# ")
    for version in pinned(file).values():
        assert re.fullmatch(r"\d+(\.\d+)+", version)


def test_the_lowest_pins_are_the_lower_bounds() -> None:
    """The lowest versions that are tested are the lowest that the package allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [line.partition(";")[0] for line in project["dependencies"]]
    bounds = dict(line.split(">=") for line in asked if ">=" in line)
    lowest = pinned(ROOT / "requirements" / "lowest.txt")
    assert bounds.keys() == lowest.keys()
    for name, bound in bounds.items():
        assert f"{lowest[name]}.".startswith(f"{bound}.")


def test_every_make_target_is_told() -> None:
    """`make help` lists every target that is meant for people."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None
    for target in phony[1].split():
        assert re.search(rf"^{target}:.* ## .+", makefile, re.MULTILINE), target
