"""Secrets that a label gives away: `password=…`, headers, query strings, command lines, URLs.

The label stays, the value goes. What is not a value stays as well: a variable (`${DB_PASSWORD}`),
a placeholder (`<your token>`), a call (`getenv("X")`), a word of the message (`password: expired`).
"""

# ruff: noqa: E501 - a declaration reads best unbroken
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anonkit.detect.detector import LONG, Detector, any_case
from anonkit.detect.labels import after_label
from anonkit.detect.languages import PASSWORDS
from anonkit.detect.values import (
    CONSTANT,
    JENKINS,
    NOTHING,
    REFERENCE,
    is_login,
    is_mixed_word,
    is_random,
    is_scrambled,
    is_typed,
    is_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# A value: quoted up to the quote that opened it (also escaped, as in JSON inside JSON), else up to a
# blank or what ends a value in lists, query and connection strings.
_PLAIN: Final = r"[^\s\"'`„“”<>;&,\\\0]"
_BARE: Final = (
    rf"(?:{_PLAIN}|\\(?![\"'nrt])){_PLAIN}{{0,400}}"
    rf"(?:(?:\\(?![\"'nrt])|,(?![ \t]|[\w.-]{{1,32}}[=:]|\Z)){_PLAIN}{{0,400}}){{0,4}}"
)


def _valued(bare: str = _BARE) -> str:
    """Return a pattern for a value in double quotes, in single quotes, or bare."""
    quoted = r"(?:(?<!\0)(?P<open>\\{0,3}[\"'`])(?![;,)])\0{0,80})?"
    inside = r"(?(open)(?:(?!(?P=open))[^\r\n\0]){1,400}|" + bare + ")"
    return rf"{quoted}(?P<value>{inside})"


# Labels after which there is always a secret, and labels after which a random value is one.
PASSWORD_KEYS: Final = (
    "password", "passwort", "passwd", "passphrase", "passcode", "pass code", "pwd", "kennwort", "secret", "pass", "pw", "psk",
    *PASSWORDS,
)  # fmt: skip
SECRET_KEYS: Final = (
    "key", "token", "secret", "api hash", "api_hash", "auth", "authentication", "authorization", "auth code",
    "auth_code", "credential", "credentials", "session", "sessionid", "session_id", "session-id",
    "session id", "sid", "jwt", "bearer", "signature", "sig", "hmac", "nonce", "otp", "cookie", "license",
    "licence", "secret_key_base", "tokenvalue", "token_value", "keyvalue", "connectionstring", "connection_string",
)  # fmt: skip
HEADER_KEYS: Final = ("authorization", "cookie")
TOKEN_HEADER_KEYS: Final = (
    "x-api-key", "x-auth-token", "x-csrf-token", "x-xsrf-token", "x-amz-security-token", "x-vault-token",
    "x-gitlab-token", "x-access-token", "private-token",
)  # fmt: skip
_PUBLIC: Final = (
    "public key", "public_key", "public-key", "publickey", "public token", "public_token", "publictoken",
    "webtoken", "publickeytoken", "public key token", "primary key", "primary_key", "foreign key", "partition_key", "sort_key",
)  # fmt: skip

_IN_WORDS: Final = re.compile(
    r"[sStTkK](?i:(?<=s)ecret(?:[ _-]?key)?|(?<=t)oken(?<!public.token)(?<!publictoken)"
    r"|(?<=k)ey(?<!public.key)(?<!primary.key)(?<!cache.key)(?<!foreign.key)(?<!partition.key)(?<!sort.key)"
    r"(?<!index.key)(?<!object.key)(?<!row.key)(?<!host.key)(?<!lock.key))"
    r"(?: (?:is|was|ist|lautet|war):?)?(?: {1,4}| - | = | => )[\"'`(]?(?P<value>[0-9A-Za-z][0-9A-Za-z._~+/-]{15,200}={0,2})"
    r"(?![0-9A-Za-z(])"
)
_SAID_SECRET: Final = ("secret ", "token ", "key ")


def find_secrets_in_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield random values that a word for a secret announces without a sign: `the token b03ed2…`."""
    lowered = text.lower()
    if any(word in lowered for word in _SAID_SECRET):
        for match in _IN_WORDS.finditer(text):
            if is_scrambled(match["value"]):
                yield match.span("value")


LABELLED: Final = (
    Detector(
        name="password",
        type="SECRET",
        source="CWE-532; OWASP Logging Cheat Sheet, Data to exclude: passwords",
        finder=after_label(
            PASSWORD_KEYS,
            _valued(),
            is_value,
            alone=("pass", "pw", "psk", "mdp", "ifre"),
            below=is_mixed_word,
        ),
        marks=("=", ":"),
        keys=PASSWORD_KEYS,
        across=True,
        specimen='db_password="hun ter2", Kennwort: geheim7; PWD=x9',
        false_friend="password = ${link}; password: expired; secret=getenv('X') bypass: 1",
        priority=62,
    ),
    Detector(
        name="password-in-words",
        type="SECRET",
        source="CWE-532; wording of support mail in English and German",
        pattern=any_case(
            "pass(?:w(?:ort|ord|d)| ?code)", "kennwort", "pin", "pw(?= (?:is|ist|was|war))"
        )
        + r"(?: (?:is|ist|war|was|lautet|=)(?: now| jetzt)?:? | )(?P<open>[\"'])?"
        r"(?P<value>(?=[^\s]{0,40}[0-9])[^\s\"'\0]{4,64})",
        check=lambda text: is_value(text.rstrip(".,;!?")) and not text.rstrip(".,;!?").isalpha(),
        marks=("0",),
        hints=("passw", "passcode", "pass code", "kennw", "pin ", "pw "),
        specimen="my password is hunter2, Pass code 998877, das Passwort lautet Sommer!24",
        false_friend="the password was changed, password reset, Passwort vergessen?",
        priority=40,
    ),
    Detector(
        name="password-said",
        type="SECRET",
        source="CWE-532; wording of support mail: a colon behind the verb announces any word",
        pattern=any_case("pass(?:w(?:ort|ord)| ?code|phrase)", "kennwort")
        + r" (?:is|ist|war|was|lautet)(?: now| jetzt)?: ?[\"'„“]?(?P<value>[^\s\"'„“”\0\[]{3,64})",
        check=lambda text: is_value(text.rstrip(".,;!?")),
        marks=(":",),
        keys=("is", "ist", "war", "was", "lautet", "now", "jetzt"),
        hints=("passw", "passcode", "pass code", "passphrase", "kennw"),
        specimen="Das Passwort lautet: geheim!",
        false_friend="the password is: expired, password was: ${PW}",
        priority=41,
    ),
    Detector(
        name="secret-key-value",
        type="SECRET",
        source="CWE-312; OWASP Secrets Management Cheat Sheet (keys, tokens, sessions)",
        finder=after_label(
            SECRET_KEYS, _valued(), is_random, alone=("sid", "sig", "otp", "auth"), unless=_PUBLIC
        ),
        marks=("=", ":"),
        keys=SECRET_KEYS,
        specimen='api_key = "4f9Tz0QmX71kLd2b", AccountKey=q8Zt5vN2w7Yc1Rk4',
        false_friend='"credentialId": "name", KeyPair = X25519.KeyPair, key: value, token=null',
        priority=55,
    ),
    Detector(
        name="authorization-header",
        type="SECRET",
        source="RFC 9110, 11.6.2 and 11.7.2; RFC 6750, 2.1; RFC 7617, 2; RFC 6265, 4",
        finder=after_label(
            HEADER_KEYS,
            # RFC 9110, 11.2: behind a scheme that takes a token68 comes one word, else all of the line.
            r"(?:(?<!\0)\[?\\{0,3}[\"']?)?(?:(?P<one>(?i:basic|bearer|token|negotiate|ntlm|apikey)[ \t]{1,4})"
            r"|(?i:hmac|aws4-hmac-sha256)[ \t]{1,4})?(?P<value>(?!(?i:basic|bearer|digest|token|negotiate|ntlm"
            r"|apikey)[ \t])[^\s\"'\\\0\[<${](?(one)[^\s\"'\\\0,;]{2,900}|[^\r\n\"'\\\0]{3,900}))",
            is_value,
        ),
        marks=("=", ":"),
        keys=HEADER_KEYS,
        specimen="Authorization: Basic QWxhZGRpbjpvcGVu and Set-Cookie: id=a3fWa; Path=/",
        false_friend='Authorization: <token>, Cookie: "${KEY}"',
        priority=64,
    ),
    Detector(
        name="token-header",
        type="SECRET",
        source="Headers that carry one token: OpenAPI 3.1, 4.8.27 (apiKey in header); AWS, Vault, GitLab, CSRF",
        finder=after_label(
            TOKEN_HEADER_KEYS,
            r"(?:(?<!\0)\[?\\{0,3}[\"']?)?(?P<value>[^\s\"'\\\0\[<${][^\s\"'\\\0,;]{2,900})",
            is_value,
        ),
        marks=("=", ":"),
        keys=TOKEN_HEADER_KEYS,
        specimen="X-Api-Key: hunter22 accepted",
        false_friend='X-Api-Key: <key>, "x-auth-token": "${TOKEN}"',
        priority=64,
    ),
    Detector(
        name="bearer-token",
        type="SECRET",
        source="RFC 6750, 2.1 (b64token); RFC 7617, 2 (Basic)",
        pattern=any_case("bearer", "basic") + r" {1,4}(?P<value>[0-9A-Za-z._~+/-]{16,900}={0,2})",
        check=is_random,
        marks=("0",),
        hints=("bearer ", "basic "),
        specimen="curl -H 'Bearer mF_9.B5f-4.1JqMa8z'",
        false_friend="Bearer authentication is basic functionality_of_things",
        priority=63,
    ),
    Detector(
        name="password-argument",
        type="SECRET",
        source="man pages: mysql(1), sshpass(1), curl(1), openssl-passphrase-options(1), net use",
        pattern=r"[-](?<![\w-]-)-(?i:[a-z-]{0,24}?(?:passw(?:or[dt]|d)?|pass|pwd?|passphrase|secret"
        r"|token|api-?key|access-?key|secret-?key))[ =:]"
        + _valued(r"[^\s\"'`\0|&;-][^\s\"'`\0|;]{0,200}"),
        check=is_value,
        marks=("--",),
        specimen="backup --password s3cret --verbose",
        false_friend="--password-file x, --token ${TOKEN}",
        priority=61,
    ),
    Detector(
        name="password-option",
        type="SECRET",
        source="GNU Coding Standards, 4.8 (--name=value); mysql(1), wget(1): a password may be any word",
        pattern=r"[-](?<![\w-]-)-(?i:[a-z-]{0,24}?(?:passw(?:or[dt]|d)?|pass|pwd?|passphrase))="
        + _valued(r"[^\s\"'`\0|&;-][^\s\"'`\0|;]{0,200}"),
        check=is_typed,
        marks=("--",),
        hints=("pass", "pwd=", "pw="),
        specimen="mysql --password=secret db",
        false_friend="--password=$PW --password=<password> --no-pass",
        priority=61,
    ),
    Detector(
        name="password-flag",
        type="SECRET",
        source="man pages: mysql(1), sshpass(1), mongo(1), ldapsearch(1), docker-login(1), psexec, redis-cli, "
        "sqlcmd, ipmitool(1): -p, -P, -w, -a with the value",
        pattern=r"[-](?<= -)[pwPa] ?" + _valued(r"[^\s\"'`\0|;-][^\s\"'`\0|;]{2,100}"),
        check=is_typed,
        words=(
            "mysql",
            "maria",
            "sshpass",
            "mongo",
            "ldap",
            "psql",
            "docker login",
            "psexec",
            "redis cli",
            "sqlcmd",
            "ipmitool",
            "mosquitto",
        ),
        marks=("-",),
        hints=(" -p", " -w", " -a"),
        specimen="mysqldump -u root -ps3cret db",
        false_friend="ls -pa, docker run -p 8080:80, x -P 1433",
        priority=61,
    ),
    Detector(
        name="password-variable",
        type="SECRET",
        source="libpq, 34.15 (PGPASSWORD); MySQL, 6.9 (MYSQL_PWD); sshpass(1) (SSHPASS); redis-cli (REDISCLI_AUTH)",
        pattern=r"[_SPI](?:(?<=P)GPASSWORD|(?<=S)SHPASS|(?<=_)(?:PASSWORD|PASSWD|PWD|PASS)|(?<=I)_AUTH)="
        + _valued(r"[^\s\"'`\0|&;$][^\s\"'`\0|;]{0,200}"),
        check=is_typed,
        marks=("AAA=",),
        hints=("pgpassword=", "sshpass=", "_password=", "_passwd=", "_pwd=", "_pass=", "i_auth="),
        specimen="PGPASSWORD=secret psql -h db",
        false_friend="PGPASSWORD=$PW psql, PGPASSWORD=<password>",
        priority=61,
    ),
    Detector(
        name="oracle-credentials",
        type="URL_CREDENTIAL",
        source="Oracle Database JDBC Developer's Guide, 8.2, and SQL*Plus, CONNECT: user/password@",
        pattern=r"[:= ](?:(?<=thin:)|(?<=userid=)|(?<=(?i:onnect) )|(?<=(?i:qlplus) ))(?P<value>[A-Za-z][\w.$#-]{0,63}/[^\s/@\"'<>${}\0]{1,64})(?=@)",
        check=lambda text: is_typed(text.partition("/")[2]),
        marks=("@",),
        hints=("thin:", "userid=", "connect ", "qlplus "),
        specimen="jdbc:oracle:thin:scott/tiger@//db:1521/x, CONNECT scott/tiger@orcl",
        false_friend="jdbc:oracle:thin:@db:1521, jdbc:oracle:thin:${U}/${P}@db, connect a/b to c@d",
        priority=61,
    ),
    Detector(
        name="digest-response",
        type="SECRET",
        source="RFC 7616, 3.4: response, nonce and cnonce of a digest (enough to guess the password)",
        pattern=any_case("response", "nonce", "cnonce", "opaque")
        + r"=\\{0,3}[\"']?(?P<value>[0-9A-Za-z+/=_-]{16,128})(?![0-9A-Za-z])",
        check=is_random,
        marks=("=",),
        keys=("response", "nonce", "opaque"),
        specimen='Authorization: Digest username="x", response="6629fae49393a05397450978507c4ef1"',
        false_friend="response=200 response=timeout",
        priority=60,
    ),
    Detector(
        name="secret-in-words",
        type="SECRET",
        source="OWASP Secrets Management Cheat Sheet: a random value next to a word for a secret",
        finder=find_secrets_in_words,
        marks=("0",),
        gate=r"(?:secret|token|key)(?: (?:is|was|ist|lautet|war):?)?(?: {1,4}| - | = | => )"
        r"[\"'`(]?[0a-z][0a-z._~+/-]{15}",
        long=LONG,
        specimen="your new API key is 4f9Tz0QmX71kLd2b9Xw3, token - 'b03ed226557f474fda3f5a8fdd498f7c'",
        false_friend="public key 4f9Tz0QmX71kLd2b9Xw3, token-bucket, the key src/main/java/Main2.java, key 12345678901234567890",
        priority=54,
    ),
    Detector(
        name="url-encoded-password",
        type="SECRET",
        source="RFC 3986, 2.1: a form (WHATWG URL, 5) inside a parameter, its `=` and `&` percent-encoded",
        pattern=any_case("pass(?:word|wort|wd|phrase)?", "pwd", "api_?key", "token", "secret")
        + r"%(?:25)?3[dD](?P<value>(?:[^\s&=%\"'<>\0]|%(?!(?:25)?26)[0-9A-Fa-f]{2}){1,300})",
        check=is_typed,
        marks=("%0",),
        hints=("%0d", "%000d"),
        specimen="next=%2Flogin%3Fuser%3Djoe%26password%3Dhunter2%26x%3D1",
        false_friend="q%3Dpassword%26x, password%3D%26",
        priority=60,
    ),
    Detector(
        name="user-argument",
        type="URL_CREDENTIAL",
        source="curl(1), -u and --user; wget, --user; smbclient(1), -U user%password",
        pattern=r"[-](?<![\w-]-)(?:u|-user|-proxy-user|U)(?:[ =]{1,2}|(?<=-u))(?P<open>[\"'])?"
        r"(?P<value>[^\s:\"'$<{%\0-][^\s:\"'$<{%\0]{0,63}[:%](?!\\?[$<{%]|//)(?:[\"'](?=[^\s$<{%])[^\"'\n\0]{2,128}(?=[\"'])|[^\s\"'\0]{1,128}(?(open)(?: [^\s\"'\0]{1,64}){0,3}(?=[\"']))"
        r"|[^\s\"'\0]{1,128}))",
        check=is_login,
        marks=("-",),
        hints=("-u",),
        specimen="curl -u alice:s3cret https://example.com, smbclient -U joe%pw1 //srv/x",
        false_friend="curl -u $USER:$PASS https://example.com, --user <name>:<pw>, -u user:password",
        priority=61,
    ),
    Detector(
        name="xml-password",
        type="SECRET",
        source="XML 1.0, 3.1, with the labels of OWASP Logging Cheat Sheet",
        pattern=r"[<](?:[\w.-]{1,32}:)?[\w.-]{0,24}(?i:password|passwort|passwd|pwd|secret|token|apikey|api-key)"
        r"[\w.-]{0,12}(?: [^<>\n]{0,100})?>(?P<value>[^<>\r\n\0]{1,300})</",
        check=lambda text: is_value(text) or text.startswith(JENKINS),
        marks=("<",),
        hints=("password", "passwort", "passwd", "pwd", "secret", "token", "apikey", "api-key"),
        specimen="<db:password>hunter2</db:password> <secret>{AQAAABAAAAAwL3k9x}</secret>",
        false_friend="<password>${pw}</password> <tokens>",
        priority=61,
    ),
    Detector(
        name="secret-of-pair",
        type="SECRET",
        source="Lists of settings as name and value: Docker and Kubernetes `env`, ECS, App.config `appSettings`",
        pattern=r"[kKnN](?<![0-9A-Za-z][kKnN])(?i:(?<=k)ey|(?<=n)ame)\\{0,3}[\"']?[ \t]{0,3}[:=][ \t]{0,3}\\{0,3}[\"']?"
        r"[\w.:-]{0,40}(?i:passw(?:or[dt]|d)|passphrase|_pass|pwd|secret|token|api[._-]?key|access[._-]?key|private[._-]?key)"
        r"\\{0,3}[\"']?[ \t]{0,3},?[ \t]{0,3}\\{0,3}[\"']?(?i:value)\\{0,3}[\"']?[ \t]{0,3}[:=][ \t]{0,3}"
        + _valued(r"[^\s\"'`,;<>&\\\0]{1,200}"),
        check=is_value,
        marks=("=", ":"),
        hints=("value",),
        specimen='{"name": "DB_PASSWORD", "value": "hunter2"} <add key="ApiKey" value="4f9Tz0Qm" />',
        false_friend='{"name": "DB_PASSWORD", "valueFrom": {}} name=token_expiry value=3600 key="ApiKey" value="${KEY}"',
        priority=61,
    ),
    Detector(
        name="password-of-device",
        type="SECRET",
        source="Cisco IOS, Junos and strongSwan configuration: communities and shared keys",
        pattern=any_case(
            r"snmp-server community",
            r"radius-server (?:host \S{1,64} )?key",
            r"tacacs-server (?:host \S{1,64} )?key",
            r"key-string",
            r"pre-shared-key(?: (?:ascii-text|local|remote))?",
        )
        + r"[ \t]{1,4}(?:[0-9] )?[\"']?(?P<value>[^\s\"'\0\[<][^\s\"'\0]{2,127})",
        check=is_typed,
        marks=("-",),
        hints=("p-server com", "s-server ", "key-string", "shared-key"),
        specimen="snmp-server community n0tPublic RO, radius-server key 7 0822455D0A16",
        false_friend="pre-shared-key <key>, snmp-server contact x, no radius-server host",
        priority=61,
    ),
    Detector(
        name="registry-value",
        type="SECRET",
        source="Microsoft, reg query: name, type and value; Winlogon DefaultPassword and DefaultUserName",
        pattern=r"[R]EG_(?:EXPAND_)?SZ[ \t]{1,16}(?P<value>[^\s\0][^\r\n\0]{0,200})",
        check=is_typed,
        words=("password", "passwd", "username", "machineguid", "secret", "token"),
        marks=("AAA_AA",),
        hints=("reg_sz", "reg_expand_sz"),
        specimen="    DefaultPassword    REG_SZ    hunter2",
        false_friend="    InstallDir    REG_SZ    C:\\Acme\n    DefaultPassword    REG_SZ    %PW%",
        priority=58,
    ),
    Detector(
        name="url-credentials",
        type="URL_CREDENTIAL",
        source="RFC 3986, 3.2.1 (userinfo); connection strings of databases and brokers",
        pattern=r"[:]//(?P<value>[^\s/?#:@\"'<>\\\0]{0,128}:(?!//)(?:[^\s/?#\"'<>\\\0]{1,256}"
        r"|(?=[^\s@]{0,64}[^\s\d/@])[^\s\"'<>/\\\0]{1,128}/[^\s\"'<>\\\0]{0,64}))@",
        check=lambda text: not REFERENCE.match(text.partition(":")[2]),
        marks=("://",),
        hints=("@",),
        gate="://",
        specimen="mongodb://dbuser:p%40ss@db.example.net:27017/x",
        false_friend="https://host:8080/@user mysql://${USER}:${PASS}@db http://a/b:c@d",
        priority=68,
    ),
    Detector(
        name="url-user",
        type="USERNAME",
        source="RFC 3986, 3.2.1: user information without a password",
        pattern=r"[:]//(?P<value>(?!git@)[^\s/?#:@\"'<>\[\]{}$\\\0]{2,128})@(?=[\w\[])",
        marks=("://",),
        hints=("@",),
        gate="://",
        specimen="ssh://alice@host.example.com:22/",
        false_friend="ssh://git@example.com https://example.com/@alice",
        priority=44,
    ),
    Detector(
        name="url-user-token",
        type="URL_CREDENTIAL",
        source="RFC 3986, 3.2.1: a token in place of the user (Git over HTTPS, Sentry DSN)",
        pattern=r"[:]//(?P<value>[0-9A-Za-z_~.%-]{16,256})@(?=[\w\[])",
        check=is_random,
        marks=("://",),
        hints=("@",),
        gate="://",
        specimen="https://9f86d081884c7d659a2feaa0c55ad015@o1.ingest.example.com/42",
        false_friend="https://some-user-name-of-host@example.com",
        priority=67,
    ),
    Detector(
        name="url-secret",
        type="URL_SECRET",
        source="RFC 6750, 2.3; RFC 6749, 4.1; AWS Signature V4 and Azure SAS query parameters",
        pattern=r"[?&;#](?i:amp;)?(?i:[\w.-]{0,24}(?:token|passw(?:or[dt]|d)|pwd|secret|api[_-]?key|apikey"
        r"|access[_-]?key|signature|credential|session[_-]?(?:id|key)?|phpsessid|jsessionid|sessid)"
        r"|key|auth|authorization|sig|sid|jwt|code|pass|pw|otp|ticket|samlresponse|sas|x-amz-(?:signature|credential|security-token)"
        r"|password|passphrase)=(?P<value>[^\s&;#\"'<>\\\0]{1,900})",
        check=lambda text: (
            not (REFERENCE.match(text) or CONSTANT.match(text)) and text.lower() not in NOTHING
        ),
        marks=("=",),
        keys=(
            "token",
            "word",
            "wort",
            "swd",
            "pwd",
            "secret",
            "key",
            "ature",
            "tial",
            "sion",
            "id",
            "auth",
            "ization",
            "sig",
            "jwt",
            "code",
            "pass",
            "pw",
            "otp",
            "ticket",
            "sponse",
            "sas",
            "phrase",
        ),
        specimen="/login?token=abc&sessionid=123&save=true",
        false_friend="/search?q=token&tokenizer=1&code_page=2&token=${T}",
        priority=66,
    ),
    Detector(
        name="sql-password",
        type="SECRET",
        source="ISO/IEC 9075 dialects: IDENTIFIED BY in statements that create users",
        pattern=r"[I]DENTIFIED (?:WITH [\w'\"`]{1,64} )?(?:BY|AS)[ \t]{1,4}(?:PASSWORD |VALUES )?"
        r"[\"'](?P<value>[^\"'\r\n\0]{1,128})[\"']",
        check=is_value,
        marks=("AAAAAAAAAA AA",),
        specimen="CREATE USER x IDENTIFIED BY 'hunter2'",
        false_friend="IDENTIFIED BY ''",
        priority=61,
    ),
    Detector(
        name="private-key-hex",
        type="PRIVATE_KEY",
        source="SEC 2, 2.4.1: a secp256k1 private key is 32 bytes",
        pattern=r"[0-9A-Fa-f](?<![0-9A-Za-z][0-9A-Fa-f])(?<!\w{2}[0-9A-Fa-f])(?:[x])?[0-9A-Fa-f]{63,64}(?![0-9A-Za-z])",
        words=("private key", "privkey", "privatekey", "secret", "seed", "wallet"),
        marks=("0",),
        hints=("priv", "seed", "wallet", "secret"),
        long=64,
        specimen="privkey 0x" + "c8f12fb8b20008e1" * 4,
        false_friend="sha256 " + "c8f12fb8b20008e1" * 4,
        priority=66,
    ),
)
