"""Find what must not leave in a text, and put something harmless in its place."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

import msgspec

from anonkit.detect import dense
from anonkit.detect.detector import fold
from anonkit.detect.fast import FastGate
from anonkit.detect.gate import Gate
from anonkit.detect.known import Known
from anonkit.detect.phones import national_finder
from anonkit.detect.placeholders import (
    ACTIONS,
    Action,
    Replace,
    Token,
    blank,
    label,
    mask,
    placeholders,
    remove,
    truncate,
)
from anonkit.detect.scripts import plain
from anonkit.detect.secrets import in_private_key
from anonkit.detect.spans import Span, minus, resolve
from anonkit.detect.spelling import escaped_lines, has_escapes
from anonkit.detect.table import label_types, select
from anonkit.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from anonkit.detect.detector import Detector, Finder

# Known values win over whatever a detector takes them for.
_KNOWN_PRIORITY: Final = 100
# A label is shorter than its value: it can bring an announcing word within reach of the next value,
# or show where that begins. So a line in which something was replaced is looked at until nothing
# more changes, in practice once. What only this many turns show is labelled, whatever the action
# is; a line that does not come to rest after as many again was made not to, and goes.
_OWN_TURNS: Final = 8
# Of a line this long with few labels, only so much around each is looked at again, unless something
# shows there: one label must not make the whole line cost twice. No announcing word reaches
# farther, and hardly a value.
_LONG_LINE: Final = 8192
_REACH: Final = 1024
# Sets of detectors that a gate let through, remembered with their functions.
_MOST_CHOICES: Final = 1024
# So many lines above one may announce it: a closing formula, blank lines, the name.
_ABOVE: Final = 4
_LONGEST_ABOVE: Final = 200
# Continues a private key block that an earlier piece of the text began.
_KEY_OPENS: Final = "-----BEGIN PRIVATE KEY-----\n"


class Scrubber:
    """Removes what is personal or secret from free text and keeps the rest.

    A scrubber holds no state between calls and may be shared by threads.

    Args:
        detectors: Names or types of built-in detectors and own declarations; nothing means all
            defaults. What a chosen set leaves out stays in the text.
        action: What stands in the place of a value: `label` (`[EMAIL]`), `token`
            (`[EMAIL:kK3v…]`, needs `token`), `mask`, `truncate` (addresses; else a label),
            `remove`. Or one action for each type, `label` for the others.
        token: Gives the keyed token for a type and a value: up to 64 letters, digits, `_` and `-`,
            by which a scrubber knows its own work again.
        known: Values that never leave, under their type, or a set of them under `KNOWN`.
        region: Also finds national telephone numbers of this region (`DE`; needs phonenumberslite).
        fast: Uses google-re2 to recognise clean text (the extra `fast`). The result is the same.
        gated: Whether clean text is recognised at once. The result is the same either way.

    Raises:
        PolicyError: An unknown detector or action, a declaration that breaks a rule, or a missing
            token function or package.
    """

    def __init__(
        self,
        detectors: Iterable[str | Detector] = (),
        *,
        action: Action | Mapping[str, Action] = "label",
        token: Token | None = None,
        known: Known | Mapping[str, Iterable[str]] | Iterable[str] | None = None,
        region: str | None = None,
        gated: bool = True,
        fast: bool = False,
    ) -> None:
        chosen = select(detectors)
        if region is not None:
            chosen = (*chosen, national_finder(region))
        self._detectors = chosen
        self._known = known if isinstance(known, Known) or known is None else Known(known)
        self._single = tuple(
            (1 << place, detector, detector.matcher())
            for place, detector in enumerate(chosen)
            if not detector.dense
        )
        self._codes = dense.Codes([one for one in chosen if one.dense])
        self._chosen: dict[int, tuple[tuple[Finder, str, str, int], ...]] = {}
        self._dense_bits = sum(1 << place for place, one in enumerate(chosen) if one.dense)
        self._gate = (FastGate if fast else Gate)(chosen) if gated else None
        self._all = (1 << len(chosen)) - 1
        self._across = sum(1 << place for place, one in enumerate(chosen) if one.across)
        types = label_types(chosen)
        if self._known is not None:
            types |= self._known.types
        self._types = types
        self._replace = _replacements(action, token)
        # Labels say nothing of the value, so they are written once.
        self._labels = {
            kind: label(kind, "")
            for kind in types
            if self._replace.get(kind, self._replace[""]) is label
        }
        # Where all is labelled, what a text looks like without its labels is known at once.
        self._blanks = (
            {put: "\0" * len(put) for put in self._labels.values()}
            if len(self._labels) == len(types)
            else None
        )

    def __call__(self, text: str) -> str:
        """Return the text with everything found replaced."""
        spans = self.find(text)
        return self._replaced(text, spans) if spans else text

    def _replaced(self, text: str, spans: list[Span]) -> str:
        """Return the text with its spans replaced, and with what shows only once they are gone."""
        once, work = self._put_all(text, spans)
        if "\n" not in text:
            return self._settled(once, work) if once != text else text
        for turn in range(2 * _OWN_TURNS):
            lines, before = once.split("\n"), text.split("\n")
            text = "\n".join(
                line if line == was else self._settled(line)
                for line, was in zip_longest(lines, before, fillvalue="")
            )
            # What goes from one line can leave a greeting that announces the next.
            spans = self._found_below(text)
            if not spans:
                return text
            once, _ = self._put_all(text, spans, only_labels=turn >= _OWN_TURNS)
        return label(spans[0].type, "")

    def _settled(self, line: str, work: str | None = None) -> str:
        """Return what becomes of a line once scrubbing it changes nothing."""
        kind = ""
        for turn in range(2 * _OWN_TURNS):
            spans = self._find_again(line, work)
            if not spans:
                return line
            kind = spans[0].type
            again, work = self._put_all(line, spans, only_labels=turn >= _OWN_TURNS)
            if again == line:
                return line
            line = again
        return label(kind, "")

    def _put_all(
        self, text: str, spans: list[Span], *, only_labels: bool = False
    ) -> tuple[str, str | None]:
        """Return a text with its spans replaced, and with the labels blanked, if that is known."""
        pieces: list[str] = []
        add = pieces.append
        at = 0
        for span in spans:
            add(text[at : span.start])
            put = self._labels.get(span.type)
            if put is None:
                put = label(span.type, "") if only_labels else self._put(text, span)
            add(put)
            at = span.end
        add(text[at:])
        once = "".join(pieces)
        if self._blanks is None or "[" in text or "\0" in text:
            return once, None
        pieces[1::2] = map(self._blanks.__getitem__, pieces[1::2])
        return once, "".join(pieces)

    def find(self, text: str) -> list[Span]:
        """Return what was found: in text order, apart from each other, without the values."""
        text = plain(text)
        # What a label hides can wake a detector for nothing, but holds none back.
        bits = self._able(text)
        if not bits and self._known is None and not has_escapes(text):
            return []
        zones, work = self._blanked(text)
        return _cut(self._searched(work, bits), zones)

    def _found_below(self, text: str) -> list[Span]:
        """Return what detectors that look across line ends find in a text with labels."""
        text = plain(text)
        zones, work = self._blanked(text)
        bits = self._able(work) & self._across
        return _cut(self._search(work, bits), zones) if bits else []

    def _find_again(self, text: str, work: str | None) -> list[Span]:
        """Return what is found in a text with labels, of which the gate sees nothing."""
        text = plain(text)
        work = None if work is None else plain(work)
        zones: list[tuple[int, int]] = []
        if work is None:
            zones, work = self._blanked(text)
        elif len(work) > _LONG_LINE and text.count("[") < len(work) / _REACH:
            zones = placeholders(text, self._types)
            if self._rests(work, zones):
                return []
        spans = self._searched(work, self._able(work))
        return _cut(spans, zones or placeholders(text, self._types)) if spans else []

    def _rests(self, work: str, zones: list[tuple[int, int]]) -> bool:
        """Tell whether nothing shows in a long line within reach of its few labels."""
        parts: list[tuple[int, int]] = []
        for start, end in zones:
            low, high = max(0, start - _REACH), end + _REACH
            if parts and low <= parts[-1][1]:
                low = parts.pop()[0]
            parts.append((low, high))
        if sum(high - low for low, high in parts) > len(work) / 2:
            return False
        pieces = [work[low:high] for low, high in parts]
        return not any(self._searched(piece, self._able(piece)) for piece in pieces)

    def _blanked(self, text: str) -> tuple[list[tuple[int, int]], str]:
        """Return where labels stand in a text, and the text with zero characters there.

        A zero character that was there becomes another sign.
        """
        work = text.replace("\0", "\1") if "\0" in text else text
        zones = placeholders(text, self._types) if "[" in text else []
        return zones, blank(work, zones) if zones else work

    def _searched(self, work: str, bits: int) -> list[Span]:
        spans = self._search(work, bits) if bits else []
        for first, line in escaped_lines(work) if has_escapes(work) else ():
            for span in self._search(line.text, self._able(line.text)):
                start, end = line.span(span.start, span.end)
                spans.append(msgspec.structs.replace(span, start=first + start, end=first + end))
        if self._known is not None:
            spans += [
                Span(start, end, kind, "known", _KNOWN_PRIORITY)
                for start, end, kind in self._known.find(work)
            ]
        return spans

    def lines(self, chunks: Iterable[str]) -> Iterator[str]:
        """Scrub a text that arrives in pieces, each cut at a line end.

        The pieces joined are what scrubbing the whole at once gives: only a private key block spans
        many lines, and whether one is open is remembered; so are the last lines of a piece, which
        may announce what the next begins with.
        """
        inside = False
        above = ""
        for chunk in chunks:
            before = _KEY_OPENS if inside else above
            yield self(before + chunk).split("\n", before.count("\n"))[-1]
            inside = in_private_key(chunk, inside)
            above = _last_lines(above + chunk)

    def _able(self, text: str) -> int:
        """Return the bits of the detectors that may find something.

        Without a gate these are all; where codes can be is part of their declaration.
        """
        if self._gate is not None:
            return self._gate(text)
        folded = fold(text).encode("ascii")
        return self._all if dense.may_hold_codes(folded) else self._all & ~self._dense_bits

    def _search(self, text: str, bits: int) -> list[Span]:
        spans: list[Span] = []
        chosen = self._chosen.get(bits)
        if chosen is None:
            chosen = tuple(
                (matcher, one.type, one.name, one.priority)
                for bit, one, matcher in self._single
                if bits & bit
            )
            if len(self._chosen) >= _MOST_CHOICES:
                self._chosen.clear()
            self._chosen[bits] = chosen
        for matcher, kind, name, priority in chosen:
            for start, end in matcher(text):
                spans.append(Span(start, end, kind, name, priority))
        if bits & self._dense_bits:
            for start, end, detector in self._codes.find(text):
                spans.append(Span(start, end, detector.type, detector.name, detector.priority))
        return spans

    def _put(self, text: str, span: Span) -> str:
        value = text[span.start : span.end]
        if span.detector == "known" and self._known is not None:
            value = self._known.canonical(value)
        put = self._replace.get(span.type, self._replace[""])(span.type, value)
        if put or _parted(text, span):
            return put
        return " "  # what was apart must not join to a new value


def _last_lines(text: str) -> str:
    """Return those of the last lines of a text that may announce what comes: short ones."""
    lines = text.rsplit("\n", _ABOVE + 1)[-_ABOVE - 1 :]
    while len(lines) > 1 and max(map(len, lines)) > _LONGEST_ABOVE:
        del lines[0]
    return "\n".join(lines) if len(lines) > 1 else ""


def _cut(spans: list[Span], zones: list[tuple[int, int]]) -> list[Span]:
    """Return what the labels of a text leave of its spans, apart from each other."""
    if zones and spans:
        spans = [
            msgspec.structs.replace(span, start=start, end=end)
            for span in spans
            for start, end in minus(span.start, span.end, zones)
        ]
    return resolve(spans)


def _parted(text: str, span: Span) -> bool:
    """Tell whether taking a span out leaves no two words joined."""
    before, after = text[span.start - 1 : span.start], text[span.end : span.end + 1]
    return before.isspace() or after.isspace() or not (before and after)


def _replacements(action: Action | Mapping[str, Action], token: Token | None) -> dict[str, Replace]:
    """Return the replacing function of each type; the empty type is for all others."""
    wanted: dict[str, Action] = {"": action} if isinstance(action, str) else {"": "label", **action}
    made: dict[str, Replace] = {}
    for kind, name in wanted.items():
        if name not in ACTIONS:
            raise PolicyError("action", "is unknown", hint=f"one of {', '.join(ACTIONS)}")
        if name == "token":
            if token is None:
                raise PolicyError("action token", "needs a function that makes tokens")
            made[kind] = _tokened(token)
        else:
            made[kind] = {"label": label, "mask": mask, "truncate": truncate, "remove": remove}[
                name
            ]
    return made


def _tokened(token: Token) -> Replace:
    def put(kind: str, value: str) -> str:
        return f"[{kind}:{token(kind, value)}]"

    return put
