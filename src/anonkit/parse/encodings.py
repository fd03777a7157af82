"""Encodings: what stands before a parser and behind it, because parsers read UTF-8.

    coder = Coder(chosen("auto", sample))
    stream.feed(coder.decode(block))  →  coder.encode(…)

The output has the encoding of the input, and a byte order mark where the first source of it has
one: whoever begins an output writes it (`Encoding.mark`). Bytes that are no character come through
as something that is not UTF-8 either, so that the parser withholds their line; written to a file of
withheld lines, they are again what they were.

Sources: RFC 3629 (UTF-8), RFC 2781 (UTF-16), Unicode 15.0 section 23.8 (byte order marks), and
Microsoft's code page 1252 as Python has it, which leaves five bytes undefined.
"""

from __future__ import annotations

import codecs
from typing import Final, NamedTuple

from anonkit.errors import FormatError

AUTO: Final = "auto"
# A lone surrogate stands for what is no character: UTF-8 has none, so its three bytes are refused.
_LONE: Final = "surrogatepass"
_ODD: Final = b"\xff"  # before the half of a UTF-16 unit at the end of a stream


class Encoding(NamedTuple):
    """How text is written in bytes.

    Args:
        name: What it is called with `--encoding`.
        codec: Python's name for it; empty for UTF-8, which passes as it is.
        mark: Its byte order mark, where the input has it.
    """

    name: str
    codec: str = ""
    mark: bytes = b""

    @property
    def newline(self) -> bytes:
        """What ends a line."""
        return "\n".encode(self.codec or "utf-8")


PLAIN: Final = Encoding("utf-8")
_CODECS: Final = {
    "utf-8": "",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "latin-1": "latin-1",
    "cp1252": "cp1252",
}
NAMES: Final = (AUTO, *_CODECS)
# UTF-32 is here to be refused: its mark begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def chosen(name: str, sample: bytes) -> Encoding:
    """Return the encoding of a stream that begins with a sample of four bytes at least, if it has.

    Args:
        name: One of `NAMES`; `auto` is what the byte order mark says, or UTF-8 without one.
        sample: The beginning of the stream.

    Raises:
        FormatError: The name is none, or the mark contradicts it, or is that of UTF-32.
    """
    if name not in NAMES:
        raise FormatError(f"no encoding is called {name!r}", hint=f"one of: {', '.join(NAMES)}")
    for mark, said in _MARKS:
        if not sample.startswith(mark):
            continue
        if name not in (AUTO, said):
            if name in ("latin-1", "cp1252"):
                break  # the bytes of a mark are letters there
            raise FormatError(f"the byte order mark says {said}, not {name}")
        if said not in _CODECS:
            raise FormatError(f"{said} is not read", hint="iconv -f UTF-32 -t UTF-8 FILE")
        return Encoding(said, _CODECS[said], mark)
    if name == AUTO:
        return PLAIN
    return Encoding(name, _CODECS[name])


class Coder:
    """Turns a stream of one encoding into UTF-8, and what came of it back.

    Args:
        encoding: What `chosen` gave for the stream.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._marked = len(encoding.mark)  # bytes of the mark that are still to come
        codec = encoding.codec
        self._odd = False  # whether the last piece of a withheld line ends before half a unit
        self._withheld = codecs.getincrementaldecoder("utf-8")(_LONE)
        self._decoder = codecs.getincrementaldecoder(codec)(_errors(codec)) if codec else None

    def decode(self, data: bytes, *, end: bool = False) -> bytes:
        """Take a piece of the stream and return it as UTF-8.

        Args:
            data: The next bytes.
            end: Whether the stream ends with them.
        """
        if self._marked:
            skipped = data[: self._marked]
            self._marked -= len(skipped)
            data = data[len(skipped) :]
        if self._decoder is None:
            return data
        out = self._decoder.decode(data).encode(errors=_LONE)
        if end:
            pending = self._decoder.getstate()[0]
            self._decoder.reset()
            # A surrogate that waits for its other half is a whole unit; a single byte is none.
            whole = len(pending) // 2 * 2
            out += pending[:whole].decode(self._encoding.codec, _LONE).encode(errors=_LONE)
            out += _ODD + pending[whole:] if pending[whole:] else b""
        return out

    def encode(self, data: bytes) -> bytes:
        """Return what may leave, whole characters in UTF-8, in the encoding of the stream."""
        codec = self._encoding.codec
        if not codec:
            return data
        # What is no character, and what a stage made that the encoding has not, become `?`.
        return data.decode(errors="replace").encode(codec, "replace")

    def line(self, data: bytes) -> bytes:
        """Return a withheld line, or the next piece of one, as it came."""
        if not self._encoding.codec:
            return data
        if self._odd and data:  # its other half is in this piece
            self._odd = False
            return data
        before, odd, half = data.partition(_ODD)
        self._odd = bool(odd) and not half
        codec = self._encoding.codec
        back = self._withheld.decode(before).encode(codec, _errors(codec))
        return back + (half if odd else b"")


def _errors(codec: str) -> str:
    return _LONE if codec.startswith("utf-16") else "surrogateescape"
