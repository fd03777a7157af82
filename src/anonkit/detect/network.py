"""Addresses of people and machines: e-mail, IPv4, IPv6.

The hard part is what only looks like an address: four-part versions, times of day, C++ and Ruby
scopes, image names (`icon@2x.png`). Addresses that name nobody stay: loopback and unspecified.
"""

# ruff: noqa: E501, SIM905 - a declaration and a list of words read best unbroken
from __future__ import annotations

import re
import socket
from itertools import chain
from typing import TYPE_CHECKING, Final

from anonkit.detect.detector import Detector

if TYPE_CHECKING:
    from collections.abc import Iterator

# Marks that stand on the letter before them (Unicode 15, categories Mn and Mc, by block): `\w` has none,
# and RFC 6531 takes them all, so without them the part before a decomposed umlaut would stay.
_MARKS: Final = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    r"\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ece\u1ab0-\u1aff\u1dc0-\u1dff\ufe20-\ufe2f"
    # What nobody sees: soft hyphen, zero-width blank, joiners, word joiner (Unicode 15, category Cf).
    r"\u00ad\u200b-\u200d\u2060\ufeff"
)
# A letter as programs quote it: Python's `ascii` and the repr of bytes, JSON; once or twice escaped.
_ESCAPED: Final = r"\\{1,2}(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})"


# RFC 5321, 4.5.3.1: a local part has at most 64 octets, a domain 255; RFC 1035, 2.3.4: a label 63.
def _domain(first: str, later: str) -> re.Pattern[str]:
    return re.compile(
        rf"@(?:\[[0-9A-Fa-f:.IPv]{{3,50}}\]|{first}{later}{{0,62}}(?:\.{later}{{1,63}}){{1,8}})"
    )


# Escapes are rare; without them `re` takes a label, or a local part, in one step.
_PLAIN_DOMAIN: Final = _domain(r"[^\W_]", rf"[\w{_MARKS}-]")
_DOMAIN: Final = _domain(rf"(?:[^\W_]|{_ESCAPED})", rf"(?:[\w{_MARKS}-]|{_ESCAPED})")
_ENCODED_DOMAIN: Final = re.compile("%40" + _DOMAIN.pattern[1:])
# RFC 5322, 3.2.3 atext, less what separates or encloses values far more often: & / = ? ` { | }
# Read backwards, and so is an escaped letter.
_ATEXT: Final = rf"[\w{_MARKS}.!#$%*+^~'-]"
_PLAIN_LOCAL: Final = re.compile(rf"{_ATEXT}{{1,64}}")
_LOCAL: Final = re.compile(
    rf"(?:(?:[0-9A-Fa-f]{{2}}x|[0-9A-Fa-f]{{4}}u)\\{{1,2}}|{_ATEXT}){{1,64}}"
)
_LONGEST_LOCAL: Final = 128  # characters of 64 octets, some of them escaped
_NOT_FIRST: Final = ".!#$%*^~'-"
_TOP_LEVEL: Final = re.compile(rf"xn--[0-9A-Za-z-]{{2,59}}|[^\W\d_](?:[^\W\d_]|[{_MARKS}]){{1,62}}")
# Retina images (Apple, "Image Size and Resolution"): name@2x.png.
_SCALED_IMAGE: Final = re.compile(r"(?:@|%40)[1-9]x\.")
_QUOTED_LOCAL: Final = 66
# Gecko and JavaScriptCore write a frame as `function@file.js:12:9`; none of these is a top-level
# domain (IANA, Root Zone Database).
_SCRIPT: Final = re.compile(
    r"(?<=\.)(?:[cm]?[jt]sx?|vue|html?|(?:js)?bundle)(?=:[0-9]|\?[^\s:]{0,400}:[0-9])"
)


