"""Policies: what may leave, as a value, as a document, and bound to keys.

policy.py     the value: record type × field → stages, purpose, retention
paths.py      where in a record a field is
events.py     event classes in: what they declare
document.py   TOML in; schema.py, the same for editors; presets/, those that come with anonkit
override.py   single fields said anew for one run
kinds.py      what a field says about somebody, by the policy or by its name
lint.py       named findings on a policy that is valid and still unwise
diff.py       what changes from one policy to another
packing.py    what packs need to know of a policy

plan.py       policy × keys → a function for each stage
walk.py       a plan run readably, field by field: the reference
compiled.py   the same fast, as codegen.py and, from JSON to JSON, in_place.py write it
decode.py     JSON into structs that skip what no line names
"""

from anonkit.policy.policy import Field, Policy, Record

__all__ = ["Field", "Policy", "Record"]
