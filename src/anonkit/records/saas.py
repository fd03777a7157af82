"""What a service on the web says of sign-ups, sign-ins, its add-in and its portal.

Each field names what it is there for, and leaves only while that purpose is in force:

    sign_in      the person: one token for one e-mail address, however it is written
    tenancy      the customer's tenant
    assignment   the groups and people that a connector is for
    usage        what was done, with which version

Names, companies and payment belong to the contract and have no business in figures. Make a pipeline
for each tenant, with its identifier as `tenant=`: then no token of one tenant meets one of another,
and within a tenant and period a person is the same in every record.
"""

from datetime import datetime
from typing import Annotated, ClassVar

from anonkit.records.event import Event, Part, Why
from anonkit.stages.drop import drop
from anonkit.stages.generalize import generalize
from anonkit.stages.pseudonymize import pseudonymize

Hour = Annotated[
    datetime,
    generalize("1h"),
    Why("when the service is used; the hour does not time a person", kind="time", purpose="usage"),
]
# One domain for people in all records. The form `email`: directories, links and people write one
# address in different ways, and counting somebody twice is an error nobody would see.
Person = Annotated[
    str,
    pseudonymize("person", canonical=("email",)),
    Why(
        "links what one person does within a period, without saying who",
        kind="identifier",
        purpose="sign_in",
    ),
]
# Directories write one GUID in upper and lower case, with braces and without hyphens.
Tenant = Annotated[
    str,
    pseudonymize("tenant", canonical=("code",)),
    Why("which records are of one customer", kind="identifier", purpose="tenancy"),
]
Version = Annotated[
    str, generalize(parts=3), Why("which releases are in use", kind="version", purpose="usage")
]
Connector = Annotated[
    str,
    generalize(allow=("archive", "crm", "dms", "erp", "tickets")),
    Why("which kinds of target system are in use", kind="category", purpose="usage"),
]


class Group(Part):
    """A group of the customer's directory.

    Args:
        id: Its identifier there.
        name: What it is called.
    """

    id: Annotated[
        str,
        pseudonymize("group", canonical=("code",)),
        Why("how many groups connectors are for", kind="identifier", purpose="assignment"),
    ]
    name: Annotated[
        str | None,
        drop(),
        Why("groups are called after people and projects", kind="text", purpose="assignment"),
    ] = None


class Member(Part):
    """A person of the customer's directory.

    Args:
        id: Their identifier there.
        email: Their e-mail address.
        name: What they are called.
    """

    id: Annotated[
        str,
        pseudonymize("member", canonical=("code",)),
        Why("how many people connectors are for", kind="identifier", purpose="assignment"),
    ]
    email: Annotated[
        str | None, drop(), Why("their identifier is enough", kind="contact", purpose="assignment")
    ] = None
    name: Annotated[
        str | None, drop(), Why("a person's name", kind="person", purpose="assignment")
    ] = None


class ServiceEvent(Event):
    """The base of what a service says.

    Args:
        at: When, with a zone.
        email: The e-mail address of whom it is about.
        tenant: The identifier of their tenant; None before they have one.
    """

    at: Hour
    email: Person | None
    tenant: Tenant | None = None


class SignUp(ServiceEvent):
    """Somebody opened an account, or took out a subscription.

    Args:
        plan: `trial`, `team`, `business` or `enterprise`.
        full_name: Their name.
        company: Whom they work for.
        address: Where it is.
        payment: How it is paid.
    """

    plan: Annotated[
        str,
        generalize(allow=("trial", "team", "business", "enterprise")),
        Why("which plans are chosen", kind="category", purpose="usage"),
    ]
    full_name: Annotated[
        str | None,
        drop(),
        Why("the contract needs it, figures do not", kind="person", purpose="contract"),
    ] = None
    company: Annotated[
        str | None,
        drop(),
        Why("the contract needs it, figures do not", kind="other", purpose="contract"),
    ] = None
    address: Annotated[
        str | None,
        drop(),
        Why("the contract needs it, figures do not", kind="contact", purpose="contract"),
    ] = None
    payment: Annotated[
        str | None,
        drop(),
        Why("the contract needs it, figures do not", kind="other", purpose="contract"),
    ] = None


class SignIn(ServiceEvent):
    """Somebody signed in, or tried to.

    Args:
        via: `add_in` or `portal`.
        success: `yes`, `refused` or `failed`.
    """

    via: Annotated[
        str,
        generalize(allow=("add_in", "portal")),
        Why("where people sign in", kind="category", purpose="usage"),
    ]
    success: Annotated[
        str,
        generalize(allow=("yes", "refused", "failed")),
        Why("whether signing in works", kind="category", purpose="usage"),
    ]


class AddInUse(ServiceEvent):
    """Somebody used the add-in.

    Args:
        action: `start`, `file`, `search`, `link` or `settings`.
        connector: The kind of target system.
        host: `desktop`, `web`, `mac` or `mobile`.
        version: The version of the add-in.
        subject: The subject of the message it was used on.
    """

    action: Annotated[
        str,
        generalize(allow=("start", "file", "search", "link", "settings")),
        Why("what the add-in is used for", kind="category", purpose="usage"),
    ]
    connector: Connector | None = None
    host: (
        Annotated[
            str,
            generalize(allow=("desktop", "web", "mac", "mobile")),
            Why("where the add-in must work", kind="category", purpose="usage"),
        ]
        | None
    ) = None
    version: Version | None = None
    subject: Annotated[
        str | None, drop(), Why("a message is not telemetry", kind="text", purpose="usage")
    ] = None


class PortalUse(ServiceEvent):
    """Somebody used the portal.

    Args:
        action: `open`, `configure`, `invite` or `cancel`.
        connector: The kind of target system.
    """

    action: Annotated[
        str,
        generalize(allow=("open", "configure", "invite", "cancel")),
        Why("what the portal is used for", kind="category", purpose="usage"),
    ]
    connector: Connector | None = None


class ConnectorAssigned(ServiceEvent):
    """Somebody said in the portal whom a connector is for.

    A record of its own, so that without its purpose not even the number of groups leaves.

    Args:
        connector: The kind of target system.
        groups: The groups it is for.
        members: The people it is for.
    """

    purpose: ClassVar[str] = "assignment"

    connector: Connector | None = None
    groups: tuple[Group, ...] = ()
    members: tuple[Member, ...] = ()


SAAS_EVENTS: tuple[type[Event], ...] = (SignUp, SignIn, AddInUse, PortalUse, ConnectorAssigned)
