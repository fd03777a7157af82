"""One source on its way through a format, and where it stands: what a run can go on from."""

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
    from anonkit.streams.outputs import Writer


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

    def unended(self, last: bytes) -> bool:
        """Return whether an output lacks its last newline that ends so, behind its whole lines."""
        return bool(last) and not last.endswith(self.encoding.newline)


class Seam:
    """The end of an output, where the next source is put.

    Args:
        codec: How what stands there is written; None where it is not known or nothing stands there.
        unended: Whether it lacks its last newline.
        begun: Whether an earlier run began the output, with a mark if it has one.
    """

    def __init__(
        self, codec: str | None = None, *, unended: bool = False, begun: bool = False
    ) -> None:
        self.codec = codec
        self.unended = unended
        self._begun = begun

    def join(self, about: Input, writer: Writer) -> None:
        """Begin a source: behind what stands there already, on a line of its own.

        Raises:
            FormatError: It is written otherwise, and nobody could read both.
        """
        if self.codec is None:
            writer.write(b"" if self._begun else about.encoding.mark)
        elif self.codec != about.encoding.codec:
            raise FormatError(
                f"{about.name}: is written in another encoding than the files before it",
                hint="-o FOLDER/ gives each an output of its own",
            )
        elif self.unended:
            writer.write(about.encoding.newline)
        self.codec, self.unended = about.encoding.codec, False


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
        self._report = pipeline.report
        self._again = False

        def withheld(number: int, line: bytes) -> None:
            if not self._again:
                reject(number, coder.line(line))

        self._stream = pipeline.lines(about.form, reject=withheld, window=window)

    def directive(self, line: bytes) -> None:
        """Take a line again that says how the following are to be read; it is not counted twice."""
        self._again = True
        with self._report.uncounted():
            self.feed(line)
        self._again = False

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the source, and return what may leave by now."""
        with named(self._name):
            return self._coder.encode(self._stream.feed(self._coder.decode(data)))

    @property
    def lines(self) -> int:
        """How many lines were taken, of a source that can be cut between lines."""
        return self._stream.count if isinstance(self._stream, Lines) else 0

    @property
    def alone(self) -> bool:
        """Whether what follows the last whole line does not depend on those before, as it may."""
        return isinstance(self._stream, Lines) and self._stream.alone

    def finish(self) -> bytes:
        """Take the end of the source, and return what may leave of the rest."""
        with named(self._name):
            last = self._stream.feed(self._coder.decode(b"", end=True)) + self._stream.finish()
            return self._coder.encode(last)

    def forget(self) -> None:
        """Let go of all that is remembered: nothing follows.

        A stream refers to itself, so Python comes to collect it much later; of a run over hundreds
        of files, each would leave megabytes.
        """
        self._stream.forget()


class Place:
    """Where a source stands, known from outside by counting newlines: no format is asked.

    Args:
        directive: What begins the lines that say how the following are to be read, if any does.
        lines: How many newlines came.
        position: How many bytes came.
        last: The last directive before, where reading begins behind the start of a source.

    Attributes:
        tail: The bytes of the line that is not whole yet; of one too long, no more than tell it.
        last: The last directive.
        last_at: Where it stands in the source, and how long it is.
    """

    def __init__(
        self, directive: bytes, lines: int = 0, position: int = 0, last: bytes = b""
    ) -> None:
        self.lines = lines
        self.tail = b""
        self.last = last
        self.last_at = (0, len(last))
        self._directive = directive
        self._position = position

    def move(self, data: bytes) -> None:
        """Go on behind a piece of the source."""
        self.lines += data.count(b"\n")
        end = data.rfind(b"\n") + 1
        if self._directive and end:
            whole = self.tail + data[:end]
            if (start := last_line(whole, self._directive)) >= 0:
                self.last = whole[start : whole.index(b"\n", start) + 1]
                self.last_at = (self._position - len(self.tail) + start, len(self.last))
        self._position += len(data)
        self.tail = data[end:] if end else self.tail + data
        if len(self.tail) > LONGEST_LINE:
            self.tail = self.tail[: LONGEST_LINE + 1]


class Flow:
    """A stream of one input, that can change its pipeline between two lines.

    Args:
        about: The input.
        pipeline: What the lines go through.
        reject: Called with the number, from 1, and the bytes of each withheld line.
        place: Where the source stands.
        window: The span of time whose lines are taken.
        traced: Whether the place is kept up to date, which costs a little.
    """

    def __init__(
        self,
        about: Input,
        pipeline: Pipeline,
        reject: Callable[[int, bytes], None],
        *,
        place: Place | None = None,
        window: Window | None = None,
        traced: bool = True,
    ) -> None:
        self.form = about.form
        self.place = place or Place(about.form.directive)
        self._about = about
        self._reject = reject
        self._traced = traced
        self._window = window
        self._open(pipeline)

    @property
    def movable(self) -> bool:
        """Whether another stream could go on from here: behind a newline, with the tail again."""
        # Text is not cut unread, but whoever read it knows where one could.
        alone = self._about.encoding == PLAIN and self._stream.alone
        return (alone or self._about.split != "never") and len(self.place.tail) <= LONGEST_LINE

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the source, and return what may leave by now."""
        out = self._stream.feed(data)
        if self._traced:
            self.place.move(data)
        return out

    def finish(self) -> bytes:
        """Take the end of the source, and return what may leave of the rest; nothing follows."""
        last = self._stream.finish()
        self._stream.forget()
        return last

    def move(self, pipeline: Pipeline) -> bool:
        """Go on with another pipeline, if this is a place to do so; return whether it was."""
        if not self.movable:
            return False
        self._stream.forget()
        self._open(pipeline)
        self._stream.feed(self.place.tail)
        return True

    def _open(self, pipeline: Pipeline) -> None:
        before = self.place.lines

        def reject(number: int, line: bytes) -> None:
            self._reject(before + number, line)

        self._stream = Coded(self._about, pipeline, reject, self._window)
        if self.place.last:
            before -= 1
            self._stream.directive(self.place.last)


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put the name of a source before what cannot be read of it."""
    try:
        yield
    except FormatError as error:
        raise FormatError(f"{name}: {error.problem}", hint=error.hint) from None


def last_line(data: bytes, beginning: bytes) -> int:
    """Return where the last whole line begins that begins so, or -1; one too long is no line."""
    end = len(data)
    while end > 0:
        found = data.rfind(b"\n" + beginning, 0, end) + 1
        if not found and not data.startswith(beginning):
            break
        if data.find(b"\n", found) - found <= LONGEST_LINE:
            return found
        end = found
    return -1
