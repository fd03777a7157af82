"""The golden packs: what was written once is read forever, here and by who knows the page alone."""

from __future__ import annotations

import ast
import json
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

import second_decoder
from anonkit.pack import Leaf, Object, Schema, dictionary_for, unpack, unpack_stream
from anonkit.pack.forms import Form
from anonkit.pack.shipped import shipped
from packs import neutral

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FOLDER = Path(__file__).parents[1] / "vectors" / "pack"
VECTORS = [
    pytest.param(vector, id=f"{path.stem}: {vector['name']}")
    for path in sorted(FOLDER.glob("*.json"))
    for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]
]


@pytest.mark.parametrize("vector", VECTORS)
def test_golden_packs_are_read(vector: dict[str, Any]) -> None:
    """Every golden pack gives the header and the records that it was made of."""
    schema = Schema.from_plain(vector["schema"])
    dictionaries = [b64decode(vector["dictionary"])] if vector["dictionary"] else []
    read = unpack(b64decode(vector["pack"]), schemas=[schema], dictionaries=dictionaries)
    assert neutral(read.records) == vector["records"]
    assert read.schema == schema
    expected = vector["header"]
    expires = read.header.expires and read.header.expires.isoformat()
    assert read.header.schema == expected["schema"] == schema.id
    assert read.header.policy == expected["policy"]
    assert list(read.header.techniques) == expected["techniques"]
    assert read.header.period == expected["period"]
    assert read.header.created.isoformat() == expected["created"]
    assert expires == expected["expires"]
    assert read.header.count == expected["count"] == len(read.records)


@pytest.mark.parametrize("vector", VECTORS)
def test_the_page_is_enough_to_read_them(vector: dict[str, Any]) -> None:
    """A decoder written from the page alone reads the same records out of every golden pack."""
    trained = zstd.ZstdDict(b64decode(vector["dictionary"])) if vector["dictionary"] else None

    def decompress(stored: bytes, dictionary: int | None) -> bytes:
        assert dictionary == (trained.dict_id if trained and dictionary is not None else None)
        return zstd.decompress(stored, zstd_dict=trained if dictionary is not None else None)

    schemas = {vector["header"]["schema"]: vector["schema"]}
    header, records = second_decoder.decode(b64decode(vector["pack"]), decompress, schemas)
    assert neutral(records) == vector["records"]
    assert header[0].hex() == vector["header"]["schema"]
    assert header[1].hex() == vector["header"]["policy"]
    assert header[6] == len(records)


def test_the_second_decoder_stands_alone() -> None:
    """The second decoder imports nothing of anonkit, so it cannot share its mistakes."""
    tree = ast.parse(Path(second_decoder.__file__).read_text(encoding="utf-8"))
    imported = [
        name.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    ]
    assert not [name for name in imported if "anonkit" in name]


def test_golden_packs_are_a_stream() -> None:
    """All golden packs one behind another are read one by one, byte for byte."""
    vectors = [parameter.values[0] for parameter in VECTORS]
    stream = b"".join(b64decode(vector["pack"]) for vector in vectors)
    pieces = (stream[at : at + 7] for at in range(0, len(stream), 7))
    read = unpack_stream(
        pieces,
        schemas=[Schema.from_plain(vector["schema"]) for vector in vectors],
        dictionaries=[b64decode(v["dictionary"]) for v in vectors if v["dictionary"]],
    )
    assert [neutral(whole.records) for whole in read] == [v["records"] for v in vectors]


def test_the_vectors_use_every_form() -> None:
    """No form of a column, and neither layout, is missing from the golden packs."""
    forms: set[int] = set()
    layouts: set[int] = set()
    for parameter in VECTORS:
        pack = b64decode(parameter.values[0]["pack"])
        head, body = _parts(pack, parameter.values[0]["dictionary"])
        layouts.add(head[7])
        if head[7]:
            forms |= _forms(body[1][0]).union(*(_forms(s[2]) for s in body[1][1]))
            forms |= {f for group in body[1][2] for f in _forms(group[1])}
    assert layouts == {0, 1}
    assert forms == set(Form)


def test_shipped_dictionaries_stay_as_they_are() -> None:
    """The bytes and the ids of shipped dictionaries are those that golden packs were made with."""
    pinned = {
        b64decode(vector["dictionary"])
        for vector in json.loads((FOLDER / "v1_device_week.json").read_text("utf-8"))["vectors"]
    }
    assert pinned == set(shipped().values())
    assert {name: zstd.ZstdDict(content).dict_id for name, content in shipped().items()} == {
        "device_week-1": 256_039_934
    }


def test_a_shipped_dictionary_fits_by_record_type() -> None:
    """A schema with a record type that a dictionary was trained on gets it, others get none."""
    week = Object({"n": Leaf()})
    assert dictionary_for(Schema({"a": week, "device_week": week})) == shipped()["device_week-1"]
    assert dictionary_for(Schema({"device": week})) is None


def _parts(pack: bytes, dictionary: str | None) -> tuple[Any, Any]:
    from anonkit.pack.batch import DEFAULT_LIMITS
    from anonkit.pack.frame import opened_frame

    opened = opened_frame(pack, [b64decode(dictionary)] if dictionary else [], DEFAULT_LIMITS)
    return tuple(map(second_decoder.messagepack, opened))


def _forms(column: Any) -> set[int]:
    found = {column[0]}
    inner = {1: [2], 4: [2], 9: [1, 2]}
    inner |= {10: range(1, len(column)), 11: range(1, len(column))}
    for place in inner.get(column[0], []):
        found |= _forms(column[place])
    return found
