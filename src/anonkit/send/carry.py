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
_FORMATS: Final = {BATCHES: "anonkit-batches", ACKNOWLEDGED: "anonkit-acknowledged"}
# 100,000 batches; what is larger is no list of ours.
MOST: Final = 16 << 20


class _List(msgspec.Struct):
    """Batches by id, each with its SHA-256 in hexadecimal digits.

    And by id a mark, by which the outbox that wrote a batch, and nobody else, knows its own.
    """

    format: str
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
    answer = _read(stick, ACKNOWLEDGED)
    settled = batches = records = 0
    if answer is not None:
        settled = spool.settle_alike(answer.batches)
        for batch in answer.batches:
            (stick / f"{batch}{SUFFIX}").unlink(missing_ok=True)
        _write(stick / ACKNOWLEDGED, _without_own(spool, answer))
    listed = _of_others(spool, stick)
    folder = Folder(stick)
    for claimed in spool.hand_out():
        folder.deliver(claimed.id, claimed.data)
        listed.batches[claimed.id] = _digest(claimed.data)
        listed.marks[claimed.id] = spool.mark(claimed.id)
        batches += 1
        records += claimed.records
    _write(stick / BATCHES, listed)
    return Carried(settled, batches, records)


def _of_others(spool: Spool, stick: Path) -> _List:
    """Return what other outboxes have on the stick, and remove what this one has there."""
    listed, others = _sound(stick, BATCHES), _empty(BATCHES)
    for batch, mark in listed.marks.items():
        file = stick / f"{batch}{SUFFIX}"
        if mark == spool.mark(batch):
            file.unlink(missing_ok=True)
        elif batch in listed.batches and file.exists():
            others.batches[batch] = listed.batches[batch]
            others.marks[batch] = mark
    return others


def _without_own(spool: Spool, answer: _List) -> _List:
    """Return what an acknowledgement says to others."""
    kept = {b: mark for b, mark in answer.marks.items() if mark != spool.mark(b)}
    batches = {b: digest for b, digest in answer.batches.items() if b in kept}
    return msgspec.structs.replace(answer, batches=batches, marks=kept)


def take_in(stick: Path, inbox: Inbox) -> Taken:
    """Store the batches of a stick, and leave an acknowledgement of them on it.

    Raises:
        SendError: There is no list of batches on the stick, or a damaged one.
        OSError: The stick or the inbox cannot be read or written.
    """
    listed = _read(stick, BATCHES)
    if listed is None:
        raise SendError(f"{stick}: no {BATCHES}", hint="`anonkit outbox export` writes it")
    acknowledged = _sound(stick, ACKNOWLEDGED)
    came, problems = [], []
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
            came.append(inbox.put(batch, data))
        except Refused as refusal:
            problems.append(f"{batch}{SUFFIX}: {refusal.problem}")
            continue
        acknowledged.batches[batch] = digest
    arrived = acknowledged.batches
    acknowledged.marks.update({b: mark for b, mark in listed.marks.items() if b in arrived})
    _write(stick / ACKNOWLEDGED, acknowledged)
    return Taken(sum(came), came.count(False), tuple(problems))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _bytes(path: Path, most: int) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for without end
        raise OSError(errno.EINVAL, "is no file", str(path))
    with path.open("rb") as file:
        return file.read(most + 1)


def _empty(name: str) -> _List:
    return _List(_FORMATS[name], 1, {})


def _sound(stick: Path, name: str) -> _List:
    """Return a list of a stick; a damaged one is made anew, of what is there still."""
    try:
        return _read(stick, name) or _empty(name)
    except SendError:
        return _empty(name)


def _read(stick: Path, name: str) -> _List | None:
    """Return a list of batches, or None when there is none."""
    try:
        data = _bytes(stick / name, MOST)
    except FileNotFoundError:
        return None
    try:
        found = msgspec.json.decode(data, type=_List)
    except (msgspec.MsgspecError, ValueError):
        found = _List("", 1, {})
    ids = (*found.batches, *found.marks)
    if found.format != _FORMATS[name] or not all(map(BATCH_ID.fullmatch, ids)):
        raise SendError(f"{stick / name}: not a list of batches, or a damaged one")
    return found


def _write(path: Path, content: _List) -> None:
    put(path, msgspec.json.format(msgspec.json.encode(content)) + b"\n")
