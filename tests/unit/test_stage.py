"""The contract of stages: what takes what, what chains, and what each does alone."""

from __future__ import annotations

import itertools
import pickle
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import given

from anonkit import Pipeline, Policy
from anonkit.errors import PolicyError, Withheld
from anonkit.policy import Field, Record
from anonkit.policy.policy import check_chain
from anonkit.stages import (
    VERBS,
    Generalize,
    Placed,
    Pseudonymize,
    Scrub,
    Stage,
    Truncate,
    Url,
    drop,
    generalize,
    keep,
    pseudonymize,
    scrub,
    truncate,
    url,
    user_agent,
)
from anonkit.stages.keep import SCALARS
from anonkit.stages.stage import KINDS, MADE, RAW
from strategies import TREATMENTS, json_values

ONE_OF_EACH: dict[str, Stage] = {
    "keep": keep(),
    "drop": drop(),
    "truncate": truncate(),
    "pseudonymize": pseudonymize(),
    "hour": generalize("1h"),
    "month": generalize("1mo"),
    "zone": generalize("1h", zone="Europe/Berlin"),
    "written": generalize("1h", zone="written"),
    "step": generalize(step=1),
    "log": generalize(log=2),
    "parts": generalize(parts=1),
    "allow": generalize(allow=["x"]),
}
# Which kinds of value each takes, and what comes out: the table of the documentation.
TAKES = {
    "keep": RAW,
    "truncate": {"text"},
    "pseudonymize": {"text", "integer", "address", "agent", "category", "url", "version"},
    "hour": {"time", "integer", "number"},
    "month": {"time"},
    "zone": {"time"},
    "written": {"text", "time", "integer", "number"},
    "step": {"integer", "number"},
    "log": {"integer", "number"},
    "parts": {"text"},
    "allow": {"text", "integer", "agent", "category", "url", "version"},
}
GIVES = {"truncate": "address", "pseudonymize": "token", "parts": "version", "allow": "category"}


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("name", TAKES)
def test_each_stage_takes_its_kinds(name: str, kind: str) -> None:
    """A stage takes exactly the kinds of its row, and refuses the others by kind."""
    if kind in TAKES[name]:
        check_chain([ONE_OF_EACH[name]], frozenset({kind}))
        assert ONE_OF_EACH[name].gives(kind) == GIVES.get(name, kind)
    else:
        with pytest.raises(PolicyError, match=f"does not take {kind}"):
            check_chain([ONE_OF_EACH[name]], frozenset({kind}))


def test_a_verb_of_many_ways_takes_what_they_take() -> None:
    """What generalize takes is what its ways take, each its part of it."""
    ways = [stage.inputs() for stage in ONE_OF_EACH.values() if stage.verb == "generalize"]
    assert Generalize.takes == frozenset().union(*ways)


@pytest.mark.parametrize(("stage", "made"), [
    (Truncate, truncate()), (Pseudonymize, pseudonymize()), (Scrub, scrub()), (Url, url()),
])  # fmt: skip
def test_a_class_has_the_defaults_of_its_verb(stage: type[Stage], made: Stage) -> None:
    """A stage out of a policy's file, by its class, is the one that its verb makes."""
    assert stage() == made == msgspec.convert({}, stage)


@pytest.mark.parametrize(("first", "second"), [*itertools.product(ONE_OF_EACH, repeat=2)])
def test_all_pairs_of_stages(first: str, second: str) -> None:
    """Two stages chain exactly where the second takes all that comes out of the first."""
    chain = (ONE_OF_EACH[first], ONE_OF_EACH[second])
    if {"keep", "drop"} & {first, second}:
        with pytest.raises(PolicyError, match="stands alone: nothing comes before or after it"):
            Field(chain)
        return
    comes = {GIVES.get(first, kind) for kind in TAKES[first] & RAW}
    if comes <= set(TAKES[second]):
        Field(chain)
        return
    with pytest.raises(PolicyError, match=rf"does not take .* out of {chain[0].verb}"):
        Field(chain)


def test_no_stage_is_no_chain() -> None:
    """A field needs a stage, and what is none is named."""
    with pytest.raises(PolicyError, match="has no stage"):
        Field(())
    with pytest.raises(PolicyError, match="str is not a stage"):
        check_chain(["keep"], RAW)  # type: ignore[list-item]
    with pytest.raises(PolicyError, match="does not take nothing"):
        check_chain([keep()], frozenset())


def test_a_stage_without_a_meaning_withholds() -> None:
    """The base itself, and a verb that forgets its function, let nothing pass."""
    with pytest.raises(Withheld, match="no stage"):
        Stage()("x")
    with pytest.raises(Withheld, match="no stage"):
        drop()("x")


def test_a_stage_alone_passes_none() -> None:
    """None stays None, for every stage that needs no key."""
    for stage in ONE_OF_EACH.values():
        if not stage.keyed:
            assert stage(None) is None


