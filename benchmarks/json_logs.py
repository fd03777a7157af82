"""NDJSON as programs write it: each log as structs, seeded, and what a developer would do by hand.

The structs are the typed floor: what msgspec decodes each line to and encodes it from again.
`by_hand` functions do with a line of the standard `json` what the preset does with the same
fields, text aside: in it they replace addresses of either kind and e-mail addresses, and look for
no secret, where the preset's detectors look for over a hundred kinds of value.
"""

# ruff: noqa: N815 - the names are those that others gave
from __future__ import annotations

import hashlib
import random
import re
from base64 import urlsafe_b64encode
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from workloads import AGENTS, MESSAGES, SEED

if TYPE_CHECKING:
    from collections.abc import Callable


class Log(NamedTuple):
    """One kind of log.

    Args:
        name: What it is.
        lines: Makes so many lines.
        struct: What a line is, to msgspec.
        by_hand: Changes a line that `json` has read.
    """

    name: str
    lines: Callable[[int], bytes]
    struct: type
    by_hand: Callable[[dict[str, Any]], object]


# By hand.

_IP = re.compile(r"\b(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}\b")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}")


def _token(text: str) -> str:
    digest = hashlib.blake2b(text.encode(), key=b"k" * 32, digest_size=16).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _network(text: str) -> str:
    return text.rpartition(".")[0] + ".0"


def _text(text: str) -> str:
    return _EMAIL.sub("[EMAIL]", _IP.sub(r"\1.0", text))


def _url(text: str) -> str:
    return urlsplit(text).path


def _agent(text: str) -> str:
    found = re.search(r"(Firefox|Chrome)/(\d+)", text)
    return found[0] if found else "-"


# Made.


def _some(rng: random.Random, words: list[str]) -> Callable[[], str]:
    """Return what picks words by Zipf's law."""
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    return lambda: rng.choices(words, cum_weights=weights)[0]


class _Maker:
    """The people, pages and machines of a log."""

    def __init__(self) -> None:
        rng = self.rng = random.Random(SEED)
        self.ip = _some(
            rng, [".".join(str(rng.randrange(1, 255)) for _ in range(4)) for _ in range(4_000)]
        )
        self.page = _some(
            rng, [f"/{rng.choice(('shop', 'blog', 'api'))}/{n % 70}/page{n}" for n in range(3_000)]
        )
        self.agent = _some(rng, AGENTS)
        self.user = _some(rng, [f"user{n:05}" for n in range(5_000)])
        self.pod = _some(
            rng, [f"checkout-{rng.randrange(1 << 40):010x}-{n:05x}" for n in range(40)]
        )

    def hex(self, digits: int) -> str:
        return f"{self.rng.getrandbits(digits * 4):0{digits}x}"

    def uuid(self) -> str:
        return "-".join(self.hex(digits) for digits in (8, 4, 4, 4, 12))

    def at(self, number: int) -> str:
        second = number // 50
        clock = f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
        return f"2026-05-{1 + second // 86400 % 28:02}T{clock}.{number % 50 * 20 + 7:03}Z"

    def message(self) -> str:
        rng = self.rng
        return rng.choice(MESSAGES).format(
            user=self.user(), ip=self.ip(), port=rng.randrange(1024, 65535)
        )


def _lines(
    make: Callable[[_Maker, int], object], *, order: str | None = None
) -> Callable[[int], bytes]:
    def lines(count: int) -> bytes:
        maker = _Maker()
        encode = msgspec.json.Encoder(order=order).encode  # type: ignore[arg-type]
        return b"".join(encode(make(maker, number)) + b"\n" for number in range(count))

    return lines


# nginx: `log_format json escape=json`.


class Nginx(msgspec.Struct):
    """A request, all as text but status, bytes and time."""

    time_iso8601: str
    remote_addr: str
    remote_user: str
    request_method: str
    request_uri: str
    server_protocol: str
    status: int
    body_bytes_sent: int
    request_time: float
    http_referer: str
    http_user_agent: str
    http_x_forwarded_for: str
    request_id: str


def _nginx(maker: _Maker, number: int) -> Nginx:
    rng = maker.rng
    query = f"?q={rng.randrange(5000)}" if rng.random() < 0.2 else ""
    return Nginx(
        maker.at(number).replace(".007Z", "+00:00"),
        maker.ip(),
        "",
        "GET",
        maker.page() + query,
        "HTTP/1.1",
        rng.choice((200, 200, 304, 404)),
        rng.randrange(99_999),
        rng.randrange(3000) / 1000,
        f"https://www.example.com{maker.page()}",
        maker.agent(),
        "",
        maker.hex(32),
    )


def _nginx_by_hand(line: dict[str, Any]) -> None:
    line["remote_addr"] = _network(line["remote_addr"])
    line["remote_user"] = _token(line["remote_user"])
    line["request_uri"] = _url(line["request_uri"])
    line["http_referer"] = _url(line["http_referer"])
    line["http_user_agent"] = _agent(line["http_user_agent"])


