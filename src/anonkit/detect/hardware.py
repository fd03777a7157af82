"""Hardware addresses in all notations: IEEE, Cisco, H3C, BSD and plain.

Addresses that name nobody stay: the all-zero and the broadcast one.
"""

# ruff: noqa: E501 - a declaration reads best unbroken
from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Final

from anonkit.detect.checks import compact
from anonkit.detect.detector import Detector, Finder, word
from anonkit.detect.labels import after_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# IEEE 802, 8.1: 00-00-00-00-00-00 is null, FF-FF-FF-FF-FF-FF broadcast: nobody's.
def is_mac(text: str) -> bool:
    """Tell whether a hardware address, of 48 or 64 bits, is one device's.

    A client of DHCP puts the kind of hardware before it, 01 for Ethernet (RFC 2132, section 9.14).
    """
    bare = compact(text)
    if len(bare) == 14 and bare.startswith("01"):  # noqa: PLR2004 - two digits more
        bare = bare[2:]
    return len(bare) in {12, 16} and len(set(bare)) > 1


_MAC_DOTS: Final = re.compile(
    r"[.](?<=[0-9A-Fa-f]{4}\.)(?<![0-9A-Za-z.].{5})[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}"
    r"(?:\.[0-9A-Fa-f]{4})?(?![0-9A-Za-z]|\.[0-9A-Za-z])"
)


def find_mac_dots(text: str) -> Iterator[tuple[int, int]]:
    """Yield addresses in groups of four hexadecimal digits, not all of them decimal."""
    for match in _MAC_DOTS.finditer(text):
        start = match.start() - 4
        value = text[start : match.end()]
        if is_mac(value) and _HEX_LETTER.search(value):
            yield start, match.end()


# How the middle group looks in the signature: small letters are gone, a run of digits is one.
_MIDDLE_GROUPS: Final = tuple(
    f".{group}."
    for length in range(5)
    for group in map("".join, product("0A", repeat=length))
    if "00" not in group
)
_HEX_LETTER: Final = re.compile("[A-Fa-f]")
_DIGIT: Final = re.compile("[0-9]")
_IS_HEX: Final = frozenset("0123456789ABCDEFabcdef").__contains__


def _mac_finder(separator: str, check: Callable[[str], bool]) -> Finder:
    """Return a finder of hexadecimal pairs, which looks for their first separator.

    Separators are rare where hexadecimal digits are not, so the search skips far.
    """
    pair = "[0-9A-Fa-f]{2}"
    search = re.compile(
        rf"[{separator}](?<=[0-9A-Fa-f][0-9A-Fa-f]{separator})(?<![0-9A-Za-z]...)(?<!\b..{separator}...)"
        rf"{pair}(?:{separator}{pair}){{4,6}}(?!{separator}?[0-9A-Za-z])"
    )

    def find(text: str) -> Iterator[tuple[int, int]]:
        for match in search.finditer(text):
            start = match.start() - 2
            if check(text[start : match.end()]):
                yield start, match.end()

    return find


_SHORT_MAC: Final = re.compile(
    r"[:](?<=[0-9A-Fa-f]:)(?<![0-9A-Za-z:].:)(?:[0-9A-Fa-f]{1,2}:){4}[0-9A-Fa-f]{1,2}(?![0-9A-Za-z]|:[0-9A-Za-z])"
    r"|[:](?<=[0-9A-Fa-f]{2}:)(?<![0-9A-Za-z:]..:)(?:[0-9A-Fa-f]{1,2}:){4}[0-9A-Fa-f]{1,2}(?![0-9A-Za-z]|:[0-9A-Za-z])"
)


def find_short_macs(text: str) -> Iterator[tuple[int, int]]:
    """Yield addresses of six numbers with letters and decimal digits, some without a leading zero."""
    for match in _SHORT_MAC.finditer(text):
        start = match.start() - 1 - _IS_HEX(text[match.start() - 2 : match.start() - 1])
        value = text[start : match.end()]
        if _HEX_LETTER.search(value) and _DIGIT.search(value):
            yield start, match.end()


MAC_KEYS: Final = (
    "mac", "mac address", "mac_address", "mac-address", "macaddress", "macaddr", "mac_addr", "bssid",
    "hwaddr", "hw_addr", "hardware address", "hardwareaddress",
)  # fmt: skip

VEHICLE_KEYS: Final = (
    "license plate", "licence plate", "license_plate", "licence_plate", "licenseplate", "plate number", "plate_number",
    "number plate", "vehicle registration", "registration plate", "targa", "kenteken", "immatriculation",
    "matr?cula", "plaka", "rekisterinumero", "registreringsnummer",
)  # fmt: skip


def is_plate(text: str) -> bool:
    """Tell whether a registration mark has both letters and digits."""
    bare = text.replace(" ", "").replace("-", "")
    return not (bare.isalpha() or bare.isdigit())


