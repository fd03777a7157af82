"""NDJSON of others, repeated to 200 MB, under a policy that names its paths (`record.object`).

Beside each stand a typed decode and encode of every line, the floor, with structs that are told
from the log; and a loop over the standard `json` that does by hand what the policy says. The folder
that ANONKIT_CORPUS names has the logs: one of access, written as JSON, the state of a web server,
and reports of crashes with stacks.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import msgspec
from measure import Line, cpu, ratios
from shapes import Floor, fed

from anonkit import Keyring, Pipeline, Policy, Report
from anonkit.parse.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = 200_000_000
ROUNDS = 3
_COMBINED = re.compile(
    r'(?P<ip>\S+) \S+ (?P<user>\S+) \[(?P<time>[^]]+)\] "(?P<method>\S+) (?P<path>.*?) \S+" '
    r'(?P<status>\d+) (?P<bytes>\S+) "(?P<referer>.*?)" "(?P<agent>.*)"'
)
_AGENT = re.compile(r"(?:Firefox|Chrome)/[0-9]+")

ACCESS = """
[record.object]
fields.time = { generalize = { unit = "1min", zone = "written" } }
fields.ip = "truncate"
fields.user = "pseudonymize"
fields."request.method" = "keep"
fields."request.path" = "url"
fields.status = "keep"
fields.bytes = "keep"
fields.referer = "drop"
fields.agent = "user_agent"
"""
STATE = """
[record.object]
fields.nginx_version = "keep"
fields.address = "truncate"
fields.timestamp = { generalize = { unit = "1min", zone = "written" } }
fields."connections.*" = "keep"
fields."requests.*" = "keep"
fields."server_zones.*~" = "pseudonymize"
fields."server_zones.*.requests" = "keep"
fields."server_zones.*.responses.total" = "keep"
fields."upstreams.*~" = "pseudonymize"
fields."upstreams.*.peers[].server" = "pseudonymize"
fields."upstreams.*.peers[].state" = "keep"
fields."upstreams.*.peers[].requests" = "keep"
"""
CRASHES = """
[record.object]
fields.event_id = "pseudonymize"
fields.timestamp = { generalize = { unit = "1min", zone = "written" } }
fields.level = "keep"
fields.platform = "keep"
fields.release = "keep"
fields."contexts.os.name" = "keep"
fields."contexts.os.version" = "keep"
fields."user.id" = "pseudonymize"
"""


def run() -> Iterator[Line]:
    """Yield the figures of each log."""
    corpus = os.environ.get("ANONKIT_CORPUS")
    if corpus is None:
        print("real_json: ANONKIT_CORPUS names no folder with logs of others")
        return
    logs = Path(corpus, "logs")
    state, crashes = (
        [json.loads(line) for line in (logs / name).read_bytes().splitlines()]
        for name in ("nginx_plus_status.elastic.ndjson", "crash_events.sentry-relay.ndjson")
    )
    access = list(_access(logs / "apache_combined.elastic.log"))
    yield from _beside("access log", access, ACCESS, _access_by_hand)
    yield from _beside("state of a server", state, STATE, _state_by_hand)
    yield from _beside("crashes", crashes, CRASHES, _crash_by_hand)


def _beside(
    name: str, objects: list[Any], toml: str, by_hand: Callable[[dict[str, Any]], object]
) -> Iterator[Line]:
    """Yield what a log takes beside its floor, and beside a loop."""
    policy, keys = Policy.from_toml(toml), Keyring.generate()
    lines = b"".join(msgspec.json.encode(each) + b"\n" for each in objects)
    data = lines * (SIZE // len(lines) + 1)
    struct = _type_of(objects)

    def loop() -> None:
        for line in data.splitlines():
            json.dumps(by_hand(json.loads(line))).encode()

    found = ratios(
        lambda: cpu(lambda: fed(Lines(Floor(struct), Report()), data)),
        {
            "ours": lambda: cpu(lambda: fed(Pipeline(policy, keys=keys).lines("json"), data)),
            "json": lambda: cpu(loop),
        },
        rounds=ROUNDS,
    )
    yield Line(f"NDJSON of others, {name}", found["ours"], "x", 3.0, "typed line floor")
    faster = found["json"] / found["ours"]
    yield Line(f"the same, {name}, faster", faster, "x", 3, "loop over json", least=True)


def _type_of(values: list[Any]) -> Any:
    """Return the type that values of JSON have: objects are structs, what differs is `Any`."""
    kinds = {type(value) for value in values} - {type(None)}
    there = [value for value in values if value is not None]
    kind: Any = Any
    if kinds == {dict}:
        names = list(dict.fromkeys(name for value in there for name in value))
        fields: list[tuple[str, Any, Any]] = []
        for place, name in enumerate(names):
            part = _type_of([value[name] for value in there if name in value])
            known = all(name in value for value in there) or part is Any
            fields.append((f"f{place}", part if known else part | msgspec.UnsetType, msgspec.UNSET))
        rename = {f"f{place}": name for place, name in enumerate(names)}
        kind = msgspec.defstruct("Seen", fields, rename=rename, kw_only=True)
    elif kinds == {list}:
        items = [item for value in there for item in value]
        kind = list.__class_getitem__(_type_of(items) if items else Any)
    elif kinds and kinds <= {str, int, float, bool}:
        kind = Union[tuple(kinds)]  # noqa: UP007 - built from a tuple
    return kind | None if len(there) < len(values) and kind is not Any else kind


def _access(log: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of an access log as a server writes them as JSON."""
    for line in log.read_text(encoding="utf-8").splitlines():
        if match := _COMBINED.fullmatch(line):
            said: dict[str, Any] = match.groupdict()
            said["request"] = {name: said.pop(name) for name in ("method", "path")}
            size = said["bytes"]
            yield {**said, "status": int(said["status"]), "bytes": 0 if size == "-" else int(size)}


