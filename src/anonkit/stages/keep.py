"""keep: the value leaves as it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, ClassVar, overload

from anonkit.errors import Withheld
from anonkit.stages.stage import RAW, Placed, Scope, Stage, Step

SCALARS = frozenset({str, int, float, bool, datetime, date, timedelta})


class Keep(Stage, frozen=True):
    """The value leaves as it is, if it is one value: text, a number, a truth value, a time.

    A list or an object is withheld ("not a single value"): its parts are fields of their own, and
    each says for itself why it may leave.
    """

    verb: ClassVar[str] = "keep"
    takes: ClassVar[frozenset[str]] = RAW

    def bind(self, scope: Scope | None = None, *, packed: bool = False) -> Step:  # noqa: ARG002
        """Return the check that the value is a single one."""
        return _kept


def _kept(value: Any) -> Any:
    if value.__class__ in SCALARS or isinstance(value, Enum):
        return value
    raise Withheld("not a single value")


@overload
def keep() -> Keep: ...
@overload
def keep(field: str) -> Placed: ...
def keep(field: str | None = None) -> Keep | Placed:
    """Let the value leave as it is.

    Args:
        field: In a plain list of stages, the field it is for.
    """
    stage = Keep()
    return stage if field is None else stage.on(field)
