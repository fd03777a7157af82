"""How a site is seen: one page view, with what it was seen with and roughly from where.

No user, no session and no address stands here: a place beside a token would say where a token
lives. Fields are few and coarse, because it is their combination that singles somebody out.

`anonkit.integrations.collector` fills in, from the request and in memory, all but the page and the
screen. Where nothing does, `country`, `region` and `city` say what the sender says: leave them out.
"""

from typing import Annotated

from anonkit.records.event import Event, Why
from anonkit.records.fields import Hour, Page
from anonkit.stages.generalize import generalize
from anonkit.stages.keep import keep
from anonkit.stages.user_agent import user_agent

DEVICES = ("desktop", "phone", "tablet", "tv")
# ISO 639-1. Languages in which the web is written and software is sold: of the speakers of any
# other there may be one in a country.
LANGUAGES = (
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he",
    "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "nb", "nl", "pl",
    "pt", "ro", "ru", "sk", "sl", "sv", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
Pixels = Annotated[
    int,
    generalize(log=2),
    Why(
        "shows for which screens to design; the power of two is enough",
        kind="measure",
        purpose="usage",
    ),
]


class PageView(Event):
    """Somebody looked at a page.

    Args:
        at: When, with a zone.
        page: The name of the page.
        agent: What the browser calls itself.
        device: `desktop`, `phone`, `tablet` or `tv`.
        screen_width: The width of the screen in pixels.
        screen_height: Its height.
        language: The language that the browser asks for, as in ISO 639-1: `de`.
        country: The country the request came from, as in ISO 3166-1: `DE`.
        region: Its part of that country, as in ISO 3166-2: `DE-BY`.
        city: The city, if it is a large one.
    """

    at: Hour
    page: Page | None = None
    agent: Annotated[
        str | None,
        user_agent(),
        Why("browser, major version and system", kind="agent", purpose="usage", withhold="field"),
    ] = None
    device: Annotated[
        str | None,
        generalize(allow=DEVICES),
        Why("shows for which devices to design", kind="category", purpose="usage"),
    ] = None
    screen_width: Pixels | None = None
    screen_height: Pixels | None = None
    language: Annotated[
        str | None,
        generalize(allow=LANGUAGES),
        Why("shows into which languages to translate", kind="category", purpose="usage"),
    ] = None
    country: Annotated[
        str | None,
        keep(),
        Why(
            "shows where the service is used; found by the address, which is then forgotten",
            kind="place",
            purpose="usage",
        ),
    ] = None
    region: Annotated[
        str | None,
        keep(),
        Why("shows where in a country the service is used", kind="place", purpose="usage"),
    ] = None
    city: Annotated[
        str | None,
        keep(),
        Why(
            "shows in which large cities the service is used; others are not named",
            kind="place",
            purpose="usage",
        ),
    ] = None
