"""The audit: what an attacker gets out of a file without its key."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from anonkit import Keyring, Pipeline, Policy
from anonkit.explain import Wording, audit as audit_module, fields as fields_module, html, markdown
from anonkit.explain.audit import Audit, Result
from anonkit.explain.chart import bars
from anonkit.explain.crossing import Crossing
from anonkit.explain.dictionary import usual_guesses
from anonkit.explain.groups import BOUNDS, Groups
from anonkit.explain.observe import _KINDS, MOST_DISTINCT, OF_VALUE, Memory, Observed
from anonkit.explain.verdict import verdict
from anonkit.parse.formats import FORMATS
from anonkit.stages import generalize
from pages import Outline

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "data"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0.4"


def audited(records: list[dict[str, Any]], **options: Any) -> Result:
    """Return what the audit of some events finds."""
    options = {"guesses": [f"user{n}" for n in range(50)]} | options
    audit = Audit(FORMATS["jsonl"], **options)
    for record in records:
        audit.add(json.dumps(record).encode())
    return audit.result()


def flaws(records: list[dict[str, Any]], **options: Any) -> set[tuple[str, str]]:
    """Return the flaws that the audit of some events names, with their fields."""
    return {(flaw.name, flaw.field) for flaw in audited(records, **options).flaws}


# --- groups -----------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=60))
def test_groups_are_counted_as_they_are(records: list[tuple[str, str]]) -> None:
    """While all groups fit, k, the lonely and the sizes are those of a plain count."""
    groups = Groups()
    for record in records:
        groups.add(record)
    counts = Counter(records)
    assert groups.exact
    assert groups.records == len(records)
    assert groups.count == len(counts)
    assert groups.k == min(counts.values(), default=0)
    assert groups.alone * len(records) == pytest.approx(list(counts.values()).count(1))
    assert sum(count for _, count in groups.sizes()) == len(counts)
    assert [bound for bound, _ in groups.sizes()] == list(BOUNDS)


def test_values_do_not_run_into_each_other() -> None:
    """Where one value ends and the next begins tells records apart."""
    groups = Groups()
    for record in (("ab", "c"), ("a", "bc"), ("abc", "")):
        groups.add(record)
    assert groups.count == 3


def test_more_groups_than_fit_are_a_fair_sample() -> None:
    """Over the limit, groups are kept whole and the figures come close; memory stays bounded."""
    groups = Groups(limit=1 << 10)
    for number in range(100_000):
        groups.add([str(number // 5)])
    assert not groups.exact
    assert groups.k == 5
    assert groups.count == pytest.approx(20_000, rel=0.15)
    assert dict(groups.sizes())[5] == groups.count
    assert len(groups._sizes) <= 1 << 10


@pytest.mark.parametrize("k", [1, 3, 7, 25])
def test_known_k_is_reported(k: int) -> None:
    """Data in which every combination comes k times has that k."""
    records = [
        {
            "type": "a",
            "country": f"land{n % 9}x",
            "browser": f"word{n % 7}x",
            "ip": f"10.{n % 5}.0.0",
        }
        for n in range(9 * 7 * 5 * k)
    ]
    result = audited(records)
    assert result.groups.k == k
    assert set(result.quasi) == {"ip"} | ({"country", "browser"} & set(result.quasi))
    chosen = audited(records, quasi=["country", "browser", "ip"])
    assert chosen.groups.k == k
    assert chosen.groups.alone == (1.0 if k == 1 else 0.0)


CLASSES = st.lists(
    st.tuples(
        st.sampled_from(["10.0.0.0", "10.9.0.0", "2001:db8::", "-"]),
        st.sampled_from(["GET", "POST", "PUT", "-"]),
        st.sampled_from(["200", "404", "500", "-"]),
    ),
    min_size=1,
    max_size=12,
    unique=True,
)


def written(form: str, client: str, method: str, status: str) -> bytes:
    """Return a record in a format."""
    if form == "combined":
        time = "11/May/2026:09:00:00 +0200"
        request = f"{method} / HTTP/1.1" if method != "-" else "-"
        return f'{client} - - [{time}] "{request}" {status} 5 "-" "x"\n'.encode()
    if form == "w3c":
        return f"2026-05-11 09:00:00 {client} {method} {status}\r\n".encode()
    if form == "csv":
        return f"{client},{method},{status}\n".encode()
    values = {"client": client, "method": method, "status": status}
    values = {name: value for name, value in values.items() if value != "-"}
    whole = {"type": "a", **values, "xs": [1, {"y": None}]}
    if "status" in values:
        whole["status"] = int(status)
    return json.dumps(whole).encode() + b"\n"


@pytest.mark.parametrize("form", ["combined", "w3c", "csv", "jsonl", "json"])
@given(classes=CLASSES, data=st.data())
def test_k_is_that_of_the_data_in_any_format(
    form: str, classes: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    """Of groups of any known sizes, with what is missing among them, k is the smallest size."""
    sizes = data.draw(st.lists(st.integers(1, 50), min_size=len(classes), max_size=len(classes)))
    lines = [written(form, *c) for c, n in zip(classes, sizes, strict=True) for _ in range(n)]
    heads = {
        "w3c": b"#Fields: date time c-ip cs-method sc-status\r\n",
        "csv": b"client,method,status\n",
    }
    audit = Audit(FORMATS[form], quasi=["client", "method", "status"])
    for line in [heads[form], *lines] if form in heads else lines:
        audit.add(line)
    groups = audit.result().groups
    assert groups.k == min(sizes)
    assert groups.count == len(classes)
    assert groups.records == sum(sizes)
    assert groups.alone == pytest.approx(sizes.count(1) / sum(sizes))


def test_all_items_of_a_list_tell_records_apart() -> None:
    """Two records whose lists differ in any item are two groups."""
    lists = [["a", "b"], ["c", "b"], ["a", "b", "b"]]
    result = audited([{"type": "a", "xs": xs} for xs in lists], quasi=["xs[]"])
    assert result.groups.count == 3


@pytest.mark.parametrize("kind", ["names", "long names"])
def test_names_that_never_end_are_counted(kind: str) -> None:
    """Objects with ever new names are looked at up to a limit, and the page says what was not."""
    name = "n" if kind == "names" else "n" * audit_module.LONGEST_NAME
    audit = Audit(FORMATS["jsonl"], quasi=["last"])
    for number in range(3 * audit_module.MOST_FIELDS):
        audit.add(json.dumps({"type": "a", f"{name}{number}": number, "last": 1}).encode())
    result = audit.result()
    assert len(result.fields) <= audit_module.MOST_FIELDS + 1
    assert result.groups.k == 3 * audit_module.MOST_FIELDS
    assert result.beyond == 3 * audit_module.MOST_FIELDS + 2 - len(result.fields)
    said = markdown(verdict(result, "x", Wording("en")))
    assert "stood under more names than are looked at" in said
    assert "standen unter mehr Namen" in markdown(verdict(result, "x", Wording("de")))


def test_what_is_remembered_of_all_fields_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long values fill the memory that fields share; the rest is counted, and said to be more."""
    memory = Memory(10 * (OF_VALUE + 50))
    fields = [Observed(memory), Observed(memory)]
    for number in range(40):
        fields[number % 2].add(f"{number:050}")
    assert [seen.count for seen in fields] == [20, 20]
    assert [seen.distinct for seen in fields] == [5, 5]
    assert not any(seen.whole for seen in fields)
    assert memory.left == 0
    monkeypatch.setattr(audit_module, "FIRST_BYTES", 100)
    monkeypatch.setattr(audit_module, "MOST_CROSSING", 64)
    audit = Audit(FORMATS["jsonl"])
    for number in range(200):
        tokens = {f"t{field}": f"{sha(f'{number} {field}')[:22]}" for field in range(4)}
        audit.add(json.dumps({"type": "a", "word": "a", **tokens}).encode())
    assert audit.result().groups.records == 200
    assert all(len(crossing._seen) <= 16 for crossing in audit._crossings.values())


