"""A policy proposed for a log or events that nobody has described.

For each field: what its values look like, what its name says, and the stage that fits both. Where
the two do not agree, or say nothing, the field is dropped: a proposal errs on the side of the
person. It holds names of fields and record types, counts and reasons; never a value.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from anonkit.detect import find
from anonkit.errors import FormatError
from anonkit.explain import shapes
from anonkit.explain.fields import reader
from anonkit.explain.observe import NEARLY_ALL, Observed
from anonkit.keys.keyring import Keyring
from anonkit.parse.formats import FORMATS, OBJECT
from anonkit.parse.names import class_of, is_moment, is_worded, words_of
from anonkit.pipeline import Pipeline
from anonkit.policy.paths import names_in
from anonkit.policy.policy import RECORD_NAME, Policy
from anonkit.policy.walk import TYPE_FIELD
from anonkit.stages.clock import SINCE_1970, WRITTEN
from anonkit.stages.identifiers import words
from anonkit.stages.truncate import Truncate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from anonkit.parse.formats import Format
    from anonkit.policy.policy import Field
    from anonkit.stages.stage import Stage

# A name that fewer records have is data, or an accident, and stays behind.
LEAST_SHARE: Final = 0.01
LEAST_RECORDS: Final = 2
# A field of words is a category while it has no more of them.
MOST_WORDS: Final = 64
# Digits of a code: those of protocols and systems have fewer, cards, telephones and people more.
LONGEST_CODE: Final = 6
# Records that a stage refuses are broken ones; more than this share, and the stage does not fit.
MOST_REFUSED: Final = 0.02

# A stage as a policy writes it.
Written = dict[str, Any]
DROP: Final[Written] = {"drop": True}
# A value that is refused takes no record along: nearly all things are written otherwise somewhere.
ALONE: Final[Written] = {"withhold": "field"}
# Why an object or a list is dropped whole.
MIXED: Final = "a list or an object, and something else in some records"
MAP: Final = "an object with other names in each record, which may be data"

# Words in names whose values programs choose, and no person.
_TECHNICAL: Final = words(
    "action code component direction encoding event facility kind level logger method mode module "
    "operation outcome phase priority protocol result severity stage status stream type verb"
)
_MEASURES: Final = words(
    "amount attempts bytes code count depth duration elapsed height items latency length lines ms "
    "number pages percent port priority quantity rate ratio retries rows score seconds size "
    "status steps sum time total uses width"
)
_VERSIONS: Final = words("release version")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


class Proposal(NamedTuple):
    """What is proposed for a field.

    Args:
        stage: As a policy says it.
        reason: For the data protection officer, in the policy; empty for what is dropped.
        seen: What was seen, as a comment.
    """

    stage: Written
    reason: str
    seen: str


def infer(form: Format, lines: Sequence[bytes]) -> str:
    """Return a policy for a sample, as TOML with comments.

    What it proposes was tried on the sample: a field that its stage refuses is dropped after all.

    Raises:
        FormatError: No line of the sample has the format.
    """
    if form.name == "json" and _are_records(lines):
        form = FORMATS["jsonl"]  # objects that say their type can have a policy of their own
    elif form.record:  # by what is called in this log, where that can be named
        form = form.under((form.named,))
    records, maps, counts = _observed(form, lines)
    if not records:
        raise FormatError(f"no line of the sample has the format {form.name}")
    given = _given(form)
    proposals = {
        name: _whole(
            {path: propose(path, seen, given.get(path)) for path, seen in fields.items()},
            dict.fromkeys(shapes.mixed(fields), MIXED) | dict.fromkeys(maps[name], MAP),
        )
        for name, fields in records.items()
    }
    while True:  # what is dropped is not tried again, so each round leaves less
        text = _written(form, proposals, counts, len(lines))
        refused = _refused(Policy.from_toml(text), form, lines)
        given_way = [
            _gives_way(proposals[name], path, rule, count / counts[name])
            for name, path, rule, count in refused
        ]
        if not any(given_way):
            return text


def _are_records(lines: Sequence[bytes]) -> bool:
    """Return whether nearly all objects of a log say their type as records do, one of a few."""
    read = reader(FORMATS["jsonl"])
    types = Counter(dict(fields).get(TYPE_FIELD, "") for line in lines if (fields := read(line)))
    if OBJECT in types:  # under a policy it would be every record
        return False
    total = types.total()
    known = sum(
        n for name, n in types.items() if RECORD_NAME.fullmatch(name) and n >= _least(total)
    )
    return known >= NEARLY_ALL * max(1, total)


def _gives_way(proposals: dict[str, Proposal], path: str, rule: str, share: float) -> bool:
    """Change the proposals that a refusal shows not to fit, and return whether there are any.

    Args:
        proposals: By path; changed in place.
        path: Where values were refused.
        rule: The rule that refused them.
        share: In how many of the records.
    """
    parts = [other for other in proposals if shapes.is_below(other, path)]
    if parts:  # a list or an object, and in some records neither
        for part in parts:
            del proposals[part]
        proposals[path] = Proposal(DROP, "", MIXED)
        return True
    proposal = proposals.get(path)
    # Lines that are no text are withheld whatever the policy says of them.
    if proposal is None or proposal.stage == DROP:
        return False
    if share > MOST_REFUSED:
        why = "written as text" if rule == "wrong type" else f"many are refused: {rule}"
        seen = f"{proposal.seen}; {why}"
        proposals[path] = Proposal(DROP, "", seen)
        return True
    alone = proposal.stage | ALONE
    if proposal.stage == alone:
        return False
    proposals[path] = proposal._replace(stage=alone, seen=f"{proposal.seen}; few are refused")
    return True


def propose(path: str, seen: Observed, given: Field | None = None) -> Proposal:
    """Return what is proposed for a field, by its name and what was seen of it.

    Args:
        path: The field.
        seen: What its values are like.
        given: What the preset of the format says of it, where its grammar says what it means.
    """
    if given is not None:
        proposal = _of_preset(given)
    else:
        name = names_in(path)[-1]
        proposal = _fitting(name, class_of(name), seen)
    share = f"{seen.share:.0%} differ" if seen.count else "no values"
    said = f"{seen.count:,} values, {share}, {seen.kind}: {proposal.seen}"
    return proposal._replace(seen=said)


def _whole(proposals: dict[str, Proposal], whole: Mapping[str, str]) -> dict[str, Proposal]:
    """Return proposals in which some places are dropped as a whole, the outermost of them.

    Args:
        proposals: By path.
        whole: Why, by path.
    """

    def is_outermost(path: str) -> bool:
        return all(place not in whole for place, _ in shapes.outer(path))

    dropped = {
        path: Proposal(
            DROP, "", f"{proposals[path].seen}; some have parts" if path in proposals else why
        )
        for path, why in sorted(whole.items())
        if is_outermost(path)
    }
    return dropped | {
        path: proposal
        for path, proposal in proposals.items()
        if path not in whole and is_outermost(path)
    }


def _given(form: Format) -> Mapping[str, Field]:
    """Return what a preset says of the columns of a format; of one with a header, nothing."""
    if not form.record or form.named:
        return {}
    return Policy.preset(form.preset).records[form.record].fields


def _of_preset(given: Field) -> Proposal:
    if given.stages[0].verb == "scrub":
        return Proposal(DROP, "", FREE_TEXT)
    if given.dropped:
        return Proposal(DROP, "", "as the preset of the format has it")
    (stage,) = given.stages  # columns of logs need no more
    return Proposal(_short(stage), given.reason, "as the preset of the format has it")


def _short(stage: Stage) -> Written:
    """Return a stage as a policy says it, without the options that are as they are anyway."""
    options = {
        option.name: getattr(stage, option.name)
        for option in msgspec.structs.fields(stage)
        if getattr(stage, option.name) != option.default or isinstance(stage, Truncate)
    }
    return {stage.verb: options or True}


FREE_TEXT: Final = "free text; scrub it where names that nothing announces may stay"


def _fitting(name: str, known: str, seen: Observed) -> Proposal:
    """Return what fits a class of name and what was seen."""
    kind = seen.kind
    if known in ("secret", "personal", "email", "name"):
        return Proposal(DROP, "", f"its name says {known}")
    if seen.kinds["email"]:
        return Proposal(DROP, "", "has e-mail addresses")
    if kind == "address":
        stage = {"truncate": {"v4": 24, "v6": 48}}
        return Proposal(stage, "which network, never which device", "addresses")
    if known in ("user", "session", "host") and kind in ("identifier", "integer", "word"):
        reason = f"tells one {known} from another, not which it is"
        return Proposal({"pseudonymize": known}, reason, f"its name says {known}")
    if is_moment(name) and seen.count and all(map(SINCE_1970.fullmatch, seen.values())):
        since = {"generalize": {"unit": "1h", "zone": WRITTEN}}
        return Proposal(since, "when, to the hour", "times, as numbers since 1970")
    return _BY_KIND[kind](name, known, seen)


def _dropped(why: str) -> Callable[[str, str, Observed], Proposal]:
    return lambda *_: Proposal(DROP, "", why)


def _of_time(*_: object) -> Proposal:
    return Proposal({"generalize": "1h"}, "when, to the hour", "times")


def _of_boolean(*_: object) -> Proposal:
    return Proposal({"keep": True}, "yes or no", "truth values")


def _of_url(_name: str, known: str, _seen: Observed) -> Proposal:
    if known != "url":
        return Proposal(DROP, "", "paths, and its name says nothing of a page")
    return Proposal({"url": True}, "which page, without query and identifiers", "URLs")


def _of_agent(_name: str, known: str, _seen: Observed) -> Proposal:
    if known != "agent":
        return Proposal(DROP, "", "looks like programs, and its name says nothing of them")
    return Proposal({"user_agent": True}, "program, major version and system", "user agents")


def _of_version(name: str, *_: object) -> Proposal:
    if _VERSIONS.isdisjoint(words_of(name)):
        return Proposal(DROP, "", "looks like versions, and its name says nothing of them")
    return Proposal({"generalize": {"parts": 2}}, "which versions are in use", "versions")


def _of_number(name: str, _known: str, seen: Observed) -> Proposal:
    if _MEASURES.isdisjoint(words_of(name)):
        return Proposal(DROP, "", "numbers, and its name does not say of what")
    if seen.distinct <= MOST_WORDS and not _TECHNICAL.isdisjoint(words_of(name)):
        if max(map(len, seen.values())) > LONGEST_CODE:
            return Proposal(DROP, "", "long numbers, and its name says codes")
        return Proposal({"keep": True}, "which codes occur", "few numbers; its name says codes")
    stage = {"generalize": {"log": 2}}
    return Proposal(stage, "its order of magnitude", "its name says a measure")


def _of_identifier(_name: str, _known: str, seen: Observed) -> Proposal:
    if seen.distinct <= MOST_WORDS:
        return Proposal(DROP, "", "so few identifiers that their tokens tell them")
    reason = "tells one from another, not which it is"
    return Proposal({"pseudonymize": True}, reason, "identifiers")


def _of_word(name: str, _known: str, seen: Observed) -> Proposal:
    if _TECHNICAL.isdisjoint(words_of(name)) or seen.distinct > MOST_WORDS:
        return Proposal(DROP, "", "words that people may have chosen")
    if any(map(find, seen.values())):
        return Proposal(DROP, "", "words, some of them personal")
    return Proposal({"keep": True}, "which of a few words", "few words; its name is a program's")


_BY_KIND: Final[dict[str, Callable[[str, str, Observed], Proposal]]] = {
    "agent": _of_agent,
    "boolean": _of_boolean,
    "email": _dropped("e-mail addresses"),
    "identifier": _of_identifier,
    "integer": _of_number,
    "mixed": _dropped("values of several kinds"),
    "nothing": _dropped("nothing to tell by"),
    "number": _of_number,
    "text": _dropped(FREE_TEXT),
    "time": _of_time,
    "url": _of_url,
    "version": _of_version,
    "word": _of_word,
}


def _observed(
    form: Format, lines: Sequence[bytes]
) -> tuple[dict[str, dict[str, Observed]], dict[str, set[str]], Counter[str]]:
    """Return what was seen of each field that enough records have, by record type.

    Beside it come the objects whose names are data, and how many records there are of each type.
    """
    read = reader(form)
    found: dict[str, dict[str, Observed]] = {}
    had: dict[str, Counter[str]] = {}
    counts: Counter[str] = Counter()
    on_the_way: dict[str, set[str]] = {}
    for line in lines:
        fields = read(line)
        if not fields:
            continue
        name = form.record or dict(fields).get(TYPE_FIELD, "")
        counts[name] += 1
        seen = found.setdefault(name, {})
        for path in {path for path, _ in fields} - on_the_way.keys():
            on_the_way[path] = {path, *(place for place, _ in shapes.outer(path))}
        had.setdefault(name, Counter()).update(
            set().union(*(on_the_way[path] for path, _ in fields))
        )
        for path, value in fields:
            if form.record or path != TYPE_FIELD:  # the record type itself; no field is called so
                seen.setdefault(path, Observed()).add(value)
    total = counts.total()
    records = {
        name: {
            path: observed
            for path, observed in fields.items()
            if had[name][path] >= _least(counts[name]) and shapes.is_name(path)
        }
        for name, fields in found.items()
        if RECORD_NAME.fullmatch(name) and counts[name] >= _least(total)
    }
    maps = {
        name: {
            place
            for place in shapes.maps(had[name], found[name])
            if had[name][place] >= _least(counts[name])
            and shapes.is_name(place)
            and not _has_fields(place, had[name])
        }
        for name in records
    }
    return {name: fields for name, fields in records.items() if fields}, maps, counts


def _has_fields(place: str, paths: Collection[str]) -> bool:
    """Tell whether an object has fields that come and go, such as headers, and no data as names."""
    below = [path.removeprefix(f"{place}.") for path in paths if path.startswith(f"{place}.")]
    if not all(map(shapes.is_name, below)):
        return False
    names = {names_in(path)[0] for path in below}
    return sum(map(is_worded, names)) * 2 > len(names)


def _least(count: int) -> float:
    return min(count, max(LEAST_RECORDS, LEAST_SHARE * count))


def _refused(
    policy: Policy, form: Format, lines: Sequence[bytes]
) -> list[tuple[str, str, str, int]]:
    """Return where values of the sample are refused, by which rule, and how many."""
    pipeline = Pipeline(policy, keys=Keyring.generate() if policy.keyed else None)
    stream = pipeline.lines(form)
    for line in lines:
        stream.feed(line)
    stream.finish()
    told = pipeline.report.as_dict()
    return [
        (entry["record"], entry["field"], entry["rule"], entry["count"])
        for entry in (*told["withheld"], *told["omitted_fields"])
        if entry["record"] in policy.records and entry["field"]
    ]


_HEAD: Final = """\
#:schema policy.schema.json
# Proposed from {total:,} lines of the format {form}. A proposal is no decision: read every line,
# write your own reasons, then run `anonkit check` and `anonkit preview`.
name = "inferred"
period = "30d"
retain = "90d"
"""


def _written(
    form: Format,
    proposals: dict[str, dict[str, Proposal]],
    counts: Counter[str],
    total: int,
) -> str:
    """Return the policy as TOML."""
    blocks = [_HEAD.format(total=total, form=form.name)]
    for name, fields in proposals.items():
        lines = [f"[record.{name}]  # {counts[name]:,} records", 'purpose = "usage"']
        for path, proposal in fields.items():
            said = proposal.stage | ({"reason": proposal.reason} if proposal.reason else {})
            written = '"drop"' if proposal.stage == DROP else _toml(said)
            lines += [f"# {proposal.seen}", f"fields.{_key(path)} = {written}"]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _toml(value: Any) -> str:
    """Return a value as TOML writes it in a line; its texts are JSON's, which TOML reads alike."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(part)}' for key, part in value.items())} }}"
    return msgspec.json.encode(value).decode()


def _key(path: str) -> str:
    return path if _BARE_KEY.fullmatch(path) else f"'{path}'"
