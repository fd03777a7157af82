"""url: a URL is cut down to where it points."""

from __future__ import annotations

import base64
import string
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, strategies as st

from anonkit.errors import PolicyError, Withheld
from anonkit.stages.identifiers import PERSONS, WORDS
from anonkit.stages.stage import Placed
from anonkit.stages.url import EXTENSIONS, LONGEST_URL, OPAQUE, Url, url

UUID = "123e4567-e89b-12d3-a456-426614174000"
PERSIAN = "%DB%8C%D8%AE%DA%86%D8%A7%D9%84-%D9%81%D8%B1%DB%8C%D8%B2%D8%B1"

FORMS = {
    "": "",
    "-": "-",
    "*": "*",
    "/": "/",
    "?q=jane": "",
    "/search?q=jane#top": "/search",
    "/a#b?c": "/a",
    "a/b": "a/b",
    "../a/./b": "../a/./b",
    "/a//b": "/a//b",
    "https://jane:pw@Shop.Example:8443/a?b=c#d": "https://shop.example:8443/a",
    "HTTP://a@b@example.com/": "http://example.com/",
    "http://example.com": "http://example.com",
    "http://example.com?q": "http://example.com",
    "http://example.com:/x": "http://example.com/x",
    "http://example.com./x": "http://example.com/x",
    "http://example.com\\users\\jane": "http://example.com/:id",
    "android-app://com.google.android.gm/": "android-app://com.google.android.gm/",
    "//cdn.example.com/lib.js?v=1": "//cdn.example.com/lib.js",
    "//[2001:db8:1:2::3]/x": "//[2001:db8:1::]/x",
    "//users/4711": "/users/:id",
    "//4711.json": "/:id.json",
    "///etc/passwd": "/etc/passwd",
    "//user:pw@intranet/x": "/:id/x",
    "//": "/",
    ";x//Example.com/y": "/Example.com/y",
    "https://example.com/a;s=1/b;t": "https://example.com/a/b",
    "example.com:443": "example.com:443",
    "An_Example.com:80;s=1": "an_example.com:80",
    "Example.com:443/a": "example.com:443/a",
    "localhost:8080": "localhost:8080",
    "203.0.113.77:443": "203.0.113.0:443",
    "[2001:db8:1:2::3]:443": "[2001:db8:1::]:443",
    "mailto:jane@example.com": "mailto:",
    "data:text/plain;base64,SmFuZQ==": "data:",
    "javascript:alert('jane')": "javascript:",
    "file:///home/jane/x.txt": "file:",
    "File:/home/jane": "file:",
    "urn:uuid:" + UUID: "urn:",
    "tel:4711": "tel:",
    "http:/users/jane": "http:",
    "https:///jane": "https:",
}

HOSTS = {
    "http://203.0.113.77/": "http://203.0.113.0/",
    "http://203.0.113.77:8080/": "http://203.0.113.0:8080/",
    "http://%32%30%33.0.113.77/": "http://203.0.113.0/",
    "http://２０３.0.113.77/": "http://203.0.113.0/",
    "http://[2001:db8:1:2::3]/": "http://[2001:db8:1::]/",
    "http://[2001:db8:1:2::3%25eth0]:80/": "http://[2001:db8:1::]:80/",
    "http://ip-10-20-30-40.eu.example/": "http://ip-host.eu.example/",
    "http://40.30.20.10.dsl.example/": "http://host.dsl.example/",
    f"http://{UUID}.example/": "http://host.example/",
    "http://491715551234.example/": "http://host.example/",
    "http://BÜCHER.example/": "http://b%C3%BCcher.example/",
    "http://b%c3%bccher.example/": "http://b%C3%BCcher.example/",
    "http://s3-eu-west-1.amazonaws.com/": "http://s3-eu-west-1.amazonaws.com/",
}

