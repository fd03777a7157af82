"""How each language writes a frame, and what of it may stay.

A line is a frame when it is written as a runtime writes one. Its path becomes relative, and values
that a runtime or tool prints into it go: arguments of PHP, Go and old JavaScript engines, and the
variables that tools draw under source lines.
"""

# ruff: noqa: E501, ISC004 - a declaration reads best unbroken
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from anonkit.crash.relative import is_standard, relative

if TYPE_CHECKING:
    from anonkit.detect import Scrubber

# A longer line is no runtime's; it is scrubbed as text like any other.
_LONGEST_LINE: Final = 4000


class Frame(msgspec.Struct, frozen=True):
    """One place in the code: a relative path, a function and a line, as far as the trace has them."""

    path: str = ""
    function: str = ""
    line: int | None = None


class Line(NamedTuple):
    """What a line of a trace is.

    Args:
        text: The line without paths and values; still to be scrubbed.
        frame: The frame it is.
        rest: What stands on it beside the frame: all of it, where it is no frame.
        qualified: Whether the function names its class and module, so that its file adds nothing.
        standard: Whether it is in Python's own library.
    """

    text: str
    frame: Frame | None
    rest: str
    qualified: bool = False
    standard: bool = False


def own_frames(lines: list[Line]) -> list[tuple[Line, Frame]]:
    """Return the frames of a trace that are not Python's own; all of them, if it has no others."""
    frames = [(line, line.frame) for line in lines if line.frame is not None]
    return [one for one in frames if not one[0].standard] or frames


