"""The events that come with anonkit say of every field what becomes of it, and why."""

from datetime import UTC, datetime

import msgspec
import pytest

from anonkit import Event, Keyring, Pipeline, Policy, records
from anonkit.policy.events import type_of
from anonkit.records import (
    APP_EVENTS,
    SAAS_EVENTS,
    SUPPORT_RECORDS,
    AppEvent,
    Crash,
    DeviceWeek,
    Feedback,
    LabelEvent,
    PageView,
    RemoteSession,
    RuleEvent,
    ServiceEvent,
    UserEvent,
    WebRequest,
)
from anonkit.records.event import Declared, declaration
from anonkit.stages import Drop, Keep, Scrub

AT = datetime(2026, 3, 5, 14, 37, 12, 345, tzinfo=UTC)
RECORD_TYPES = {
    "login",
    "logout",
    "page_change",
    "feedback",
    "app_start",
    "app_stop",
    "crash",
    "data_import",
    "statistics_query",
    "rule_added",
    "rule_changed",
    "rule_removed",
    "label_added",
    "label_changed",
    "label_removed",
}
BASES = {AppEvent, UserEvent, RuleEvent, LabelEvent, ServiceEvent}
FIELDS = [
    pytest.param(declared, id=f"{type_of(event)}.{path}")
    for event in records.BUILT_IN
    for path, declared in declaration(event).fields.items()
]
# The presets of typed records: classes, period, retention.
PRESETS: dict[str, tuple[tuple[type[Event], ...], str, str]] = {
    "app": (APP_EVENTS, "30d", "730d"),
    "fleet": ((DeviceWeek,), "90d", "730d"),
    "insights": ((PageView,), "30d", "730d"),
    "remote-support": ((RemoteSession,), "90d", "1095d"),
    "saas": (SAAS_EVENTS, "30d", "365d"),
    "support": (SUPPORT_RECORDS, "90d", "1095d"),
}
# A full example of each type; tests/test_examples.py has more.
SPECIMENS = {
    "login": {"user": "ada-lovelace", "session": "s-1", "method": "sso"},
    "logout": {"user": "ada-lovelace", "session": "s-1", "cause": "timeout", "duration": 1900.0},
    "page_change": {"user": "ada-lovelace", "session": "s-1", "page": "orders", "step": 3},
    "feedback": {"rating": 4, "text": "Ada Lovelace wrote this", "page": "orders"},
    "app_start": {"installation": "box-7", "app_version": "4.2.1.991", "system": "Linux"},
    "app_stop": {"installation": "box-7", "cause": "update"},
    "crash": {
        "installation": "box-7",
        "app_version": "4.2.1",
        "exception": "KeyError",
        "location": "orders.total",
        "message": "no order of Ada Lovelace",
        "traceback": "/home/ada/orders.py",
    },
    "data_import": {"user": "ada-lovelace", "format": "csv", "rows": 4711},
    "statistics_query": {
        "user": "ada-lovelace",
        "statistic": "turnover",
        "count": 2,
        "duration": 0.7,
    },
    **{
        f"rule_{what}": {
            "user": "ada-lovelace",
            "rule": "r-1",
            "name": "Ada's rule",
            "conditions": 5,
        }
        for what in ("added", "changed", "removed")
    },
    **{
        f"label_{what}": {"user": "ada-lovelace", "label": "l-1", "name": "for Ada", "uses": 12}
        for what in ("added", "changed", "removed")
    },
}


@pytest.mark.parametrize("declared", FIELDS)
def test_every_field_says_why(declared: Declared) -> None:
    """A built-in field has a stage, a kind, a purpose and a reason of one line."""
    assert declared.stages
    assert declared.why is not None
    assert declared.why.kind
    assert declared.why.purpose
    assert declared.why.reason
    assert "\n" not in declared.why.reason
    assert len(declared.why.reason) <= 100


def test_the_built_in_record_types() -> None:
    """The application events are the ones that the documentation lists."""
    assert {type_of(event) for event in APP_EVENTS} == RECORD_TYPES == SPECIMENS.keys()


def test_every_event_class_is_exported() -> None:
    """Each event class of the package stands in `anonkit.records.__all__`."""
    exported = {getattr(records, name) for name in records.__all__}
    assert exported >= {*records.BUILT_IN, *BASES, Event}
    assert records.__all__ == sorted(records.__all__, key=lambda name: (not name.isupper(), name))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_what_the_classes_declare(name: str) -> None:
    """A preset of typed records equals the policy of their classes, in the order of fields too."""
    events, period, retain = PRESETS[name]
    declared = Policy.from_events(*events, name=name, period=period, retain=retain)
    preset = Policy.preset(name)
    assert preset == declared
    assert preset.hash == declared.hash
    assert list(preset.records) == list(declared.records)
    for record_type, record in preset.records.items():
        assert list(record.fields) == list(declared.records[record_type].fields)


