"""zstd as packs use it: bounded when it reads, ready when it writes, with trained dictionaries."""

from __future__ import annotations

import sys
import threading
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from anonkit.errors import PackError

if TYPE_CHECKING:
    from collections.abc import Iterable

if sys.version_info >= (3, 14):  # pragma: no cover - one of the two, by version
    from compression import zstd
else:  # pragma: no cover - one of the two, by version
    from backports import zstd

# 8 MiB: what zstd asks every decoder to have (RFC 8878, section 3.1.1.1.2).
WINDOW_LOG = 23
_DECOMPRESSION: dict[int, int] = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG}
# Level 19 saves 4 % for three times the time (facts: 100,000 events in batches of 1,000).
LEVEL = 3
# To make a compressor costs a third of what it does to a body of some kilobytes. Larger ones would
# make it keep more memory.
_SMALL = 1 << 18


@cache
def prepared(content: bytes) -> Any:
    """Return a trained dictionary that is ready for use; preparing one costs milliseconds."""
    try:
        return zstd.ZstdDict(content)
    except ValueError:
        pass
    raise PackError("dictionary", "not a trained dictionary")


def compress(plain: bytes, trained: Any, level: int) -> bytes:
    """Return one zstd frame of some bytes, with a dictionary that is `prepared`, or None."""
    if len(plain) <= _SMALL:
        compressor = _KEPT.compressor(trained, level)
    else:
        compressor = _compressor(trained, level, wide=len(plain) > 1 << WINDOW_LOG)
    compressed: bytes = compressor.compress(plain, compressor.FLUSH_FRAME)
    return compressed


def _compressor(trained: Any, level: int, *, wide: bool = False) -> Any:
    parameter = zstd.CompressionParameter
    options: dict[int, int] = {
        parameter.compression_level: level,
        # The frame says both itself.
        parameter.content_size_flag: 0,
        parameter.dict_id_flag: 0,
        parameter.window_log: WINDOW_LOG if wide else 0,
    }
    return zstd.ZstdCompressor(options=options, zstd_dict=trained)


class _Kept(threading.local):
    """The last compressor of each thread: what many packs of one kind are written with.

    Of each thread, because a process that forks may not find another thread's lock open again.
    """

    key: tuple[Any, int] | None = None
    kept: Any = None

    def compressor(self, trained: Any, level: int) -> Any:
        """Return this thread's compressor, made anew where the last was of another kind."""
        if self.key != (trained, level):
            self.key, self.kept = (trained, level), _compressor(trained, level)
        return self.kept


_KEPT: Final = _Kept()


def decompress(stored: bytes, size: int, trained: Any) -> bytes:
    """Decompress exactly one zstd frame, and never to more than `size` bytes and one.

    Whatever size the zstd frame declares, `max_length` bounds what is made of it.
    """
    decompressor = zstd.ZstdDecompressor(zstd_dict=trained, options=_DECOMPRESSION)
    try:
        plain: bytes = decompressor.decompress(stored, max_length=size + 1)
    except zstd.ZstdError:
        plain = b""
    if not decompressor.eof or decompressor.unused_data:
        raise PackError("body", "is not one whole zstd frame")
    return plain


def train(bodies: Iterable[bytes], size: int) -> bytes:
    """Return a dictionary trained on the uncompressed bodies of packs.

    Raises:
        PackError: They are too few or too small to learn from.
    """
    try:
        content: bytes = zstd.train_dict(list(bodies), size).dict_content
    except (zstd.ZstdError, ValueError):
        pass
    else:
        return content
    raise PackError("dictionary", "too few packs to learn from")
