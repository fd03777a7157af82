"""Audits of made-up events, and values with the flaws that they look for."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from anonkit.explain.audit import Audit, Result
from anonkit.parse.formats import FORMATS

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0.4"


def audited(records: list[dict[str, Any]], **options: Any) -> Result:
    """Return what the audit of some events finds."""
    options = {"guesses": [f"user{n}" for n in range(50)]} | options
    audit = Audit(FORMATS["jsonl"], **options)
    for record in records:
        audit.add(json.dumps(record).encode())
    return audit.result()


def flaws(records: list[dict[str, Any]], **options: Any) -> set[tuple[str, str]]:
    """Return the flaws that the audit of some events names, with their fields."""
    return {(flaw.name, flaw.field) for flaw in audited(records, **options).flaws}


def sha(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


BAD: dict[str, list[Any]] = {
    "exact-time": ["2026-05-01T09:00:07Z", "2026-05-02T10:30:59Z"],
    "whole-address": ["198.51.100.7", "2001:db8:1:2::"],
    "embedded-address": ["2002:cb00:714d::", "64:ff9b::cb00:714d", "::ffff:203.0.113.77"],
    "mapped-cut": ["::", "::ffff:0:0", "0:0:0:0:0:0:0:0", "198.51.100.0"],
    "full-user-agent": [AGENT, "Firefox/138 (Linux)"],
    "plain-hash": [sha("ada.lovelace.1815"), sha("grace.hopper.1906")],
    "dictionary": [sha("user17"), sha("user18")],
    "residue": ["call ada@example.org", "nothing here"],
    "encoded": ["YWRhQGV4YW1wbGUub3Jn", "6772616365406578616d706c652e6f7267"],
}
GOOD: dict[str, list[Any]] = {
    "exact-time": ["2026-05-01T09:00:00Z", "2026-05-02T10:30:00+02:00"],
    "whole-address": ["198.51.100.0", "2001:db8:1::"],
    "embedded-address": ["2002:cb00:7100::", "64:ff9b::cb00:7100", "203.0.113.0"],
    "mapped-cut": ["198.51.100.0", "203.0.113.0"],
    "full-user-agent": ["Firefox/138 (Linux)", "-"],
    "plain-hash": ["wLXknJ7REO0OztTYHyNrrw", "KtFESQCnqw0a57qf8vqw6g"],
    "dictionary": [sha("ada.lovelace.1815.x"), sha("grace.hopper.1906.y")],
    "residue": ["call [EMAIL]", "nothing here"],
    "encoded": ["deployment-three", "kubernetes"],
}
