"""Batches on a stick, for sites without a network, and the acknowledgement on its way back.

    at the site      carry_out(spool, stick)   ID.anon …, batches.json
    at the vendor    take_in(stick, inbox)     acknowledged.json
    at the site      carry_out(spool, stick)   what is acknowledged goes, and the next comes along

Both files name batches with their SHA-256. A batch stays in the outbox until its acknowledgement
comes back with the bytes' own digest: a stick that is lost or damaged loses nothing.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

from anonkit.errors import SendError
from anonkit.files import whole_file
from anonkit.send.inbox import Refused
from anonkit.send.transport import SUFFIX, Folder

if TYPE_CHECKING:
    from pathlib import Path

    from anonkit.send.inbox import Inbox
    from anonkit.send.spool import Spool

BATCHES: Final = "batches.json"
ACKNOWLEDGED: Final = "acknowledged.json"
# 100,000 batches; what is larger is no list of ours.
MOST: Final = 16 << 20
_ID = re.compile(r"[0-9a-f]{32}")


class _List(msgspec.Struct):
    """Batches by id, each with its SHA-256 in hexadecimal digits."""

    format: Literal["anonkit-batches", "anonkit-acknowledged"]
    version: Literal[1]
    batches: dict[str, str]


class Carried(NamedTuple):
    """What came of carrying out.

    Args:
        acknowledged: How many batches the stick acknowledged.
        batches: How many are on it now.
        records: How many records are in them.
    """

    acknowledged: int
    batches: int
    records: int


class Taken(NamedTuple):
    """What came of taking in.

    Args:
        new: How many batches came for the first time.
        known: How many were there already.
        problems: What is wrong with others, one line each.
    """

    new: int
    known: int
    problems: tuple[str, ...]


def carry_out(spool: Spool, stick: Path) -> Carried:
    """Delete what the stick acknowledges, and write all that waits on it.

    Raises:
        SendError: The outbox cannot be used, or a list on the stick is damaged.
        Undelivered: The stick cannot be written.
        OSError: The stick cannot be read or written.
    """
    acknowledged = _read(stick / ACKNOWLEDGED, "anonkit-acknowledged") or {}
    settled = spool.settle_alike(acknowledged)
    for batch in acknowledged:
        (stick / f"{batch}{SUFFIX}").unlink(missing_ok=True)
    written: dict[str, str] = {}
    records = 0
    folder = Folder(stick)
    for claimed in spool.hand_out():
        folder.deliver(claimed.id, claimed.data)
        written[claimed.id] = _digest(claimed.data)
        records += claimed.records
    _write(stick / BATCHES, _List("anonkit-batches", 1, written))
    return Carried(settled, len(written), records)


def take_in(stick: Path, inbox: Inbox) -> Taken:
    """Store the batches of a stick, and leave an acknowledgement of them on it.

    Raises:
        SendError: There is no list of batches on the stick, or a damaged one.
        OSError: The stick or the inbox cannot be read or written.
    """
    listed = _read(stick / BATCHES, "anonkit-batches")
    if listed is None:
        raise SendError(f"{stick}: no {BATCHES}", hint="`anonkit outbox export` writes it")
    acknowledged: dict[str, str] = {}
    new, problems = 0, []
    for batch, digest in listed.items():
        file = stick / f"{batch}{SUFFIX}"
        try:
            data = _bytes(file, inbox.most)
            if _digest(data) != digest:
                problems.append(f"{file.name}: damaged on the way")
                continue
            new += inbox.put(batch, data)
        except FileNotFoundError:
            problems.append(f"{file.name}: not on the stick")
        except Refused as refusal:
            problems.append(f"{file.name}: {refusal.problem}")
        else:
            acknowledged[batch] = digest
    _write(stick / ACKNOWLEDGED, _List("anonkit-acknowledged", 1, acknowledged))
    return Taken(new, len(acknowledged) - new, tuple(problems))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _bytes(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most + 1)


def _read(path: Path, form: str) -> dict[str, str] | None:
    """Return a list of batches, or None when there is none."""
    try:
        data = _bytes(path, MOST)
    except FileNotFoundError:
        return None
    try:
        found = msgspec.json.decode(data, type=_List)
    except (msgspec.MsgspecError, ValueError):
        found = None
    # An id becomes the name of a file: what is none could be a path out of the stick.
    if found is None or found.format != form or not all(map(_ID.fullmatch, found.batches)):
        raise SendError(f"{path}: not a list of batches, or a damaged one")
    return found.batches


def _write(path: Path, content: _List) -> None:
    with whole_file(path) as file:
        file.write(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
