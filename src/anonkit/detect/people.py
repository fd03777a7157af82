"""What a word announces: names, user names, birth dates, addresses, places, devices, tenants.

Nothing about a name itself says that it is one, so only a label does (`Name:`, `user=`, `Herr`,
`geb. am`). What nobody announces stays: `docs/limits.md` says how much that is.
"""

# ruff: noqa: E501, SIM905 - a declaration and a list of words read best unbroken
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anonkit.detect.detector import Detector, any_case, number, word
from anonkit.detect.labels import after_label
from anonkit.detect.languages import BIRTHS, USERS

if TYPE_CHECKING:
    from collections.abc import Iterator

# Accounts that every installation has name nobody: POSIX and Windows built-in accounts (Microsoft,
# Local accounts), service accounts of Linux distributions, and the words for "none".
_NOBODY: Final = frozenset(
    """
    - * ? admin administrator administrators agent all and anonymous any apache api app application
    backup bin client cron daemon default docker false for from ftp git group guest has id in info
    is jenkins local localhost localservice localsystem lp mail mysql name networkservice nginx no nobody none not
    null nil ok on operator or other passwd postgres public redis root runner server service session
    sshd string sync sys syslog system systemd test the to token true undefined unknown unset user
    username users vagrant was with www www-data x yes data error failed invalid illegal logged login logout
    inconnu desconocido sconosciuto onbekend okänd ukendt ukjent tuntematon nieznany
    benutzer unbekannt keine kein der die das nicht ist und input interaction interface response reply action
    approval confirmation feedback requests agent agents authentication authorization password passwort pass str int bool object self
    """.split()
)
_REFERENCE: Final = re.compile(
    r"[$%{<\[(&]|[A-Za-z_]\w{0,40}[.(\[]\w{0,40}[)(\]]|(?:\w{1,40}\.){3}|(?:self|this|other)\.|(?:0x)?0\Z|[0-9]{1,9}\.[0-9]{1,9}\Z|\W{1,64}\Z"
)


def is_user(text: str) -> bool:
    """Tell whether a user name is somebody's, rather than a role's or a variable."""
    bare = text.strip("\"'")
    return bare.lower().rstrip(".:") not in _NOBODY and not _REFERENCE.match(bare) and len(bare) > 1


# Of a word below its label, more is asked: what stands there may be the next label, or a message.
_OF_LOGIN: Final = re.compile(r"[0-9._-]")


def is_login_name(text: str) -> bool:
    """Tell whether a word that stands alone below its label is made as user names are."""
    return _OF_LOGIN.search(text) is not None


def _any(_text: str) -> bool:
    return True


_COLON: Final = r"\\{0,3}[\"']?[ \t]{0,6}(?::|=>|=)[ \t]{0,6}\\{0,3}[\"']?"
_MONTH: Final = (
    r"(?:Jan(?:uar|uary)?|Feb(?:ruar|ruary)?|M(?:är|ar)(?:z|ch)?|Apr(?:il)?|Ma[iy]|Jun[ei]?|Jul[iy]?"
    r"|Aug(?:ust)?|Sep(?:t|tember)?|O[ck]t(?:ober)?|Nov(?:ember)?|De[cz](?:ember)?)\.?"
)
_DATE: Final = (
    r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.] ?[0-9]{1,2}[-/.] ?(?:[0-9]{4}|[0-9]{2})"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th|\.)? (?:of )?{_MONTH},? [0-9]{{4}}|[0-9]{{1,2}}-[A-Za-z]{{3}}-[0-9]{{4}}"
    rf"|{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}})(?![0-9])"
)

# RFC 9562, 4: 8-4-4-4-12 hexadecimal digits; looked for at the first hyphen, which is rare.
_GUID: Final = re.compile(
    r"[-](?<=[0-9A-Fa-f]{8}-)(?<![0-9A-Za-z].{9})(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
)
# Backwards from the GUID, so that one attempt decides: `: di tnanet`.
_OWNER: Final = re.compile(
    r"\{?(?:[\"']?\\{0,3}[ \t]{0,6}(?::|>=|=)[ \t]{0,6}[\"']?\\{0,3}|[ /])"
    r"(?i:diug|diuu|di|reifitnedi)?[ ._-]?(?i:s?tnanet|dit|ecived|enihcam|(?:noita)?llatsni|tneilc"
    r"|noitpircsbus|tcejbo|dio|erawdrah|tsoh|rotisiv|gnisitrevda|resu|tnuocca|[av]fdi|diaa|diag"
    r"|e?täreg|(?:rebmun |on)?laires|eruza)"
)


_DIGIT: Final = re.compile("[0-9]")


def find_announced_guids(text: str) -> Iterator[tuple[int, int]]:
    """Yield the GUIDs that a word right before them gives to a tenant, device, user or account."""
    for match in _GUID.finditer(text):
        start = match.start() - 8
        first = max(text.rfind("\n", max(0, start - 40), start) + 1, start - 40, 0)
        if _OWNER.match(text[first:start][::-1]) and _DIGIT.search(text, start, match.end()):
            yield start, match.end()


