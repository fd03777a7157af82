"""Values that a label announces: what stands behind `password=`, `"user": ` or `Name: `.

The search goes from sign to sign, as `:` and `=` are rare where letters are not: before the sign it
looks back for the label, behind it forward for the value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonkit.detect.detector import Check, Finder

# A time of day is passed over: two digits behind `T` or no letter, and two more behind the colon.
# The zeros are a label that an earlier pass left: what is written right behind it is a value too.
_SIGN: Final = (
    r"[:=](?<![:=].)(?!(?<=[^0-9A-SU-Za-z_-][0-9][0-9]:)[0-9][0-9](?![0-9A-Ya-z]))"
    r"[=>]?[ \t]{0,24}\0{0,80}"
)
# RFC 3986, 3.2.1: in `://user:password@host` the colon announces nothing; other detectors treat it.
_USER_INFO: Final = re.compile(r"://[^\s/?#@;&,]{0,32}\Z")
# Between a label and its sign: `"key": `, `key'] = `, `key != `, and quotes escaped once or twice.
_BETWEEN: Final = " \t\"'`\\]!"
_LONGEST_BETWEEN: Final = 8
_LONGEST_LABEL: Final = 32


def after_label(
    keys: tuple[str, ...],
    value: str,
    check: Check,
    *,
    alone: tuple[str, ...] = (),
    unless: tuple[str, ...] = (),
) -> Finder:
    """Return a finder of the values behind some labels.

    Args:
        keys: How a label may end, in lower case; up to two digits may follow.
        value: The pattern of the value, right behind the sign, with a group named `value`.
        check: Decides on the value.
        alone: Those of the ends that must not follow a letter: `pass`, but not in `bypass`.
        unless: Ends of labels that are something else after all.
    """
    match_value = re.compile(value).match
    lasts = frozenset(form(key[-1]) for key in keys for form in (str.lower, str.upper))
    before = re.escape("".join(sorted({*lasts, *_BETWEEN, *"0123456789"})))
    signs = re.compile(f"[:=](?<=[{before}][:=]){_SIGN.removeprefix('[:=]')}")

    def find(text: str) -> Iterator[tuple[int, int]]:
        for sign in signs.finditer(text):
            label = _label(text, sign.start(), lasts)
            if not label.endswith(keys) or (unless and label.endswith(unless)):
                continue
            if "://" in label and text[sign.start()] == ":" and _USER_INFO.search(label):
                continue
            if alone and label.endswith(alone) and not _is_alone(label, alone):
                continue
            match = match_value(text, sign.end())
            if match is not None and check(match["value"]):
                yield match.span("value")

    return find


def _label(text: str, end: int, lasts: frozenset[str]) -> str:
    """Return the end of the label before a sign, in lower case; nothing where none can end so."""
    stop = max(0, end - _LONGEST_BETWEEN)
    while end > stop and text[end - 1] in _BETWEEN:
        end -= 1
    label = text[max(0, end - _LONGEST_LABEL) : end].rstrip("0123456789")
    if label[-1:] not in lasts:
        return ""
    return label.encode("ascii", "replace").decode("ascii").lower()  # as the gate reads it


def _is_alone(label: str, ends: tuple[str, ...]) -> bool:
    """Tell whether the longest of some ends that a label has does not follow a letter."""
    longest = max((end for end in ends if label.endswith(end)), key=len)
    return not label[: -len(longest)][-1:].isalpha()
