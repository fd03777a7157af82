"""What may be said: typed records that come with anonkit, and `Event`, the base of your own.

event.py   the base, and how a class is read
app.py     what an application says about its own use
fleet.py   what a device says of one week
web.py     what a web server says of one request
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
from anonkit.records.event import Event, Part, Why
from anonkit.records.fleet import (
    DeviceEvents,
    DeviceWeek,
    JobCounts,
    Jobs,
    MediaPages,
    Pages,
    PowerSeconds,
    SizePages,
    Supply,
)
from anonkit.records.web import WebRequest

# Every record type that comes with anonkit.
BUILT_IN: tuple[type[Event], ...] = (*APP_EVENTS, DeviceWeek, WebRequest)

__all__ = [
    "APP_EVENTS",
    "BUILT_IN",
    "AppEvent",
    "AppStart",
    "AppStop",
    "Crash",
    "DataImport",
    "DeviceEvents",
    "DeviceWeek",
    "Event",
    "Feedback",
    "JobCounts",
    "Jobs",
    "LabelAdded",
    "LabelChanged",
    "LabelEvent",
    "LabelRemoved",
    "Login",
    "Logout",
    "MediaPages",
    "PageChange",
    "Pages",
    "Part",
    "PowerSeconds",
    "RuleAdded",
    "RuleChanged",
    "RuleEvent",
    "RuleRemoved",
    "SizePages",
    "StatisticsQuery",
    "Supply",
    "UserEvent",
    "WebRequest",
    "Why",
]
