"""Forms in which values stand in real text: forms of the web, columns, command lines, letters, logs."""

from __future__ import annotations

import pytest

from anonkit import scrub
from anonkit.detect import Scrubber
from anonkit.detect.detector import Detector
from anonkit.detect.hardware import find_short_macs
from anonkit.detect.values import (
    is_login,
    is_mixed,
    is_random,
    is_scrambled,
    is_slack,
    is_typed,
    is_value,
)

# Put together, so that no scanner takes this file for a leak.
RANDOM = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        # An `@` written for HTML, for JavaScript, for a URL in a URL; what nobody sees in between.
        ("jo&#46;doe&#64;example.org!", "[EMAIL]!"),
        (r"jo\u0040example.org", "[EMAIL]"),
        ("the sign &#64;example.org", "the sign &#64;example.org"),
        ("next=jo%2540example.org&x=1", "next=[EMAIL]&x=1"),
        ("jo\u200b.doe@exam\u00adple.org", "[EMAIL]"),
        # tcpdump and dante write the port behind a full stop.
        ("IP 192.0.2.1.443 > 192.0.2.7.51515: Flags", "IP [IPV4].443 > [IPV4].51515: Flags"),
        ("KB1~amd64~~6.1.1.2, v[1::2], oid=1.3.6.1", "KB1~amd64~~6.1.1.2, v[1::2], oid=1.3.6.1"),
        # Hardware addresses of H3C, of a hex dump, and of arp on BSD.
        ("MAC: 001a-2b3c-4d5e", "MAC: [MAC]"),
        ("MAC 00 1A 2B 3C 4D 5E", "MAC [MAC]"),
        ("at 0:1a:2b:3c:4d:5e on en0", "at [MAC] on en0"),
        # Columns of a table, no-break blanks, the form of a web page.
        ("a,4111111111111111,12", "a,[CREDIT_CARD],12"),
        ("a,415-555-0132,4", "a,[PHONE],4"),
        ("GB29\u00a0NWBK\u00a06016\u00a01331\u00a09268\u00a019", "[IBAN]"),
        ("card=4111%201111%201111%201111&x=1", "card=[CREDIT_CARD]&x=1"),
        ("iban=DE89+3704+0044+0532+0130+00&x=1", "iban=[IBAN]&x=1"),
        ("tel=%2B49+171+1234567&x=1", "tel=%2B[PHONE]&x=1"),
        # Telephone numbers with an extension, with an area code, with a label right before.
        ("call 269-541-4584x068 or (797)203-4036x470", "call [PHONE] or [PHONE]"),
        ("office (08) 8747 6301", "office [PHONE]"),
        ("dial 011-82-10-1234-5678", "dial [PHONE]"),
        ("Phone: 62889", "Phone: [PHONE]"),
        ("2227  2227 V PhoneStatusBar: on", "2227  2227 V PhoneStatusBar: on"),
        ("[0706/120312:WARNING:dns.cc]", "[0706/120312:WARNING:dns.cc]"),
        # Accounts in distinguished names, audit records, id(1), LEEF and refused logins.
        ('dn="uid=gipson,ou=people,dc=example"', 'dn="uid=[USERNAME],ou=people,dc=example"'),
        ("uid=gipson+cn=x, ou=people", "uid=[USERNAME]+cn=x, ou=people"),
        ('auid=500 AUID="bui" UID="root"', 'auid=500 AUID="[USERNAME]" UID="root"'),
        ("uid=1000(ada) gid=1000(ada)", "uid=1000([USERNAME]) gid=1000([USERNAME])"),
        ("uid=33 gid=0(root) uid=a", "uid=33 gid=0(root) uid=a"),
        ("usrName=joe.black sev=5", "usrName=[USERNAME] sev=5"),
        ("userlogin: kobrien", "userlogin: [USERNAME]"),
        ("login[7]: LOGIN for graham", "login[7]: LOGIN for [USERNAME]"),
        ("FAILED LOGIN 1 FROM tty1 FOR ada, x", "FAILED LOGIN 1 FROM tty1 FOR [USERNAME], x"),
        ("use LOGIN for access", "use LOGIN for access"),
        # What follows a token in a header, a sender or a status is no part of it.
        ("Authorization: Bearer abcdef took 5 ms", "Authorization: Bearer [SECRET] took 5 ms"),
        ("Authorization: hunter2 of mine", "Authorization: [SECRET]"),
        ("X-Api-Key: hunter22 accepted", "X-Api-Key: [SECRET] accepted"),
        ("auth: passwd-file(jo7): unknown", "auth: passwd-file(jo7): unknown"),
        ("rejected RCPT <jo@example.org>", "rejected RCPT <[EMAIL]>"),
        ("Ticket from Jane Doe <jo@example.org>", "Ticket from [PERSON] <[EMAIL]>"),
        ('/mobile.png HTTP/1.1" 200 62894 "-"', '/mobile.png HTTP/1.1" 200 62894 "-"'),
        ('see "ftp://user": hidden7', 'see "ftp://user": hidden7'),
        ("call +1-201-555-0123x45 now", "call [PHONE] now"),
        # A label in a value: what the value holds goes once, what follows it too.
        ("pw=" * 200 + "x kept", "pw=[SECRET][SECRET] kept"),
        ('pw=a:pw="x y" kept', 'pw=[SECRET]"[SECRET]" kept'),
        # Command lines and variables, on which any word can be a password.
        ("mysql -psecret db", "mysql -p[SECRET] db"),
        ("mysqldump -p'my secret' db", "mysqldump -p'[SECRET]' db"),
        ("PGPASSWORD=secret psql", "PGPASSWORD=[SECRET] psql"),
        ("x --password=secret y", "x --password=[SECRET] y"),
        ("curl -ujoe:s3cr3t x", "curl -u[URL_CREDENTIAL] x"),
        ("curl --user 'joe:s3cr et' x", "curl --user '[URL_CREDENTIAL]' x"),
        ("jdbc:oracle:thin:scott/tiger@//db", "jdbc:oracle:thin:[URL_CREDENTIAL]@//db"),
        ("next=%3Fpassword%3Dhunter2%26x", "next=%3Fpassword%3D[SECRET]%26x"),
        # The host of a URL stays.
        ("pg://user:secret@db.example.net/x", "pg://[URL_CREDENTIAL]@db.example.net/x"),
        # Names and values of settings, hashes of passwords, configurations of devices.
        ('{"name":"DB_PASSWORD","value":"hunter2"}', '{"name":"DB_PASSWORD","value":"[SECRET]"}'),
        ("key=app.api-key value=zz9x", "key=app.api-key value=[SECRET]"),
        ('{"name": "DB_PASSWORD_FILE", "value": "/run/x"}', '{"name": "DB_PASSWORD_FILE", "value": "/run/x"}'),
        ("hash $2b$12$" + RANDOM + "x of", "hash [SECRET] of"),
        ("run $1 $2$3", "run $1 $2$3"),
        ("tacacs-server host t1 key 7 08224F47", "tacacs-server host t1 key 7 [SECRET]"),
        ("CONNECT scott/tiger@//db", "CONNECT [URL_CREDENTIAL]@//db"),
        ("  DefaultUserName    REG_SZ    kiosk", "  DefaultUserName    REG_SZ    [SECRET]"),
        ("docker run -p 8080:80 mysql", "docker run -p 8080:80 mysql"),
        # What is no secret: a directory, a module of PAM, the token of an assembly, a path of the web.
        ("sudo: ada : PWD=/srv/app/bin ; x", "sudo: ada : PWD=/srv/app/bin ; x"),
        ("pam_unix(passwd:chauthtok): done", "pam_unix(passwd:chauthtok): done"),
        ("passwd: files systemd", "passwd: files systemd"),
        ("PublicKeyToken=b77a5c561934e089", "PublicKeyToken=b77a5c561934e089"),
        ("/api/login: 403", "/api/login: 403"),
        # Addresses in names, in zones and in frames; versions of libraries.
        ("from dsl-203-0-113-77.isp.example", "from dsl-[IPV4].isp.example"),
        ("203-0-113-77.static.isp.example", "[IPV4].static.isp.example"),
        ("app-203-0-113-77.tar.gz", "app-203-0-113-77.tar.gz"),
        ("blocked [x]...203.0.113.77[y]", "blocked [x]...[IPV4][y]"),
        ("7." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa", "[IPV6].ip6.arpa"),
        ("MAC=52:54:00:12:34:56:00:1a:2b:3c:4d:5e:08:00 x", "MAC=[MAC]08:00 x"),
        ("acme.dll 4.2.0.118, section 4.3.2.1", "acme.dll 4.2.0.118, section 4.3.2.1"),
        # Addresses of mail against harvesters.
        ("jo.doe (at) example.org!", "[EMAIL]!"),
        ("jo[at]mail (dot) example (dot) org", "[EMAIL]"),
        ("function(at) done, x (at) 3.5, (at) example.org", "function(at) done, x (at) 3.5, (at) example.org"),
        # Cards and accounts: a track, a word behind an account number, an account without IBAN.
        ("%B4111111111111111^DOE/JANE^2712?", "%B[CREDIT_CARD]^2712?"),
        ("a ES91 2100 0418 4502 0005 1332 del b", "a [IBAN] del b"),
        ("a PL61 1090 1014 0000 0712 1981 2874 12 EUR", "a [IBAN] 12 EUR"),
        ("account number 12345678 is", "account number [BANK_ACCOUNT] is"),
        # RFC 5424, 6.5, example 1; accounts of databases and tunnels.
        ("'su root' failed for lonvick on /dev/pts/8", "'su root' failed for [USERNAME] on /dev/pts/8"),
        ("IDENTIFIED WITH sha2_x BY 'abcXYZ12'", "IDENTIFIED WITH sha2_x BY '[SECRET]'"),
        ("TO 'ada'@'10.3.2.%'", "TO '[USERNAME]'@'10.3.2.%'"),
        ("# User@Host: web1[web1] @ app3 [] Id: 8", "# User@Host: [USERNAME][[USERNAME]] @ app3 [] Id: 8"),
        ("[44] ada@shop ERROR:  x", "[44] [USERNAME]@shop ERROR:  x"),
        ("root@shop ERROR:  x, @shop LOG:  y", "root@shop ERROR:  x, @shop LOG:  y"),
        ("openvpn[7]: jdoe/203.0.113.2:1194 x", "openvpn[7]: [USERNAME]/[IPV4]:1194 x"),
        # SAML assertions.
        ("<NameID>rmeyer2</NameID>", "<NameID>[USERNAME]</NameID>"),
        (
            '<s:Attribute Name="urn:oid:mail"><s:AttributeValue>x7</s:AttributeValue>',
            '<s:Attribute Name="urn:oid:mail"><s:AttributeValue>[USERNAME]</s:AttributeValue>',
        ),
        # Words, pairs.
        ("the wifi pw is banana-Split9 ok", "the wifi pw is [SECRET] ok"),
        ("appelez le 06 12 34 56 78.", "appelez le [PHONE]."),
        ("00000040: 06 12 34 56 78 9a", "00000040: 06 12 34 56 78 9a"),
        # Postal addresses with postcode and town.
        ("Am Ring-Str. 3, 60313 Frankfurt am Main und", "Am [ADDRESS] und"),
        ("at 221B Baker Street, London NW1 6XE now", "at [ADDRESS] now"),
        ("at 1 Main Street, Salt Lake City, UT 84101 now", "at [ADDRESS] now"),
        ("12 bis rue de la Paix, 75002 Paris, merci", "[ADDRESS], merci"),
        ("12 true positives, 31000 Rows", "12 true positives, 31000 Rows"),
        # Vehicles.
        ("License plate: 7ABC123, blue", "License plate: [LICENSE_PLATE], blue"),
        ("number plate: KA-05-MH-1234", "number plate: [LICENSE_PLATE]"),
        ("VIN WVWZZZ1JZXW000001", "VIN [VEHICLE_ID]"),
        # Messages with a word for a secret, without a sign.
        ("the token b03ed226557f474fda3f5a8fdd498f7c is", "the token [SECRET] is"),
        ("cache key b03ed226557f474fda3f5a8fdd498f7c", "cache key b03ed226557f474fda3f5a8fdd498f7c"),
        ("Das Passwort lautet: geheim!", "Das Passwort lautet: [SECRET]"),
        ("Passwort: „Winter im Mai“", "Passwort: „[SECRET]“"),
        (f"acme_{RANDOM}", "acme_[SECRET]"),
        ('"Password: " + getPassword()', '"Password: " + getPassword()'),
        # Homes by a tilde, in a mounted volume, and what stands for an account on macOS.
        ("cd ~jdoe/x", "cd ~[USER_PATH]/x"),
        ("/Volumes/Macintosh HD/Users/jdoe/x", "/Volumes/Macintosh HD/Users/[USER_PATH]/x"),
        # Letters.
        ("mein Name ist Max Muster, Kundennr. 1", "mein Name ist [PERSON], Kundennr. 1"),
        ("Viele Grüße, Max Mustermann", "Viele Grüße, [PERSON]"),
        ("Иван Петров <ivan@example.org>", "[PERSON] <[EMAIL]>"),
        # Words about users that name none.
        ("critical for user confidence", "critical for user confidence"),
        ("user username: authentication failure", "user username: authentication failure"),
        ("a lot of user sessions (see", "a lot of user sessions (see"),
        ("use app::password::Check", "use app::password::Check"),
        ("imap-login: Aborted login", "imap-login: Aborted login"),
    ],
)  # fmt: skip
def test_forms_of_real_text(text: str, clean: str) -> None:
    """A value goes in the form that its format or its writer gives it, and no more than the value."""
    assert scrub(text) == clean
    assert scrub(clean) == clean


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (is_typed, "secret", "null"),
        (is_typed, "hunter2", "3306"),
        (is_typed, "12345678", "${PW}"),
        (is_login, "joe:pw1", "user:password"),
        (is_value, "hunter2", "YES)"),
        (is_scrambled, "9f86d081-884c-4d65-9a2f-eaa0c55ad015", "12345678901234567890"),
        (is_scrambled, "b03ed226557f474fda3f5a8fdd498f7c", "src-main-java-com-Main123456789"),
        (is_mixed, RANDOM, "handlesHttp2StreamsOfUtf8InJsonParser3"),
        (is_mixed, RANDOM, "aAbBcCdDeEfFgGhHiIjJ03fa099b"),
        (is_random, RANDOM, "DOC_Vector_5_32"),
        (is_random, RANDOM, "30546174_99402692"),
        (is_slack, "xoxb-123456789012-aB3dE6gH9j", "xoxb-our-own-bot-token"),
    ],
)
def test_what_is_a_secret(check: object, good: str, bad: str) -> None:
    """Each judgement takes what a person typed or a machine drew, and leaves what only looks so."""
    assert callable(check)
    assert check(good)
    assert not check(bad)


def test_short_addresses_have_letters_and_digits() -> None:
    """Times and letters in six groups are no hardware address."""
    assert list(find_short_macs("0:1a:2b:3c:4d:5e")) == [(0, 16)]
    assert list(find_short_macs("1:02:03:04:05:06 a:b:c:d:e:f")) == []


def test_a_code_whose_value_is_empty_goes_whole() -> None:
    """Where the group of the value holds nothing, all that a dense pattern matched goes."""
    own = Detector(
        name="own-code",
        type="CODE",
        source="ours",
        pattern=r"[0-9]{9}(?P<value>x?)",
        dense=True,
        specimen="123456789",
        false_friend="1234",
    )
    assert Scrubber([own])("no 123456789 y") == "no [CODE] y"