def find_emails(text: str) -> Iterator[tuple[int, int]]:
    """Yield e-mail addresses: from each `@` the domain forwards, the local part backwards."""
    found = (_DOMAIN if "\\" in text else _PLAIN_DOMAIN).finditer(text)
    if "%40" in text:  # rare, and a search for either sign takes twice the time
        found = chain(found, _ENCODED_DOMAIN.finditer(text))
    for match in found:
        at = match.start()
        start = _local_start(text, at)
        if start == at or _in_authority(text, start, at):
            continue
        if text[at + 1].isdigit() and _SCALED_IMAGE.match(text, at):
            continue
        end = _domain_end(text, at, match.end())
        if end > at and not _is_script(text, end):
            yield start, end


# How people write an address against harvesters: `jo (at) example.org`, `jo[at]example(dot)org`; without
# brackets where `dot` says it, or a provider of mailboxes; with `(a)` where nothing parts it.
_DOT_SAID: Final = r"(?:\.| ?[(\[{] ?(?i:dot|punkt|point|punto) ?[)\]}] ?)"
_TOP_SAID: Final = r"(?i:com|org|net|edu|gov|info|biz|eu|de|at|ch|uk|fr|es|it|nl|be|pl|cz|se|no|dk|fi|pt|ie|us|ca|au|nz|in|jp|br|io|dev)"
_SPELLED: Final = re.compile(
    rf"[(\[](?i:at)[)\]] ?(?:[^\W_][\w-]{{0,62}}{_DOT_SAID}){{1,8}}[^\W\d_]{{2,24}}(?![\w-])"
    rf"|\(a\)(?:[^\W_][\w-]{{0,62}}\.){{1,4}}{_TOP_SAID}(?![\w(.-])"
    rf"| (?i:at) (?:(?!which |the )[^\W_][\w-]{{1,62}} (?i:dot) ){{1,4}}{_TOP_SAID}(?![\w-])"
    r"| (?i:at) (?i:gmail|gmx|googlemail|hotmail|outlook|yahoo|icloud|aol|web|t-online|proton|protonmail)\.(?:[a-z]{2,3}|me)(?![\w-])"
)
# Read backwards.
_SPELLED_LOCAL: Final = re.compile(
    r" ?((?:[\w+-]|\.(?=\w)| ?[)\]}] ?(?i:tod|tknup|tniop|otnup) ?[(\[{] ?(?=\w)| tod (?=\w)){1,64})(?<!\.)"
)


def find_spelled_emails(text: str) -> Iterator[tuple[int, int]]:
    """Yield e-mail addresses whose `@` is a word."""
    for match in _SPELLED.finditer(text):
        at = match.start()
        local = _SPELLED_LOCAL.match(text[max(0, at - _LONGEST_LOCAL) : at][::-1])
        if local and (text[at] != " " or local[1][::-1].lower() not in _AT_PLACES):
            yield at - local.end(1), match.end()


# What is at a provider, and is nobody's address there.
_AT_PLACES: Final = frozenset(
    "look looks looked looking account accounts available hosted mail mails email mailbox mailboxes me us in"
    " is are was down works error errors address addresses user users domain them him her it".split()
)


# RFC 3986, 3.2: what stands before `@` in the authority of a URL is user information.
_AUTHORITY: Final = re.compile(r"://[^\s/?#\"'<>]{0,200}\Z")


def _in_authority(text: str, start: int, at: int) -> bool:
    """Tell whether this is `user@host` of a URL or of a repository, which other detectors treat."""
    return text[start:at] == "git" or (
        "://" in text[max(0, start - 200) : start]
        and _AUTHORITY.search(text, max(0, start - 200), at) is not None
    )


def _is_script(text: str, end: int) -> bool:
    """Tell whether what ends here is the file of a frame: `send@mail.js:12:9`."""
    return text[end : end + 1] in {":", "?"} and (
        _SCRIPT.match(text, text.rfind(".", 0, end) + 1) is not None
    )


