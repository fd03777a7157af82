"""Signals: a run ends between two writes, and never within one."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

STOPS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Lets Ctrl-C and SIGTERM end a run between two writes, never within one."""

    def __enter__(self) -> Self:
        self._waiting = False
        self._asked = 0  # the signal that asked
        self._before = [(number, signal.signal(number, self._take)) for number in STOPS]
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before:
            signal.signal(number, handler)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait for input; a signal from before or during that ends the run."""
        self._waiting = True
        try:
            if self._asked:
                raise KeyboardInterrupt(self._asked)
            yield
        finally:
            self._waiting = False

    def _take(self, number: int, _frame: Any) -> None:
        self._asked = number
        if self._waiting:
            self._waiting = False  # once: a second must not disturb what is tidied up
            raise KeyboardInterrupt(number)
