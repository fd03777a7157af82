"""Detectors that users declare: held to the same rules as ours, and closed when they fail.

What a user's own code does with a text nobody knows beforehand. A check that raises has not shown
that a value is harmless, so the value goes. A finder that raises has not shown that a line is, so
its lines go. Neither error comes out: its message might quote the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from anonkit.detect.detector import lint
from anonkit.detect.gate import Gate
from anonkit.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anonkit.detect.detector import Check, Detector, Finder


def own(detector: Detector) -> Detector:
    """Return a declaration that may run.

    Raises:
        PolicyError: A rule is broken; the message names the detector and the rule.
    """
    place = f"detector {detector.name}"
    for name, value in (("check", detector.check), ("finder", detector.finder)):
        if value is not None and not callable(value):
            raise PolicyError(place, f"its {name} is no function")
    try:
        lint(detector)
        spans = [] if detector.finder is None else [*detector.finder(detector.specimen)]
    except PolicyError:
        raise
    except Exception as error:  # noqa: BLE001 - it is foreign code, and may do anything
        failed = type(error).__name__
    else:
        failed = ""
    if failed:
        raise PolicyError(place, f"its check or finder fails on its own texts ({failed})")
    if any(detector.specimen[start:end].strip("\r\n") == "" for start, end in spans):
        raise PolicyError(place, "its finder gives empty or impossible places")
    if any("\n" in detector.specimen[start:end] for start, end in spans):
        raise PolicyError(place, "its finder gives a place that crosses a line end")
    if not Gate([detector])(detector.specimen):
        raise PolicyError(
            place,
            "its specimen has none of its hints, marks or keys, or too few of `least`",
            hint="leave out those that some matches do not hold",
        )
    check, finder = detector.check, detector.finder
    return msgspec.structs.replace(
        detector,
        check=None if check is None else _closed_check(check),
        finder=None if finder is None else _closed_finder(finder),
    )


def _closed_check(check: Check) -> Check:
    def closed(value: str) -> bool:
        try:
            return check(value)
        except Exception:  # noqa: BLE001 - see above
            return True

    return closed


def _closed_finder(finder: Finder) -> Finder:
    def closed(text: str) -> Iterable[tuple[int, int]]:
        try:
            return [
                (max(0, start), min(end, len(text)))
                for start, end in finder(text)
                if max(0, start) < min(end, len(text))
            ]
        except Exception:  # noqa: BLE001 - see above
            return _lines(text)

    return closed


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        if line:
            yield start, start + len(line)
        start += len(line) + 1
