"""Seeded workloads: the same events and log lines in every run.

python benchmarks/workloads.py access FILE
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from anonkit import Event
from anonkit.stages import drop, generalize, keep, pseudonymize, truncate

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20261122


class Login(Event):
    """Thirty of a hundred events."""

    at: Annotated[datetime, generalize("1h")]
    user: Annotated[str, pseudonymize("user")]
    session: Annotated[str, pseudonymize("session")]
    ip: Annotated[str, truncate()]
    app_version: Annotated[str, keep()]
    os: Annotated[str, keep()]
    locale: Annotated[str, keep()]
    method: Annotated[str, keep()]
    success: Annotated[bool, keep()]
    email: Annotated[str, drop()]
    agent: Annotated[str, drop()]


class PageChange(Event):
    """Sixty-five of a hundred events."""

    at: Annotated[datetime, generalize("1h")]
    user: Annotated[str, pseudonymize("user")]
    session: Annotated[str, pseudonymize("session")]
    ip: Annotated[str, truncate()]
    app_version: Annotated[str, keep()]
    os: Annotated[str, keep()]
    page: Annotated[str, keep()]
    previous: Annotated[str, keep()]
    duration_ms: Annotated[int, keep()]
    step: Annotated[int, keep()]
    referrer: Annotated[str, drop()]


class Crash(Event):
    """Five of a hundred events."""

    at: Annotated[datetime, generalize("1h")]
    user: Annotated[str, pseudonymize("user")]
    session: Annotated[str, pseudonymize("session")]
    ip: Annotated[str, truncate()]
    app_version: Annotated[str, keep()]
    os: Annotated[str, keep()]
    exception: Annotated[str, keep()]
    memory_mb: Annotated[int, keep()]
    uptime_s: Annotated[int, keep()]
    message: Annotated[str, drop()]


EVENTS: list[type[Event]] = [Login, PageChange, Crash]
PAGES = [f"/{area}/{what}" for area in ("rules", "labels", "jobs") for what in ("list", "edit")]


def events(count: int, *, unique: float) -> list[bytes]:
    """Return events as JSON, about 300 bytes each.

    Args:
        count: How many.
        unique: Share of distinct users among them; 1 gives every event its own.
    """
    rng = random.Random(SEED)
    users = max(1, int(count * unique))
    encoder = msgspec.json.Encoder()
    made = []
    for number in range(count):
        who = number if unique == 1 else rng.randrange(users)
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(86_400 * 360))
        common: dict[str, Any] = {
            "at": at,
            "user": f"user-{who:08}@site-{who % 97:02}.corp.example",
            "session": f"{who * 2654435761 % 2**64:016x}{who * 40503 % 2**32:08x}",
            "ip": f"{10 + who % 200}.{who >> 16 & 255}.{who >> 8 & 255}.{who & 255}",
            "app_version": "4.2.1",
            "os": "Windows 11",
        }
        kind = rng.random()
        event: Event
        if kind < 0.30:
            event = Login(
                **common,
                locale="de-DE",
                method="sso",
                success=True,
                email=f"first.last{who}@example.com",
                agent="AcmeClient/4.2 (Windows NT 10.0; Win64; x64)",
            )
        elif kind < 0.95:
            event = PageChange(
                **common,
                page=rng.choice(PAGES),
                previous=rng.choice(PAGES),
                duration_ms=rng.randrange(90_000),
                step=rng.randrange(200),
                referrer=f"https://portal.example/start?user={who}&tab=1",
            )
        else:
            event = Crash(
                **common,
                exception="KeyError",
                memory_mb=rng.randrange(4000),
                uptime_s=rng.randrange(90_000),
                message=f"no such file: C:\\Users\\user{who}\\report.xlsx",
            )
        made.append(encoder.encode(event))
    return made


AGENTS = [
    f"Mozilla/5.0 ({system}) {engine} {browser}/{major}.0{tail}"
    for system in (
        "Windows NT 10.0; Win64; x64",
        "Macintosh; Intel Mac OS X 10_15_7",
        "X11; Linux x86_64",
        "Linux; Android 14; Pixel 8",
    )
    for engine, browser, tail in (
        ("AppleWebKit/537.36 (KHTML, like Gecko)", "Chrome", ".0.0 Safari/537.36"),
        ("Gecko/20100101", "Firefox", ""),
    )
    for major in range(110, 130)
]


def access_log(path: Path, lines: int) -> None:
    """Write a combined log: 4,444 clients, 3,000 pages and 160 agents, each by Zipf's law."""
    rng = random.Random(SEED)
    clients = [".".join(str(rng.randrange(1, 255)) for _ in range(4)) for _ in range(4_000)]
    clients += [f"2001:db8:{rng.randrange(65536):x}:{n:x}::{n * 7:x}" for n in range(444)]
    pages = [
        f"/{rng.choice(('shop', 'blog', 'static'))}/{rng.choice(('list', 'overview', 'detail'))}"
        f"/{rng.choice(('index.html', 'style.css', f'photo-{n % 1000}.jpg'))}?"[:-1]
        + ("" if n < 9 else f"/part{n}")
        for n in range(3_000)
    ]
    weights = {id(words): _zipf(len(words)) for words in (clients, pages, AGENTS)}

    def one(words: list[str]) -> str:
        return rng.choices(words, cum_weights=weights[id(words)])[0]

    at = datetime(2026, 11, 1, tzinfo=UTC)
    with path.open("w", encoding="ascii") as file:
        for _ in range(lines):
            at += timedelta(seconds=rng.random() * 2)
            query = f"?q={rng.randrange(5000)}&lang=de" if rng.random() < 0.2 else ""
            referer = "-"
            if rng.random() < 0.6:
                referer = f"https://www.example.com{one(pages)}"
                referer += f"?ref={rng.randrange(99)}" if rng.random() < 0.3 else ""
            user = "-" if rng.random() < 0.95 else "alice"
            file.write(
                f"{one(clients)} - {user} [{at:%d/%b/%Y:%H:%M:%S} +0000] "
                f'"GET {one(pages)}{query} HTTP/1.1" {rng.choice((200, 200, 200, 304, 404))} '
                f'{rng.randrange(99_999)} "{referer}" "{one(AGENTS)}"\n'
            )


