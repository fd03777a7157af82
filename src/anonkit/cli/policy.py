"""anonkit policy diff: what another policy would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonkit.cli import words
from anonkit.cli.arguments import add_actions, add_verb, load_policy
from anonkit.policy.diff import differences

if TYPE_CHECKING:
    import argparse

# What lets more, or something else, leave than before.
_OUTWARD = ("newly leaves", "leaves otherwise")


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    actions = add_actions(verbs, "policy", words.POLICY)
    compare = add_verb(actions, "diff", words.DIFF, diff)
    compare.add_argument("old", metavar="OLD", help="a TOML file or a preset")
    compare.add_argument("new", metavar="NEW", help="a TOML file or a preset")
    compare.add_argument(
        "--strict", action="store_true", help="exit 1 when something newly leaves, or otherwise"
    )


def diff(options: argparse.Namespace) -> int:
    """Print what changes from one policy to another."""
    old, new = load_policy(options.old), load_policy(options.new)
    found = differences(old, new)
    print(f"{old.name} {old.hash} → {new.name} {new.hash}")
    for difference in found:
        print(f"\n{difference.path}: {difference.change}")
        if difference.old:
            print(f"  - {difference.old}")
        if difference.new:
            print(f"  + {difference.new}")
    print(f"\n{len(found)} difference{'' if len(found) == 1 else 's'}")
    outward = any(difference.change in _OUTWARD for difference in found)
    return 1 if outward and options.strict else 0
