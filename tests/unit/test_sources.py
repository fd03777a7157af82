"""Sources: what is read, however it comes, and which files that are."""

from __future__ import annotations

import gzip
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from anonkit.errors import AnonkitError, StreamError
from anonkit.streams import compress, find
from anonkit.streams.sources import HEAD, Source, opened


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def piped(pieces: list[bytes]) -> Source:
    """Return a source behind a pipe that its bytes come through one after the other."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    def write() -> None:
        for piece in pieces:
            time.sleep(0.05)
            os.write(writing, piece)
        os.close(writing)

    threading.Thread(target=write).start()
    return Source(None, open(reading, "rb", buffering=0))  # noqa: PTH123 - a descriptor, closed with the source


def test_a_packed_source_is_known_though_its_bytes_come_one_by_one() -> None:
    """The first bytes are waited for until they tell, on a descriptor that does not wait as well."""
    packed = gzip.compress(b"text\n")
    source = piped([packed[:1], packed[1:2], packed[2:]])
    assert source.kind == "gzip"
    assert not source.regular
    assert source.sample(HEAD) == b"text\n"
    assert source.read(9) == b""
    source._file.close()


def test_what_only_begins_like_a_packed_source_is_text() -> None:
    """Bytes that end before they tell a compression are taken as they are."""
    source = piped([b"B", b"Z"])
    assert source.kind is None
    assert source.ready(0)  # the bytes that were looked at
    assert source.sample(HEAD) == b"BZ"
    source._file.close()


def test_a_wait_for_input_ends_when_told() -> None:
    """A source without input is not ready when its time is over."""
    reading, writing = os.pipe()
    os.write(writing, b"x")
    with open(reading, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
        source = Source(None, file)
        assert source.read(9) == b"x"
        assert not source.ready(0.01)
        assert not source.ready(-1)
        os.write(writing, b"y")
        assert source.ready(9)
        os.close(writing)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_source_can_begin_further_on(pack: type[bytes]) -> None:
    """Plain bytes are skipped, packed or not, and a source that is too short says so."""
    Path("a").write_bytes(pack(b"0123456789" * 20_000))
    with opened(Path("a")) as source:
        source.go_to(150_003)
        assert source.read(3) == b"345"
        assert source.position == 150_006
        with pytest.raises(StreamError, match="a: is shorter than it was"):
            source.go_to(300_000)


def test_an_error_while_reading_has_a_name() -> None:
    """What the system says of a source that cannot be read begins with its name."""
    with pytest.raises(OSError, match="mem") as caught, opened(Path("/proc/self/mem")):
        pytest.fail("it was read")
    assert caught.value.filename == "/proc/self/mem"


def test_standard_input_twice_is_one_source_twice() -> None:
    """Standard input stays where it is among files, and has no name that an output could have."""
    Path("a.log.1").write_bytes(b"")
    Path("a.log").write_bytes(b"")
    mixed = find.sources([Path("a.log"), None, Path("a.log.1"), None], recursive=False)
    assert [path and path.name for path, _ in mixed] == ["a.log.1", "a.log", None, None]
    found = find.sources([None], recursive=False)
    assert find.units(found, None, folder=False, in_place=False, compress=None)[0].sources == (
        None,
    )
    with pytest.raises(AnonkitError, match="standard input has no name"):
        find.units(found, Path("made"), folder=True, in_place=False, compress=None)
    with pytest.raises(AnonkitError, match="standard input has no name"):
        find.units([], None, folder=False, in_place=True, compress=None)


def test_patterns_take_files_and_with_recursion_folders() -> None:
    """A pattern passes over folders, unless folders are taken; drafts and links to folders never are."""
    for name in ("x/1.log", "x/y/2.log", "x/.anonkit-0.part"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"")
    Path("x/y/back").symlink_to("..")
    Path("[x]").write_bytes(b"")  # a file of this name is no pattern
    names = lambda found: [str(path) for path, _ in found]  # noqa: E731 - short
    assert names(find.sources([Path("x/*")], recursive=False)) == ["x/1.log"]
    assert names(find.sources([Path("x/*")], recursive=True)) == ["x/1.log", "x/y/2.log"]
    assert names(find.sources([Path("x/**/*.log")], recursive=True)) == ["x/1.log", "x/y/2.log"]
    assert names(find.sources([Path("[x]")], recursive=False)) == ["[x]"]
    Path("empty").mkdir()
    with pytest.raises(StreamError, match="empty: no file is there"):
        find.sources([Path("empty")], recursive=True)
    Path("x/y").chmod(0)
    Path("x/y").rename("gone")
    with pytest.raises(FileNotFoundError):
        list(find._walk(Path("x/y")))


def test_outputs_below_a_folder_are_named_as_they_are_packed() -> None:
    """Each output has the name of its source, with the ending of its compression; two never meet."""
    found = [(Path("a.log.gz"), Path("a.log.gz")), (Path("b.log"), Path("b.log"))]

    def outputs(**told: object) -> list[str]:
        made = find.units(found, Path("made"), folder=True, in_place=False, **told)  # type: ignore[arg-type]
        return [str(unit.output) for unit in made]

    assert outputs(compress=None) == ["made/a.log.gz", "made/b.log"]
    assert outputs(compress="zstd") == ["made/a.log.zst", "made/b.log.zst"]
    assert outputs(compress="none") == ["made/a.log", "made/b.log"]
    found.append((Path("x/b.log"), Path("b.log")))
    with pytest.raises(
        AnonkitError, match=r"made/b.log: would be the output of b.log and of x/b.log"
    ):
        outputs(compress=None)


@pytest.mark.parametrize("written", ["a.log", "./a.log", "link", "hard", "x/../a.log"])
def test_what_is_written_is_no_source(written: str) -> None:
    """A source is refused as an output whatever it is called; what is no file, or absent, is none."""
    Path("a.log").write_bytes(b"")
    Path("b.log").write_bytes(b"")
    Path("x").mkdir()
    Path("link").symlink_to("a.log")
    Path("hard").hardlink_to("a.log")
    read = [Path("b.log"), Path("absent"), Path("a.log")]
    with pytest.raises(AnonkitError, match=r"a.log: is read, and --output would write over it"):
        find.refuse_written_over(read, "--output", [Path("x/a.log"), Path(written)])
    with pytest.raises(AnonkitError, match=r"a.log: is read, and --rejects would add to it"):
        find.refuse_written_over(read, "--rejects", [Path(written)], adds=True)
    others = (None, Path("absent"), Path("/dev/null"), Path("x"))
    read = [Path("/dev/null"), Path("absent"), Path("b.log")]
    find.refuse_written_over(read, "--output", [*others, Path(written)])


def test_what_standard_input_reads_is_not_written_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file that standard input was redirected from is a source; a closed one is nothing."""
    Path("a.log").write_bytes(b"")
    with Path("a.log").open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(
            AnonkitError, match=r"a.log: is standard input, and --output would write over it"
        ):
            find.refuse_written_over([None], "--output", [Path("a.log")])
    monkeypatch.setattr(sys, "stdin", None)
    find.refuse_written_over([None], "--output", [Path("a.log")])


