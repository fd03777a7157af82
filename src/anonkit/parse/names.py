"""What a value is, told by the name it has: the members of JSON logs, the columns of tables.

Logs without a policy of their own have names that many share: ECS, GELF, Docker, journald, Kubernetes
audit, CloudTrail, pino, Bunyan, logrus, zap, Serilog and access logs in JSON. A name is split into
words (`clientIP`, `client_ip`, `client.ip`), and its longest known ending says its class; so
`x_real_ip` is an address and `logger_name` is not a person. A name that says nothing says `""`, and
its value is treated as text.

Sources: Elastic Common Schema 8 (user.*, client.*, host.*, url.*, user_agent.*), GELF 1.1,
systemd.journal-fields(7), Kubernetes audit.k8s.io/v1, AWS CloudTrail record contents, OpenTelemetry
semantic conventions, RFC 9110 (header fields), RFC 7239.
"""

# ruff: noqa: SIM905, E501 - a list of names reads best unbroken
from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

# The classes that a policy names as fields, in the order of the documentation.
CLASSES: Final = (
    "address", "user", "name", "email", "personal", "secret", "session", "host", "url", "agent",
    "time", "number", "boolean", "text", "key",
)  # fmt: skip
# What becomes of a class holds for all below it, whatever it is called there.
DEEP: Final = frozenset({"secret", "personal"})
UNKNOWN: Final = ""
# `id` and its like: of whom or what, the object around them says.
OF_PARENT: Final = "of parent"