def test_a_stream_that_says_columns_without_end_is_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Directives with ever new names are read up to a limit, and known columns after it too."""
    monkeypatch.setattr(fields_module, "MOST_COLUMNS", 30)
    read = fields_module.reader(FORMATS["w3c"])
    for number in range(60):
        read(f"#Fields: c-ip x-{number}\n".encode())
        fields = dict(read(b"10.0.0.0 a\n"))
        assert fields["client"] == "10.0.0.0"
        assert len(fields) == (2 if number < 5 else len(fields)) <= 2
    assert fields == {"client": "10.0.0.0"}


def test_several_files_without_tokens_say_so() -> None:
    """Where no file has tokens, none can come in two."""
    audit = Audit(FORMATS["jsonl"])
    audit.begin(FORMATS["jsonl"])
    audit.add(b'{"type":"a","n":1}')
    words = Wording("en")
    said = markdown(verdict(audit.result(), "x", words))
    assert words.frame("audit", "no_crossings") in said.replace("\\", "")


def test_columns_that_no_preset_knows_are_audited() -> None:
    """Own columns of extended logs, and what stands behind an access log's, are read too."""
    audit = Audit(FORMATS["w3c"])
    audit.add(b"#Fields: c-ip cs(X-Account)\n")
    for number in range(50):
        audit.add(f"10.0.0.0 {sha(f'ada.{number}.x')}\n".encode())
    assert ("plain-hash", "cs_x_account") in {(f.name, f.field) for f in audit.result().flaws}
    audit = Audit(FORMATS["combined"])
    for _ in range(50):
        audit.add(
            b'10.0.0.0 - - [11/May/2026:09:00:00 +0200] "GET / HTTP/1.1" 200 5 "-" "x" "10.1.2.3"\n'
        )
    assert {(f.name, f.field) for f in audit.result().flaws} == {("whole-address", "(further)")}


