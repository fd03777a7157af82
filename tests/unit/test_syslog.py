"""Syslog, line by line: both forms, what is kept, what goes, and what is withheld."""

from __future__ import annotations

import pytest

from anonkit import Pipeline, Policy
from anonkit.parse.syslog_line import fits
from strategies import keyring

KEEP = "\n".join(
    ["[record.syslog_line]"]
    + [
        f'fields.{name} = "keep"'
        for name in ("priority", "time", "host", "app", "pid", "msgid", "data", "message")
    ]
)


def left(line: str, policy: Policy | str = KEEP, *, cache: int = 4096) -> tuple[str, str]:
    """Return what leaves of a line, and the rule that withholds it or a field of it."""
    policy = Policy.from_toml(policy) if isinstance(policy, str) else policy
    pipeline = Pipeline(policy, keys=keyring(), cache=cache)
    stream = pipeline.lines("syslog")
    out = stream.feed(line.encode("utf-8", "surrogateescape") + b"\n") + stream.finish()
    told = pipeline.report.as_dict()
    rules = [f"{e['field']}: {e['rule']}" for e in told["withheld"] + told["omitted_fields"]]
    return out.decode().removesuffix("\n"), ", ".join(rules)


LINES = [
    "<34>Oct 11 22:14:15 mymachine su[231]: 'su root' failed on /dev/pts/8",
    "Oct  1 22:14:15 mymachine su: failed",
    "Oct 01 22:14:15.123 my-machine.example postfix/smtpd[1]: \u00fcber",
    "Mar 27 2017 13:06:56 2001:db8::1 %ASA-6-302013: Built",
    "Mar 27 13:06:56 fe80:: cron: x",
    "2017-03-27T13:06:56+0000 host systemd[1]: Started.",
    "2017-03-27T13:06:56.123456+02:00 host systemd[1]:",
    "Oct 11 22:14:15 mymachine last message repeated 3 times",
    "Oct 11 22:14:15 last message repeated 3 times",
    "Oct 11 22:14:15 --- last message repeated 1 time ---",
    "Oct 11 22:14:15 kernel: [12.5] no host",
    "Oct 11 22:14:15 host no tag here",
    "Oct 11 22:14:15 host not a tag: here",
    "Oct 11 22:14:15 host tag[main]: a process that is no number",
    '<165>1 2026-10-11T22:14:15.003Z m app 8710 ID47 [id@3 iut="3" s="a\\"b\\]c\\\\"][x] hello',
    "<165>1 2026-10-11T22:14:15.003Z m app 8710 ID47 -",
    "<165>1 - - - - - - \ufeffhello",
    "1 2026-10-11T22:14:15Z m app - - - without a priority",
    "<34> Oct 11 22:14:15 mymachine su[231]: a blank behind the priority",
    "<34> 1 2026-10-11T22:14:15Z m app - - - the same",
    "Nov  2 04:07:35 mac.local socketfilterfw[112] <Error>: Logging: creating a file",
]


DEVICES = [
    "Oct 10 13:55:36 203.0.113.7 45: Oct 10 13:55:35.123: %SYS-5-CONFIG_I: Configured",
    "Oct 10 13:55:36 203.0.113.7 date=2026-10-10 devname=x",
    "Oct 10 13:55:36 2001:db8::7 no tag",
    "Oct 10 2026 13:55:36 edge-7 : %ASA-6-302013: Built",
    "Oct 10 13:55:36 edge-7: %FTD-6-430003: AccessControlRuleAction: Allow",
    "<166>Oct 10 2026 13:55:36: %ASA-5-111008: User executed",
    "<13>Oct 10 13:55:36 edge-7 without a tag",
    "<189>22191: edge-7: Oct 10 2026 13:55:36.866 CET: %LINEPROTO-5-UPDOWN: Interface, down",
    "<189>22192: edge-7: 000017: *Oct 10 13:55:36.866: %SYS-5-RESTART: System restarted",
    "<189>22193: .Oct 10 13:55:36 UTC: %SYS-5-CONFIG_I: Configured",
    "Oct 10 13:55:36 10.0.0.1 22191: edge-7: *Oct 10 13:55:36.866 CET: %LINK-3-UPDOWN: x",
    "edge-7: Oct 10 13:55:36.866: %LINK-3-UPDOWN: x",
    "<166>:Oct 10 13:55:36 CET: %ASA-session-6-302014: Teardown",
    "%ASA-6-113039: Group x",
    "Oct 10 13:55:36 edge-7 local7: %LINK-3-UPDOWN: x",
    "<189> Oct 10 13:55:36 edge-7 local7: %LINK-3-UPDOWN: x",
]


