"""What may be said: typed records that come with anonkit, and `Event`, the base of your own.

event.py   the base, and how a class is read
fields.py  kinds of fields that several events have
app.py     what an application says about its own use
"""

from anonkit.records.app import (
    APP_EVENTS,
    AppEvent,
    AppStart,
    AppStop,
    Crash,
    DataImport,
    Feedback,
    LabelAdded,
    LabelChanged,
    LabelEvent,
    LabelRemoved,
    Login,
    Logout,
    PageChange,
    RuleAdded,
    RuleChanged,
    RuleEvent,
    RuleRemoved,
    StatisticsQuery,
    UserEvent,
)
from anonkit.records.event import Event, Why
from anonkit.records.web import WebRequest

# Every record type that comes with anonkit.
BUILT_IN: tuple[type[Event], ...] = (*APP_EVENTS, WebRequest)

__all__ = [
    "APP_EVENTS",
    "BUILT_IN",
    "AppEvent",
    "AppStart",
    "AppStop",
    "Crash",
    "DataImport",
    "Event",
    "Feedback",
    "LabelAdded",
    "LabelChanged",
    "LabelEvent",
    "LabelRemoved",
    "Login",
    "Logout",
    "PageChange",
    "RuleAdded",
    "RuleChanged",
    "RuleEvent",
    "RuleRemoved",
    "StatisticsQuery",
    "UserEvent",
    "WebRequest",
    "Why",
]
