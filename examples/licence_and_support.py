"""A dealer orders a licence and reports support cases: one policy, and each purpose by itself."""

from __future__ import annotations

import tempfile
from pathlib import Path

from post import Site, read

from anonkit import Keyring, Pipeline, Policy
from anonkit.records import LicenceOrder, SupportCase
from anonkit.seal import VendorKey


def main() -> None:
    """Send an order, a case with consent and one without, and stop naming people altogether."""
    key = VendorKey.generate()
    pipeline = Pipeline(Policy.preset("support"), keys=Keyring.generate())
    order = LicenceOrder(
        first_name="Emmy",
        last_name="Noether",
        email="noether@example.org",
        company="Turing & Hopper Ltd, Hamburg",
        phone="+49 151 1234567",
        note="Please deliver before Ada Lovelace is back",
    )
    case = SupportCase(
        serial="SN-20-88",
        first_name="Emmy",
        last_name="Noether",
        email="noether@example.org",
        case="C-4711",
        description="Ada Lovelace cannot start it",
    )
    said_yes = SupportCase(
        serial="SN-20-89",
        first_name="Emmy",
        last_name="Noether",
        email="noether@example.org",
        case="C-4712",
        contact_consent=True,
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        Site(Path(folder), pipeline, key.recipient) as dealer,
    ):
        # The ledger says what the dealer may send at all; each case, what its customer agreed to.
        dealer.agree("contract", "support", "support_contact")
        dealer.record([order, case, said_yes])
        for record in read(dealer.send(), key):
            print({name: value for name, value in record.items() if value is not None})

        dealer.record([order, said_yes])
        dealer.stop("support_contact", "contract")
        print("after stopping two purposes:")
        for record in read(dealer.send(), key):
            print({name: value for name, value in record.items() if value is not None})


if __name__ == "__main__":
    main()