@pytest.mark.parametrize("line", LINES)
def test_a_kept_line_stays_byte_for_byte(line: str) -> None:
    """A line of either form leaves as it came when every column is kept."""
    assert left(line) == (line, "")


@pytest.mark.parametrize("line", LINES + DEVICES)
@pytest.mark.parametrize("preset", ["syslog"])
def test_what_left_leaves_again(line: str, preset: str) -> None:
    """What leaves is syslog again, of the same columns."""
    once, rules = left(line, Policy.preset(preset))
    assert not rules
    twice, rules = left(once, Policy.preset(preset))
    assert not rules
    assert twice.count(" ") == once.count(" ")


def test_the_preset_takes_hosts_people_and_secrets() -> None:
    """Under the preset a host is a token, a message is scrubbed, and program and process stay."""
    line = "<38>Oct 11 22:14:15 adas-laptop sshd[7]: Failed password for ada from 203.0.113.7 port 9 ssh2"
    out, rules = left(line, Policy.preset("syslog"))
    head, _, tail = out.partition(" sshd[7]: ")
    assert tail == "Failed password for [USERNAME] from [IPV4] port 9 ssh2"
    assert head.startswith("<38>Oct 11 22:14:00 ")
    assert "adas-laptop" not in out
    assert not rules


@pytest.mark.parametrize("head", ["Oct 11 22:14:15 h nginx: ", "<1> Oct 11 22:14:15 h nginx: "])
def test_requests_in_messages_are_cut_down(head: str) -> None:
    """A request in a message leaves without login, query and identifiers, however it is read."""
    access = '203.0.113.7 - ada [11/May/2026:09:02:44 +0200] "GET /users/4711?q=gout HTTP/1.1" 200'
    out, rules = left(f'{head}{access} 5 "https://a.example/?s=gout"', Policy.preset("syslog"))
    cut = '[IPV4] - - [11/May/2026:09:02:44 +0200] "GET /users/:id HTTP/1.1" 200'
    assert out.endswith(f'nginx: {cut} 5 "https://a.example/"')
    assert not rules


def test_structured_data_is_scrubbed_behind_its_names() -> None:
    """Values of structured data are scrubbed as what their names say, and escaped again."""
    line = '<1>1 - h app 1 m [a@1 user="ada" note="from 203.0.113.7 \\"x\\"" n="5"] text'
    out, rules = left(line, Policy.preset("syslog"))
    assert '[a@1 user="[USERNAME\\]" note="from [IPV4\\] \\"x\\"" n="5"] text' in out
    assert not rules


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("no syslog", ": not a line of syslog"),
        ("Foo 11 22:14:15 h a: b", ": not a line of syslog"),
        ("Oct 11 22:14:15 h a: b\0c", ": a NUL character"),
        ("Oct 11 22:14:15 h a: b\rc", "message: a control character"),
        ("Oct 11 22:14:15 h a: \udcff", ": not UTF-8"),
        ("<1>1 - h ada@example.org 1 m - x", "app: not a plain name"),
        ("<1>1 - h app ada@example.org m - x", "pid: not a process number"),
        ("<1>1 - h app 1 ada@example.org - x", "msgid: not a plain name"),
        ("<1>1 - a!b app 1 m - x", "host: not a host name"),
    ],
)
def test_what_is_kept_must_be_plain(line: str, told: str) -> None:
    """A line of no form, or with a kept column that has not its plain form, is withheld."""
    assert left(line) == ("", told)


