"""An application records events; its outbox sends them; the vendor opens and counts.

Once over HTTP to a receiver on this machine, once through a folder: the vendor reads the same.
Needs `pip install 'anonkit[http]' uvicorn`.
"""

import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import uvicorn

from anonkit import Event, Keyring, Pipeline
from anonkit.pack import unpack
from anonkit.pack.export import ndjson
from anonkit.seal import Site, SiteKey, VendorKey, unseal
from anonkit.send import Consent, Folder, Https, Inbox, Outbox
from anonkit.send.receiver import Receiver
from anonkit.stages import generalize, keep, pseudonymize


class Login(Event):
    """A user logged in."""

    at: Annotated[datetime, generalize("1h")]
    user: Annotated[str, pseudonymize("user")]
    version: Annotated[str, keep()]


USERS = ("ada.lovelace", "alan.turing", "grace.hopper", "ada.lovelace", "ada.lovelace")


def application(folder: Path, vendor: VendorKey, site: SiteKey) -> Outbox:
    """Record a day of logins, at a site where usage was agreed to."""
    consent = Consent(folder / "consent.db")
    consent.grant("usage", role="works-council", notice="2026-05", language="de")
    keys = Keyring.generate()
    outbox = Outbox(
        folder / "outbox.db",
        Pipeline(Login, keys=keys),
        consent=consent,
        recipient=vendor.recipient,
        sign=site,
    )
    for hour, user in enumerate(USERS):
        at = datetime(2026, 5, 11, 8 + hour, 2, 44, tzinfo=UTC)
        outbox.record(Login(at=at, user=user, version="4.2"))
    return outbox


@contextmanager
def receiver(inbox: Inbox) -> Iterator[str]:
    """Run the reference receiver on this machine."""
    server = uvicorn.Server(
        uvicorn.Config(Receiver(inbox), host="127.0.0.1", port=0, log_level="error")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/batches"
    finally:
        server.should_exit = True
        thread.join()


def vendor_side(inbox: Path, vendor: VendorKey, site: Site) -> None:
    """Open all batches, show the records, and count distinct users in each period."""
    users: dict[str | None, set[str]] = defaultdict(set)
    for file in sorted(inbox.glob("*.anon")):
        pack = unpack(unseal(file.read_bytes(), [vendor], sites=[site]).pack)
        print(b"".join(ndjson([pack])).decode(), end="")
        users[pack.header.period] |= {record["user"] for record in pack.records}
    for tokens in users.values():
        print(f"{len(tokens)} users in one period")


def main() -> None:
    """Send the same way twice: to an address, and into a folder."""
    vendor, site = VendorKey.generate(), SiteKey.generate()
    with tempfile.TemporaryDirectory() as temporary:
        first, second = Path(temporary, "first"), Path(temporary, "second")
        for folder in (first, second, second / "inbox"):
            folder.mkdir()

        outbox = application(first, vendor, site)
        with outbox, receiver(Inbox(first / "inbox")) as url:
            sent = outbox.send(Https(url), everything=True)
        print(f"posted {sent.batches} batch with {sent.records} records")
        vendor_side(first / "inbox", vendor, site.site)

        with application(second, vendor, site) as outbox:
            sent = outbox.send(Folder(second / "inbox"), everything=True)
        print(f"put {sent.batches} batch with {sent.records} records into a folder")
        vendor_side(second / "inbox", vendor, site.site)


if __name__ == "__main__":
    main()
