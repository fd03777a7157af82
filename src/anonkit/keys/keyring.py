"""The keys of one site: one independent random key per period.

Tokens can be linked within a period and not across its border, and destroying a period's key makes
its tokens unlinkable for everybody, the owner included. Both hold because period keys are
independent: a key derived from a root that stays could be derived again (docs/decisions/0004).
"""

from __future__ import annotations

import hmac
import secrets
import weakref
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

from anonkit.errors import KeyDestroyed, KeyringError
from anonkit.keys import derive
from anonkit.keys.derive import Label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# A period id is random, not derived from key or date: it names the period in what leaves.
ID_BYTES = 8
KEY_BYTES = 32
CHECK_BYTES = 4
DEFAULT_PERIOD = timedelta(days=30)


class Handle:
    """What holds key bytes: it never shows them, and cannot be pickled or copied."""

    __slots__ = ()

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise TypeError("keys cannot be pickled or copied: hand over the path of their file")


class PeriodKey(Handle):
    """A handle on the key of one period. It never shows its bytes and cannot be pickled.

    Args:
        id: Random name of the period, 16 hexadecimal digits.
        start: When it comes into force, or None for always.
        end: When it ceases to be, or None for never.
        key: 32 random bytes; None when destroyed.
    """

    __slots__ = ("__weakref__", "_key", "_watchers", "destroyed_at", "end", "id", "start")

    def __init__(
        self,
        id: str,  # noqa: A002 - the word of the file format
        start: datetime | None,
        end: datetime | None,
        key: bytes | None,
        *,
        destroyed_at: datetime | None = None,
    ) -> None:
        if key is not None:
            _refuse_weak(key)
        _need_zone(start)
        _need_zone(end)
        if start is not None and end is not None and end <= start:
            raise KeyringError("keyring: a period ends after it starts")
        self.id = id
        self.start = start
        self.end = end
        self.destroyed_at = destroyed_at
        self._key = None if key is None else bytearray(key)
        self._watchers: list[weakref.WeakMethod[Callable[[], None]]] = []

    @classmethod
    def generate(cls, start: datetime | None = None, end: datetime | None = None) -> PeriodKey:
        """Make a new random key, in force from `start` to `end`."""
        return cls(secrets.token_hex(ID_BYTES), start, end, secrets.token_bytes(KEY_BYTES))

    @property
    def destroyed(self) -> bool:
        """Whether the key is gone."""
        return self._key is None

    def derive(self, label: Label, *, tenant: str = "") -> bytes:
        """Return the 32-byte key for one use by one tenant in this period.

        Raises:
            KeyDestroyed: The period's key was destroyed.
        """
        return derive.expand(
            self._secret(), derive.info(tenant, label.purpose, *label.parts, self.id)
        )

    def check(self) -> str:
        """Return eight hexadecimal digits that differ for a wrong key and tell nothing of it."""
        key = self.derive(Label("check"))
        return hmac.digest(key, b"anonkit key check", "sha256")[:CHECK_BYTES].hex()

    def covers(self, at: datetime | None) -> bool:
        """Return whether this period is in force at a time; None asks for one without an end."""
        if at is None:
            return self.end is None
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)

    def on_destroy(self, callback: Callable[[], None]) -> None:
        """Call a bound method when the key is destroyed; held weakly, so it keeps nothing alive."""
        alive = [watcher for watcher in self._watchers if watcher() is not None]
        self._watchers = [*alive, weakref.WeakMethod(callback)]

    def destroy(self, *, at: datetime | None = None) -> None:
        """Overwrite the key and tell whoever derived from it to forget. Twice is once.

        Best effort in memory (copies may linger until their pages are reused); the stored file no
        longer has it once saved.
        """
        if self._key is None:
            return
        for position in range(len(self._key)):
            self._key[position] = 0
        self._key = None
        self.destroyed_at = at
        for watcher in self._watchers:
            if (callback := watcher()) is not None:
                callback()
        self._watchers.clear()

    def _secret(self) -> bytearray:
        if self._key is None:
            raise KeyDestroyed(f"the key of period {self.id} was destroyed")
        return self._key

    def __repr__(self) -> str:
        return f"<PeriodKey {self.id}{' destroyed' if self.destroyed else ''}>"


