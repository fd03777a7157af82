"""Policies: what may leave, as a value, as a document, and bound to keys.

policy.py     the value: record type × field → stages, purpose, retention
document.py   TOML in, JSON Schema out
paths.py      where in a record a field is
lint.py       named findings on a policy that is valid and still unwise
plan.py       policy × keys → functions
codegen.py    the fast form of a plan
presets/      policies that come with anonkit
"""

from anonkit.policy.policy import Field, Policy, Record

__all__ = ["Field", "Policy", "Record"]
