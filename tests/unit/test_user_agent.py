"""user_agent: family, major version and system, out of a closed vocabulary."""

from __future__ import annotations

import base64
import re
import string
from urllib.parse import quote

import pytest
from hypothesis import given, strategies as st

from anonkit.errors import Withheld
from anonkit.stages.agents import BOTS, BROWSERS, ENGINES, FEEDS, SYSTEMS, TOOLS, Row
from anonkit.stages.stage import Placed
from anonkit.stages.user_agent import FAMILIES, IN_BRACKETS, UserAgent, user_agent

TABLES = {"bot": BOTS, "feed": FEEDS, "tool": TOOLS, None: BROWSERS + ENGINES}
ROWS = [(kind, row) for kind, table in TABLES.items() for row in table]

# Written a second time, from the tables alone: the law, not the code.
GRAMMAR = re.compile(
    "-|(?:{})(?:/(?:0|[1-9][0-9]{{0,3}}))?(?: \\((?:{})\\))?".format(
        "|".join(map(re.escape, ["__other__", "bot", *(row.word for _, row in ROWS)])),
        "|".join(map(re.escape, ["bot", "feed", "tool", *(row.word for row in SYSTEMS)])),
    )
)

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118.0.5993.70"
CASES = {
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36": "Chrome/118 (Windows)",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/118.0": (
        "Edge/118 (Windows)"
    ),
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36": "Chrome/118 (CrOS)",
    f"Mozilla/5.0 (Linux; Android 6.0; ALE-L21 Build/X) {CHROME} Mobile Safari/537.36": (
        "Chrome/118 (Android)"
    ),
    f"Mozilla/5.0 (Linux; Android 6.0; CUBOT MAX) {CHROME} Mobile Safari/537.36": (
        "Chrome/118 (Android)"
    ),
    "Mozilla/5.0 (Windows NT 10.0; rv:118.0) Gecko/20100101 Firefox/118.0": (
        "Firefox/118 (Windows)"
    ),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.1 Safari/605.1.15": "Safari/17 (Mac OS X)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 12_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/12.0 Mobile/15E148 Safari/604.1": "Safari/12 (iPhone)",
    "Mozilla/5.0 (iPad; U; CPU iPhone OS 3_2 like Mac OS X) AppleWebKit/531.21 (KHTML, like "
    "Gecko) Version/4.0.4 Mobile/7B334b Safari/531.21": "Safari/4 (iPad)",
    "Mozilla/5.0 (Macintosh; U; PPC Mac OS X; de) AppleWebKit/412 (KHTML, like Gecko) Safari/412": (
        "Safari (Mac OS X)"
    ),
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko": "MSIE/11 (Windows)",
    "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)": "MSIE/6 (Windows)",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Mozilla/4.0 (compatible; MSIE 6.0))": (
        "MSIE/8 (Windows)"
    ),
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)": "MSIE/9 (Windows)",
    "Mozilla/5.0+(compatible;+MSIE+10.0;+Windows+Phone+8.0;+Trident/6.0)": (
        "MSIE/10 (Windows Phone)"
    ),
    "Mozilla/5.0 (Linux; Android 9) Version/4.0 Chrome/91.0 Mobile Safari/537.36 OPR/62.3": (
        "Opera/62 (Android)"
    ),
    "Mozilla/4.0 (compatible; MSIE 5.0; Mac_PowerPC)": "MSIE/5 (Mac OS X)",
    "Mozilla/4.79 [en] (X11; U; Linux 2.4.7)": "Netscape/4 (Linux)",
    "Mozilla/4.0 (compatible; Windows 98)": "__other__ (Windows)",
    "Mozilla/5.0 (X11; U; Linux i686; rv:1.7.8) Gecko/20050511": "Mozilla/1 (Linux)",
    "Opera/9.80 (Windows NT 6.1; U; en) Presto/2.8.131 Version/11.11": "Opera/11 (Windows)",
    "Opera/9.27 (Windows NT 5.1; U; en)": "Opera/9 (Windows)",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29; U; en) Presto/2.8 Version/11.10": (
        "Opera Mini/7 (J2ME)"
    ),
    "Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; IEMobile/11.0) like "
    "iPhone OS 7_0_3 Mac OS X": "MSIE (Windows Phone)",
    "Nokia6280/2.0 (03.60) Profile/MIDP-2.0 Configuration/CLDC-1.1": "Nokia (Series40)",
    "NokiaC2-00/2.0 Profile/MIDP-2.1 UC Browser8.2/70": "UCBrowser (Series40)",
    "Mozilla/5.0+(compatible;+bingbot/2.0;++http://www.bing.com/bingbot.htm)": "bingbot/2 (bot)",
    "Mozilla/5.0+(Macintosh;+Intel+Mac+OS+X+10_9)+Chrome/36.0+Safari/537.36": (
        "Chrome/36 (Mac OS X)"
    ),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 6_0 like Mac OS X) Safari/8536.25 (compatible; "
    "Googlebot/2.1; +http://www.google.com/bot.html)": "Googlebot/2 (bot)",
    "Mozilla/5.0 (compatible; SomeNewBot/3.1; Windows NT 10.0)": "bot (bot)",
    "curl/7.81.0 (crawl of https://example.com)": "bot (bot)",
    f"Mozilla/5.0 {CHROME} Safari/537.36 (+https://example.com/why)": "bot (bot)",
    "Link Validator": "bot (bot)",
    "Acme Robots": "bot (bot)",
    "curl/8.4.0": "curl/8 (tool)",
    "Firefox/99999.0": "Firefox",
    "Firefox/007": "Firefox/7",
    "-": "-",
    "": "-",
    "jane.doe@example": "bot (bot)",
    "Jane Doe": "__other__",
    "curl (tool)": "curl (tool)",
    "curl": "curl (tool)",
    "Chrome (jane)": "Chrome",
    "Chrome/1 (Windows": "Chrome/1 (Windows)",
    "Chrome/1.2": "Chrome/1",
    "Chrome/": "Chrome",
}


