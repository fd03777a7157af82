"""The shape of objects in a sample, seen from the paths of their values.

A policy names paths, so two things must be told before one is proposed: what is one thing here and
another there, as a list that is an object elsewhere, and which names are data: `{"ada": 3}`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from anonkit.detect import find
from anonkit.errors import PolicyError
from anonkit.parse.names import has_word
from anonkit.policy.paths import names_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from anonkit.explain.observe import Observed

_PLAIN: Final = re.compile(r"[@$]?[A-Za-z_][A-Za-z0-9_.-]{0,63}")
# Digests, UUIDs and the like, as whole words of a name.
_DIGEST: Final = re.compile(
    r"(?<![A-Za-z0-9])(?=[a-f]*[0-9])[0-9a-f]{8,}(?![A-Za-z0-9])", re.IGNORECASE
)
# Where a path goes into an object or a list; a dot in a name has a backslash before it.
_STEP: Final = re.compile(r"(?<!\\)\.|\[\]")
# Fewer names that come and go are fields that a program may leave out.
LEAST_NAMES: Final = 3
_NUMBERS: Final = frozenset({"boolean", "integer", "number"})
# Kinds of values that a proposal lets leave whatever their name is.
_LEAVING: Final = frozenset({"address", "boolean", "identifier", "time"})


def outer(path: str) -> tuple[tuple[str, str], ...]:
    """Return the objects and lists that a path goes through, and by which sign."""
    return tuple((path[: step.start()], step[0]) for step in _STEP.finditer(path))


def is_below(path: str, place: str) -> bool:
    """Tell whether a path goes through a place."""
    return any(place == through for through, _ in outer(path))


def is_name(path: str) -> bool:
    """Tell whether all steps of a path are plain words, as programs choose them."""
    try:
        names = names_in(path)
    except PolicyError:  # deeper than a policy goes
        return False
    return all(_PLAIN.fullmatch(name) and not _is_data(name) for name in names)


def mixed(paths: Collection[str]) -> set[str]:
    """Return what is two of a value, a list and an object."""
    shapes: dict[str, set[str]] = {}
    for path in paths:
        shapes.setdefault(path, set()).add("value")
        for place, step in outer(path):
            shapes.setdefault(place, set()).add(step)
    return {place for place, kinds in shapes.items() if len(kinds) > 1}


def maps(had: Mapping[str, int], seen: Mapping[str, Observed]) -> set[str]:
    """Return the objects whose names are data.

    One of them looks like an identifier; or most come in fewer than half of the records that have
    the object, and what they name is alike; or all name what would leave under any name, are alike,
    and most have no word that programs use.

    Args:
        had: How many records have something at or below a path.
        seen: What was seen of values, by path.
    """
    parts: dict[str, list[str]] = {}
    for path in had:
        if (through := outer(path)) and through[-1][1] == ".":
            parts.setdefault(through[-1][0], []).append(path)
    found = set()
    for place, paths in parts.items():
        rare = [path for path in paths if had[path] * 2 < had[place]]
        alike = Counter(_likeness(path, parts, seen) for path in rare)
        if (
            any(_is_data(name) for path in paths for name in names_in(path[len(place) + 1 :]))
            or (
                len(rare) >= LEAST_NAMES
                and len(rare) * 2 > len(paths)
                and alike.most_common(1)[0][1] * 2 > len(rare)
            )
            or _are_people(paths, seen)
        ):
            found.add(place)
    return found


def _are_people(paths: Sequence[str], seen: Mapping[str, Observed]) -> bool:
    """Tell whether names may be those of people, though they stand in every record."""
    kinds = {seen[path].kind if path in seen else "" for path in paths}
    if len(paths) == 1 or len(kinds) > 1 or not kinds <= _LEAVING:
        return False
    return sum(has_word(_STEP.split(path)[-1]) for path in paths) * 2 < len(paths)


def _likeness(
    path: str, parts: Mapping[str, list[str]], seen: Mapping[str, Observed]
) -> frozenset[str] | bool:
    """Return what is alike where names are data: the names within, or whether it is a number."""
    if path in parts:
        return frozenset(part[len(path) :] for part in parts[path])
    return path in seen and seen[path].kind in _NUMBERS


def _is_data(name: str) -> bool:
    return bool(find(name)) or _DIGEST.search(name) is not None
