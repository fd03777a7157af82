"""The error tree: place and rule, and never a value."""

from __future__ import annotations

import inspect

import pytest

from anonkit import errors
from anonkit.errors import (
    AnonkitError,
    FormatError,
    KeyDestroyed,
    KeyringError,
    PolicyError,
    Withheld,
)


def test_an_error_says_problem_and_hint() -> None:
    """The text of an error is its problem, with the hint in brackets if there is one."""
    assert str(AnonkitError("it is so")) == "it is so"
    assert str(AnonkitError("it is so", hint="do this")) == "it is so (do this)"
    error = AnonkitError("it is so", hint="do this")
    assert (error.problem, error.hint) == ("it is so", "do this")


def test_a_policy_error_says_its_place() -> None:
    """A policy error puts its path first, unless it has none."""
    assert str(PolicyError("record.a", "is wrong")) == "record.a: is wrong"
    assert str(PolicyError("", "is wrong", hint="x")) == "is wrong (x)"
    assert PolicyError("record.a", "is wrong").path == "record.a"


def test_withheld_says_its_rule() -> None:
    """A verdict carries its rule and nothing else."""
    assert Withheld("not a time").rule == "not a time"
    assert Withheld("not a time").args == ("not a time",)


@pytest.mark.parametrize("error", [PolicyError, KeyringError, KeyDestroyed, FormatError, Withheld])
def test_all_errors_have_one_base(error: type[Exception]) -> None:
    """Who catches AnonkitError catches everything raised on purpose."""
    assert issubclass(error, AnonkitError)
    assert issubclass(KeyDestroyed, KeyringError)


def test_the_drawn_tree_is_the_tree() -> None:
    """The docstring of the module draws every class there is."""
    for name, value in vars(errors).items():
        if inspect.isclass(value):
            assert name in (errors.__doc__ or "")
