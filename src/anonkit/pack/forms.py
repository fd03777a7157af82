"""The forms of a column (docs/spec/pack.md, "Columns"), which its writer and its reader share."""

from __future__ import annotations

from enum import IntEnum


class Form(IntEnum):
    """The forms of a column, by the number that stands first in it. Appended to, never changed."""

    NONE = 0
    SOME = 1
    SAME = 2
    INTEGERS = 3
    RUNNING = 4
    WORDS = 5
    EACH = 6
    BYTES = 7
    TIMES = 8
    LIST = 9
    OBJECT = 10
    OPEN_OBJECT = 11


# Columns where a value may be missing.
LACKING = frozenset({Form.NONE, Form.SOME})
# What a place has, in a column of form SOME.
PRESENT, IS_NULL, ABSENT = 0, 1, 2