def test_a_web_request_is_treated_as_the_preset_weblog_says() -> None:
    """`WebRequest` and the preset `weblog` say the same of the same fields, in order."""
    ((name, record),) = Policy.preset("weblog").records.items()
    declared = Policy.from_events(WebRequest).records[name]
    assert name == "web_request"
    assert list(record.fields) == list(declared.fields)
    for path, field in declared.fields.items():
        # A table says the purpose once for the record, a class for each field.
        assert field.purpose == declared.purpose == record.purpose
        assert msgspec.structs.replace(field, purpose=None) == record.fields[path]


def test_a_page_view_is_coarse() -> None:
    """Of a page view the browser's major version, classes of screens and known words leave."""
    view = PageView(
        at=AT,
        page="orders",
        agent="Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0 (ada)",
        device="Ada's toaster",
        screen_width=1920,
        screen_height=1080,
        language="de",
        country="DE",
    )
    assert Pipeline(PageView)(view) == {
        "type": "page_view",
        "at": AT.replace(minute=0, second=0, microsecond=0),
        "page": "orders",
        "agent": "Firefox/131 (Linux)",
        "device": "__other__",
        "screen_width": 1024,
        "screen_height": 1024,
        "language": "de",
        "country": "DE",
        "region": None,
        "city": None,
    }


def test_a_web_request_names_nobody() -> None:
    """Of a web request the network, the bare paths and the browser's family leave."""
    request = WebRequest(
        client="203.0.113.77",
        user="ada-lovelace",
        time=AT,
        method="GET",
        target="/orders/4711812?mail=ada@example.com",
        protocol="HTTP/1.1",
        status=200,
        bytes=512,
        referer="https://ada:secret@example.com/start?q=ada",
        agent="Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
    )
    assert Pipeline(WebRequest)(request) == {
        "type": "web_request",
        "client": "203.0.113.0",
        "time": AT.replace(second=0, microsecond=0),
        "method": "GET",
        "target": "/orders/:id",
        "protocol": "HTTP/1.1",
        "status": 200,
        "bytes": 512,
        "referer": "https://example.com/start",
        "agent": "Firefox/131 (Linux)",
        **dict.fromkeys(("vhost", "port", "forwarded", "bytes_in", "duration", "zone")),
    }


@pytest.mark.parametrize("event", APP_EVENTS, ids=type_of)
def test_an_event_gives_the_same_in_every_form(event: type[Event]) -> None:
    """An event, the dict of it and its JSON give one result, under classes and preset alike."""
    given = SPECIMENS[type_of(event)]
    keys = Keyring.generate()
    by_class, by_preset = Pipeline(event, keys=keys), Pipeline(Policy.preset("app"), keys=keys)
    plain = {"type": type_of(event), "at": AT.isoformat(), **given}
    out = by_class(event(at=AT, **given))
    assert out is not None
    assert by_class.json(plain) == by_preset.json(plain)
    told = {name: value for name, value in out.items() if value is not None}
    assert (by_class(plain) or {}).items() <= told.items()
    assert by_class.report.records_withheld == by_preset.report.records_withheld == 0
    assert "ada-lovelace" not in repr(out)
    assert "box-7" not in repr(out)


@pytest.mark.parametrize("event", APP_EVENTS, ids=type_of)
def test_times_lose_their_minutes_or_seconds(event: type[Event]) -> None:
    """Times leave to the hour, and to the minute in a crash, which names no user."""
    out = Pipeline(event, keys=Keyring.generate())(event(at=AT, **SPECIMENS[type_of(event)]))
    minute = AT.minute if event is Crash else 0
    assert out is not None
    assert out["at"] == AT.replace(minute=minute, second=0, microsecond=0)


def test_a_crash_and_feedback_name_no_user() -> None:
    """The events that come closest to content have no field for the user."""
    assert "user" not in declaration(Crash).fields
    assert "user" not in declaration(Feedback).fields


def test_users_meet_across_events() -> None:
    """The same user gives the same token in every event of a period, and so does a session."""
    pipeline = Pipeline(list(APP_EVENTS), keys=Keyring.generate())
    tokens = {"user": set(), "session": set()}
    for event in APP_EVENTS:
        out = pipeline(event(at=AT, **SPECIMENS[type_of(event)]))
        for field, seen in tokens.items():
            if out.get(field) is not None:
                seen.add(out[field])
    assert {field: len(seen) for field, seen in tokens.items()} == {"user": 1, "session": 1}


def test_free_text_stays() -> None:
    """No text field of a built-in event is kept unless the application's authors write it."""
    authored = {"page", "previous", "statistic", "exception", "location", "signature"}
    for event in APP_EVENTS:
        found = declaration(event)
        for path, declared in found.fields.items():
            if found.slots[path].type is str and isinstance(declared.stages[0], Keep):
                assert path in authored
            if declared.why is not None and declared.why.kind == "text":
                assert isinstance(declared.stages[0], Drop | Scrub)


def test_the_door_of_records_has_its_names_alone() -> None:
    """Each name that is told is found, and another is none."""
    for name in records.__all__:
        assert getattr(records, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        records.Nothing  # noqa: B018 - to look it up is all
