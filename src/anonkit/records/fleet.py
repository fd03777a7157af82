"""What a device says of one week: printers and the like, collected by a gateway of the site.

All counts are of that week, never since the device was made: a counter that only grows is nearly
as good as a serial number, and would join the weeks that tokens keep apart. Contents of jobs, and
the names of those who sent them, have no field.

Tokens have 96 bits here: they are most of what a week weighs, and a hundred million devices and
cartridges still collide with a chance below 10^-12.
"""

from datetime import datetime
from typing import Annotated, ClassVar

from anonkit.records.event import Event, Part, Why
from anonkit.stages.drop import drop
from anonkit.stages.generalize import generalize
from anonkit.stages.keep import keep
from anonkit.stages.pseudonymize import pseudonymize
from anonkit.stages.truncate import truncate

Count = Annotated[
    int,
    generalize(log=2),
    Why(
        "shows how much the device is used; the power of two is enough",
        kind="measure",
        purpose="fleet",
    ),
]
Seconds = Annotated[
    int,
    generalize("1h"),
    Why("shows which power modes save energy; whole hours do", kind="measure", purpose="fleet"),
]
PartNumber = Annotated[
    str,
    keep(),
    Why("which kind it is: a number of the catalogue", kind="category", purpose="fleet"),
]


class Supply(Part):
    """One cartridge or other supply in a device.

    Args:
        kind: `toner`, `drum`, `fuser`, `waste_box` or `staples`.
        serial: Its serial number; None when it has none.
        part_number: Its number in the catalogue.
        color: `black`, `cyan`, `magenta`, `yellow` or `none`.
        level: What is left, in percent.
        capacity: How many pages it lasts when new.
        state: `ok`, `low`, `empty`, `missing` or `invalid`.
        pages: How many pages it has printed in the week.
    """

    kind: Annotated[
        str,
        generalize(allow=("toner", "drum", "fuser", "waste_box", "staples")),
        Why("what kind of supply it is", kind="category", purpose="fleet"),
    ]
    serial: Annotated[
        str | None,
        pseudonymize("supply", bits=96, canonical=("code",)),
        Why(
            "follows one cartridge through a period, without saying which",
            kind="identifier",
            purpose="fleet",
        ),
    ] = None
    part_number: PartNumber | None = None
    color: (
        Annotated[
            str,
            generalize(allow=("black", "cyan", "magenta", "yellow", "none")),
            Why("which of the supplies of a device it is", kind="category", purpose="fleet"),
        ]
        | None
    ) = None
    level: (
        Annotated[
            int,
            generalize(step=5),
            Why("how soon supplies run out; steps of 5 % do", kind="measure", purpose="fleet"),
        ]
        | None
    ) = None
    capacity: (
        Annotated[
            int,
            generalize(step=100),
            Why("how large the supplies in use are", kind="measure", purpose="fleet"),
        ]
        | None
    ) = None
    state: (
        Annotated[
            str,
            generalize(allow=("ok", "low", "empty", "missing", "invalid")),
            Why("whether supplies work as they should", kind="category", purpose="fleet"),
        ]
        | None
    ) = None
    pages: Count | None = None


class DeviceEvents(Part):
    """How often something happened at a device in the week."""

    cartridge_changed: Count | None = None
    drum_changed: Count | None = None
    fuser_changed: Count | None = None
    waste_box_changed: Count | None = None
    maintenance_done: Count | None = None
    jam_in_tray_cleared: Count | None = None
    jam_in_fuser_cleared: Count | None = None
    jam_in_feeder_cleared: Count | None = None
    jam_in_output_cleared: Count | None = None
    tray_refilled: Count | None = None
    tray_changed: Count | None = None
    paper_mismatched: Count | None = None
    output_emptied: Count | None = None
    cover_closed: Count | None = None
    supply_warned: Count | None = None
    supply_refused: Count | None = None
    error_cleared: Count | None = None
    restarted: Count | None = None
    firmware_updated: Count | None = None
    settings_changed: Count | None = None


class MediaPages(Part):
    """Printed pages by the kind of media."""

    plain: Count | None = None
    recycled: Count | None = None
    heavy: Count | None = None
    letterhead: Count | None = None
    envelope: Count | None = None
    labels: Count | None = None
    glossy: Count | None = None
    transparency: Count | None = None
    other: Count | None = None