def iis_log(path: Path, lines: int) -> None:
    """Write an extended log as IIS does, with clients, pages and agents by Zipf's law."""
    rng = random.Random(SEED)
    clients = [".".join(str(rng.randrange(1, 255)) for _ in range(4)) for _ in range(4_000)]
    pages = [f"/{rng.choice(('shop', 'blog'))}/page{n}.aspx" for n in range(3_000)]
    agents = [agent.replace(" ", "+") for agent in AGENTS]
    weights = {id(words): _zipf(len(words)) for words in (clients, pages, agents)}

    def one(words: list[str]) -> str:
        return rng.choices(words, cum_weights=weights[id(words)])[0]

    at = datetime(2026, 11, 1, tzinfo=UTC)
    with path.open("w", encoding="ascii") as file:
        file.write(
            "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
            f"#Date: {at:%Y-%m-%d %H:%M:%S}\n"
            "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
            "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes cs-bytes "
            "time-taken\n"
        )
        for _ in range(lines):
            at += timedelta(seconds=rng.random() * 2)
            query = f"q={rng.randrange(5000)}&lang=de" if rng.random() < 0.2 else "-"
            referer = f"https://www.example.com{one(pages)}" if rng.random() < 0.6 else "-"
            referer += f"?ref={rng.randrange(99)}" if rng.random() < 0.2 and referer != "-" else ""
            user = "-" if rng.random() < 0.95 else "SHOP\\alice"
            file.write(
                f"{at:%Y-%m-%d %H:%M:%S} 10.0.0.5 GET {one(pages)} {query} 443 {user} "
                f"{one(clients)} {one(agents)} {referer} {rng.choice((200, 200, 304, 404))} 0 0 "
                f"{rng.randrange(99_999)} {rng.randrange(2_000)} {rng.randrange(3_000)}\n"
            )