_ENDINGS: Final[dict[str, str]] = {
    "address": """
        ip|ip address|ip addr|ipaddr|ipaddress|ipv4|ipv6|addr|address|remote address|client address|forwarded for|xff
        |forwarded|remote addr|real ip|true client ip|cf connecting ip|source ip|src|clientip|remoteip|rhost|peer address
        |nat ip|ipv|src ip|dst ip|host ip|server ip|src addr|dst addr|laddr|raddr|saddr|daddr|via
        |orig h|resp h|tx host|rx host|remip|locip|tranip
    """,
    "user": """
        user|username|user name|userid|user id|uname|login|login name|loginname|logname|account|account name|account id|acct
        |actor|owner|principal|principal id|subject|sub|uid|auid|euid|ruser|suser|duser|nickname|nick|handle|screen name
        |member|member id|customer|customer id|customer number|client id|patient|patient id|employee|employee id
        |created by|updated by|modified by|deleted by|changed by|author|assignee|reporter|operator|by|arn|identity|upn
        |sam account name|impersonated user|groups|group|group name|group id|gid|tenant|tenant id|organization|org|org id|company
        |organisation|user hash|person id|visitor|visitor id|player|player id|student id|contact id|caller id|customer no
        |benutzer|kunde|kundennummer|konto|mitarbeiter|uname|user identity|alternate id|distinguished name
        |requester|requestor|dn|name identifier|usr name|user sid|last author
        |requested by|approved by|invited by|terminated by|assigned by|assigned to|submitted by|rejected by|reviewed by
        |performed by|executed by|initiated by|uploaded by|shared by|shared with|signed by|sent by|opened by|closed by|added by
        |removed by|edited by|cancelled by|canceled by|confirmed by|granted by|revoked by|impersonated by|acknowledged by
        |resolved by|reported by|registered by|verified by|locked by|disabled by|enabled by|owned by|accessed by|viewed by
    """,
    "name": """
        name|display name
    """,
    "email": """
        email|mail|e mail|email address|mail address|sender|recipient|recipients|reply to|mailto|to|cc|bcc|from|mail from|rcpt to
        |from address|to address|sender address|recipient address|return path|envelope from|helo
    """,
    "personal": """
        first name|firstname|last name|lastname|given name|givenname|family name|familyname|surname|full name|fullname
        |middle name|maiden name|real name|realname|real name|person|person name|contact|contact name|customer name|patient name
        |employee name|card holder|cardholder|cardholder name|vorname|nachname|ansprechpartner
        |phone|phone number|telephone|tel|mobile|mobile number|cell|fax|msisdn|imsi|telefon|rufnummer|whatsapp
        |street|street address|postal address|postal code|post code|postcode|zip|zip code|zipcode|plz|city|town|home address
        |strasse|adresse|ort|wohnort|shipping address|billing address|address line|house number
        |geo|geoip|lat|latitude|lon|lng|longitude|location|coordinates|position|place|gps
        |birthday|born|birth year|birthyear|year of birth|geburtsjahr|birth date|birthdate|date of birth|dob|birth place|birthplace|age|gender|sex|nationality|religion|ethnicity|marital status
        |geburtsdatum|geburtstag|geschlecht|title of person|salutation|anrede
        |ssn|social security number|tax id|tax number|vat id|national id|passport|passport number|driving licence|license plate|licence plate
        |iban|bic|bank account|account number|card number|card|credit card|creditcard|pan|cvv|cvc|expiry
        |salary|income|diagnosis|blood type|health|comment|comments|note|notes|feedback|bio|biography|about|avatar|photo|picture
        |query|query string|querystring|search|search term|keyword|request body|response body|form data|post data|payload data
        |calling station id|called station id|calling station|called station|payload printable
        |mac|mac address|serial|serial number|imei|imeisv|udid|idfa|gaid|advertising id
    """,
    "secret": """
        password|passwd|passwort|kennwort|pass|pwd|pw|pswd|psw|passphrase|passcode|pin|secret|secrets|credential|credentials|token|tokens
        |access token|refresh token|id token|auth|authorization|proxy authorization|authentication|bearer|jwt|api key|apikey
        |access key|access key id|accesskey|private key|privatekey|secret key|client secret|encryption key|signing key|master key
        |ssh key|cookie|cookies|set cookie|csrf|xsrf|csrf token|authenticity token|otp|totp|mfa code|verification code|signature
        |session key|session token|samlresponse|saml response|assertion|nonce|salt|hash of password|password hash|connection string|dsn
        |security token|license key|activation code|recovery code|auth code|x api key
    """,
    "session": """
        session|session id|sessionid|sid|phpsessid|jsessionid|device|device id|deviceid|installation|installation id|install id
        |machine id|machineid|client token|browser id|fingerprint|anonymous id|instance uuid|cookie id|cart id|order id|invoice id
        |ticket id|ticket number|booking id|order number|cursor|hardware id|host id|boot id|login id|session uuid
        |object id|target id|entity id|subject id|logon id|logon guid|logonid|session identifier|object identifier
        |trace id|span id|request id|correlation id|transaction id|parent id|message id|trace|traceparent|span
    """,
    "host": """
        host|hostname|host name|server|server name|node|node name|machine|machine name|computer|computer name|workstation
        |domain|domain name|fqdn|authority|client|peer|remote|remote host|client host|rhost name|dns|ptr|site|vhost|virtual host
        |origin host|instance|instance id|container id|upstream host|sni|netbios name|device name|station|nodename|cluster name|cluster
        |host reverse|reverse dns|rrname|qname|rdns|nas identifier|request addr|dev name|devname|device host name
    """,
    "url": """
        url|uri|href|link|referer|referrer|ref|request uri|request url|request path|path|url path|endpoint|origin|location url|redirect
        |redirect url|callback url|return url|page url|permalink|target url|route|request target|original url|uri path
    """,
    "agent": """
        user agent|useragent|agent|browser|http user agent|ua
    """,
    # What programs and their makers named: looked at as text, and no person under it.
    "text": """
        app name|application name|service name|logger name|container name|pod name|namespace name|image name|process name|thread name
        |task name|job name|queue name|topic name|index name|table name|column name|field name|metric name|rule name|module name
        |function name|class name|method name|file name|filename|event name|operation name|span name|resource name|release name
        |deployment name|product name|package name|plugin name|feature name|tag name|branch name|repository name|program name|type name
        |param name|parameter name|header name|template name|step name|stage name|component name|database name|schema name|collection name
        |issuer dn|os name|operating system name|dep name|level name|attribute name|property name|category name|group by|sort by|order by|orderby
        |event id|thread id|process id|image id
        |file path|filepath|source path|dir|directory|pathname|image|os|process|service|container|pod|kubernetes|orchestrator|cloud|labels
        |event|rule|file|package|library|sdk|runtime|ecs|agent version|agent id|agent type|agent name|log|logger|thread|message|msg
        |short message|full message|cmdline|command|command line|stack|stack trace|stacktrace|exception|error|err|reason|description|text
        |body|type|level|severity|status|state|kind|code|action|outcome|category|version|method|protocol|proto|stream|facility|module
        |function|func|class|caller|source|region|zone|availability zone|object ref|verb|api version|api group|namespace|stage
        |instruction addr|image addr|symbol addr|function addr|vmaddr|memory address|total tokens|prompt tokens|completion tokens|max tokens|input tokens|output tokens|user agent version|user agent family|role|roles|locale|language|lang|timezone|unit|format|encoding|mode|env|environment|hook
        |tls version|cipher|http version|content type|accept|accept encoding|accept language|cache control|connection|host type
    """,
    OF_PARENT: "id|uuid|guid|identifier|key|value|original|full|raw|data|info|attributes|properties|details",
}  # fmt: skip
# Alone these say what their longer names do; as endings they would say it of much else.
_ONLY_ALONE: Final = frozenset(
    "by to from sub via place position site title about age pin pass card pan sex tel cell os event rule"
    " file client peer remote instance origin search note notes comment comments contact operator route group"
    " groups device session redirect link ref path agent browser log message text body type level status state kind"
    " code class source method stage role hook unit mode zone".split()
) | {"group by"}

