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
    NUMBERS = 8
    WHOLE = 9
    TRUTHS = 10
    TIMES = 11
    DAYS = 12
    SPANS = 13
    MIXED = 14
    LIST = 15
    OBJECT = 16
    OPEN_OBJECT = 17


# Columns where a value may be missing.
LACKING = frozenset({Form.NONE, Form.SOME})
# What a place has, in a column of form SOME.
PRESENT, IS_NULL, ABSENT = 0, 1, 2
# The unit of most times, in microseconds: stages cut what is finer.
WHOLE_SECOND = 1_000_000
