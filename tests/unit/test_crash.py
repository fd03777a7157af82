"""Crashes: messages scrubbed, frames kept, the same signature on every machine, hooks that never raise."""

# ruff: noqa: ISC004, TRY301 - cases read best one to a line
from __future__ import annotations

import sys
import threading
from typing import Any

import pytest

from anonkit.crash import Crash, Frame, crash, install, relative

TRACES = {
    "python": (
        "Traceback (most recent call last):\n"
        '  File "/home/{user}/shop/src/shop/mail.py", line 12, in send\n'
        "    connect(host)\n"
        '  File "/usr/lib/python3.11/smtplib.py", line 3, in connect\n'
        "smtplib.SMTPException: refused {user}@example.org",
        "smtplib.SMTPException",
        [Frame("src/shop/mail.py", "send", 12), Frame("smtplib.py", "connect", 3)],
    ),
    "java": (
        'Exception in thread "main" java.lang.IllegalStateException: no {user}@example.org\n'
        "\tat com.acme.Shop.send(Shop.java:12)\n"
        "\tat com.acme.Main.main(Main.java)\n"
        "\t... 2 more",
        "java.lang.IllegalStateException",
        [
            Frame("Shop.java", "com.acme.Shop.send", 12),
            Frame("Main.java", "com.acme.Main.main", None),
        ],
    ),
    ".net": (
        "System.IO.IOException: {user}@example.org\n"
        "   at Acme.Shop.Send(String to) in C:\\Users\\{user}\\shop\\src\\Shop.cs:line 12\n"
        "   bei Acme.Main.Run() in C:\\Users\\{user}\\shop\\src\\Main.cs:Zeile 3\n"
        "   at System.Threading.Thread.Start()",
        "System.IO.IOException",
        [
            Frame("src/Shop.cs", "Acme.Shop.Send(String to)", 12),
            Frame("src/Main.cs", "Acme.Main.Run()", 3),
            Frame("", "System.Threading.Thread.Start()", None),
        ],
    ),
    "javascript": (
        "TypeError: cannot mail {user}@example.org\n"
        "    at send (/home/{user}/shop/node_modules/mail/index.js:12:9)\n"
        "    at C:\\Users\\{user}\\shop\\src\\main.js:3:1",
        "TypeError",
        [Frame("mail/index.js", "send", 12), Frame("src/main.js", "", 3)],
    ),
    "gecko": (
        "Error: {user}@example.org\nsend@https://shop.example.org/js/mail.js:12:9",
        "Error",
        [Frame("js/mail.js", "send", 12)],
    ),
    "php": (
        "PHP Fatal error:  Uncaught MailException: {user}@example.org\n"
        "#0 /home/{user}/shop/vendor/acme/Mail.php(12): Mail->send('{user}', \"s3cret\", Array)\n"
        "#1 [internal function]: main()",
        "MailException",
        [Frame("acme/Mail.php", "Mail->send", 12), Frame("", "main", None)],
    ),
    "ruby": (
        "shop.rb:1: MailError: {user}@example.org\n"
        "/home/{user}/.gem/gems/mail-2.8/lib/mail.rb:12:in `send'\n"
        "\tfrom /home/{user}/shop/lib/main.rb:3:in 'main'",
        "MailError",
        [Frame("mail-2.8/lib/mail.rb", "send", 12), Frame("lib/main.rb", "main", 3)],
    ),
    "go": (
        "panic: no {user}@example.org\n\ngoroutine 1 [running]:\nmain.send()\n"
        "\t/home/{user}/go/pkg/mod/acme/mail.go:12 +0x1d",
        "panic",
        [Frame("acme/mail.go", "main.send", 12)],
    ),
    "ios": (
        "Exception Type:  EXC_CRASH {user}@example.org\n"
        "0   Shop                            0x000668a8 0x5f000 + 30888 (-[Mail send] + 8)",
        "EXC_CRASH",
        [Frame("Shop", "-[Mail send]", None)],
    ),
    "android": (
        "signal: 11 {user}@example.org\n    #00 pc 00012345  /data/app/lib/libmail.so (send+12)",
        "signal",
        [Frame("app/lib/libmail.so", "send", None)],
    ),
}