def test_a_field_may_go_without_its_line() -> None:
    """With `withhold = "field"` a refused column becomes nil, and the refusal is counted."""
    out, rules = left("<1>1 - h app ada@example.org m - x", Policy.preset("syslog"))
    assert out.endswith(" app - m - x")
    assert rules == "pid: not a process number"
    data = '<1>1 - h app 1 m [a@1 ada@example.org="x"] x'
    out, rules = left(data, Policy.preset("syslog"))
    assert out.endswith(" app 1 m - x")
    assert rules == "data: not a plain name"
    assert (
        left(data.replace("a@1 ada@example.org", "192.0.2.1 n"), Policy.preset("syslog"))[1]
        == rules
    )


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("priority", "Oct 11 22:14:15 h a[1]: x"),
        ("time", "<1>- h a[1]: x"),
        ("host", "<1>Oct 11 22:14:15 - a[1]: x"),
        ("app", "<1>Oct 11 22:14:15 h -[1]: x"),
        ("pid", "<1>Oct 11 22:14:15 h a: x"),
        ("message", "<1>Oct 11 22:14:15 h a[1]: "),
    ],
)
def test_a_dropped_column_is_nil(column: str, expected: str) -> None:
    """A dropped column leaves what its form writes for nothing; one not named is counted as well."""
    line = "<1>Oct 11 22:14:15 h a[1]: x"
    dropped = KEEP.replace(f'fields.{column} = "keep"', f'fields.{column} = "drop"')
    assert left(line, dropped) == (expected, "")
    pipeline = Pipeline(Policy.from_toml(KEEP.replace(f'fields.{column} = "keep"\n', "\n")))
    stream = pipeline.lines("syslog")
    if column != "message":
        assert stream.feed(line.encode() + b"\n" + line.encode()) + stream.finish() == (
            f"{expected}\n{expected}".encode()
        )
        assert pipeline.report.as_dict()["undeclared_fields"] == {"syslog_line": 2}


@pytest.mark.parametrize(
    ("time", "hour"),
    [
        ("Oct 11 22:14:15", "Oct 11 22:00:00"),
        ("Feb 29 22:14:15", "Feb 29 22:00:00"),
        ("Oct  1 22:14:15.125", "Oct  1 22:00:00.000"),
        ("Oct 01 22:14:15", "Oct 01 22:00:00"),
        ("Oct 1 2020 22:14:15", "Oct  1 2020 22:00:00"),
        ("2026-10-11T22:14:15.5Z", "2026-10-11T22:00:00.0Z"),
        ("2026-10-11T22:14:15+0200", "2026-10-11T20:00:00+0000"),
        ("2026-10-11T22:14:15.123456789+02:00", "2026-10-11T20:00:00.000000000+00:00"),
    ],
)
def test_a_time_is_generalized_in_its_own_form(time: str, hour: str) -> None:
    """A generalized time is written as the line wrote its own."""
    policy = KEEP.replace('fields.time = "keep"', 'fields.time = { generalize = "1h" }')
    assert left(f"{time} h a: x", policy) == (f"{hour} h a: x", "")


@pytest.mark.parametrize(
    ("time", "minute"),
    [
        ("Oct 11 22:14:15", "Oct 11 22:14:00"),
        ("Oct 11 2017 22:14:15", "Oct 11 2017 22:14:00"),
        ("Oct  1 22:14:60.123", "Oct  1 22:14:00.000"),
        ("2026-10-11T22:14:15Z", "2026-10-11T22:14:00Z"),
        ("2026-10-11T22:14:15.003456+0200", "2026-10-11T22:14:00.000000+0200"),
    ],
)
@pytest.mark.parametrize("form", ["{} web su[1]: hi", "<13>1 {} web su 1 - - hi"])
def test_a_time_is_cut_where_it_stands_whatever_times_came_before(
    time: str, minute: str, form: str
) -> None:
    """Cut at its seconds a time keeps its form, in streams of times with other fractions too."""
    if form.startswith("<") and not time[0].isdigit():
        form = "<13>{} web su[1]: hi"
    policy = KEEP.replace(
        'time = "keep"', 'time = { generalize = { unit = "1min", zone = "written" } }'
    )
    for first in ("Oct 11 22:14:15", "2026-10-11T22:14:15.1Z", time):
        lines = f"{first} web su[1]: first\n{form.format(time)}\n{form.format(time)}"
        assert left(lines, policy)[0].splitlines()[1:] == [form.format(minute)] * 2


def test_a_time_that_is_none_is_refused() -> None:
    """A day that its month has not is refused by a stage that reads times."""
    policy = KEEP.replace('fields.time = "keep"', 'fields.time = { generalize = "1h" }')
    assert left("Feb 30 22:14:15 h a: x", policy) == ("", "time: not a time")