@pytest.mark.parametrize("agent", CASES)
def test_an_agent_becomes_family_major_and_system(agent: str) -> None:
    """Each written case comes out as the table of cases says."""
    assert user_agent()(agent) == CASES[agent]


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=lambda value: getattr(value, "word", ""))
def test_every_family_is_found_by_its_specimen(kind: str | None, row: Row) -> None:
    """The specimen of a row comes out under the row's word, and of its kind."""
    out = user_agent()(row.specimen)

    assert re.split(r"/\d+$", out.partition(" (")[0])[0] == row.word
    assert kind is None or out.endswith(f" ({kind})")


@pytest.mark.parametrize("row", SYSTEMS, ids=lambda row: row.word)
def test_every_system_is_found_by_its_specimen(row: Row) -> None:
    """The specimen of a system comes out with the system's word."""
    assert user_agent()(row.specimen).endswith(f" ({row.word})")


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=lambda value: getattr(value, "word", ""))
def test_every_token_announces_its_family(kind: str | None, row: Row) -> None:
    """Each token of a row, with a number behind it, comes out under the row's word."""
    for token in row.tokens:
        assert user_agent()(f"{token}/7 (x)").partition(" (")[0].partition("/")[0] == row.word, (
            token
        )


@pytest.mark.parametrize("row", SYSTEMS, ids=lambda row: row.word)
def test_every_token_announces_its_system(row: Row) -> None:
    """Each token of a system comes out under the system's word."""
    for token in row.tokens:
        assert user_agent()(f"Firefox/118.0 ({token}; x)").endswith(f" ({row.word})"), token


@pytest.mark.parametrize(
    "sign",
    ["xbot", "Crawl", "spiders", "robots", "; https://x.example", "+http://x.example", "gecko; compatible",
     "google favicon", "google page speed", "google search", "google web preview", "monitoring", "synthetic", "scanner"],
)  # fmt: skip
def test_what_crawls_says_so(sign: str) -> None:
    """An agent of a known family that shows the sign of a crawler is a bot, without a number."""
    assert user_agent()(f"Firefox/118.0 ({sign})") == "bot (bot)"


