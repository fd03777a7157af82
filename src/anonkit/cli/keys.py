"""anonkit keys: new, show, rotate, destroy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.cli import key_pairs, words
from anonkit.cli.arguments import add_actions, add_verb
from anonkit.cli.passphrase import add_passphrase_file, ask, confirmed, terminal
from anonkit.errors import AnonkitError, KeyringError
from anonkit.keys import Keyring, store
from anonkit.policy.policy import days

if TYPE_CHECKING:
    import argparse


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    actions = add_actions(verbs, "keys", words.KEYS)
    new = add_verb(actions, "new", words.KEYS_NEW, make)
    show = add_verb(actions, "show", words.KEYS_SHOW, list_periods)
    rotate = add_verb(actions, "rotate", words.KEYS_ROTATE, start_period)
    destroy = add_verb(actions, "destroy", words.KEYS_DESTROY, end_for_good)
    for action in (new, show, rotate, destroy):
        action.add_argument("file", type=Path, metavar="FILE", help="the keyring file")
    new.add_argument(
        "--period", default="30d", metavar="DAYS", help="how long a period is; default: 30d"
    )
    new.add_argument("--passphrase", action="store_true", help="ask for a passphrase to lock it")
    destroy.add_argument("period", metavar="PERIOD", help="its id, as `keys show` lists it")
    destroy.add_argument("--yes", action="store_true", help="do not ask")
    for action in (new, show, rotate, destroy):
        add_passphrase_file(action)
    key_pairs.add_to(actions)


def make(options: argparse.Namespace) -> int:
    """Make a keyring file."""
    path: Path = options.file
    if path.exists():
        raise KeyringError(
            f"{path}: exists already", hint="`anonkit keys rotate` starts a new period in it"
        )
    length = timedelta(days=days(options.period, "--period"))
    ring = Keyring.generate(at=datetime.now(UTC), length=length)
    passphrase = None
    if options.passphrase or options.passphrase_file:
        passphrase = ask(path, options.passphrase_file, twice=True)
    store.save(ring, path, passphrase=passphrase)
    words.say(words.keyring_made(str(path), ring.periods[-1].id))
    return 0


def list_periods(options: argparse.Namespace) -> int:
    """Print the periods of a keyring."""
    ring, _ = load(options.file, options.passphrase_file)
    now = datetime.now(UTC)
    print(f"{'period':16}  {'from (UTC)':16}  {'until':16}  {'check':8}  state")
    for period in ring.periods:
        if period.destroyed:
            state, check = f"destroyed {_day(period.destroyed_at)}", "-"
        else:
            state, check = ("in force" if period.covers(now) else "past"), period.check()
        print(f"{period.id}  {_day(period.start)}  {_day(period.end)}  {check:8}  {state}")
    return 0


def start_period(options: argparse.Namespace) -> int:
    """Start a new period."""
    _, passphrase = load(options.file, options.passphrase_file)
    with store.changing(options.file, passphrase=passphrase) as ring:
        period = ring.rotate(at=datetime.now(UTC))
    words.say(words.period_begins(str(options.file), period.id))
    return 0


def end_for_good(options: argparse.Namespace) -> int:
    """Destroy the key of a period."""
    ring, passphrase = load(options.file, options.passphrase_file)
    if options.period not in {period.id for period in ring.periods}:
        raise AnonkitError(
            f"{options.file}: no period {options.period}", hint="`anonkit keys show` lists them"
        )
    if not options.yes:
        if not terminal():
            raise AnonkitError("destroying a key cannot be undone", hint="say --yes")
        if not confirmed(f"destroy the key of period {options.period} for good?"):
            words.say(words.NOTHING_DESTROYED)
            return 0
    with store.changing(options.file, passphrase=passphrase) as ring:
        ring.destroy(options.period, at=datetime.now(UTC))
    words.say(words.key_destroyed(str(options.file), options.period))
    return 0


def load(path: Path, passphrase_file: Path | None) -> tuple[Keyring, bytes | None]:
    """Return a keyring, and the passphrase it was opened with.

    Raises:
        KeyringError: The file is no keyring, others may read it, or the passphrase is wrong.
        OSError: A file cannot be read.
    """
    passphrase = None
    if store.is_locked(path):
        passphrase = ask(path, passphrase_file)
    return store.load(path, passphrase=passphrase), passphrase


def in_force(path: Path, passphrase_file: Path | None, at: datetime) -> Keyring:
    """Return a keyring with a period in force; where the last has ended, the next begins.

    Runs that notice it at once begin one period between them: the first that comes.

    Raises:
        KeyringError: As `load`.
        OSError: The file cannot be read or written.
    """
    ring, passphrase = load(path, passphrase_file)
    if not _ended(ring, at):
        return ring
    with store.changing(path, passphrase=passphrase) as ring:
        if _ended(ring, at):  # and nobody else was faster
            period = ring.rotate(at=at)
            words.say(words.new_period(str(path), period.id))
    return ring


def _ended(ring: Keyring, at: datetime) -> bool:
    """Return whether the newest period is over, or none has begun."""
    newest = ring.periods[-1] if ring.periods else None
    return newest is None or (newest.end is not None and newest.end <= at)


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "-".ljust(16)