@pytest.mark.parametrize("language", TRACES)
def test_trace(language: str) -> None:
    """A trace of each language keeps its frames and lines, and names nobody."""
    text, kind, frames = TRACES[language]
    result = crash(text.format(user="jdoe"))
    assert result.kind == kind
    assert list(result.frames) == frames
    assert "jdoe" not in repr(result)
    assert "s3cret" not in repr(result)
    assert len(result.text.split("\n")) == len(text.split("\n"))
    assert result.signature == crash(text.format(user="mmuster")).signature


def test_signature_tells_crashes_apart() -> None:
    """Another function is another crash; another line or message is the same."""
    text = TRACES["python"][0]
    same = crash(text.replace("line 12", "line 13").replace("refused", "denied"))
    assert crash(text).signature == same.signature
    assert crash(text).signature != crash(text.replace("in send", "in sent")).signature


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("/home/jdoe/shop/src/shop/a.py", "src/shop/a.py"),
        (r"C:\Users\Max Muster\AppData\Local\Programs\Python\Lib\site-packages\x\y.py", "x/y.py"),
        ("/usr/lib/python3.11/json/decoder.py", "json/decoder.py"),
        ("file:///Users/jdoe/app/main.js", "app/main.js"),
        ("https://cdn.example.org/js/a.js", "js/a.js"),
        ("/srv/customers/acme/run.py", "customers/acme/run.py"),
        ("/opt/a/b/c/run.py", "b/c/run.py"),
        ("shop/a.py", "shop/a.py"),
        ("./a.py", "a.py"),
        ("a/b/c/d/e.py", "a/b/c/d/e.py"),
        ("/srv/shop/users/views.py", "shop/users/views.py"),
        ("users/views.py", "users/views.py"),
        ("/home/users/jdoe/x.py", "x.py"),
        ("/home/jdoe/users/alice/x.py", "x.py"),
        ("/mnt/c/Users/jdoe/x.py", "x.py"),
        ("\\\\srv\\profiles$\\jdoe\\x.py", "x.py"),
        ("/srv/a/b/users/jdoe/x.py", "x.py"),
        ("C:\\Python311\\Lib\\json\\decoder.py", "json/decoder.py"),
        ("C:\\Python311\\Lib", "Lib"),
        ("/data/app/~~aB3==/com.acme-9xQ==/lib/arm64/libx.so", "app/lib/arm64/libx.so"),
        ("https://jdoe.example.org/js/a.js?session=1#top", "js/a.js"),
        ("https://jdoe.example.org/a.js line 3 > eval line 1 > Function", "a.js"),
        ("webpack:///./src/views/Cart.vue", "src/views/Cart.vue"),
    ],
)
def test_relative(path: str, short: str) -> None:
    """A path loses host, drive, home and install place."""
    assert relative(path) == short


def test_drawn_values_are_taken_out() -> None:
    """Values of variables that a tool prints under source lines do not stay."""
    text = '  File "a.py", line 1, in f\n    g(x)\n      │ └ "Max Mustermann"\n      └ <function g>'
    assert crash(text).text == '  File "a.py", line 1, in f\n    g(x)\n      │ └ …\n      └ …'


def test_text_without_an_error() -> None:
    """A text that is no trace becomes a message."""
    result = crash("it broke, said jo@example.org\nagain")
    assert (result.kind, result.message, result.frames) == ("", "it broke, said [EMAIL]", ())


def test_overlong_line_is_only_scrubbed() -> None:
    """A line no runtime would write is treated as text."""
    assert crash("at " + "x" * 5000 + " jo@example.org").frames == ()


def _fail(secret: str) -> None:
    local = secret
    raise ValueError("cannot mail jo@example.org" if local else "")


def _crash_of(call: Any, *args: Any) -> Crash:
    try:
        call(*args)
    except BaseException as error:  # noqa: BLE001
        return crash(error)
    raise AssertionError


