"""The server that tests of the cloud run in a process of its own: `uvicorn cloud_server:app`.

It works in the current folder: `vendor.pub` is there before, `site/` and `report.json` come of it.
`GET /memory` beside the collector says how much Python has needed at most, in bytes, if it traces.
"""

from __future__ import annotations

import json
import tracemalloc
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from app_in_cloud import LONDON, NETWORKS, PURPOSES, RECORDS
from post import Site

from anonkit import Keyring, Pipeline
from anonkit.asgi import answer
from anonkit.integrations.collector import Collector, Limits
from anonkit.integrations.places import Places
from anonkit.seal import Recipient

LIMITS = Limits(seconds=1.0)

pipeline = Pipeline(RECORDS, keys=Keyring.generate())
stack = ExitStack()
site = stack.enter_context(Site(Path("site"), pipeline, Recipient.load(Path("vendor.pub"))))
site.agree(*PURPOSES)
places = Places(NETWORKS, cities={LONDON})
collector = Collector(site.outbox, places=places, trusted=["127.0.0.0/8"], limits=LIMITS)


def end() -> None:
    for number, envelope in enumerate(site.send()):
        Path(f"{number}.anon").write_bytes(envelope)
    Path("report.json").write_text(json.dumps(pipeline.report.as_dict()), encoding="utf-8")
    stack.close()


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http" and scope["path"] == "/memory":
        await answer(send, 200, {"bytes": tracemalloc.get_traced_memory()[1]})
        return
    await collector(scope, receive, send)
    if scope["type"] == "lifespan":
        end()
