"""The contract every stage keeps.

A stage is a value: a frozen struct that says what becomes of one field. It holds no key and no
state. `bind` turns it into a plain function, once per plan. That function

- takes one value that is not None, and returns what may leave in its place;
- raises `Withheld` with a rule from a closed list, and never a value, for what it does not
  understand: anything else would be a pass-through;
- is pure: the same value gives the same result as long as the plan lives, so a plan may cache it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, NoReturn, Protocol

import msgspec

from anonkit.errors import Withheld

if TYPE_CHECKING:
    from anonkit.detect.known import Known
    from anonkit.keys.derive import Label

Step = Callable[[Any], Any]

# What a value is between two stages of a chain. By the type of its field it starts as one of RAW;
# MADE are what stages make of it.
RAW = frozenset({"text", "integer", "number", "boolean", "time"})
MADE = frozenset({"address", "agent", "category", "token", "url", "version"})
KINDS = RAW | MADE


class Scope(Protocol):
    """Where a stage is bound: one field of one record type, under one tenant and period key."""

    @property
    def place(self) -> tuple[str, str]:
        """The record type and the path of the field."""

    @property
    def known(self) -> Known | None:
        """Values that no scrubbed text may hold."""

    def key(self, label: Label) -> bytes:
        """Derive the 32-byte key for a label, for this tenant and period only."""


class Inline(NamedTuple):
    """What a compiled plan writes in place of a call: a frame is 45 ns, 3 % of an event.

    Args:
        source: An expression over `{v}`, the value. It may raise anything for a value that is not
            the usual one, or call `{f}`, the stage's own function.
        names: What else the expression names.
    """

    source: str
    names: dict[str, Any]


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of one value. Subclasses are verbs; the function of the same name makes one."""

    verb: ClassVar[str] = "stage"
    main: ClassVar[str | None] = None  # the option a bare value stands for: `generalize = "1h"`
    takes: ClassVar[frozenset[str]] = frozenset()
    costly: ClassVar[bool] = False  # worth a cache: well over a dictionary hit of about 40 ns

    def inputs(self) -> frozenset[str]:
        """Return the kinds of value that this stage, with its options, takes."""
        return self.takes

    @property
    def keyed(self) -> bool:
        """Whether it needs a key to be bound."""
        return False

    def gives(self, kind: str) -> str:
        """Return the kind of value that comes out when a value of `kind` goes in."""
        return kind

    def bind(self, scope: Scope | None = None, *, packed: bool = False) -> Step:  # noqa: ARG002
        """Return the function that treats one value.

        Args:
            scope: The field and its keys; only a keyed stage needs it.
            packed: Give the compact form (raw bytes) instead of text, where the two differ.
        """
        return refuse

    def inline(self, *, packed: bool) -> Inline | None:  # noqa: ARG002
        """Return an expression that does what the function of `bind` does, where one pays."""
        return None

    def on(self, field: str) -> Placed:
        """Return this stage placed on a field, for a plain list of stages."""
        return Placed(field, self)

    def __call__(self, value: Any) -> Any:
        """Treat one value on its own, in text form; None stays None.

        Raises:
            Withheld: The stage does not understand the value.
            PolicyError: The stage needs a key.
        """
        return None if value is None else self.bind()(value)


class Placed(msgspec.Struct, frozen=True):
    """A stage and the field it is for: `truncate("ip")`, `generalize("1h").on("at")`."""

    field: str
    stage: Stage


def refuse(_value: Any) -> NoReturn:
    """Withhold any value: what a verb without a meaning of its own does."""
    raise Withheld("no stage")
