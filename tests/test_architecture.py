"""The house: who may import whom, what loads when, and what every test says."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import anonkit

SOURCE = Path(anonkit.__file__).parent
TESTS = Path(__file__).parent

# asgi, errors, files ← {keys, report, detect, streams} ← crash ← stages ← records
# ← {parse, pack, seal} ← policy ← pipeline ← {send, integrations, explain} ← cli ← __main__.
# A module imports only to its left, or inside its own package; siblings stay strangers.
LEVELS = (
    ("asgi", "errors", "files"),
    ("keys", "report", "detect", "streams"),
    ("crash",),
    ("stages",),
    ("records",),
    ("parse", "pack", "seal"),
    ("policy",),
    ("pipeline",),
    ("send", "integrations", "explain"),
    ("cli",),
    ("__main__",),
)
LEVEL = {part: level for level, parts in enumerate(LEVELS) for part in parts}
MODULES = {
    ".".join(("anonkit", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(
        ".__init__"
    ): path
    for path in sorted(SOURCE.rglob("*.py"))
}
# Tests on real logs and labelled cases by others, and on named pipes: not everybody has them.
ELSEWHERE = ("test_scrub_corpus", "test_real_logs", "test_pipes")
HEAVY = ("cryptography", "argparse", "asyncio", "sqlite3")


@cache
def imports(name: str) -> frozenset[str]:
    """Return the modules that a module imports, lazily or not, for types or not."""
    path, found = MODULES[name], set()
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            module = ".".join([*base, *([node.module] if node.module else [])])
            module = module if node.level else str(node.module)
            inner = {f"{module}.{alias.name}" for alias in node.names}
            found |= (inner & MODULES.keys()) or {module}
            # Without the door's names: `from anonkit import Event` is an import of the door.
            found |= {module} if not inner <= MODULES.keys() else set()
    return frozenset(found)


def part_of(name: str) -> str:
    """Return the package or module right below the door: `policy` for `anonkit.policy.plan`."""
    return [*name.split("."), ""][1]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_to_its_left(name: str) -> None:
    """A module imports its own package or what stands to its left, and no sibling."""
    part = part_of(name)
    for imported in imports(name):
        if imported.split(".")[0] != "anonkit" or name == "anonkit":
            continue
        if imported == "anonkit":  # the door: for those at the far right alone
            assert LEVEL[part] > LEVEL["pipeline"], f"{name} imports the door"
            continue
        other = part_of(imported)
        assert other == part or LEVEL[other] < LEVEL[part], f"{name} imports {imported}"


def test_every_module_has_its_place() -> None:
    """No module stands outside the drawing."""
    assert {part_of(name) for name in MODULES} - {""} <= LEVEL.keys()


def test_the_test_sees_imports() -> None:
    """Imports of all forms are seen: lazy ones, those for types, and those of names."""
    assert "anonkit.keys.keyring" in imports("anonkit.pipeline")  # for types
    assert "cryptography.exceptions" in imports("anonkit.keys.passphrase")  # lazy
    assert "anonkit.policy.plan" in imports("anonkit.pipeline")  # a module by name
    assert "anonkit.errors" in imports("anonkit.stages.truncate")


def test_the_door_to_key_bytes_stays_shut() -> None:
    """No module imports `keys.raw`, and importing anonkit does not reach it."""
    assert not [name for name in MODULES if "anonkit.keys.raw" in imports(name)]


def test_no_token_is_made_with_xxhash() -> None:
    """From stages and keys no import leads to xxhash: its seed falls to one known pair."""
    for start in [name for name in MODULES if part_of(name) in ("stages", "keys")]:
        seen, todo = set(), [start]
        while todo:
            name = todo.pop()
            if name in seen or name == "anonkit":
                continue
            seen.add(name)
            todo += imports(name) & MODULES.keys()
            assert not [i for i in imports(name) if i.split(".")[0] == "xxhash"], (start, name)


def test_cryptography_is_for_keys() -> None:
    """Only keys and seal import cryptography, and inside functions."""
    for name, path in MODULES.items():
        if not any(i.split(".")[0] == "cryptography" for i in imports(name)):
            continue
        assert part_of(name) in ("keys", "seal"), name
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            assert not (
                isinstance(node, ast.ImportFrom) and str(node.module).startswith("cryptography")
            ), name


def test_the_network_has_one_door() -> None:
    """Only `send.https` imports a client for the network, and inside functions."""
    network = {"httpx", "http", "socketserver", "ftplib", "smtplib", "urllib3", "requests"}
    for name in MODULES:
        found = {imported.split(".")[0] for imported in imports(name)} & network
        assert found <= ({"httpx"} if name == "anonkit.send.https" else set()), name
        assert "urllib.request" not in imports(name), name
    assert "httpx" not in loaded_by("import anonkit.send, anonkit.send.receiver")


def test_sending_is_loaded_on_demand() -> None:
    """Neither the door nor the command loads what sends before it is asked to."""
    for statement in ("import anonkit, anonkit.pipeline", "import anonkit.cli.main"):
        loaded = loaded_by(statement)
        assert not [name for name in loaded if name.startswith("anonkit.send")], statement
        assert "sqlite3" not in loaded


@cache
def loaded_by(statement: str) -> frozenset[str]:
    """Return what a fresh interpreter has loaded after a statement."""
    script = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(SOURCE.parent), "PATH": ""},
    )
    assert done.returncode == 0, done.stderr
    return frozenset(json.loads(done.stdout))


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_every_module_imports_alone(name: str) -> None:
    """Each module can be the first to be imported, without a warning."""
    assert name in loaded_by(f"import {name}")


def test_the_door_is_light() -> None:
    """The door's nouns load nothing that a program without keys or a command line does not need."""
    nouns = ", ".join(name for name in anonkit.__all__ if name != "scrub")
    loaded = loaded_by(f"from anonkit import {nouns}; import anonkit.stages, anonkit.records")
    assert not [name for name in loaded if name.split(".")[0] in (*HEAVY, "xxhash", "zoneinfo")]
    assert "anonkit.keys.raw" not in loaded
    assert not [name for name in loaded if name.startswith("anonkit.cli")]


