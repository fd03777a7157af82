"""scrub: what is personal or secret in free text goes, and the rest stays.

The detectors and what each finds are in `docs/detectors.md`; what they miss, in `docs/limits.md`.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args, overload

from anonkit.errors import PolicyError, Withheld
from anonkit.keys.derive import Label
from anonkit.stages.pseudonymize import token_text
from anonkit.stages.stage import Placed, Scope, Stage, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anonkit.detect import Scrubber
    from anonkit.detect.known import Known

Action = Literal["label", "token", "mask", "truncate", "remove"]

# 96 bits, the least that keeps 10^9 values apart; 16 letters in the text.
TOKEN_BYTES = 12


class Scrub(Stage, frozen=True):
    """What detectors find in a text is replaced; what is no text is withheld ("not text").

    Args:
        detectors: Names or types of detectors; empty means all defaults.
        action: What stands in the place of a value: `label` (`[EMAIL]`), `token` (`[EMAIL:kK3v…]`,
            the same for the same value in one period), `mask`, `truncate` (addresses; else a
            label), `remove`.
        region: Also finds national telephone numbers of this region, such as `DE`.
        trace: The text is a stack trace: paths in its frames become relative, and values that some
            tools print into frames go.
    """

    detectors: tuple[str, ...] = ()
    action: Action = "label"
    region: str | None = None
    trace: bool = False

    verb: ClassVar[str] = "scrub"
    main: ClassVar[str | None] = "detectors"
    takes: ClassVar[frozenset[str]] = frozenset({"text", "url"})
    costly: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse an action that there is not."""
        if self.action not in get_args(Action):
            raise PolicyError("scrub.action", f"is one of {', '.join(get_args(Action))}")

    @property
    def keyed(self) -> bool:
        """Tokens need a key; labels do not."""
        return self.action == "token"

    def gives(self, kind: str) -> str:  # noqa: ARG002 - whatever it was, it is text now
        """Return `text`."""
        return "text"

    def bind(self, scope: Scope | None = None, *, packed: bool = False) -> Step:  # noqa: ARG002
        """Return the function that scrubs one text.

        Raises:
            PolicyError: A detector that there is not, or tokens are asked for without keys.
        """
        if self.keyed and scope is None:
            raise PolicyError("scrub", "needs a key", hint="use it in a Pipeline with keys=")
        token = _tokens(scope) if self.keyed and scope is not None else None
        known = None if scope is None else scope.known
        if token is None and known is None:
            scrubber = _shared(self.detectors, self.action, self.region)
        else:
            scrubber = _scrubber(self.detectors, self.action, self.region, token, known)

        clean: Callable[[str], str] = scrubber
        if self.action == "label" and known is None and self.region is None:
            from anonkit.detect.shapes import Shapes
            from anonkit.detect.table import select

            # Made anew for each policy that is bound, for it remembers words of texts.
            clean = Shapes(scrubber, select(self.detectors))
        if self.trace:
            from anonkit.crash import crash

            def clean(text: str) -> str:
                return crash(text, scrubber).text

        def scrubbed(value: Any) -> str:
            if value.__class__ is str:
                return clean(value)
            raise Withheld("not text")

        return scrubbed


def _scrubber(
    detectors: tuple[str, ...],
    action: Action,
    region: str | None,
    token: Callable[[str, str], str] | None = None,
    known: Known | None = None,
) -> Scrubber:
    # Imported here: the detectors are 90 ms of CPU that a policy without free text never pays.
    from anonkit.detect import Scrubber

    return Scrubber(detectors, action=action, token=token, known=known, region=region)


# A scrubber without keys and known values holds nothing of anybody, and takes 6 ms to make.
_shared = lru_cache(maxsize=16)(_scrubber)


def _tokens(scope: Scope) -> Callable[[str, str], str]:
    """Return the function from a type and a value to a token; one key for each type."""
    prepared: dict[str, Any] = {}

    def token(kind: str, value: str) -> str:
        template = prepared.get(kind)
        if template is None:
            key = scope.key(Label("scrub", (kind,)))
            template = prepared.setdefault(kind, blake2b(key=key, digest_size=TOKEN_BYTES))
        state = template.copy()
        # Half a surrogate pair is no character, and still tells values apart.
        state.update(value.encode(errors="surrogatepass"))
        return token_text(state.digest())

    return token


@overload
def scrub(
    *,
    detectors: Sequence[str] = (),
    action: Action = "label",
    region: str | None = None,
    trace: bool = False,
) -> Scrub: ...
@overload
def scrub(
    field: str,
    *,
    detectors: Sequence[str] = (),
    action: Action = "label",
    region: str | None = None,
    trace: bool = False,
) -> Placed: ...
def scrub(
    field: str | None = None,
    *,
    detectors: Sequence[str] = (),
    action: Action = "label",
    region: str | None = None,
    trace: bool = False,
) -> Scrub | Placed:
    """Remove what is personal or secret from free text.

    Args:
        field: In a plain list of stages, the field it is for.
        detectors: Names or types of detectors; empty means all defaults.
        action: What stands in the place of a value: `label`, `token`, `mask`, `truncate`, `remove`.
        region: Also finds national telephone numbers of this region, such as `DE`.
        trace: The text is a stack trace: paths in its frames become relative.

    Raises:
        PolicyError: An action that there is not.
    """
    stage = Scrub(tuple(detectors), action, region, trace)
    return stage if field is None else stage.on(field)
