"""Stages: what becomes of one value. One verb, one file; `stage.py` is the contract they keep."""

from anonkit.stages.drop import Drop, drop
from anonkit.stages.generalize import Generalize, generalize
from anonkit.stages.keep import Keep, keep
from anonkit.stages.pseudonymize import Pseudonymize, pseudonymize
from anonkit.stages.scrub import Scrub, scrub
from anonkit.stages.stage import Placed, Stage
from anonkit.stages.truncate import Truncate, truncate
from anonkit.stages.url import Url, url
from anonkit.stages.user_agent import UserAgent, user_agent

VERBS: dict[str, type[Stage]] = {
    stage.verb: stage
    for stage in (Keep, Drop, Truncate, Pseudonymize, Generalize, Scrub, Url, UserAgent)
}

__all__ = [
    "VERBS",
    "Drop",
    "Generalize",
    "Keep",
    "Placed",
    "Pseudonymize",
    "Scrub",
    "Stage",
    "Truncate",
    "Url",
    "UserAgent",
    "drop",
    "generalize",
    "keep",
    "pseudonymize",
    "scrub",
    "truncate",
    "url",
    "user_agent",
]
