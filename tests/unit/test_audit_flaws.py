"""What the audit finds: each flaw where it is, and none in what presets let leave."""

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
from anonkit.explain import Wording, audit as audit_module, markdown
from anonkit.explain.audit import Audit
from anonkit.explain.crossing import Crossing
from anonkit.explain.dictionary import usual_guesses
from anonkit.explain.verdict import verdict
from anonkit.parse.formats import FORMATS
from anonkit.stages import generalize
from audits import AGENT, BAD, GOOD, audited, flaws, sha

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "data"


TIMES = [
    "12/Dec/2015:18:25:11 +0100", "2015-12-12T18:25:11Z", "2015-12-12 18:25:11,5", "1447942991",
    "1447942991.25", "1447942991123", "1447942991123456", "18:25:11", "Dec 12 18:25:11",
    "Sat, 12 Dec 2015 18:25:11 GMT", "20151212T182511Z", "20151212T182511+01:00",
    "20151212T182511.123+0100", "2015-12-12 18:25:11+01", "Sat Dec 12 18:25:11 CET 2015", "30/Feb/2015:18:25:11 +0100",
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
