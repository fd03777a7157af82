"""Named findings on a policy that is valid and still unwise, each with what to do about it.

An error stops; a finding is for a person to weigh. Each rule is one line of the tables at the end:
of a policy, of a record type, of a field. The clock and the keyring are handed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from anonkit.parse.formats import FORMATS, OBJECT, of_logs
from anonkit.parse.names import class_of, words_of
from anonkit.policy.kinds import PERSONAL, column_kind, kind_of
from anonkit.policy.paths import REST, names_in, special, split_path
from anonkit.policy.policy import day, days
from anonkit.stages.generalize import Generalize
from anonkit.stages.identifiers import words
from anonkit.stages.pseudonymize import Pseudonymize
from anonkit.stages.truncate import Truncate
from anonkit.stages.url import Url

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import date

    from anonkit.keys.keyring import Keyring
    from anonkit.policy.policy import Field, Policy, Record
    from anonkit.stages.stage import Stage

# Tokens that stay linkable longer than a quarter follow people through their lives.
LONGEST_PERIOD = 92
# What is kept longer than telemetry is looked at is kept for something else: three years.
LONGEST_RETENTION = 1096
# A /56 is what providers hand to one household (RFC 6177); a /24 has 256 IPv4 hosts.
NARROWEST_V4, NARROWEST_V6 = 24, 48
# Each of four such values cuts the crowd; together they leave few alone (Panopticlick, 2010: 8 of
# 18 million browsers alike). Three are what an access log needs to be one.
MOST_QUASI_IDENTIFIERS = 3
# Last words in names of fields whose values are few: whoever holds the key lists all their tokens
# in a second, and whoever does not finds them by how often each comes.
_FEW = words(
    "age birthday birthdate birth_date birth_year category city country country_code currency day "
    "department district enabled extension gender language level locale method month os pin "
    "platform plz postal_code postcode region role room severity sex state status timezone zip "
    "zip_code zipcode"
)
# Last words in names of fields that, beside others, single somebody out.
_TELLING = {
    "resolution": "screen resolution",
    "screen": "screen resolution",
    "viewport": "screen resolution",
    "screen_size": "screen resolution",
    "screen_width": "screen resolution",
    "screen_height": "screen resolution",
    "language": "language",
    "locale": "language",
    "timezone": "time zone",
    "time_zone": "time zone",
    "tz": "time zone",
    "city": "place",
    "region": "place",
    "country": "place",
    "location": "place",
    "plz": "place",
    "postcode": "place",
    "postal_code": "place",
    "zip": "place",
    "zipcode": "place",
    "zip_code": "place",
    "age": "age",
    "birthday": "age",
    "birthdate": "age",
    "birth_date": "age",
    "birth_year": "age",
    "gender": "gender",
    "sex": "gender",
}
# Classes of names whose values are of things that a domain should not mix: the same number of a
# user and of a session would have the same token.
_THINGS = ("address", "email", "host", "session", "user")
_DAYS = ("date", "day")  # names of what says nothing finer than a day
_COARSE_TIMES = ("h", "d", "w", "mo", "y")


class Finding(NamedTuple):
    """One thing to weigh.

    Args:
        path: Where in the policy.
        rule: The name of the rule.
        problem: What it says.
        advice: What to do about it.
    """

    path: str
    rule: str
    problem: str
    advice: str


class Place(NamedTuple):
    """Where a field stands.

    Args:
        name: The record type.
        path: The field.
        record: All that the policy says of the record type.
    """

    name: str
    path: str
    record: Record

    @property
    def said(self) -> str:
        """The path in the policy."""
        return f"record.{self.name}.fields.{self.path}"

    def kind(self, field: Field) -> str:
        """Return the kind of the field, said or not."""
        return kind_of(self.name, self.path, field)


def findings(
    policy: Policy, *, today: date | None = None, keyring: Keyring | None = None
) -> list[Finding]:
    """Return what is to be said about a policy, in its order.

    Args:
        policy: The policy.
        today: The day; without it, no review can have passed.
        keyring: The keys that it is used with; without them, their length is not looked at.
    """
    found: list[Finding] = []
    for rule, (of_policy, advice) in _OF_POLICY.items():
        found += [
            Finding(path, rule, problem, advice)
            for path, problem in of_policy(policy, today, keyring)
        ]
    for name, record in policy.records.items():
        for rule, (of_record, advice) in _OF_RECORD.items():
            found += [
                Finding(f"record.{name}{path}", rule, problem, advice)
                for path, problem in of_record(name, record)
            ]
        for path, field in record.fields.items():
            place = Place(name, path, record)
            for rule, (of_field, advice) in _OF_FIELD.items():
                found += [
                    Finding(place.said, rule, problem, advice) for problem in of_field(place, field)
                ]
    return found


def _long_period(policy: Policy, *_: object) -> Iterator[tuple[str, str]]:
    if days(policy.period, "period") > LONGEST_PERIOD:
        yield "period", f"tokens stay linkable for more than {LONGEST_PERIOD} days"


def _retention(policy: Policy, *_: object) -> Iterator[tuple[str, str]]:
    if policy.retain is None and not all(record.retain for record in policy.records.values()):
        yield "retain", f"does not say when the receiver must delete; {policy.retention()} is taken"
    spans = {"retain": policy.retain} | {
        f"record.{name}.retain": record.retain for name, record in policy.records.items()
    }
    for path, span in spans.items():
        if span is not None and days(span, path) > LONGEST_RETENTION:
            yield path, f"the receiver keeps it for more than {LONGEST_RETENTION} days"


def _review(policy: Policy, today: date | None, _: object) -> Iterator[tuple[str, str]]:
    if policy.review and today is not None and day(policy.review, "review") < today:
        yield "review", "the day by which it was to be reviewed has passed"


def _key_outlives(policy: Policy, _: object, keyring: Keyring | None) -> Iterator[tuple[str, str]]:
    promised = days(policy.period, "period")
    for period in keyring.periods if keyring is not None and policy.keyed else ():
        if period.destroyed:
            continue
        key = f"the key of period {period.id}"
        if period.start is None or period.end is None:
            yield "period", f"{key} has no beginning or no end, {promised} days are promised"
        elif (lasts := (period.end - period.start).days) > promised:
            yield "period", f"{key} is in force for {lasts} days, {promised} are promised"


def _hidden(policy: Policy, *_: object) -> Iterator[tuple[str, str]]:
    by_name = {form.record: form.named for form in FORMATS.values() if form.record and form.named}
    for name in policy.records:
        if by_name.get(name) in policy.records:
            yield f"record.{name}", f"record.{by_name[name]} says it of each field by its own name"
        elif OBJECT in policy.records and name not in of_logs():
            yield f"record.{name}", f"every object is an {OBJECT} here, whatever type it says"


def _shared_domain(policy: Policy, *_: object) -> Iterator[tuple[str, str]]:
    purposes: dict[str, str] = {}
    for place, stage, field in _domains(policy):
        purpose = field.purpose or place.record.purpose
        if (first := purposes.setdefault(stage.domain or "", purpose)) != purpose:
            yield place.said, f"tokens of {stage.domain!r} join {purpose} with {first}"


def _domain_of_many(policy: Policy, *_: object) -> Iterator[tuple[str, str]]:
    """Find domains that fields of different things share, by their names: `user` and `device`."""
    classes: dict[str, str] = {}
    for place, stage, _field in _domains(policy):
        known = class_of(names_in(place.path)[-1])
        if known in _THINGS and (first := classes.setdefault(stage.domain or "", known)) != known:
            yield place.said, f"tokens of {stage.domain!r} are of a {first} and of a {known}"


def _domains(policy: Policy) -> Iterator[tuple[Place, Pseudonymize, Field]]:
    """Yield each stage that makes tokens of a domain, and where it stands."""
    for name, record in policy.records.items():
        for path, field in record.fields.items():
            for stage in field.stages:
                if isinstance(stage, Pseudonymize) and stage.domain is not None:
                    yield Place(name, path, record), stage, field


def _quasi_identifiers(name: str, record: Record) -> Iterator[tuple[str, str]]:
    telling: dict[str, None] = {}
    for path, field in record.fields.items():
        if not field.dropped and (what := _tells(Place(name, path, record), field)):
            telling[what] = None
    if len(telling) > MOST_QUASI_IDENTIFIERS:
        yield "", f"together these single somebody out: {', '.join(telling)}"


def _tells(place: Place, field: Field) -> str:
    """Return what a field tells about who it was, where others beside it complete the picture."""
    last = field.stages[-1]
    if isinstance(last, Pseudonymize):
        return ""  # links on purpose, and says nothing by itself
    kind = place.kind(field)
    if kind == "address":
        return "network"
    if kind == "agent":
        return "user agent"
    if kind == "time":
        unit = last.unit if isinstance(last, Generalize) else None
        return "" if unit and unit.endswith(_COARSE_TIMES) else "time"
    if isinstance(last, Generalize) and last.allow is None and last.parts is None:
        return ""
    return _TELLING.get(_ends_in(_TELLING, place.path), "")


def _ends_in(names: Collection[str], path: str) -> str:
    """Return which of some names that of a field ends in: its last two words, or its last."""
    said = words_of(names_in(path)[-1])
    return next((name for name in ("_".join(said[-2:]), *said[-1:]) if name in names), "")


def _unreachable(name: str, record: Record) -> Iterator[tuple[str, str]]:
    for called in sorted(of_logs()):
        if name != called and _bare(name) == _bare(called):
            yield "", f"no format has such records; they are called {called}"
    of_record = [form for form in FORMATS.values() if form.record == name and form.columns]
    columns = {column for form in of_record for column in form.columns or ()}
    for path in record.fields if of_record else ():
        if path not in columns:
            yield f".fields.{path}", "no format has such a column"


def _bare(name: str) -> str:
    return "".join(words_of(name)).removesuffix("s")


def _keeps_personal(place: Place, field: Field) -> Iterator[str]:
    kind = place.kind(field)
    if field.stages[0].verb == "keep" and kind in PERSONAL - {"text"}:
        yield f"a field of kind {kind} leaves as it is"


def _keeps_text(place: Place, field: Field) -> Iterator[str]:
    if field.stages[0].verb == "keep" and place.kind(field) == "text":
        yield "free text leaves as it is"


def _no_reason(_place: Place, field: Field) -> Iterator[str]:
    if not field.dropped and not field.reason:
        yield "leaves without a reason"


def _wide_address(_place: Place, field: Field) -> Iterator[str]:
    for stage in field.stages:
        if isinstance(stage, Truncate) and (stage.v4 > NARROWEST_V4 or stage.v6 > NARROWEST_V6):
            yield f"more than /{NARROWEST_V4} and /{NARROWEST_V6} can point at one household"


def _open_names(place: Place, field: Field) -> Iterator[str]:
    treated = f"{place.path}~" in place.record.fields
    if special(split_path(place.path)[-1]) == REST and not treated and not field.dropped:
        yield "the names in it leave as they are"


def _whole_path(_place: Place, field: Field) -> Iterator[str]:
    for stage in field.stages:
        if isinstance(stage, Url) and stage.path == "keep" and not stage.origin:
            yield "path segments with identifiers leave as they are"


def _fine_time(place: Place, field: Field) -> Iterator[str]:
    kept = field.stages[0].verb == "keep"
    if kept and place.kind(field) == "time" and names_in(place.path)[-1].lower() not in _DAYS:
        yield "times as they are join with other logs"
    for stage in field.stages:
        if isinstance(stage, Generalize) and stage.unit is not None and stage.unit.endswith("s"):
            yield "times to the second join with other logs"


def _few_values(place: Place, field: Field) -> Iterator[str]:
    few = ("category", "measure", "version")
    for stage in field.stages:
        if isinstance(stage, Pseudonymize) and (
            _ends_in(_FEW, place.path)
            or field.kind in few
            or column_kind(place.name, place.path) in few
        ):
            yield "has so few values that their tokens are found by how often each comes"


def _no_effect(_place: Place, field: Field) -> Iterator[str]:
    for index, stage in enumerate(field.stages):
        for before in field.stages[:index]:
            if _covers(before, stage):
                yield f"{stage.verb} changes nothing after {before.verb} before it"
                break


def _covers(before: Stage, stage: Stage) -> bool:
    """Return whether a stage has nothing left to do after another."""
    if isinstance(before, Generalize) and isinstance(stage, Generalize) and before.step:
        return stage.step is not None and before.step % stage.step == 0
    return before == stage


_OF_POLICY: dict[
    str,
    tuple[Callable[[Policy, date | None, Keyring | None], Iterator[tuple[str, str]]], str],
] = {
    "long-period": (_long_period, f"shorten period to {LONGEST_PERIOD}d or less"),
    "no-retention": (_retention, "say retain, as short as the purpose allows"),
    "review-passed": (_review, "look at every line again, then set a new review"),
    "key-outlives-period": (_key_outlives, "make keys with the --period that the policy promises"),
    "unreachable": (_hidden, "keep one of the two, or give each a policy of its own"),
    "domain-across-purposes": (_shared_domain, "give each purpose a domain of its own"),
    "domain-of-many": (_domain_of_many, "give each kind of thing a domain of its own"),
}
_OF_RECORD: dict[str, tuple[Callable[[str, Record], Iterator[tuple[str, str]]], str]] = {
    "quasi-identifiers": (_quasi_identifiers, "drop one, or make it coarser"),
    "unreachable": (_unreachable, "`anonkit formats` and docs/formats.md list the columns"),
}
_OF_FIELD: dict[str, tuple[Callable[[Place, Field], Iterator[str]], str]] = {
    "keeps-personal": (
        _keeps_personal,
        "pseudonymize, truncate or drop it; say its kind where its name misleads",
    ),
    "keeps-text": (_keeps_text, "drop it, or scrub it where names that nothing announces may stay"),
    "no-reason": (_no_reason, "write a reason, or drop it if there is none"),
    "wide-address": (_wide_address, f"truncate to /{NARROWEST_V4} and /{NARROWEST_V6} or less"),
    "open-names": (_open_names, "treat the names too, with the same path and `~` behind it"),
    "whole-path": (_whole_path, 'use path = "template" or "drop"'),
    "fine-time": (_fine_time, "generalize to a minute, or better to an hour"),
    "few-values": (_few_values, "keep it as a category, generalize it, or drop it"),
    "no-effect": (_no_effect, "remove the stage, or put the finer one first"),
}