USER_KEYS: Final = (
    "user", "username", "user name", "user_name", "user-name", "userid", "user_id", "user id", "user-id",
    "usr", "usrname", "login", "loginname", "login_name", "benutzerkonto",
    "anmeldename", "account", "acct", "accountname", "account name", "account_name",
    "principal", "owner", "uname", "userlogin", "user.name", "user.id", "nutzer",
    "nutzername", "nutzerkennung", "nutzer-id", "nutzer id", *USERS,
)  # fmt: skip
PLACE_KEYS: Final = (
    "lat", "latitude", "lon", "long", "longitude", "lng", "breitengrad", "ngengrad", "geo", "geo.point",
    "location", "coord", "coords", "coordinate", "coordinates", "koordinaten",
)  # fmt: skip

PEOPLE: Final = (
    Detector(
        name="user-name",
        type="USERNAME",
        source="Field names of user identities: ECS user.name, CEF suser/duser, W3C cs-username",
        finder=after_label(
            USER_KEYS,
            r"(?:(?<!\0)\\{0,3}[\"'])?(?P<value>[^\s\"',;:&<>(){}\[\]|\\/\0=]"
            r"[^\s\"',;&<>(){}\[\]|/\0=]{1,63}+)(?![(=]|\[[A-Za-z])",
            is_user,
            alone=("login",),
            below=is_login_name,
            unless=(
                "imap-login",
                "pop3-login",
                "sieve-login",
                "submission-login",
                "/login",
                "/account",
            ),
        ),
        marks=("=", ":"),
        keys=USER_KEYS,
        across=True,
        specimen='{"username": "jdoe"} user=CORP\\jdoe Benutzer: mmuster',
        false_friend="user=root username: ${USER} badlogin: host imap-login: Aborted superuser = os.getenv(x)",
        priority=40,
    ),
    Detector(
        name="user-of-session",
        type="USERNAME",
        source="sshd(8), pam_unix(8), sudo(8), su(1), Windows Security log: wording of messages",
        pattern=r"[r](?:(?<=nvalid user)|(?<=llegal user)|(?<=for user)|(?<=as user)|(?<=by user)"
        r"|(?<=from user)|(?<=ticating user)|(?<=ccepted password for)|(?<=ccepted publickey for)"
        r"|(?<=ailed password for)|(?<=ailed publickey for))[ \t]{1,4}['\"`]?(?P<value>[\w][\w.@\\$+-]{1,63})",
        check=is_user,
        words=(
            "session",
            " login",
            " logon",
            " logged",
            "passw",
            " auth",
            "denied",
            "fail",
            "opened",
            "closed",
            "accept",
            "valid",
            "illegal",
            "permission",
            "publickey",
            "ticating",
            " run ",
            " job",
            " execut",
            " sudo",
        ),
        hints=("user ", "word for ", "key for "),
        specimen="Accepted publickey for jdoe from 192.0.2.1; Invalid user mmuster from",
        false_friend="session closed for user root; waiting for data; critical for user confidence",
        priority=39,
    ),
    Detector(
        name="birth-date",
        type="DATE_OF_BIRTH",
        source="DIN 5008, 8.3, ISO 8601 and written-out dates after a label; Art. 4 (1) GDPR",
        pattern=any_case(
            r"geb(?:oren|\.|urtsdatum|urtstag)?(?: am)?",
            r"date of birth",
            r"birth[ _-]?da(?:te|y)",
            r"d\.o\.b\.?",
            r"dob",
            r"born(?: on| in [\w ,]{1,40} on)?",
            r"geboren op",
            r"n(?:[ée](?:e|\(e\))? le|acid[oa] el|at[oa] il)",
        )
        + rf"(?:{_COLON}|,? (?:is |was |ist |on |am )?)(?P<value>{_DATE})",
        marks=tuple(
            "0.0|0. 0|0-0|0/0|0- 0|0/ 0|0 A 0|0. A 0|0 A. 0|0. A. 0|0 AA 0|0. AA 0|0 AA. 0|0. AA. 0"
            "|0--0|0-A-0|0-AA-0|0-AAA-0|A 0 0|A. 0 0".split("|")
        ),
        hints=("geb", "birth", "d.o.b", "dob", "born", " le 0", " el 0", " il 0"),
        gate=r"geb|birth|d\.o\.b|dob|born| [ei]l [0_]| le [0_]",  # it sees `_` in place of a date
        specimen="geb. am 4.6.1976, DOB: 1990-01-01, born 15th June 1991, née le 14/03/1972 à Lyon",
        false_friend="begebe 4.6.1976, due 2024-11-01, born to run",
        priority=55,
    ),
    Detector(
        name="birth-date-labelled",
        type="DATE_OF_BIRTH",
        source="Labels of forms in other languages; dates in digits or with a month written out",
        finder=after_label(
            BIRTHS,
            # A month in any language: `14 de marzo de 1972`, `1er février 1972`.
            rf"(?:(?<!\0)\\{{0,3}}[\"'])?(?P<value>{_DATE}"
            r"|[0-9]{1,2}(?:er|\.|º)? (?:de )?[^\W\d_]{3,12}\.? (?:de )?[0-9]{4}(?![0-9]))",
            _any,
            below=_any,
        ),
        marks=("=", ":"),
        keys=BIRTHS,
        across=True,
        specimen="Fecha de nacimiento: 14 de marzo de 1972",
        false_friend="Fecha: 14 de marzo de 2024, date de naissance : inconnue",
        priority=55,
    ),
    Detector(
        name="coordinates",
        type="GEO",
        source="ISO 6709, annex D: latitude and longitude in decimal degrees; RFC 7946, 3.1.1",
        finder=after_label(
            PLACE_KEYS,
            r"(?:(?<!\0)\\{0,3}[\"'])?[\[(]?(?P<value>[+-]?[0-9]{1,3}\.[0-9]{2,17}"
            r"(?:[,;] ?[+-]?[0-9]{1,3}\.[0-9]{2,17})?)",
            lambda _text: True,
            alone=("lat", "lon", "long", "lng"),
        ),
        marks=("0.0",),
        keys=PLACE_KEYS,
        specimen='{"lat": 38.8894, "long": -77.0353}',
        false_friend="latency: 12.5 lon=7 flat: 38.88",
        priority=48,
    ),
    Detector(
        name="coordinate-pair",
        type="GEO",
        source="ISO 6709, annex D; RFC 5870 (geo: URI): four or more decimals place a house",
        pattern=number(
            r"[0-9][0-9]?\.[0-9]{4,9}(?:° ?[NS])?[,;] ?-?(?:1[0-7]|[0-9])?[0-9]\.[0-9]{4,9}(?:° ?[EW])?"
        ),
        marks=("0.0",),
        hints=("0.0000",),
        specimen="position 52.520008, 13.404954",
        false_friend="took 0.1234 s, then 200.12345, 13.404954",
        priority=35,
    ),
    Detector(
        name="tenant-or-device-id",
        type="DEVICE_ID",
        source="Microsoft Entra ID: tenant, object, device ids; OpenTelemetry device.id, host.id",
        finder=find_announced_guids,
        least=(("-", 4),),
        long=36,
        gate="[0a-f]{8}-(?:[0a-f]{4}-){3}[0a-f]{12}",
        specimen="tenantId: 72f988bf-86f1-41af-91ab-2d7cd011db47",
        false_friend="request 72f988bf-86f1-41af-91ab-2d7cd011db47",
        priority=47,
    ),
    Detector(
        name="tenant-domain",
        type="TENANT",
        source="Microsoft Entra ID: initial domain of a tenant; SharePoint and sign-in addresses",
        pattern=r"[0-9A-Za-z](?<![0-9A-Za-z-][0-9A-Za-z])[0-9A-Za-z-]{1,62}"
        r"(?=\.onmicrosoft\.(?:com|de|us)|\.sharepoint\.com)",
        marks=("..",),
        hints=(".onmicrosoft.", ".sharepoint.com"),
        specimen="user of contoso.onmicrosoft.com",
        false_friend="www.microsoft.com example.com",
        priority=47,
    ),
    Detector(
        name="security-identifier",
        type="DEVICE_ID",
        source="[MS-DTYP], 2.4.2.1: SID of a domain or machine account (S-1-5-21-…)",
        pattern=word(r"[Ss]-1-5-21(?:-[0-9]{1,10}){3,4}"),
        marks=("-0-0-0-",),
        hints=("s-0-0-00-",),
        specimen="SID S-1-5-21-3623811015-3361044348-30300820-1013",
        false_friend="S-1-5-18 S-1-5-32-544",
        priority=60,
    ),
    Detector(
        name="windows-host",
        type="HOST",
        source="Windows Setup, ComputerName: DESKTOP- or LAPTOP- and seven characters",
        pattern=word(r"[DL](?:ESKTOP-[0-9A-Z]{7}|APTOP-[0-9A-Z]{8}|APTOP-[0-9A-Z]{7})"),
        marks=("AAAAAA-",),
        specimen="host DESKTOP-4F7G2K1 joined",
        false_friend="DESKTOP-APP desktop-4f7g2k1",
        priority=47,
    ),
    Detector(
        name="skype-or-twitter",
        type="SOCIAL_HANDLE",
        source="X Help Center, username rules: 4 to 15 letters, digits and _",
        pattern=r"[@](?<![\w/.@]@)(?P<value>[A-Za-z_][0-9A-Za-z_]{3,14})(?![\w/(.@-])",
        check=lambda text: not re.search("(?i:admin|twitter)", text),
        words=(
            "twitter",
            "tweet",
            "skype",
            "insta",
            "mastodon",
            "telegram",
            "discord",
            "handle",
            "folge",
            "follow",
        ),
        marks=("@",),
        specimen="tweet me @john_smith",
        false_friend="the decorator @override",
        priority=30,
    ),
)
