"""user_agent: a user agent becomes family, major version and system.

The law: whatever goes in, what comes out is `Family/major (System)` in a closed vocabulary, the
tables in `agents`. Nothing of the input gets through but one integer of at most four digits:

    agent    = "-" / family [ "/" 1*4DIGIT ] [ " (" ( system / "bot" / "feed" / "tool" ) ")" ]
    family   = "__other__" / "bot" / a word of BOTS, FEEDS, BROWSERS, TOOLS or ENGINES
    system   = a word of SYSTEMS

A log analyser still finds the same browser and system in it, since those look for the same words.
The system of a crawler, a feed reader or a tool says nothing about a person and is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, overload

from anonkit.errors import Withheld
from anonkit.stages.agents import BOTS, BROWSERS, ENGINES, FEEDS, SYSTEMS, TOOLS
from anonkit.stages.stage import Placed, Stage

if TYPE_CHECKING:
    from anonkit.stages.stage import Scope, Step

OTHER = "__other__"
BOT = "bot"
FEED = "feed"
TOOL = "tool"

# Characters that are read. No browser sends more than 700; what follows is padding or an attack.
LONGEST_READ = 2048

# RFC 9110, section 10.1.5: product = token ["/" product-version]. Real agents also write `MSIE 9`,
# `rv:11`, `Nutch-1.7` and `check_http/v2`, and two words for some products. The one repetition
# around another is bounded, so the time is linear.
_PRODUCT = re.compile(
    r"([a-z][a-z0-9_!]*(?:[-.][a-z][a-z0-9_!]*){0,8}"
    r"(?:(?<=opera) (?:mini|mobi|tablet)|(?<=windows) (?:phone|ce|mobile))?)"
    r"(?:[/ :-]v?([0-9]+))?"
)
# Old telephones glue the model to the maker and the version to the browser.
_GLUED = re.compile(r"(blackberry|nokia|roku|uc ?browser|ucweb|netfront|obigo)[0-9a-z]")
_LONGEST_MAJOR = 4
_MAJOR = re.compile(r"0|[1-9][0-9]{0,3}")

# What crawlers have in common when no table knows them: they say so, leave an address to complain
# to (GoAccess takes the same `; +http` and `(http` for a sign), or are `compatible` with an engine
# they run. CUBOT makes telephones.
_SIGNS = ("bot", "crawl", "spider", "http", "gecko; ", "google ", "monitor", "synth", "scan")
_CRAWLS = re.compile(
    r"(?<!cu)bot(?![a-z])|crawl|spider|robot|[;(+,-] ?\+?https?://|^https?:|gecko; compat"
    r"|google (?:favicon|page speed|search|web preview)|monitoring|synthetic|(?<![a-z])scanner"
)
# Of an agent without family and system, also these.
_SERVES = re.compile(
    r"\(compatible; |monitor|check|preview|fetch|scan|archiv|valid|search|probe|http|feed|rss|link"
    r"|proxy|agent|extract|scrap|index|analy|audit|seo|service|hook|sync|test|verif|bot|@|www\."
    r"|\.com|\.org"
)

_FAMILIES = (*BOTS, *FEEDS, *BROWSERS, *TOOLS, *ENGINES)
# Token to its word, in the order of precedence; `_RANKS` gives the place in that order.
_WORDS = {token: row.word for row in reversed(_FAMILIES) for token in reversed(row.tokens)}
_LAST = {"", *(token for row in ENGINES for token in row.tokens)}
_RANKS = {token: rank for rank, token in enumerate(reversed(_WORDS))}
_KINDS = {
    row.word: kind for kind, rows in ((BOT, BOTS), (FEED, FEEDS), (TOOL, TOOLS)) for row in rows
}
_KINDS[BOT] = BOT
_SYSTEM_WORDS = {token: row.word for row in reversed(SYSTEMS) for token in reversed(row.tokens)}
_SYSTEM_RANKS = {token: rank for rank, token in enumerate(reversed(_SYSTEM_WORDS))}

FAMILIES = frozenset({OTHER, BOT} | {row.word for row in _FAMILIES})
_SYSTEMS = frozenset(row.word for row in SYSTEMS)
IN_BRACKETS = _SYSTEMS | {BOT, FEED, TOOL}


class UserAgent(Stage, frozen=True):
    """A user agent becomes family, major version and system.

    An unknown family is `__other__`; an empty value and `-` are `-`.
    """

    verb: ClassVar[str] = "user_agent"
    takes: ClassVar[frozenset[str]] = frozenset({"text"})
    costly: ClassVar[bool] = True

    def gives(self, kind: str) -> str:  # noqa: ARG002 - whatever went in, an agent comes out
        """Return `agent`."""
        return "agent"

    def bind(self, scope: Scope | None = None, *, packed: bool = False) -> Step:  # noqa: ARG002
        """Return the function that reduces one agent; the packed form is the same text.

        The function raises `Withheld("not text")` for a value that is not text.
        """
        return _reduce


@overload
def user_agent() -> UserAgent: ...
@overload
def user_agent(field: str) -> Placed: ...
def user_agent(field: str | None = None) -> UserAgent | Placed:
    """Reduce a user agent to family, major version and system.

    Args:
        field: In a plain list of stages, the field it is for.
    """
    stage = UserAgent()
    return stage if field is None else stage.on(field)


def _reduce(value: Any) -> str:
    if not isinstance(value, str):
        raise Withheld("not text")
    text = value[:LONGEST_READ]
    if text in ("", "-"):
        return "-"
    if _is_reduced(text):
        return text
    text = text.lower()
    if "+" in text and " " not in text:
        # W3C extended logs write a plus for a space: https://www.w3.org/TR/WD-logfile.html
        text = text.replace("+", " ")
    # The first mention counts: toolbars and nested agents come later.
    found: dict[str, str] = dict(reversed(_PRODUCT.findall(text)))
    name = _first(found, _RANKS)
    if name in _LAST:
        for glued in _GLUED.findall(text):
            found.setdefault(glued.replace(" ", ""), "")
        name = _first(found, _RANKS)
    family = _WORDS.get(name, OTHER)
    kind = _KINDS.get(family)
    if kind not in (BOT, FEED):
        if any(sign in text for sign in _SIGNS) and _CRAWLS.search(text):
            return f"{BOT} ({BOT})"
        kind = kind or _SYSTEM_WORDS.get(_first(found, _SYSTEM_RANKS))
    if family == OTHER:
        return _unknown(text, found, kind)
    return _written(family, _major(family, name, found), kind)


def _unknown(text: str, found: dict[str, str], kind: str | None) -> str:
    if text.startswith("mozilla/4") and "compatible" not in found:
        return _written("Netscape", "4", kind)
    if kind is None and _SERVES.search(text):
        return f"{BOT} ({BOT})"
    return _written(OTHER, "", kind)


def _first(found: dict[str, str], ranks: dict[str, int]) -> str:
    return min(found.keys() & ranks.keys(), key=ranks.__getitem__, default="")


def _major(family: str, name: str, found: dict[str, str]) -> str:
    """Return the digits of the major version, which some families hide, or nothing."""
    if family == "Safari":
        # `Safari/605` is the build of WebKit.
        return found.get("version", "")
    if family == "Opera" and "version" in found and found[name] == "9":
        # https://dev.opera.com/blog/opera-ua-string-changes: 10 and later say Opera/9.80.
        return found["version"]
    if name == "trident" or family == "Mozilla":
        # MSIE 11 and the Mozilla suite say it as `rv:` alone.
        return found.get("rv", "")
    return found.get(name, "")


def _written(family: str, major: str, kind: str | None) -> str:
    text = f"{family}/{int(major)}" if 0 < len(major) <= _LONGEST_MAJOR else family
    return f"{text} ({kind})" if kind else text


def _is_reduced(text: str) -> bool:
    """Tell whether a text is in the closed grammar already, and so may stay as it is."""
    product, bracket, kind = text.partition(" (")
    family, slash, major = product.partition("/")
    if family not in FAMILIES or (slash and not _MAJOR.fullmatch(major)):
        return False
    if family in _KINDS:
        return kind == _KINDS[family] + ")"
    return not bracket or (kind[-1:] == ")" and kind[:-1] in _SYSTEMS)
