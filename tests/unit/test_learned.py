"""Undeclared fields of JSON: their names are learned, and counted as they were."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from anonkit import Pipeline, Policy
from anonkit.policy import compiled
from strategies import keyring

POLICY = Policy.from_toml(
    '[record.a]\nfields.v = "keep"\nfields.gone = "drop"\nfields."o.x" = "keep"\n'
    'fields."l[].y" = "keep"\nfields."m[][].z" = "keep"\nfields."s.*" = "keep"\n'
    'fields."r.*.w" = "keep"\nfields."k.v.w" = "keep"\nfields."k.*.w" = "keep"\n[record.b]\nfields.v = "keep"'
)
NAMES = st.sampled_from(["v", "w", "gone", "x", "y", "z", "u", 'q"', "é", "n0"])
SCALARS = st.sampled_from([1, "x", None, True])
PARTS = st.dictionaries(NAMES, SCALARS | st.dictionaries(NAMES, SCALARS, max_size=2), max_size=4)


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """Draw a record as JSON with any undeclared fields, at any depth."""
    record: dict[str, Any] = {"type": draw(st.sampled_from("aab")), **draw(PARTS)}
    record["v"] = 1
    several = st.dictionaries(NAMES, PARTS | st.none(), max_size=3)
    parts = {"o": PARTS, "l": st.lists(PARTS, max_size=2), "s": st.just({"k": 1})}
    for name, part in {**parts, "r": several, "k": several}.items():
        if draw(st.booleans()):
            record[name] = draw(part)
    if draw(st.booleans()):
        record["m"] = draw(st.lists(st.lists(PARTS, max_size=2), max_size=2))
    return msgspec.json.encode(record)


@pytest.mark.parametrize("most", [0, 2, 64])
@given(stream=st.lists(records(), max_size=8))
def test_what_was_learned_changes_no_output_and_no_count(most: int, stream: list[bytes]) -> None:
    """Records leave and are counted as each alone, whatever names came before and however many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "MOST_LEARNED", most)
        together = Pipeline(POLICY)
        left = [together.json(record) for record in stream * 2]
    alone = []
    counts: dict[str, int] = {}
    for record in stream * 2:
        pipeline = Pipeline(POLICY)
        alone.append(pipeline.json(record))
        for name, count in pipeline.report.as_dict()["undeclared_fields"].items():
            counts[name] = counts.get(name, 0) + count
    assert left == alone
    assert together.report.as_dict()["undeclared_fields"] == counts


def test_a_name_that_came_is_a_place_in_the_struct() -> None:
    """The second record with the same undeclared fields is decoded once, and strictly."""
    pipeline = Pipeline(POLICY)
    record = b'{"type":"a","v":1,"more":[1],"o":{"x":2,"other":{}}}'
    for _ in range(3):
        assert pipeline.json(record) == b'{"type":"a","v":1,"o":{"x":2}}'
    assert pipeline.report.as_dict()["undeclared_fields"] == {"a": 6}
    assert pipeline._decoders.learned == {"a": {"": ("more",), "o": ("other",)}}
    struct = pipeline._decoders.strict["a"]
    assert "u0" in struct.__struct_fields__


def test_what_a_star_speaks_for_is_decoded_by_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parts have what came as places too, so that a log of such objects goes the fast way."""
    pipeline = Pipeline(POLICY)
    record = b'{"type":"a","v":1,"r":{"de":{"w":1,"other":{}},"fr":{"w":2}}}'
    left = b'{"type":"a","v":1,"r":{"de":{"w":1},"fr":{"w":2}}}'
    assert pipeline.json(record) == left
    assert pipeline._decoders.learned == {"a": {"r.*": ("other",)}}
    monkeypatch.setattr(Pipeline, "_careful", None)
    for _ in range(3):
        assert pipeline.json(record) == left
    assert pipeline.report.as_dict()["undeclared_fields"] == {"a": 4}


def test_learned_names_go_with_the_key() -> None:
    """After its key is gone a pipeline knows no name of a field that came."""
    ring = keyring()
    policy = Policy.from_toml('[record.a]\nfields.v = "pseudonymize"')
    pipeline = Pipeline(policy, keys=ring)
    assert pipeline.json(b'{"type":"a","v":"x","ada_lovelace":1}')
    ring.destroy(ring.periods[0].id)
    assert pipeline._decoders.learned == {}
    assert pipeline._decoders.strict == {}
