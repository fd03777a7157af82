"""System 2, licences and support: one policy, and a field outside its purpose cannot leave."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings, strategies as st

from anonkit import Event, Keyring, Pipeline, Policy
from anonkit.policy.packing import schema_of
from anonkit.records import SUPPORT_RECORDS, LicenceOrder, SupportCase
from sites import downstream, on_disk, seen, sent, site
from strategies import find_secret

KEYS = Keyring.generate()
PURPOSES = ("contract", "support", "support_contact", "remote_support")
SUPPORT = Policy.preset("support")
EVERY = {
    purpose
    for record in SUPPORT.records.values()
    for purpose in (record.purpose, *(field.purpose for field in record.fields.values()))
}
# Values that stand in the bytes as they are, and that chance does not make twice.
_words = st.text("abcdefghijkmnopqrstuvwxyzÄÖÜßé", min_size=6, max_size=12)


def _made(event: Any, *always: str) -> st.SearchStrategy[Any]:
    """Draw a record whose values differ from field to field, and are sometimes not there."""
    fields = {}
    for name in set(event.__struct_fields__) - {"contact_consent"}:
        text = _words.map(f"{name}+{{}}@Geheim.example".format)
        fields[name] = text if name in always else st.none() | text
    return st.builds(event, **fields)


orders = _made(LicenceOrder, "first_name", "last_name", "email")
cases = st.builds(
    lambda case, agreed: msgspec.structs.replace(case, contact_consent=agreed),
    _made(SupportCase),
    st.booleans(),
)
in_force = st.frozensets(st.sampled_from(PURPOSES))


def forms(pipeline: Pipeline, record: Event) -> list[bytes]:
    """Return what leaves of a record in every form: JSON, a row, and what the vendor unpacks."""
    plain = msgspec.json.encode(record)
    out = [pipeline.json(record), pipeline.json(plain), pipeline.row(record)]
    out.append(pipeline.json(msgspec.json.decode(plain)))
    return [data if data is not None else b"" for data in out]


def test_the_purposes_are_those_of_the_preset() -> None:
    """The cases are generated over every purpose that the preset knows."""
    assert set(PURPOSES) == EVERY


@given(st.one_of(orders, cases), in_force)
@settings(max_examples=400)
def test_a_field_is_in_the_bytes_exactly_when_its_purpose_is_in_force(
    record: LicenceOrder | SupportCase, purposes: frozenset[str]
) -> None:
    """A value that the policy keeps is in the bytes when its purpose is in force, and never else."""
    by_class = Pipeline(list(SUPPORT_RECORDS), keys=KEYS, purposes=purposes)
    by_preset = Pipeline(SUPPORT, keys=KEYS, purposes=purposes)
    name = type(record).__struct_config__.tag
    assert isinstance(name, str)
    said = SUPPORT.records[name]
    for data in (*forms(by_class, record), *forms(by_preset, record)):
        for path, field in said.fields.items():
            value = getattr(record, path)
            if not isinstance(value, str):
                continue
            leaves = field.stages[0].verb == "keep" and {said.purpose, field.purpose} <= purposes
            leaves &= field.agreed is None or record.contact_consent  # type: ignore[union-attr]
            assert (find_secret(data, value) is not None) == leaves, path


@given(cases, in_force)
@settings(max_examples=60, deadline=None)
def test_consent_to_one_case_is_for_that_case(case: SupportCase, purposes: frozenset[str]) -> None:
    """What arrives names the person exactly when this case has consent and the ledger agrees."""
    pipeline = Pipeline(SUPPORT, keys=KEYS)
    envelopes = sent(pipeline, [case], *purposes)
    assert (envelopes == []) == ("support" not in purposes)
    if not envelopes:
        return
    found = downstream(envelopes, pipeline)
    (record,) = seen(envelopes)
    named = case.contact_consent and "support_contact" in purposes
    for path in ("first_name", "last_name", "email"):
        value = getattr(case, path)
        if value is not None:
            assert (find_secret(found, value) is not None) == named
    for path in ("serial", "registration"):
        assert record.get(path) == getattr(case, path)
    told = {name for name, value in record.items() if value is not None}
    assert told <= {"type", "serial", "registration"} | (
        {"first_name", "last_name", "email"} if named else set()
    ) | ({"case"} if "remote_support" in purposes else set())
    for stays in (case.case, case.description):
        assert stays is None or find_secret(found, stays) is None


@given(orders, in_force)
@settings(max_examples=30, deadline=None)
def test_an_order_names_its_holder_and_nothing_else(
    order: LicenceOrder, purposes: frozenset[str]
) -> None:
    """Of an order, first name, last name and e-mail arrive; nothing arrives without a contract."""
    holder = {"first_name": order.first_name, "last_name": order.last_name, "email": order.email}
    came = seen(sent(Pipeline(SUPPORT, keys=KEYS), [order], *purposes))
    assert came == ([{"type": "licence_order"} | holder] if "contract" in purposes else [])


@given(st.lists(cases, min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_cases_in_a_row_do_not_share_consent(made: list[SupportCase]) -> None:
    """In any order of cases, the ones without consent name nobody: no consent stays behind."""
    came = seen(sent(Pipeline(SUPPORT, keys=KEYS), made, *PURPOSES))
    assert len(came) == len(made)
    people = ("first_name", "last_name", "email")
    for case, record in zip(made, came, strict=True):
        named = {name for name in people if record.get(name) is not None}
        known = {name for name in people if getattr(case, name) is not None}
        assert named == (known if case.contact_consent else set())


def test_a_purpose_that_is_withdrawn_takes_its_fields_from_what_waits() -> None:
    """After contact is withdrawn, the waiting case goes without its person, on disk too."""
    case = SupportCase(serial="SN-1", email="ada@geheim.example", contact_consent=True)
    with site(Pipeline(SUPPORT, keys=KEYS), "support", "support_contact") as dealer:
        dealer.record([case])
        assert find_secret(on_disk(dealer), "ada@geheim.example") is not None
        dealer.stop("support_contact")
        assert find_secret(on_disk(dealer), "ada@geheim.example") is None
        (record,) = seen(dealer.send())
    assert record == {"type": "support_case", "serial": "SN-1"}


def test_consent_is_a_plain_yes() -> None:
    """Nothing but true in the data is consent: text, numbers and absence are no."""
    plain = {"type": "support_case", "serial": "S-1", "email": "ada@example.com"}
    pipeline = Pipeline(SUPPORT, keys=KEYS)
    for odd in ({}, *({"contact_consent": odd} for odd in ("yes", "true", 1, 1.0, None, [True]))):
        for given_ in (plain | odd, msgspec.json.encode(plain | odd)):
            assert pipeline(given_) == {"type": "support_case", "serial": "S-1"}
    twice = (
        b'{"type":"support_case","contact_consent":true,"contact_consent":false,"email":"a@b.de"}'
    )
    assert pipeline(twice) == {"type": "support_case"}


def test_what_travels_does_not_tell_which_fields_there_could_be() -> None:
    """Without consent the schema that travels along has no place for a person."""
    schema = schema_of(SUPPORT, {"support"})
    assert set(schema.records["support_case"].fields) == {"serial", "registration"}
