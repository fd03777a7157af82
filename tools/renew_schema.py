"""Write `docs/policy.schema.json` anew; a test tells when it is due."""

from pathlib import Path

import msgspec

from anonkit.policy.schema import json_schema

SCHEMA = Path(__file__).parent.parent / "docs" / "policy.schema.json"

if __name__ == "__main__":
    SCHEMA.write_bytes(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2) + b"\n")
