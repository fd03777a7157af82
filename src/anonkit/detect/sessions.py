"""Accounts and hosts in messages of logins, as sshd, PAM, sudo, su, cron and useradd write them.

The wording tells that a name stands there, so no label is needed. What a stranger typed at a login
goes whatever it is: `service` may be a role, a colleague, or a password in the wrong line.
"""

# ruff: noqa: E501 - a declaration reads best unbroken
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anonkit.detect.detector import Detector, any_case
from anonkit.detect.gate import SET_OFF
from anonkit.detect.labels import after_label
from anonkit.detect.people import is_user

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACCOUNT: Final = r"(?P<value>\w[\w.@\\$+-]{0,63})"
_QUOTED: Final = r"\\{0,3}['\"`](?P<value>[^'\"`\\\n]{1,64})\\{0,3}['\"`]"
# What stands behind a name that was typed with blanks in it.
_GOES_ON: Final = r"(?= from | {1,2}\[preauth|,? [0-9A-Fa-f.:]{2,45} port )"
_TYPED: Final = re.compile(
    rf"(?:invalid|illegal) user (?!from )"
    rf"(?P<value>[^\s\[](?:[^\n\[]{{0,63}}?[^\s\[])??{_GOES_ON}|[^\s\[]{{1,64}})",
    re.IGNORECASE,
)
# What a message of each wording holds, and the wording: a look for the first costs a tenth.
_WORDINGS: Final = tuple(
    (literal, re.compile(wording))
    for literal, wording in (
        # sshd: for NAME from ADDRESS port N; User NAME from ADDRESS not allowed
        (
            " port ",
            rf"(?: for|[uU]ser) (?:user )?{_ACCOUNT} from [0-9A-Za-z.:_%-]{{2,255}} port [0-9]",
        ),
        (" not allowed", rf"[uU]ser {_ACCOUNT} from [0-9A-Za-z.:_%-]{{2,255}} not allowed"),
        ("failure for ", rf"failure for {_ACCOUNT} from "),
        # PAM, su, login: by NAME(uid=0); logname=NAME; su for root by NAME; LOGIN ON tty1 BY NAME
        ("(uid=", rf" by {_ACCOUNT}\(uid="),
        ("logname=", rf"logname={_ACCOUNT}"),
        ("failed for ", rf"failed for {_ACCOUNT} on /dev/"),
        ("su for ", rf"su for [\w.@-]{{1,64}} by {_ACCOUNT}"),
        (" /dev/", rf"[+-] /dev/\S{{1,32}} {_ACCOUNT}:[\w.-]{{1,64}}"),
        ("(to ", rf"\(to [\w.-]{{1,64}}\) {_ACCOUNT} on "),
        ("changed for ", rf"password changed for {_ACCOUNT}"),
        ("LOGIN ON ", rf"LOGIN ON \S{{1,32}} BY {_ACCOUNT}"),
        (
            "LOGIN ",
            r"(?<![a-z] )LOGIN (?:(?:[0-9]{1,4}|SESSION|TRIES \([0-9]{1,4}\)) )?(?:FROM \S{1,255} )?(?:FOR|for) "
            + _ACCOUNT,
        ),
        # logind, systemd: New session 1 of user NAME.
        (" of user ", rf"[sS]ession \S{{1,16}} of user {_ACCOUNT}"),
        (" of User ", rf"[sS]ession \S{{1,16}} of User {_ACCOUNT}"),
        # useradd, userdel, chpasswd, applications: new user: name=NAME, user 'NAME'
        (": name=", rf"new (?:user|group): name={_ACCOUNT}"),
        ("ser", rf"[uU]ser(?:name)?(?: input)? {_QUOTED}"),
        ("account ", rf"account {_QUOTED}"),
        (" data deleted", rf"adding user {_ACCOUNT} data deleted"),
        (" does not exist", rf"user {_ACCOUNT} does not exist"),
        # sudo: NAME : TTY=pts/0 ; …, cron: (NAME) CMD
        ("TTY=", rf"(?<![\w.@\\$+-]){_ACCOUNT} : (?=[^;\n]{{0,80}}(?:; )?TTY=)"),
        ("incorrect password", rf"(?<![\w.@\\$+-]){_ACCOUNT}: [0-9]{{1,3}} incorrect password"),
        (") ", rf"\({_ACCOUNT}\) (?:CMD|RELOAD|LIST|REPLACE|BEGIN EDIT|END EDIT|AUTH|FAILED)\b"),
        # Exim, Dovecot, vsftpd: (set_id=NAME), user=<NAME>, [NAME] FAIL LOGIN
        ("set_id=", r"set_id=(?P<value>[^\s()\[\],;]{1,64})"),
        ("=<", r"\b(?:user|login|ruser|logname)=<(?P<value>[^<>\s]{1,64})>"),
        ("] FAIL ", r"\[(?P<value>[^\[\]\n]{1,64})\] FAIL [A-Z]"),
        ("] OK ", r"\[(?P<value>[^\[\]\n]{1,64})\] OK [A-Z]"),
    )
)


