"""Declare events of your own, hand them over, read what may leave and the report."""

from datetime import UTC, datetime
from typing import Annotated

from anonkit import Event, Keyring, Pipeline
from anonkit.records import UserEvent, Why
from anonkit.stages import drop, generalize, keep, pseudonymize, truncate


class Export(Event):
    """A user exported a document."""

    at: Annotated[datetime, generalize("1h")]
    user: Annotated[str, pseudonymize("user"), Why("links one user's exports", kind="person")]
    ip: Annotated[str, truncate(v4=24, v6=48)]
    file: Annotated[str, drop(), Why("file names name people")]
    format: Annotated[str, generalize(allow=("csv", "pdf", "xlsx"))]
    kilobytes: Annotated[int, generalize(log=2)]


class Search(UserEvent):
    """A user searched; `at`, `user` and `session` come from the built-in base."""

    words: Annotated[int, keep(), Why("how long queries are; the query itself is never handed in")]


def main() -> None:
    """Run three records through one pipeline."""
    pipeline = Pipeline([Export, Search], keys=Keyring.generate())
    at = datetime(2026, 5, 11, 9, 2, 44, tzinfo=UTC)

    # An event, a dict or JSON bytes: each gives the same.
    export = Export(
        at=at,
        user="ada.lovelace",
        ip="203.0.113.77",
        file="Lovelace_Ada_contract.pdf",
        format="pdf",
        kilobytes=713,
    )
    search = {"type": "search", "at": at.isoformat(), "user": "ada.lovelace", "words": 3}
    unknown = b'{"type":"badge_scan","employee":"Ada Lovelace"}'
    for record in (export, search, unknown):
        print(pipeline.json(record))

    print(pipeline.report)


if __name__ == "__main__":
    main()
