"""What may be said: typed records that come with anonkit, and `Event`, the base of your own.

event.py    the base, and how a class is read
agreed.py   consent that a record itself tells of
fields.py   kinds of fields that several events have
app.py      what an application says about its own use
fleet.py    what a device says of one week
insights.py how a site is seen: page views
saas.py     what a service on the web says of sign-ups, its add-in and its portal
support.py  what goes to a manufacturer for licences and support
web.py      what a web server says of one request
"""

from anonkit.records.agreed import Agreed
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
from anonkit.records.insights import PageView
from anonkit.records.saas import (
    SAAS_EVENTS,
    AddInUse,
    ConnectorAssigned,
    Group,
    Member,
    PortalUse,
    ServiceEvent,
    SignIn,
    SignUp,
)
from anonkit.records.support import SUPPORT_RECORDS, LicenceOrder, RemoteSession, SupportCase
from anonkit.records.web import WebRequest

# Every record type that comes with anonkit.
BUILT_IN: tuple[type[Event], ...] = (
    *APP_EVENTS,
    DeviceWeek,
    *SUPPORT_RECORDS,
    RemoteSession,
    *SAAS_EVENTS,
    PageView,
    WebRequest,
)

__all__ = [
    "APP_EVENTS",
    "BUILT_IN",
    "SAAS_EVENTS",
    "SUPPORT_RECORDS",
    "AddInUse",
    "Agreed",
    "AppEvent",
    "AppStart",
    "AppStop",
    "ConnectorAssigned",
    "Crash",
    "DataImport",
    "DeviceEvents",
    "DeviceWeek",
    "Event",
    "Feedback",
    "Group",
    "JobCounts",
    "Jobs",
    "LabelAdded",
    "LabelChanged",
    "LabelEvent",
    "LabelRemoved",
    "LicenceOrder",
    "Login",
    "Logout",
    "MediaPages",
    "Member",
    "PageChange",
    "PageView",
    "Pages",
    "Part",
    "PortalUse",
    "PowerSeconds",
    "RemoteSession",
    "RuleAdded",
    "RuleChanged",
    "RuleEvent",
    "RuleRemoved",
    "ServiceEvent",
    "SignIn",
    "SignUp",
    "SizePages",
    "StatisticsQuery",
    "Supply",
    "SupportCase",
    "UserEvent",
    "WebRequest",
    "Why",
]