def _local_start(text: str, at: int) -> int:
    """Return where the local part before an `@` begins; `at` itself where there is none."""
    if text[at - 1 : at] == '"':  # RFC 5321, 4.1.2: a quoted string
        opening = text.rfind('"', max(0, at - _QUOTED_LOCAL), at - 1)
        inside = text[opening + 1 : at - 1]
        if opening < 0 or not inside or "\n" in inside or text[opening - 1 : opening].isalnum():
            return at
        return opening
    before = text[max(0, at - _LONGEST_LOCAL) : at][::-1]
    backwards = (_LOCAL if "\\" in before else _PLAIN_LOCAL).match(before)
    return at - len(backwards[0].rstrip(_NOT_FIRST)) if backwards else at


def _domain_end(text: str, at: int, end: int) -> int:
    """Return the end of the domain, cut back to its last label that can be a top-level domain."""
    if text[end - 1] == "]":
        return end
    while True:
        dot = text.rfind(".", at, end)
        if dot < 0:
            return 0
        top = _TOP_LEVEL.match(text, dot + 1, end)
        if top:
            return top.end()
        end = dot


# The first full stop of a dotted quad and what follows: full stops are rarer than digits in most texts.
# A fifth number is a port where it is no octet (tcpdump(8), dante: `192.0.2.1.50550`).
_QUAD_REST: Final = re.compile(
    r"[.](?<=[0-9]\.)[0-9]{1,3}+\.[0-9]{1,3}+\.[0-9]{1,3}(?![0-9A-Za-z]|\.[0-9](?!(?<=[3-9])[0-9]{2,4}(?![0-9A-Za-z.])"
    r"|(?<=[12])[0-9]{3,4}(?![0-9A-Za-z.])|(?<=2)(?:5[6-9]|[6-9][0-9])(?![0-9A-Za-z.])))"
)
_QUAD_DIGITS: Final = 3
# A full stop behind another, or behind a bracket, is no part of a word.
_IN_A_WORD: Final = re.compile(r"[0-9A-Za-z]|[.](?<=[0-9A-Za-z]\.)")
# What stands before or after four numbers that are a version: a word, `==`, or a product name and
# a slash (RFC 9110, 10.1.5). Java writes addresses as `host/10.1.2.3:9092`, so a lower-case word
# before a slash is no product unless it says so.
_VERSION_WORDS: Final = (
    "v", "ver", "version", "vers.", "release", "build", "rev", "revision", "firmware", "driver", "rv", "clr",
    "sdk", "jdk", "jre", "dll", "ocx", "section", "chapter", "engine", "assembly", "plugin", "upgrade", "package", "oid", "chrome", "chromium",
    "firefox", "edge", "opera", "electron",
)  # fmt: skip
_PRODUCT_WORDS: Final = ("bot", "crawler", "spider", "curl", "wget", "lib")
# Asterisk and others write an address as `IPV4/TLS/172.17.0.2/5061`.
_PROTOCOLS: Final = (
    "TCP", "UDP", "TLS", "SSL", "DTLS", "SCTP", "WS", "WSS", "IP", "IPV4", "INET", "SIP", "SIPS",
)  # fmt: skip
# Matched backwards from the number, so that one attempt decides.
_VERSION_BEFORE: Final = re.compile(
    rf"(?i:[ :=/.\"'(]{{0,3}}(?=[{''.join(sorted({word[-1] for word in _VERSION_WORDS}))}])"
    rf"(?:{'|'.join(word[::-1] for word in _VERSION_WORDS)})(?![a-z0-9]))"
    rf"|=[=~<>!](?=[\w\])])|(?i:[ /-](?:{'|'.join(word[::-1] for word in _PRODUCT_WORDS)}))"
    rf"|/(?!(?:{'|'.join(word[::-1] for word in _PROTOCOLS)})(?![0-9A-Za-z]))"
    r"[A-Za-z0-9._+-]{0,24}[A-Z](?![0-9A-Za-z_])|/[\w.-]{1,20} [0-9.]{0,11}[0-9]/|-[A-Za-z]{3,20}|~"
)
_VERSION_AFTER: Final = re.compile(
    r"[-_+ ]?(?i:snapshot|alpha|beta|rc|dev|pre|release|final|ga|preview)[-.0-9]{0,4}\b"
)
_VERSION_REACH: Final = 28
_PORT_AFTER: Final = re.compile(r":[0-9]{1,5}(?![0-9.])")


