"""The web request of an access log, for applications that report requests themselves.

The preset `weblog` says the same of every field; log files are read by `anonkit.parse`.
"""

from datetime import datetime
from typing import Annotated

from anonkit.records.event import Event, Why
from anonkit.stages.drop import drop
from anonkit.stages.generalize import generalize
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
        vhost: Which of the server's sites was asked.
        port: The port it came in on.
        forwarded: The addresses that proxies name, as in X-Forwarded-For.
        cookie: The cookies that came along.
        query: The query alone, where a log has it apart from the path.
        bytes_in: The size of the request in bytes.
        duration: How long the answer took, in the unit of the log.
        zone: The zone of the server's clock, where it stands apart from the time.
    """

    client: Annotated[
        str,
        truncate(v4=24, v6=48),
        Why(
            "which network a request came from, never which device",
            kind="address",
            purpose="usage",
            withhold="field",
        ),
    ]
    ident: Annotated[
        str | None,
        drop(),
        Why("the login name that a client machine claims", kind="identifier", purpose="usage"),
    ] = None
    user: Annotated[
        str | None, drop(), Why("the login name on the server", kind="identifier", purpose="usage")
    ] = None
    time: Annotated[
        datetime,
        generalize("1min", zone="written"),
        Why(
            "load over time; seconds would join with other logs of the same requests",
            kind="time",
            purpose="usage",
        ),
    ]
    method: Annotated[str, keep(), Why("reading or writing", kind="category", purpose="usage")]
    target: Annotated[
        str,
        url(),
        Why(
            "which page, without query and identifiers",
            kind="url",
            purpose="usage",
            withhold="field",
        ),
    ]
    protocol: Annotated[
        str, keep(), Why("which protocol version is in use", kind="version", purpose="usage")
    ]
    status: Annotated[int, keep(), Why("success and failure", kind="category", purpose="usage")]
    bytes: Annotated[int | None, keep(), Why("traffic", kind="measure", purpose="usage")] = None
    referer: Annotated[
        str | None,
        url(),
        Why(
            "which page led here, without query and identifiers",
            kind="url",
            purpose="usage",
            withhold="field",
        ),
    ] = None
    agent: Annotated[
        str | None,
        user_agent(),
        Why("browser, major version and system", kind="agent", purpose="usage", withhold="field"),
    ] = None
    vhost: Annotated[
        str | None, keep(), Why("which of the sites was asked", kind="category", purpose="usage")
    ] = None
    port: Annotated[
        int | None, keep(), Why("with encryption or without", kind="category", purpose="usage")
    ] = None
    forwarded: Annotated[
        str | None,
        truncate(v4=24, v6=48),
        Why(
            "which network a request came from, behind proxies",
            kind="address",
            purpose="usage",
            withhold="field",
        ),
    ] = None
    cookie: Annotated[
        str | None,
        drop(),
        Why("what a browser is told apart by", kind="identifier", purpose="usage"),
    ] = None
    query: Annotated[str | None, drop(), Why("what people typed", kind="text", purpose="usage")] = (
        None
    )
    bytes_in: Annotated[int | None, keep(), Why("traffic", kind="measure", purpose="usage")] = None
    duration: Annotated[
        float | None, keep(), Why("shows how long answers take", kind="measure", purpose="usage")
    ] = None
    zone: Annotated[
        str | None,
        keep(),
        Why(
            "the zone of the server's clock, where it stands apart from the time",
            kind="category",
            purpose="usage",
        ),
    ] = None
