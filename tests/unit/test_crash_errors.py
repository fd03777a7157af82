"""Exceptions as they come: chains, groups, recursion, broken ones; and hooks that never raise."""

# ruff: noqa: ISC004 - cases read best one to a line
from __future__ import annotations

import re
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from anonkit.crash import Crash, crash, install
from anonkit.detect import Scrubber

CLEAN = Scrubber()


def caught(call: Callable[[], object]) -> BaseException:
    """Return what a call raises."""
    try:
        call()
    except BaseException as error:  # noqa: BLE001
        return error
    raise AssertionError


def fail(error: BaseException | None = None) -> NoReturn:
    """Raise an error."""
    raise error or ValueError("inner")


def chained() -> None:
    """Raise from a cause."""
    try:
        fail()
    except ValueError as error:
        raise RuntimeError("outer") from error


def during() -> None:
    """Raise while another is handled."""
    try:
        fail()
    except ValueError:
        raise KeyError("outer")  # noqa: B904


def hidden() -> None:
    """Raise without the one before."""
    try:
        fail()
    except ValueError:
        raise KeyError("outer") from None


def grouped() -> None:
    """Raise a group in a group, with a chain in it."""
    members = [caught(chained), ExceptionGroup("some", [caught(fail), TypeError("never raised")])]  # type: ignore[list-item]
    raise ExceptionGroup("several", members)  # type: ignore[type-var]


def recursive(depth: int = 100) -> None:
    """Raise from deep below."""
    recursive(depth - 1) if depth else fail()


@pytest.mark.parametrize("call", [fail, chained, during, hidden, grouped, recursive])
def test_an_exception_and_its_printed_trace_are_one_crash(call: Callable[[], object]) -> None:
    """Python's own print of it, but for source lines, is what an exception becomes."""
    error = caught(call)
    printed = "".join(traceback.format_exception(error))
    seen, read = crash(error, CLEAN), crash(printed, CLEAN)
    assert (seen.kind, seen.frames, seen.location) == (read.kind, read.frames, read.location)
    assert seen.signature == read.signature
    # Source lines and the marks below them stand four columns right of the margin; a member that was
    # never raised has no header of its own.
    source = re.compile(r"(?: *\| )?    [^+|]|.*Traceback \(most recent")
    told = [line for line in read.text.rstrip().split("\n") if not source.match(line)]
    assert [line for line in seen.text.split("\n") if not source.match(line)] == told


def test_recursion_is_one_crash_at_any_depth() -> None:
    """How often a function called itself does not count."""
    shallow, deep = (crash(caught(lambda n=n: recursive(n)), CLEAN) for n in (5, 90))  # type: ignore[misc]
    assert shallow.signature == deep.signature
    assert "[Previous line repeated" in deep.text
    assert len(deep.frames) < 20


def test_a_loop_of_causes_ends() -> None:
    """Exceptions that cause each other, or contain each other's causes, are read once."""
    one, two = caught(fail), caught(fail)
    one.__cause__, two.__cause__ = two, one
    assert crash(one, CLEAN).text.count("ValueError: inner") == 2
    group = ExceptionGroup("all", [ValueError("member")])
    group.exceptions[0].__cause__ = group
    assert crash(group, CLEAN).text.count("ExceptionGroup: all") == 1
    looped = ExceptionGroup("loop", [group])
    group.__cause__ = looped
    assert crash(looped, CLEAN).text.count("ExceptionGroup: loop") == 1
    outer = ValueError("outer")
    outer.__cause__ = ExceptionGroup("inner", [outer])
    assert crash(outer, CLEAN).text.count("ValueError: outer") == 1


def test_a_chain_beyond_any_use_is_cut() -> None:
    """Of a thousand causes the last few are told."""
    error = ValueError("last")
    below: BaseException = error
    for number in range(1000):
        below.__cause__ = ValueError(f"cause {number}")
        below = below.__cause__
    text = crash(error, CLEAN).text
    assert "last" in text
    assert len(text) < 3000


class Broken(Exception):  # noqa: N818
    """Nothing that is asked of it works."""

    def __str__(self) -> str:
        raise RuntimeError("jane.doe@example.org")

    __repr__ = __str__

    def __getattribute__(self, name: str) -> Any:
        raise SystemError("jane.doe@example.org")


class Sly(str):
    """A text that is not what it says."""

    __slots__ = ()

    def split(self, *_args: Any) -> list[str]:  # type: ignore[override]
        raise RuntimeError

    def encode(self, *_args: Any, **_options: Any) -> bytes:
        raise RuntimeError


class Lying(Exception):  # noqa: N818
    """Its text is a text of its own class."""

    def __str__(self) -> str:
        return Sly("jane.doe@example.org")


class BrokenGroup(ExceptionGroup[Exception]):
    """A group that does not show its members."""

    @property
    def exceptions(self) -> Any:
        """Raise."""
        raise RuntimeError


