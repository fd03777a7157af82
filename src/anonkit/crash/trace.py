"""A crash, from an exception or from the text of a trace."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from anonkit.crash.error import kind_of, lines_of, message_of
from anonkit.crash.frames import Frame, Line, Reader, own_frames
from anonkit.crash.headline import Headline, headline, is_newest_last
from anonkit.crash.signature import signature
from anonkit.detect import Scrubber


class Crash(msgspec.Struct, frozen=True):
    """What may be said about a crash.

    Args:
        kind: The type of the error: `ValueError`, `java.lang.NullPointerException`; empty where a
            text names none.
        message: Its message, scrubbed.
        frames: The places in the code, in the order of the trace.
        text: The whole trace, scrubbed, with as many lines as it had.
        signature: 16 hexadecimal digits that equal crashes share, however they are written down.
        location: Where it broke: file and function of the innermost frame.
    """

    kind: str
    message: str
    frames: tuple[Frame, ...]
    text: str
    signature: str
    location: str = ""


# Apple prints all threads; the one that crashed says so.
_CRASHED: Final = re.compile(r"Thread \d{1,4}(?: name:.{0,200})? Crashed\b")


def crash(error: BaseException | str, scrubber: Scrubber | None = None) -> Crash:
    """Return what may be said about an exception, or about the text of a trace.

    Args:
        error: The exception, or the text.
        scrubber: What removes personal data from messages; the default one if none is given.
    """
    clean = scrubber or Scrubber()
    reader = Reader(clean)
    # In this order: asked for any other class, an exception might answer by raising.
    if isinstance(error, BaseException):
        lines = lines_of(error, reader)
        said = Headline(kind_of(error), message_of(error), headline(lines).place)
    else:
        lines = reader.lines(_encodable(error).split("\n"))
        said = headline(lines)
    kind = clean(_encodable(said.kind))
    newest_last = is_newest_last(lines)
    crashed = next((at for at, line in enumerate(lines) if _CRASHED.match(line.rest)), 0)
    located = lines[: said.place][::-1] if newest_last else lines[crashed:]
    return Crash(
        kind,
        clean(_encodable(said.message)),
        tuple(line.frame for line in lines if line.frame is not None),
        clean(_encodable("\n".join(line.text for line in lines))),
        signature(kind, lines[crashed:], newest_last=newest_last),
        _location(located),
    )


def _encodable(text: str) -> str:
    """Return a text without halves of surrogate pairs, which no encoding can write."""
    return text.encode(errors="replace").decode()


def _location(lines: list[Line]) -> str:
    """Return the first place that is not in Python's own library, or the first of all."""
    for line, frame in own_frames(lines)[:1]:
        parts = ("" if line.qualified else frame.path, frame.function)
        return ":".join(part for part in parts if part)
    return ""