HARDWARE: Final = (
    Detector(
        name="vehicle-plate",
        type="LICENSE_PLATE",
        source="Registration marks of vehicles behind their label: letters and digits in one to three groups",
        finder=after_label(
            VEHICLE_KEYS,
            r"(?:(?<!\0)\\{0,3}[\"'])?(?P<value>[0-9A-Z]{1,4}(?:[ -]?[0-9A-Z]{1,4}){1,3})(?![0-9A-Za-z-])",
            is_plate,
            alone=VEHICLE_KEYS,
        ),
        marks=("=", ":"),
        keys=VEHICLE_KEYS,
        specimen='License plate: 7ABC123, "plate_number": "AB-123-CD"',
        false_friend="License plate: UNKNOWN, plate number: 123456, template number: A1",
        priority=45,
    ),
    Detector(
        name="vehicle-number",
        type="VEHICLE_ID",
        source="ISO 3779, 5: 17 letters and digits without I, O and Q",
        pattern=word(r"[0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z]{16}"),
        check=lambda text: not text.isdigit() and not text.isalpha(),
        words=(" vin ", " fin ", "chassis", "fahrgestell", "vehicle id"),
        marks=("0",),
        hints=("vin", "fin", "chassis", "fahrgestell", "vehicle id"),
        long=17,
        specimen="VIN WVWZZZ1JZXW000001",
        false_friend="build WVWZZZ1JZXW000001 done",
        priority=45,
    ),
    Detector(
        name="mac-colon",
        type="MAC",
        source="IEEE 802-2014, 8.1; RFC 7042, 2.1 (48 and 64 bits)",
        finder=_mac_finder(":", is_mac),
        least=((":", 5),),
        gate=r"[0a-f]{2}(?::[0a-f]{2}){5}",
        specimen="MAC:00:1A:2B:3C:4D:5E up",
        false_friend="00:00:00:00:00:00 00:1A:2B:3C:4D AA:BB:CC:DD:EE:FF:00:11:22",
        priority=60,
    ),
    Detector(
        name="mac-short",
        type="MAC",
        source="arp(8) of BSD and macOS, ether_ntoa(3): pairs without their leading zero",
        finder=find_short_macs,
        least=((":", 5),),
        gate=r"[0a-f]{1,2}(?::[0a-f]{1,2}){5}",
        specimen="at 0:1a:2b:3c:4d:5e on en0",
        false_friend="1:02:03:04:05:06 a:b:c:d:e:f 2001:db8:1:2:3:4:5:6",
        priority=59,
    ),
    Detector(
        name="mac-dash",
        type="MAC",
        source="IEEE 802-2014, 8.1 (hexadecimal representation)",
        finder=_mac_finder("-", is_mac),
        least=(("-", 5),),
        gate=r"[0a-f]{2}(?:-[0a-f]{2}){5}",
        specimen="01-b3-4a-67-d9-cf",
        false_friend="FF-FF-FF-FF-FF-FF 2024-01-02-03-04-05-06-07-08-09",
        priority=60,
    ),
    Detector(
        name="mac-dots",
        type="MAC",
        source="Cisco IOS, `show mac address-table`: three groups of four",
        finder=find_mac_dots,
        marks=_MIDDLE_GROUPS,
        gate=r"[0a-f]{4}\.[0a-f]{4}\.[0a-f]{4}",
        specimen="learned 0012.3456.789a on Gi0/1, aabb.ccdd.eeff",
        false_friend="0012.3456.7890 0000.0000.0000",
    ),
    Detector(
        name="mac-of-frame",
        type="MAC",
        source="Linux netfilter, nf_log_syslog.c: `MAC=` and the header of the frame, two addresses and the type",
        pattern=r"[M]AC=(?P<value>(?:[0-9A-Fa-f]{2}:){12})(?=[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}(?![0-9A-Za-z:]))",
        least=((":", 13),),
        gate=r"mac=",
        specimen="IN=eth0 OUT= MAC=52:54:00:12:34:56:00:1a:2b:3c:4d:5e:08:00 SRC=",
        false_friend="MAC=52:54:00:12:34:56:08:00 SRC=",
        priority=61,
    ),
    Detector(
        name="mac-plain",
        type="MAC",
        source="RFC 8343 and vendors' inventories (twelve digits, pairs apart, H3C: three groups) behind their label",
        finder=after_label(
            MAC_KEYS,
            r"[\"']?(?P<value>[0-9A-Fa-f]{4}([-:])[0-9A-Fa-f]{4}\2[0-9A-Fa-f]{4}|[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2}){5}"
            r"|(?:[0-9]{1,12}[A-Fa-f]|[A-Fa-f]{1,12}[0-9])[0-9A-Fa-f]{0,11})(?![0-9A-Za-z])",
            is_mac,
            alone=("mac",),
        ),
        marks=("=", ":"),
        keys=MAC_KEYS,
        specimen='MAC: 001A2B3C4D5E, "bssid": "aabbccddee0f"',
        false_friend="MAC: 001A2B3C4D, hmac=001a2b3c4d5e",
    ),
    Detector(
        name="mac-in-words",
        type="MAC",
        source="Vendors' inventories and labels on devices: twelve hexadecimal digits behind a word",
        pattern=r"[mMbBhH](?<![0-9A-Za-z][mMbBhH])(?i:(?<=m)ac(?:[ -]?addr(?:ess[e]?)?)?|(?<=b)ssid|(?<=h)waddr)"
        r"(?: (?:is|ist|lautet))? {1,4}(?P<value>[0-9A-Fa-f]{12}|[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}|[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2}){5})"
        r"(?![0-9A-Za-z])",
        check=lambda text: is_mac(text) and not text.isalpha(),
        marks=("0",),
        hints=("mac ", "addr ", "address ", "addresse ", "bssid "),
        specimen="port 7 MAC 001A2B3C4D5E, MAC address is aabbccddee0f",
        false_friend="hmac 001a2b3c4d5e MAC 001A2B3C4D MAC defaced00000a1",
    ),
)
