"""Requests within text: lines of access logs stand in other logs, as what a container said.

A query is what somebody typed, and no detector can tell: `GET /search?q=gout HTTP/1.1`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anonkit.errors import Withheld
from anonkit.parse.column import ABSENT
from anonkit.stages.url import Url

if TYPE_CHECKING:
    from collections.abc import Callable

    from anonkit.parse.column import Treatment

# What somebody asked a server for, within text (RFC 9112, section 3): its target is an address.
_REQUEST = re.compile(r"(?<![A-Za-z])([A-Z][A-Z-]{1,31} )([/h]\S*+)( HTTP/[0-9])")
# The login in a line of an access log: `203.0.113.7 - ada [10/Oct/2026:13:55:36 +0200] "GET …`.
_LOGIN = re.compile(
    r"(?<= - )\S{1,255}(?= \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}\] )"
)
# An address with a query, alone in quotes: a referer, or a request as Rails and PHP-FPM write it.
_WITH_QUERY = re.compile(r'(?<=")((?:[A-Z]{3,7} )?+)((?:https?://|/)[^\s"?]*+\?[^\s"]*+)(?=")')


def with_requests(text: str, address: Callable[[str], str]) -> str:
    """Return a text in which the target of each request has become what `address` makes of it.

    A login before it goes, as it does in an access log.
    """
    if " HTTP/" in text:
        text = _REQUEST.sub(lambda found: f"{found[1]}{address(found[2])}{found[3]}", text)
        text = _LOGIN.sub(ABSENT, text)
    if "?" in text and '"' in text:
        text = _WITH_QUERY.sub(lambda found: f"{found[1]}{address(found[2])}", text)
    return text


def cutting_requests(treatment: Treatment) -> Treatment:
    """Return a treatment of text in which requests are cut down before its stages see them.

    For text beside which no column says what becomes of addresses; what is kept is kept whole.
    """
    if treatment.step is None:
        return treatment
    step, cut = treatment.step, Url().bind()

    def address(target: str) -> str:
        try:
            return str(cut(target))
        except Withheld:
            return ABSENT

    return treatment._replace(step=lambda text: step(with_requests(text, address)))
