"""One sentence per stage: in which form a value leaves.

Every option that changes what leaves changes the sentence; a test holds the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anonkit.policy.policy import days
from anonkit.stages.clock import WRITTEN
from anonkit.stages.generalize import Generalize
from anonkit.stages.pseudonymize import Pseudonymize
from anonkit.stages.scrub import Scrub
from anonkit.stages.truncate import V4_BITS, V6_BITS, Truncate
from anonkit.stages.url import Url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from anonkit.explain.wording import Wording
    from anonkit.stages.stage import Stage

LISTED = 12  # values of an allow-list that are named; longer ones end in their number
WEEK, YEAR = 7, 365


def form(stages: Sequence[Stage], words: Wording) -> str:
    """Return in which form a value leaves a chain of stages."""
    return words.frame("notice", "then").join(stage_form(stage, words) for stage in stages)


def stage_form(stage: Stage, words: Wording) -> str:
    """Return in which form a value leaves one stage."""
    said = _FORMS.get(type(stage))
    return words.frame("stage", stage.verb) if said is None else said(stage, words)


def span(length: str, words: Wording, *, after: bool = False) -> str:
    """Return a length such as `730d` in words: `730 days (2 years)`.

    Args:
        length: In days, as a policy writes it.
        words: The language.
        after: Where it follows `after`; some languages inflect it there.
    """
    section = "span_after" if after else "span"
    count = days(length, "")
    said = _counted("day", count, section, words)
    for unit, size in (("year", YEAR), ("week", WEEK)):
        if count % size == 0:
            rough = _counted(unit, count // size, section, words)
            return words.frame(section, "both", days=said, rough=rough)
    return said


def _counted(unit: str, count: int, section: str, words: Wording) -> str:
    return words.frame(section, unit if count == 1 else f"{unit}_n", n=count)


def _network(stage: Truncate, words: Wording) -> str:
    bits = stage.v4, stage.v6
    key = {(0, 0): "truncate_none", (V4_BITS, V6_BITS): "truncate_all"}.get(bits, "truncate")
    return words.frame("stage", key, v4=stage.v4, v6=stage.v6)


def _token(stage: Pseudonymize, words: Wording) -> str:
    if stage.domain is None:
        said = words.frame("stage", "pseudonymize")
    else:
        domain = words.name("field", stage.domain)
        said = words.frame("stage", "pseudonymize_domain", domain=domain)
    if not stage.canonical:
        return said
    forms = _joined([words.frame("form", name) for name in sorted(stage.canonical)], words)
    return words.frame("stage", "pseudonymize_canonical", token=said, forms=forms)


def _coarser(stage: Generalize, words: Wording) -> str:
    if stage.unit is not None:
        said = _unit(stage.unit, words)
        suffix = {None: "", WRITTEN: "_written"}.get(stage.zone, "_zone")
        key = f"generalize_unit{suffix}"
        return words.frame("stage", key, unit=said, zone=stage.zone)
    if stage.step is not None:
        return words.frame("stage", "generalize_step", step=words.number(stage.step))
    if stage.log is not None:
        return words.frame("stage", "generalize_log", log=words.number(stage.log))
    if stage.parts is not None:
        key = "generalize_parts_1" if stage.parts == 1 else "generalize_parts"
        return words.frame("stage", key, parts=stage.parts)
    if stage.ceil is not None:
        return words.frame("stage", "generalize_ceil", unit=_size(stage.ceil))
    return words.frame("stage", "generalize_allow", values=_listed(stage.allow or ()))


def _unit(unit: str, words: Wording) -> str:
    """Return a unit such as `15min` in words."""
    count = unit.rstrip("smindhwoy")
    name = unit[len(count) :]
    return words.frame("unit", name if count == "1" else f"{name}_n", n=count)


def _size(unit: str) -> str:
    """Return the length of a unit such as `15min`, in the signs of both languages: `15 min`."""
    count = unit.rstrip("smindh")
    return f"{count} {unit[len(count) :]}"


def _url(stage: Url, words: Wording) -> str:
    if stage.pathless:
        said = words.frame("stage", "url_drop")
    else:
        said = words.frame("stage", "url" if stage.path == "template" else "url_keep")
    if stage.parameters and not stage.origin:
        return words.frame("stage", "url_parameters", url=said, names=_listed(stage.parameters))
    return said


def _scrubbed(stage: Scrub, words: Wording) -> str:
    said = words.frame("stage", f"scrub_{stage.action}")
    if stage.detectors:
        said = words.frame("stage", "scrub_detectors", text=said, names=_listed(stage.detectors))
    if stage.region is not None:
        said = words.frame("stage", "scrub_region", text=said, region=stage.region)
    if stage.trace:
        said = words.frame("stage", "scrub_trace", text=said)
    return said


def _listed(values: Iterable[object]) -> str:
    named = list(map(str, values))
    more = len(named) - LISTED
    return ", ".join(named[:LISTED]) + (f", … (+{more})" if more > 0 else "")


def _joined(items: Sequence[str], words: Wording) -> str:
    return words.frame("notice", "and").join(items)


_FORMS: dict[type[Stage], Callable[[Any, Wording], str]] = {
    Truncate: _network,
    Pseudonymize: _token,
    Generalize: _coarser,
    Url: _url,
    Scrub: _scrubbed,
}
