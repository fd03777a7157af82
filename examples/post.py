"""The way from a site to its vendor that the examples of whole systems share.

On the site: a ledger of consent, and an outbox that anonymizes, keeps and seals. At the vendor:
envelopes out of a folder, opened with the private key. Nothing else passes from one to the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anonkit.pack import unpack
from anonkit.seal import unseal
from anonkit.send import Consent, Folder, Outbox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from anonkit import Pipeline
    from anonkit.pipeline import Input
    from anonkit.seal import Recipient, VendorKey

# The version of the privacy notice that was shown before anybody agreed.
NOTICE = "2026-11"


class Site:
    """One site: what was agreed to there, and what waits to leave.

    Args:
        folder: Where its files are; made when it is not there.
        pipeline: What becomes of its records.
        vendor: Whose public key they are sealed to.
    """

    def __init__(self, folder: Path, pipeline: Pipeline, vendor: Recipient) -> None:
        self.mail = folder / "mail"
        self.mail.mkdir(parents=True, exist_ok=True)
        self.pipeline = pipeline
        self.consent = Consent(folder / "consent.db")
        self.outbox = Outbox(folder / "outbox.db", pipeline, consent=self.consent, recipient=vendor)

    def agree(self, *purposes: str) -> None:
        """Take down that purposes are agreed to: from now on they are in force."""
        for purpose in purposes:
            self.consent.grant(purpose, role="management", notice=NOTICE, language="en")

    def stop(self, *purposes: str) -> None:
        """Withdraw purposes: nothing more is recorded for them, and what waits is erased."""
        for purpose in purposes:
            self.consent.withdraw(purpose, role="management")

    def record(self, records: Iterable[Input]) -> int:
        """Anonymize records and keep them; return how many may leave."""
        return self.outbox.record_all(records)

    def waiting(self) -> int:
        """Return how many records wait."""
        return sum(waiting.records for waiting in self.outbox.waiting())

    def send(self) -> list[bytes]:
        """Put all that waits into envelopes, and hand them over."""
        self.outbox.send(Folder(self.mail), everything=True)
        envelopes = sorted(self.mail.glob("*.anon"))
        sent = [envelope.read_bytes() for envelope in envelopes]
        for envelope in envelopes:
            envelope.unlink()
        return sent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.outbox.close()
        self.consent.close()


def read(envelopes: Iterable[bytes], key: VendorKey) -> list[dict[str, Any]]:
    """Return the records in envelopes, as the vendor sees them."""
    return [
        record for envelope in envelopes for record in unpack(unseal(envelope, [key]).pack).records
    ]
