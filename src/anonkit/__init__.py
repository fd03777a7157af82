"""Anonymize telemetry and logs before they leave the building.

    source → parse → stages → pack → seal → outbox → sink
                 ↑ plan = policy + keyring      report ↘

The door: six nouns and a verb. Stages are in `anonkit.stages`, ready-made events in
`anonkit.records`. What is behind a name is loaded when it is asked for: the command must begin
before anything is that takes long, and the detectors of `scrub` alone are 90 ms of CPU.
"""

TYPE_CHECKING = False  # as type checkers read it; `typing` takes longer than all of this
if TYPE_CHECKING:
    from anonkit.detect import scrub
    from anonkit.errors import AnonkitError
    from anonkit.keys import Keyring
    from anonkit.pipeline import Pipeline
    from anonkit.policy import Policy
    from anonkit.records.event import Event
    from anonkit.report import Report

__all__ = ["AnonkitError", "Event", "Keyring", "Pipeline", "Policy", "Report", "scrub"]
__version__ = "0.1.0"

_MODULES = {
    "AnonkitError": "errors",
    "Event": "records.event",
    "Keyring": "keys",
    "Pipeline": "pipeline",
    "Policy": "policy",
    "Report": "report",
    "scrub": "detect",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    globals()[name] = value = getattr(import_module(f"anonkit.{_MODULES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
