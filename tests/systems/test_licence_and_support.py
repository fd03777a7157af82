"""System 2, licences and support: one policy, and a field outside its purpose cannot leave."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings, strategies as st
from licence_and_support import Dealer, arrived

from anonkit import Event, Keyring, Pipeline, Policy
from anonkit.pack import unpack
from anonkit.policy.packing import schema_of
from anonkit.records import SUPPORT_RECORDS, LicenceOrder, SupportCase
from anonkit.seal import VendorKey, unseal
from strategies import find_secret

KEY = VendorKey.generate()
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
    pipeline = Pipeline(list(SUPPORT_RECORDS), keys=KEYS, purposes=purposes)
    name = type(record).__struct_config__.tag
    assert isinstance(name, str)
    said = SUPPORT.records[name]
    for data in forms(pipeline, record):
        for path, field in said.fields.items():
            value = getattr(record, path)
            if not isinstance(value, str):
                continue
            leaves = field.stages[0].verb == "keep" and {said.purpose, field.purpose} <= purposes
            assert (find_secret(data, value) is not None) == leaves, path


@given(cases, in_force)
@settings(max_examples=200)
def test_consent_to_one_case_is_for_that_case(case: SupportCase, purposes: frozenset[str]) -> None:
    """What arrives names the person exactly when this case has consent and the dealer may say it."""
    envelope = Dealer(KEYS, KEY.recipient, set(purposes)).report(case)
    assert (envelope is None) == ("support" not in purposes)
    if envelope is None:
        return
    opened = unseal(envelope, [KEY]).pack
    records = unpack(opened).records
    told = msgspec.json.encode(records)
    named = case.contact_consent and "support_contact" in purposes
    for path in ("first_name", "last_name", "email"):
        value = getattr(case, path)
        if value is not None:
            assert (find_secret(told, value) is not None) == named
            assert named or find_secret(opened, value) is None
    for path in ("serial", "registration"):
        assert records[0].get(path) == getattr(case, path)
    told_fields = {name for name, value in records[0].items() if value is not None}
    personal = {"first_name", "last_name", "email"} if named else set()
    assert told_fields <= {"type", "serial", "registration"} | personal
    assert case.case is None or find_secret(told, case.case) is None
    assert case.description is None or find_secret(told, case.description) is None


@given(orders)
@settings(max_examples=100)
def test_an_order_names_its_holder_and_nothing_else(order: LicenceOrder) -> None:
    """Of an order, first name, last name and e-mail arrive; nothing arrives without a contract."""
    holder = {"first_name": order.first_name, "last_name": order.last_name, "email": order.email}
    came = arrived(Dealer(KEYS, KEY.recipient, {"contract", "support"}).order(order), KEY)
    assert came == {"type": "licence_order"} | holder
    assert Dealer(KEYS, KEY.recipient, {"support", "support_contact"}).order(order) is None


@given(st.lists(cases, min_size=1, max_size=8))
@settings(max_examples=50)
def test_cases_in_a_row_do_not_share_consent(made: list[SupportCase]) -> None:
    """In any order of cases, the ones without consent name nobody: no consent stays behind."""
    dealer = Dealer(KEYS, KEY.recipient, set(PURPOSES))
    for case in made:
        came = arrived(dealer.report(case), KEY)
        assert came is not None
        named = {n for n in ("first_name", "last_name", "email") if came.get(n) is not None}
        given_ = {n for n in ("first_name", "last_name", "email") if getattr(case, n) is not None}
        assert named == (given_ if case.contact_consent else set())


def test_consent_is_a_plain_yes() -> None:
    """Nothing but true in the data is consent: text and numbers are refused, absence is no."""
    plain = {"type": "support_case", "serial": "S-1", "email": "ada@example.com"}
    assert msgspec.convert(plain, SupportCase).purposes == {"support"}
    for odd in ("yes", "true", 1, None, []):
        try:
            case = msgspec.convert(plain | {"contact_consent": odd}, SupportCase)
        except msgspec.ValidationError:
            continue
        raise AssertionError(case)


def test_what_travels_does_not_tell_which_fields_there_could_be() -> None:
    """Without consent the schema that travels along has no place for a person."""
    schema = schema_of(SUPPORT, {"support"})
    fields: dict[str, Any] = dict(schema.records["support_case"].fields)
    assert set(fields) == {"serial", "registration"}
