r"""Paths: where in a record a field is, and the tree that many paths make.

user.email      the field `email` of the object `user`
items[].ip      the field `ip` of every item of the list `items`
tags.*          every value of the object `tags` that no other path names
tags.*~         the names of those values
http\.method    a field whose name has a dot: `\` takes `.[]*~\` literally
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from anonkit.errors import PolicyError
from anonkit.records.event import escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ITEM = "[]"
REST = "*"
NAMES = "*~"

T = TypeVar("T")

_TOKEN = re.compile(r"(?P<name>(?:\\.|[^\\.\[\]*~])+)|(?P<special>\[\]|\*~|\*)|(?P<dot>\.)")
MOST_DEPTH = 32  # deeper than any telemetry, far below the recursion limit


class Name(str):
    """A step into an object by name, to tell a field called `*` from the wildcard."""

    __slots__ = ()


def split_path(path: str) -> tuple[str, ...]:
    """Return the steps of a path: names (as `Name`), `[]`, `*` and `*~`.

    Raises:
        PolicyError: The path is not written as the module says.
    """
    steps: list[str] = []
    position = 0
    expect_step = True
    while position < len(path):
        match = _TOKEN.match(path, position)
        if match is None:
            raise PolicyError(path, "not a path", hint="such as user.email, items[].ip, tags.*")
        position = match.end()
        if match["dot"]:
            if expect_step:
                break
            expect_step = True
        elif match["special"] == ITEM:
            if expect_step or special(steps[-1]) == NAMES:
                break
            steps.append(ITEM)
            expect_step = False
        else:
            if not expect_step or (steps and special(steps[-1]) == NAMES):
                break
            name = match["name"]
            steps.append(Name(re.sub(r"\\(.)", r"\1", name)) if name else match["special"])
            expect_step = False
    else:
        if steps and not expect_step and len(steps) <= MOST_DEPTH:
            return tuple(steps)
    raise PolicyError(path, "not a path", hint="such as user.email, items[].ip, tags.*")


def special(step: str) -> str:
    """Return a step that is no name; of a field that is called `*`, nothing."""
    return "" if isinstance(step, Name) else step


def names_in(path: str) -> list[str]:
    """Return the names in a path, without what stands for items, other parts or their names."""
    return [step for step in split_path(path) if isinstance(step, Name)]


class Tree(Generic[T]):
    """What paths say about one place: it is a field, a list, or an object.

    Attributes:
        path: The path of this place; empty for the record.
        field: What was given for it, where it is a field.
        item: The tree of the items, where it is a list.
        children: The trees of named parts, in order, where it is an object.
        rest: The tree of all other parts (`*`).
        names: What was given for their names (`*~`).
    """

    __slots__ = ("children", "field", "item", "names", "path", "rest")

    def __init__(self, path: str = "") -> None:
        self.path = path
        self.field: T | None = None
        self.item: Tree[T] | None = None
        self.children: dict[str, Tree[T]] = {}
        self.rest: Tree[T] | None = None
        self.names: T | None = None

    @property
    def is_object(self) -> bool:
        """Whether this place is an object, with named parts or any."""
        return bool(self.children) or self.rest is not None

    def walk(self) -> Iterator[Tree[T]]:
        """Yield this tree and all below it."""
        yield self
        for below in (*self.children.values(), self.rest, self.item):
            if below is not None:
                yield from below.walk()


def grow(fields: Iterable[tuple[str, T]]) -> Tree[T]:
    """Return the tree of the given paths.

    Raises:
        PolicyError: A path is malformed, or one place is both a field and something with parts.
    """
    root: Tree[T] = Tree()
    for path, field in fields:
        place = root
        steps = split_path(path)
        if special(steps[-1]) == NAMES:
            place = _descend(place, steps[:-1], path)
            if place.item is not None or place.field is not None:
                raise PolicyError(path, "its names are asked for, but it is not an object")
            place.names = field
            continue
        place = _descend(place, steps, path)
        if place.field is not None or place.item is not None or place.is_object:
            raise PolicyError(path, "is both a field and something with parts")
        place.field = field
    for place in root.walk():
        if place.names is not None and place.rest is None:
            raise PolicyError(
                f"{place.path}.{NAMES}".lstrip("."), "has no values: give a stage for `*` too"
            )
    return root


class Droppable(Protocol):
    """What says whether a field stays behind."""

    @property
    def dropped(self) -> bool:
        """Whether it does."""


D = TypeVar("D", bound=Droppable)


def _is_dropped(field: Droppable) -> bool:
    return field.dropped


def is_dropped(place: Tree[D], dropped: Callable[[D], bool] = _is_dropped) -> bool:
    """Return whether nothing of a place leaves: neither does a list or an object of such parts.

    How many there were would leave otherwise.

    Args:
        place: The tree.
        dropped: Whether a field stays behind; without, when the policy drops it.
    """
    if place.field is not None:
        return dropped(place.field)
    if place.item is not None:
        return is_dropped(place.item, dropped)
    return stays_behind(place, dropped) and all(
        is_dropped(below, dropped) for below in place.children.values()
    )


def stays_behind(place: Tree[D], dropped: Callable[[D], bool] = _is_dropped) -> bool:
    """Return whether nothing leaves of what `*` speaks for: its values or its names are dropped."""
    return (
        place.rest is None
        or is_dropped(place.rest, dropped)
        or (place.names is not None and dropped(place.names))
    )


def _descend(place: Tree[T], steps: tuple[str, ...], path: str) -> Tree[T]:
    for step in steps:
        other = place.is_object if special(step) == ITEM else place.item is not None
        if place.field is not None or other:
            raise PolicyError(path, f"{place.path or 'the record'} is already something else")
        place = _part(place, step)
    return place


def _part(place: Tree[T], step: str) -> Tree[T]:
    """Return the tree one step below, made on the way."""
    if special(step) == ITEM:
        place.item = place.item or Tree(f"{place.path}{ITEM}")
        return place.item
    prefix = f"{place.path}." if place.path else ""
    if special(step) == REST:
        place.rest = place.rest or Tree(f"{prefix}{REST}")
        return place.rest
    return place.children.setdefault(str(step), Tree(f"{prefix}{escaped(step)}"))
