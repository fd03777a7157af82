"""What an application says about its own use.

What is left out matters most: there is no address and no host name, text that people wrote stays
behind, times lose their minutes, and sizes are told in powers. Names of pages, statistics and
exceptions are words of the application's authors, and leave as they are: hand over names, never
titles or URLs with data in them.

Subclass `AppEvent` or `UserEvent` for events of your own with the same first fields.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from anonkit.records.event import Event, Why
from anonkit.records.fields import (
    AppVersion,
    Count,
    Hour,
    Installation,
    Minute,
    Page,
    Rows,
    Seconds,
    Session,
    Success,
    System,
    SystemVersion,
    User,
)
from anonkit.stages.drop import drop
from anonkit.stages.generalize import generalize
from anonkit.stages.keep import keep
from anonkit.stages.pseudonymize import pseudonymize
from anonkit.stages.scrub import scrub

if TYPE_CHECKING:
    from anonkit.crash import Crash as Told
    from anonkit.detect import Scrubber

# What users call what they make.
Titled = Annotated[
    str, drop(), Why("users put names of people and cases here", kind="text", purpose="usage")
]


class AppEvent(Event):
    """The base of events about the application.

    Args:
        at: When, with a zone.
    """

    at: Hour


class UserEvent(AppEvent):
    """The base of events about what a user does.

    Args:
        user: The application's own identifier of the user; None when nobody is logged in.
        session: The identifier of the session.
    """

    user: User | None
    session: Session | None = None


class Login(UserEvent):
    """Somebody logged in, or tried to.

    Args:
        method: `password`, `sso`, `token` or `certificate`.
        success: Whether it worked.
    """

    method: Annotated[
        str,
        generalize(allow=("password", "sso", "token", "certificate")),
        Why("shows which ways of logging in are needed", kind="category", purpose="usage"),
    ]
    success: Success = True


class Logout(UserEvent):
    """A session ended.

    Args:
        cause: `user`, `timeout` or `shutdown`.
        duration: Length of the session in seconds.
    """

    cause: Annotated[
        str,
        generalize(allow=("user", "timeout", "shutdown")),
        Why("shows whether sessions end as users want", kind="category", purpose="usage"),
    ]
    duration: Seconds | None = None


class PageChange(UserEvent):
    """A user went to another page or view of the application.

    Args:
        page: The name of the page.
        previous: The name of the page before it.
        step: The number of the page within the session, from 1: order without a clock.
        duration: Seconds spent on the page before it.
    """

    page: Page
    previous: Page | None = None
    step: Annotated[
        int | None,
        keep(),
        Why(
            "puts pages in order, so that times need not be exact", kind="measure", purpose="usage"
        ),
    ] = None
    duration: Seconds | None = None


class Feedback(AppEvent):
    """A user told what they think.

    Args:
        rating: The marks given, such as 1 to 5.
        text: What they wrote.
        page: The name of the page they wrote it on.
        session: The identifier of the session.
        app_version: The version of the application.
    """

    purpose: ClassVar[str] = "feedback"

    rating: Annotated[
        int | None,
        keep(),
        Why("the opinion that was asked for", kind="measure", purpose="feedback"),
    ] = None
    text: Annotated[
        str | None,
        drop(),
        Why(
            "free text may name anybody, and no detector finds every name",
            kind="text",
            purpose="feedback",
        ),
    ] = None
    page: Page | None = None
    session: Session | None = None
    app_version: AppVersion | None = None


class AppStart(AppEvent):
    """The application started.

    Args:
        installation: The identifier of the installation.
        app_version: The version of the application.
        system: `Linux`, `Windows` or `macOS`.
        system_version: Its version.
        duration: Seconds until it was ready.
    """

    installation: Installation
    app_version: AppVersion
    system: System | None = None
    system_version: SystemVersion | None = None
    duration: Seconds | None = None


class AppStop(AppEvent):
    """The application stopped.

    Args:
        installation: The identifier of the installation.
        cause: `user`, `shutdown`, `update` or `crash`.
        duration: Seconds it had run.
    """

    installation: Installation
    cause: Annotated[
        str,
        generalize(allow=("user", "shutdown", "update", "crash")),
        Why("shows whether it stops as users want", kind="category", purpose="stability"),
    ]
    duration: Seconds | None = None


class Crash(AppEvent):
    """The application, or a part of it, broke.

    Args:
        at: When, with a zone.
        installation: The identifier of the installation.
        app_version: The version of the application.
        exception: The name of the exception's class.
        location: The function that broke, as `module.function`, or `file:function`.
        message: The text of the exception.
        traceback: The stack trace.
        system: `Linux`, `Windows` or `macOS`.
        system_version: Its version.
        signature: What equal crashes share (see `anonkit.crash.signature`).
    """

    purpose: ClassVar[str] = "stability"

    at: Minute
    installation: Installation
    app_version: AppVersion
    exception: Annotated[
        str,
        keep(),
        Why("the name of the fault, as the code has it", kind="category", purpose="stability"),
    ]
    location: Annotated[
        str | None,
        keep(),
        Why("the place of the fault, as the code has it", kind="category", purpose="stability"),
    ] = None
    message: Annotated[
        str | None,
        scrub(),
        Why(
            "what went wrong, without the personal values and secrets that messages quote",
            kind="text",
            purpose="stability",
        ),
    ] = None
    traceback: Annotated[
        str | None,
        scrub(trace=True),
        Why(
            "where it went wrong; paths are relative, values and personal data are gone",
            kind="text",
            purpose="stability",
        ),
    ] = None
    system: System | None = None
    system_version: SystemVersion | None = None
    signature: Annotated[
        str | None,
        keep(),
        Why(
            "groups equal crashes; a hash of names that the code has, of nothing personal",
            kind="category",
            purpose="stability",
        ),
    ] = None

    @classmethod
    def of(
        cls,
        error: "BaseException | str | Told",
        *,
        at: datetime,
        installation: str,
        app_version: str,
        scrubber: "Scrubber | None" = None,
        **fields: Any,
    ) -> Self:
        """Return the event that a crash is.

        The exception is read at once and not kept. What the event holds has been scrubbed, so that
        no raw message waits in memory; the stages of the policy treat it once more, with the values
        that the pipeline knows. Local variables are never read.

        Args:
            error: An exception, the text of a trace, or what a hook was told.
            at: When, with a zone.
            installation: The identifier of the installation.
            app_version: The version of the application.
            scrubber: What removes personal data; the default one if none is given.
            fields: The other fields, such as `system`; what is given is not read from the error.
        """
        # Imported here: the detectors are 90 ms of CPU that a program without a crash never pays.
        from anonkit import crash

        seen = crash.crash(error, scrubber) if isinstance(error, BaseException | str) else error
        read = {
            "exception": seen.kind or "unknown",
            "location": seen.location or None,
            "message": seen.message or None,
            "traceback": seen.text,
            "signature": seen.signature,
        }
        return cls(at=at, installation=installation, app_version=app_version, **read | fields)


class DataImport(UserEvent):
    """Data was imported.

    Args:
        format: `csv`, `database`, `json`, `xlsx` or `xml`.
        count: How many imports this event stands for.
        rows: How many rows they brought.
        duration: Seconds they took.
        success: Whether they worked.
    """

    format: Annotated[
        str,
        generalize(allow=("csv", "database", "json", "xlsx", "xml")),
        Why("shows which formats are needed", kind="category", purpose="usage"),
    ]
    count: Count = 1
    rows: Rows | None = None
    duration: Seconds | None = None
    success: Success = True


class StatisticsQuery(UserEvent):
    """A statistic was asked for.

    Args:
        statistic: The name of the statistic.
        count: How many queries this event stands for.
        rows: How many rows they read.
        duration: Seconds they took.
    """

    statistic: Annotated[
        str,
        keep(),
        Why(
            "a name that the application's authors gave the statistic",
            kind="category",
            purpose="usage",
        ),
    ]
    count: Count = 1
    rows: Rows | None = None
    duration: Seconds | None = None


class RuleEvent(UserEvent):
    """The base of events about rules that users write.

    Args:
        rule: The identifier of the rule.
        name: What the user calls it.
        conditions: How many conditions it has.
    """

    rule: Annotated[
        str,
        pseudonymize("rule"),
        Why(
            "follows one rule from added to removed, without saying which",
            kind="identifier",
            purpose="usage",
        ),
    ]
    name: Titled | None = None
    conditions: Annotated[
        int | None,
        generalize(log=2),
        Why(
            "shows how large rules grow; the power of two is enough",
            kind="measure",
            purpose="usage",
        ),
    ] = None


class RuleAdded(RuleEvent):
    """A user added a rule."""


class RuleChanged(RuleEvent):
    """A user changed a rule."""


class RuleRemoved(RuleEvent):
    """A user removed a rule."""


class LabelEvent(UserEvent):
    """The base of events about labels that users put on things.

    Args:
        label: The identifier of the label.
        name: What the user calls it.
        uses: How many things carry it.
    """

    label: Annotated[
        str,
        pseudonymize("label"),
        Why(
            "follows one label from added to removed, without saying which",
            kind="identifier",
            purpose="usage",
        ),
    ]
    name: Titled | None = None
    uses: Annotated[
        int | None,
        generalize(log=2),
        Why(
            "shows how much labels are used; the power of two is enough",
            kind="measure",
            purpose="usage",
        ),
    ] = None


class LabelAdded(LabelEvent):
    """A user added a label."""


class LabelChanged(LabelEvent):
    """A user changed a label."""


class LabelRemoved(LabelEvent):
    """A user removed a label."""


APP_EVENTS: tuple[type[Event], ...] = (
    Login,
    Logout,
    PageChange,
    Feedback,
    AppStart,
    AppStop,
    Crash,
    DataImport,
    StatisticsQuery,
    RuleAdded,
    RuleChanged,
    RuleRemoved,
    LabelAdded,
    LabelChanged,
    LabelRemoved,
)
