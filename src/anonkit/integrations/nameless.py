"""uvicorn's own log without visitors.

An application empties the scope that uvicorn writes its access log from. What uvicorn answers by
itself, such as a connection beyond `--limit-concurrency`, never reaches the application, and at the
level `trace` whole scopes are written before it is asked. This filter stands where both pass.
"""

from __future__ import annotations

import logging

from anonkit.integrations.visitor import METHODS

# uvicorn/protocols/http/h11_impl.py: client, method, path with query, version, status.
_PARTS = 5
_LOGGERS = ("uvicorn.access", "uvicorn.asgi", "uvicorn.error")


class Nameless(logging.Filter):
    """Lets no address, path or word of a client through, and nothing below `info`."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Empty a line of the access log; refuse what has a form of its own, and all traces."""
        if record.levelno < logging.INFO:
            return False
        if record.name != "uvicorn.access":
            return True
        if not isinstance(record.args, tuple) or len(record.args) != _PARTS:
            return False
        _client, method, _path, version, status = record.args
        record.args = ("", method if method in METHODS else "-", "/", version, status)
        return True


NAMELESS = Nameless()


def hush() -> None:
    """Put the filter before uvicorn's loggers; once is enough."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(NAMELESS)
