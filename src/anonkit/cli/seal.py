"""anonkit seal: packs in, envelopes for a vendor out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.cli import words
from anonkit.cli.arguments import (
    add_files_to,
    add_quiet_to,
    add_verb,
    path_or_stream,
    refuse_written_over,
)
from anonkit.cli.endpoints import reading, writing
from anonkit.cli.key_pairs import site_key
from anonkit.cli.passphrase import add_passphrase_file
from anonkit.errors import AnonkitError, PackError, SealError
from anonkit.streams.sources import STDIN

if TYPE_CHECKING:
    import argparse

    from anonkit.seal import Recipient

SUFFIX = ".sealed"
BESIDE = object()  # each envelope goes beside its packs


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    parser = add_verb(verbs, "seal", words.SEAL, run)
    add_files_to(parser, "packs; default, and -: standard input")
    parser.add_argument(
        "-t",
        "--to",
        type=Path,
        action="append",
        required=True,
        metavar="FILE",
        help="a vendor's public key; may be given several times, for an envelope each",
    )
    parser.add_argument("--sign", type=Path, metavar="FILE", help="sign with this site's key")
    add_passphrase_file(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=path_or_stream,
        default=BESIDE,
        metavar="FILE",
        help=f"write there; -: standard output; default: FILE{SUFFIX}, or FILE.KEY{SUFFIX} for "
        "each of several keys, and standard output for standard input",
    )
    add_quiet_to(parser)


def run(options: argparse.Namespace) -> int:
    """Seal packs."""
    from anonkit.seal import Recipient, seal

    recipients = [Recipient.load(path) for path in options.to]
    sign = None if options.sign is None else site_key(options.sign, options.passphrase_file)
    sources: list[Path | None] = options.files or [None]
    targets = [_target(options, path, key) for path in sources for key in recipients]
    one = targets.count(None) if options.output is BESIDE else len(targets)
    if one > 1:
        raise AnonkitError(
            "one output takes one envelope", hint="one FILE and one -t, or leave -o away"
        )
    if len(set(targets)) < len(targets):
        raise AnonkitError(
            "two envelopes would have one name", hint="give each FILE and each -t once"
        )
    refuse_written_over(options, targets)
    for path in sources:
        data = _packs(path)
        for recipient in recipients:
            target = _target(options, path, recipient)
            envelope = seal(data, recipient, sign=sign)
            with writing(target) as write:
                write(envelope)
            if not options.quiet and target is not None:
                words.say(words.sealed(str(target), recipient.id, len(envelope), len(data)))
    return 0


def _target(options: argparse.Namespace, path: Path | None, key: Recipient) -> Path | None:
    """Return where an envelope goes; None is standard output."""
    if options.output is not BESIDE:
        target: Path | None = options.output
        return target
    name = f".{key.id}{SUFFIX}" if len(options.to) > 1 else SUFFIX
    return None if path is None else Path(f"{path}{name}")


def _packs(path: Path | None) -> bytes:
    """Return the bytes of a file of packs.

    Raises:
        PackError: There is something else in it.
        SealError: It is more than an envelope takes.
        OSError: It cannot be read.
    """
    from anonkit.pack import split
    from anonkit.seal import LARGEST

    name = STDIN if path is None else str(path)
    with reading(path) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise SealError(f"{name}: more than {LARGEST >> 20} MiB does not fit an envelope")
    number = 0
    try:
        for number, _ in enumerate(split([data]), 1):  # noqa: B007 - how many were sound
            pass
    except PackError as problem:
        raise PackError(
            f"{name}: pack {number + 1}: {problem.place}", problem.rule, hint=problem.hint
        ) from None
    if not number:
        raise PackError(name, "holds no pack")
    return data