# Words in names of times, whose numbers count since 1970.
_MOMENTS: Final = frozenset(
    "time times timestamp timestamps t ts date dates datetime epoch at when since until till start started end ended"
    " begin began finish finished created updated modified changed accessed seen expires expiry exp iat nbf valid"
    " logon login logoff logout issued published seconds secs sec milliseconds millis ms micros zeit zeitpunkt datum"
    " beginn ende".split()
)
# What stands beside or instead of the names of single ones: `{"users": {"total": 7}}`.
_COUNTS: Final = frozenset(
    "count counts total totals active inactive online offline new old all max min avg mean sum limit size length"
    " used free open closed failed succeeded success created updated deleted added removed changed page pages per"
    " rate quota number seen unique first last next previous current concurrent".split()
)

_WORD: Final = re.compile(
    r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+"
)
_BY_WORDS: dict[str, str] = {
    words.strip(): name
    for name, listed in _ENDINGS.items()
    for words in listed.replace("\n", " ").split("|")
}
_IDENTIFIED: Final = frozenset({"user", "personal", "email", "session", "host", "secret"})
# Names that are written as one word, `remoteaddr`, are the same.
_BY_WORDS |= {
    joined: name
    for words, name in tuple(_BY_WORDS.items())
    if (joined := words.replace(" ", "")) not in _BY_WORDS
}
_VOCABULARY: Final = frozenset(word for words in _BY_WORDS for word in words.split())
_MOST_WORDS: Final = 8
_LONGEST: Final = 128
_IDS: Final = frozenset(
    {"id", "ids", "uuid", "uuids", "guid", "guids", "identifier", "identifiers", "key", "hash"}
)
# What is put behind a name to say how its value is written, and never what it is.
_WAYS: Final = frozenset(
    "derived normalized normalised original orig raw str string lower lowercase canonical formatted encoded"
    " decoded hashed masked".split()
)
# What is put before a name, without a break, to say whose side it is of.
_SIDE: Final = re.compile(
    "(?:source|src|target|tgt|destination|dest|dst|client|server|remote|local|unauth|device|parent"
    "|process|orig|peer)(?=[a-z]{2})"
)


def words_of(name: str) -> list[str]:
    """Return the words that a name is made of, in small letters: `clientIP` is of two."""
    return [word.lower() for word in _WORD.findall(name[:_LONGEST])]


