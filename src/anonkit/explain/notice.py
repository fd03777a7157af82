"""The notice: what a policy lets leave, in the words of those it concerns.

Written from the policy alone, so it cannot promise what the software does not do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonkit.explain.page import Block, Heading, Items, Paragraph, Table
from anonkit.explain.sentences import form, span
from anonkit.parse.formats import of_logs
from anonkit.policy.kinds import PERSONAL, kind_of
from anonkit.policy.paths import NAMES, REST, names_in, special, split_path
from anonkit.policy.policy import days
from anonkit.stages.pseudonymize import Pseudonymize
from anonkit.stages.url import Url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonkit.explain.wording import Wording
    from anonkit.policy.policy import Field, Policy, Record
    from anonkit.records.agreed import Agreed

# Records of logs that somebody runs the command on; nobody is asked for each of them.
LOG_RECORDS = of_logs()

# What a kind of field leaves possible, and the kinds that say it.
_REMAINS = {
    "token": {"identifier"},
    "address": {"address"},
    "text": {"text"},
    "url": {"url"},
    "agent": {"agent"},
    "time": {"time"},
}


def notice(policy: Policy, words: Wording) -> list[Block]:
    """Return the notice of a policy, as a page."""
    name = words.policy_name(policy.name)
    return [
        Heading(words.frame("notice", "title", name=name), 1),
        Paragraph(words.frame("notice", "lead")),
        *_brief(policy, words),
        *_collected(policy, words),
        *_never(policy, words),
        *_how_long(policy, words),
        *_linking(policy, words),
        *_stopping(policy, words),
        *_remains(policy, words),
        *_check(policy, words, name),
    ]


def field_name(path: str, words: Wording, record: str) -> str:
    """Return what a field is called: by its whole path, or as a part of what holds it."""
    whole, last = names_in(path), special(split_path(path)[-1])
    said = words.name("field", whole[-1], record)
    if len(whole) > 1:
        outer = words.name("field", whole[-2], record)
        said = words.frame("notice", "part_of", part=said, whole=outer)
    if last == NAMES:
        return words.frame("notice", "names_of", field=said)
    if last == REST:
        return words.frame("notice", "values_of", field=said)
    return said


def _brief(policy: Policy, words: Wording) -> list[Block]:
    named = [
        field_name(path, words, name)
        for name, path, field in _leaving(policy)
        if kind_of(name, path, field) in PERSONAL and field.stages[0].verb == "keep"
    ]
    scrubbed = any(
        stage.verb == "scrub" for *_, field in _leaving(policy) for stage in field.stages
    )
    purposes = [words.name("purpose", purpose) for purpose in _purposes(policy)]
    linked = {"period": span(policy.period, words)} if policy.keyed else {}
    return [
        Heading(words.frame("notice", "brief")),
        Items(
            [
                words.frame("notice", "purposes", purposes="; ".join(purposes)),
                words.frame("notice", "named", fields=", ".join(dict.fromkeys(named)))
                if named
                else words.frame("notice", "unnamed_text" if scrubbed else "unnamed"),
                words.frame("notice", "keyed" if policy.keyed else "unkeyed", **linked),
                words.frame("notice", "kept_for", retain=_longest(policy, words)),
            ]
        ),
    ]


def _collected(policy: Policy, words: Wording) -> Iterator[Block]:
    yield Heading(words.frame("notice", "collected"))
    for name, record in policy.records.items():
        title = words.name("record", name)
        yield Heading(_capital(title), 3)
        yield Paragraph(
            words.frame(
                "notice",
                "collected_for",
                purpose=words.name("purpose", record.purpose),
                retain=span(policy.retention(name), words, after=True),
            )
        )
        if record.agreed is not None:
            consent = _consent(record.agreed, words)
            yield Paragraph(words.frame("notice", "collected_agreed", consent=consent))
        rows = [
            (
                _capital(field_name(path, words, name)),
                _capital(form(field.stages, words)),
                _capital(_why(field, record, words)),
            )
            for path, field in record.fields.items()
            if not field.dropped
        ]
        if rows:
            head = [
                words.frame("notice", key) for key in ("head_field", "head_form", "head_reason")
            ]
            yield Table(head, rows, words.frame("notice", "caption", record=title))
        else:
            yield Paragraph(words.frame("notice", "nothing"))


def _why(field: Field, record: Record, words: Wording) -> str:
    reason = words.reason(field.reason)
    if field.agreed is not None:
        consent = _consent(field.agreed, words)
        reason = f"{reason}; {consent}" if reason else consent
    if field.purpose in (None, record.purpose):
        return reason
    purpose = words.name("purpose", field.purpose or "")
    return words.frame("notice", "for_purpose", reason=reason, purpose=purpose).strip()


def _consent(agreed: Agreed, words: Wording) -> str:
    """Return the condition under which something leaves."""
    field = words.name("field", agreed.field)
    if agreed.until is None:
        return words.frame("notice", "agreed", field=field)
    until = words.name("field", agreed.until)
    return words.frame("notice", "agreed_until", field=field, until=until)


def _never(policy: Policy, words: Wording) -> Iterator[Block]:
    yield Heading(words.frame("notice", "never"))
    dropped = {
        name: [
            field_name(path, words, name) for path, field in record.fields.items() if field.dropped
        ]
        for name, record in policy.records.items()
    }
    lines = [
        words.frame(
            "notice",
            "never_of",
            record=_capital(words.name("record", name)),
            fields=", ".join(fields),
        )
        for name, fields in dropped.items()
        if fields
    ]
    if lines:
        yield Paragraph(words.frame("notice", "never_lead"))
        yield Items(lines)
    yield Paragraph(words.frame("notice", "never_else" if lines else "never_all"))


def _how_long(policy: Policy, words: Wording) -> Iterator[Block]:
    yield Heading(words.frame("notice", "how_long"))
    retain = span(policy.retention(), words, after=True)
    said = words.frame("notice", "how_long_text", retain=retain)
    yield Paragraph(
        said if _of_logs(policy) else f"{said} {words.frame('notice', 'how_long_batch')}"
    )
    own = [
        words.frame(
            "notice",
            "how_long_of",
            record=_capital(words.name("record", name)),
            retain=span(record.retain, words, after=True),
        )
        for name, record in policy.records.items()
        if record.retain
    ]
    if own:
        yield Items(own)


def _linking(policy: Policy, words: Wording) -> Iterator[Block]:
    yield Heading(words.frame("notice", "linking"))
    if not policy.keyed:
        yield Paragraph(words.frame("notice", "linking_none"))
        return
    yield Paragraph(words.frame("notice", "linking_key"))
    yield Paragraph(words.frame("notice", "linking_period", period=span(policy.period, words)))
    shared: dict[str, dict[str, None]] = {}
    for name, _, field in _leaving(policy):
        for stage in field.stages:
            if isinstance(stage, Pseudonymize) and stage.domain is not None:
                shared.setdefault(stage.domain, {})[words.name("record", name)] = None
    lines = [
        words.frame(
            "notice",
            "linking_domain",
            domain=words.name("field", domain),
            places=", ".join(places),
        )
        for domain, places in shared.items()
        if len(places) > 1
    ]
    if lines:
        yield Items(lines)


def _stopping(policy: Policy, words: Wording) -> Iterator[Block]:
    yield Heading(words.frame("notice", "stopping"))
    key = "stopping_operator" if _of_logs(policy) else "stopping_text"
    yield Paragraph(words.frame("notice", key))
    if policy.owner:
        yield Paragraph(words.frame("notice", "stopping_owner", owner=policy.owner))


def _remains(policy: Policy, words: Wording) -> Iterator[Block]:
    kinds = {
        kind_of(name, path, field)
        for name, path, field in _leaving(policy)
        if not any(isinstance(stage, Url) and stage.pathless for stage in field.stages)
    }
    yield Heading(words.frame("notice", "remains"))
    said = [words.frame("remains", key) for key, of in _REMAINS.items() if of & kinds]
    yield Items([*said, words.frame("remains", "rare")])


def _check(policy: Policy, words: Wording, name: str) -> Iterator[Block]:
    yield Heading(words.frame("notice", "check"))
    said = words.frame("notice", "check_text", name=name, hash=policy.hash)
    yield Paragraph(said if _of_logs(policy) else f"{said} {words.frame('notice', 'check_batch')}")
    if policy.review:
        yield Paragraph(words.frame("notice", "check_review", review=policy.review))


def _of_logs(policy: Policy) -> bool:
    """Return whether all its records are lines of logs: no consent, no batch."""
    return policy.records.keys() <= LOG_RECORDS


def _leaving(policy: Policy) -> Iterator[tuple[str, str, Field]]:
    """Yield record type, path and field of all that leaves."""
    for name, record in policy.records.items():
        for path, field in record.fields.items():
            if not field.dropped:
                yield name, path, field


def _purposes(policy: Policy) -> list[str]:
    found: dict[str, None] = {}
    for record in policy.records.values():
        found[record.purpose] = None
        found |= dict.fromkeys(field.purpose for field in record.fields.values() if field.purpose)
    return list(found)


def _longest(policy: Policy, words: Wording) -> str:
    longest = max(map(policy.retention, policy.records), key=lambda text: days(text, "retain"))
    return span(longest, words, after=True)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