class Keyring(Handle):
    """The period keys of one site, oldest first.

    Args:
        periods: Handles, oldest first; periods do not overlap.
        length: How long each new period is; None for one that does not end.
    """

    __slots__ = ("_periods", "length")

    def __init__(self, periods: Iterable[PeriodKey], *, length: timedelta | None = None) -> None:
        self._periods = list(periods)
        self.length = length
        if len({p.id for p in self._periods}) != len(self._periods):
            raise KeyringError("keyring: two periods have the same id")
        for before, period in pairwise(self._periods):
            if before.end is None or period.start is None or period.start < before.end:
                raise KeyringError("keyring: two periods overlap")
        if length is not None and length <= timedelta(0):
            raise KeyringError("keyring: a period has a length above 0")

    @classmethod
    def generate(
        cls, *, at: datetime | None = None, length: timedelta | None = DEFAULT_PERIOD
    ) -> Keyring:
        """Make a keyring with one new period.

        Args:
            at: When the period starts. Without it the period is in force at all times, for one
                process that keeps no keyring.
            length: How long periods are; counts only with `at`.
        """
        if at is None:
            return cls([PeriodKey.generate()])
        ring = cls([], length=length)
        ring.rotate(at=at)
        return ring

    @property
    def periods(self) -> tuple[PeriodKey, ...]:
        """The periods, oldest first, destroyed ones included."""
        return tuple(self._periods)

    def in_force(self, at: datetime | None = None) -> PeriodKey:
        """Return the key of the period in force at a time.

        Args:
            at: The time, with a zone. None fits a keyring whose period has no end.

        Raises:
            KeyringError: No period covers that time.
            KeyDestroyed: The period that covers it was destroyed.
        """
        _need_zone(at)
        for period in reversed(self._periods):
            if period.covers(at):
                if period.destroyed:
                    raise KeyDestroyed(f"the key of period {period.id} was destroyed")
                return period
        if at is None:
            raise KeyringError(
                "keyring: its periods have an end, so a time is needed to choose one",
                hint="pass at=, for example datetime.now(UTC)",
            )
        raise KeyringError(
            f"keyring: no period is in force at {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            hint="start a new one: keyring.rotate(at=...) or `anonkit keys rotate`",
        )

    def rotate(self, *, at: datetime) -> PeriodKey:
        """End the period in force and start a new one with a key of its own.

        Args:
            at: When, with a zone; not before the start of the newest period.

        Raises:
            KeyringError: `at` lies before the newest period starts.
        """
        _need_zone(at)
        at = at.astimezone(UTC)
        try:
            end = None if self.length is None else at + self.length
        except OverflowError:
            raise KeyringError("keyring: a period ends before the year 10000") from None
        if self._periods:
            newest = self._periods[-1]
            if newest.start is not None and at <= newest.start:
                raise KeyringError("keyring: a period starts after the one before it")
            if newest.end is None or newest.end > at:
                newest.end = at
        self._periods.append(PeriodKey.generate(at, end))
        return self._periods[-1]

    def destroy(self, id: str, *, at: datetime | None = None) -> None:  # noqa: A002
        """Destroy the key of one period for good; its id and dates stay as a record of that.

        Raises:
            KeyringError: No period has that id.
        """
        for period in self._periods:
            if period.id == id:
                period.destroy(at=at)
                return
        raise KeyringError("keyring: no period has that id", hint="`anonkit keys show` lists them")

    def __repr__(self) -> str:
        alive = sum(not period.destroyed for period in self._periods)
        return f"<Keyring: {alive} of {len(self._periods)} periods have a key>"


def _need_zone(at: datetime | None) -> None:
    if at is not None and at.tzinfo is None:
        raise KeyringError("keyring: a time needs a zone", hint="datetime.now(UTC)")


def _refuse_weak(key: bytes) -> None:
    """Refuse what cannot be a random key: peers zero-pad short ones, which hides a mistake."""
    if len(key) != KEY_BYTES:
        raise KeyringError(f"keyring: a key has {KEY_BYTES} bytes, not {len(key)}")
    if len(set(key)) == 1:
        raise KeyringError("keyring: a key of equal bytes is no key")