def test_no_word_or_token_is_declared_twice() -> None:
    """A word has one row, and a token announces one family and one system at most."""
    for table in ([row for _, row in ROWS], SYSTEMS):
        words = [row.word for row in table]
        tokens = [token for row in table for token in row.tokens]
        assert len(words) == len(set(words))
        assert sorted(tokens) == sorted(set(tokens))


def test_the_vocabulary_is_that_of_the_tables() -> None:
    """The words the stage lets out are those of the tables and four of its own."""
    assert {row.word for _, row in ROWS} | {"__other__", "bot"} == FAMILIES
    assert {row.word for row in SYSTEMS} | {"bot", "feed", "tool"} == IN_BRACKETS


agents = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from([row.specimen for _, row in ROWS])
        | st.sampled_from([row.specimen for row in SYSTEMS])
        | st.sampled_from(sorted(FAMILIES | IN_BRACKETS))
        | st.sampled_from(["/", " ", "; ", " (", ")", "+", "compatible", "Version/9", "rv:1"])
        | st.text(alphabet=string.printable, max_size=12),
        max_size=8,
    ).map("".join),
)


@given(agents)
def test_nothing_but_the_closed_grammar_leaves(agent: str) -> None:
    """Whatever goes in, what comes out is made of declared words and one small number."""
    assert GRAMMAR.fullmatch(user_agent()(agent))


@given(agents)
def test_treating_an_agent_again_changes_nothing(agent: str) -> None:
    """The stage is idempotent."""
    once = user_agent()(agent)

    assert user_agent()(once) == once


def test_what_is_in_the_closed_grammar_stays() -> None:
    """Each family, alone and with a number, and each with its kind or a system, stays as it is."""
    kinds = {row.word: kind for kind, row in ROWS if kind} | {"bot": "bot"}
    systems = ["", *(f" ({row.word})" for row in SYSTEMS)]
    for family in FAMILIES:
        for number in ("", "/7", "/9999"):
            for end in [f" ({kinds[family]})"] if family in kinds else systems:
                assert user_agent()(family + number + end) == family + number + end


SECRET = "Xq7-j4ne.d0e"


@given(agents, agents)
def test_a_planted_secret_does_not_leave(before: str, after: str) -> None:
    """A secret anywhere in an agent is not in the output, in any of the forms it could take."""
    out = user_agent()(before + SECRET + after).casefold()

    forms = (SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode())
    assert not [form for form in forms if form.casefold().strip("=") in out]


@pytest.mark.parametrize("value", [1, b"curl/8", ["curl/8"], None, 1.5])
def test_what_is_not_text_is_withheld(value: object) -> None:
    """A value that is not text is withheld without a trace of it."""
    with pytest.raises(Withheld) as caught:
        user_agent().bind()(value)

    assert caught.value.rule == "not text"
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_nothing_after_two_kilobytes_is_read() -> None:
    """What stands behind the first 2048 characters changes nothing, and costs nothing."""
    padding = "x " * 1024

    assert user_agent()(padding + "Firefox/118.0") == "__other__"


@pytest.mark.parametrize(
    "unit", ["a", "a-", "a.", "a/1", " ", "(", "+", "opera ", "windows ", "1", "bot", "-", "é"]
)
def test_length_is_bounded(unit: str) -> None:
    """Of a megabyte of anything no more is read than of its beginning."""
    agent = unit * (1_000_000 // len(unit))

    assert user_agent()(agent) == user_agent()(agent[:2048])


def test_the_function_places_the_stage_on_a_field() -> None:
    """`user_agent("agent")` is the stage on that field; without a name it is the stage."""
    assert user_agent("agent") == Placed("agent", UserAgent())
    assert user_agent() == UserAgent()
    assert UserAgent().gives("text") == "agent"
    assert UserAgent.takes == {"text"}
    assert UserAgent()(None) is None