def test_a_keyed_stage_needs_a_key() -> None:
    """Alone, or in a plan without keys, a keyed stage says that it needs one."""
    with pytest.raises(PolicyError, match=r"pseudonymize: needs a key \(use it in a Pipeline"):
        pseudonymize()("x")
    with pytest.raises(PolicyError, match="pseudonymize: needs a key"):
        pseudonymize().bind()
    with pytest.raises(PolicyError, match=r"record.a.fields.v: needs a key \(hand a keyring over"):
        Pipeline(Policy("p", {"a": Record({"v": pseudonymize()})}))


def test_stages_are_values() -> None:
    """Stages made alike are equal, hash alike, cannot be changed, and can be sent elsewhere."""
    for stage in ONE_OF_EACH.values():
        again = pickle.loads(pickle.dumps(stage))  # noqa: S301 - our own
        assert again == stage
        assert hash(again) == hash(stage)
        for option in stage.__struct_fields__:
            with pytest.raises(AttributeError):
                setattr(stage, option, None)
    assert truncate() != truncate(v4=16)


def test_a_placed_stage_knows_its_field() -> None:
    """`truncate("ip")` and `truncate().on("ip")` are the same."""
    for made, placed in (
        (keep("f"), keep()), (drop("f"), drop()), (truncate("f", v4=8), truncate(v4=8)),
    ):  # fmt: skip
        assert made == placed.on("f") == Placed("f", placed)
        with pytest.raises(AttributeError):
            made.field = "g"  # type: ignore[misc]


def test_verbs_are_complete() -> None:
    """The table of verbs names each stage by its own verb, and its kinds are known ones."""
    for verb, stage in VERBS.items():
        assert stage.verb == verb
        assert stage.takes <= KINDS
        assert stage.__doc__
    stages = [*ONE_OF_EACH.values(), scrub(), url(), user_agent()]
    assert {stage.gives(kind) for stage in stages for kind in stage.inputs()} == KINDS == RAW | MADE
    assert not RAW & MADE


@given(json_values)
def test_keep_lets_single_values_pass(value: Any) -> None:
    """Keep gives a single value back as it is, and withholds lists and objects."""
    if isinstance(value, list | dict):
        with pytest.raises(Withheld, match="not a single value"):
            keep()(value)
    else:
        assert keep()(value) is value


def test_keep_knows_its_scalars() -> None:
    """Keep takes the eight scalars and enumerations, and no subclass of them."""

    class Color(Enum):
        RED = "red"

    class Text(str):
        __slots__ = ()

    for value in ("x", 1, 1.5, True, datetime.now(UTC), date(2024, 1, 1), timedelta(1), Color.RED):
        assert keep()(value) is value
    assert len(SCALARS) == 7
    for wrong in (Text("x"), b"x", object(), (1,), {1}, 1j):
        with pytest.raises(Withheld, match="not a single value"):
            keep()(wrong)


class _Broken(Stage, frozen=True):
    """A stage at fault: it raises what no stage should."""

    verb: ClassVar[str] = "broken"
    takes: ClassVar[frozenset[str]] = RAW

    def bind(self, scope: Any = None, *, packed: bool = False) -> Any:
        def fail(value: Any) -> Any:
            raise ZeroDivisionError(value)

        return fail


@pytest.mark.parametrize("withhold", ["record", "field"])
def test_a_stage_at_fault_withholds_by_its_field(withhold: Any) -> None:
    """An exception that no stage should raise is a value that cannot be treated, at its place."""
    policy = Policy("p", {"a": Record({"v": Field((_Broken(),), withhold=withhold)})})
    pipeline = Pipeline(policy)
    for _ in range(2):
        left = pipeline({"type": "a", "v": "x"})
        assert left == (None if withhold == "record" else {"type": "a"})
    counts = pipeline.report.as_dict()
    assert counts["withheld" if withhold == "record" else "omitted_fields"] == [
        {"record": "a", "field": "v", "rule": "cannot be treated", "count": 2}
    ]


@pytest.mark.parametrize("treatment", TREATMENTS, ids=lambda t: "-".join(s.verb for s in t.stages))
@given(value=json_values)
def test_every_stage_gives_or_withholds(treatment: Any, value: Any) -> None:
    """A stage alone gives a single value or raises Withheld, for any JSON value whatever."""
    stage = treatment.stages[0]
    if stage.keyed:
        return
    try:
        left = stage(value)
    except Withheld as error:
        assert error.rule.islower()
        assert len(error.rule) < 40
    else:
        assert left is None or left.__class__ in SCALARS


def test_options_are_strict() -> None:
    """A stage has no options but its own, however it is made."""
    for stage in VERBS.values():
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"no such option": 1}, stage)
