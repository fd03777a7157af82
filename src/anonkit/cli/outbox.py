"""anonkit outbox: list, show, purge, send, export, import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from anonkit.cli import words
from anonkit.cli.arguments import add_actions, add_verb
from anonkit.cli.endpoints import blocks_of, writing
from anonkit.cli.key_pairs import site_key
from anonkit.cli.passphrase import add_passphrase_file, confirmed, terminal
from anonkit.errors import AnonkitError

if TYPE_CHECKING:
    import argparse

    from anonkit.send import Spool, Transport

# Exit status: a batch did not arrive.
UNDELIVERED = 3


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    actions = add_actions(verbs, "outbox", words.OUTBOX)
    listing = add_verb(actions, "list", words.OUTBOX_LIST, list_waiting)
    show = add_verb(actions, "show", words.OUTBOX_SHOW, show_records)

    purge = add_verb(actions, "purge", words.OUTBOX_PURGE, delete)
    purge.add_argument(
        "--purpose", metavar="PURPOSE", help="delete only what is collected for this"
    )
    purge.add_argument("--yes", action="store_true", help="do not ask")

    send = add_verb(actions, "send", words.OUTBOX_SEND, deliver)
    send.add_argument("--all", action="store_true", help="send all that waits, due or not")
    send.add_argument(
        "--proxy", metavar="URL", help="go through this proxy; default: as the environment says"
    )
    send.add_argument(
        "--authorities",
        type=Path,
        metavar="FILE",
        help="trust the certificates in FILE (PEM); default: those of the system",
    )
    send.add_argument(
        "--token-file", type=Path, metavar="FILE", help="send along the bearer token in FILE"
    )

    export = add_verb(actions, "export", words.OUTBOX_EXPORT, carry)
    take = add_verb(actions, "import", words.OUTBOX_IMPORT, store)
    take.add_argument("stick", type=Path, metavar="STICK", help="a folder")
    take.add_argument("folder", type=Path, metavar="FOLDER", help="where batches are stored")

    for action in (listing, show, purge, send, export):
        action.add_argument("file", type=Path, metavar="OUTBOX", help="the file of the outbox")
    show.add_argument("batch", nargs="?", metavar="BATCH", help="its id; default: all that waits")
    show.add_argument(
        "--bytes", action="store_true", help="write the bytes of BATCH as they are sent"
    )
    send.add_argument("to", metavar="TO", help="https://…, or a folder")
    export.add_argument("stick", type=Path, metavar="STICK", help="a folder")
    for action in (send, export):
        action.add_argument(
            "--sign",
            type=Path,
            metavar="FILE",
            help="sign with this site's key, if the outbox signs",
        )
        add_passphrase_file(action)


def list_waiting(options: argparse.Namespace) -> int:
    """List what waits."""
    with _spool(options) as spool:
        waiting, counts, damaged = spool.waiting(), spool.counts(), spool.damaged
    if waiting:
        print(f"{'batch':32}  {'purpose':12}  records    bytes  {'since (UTC)':16}  tried")
    for item in waiting:
        print(
            f"{item.batch or '-':32}  {item.purpose:12}  {item.records:>7}  {item.bytes:>7}  "
            f"{item.since:%Y-%m-%d %H:%M}  {item.attempts}{'  ' if item.problem else ''}"
            f"{item.problem or ''}"
        )
    if not waiting:
        words.say(words.NOTHING_WAITS)
    if became := words.became(counts):
        words.say(became)
    for file in damaged:
        words.say(words.put_aside(file.name))
    return 0


def show_records(options: argparse.Namespace) -> int:
    """Write what waits: records as JSON lines, or the bytes of a batch."""
    if options.bytes and options.batch is None:
        raise AnonkitError("--bytes is of one batch", hint="`anonkit outbox list` names them")
    with _spool(options) as spool, writing(None, text=not options.bytes) as write:
        if options.bytes:
            write(spool.data(options.batch))
            return 0
        lines = (msgspec.json.encode(record) + b"\n" for record in spool.records(options.batch))
        for block in blocks_of(lines):
            write(block)
    return 0


def delete(options: argparse.Namespace) -> int:
    """Delete what waits."""
    with _spool(options) as spool:
        if not options.yes:
            if not terminal():
                raise AnonkitError("what is deleted is gone for good", hint="say --yes")
            if not confirmed(f"delete what waits in {options.file} for good?"):
                words.say(words.NOTHING_DELETED)
                return 0
        gone = spool.purge(options.purpose)
    words.say(f"{options.file}: {words.purged(gone)}")
    return 0


def deliver(options: argparse.Namespace) -> int:
    """Send what is due."""
    transport = _transport(options)
    with _spool(options) as spool:
        sent = spool.send(transport, everything=options.all)
    words.say(f"{options.file}: {words.batches('sent', sent.batches, sent.records)}")
    for problem in sent.problems:
        words.error(problem)
    return UNDELIVERED if sent.problems else 0


def carry(options: argparse.Namespace) -> int:
    """Write what waits on a stick."""
    from anonkit.send import carry_out

    with _spool(options) as spool:
        carried = carry_out(spool, options.stick)
    if carried.acknowledged:
        words.say(f"{options.stick}: {words.acknowledged(carried.acknowledged)}")
    words.say(f"{options.stick}: {words.batches('wrote', carried.batches, carried.records)}")
    return 0


def store(options: argparse.Namespace) -> int:
    """Store what a stick brings."""
    from anonkit.send import Inbox, take_in

    taken = take_in(options.stick, Inbox(options.folder))
    words.say(f"{options.stick}: {words.taken(taken.new, taken.known)}")
    for problem in taken.problems:
        words.error(problem)
    return UNDELIVERED if taken.problems else 0


def _spool(options: argparse.Namespace) -> Spool:
    from anonkit.send import Spool

    sign: Path | None = getattr(options, "sign", None)
    if sign is None:
        return Spool(options.file)
    return Spool(options.file, sign=site_key(sign, options.passphrase_file))


def _transport(options: argparse.Namespace) -> Transport:
    from anonkit.send import Folder, Https

    if not options.to.startswith(("https:", "http:")):
        return Folder(Path(options.to))
    headers = {}
    if options.token_file is not None:
        token = options.token_file.read_text(encoding="ascii", errors="replace").strip()
        headers["Authorization"] = f"Bearer {token}"
    return Https(options.to, headers=headers, proxy=options.proxy, authorities=options.authorities)
