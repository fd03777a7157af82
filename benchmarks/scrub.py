"""Free text: what scrubbing costs.

The baseline is what a team would write: `re.sub` over a text with one pattern after the other, here
the detectors' own patterns, checks included: of thirty detectors, and of all. Finders, which are no single pattern,
take part as the plain pattern that stands for them. Every kind of text is 200 seeded variations, so
no cache sees the same text twice in a row. Times are CPU time of the process, medians of rounds.

Peers and google-re2 are measured where they are installed (`make peers`), and a line says so where
not.
"""

# ruff: noqa: E501, SIM905, S101 - a declaration and a list of words read best unbroken
from __future__ import annotations

import importlib
import logging
import random
import re
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from measure import Line

from anonkit.detect import Scrubber
from anonkit.detect.detector import Detector, any_case
from anonkit.detect.table import DETECTORS
from anonkit.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# The plain patterns that stand for finders in the baseline.
_PLAIN: Final = {
    "email": r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    "email-spelled": r"[\w.+-]{1,64} ?[(\[](?i:at)[)\]] ?[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    "ipv4": r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}",
    "ipv6": r"(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}",
    "ipv6-full": r"(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}",
    "mac-colon": r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}",
    "mac-dash": r"[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}",
    "mac-short": r"[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2}){5}",
    "mac-dots": r"[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}",
    "secret-in-words": r"(?i:secret|token|key) (?P<value>[0-9A-Za-z._~+/-]{16,200})",
    "azure-account-key": r"[=\"' :][0-9A-Za-z+/](?:[0-9A-Za-z+/]{85}==|[0-9A-Za-z+/]{42}=)",
    "private-key": r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----",
    "tenant-or-device-id": r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}",
    "remote-host": r"(?:\brhost=|\bgetaddrinfo for |\bfrom )(?P<value>[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})",
    "account-typed": r"(?i:invalid|illegal) user (?P<value>[^\s\[]{1,64})",
    "account-of-database": r"(?P<value>[\w.$-]{1,63})(?:'@'|(?:\[[\w.$-]{0,63}\])? ?@ ?[\w-]{1,63} (?:LOG|ERROR|FATAL): )",
    "account-in-message": r"(?:[uU]ser|for|by|logname=) ?(?P<value>\w[\w.@-]{0,63})(?= from |\(uid=)",
}


def _plain(detector: Detector) -> str:
    if detector.pattern:
        return detector.pattern
    if detector.keys:
        keys = any_case(*map(re.escape, detector.keys))
        return rf"{keys}[\"']?\s{{0,4}}[:=]\s{{0,4}}[\"']?[^\s\"',;]{{1,200}}"
    return _PLAIN[detector.name]


def baseline(detectors: tuple[Detector, ...]) -> Callable[[str], str]:
    """Return thirty sequential `re.sub`, which together look for all the detectors."""
    subs: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = []
    # Neighbours in the table are of one kind; back-references forbid joining patterns, so a group is
    # its members one after the other, and a call costs what re.sub costs.
    for detector in detectors:
        expression = re.compile(_plain(detector))
        subs.append((expression, _replacer(expression, detector)))

    def run(text: str) -> str:
        for expression, replace in subs:
            text = expression.sub(replace, text)
        return text

    return run


def _replacer(expression: re.Pattern[str], detector: Detector) -> Callable[[re.Match[str]], str]:
    group = expression.groupindex.get("value", 0)
    label = f"[{detector.type}]"
    check = detector.check

    def replace(match: re.Match[str]) -> str:
        return match[0] if check is not None and not check(match[group]) else label

    return replace


# The thirty detectors of the comparison that the targets name: one of each core kind and the most
# used of the rest.
THIRTY: Final = (
    "email ipv4 ipv6 mac-colon mac-dash payment-card iban phone-international phone-north-america "
    "phone-trunk us-ssn de-tax-id de-social-insurance de-vat-id bitcoin-legacy bitcoin-segwit ethereum "
    "home-linux home-macos home-windows json-web-token aws-access-key-id github-token slack-token "
    "private-key password secret-key-value url-credentials url-secret name-announced"
).split()


