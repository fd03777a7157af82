"""Where batches arrive: a folder with a file for each, kept once however often it comes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from anonkit import pack, seal
from anonkit.errors import PackError, SendError
from anonkit.files import PRIVATE, whole_file
from anonkit.pack import frame
from anonkit.send.transport import BATCH_ID, SUFFIX

MOST: Final = seal.LARGEST + 4096


class Refused(SendError):  # noqa: N818 - an answer, not a fault of ours
    """A batch that an inbox does not take.

    Args:
        problem: Why, in words that quote nothing of it.
        status: The same as an HTTP status.
    """

    def __init__(self, problem: str, status: int) -> None:
        super().__init__(problem)
        self.status = status


class Inbox:
    """A folder of batches, `ID.anon` each, flushed to disk before they are acknowledged.

    Args:
        folder: Where; made when it is not there.
        most: The largest batch, in bytes.

    Raises:
        OSError: The folder cannot be made.
    """

    def __init__(self, folder: Path | str, *, most: int = MOST) -> None:
        self.folder = Path(folder)
        self.most = most
        self.folder.mkdir(parents=True, exist_ok=True)

    def put(self, batch: str, data: bytes) -> bool:
        """Store a batch for good, and return whether it is new.

        Raises:
            Refused: The id is none, the batch is too large, or it is neither an envelope nor a
                sound pack.
            OSError: The folder cannot be written, or the disk is full.
        """
        if not BATCH_ID.fullmatch(batch):
            raise Refused("a batch's id is 32 hexadecimal digits", 400)
        if len(data) > self.most:
            raise Refused(f"a batch has at most {self.most} bytes", 413)
        place = self.folder / f"{batch}{SUFFIX}"
        if place.is_file():  # the first copy stays: its sender may have been told so
            return False
        _check(data)
        try:
            with whole_file(place, mode=PRIVATE, new=True) as file:
                file.write(data)
        except FileExistsError:
            if not place.is_file():
                raise
            return False  # another copy came at the same moment
        return True


def _check(data: bytes) -> None:
    """Refuse what is neither an envelope, which only its key opens, nor a sound pack."""
    if data.startswith(seal.MAGIC):
        return
    if not data.startswith(frame.MAGIC):
        raise Refused("neither an envelope nor a pack", 415)
    sound = True
    try:
        pack.unpack(data)
    except PackError as failure:
        # Without a schema inside, it is for whoever has the schema to judge.
        sound = failure.place == "schema"
    if not sound:
        raise Refused("a damaged pack", 422)
