"""The policy as a document: strict TOML in; `schema.py` says the same to editors.

    name = "acme-app"
    period = "30d"

    [record.login]
    purpose = "usage"
    fields.at   = { generalize = "1h" }
    fields.user = { pseudonymize = "user", reason = "links one person's actions" }
    fields.ip   = "truncate"
    fields.host = [{ truncate = { v4 = 16 } }, "pseudonymize"]

An unknown word is refused with its line, its path and the nearest valid word: a misspelt `drop`
must never become a field that leaves.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from anonkit.errors import PolicyError
from anonkit.policy.policy import ANY_RECORD, Field, Policy, Record
from anonkit.stages import VERBS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from anonkit.stages import Stage

T = TypeVar("T")

PRESETS = Path(__file__).parent / "presets"
POLICY_WORDS = ("name", "period", "retain", "owner", "review", "record")
RECORD_WORDS = ("purpose", "retain", "agreed", "fields")
FIELD_WORDS = ("kind", "purpose", "reason", "withhold", "agreed")
_TEXT_ONLY = frozenset(
    {"kind", "purpose", "reason", "withhold", "name", "period", "retain", "owner", "review"}
)


def parse(text: str, *, source: str = "policy") -> Policy:
    """Return the policy of a TOML document.

    Raises:
        PolicyError: With the line, the path, what is wrong there and the nearest valid word.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(source, f"not TOML: {error}") from None
    except RecursionError:
        raise PolicyError(source, "not TOML: nested too deeply") from None
    except ValueError:
        raise PolicyError(source, "not TOML: a number has too many digits") from None
    try:
        return from_document(document)
    except PolicyError as error:
        line = line_of(text, error.path)
        place = f"{source}:{line}" if line else source
        raise PolicyError(place, error.problem, hint=error.hint) from None


def preset(name: str) -> Policy:
    """Return a policy that comes with anonkit.

    Raises:
        PolicyError: There is none of that name.
    """
    if name not in presets():
        raise PolicyError(name, "no preset of that name", hint=nearest(name, presets()))
    path = PRESETS / f"{name}.toml"
    return parse(path.read_text(encoding="utf-8"), source=f"preset {name}")


def presets() -> list[str]:
    """Return the names of the policies that come with anonkit."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def from_document(document: dict[str, Any]) -> Policy:
    """Return the policy of a document in plain dicts: the reverse of `Policy.document`.

    Raises:
        PolicyError: With the path, what is wrong there and the nearest valid word.
    """
    _known(document, POLICY_WORDS, "")
    tables = _table(document.get("record", {}), "record")
    if ANY_RECORD in tables:
        raise PolicyError(f"record.{ANY_RECORD}", "is for plain lists of stages")
    records = {name: _record(f"record.{name}", table) for name, table in tables.items()}
    said = {key: document[key] for key in POLICY_WORDS if key in document and key != "record"}
    if isinstance(said.get("review"), date):  # TOML has days of its own
        said["review"] = said["review"].isoformat()
    return _made("", Policy, **{"name": "policy", **said}, records=records)


def _record(path: str, table: Any) -> Record:
    _known(_table(table, path), RECORD_WORDS, path)
    fields = {
        name: field_from(f"{path}.fields.{name}", given)
        for name, given in _table(table.get("fields", {}), f"{path}.fields").items()
    }
    options = {key: table[key] for key in RECORD_WORDS if key in table and key != "fields"}
    return _made(path, Record, fields=fields, **options)


def field_from(path: str, given: Any) -> Field:
    """Return the field that a document says at a path.

    Raises:
        PolicyError: With the path, what is wrong there and the nearest valid word.
    """
    said: dict[str, Any] = {}
    if isinstance(given, dict):
        _known(given, (*VERBS, "stages", *FIELD_WORDS), path)
        said = {word: given[word] for word in FIELD_WORDS if word in given}
        verbs = [word for word in given if word not in FIELD_WORDS]
        if len(verbs) != 1:
            raise PolicyError(path, "says one stage", hint="for several in order: stages = [ ... ]")
        chain = given["stages"] if verbs == ["stages"] else [{verbs[0]: given[verbs[0]]}]
    else:
        chain = given if isinstance(given, list) else [given]
    if not isinstance(chain, list):
        raise PolicyError(f"{path}.stages", "is a list of stages")
    return _made(path, Field, stages=tuple(_stage(path, item) for item in chain), **said)


def _stage(path: str, given: Any) -> Stage:
    """Return the stage that `"drop"`, `{ generalize = "1h" }` or `{ truncate = {...} }` says."""
    if isinstance(given, str):
        given = {given: True}
    if not isinstance(given, dict) or len(given) != 1:
        raise PolicyError(path, "is a stage", hint='such as "drop" or { generalize = "1h" }')
    ((verb, options),) = given.items()
    _known(given, tuple(VERBS), path)
    kind = VERBS[verb]
    if options is True:
        options = {}
    elif not isinstance(options, dict):
        if kind.main is None:
            raise PolicyError(f"{path}.{verb}", "takes a table of options", hint=_options_of(kind))
        options = {kind.main: options}
    _known(options, kind.__struct_fields__, f"{path}.{verb}")
    try:
        return msgspec.convert(options, kind)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        raise PolicyError(f"{path}.{verb}{place.rstrip('`')}", _lower(problem)) from None
    except PolicyError as error:
        raise PolicyError(path, error.problem, hint=error.hint) from None


def _made(path: str, part: Callable[..., T], /, **values: Any) -> T:
    """Make a part of the policy, and put its place before what it refuses."""
    for word, value in values.items():
        if word in _TEXT_ONLY and not isinstance(value, str):
            raise PolicyError(f"{path}.{word}".lstrip("."), "is text")
    try:
        return part(**values)
    except PolicyError as error:
        if not path:
            raise
        raise PolicyError(path, error.problem, hint=error.hint) from None


def _table(given: Any, path: str) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    raise PolicyError(path, "is a table")


def _known(table: Iterable[str], words: Sequence[str], path: str) -> None:
    """Refuse a word that is not among the valid ones."""
    for word in table:
        if word not in words:
            place = f"{path}.{word}" if path else word
            raise PolicyError(place, "unknown word", hint=nearest(word, words))


def nearest(word: str, words: Sequence[str]) -> str:
    """Return the valid word nearest to one that is not, or all valid words."""
    from difflib import get_close_matches

    close = get_close_matches(word, words, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"one of: {', '.join(words)}"


def _options_of(kind: type[Stage]) -> str:
    return f"options: {', '.join(kind.__struct_fields__)}" if kind.__struct_fields__ else "true"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def line_of(text: str, path: str) -> int | None:
    """Return the number of the line where a path is said, or the nearest one above it."""
    header: list[str] = []
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r"\s*\[([^\[\]]+)\]", line):
            header = _keys(match[1])
            said = header
        elif match := re.match(r"\s*([^=#\[{]+?)\s*=", line):
            said = [*header, *_keys(match[1])]
        else:
            continue
        full = ".".join(said)
        if full.startswith(f"{path}."):
            full = path  # a part of it is said here
        if (path == full or path.startswith((f"{full}.", f"{full}["))) and (
            best is None or len(full) > best[0]
        ):
            best = len(full), number
    return best[1] if best else None


def _keys(dotted: str) -> list[str]:
    return [a or b or c for a, b, c in re.findall(r'"([^"]*)"|\'([^\']*)\'|([^.\s"\']+)', dotted)]
