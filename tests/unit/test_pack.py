"""Packs: headers, layouts, dictionaries, threads, and what a policy says of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import msgspec
import pytest

from anonkit import Pipeline, Policy
from anonkit.errors import PackError
from anonkit.pack import About, Listing, Object, Schema, pack, train, unpack, unpack_stream
from anonkit.pack.frame import TECHNIQUES
from anonkit.policy import Field, Record
from anonkit.policy.packing import about, schema_of
from anonkit.stages import VERBS, drop, generalize, keep, pseudonymize, truncate
from packs import ABOUT, SCHEMA, A, T, V
from strategies import keyring

MANY = [{"type": "login", "n": number} for number in range(200)]


@pytest.mark.parametrize("last", [False, True])
def test_rows_and_dicts_make_the_same_pack(last: bool) -> None:  # noqa: FBT001 - a case
    """Many rows are packed without a dict for each, wherever their shared fields stand."""
    kinds = {"a": {"s": V, "u": T, "n": V}, "b": {"u": T, "s": V, "m": V}}
    if not last:
        kinds["b"] = {"s": V, "u": T, "m": V}
    schema = Schema({kind: Object(fields) for kind, fields in kinds.items()})
    records, rows = [], []
    for number in range(200):
        kind = "ab"[number % 2]
        values: dict[str, Any] = {"s": f"s{number // 20}", "u": bytes([number // 20]) * 16}
        values |= {"n": number * 7, "m": number % 3 == 0}
        record = {"type": kind, **{name: values[name] for name in kinds[kind]}}
        records.append(record)
        rows.append(msgspec.msgpack.encode(list(record.values())))
    packed = pack(rows, schema, ABOUT)
    assert packed == pack(records, schema, ABOUT)
    assert [r["s"] for r in unpack(packed).records] == [r["s"] for r in records]
    for wrong in (["c"], ["a", 1], [["a"], 1, 2, 3], [], "abcd", 5):
        with pytest.raises(PackError):
            pack([*rows, msgspec.msgpack.encode(wrong)], schema, ABOUT)
    missing = msgspec.msgpack.encode(["a", None, bytes(16), 1])
    assert "s" not in unpack(pack([*rows, missing], schema, ABOUT)).records[-1]


def test_what_a_policy_says_of_packs() -> None:
    """The schema has what leaves, by its last stage; the header has verbs and the first expiry."""
    policy = Policy(
        "p",
        {
            "a": Record(
                {
                    "at": generalize("1h"),
                    "who": Field((truncate(), pseudonymize())),
                    "ips[]": truncate(),
                    "gone": drop(),
                    "in.gone": drop(),
                    "tags.*": keep(),
                    "tags.*~": pseudonymize(),
                },
                retain="20d",
            ),
            "b": Record({"n": keep()}),
        },
        retain="30d",
    )
    assert schema_of(policy).records["a"] == Object(
        {
            "at": V, "who": T, "ips": Listing(A),
            "tags": Object({}, V, "token"),
        }
    )  # fmt: skip
    said = about(policy, created=date(2026, 11, 1), period="00" * 8)
    assert said.expires == date(2026, 11, 21)
    assert said.techniques == ("generalize", "keep", "pseudonymize", "truncate")
    assert said.policy == policy.hash
    assert about(policy, created=date.max, period=None).expires == date.max
    pipeline = Pipeline(policy, keys=keyring())
    raw = {"type": "a", "who": "::1", "ips": ["10.1.2.3, 10.4.5.6", "::1"], "tags": {"x": 5}}
    row = pipeline.row(raw)
    assert row is not None
    read = unpack(pack([row], schema_of(policy), said))
    assert read.records == [pipeline(raw)]
    assert read.header.period == "00" * 8
    assert read.header.techniques == ("keep", "truncate", "pseudonymize", "generalize")


def test_every_verb_is_a_technique() -> None:
    """A pack can name whatever a policy can ask for, but for what leaves nothing."""
    assert VERBS.keys() - {"drop"} <= set(TECHNIQUES)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"policy": "xyz"}, "header.policy"),
        ({"policy": "00"}, "header.policy"),
        ({"policy": "AABBCCDD00112233"}, "header.policy"),
        ({"period": "0"}, "header.period"),
        ({"techniques": ("magic",)}, "header.techniques"),
    ],
)
def test_a_header_that_cannot_be_written_is_refused(change: dict[str, Any], place: str) -> None:
    """Ids that are none and techniques that nobody knows are refused with their place."""
    said = msgspec.structs.replace(ABOUT, **change)
    with pytest.raises(PackError) as caught:
        pack([], SCHEMA, said)
    assert caught.value.place == place


def test_a_trained_dictionary_is_needed_to_read() -> None:
    """Packs shrink with a dictionary, are read with it, and refused without it."""
    batches = [
        [{"type": "login", "n": n + m, "at": f"row {n} of {m} rows"} for n in range(3)]
        for m in range(300)
    ]
    trained = train(batches, SCHEMA, size=2000)
    plain = pack(batches[7], SCHEMA, ABOUT, embed=False)
    small = pack(batches[7], SCHEMA, ABOUT, embed=False, dictionary=trained)
    assert len(small) < len(plain)
    read = unpack(small, schemas=[SCHEMA], dictionaries=[trained])
    assert read.records == batches[7]
    assert unpack(plain, schemas=[SCHEMA], dictionaries=[trained]).records == batches[7]
    with pytest.raises(PackError, match="needs a trained dictionary"):
        unpack(small, schemas=[SCHEMA])
    with pytest.raises(PackError, match="not a trained dictionary"):
        pack([], SCHEMA, ABOUT, dictionary=b"none")
    with pytest.raises(PackError, match="too few"):
        train([], SCHEMA)


def test_a_pack_shows_no_record() -> None:
    """The repr of a pack counts its records and shows none."""
    assert repr(unpack(pack(MANY, SCHEMA, ABOUT))) == f"<Pack of 200 records, schema {SCHEMA.id}>"


def test_an_open_file_is_a_stream(tmp_path: Any) -> None:
    """Packs appended to a file are read from it one by one; an empty stream has none."""
    path = tmp_path / "packs"
    path.write_bytes(pack(MANY, SCHEMA, ABOUT) * 3)
    with path.open("rb") as file:
        assert [whole.header.count for whole in unpack_stream(file)] == [200, 200, 200]
    assert list(unpack_stream([])) == []


def test_smaller_of_two_layouts() -> None:
    """A pack is never larger than either layout alone, and few records make rows."""
    from anonkit.pack import frame

    few = pack(MANY[:1], SCHEMA, ABOUT, embed=False)
    assert frame.read_frame(few, dictionaries=(), limits=frame.Limits()).layout == frame.ROWS
    many = pack(MANY, SCHEMA, ABOUT, embed=False)
    assert frame.read_frame(many, dictionaries=(), limits=frame.Limits()).layout == frame.COLUMNS
    assert len(many) < 320


def test_about_keeps_what_it_is_told() -> None:
    """Everything that a header can say comes back."""
    said = About(
        policy="0123456789abcdef",
        created=date(2026, 2, 28),
        techniques=TECHNIQUES,
        period="fedcba9876543210",
        expires=date(1969, 12, 31),
    )
    header = unpack(pack([], SCHEMA, said)).header
    assert header.policy == said.policy
    assert (header.created, header.expires) == (said.created, said.expires)
    assert (header.period, header.techniques) == (said.period, said.techniques)


def test_every_thread_and_every_level_has_its_own_compressor() -> None:
    """Packs of many threads, levels and sizes are those that one thread makes one by one."""
    small = [{"type": "login", "n": n, "at": f"page {n * n % 97}"} for n in range(500)]
    large = [{"type": "login", "at": f"{n * 7919 % 100_003}"} for n in range(60_000)]
    jobs = [(records, level) for records in (small, large, small) for level in (1, 3, 9, 3)]

    def packed(job: tuple[list[dict[str, Any]], int]) -> bytes:
        return pack(job[0], SCHEMA, ABOUT, level=job[1])

    alone = list(map(packed, jobs))
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(packed, jobs * 3)) == alone * 3
    assert len(set(alone[:4])) == 3
    for data, (records, _) in zip(alone, jobs, strict=True):
        assert unpack(data).records == records
