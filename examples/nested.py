"""Structs, lists and dicts inside an event: each part says its own stage."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from anonkit import Event, Keyring, Pipeline, Policy
from anonkit.stages import drop, generalize, pseudonymize, truncate


class Person(msgspec.Struct):
    """Somebody in a ticket."""

    id: Annotated[int, pseudonymize("person")]
    name: Annotated[str, drop()]


class Device(msgspec.Struct):
    """A device a ticket is about."""

    ip: Annotated[str, truncate()]
    firmware: Annotated[str, generalize(parts=2)]


class Ticket(Event):
    """A support ticket was opened."""

    at: Annotated[datetime, generalize("1d")]
    reporter: Person
    devices: list[Device]
    topics: Annotated[list[str], generalize(allow=("printing", "network", "login"))]
    counters: dict[str, Annotated[int, generalize(log=10)]]


def main() -> None:
    """Run one ticket, and list the paths that its policy consists of."""
    pipeline = Pipeline(Ticket, keys=Keyring.generate())
    ticket = Ticket(
        at=datetime(2026, 5, 11, 9, 2, 44, tzinfo=UTC),
        reporter=Person(id=4711, name="Ada Lovelace"),
        devices=[Device(ip="198.51.100.24", firmware="7.12.3-acme")],
        topics=["printing", "my neighbour Turing"],
        # A name that is not short and plain may be data, so it stays behind and is counted.
        counters={"pages": 48_211, "pages of ada@example.com": 17},
    )
    print(pipeline.json(ticket))
    for path, field in Policy.from_events(Ticket).records["ticket"].fields.items():
        print(f"{path:20} {field.stages[0].verb}")
    print(pipeline.report)


if __name__ == "__main__":
    main()
