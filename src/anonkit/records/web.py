"""The web request of an access log, for applications that report requests themselves.

The preset `weblog` says the same of every field; log files are read by `anonkit.parse`.
"""

from datetime import datetime
from typing import Annotated

from anonkit.records.event import Event, Why
from anonkit.stages.drop import drop
from anonkit.stages.keep import keep
from anonkit.stages.truncate import truncate
from anonkit.stages.url import url
from anonkit.stages.user_agent import user_agent


class WebRequest(Event):
    """One request to a web server.

    Args:
        client: The address it came from, or a list as in X-Forwarded-For.
        ident: What an identd said of the user (RFC 1413).
        user: The name that was logged in with.
        time: When it came, with a zone.
        method: `GET`, `POST`, ….
        target: What was asked for: path and query.
        protocol: `HTTP/1.1`, ….
        status: The status of the answer.
        bytes: The size of the answer in bytes; None when nothing was sent.
        referer: The page that linked here, spelt as in HTTP.
        agent: What the browser called itself.
    """

    client: Annotated[
        str,
        truncate(),
        Why("tells networks apart and nobody in them", kind="address", purpose="operation"),
    ]
    ident: Annotated[
        str | None, drop(), Why("a person's name", kind="person", purpose="operation")
    ] = None
    user: Annotated[
        str | None, drop(), Why("a person's name", kind="person", purpose="operation")
    ] = None
    time: Annotated[
        datetime,
        keep(),
        Why("puts faults and load in order", kind="time", purpose="operation"),
    ]
    method: Annotated[
        str, keep(), Why("says what kind of request it was", kind="category", purpose="operation")
    ]
    target: Annotated[
        str,
        url(),
        Why(
            "shows what is asked for, without identifiers and queries",
            kind="url",
            purpose="operation",
        ),
    ]
    protocol: Annotated[
        str, keep(), Why("shows which protocols are in use", kind="category", purpose="operation")
    ]
    status: Annotated[
        int, keep(), Why("shows whether it worked", kind="outcome", purpose="operation")
    ]
    bytes: Annotated[
        int | None, keep(), Why("shows the load", kind="count", purpose="operation")
    ] = None
    referer: Annotated[
        str | None,
        url(),
        Why(
            "shows which pages lead here, without identifiers and queries",
            kind="url",
            purpose="operation",
        ),
    ] = None
    agent: Annotated[
        str | None,
        user_agent(),
        Why("shows which browsers must work", kind="agent", purpose="operation"),
    ] = None
