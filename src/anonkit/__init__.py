"""Anonymize telemetry and logs before they leave the building.

    source → parse → stages → pack → seal → outbox → sink
                 ↑ plan = policy + keyring      report ↘

The door: six nouns and a verb. Stages are in `anonkit.stages`, ready-made events in
`anonkit.records`.
"""

from typing import TYPE_CHECKING, Any

from anonkit.errors import AnonkitError
from anonkit.keys import Keyring
from anonkit.pipeline import Pipeline
from anonkit.policy import Policy
from anonkit.records.event import Event
from anonkit.report import Report

if TYPE_CHECKING:
    from anonkit.detect import scrub

__all__ = ["AnonkitError", "Event", "Keyring", "Pipeline", "Policy", "Report", "scrub"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "scrub":  # on demand: the detectors are 90 ms of CPU
        from anonkit.detect import scrub

        return scrub
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
