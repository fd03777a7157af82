"""What several verbs are told: in which format the input is, under which policy, in which files."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING

from anonkit.errors import AnonkitError, FormatError
from anonkit.parse.formats import FORMATS, custom
from anonkit.policy import Policy
from anonkit.policy.document import presets
from anonkit.streams import find

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from anonkit.parse.formats import Format

HYPHEN = "-"
# What names a file that is read beside the sources, where a verb has it; or a preset.
_READ = (
    "policy", "wording", "known", "dictionary", "keys", "key", "passphrase_file", "to", "sign",
    "site",
)  # fmt: skip


def add_verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    about: str,
    verb: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    """Add a verb, or an action of one, and what does it."""
    parser = verbs.add_parser(name, help=about, description=about)
    parser.set_defaults(verb=verb)
    return parser


def add_actions(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    """Add a verb that has actions, which it is nothing without."""
    parser = verbs.add_parser(name, help=about, description=about)
    return parser.add_subparsers(metavar="ACTION", required=True)


def named(text: str) -> str:
    """Return the name of a file; without letters it would be the folder that one stands in."""
    if not text:
        raise ArgumentTypeError("is empty, and names no file")
    return text


def path_or_stream(text: str) -> Path | None:
    """Return a path, or None for `-`: standard input or output, where `./-` is a file."""
    return None if text == HYPHEN else Path(named(text))


def path_alone(text: str) -> Path:
    """Return a path of what is kept in a file, as no stream is one."""
    if text == HYPHEN:
        raise ArgumentTypeError("is no file; one of that name is ./-")
    return Path(named(text))


def add_files_to(parser: argparse.ArgumentParser, about: str) -> None:
    """Add the files that are read one after the other."""
    parser.add_argument("files", nargs="*", type=path_or_stream, metavar="FILE", help=about)


def add_quiet_to(parser: argparse._ActionsContainer) -> None:
    """Add what keeps all but errors to itself."""
    parser.add_argument("-q", "--quiet", action="store_true", help="say errors only")


def add_output_to(parser: argparse.ArgumentParser) -> None:
    """Add where an output goes that takes its name when it is whole."""
    parser.add_argument(
        "-o",
        "--output",
        type=path_or_stream,
        metavar="FILE",
        help="write there, whole or not at all; default, and -: standard output",
    )


def read_by(options: argparse.Namespace) -> Iterator[Path | None]:
    """Yield what a verb reads, whichever it is; None is standard input."""
    told = vars(options)
    if "files" in told:
        yield from told["files"] or [None]
    if "file" in told:
        yield told["file"]
    yield from read_beside(options)


def read_beside(options: argparse.Namespace) -> Iterator[Path]:
    """Yield what a verb reads beside its sources: policies and keys, as far as they are files."""
    told = vars(options)
    for name in _READ:
        paths = told.get(name) or []
        yield from map(Path, paths if isinstance(paths, list) else [paths])


def refuse_written_over(options: argparse.Namespace, written: Iterable[Path | None]) -> None:
    """Refuse outputs, standard output if None is among them, that would go over what a verb reads.

    Raises:
        AnonkitError: One would.
    """
    find.refuse_written_over(read_by(options), "--output", written)


def add_format_to(parser: argparse._ActionsContainer) -> None:
    """Add what names a format."""
    parser.add_argument(
        "-f",
        "--format",
        choices=FORMATS,
        metavar="NAME",
        help=f"{', '.join(FORMATS)}; default: recognised from the first lines",
    )
    parser.add_argument(
        "--log-format",
        metavar="FORMAT",
        help="read access logs of this layout: Apache's with %%, nginx's with $, or the directive",
    )


def told_format(options: argparse.Namespace) -> Format | None:
    """Return the format that was named, or None.

    Raises:
        FormatError: Two were, or the log format is none.
    """
    if options.log_format is None:
        return None if options.format is None else FORMATS[options.format]
    if options.format is not None:
        raise FormatError("--format and --log-format name two formats", hint="leave one out")
    return custom(options.log_format)


def policies() -> str:
    """Return what names a policy."""
    return f"a TOML file, or a preset: {', '.join(presets())}"


def add_policy_to(parser: argparse._ActionsContainer) -> None:
    """Add what names a policy, and says fields of it anew."""
    parser.add_argument(
        "-p", "--policy", metavar="POLICY", help=f"{policies()}; default: that of the format"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=STAGE",
        help="say one field of the policy anew: referer=drop, 'client={truncate={v4=16}}'; may be "
        "given several times",
    )


def load_policy(name: str) -> Policy:
    """Return the policy of a file, or of a preset where no file has that name.

    Raises:
        AnonkitError: It is not valid, not text, or there is neither.
        OSError: The file cannot be read.
    """
    path = Path(name)
    # A folder is no policy: where one is called `app`, the preset is meant.
    if path.suffix != ".toml" and (path.is_dir() or not path.exists()):
        return Policy.preset(name)
    return Policy.from_toml(text_of(path), source=name)


def text_of(path: Path) -> str:
    """Return the text of a file that people write, without the mark that some editors begin with.

    Raises:
        AnonkitError: It is not UTF-8.
        OSError: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:  # raised below, so that no exception carries its bytes along
        pass
    raise AnonkitError(f"{path}: not UTF-8")
