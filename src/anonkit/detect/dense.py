"""Where digits stand close together: the only places where numbers of people and things can be.

Most numbers in logs are short or dates. One search finds the stretches with seven and more digits
that are no date; only there the many patterns of codes are tried, in a window a little larger than
the longest code.
"""

from __future__ import annotations

import re
from typing import Final

# What has many digits and is no code: a date, a time, a dotted quad, a decimal fraction, a pointer.
# It is taken as a whole, so that its rest is not looked at either.
_NO_CODE: Final = (
    r"[0-9]{3}[-/.][0-9]{2}[-/.][0-9]{2}(?![0-9/.-])"
    r"|[0-9]?:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]{1,9})?(?![0-9])"
    r"|[0-9]{0,2}(?:\.[0-9]{1,3}){3}(?![0-9.])"
    r"|[0-9]{0,12}\.[0-9]{1,12}(?![0-9 ./-])"
    r"|(?<=0)x[0-9A-Fa-f]{1,16}(?![0-9A-Za-z])"
)
# Digits with at most two separators, or one or two letters, between them. Fewer than seven digits
# number nobody.
FEWEST: Final = 7
_DENSE: Final = re.compile(
    rf"[0-9](?<![0-9][0-9])(?:(?P<none>{_NO_CODE})"
    r"|(?:[ .\-/():\u00a0\u202f+]{0,2}(?:[A-Za-z]{1,2}[ .\-/]?)?[0-9]){6,60})"
)
# ISO 13616 allows an IBAN 34 characters, 42 with blanks.
_REACH: Final = 44


def windows(text: str) -> list[tuple[int, int]]:
    """Return the stretches of a text, in order and apart, in which a code can stand."""
    found: list[tuple[int, int]] = []
    last = -1
    for match in _DENSE.finditer(text):
        if match["none"] is not None:
            continue
        start, end = max(0, match.start() - _REACH), min(len(text), match.end() + _REACH)
        if start <= last:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
        last = end
    return found
