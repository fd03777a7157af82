"""send: consent, an outbox that loses nothing, and the ways to the receiver (docs/send.md).

Nothing here is imported by the rest of anonkit, and only `https` opens a connection.
"""

from anonkit.send.carry import carry_out, take_in
from anonkit.send.consent import Consent
from anonkit.send.https import Https
from anonkit.send.inbox import Inbox
from anonkit.send.ledger import proven
from anonkit.send.outbox import Outbox
from anonkit.send.schedule import Backoff, Schedule
from anonkit.send.spool import Sent, Spool, Waiting
from anonkit.send.transport import Folder, Transport

__all__ = [
    "Backoff",
    "Consent",
    "Folder",
    "Https",
    "Inbox",
    "Outbox",
    "Schedule",
    "Sent",
    "Spool",
    "Transport",
    "Waiting",
    "carry_out",
    "proven",
    "take_in",
]