def test_tokens_load_no_cryptography() -> None:
    """A pipeline, with tokens or without, costs no import of cryptography; a passphrase does."""
    tokens = (
        "from anonkit import Keyring, Pipeline; from anonkit.stages import *; "
        'Pipeline([pseudonymize("u")], keys=Keyring.generate())({"u": "x"})'
    )
    assert "cryptography" not in loaded_by(tokens)
    locked = "from anonkit.keys.passphrase import lock; lock(b'x', b'y', b'z')"
    assert "cryptography" in loaded_by(locked)


def test_the_door_shows_its_names() -> None:
    """`__all__` names exactly the public names of the door, and each is documented."""
    for name in anonkit.__all__:
        assert inspect.getdoc(getattr(anonkit, name)), name
    public = {
        name
        for name, value in vars(anonkit).items()
        if not name.startswith("_") and not inspect.ismodule(value) and value is not False
    }
    assert public == set(anonkit.__all__)
    assert public < set(dir(anonkit))
    with pytest.raises(AttributeError, match="module 'anonkit' has no attribute 'scrubs'"):
        anonkit.scrubs  # noqa: B018 - it is asked for


def test_the_command_begins_before_anything_is_loaded() -> None:
    """What lets signals end the command waits for no module of ours, nor any other."""
    ours = {"anonkit", "anonkit.__main__"}
    assert loaded_by("import anonkit.__main__") - loaded_by("pass") == ours


def test_modules_are_short() -> None:
    """A module, of tests too, is at most 500 lines: longer ones have two subjects."""
    long = {
        path.name: lines
        for path in (*MODULES.values(), *TESTS.rglob("*.py"))
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert not long


TEST_FILES = sorted(TESTS.rglob("test_*.py"))


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.stem)
def test_every_test_states_its_claim(path: Path) -> None:
    """Every test has a docstring whose first line is one sentence."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            claim = (ast.get_docstring(node) or "").partition("\n")[0]
            assert claim, f"{path.name}:{node.lineno} {node.name} states no claim"
            assert claim.endswith("."), f"{path.name}:{node.lineno} {node.name}: {claim}"


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.stem)
def test_no_test_is_skipped(path: Path) -> None:
    """No test is skipped or expected to fail, but for those on files that others may not have."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            skips = node.attr in ("skip", "skipif", "xfail", "importorskip")
            assert not skips or path.stem in ELSEWHERE, path.name
