"""Kinds of fields that several built-in events have: a type, what becomes of it, and why."""

from datetime import datetime
from typing import Annotated

from anonkit.records.event import Why
from anonkit.stages.generalize import generalize
from anonkit.stages.keep import keep
from anonkit.stages.pseudonymize import pseudonymize

Hour = Annotated[
    datetime,
    generalize("1h"),
    Why(
        "shows when features are used; the hour does not time a person",
        kind="time",
        purpose="usage",
    ),
]
Minute = Annotated[
    datetime,
    generalize("1min"),
    Why(
        "shows which crashes come together; no user stands beside it",
        kind="time",
        purpose="stability",
    ),
]
User = Annotated[
    str,
    pseudonymize("user"),
    Why(
        "links what one user does within a period, without saying who",
        kind="identifier",
        purpose="usage",
    ),
]
Session = Annotated[
    str,
    pseudonymize("session"),
    Why("puts the steps of one session together", kind="identifier", purpose="usage"),
]
Installation = Annotated[
    str,
    pseudonymize("installation"),
    Why("counts installations, without saying whose", kind="identifier", purpose="usage"),
]
AppVersion = Annotated[
    str,
    generalize(parts=3),
    Why(
        "shows which releases are in use; a customer's own build number goes",
        kind="version",
        purpose="usage",
    ),
]
System = Annotated[
    str,
    generalize(allow=("Linux", "Windows", "macOS")),
    Why("shows which systems must work", kind="category", purpose="usage"),
]
SystemVersion = Annotated[
    str,
    generalize(parts=2),
    Why(
        "shows which system releases must work; the patch level goes",
        kind="version",
        purpose="usage",
    ),
]
Page = Annotated[
    str,
    keep(),
    Why(
        "a name that the application's authors gave the page, not a URL",
        kind="category",
        purpose="usage",
    ),
]
Count = Annotated[int, keep(), Why("how often it was done", kind="measure", purpose="usage")]
Rows = Annotated[
    int,
    generalize(log=10),
    Why(
        "shows which amounts of data must work; the power of ten is enough",
        kind="measure",
        purpose="usage",
    ),
]
Success = Annotated[
    bool, keep(), Why("shows whether it works", kind="category", purpose="stability")
]
Seconds = Annotated[
    float,
    generalize(log=2),
    Why(
        "shows how long it takes; the power of two is enough", kind="measure", purpose="performance"
    ),
]