def find_typed(text: str) -> Iterator[tuple[int, int]]:
    """Yield the names that a login refused, whatever they are."""
    for match in _TYPED.finditer(text):
        yield match.span("value")


def find_accounts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the names of accounts in messages that are worded as daemons word them."""
    for literal, wording in _WORDINGS:
        for match in wording.finditer(text) if literal in text else ():
            if is_user(match["value"].rstrip(".")):
                start, end = match.span("value")
                yield start, end - (match["value"][-1] == ".")


# The name that an address has in the DNS names a customer of a provider, or a laptop.
_REMOTES: Final = (
    ("rhost=", re.compile(r"\brhost=(?P<name>[\w.-]{1,255})")),
    ("getaddrinfo for ", re.compile(r"\bgetaddrinfo for (?P<name>[\w.-]{1,255})")),
    (
        "from ",
        re.compile(
            r"from (?<=\bfrom )(?P<name>[\w-]{1,63}\.[\w.-]{1,192})(?=\[[0-9A-Fa-f.:]{2,45}\])"
        ),
    ),
)
_ADDRESS: Final = re.compile(r"[0-9.]{1,64}|unknown|localhost(?:\.localdomain)?", re.IGNORECASE)


def find_remote_hosts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the names of machines that somebody came from."""
    for literal, wording in _REMOTES:
        for match in wording.finditer(text) if literal in text else ():
            if not _ADDRESS.fullmatch(match["name"]):
                yield match.span("name")


# From the sign forwards, and from there backwards to the name.
_OF_DATABASE: Final = re.compile(
    r"[@](?:(?<=['`]@)\\?['`][^\s'`]{0,255}['`\\]|(?<=\] @) "
    r"|[\w-]{1,63} (?:LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|STATEMENT|DETAIL|HINT|CONTEXT): )"
)
_ACCOUNT_BEFORE: Final = re.compile(
    r"(?: \](?P<inner>[\w.$-]{0,63})\[|['`]\\?)?(?P<name>[\w.$-]{0,62}[A-Za-z_])(?![\w.@$-])"
)
_LONGEST_BEFORE: Final = 160


