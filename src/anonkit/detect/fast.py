"""The optional gate of google-re2: one pass over the folded text instead of several looks.

Every detector gives one small expression that each of its matches matches when folded; re2 runs
them all at once, in time linear in the text. What comes out is the same as with the gate of the
core: both only decide which detectors run.
"""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any, Final

from anonkit.detect.dense import DATES, may_hold_codes
from anonkit.detect.detector import FOLD, fold
from anonkit.detect.gate import SET_OFF
from anonkit.detect.relax import relax
from anonkit.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anonkit.detect.detector import Detector

# Dense detectors share one expression: seven digits with little between them, and before them no
# digit and a full stop or colon: no fraction, no time (`dense`).
_DENSE: Final = r"(?:^|[^0.:]|(?:^|[^0])[.:])0(?:[ .\-/()?]{0,3}0){6}"
# So much at least follows the beginning of a token.
_FOLLOWS: Final = "[0a-z_.-]{8}"
# Between a label and its sign, and digits at the end of the label (`labels`).
_TO_SIGN: Final = "[0 \\t\"'`\\\\\\]!]{0,48}[:=]"
# Counts are cut to this: a smaller automaton lets a little more through.
_MOST: Final = 20
_LONGEST: Final = 40
_REPEAT: Final = re.compile(r"\{(\d+),(\d+)\}")
# The memory re2 may use for its automaton; it is built as texts need it, mostly far below.
_MEMORY: Final = 256 << 20
# Stands at the end of every text and always matches: without it re2 gave up, and everything runs.
_SENTINEL: Final = b"\x01"


class FastGate:
    """Tells which of some detectors can match in a text, as bits in the order they were given.

    Raises:
        PolicyError: google-re2 is not installed.
    """

    def __init__(self, detectors: Iterable[Detector]) -> None:
        try:
            re2: Any = importlib.import_module("re2")
        except ImportError:
            raise PolicyError(
                "fast", "needs google-re2", hint="pip install 'anonkit[fast]'"
            ) from None
        options = re2.Options()
        options.max_mem = _MEMORY
        options.log_errors = False
        wanted: dict[str, int] = {_SENTINEL.decode(): 0}
        chosen = tuple(detectors)
        for place, detector in enumerate(chosen):
            expression = gate_pattern(detector)
            wanted[expression] = wanted.get(expression, 0) | 1 << place
        self._set = re2.Set.SearchSet(options)
        for expression in wanted:
            self._set.Add(expression)
        self._set.Compile()
        self._bits = tuple(wanted.values())
        self._all = (1 << len(chosen)) - 1
        self._dense = sum(1 << place for place, one in enumerate(chosen) if one.dense)

    def __call__(self, text: str) -> int:
        """Return the bits of the detectors that can match."""
        data = text.encode("ascii", "replace").translate(FOLD)
        for date in DATES:
            data = data.replace(date, b"_ ")
        found = self._set.Match(data + _SENTINEL)
        if not found:
            return self._all if may_hold_codes(data) else self._all & ~self._dense
        bits = 0
        for index in found:
            bits |= self._bits[index]
        if bits & self._dense and not may_hold_codes(data):
            bits &= ~self._dense
        return bits


def gate_pattern(detector: Detector) -> str:
    """Return an expression that every folded match of a detector matches."""
    if detector.dense or detector.gate:
        return _DENSE if detector.dense else detector.gate
    if detector.keys:
        return f"(?:{_one_of(detector.keys)}){_TO_SIGN}"
    if detector.opens:
        return (
            rf"(?:^|\n)[{re.escape(SET_OFF)}]*(?:{_one_of(one.rstrip() for one in detector.opens)})"
        )
    if detector.starts:
        return f"(?:^|[^0a-z])(?:{_one_of(detector.starts)}){_FOLLOWS}"
    if detector.hints:
        return _one_of(detector.hints)
    return _REPEAT.sub(_shorter, relax(detector.pattern, fold)) if detector.pattern else r"[\s\S]"


def _one_of(literals: Iterable[str]) -> str:
    return "|".join(map(re.escape, literals))


def _shorter(repeat: re.Match[str]) -> str:
    """Return a repeat of at least as many texts, of which an automaton needs fewer states."""
    low, high = int(repeat[1]), int(repeat[2])
    if high <= _LONGEST and low <= _MOST:
        return repeat[0]
    return f"{{{min(low, _MOST)},}}"
