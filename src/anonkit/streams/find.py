"""What a run reads and where that goes: files, patterns and folders, each with its output."""

from __future__ import annotations

import glob
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO

from anonkit.errors import AnonkitError, StreamError
from anonkit.files import is_draft
from anonkit.streams.compress import SUFFIX_OF, kind_by_name
from anonkit.streams.outputs import STDOUT
from anonkit.streams.rotated import in_time_order
from anonkit.streams.sources import STDIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from anonkit.streams.compress import Kind


class Unit(NamedTuple):
    """Sources that end in one output.

    Args:
        sources: Paths in order; None is standard input.
        output: A path; None is standard output.
        in_place: Whether the output takes the place of its one source.
    """

    sources: tuple[Path | None, ...]
    output: Path | None
    in_place: bool = False


def sources(arguments: Sequence[Path | None], *, recursive: bool) -> list[tuple[Path | None, Path]]:
    """Return the files that arguments name, with those of a rotated set in the order of time.

    Each comes with the name that it has below a folder of outputs; None is standard input, and has
    none. A name that no file has is a pattern where it looks like one (`*`, `?`, `[`), so that a
    quoted one works as well.

    Raises:
        StreamError: A pattern fits no file, or a folder is named without `recursive`.
        OSError: A file is not there, or a folder cannot be read.
    """
    below: dict[Path | None, Path] = {None: Path()}
    found: list[Path | None] = []
    for argument in arguments:
        if argument is None:
            found.append(None)
            continue
        several = [argument]
        if not os.path.lexists(argument) and glob.has_magic(str(argument)):
            several = [Path(name) for name in sorted(glob.glob(str(argument), recursive=True))]  # noqa: PTH207 - patterns may be absolute
            several = [path for path in several if recursive or not path.is_dir()]
            # `**` follows links to folders, and comes to the same files again.
            once = {(os.path.realpath(path.parent), path.name): path for path in several[::-1]}
            several = list(once.values())[::-1]
            if not several:
                raise StreamError(f"{argument}: no file fits")
        for path in several:
            path.stat()  # one that is not there is said before anything leaves
            if path.is_dir() and recursive:
                for file in _walk(path):
                    below.setdefault(file, file.relative_to(path))
                    found.append(file)
                continue
            if path.is_dir():
                raise StreamError(f"{path}: is a directory", hint="-r takes all files in it")
            below.setdefault(path, Path(path.name))
            found.append(path)
    if arguments and not found:
        raise StreamError(f"{arguments[0]}: no file is there")
    return [(path, below[path]) for path in in_time_order(found)]


def units(
    found: Sequence[tuple[Path | None, Path]],
    output: Path | None,
    *,
    folder: bool,
    in_place: bool,
    compress: Kind | Literal["none"] | None,
) -> list[Unit]:
    """Return what goes where.

    Raises:
        AnonkitError: Two sources would have one output, or one has no name for its own.
    """
    if not in_place and not folder:
        return [Unit(tuple(path for path, _ in found) or (None,), output)]
    files = [(path, name) for path, name in found if path is not None]
    if not files or len(files) < len(found):
        raise AnonkitError("standard input has no name that an output could have")
    if in_place or output is None:
        return [Unit((path,), path, in_place=True) for path in _each_once(files)]
    made: dict[Path, Path] = {}
    for path, name in files:
        to = output / _renamed(name, compress)
        if to in made:
            raise AnonkitError(f"{to}: would be the output of {made[to]} and of {path}")
        made[to] = path
    return [Unit((path,), to) for to, path in made.items()]


def refuse_written_over(
    read: Iterable[Path | None],
    option: str,
    written: Iterable[Path | None],
    *,
    adds: bool = False,
    hint: str | None = None,
) -> None:
    """Refuse what would take the place of a source, whatever its names, or be added to one.

    A source is replaced where that is asked for, and nowhere by mistake: a pattern may well fit the
    output of an earlier run. One that is added to while it is read has no end.

    Args:
        read: Sources; None is standard input.
        option: What says where is written.
        written: What it names; None is standard output, which adds.
        adds: Whether what it names is added to, and not replaced.
        hint: What to do instead.

    Raises:
        AnonkitError: An output is a source.
    """
    known = {_regular(path, sys.stdin): path for path in read}
    for path in written:
        about = _regular(path, sys.stdout)
        if about is None or about not in known:
            continue
        source = known[about]
        said = f"{source or STDIN}: is read"
        if path is None:
            option, adds, hint = STDOUT, True, "-o FILE"
        elif source is None:
            said = f"{path}: is standard input"
        change = "add to" if adds else "write over"
        raise AnonkitError(f"{said}, and {option} would {change} it", hint=hint)


def refuse_as_source(read: Iterable[Path | None], option: str, path: Path) -> None:
    """Refuse to read a file of secrets as a source: a folder may well hold it beside its logs.

    Raises:
        AnonkitError: It is among them.
    """
    about = _regular(path, None)
    if about is not None and about in {_regular(source, sys.stdin) for source in read}:
        raise AnonkitError(f"{path}: is {option}, and no source", hint="keep it elsewhere")


def _each_once(found: Sequence[tuple[Path, Path]]) -> Iterator[Path]:
    """Yield regular files, each once, whatever its names."""
    seen: set[tuple[int, int]] = set()
    for path, _ in found:
        if not stat.S_ISREG(path.stat().st_mode):
            raise StreamError(f"{path}: is no file, and has no place to be changed in")
        if (file := _file(path)) not in seen:
            seen.add(file)
            yield path


def _file(path: Path) -> tuple[int, int]:
    """Return which file a path leads to."""
    about = path.stat()
    return about.st_dev, about.st_ino


def _regular(path: Path | None, stream: TextIO | None) -> tuple[int, int] | None:
    """Return which file a path leads to, or without one a stream; None if it is no regular file."""
    try:
        if path is not None:
            about = path.stat()
        elif stream is not None:
            about = os.fstat(stream.fileno())
        else:
            return None
    except OSError:  # whoever opens it says why
        return None
    return (about.st_dev, about.st_ino) if stat.S_ISREG(about.st_mode) else None


def _renamed(name: Path, compress: Kind | Literal["none"] | None) -> Path:
    """Return the name of an output: that of its source, ending as it is compressed."""
    if compress is None:
        return name
    plain = name.with_suffix("") if kind_by_name(name) else name
    return plain if compress == "none" else plain.with_name(plain.name + SUFFIX_OF[compress])


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, in the order of names; links to folders are not followed."""

    def refuse(failure: OSError) -> None:
        raise failure

    for place, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if path.is_symlink() and not path.exists():
                continue  # it leads nowhere, and so there is nothing to read
            if not is_draft(path) and stat.S_ISREG(path.stat().st_mode):
                yield path