# A path may hold blanks; what ends it is the line number behind it.
_PATH: Final = r"(?P<path>[^\s\"()<>|*?][^\"()<>|*?\n]{0,400}?)"
_URL: Final = r"(?P<path>[^\s()\"][^()\"\n]{0,800}?)"
# A script, which no host with somebody `@` it looks like: with a scheme or an ending of its own.
_SCRIPT: Final = (
    r"(?P<path>[a-z][a-z0-9+.-]{1,20}:/[^\s()\"][^()\"\n]{0,800}?"
    r"|[^\s()\"@][^()\"@\n]{0,400}?\.(?:[cm]?[jt]sx?|vue|html?|(?:js)?bundle)(?:\?[^()\"\n]{0,400}?)?(?: line \d[^()\"\n]{0,100}?)?)"
)
_LINK: Final = re.compile(r"[a-z][a-z0-9+.-]{1,20}:/[^\s()\"]{1,800}?(?=:[0-9]{1,9}[):])")
_SOURCE_FILE: Final = r"[\w$.-]{1,120}\.(?:java|kt|kts|scala|groovy|clj)"
# .NET translates these words: English, German, French, Spanish, Italian, Polish, Russian, Japanese.
_AT: Final = "(?:at|bei|à|en|in|w|в|場所)"
_IN: Final = "(?:in|dans|en|w|в|場所)"
_LINE: Final = "(?:line |Zeile |ligne |línea |riga |wiersz |строка |行 )"
# After each runtime's own documentation or source.
_FORMS: Final = tuple(
    (language, re.compile(pattern))
    for language, pattern in (
        # traceback.StackSummary.format and faulthandler; `|` draws exception groups; IPython names
        # the file without quotes and prints arguments
        (
            "Python",
            r"(?:[^\"\n]{0,160}[ \t|])?File (?:\"(?P<path>[^\"\n]{1,400})\", line (?P<line>\d{1,9})"
            r"(?:,? in (?P<function>.{1,300}))?|(?P<path2>[^\s\"][^\"\n]{0,400}?):(?P<line2>\d{1,9})"
            r"(?:, in (?P<function2>[\w.<>]{1,200})(?P<values>\(.{0,1000}\))?)?)\s{0,4}\Z",
        ),
        # Throwable.printStackTrace and StackTraceElement.toString; ART prints the same
        (
            "Java",
            r"(?:[^\n(]{0,160}[ \t])?at (?P<function>[\w.$<>/@ -]{1,300})\((?:(?P<path>"
            rf"{_SOURCE_FILE})(?::(?P<line>\d{{1,9}}))?|Native [Mm]ethod|Unknown Source)\)",
        ),
        # V8, Stack trace API; `(anonymous function).then` has brackets of its own
        (
            "JavaScript",
            r"\s{0,40}at (?:(?P<function>(?:\([^\n()]{1,40}\))?[^\n(]{1,300}?) \((?:eval at .{1,1500}?, )?)?"
            rf"{_URL}:(?P<line>\d{{1,9}})(?::\d{{1,9}})?\)?(?: \{{)?\s{{0,4}}\Z",
        ),
        (
            "JavaScript",
            r"\s{0,40}at (?P<function><anonymous>|[^\n(:]{1,300}(?= \())"
            r"(?: \((?:native|index \d{1,9}|<anonymous>)\))?\s{0,4}\Z",
        ),
        # StackTrace.ToString, in the languages it comes in; Mono adds an offset
        (
            ".NET",
            rf"\s{{1,40}}{_AT} (?P<function>[^\n(]{{1,300}}\([^\n()]{{0,1000}}\))(?: \[0x[0-9a-f]{{1,16}}\])?"
            rf"(?: {_IN} (?:{_PATH}|<[^>\n]{{1,80}}>):{_LINE}?(?P<line>\d{{1,9}}))?\s{{0,4}}\Z",
        ),
        # Exception::getTraceAsString
        (
            "PHP",
            rf"\s{{0,40}}#\d{{1,6}} (?:{_PATH}\((?P<line>\d{{1,9}})\)|\[internal function\]): "
            r"(?P<function>[^\n(]{1,300})(?P<values>\(.{0,4000})\Z",
        ),
        # Exception#full_message; a logger may stand before it, the message behind
        (
            "Ruby",
            r"(?:from )?(?:.{0,200}?[ \t:])??(?P<path>(?:[A-Za-z]:)?[\w/~.\\<(][^\s:]{0,300}(?:\.\w{2,4}|>|\)))"
            r":(?P<line>\d{1,9}):in [`'](?P<function>[^'\n]{1,300})'",
        ),
        # runtime/debug.Stack; the function stands on the line before
        ("Go", rf"\t{_PATH}:(?P<line>\d{{1,9}})(?: \+0x[0-9a-f]{{1,16}})?\s{{0,4}}\Z"),
        # Examining the fields in a crash report, with and without symbols
        (
            "Apple",
            r"\d{1,4}\s{1,8}(?P<path>\S[^\n]{0,60}?)\s{1,40}0x[0-9a-f]{6,16} (?:0x[0-9a-f]{1,16} \+ \d{1,12}"
            r"(?: \((?P<function>[^\n]{1,600}?)(?: \+ \d{1,12})?\))?|(?P<function2>[^\n]{1,600}?)(?: \+ \d{1,12})?"
            r"(?: \((?P<path2>[^\s():]{1,200}):(?P<line2>\d{1,9})\))?)\s{0,4}\Z",
        ),
        # debuggerd (tombstones) and ANR traces
        (
            "Android",
            rf"\s{{0,40}}(?:native: )?#\d{{2,4}} pc [0-9a-f]{{6,16}}\s{{1,4}}{_URL}"
            r"(?: \((?P<function>(?!BuildId)[^\n]{1,600}?)(?:\+\d{1,12})?\))?(?: \((?:BuildId|offset)[^()\n]{1,80}\)){0,2}\s{0,4}\Z",
        ),
        # Gecko and JavaScriptCore, Error.prototype.stack; old engines print arguments
        (
            "JavaScript",
            rf"(?P<function>[\w$./<>*\[\]\"@ -]{{0,200}})(?P<values>\([^()@\n]{{0,200}}\))?@{_SCRIPT}"
            r":(?P<line>\d{1,9})(?::\d{1,9})?\s{0,4}\Z",
        ),
    )
)
# Languages whose functions name their class and module, so that the file adds nothing; it stands
# there only where there are debug symbols.
_QUALIFIED: Final = frozenset({"Java", ".NET"})
# Go, the line before a place: the function and the words of its arguments. `created by` has none.
_GO: Final = re.compile(
    r"(?:created by )?(?P<function>[\w./*()\[\],%-]{1,300}?[\w)\]])(?P<values>\((?:[^()\n]{0,1000})\))?"
    r"(?: in goroutine \d{1,9})?\s{0,4}\Z"
)
# Tools that print values of variables under source lines draw them with these; colours may be on.
_DRAWN: Final = re.compile(
    r"(?P<drawing>(?:\x1b\[[0-9;]{0,12}m|[\s│|├]){0,400}[└├╰]─{0,8} ).{1,4000}\Z"
)
# A box of local variables, and its end (rich, loguru).
_BOX: Final = re.compile(r"[\s│|]{0,80}[╭┌+][─-]{1,200} locals [─-]{1,200}")
_BOX_ENDS: Final = re.compile(r"[\s│|]{0,80}[╰└+][─-]{3}")
_BOXED: Final = re.compile(r"[^\s│|]")
# `traceback` with capture_locals prints them below the source line, indented as it is.
_LOCAL: Final = re.compile(r"(?P<name> {4}[A-Za-z_]\w{0,100} = ).{1,4000}\Z")
# What PHP prints of an argument says its kind or its value. Quotes in strings are not escaped, so
# words that do not fit go altogether.
_KIND_OF_VALUE: Final = r"(?:Array|NULL|true|false|Closure|Object\([^()\n]{1,300}\)|\.\.\.)"
_VALUE: Final = (
    r"(?:'[^'\n]{0,2000}'|\"[^\"\n]{0,2000}\"|-?[0-9][0-9.E+-]{0,30}|Resource id #[0-9]{1,9})"
)
_PHP: Final = re.compile(
    rf"\((?:(?:{_KIND_OF_VALUE}|{_VALUE})(?:, |(?=\)))){{0,200}}\)(?P<rest>.{{0,200}})\Z"
)
_PHP_VALUE: Final = re.compile(rf"({_KIND_OF_VALUE})|{_VALUE}")


