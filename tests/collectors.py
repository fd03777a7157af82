"""A collector whose sink is a list, and what is posted to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from anonkit import Keyring, Pipeline
from anonkit.integrations.collector import Collector, Sink
from anonkit.pipeline import Source
from anonkit.records import Login, PageView

NETWORKS = Path(__file__).parent / "vectors" / "maxmind" / "GeoIP2-City-Test.mmdb"
VIEW = b'{"type":"page_view","at":"2026-05-11T09:02:44Z","page":"orders"}'
LOGIN = b'{"type":"login","at":"2026-05-11T09:02:44Z","user":"ada","method":"sso"}'
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
EVENTS = [Login, PageView]


class Kept:
    """An application and what came out of it."""

    def __init__(self, source: Source = EVENTS, **options: Any) -> None:
        self.lines: list[bytes] = []
        self.pipeline = Pipeline(source, keys=Keyring.generate())
        self.app = Collector(Sink(self.pipeline, self.lines.extend), **options)

    @property
    def records(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.lines]
