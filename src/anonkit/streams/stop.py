"""Signals: what is begun is tidied up, and a run ends behind a line, and never within one.

Ctrl-C and SIGTERM end a run, and so does SIGHUP where nothing can be opened anew. While a source is
waited for they end it at once. While an output is written, the line that is on its way is finished;
a reader that takes nothing for a while cannot hold the run up.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

STOPS = (signal.SIGINT, signal.SIGTERM)
HANGUP = getattr(signal, "SIGHUP", None)
# Seconds for a reader to take the rest of a line. Between two of them it must have taken some.
GRACE = 1.0
NEWLINE = ord("\n")


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let the first signal that ends the process end the block as an exception, with its number.

    What is half made is removed on the way. A second signal ends the process at once, and so does
    any outside: an exception then would have nobody to take it.
    """

    def end(number: int, _frame: Any) -> None:
        for other in taken:
            signal.signal(other, signal.SIG_DFL)
        raise KeyboardInterrupt(number)

    ends = (*STOPS, HANGUP) if HANGUP is not None else STOPS
    taken = [number for number in ends if signal.getsignal(number) is signal.SIG_DFL]
    try:
        for number in taken:
            signal.signal(number, end)
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


class Stop:
    """Lets signals end a run, or open its outputs anew, between two lines.

    Args:
        hangup: What SIGHUP does; without it, SIGHUP ends the run as SIGTERM does.
    """

    def __init__(self, hangup: Callable[[], None] | None = None) -> None:
        self._hangup = hangup

    def __enter__(self) -> Self:
        self._waiting = False
        self._asked = 0  # the signal that asked
        self._hung_up = False
        self._ending = False
        self._writing = False
        self._written = False  # whether a reader took anything since the last alarm
        wanted: list[tuple[Any, Any]] = [(number, self._take) for number in STOPS]
        # Who runs a command under `nohup` wants it to go on.
        if HANGUP is not None and signal.getsignal(HANGUP) is not signal.SIG_IGN:
            wanted.append((HANGUP, self._take if self._hangup is None else self._take_hangup))
        if hasattr(signal, "SIGALRM"):
            wanted.append((signal.SIGALRM, self._late))
        self._before = [(number, signal.signal(number, handler)) for number, handler in wanted]
        # A signal between Python's last look and a call that waits would be noticed behind it.
        self._alarm(GRACE)
        return self

    def __exit__(self, *_: object) -> None:
        self._alarm(0)
        for number, handler in self._before:
            signal.signal(number, handler)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait for input; a signal from before or during that ends the run."""
        self._waiting = True
        try:
            if self._asked:
                raise KeyboardInterrupt(self._asked)
            if self._hung_up:
                self._reopen()
            yield
        finally:
            self._waiting = False

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Write what is held back, once a signal or an error has ended the run.

        A reader that takes nothing of it gets nothing: why the run ends is what is to be said.
        """
        self._ending = True
        self._alarm(GRACE)
        with suppress(KeyboardInterrupt):
            yield

    def write(self, write: Callable[[memoryview], int], data: bytes, *, lines: bool = True) -> None:
        """Write all, or when the run is to end, the line that is on its way.

        Args:
            write: What takes some bytes and says how many: a pipe may take less than all.
            data: Bytes that begin a line.
            lines: Whether they are lines at all; packed ones are not.

        Raises:
            KeyboardInterrupt: The run is to end.
        """
        view, begun = memoryview(data), False
        whole = self._ending or not lines
        self._writing = True
        try:
            while view:
                if self._asked and not whole:
                    # To the end of a line that is begun, and no further.
                    view = view[: bytes(view).find(b"\n") + 1 if begun else 0]
                    whole = True
                    if not view:
                        break
                count = write(view)
                self._written = self._written or bool(count)
                begun = view[count - 1] != NEWLINE if count else begun
                view = view[count:]
        finally:
            self._writing = False
        if self._asked and not self._ending:
            raise KeyboardInterrupt(self._asked)

    def _take(self, number: int, _frame: Any) -> None:
        if self._waiting:
            self._asked = number
            self._waiting = False  # once: a second must not disturb what is tidied up
            raise KeyboardInterrupt(number)
        if not self._asked:
            self._asked = number
            self._written = False
            self._alarm(GRACE)

    def _take_hangup(self, _number: int, _frame: Any) -> None:
        self._hung_up = True
        if self._waiting:
            self._reopen()  # nothing is on its way

    def _reopen(self) -> None:
        self._hung_up = False
        if self._hangup is not None:
            self._hangup()

    def _late(self, _number: int, _frame: Any) -> None:
        """End a run whose reader takes nothing; one that is slow gets as long again."""
        if not (self._asked or self._ending):
            return
        if self._writing and not self._written:
            self._writing = False
            raise KeyboardInterrupt(self._asked)
        self._written = False

    @staticmethod
    def _alarm(seconds: float) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
