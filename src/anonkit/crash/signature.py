r"""What equal crashes share, and nobody can be found by.

A signature is an unkeyed hash, which would be no protection for personal data: whoever guesses a
value can test the guess. It needs none, because no personal value goes in. It is made of names that
the authors of code gave: the type of the error, and of each frame the function and the last part of
its file. Directories, messages, line numbers, arguments and local variables never go in; what is
left has been scrubbed, and labels, numbers, addresses and hashes in it are taken out. Whoever
guesses right learns which line of which program broke.

So it is the same on every machine, in every process and for every user, after a restart and under
another line ending. Python's own modules do not count, nor how often a recursion went round: both
change from one version to the next.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from anonkit.crash.frames import own_frames

if TYPE_CHECKING:
    from anonkit.crash.frames import Frame, Line

# Frames that make a signature: enough to tell crashes apart, few enough for truncated traces.
_SIGNING: Final = 16
# What differs between runs and builds: addresses, labels and tokens in brackets, V8's aliases,
# parameters, hashes in names of bundles, numbers.
_VARYING: Final = re.compile(
    r"0x[0-9A-Fa-f]{1,16}|\[[A-Z][A-Z0-9_]{1,30}(?::[0-9A-Za-z_-]{1,64})?\]| \[as [^\]]{1,200}\]"
    r"|\([^()]{0,1000}\)\Z|(?<=[._-])(?=[A-Za-z_-]{0,40}[0-9])[\w-]{6,64}(?=\.)|\$\$[0-9a-f]{6,16}|[0-9]{1,40}"
)


def signature(kind: str, lines: list[Line], *, newest_last: bool) -> str:
    """Return 16 hexadecimal digits: 64 bits tell a vendor's few thousand crashes apart.

    Args:
        kind: The type of the error.
        lines: The lines of the trace.
        newest_last: Whether the place where it broke comes last, as in Python.
    """
    signs = list(dict.fromkeys(_sign(line, frame) for line, frame in own_frames(lines)))
    digest = blake2b(_VARYING.sub("", kind).encode(), digest_size=8)
    for sign in signs[-_SIGNING:] if newest_last else signs[:_SIGNING]:
        digest.update(f"\n{sign}".encode())
    return digest.hexdigest()


def _sign(line: Line, frame: Frame) -> str:
    """Return what of a frame tells crashes apart: its function, and its file if that adds to it."""
    file = "" if line.qualified else _VARYING.sub("", frame.path.rpartition("/")[2])
    return f"{file}\t{_VARYING.sub('', frame.function).strip()}"
