"""drop: the value stays behind, whatever it is."""

from __future__ import annotations

from typing import ClassVar, overload

from anonkit.stages.stage import RAW, Placed, Stage


class Drop(Stage, frozen=True):
    """The value stays behind, with all that it contains; its field is absent from the output.

    The value is not even read, so nothing about it can be wrong.
    """

    verb: ClassVar[str] = "drop"
    takes: ClassVar[frozenset[str]] = RAW


@overload
def drop() -> Drop: ...
@overload
def drop(field: str) -> Placed: ...
def drop(field: str | None = None) -> Drop | Placed:
    """Leave the value behind.

    Args:
        field: In a plain list of stages, the field it is for.
    """
    stage = Drop()
    return stage if field is None else stage.on(field)