def find_database_accounts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the accounts of databases, as grants, slow logs and prefixes of log lines write them."""
    for match in _OF_DATABASE.finditer(text):
        at = match.start()
        before = _ACCOUNT_BEFORE.match(text[max(0, at - _LONGEST_BEFORE) : at][::-1])
        if before and is_user(before["name"][::-1]):
            yield at - before.end("name"), at - before.start("name")
            if before["inner"]:
                yield at - before.end("inner"), at - before.start("inner")


_LISTED_FILE: Final = re.compile(
    rf"^[{re.escape(SET_OFF)}]{{0,12}}(?:(?<=-)|[dlspbc])r(?:w[x-]|-[x-])(?:[r-][w-][xsStT-]){{2}}[.+@]? {{1,8}}[0-9]{{1,5}} {{1,8}}"
    r"(?P<owner>[A-Za-z_][\w.$\\-]{1,31}) {1,16}(?P<group>[A-Za-z_][\w.$\\-]{0,31}) ",
    re.MULTILINE,
)


def find_owners(text: str) -> Iterator[tuple[int, int]]:
    """Yield the owners in listings of files, a line each, and their groups of the same name."""
    for match in _LISTED_FILE.finditer(text):
        if is_user(match["owner"]):
            yield match.span("owner")
            if match["group"] == match["owner"]:
                yield match.span("group")


# A user's own group has the user's name; id(1) lists it first.
UID_KEYS: Final = (
    "uid", "auid", "euid", "suid", "fsuid", "oauid", "ouid", "gid", "egid", "sgid", "fsgid", "ogid", "groups",
)  # fmt: skip

SESSIONS: Final = (
    Detector(
        name="user-of-uid",
        type="USERNAME",
        source="RFC 4514, 3 (`UID=`); auditd.conf(5), log_format = ENRICHED; POSIX id(1)",
        finder=after_label(
            UID_KEYS,
            r"(?:(?<==)(?P<open>\\?\")|[0-9]{1,10}(?P<inside>\())?"
            r"(?P<value>[A-Za-z_](?![0-9A-Fa-f]{7}-)[\w.@$-]{1,63})"
            r"(?(open)\\?\"|(?(inside)\)|[,+] ?[A-Za-z][A-Za-z0-9.-]{0,31}=))",
            is_user,
            alone=UID_KEYS,
        ),
        marks=("=",),
        keys=UID_KEYS,
        specimen='BIND dn="uid=gipson,ou=people,dc=example", AUID="bui" UID="root", uid=1000(ada)',
        false_friend='uid=33, uid=0(root), fluid="water", uid=app,ou=x, uid="f81d4fae-7dec-11d0", "uid": "a1b2"',
        priority=40,
    ),
    Detector(
        name="user-in-sql",
        type="USERNAME",
        source="CREATE, ALTER and DROP USER and LOGIN of PostgreSQL, MySQL, Oracle and SQL Server",
        pattern=r"[CcAaDd](?<!\w[CcAaDd])(?:(?:(?<=C)REATE|(?<=A)LTER|(?<=D)ROP) (?:USER|LOGIN) (?:IF (?:NOT )?EXISTS )?"
        r"|(?:(?<=c)reate|(?<=a)lter|(?<=d)rop) (?:user|login) (?:if (?:not )?exists )?)"
        r"(?P<quote>[\"'`\[])?(?P<value>[A-Za-z_][\w.$-]{1,62}+)"
        r"(?(quote)[\"'`\]]|(?= (?i:with|identified|password|set|account|default|quota|valid|encrypted|rename)\b|;))",
        check=is_user,
        hints=("e user ", "r user ", "p user ", "r login ", "e login ", "p login "),
        specimen="ALTER USER jsmith WITH PASSWORD 'x'; CREATE USER \"anna.weber\" drop user hkeller;",
        false_friend="CREATE USER MAPPING FOR x; the ALTER USER statement is; Create user interface; CREATE USER postgres;",
        priority=39,
    ),
    Detector(
        name="owner-of-file",
        type="USERNAME",
        source="POSIX.1-2024, ls -l: mode, links, owner, group",
        finder=find_owners,
        marks=("-",),
        opens=("rw-", "rwx", "r--", "r-x", "drw", "dr-", "lrw", "srw", "prw", "brw", "crw"),
        specimen="-rw-r--r-- 1 jsmith staff 1204 Mar 3 10:01 plan.dxf",
        false_friend="-rw-r--r-- 1 root root 1204 Mar 3 10:01 plan.dxf, drwxr-xr-x",
        priority=39,
    ),
    Detector(
        name="user-of-remote-shell",
        type="USERNAME",
        source="ssh(1), scp(1), sftp(1), rsync(1), mosh(1): [user@]host on a command line",
        pattern=any_case("ssh", "scp", "sftp", "rsync", "mosh")
        + r"(?: [^\s@\0]{1,40}){0,5} ['\"]?(?P<value>[\w.$+-]{1,64})@(?=[\w\[])",
        check=is_user,
        marks=("@",),
        hints=("ssh ", "scp ", "sftp ", "rsync ", "mosh "),
        specimen="ssh -p 2222 -i ~/.ssh/key jdoe@build7 uptime",
        false_friend="ssh git@example ssh root@web01 ssh $USER@web01 see jdoe@build7",
        priority=39,
    ),
    Detector(
        name="account-in-arn",
        type="USERNAME",
        source="AWS, IAM identifiers: ARNs of users, of their second factors, and of who assumed a role",
        # A path may stand before a name; a point at the end is that of a sentence.
        pattern=r"[a](?<![0-9A-Za-z]a)rn:aws[a-z-]{0,16}:(?:iam|sts)::[0-9]{1,12}:"
        r"(?:(?:user|mfa|federated-user)/(?:[\w+=,.@-]{1,64}/){0,8}|assumed-role/[\w+=,.@-]{1,64}/)"
        r"(?P<value>[\w+=,.@-]{0,63}[\w+=@-])(?![\w/])",
        check=is_user,
        marks=("::0:/", "::0:-/"),
        hints=("arn:aws",),
        specimen="arn:aws:iam::123456789012:user/staff/jdoe, arn:aws:sts::1:assumed-role/Admin/jdoe.",
        false_friend="arn:aws:iam::123456789012:role/Admin arn:aws:s3:::user/jdoe arn:aws:iam::1:root",
        priority=39,
    ),
    Detector(
        name="remote-host",
        type="HOST",
        source="Linux-PAM pam_unix(8): `rhost=`; OpenSSH canohost.c; Postfix smtpd(8): `from name[address]`",
        finder=find_remote_hosts,
        hints=("rhost=", "getaddrinfo for ", "from "),
        specimen="authentication failure; tty=ssh ruser= rhost=dsl-7.example.net  user=root",
        false_friend="rhost=192.0.2.1 connect from unknown[192.0.2.1] imported from os.path[0]",
        priority=38,
    ),
    Detector(
        name="account-of-database",
        type="USERNAME",
        source="MySQL, 8.2.4 ('user'@'host') and slow log; PostgreSQL, 20.8.3, log_line_prefix with %u@%d",
        finder=find_database_accounts,
        marks=("@",),
        gate=r"['`]@|\] @ |@[\w-]{1,63} (?:log|error|fatal|panic|warning|notice|statement|detail|hint|context): ",
        specimen="GRANT SELECT ON x TO 'ada'@'%', 4412 ada@shop LOG:  duration",
        false_friend="TO 'root'@'%', root@shop LOG:  x, # User@Host: root[root] @ localhost []",
        priority=61,
    ),
    Detector(
        name="account-of-tunnel",
        type="USERNAME",
        source="OpenVPN, multi.c: `name/address:port` before every message of a client",
        pattern=r"(?P<value>[A-Za-z_](?<![\w.@$/-][A-Za-z_])[\w.@$-]{1,63})(?=/(?:[0-9]{1,3}\.){3}[0-9]{1,3}:[0-9]{1,5} )",
        check=is_user,
        marks=("/0.0.0.0:0",),
        hints=("vpn",),
        words=("openvpn", " ovpn"),
        specimen="openvpn[1211]: jdoe/203.0.113.200:1194 MULTI: Learn",
        false_friend="kafka: broker/203.0.113.200:9092 up",
        priority=41,
    ),
    Detector(
        name="saml-value",
        type="USERNAME",
        source="SAML 2.0 Core, 2.2.3 (NameID) and 2.7.3 (attributes of a person: X.500, eduPerson, WS-Federation claims)",
        pattern=r"[<](?:\w{1,16}:)?(?:NameID(?: [^<>\n\0]{0,300})?|Attribute [^<>\n\0]{0,200}Name=[\"'][^\"'<>\n\0]{0,80}"
        r"(?i:uid|mail|name|surname|sn|cn|upn|identifier|phone|mobile)[\"'][^<>\n\0]{0,200}>[ \t]{0,8}<(?:\w{1,16}:)?AttributeValue(?: [^<>\n\0]{0,200})?)"
        r">(?P<value>[^<>\s\0][^<>\n\0]{1,200})</",
        check=is_user,
        marks=("<",),
        hints=("nameid", "attributevalue"),
        specimen='<saml:NameID Format="x">rmeyer2</saml:NameID>',
        false_friend="<NameIDPolicy>x</NameIDPolicy> <Attribute Name='role'><AttributeValue>admin2</AttributeValue>",
        priority=40,
    ),
    Detector(
        name="account-typed",
        type="USERNAME",
        source="OpenSSH auth.c and auth2.c: `Invalid user %.100s from %.100s port %d`",
        finder=find_typed,
        hints=("invalid user ", "illegal user "),
        specimen="Invalid user ada lovelace from 192.0.2.1 port 4711",
        false_friend="the user is invalid, a valid user from 192.0.2.1, Invalid user  from 192.0.2.1",
        priority=58,
    ),
    Detector(
        name="account-in-message",
        type="USERNAME",
        source="Messages of OpenSSH, Linux-PAM, sudo, util-linux, shadow, systemd-logind, cron, Exim",
        finder=find_accounts,
        hints=(
            "failed for ", " port 0", "user ", "failure for ", "(uid=", "logname=", "su for ", " /dev/", "(to ",
            "changed for ", "login on ", "login for ", "login from ", "login 0", "login session ",
            "login tries ", ": name=", "username ", "account ", "tty=", "incorrect password",
            ") cmd", ") reload", ") list", ") replace", ") begin", ") end", ") auth", ") failed",
            "set_id=", "=<", "] fail ", "] ok ",
        ),
        specimen="sudo:  jdoe : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/id",
        false_friend="session for user root by (uid=0), user 'root' left, data from 192.0.2.1",
        priority=39,
    ),
)  # fmt: skip
