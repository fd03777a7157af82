"""The command: `anonkit`, and `python -m anonkit`.

Until a verb is at work there is nothing to tidy up, and a signal ends the command as it ends any
other. Python's own way is a traceback through whatever module Ctrl-C found it loading, so this
comes before all of them, and `anonkit` itself loads none.
"""

import sys

# What `signal` is made of, and there at once: `signal` itself makes enums, and loads what does.
from _signal import (  # type: ignore[import-not-found]
    SIG_DFL,
    SIGINT,
    default_int_handler,
    getsignal,
    signal,
)


def main() -> int:
    """Load the command, run it and return its exit status."""
    if getsignal(SIGINT) is default_int_handler:  # and nobody has it ignored
        signal(SIGINT, SIG_DFL)
    from anonkit.cli.main import main as command

    return command()


if __name__ == "__main__":
    sys.exit(main())
