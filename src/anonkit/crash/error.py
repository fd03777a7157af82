"""A Python exception, as the lines that `traceback` would print, without source lines.

They are made of code positions and messages alone: no frame is asked for its variables, and no
source file is read. An exception may be broken in every way that its class allows; what it cannot
say is left out.
"""

from __future__ import annotations

from itertools import groupby
from types import TracebackType
from typing import TYPE_CHECKING, Final

from anonkit.crash.frames import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonkit.crash.frames import Reader

# Causes of causes, and groups in groups, beyond which nothing is read.
_DEEPEST: Final = 8
# Members of a group that are told; as `traceback` does.
_MOST_MEMBERS: Final = 15
# A frame that repeats is told three times, as `traceback` does.
_REPEATS: Final = 3
_CAUSE: Final = "The above exception was the direct cause of the following exception:"
_BAR: Final = "-" * 16
_CONTEXT: Final = "During handling of the above exception, another exception occurred:"


def kind_of(error: BaseException) -> str:
    """Return the name of an exception's class, with its module unless it is built in."""
    name, home = type.__dict__["__qualname__"].__get__(type(error)), _read(error, "__module__")
    return f"{home}.{name}" if isinstance(home, str) and home not in _UNNAMED else str(name)


_UNNAMED: Final = frozenset({"builtins", "__main__"})


def message_of(error: BaseException) -> str:
    """Return the words of an exception and its notes; what cannot be printed is left out."""
    notes = _read(error, "__notes__")
    words = [_text(error), *(_text(note) for note in notes)] if isinstance(notes, list) else []
    return "\n".join(words) if words else _text(error)


def _text(value: object) -> str:
    """Return a value as text, or nothing: a broken `__str__` must not hide the crash."""
    try:
        return str.__str__(str(value))
    except Exception:  # noqa: BLE001 - it is foreign code, and may do anything
        return ""


def _read(error: BaseException, name: str) -> object:
    """Return an attribute, past what its class does when it is asked for one; or None."""
    try:
        return object.__getattribute__(error, name)
    except Exception:  # noqa: BLE001 - it is not there, or a property of a foreign class
        return None


def lines_of(error: BaseException, reader: Reader) -> list[Line]:
    """Return the lines of an exception's trace, the oldest cause first, members of a group last."""
    return list(_lines(error, reader, frozenset(), 0))


def _lines(
    error: BaseException, reader: Reader, seen: frozenset[int], depth: int
) -> Iterator[Line]:
    seen |= {id(error)}
    cause, sentence = _read(error, "__cause__"), _CAUSE
    if cause is None and not _read(error, "__suppress_context__"):
        cause, sentence = _read(error, "__context__"), _CONTEXT
    if isinstance(cause, BaseException) and _is_told(cause, seen):
        yield from _lines(cause, reader, seen, depth)
        yield from (_drawn(_plain(text), depth) for text in ("", sentence, ""))
    members = _read(error, "exceptions") if _is_group(error) else None
    header = "Traceback (most recent call last):"
    if isinstance(members, tuple):
        header = f"Exception Group {header}"
        top, depth = not depth, depth or 1
        yield _plain(f"  + {header}") if top else _drawn(_plain(header), depth)
    else:
        yield _drawn(_plain(header), depth)
    said = message_of(error)
    told = f"{kind_of(error)}: {said}" if said else kind_of(error)
    for line in (*_positions(error, reader), *map(_plain, told.split("\n"))):
        yield _drawn(line, depth)
    if isinstance(members, tuple):
        yield from _members(members[:_MOST_MEMBERS], reader, seen, depth)


def _members(
    members: tuple[BaseException, ...], reader: Reader, seen: frozenset[int], depth: int
) -> Iterator[Line]:
    margin = "  " * depth
    for number, inner in enumerate(members, 1):
        yield _plain(f"{margin}{'+-+' if number == 1 else '  +'}{_BAR} {number} {_BAR}")
        if _is_told(inner, seen):
            yield from _lines(inner, reader, seen, depth + 1)
    if not _is_group(members[-1]):  # which has closed both
        yield _plain(f"{margin}  +{_BAR}----{_BAR}")


def _is_group(error: BaseException) -> bool:
    """Tell by its type alone: `isinstance` would ask a foreign object what it is."""
    return issubclass(type(error), BaseExceptionGroup)


def _is_told(error: BaseException, seen: frozenset[int]) -> bool:
    return id(error) not in seen and len(seen) < _DEEPEST


def _plain(text: str) -> Line:
    return Line(text, None, text)


def _drawn(line: Line, depth: int) -> Line:
    """Return a line beside the bar of the group that it is in."""
    margin = "  " * depth + "| " if depth else ""
    return line._replace(text=margin + line.text, rest=margin + line.rest if line.rest else "")


def _positions(error: BaseException, reader: Reader) -> Iterator[Line]:
    for place, run in groupby(_places(_read(error, "__traceback__"))):
        times = sum(1 for _ in run)
        for _ in range(min(times, _REPEATS)):
            yield reader.python(*place)
        if times > _REPEATS:
            more = times - _REPEATS
            yield _plain(f"  [Previous line repeated {more} more time{'s' if more > 1 else ''}]")


def _places(trace: object) -> Iterator[tuple[str, int | None, str]]:
    while isinstance(trace, TracebackType):
        code = trace.tb_frame.f_code
        yield code.co_filename, trace.tb_lineno, code.co_name
        trace = trace.tb_next