IDENTIFIERS = [
    "abcdefghijklmnopqrs1", "ABCDEFGHIJKLMNOPQRST", "12%2034%2056%207", "1.2.145.6", "1.145.2.6", "1.2.6.145",
    "123", "1800", "2100", "4711", "00042", "١٢٣٤", "４７１１", "user-12345", "ORD-2019-00042",
    "u4711", "u2013", "+4917155512345", "+49-171-55-12", "(030)%2012-34-56",
    "06%2012%2034%2056%2078",
    UUID, UUID.upper(), UUID.replace("-", ""), "deadbeef1", "x-0badcafe-y", "abcdefabcdefabcd",
    "jane@example.com", "jane%40example.com", "jane%2540example.com", "jane＠example",
    "~jane", "%7Ejane", "203.0.113.77", "ip-10-20-30-40", "2001:db8::1", "aa:bb:cc:dd:ee:ff",
    "dQw4w9WgXcQ", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln", "Zm9vYmFyYmF6cXV4cXV1eA",
    "abcdefghijklmnop12345", "QWxhZGRpbjpvcGVuIHNlc2FtZQ", "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "dGhp_cyBp-cyBhIHR_lc3Qg", "a" * 41, "a-" * 32 + "b", "name=jane", "user:jane",
    "users%2Fjane", "a%5C4711", "10.0.0.5", "s" * 41,
    "j%25252525aane", "2012-2013-2014", "2012%202013%202014%202015", "%ff%fe",
    "%C3%28", "a%25252520b", "%252525252541", "2012-2013-2014-2015",
    "4111-1111-1111-1111", "123-ab-456-cd-789", "a1b2c3d4e5f6g7", "\udc80", "ﷺ" * 4,
]  # fmt: skip

WORDLIKE = [
    "a%2520b", "a%252520b",
    "a", "v1", "12", "2015", "1999", "05", "2015-05-17", "report-2015-05-17", "year-2011-2012",
    "logo-2013.png", "jquery-1.11.2.min.js", "style2.css", "200x200", "productModel",
    "productModelControllerFactoryBean", "refrigerator-and-freezer", "iPhone-XS-256GB",
    "facade", "effaced", "index.html", "wp-login.php", "proxy-2.1.tar.gz", "C%23", "a%20b",
    "Donaudampfschifffahrtsgesellschaft", PERSIAN, "%D8%B9%D8%B7%D8%B1", "b1,p1", "100%",
    "vim-text-objects.html", ".well-known", ".htaccess", "..", ":id", ":id.json", "x~", "a-" * 32, "JaVaScRiPt",
    "Some-Long-Title-With-2-Numbers-Here",
]  # fmt: skip

PATHS = {
    "/users/4711/orders/2015": "/users/:id/orders/2015",
    "/users/jane": "/users/:id",
    "/Users/Jane.Doe/x": "/Users/:id/x",
    "/users/jane.html": "/users/:id.html",
    "/users//jane": "/users//:id",
    "/users/%2Fjane": "/users/:id",
    "/users/%2Flogin": "/users/%2Flogin",
    "/users/login": "/users/login",
    "/users/login.php": "/users/login.php",
    "/users/profile/jane": "/users/profile/:id",
    "/users/new/jane": "/users/new/jane",
    "/kunden/müller": "/kunden/:id",
    "/home/index.html": "/home/index.html",
    "/u/jane/u/joe": "/u/:id/u/:id",
    "/4711.json": "/:id.json",
    "/4711.JSON": "/:id.JSON",
    "/4711.jane": "/:id",
    "/123.mp4": "/:id.mp4",
    "/IMG_20150517_1203.jpg": "/:id.jpg",
    "/a;jsessionid=0A1B2C/b;c=d": "/a/b",
    "/a'b\"c<d>": "/a%27b%22c%3Cd%3E",
    "/bücher": "/b%C3%BCcher",
}


def outcome(stage: Url, value: Any) -> str:
    """Return the result, or what the exception and all it drags along say."""
    try:
        result: str = stage.bind()(value)
    except Withheld as withheld:
        return f"withheld: {withheld!r} {withheld.__context__!r} {withheld.__cause__!r}"
    return result


@pytest.mark.parametrize(("before", "after"), [*FORMS.items(), *HOSTS.items(), *PATHS.items()])
def test_a_url_keeps_where_it_points(before: str, after: str) -> None:
    """Each written form of a URL comes out as the table says."""
    assert url()(before) == after


