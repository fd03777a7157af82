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
built_in.py every record type of these
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from anonkit.records.built_in import BUILT_IN
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

# The modules whose names these are, each imported when one is asked for: `Event` alone would bring
# three dozen classes, a tenth of the time that a run takes to begin.
_MODULES = ("event", "agreed", "app", "fleet", "insights", "saas", "support", "web", "built_in")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    modules = (vars(import_module(f"{__name__}.{module}")) for module in _MODULES)
    return next(defined[name] for defined in modules if name in defined)
