"""seal: a pack becomes an envelope that only one recipient opens (docs/spec/pack.md)."""

from anonkit.seal.envelope import LARGEST, MAGIC, Opened, padded, seal, unseal
from anonkit.seal.keys import Recipient, Site, SiteKey, VendorKey
from anonkit.seal.suites import SUITES, Suite

__all__ = [
    "LARGEST",
    "MAGIC",
    "SUITES",
    "Opened",
    "Recipient",
    "Site",
    "SiteKey",
    "Suite",
    "VendorKey",
    "padded",
    "seal",
    "unseal",
]