@lru_cache(maxsize=4096)
def class_of(name: str) -> str:
    """Return the class that a name gives its value, `OF_PARENT`, or `UNKNOWN`."""
    if len(name) > _LONGEST:
        return UNKNOWN
    words = words_of(name)
    while words and (words[-1].isdigit() or (len(words) > 1 and words[-1] in _WAYS)):
        words.pop()
    words = words[-_MOST_WORDS:]
    found = _of_words(words) or _of_words(_without_side(words))
    if found in (UNKNOWN, OF_PARENT) and len(words) > 1 and words[-1] in _IDS:
        of = _of_words(words[:-1])  # `author_id` is of the author
        return of if of in _IDENTIFIED else found
    return found


@lru_cache(maxsize=4096)
def is_known(name: str) -> bool:
    """Tell whether a whole name is in the table, so that it says nothing of anybody."""
    return any(ending in _BY_WORDS for ending in _singular(" ".join(words_of(name))))


@lru_cache(maxsize=4096)
def is_worded(name: str) -> bool:
    """Tell whether a name has words of the table alone, in whatever order: `client ip`."""
    words = words_of(name)
    return bool(words) and all(word in _VOCABULARY for word in words)


@lru_cache(maxsize=4096)
def has_word(name: str) -> bool:
    """Tell whether a word of a name is one of the table, of times or of counts."""
    return not (_VOCABULARY | _MOMENTS | _COUNTS).isdisjoint(words_of(name))


@lru_cache(maxsize=4096)
def is_moment(name: str) -> bool:
    """Tell whether a name says that its value is a time."""
    return not _MOMENTS.isdisjoint(words_of(name))


@lru_cache(maxsize=4096)
def is_identifier(name: str) -> bool:
    """Tell whether a name ends as those of identifiers do."""
    words = words_of(name)
    return bool(words) and words[-1] in _IDS


def is_plural(name: str) -> bool:
    """Tell whether a name is that of several of a kind in the table: `users`, `client_ips`."""
    words = words_of(name)
    return bool(words) and any(one in _BY_WORDS for one in _singular(words[-1])[1:])


def is_count(name: str) -> bool:
    """Tell whether a name says how many there are, beside names of which each is one."""
    return _COUNTS.issuperset(words_of(name))


def _of_words(words: list[str]) -> str:
    for start in range(len(words)):
        for ending in _singular(" ".join(words[start:])):
            found = _BY_WORDS.get(ending)
            if found is not None and (start == 0 or ending not in _ONLY_ALONE):
                return found
    return UNKNOWN


def _without_side(words: list[str]) -> list[str]:
    """Return the last of some words apart from the sides before it: `sourceprocessusername`."""
    last = rest = words[-1] if words else ""
    while rest not in _BY_WORDS and (side := _SIDE.match(rest)):
        rest = rest[side.end() :]
    return [] if rest == last else [last.removesuffix(rest), rest]


def below(parent: str, name: str) -> str:
    """Return the class of a value that has a name, in an object or list of a class."""
    if parent in DEEP:
        return parent
    own = class_of(name)
    if own in (UNKNOWN, OF_PARENT):
        return UNKNOWN if parent == "text" else parent
    if own == "name" and parent not in (UNKNOWN, "user", "name", "email"):
        # A thing has a name; one that is shown is more often that of a person.
        return own if parent == "text" and _is_shown(name) else parent
    return own


def _is_shown(name: str) -> bool:
    words = words_of(name)
    return words[-1:] == ["displayname"] or words[-2:] == ["display", "name"]


def of_number(parent: str, name: str) -> str:
    """Return the class of a number that has a name: its own, not that of the object around it.

    A count within a host's object is a count; only its `id` is the host's.
    """
    own = class_of(name)
    if parent in DEEP or own != UNKNOWN:
        return below(parent, name)
    return UNKNOWN


def _singular(words: str) -> tuple[str, ...]:
    """Return words as they are, and without the ending of a plural."""
    if words.endswith("es"):
        return words, words[:-1], words[:-2]
    return (words, words[:-1]) if words.endswith("s") else (words,)
