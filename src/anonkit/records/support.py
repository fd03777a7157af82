"""What goes to a manufacturer for licences and support: a purpose at a time, or not at all.

A record leaves when its purpose is in force, and a field in it when its own is too
(`Pipeline(..., purposes=...)`):

    contract          who a licence is made out to: the contract needs it
    support           the number of the product that a case is about
    support_contact   whom to talk to, with the customer's explicit consent for that case
    remote_support    a remote session, with consent to terms and notice before it starts

The last two are also agreed to once for each case or session, and consent to one is not consent to
the next. So `agreed` names the place in the record that tells of it, and the pipeline looks there:
what the customer did not agree to does not leave, whichever purposes are in force.
"""

from datetime import datetime
from typing import Annotated, ClassVar

from anonkit.records.agreed import Agreed
from anonkit.records.event import Event, Why
from anonkit.stages.drop import drop
from anonkit.stages.generalize import generalize
from anonkit.stages.keep import keep
from anonkit.stages.pseudonymize import pseudonymize

Case = Annotated[
    str,
    pseudonymize("case"),
    Why(
        "joins a case and its remote sessions, without our number of it",
        kind="identifier",
        purpose="remote_support",
    ),
]

Licensee = Annotated[
    str, keep(), Why("the licence is made out to a person", kind="person", purpose="contract")
]
ContactName = Annotated[
    str,
    keep(),
    Why(
        "whom to talk to about the case",
        kind="person",
        purpose="support_contact",
        agreed="contact_consent",
    ),
]


class LicenceOrder(Event):
    """Somebody ordered a licence: whom the manufacturer makes it out to, and nothing else.

    What was ordered stands in the order itself.

    Args:
        first_name: Their first name.
        last_name: Their last name.
        email: Their e-mail address.
        company: Whom they work for.
        address: Where it is.
        phone: Their telephone number.
        payment: How it is paid.
        note: What they wrote.
    """

    purpose: ClassVar[str] = "contract"

    first_name: Licensee
    last_name: Licensee
    email: Annotated[
        str,
        keep(),
        Why("the manufacturer sends the licence there", kind="contact", purpose="contract"),
    ]
    company: Annotated[
        str | None,
        drop(),
        Why("the manufacturer's contract does not need it", kind="other", purpose="contract"),
    ] = None
    address: Annotated[
        str | None,
        drop(),
        Why("licences come by e-mail, not by post", kind="contact", purpose="contract"),
    ] = None
    phone: Annotated[
        str | None,
        drop(),
        Why("one way to reach somebody is enough", kind="contact", purpose="contract"),
    ] = None
    payment: Annotated[
        str | None,
        drop(),
        Why("customers pay the dealer, not the manufacturer", kind="other", purpose="contract"),
    ] = None
    note: Annotated[
        str | None,
        drop(),
        Why("free text may say anything about anybody", kind="text", purpose="contract"),
    ] = None


class SupportCase(Event):
    """A case that the manufacturer must help with.

    Args:
        serial: The serial number of the product; it or the registration number is there.
        registration: The registration number of the product.
        first_name: Of whom the case is about.
        last_name: Of the same person.
        email: Of the same person.
        case: The number of the case; its token leads to remote sessions.
        description: What does not work.
        contact_consent: Whether the customer agreed, for this case, that their name and address go
            to the manufacturer.
    """

    purpose: ClassVar[str] = "support"

    serial: Annotated[
        str | None, keep(), Why("which product needs help", kind="identifier", purpose="support")
    ] = None
    registration: Annotated[
        str | None, keep(), Why("which product needs help", kind="identifier", purpose="support")
    ] = None
    first_name: ContactName | None = None
    last_name: ContactName | None = None
    email: Annotated[
        str | None,
        keep(),
        Why("where to answer", kind="contact", purpose="support_contact", agreed="contact_consent"),
    ] = None
    case: Case | None = None
    description: Annotated[
        str | None,
        drop(),
        Why("free text may say anything about anybody", kind="text", purpose="support"),
    ] = None
    contact_consent: Annotated[
        bool,
        drop(),
        Why("decides here what leaves; the proof of it stays", kind="other", purpose="support"),
    ] = False


class RemoteSession(Event):
    """Somebody shared their screen with support.

    Args:
        at: When it started, with a zone.
        consented_at: When the customer agreed to the terms and took note of the privacy notice,
            with a zone; None when they did not.
        terms: The version of the terms.
        notice: The version of the privacy notice.
        display_name: What the customer called themselves in the session.
        case: The number of the case it belongs to.
        product: The product it was about.
        duration: How many seconds it lasted.
        outcome: `solved`, `unsolved`, `on_site` or `cancelled`.
    """

    purpose: ClassVar[str] = "remote_support"
    agreed: ClassVar[Agreed] = Agreed("consented_at", until="at")

    at: Annotated[
        datetime,
        generalize("1d"),
        Why("how many sessions a day brings", kind="time", purpose="remote_support"),
    ]
    consented_at: Annotated[
        datetime | None,
        drop(),
        Why(
            "decides here what leaves; the proof of it stays", kind="time", purpose="remote_support"
        ),
    ] = None
    terms: Annotated[
        str | None,
        keep(),
        Why("which terms were agreed to", kind="version", purpose="remote_support"),
    ] = None
    notice: Annotated[
        str | None,
        keep(),
        Why("which privacy notice was read", kind="version", purpose="remote_support"),
    ] = None
    display_name: Annotated[
        str | None,
        drop(),
        Why("people write their names here, or somebody's", kind="text", purpose="remote_support"),
    ] = None
    case: Case | None = None
    product: Annotated[
        str,
        keep(),
        Why("which products need remote sessions", kind="category", purpose="remote_support"),
    ]
    duration: Annotated[
        int,
        generalize(ceil="15min"),
        Why("what is billed: quarters of an hour begun", kind="measure", purpose="remote_support"),
    ]
    outcome: Annotated[
        str,
        generalize(allow=("solved", "unsolved", "on_site", "cancelled")),
        Why("whether remote sessions help", kind="category", purpose="remote_support"),
    ]


SUPPORT_RECORDS: tuple[type[Event], ...] = (LicenceOrder, SupportCase)
