"""README and docs are true: what they show runs, and gives what they say.

In order, and within one document together:

    python     runs; a `text` block right behind it is what it prints
    toml       is a policy; when its first line is `# NAME.toml`, the blocks behind it find the file
    console    runs each line behind `$ `; the lines below it are what appears
    sh         is for people; only its `make` targets are checked
    text       stands behind python alone; a picture has no language

Tokens, period ids and dates differ in every run, so their shape is compared.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from anonkit import Policy
from anonkit.explain import Wording
from anonkit.parse.formats import FORMATS
from anonkit.policy.document import parse
from anonkit.policy.schema import json_schema
from anonkit.stages import VERBS

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
LINKED = [*DOCUMENTS, ROOT / "CHANGELOG.md"]
LANGUAGES = {"python", "text", "toml", "console", "sh", ""}

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")
SHAPES = (
    (re.compile(r"(?<![\w-])[A-Za-z0-9_-]{22}(?![\w-])"), "TOKEN"),
    (re.compile(r"(?<!\w)(?:[0-9a-f]{8}){1,2}(?!\w)"), "HEX"),  # periods, policies, check values
)
# Today, as a command says it; 11 May 2026 is the day of the examples, and stands for itself.
DATE = re.compile(r"(?!2026-05-11)\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?Z?)?")


class Block(NamedTuple):
    """One fenced block: where it is, its language, its text."""

    line: int
    language: str
    text: str


def blocks(document: Path) -> list[Block]:
    text = document.read_text(encoding="utf-8")
    return [
        Block(text.count("\n", 0, match.start()) + 1, match[1], match[2])
        for match in FENCE.finditer(text)
    ]


def shape(text: str) -> str:
    for pattern, name in SHAPES:
        text = pattern.sub(name, text)
    return text.strip("\n")


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples in it and `anonkit` on the PATH, as after `make demo`."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    command = tmp_path / "bin" / "anonkit"
    command.parent.mkdir()
    command.write_text(
        f"#!{sys.executable}\nimport sys\nfrom anonkit.cli.main import main\nsys.exit(main())\n",
        encoding="utf-8",
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_what_a_document_shows_is_true(
    document: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every block of a document runs, and prints what the document says it prints."""
    module = types.ModuleType("shown")
    monkeypatch.setitem(sys.modules, "shown", module)
    printed: str | None = None
    for line, language, text in blocks(document):
        place = f"{name_of(document)}:{line}"
        assert language in LANGUAGES, place
        if language == "text":
            assert printed is not None, f"{place}: stands behind no python block"
            assert shape(printed) == shape(text), place
        printed = run_python(text, place, module) if language == "python" else None
        if language == "toml":
            check_policy(text, place, desk)
        elif language == "console":
            run_console(text, place)
        elif language == "sh":
            check_targets(text, place)


def run_python(text: str, place: str, module: types.ModuleType) -> str:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(text, place, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - ours
    return output.getvalue()


def check_policy(text: str, place: str, desk: Path) -> None:
    name = re.match(r"# (\w+(?:\.(de|en))?\.toml)\n", text)
    if name is not None and name[2]:
        Wording(name[2], text, source=place)
    else:
        parse(text, source=place)
    if name is not None:
        (desk / name[1]).write_text(text, encoding="utf-8")


def run_console(text: str, place: str) -> None:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        done = subprocess.run(  # noqa: S602 - a line of our own documents
            command, shell=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False,
        )  # fmt: skip
        told, said = (DATE.sub("DATE", shape(text)) for text in (done.stdout, expected))
        assert told == said, f"{place}: {command}"


def check_targets(text: str, place: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([\w-]+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{place}: make {target}"


def slugs(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as code hosts make them."""
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("document", LINKED, ids=name_of)
def test_every_link_leads_somewhere(document: Path) -> None:
    """Every linked file and heading of the project exists."""
    for target, anchor in LINK.findall(document.read_text(encoding="utf-8")):
        if target.startswith(("https:", "http:")):
            continue
        there = (document.parent / target).resolve() if target else document
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        if anchor:
            assert anchor in slugs(there), f"{target}#{anchor}"


def test_the_readme_reaches_code_by_line_30() -> None:
    """The first screen of the README shows code and what comes out of it."""
    first, second = blocks(ROOT / "README.md")[:2]
    assert (first.language, second.language) == ("python", "text")
    assert first.line < 30


def test_every_stage_has_its_limits() -> None:
    """The limits page has a section for each stage, and the README a row."""
    limits, readme = ROOT / "docs" / "limits.md", ROOT / "README.md"
    assert slugs(limits) >= VERBS.keys()
    for verb in VERBS:
        assert f"| `{verb}` |" in readme.read_text(encoding="utf-8")


def test_the_table_of_formats_is_current() -> None:
    """docs/formats.md lists the formats as the table has them; `make docs` renews it."""
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    told = [[cell.strip() for cell in row.split("|")[1:-1]] for row in page.splitlines()]
    rows = [row for row in told if row and row[0].strip("`") in FORMATS]
    assert rows == [
        [f"`{form.name}`", f"`{form.preset}`", form.about, form.split, f"<{form.source}>"]
        for form in FORMATS.values()
    ]


def test_the_schema_is_current() -> None:
    """docs/policy.schema.json is what the library exports; `make docs` renews it."""
    written = msgspec.json.decode((ROOT / "docs" / "policy.schema.json").read_bytes())
    assert written == msgspec.json.decode(msgspec.json.encode(json_schema()))


def test_the_example_policy_is_valid() -> None:
    """The policy beside the examples names the schema by a path that exists."""
    text = (ROOT / "examples" / "policy.toml").read_text(encoding="utf-8")
    schema = text.splitlines()[0].removeprefix("#:schema ")
    assert (ROOT / "examples" / schema).resolve() == ROOT / "docs" / "policy.schema.json"
    assert Policy.from_toml(text).records.keys() == {"purchase"}
