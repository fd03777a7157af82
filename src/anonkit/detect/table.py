"""The declared table: every built-in detector, in one tuple, found by name.

Adding a detector is one declaration in the module of its subject. `docs/detectors.md` is written
from this table, and every row's specimen and false friend are a test.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from anonkit.detect.addresses import ADDRESSES
from anonkit.detect.detector import Detector
from anonkit.detect.european import EUROPEAN
from anonkit.detect.foreign import FOREIGN
from anonkit.detect.german import GERMAN
from anonkit.detect.hardware import HARDWARE
from anonkit.detect.labelled import LABELLED
from anonkit.detect.letters import LETTERS
from anonkit.detect.mails import MAILS
from anonkit.detect.money import MONEY
from anonkit.detect.names import NAMED
from anonkit.detect.national import NATIONAL
from anonkit.detect.network import NETWORK
from anonkit.detect.own import own
from anonkit.detect.paths import PATHS
from anonkit.detect.people import PEOPLE
from anonkit.detect.phones import PHONES
from anonkit.detect.secrets import SECRETS
from anonkit.detect.sessions import SESSIONS
from anonkit.detect.tables import TABLES
from anonkit.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable

# The subjects in the order the documentation lists them.
SUBJECTS: Final = (
    ("Addresses of people and machines", (*NETWORK, *HARDWARE)),
    ("Secrets by their form", SECRETS),
    ("Secrets by their label", LABELLED),
    ("Home directories", PATHS),
    ("Cards, accounts, crypto-currency", MONEY),
    ("Telephone numbers", PHONES),
    ("German numbers", GERMAN),
    ("Other European numbers", EUROPEAN),
    ("National numbers of the rest of the world", NATIONAL),
    ("People and places that a word announces", (*NAMED, *PEOPLE, *ADDRESSES)),
    ("Labels in other scripts", FOREIGN),
    ("Accounts in messages of logins and sessions", SESSIONS),
    ("Senders, greetings, signatures and tables of mails", (*MAILS, *TABLES)),
    ("What people write of themselves", LETTERS),
)

DETECTORS: Final = tuple(detector for _, rows in SUBJECTS for detector in rows)
BY_NAME: Final = {detector.name: detector for detector in DETECTORS}


def label_types(chosen: Iterable[Detector]) -> frozenset[str]:
    """Return the types of all labels by which a scrubber with some detectors knows its own work."""
    return frozenset({one.type for one in (*DETECTORS, *chosen)} | {"KNOWN"})


def select(chosen: Iterable[str | Detector]) -> tuple[Detector, ...]:
    """Return the detectors that a user chose: built-in ones by name or type, own ones as they are.

    Args:
        chosen: Names (`email`), types (`EMAIL`) or declarations; nothing means all defaults.

    Raises:
        PolicyError: A name is unknown, an own declaration breaks a rule, or a name is there twice.
    """
    picked: dict[str, Detector] = {}
    wanted = tuple(chosen)
    if not wanted:
        return tuple(detector for detector in DETECTORS if detector.default)
    for item in wanted:
        if isinstance(item, Detector):
            if item.name in picked or item.name in BY_NAME:
                raise PolicyError(f"detector {item.name}", "has the name of another detector")
            picked[item.name] = own(item)
        else:
            picked |= {detector.name: detector for detector in _named(item)}
    return tuple(picked.values())


def _named(name: str) -> tuple[Detector, ...]:
    if name in BY_NAME:
        return (BY_NAME[name],)
    of_type = tuple(detector for detector in DETECTORS if detector.type == name)
    if of_type:
        return of_type
    known = [*BY_NAME, *sorted({detector.type for detector in DETECTORS})]
    near = difflib.get_close_matches(name, known, 1)
    raise PolicyError(
        "detectors", "names an unknown detector", hint=f"did you mean {near[0]}?" if near else None
    )