class Reader:
    """Reads a trace line by line; it remembers what the lines before have begun.

    Args:
        clean: Scrubs paths and functions.
    """

    def __init__(self, clean: Scrubber) -> None:
        self._clean = clean
        self._boxed = False
        self._below = _MOST_BELOW

    def lines(self, lines: list[str]) -> list[Line]:
        """Return what each line is."""
        read = [self._line(line) for line in lines]
        for place in range(1, len(read)):
            frame, before = read[place].frame, read[place - 1]
            if frame is None or frame.function or before.frame is not None:
                continue
            match = _GO.match(before.text) if lines[place].startswith("\t") else None
            if match is not None:
                function = self._clean(match["function"])
                frame = msgspec.structs.replace(frame, function=function)
                read[place] = read[place]._replace(frame=frame)
                read[place - 1] = before._replace(text=_without_values(match), rest="")
        return read

    def python(self, path: str, number: int | None, function: str) -> Line:
        """Return the line of one place in Python code, from what its code object says."""
        frame = Frame(self._short(path), self._clean(function), number)
        text = f'  File "{frame.path}", line {number}, in {frame.function}'
        return Line(text, frame, "", standard=is_standard(path))

    def _line(self, line: str) -> Line:
        body = line.removesuffix("\r")
        end = line[len(body) :]
        if len(body) > _LONGEST_LINE:
            return Line(line, None, line)
        if self._boxed or _BOX.match(body) is not None:
            inside, self._boxed = self._boxed, _BOX_ENDS.match(body) is None or not self._boxed
            hidden = _BOXED.sub("…", body) if inside and self._boxed else body
            return Line(hidden + end, None, "")
        drawn = _DRAWN.match(body)
        if drawn is not None:
            return Line(drawn["drawing"] + "…" + end, None, "")
        self._below += 1
        local = _LOCAL.match(body) if 1 < self._below < _MOST_BELOW else None
        if local is not None:
            return Line(local["name"] + "…" + end, None, "")
        if not body.startswith("    "):
            self._below = _MOST_BELOW
        for language, pattern in _FORMS:
            match = pattern.match(body)
            if match is not None:
                self._below = 0 if language == "Python" else _MOST_BELOW
                return self._tidy(match, line, language)
        return Line(line, None, line)

    def _tidy(self, match: re.Match[str], line: str, language: str) -> Line:
        groups = match.groupdict()
        put = {name: self._short(groups[name]) for name in ("path", "path2") if groups.get(name)}
        if groups.get("values"):
            put["values"] = _hidden(groups["values"])
        text = line
        for name in sorted(put, key=match.start, reverse=True):
            start, end = match.span(name)
            text = text[:start] + put[name] + text[end:]
        if language == "JavaScript":  # a frame of `eval` names the places that called it
            text = _LINK.sub(lambda link: self._short(link[0]), text)
        function = groups.get("function") or groups.get("function2") or ""
        number = groups.get("line") or groups.get("line2")
        frame = Frame(
            put.get("path2") or put.get("path") or "",
            self._clean(function.strip()),
            int(number) if number else None,
        )
        standard = language == "Python" and is_standard(groups["path"] or groups["path2"])
        return Line(text, frame, line[match.end() :], language in _QUALIFIED, standard)

    def _short(self, path: str) -> str:
        return self._clean(relative(path) if "/" in path or "\\" in path or "?" in path else path)


# Lines below a frame of Python that may show variables; the first of them is the source line.
_MOST_BELOW: Final = 200


def _without_values(match: re.Match[str]) -> str:
    """Return the line of a Go function without the words that its arguments were."""
    if not match["values"]:
        return match.string
    shown = "()" if match["values"] == "()" else "(...)"
    return match.string[: match.start("values")] + shown + match.string[match.end("values") :]


def _hidden(values: str) -> str:
    """Return printed arguments without their values; what they are stays where it is certain."""
    match = _PHP.match(values)
    if match is None:
        return "(…)"
    shown = values[: match.start("rest")]
    return _PHP_VALUE.sub(lambda one: one[1] or "'…'", shown) + match["rest"]