def _zipf(count: int) -> list[float]:
    return list(accumulate(1 / rank for rank in range(1, count + 1)))


MESSAGES = (
    "Failed password for invalid user {user} from {ip} port {port} ssh2",
    "Accepted publickey for {user} from {ip} port {port} ssh2: RSA SHA256:Kl8kPGZrTiz7g4FO1hyqHd",
    "pam_unix(sshd:session): session opened for user {user} by (uid=0)",
    "Received disconnect from {ip} port {port}:11: disconnected by user",
    "New session {port} of user {user}.",
    "Connection closed by {ip} port {port} [preauth]",
)


class User(msgspec.Struct):
    """Whose request it is."""

    id: str
    email: str
    plan: str


class Http(msgspec.Struct):
    """What was asked for."""

    method: str
    status: int
    path: str


class Item(msgspec.Struct):
    """A step on the way."""

    ip: str
    ms: int


class Request(msgspec.Struct, tag="request"):
    """One line."""

    at: str
    level: str
    user: User
    http: Http
    items: list[Item]


class FullUser(User):
    """Whose request it is, and how to call them."""

    phone: str


class FullHttp(Http):
    """What was asked for, and how."""

    agent: str
    headers: dict[str, str]


class FullRequest(msgspec.Struct, tag="request"):
    """One line with as much again that no policy names, at the top and below."""

    at: str
    level: str
    user: FullUser
    http: FullHttp
    items: list[Item]
    trace: str
    extra: dict[str, list[int]]


def auth_log(path: Path, lines: int) -> None:
    """Write a log of logins, 100 bytes a line: hardly a message comes twice."""
    rng = random.Random(SEED)
    with path.open("w", encoding="ascii") as file:
        for number in range(lines):
            said = rng.choice(MESSAGES).format(
                user=f"user{rng.randrange(99)}",
                ip=".".join(str(rng.randrange(1, 255)) for _ in range(4)),
                port=rng.randrange(1024, 65535),
            )
            clock = f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
            file.write(f"Mar 27 {clock} web-01 sshd[{number % 30000}]: {said}\n")


def requests(count: int, struct: type = Request, *, unique: bool = False) -> bytes:
    """Return lines of JSON with nested fields.

    Args:
        count: How many.
        struct: `Request`, or `FullRequest` for one that says more.
        unique: Whether each line has a user of its own, or one of 400.
    """
    rng = random.Random(SEED)
    lines = []
    for number in range(count):
        who = number if unique else rng.randrange(400)
        user = (f"user-{who:08}@corp.example", f"first.last{who}@example.com", "pro")
        http = ("GET", 200, "/rules/list")
        items = [Item(f"10.0.{who % 7}.{who % 200}", who), Item(f"10.0.{who % 5}.9", who)]
        at, level = "2026-05-11T09:02:44.123Z", "info"
        if struct is Request:
            request: Any = Request(at, level, User(*user), Http(*http), items)
        else:
            request = FullRequest(
                at,
                level,
                FullUser(*user, f"+49 170 {who:07}"),
                FullHttp(*http, "AcmeClient/4.2", {"accept": "*/*"}),
                items,
                f"{rng.getrandbits(64):016x}",
                {"retries": [1, 2]},
            )
        lines.append(msgspec.json.encode(request) + b"\n")
    return b"".join(lines)


def table(path: Path, lines: int) -> None:
    """Write an export of customers, of whom none comes twice."""
    rng = random.Random(SEED)
    with path.open("w", encoding="ascii") as file:
        file.write("time,customer,email,client ip,session id,url,amount,note\n")
        for number in range(lines):
            file.write(
                f"2026-05-11T09:02:44Z,c{number:08},first.last{number}@example.com,"
                f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255},"
                f"{rng.getrandbits(64):016x},/orders/{number}?q={number},{number % 900},"
                f'"order {number}, paid"\n'
            )
