"""Tokens of several files, each of one period: which of them come in more than one.

Tokens of different periods have nothing in common, so none should. They are remembered by a part of
their hash, and a fair sample of them where there are more than fit, as in `groups.py`.
"""

from __future__ import annotations

from typing import Final

import xxhash

LIMIT: Final = 1 << 17  # tokens of a field: some 12 MB
_MANY: Final = -1  # in place of the number of a file


class Crossing:
    """Tokens of one field.

    Attributes:
        limit: How many are remembered at most; it may become less.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._mask = 0
        self._seen: dict[int, int] = {}

    def add(self, token: str, file: int) -> None:
        """Take a token of a file."""
        # The hash stays in memory and names nothing outside.
        key = xxhash.xxh3_64_intdigest(token.encode(errors="surrogatepass"))
        if key & self._mask:
            return
        known = self._seen.setdefault(key, file)
        if known != file:
            self._seen[key] = _MANY
        while len(self._seen) > self.limit:
            self._mask = self._mask * 2 + 1
            self._seen = {k: file for k, file in self._seen.items() if not k & self._mask}

    @property
    def count(self) -> int:
        """How many tokens differ, by the sample."""
        return len(self._seen) * (self._mask + 1)

    @property
    def share(self) -> float:
        """The share of them that come in more than one file."""
        many = sum(1 for file in self._seen.values() if file == _MANY)
        return many / len(self._seen) if self._seen else 0.0
