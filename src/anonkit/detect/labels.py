"""Values that a label announces: what stands behind `password=`, `"user": ` or `Name: `.

The search goes from sign to sign, as `:` and `=` are rare where letters are not. It reads
backwards, so that one expression finds the signs which a label stands before; only at those Python
looks back for all of the label and forward for the value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from anonkit.detect.detector import Check, Finder

# What Markdown and HTML put around a label with its sign: `**Name:** `, `<b>Name:</b> `.
_MARKUP: Final = r"(?:\*{1,2}(?=[ \t])|</[A-Za-z]{1,8}>[ \t]{0,4}(?:<[A-Za-z]{1,8}>)?)?"
# `a::b` is a name of C++ or Rust. A time of day is passed over: two digits behind `T` or no letter,
# and two more behind the colon.
# The zeros are a label that an earlier pass left: what is written right behind it is a value too.
_SIGN: Final = re.compile(
    r"[:=](?<![:=].)(?!(?<=:):)(?!(?<=[^0-9A-SU-Za-z_-][0-9][0-9]:)[0-9][0-9](?![0-9A-Ya-z]))"
    rf"[=>]?{_MARKUP}[ \t]{{0,24}}\0{{0,80}}"
).match
# RFC 3986, 3.2.1: in `://user:password@host` the colon announces nothing; other detectors treat it.
_USER_INFO: Final = re.compile(r"://[^\s/?#@;&,]{0,32}\Z")
# Between a label and its sign: `"key": `, `key'] = `, `key != `, and quotes escaped once or twice.
_BETWEEN: Final = " \t\"'`\\]!"
_LONGEST_BETWEEN: Final = 8
_LONGEST_LABEL: Final = 32
# From a sign back to a label, with digits at its end.
_TO_LABEL: Final = (
    rf"[:=][{re.escape(_BETWEEN)}]{{0,{_LONGEST_BETWEEN}}}+[0-9]{{0,{_LONGEST_LABEL}}}+"
)


def after_label(
    keys: tuple[str, ...],
    value: str,
    check: Check,
    *,
    alone: tuple[str, ...] = (),
    below: Check | None = None,
    unless: tuple[str, ...] = (),
) -> Finder:
    """Return a finder of the values behind some labels.

    Args:
        keys: How a label may end, in lower case; up to two digits may follow.
        value: The pattern of the value, right behind the sign, with a group named `value`.
        check: Decides on the value.
        alone: Those of the ends that must not follow a letter: `pass`, but not in `bypass`.
        below: Also finds values that fill the line below a label that stands alone with its `:`,
            where this decides as well.
        unless: Ends of labels that are something else after all.
    """
    match_value = re.compile(value).match
    ends = (key[::-1] + (_ALONE if key in alone else "") for key in keys)
    but = f"(?!{_either(key[::-1] for key in unless)})" if unless else ""
    announced = re.compile(f"{_TO_LABEL}{but}{_either(ends)}".encode()).finditer

    def find(text: str) -> Iterator[tuple[int, int]]:
        # As the gate reads it. In JSON nearly all signs follow other labels: 5 in place of 12 µs.
        backwards = text.encode("ascii", "replace").lower()[::-1]
        last = len(text) - 1
        taken = 0
        for place in reversed([last - match.start() for match in announced(backwards)]):
            # Inside a value, as far as what stands there cannot reach beyond it.
            if place < taken:
                continue
            sign = _SIGN(text, place)
            if sign is None or (text[place] == ":" and _in_user_info(text, place)):
                continue
            at = sign.end()
            if below is not None and text[place] == ":" and text[at : at + 1] in _LINE_ENDS:
                span = _line_below(text, place, at, match_value)
                if span is None or not below(text[slice(*span)]):
                    continue
            else:
                match = match_value(text, at)
                if match is None:
                    continue
                span = match.span("value")
            start, end = span
            if check(text[start:end]):
                taken = end - _LONGEST_LABEL
                yield start, end

    _VALUES[find] = value
    return find


_LINE_ENDS: Final = frozenset("\r\n")
_BELOW: Final = re.compile(r"\r?\n[ \t>*|]{0,24}").match  # as in `seen_by`
_FILLED: Final = re.compile(r"[\"']?[ \t*|]{0,8}\r?(?:\n|\Z)").match
# A label alone on its line, with what quotes the line or sets it off.
_LABEL_ALONE: Final = re.compile(r"[ \t>*|#_-]{0,8}[^\W\d_][\w .()/-]{1,40}[*_]{0,2}").fullmatch


def _line_below(
    text: str, sign: int, end: int, match_value: Callable[[str, int], re.Match[str] | None]
) -> tuple[int, int] | None:
    """Return where the value is that fills the line below a label that stands alone on its own."""
    gap = _BELOW(text, end)
    first = max(text.rfind("\n", max(0, sign - _LONGEST_LINE), sign) + 1, sign - _LONGEST_LINE, 0)
    if gap is None or _LABEL_ALONE(text[first:sign]) is None:
        return None
    match = match_value(text, gap.end())
    if match is not None and _FILLED(text, match.end()):
        return match.span("value")
    word = match and _WORD(text, match.start("value"))
    return word.span() if word and _FILLED(text, word.end()) else None


_WORD: Final = re.compile(r"[^\s\0]{1,63}[^\s\0:]").match
_LONGEST_LINE: Final = 64
# The patterns of the values of all finders of labels, for `seen_by`.
_VALUES: Final[dict[Finder, str]] = {}


def seen_by(finder: Finder | None, keys: Iterable[str]) -> tuple[str, ...]:
    """Return patterns of all that a finder of labels looks at; none for any other finder.

    The second is for a value on the line below, of which all the word is looked at.
    """
    if finder not in _VALUES:
        return ()
    label = "|".join(map(re.escape, keys))
    announced = (
        rf"(?i:{label})[0-9{re.escape(_BETWEEN)}]{{0,{_LONGEST_BETWEEN + _LONGEST_LABEL}}}[:=]"
        rf"[=>]?{_MARKUP}[ \t]{{0,24}}"
    )
    value = _VALUES[finder]
    return (
        rf"{announced}\0{{0,80}}{value}",
        rf"{announced}\r?\n[ \t>*|]{{0,24}}{value}[^\s\0]{{0,64}}",
    )


# Stands behind an end, read backwards, that must not follow a letter.
_ALONE: Final = "\0"


def _either(words: Iterable[str]) -> str:
    """Return an expression for any of some words, which branches at one letter at a time."""
    tails: dict[str, list[str]] = {}
    for word in words:
        if not word:
            return ""
        tails.setdefault(word[0], []).append(word[1:])
    branches = [
        ("(?![a-z])" if first == _ALONE else re.escape(first)) + _either(rest)
        for first, rest in tails.items()
    ]
    return f"(?:{'|'.join(branches)})"


def _in_user_info(text: str, place: int) -> bool:
    """Tell whether a colon stands in the user information of a URL."""
    reach = max(0, place - _LONGEST_LABEL - _LONGEST_BETWEEN)
    return "://" in text[reach:place] and _USER_INFO.search(_label(text, place)) is not None


def _label(text: str, end: int) -> str:
    """Return the end of the label before a sign, in lower case."""
    stop = max(0, end - _LONGEST_BETWEEN)
    while end > stop and text[end - 1] in _BETWEEN:
        end -= 1
    label = text[max(0, end - _LONGEST_LABEL) : end].rstrip("0123456789")
    return label.encode("ascii", "replace").decode("ascii").lower()  # as the gate reads it