def workloads(seed: int = 7) -> dict[str, list[str]]:
    """Return 200 seeded variations of each kind of text."""
    draw = random.Random(seed)
    words = (
        "the export preview window service operator sheet part cutting plan finished without problem "
        "again after restart empty until resized before change stays slow fast machine nesting result "
        "material order list view button click opened closed saved loaded version update works"
    ).split()

    def prose(count: int) -> str:
        picked = [draw.choice(words) for _ in range(count)]
        picked[0] = picked[0].capitalize()
        picked[count // 2] += ". We"
        return " ".join(picked) + "."

    def numbers() -> str:
        return " ".join(
            f"{draw.choice(words)} {draw.randint(0, 400)}"
            if draw.random() < 0.4
            else draw.choice(words)
            for _ in range(22)
        )

    def line() -> str:
        return (
            f"2024-0{draw.randint(1, 9)}-{draw.randint(10, 28)}T{draw.randint(10, 23)}:"
            f"{draw.randint(10, 59)}:{draw.randint(10, 59)}.{draw.randint(100, 999)}+01:00 INFO  "
            f"[worker-{draw.randint(1, 8)}] com.acme.nesting.JobRunner - job {draw.randint(1, 9999)} "
            f"{draw.choice(words)} in {draw.randint(1, 900)} ms, {draw.randint(1, 40)} {draw.choice(words)}, "
            f"status={draw.choice(words)}, queue length {draw.randint(0, 30)}, {prose(4)}"
        )

    def trace() -> str:
        frames = "".join(
            f'  File "app/{draw.choice(words)}/{draw.choice(words)}.py", line {draw.randint(1, 900)}, '
            f"in {draw.choice(words)}_{draw.choice(words)}\n    self.{draw.choice(words)}"
            f"({draw.choice(words)}, {draw.choice(words)}={draw.choice(words)})\n"
            for _ in range(8)
        )
        return f"Traceback (most recent call last):\n{frames}app.errors.JobError: {prose(6)}"

    def hits() -> str:
        return (
            f"{prose(5)} {draw.choice(words)}.doe@example.com from 203.0.113.{draw.randint(1, 250)} called "
            f"+49 89 {draw.randint(10000000, 99999999)} card 4111 1111 1111 1111 "
            f"/home/{draw.choice(words)}/x.txt {prose(5)}"
        )

    makers: dict[str, Callable[[], str]] = {
        "clean prose": lambda: prose(28),
        "small numbers": numbers,
        "timestamped line": line,
        "stack trace": trace,
        "five hits": hits,
    }
    return {name: [make() for _ in range(200)] for name, make in makers.items()}


TARGETS: Final = {
    "clean prose": 1 / 60,
    "small numbers": 1 / 10,
    "timestamped line": 1 / 5,
    "stack trace": 1 / 7,
    "five hits": 1 / 2,
}


CLEAN: Final = frozenset({"clean prose", "small numbers", "timestamped line", "stack trace"})
FAST_TARGET: Final = 1 / 30
ROUNDS: Final = 5


def cost(run: Callable[[str], object], texts: list[str], repeat: int) -> float:
    """Return the CPU time of one text in microseconds."""
    start = time.process_time()
    for _ in range(repeat):
        for text in texts:
            run(text)
    return (time.process_time() - start) / (repeat * len(texts)) * 1e6


def measure(
    runs: dict[str, Callable[[str], object]], texts: list[str], rounds: int
) -> dict[str, float]:
    """Return the median cost of each run, measured in turns so that all see the same machine."""
    for run in runs.values():
        cost(run, texts, 1)
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            times[name].append(cost(run, texts, 3 if "baseline" not in name else 1))
    return {name: statistics.median(values) for name, values in times.items()}


def peers() -> dict[str, Callable[[str], object]]:
    """Return the peers that are installed; say which are not."""
    found: dict[str, Callable[[str], object]] = {}
    makers: dict[str, Callable[[Any], Callable[[str], object]]] = {
        "datafog": lambda module: lambda text: module.redact(text, engine="regex"),
        "scrubadub": lambda module: module.clean,
        "presidio_analyzer": _presidio,
    }
    for name, make in makers.items():
        try:
            found[f"peer {name}"] = make(importlib.import_module(name))
        except Exception as error:  # noqa: BLE001 - a peer that does not load is said, not hidden
            print(f"{name} is not installed ({type(error).__name__}): make peers")
    return found


def _presidio(module: Any) -> Callable[[str], object]:
    names = importlib.import_module("presidio_analyzer.predefined_recognizers")
    recognizers = [
        getattr(names, name)()
        for name in (
            "CreditCardRecognizer", "CryptoRecognizer", "EmailRecognizer", "IbanRecognizer",
            "IpRecognizer", "PhoneRecognizer", "UrlRecognizer", "UsSsnRecognizer",
        )
    ]  # fmt: skip
    assert module.__name__
    return lambda text: [one.analyze(text, one.supported_entities, None) for one in recognizers]


def families() -> dict[str, Callable[[int], str]]:
    """Return, for each detector, texts that begin its match over and over, and known traps."""
    made: dict[str, Callable[[int], str]] = {}
    for detector in DETECTORS:
        specimen = detector.specimen
        half, most = specimen[: len(specimen) // 2], specimen[: -len(specimen) // 10 or -1]
        for kind, unit in (
            ("specimen", specimen + " "),
            ("glued", specimen),
            ("half", half),
            ("most", most),
        ):
            made[f"{detector.name} {kind}"] = _repeat(unit)
        for place, hint in enumerate((*detector.hints, *detector.keys)[:3]):
            made[f"{detector.name} hint {place}"] = _repeat(hint)
    for trap in (
        "1", "1 ", "1-", "1.", "a", "a.", "a@", "@", "@a.", ":", "::", "1:", "=", "a=", "password=", "://a:",
        "x://", "eyJ", "eyJa.", "A", "A0", "0A", "%40", "%2", "\\", "/", "/home/", "C:\\Users\\", '"', "[", "[EMAIL]",
        "-----BEGIN PRIVATE KEY-----", "-", "--", "-p", "+1", "+", "(", "1(", "<token>", "name: A", "Aa ", "\0",
        "ä", "İ", " ", "\n", "\t", ",a=", "key:", "user=,", "1a", "1a1 ", "1.1.1.1 ", "fe80::", "aa:", "aa-",
        "1990-01-01 ", "ssh a ", "3f0a1234567b9", "1234567a ", "12345678-", "3123 4567 8909@folge ", "invalid user ",
    ):  # fmt: skip
        made[f"trap {trap[:12]!r}"] = _repeat(trap)
    return made


def _repeat(unit: str) -> Callable[[int], str]:
    # Never cut within: what the end of a text looks like may wake a detector, at any length.
    return lambda size: unit * (size // max(len(unit), 1) + 1)


_TOO_FAST: Final = 3000  # microseconds


def adversarial(clean: Scrubber, rounds: int) -> list[tuple[str, float, float]]:
    """Return name, time(64 kB)/time(16 kB) and MB/s of every family, the worst ratio first."""
    rows = []
    for name, make in families().items():
        small, large = make(16_384), make(65_536)
        # So fast that the processor's caches look like growth.
        if cost(clean, [small], 2) < _TOO_FAST:
            small, large = make(65_536), make(262_144)
        clean(small)
        short = long = float("inf")
        for tries in (rounds, 5 * rounds):  # a neighbour's load can look like growth, too
            for _ in range(tries):
                short = min(short, cost(clean, [small], 1))
                long = min(long, cost(clean, [large], 1))
            if long <= 4.5 * short:
                break
        rows.append((name, long / max(short, 1.0), len(large) / long))
    return sorted(rows, key=lambda row: -row[1])


def run() -> Iterator[Line]:
    """Yield what scrubbing costs, beside `re.sub` after `re.sub` and beside peers."""
    logging.disable()  # a peer that misses the network says so at length
    rows = tuple(row for row in DETECTORS if row.name in THIRTY)
    if len(rows) != len(THIRTY):
        sys.exit("scrub: a detector of the baseline was renamed")
    every = f"{len(DETECTORS)} re.sub"
    runs: dict[str, Callable[[str], object]] = {
        "30 re.sub": baseline(rows),
        every: baseline(DETECTORS),
        "scrub, 30 detectors": Scrubber(THIRTY),
        "scrub, all detectors": Scrubber(),
    }
    try:
        runs["scrub, all, re2 gate"] = Scrubber(fast=True)
    except PolicyError:
        print("google-re2 is not installed: pip install 'anonkit[fast]'")
    runs |= peers()
    for kind, texts in workloads().items():
        times = measure(runs, texts, ROUNDS)
        for name, value in times.items():
            if name.endswith("re.sub"):
                continue
            base = "30 re.sub" if "30" in name else every
            target = None
            if name.startswith("scrub"):
                target = FAST_TARGET if "re2" in name and kind in CLEAN else TARGETS[kind]
            yield Line(f"{kind}: {name}", value / times[base], "x", target, base)
    worst = adversarial(Scrubber(), 3)
    growth, speed = worst[0], min(worst, key=lambda row: row[2])
    count = f"{len(worst)} hostile families"
    yield Line("hostile text, 4 times as long", growth[1], "x", 5, f"{count}, worst {growth[0]}")
    yield Line("hostile text", speed[2], "MB/s", 0.4, f"{count}, worst {speed[0]}", least=True)
