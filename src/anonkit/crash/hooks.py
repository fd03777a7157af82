"""Exceptions that nobody caught: told once, then left to whoever came before."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from anonkit.crash.trace import crash
from anonkit.detect import Scrubber

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from anonkit.crash.trace import Crash


def install(
    report: Callable[[Crash], object], scrubber: Scrubber | None = None
) -> Callable[[], None]:
    """Report every exception that ends the program or a thread; return a function that stops it.

    The hooks that were there before run afterwards, whatever happened. Nothing that goes wrong in
    making or taking the report comes out of a hook: a crash reporter that crashes hides the crash.
    Interrupts by the user and exits are nobody's crash, and pass.

    All that is needed is loaded now: while an interpreter shuts down nothing can be imported.

    Args:
        report: Takes the crash; what it raises is swallowed.
        scrubber: What removes personal data from messages; the default one if none is given.
    """
    clean = scrubber or Scrubber()
    clean("")  # loads what the first text would
    before, before_thread = sys.excepthook, threading.excepthook
    installed = True

    # Bound as defaults: names of a module may be gone when the interpreter shuts down.
    def tell(error: BaseException | None, make: Callable[..., Crash] = crash) -> None:
        try:
            if installed and isinstance(error, Exception):
                report(make(error, clean))
        except BaseException:  # noqa: BLE001, S110 - see above: nothing may come out of a hook
            pass

    def on_crash(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        tell(error)
        before(kind, error, trace)

    def on_thread_crash(crashed: threading.ExceptHookArgs) -> None:
        tell(crashed.exc_value)
        before_thread(crashed)

    sys.excepthook, threading.excepthook = on_crash, on_thread_crash

    def uninstall() -> None:
        # Somebody may have put a hook before ours, which still calls it: then it only passes on.
        nonlocal installed
        installed = False
        if sys.excepthook is on_crash:
            sys.excepthook = before
        if threading.excepthook is on_thread_crash:
            threading.excepthook = before_thread

    return uninstall
