"""The way in: arguments, one verb, an exit status."""

from __future__ import annotations

import argparse
import io
import os
import re
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from anonkit import __version__
from anonkit.cli import words
from anonkit.errors import (
    AnonkitError,
    KeyringError,
    PackError,
    SealError,
    SendError,
    StreamError,
    Unusable,
)
from anonkit.streams.stop import ended_by_signals

if TYPE_CHECKING:
    from collections.abc import Sequence

# Each is a module beside this one, in the order of `--help`.
VERBS = (
    "run", "scrub", "preview", "formats", "infer", "check", "explain", "policy", "audit",
    "keys", "consent", "outbox", "pack", "seal", "open",
)  # fmt: skip
USAGE, IO = 2, 3
# What could not be read or written; other errors are in what was asked for.
AT_FAULT = (KeyringError, PackError, SealError, SendError, StreamError)
# What shells report for a program that a signal ended: 128 and its number.
SIGNALLED = 128
BROKEN_PIPE = SIGNALLED + 13
# How argparse says that a word is none of those there are, quoted or not, as Python's version is.
_NO_CHOICE = re.compile(r"(.*invalid choice: '?(.*?)'?) \(choose from (.*)\)")
# So many words are all named; of more, the one that is meant.
FEW = 8


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as the rest of the command does.

    Attributes:
        asked: The verb that is asked for, whose own help says more than that of the command.
    """

    asked = ""

    def error(self, message: str) -> NoReturn:
        hint = " ".join(filter(None, (self.prog, self.asked, "--help")))
        if match := _NO_CHOICE.fullmatch(message):
            from anonkit.policy.document import nearest

            message, word, listed = match.groups()
            choices = re.findall(r"[\w-]+", listed)
            few = len(choices) <= FEW
            hint = f"one of: {', '.join(choices)}" if few else nearest(word, choices)
        words.error(AnonkitError(message, hint=hint))
        raise SystemExit(USAGE)


def parser(verb: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the command.

    Args:
        verb: The one that is asked for. The others are then left out, which halves the time that a
            run takes to begin; with none of `VERBS`, all are there.
    """
    top = _Parser(prog=words.NAME, description=words.COMMAND, epilog=words.EXIT_CODES)
    top.add_argument("--version", action="version", version=f"{words.NAME} {__version__}")
    verbs = top.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)
    top.asked = verb if verb in VERBS else ""
    for name in (verb,) if verb in VERBS else VERBS:
        import_module(f"anonkit.cli.{name}").add_to(verbs)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    _prepare_streams()
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        options = parser(next(iter(arguments), None)).parse_args(arguments)
        with ended_by_signals():
            status: int = options.verb(options)
            if sys.stdout is not None:
                sys.stdout.flush()
    except AnonkitError as problem:
        words.error(problem)
        at_fault = isinstance(problem, AT_FAULT) and not isinstance(problem, Unusable)
        status = IO if at_fault else USAGE
    except BrokenPipeError:
        status = BROKEN_PIPE
    except OSError as failure:
        words.error(words.system_error(failure))
        status = IO
    except EOFError:
        words.error(words.NO_ANSWER)
        status = USAGE
    except KeyboardInterrupt as stop:
        status = SIGNALLED + int(stop.args[0] if stop.args else signal.SIGINT)
    finally:
        _close_output()
    return status


def _prepare_streams() -> None:
    """Let no message end in a traceback or in the output, whatever streams there are."""
    if sys.stderr is None:
        # Closed: `print` would write to standard output what is meant for it.
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as standard error does by itself


def _close_output() -> None:
    """Give up what standard output did not take: Python would complain once more at its end."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        words.give_up(sys.stdout)
