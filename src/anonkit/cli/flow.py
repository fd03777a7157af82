"""One source on its way through a format, and where it stands: what a run can go on from.

The place is known from outside, by counting newlines: a format's stream is asked for nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from anonkit.errors import FormatError
from anonkit.parse.encodings import PLAIN, Coder
from anonkit.parse.lines import LONGEST_LINE, Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anonkit.parse.encodings import Encoding
    from anonkit.parse.formats import Format, Split
    from anonkit.parse.window import Window
    from anonkit.pipeline import Pipeline


class Input(NamedTuple):
    """What is known of a source before it is read.

    Args:
        name: What it is called.
        form: The format of its lines.
        encoding: How they are written.
    """

    name: str
    form: Format
    encoding: Encoding

    @property
    def split(self) -> Split:
        """Where it may be cut: only in UTF-8 without a mark is every newline the end of a line."""
        return self.form.split if self.encoding == PLAIN else "never"


class Coded:
    """The stream of an input, fed and read in the encoding of its source.

    Args:
        about: The input.
        pipeline: What the lines go through.
        reject: Called with the number, from 1, and the bytes of each withheld line.
        window: The span of time whose lines are taken.
    """

    def __init__(
        self,
        about: Input,
        pipeline: Pipeline,
        reject: Callable[[int, bytes], None],
        window: Window | None,
    ) -> None:
        coder = self._coder = Coder(about.encoding)
        self._name = about.name
        self._stream = pipeline.lines(
            about.form, reject=lambda number, line: reject(number, coder.line(line)), window=window
        )

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the source, and return what may leave by now."""
        with named(self._name):
            return self._coder.encode(self._stream.feed(self._coder.decode(data)))

    @property
    def lines(self) -> int:
        """How many lines were taken, of a source that can be cut between lines."""
        return self._stream.count if isinstance(self._stream, Lines) else 0

    def finish(self) -> bytes:
        """Take the end of the source, and return what may leave of the rest."""
        with named(self._name):
            last = self._stream.feed(self._coder.decode(b"", end=True)) + self._stream.finish()
            return self._coder.encode(last)


class Flow:
    """A stream of one input, that can change its pipeline between two lines.

    Args:
        about: The input.
        pipeline: What the lines go through.
        reject: Called with the number, from 1, and the bytes of each withheld line.
        number: How many lines there were before.
        position: How many bytes they had.
        directive: The last directive before, where a stream begins behind the start of its source.
        window: The span of time whose lines are taken.
        traced: Whether `lines`, `tail` and `directive` are kept up to date, which costs a little.

    Attributes:
        lines: How many newlines came.
        tail: The bytes of the line that is not whole yet.
        directive: The last line that said how the following are to be read.
        directive_at: Where it stands in the source, and how long it is.
    """

    def __init__(
        self,
        about: Input,
        pipeline: Pipeline,
        reject: Callable[[int, bytes], None],
        *,
        number: int = 0,
        position: int = 0,
        directive: bytes = b"",
        window: Window | None = None,
        traced: bool = True,
    ) -> None:
        self.form = about.form
        self.lines = number
        self.tail = b""
        self.directive = directive
        self.directive_at = (0, len(directive))
        self._about = about
        self._position = position
        self._reject = reject
        self._traced = traced
        self._window = window
        self._open(pipeline)

    @property
    def movable(self) -> bool:
        """Whether another stream could go on from here: behind a newline, with the tail again."""
        return self._about.split != "never" and len(self.tail) <= LONGEST_LINE

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the source, and return what may leave by now."""
        out = self._stream.feed(data)
        if self._traced:
            self._trace(data)
        return out

    def finish(self) -> bytes:
        """Take the end of the source, and return what may leave of the rest."""
        self.tail = b""
        return self._stream.finish()

    def move(self, pipeline: Pipeline) -> bool:
        """Go on with another pipeline, if this is a place to do so; return whether it was."""
        if not self.movable:
            return False
        self._open(pipeline)
        self._stream.feed(self.tail)
        return True

    def _open(self, pipeline: Pipeline) -> None:
        before = self.lines

        def reject(number: int, line: bytes) -> None:
            self._reject(before + number, line)

        self._stream = Coded(self._about, pipeline, reject, self._window)
        if self.directive:
            before -= 1
            self._stream.feed(self.directive)

    def _trace(self, data: bytes) -> None:
        self.lines += data.count(b"\n")
        last = data.rfind(b"\n") + 1
        if self.form.directive:
            whole = self.tail + data[:last]
            start = last_line(whole, self.form.directive) if last else -1
            if start >= 0:
                self.directive = whole[start : whole.index(b"\n", start) + 1]
                at = self._position - len(self.tail) + start
                self.directive_at = (at, len(self.directive))
        self._position += len(data)
        self.tail = data[last:] if last else self.tail + data
        if len(self.tail) > LONGEST_LINE:
            self.tail = self.tail[: LONGEST_LINE + 1]  # too long, and not to be gone on from


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put the name of a source before what cannot be read of it."""
    try:
        yield
    except FormatError as error:
        raise FormatError(f"{name}: {error.problem}", hint=error.hint) from None


def last_line(data: bytes, beginning: bytes) -> int:
    """Return where the last line begins that begins so, or -1."""
    if (found := data.rfind(b"\n" + beginning)) >= 0:
        return found + 1
    return 0 if data.startswith(beginning) else -1
