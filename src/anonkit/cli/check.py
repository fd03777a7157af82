"""anonkit check: is a policy valid, and is it wise?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.cli import pages, words
from anonkit.cli.arguments import add_verb, load_policy, policies
from anonkit.cli.keys import load as load_keyring
from anonkit.cli.passphrase import add_passphrase_file
from anonkit.errors import AnonkitError
from anonkit.policy import lint
from anonkit.policy.schema import json_schema

if TYPE_CHECKING:
    import argparse


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command."""
    parser = add_verb(verbs, "check", words.CHECK, check)
    parser.add_argument("policy", metavar="POLICY", nargs="?", help=policies())
    parser.add_argument("--strict", action="store_true", help="exit 1 when there is a finding")
    parser.add_argument(
        "-k", "--keys", type=Path, metavar="FILE", help="also check the keys it is used with"
    )
    add_passphrase_file(parser)
    parser.add_argument(
        "--schema", action="store_true", help="print the JSON Schema of policies, for editors"
    )


def check(options: argparse.Namespace) -> int:
    """Print what a policy lets leave and what is to be said about it."""
    if options.schema:
        print(json.dumps(json_schema(), indent=2))
        return 0
    if options.policy is None:
        raise AnonkitError("check needs a policy: a TOML file or a preset")
    policy = load_policy(options.policy)
    kept = policy.retention()
    print(f"{policy.name} {policy.hash}: tokens linkable {policy.period}, kept {kept}")
    for name, record in policy.records.items():
        print(f"\n{name} ({record.purpose})")
        rows = [
            (path, " → ".join(stage.verb for stage in field.stages), field.reason)
            for path, field in record.fields.items()
        ]
        for line in pages.in_columns(rows, indent="  "):
            print(line)
    ring = None
    if options.keys is not None:
        ring, _ = load_keyring(options.keys, options.passphrase_file)
    findings = lint.findings(policy, today=datetime.now(UTC).date(), keyring=ring)
    print()
    for finding in findings:
        print(f"{finding.path}: {finding.problem} [{finding.rule}]")
        print(f"  {finding.advice}")
    print(f"{len(findings)} finding{'' if len(findings) == 1 else 's'}")
    return 1 if findings and options.strict else 0