# Docker's and Kubernetes' own form, and with what a shipper adds.


class Docker(msgspec.Struct):
    """A line that a program printed."""

    log: str
    stream: str
    time: str


class Pod(msgspec.Struct):
    """Where it ran."""

    pod_name: str
    namespace_name: str
    container_name: str
    host: str
    labels: dict[str, str]


class Kubernetes(msgspec.Struct):
    """A line that a program printed, and where it ran."""

    log: str
    stream: str
    time: str
    kubernetes: Pod


def _docker(maker: _Maker, number: int) -> Docker:
    return Docker(maker.message() + "\n", "stdout", maker.at(number))


def _docker_by_hand(line: dict[str, Any]) -> None:
    line["log"] = _text(line["log"])


def _kubernetes(maker: _Maker, number: int) -> Kubernetes:
    labels = {"app": "checkout", "pod-template-hash": "5d59d67564", "tier": "backend"}
    pod = Pod(maker.pod(), "shop", "checkout", f"node-{maker.rng.randrange(9)}", labels)
    return Kubernetes(maker.message() + "\n", "stderr", maker.at(number), pod)


def _kubernetes_by_hand(line: dict[str, Any]) -> None:
    line["log"] = _text(line["log"])
    line["kubernetes"]["host"] = _token(line["kubernetes"]["host"])


# Elastic Common Schema, as Filebeat writes it.


class _Ecs:
    """Parts of a document."""

    class Geo(msgspec.Struct):
        country_iso_code: str
        city_name: str

    class Source(msgspec.Struct):
        ip: str
        port: int
        geo: _Ecs.Geo

    class User(msgspec.Struct):
        id: str
        name: str
        email: str

    class Request(msgspec.Struct):
        method: str
        id: str
        bytes: int

    class Response(msgspec.Struct):
        status_code: int
        bytes: int

    class Http(msgspec.Struct):
        version: str
        request: _Ecs.Request
        response: _Ecs.Response

    class Url(msgspec.Struct):
        path: str
        domain: str

    class Agent(msgspec.Struct):
        original: str

    class Host(msgspec.Struct):
        name: str
        ip: list[str]

    class Event(msgspec.Struct):
        dataset: str
        outcome: str
        duration: int


class Ecs(msgspec.Struct, rename={"timestamp": "@timestamp"}):
    """A document, with parts that come or do not."""

    timestamp: str
    message: str
    event: _Ecs.Event
    source: _Ecs.Source
    http: _Ecs.Http
    url: _Ecs.Url
    user_agent: _Ecs.Agent
    host: _Ecs.Host
    user: _Ecs.User | msgspec.UnsetType = msgspec.UNSET
    tags: list[str] | msgspec.UnsetType = msgspec.UNSET


def _ecs(maker: _Maker, number: int) -> Ecs:
    rng = maker.rng
    user: _Ecs.User | msgspec.UnsetType = msgspec.UNSET
    if rng.random() < 0.7:
        who = maker.user()
        user = _Ecs.User(f"u-{who[4:]}", who, f"{who}@example.com")
    page = maker.page()
    return Ecs(
        maker.at(number),
        f"GET {page} completed in {rng.randrange(900)} ms",
        _Ecs.Event("shop.access", "success", rng.randrange(9_000_000)),
        _Ecs.Source(maker.ip(), rng.randrange(1024, 65535), _Ecs.Geo("DE", "Berlin")),
        _Ecs.Http(
            "1.1",
            _Ecs.Request("GET", maker.hex(16), rng.randrange(900)),
            _Ecs.Response(rng.choice((200, 304, 404)), rng.randrange(99_999)),
        ),
        _Ecs.Url(page, "www.example.com"),
        _Ecs.Agent(maker.agent()),
        _Ecs.Host(f"web-{rng.randrange(9)}", ["10.0.0.5", "10.0.1.5"][: rng.randrange(1, 3)]),
        user,
        ["beats_input", "forwarded"] if rng.random() < 0.5 else msgspec.UNSET,
    )


def _ecs_by_hand(line: dict[str, Any]) -> None:
    line["message"] = _text(line["message"])
    line["source"]["ip"] = _network(line["source"]["ip"])
    line["source"]["geo"]["city_name"] = None
    line["url"]["path"] = _url(line["url"]["path"])
    line["url"]["domain"] = _token(line["url"]["domain"])
    line["user_agent"]["original"] = _agent(line["user_agent"]["original"])
    line["host"]["name"] = _token(line["host"]["name"])
    line["host"]["ip"] = [_network(ip) for ip in line["host"]["ip"]]
    if user := line.get("user"):
        for name in user:
            user[name] = _token(user[name])


# CloudTrail.