def test_what_standard_output_adds_to_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that `>>` leads to would have no end, by its name or as standard input."""
    Path("a.log").write_bytes(b"")
    with Path("a.log").open("a") as stdout, Path("a.log").open() as stdin:
        monkeypatch.setattr(sys, "stdout", stdout)
        with pytest.raises(AnonkitError, match=r"a.log: is read, and standard output would add"):
            find.refuse_written_over([Path("a.log")], "--output", [None])
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(AnonkitError, match=r"standard input: is read, and standard output "):
            find.refuse_written_over([None], "--output", [None])
    monkeypatch.setattr(sys, "stdout", None)
    find.refuse_written_over([Path("a.log")], "--output", [None])


def test_in_place_takes_each_file_once_and_files_alone() -> None:
    """Two names of a file are one to change, and what is no file has no place to be changed in."""
    Path("a.log").write_bytes(b"")
    Path("b.log").symlink_to("a.log")
    os.mkfifo("pipe")
    found = find.sources([Path("a.log"), Path("b.log")], recursive=False)
    units = find.units(found, None, folder=False, in_place=True, compress=None)
    assert [unit.output for unit in units] == [Path("a.log")]
    with pytest.raises(StreamError, match="pipe: is no file"):
        find.units([(Path("pipe"), Path("pipe"))], None, folder=False, in_place=True, compress=None)


def test_the_name_of_a_file_asks_for_its_compression() -> None:
    """Endings tell in any case, and others ask for none."""
    assert compress.kind_by_name(Path("A.GZ")) == "gzip"
    assert compress.kind_by_name(Path("a.tar")) is None


def test_many_outputs_are_compared_with_many_sources_once(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether an output is a source is looked up, and not asked of every pair."""
    names = [f"{number}.log" for number in range(60)]
    (place / "in").mkdir()
    for name in names:
        (place / "in" / name).write_bytes(b"x\n")
    asked: list[Path] = []
    stat = Path.stat

    def counted(self: Path, **options: bool) -> os.stat_result:
        asked.append(self)
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", counted)
    found = [(place / "in" / name, Path(name)) for name in names]
    made = find.units(found, place / "out", folder=True, in_place=False, compress=None)
    read = [path for path, _ in found]
    find.refuse_written_over(read, "--output", [unit.output for unit in made])
    assert len(made) == len(names)
    assert len(asked) <= 3 * len(names)