def find_ipv4(text: str) -> Iterator[tuple[int, int]]:
    """Yield dotted-quad addresses that are in range, are no version and name a machine."""
    for rest in _QUAD_REST.finditer(text):
        start = rest.start() - 1
        while start > 0 and rest.start() - start < _QUAD_DIGITS and "0" <= text[start - 1] <= "9":
            start -= 1
        end = rest.end()
        if (start and _IN_A_WORD.match(text, start - 1)) or not is_ipv4(text[start:end]):
            continue
        if (
            not _VERSION_BEFORE.match(text[max(0, start - _VERSION_REACH) : start][::-1])
            and not _VERSION_AFTER.match(text, end)
        ) or _PORT_AFTER.match(text, end):
            yield start, end


def is_ipv4(text: str) -> bool:
    """Tell whether four dotted numbers are the address of one machine, or a mask.

    RFC 1122, 3.2.1.3: 0/8 and 127/8 are no address on a network; RFC 919: all ones is broadcast.
    A leading zero is padding only where it pads to three digits.
    """
    parts = text.split(".")
    return _OCTETS.issuperset(parts) and parts[0] not in _NO_NETWORK and text != "255.255.255.255"


_OCTETS: Final = frozenset(f"{octet:{form}}" for octet in range(256) for form in ("", "03"))
_NO_NETWORK: Final = frozenset({"0", "000", "127"})


# RFC 1918: a private address in the name of a server is how the server is called, not where.
_PRIVATE: Final = re.compile(r"10\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.")


def is_public_host(text: str) -> bool:
    """Tell whether hyphenated numbers in a host name are a public address."""
    address = text.replace("-", ".")
    return is_ipv4(address) and not _PRIVATE.match(address)


_V6_RUN: Final = re.compile(r"[0-9A-Fa-f:.]{0,64}")
_V6_LONGEST: Final = 64
_V6_SHORT: Final = re.compile(r"[:]:")
_V6_FULL: Final = re.compile(r"[:][0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){4}:")
# RFC 4007, 11.2: a zone follows the address after `%`; RFC 6874 writes it %25 in URLs.
_ZONE: Final = re.compile(r"%[0-9A-Za-z](?:[0-9A-Za-z._~-]{0,22}[0-9A-Za-z])?")
_SPECIAL_V6: Final = frozenset({bytes(16), bytes(15) + b"\x01"})
_PORT_TAIL: Final = re.compile(r"[:.][0-9]{1,5}\Z")
_COLONS_OF_WORDS: Final = 4


# A slice of a programming language, `list[1::2]`, is an address as well, and hardly ever meant as one.
_STEP: Final = re.compile(r"[0-9]{0,4}::[0-9]{1,4}")
_SUBSCRIPT: Final = re.compile(r"[\w)\]]\[")


def find_ipv6_short(text: str) -> Iterator[tuple[int, int]]:
    """Yield IPv6 addresses written with `::` (RFC 4291, 2.2, form 2), with their zone."""
    return _find_ipv6(text, _V6_SHORT)


def find_ipv6_full(text: str) -> Iterator[tuple[int, int]]:
    """Yield IPv6 addresses with all their groups (RFC 4291, 2.2, forms 1 and 3), with their zone."""
    return _find_ipv6(text, _V6_FULL)


