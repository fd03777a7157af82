"""Keys: one independent random key per period, held behind handles that hide their bytes.

keyring.py   the periods of one site, and which is in force when
derive.py    from a period key to the key of one field
store.py     the keyring file: 0600, atomic, versioned, optionally under a passphrase
raw.py       the dangerous door: key bytes in and out, by name only
"""

from anonkit.keys.keyring import Keyring, PeriodKey

__all__ = ["Keyring", "PeriodKey"]
