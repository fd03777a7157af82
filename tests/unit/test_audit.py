"""The audit: groups of records that look alike, and what it reads and remembers."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, strategies as st

from anonkit.explain import Wording, audit as audit_module, fields as fields_module, markdown
from anonkit.explain.audit import Audit
from anonkit.explain.groups import BOUNDS, Groups
from anonkit.explain.observe import OF_VALUE, Memory, Observed
from anonkit.explain.verdict import verdict
from anonkit.parse.formats import FORMATS
from audits import audited, sha

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


def test_lines_that_cannot_be_read_are_counted() -> None:
    """A line without fields is counted, and a blank one is none."""
    audit = Audit(FORMATS["combined"])
    for line in (b"hello\n", b"\n", b""):
        audit.add(line)
    assert audit.result().unread == 1
    assert audit.result().records == 0


def test_addresses_always_tell_records_apart() -> None:
    """Addresses are chosen even where almost all of them differ."""
    result = audited([{"type": "a", "ip": f"10.{n % 250}.{n // 250}.0"} for n in range(3000)])
    assert result.quasi == ("ip",)
    assert result.groups.k == 1


def test_what_is_deeper_than_a_policy_goes_is_audited() -> None:
    """A path of more steps than a policy could name is a field like any other."""
    line = b'{"d":' + b'{"time":' * 40 + b'"2026-05-11T09:02:44Z"' + b"}" * 41 + b"\n"
    audit = Audit(FORMATS["json"])
    for _ in range(5):
        audit.add(line)
    assert {flaw.name for flaw in audit.result().flaws} == {"exact-time"}


def test_numbers_that_describe_a_person_tell_records_apart() -> None:
    """Postal code, year of birth and sex single people out, though two of them are numbers."""
    result = audited(
        [
            {"type": "a", "sex": "fm"[n % 2], "zip": 10115 + n % 60, "birth_year": 1940 + n % 59,
             "of": {"age": 20 + n % 50}, "size": n % 7}
            for n in range(600)
        ]
    )  # fmt: skip
    assert result.quasi == ("sex", "zip", "birth_year", "of.age")
    assert result.groups.k == 1
