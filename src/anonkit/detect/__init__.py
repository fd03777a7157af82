"""Find and remove what is personal or secret in free text, and keep the rest.

`scrub(text)` and `find(text)` use every default detector. A `Scrubber` chooses detectors, what
stands in the place of a value, and values the application knows.
"""

from __future__ import annotations

from functools import cache

from anonkit.detect.detector import Detector
from anonkit.detect.known import Known
from anonkit.detect.scrubber import Scrubber
from anonkit.detect.spans import Span

__all__ = ["Detector", "Known", "Scrubber", "Span", "find", "scrub"]


@cache
def _default() -> Scrubber:
    return Scrubber()


def scrub(text: str) -> str:
    """Return a text with everything personal or secret replaced by its type in brackets."""
    return _default()(text)


def find(text: str) -> list[Span]:
    """Return what is personal or secret in a text: where, and of which type; never the value."""
    return _default().find(text)