def test_exception_without_locals() -> None:
    """An exception gives its place and scrubbed message; no local variable is in it."""
    result = _crash_of(_fail, "topsecretvalue")
    assert result.kind == "ValueError"
    assert result.message == "cannot mail [EMAIL]"
    assert result.frames[-1].function == "_fail"
    assert "topsecretvalue" not in repr(result)
    assert "/home/" not in result.text


def test_chain_and_group() -> None:
    """Causes come first, members of a group after it; a hidden context stays hidden."""

    def chained() -> None:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise RuntimeError from error

    def hidden() -> None:
        try:
            raise KeyError("first")
        except KeyError:
            raise RuntimeError("second") from None

    text = _crash_of(chained).text
    assert text.index("KeyError: 'first'") < text.index("RuntimeError")
    assert "first" not in _crash_of(hidden).text

    def grouped() -> None:
        raise ExceptionGroup("several", [ValueError("one"), TypeError("two")])

    assert "ValueError: one" in _crash_of(grouped).text
    assert _crash_of(grouped).kind == "ExceptionGroup"


class UnprintableError(Exception):
    """An exception whose text cannot be made."""

    def __str__(self) -> str:
        raise RuntimeError


def test_unprintable_exception() -> None:
    """An exception that cannot be printed is reported without a message."""

    def fail() -> None:
        raise UnprintableError

    result = _crash_of(fail)
    assert result.message == ""
    assert result.kind.endswith("UnprintableError")


def test_notes_are_scrubbed() -> None:
    """Notes of an exception are part of its message."""

    def fail() -> None:
        error = ValueError("x")
        error.add_note("for jo@example.org")
        raise error

    assert _crash_of(fail).message == "x\nfor [EMAIL]"


def test_hooks_report_and_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both hooks report, then call the hooks that were there; exits and interrupts are no crash."""
    called: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda *_args: called.append("main"))
    monkeypatch.setattr(threading, "excepthook", lambda _args: called.append("thread"))
    told: list[Crash] = []
    before = (sys.excepthook, threading.excepthook)
    uninstall = install(told.append)
    sys.excepthook(ValueError, ValueError("jo@example.org"), None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    threading.excepthook(threading.ExceptHookArgs((ValueError, None, None, None)))
    thread = threading.Thread(target=_fail, args=("x",))
    thread.start()
    thread.join()
    assert [one.message for one in told] == ["[EMAIL]", "cannot mail [EMAIL]"]
    assert called == ["main", "main", "thread", "thread"]
    uninstall()
    assert (sys.excepthook, threading.excepthook) == before


def test_hook_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reporter that fails, even by exiting, does not come out of the hook."""
    monkeypatch.setattr(sys, "excepthook", lambda *_args: None)

    told: list[Crash] = []

    def broken(crash: Crash) -> None:
        told.append(crash)
        raise SystemExit(3)

    uninstall = install(broken)
    sys.excepthook(ValueError, ValueError("x"), None)
    uninstall()
    assert len(told) == 1


def test_uninstall_leaves_later_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that somebody else installed afterwards stays."""
    monkeypatch.setattr(sys, "excepthook", lambda *_args: None)
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    uninstall = install(lambda _crash: None)

    def theirs(*_args: Any) -> None:
        return

    sys.excepthook = theirs
    threading.excepthook = theirs
    uninstall()
    assert sys.excepthook is theirs
    assert threading.excepthook is theirs


def test_signature_ignores_addresses() -> None:
    """Where the code was loaded does not matter: addresses and offsets of a frame do not count."""
    text = TRACES["ios"][0]
    moved = text.replace("0x000668a8 0x5f000 + 30888", "0x000998a8 0x91000 + 30888")
    assert crash(text).signature == crash(moved).signature


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/ghopper/imports.py", "imports.py"),
        ("/Users/ghopper/a/b/c/d.py", "b/c/d.py"),
        ("C:\\Users\\Grace Hopper\\x.py", "x.py"),
        ("C:\\Dokumente und Einstellungen\\ghopper\\x.py", "x.py"),
        ("../../home/ghopper/x.py", "x.py"),
        ("/home/ghopper", ""),
    ],
)
def test_no_short_path_names_a_user(path: str, expected: str) -> None:
    """However short a path below a home folder is, the user's part of it goes."""
    assert relative(path) == expected
