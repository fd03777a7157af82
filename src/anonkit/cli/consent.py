"""anonkit consent: show, grant, withdraw, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.cli import pages, words
from anonkit.cli.arguments import add_actions, add_output_to, add_verb, load_policy
from anonkit.errors import AnonkitError, SendError
from anonkit.policy.document import nearest

if TYPE_CHECKING:
    import argparse

    from anonkit.send.consent import Consent

# Said again here, because the ledger's module loads SQLite, and every verb would wait for it.
ROLES = ("user", "administrator", "management", "works-council", "data-protection-officer")
# A slip of the fingers: `usge` for `usage`, and not `support` for `support_contact`.
ALIKE = 0.8


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    actions = add_actions(verbs, "consent", words.CONSENT)
    show = add_verb(actions, "show", words.CONSENT_SHOW, list_purposes)
    grant = add_verb(actions, "grant", words.CONSENT_GRANT, agree)
    grant.add_argument(
        "-p",
        "--policy",
        metavar="POLICY",
        help="refuse a purpose for which nothing leaves under this policy: a misspelt one",
    )
    withdraw = add_verb(actions, "withdraw", words.CONSENT_WITHDRAW, disagree)
    export = add_verb(actions, "export", words.CONSENT_EXPORT, prove)
    add_output_to(export)
    for action in (show, grant, withdraw, export):
        action.add_argument("file", type=Path, metavar="FILE", help="the file of the ledger")
    for action in (grant, withdraw):
        first = action is grant
        action.add_argument("purpose", metavar="PURPOSE", help="as policies say it")
        action.add_argument("--role", required=True, choices=ROLES, help="who decided, by role")
        action.add_argument(
            "--notice",
            required=first,
            metavar="VERSION",
            help="the version of the notice that was shown",
        )
        action.add_argument(
            "--lang", required=first, metavar="CODE", help="the language that it was shown in"
        )


def list_purposes(options: argparse.Namespace) -> int:
    """List the last decision on each purpose."""
    with _ledger(options.file) as consent:
        last = {entry.purpose: entry for entry in consent.entries()}
    for purpose, entry in sorted(last.items()):
        notice = f"notice {entry.notice} ({entry.language})" if entry.notice else "no notice"
        print(f"{purpose:16}  {entry.choice:9}  {entry.at}  {entry.role}, {notice}")
    if not any(entry.choice == "granted" for entry in last.values()):
        words.say(f"{options.file}: {words.NOBODY_AGREED}")
    return 0


def agree(options: argparse.Namespace) -> int:
    """Write down that a purpose is agreed to."""
    from difflib import get_close_matches

    from anonkit.send.batch import purposes_of
    from anonkit.send.consent import Consent

    if options.policy is not None:
        known = purposes_of(load_policy(options.policy))
        if options.purpose not in known:
            raise AnonkitError(
                f"{options.policy}: nothing leaves for {options.purpose}",
                hint=nearest(options.purpose, sorted(known)),
            )
    with Consent(options.file) as consent:
        before = consent.said()
        entry = consent.grant(
            options.purpose, role=options.role, notice=options.notice, language=options.lang
        )
    words.say(f"{options.file}: {words.decided(entry.purpose, entry.choice, entry.seq)}")
    if entry.purpose not in before:
        for near in get_close_matches(entry.purpose, before, n=1, cutoff=ALIKE):
            words.say(f"{options.file}: {words.new_purpose(entry.purpose, near)}")
    return 0


def disagree(options: argparse.Namespace) -> int:
    """Write down that a purpose is not agreed to any more."""
    with _ledger(options.file) as consent:
        agreed = consent.in_force()
        entry = consent.withdraw(
            options.purpose, role=options.role, notice=options.notice, language=options.lang
        )
    words.say(f"{options.file}: {words.decided(entry.purpose, entry.choice, entry.seq)}")
    if entry.purpose not in agreed:
        words.say(f"{options.file}: {words.not_agreed(entry.purpose, sorted(agreed))}")
    return 0


def prove(options: argparse.Namespace) -> int:
    """Write all decisions."""
    with _ledger(options.file) as consent:
        proof = consent.export()
    pages.write_text(proof.decode(), options)
    return 0


def _ledger(path: Path) -> Consent:
    from anonkit.send.consent import Consent

    if not (path.exists() and path.stat().st_size):  # SQLite would make one of an empty file
        raise SendError(
            f"{path}: there is no ledger of consent", hint="`anonkit consent grant` begins one"
        )
    return Consent(path)
