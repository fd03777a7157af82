"""Names in mails, tables and directories, labels above their values, and what escapes hide."""

from __future__ import annotations

import pytest

from anonkit import scrub
from anonkit.detect import Scrubber
from anonkit.detect.detector import fold
from anonkit.detect.gate import Gate
from anonkit.detect.names import name_before
from anonkit.detect.spans import Span
from anonkit.detect.steady import are_steady
from anonkit.detect.table import BY_NAME


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        # Greetings: on one line, over two, quoted; and those that name nobody.
        ("Dear Ms\nSmith,\nhello", "Dear Ms\n[PERSON],\nhello"),
        ("> Sehr geehrter Herr\n> von Trotha,", "> Sehr geehrter Herr\n> von [PERSON],"),
        ("Hallo Sabine,\nkannst du", "Hallo [PERSON],\nkannst du"),
        ("Hi Priya Raman!", "Hi [PERSON]!"),
        ("Hey Tobias\nsee the log", "Hey [PERSON]\nsee the log"),
        ("Good morning Berlin", "Good morning Berlin"),
        ("Hello Node.js User!", "Hello Node.js User!"),
        ("Dear Customer,\nHello World!\nLiebe Grüße\n", "Dear Customer,\nHello World!\nLiebe Grüße\n"),
        # Closings: the name below, behind blank lines, behind the formula.
        ("Best regards,\n\nJohn Smith\nHead", "Best regards,\n\n[PERSON]\nHead"),
        ("Cheers,\r\nBryn\r\n", "Cheers,\r\n[PERSON]\r\n"),
        ("LG Steffi", "LG [PERSON]"),
        ("MfG\nK. Dörfler", "MfG\n[PERSON]"),
        ("Thanks,\nThe update fixed it.", "Thanks,\nThe update fixed it."),
        ("Best regards,\nYour Support Team", "Best regards,\nYour Support Team"),
        # Introductions, quotations, tickets.
        ("Mijn naam is Pieter Jansen.", "Mijn naam is [PERSON]."),
        ("This is Laura Bergstrom from Leeds", "This is [PERSON] from Leeds"),
        ("This is Visual Studio", "This is Visual Studio"),
        ("I am Admin of this machine", "I am Admin of this machine"),
        ("On 5 March, Walter Nkosi wrote:", "On 5 March, [PERSON] wrote:"),
        ("Le 5 mars, Claire Dupont a écrit :", "Le 5 mars, [PERSON] a écrit :"),
        ("> Am 5.3. schrieb Sabine Krüger:", "> Am 5.3. schrieb [PERSON]:"),
        ("the server wrote: 12", "the server wrote: 12"),
        ("my colleague Bernd Hoffmann", "my colleague [PERSON]"),
        ("Reported by Nadia Haddad on", "Reported by [PERSON] on"),
        ("Reported by Sentry on", "Reported by Sentry on"),
        ("=?utf-8?B?SsO8cmdlbg==?= <j@x.org>", "=?utf-8?B?[PERSON]?= <[EMAIL]>"),
        ("Herr von Trotha, Herr der Ringe", "Herr [PERSON], Herr der Ringe"),
        # Tables.
        ("<tr><td>Name</td><td>Ivan Petrovic</td></tr>", "<tr><td>Name</td><td>[PERSON]</td></tr>"),
        ("| Name | Ruth Alderman |", "| Name | [PERSON] |"),
        ("Name\tRuth Alderman\tTooling", "Name\t[PERSON]\tTooling"),
        ("First Name\nBeatriz\nLast Name\nNogueira", "First Name\n[PERSON]\nLast Name\n[PERSON]"),
        ("Name\nSize\nDate", "Name\nSize\nDate"),
        ("| Name | Job Title |", "| Name | Job Title |"),
        ("Ruth Alderman,ruth@x.org", "[PERSON],[EMAIL]"),
        ('"Ruth Alderman";"ruth@x.org"', '"[PERSON]";"[EMAIL]"'),
        ("Acme Support | support@x.org", "Acme Support | [EMAIL]"),
        # Labels above their values, and in markup.
        ("Name:\n John Smith", "Name:\n [PERSON]"),
        ("> Password:\n> Tr0ub4dor&3", "> Password:\n> [SECRET]"),
        ("Password:\nUsername:", "Password:\nUsername:"),
        ("Password:\nPermission denied", "Password:\nPermission denied"),
        ("Password:\nincorrect", "Password:\nincorrect"),
        ("db.password=\njdbc.url=x1", "db.password=\njdbc.url=x1"),
        ("x y; see the list of all things: password:\nab12", "x y; see the list of all things: password:\nab12"),
        ("Username:\r\njsmith42\r\n", "Username:\r\n[USERNAME]\r\n"),
        ("Geburtsdatum:\n03.11.1974", "Geburtsdatum:\n[DATE_OF_BIRTH]"),
        ("Fax:\n62889", "Fax:\n[PHONE]"),
        ("Anschrift:\nAm Alten Markt 7, 24103 Kiel", "Anschrift:\n[ADDRESS]"),
        ("**Name:** John Smith", "**Name:** [PERSON]"),
        ("<b>Password:</b> hunter2", "<b>Password:</b> [SECRET]"),
        # Directories, databases, listings, spools.
        ("cn=John Smith,ou=People,dc=x", "cn=[PERSON],ou=People,dc=x"),
        ("CN=Domain Admins,CN=Users,DC=x", "CN=Domain Admins,CN=Users,DC=x"),
        ("CN=Example Root CA,O=Example", "CN=Example Root CA,O=Example"),
        ("ALTER USER jsmith WITH x; drop user hkeller;", "ALTER USER [USERNAME] WITH x; drop user [USERNAME];"),
        ("CREATE USER interface is slow", "CREATE USER interface is slow"),
        ("drwxr-xr-x 5 ada ada 4096 x", "drwxr-xr-x 5 [USERNAME] [USERNAME] 4096 x"),
        ("-rw-r--r-- 1 ada staff 12 x\n-rw-r--r-- 1 root root 12 x", "-rw-r--r-- 1 [USERNAME] staff 12 x\n-rw-r--r-- 1 root root 12 x"),
        ("/var/mail/jdoe: full", "/var/mail/[USER_PATH]: full"),
        # Addresses that say `at`.
        ("john at example dot org", "[EMAIL]"),
        ("jo dot doe at xy dot co dot uk", "[EMAIL]"),
        ("jdoe at gmail.com", "[EMAIL]"),
        ("look at gmail.com, pixel at x dot y", "look at gmail.com, pixel at x dot y"),
        ("tina(a)example.com, f(a)return.org()", "[EMAIL], f(a)return.org()"),
        # Escapes: quoted-printable, URLs, HTML, JSON.
        ("Herr M=C3=BCller,", "Herr [PERSON],"),
        ("name=J%C3%BCrgen+M%C3%BCller&step=2", "name=[PERSON]&step=2"),
        ("j=C3=BC: name=J%C3%BCrgen+M%C3%BCller", "j=C3=BC: name=[PERSON]"),
        ("Herr M&uuml;ller und Mr O&#39;Brien", "Herr [PERSON] und Mr [PERSON]"),
        (r'{"name": "J\u00fcrgen M\u00fcller"}', '{"name": "[PERSON]"}'),
        ("anna&commat;example&period;com", "[EMAIL]"),
        ("a=%C3%BC\nuser%3Dx y", "a=%C3%BC\nuser%3Dx y"),
    ],
)  # fmt: skip
def test_names_in_letters(text: str, clean: str) -> None:
    """What a greeting, a signature, a table, a directory or a label above announces goes alone."""
    assert scrub(text) == clean
    assert Scrubber(gated=False)(text) == clean


