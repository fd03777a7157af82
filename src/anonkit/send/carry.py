"""Batches on a stick, for sites without a network, and the acknowledgement on its way back.

    at the site      carry_out(spool, stick)   ID.anon …, batches.json
    at the vendor    take_in(stick, inbox)     acknowledged.json
    at the site      carry_out(spool, stick)   what is acknowledged goes, and the next comes along

Both files name batches with their SHA-256. A batch stays in the outbox until its acknowledgement
comes back with the bytes' own digest: a stick that is lost or damaged loses nothing. One stick may
go from site to site: each leaves alone what others put there, and takes away what it put there
itself and wants to send no more. An acknowledgement stays on the stick until its site has read it,
whoever else has the stick in between.
"""

from __future__ import annotations

import errno
import hashlib
import stat
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

from anonkit.errors import SendError
from anonkit.send.inbox import Refused
from anonkit.send.transport import BATCH_ID, SUFFIX, Folder, put

if TYPE_CHECKING:
    from pathlib import Path

    from anonkit.send.inbox import Inbox
    from anonkit.send.spool import Spool

BATCHES: Final = "batches.json"
ACKNOWLEDGED: Final = "acknowledged.json"
# 100,000 batches; what is larger is no list of ours.
MOST: Final = 16 << 20


class _List(msgspec.Struct):
    """Batches by id, each with its SHA-256 in hexadecimal digits.

    And by id a mark, by which the outbox that wrote a batch, and nobody else, knows its own.
    """

    format: Literal["anonkit-batches", "anonkit-acknowledged"]
    version: Literal[1]
    batches: dict[str, str]
    marks: dict[str, str] = {}


class Carried(NamedTuple):
    """What came of carrying out.

    Args:
        acknowledged: How many batches the stick acknowledged.
        batches: How many of this outbox are on it now.
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
    answer = _read(stick / ACKNOWLEDGED, "anonkit-acknowledged")
    settled = 0
    if answer is not None:
        settled = spool.settle_alike(answer.batches)
        for batch in answer.batches:
            (stick / f"{batch}{SUFFIX}").unlink(missing_ok=True)
        _write(stick / ACKNOWLEDGED, _without_own(spool, answer))
    others = _of_others(spool, stick)
    written: dict[str, str] = {}
    records = 0
    folder = Folder(stick)
    for claimed in spool.hand_out():
        folder.deliver(claimed.id, claimed.data)
        written[claimed.id] = _digest(claimed.data)
        records += claimed.records
    marks = others.marks | {batch: spool.mark(batch) for batch in written}
    _write(stick / BATCHES, _List("anonkit-batches", 1, others.batches | written, marks))
    return Carried(settled, len(written), records)


def _of_others(spool: Spool, stick: Path) -> _List:
    """Return what other outboxes have on the stick, and remove what this one has there."""
    others = _List("anonkit-batches", 1, {}, {})
    try:
        listed = _read(stick / BATCHES, "anonkit-batches") or others
    except SendError:  # damaged: each site puts its own there again
        return others
    for batch, digest in listed.batches.items():
        file = stick / f"{batch}{SUFFIX}"
        if listed.marks.get(batch) == spool.mark(batch):
            file.unlink(missing_ok=True)
        elif batch in listed.marks and file.exists():
            others.batches[batch] = digest
            others.marks[batch] = listed.marks[batch]
    return others


def _without_own(spool: Spool, answer: _List) -> _List:
    """Return what an acknowledgement says to others."""
    kept = {b: mark for b, mark in answer.marks.items() if mark != spool.mark(b)}
    batches = {b: digest for b, digest in answer.batches.items() if b in kept}
    return _List("anonkit-acknowledged", 1, batches, kept)


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
    earlier = _acknowledged_earlier(stick)
    new, problems = 0, []
    for batch, digest in listed.batches.items():
        try:
            data = _bytes(stick / f"{batch}{SUFFIX}", inbox.most)
        except OSError as failure:  # a stick wears out sector by sector: the others come in
            problems.append(f"{batch}{SUFFIX}: {(failure.strerror or '').lower()}")
            continue
        if _digest(data) != digest:
            problems.append(f"{batch}{SUFFIX}: damaged on the way")
            continue
        try:
            new += inbox.put(batch, data)
        except Refused as refusal:
            problems.append(f"{batch}{SUFFIX}: {refusal.problem}")
        else:
            acknowledged[batch] = digest
    marks = {b: mark for b, mark in listed.marks.items() if b in acknowledged}
    earlier = _List(
        "anonkit-acknowledged", 1, earlier.batches | acknowledged, earlier.marks | marks
    )
    _write(stick / ACKNOWLEDGED, earlier)
    return Taken(new, len(acknowledged) - new, tuple(problems))


def _acknowledged_earlier(stick: Path) -> _List:
    """Return what was acknowledged on a stick to sites that it has not come back to yet."""
    none = _List("anonkit-acknowledged", 1, {}, {})
    try:
        return _read(stick / ACKNOWLEDGED, "anonkit-acknowledged") or none
    except SendError:  # damaged: what is there still is acknowledged now
        return none


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _bytes(path: Path, most: int) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for without end
        raise OSError(errno.EINVAL, "is no file", str(path))
    with path.open("rb") as file:
        return file.read(most + 1)


def _read(path: Path, form: str) -> _List | None:
    """Return a list of batches, or None when there is none."""
    try:
        data = _bytes(path, MOST)
    except FileNotFoundError:
        return None
    try:
        found = msgspec.json.decode(data, type=_List)
    except (msgspec.MsgspecError, ValueError):
        found = None
    if found is None or found.format != form or not all(map(BATCH_ID.fullmatch, found.batches)):
        raise SendError(f"{path}: not a list of batches, or a damaged one")
    return found


def _write(path: Path, content: _List) -> None:
    put(path, msgspec.json.format(msgspec.json.encode(content)) + b"\n")
