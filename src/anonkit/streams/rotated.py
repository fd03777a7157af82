"""Rotated logs in the order of time.

What logrotate, savelog and cronolog leave beside a log tells its age in its name: `access.log.2.gz`
is older than `access.log.1`, `access.log-20240101` older than `access.log-20240102`, and the log
itself is the newest. A set is what differs in that part alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anonkit.streams.compress import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_PACKED = re.compile(rf"(?:{'|'.join(map(re.escape, SUFFIXES))})$", re.IGNORECASE)
# A count (logrotate), before or behind the extension: `access.log.1`, `access.1.log`.
_COUNT = re.compile(r"\.([0-9]{1,5})(?=$|\.[A-Za-z]+$)")
# A date, perhaps with a time (logrotate's `dateext`, cronolog), or seconds since 1970.
_DATE = re.compile(
    r"[-._]((?:19|20)[0-9]{2}([-_]?)(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[-_T]?(?:[01][0-9]|2[0-3])(?:[-_:]?[0-5][0-9]){0,2})?|1[0-9]{9})(?=$|\.)"
)
EPOCH = 10  # digits of seconds since 1970, until 2286; a day and an hour have as many
_CENTURY = ("19", "20")
_Age = tuple[int, int]  # the kind of name, then how old; the oldest is the least


def age(name: str) -> tuple[str, _Age]:
    """Return the log that a file name belongs to, and its age: less is older."""
    plain = _PACKED.sub("", name)
    if dated := _DATE.search(plain):
        digits = re.sub(r"[^0-9]", "", dated[1])
        epoch = len(dated[1]) == EPOCH and dated[1].isdigit() and not dated[1].startswith(_CENTURY)
        ordered = int(digits) if epoch else int(digits.ljust(14, "0"))
        rest = plain[: dated.start()] + plain[dated.end() :]
        # A day that was rotated twice has a count as well: the higher is the older.
        base, (_, count) = age(rest)
        return base, (0, ordered * 100_000 + count)
    if counted := _COUNT.search(plain):
        return plain[: counted.start()] + plain[counted.end() :], (1, -int(counted[1]))
    return plain, (2, 0)


def in_time_order(paths: Sequence[Path | None]) -> list[Path | None]:
    """Return files with those of a set beside each other, oldest first, where its first stood.

    Standard input, which is None, stays where it is.
    """
    sets: dict[tuple[Path, str] | int, list[tuple[_Age, int, Path | None]]] = {}
    for index, path in enumerate(paths):
        if path is None:
            sets[index] = [((0, 0), index, path)]
            continue
        base, old = age(path.name)
        sets.setdefault((path.parent, base), []).append((old, index, path))
    return [path for members in sets.values() for _, _, path in sorted(members)]
