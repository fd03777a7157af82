"""Compression: gzip, bzip2, xz and zstd, told by their first bytes and not by a name.

Reading takes one member after the other, as the tools do, and a little of each at a time, so that a
small file that unpacks to a large one needs no memory. Writing gives equal bytes for equal bytes:
no time and no name stand in a header, and how the data arrives makes no difference.
"""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, get_args

from anonkit.errors import StreamError
from anonkit.streams.outputs import Writer

if sys.version_info >= (3, 14):  # pragma: no cover - one of the two, by version
    from compression import zstd
else:  # pragma: no cover - one of the two, by version
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


Kind = Literal["gzip", "bzip2", "xz", "zstd"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SUFFIXES: dict[str, Kind] = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}
SUFFIX_OF = {kind: suffix for suffix, kind in SUFFIXES.items()}

# gzip: RFC 1952, section 2.3.1 (method 8 is the only one). bzip2: the block size, then digits of pi
# or, in an empty file, of its root. xz: file format 1.2, section 2.1.1.1. zstd: RFC 8878,
# sections 3.1.1 and 3.1.2 (a frame to skip).
_MAGIC: tuple[tuple[Kind, bytes], ...] = (
    ("gzip", b"\x1f\x8b\x08"),
    *(("bzip2", b"BZh%d1AY&SY" % size) for size in range(1, 10)),
    *(("bzip2", b"BZh%d\x17\x72\x45\x38\x50\x90" % size) for size in range(1, 10)),
    ("xz", b"\xfd7zXZ\x00"),
    ("zstd", b"\x28\xb5\x2f\xfd"),
    *(("zstd", bytes((0x50 + number,)) + b"\x2a\x4d\x18") for number in range(16)),
)
PIECE = 64 << 10  # of packed bytes read, and of plain bytes packed, at a time
_GZIP = 16 + zlib.MAX_WBITS  # zlib: with a header and trailer of gzip
# 17 MB to write, 3 MB to read; the tool's own 6 takes 94 MB to write.
_XZ_PRESET = 2
# What reading may take: `xz -9` asks for 64 MiB.
_XZ_MEMORY = 256 << 20


def kind_of(head: bytes) -> Kind | None:
    """Return how a stream that begins so is compressed, or None."""
    return next((kind for kind, magic in _MAGIC if head.startswith(magic)), None)


def undecided(head: bytes) -> bool:
    """Return whether more bytes are needed to tell."""
    return any(len(head) < len(magic) and magic.startswith(head) for _, magic in _MAGIC)


def kind_by_name(path: Path) -> Kind | None:
    """Return what the end of a name asks for, or None."""
    return SUFFIXES.get(path.suffix.lower())


