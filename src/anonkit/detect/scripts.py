"""What other scripts write for ASCII: digits, full-width letters and signs.

Detectors know ASCII digits and signs. So that they also find a number in full width or in Arabic
digits, they see a text in which each such character is the ASCII one it stands for. It is as long.
"""

# ruff: noqa: E501 - a table of scripts
from __future__ import annotations

import re
from typing import Final

# Unicode 15, category Nd, by the digit zero of each script that logs and forms are written in: Arabic,
# Persian, N'Ko, of India, Thai, Lao, Tibetan, Myanmar, Khmer, Mongolian, mathematical.
_ZEROS: Final = (
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0,
    0xF20, 0x1040, 0x17E0, 0x1810, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
)  # fmt: skip
# Halfwidth and Fullwidth Forms, U+FF01 to U+FF5E, and the blank of East Asian scripts. Brackets stay: a
# text must not be able to write what looks like a label.
_WIDE: Final = 0xFEE0
_PLAIN: Final = {
    **{zero + place: 48 + place for zero in _ZEROS for place in range(10)},
    **{code + _WIDE: code for code in range(0x21, 0x7F) if chr(code) not in "[]"},
    0x3000: 0x20,
}
_OTHER: Final = re.compile(f"[{''.join(map(chr, sorted(_PLAIN)))}]")


def plain(text: str) -> str:
    """Return a text with ASCII digits, letters and signs in place of those of other scripts."""
    if text.isascii() or _OTHER.search(text) is None:
        return text
    return text.translate(_PLAIN)
