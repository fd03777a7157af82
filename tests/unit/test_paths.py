"""Paths: where in a record a field is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings, strategies as st

import reference
from anonkit.errors import PolicyError
from anonkit.policy import Record
from anonkit.policy.paths import Name, grow, split_path
from anonkit.records.event import escaped
from anonkit.stages import keep

PATHS = {
    "a": ["a"],
    "a.b": ["a", "b"],
    "a[]": ["a", "[]"],
    "a[].b": ["a", "[]", "b"],
    "a[][]": ["a", "[]", "[]"],
    "a.*": ["a", "*"],
    "a.*~": ["a", "*~"],
    "a.*[].b": ["a", "*", "[]", "b"],
    "*": ["*"],
    r"a\.b": ["a.b"],
    r"a\[\]": ["a[]"],
    r"\*": ["*"],
    r"\*\~": ["*~"],
    r"a\\b": ["a\\b"],
    "with space": ["with space"],
    "ünï": ["ünï"],
}


@pytest.mark.parametrize("path", PATHS)
def test_paths_are_split(path: str) -> None:
    """A path is split into its names, items and wildcards, and a literal star is a name."""
    steps = split_path(path)
    assert list(steps) == PATHS[path]
    assert all(isinstance(s, Name) for s in steps) == ("[]" not in steps and path not in ("*", "a.*", "a.*~", "a.*[].b"))  # fmt: skip


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "[]", "a.[]", "[].a", "a[", "a]", "a[0]",
                                  "a*", "*a", "a~", "a.*~.b", "a.*~[]", "a.**", "a\\", "a[]b", "a.b[]c"])  # fmt: skip
def test_what_is_no_path(path: str) -> None:
    """What is not written as a path is refused with examples."""
    with pytest.raises(PolicyError, match=r"not a path \(such as user.email, items\[\].ip, tags"):
        split_path(path)


@given(st.text(min_size=1, max_size=8))
def test_any_name_can_be_written(name: str) -> None:
    """Escaped, any name is one step, and itself."""
    assert split_path(escaped(name)) == (name,)
    assert isinstance(split_path(escaped(name))[0], Name)


_NAME = r"(?:\\.|[^\\.\[\]*~])+"
_PART = rf"(?:{_NAME}|\*)(?:\[\])*"
_PATH = re.compile(rf"(?:{_PART}\.)*(?:{_PART}|\*~)")


@given(
    st.lists(st.sampled_from(["a", "b.", ".", "[]", "*", ".*", ".*~", "~", "[", r"\.", r"\~", "\\"]), max_size=6).map("".join)
)  # fmt: skip
@settings(max_examples=4 * settings.default.max_examples)
def test_any_text_is_a_path_or_refused(text: str) -> None:
    """What the grammar makes of a text is split into its steps, and any other text is refused."""
    if _PATH.fullmatch(text) is None:
        with pytest.raises(PolicyError, match="not a path"):
            split_path(text)
        return
    kinds = {"name": None, "item": "[]", "rest": "*", "names": "*~"}
    assert [kinds[s[0]] or s[1] for s in reference.steps(text)] == list(split_path(text))


CLASHES: list[tuple[list[str], str]] = [
    (["a", "a.b"], "a.b: a is already something else"),
    (["a.b", "a"], "a: is both a field and something with parts"),
    (["a", "a[]"], r"a[]: a is already something else"),
    (["a[]", "a"], "a: is both a field and something with parts"),
    (["a[]", "a.b"], "a.b: a is already something else"),
    (["a.b", "a[]"], "a[]: a is already something else"),
    (["a.*", "a[]"], "a[]: a is already something else"),
    (["a", "a.*~"], "a.*~: a is already"),
    (["a[]", "a.*~"], "a.*~: its names are asked for, but it is not an object"),
    (["a.*~"], "a.*~: has no values: give a stage for `*` too"),
    (["a.*~", "a.b"], "a.*~: has no values"),
    (["*~"], "*~: has no values"),
    ([r"\a", "a"], "a: is both a field and something with parts"),
]


@pytest.mark.parametrize(("paths", "problem"), CLASHES)
def test_places_are_one_thing(paths: list[str], problem: str) -> None:
    """A place that is two things at once is refused, in either order."""
    with pytest.raises(PolicyError) as caught:
        Record({path: keep() for path in paths})
    if paths == ["a", "a.*~"]:
        assert str(caught.value) == "a.*~: its names are asked for, but it is not an object"
    else:
        assert str(caught.value).startswith(problem)


def test_a_tree_says_where_it_is() -> None:
    """Every place of a tree has the path that leads to it."""
    paths = ["a.b", r"a.c\.d[].*", "a.c\\.d[].*~", "e.*.f", r"\*", r"\.x"]
    tree = grow((path, path) for path in paths)
    found = {place.field: place.path for place in tree.walk() if place.field}
    assert found == {path: path for path in paths if not path.endswith("~")}
    assert tree.children["a"].children["c.d"].item is not None
    assert tree.children["a"].children["c.d"].item.names == paths[2]
    assert tree.is_object
