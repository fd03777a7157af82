"""Whoever sits at the terminal is asked: for passphrases, if no file has them, and to confirm.

A passphrase never comes from the arguments.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.cli import words
from anonkit.errors import KeyringError

if TYPE_CHECKING:
    import argparse


def add_passphrase_file(parser: argparse._ActionsContainer) -> None:
    """Add the option that names a file with the passphrase; it never stands in the arguments."""
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="read the passphrase of the key file from FILE instead of asking for it",
    )


def ask(path: Path, file: Path | None, *, twice: bool = False) -> bytes:
    """Return the passphrase of a key file.

    Raises:
        KeyringError: Nobody can be asked, or it is empty or mistyped.
        OSError: The file with it cannot be read.
    """
    if file is not None:
        passphrase = file.read_bytes().rstrip(b"\r\n")
    elif not terminal():
        raise KeyringError(f"{path}: needs a passphrase", hint="--passphrase-file FILE")
    else:
        passphrase = getpass.getpass(f"passphrase for {path}: ").encode()
        if twice and getpass.getpass("once more: ").encode() != passphrase:
            raise KeyringError("the passphrases differ")
    if not passphrase:
        raise KeyringError(f"{path}: the passphrase is empty")
    return passphrase


def confirmed(question: str) -> bool:
    """Return whether somebody says yes; on standard error, for standard output may be a file."""
    words.tell(f"{question} Type yes: ", end="")
    return input().strip() == "yes"


def terminal() -> bool:
    """Return whether somebody can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()