def _access_by_hand(line: dict[str, Any]) -> object:
    agent = _AGENT.search(line["agent"])
    request = line["request"]
    return {
        "time": line["time"][:17] + ":00" + line["time"][20:],
        "ip": _network(line["ip"]),
        "user": _token(line["user"]),
        "request": {"method": request["method"], "path": request["path"].partition("?")[0]},
        "status": line["status"],
        "bytes": line["bytes"],
        "agent": agent[0] if agent else "-",
    }


def _state_by_hand(line: dict[str, Any]) -> object:
    return {
        "nginx_version": line["nginx_version"],
        "address": _network(line["address"]),
        "timestamp": line["timestamp"] // 60_000 * 60_000,
        "connections": line["connections"],
        "requests": line["requests"],
        "server_zones": {
            _token(name): {
                "requests": zone["requests"],
                "responses": {"total": zone["responses"]["total"]},
            }
            for name, zone in line["server_zones"].items()
        },
        "upstreams": {
            _token(name): {
                "peers": [
                    {
                        "server": _token(peer["server"]),
                        "state": peer["state"],
                        "requests": peer["requests"],
                    }
                    for peer in upstream["peers"]
                ]
            }
            for name, upstream in line["upstreams"].items()
        },
    }


def _crash_by_hand(line: dict[str, Any]) -> object:
    kept = ("level", "platform", "release")
    left: dict[str, Any] = {name: line[name] for name in kept if name in line}
    left["event_id"] = _token(str(line.get("event_id")))
    left["timestamp"] = str(line.get("timestamp"))[:16]
    system = (line.get("contexts") or {}).get("os") or {}
    left["contexts"] = {"os": {name: system.get(name) for name in ("name", "version")}}
    left["user"] = {"id": _token(str((line.get("user") or {}).get("id")))}
    return left


def _token(text: str) -> str:
    digest = hashlib.blake2b(text.encode(), key=b"k" * 32, digest_size=16).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _network(text: str) -> str:
    return text.rpartition(".")[0] + ".0"