# --- flaws ------------------------------------------------------------------------------------


def sha(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


BAD: dict[str, list[Any]] = {
    "exact-time": ["2026-05-01T09:00:07Z", "2026-05-02T10:30:59Z"],
    "whole-address": ["198.51.100.7", "2001:db8:1:2::"],
    "embedded-address": ["2002:cb00:714d::", "64:ff9b::cb00:714d", "::ffff:203.0.113.77"],
    "mapped-cut": ["::", "::ffff:0:0", "0:0:0:0:0:0:0:0", "198.51.100.0"],
    "full-user-agent": [AGENT, "Firefox/138 (Linux)"],
    "plain-hash": [sha("ada.lovelace.1815"), sha("grace.hopper.1906")],
    "dictionary": [sha("user17"), sha("user18")],
    "residue": ["call ada@example.org", "nothing here"],
    "encoded": ["YWRhQGV4YW1wbGUub3Jn", "6772616365406578616d706c652e6f7267"],
}
GOOD: dict[str, list[Any]] = {
    "exact-time": ["2026-05-01T09:00:00Z", "2026-05-02T10:30:00+02:00"],
    "whole-address": ["198.51.100.0", "2001:db8:1::"],
    "embedded-address": ["2002:cb00:7100::", "64:ff9b::cb00:7100", "203.0.113.0"],
    "mapped-cut": ["198.51.100.0", "203.0.113.0"],
    "full-user-agent": ["Firefox/138 (Linux)", "-"],
    "plain-hash": ["wLXknJ7REO0OztTYHyNrrw", "KtFESQCnqw0a57qf8vqw6g"],
    "dictionary": [sha("ada.lovelace.1815.x"), sha("grace.hopper.1906.y")],
    "residue": ["call [EMAIL]", "nothing here"],
    "encoded": ["deployment-three", "kubernetes"],
}


TIMES = [
    "12/Dec/2015:18:25:11 +0100", "2015-12-12T18:25:11Z", "2015-12-12 18:25:11,5", "1447942991",
    "1447942991.25", "1447942991123", "1447942991123456", "18:25:11", "Dec 12 18:25:11",
    "Sat, 12 Dec 2015 18:25:11 GMT", "20151212T182511Z", "30/Feb/2015:18:25:11 +0100",
]  # fmt: skip


@pytest.mark.parametrize("time", TIMES)
def test_seconds_are_a_flaw_in_any_form(time: str) -> None:
    """Each way to write a time is known, and cut to its minute it is no flaw any more."""
    assert flaws([{"type": "a", "time": time}]) == {("exact-time", "time")}
    assert flaws([{"type": "a", "time": generalize("1min", zone="written")(time)}]) == set()


@given(
    st.text("0123456789:.,/- TZ+MonJan", max_size=30)
    | st.from_regex(
        r"[12][0-9]{9,18}(\.[0-9]{1,9})?|[0-9 /-]{0,10}[0-9]{2}:[0-9]{2}(:[0-9]{2}.{0,9})?",
        fullmatch=True,
    )
)
def test_whatever_looks_like_a_time_is_looked_at(text: str) -> None:
    """A text of the form of a time, or nearly, ends no audit, and cut once it is no flaw."""
    found = flaws([{"type": "a", "time": text}])
    if ("exact-time", "time") in found:
        cut = generalize("1min", zone="written")(text)
        assert ("exact-time", "time") not in flaws([{"type": "a", "time": cut}])


def test_durations_and_sizes_are_no_times() -> None:
    """A clock without a day and a long number are times where their name says so alone."""
    assert flaws([{"type": "a", "duration": "00:05:31", "size": 1447942991, "timer": 17}]) == set()


@pytest.mark.parametrize("name", sorted(BAD))
def test_each_flaw_is_named_where_it_is(name: str) -> None:
    """A field with a flaw is named with it, and its mended twin is not."""
    assert (name, "x") in flaws([{"type": "a", "x": value} for value in BAD[name]])
    assert (name, "x") not in flaws([{"type": "a", "x": value} for value in GOOD[name]])


@pytest.mark.parametrize(
    "algorithm", ["md5", "sha1", "sha256", "sha512", "blake2b"], ids=lambda name: name
)
@pytest.mark.parametrize("form", [lambda t: t, str.upper, lambda t: t[:16]], ids=["", "A", "cut"])
def test_unkeyed_hashes_fall_whatever_their_form(algorithm: str, form: Any) -> None:
    """Usual hashes of usual values fall, whole or cut, in either case."""
    tokens = [form(hashlib.new(algorithm, f"user{n}".encode()).hexdigest()) for n in range(50)]
    assert ("dictionary", "x") in flaws([{"type": "a", "x": token} for token in tokens])


def test_the_usual_dictionary_has_what_everybody_tries() -> None:
    """Numbers, private addresses and usual names are among the first guesses, each once."""
    guesses = list(usual_guesses())
    assert {"0", "4711", "192.168.178.20", "admin", "user17", "bob@example.com"} <= set(guesses)
    assert len(guesses) == len(set(guesses)) < 100_000


def test_a_number_is_no_hash() -> None:
    """Counts of eight digits are not taken for the beginning of a digest."""
    digits = next(
        text
        for number in range(10_000)
        if (text := hashlib.md5(str(number).encode()).hexdigest()[:8]).isdigit()  # noqa: S324
    )
    records = [{"type": "a", "sent": digits}]
    assert flaws(records, guesses=map(str, range(10_000))) == set()


def test_guesses_of_ones_own_are_tried() -> None:
    """A dictionary that is handed in finds what the usual one does not."""
    records = [{"type": "a", "x": sha(f"ada.{n}")} for n in range(9)]
    assert ("dictionary", "x") not in flaws(records)
    assert ("dictionary", "x") in flaws(records, guesses=["ada.3"])


def test_tokens_under_a_key_do_not_fall() -> None:
    """Tokens of pseudonymize have none of these flaws, however small the dictionary."""
    policy = Policy.from_toml('[record.a]\nfields.x = "pseudonymize"')
    pipeline = Pipeline(policy, keys=Keyring.generate())
    audit = Audit(FORMATS["jsonl"], guesses=[f"user{n}" for n in range(500)])
    for number in range(500):
        audit.add(pipeline.json({"type": "a", "x": f"user{number}"}) or b"")
    assert audit.result().flaws == []


@pytest.mark.parametrize("form", ["hex", "base64", "prefixed", "salted"])
@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
def test_a_hash_that_no_dictionary_has_is_told_by_its_form(algorithm: str, form: str) -> None:
    """Hashes of values that nobody guesses, with a salt or without, have the form of a hash."""
    salt = "public" if form == "salted" else ""
    digests = [hashlib.new(algorithm, f"{salt}ada.{n}.x".encode()).digest() for n in range(50)]
    written = {
        "hex": bytes.hex,
        "salted": bytes.hex,
        "prefixed": lambda digest: f"{algorithm}:{digest.hex()}",
        "base64": lambda digest: b64encode(digest).decode(),
    }[form]
    assert ("plain-hash", "x") in flaws([{"type": "a", "x": written(d)} for d in digests])


def test_what_is_random_or_of_no_person_is_not_accused() -> None:
    """Identifiers of traces and digests of software are no hashes of people, unless they fall."""
    records = [{"type": "a", "trace_id": sha(f"{n}.t")[:32], "commit": sha("c")} for n in range(9)]
    assert flaws(records) == set()
    records = [{"type": "a", "trace_id": sha(f"user{n}")[:32]} for n in range(9)]
    assert flaws(records) == {("dictionary", "trace_id")}


def test_the_file_itself_is_a_dictionary() -> None:
    """Hashes of values that stand beside them, and of hosts of networks that do, fall."""
    mails = [f"ada.{n}.lovelace@example.org" for n in range(9)]
    records: list[dict[str, Any]] = [{"type": "a", "mail": m, "x": sha(m)} for m in mails]
    assert ("dictionary", "x") in flaws(records)
    records = [{"type": "a", "ip": "198.51.100.0", "x": sha(f"198.51.100.{n}")} for n in range(9)]
    assert ("dictionary", "x") in flaws(records)


def test_tokens_without_a_digit_are_tokens_too() -> None:
    """A field of thousands of tokens is one of tokens, though a few of them look like words."""
    pipeline = Pipeline(
        Policy.from_toml('[record.a]\nfields.x = "pseudonymize"'), keys=Keyring.generate()
    )
    audit = Audit(FORMATS["jsonl"])
    for number in range(5000):
        audit.add(pipeline.json({"type": "a", "x": number}) or b"")
    result = audit.result()
    assert result.fields["x"].kind == "identifier"
    assert result.flaws == []


@given(
    st.lists(st.sets(st.integers(0, 60)), min_size=2, max_size=4).filter(
        lambda files: any(map(bool, files))
    )
)
def test_tokens_in_more_than_one_file_are_counted(files: list[set[int]]) -> None:
    """The share of tokens in more than one file is that of a plain count."""
    audit = Audit(FORMATS["jsonl"])
    for index, tokens in enumerate(files):
        if index:
            audit.begin(FORMATS["jsonl"])
        for token in tokens:
            name = hashlib.sha256(str(token).encode()).hexdigest()[:20] + "0a"
            audit.add(json.dumps({"type": "a", "x": name}).encode())
    result = audit.result()
    counts = Counter(token for tokens in files for token in tokens)
    many = sum(1 for count in counts.values() if count > 1)
    assert result.files == len(files)
    assert result.crossings["x"].count == len(counts)
    assert result.crossings["x"].share == pytest.approx(many / len(counts))
    crossing = [flaw.share for flaw in result.flaws if flaw.name == "crosses-periods"]
    assert crossing == ([pytest.approx(many / len(counts))] if many else [])


def test_tokens_of_two_periods_have_nothing_in_common() -> None:
    """Two files under keys of two periods share no token; under one key they share all."""
    policy = Policy.from_toml('[record.a]\nfields.x = "pseudonymize"')
    first, second = Keyring.generate(), Keyring.generate()
    for rings, share in (((first, second), 0.0), ((first, first), 1.0)):
        audit = Audit(FORMATS["jsonl"])
        for index, keys in enumerate(rings):
            if index:
                audit.begin(FORMATS["jsonl"])
            pipeline = Pipeline(policy, keys=keys)
            for number in range(300):
                audit.add(pipeline.json({"type": "a", "x": number}) or b"")
        result = audit.result()
        assert result.crossings["x"].share == share
        for lang in ("de", "en"):
            assert markdown(verdict(result, "x", Wording(lang)))


def test_more_tokens_than_fit_are_a_fair_sample() -> None:
    """Over the limit the share of tokens in both files comes close, in bounded memory."""
    crossing = Crossing(limit=1 << 10)
    for number in range(20_000):
        crossing.add(f"{number}", 1)
        crossing.add(f"{number + 15_000}", 2)
    assert crossing.count == pytest.approx(35_000, rel=0.15)
    assert crossing.share == pytest.approx(5_000 / 35_000, abs=0.05)
    assert len(crossing._seen) <= 1 << 10
    assert Crossing().share == 0.0


def test_few_tokens_are_told_by_how_often_they_come() -> None:
    """A field of a handful of tokens over many records is named."""
    tokens = ["wLXknJ7REO0OztTYHyNrrw", "KtFESQCnqw0a57qf8vqw6g"]
    assert ("few-tokens", "x") in flaws([{"type": "a", "x": tokens[n % 2]} for n in range(9000)])
    assert ("few-tokens", "x") not in flaws([{"type": "a", "x": tokens[n % 2]} for n in range(90)])


def test_a_token_beyond_those_that_are_followed_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory is bounded: more tokens than fit are not followed."""
    monkeypatch.setattr(audit_module, "FOLLOWED", 1)
    tokens = ["wLXknJ7REO0OztTYHyNrrw", "KtFESQCnqw0a57qf8vqw6g"]
    records = [
        {"type": "a", "x": token, "at": f"2026-05-{day:02}T09:00:00Z"}
        for day in (1, 9)
        for token in tokens
    ]
    assert audited(records).spans == {"x": timedelta(days=8)}
    monkeypatch.setattr(audit_module, "FOLLOWED", 0)
    assert audited(records).spans == {}


def test_tokens_are_followed_through_time() -> None:
    """The longest time over which a token is seen is reported, and a flaw over the period."""
    token = "wLXknJ7REO0OztTYHyNrrw"
    days = ["2026-05-01", "2026-05-20", "2026-04-11"]
    records = [{"type": "a", "x": token, "at": f"{day}T09:00:00Z"} for day in days]
    result = audited(records)
    assert result.spans == {"x": timedelta(days=39)}
    assert ("outlives-period", "x") in flaws(records)
    assert ("outlives-period", "x") not in flaws(records, period=timedelta(days=40))


@pytest.mark.parametrize("preset", ["weblog", "weblog-strict"])
def test_what_presets_let_leave_has_no_flaw(preset: str) -> None:
    """The output of a preset has none of the flaws."""
    stream = Pipeline(Policy.preset(preset)).lines("combined")
    audit = Audit(FORMATS["combined"])
    for line in stream.feed((EXAMPLES / "access.log").read_bytes()).splitlines(keepends=True):
        audit.add(line)
    result = audit.result()
    assert result.flaws == []
    assert result.records > 50
    assert result.unread == 0


def test_addresses_in_text_are_no_residue() -> None:
    """Networks in free text are left to the test of addresses."""
    assert flaws([{"type": "a", "x": "from 203.0.113.0 to 198.51.100.0"}]) == set()


def test_lines_that_cannot_be_read_are_counted() -> None:
    """A line without fields is counted, and a blank one is none."""
    audit = Audit(FORMATS["combined"])
    for line in (b"hello\n", b"\n", b""):
        audit.add(line)
    assert audit.result().unread == 1
    assert audit.result().records == 0


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_verdict_names_every_flaw_and_no_value(lang: str) -> None:
    """The page names flaws, fields, shares and what mends them; no value of the file."""
    words = Wording(lang)
    records = [
        {name: BAD[name][n % len(BAD[name])] for name in BAD} | {"type": "a", "n": n}
        for n in range(20)
    ]
    result = audited(records)
    assert {flaw.name for flaw in result.flaws} >= set(BAD)
    page = html(verdict(result, "out.ndjson", words), lang=lang)
    said = markdown(verdict(result, "out.ndjson", words))
    outline = Outline(page)
    assert outline.open == []
    assert outline.loads == []
    for values in BAD.values():
        for value in values[:1]:
            assert value not in page.replace("::", "") or value == "::"
            assert value not in said or value == "::"
    for flaw in result.flaws:
        assert words.frame("advice", flaw.name) in page
        assert words.frame("flaw", flaw.name) in outline.text
        assert flaw.field in outline.text


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_flaw_has_its_words(lang: str) -> None:
    """Each flaw has a name and an advice in both languages, and each kind of value its words."""
    words = Wording(lang)
    for kind in (*_KINDS, "text", "mixed", "nothing"):
        assert words.frame("kind", kind)
    for name in (*BAD, "few-tokens", "outlives-period", "crosses-periods"):
        assert words.frame("flaw", name)
        assert words.frame("advice", name)


def test_a_verdict_without_anything_is_a_page_too() -> None:
    """No records, no fields, no flaws: the page says so."""
    said = markdown(verdict(audited([]), "empty", Wording("en")))
    assert "None of the known flaws was found." in said
    assert "No field tells records apart" in said


def test_a_sampled_count_says_so() -> None:
    """When groups were sampled, the page says it."""
    result = audited([{"type": "a", "ip": f"10.0.{n}.0"} for n in range(40)], quasi=["ip"])
    small = Groups(limit=4)
    for number in range(40):
        small.add([str(number)])
    said = markdown(verdict(result._replace(groups=small, unread=3), "x", Wording("en")))
    assert "fair sample" in said
    assert "3 lines could not be read" in said


def test_bars_are_as_long_as_their_numbers() -> None:
    """The longest bar fills its room, another its share; nothing at all is no error."""
    drawn = bars([("a<b", 4, "4"), ("c", 1, "1")], "t&t")
    assert 'width="380.0"' in drawn
    assert 'width="95.0"' in drawn
    assert "a&lt;b" in drawn
    assert "<title>t&amp;t</title>" in drawn
    assert "<rect" not in bars([], "nothing")


def test_more_values_than_are_remembered_are_said_to_be_more() -> None:
    """A field of many values is counted up to the limit, and the page says so."""
    result = audited([{"type": "a", "n": number} for number in range(MOST_DISTINCT + 1)])
    assert "20,000 or more" in markdown(verdict(result, "x", Wording("en")))
    assert "20.000 oder mehr" in markdown(verdict(result, "x", Wording("de")))


def test_addresses_always_tell_records_apart() -> None:
    """Addresses are chosen even where almost all of them differ."""
    result = audited([{"type": "a", "ip": f"10.{n % 250}.{n // 250}.0"} for n in range(3000)])
    assert result.quasi == ("ip",)
    assert result.groups.k == 1


AGREED = "2019-01-01T00:00:00Z"
OF_KIND: dict[str, Any] = {
    "address": lambda n: f"::ffff:203.0.113.{n % 250}" if n % 2 else f"198.51.100.{n % 250}",
    "agent": lambda n: AGENT.replace("138", str(100 + n % 40)),
    "category": lambda n: n % 2 == 0,
    "contact": lambda n: f"user{n % 50}@example.org",
    "identifier": lambda n: f"user{n % 150}",
    "measure": lambda n: n,
    "person": lambda n: f"user{n % 50}",
    "place": lambda _: "DE",
    "text": lambda n: f"call user{n % 50}@example.org at 203.0.113.{n % 250}",
    "time": lambda n: f"2026-05-{1 + n % 9:02}T09:{n % 60:02}:{1 + n % 59:02}Z",
    "version": lambda n: f"4.{n % 9}.{n % 7}",
}


def event_of(name: str, record: Any, number: int) -> dict[str, Any]:
    """Return a record of a type, with what people hate to see leave in every field."""
    event: dict[str, Any] = {"type": name}
    for path, field in record.fields.items():
        allow = getattr(field.stages[-1], "allow", None)
        value = allow[number % len(allow)] if allow else OF_KIND.get(field.kind, str)(number)
        into: Any = event
        steps = path.replace("[]", ".[]").split(".")
        for step, after in pairwise(steps):
            below: Any = [{}] if after == "[]" else {}
            into = into[0] if step == "[]" else into.setdefault(step, below)
        if steps[-1] == "[]":
            into[:] = [value]
        elif steps[-1] not in ("*", "*~"):
            into[steps[-1]] = value
        else:
            into["some"] = value
    consents = [record.agreed, *(field.agreed for field in record.fields.values())]
    for agreed in filter(None, consents):
        event[agreed.field] = True if agreed.until is None else AGREED
    return event


@pytest.mark.parametrize(
    "preset", ["app", "fleet", "insights", "remote-support", "saas", "support"]
)
def test_records_that_presets_let_leave_have_no_flaw(preset: str) -> None:
    """Of records full of people, each preset for events lets none leave as an attacker wants it.

    `support` is there to send names and addresses, and it alone leaves text that names somebody.
    """
    policy = Policy.preset(preset)
    pipeline = Pipeline(policy, keys=Keyring.generate(), at=datetime(2026, 5, 20, tzinfo=UTC))
    audit = Audit(FORMATS["jsonl"], guesses=usual_guesses())
    for name, record in policy.records.items():
        for number in range(300):
            sent = pipeline.json(event_of(name, record, number))
            assert sent, (name, pipeline.report.as_dict()["withheld"])
            audit.add(sent)
    result = audit.result()
    assert result.records == 300 * len(policy.records)
    allowed = {"residue"} if preset == "support" else set()
    assert {(flaw.name, flaw.field) for flaw in result.flaws if flaw.name not in allowed} == set()