def test_numbers_of_priority_and_process_can_be_treated() -> None:
    """Stages for numbers read the priority and the process, which may be missing."""
    policy = KEEP.replace(
        'fields.priority = "keep"', "fields.priority = { generalize = { step = 8 } }"
    )
    policy = policy.replace('fields.pid = "keep"', 'fields.pid = "pseudonymize"')
    out, rules = left("<35>Oct 11 22:14:15 h a[12]: x", policy)
    assert out.startswith("<32>Oct 11 22:14:15 h a[")
    assert "[12]" not in out
    assert not rules
    assert left("Oct 11 22:14:15 h a: x", policy) == ("Oct 11 22:14:15 h a: x", "")
    assert left("<35>Oct 11 22:14:15 h a[12]: x", policy, cache=0)[0] == out


def test_a_result_that_does_not_fit_is_withheld() -> None:
    """What a stage makes of a column must be able to stand in it."""
    policy = KEEP.replace('fields.app = "keep"', "fields.app = { scrub = true }")
    line = "<1>1 - h ada@example.org 1 m - x"
    assert left(line, policy) == ("", "app: does not fit the format")


def test_a_destroyed_key_ends_the_stream() -> None:
    """After its key is gone a stream remembers nothing, and withholds what follows."""
    ring = keyring()
    stream = Pipeline(Policy.preset("syslog"), keys=ring).lines("syslog")
    assert stream.feed(b"Oct 11 22:14:15 h a: x\n")
    ring.destroy(ring.periods[0].id)
    assert stream.feed(b"Oct 11 22:14:15 h a: x\n") == b""


@pytest.mark.parametrize("line", LINES[:7] + LINES[14:17] + LINES[18:])
def test_a_line_with_a_tag_tells_the_format(line: str) -> None:
    """Lines of either form with a program that speaks are recognised; others are not."""
    assert fits([line.encode()])
    assert fits([b"Oct 11 22:14:15 mymachine last message repeated 3 times"])
    assert not fits([b"2026-10-11T22:14:15Z INFO started"])
    assert not fits([b"Oct 11 22:14:15 somewhere something happened"])
    assert not fits([b"no syslog"])
    assert fits([b"<134> May 11 09:02:44 fw 1,2,3"])


@pytest.mark.parametrize("line", DEVICES)
def test_a_device_tells_the_format_without_a_tag(line: str) -> None:
    """A priority, the sign of Cisco's messages or an address as host tells a line of syslog."""
    assert fits([line.encode()]) == 1
    assert left(line) == (line, "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "<189>22192: edge-7: 000017: *Oct 10 13:55:36.866: %SYS-5-RESTART: again",
            "<189>-: *Oct 10 13:55:00.000: %SYS-5-RESTART: again",
        ),
        (
            "Oct 10 13:55:36 edge-7 22191: edge-8: Oct 10 13:55:36 CET: %LINK-3-UPDOWN: x",
            "Oct 10 13:55:00 - -: Oct 10 13:55:00 CET: %LINK-3-UPDOWN: x",
        ),
        (
            "<189> Oct 10 13:55:36 edge-7 local7: %LINK-3-UPDOWN: x",
            "<189> Oct 10 13:55:00 - local7: %LINK-3-UPDOWN: x",
        ),
    ],
)
def test_what_a_device_says_of_itself_goes_by_its_columns(line: str, expected: str) -> None:
    """The number, name and time that Cisco's devices write themselves are columns too."""
    policy = KEEP.replace('fields.time = "keep"', 'fields.time = { generalize = "1min" }')
    for column in ("host", "pid"):
        policy = policy.replace(f'fields.{column} = "keep"', f'fields.{column} = "drop"')
    assert left(line, policy) == (expected, "")


