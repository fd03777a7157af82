"""Scrub: find what is personal or secret in free text and keep the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, overload

from anonkit.detect import Scrubber
from anonkit.errors import PolicyError, Withheld
from anonkit.stages.stage import Placed, Scope, Stage, Step

if TYPE_CHECKING:
    from collections.abc import Callable

Action = Literal["label", "token", "mask", "truncate", "remove"]


class Scrub(Stage, frozen=True, forbid_unknown_fields=True):
    """Replaces what detectors find in a text; what is no text is withheld.

    Args:
        detectors: Names or types of detectors; empty means all defaults.
        action: What stands in the place of a value.
        region: Also finds national telephone numbers of this region.
    """

    verb: ClassVar[str] = "scrub"
    takes: ClassVar[frozenset[str]] = frozenset({"text", "url"})
    costly: ClassVar[bool] = True

    detectors: tuple[str, ...] = ()
    action: Action = "label"
    region: str | None = None

    def gives(self, kind: str) -> str:  # noqa: ARG002 - whatever it was, it is text now
        """Return `text`."""
        return "text"

    def bind(self, scope: Scope | None = None, *, packed: bool = False) -> Step:  # noqa: ARG002
        """Return the function that scrubs one text.

        Raises:
            PolicyError: An option is wrong, or tokens are asked for without keys.
        """
        return self.bind_with(None)

    def bind_with(self, token: Callable[[str, str], str] | None) -> Step:
        """Return the function that scrubs one text, with a function that makes keyed tokens.

        Args:
            token: Takes a type and a value and returns the token.
        """
        if self.action == "token" and token is None:
            raise PolicyError(self.verb, "needs a key", hint="use it in a Pipeline with keys=")
        scrubber = Scrubber(self.detectors, action=self.action, token=token, region=self.region)

        def step(value: Any) -> str:
            if not isinstance(value, str):
                raise Withheld("not text")
            return scrubber(value)

        return step


@overload
def scrub(
    field: None = None,
    *,
    detectors: tuple[str, ...] = (),
    action: Action = "label",
    region: str | None = None,
) -> Scrub: ...
@overload
def scrub(
    field: str,
    *,
    detectors: tuple[str, ...] = (),
    action: Action = "label",
    region: str | None = None,
) -> Placed: ...
def scrub(
    field: str | None = None,
    *,
    detectors: tuple[str, ...] = (),
    action: Action = "label",
    region: str | None = None,
) -> Scrub | Placed:
    """Return the stage, placed on a field if one is named.

    Args:
        field: The field it is for, in a plain list of stages.
        detectors: Names or types of detectors; empty means all defaults.
        action: What stands in the place of a value.
        region: Also finds national telephone numbers of this region.
    """
    stage = Scrub(detectors=detectors, action=action, region=region)
    return stage if field is None else stage.on(field)