class SizePages(Part):
    """Printed pages by the size of paper."""

    a3: Count | None = None
    a4: Count | None = None
    a5: Count | None = None
    letter: Count | None = None
    legal: Count | None = None
    other: Count | None = None


class Pages(Part):
    """How many pages a device handled in the week.

    Args:
        total: Printed pages.
        color: Those of them in colour.
        duplex: Those of them on both sides of a sheet.
        n_up: Those of them with several pages on one side.
        copies: Those of them that were copied.
        scans: Scanned pages.
        faxes_sent: Pages faxed.
        faxes_received: Pages received by fax.
        media: Printed pages by the kind of media.
        sizes: Printed pages by the size of paper.
    """

    total: Count
    color: Count | None = None
    duplex: Count | None = None
    n_up: Count | None = None
    copies: Count | None = None
    scans: Count | None = None
    faxes_sent: Count | None = None
    faxes_received: Count | None = None
    media: MediaPages | None = None
    sizes: SizePages | None = None


class JobCounts(Part):
    """How many jobs of a kind a device did in the week, and how many of them had how many pages."""

    total: Count
    cancelled: Count | None = None
    of_1_page: Count | None = None
    of_2_to_5_pages: Count | None = None
    of_6_to_20_pages: Count | None = None
    of_more_pages: Count | None = None


class Jobs(Part):
    """The jobs of a device, by what they were for."""

    print: JobCounts | None = None
    copy: JobCounts | None = None
    scan: JobCounts | None = None
    fax: JobCounts | None = None


class PowerSeconds(Part):
    """How many seconds of the week a device was in which power mode."""

    off: Seconds | None = None
    hibernate: Seconds | None = None
    sleep: Seconds | None = None
    ready: Seconds | None = None
    warming_up: Seconds | None = None
    active: Seconds | None = None


class DeviceWeek(Event):
    """What one device did in one week.

    Args:
        at: A time in the week, with a zone.
        serial: The device's serial number.
        model: Its model.
        part_number: Its number in the catalogue.
        mac: The address of its network card.
        ip: Its address in the network.
        firmware: Its firmware, as the manufacturer named it.
        host_name: Its name in the network.
        place: Where it stands, as somebody wrote it.
        contact: Who looks after it.
        asset_tag: The customer's own number of it.
        supplies: What it prints with.
        events: How often something happened.
        pages: How many pages.
        jobs: How many jobs.
        power: How long in which power mode.
    """

    purpose: ClassVar[str] = "fleet"

    at: Annotated[
        datetime,
        generalize("1w"),
        Why("which week it was; summaries are weekly", kind="time", purpose="fleet"),
    ]
    serial: Annotated[
        str,
        pseudonymize("device", bits=96, canonical=("code",)),
        Why(
            "joins the weeks of one device within a period, without saying which",
            kind="identifier",
            purpose="fleet",
        ),
    ]
    model: Annotated[str, keep(), Why("which model it is", kind="category", purpose="fleet")]
    part_number: PartNumber | None = None
    mac: (
        Annotated[
            str,
            pseudonymize("mac", bits=96, canonical=("code",)),
            Why(
                "tells a new network card from a new device within a period",
                kind="identifier",
                purpose="fleet",
            ),
        ]
        | None
    ) = None
    ip: Annotated[
        str | None,
        truncate(v4=16, v6=32),
        Why(
            "which kind of network it is in, never which device of it",
            kind="address",
            purpose="fleet",
            withhold="field",
        ),
    ] = None
    firmware: (
        Annotated[str, keep(), Why("which firmware must work", kind="version", purpose="fleet")]
        | None
    ) = None
    host_name: Annotated[
        str | None,
        drop(),
        Why("names of devices name people and rooms", kind="text", purpose="fleet"),
    ] = None
    place: Annotated[
        str | None,
        drop(),
        Why("where a device stands tells who uses it", kind="text", purpose="fleet"),
    ] = None
    contact: Annotated[
        str | None, drop(), Why("a person of the customer", kind="person", purpose="fleet")
    ] = None
    asset_tag: Annotated[
        str | None,
        drop(),
        Why("leads into the customer's own books", kind="identifier", purpose="fleet"),
    ] = None
    supplies: tuple[Supply, ...] = ()
    events: DeviceEvents | None = None
    pages: Pages | None = None
    jobs: Jobs | None = None
    power: PowerSeconds | None = None