class _Decoder(Protocol):
    eof: bool
    needs_input: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gunzip:
    """One gzip member, with the manners of the other decoders."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(_GZIP)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        # A full output may have more behind it, even when all input is taken.
        self.needs_input = not self._inner.unconsumed_tail and len(out) < max_length
        return out


_DECODERS: dict[Kind, Callable[[], Any]] = {
    "gzip": _Gunzip,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
    "zstd": zstd.ZstdDecompressor,
}
# What zstd and xz say of a file that asks for more: "too much memory", "memory usage limit".
_GREEDY = "memory"
_UNPACKED_BY = {
    kind: f"let {kind} do it: {how} FILE | anonkit run"
    for kind, how in {"zstd": "zstd -dc --long=31", "xz": "xz -dc"}.items()
}
_FAULTS = (zlib.error, lzma.LZMAError, zstd.ZstdError, OSError, EOFError, ValueError)


class Unpacked:
    """Compressed bytes as what they were.

    Args:
        source: Where packed bytes come from, without a buffer.
        kind: How they are packed.
        name: What the source is called in messages.
    """

    def __init__(self, source: BinaryIO, kind: Kind, name: str) -> None:
        self._source = source
        self._kind = kind
        self._name = name
        self._decoder: _Decoder | None = None
        self._taken = 0  # packed bytes
        self._waiting = b""  # packed bytes that no decoder has yet

    def read(self, size: int) -> bytes:
        """Return at most so many bytes, and none at the end.

        Raises:
            StreamError: The packed bytes are damaged, or end before they are whole.
            OSError: The source cannot be read.
        """
        while True:
            if self._decoder is None and not self._next_member():
                return b""
            decoder = self._decoder
            data = b""
            if decoder is not None and decoder.needs_input and not decoder.eof:
                data = self._waiting or self._packed()
                self._waiting = b""
                if not data:
                    raise self._broken(f"cut off: its {self._kind} data ends at")
            out = self._decode(data, size)
            if out:
                return out

    def _decode(self, data: bytes, size: int) -> bytes:
        decoder = self._decoder
        assert decoder is not None  # noqa: S101 - for type checkers; `read` made one
        greedy = False
        try:
            out = decoder.decompress(data, size)
        except _FAULTS as failure:
            out, greedy = None, _GREEDY in str(failure).lower()
        if greedy and self._kind in _UNPACKED_BY:
            raise StreamError(
                f"{self._name}: to unpack it takes more memory than it is given",
                hint=_UNPACKED_BY[self._kind],
            )
        if out is None:  # out of `except`: what a library says of it is not passed on
            raise self._broken(f"damaged: no sound {self._kind} data before")
        if decoder.eof:
            self._waiting = decoder.unused_data
            self._decoder = None
        return out

    def _broken(self, how: str) -> StreamError:
        return StreamError(
            f"{self._name}: {how} byte {self._taken:,}",
            hint=f"copy it again, or take what is whole: {self._kind} -dc FILE | anonkit run",
        )

    def _next_member(self) -> bool:
        """Begin the next member; return whether there is one."""
        # Tapes and block devices fill up with zeros: gzip and xz both pass over them.
        padded = self._kind in ("gzip", "xz")
        while True:
            if padded:
                self._waiting = self._waiting.lstrip(b"\0")
            if self._waiting:
                self._decoder = _DECODERS[self._kind]()
                return True
            self._waiting = self._packed()
            if not self._waiting:
                return False

    def _packed(self) -> bytes:
        data = self._source.read(PIECE)
        self._taken += len(data)
        return data


class _Flat(Protocol):
    def compress(self, data: bytes) -> bytes: ...

    def flush(self) -> bytes: ...


_ENCODERS: dict[Kind, Callable[[], _Flat]] = {
    "gzip": lambda: zlib.compressobj(6, zlib.DEFLATED, _GZIP),
    "bzip2": bz2.BZ2Compressor,
    "xz": lambda: lzma.LZMACompressor(lzma.FORMAT_XZ, preset=_XZ_PRESET),
    "zstd": lambda: zstd.ZstdCompressor(options={zstd.CompressionParameter.checksum_flag: 1}),
}


class Packed(Writer):
    """Packs what is written to it, and hands it on.

    Args:
        below: Where packed bytes go.
        kind: How to pack.
        begun: Whether members stand there already.
    """

    def __init__(self, below: Writer, kind: Kind, *, begun: bool = False) -> None:
        self._below = below
        self._kind = kind
        self._encoder = _ENCODERS[kind]()
        self._begun = False  # a member
        self._ended = begun  # at least one
        self._held = bytearray()

    def write(self, data: bytes) -> None:
        """Take plain bytes."""
        self._begun = self._begun or bool(data)
        self._held += data
        # In equal pieces, whatever pieces come: what a packer makes of them may depend on it.
        whole = len(self._held) // PIECE * PIECE
        for start in range(0, whole, PIECE):
            self._hand_on(self._encoder.compress(bytes(self._held[start : start + PIECE])))
        del self._held[:whole]

    def flush(self) -> None:
        """Let a reader have all that was written, by ending a member."""
        self.end_member()
        self._below.flush()

    def end_member(self) -> None:
        """End a member, if one is begun; the next byte begins another."""
        if self._begun:
            self._end()

    def _end(self) -> None:
        self._hand_on(self._encoder.compress(bytes(self._held)))
        self._hand_on(self._encoder.flush())
        self._held.clear()
        self._begun, self._ended = False, True
        self._encoder = _ENCODERS[self._kind]()

    def reopen(self) -> None:
        """End a member, and let the output be opened anew."""
        self.end_member()
        self._below.reopen()

    def end(self) -> None:
        """Write what is held back. Nothing at all becomes an empty member, not an empty file."""
        if self._begun or not self._ended:
            self._end()
        self._below.end()

    def _hand_on(self, packed: bytes) -> None:
        if packed:
            self._below.write(packed)
