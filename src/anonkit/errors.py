"""The error tree. A message names the place (file, line, field) and the rule, never a value.

AnonkitError
├── PolicyError        a policy, or an event class, cannot be used as written
├── KeyringError       a keyring cannot be read, or has no key for what is asked
│   └── KeyDestroyed   the key was there once and is gone for good
├── FormatError        an input's format is unknown or cannot be told
├── StreamError        a source is damaged, or changed while it was read
├── PackError          records cannot be packed, or bytes are no whole and sound pack
├── SealError          an envelope or one of its keys cannot be used
├── SendError          consent, or what waits to be sent, cannot be read or written
│   ├── Unusable       a word or option for sending is none: a purpose, an address, a span of time
│   └── Undelivered    a batch was not acknowledged; it stays, and is tried again
└── Withheld           a stage does not understand one value; the pipeline counts it
"""


class AnonkitError(Exception):
    """The base of everything anonkit raises on purpose.

    Args:
        problem: One lower-case sentence without a full stop, naming place and rule.
        hint: What to do about it, or nothing.
    """

    def __init__(self, problem: str, *, hint: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.problem} ({self.hint})" if self.hint else self.problem


class PolicyError(AnonkitError):
    """A policy, or an event class, cannot be used as written.

    Args:
        path: Where: a TOML path such as `record.login.fields.ip`, or `Class.field`.
        problem: What is wrong there.
        hint: What to write instead.
    """

    def __init__(self, path: str, problem: str, *, hint: str | None = None) -> None:
        super().__init__(f"{path}: {problem}" if path else problem, hint=hint)
        self.path = path


class KeyringError(AnonkitError):
    """A keyring cannot be read or written, or has no key for the time asked for."""


class KeyDestroyed(KeyringError):  # noqa: N818 - a state, as in "the key is destroyed"
    """The key that is asked for was destroyed: its tokens stay unlinkable."""


class FormatError(AnonkitError):
    """The format of an input is unknown, or two fit and guessing would be unsafe."""


class StreamError(AnonkitError):
    """A source is missing, damaged or cut off, or changed while it was read."""


class PackError(AnonkitError):
    """Records cannot be packed, or bytes are no whole and sound pack.

    Args:
        place: Where: a part of the format such as `header.count`, or a record type and field.
        rule: Which rule is broken, in words that quote no value.
        hint: What to do about it, or nothing.
    """

    def __init__(self, place: str, rule: str, *, hint: str | None = None) -> None:
        super().__init__(f"{place}: {rule}", hint=hint)
        self.place = place
        self.rule = rule


class SealError(AnonkitError):
    """An envelope cannot be made or opened, or a key for it cannot be used."""


class SendError(AnonkitError):
    """Consent, or what waits to be sent, cannot be read or written."""


class Unusable(SendError):  # noqa: N818 - a state, as in "the address is unusable"
    """A word or option for sending is none: a purpose, an address, a span of time."""


class Undelivered(SendError):  # noqa: N818 - a state, as in "the batch is undelivered"
    """A batch was not acknowledged. It stays in the outbox and is tried again.

    Args:
        problem: Why, in words that quote nothing of the batch.
        refused: Whether the receiver answered and does not want this batch; without, it was not
            reached, or cannot take any batch now.
        after: How many seconds it wants to be left alone; 0 when it does not say.
    """

    def __init__(self, problem: str, *, refused: bool = False, after: int = 0) -> None:
        super().__init__(problem)
        self.refused = refused
        self.after = after


class Withheld(AnonkitError):  # noqa: N818 - a verdict that the pipeline counts, not a fault
    """A stage does not understand one value, so that value may not leave.

    Args:
        rule: Which rule withholds it, in words from a closed list: `not an address`.
    """

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def printable(text: str) -> str:
    r"""Return a text in which nothing is hidden or moves a cursor: names may hold any sign."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