@pytest.mark.parametrize(
    ("line", "host"),
    [
        ("<189>22191: edge-7: Oct 10 2026 13:55:36 CET: %LINK-3-UPDOWN: x", "edge-7"),
        ("Oct 10 13:55:36 edge-7: %FTD-6-430003: x", "edge-7"),
        ("Oct 10 13:55:36 edge-7 local7: %FTD-6-430003: x", "edge-7"),
        ("<1>Oct 10 2026 13:55:36 edge-7 : %ASA-6-302013: Built", "edge-7"),
        ("Oct 10 13:55:36 edge-7", "edge-7"),
        ("Oct 10 13:55:36 edge-7/edge-8 crond(pam_unix)[2915]: x", "edge-7/edge-8"),
        ("Oct 10 13:55:36 ada@edge-7 su: x", "ada@edge-7"),
        ("Oct 10 13:55:36 [203.0.113.7]:514 su: x", "[203.0.113.7]:514"),
        ("Oct 10 13:55:36 \u00fcber-7 su: x", "\u00fcber-7"),
    ],
)
def test_a_host_is_a_host_however_it_is_written(line: str, host: str) -> None:
    """What stands where a host does is treated as one, also where relays or devices write more."""
    out, rules = left(line, Policy.preset("syslog"))
    assert not rules
    assert host not in out
    assert "edge" not in out
    before, _, after = line.partition(host)
    assert out.startswith(before.replace(":36", ":00"))
    assert out.endswith(after.replace(":36", ":00"))


def test_what_goes_on_with_a_message_counts_as_syslog() -> None:
    """Continued lines tell of syslog behind a line of it, and nothing by themselves."""
    trace = [b"\tat com.example.Main.main(Main.java:7)", b"Caused by: java.sql.SQLException: x"]
    assert fits([b"Mar 27 13:06:56 host app[1]: failed", *trace * 3]) == 7
    assert fits(trace) == 0
    assert fits([*trace, b"Mar 27 13:06:56 host app[1]: failed"]) == 1


TRACES = """\
java.lang.IllegalStateException: no order of ada@example.org
\tat com.example.Orders.find(Orders.java:42)
\tat com.example.Main.main(Main.java:7)
Caused by: java.sql.SQLException: from 203.0.113.77
\t... 12 more
Traceback (most recent call last):
  File "/home/ada/app.py", line 3, in <module>
    main("ada@example.org")
ValueError: ada@example.org
panic: runtime error: index out of range
goroutine 1 [running]:
    \tmain.go:12 +0x1d
PHP Fatal error
#0 /srv/app/index.php(12): find('ada@example.org')
"""


@pytest.mark.parametrize("message", ["keep", "scrub", "drop"])
def test_a_stack_trace_keeps_its_lines(message: str) -> None:
    """Lines of a trace behind a line of syslog leave as its message does, each on a line."""
    policy = Policy.from_toml(f'[record.syslog_line]\nfields.message = "{message}"')
    pipeline = Pipeline(policy, keys=keyring())
    stream = pipeline.lines("syslog")
    lines = "Mar 27 13:06:56 host app[1]: failed\n" + TRACES.replace("PHP Fatal error\n", "")
    out = (stream.feed(lines.encode()) + stream.finish()).decode()
    assert out.count("\n") == lines.count("\n") == pipeline.report.records_out
    traced = out.partition("\n")[2]
    if message == "keep":
        assert traced == lines.partition("\n")[2]
    elif message == "scrub":
        assert "ada@" not in traced
        assert traced.startswith("java.lang.IllegalStateException: no order of [EMAIL]\n\tat com.")
    else:
        assert not traced.strip()


@pytest.mark.parametrize(
    "line", [" " + LINES[0], "\t" + LINES[14], "PHP Fatal error", "adas-laptop x", "Errors"]
)
def test_other_lines_go_on_with_nothing(line: str) -> None:
    """A whole line behind blanks has a host to treat; it and what is no line are withheld."""
    assert left(line) == ("", ": not a line of syslog")


def test_bytes_that_are_no_text_never_pass() -> None:
    """Not UTF-8, a line is withheld wherever it is so, also in a column that is kept."""
    pipeline = Pipeline(Policy.from_toml(KEEP), keys=keyring())
    stream = pipeline.lines("syslog")
    bad = LINES[14].encode().replace(b'"3"', b'"\xff"')
    good = LINES[14].encode()
    assert (
        stream.feed(b"\n".join([good, bad, good, good + b"\xff", good, b""])) == (good + b"\n") * 3
    )
    told = pipeline.report.as_dict()["withheld"]
    assert [(one["rule"], one["count"]) for one in told] == [("not UTF-8", 2)]