class _Trail:
    """Parts of a record."""

    class Attributes(msgspec.Struct):
        creationDate: str
        mfaAuthenticated: str

    class Issuer(msgspec.Struct):
        type: str
        principalId: str
        arn: str
        accountId: str
        userName: str

    class Session(msgspec.Struct):
        sessionIssuer: _Trail.Issuer
        attributes: _Trail.Attributes

    class Identity(msgspec.Struct):
        type: str
        principalId: str
        arn: str
        accountId: str
        accessKeyId: str
        sessionContext: _Trail.Session

    class Resource(msgspec.Struct):
        accountId: str
        type: str
        ARN: str


class Trail(msgspec.Struct):
    """One call of an interface."""

    eventVersion: str
    userIdentity: _Trail.Identity
    eventTime: str
    eventSource: str
    eventName: str
    awsRegion: str
    sourceIPAddress: str
    userAgent: str
    requestParameters: dict[str, str]
    responseElements: dict[str, str] | None
    requestID: str
    eventID: str
    readOnly: bool
    resources: list[_Trail.Resource]
    eventType: str
    recipientAccountId: str


def _trail(maker: _Maker, number: int) -> Trail:
    rng = maker.rng
    account = f"{rng.randrange(20) * 7919 + 100_000_000_000}"
    who = maker.user()
    role = f"arn:aws:iam::{account}:role/{who}"
    issuer = _Trail.Issuer("Role", f"AROA{who.upper()}", role, account, who)
    session = _Trail.Session(issuer, _Trail.Attributes(maker.at(number // 99), "false"))
    name = rng.choice(("GetObject", "PutObject", "Decrypt", "AssumeRole"))
    return Trail(
        "1.08",
        _Trail.Identity(
            "AssumedRole", f"AROA{who.upper()}:{who}", f"arn:aws:sts::{account}:assumed-role/{who}",
            account, f"ASIA{maker.hex(16).upper()}", session,
        ),
        maker.at(number)[:19] + "Z",
        "s3.amazonaws.com",
        name,
        "eu-central-1",
        maker.ip(),
        "aws-sdk-go/1.44.0 (go1.19; linux; amd64)",
        {"bucketName": "reports", "key": f"2026/05/report-{rng.randrange(900)}.csv"},
        {"x-amz-expiration": "none"} if name == "PutObject" else None,
        maker.hex(16).upper(),
        maker.uuid(),
        name != "PutObject",
        [_Trail.Resource(account, "AWS::S3::Object", "arn:aws:s3:::reports")] * rng.randrange(1, 3),
        "AwsApiCall",
        account,
    )  # fmt: skip


def _trail_by_hand(line: dict[str, Any]) -> None:
    who = line["userIdentity"]
    issuer = who["sessionContext"]["sessionIssuer"]
    for part in (who, issuer, *line["resources"]):
        for name in ("principalId", "arn", "ARN", "accountId", "userName"):
            if name in part:
                part[name] = _token(part[name])
    who["accessKeyId"] = None
    line["sourceIPAddress"] = _network(line["sourceIPAddress"])
    line["userAgent"] = _agent(line["userAgent"])
    line["recipientAccountId"] = _token(line["recipientAccountId"])
    line["requestParameters"]["key"] = _text(line["requestParameters"]["key"])


# GELF, Graylog's.


class Gelf(
    msgspec.Struct,
    rename={name: f"_{name}" for name in ("user_id", "client_ip", "request_id", "took_ms", "path")},
):
    """A message with fields of its own."""

    version: str
    host: str
    short_message: str
    timestamp: float
    level: int
    user_id: int
    client_ip: str
    request_id: str
    took_ms: int
    path: str


def _gelf(maker: _Maker, number: int) -> Gelf:
    rng = maker.rng
    return Gelf(
        "1.1", f"app-{rng.randrange(9)}.corp.example", maker.message(),
        1_747_000_000 + number / 50, 6, rng.randrange(5_000), maker.ip(), maker.hex(32),
        rng.randrange(3_000), maker.page(),
    )  # fmt: skip


def _gelf_by_hand(line: dict[str, Any]) -> None:
    line["host"] = _token(line["host"])
    line["short_message"] = _text(line["short_message"])
    line["_user_id"] = _token(str(line["_user_id"]))
    line["_client_ip"] = _network(line["_client_ip"])
    line["_path"] = _url(line["_path"])


LOGS = (
    Log("nginx", _lines(_nginx), Nginx, _nginx_by_hand),
    Log("Docker, free text", _lines(_docker), Docker, _docker_by_hand),
    Log("Kubernetes, free text", _lines(_kubernetes), Kubernetes, _kubernetes_by_hand),
    Log("ECS", _lines(_ecs), Ecs, _ecs_by_hand),
    Log("CloudTrail", _lines(_trail), Trail, _trail_by_hand),
    Log("GELF", _lines(_gelf), Gelf, _gelf_by_hand),
)
