"""What tests of the outbox share: events of three purposes, a clock to turn, a receiver to ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from anonkit import Event, Keyring, Pipeline
from anonkit.errors import Undelivered
from anonkit.pack import unpack
from anonkit.records.event import Why
from anonkit.send import Consent, Outbox
from anonkit.stages import keep, pseudonymize

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 5, 11, 9, 2, 44, tzinfo=UTC)


class Page(Event):
    """For usage, with a field for support."""

    name: Annotated[str, keep()]
    user: Annotated[str, pseudonymize("user")]
    detail: Annotated[str, keep(), Why("", purpose="support")] = ""


class Fault(Event):
    """For support alone."""

    purpose: ClassVar[str] = "support"

    name: Annotated[str, keep()]


class Clock:
    """Tells the time that it was told."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def on(self, **span: float) -> None:
        self.now += timedelta(**span)


class Receiver:
    """A transport that keeps batches by id, and fails when it is told to."""

    def __init__(self) -> None:
        self.batches: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.failure: Undelivered | None = None
        self.stores = True

    def deliver(self, batch: str, data: bytes) -> None:
        self.calls.append(batch)
        if self.stores:
            assert self.batches.setdefault(batch, data) == data  # twice the same is the same
        if self.failure is not None:
            raise self.failure

    def records(self) -> list[dict[str, Any]]:
        return [record for data in self.batches.values() for record in unpack(data).records]

    def names(self) -> list[str]:
        return sorted(record["name"] for record in self.records())


def agreed(folder: Path, *purposes: str, clock: Clock | None = None) -> Consent:
    """Return a ledger in which purposes are agreed to."""
    consent = Consent(folder / "consent.db", clock=clock or Clock())
    for purpose in purposes:
        consent.grant(purpose, role="administrator", notice="1", language="en")
    return consent


def outbox(folder: Path, *purposes: str, clock: Clock | None = None, **options: Any) -> Outbox:
    """Return an outbox for pages and faults, with some purposes agreed to."""
    clock = clock or Clock()
    keys = options.pop("keys", None) or Keyring.generate()
    pipeline = Pipeline([Page, Fault], keys=keys, at=clock())
    return Outbox(
        folder / "outbox.db",
        pipeline,
        consent=agreed(folder, *purposes, clock=clock),
        clock=clock,
        **options,
    )


def page(name: str, detail: str = "") -> Page:
    return Page(name=name, user="ada", detail=detail)


def on_disk(folder: Path, needle: bytes) -> list[str]:
    """Return the files below a folder that hold some bytes."""
    return [
        str(file.relative_to(folder))
        for file in sorted(folder.rglob("*"))
        if file.is_file() and needle in file.read_bytes()
    ]
