"""Consent: decisions on purposes, and what follows of them in the outboxes of a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonkit.errors import SendError
from anonkit.send.ledger import Ledger
from anonkit.send.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from anonkit.send.ledger import Entry, Role


class Consent(Ledger):
    """The ledger of one site or one person, in a file that any number of processes share.

    Args:
        path: The file; made when it is not there. An empty ledger says no to everything.
        clock: What tells the time, with a zone.

    Raises:
        SendError: The file cannot be used, or an entry of it was changed.
    """

    def grant(self, purpose: str, *, role: Role, notice: str, language: str) -> Entry:
        """Write down that a purpose was agreed to. From now on it is in force.

        Args:
            purpose: As policies say it.
            role: Who agreed.
            notice: The version of the notice that was shown.
            language: The language it was shown in.

        Raises:
            Unusable: A word is not one the ledger takes.
            SendError: It cannot be written.
        """
        return self._append(purpose, "granted", role, notice, language)

    def withdraw(
        self, purpose: str, *, role: Role, notice: str | None = None, language: str | None = None
    ) -> Entry:
        """Write down that a purpose is not agreed to any more, and empty what waits for it.

        When it returns, no outbox that follows this ledger holds a byte of that purpose.

        Raises:
            Unusable: A word is not one the ledger takes.
            SendError: It cannot be written; or, once it is written, an outbox cannot be emptied,
                which it names. It sends nothing more for the purpose, and is emptied when it is
                next used.
        """
        entry = self._append(purpose, "withdrawn", role, notice, language)
        left = [problem for path in self._outboxes() if (problem := self._emptied(path))]
        if left:
            raise SendError(
                f"{purpose} is withdrawn, but not everything is erased: {'; '.join(left)}",
                hint="it is erased when the outbox is next used",
            )
        return entry

    def __repr__(self) -> str:
        return f"<Consent: {len(self._read)} decisions>"

    def _emptied(self, path: Path) -> str | None:
        """Empty an outbox of what was withdrawn, and return why that is not possible."""
        if not path.exists():
            return None
        try:
            with Store(path, self._clock, self) as store:
                store.obey()
                store.forget_damaged()
        except SendError as failure:
            return failure.problem
        return None
