"""Anonymize telemetry and logs before they leave the building.

    source → parse → stages → pack → seal → outbox → sink
                 ↑ plan = policy + keyring      report ↘

The door: six nouns. Stages are in `anonkit.stages`, ready-made events in `anonkit.records`.
"""

from anonkit.errors import AnonkitError
from anonkit.keys import Keyring
from anonkit.pipeline import Pipeline
from anonkit.policy import Policy
from anonkit.records.event import Event
from anonkit.report import Report

__all__ = ["AnonkitError", "Event", "Keyring", "Pipeline", "Policy", "Report"]
__version__ = "0.1.0"
