"""The way in: arguments, one verb, an exit status."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from anonkit import __version__
from anonkit.cli import check, keys, run, words
from anonkit.errors import AnonkitError, KeyringError

if TYPE_CHECKING:
    from collections.abc import Sequence

OK, WITHHELD, USAGE, IO = 0, 1, 2, 3
# What shells report for a program that a signal ended: 128 and its number.
INTERRUPTED, BROKEN_PIPE = 130, 141


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as the rest of the command does."""

    def error(self, message: str) -> NoReturn:
        words.error(message)
        print(f"{words.NAME}: hint: {self.prog} --help", file=sys.stderr)
        raise SystemExit(USAGE)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    top = _Parser(prog=words.NAME, description=words.COMMAND, epilog=words.EXIT_CODES)
    top.add_argument("--version", action="version", version=f"{words.NAME} {__version__}")
    verbs = top.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)
    for verb in (run, check, keys):
        verb.add_to(verbs)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = parser().parse_args(arguments)
    try:
        status: int = options.verb(options)
        sys.stdout.flush()
    except KeyringError as problem:
        words.error(problem)
        return IO
    except AnonkitError as problem:
        words.error(problem)
        return USAGE
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as failure:
        words.error(words.system_error(failure))
        return IO
    except KeyboardInterrupt:
        return INTERRUPTED
    return status