@pytest.mark.parametrize("segment", IDENTIFIERS)
def test_a_segment_with_an_identifier_is_replaced(segment: str) -> None:
    """A segment that carries an identifier becomes the placeholder."""
    assert url()(f"/a/{segment}/b") == "/a/:id/b"


@pytest.mark.parametrize("segment", WORDLIKE)
def test_a_segment_without_an_identifier_stays(segment: str) -> None:
    """A segment that names a thing and nobody stays as it is."""
    assert url()(f"/a/{segment}/b") == f"/a/{segment}/b"


@pytest.mark.parametrize("person", sorted(PERSONS))
def test_what_follows_a_person_word_is_replaced(person: str) -> None:
    """A plain word behind a person word is taken for a name, a well-known word is not."""
    assert url()(f"/{person}/jane") == f"/{person}/:id"
    assert url()(f"/{person.upper()}/settings") == f"/{person.upper()}/settings"


@pytest.mark.parametrize("scheme", sorted(OPAQUE))
def test_of_an_opaque_scheme_only_the_scheme_stays(scheme: str) -> None:
    """Nothing behind a scheme without a host stays, with slashes or without."""
    assert url()(f"{scheme}:jane") == f"{scheme}:"
    assert url()(f"{scheme.upper()}://jane/x?y") == f"{scheme}:"


WITHHELD = {
    "jane:secret": "unknown scheme",
    "proxy:3128": "unknown scheme",
    "jane:///x": "unknown scheme",
    "fe80::1": "unknown scheme",
    "u4711://host.example/": "not a url",
    "http://2130706433/": "not a url",
    "http://0x7f.1/": "not a url",
    "http://1.2.3.4.5/": "not a url",
    "http://jane doe/": "not a url",
    "http://a,b/": "not a url",
    "http://[::1/": "not a url",
    "http://[jane]/": "not a url",
    "http://[::1,::2]/": "not a url",
    "http://[::1]jane/": "not a url",
    "http://host:jane/": "not a url",
    "http://host:123456/": "not a url",
    "http://%ff/": "not a url",
    "http://a\u2024b\u0345/": "not a url",
    "http://:80/": "not a url",
    "jane doe": "not a url",
    "/a\nb": "not a url",
    "\x7f": "not a url",
    "/" + "a/" * 600: "too long",
    "/" + "a" * 70_000: "too long",
}


@pytest.mark.parametrize("value", WITHHELD)
def test_what_is_no_url_is_withheld(value: str) -> None:
    """What is not understood is withheld by a named rule, and leaves no trace in the exception."""
    with pytest.raises(Withheld) as caught:
        url()(value)

    assert caught.value.rule == WITHHELD[value]
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("value", [1, b"/a", ["/a"], None])
def test_what_is_not_text_is_withheld(value: object) -> None:
    """A value that is not text is withheld."""
    with pytest.raises(Withheld, match=r"^not text$"):
        url().bind()(value)


PARAMETERS = {
    "/s?page=2&q=jane&page=3#f": "/s?page=2&page=3",
    "/s?page": "/s?page",
    "/s?page=": "/s?page=",
    "/s?Page=2": "/s",
    "/s?p%61ge=2": "/s",
    "/s?page=4711": "/s?page=:id",
    "/s?page=jane%40example.com": "/s?page=:id",
    "/s?page=0171+55+12+34": "/s?page=:id",
    "/s?page=/users/jane": "/s?page=:id",
    "/s?page=%ff": "/s?page=:id",
    "/s?page=a+b c\"d'": "/s?page=a+b%20c%22d%27",
    "/s?page=2;user=jane": "/s?page=2",
    "?page=2": "?page=2",
    "mailto:x?page=2": "mailto:",
    "https://example.com?page=2": "https://example.com?page=2",
}


@pytest.mark.parametrize("value", PARAMETERS)
def test_listed_parameters_stay_and_are_looked_at(value: str) -> None:
    """A listed parameter stays with its value, unless the value carries an identifier."""
    assert url(parameters=["page"])(value) == PARAMETERS[value]