def test_a_name_ends_where_another_sign_begins() -> None:
    """Before `wrote:` stands the name, without the date and what else is before it."""
    text = "10:12 Walter van der Nkosi "
    assert name_before(text, len(text)) == (6, len(text) - 1)
    assert name_before("10:12 Walter ", 13) is None
    assert name_before("", 0) is None


def test_pieces_remember_what_announces_the_next() -> None:
    """A greeting, a closing or a label at the end of a piece is known in the next, a long line is not."""
    text = "Dear Ms\nSmith,\n" + "x" * 300 + "\nBest regards,\n\nJohn Smith\nPassword:\nhunter22\n"
    for action in ("label", "remove", "mask"):
        clean = Scrubber(action=action)  # type: ignore[arg-type]
        assert "".join(clean.lines(text.splitlines(keepends=True))) == clean(text)
    assert scrub(text).count("[") == 3


def test_what_goes_can_leave_a_greeting() -> None:
    """Where a value behind a closing formula is removed, the name below goes in the same call."""
    clean = Scrubber(action="remove")
    once = clean("Best regards, jo@example.org\nJohn Smith")
    assert once == "Best regards, \n"
    assert clean(once) == once


def test_a_text_that_never_rests_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each name that goes announces another one without an end, the whole text goes."""
    found = [Span(0, 1, "PERSON", "name-greeted")]
    monkeypatch.setattr(Scrubber, "_found_below", lambda _self, _text: found)
    assert scrub("jo@example.org\nx") == "[PERSON]"


def test_openings_are_seen_at_the_beginning_of_lines_alone() -> None:
    """The gate opens for a line that begins so, quoted or not, at its end too, and for no other."""
    gate = Gate([BY_NAME["name-below-closing"]])
    assert all(map(gate, ("LG\nx", "> lg", "x\n  Thanks,", "MfG")))
    assert not any(map(gate, ("an LG", "algo", "many", "")))


def test_shapes_know_how_lines_begin() -> None:
    """A message is unsteady for an opening only where a line of it may begin so."""
    rows = [BY_NAME["name-greeted"]]
    assert are_steady(rows, ["took ", "12", " dear "])
    assert not are_steady(rows, ["dear ", "12", ""])
    own = {
        "type": "OWN",
        "source": "a test",
        "specimen": "",
        "false_friend": "",
        "finder": lambda _text: (),
    }
    opening = rows[0].__class__(name="own", opens=("x0y",), **own)  # type: ignore[arg-type]
    assert not are_steady([opening], ["x", "7", "y"])
    assert fold("X7y") == "x0y"
