"""Writers and senders that are killed at random moments, again and again: run by test_faults.

    python faults.py FOLDER ROUNDS SEED URL

It forks them, so that a round costs milliseconds. A writer notes a record in a file of its own once
`record` has returned for it: what is noted must arrive, once.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Annotated

from anonkit import Event, Keyring, Pipeline
from anonkit.errors import SendError
from anonkit.send import Backoff, Consent, Folder, Https, Outbox, Schedule, Spool, Transport
from anonkit.stages import keep

WRITERS, SENDERS = 2, 2


class Counted(Event):
    id: Annotated[str, keep()]


def outbox(folder: Path) -> Outbox:
    return Outbox(
        folder / "outbox.db",
        Pipeline(Counted, keys=Keyring.generate()),
        consent=Consent(folder / "consent.db"),
        schedule=Schedule(records=20),
    )


def write(folder: Path, name: str) -> None:
    """Record events, and note each once it is safe."""
    with (folder / "noted" / name).open("ab", buffering=0) as noted:
        box = outbox(folder)
        number = 0
        while True:
            ids = [f"{name}-{number + i}" for i in range(random.choice((1, 1, 1, 7)))]
            number += len(ids)
            if box.record_all([Counted(id=i) for i in ids]) == len(ids):
                noted.write("".join(f"{i}\n" for i in ids).encode())


def send(folder: Path, transport: Transport) -> None:
    """Send all that waits, all the time."""
    spool = Spool(folder / "outbox.db", backoff=Backoff())
    while True:
        spool.send(transport, everything=True)
        time.sleep(0.002)


def main(folder: Path, rounds: int, seed: int, url: str) -> None:
    random.seed(seed)
    for name in ("noted", "problems"):
        (folder / name).mkdir(exist_ok=True)
    with outbox(folder):  # there from the beginning, for senders
        pass
    transport = Https(url, seconds=0.2) if url.startswith("http") else Folder(url)
    for number in range(rounds):
        children = [
            fork(folder, f"{number}-{which}", transport if which >= WRITERS else None)
            for which in range(WRITERS + SENDERS)
        ]
        random.shuffle(children)
        for child in children:
            time.sleep(random.expovariate(20))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def fork(folder: Path, name: str, transport: Transport | None) -> int:
    child = os.fork()
    if child:
        return child
    random.seed(name)
    try:
        if transport is None:
            write(folder, name)
        else:
            send(folder, transport)
    except BaseException as failure:  # noqa: BLE001 - whatever it is, the test must see it
        import traceback

        (folder / "problems" / name).write_text("".join(traceback.format_exception(failure)))
    finally:
        os._exit(1)
    raise SendError  # not reached


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