MODES = {
    ("keep", False, "/users/4711;s=1?q#f"): "/users/4711",
    ("keep", False, "/b\u00fcch'er"): "/b%C3%BCch%27er",
    ("drop", False, "/users/4711?page=2"): "/?page=2",
    ("drop", False, "https://example.com"): "https://example.com/",
    ("drop", False, "a/b"): "/",
    ("drop", False, "example.com:443"): "example.com:443",
    ("drop", False, "*"): "*",
    ("template", True, "https://jane@example.com:1/a?page=2"): "https://example.com:1/",
    ("keep", True, "/a?page=2"): "/",
    ("template", True, "//example.com"): "//example.com/",
    ("template", True, "-"): "-",
    ("template", True, "mailto:jane"): "mailto:",
}


@pytest.mark.parametrize(("path", "origin", "value"), MODES)
def test_the_options_say_how_much_path_stays(path: Any, origin: bool, value: str) -> None:  # noqa: FBT001
    """`path` and `origin` decide what is left behind the host."""
    stage = url(path=path, origin=origin, parameters=["page"])

    assert stage(value) == MODES[path, origin, value]


def test_octets_that_are_no_text_cannot_be_kept() -> None:
    """A lone surrogate in a kept path is withheld."""
    with pytest.raises(Withheld, match=r"^not a url$"):
        url(path="keep")("/a\udc80")


STAGES = [
    url(),
    url(parameters=["a", "page"]),
    url(path="keep", parameters=["a"]),
    url(path="drop"),
    url(origin=True),
]
PIECES = [
    "http://", "https:", "//", "/", "?", "#", "&", "=", ";", ":", "@", "%", "%2F", "%25", "%ff",
    "+", "-", ".", "..", "[", "]", "[::1]", "::", "1.2.3.4", "Example.com", "host", ":80",
    ":id", "users", "4711", ".json", "page", "a", "A", "2015", "*", "~", "\\", "'", '"', "é",
    "İ", "\udc80", "mailto", "ﬁ", "１", "²", "·", "ſ", "K", "%C3%A9", "0x7f", "localhost", UUID,
    "me", "_", "0", "%41",
]  # fmt: skip
urls = st.one_of(
    st.text(max_size=80),
    st.text(alphabet=string.printable, max_size=80),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
)


@given(urls, st.sampled_from(STAGES))
def test_treating_a_url_again_changes_nothing(value: str, stage: Url) -> None:
    """The stage is idempotent, and what it lets out it never withholds."""
    once = outcome(stage, value)

    assert once.startswith("withheld: ") or stage(once) == once


@given(urls, st.sampled_from(STAGES))
def test_the_result_is_safe_to_quote(value: str, stage: Url) -> None:
    """What comes out is printable ASCII without spaces and quotes, and not much longer."""
    once = outcome(stage, value)

    if not once.startswith("withheld: "):
        assert once.isascii()
        assert not set(once) & set(" '\"\\<>`{}|^\x7f").union(map(chr, range(32)))
        assert len(once) <= 12 * len(value) + 4


SECRETS = [
    "jane.doe@example.com", "203.0.113.77", "u4711", "+4917155512345", UUID,
    "Zm9vYmFyYmF6cXV4cXV1eA", "0badcafe0badcafe", "4111-1111-1111-1111", "2001:db8:7:8::9",
]  # fmt: skip


def forms(secret: str) -> set[str]:
    """Return the forms in which a secret could show."""
    plain = {secret, quote(secret, safe=""), quote_plus(secret), quote(quote(secret, safe=""))}
    plain.add(base64.b64encode(secret.encode()).decode().strip("="))
    plain.add(base64.urlsafe_b64encode(secret.encode()).decode().strip("="))
    return {form.casefold() for form in plain}