def _find_ipv6(text: str, signs: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield the addresses that begin the runs of digits and colons around some signs."""
    reach = 0
    for sign in signs.finditer(text):
        at = sign.start()
        if at < reach:
            continue
        start = at - _run(text[max(0, at - _V6_LONGEST) : at][::-1])
        run = text[start : start + _run(text[start : start + _V6_LONGEST])]
        reach = start + len(run)
        if len(run) >= _V6_LONGEST or run[0] == ".":
            continue
        if text[start - 1 : start] == "\0":  # behind a label: `[IPV4]::1521`
            continue
        if text[start - 1 : start].isalnum() or text[start - 1 : start] == "_":
            head, _, run = run.partition(":")  # a key: `ip:2001:db8::1`
            start += len(head) + 1
        address = _longest_v6(run)
        end = start + len(address)
        if _STEP.fullmatch(address) and _SUBSCRIPT.match(text[max(0, start - 2) : start]):
            continue
        if not address or text[end : end + 1].isalnum():
            continue
        zone = _ZONE.match(text, end)
        yield start, zone.end() if zone else end


def _run(text: str) -> int:
    """Return how many characters at the start of a text can be of an address."""
    match = _V6_RUN.match(text)
    return match.end() if match else 0  # it always matches


def _longest_v6(run: str) -> str:
    """Return the address at the start of a run, without a full stop, colon or port after it."""
    for candidate in (
        run.rstrip("."),
        run.rstrip(".:"),
        _PORT_TAIL.sub("", run.rstrip(".:")),
    ):
        if is_ipv6(candidate):
            return candidate
    return ""


def is_ipv6(text: str) -> bool:
    """Tell whether a text is an IPv6 address that names a machine."""
    if text.count(":") < _COLONS_OF_WORDS and not any("0" <= char <= "9" for char in text):
        return False  # `Dead::Beef` is a class
    try:
        packed = socket.inet_pton(socket.AF_INET6, text)
    except OSError:
        return False
    return packed not in _SPECIAL_V6


# The cut of data-protection authorities: /24 and /48 (design.md; DSK, Orientierungshilfe Telemedien).
_KEPT_V4: Final = 3
_KEPT_V6: Final = 6
# RFC 3056, 2: a 6to4 address carries an IPv4 address in bytes 2 to 5.
_SIX_TO_FOUR: Final = b"\x20\x02"
# RFC 4291, 2.5.5.2: an IPv4-mapped address.
_MAPPED: Final = bytes(10) + b"\xff\xff"


def truncated(text: str) -> str:
    """Return an address without its host part (IPv4 /24, IPv6 /48); empty for anything else."""
    address = text.partition("%")[0]
    try:
        if ":" not in address:
            packed = socket.inet_pton(socket.AF_INET, address)
            return socket.inet_ntop(socket.AF_INET, packed[:_KEPT_V4] + bytes(1))
        packed = socket.inet_pton(socket.AF_INET6, address)
    except OSError:
        return ""
    if packed.startswith(_MAPPED):
        return socket.inet_ntop(socket.AF_INET6, packed[:15] + bytes(1))
    kept = _KEPT_V6 - 1 if packed.startswith(_SIX_TO_FOUR) else _KEPT_V6
    return socket.inet_ntop(socket.AF_INET6, packed[:kept] + bytes(16 - kept))


NETWORK: Final = (
    Detector(
        name="email",
        type="EMAIL",
        source="RFC 5321, 4.1.2; RFC 5322, 3.4.1; RFC 6531 (international)",
        finder=find_emails,
        marks=("@", "%0"),
        hints=("@", "%00"),
        gate=r"@|%00",
        specimen="from <jo.doe+spam@mail.example.com>, mailto:u%40example.org",
        false_friend="lodash@4.17.21 icon@2x.png git@github.com:org/repo @media",
        priority=60,
    ),
    Detector(
        name="email-spelled",
        type="EMAIL",
        source="Wording of pages and forums: the word `at` in brackets, or with `dot` or a provider of mailboxes",
        finder=find_spelled_emails,
        hints=(
            "(at)",
            "[at]",
            "(a)",
            " dot ",
            " at g",
            " at hotmail",
            " at outlook",
            " at yahoo",
            " at icloud",
            " at aol",
            " at web.",
            " at t-online",
            " at proton",
        ),
        specimen="write to jo.doe (at) example.org, jo[at]mail(dot)example(dot)org or jo at example dot org",
        false_friend="the time(at) which, (at) example.org, value(at)3.5, the point at which dot org, look at gmail.com",
        priority=59,
    ),
    Detector(
        name="ipv4",
        type="IPV4",
        source="RFC 791, 3.1; RFC 6943, 3.1.1 (dotted quad); RFC 1122, 3.2.1.3",
        finder=find_ipv4,
        marks=("0.0.0.0",),  # noqa: S104 - the signature of an address, and none itself
        gate=r"0{1,3}(?:\.0{1,3}){3}",
        specimen="rejected from=203.0.113.77:8080",
        false_friend="127.0.0.1 Chrome/4.0.249.89 tool==1.2.3.4 v1.2.3.4 1.2.3.4.5 300.1.1.1",
    ),
    Detector(
        name="ipv4-in-host-name",
        type="IPV4",
        source="AWS, Amazon EC2 instance hostname types (IP name)",
        pattern=r"[ie](?<![A-Za-z0-9][ie])(?:p|c2)-(?P<value>[0-9]{1,3}(?:-[0-9]{1,3}){3})"
        r"(?![0-9A-Za-z]|-[0-9])",
        check=is_public_host,
        least=(("-", 4),),
        hints=("ip-0", "ec0-0"),
        specimen="ec2-203-0-113-25.compute-1.amazonaws.com",
        false_friend="ip-10-24-34-0.ec2.internal zip-203-0-113-25",
    ),
    Detector(
        name="ipv4-of-customer",
        type="IPV4",
        source="Reverse names of access providers (RFC 1912, 2.1): `dsl-203-0-113-25.isp.example`",
        # A host name of three labels and more; what ends as a file does is none.
        pattern=r"[0-9](?<![0-9][0-9])(?<![0-9][-.][0-9])[0-9]{0,2}(?:-[0-9]{1,3}){3}(?![0-9]|-[0-9])"
        r"(?=[0-9A-Za-z_-]{0,40}(?:\.[0-9A-Za-z_-]{1,63}){1,6}\.(?!(?:[gx]z|bz|zst|zip|jar|log|txt|json|csv|xml"
        r"|html?|sql|bak|png|jpe?g|pdf|m?js|css|map|whl|py)(?![\w-]))[A-Za-z]{2,24}(?![\w-]))",
        check=is_public_host,
        marks=("0-0-0-0",),
        specimen="connect from dsl-203-0-113-25.dyn.isp.example",
        false_friend="app-1-2-3-4.tar.gz run-203-0-113-25.log web-10-1-2-3.a.example 2024-203-0-113-25.a.example",
    ),
    Detector(
        name="ipv6-of-zone",
        type="IPV6",
        source="RFC 3596, 2.5: the nibbles of an address, reversed, under ip6.arpa",
        pattern=r"[0-9A-Fa-f](?<![\w.-][0-9A-Fa-f])(?:\.[0-9A-Fa-f]){15,31}(?=\.(?i:ip6\.arpa))",
        least=((".", 16),),
        hints=("ip0.arpa",),
        specimen="7." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa",
        false_friend="d.0.1.0.0.2.ip6.arpa",
    ),
    Detector(
        name="ipv6",
        type="IPV6",
        source="RFC 4291, 2.2; RFC 4007, 11 (zones); RFC 5952, 6 (ports)",
        finder=find_ipv6_short,
        marks=("::",),
        gate=r"::",
        specimen="[fe80::1ff:fe23:4567:890a%eth2]:443",
        false_friend="std::dec Dead::Beef ::1 at 12:30:45 rows[1::2]",
    ),
    Detector(
        name="ipv6-full",
        type="IPV6",
        source="RFC 4291, 2.2, form 1 and 3",
        finder=find_ipv6_full,
        least=((":", 6),),
        gate=r"(?:[0a-f]{1,4}:){6}",
        specimen="2001:db8:1:2:3:4:5:6 - - GET /",
        false_friend="took 1:02:03:04:05:06",
    ),
)
