"""A dealer orders a licence and reports support cases: one policy, and each purpose by itself."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from post import post, read

from anonkit import Keyring, Pipeline
from anonkit.records import SUPPORT_RECORDS, LicenceOrder, SupportCase
from anonkit.seal import VendorKey

if TYPE_CHECKING:
    from anonkit.seal import Recipient

DAY = date(2026, 11, 23)


class Dealer:
    """The dealer's side: a pipeline, and the purposes that hold for everything it sends.

    Args:
        keys: The dealer's keyring.
        manufacturer: Whom it sends to.
        purposes: What it may send for at all; consent to a single case only narrows that.
    """

    def __init__(self, keys: Keyring, manufacturer: Recipient, purposes: set[str]) -> None:
        self.pipeline = Pipeline(list(SUPPORT_RECORDS), keys=keys, purposes=purposes)
        self.purposes = frozenset(purposes)
        self.manufacturer = manufacturer

    def order(self, order: LicenceOrder) -> bytes | None:
        """Return the envelope for a licence order."""
        pipeline = self.pipeline.within(self.purposes & {"contract"})
        return post(pipeline, [order], self.manufacturer, day=DAY)

    def report(self, case: SupportCase) -> bytes | None:
        """Return the envelope for a case: with names only where this customer said yes to it."""
        pipeline = self.pipeline.within(self.purposes & case.purposes)
        return post(pipeline, [case], self.manufacturer, day=DAY)


def arrived(envelope: bytes | None, key: VendorKey) -> dict[str, Any] | None:
    """Return the one record of an envelope, as the manufacturer sees it."""
    return None if envelope is None else read(envelope, key)[0]


def main() -> None:
    """Send an order, a case with consent, one without, and one when support is switched off."""
    key, keys = VendorKey.generate(), Keyring.generate()
    dealer = Dealer(keys, key.recipient, {"contract", "support", "support_contact"})

    order = LicenceOrder(
        first_name="Emmy",
        last_name="Noether",
        email="noether@example.org",
        company="Turing & Hopper Ltd, Hamburg",
        phone="+49 151 1234567",
        note="Please deliver before Ada Lovelace is back",
    )
    print("order:          ", arrived(dealer.order(order), key))

    case = SupportCase(
        serial="SN-20-88",
        first_name="Emmy",
        last_name="Noether",
        email="noether@example.org",
        case="C-4711",
        description="Ada Lovelace cannot start it",
    )
    print("without consent:", arrived(dealer.report(case), key))
    agreed = SupportCase(
        serial="SN-20-88", first_name="Emmy", last_name="Noether", email="noether@example.org",
        case="C-4711", contact_consent=True,
    )  # fmt: skip
    print("with consent:   ", arrived(dealer.report(agreed), key))

    closed = Dealer(keys, key.recipient, {"contract"})
    print("support off:    ", arrived(closed.report(agreed), key))
    print(closed.pipeline.report)


if __name__ == "__main__":
    main()