@given(
    st.sampled_from(SECRETS),
    st.sampled_from([str, str.upper, lambda text: quote(text, safe=""), lambda text: f"x-{text}"]),
    st.lists(st.sampled_from(["a", "shop", "2015", "b.html", PERSIAN]), max_size=3),
    st.sampled_from(STAGES[:2] + STAGES[3:]),
)
def test_a_planted_secret_does_not_leave(
    secret: str, form: Any, around: list[str], stage: Url
) -> None:
    """A secret in the path, the query, the fragment or the userinfo is in no output or error."""
    planted = form(secret)
    path = "/".join(["", *around, planted, *around])
    for value in (
        path,
        path.lstrip("/"),
        f"https://example.com{path}.json?a={planted}&{planted}&{planted}=1#{planted}",
        f"https://{quote(planted)}:{quote(planted)}@example.com/",
        f"/a?page={planted}&a=1;{planted}",
        f"/a;{planted}?b=/{planted}",
        f"mailto:{planted}",
        f"{planted}:{planted}",
    ):
        shown = outcome(stage, value).casefold()
        assert not [found for found in forms(secret) if found in shown], value


@given(st.text(alphabet=string.ascii_letters + string.digits + "-_.~", min_size=6, max_size=30))
def test_the_dropped_parts_leave_whatever_they_hold(secret: str) -> None:
    """Of userinfo, query, fragment and opaque schemes nothing stays, looked at or not."""
    assert url()(f"https://{secret}:{secret}@example.com/?{secret}={secret}#{secret}") == (
        "https://example.com/"
    )
    assert url()(f"data:{secret},{secret}") == "data:"


HOSTILE = [
    "/", "/a", "/a1b2", "/;", ";", "a=1&", "a=%25%41x9&", "%2525", "%41", "@", ":", ".", "1.2.3.4-",
    "[", "é", "ﷺ", "/" + "ﷺ" * 60, "/" + "%41" * 60, "/" + "abcdefa" * 9, "/" + "a-" * 31, "~",
    "\\",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("prefix", ["", "/?", "/x?a=", "http://", "//", "http://["])
def test_length_is_bounded(unit: str, prefix: str) -> None:
    """The longest text of anything is read to its end, and of a longer one nothing is."""
    value = (prefix + unit * (LONGEST_URL // len(unit)))[:LONGEST_URL]
    for stage in STAGES:
        # A step that is not linear takes minutes here. An octet takes three signs, a sign ten octets.
        assert len(outcome(stage, value)) <= 30 * LONGEST_URL
        assert "too long" in outcome(stage, value.ljust(LONGEST_URL + 1, "a"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: url(path="hide"),  # type: ignore[call-overload]
        lambda: url(parameters="page"),
        lambda: Url(parameters="page"),  # type: ignore[arg-type]
        lambda: url(parameters=["a b"]),
        lambda: url(parameters=["a&b"]),
    ],
)
def test_a_wrong_option_is_refused_when_the_stage_is_made(make: Any) -> None:
    """A stage that cannot mean anything is an error at once."""
    with pytest.raises(PolicyError):
        make()


def test_the_function_places_the_stage_on_a_field() -> None:
    """`url("referrer", origin=True)` is the stage on that field; without a name it is the stage."""
    assert url("referrer", origin=True) == Placed("referrer", Url(origin=True))
    assert url(parameters=["a"]) == Url(parameters=("a",))
    assert Url().gives("text") == "url"
    assert Url.takes == {"text"}
    assert Url()(None) is None


def test_the_tables_are_in_lower_case_and_extensions_are_short() -> None:
    """What is compared in lower case is declared so; an extension is too short to be a name."""
    assert {word.lower() for word in PERSONS | WORDS | EXTENSIONS} == PERSONS | WORDS | EXTENSIONS
    assert max(map(len, EXTENSIONS - {"webmanifest"})) <= 5


@pytest.mark.parametrize(
    "text", ["http://grace\\:pw\\@h.example/", "//grace\\@h.example/x", "https://a\\b@c/d"]
)
def test_userinfo_behind_a_backslash_is_withheld(text: str) -> None:
    """Where a backslash ends the authority and an `@` follows, readers differ, so nothing leaves."""
    with pytest.raises(Withheld, match="not a url"):
        url()(text)