# Made only when a test runs: even pytest could not look at some of them.
BROKEN: dict[str, Callable[[], BaseException]] = {
    "broken": Broken,
    "lying": Lying,
    "broken group": lambda: BrokenGroup("x", [ValueError("jane.doe@example.org")]),
    "surrogates": lambda: ValueError("\udcff jane.doe@example.org \ud800"),
    "frame in message": lambda: ValueError(
        'jane.doe@example.org\r\n  File "/home/jdoe/x.py", line 1, in f\r\n'
    ),
    "empty": ValueError,
    "module of surrogates": lambda: type("X", (Exception,), {"__module__": "\udcff"})("x"),
    "no module": lambda: type("X", (Exception,), {"__module__": None})("x"),
    "bytes": lambda: UnicodeDecodeError(
        "utf-8", b"jane.doe@example.org", 0, 1, "jane.doe@example.org"
    ),
    "group of broken": lambda: ExceptionGroup("jane.doe@example.org", [Broken(), Lying()]),
    "no memory": MemoryError,
    "broken value": lambda: StopIteration(Broken()),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_exception_is_told(name: str) -> None:
    """Whatever is wrong with an exception, a crash comes of it, and says nothing it should not."""
    seen = crash(caught(lambda: fail(BROKEN[name]())), CLEAN)
    assert seen.kind
    assert seen.frames[-1].function == "fail"
    assert "jane.doe" not in repr(seen)
    assert "jdoe" not in repr(seen)
    assert repr(seen).encode()


def test_broken_notes_cost_no_message() -> None:
    """Notes that are no list, or cannot be printed, are left out."""
    error: Any = ValueError("message")
    error.__notes__ = 5
    assert crash(error, CLEAN).message == "message"
    error.__notes__ = ["one", Broken()]
    assert crash(error, CLEAN).message == "message\none\n"


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put hooks that note their calls where Python's are."""
    called: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_args: called.append(kind.__name__))
    monkeypatch.setattr(threading, "excepthook", lambda args: called.append(args.exc_type.__name__))
    return called


@pytest.mark.parametrize("failure", [ValueError, SystemExit, KeyboardInterrupt, RecursionError])
def test_a_reporter_that_fails_hides_nothing(
    hooks: list[str], failure: type[BaseException]
) -> None:
    """Whatever the reporter raises, the hook before runs and nothing comes out."""

    def broken(_crash: Crash) -> None:
        raise failure

    uninstall = install(broken, CLEAN)
    sys.excepthook(OSError, OSError(), None)
    sys.excepthook(Broken, Broken(), None)
    threading.excepthook(threading.ExceptHookArgs((OSError, OSError(), None, None)))
    uninstall()
    assert hooks == ["OSError", "Broken", "OSError"]


def test_a_hook_before_that_fails_fails_as_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the hook before raises is its own: Python says it beside the crash."""
    monkeypatch.setattr(sys, "excepthook", lambda *_args: fail(LookupError()))
    told: list[Crash] = []
    uninstall = install(told.append, CLEAN)
    with pytest.raises(LookupError):
        sys.excepthook(OSError, OSError(), None)
    uninstall()
    assert [one.kind for one in told] == ["OSError"]


def test_a_hook_that_others_kept_goes_quiet(hooks: list[str]) -> None:
    """Uninstalled below a later hook, ours passes on and reports nothing."""
    told: list[str] = []
    first = install(lambda _crash: told.append("first"), CLEAN)
    second = install(lambda _crash: told.append("second"), CLEAN)
    first()
    sys.excepthook(OSError, OSError(), None)
    second()
    assert told == ["second"]
    assert hooks == ["OSError"]


def run(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own, with a reporter installed."""
    begin = (
        "import sys, threading, time\nfrom anonkit.crash import install\n"
        "def told(crash, out=sys.stdout): out.write(f'told {crash.kind}: {crash.message}\\n')\n"
        "install(told)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", begin + script],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
        timeout=60,
    )


@pytest.mark.parametrize(
    ("script", "told", "status", "printed"),
    [
        ("raise ValueError('a@example.org')", "told ValueError: [EMAIL]\n", 1, "a@example.org"),
        ("raise SystemExit(7)", "", 7, ""),
        ("raise KeyboardInterrupt", "", -2, "KeyboardInterrupt"),
        ("raise BaseExceptionGroup('x', [KeyboardInterrupt()])", "", 1, "BaseExceptionGroup"),
        (
            "t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()",
            "told ZeroDivisionError: division by zero\n",
            0,
            "Exception in thread",
        ),
        ("t = threading.Thread(target=sys.exit); t.start(); t.join()", "", 0, ""),
        (
            "def f(): f()\nf()",
            "told RecursionError: maximum recursion depth exceeded\n",
            1,
            "RecursionError",
        ),
        # As the interpreter ends: what is registered for it, and another thread.
        (
            "import atexit\natexit.register(lambda: sys.excepthook(OSError, OSError('late'), None))",
            "told OSError: late\n",
            0,
            "OSError",
        ),
        (
            "import atexit, builtins\ndef late(hook=sys.excepthook):\n"
            "  sys.modules.clear(); del builtins.isinstance; hook(OSError, OSError('late'), None)\n"
            "atexit.register(late)",
            "",
            0,
            "OSError",
        ),
        (
            "def late():\n  threading.main_thread().join(); raise OSError('late')\n"
            "threading.Thread(target=late).start()",
            "told OSError: late\n",
            0,
            "OSError",
        ),
        ("sys.stdout.close(); raise ValueError('x')", "", 1, "ValueError"),
    ],
)
def test_a_process_ends_as_it_would(script: str, told: str, status: int, printed: str) -> None:
    """Status and what Python prints are as without the hook, and a crash is told once."""
    done = run(script)
    assert done.stdout == told
    assert done.returncode == status
    assert printed in done.stderr
    assert "Error in sys.excepthook" not in done.stderr
