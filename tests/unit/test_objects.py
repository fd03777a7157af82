"""JSON of any shape: each value goes by the name it has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from anonkit import Pipeline, Policy
from anonkit.parse.names import CLASSES, below, class_of, is_plural, of_number
from strategies import keyring

PRESET = Policy.preset("json")


def left(line: str | bytes, policy: Policy = PRESET, cache: int = 4096) -> tuple[str, str]:
    """Return what leaves of a line, and the rules that withhold it or a field of it."""
    data = line.encode() if isinstance(line, str) else line
    pipeline = Pipeline(policy, keys=keyring(), cache=cache)
    stream = pipeline.lines("json")
    out = stream.feed(data + b"\n") + stream.finish()
    told = pipeline.report.as_dict()
    rules = [f"{e['field']}: {e['rule']}" for e in told["withheld"] + told["omitted_fields"]]
    return out.decode().removesuffix("\n"), ", ".join(rules)


def value(line: Any, policy: Policy = PRESET) -> Any:
    """Return what leaves of an object."""
    out, rules = left(json.dumps(line), policy)
    assert not rules
    return json.loads(out)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("clientIP", "address"), ("x-forwarded-for", "address"), ("sourceIPs", "address"),
        ("remote_addr", "address"), ("REMOTE_ADDR", "address"), ("srcip", "address"),
        ("userName", "user"), ("author_id", "user"), ("user.id", "user"), ("_UID", "user"),
        ("name", "name"), ("logger_name", "text"), ("first_name", "personal"), ("email2", "email"),
        ("accessKeyId", "secret"), ("Set-Cookie", "secret"), ("max_tokens", "text"),
        ("session_id", "session"), ("_HOSTNAME", "host"), (":authority", "host"),
        ("requestURI", "url"), ("User-Agent", "agent"), ("latitude", "personal"), ("zip", "personal"),
        ("id", "of parent"), ("level", "text"), ("addresses", "address"), ("weight", ""), ("", ""),
        ("server_uuid", "host"), ("email_hash", "email"), ("phone_hash", "personal"), ("token_hash", "secret"),
        ("session_hash", "session"), ("weight_hash", ""),
        ("xff", "address"), ("sender-address", "email"), ("return_path", "email"), ("ua", "agent"), ("ref", "url"), ("git_ref", ""), ("db_pw", "secret"),
        ("USER_ID_DERIVED", "user"), ("email_normalized", "email"), ("raw", "of parent"), ("actor_ids", "user"),
        ("terminated_by", "user"), ("sorted_by", ""), ("alternateId", "user"), ("objectId", "session"), ("id.orig_h", "address"),
        ("targetusername", "user"), ("data.sourceprocessusername", "user"), ("dstuser", "user"), ("srcname", "name"),
        ("ObjectDN", "user"), ("tls.issuerdn", "text"), ("user.identifier", "user"), ("identifier", "of parent"),
        ("TargetLogonId", "session"), ("devname", "host"), ("srcport", ""), ("sourceparentprocesspath", ""), ("destination", ""), ("processing", ""), ("packets", ""), ("rrname", "host"),
        ("x" * 200, ""), ("\u7528\u6237", ""), ("123", ""), ("standby", ""), ("loudspeaker_by", ""),
    ],
)  # fmt: skip
def test_a_name_tells_the_class_of_its_value(name: str, expected: str) -> None:
    """The longest known ending of the words of a name says what its value is."""
    assert class_of(name) == expected


def test_what_is_below_a_name_shares_its_class() -> None:
    """Below a secret or personal name all is so; below another, what says nothing itself."""
    assert below("secret", "level") == "secret"
    assert below("personal", "ip") == "personal"
    assert below("user", "id") == below("user", "plan") == "user"
    assert below("user", "ip") == "address"
    assert below("text", "name") == "text"
    assert below("text", "from_displayname") == below("text", "displayName") == "name"
    assert below("host", "displayName") == "host"
    assert below("host", "name") == "host"
    assert below("text", "name") == below("text", "level") == "text"
    assert below("text", "weight") == below("", "weight") == ""
    assert below("user", "name") == "name"
    assert of_number("host", "weight") == ""
    assert of_number("user", "id") == "user"
    assert of_number("secret", "weight") == "secret"


def test_the_shape_and_what_is_kept_stay_byte_for_byte() -> None:
    """Blanks, the writing of numbers, escapes and the order of members stay as they came."""
    line = ' { "level" : "info", "n":1.50e3 ,"ok":true,"no":null,"t":"a\\u00fcb\\/c", "l":[ 1,{ } ,[]]}\r'
    assert left(line) == (line, "")
    assert left(b"\r") == ("\r", "")


def test_each_class_has_its_stage() -> None:
    """Addresses, people, secrets, machines, pages and browsers are treated as their names say."""
    seen = value(
        {
            "ts": 1700764841.6831691, "time": "2026-05-11T09:02:44Z", "msg": "from 203.0.113.7",
            "client_ip": "203.0.113.7", "user": {"id": 4711, "email": "ada@example.org", "roles": ["x"]},
            "password": "hunter2", "auth": {"ok": True, "tries": 3, "by": ["x"]}, "hostname": "adas-laptop",
            "url": "https://u:p@h.example/users/4711?q=1", "first_name": "Ada", "phone": 4915112345678,
            "headers": {"User-Agent": ["Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0"]},
            "count": 12345, "card": 4111111111111111, "empty": "",
        }
    )  # fmt: skip
    assert (seen["ts"], seen["time"], seen["msg"]) == (
        1700764800.0,
        "2026-05-11T09:02:00Z",
        "from [IPV4]",
    )
    assert seen["client_ip"] == "203.0.113.0"
    assert {len(seen["user"][name]) for name in ("id", "email")} == {22}
    assert seen["password"] is None
    assert seen["auth"] == {"ok": None, "tries": None, "by": [None]}
    assert len(seen["hostname"]) == 22
    assert seen["url"] == "https://h.example/users/:id"
    assert (seen["first_name"], seen["phone"], seen["card"]) == (None, None, None)
    assert seen["headers"] == {"User-Agent": ["Firefox/138 (Linux)"]}
    assert (seen["count"], seen["empty"]) == (12345, "")


def test_a_long_number_is_looked_at_as_text() -> None:
    """A number of nine digits or more that text would lose becomes null, others stay."""
    assert value({"x": 4111111111111111, "y": 1446249499322, "z": 12345678}) == {
        "x": None,
        "y": 1446249499322,
        "z": 12345678,
    }
    dropped = Policy.from_toml('[record.any_object]\nfields.number = "keep"\nfields.key = "keep"')
    assert value({"x": 123456789, "y": 12345678}, dropped) == {"x": None, "y": 12345678}


def test_a_truth_value_is_no_number() -> None:
    """Numbers and truth values leave by a line of their own each, alone and in lines that look alike."""
    for kept, after in (("number", {"x": 1, "y": None}), ("boolean", {"x": None, "y": True})):
        policy = f"[record.any_object]\nfields.key = 'keep'\nfields.text = 'keep'\nfields.{kept} = 'keep'"
        stream = Pipeline(Policy.from_toml(policy)).lines("json")
        out = stream.feed(b'{"x":1,"y":true}\n' * 50) + stream.finish()
        assert [json.loads(line) for line in out.splitlines()] == [after] * 50


def test_a_number_that_is_a_time_by_name_and_size_is_kept_with_times() -> None:
    """An epoch of this age under the name of a time leaves where times do, whatever text does."""
    policy = Policy.from_toml(
        "[record.any_object]\n"
        + "".join(f'fields.{name} = "keep"\n' for name in ("number", "time", "key"))
    )
    times = {"ts": 1747000000.14, "load_timestamp": 1747000000123, "eventTime": 1747000000123456789}
    assert value(times, policy) == times
    others = {"ts": 3747000000.14, "at": 17470000001, "x": 1747000000, "updated": -1747000000}
    assert value(others, policy) == dict.fromkeys(others)
    no_times = Policy.from_toml('[record.any_object]\nfields.number = "keep"\nfields.key = "keep"')
    assert value(times, no_times) == dict.fromkeys(times)


def test_a_text_that_is_an_identifier_is_a_session() -> None:
    """A UUID or 16 or 32 hexadecimal digits tie lines together; digits alone may be a card."""
    ties = [
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "00F067AA0BA902B7",
        "d5eec12d-f625-f156-8403-06b9fbc87a2b",
        "{D5EEC12D-F625-F156-8403-06B9FBC87A2B}",
    ]
    seen = value(
        {"trace_id": ties[0], "x": ties, "session": ties[0], "msg": ties, "level": ties[0]}
    )
    assert {len(token) for token in seen["x"]} == {22}
    assert seen["msg"] == seen["x"]
    assert seen["level"] == seen["session"]
    assert seen["x"][0] == seen["trace_id"] == seen["session"]
    text = ["4bf92f3577b34da6a3ce929d0e0e473", "1234567890123456x", "00f067aa-0ba9"]
    assert value({"msg": text}) == {"msg": text}
    assert value({"x": "4111111111111111"}) != {"x": 22 * "x"}
    assert len(value({"payload": "aB3d5" * 100})["payload"]) == 22  # Base64 of any length


def test_names_that_look_like_values_go() -> None:
    """A name that is a find, or no plain words, does not leave as it is."""
    seen = value({"ada@example.org": 1, "203.0.113.7": {"x": "y"}, "a\nb": 2, "Event ID": 3})
    assert list(seen) == ["[EMAIL]", "[IPV4]", "[KEY]", "Event ID"]
    assert list(value({"Grace Hopper": 1})) == ["[KEY]"]
    bare = Policy.from_toml('[record.any_object]\nfields.text = "keep"')
    assert left('{"weight":"x","msg":"y"}', bare) == ('{"[KEY]":"x","msg":"y"}', "")


def test_a_pair_of_name_and_value_is_read_as_one() -> None:
    """In `{"key": NAME, "value": …}` the first member names the second."""
    seen = value(
        {"attributes": [
            {"key": "user.email", "value": {"stringValue": "ada@example.org"}},
            {"key": "password", "value": "hunter2"},
            {"key": "weight", "value": "light"},
            {"key": "client.ip", "v": "203.0.113.7"},
            {"value": "before", "key": "password"},
        ]}
    )["attributes"]  # fmt: skip
    assert len(seen[0]["value"]["stringValue"]) == 22
    assert [pair.get("value") for pair in seen[1:]] == [None, "light", None, "before"]
    assert seen[3]["v"] == "203.0.113.0"


@pytest.mark.parametrize("named", ["value", "val", "v", "values", "Value"])
@pytest.mark.parametrize("name", ["key", "name", "k", "field", "Name"])
def test_every_pair_of_name_and_value_is_read_as_one(name: str, named: str) -> None:
    """However the two members are called, the first names the second."""
    policy = "".join(f"fields.{word} = 'keep'\n" for word in ("key", "text", "name"))
    pair = {name: "client_password", named: "hunter2"}
    assert value(pair, Policy.from_toml(f"[record.any_object]\n{policy}")) == {**pair, named: None}


def test_a_name_has_a_length() -> None:
    """A name of more than 64 characters does not leave, be it of known words or of others."""
    policy = Policy.from_toml("[record.any_object]\nfields.key = 'keep'\nfields.number = 'keep'")
    for name in ("a-" * 32, "user" + "_" * 56 + "name"):
        assert value({name: 1.5}, policy).keys() == {name}
        assert list(value({name.replace("-a", "--a", 1).replace("_n", "__n"): 1.5}, policy)) == [
            "[KEY]"
        ]


def test_json_in_a_string_is_json() -> None:
    """What Docker and others wrap in a string is treated by its own names, a few times over."""
    inner = json.dumps({"password": "hunter2", "n": 1})
    seen = value({"log": inner + "\n", "plain": "{no json}", "list": "[1, 2]"})
    assert seen["log"] == '{"password": null, "n": 1}\n'
    assert (seen["plain"], seen["list"]) == ("{no json}", "[1, 2]")
    assert value({"log": f"[{inner}]"})["log"] == '[{"password": null, "n": 1}]'
    deep = '{"password":"hunter2"}'
    for _ in range(6):
        deep = json.dumps({"log": deep})
    assert "hunter2" not in left(deep)[0]
    assert left(json.dumps({"log": inner}), cache=0)[0] == left(json.dumps({"log": inner}))[0]


REQUEST = "GET /account/4711/x?q=Zebulon HTTP/1.1"
REQUESTS = [
    (REQUEST, "GET /account/:id/x HTTP/1.1"),
    (f'192.0.2.1 - - [t] "{REQUEST}" 200 5', '[IPV4] - - [t] "GET /account/:id/x HTTP/1.1" 200 5'),
    ("PUT https://u:p@a.example/b?Zebulon HTTP/2.0", "PUT https://a.example/b HTTP/2.0"),
    ("see GET /?Zebulon HTTP/1.1, POST /b HTTP/1.0", "see GET / HTTP/1.1, POST /b HTTP/1.0"),
    ("OPTIONS * HTTP/1.1", "OPTIONS * HTTP/1.1"),
    ("GET /a", "GET /a"),
    (
        f'192.0.2.1 - ada [11/May/2026:09:02:44 +0200] "{REQUEST}" 200 5',
        '[IPV4] - - [11/May/2026:09:02:44 +0200] "GET /account/:id/x HTTP/1.1" 200 5',
    ),
    ('Started GET "/account/4711/x?q=Zebulon" for me', 'Started GET "/account/:id/x" for me'),
    ('"GET /x.php?Zebulon" 200 "https://a.example/?q=b"', '"GET /x.php" 200 "https://a.example/"'),
    ('he asked "/why?" and "what? Zebulon"', 'he asked "/why" and "what? Zebulon"'),
]


@pytest.mark.parametrize(("before", "after"), REQUESTS)
def test_the_target_of_a_request_in_text_is_an_address(before: str, after: str) -> None:
    """A request line, or an access log within a log, leaves without query and identifiers."""
    for name in ("request", "log", "RequestLine", "anything"):
        asked = {name: before, "again": [before], "inner": json.dumps({"x": before})}
        inner = json.dumps({"x": after})
        assert value(asked) == {name: after, "again": [after], "inner": inner}


@pytest.mark.parametrize(
    ("url", "target", "left_of_it", "rules"),
    [
        ("", "/a", "-", ""),
        ("keep = true", "/a?b", "/a?b", ""),
        ("url = true, withhold = 'field'", "/a?b", "/a", ""),
        ("url = true, withhold = 'field'", "http://[", "-", "url: not a url"),
        ("url = true", "http://[", None, "url: not a url"),
    ],
)
def test_the_target_of_a_request_goes_by_the_policy(
    url: str, target: str, left_of_it: str | None, rules: str
) -> None:
    """A target that may not leave becomes `-`, and one that is none is counted, or takes its line."""
    fields = "fields.text = 'keep'\nfields.key = 'keep'\n" + (
        f"fields.url = {{ {url} }}" if url else ""
    )
    policy = Policy.from_toml(f"[record.any_object]\n{fields}")
    line = json.dumps({"a": f"GET {target} HTTP/1.1"})
    expected = "" if left_of_it is None else json.dumps({"a": f"GET {left_of_it} HTTP/1.1"})
    assert left(line, policy) == (expected, rules)


def test_a_message_written_as_bytes_goes() -> None:
    """A list of numbers under a name of text, as journald writes what is not UTF-8, becomes nulls."""
    assert value({"MESSAGE": [65, 100, 97, True], "sizes": [1, 2]}) == {
        "MESSAGE": [None] * 4,
        "sizes": [1, 2],
    }


@pytest.mark.parametrize(
    "line",
    ["x", "[1]", '"x"', "{", '{"a":1}x', '{"a":1e999}', '{"a":}', '{"a":' * 5000, b'{"a":"\xff"}',
     b'{"\xff":1}', b'{"a":"\xed\xb2\x81"}', '{"a":"\\ud800"}', '{"a":1,}', "{'a':1}", '{"a":NaN}'],
)  # fmt: skip
def test_what_is_no_object_is_withheld(line: str | bytes) -> None:
    """A line that is not one JSON object, wholly and strictly, does not leave."""
    assert left(line) == ("", ": not a JSON object")


def test_a_refused_value_takes_its_line_or_becomes_null() -> None:
    """The policy says whether a value that its stage refuses takes the line along."""
    assert left('{"ip":"nowhere","a":{"ip":5}}') == (
        '{"ip":null,"a":{"ip":null}}',
        "address: not an address, address: not text",
    )
    strict = Policy.from_toml(
        '[record.any_object]\nfields.address = "truncate"\nfields.key = "keep"'
    )
    assert left('{"ip":"nowhere"}', strict) == ("", "address: not an address")
    refusing = Policy.from_toml(
        '[record.any_object]\nfields.key = { stages = ["truncate"] }\nfields.number = "keep"'
    )
    assert left('{"weight":1}', refusing) == ("", "key: not an address")


def test_classes_that_no_line_names_are_dropped_and_counted() -> None:
    """A class without a line in the policy becomes null, and each value of it is counted."""
    policy = Policy.from_toml('[record.any_object]\nfields.text = "keep"\nfields.key = "keep"')
    pipeline = Pipeline(policy)
    stream = pipeline.lines("json")
    assert stream.feed(b'{"a":"x","ip":"::1","n":1,"b":true,"msg":"y"}\n') == (
        b'{"a":"x","ip":null,"n":null,"b":null,"msg":"y"}\n'
    )
    assert pipeline.report.as_dict()["undeclared_fields"] == {"any_object": 3}


def test_times_can_be_generalized() -> None:
    """A string that is written as a time goes through the stages of `time`, whatever its name."""
    policy = Policy.from_toml(
        '[record.any_object]\nfields.time = { generalize = "1h" }\nfields.key = "keep"'
    )
    assert left('{"when":"2026-05-11T09:02:44Z","at":"2026-05-11 09:02"}', policy)[0].startswith(
        '{"when":"2026-05-11T09:00:00Z","at":'
    )
    assert left('{"when":"2026-02-31T09:02:44Z"}', policy) == ("", "time: not a time")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"time": 1447942991123}, {"time": 1447942980000}),
        ({"ts": 1447942991.25}, {"ts": 1447942980.0}),
        (
            {"__REALTIME_TIMESTAMP": "1447942991123456"},
            {"__REALTIME_TIMESTAMP": "1447942980000000"},
        ),
        ({"t_local": "12/Dec/2015:18:25:11 +0100"}, {"t_local": "12/Dec/2015:18:25:00 +0100"}),
        ({"a": "Sat, 12 Dec 2015 18:25:11 GMT"}, {"a": "Sat, 12 Dec 2015 18:25:00 GMT"}),
        ({"time": "18:25:11"}, {"time": "18:25:00"}),
        ({"a": "20151212T182511+01:00"}, {"a": "20151212T182500+01:00"}),
        ({"msg": "20151212T182511.123Z"}, {"msg": "20151212T182500.000Z"}),
        ({"user": "20151212T1825Z"}, {"user": "20151212T1825Z"}),
        ({"at": "2015-12-12 18:25:11.5+01"}, {"at": "2015-12-12 18:25:00.0+01"}),
        (
            {"duration": "00:05:31", "time": "00:05:31"},
            {"duration": "00:05:31", "time": "00:05:00"},
        ),
        ({"size": 1447942991, "time": 12}, {"size": 1447942991, "time": 12}),
        ({"start": 1447942991, "iat": "1447942991"}, {"start": 1447942980, "iat": "1447942980"}),
        ({"$timestamp": {"t": 1447942991, "i": 1}}, {"$timestamp": {"t": 1447942980, "i": 1}}),
        ({"logon_at": 130924165911234567}, {"logon_at": 130924165800000000}),
        ({"x": "12/12/2015 6:25:11 PM"}, {"x": "12/12/2015 6:25:00 PM"}),
        (
            {"x": "20151212-000123", "at": "20151212182511"},
            {"x": "20151212-000123", "at": "20151212182500"},
        ),
    ],
)
def test_times_of_every_form_lose_their_seconds(before: Any, after: Any) -> None:
    """Under the preset a time is cut in the form it is written in; a size and a duration are none."""
    assert value(before) == after


@pytest.mark.parametrize(
    ("stage", "after"),
    [
        ('"keep"', "2026-05-11T09:02:59.789Z"),
        ('{ generalize = { unit = "1min", zone = "written" } }', "2026-05-11T09:02:00.000Z"),
        ('{ generalize = { unit = "1h", zone = "written" } }', "2026-05-11T09:00:00.000Z"),
        ('"drop"', None),
    ],
)
def test_the_hundredth_time_is_treated_as_the_first(stage: str, after: str | None) -> None:
    """Whatever the policy does with times, it does with those of lines that look alike, too."""
    policy = (
        f"[record.any_object]\nfields.key = 'keep'\nfields.number = 'keep'\nfields.time = {stage}"
    )
    stream = Pipeline(Policy.from_toml(policy)).lines("json")
    line = '{"time":"2026-05-11T09:02:59.789Z","n":%d}\n'
    out = stream.feed("".join(line % n for n in range(100)).encode()) + stream.finish()
    assert [json.loads(one) for one in out.splitlines()] == [
        {"time": after, "n": n} for n in range(100)
    ]


def test_a_time_that_nobody_reads_does_not_leave() -> None:
    """Under the name of a time, a text with a clock that no stage reads goes, and is counted."""
    line = {"at": "11. toukok. 2026 9:02:44", "updated": "yes", "note_x": "at 9:02:44, as always"}
    out, rules = left(json.dumps(line))
    assert json.loads(out) == line | {"at": None}
    assert rules == "time: not a time"


def test_numbers_since_1970_are_treated_in_seconds() -> None:
    """Stages that count in seconds get seconds, whatever a number counts; refused, it is counted."""
    text = "[record.any_object]\nfields.key = 'keep'\nfields.number = 'keep'\nfields.time = "
    line = '{"ts":1447942991123}'
    for time, expected in (
        ('{ generalize = "1h" }', ('{"ts":1447941600000}', "")),
        ('"keep"', (line, "")),
        ('"drop"', ('{"ts":null}', "")),
        ('{ generalize = "1w" }', ("", "time: not a time")),
        ('{ generalize = "1w", withhold = "field" }', ('{"ts":null}', "time: not a time")),
    ):
        assert left(line, Policy.from_toml(text + time)) == expected


def test_what_nobody_chose_is_a_token_where_its_name_says_nothing() -> None:
    """Identifiers of traces, and any value that looks like one, become tokens that still join."""
    hexadecimal, uuid = "4bf92f3577b34da6a3ce929d0e0e4736", "123e4567-e89b-12d3-a456-426614174000"
    line = {
        "trace_id": hexadecimal, "trace": {"id": hexadecimal}, "x": hexadecimal,
        "event_id": hexadecimal, "y": uuid, "z": "KtFESQCnqw0a57qf8vqw6g", "thread_id": "KtFESQCnqw0a57qf8vqw6g",
    }  # fmt: skip
    found = value(line)
    assert not {hexadecimal, uuid, line["z"]} & {str(token) for token in found.values()}
    assert found["z"] == found["thread_id"]
    assert len({found["trace_id"], found["trace"]["id"], found["x"], found["event_id"]}) == 1
    assert all(len(str(token)) == 22 for name, token in found.items() if name != "trace")
    plain = {"event_id": 4624, "class": "com.example.HttpServerV2Request", "x": "deployment"}
    assert value(plain) == plain


def test_numbers_go_through_stages_too() -> None:
    """Stages for numbers treat numbers, and one that refuses takes the line along."""
    policy = Policy.from_toml(
        "[record.any_object]\nfields.number = { generalize = { step = 10 } }\n"
        'fields.key = "keep"\nfields.user = "truncate"'
    )
    assert left('{"n":17}', policy) == ('{"n":10}', "")
    assert left('{"user":17}', policy) == ("", "user: not text")


def test_a_destroyed_key_ends_the_stream() -> None:
    """After its key is gone a stream remembers nothing, and withholds what follows."""
    ring = keyring()
    stream = Pipeline(PRESET, keys=ring).lines("json")
    line = b'{"user":"ada","n":1,"weight":"x"}\n'
    assert stream.feed(line)
    ring.destroy(ring.periods[0].id)
    assert stream.feed(line) == b""


def test_the_preset_speaks_of_every_class() -> None:
    """The classes that names give and those of the preset are the same."""
    assert set(PRESET.records["any_object"].fields) == set(CLASSES)


def test_the_name_of_a_logger_is_text() -> None:
    """In a line of Bunyan or pino `name` says which logger speaks; elsewhere it may be a person."""
    line = {
        "name": "orders", "hostname": "web-01", "pid": 12, "level": 30, "time": "2026-05-11T09:02:44Z",
        "msg": "hi", "user": {"name": "ada"}, "v": 0,
    }  # fmt: skip
    seen = value(line)
    assert (seen["name"], seen["pid"], seen["level"], seen["msg"]) == ("orders", 12, 30, "hi")
    assert len(seen["hostname"]) == len(seen["user"]["name"]) == 22
    assert value({**line, "name": "ada@example.org"})["name"] == "[EMAIL]"
    for missing in ("hostname", "pid", "level", "time"):
        other = {name: said for name, said in line.items() if name != missing}
        assert len(value(other)["name"]) == 22


def test_names_below_several_of_a_kind_are_values() -> None:
    """Members called by people, machines or addresses are treated as those are; counts stay."""
    seen = value(
        {
            "logins": {"ada_lovelace": 3, "total": 4, "Grace Hopper": 1},
            "users": {"ada_lovelace": {"plan": "pro"}, "max_count": 2, "id": 1},
            "user": {"plan": "pro"}, "client_ips": {"203.0.113.77": 1},
            "contacts": {"ada": 1}, "address": {"zone": "x"},
        }
    )  # fmt: skip
    (ada, total, grace), (again, count, of) = seen["logins"], seen["users"]
    assert (total, count, of) == ("total", "max_count", "id")
    assert len(ada) == len(grace) == 22
    assert ada == again != grace
    assert seen["user"].keys() == {"plan"}
    assert list(seen["client_ips"]) == ["203.0.113.0"]
    twice = '{"ips":{"x":1}}\n{"ips":{"x":1}}'
    omitted = "address: not an address"
    assert left(twice) == (twice.replace("x", "[KEY]"), omitted)
    pipeline = Pipeline(PRESET, keys=keyring())
    pipeline.lines("json").feed(twice.encode() + b"\n")
    assert [one["count"] for one in pipeline.report.as_dict()["omitted_fields"]] == [2]
    assert seen["contacts"] == {"[KEY]": None}
    for several in ("users", "names", "emails", "phones", "tokens", "sessions", "hosts"):
        assert "ada" not in value({several: {"ada": 1}})[several], several
    assert list(seen["address"]) == ["zone"]
    assert list(value({"users": [{"plan": "pro"}]})["users"][0]) == ["plan"]
    assert not is_plural("")
