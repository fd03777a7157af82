"""The table of formats."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from anonkit import Pipeline, Policy
from anonkit.errors import FormatError
from anonkit.parse import text
from anonkit.parse.formats import FORMATS, Format, Split, find
from strategies import keyring


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)
def test_a_row_of_the_table_is_whole(form: Format) -> None:
    """Each format has a name to type, a line about it, a source, and a way to be cut."""
    assert re.fullmatch(r"[a-z][a-z0-9_-]*", form.name)
    assert len(form.about) <= 80
    assert not form.about.endswith(".")
    assert form.source.startswith("https://")
    assert form.split in get_args(Split)
    assert (form.split == "after directives") == bool(form.directive)


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)
def test_the_preset_of_a_format_covers_its_records(form: Format) -> None:
    """The preset of each format opens its stream, and says something of every column."""
    policy = Policy.preset(form.preset)
    stream = Pipeline(policy, keys=keyring()).lines(form)
    assert stream.feed(b"") + stream.finish() == b""
    if form.record and form.columns is not None:
        assert policy.records[form.record].fields.keys() == set(form.columns)


def test_text_has_one_name_for_its_record() -> None:
    """The table, which does not load the module, and the module agree on the record of text."""
    assert {FORMATS[name].record for name in ("text", "document")} == {text.RECORD}
    assert {FORMATS[name].columns for name in ("text", "document")} == {(text.FIELD,)}


def test_an_unknown_format_is_refused_with_all_names() -> None:
    """A name that no format has is refused, and the hint lists those that there are."""
    with pytest.raises(FormatError, match=r"no format is called 'combind'") as caught:
        find("combind")
    assert caught.value.hint == f"one of: {', '.join(FORMATS)}"


def test_a_row_is_made_once_and_none_for_a_name_alone() -> None:
    """The table has as many rows as names, and gives the same row for each again."""
    assert len(FORMATS) == len(list(FORMATS)) == len({id(form) for form in FORMATS.values()})
    assert "nothing" not in FORMATS
    assert FORMATS["w3c"] is FORMATS["w3c"]
