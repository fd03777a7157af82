"""Every record type that comes with anonkit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonkit.records.app import APP_EVENTS
from anonkit.records.fleet import DeviceWeek
from anonkit.records.insights import PageView
from anonkit.records.saas import SAAS_EVENTS
from anonkit.records.support import SUPPORT_RECORDS, RemoteSession
from anonkit.records.web import WebRequest

if TYPE_CHECKING:
    from anonkit.records.event import Event

BUILT_IN: tuple[type[Event], ...] = (
    *APP_EVENTS,
    DeviceWeek,
    *SUPPORT_RECORDS,
    RemoteSession,
    *SAAS_EVENTS,
    PageView,
    WebRequest,
)
