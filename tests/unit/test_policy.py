"""The policy: one value from three sources, strict, with a hash of every word."""

# ruff: noqa: SIM102 - one place, read from top to bottom

from __future__ import annotations

import json
import re
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import event, given, settings, strategies as st

from anonkit import Event, Pipeline, Policy
from anonkit.errors import PolicyError
from anonkit.policy import Field, Record
from anonkit.policy.document import from_document, line_of, nearest, presets
from anonkit.policy.schema import json_schema
from anonkit.records.event import Why
from anonkit.stages import (
    VERBS,
    drop,
    generalize,
    keep,
    pseudonymize,
    truncate,
)
from strategies import json_values, keyring, policies

# --- one value from three sources -------------------------------------------------------------


class Person(msgspec.Struct):
    id: Annotated[int, pseudonymize("person")]


class Login(Event):
    ip: Annotated[str, truncate(v4=16), Why("where from", kind="place", withhold="field")]
    version: Annotated[str, generalize(parts=2), generalize(allow=["1.0", "2.0"])]
    email: Annotated[str, drop()]
    who: list[Person]


TOML = """
name = "app"

[record.login]
fields.ip = { truncate = { v4 = 16 }, kind = "place", reason = "where from", withhold = "field" }
fields.version = [{ generalize = { parts = 2 } }, { generalize = { allow = ["1.0", "2.0"] } }]
fields.email = "drop"
fields."who[].id" = { pseudonymize = "person" }
"""
PYTHON = Policy(
    "app",
    {
        "login": Record(
            {
                "ip": Field(truncate(v4=16), kind="place", reason="where from", withhold="field"),  # type: ignore[arg-type]
                "version": (generalize(parts=2), generalize(allow=["1.0", "2.0"])),  # type: ignore[dict-item]
                "email": drop(),  # type: ignore[dict-item]
                "who[].id": [pseudonymize("person")],  # type: ignore[dict-item]
            }
        )
    },
)


def test_three_sources_make_one_value() -> None:
    """Event classes, TOML and Python make equal policies with one hash."""
    by_class, by_text = Policy.from_events(Login), Policy.from_toml(TOML)
    assert by_class == by_text == PYTHON
    assert by_class.hash == by_text.hash == PYTHON.hash


@given(policies())
@settings(max_examples=60, deadline=None)
def test_a_document_says_all(policy: Policy) -> None:
    """The document of any policy makes the same policy again, through JSON too."""
    document = json.loads(json.dumps(policy.document()))
    assert from_document(document) == policy
    assert from_document(document).hash == policy.hash


def test_presets_are_policies() -> None:
    """Every preset loads, has its name in the list, and is made again from its document."""
    assert {"app", "weblog", "weblog-strict"} <= set(presets())
    for name in presets():
        policy = Policy.preset(name)
        assert from_document(policy.document()) == policy
    with pytest.raises(PolicyError, match=r"weblogs: no preset of that name \(did you mean weblog"):
        Policy.preset("weblogs")


CHANGES: dict[str, Any] = {
    "name": lambda d: d.update(name="other"),
    "period": lambda d: d.update(period="31d"),
    "retain": lambda d: d.update(retain="31d"),
    "owner": lambda d: d.update(owner="data protection"),
    "review": lambda d: d.update(review="2027-06-30"),
    "record type": lambda d: d["record"].update(logout=d["record"].pop("login")),
    "record purpose": lambda d: d["record"]["login"].update(purpose="support"),
    "record retain": lambda d: d["record"]["login"].update(retain="9d"),
    "a field more": lambda d: d["record"]["login"]["fields"].update(more="keep"),
    "a field less": lambda d: d["record"]["login"]["fields"].pop("email"),
    "an option": lambda d: d["record"]["login"]["fields"]["ip"]["truncate"].update(v6=32),
    "a stage": lambda d: d["record"]["login"]["fields"].update(email="keep"),
    "a stage less": lambda d: d["record"]["login"]["fields"]["version"]["stages"].pop(),
    "a domain": lambda d: d["record"]["login"]["fields"]["who[].id"]["pseudonymize"].update(domain="x"),
    "kind": lambda d: d["record"]["login"]["fields"]["ip"].update(kind="address"),
    "reason": lambda d: d["record"]["login"]["fields"]["ip"].update(reason="no"),
    "purpose": lambda d: d["record"]["login"]["fields"]["ip"].update(purpose="safety"),
    "an empty purpose": lambda d: d["record"]["login"]["fields"]["ip"].update(purpose=""),
    "withhold": lambda d: d["record"]["login"]["fields"]["ip"].update(withhold="record"),
    "order of fields": lambda d: d["record"]["login"]["fields"].update(
        ip=d["record"]["login"]["fields"].pop("ip")
    ),
    "order of a list": lambda d: d["record"]["login"]["fields"]["version"]["stages"][1]["generalize"]["allow"].reverse(),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_any_word_changes_the_hash(change: str) -> None:
    """A policy with any other word, or fields in another order, has another hash."""
    document = PYTHON.document()
    CHANGES[change](document)
    assert from_document(document).hash != PYTHON.hash


def test_what_is_no_word_does_not_change_the_hash() -> None:
    """Comments, spacing, quotes, short forms and the order of record types are no words."""
    other = TOML.replace('"drop"', "{ drop = true } # never").replace("name", "\nname", 1)
    assert Policy.from_toml(other).hash == PYTHON.hash
    two = [("a", Record({"v": keep()})), ("b", Record({"v": keep()}))]  # type: ignore[dict-item]
    assert Policy("p", dict(two)).hash == Policy("p", dict(two[::-1])).hash
    assert re.fullmatch(r"[0-9a-f]{16}", PYTHON.hash)


# --- what is refused --------------------------------------------------------------------------

HEAD = '[record.login]\nfields.ip = "truncate"\n'
WRONG: list[tuple[str, str]] = [
    ("", "policy: record: names no record type"),
    ("record = 5", "policy:1: record: is a table"),
    ("x =", "policy: not TOML: "),
    ("recrod = 1", "policy:1: recrod: unknown word (did you mean record?)"),
    ("zzz = 1", "policy:1: zzz: unknown word (one of: name, period, retain, owner, review, record)"),
    (f"name = 5\n{HEAD}", "policy:1: name: is text"),
    (f"\nperiod = 5\n{HEAD}", "policy:2: period: is text"),
    (f'period = "30"\n{HEAD}', 'policy:1: period: is a number of days (such as "30d")'),
    (f'retain = "0d"\n{HEAD}', "policy:1: retain: is a number of days"),
    (f'retain = "123456d"\n{HEAD}', "policy:1: retain: is a number of days"),
    (f'review = "soon"\n{HEAD}', "policy:1: review: is a day"),
    (f"review = 5\n{HEAD}", "policy:1: review: is text"),
    ("[record.login]\n", "policy:1: record.login: fields: names no field"),
    ("[record]\nlogin = 1", "policy:2: record.login: is a table"),
    ('[record.Login]\nfields.x = "keep"', "policy:1: record.Login: a record type is lower-case"),
    ('[record."any record"]\nfields.x = "keep"', "policy:1: record.any record: is for plain lists"),
    (f"{HEAD}field.x = 1", "policy:3: record.login.field: unknown word (did you mean fields?)"),
    (f"{HEAD}purpose = 5", "policy:3: record.login.purpose: is text"),
    (f'{HEAD}retain = "soon"', 'record.login: retain: is a number of days (such as "30d")'),
    ("[record.login]\nfields = 1", "policy:2: record.login.fields: is a table"),
    (f'{HEAD}fields.x = "kep"', "policy:3: record.login.fields.x.kep: unknown word (did you mean keep?)"),
    (f'{HEAD}fields.x = "dorp"', "policy:3: record.login.fields.x.dorp: unknown word (did you mean drop?)"),
    (f"{HEAD}fields.x = 5", 'policy:3: record.login.fields.x: is a stage (such as "drop" or {'),
    (f"{HEAD}fields.x = {{}}", "policy:3: record.login.fields.x: says one stage (for several in"),
    (f"{HEAD}fields.x = {{ keep = true, drop = true }}", "policy:3: record.login.fields.x: says one stage"),
    (f'{HEAD}fields.x = {{ reason = "r" }}', "policy:3: record.login.fields.x: says one stage"),
    (f"{HEAD}fields.x = []", "policy:3: record.login.fields.x: has no stage"),
    (f"{HEAD}fields.x = {{ stages = 5 }}", "policy:3: record.login.fields.x.stages: is a list of stages"),
    (f"{HEAD}fields.x = [{{ keep = true, drop = true }}]", "policy:3: record.login.fields.x: is a stage"),
    (f"{HEAD}fields.x = [5]", "policy:3: record.login.fields.x: is a stage"),
    (f'{HEAD}fields.x = [{{ keep = true, reason = "r" }}]', "policy:3: record.login.fields.x: is a stage"),
    (f"{HEAD}fields.x = {{ keep = false }}", "policy:3: record.login.fields.x.keep: takes a table of options (true)"),
    (f"{HEAD}fields.x = {{ truncate = 24 }}", "policy:3: record.login.fields.x.truncate: takes a table of options (options: v4, v6)"),
    (f"{HEAD}fields.x = {{ truncate = {{ v5 = 1 }} }}", "policy:3: record.login.fields.x.truncate.v5: unknown word (did you mean v"),
    (f'{HEAD}fields.x = {{ truncate = {{ v4 = "24" }} }}', "policy:3: record.login.fields.x.truncate.v4: expected `int`, got `str`"),
    (f"{HEAD}fields.x = {{ truncate = {{ v4 = 33 }} }}", "policy:3: record.login.fields.x: truncate.v4: a prefix is 0 to 32 bits, not 33"),
    (f"{HEAD}fields.x = {{ generalize = 5 }}", "policy:3: record.login.fields.x.generalize.unit: expected `str | null`, got `int`"),
    (f'{HEAD}fields.x = {{ generalize = "5h" }}', "policy:3: record.login.fields.x: generalize.unit: a count of h divides 24"),
    (f"{HEAD}fields.x = {{ generalize = true }}", "policy:3: record.login.fields.x: generalize: takes one of unit,"),
    (f'{HEAD}fields.x = {{ pseudonymize = {{ algorithm = "md5" }} }}', "policy:3: record.login.fields.x.pseudonymize.algorithm: invalid enum value 'md5'"),
    (f'{HEAD}fields.x = {{ keep = true, withhold = "all" }}', 'record.login.fields.x: withhold: is "record" or "field"'),
    (f"{HEAD}fields.x = {{ keep = true, withhold = [] }}", "policy:3: record.login.fields.x.withhold: is text"),
    (f"{HEAD}fields.x = {{ keep = true, kind = 5 }}", "policy:3: record.login.fields.x.kind: is text"),
    (f"{HEAD}fields.x = {{ keep = true, reason = 5 }}", "policy:3: record.login.fields.x.reason: is text"),
    (f'{HEAD}fields.x = ["keep", "drop"]', "policy:3: record.login.fields.x: keep: stands alone"),
    (f'{HEAD}fields.x = ["pseudonymize", "truncate"]', "policy:3: record.login.fields.x: truncate: does not take token out of pseudonymize"),
    (f'{HEAD}fields.type = "keep"', "policy:3: record.login.fields.type: is the record type itself"),
    (f"{HEAD}fields.'\\type' = 'keep'", "record.login.fields.\\type: is the record type itself"),
    (f"{HEAD}fields.'*' = 'keep'", "policy:3: record.login.fields.*: a record names its fields"),
    (f"{HEAD}fields.'*.x' = 'keep'", "record.login.fields.*.x: a record names its fields"),
    (f"{HEAD}fields.'*[]' = 'keep'", "record.login.fields.*[]: a record names its fields"),
    (f"{HEAD}fields.'a..b' = 'keep'", "record.login: a..b: not a path"),
    (f"{HEAD}fields.'ip.x' = 'keep'", "record.login: ip.x: ip is already something else"),
    (f"{HEAD}fields.user.email = 'keep'", "record.login.fields.user.email: unknown word"),
    (f'{HEAD}fields.a = {{ pseudonymize = "d" }}\nfields.b = {{ pseudonymize = {{ domain = "d", bits = 96 }} }}',
     "policy:4: record.login.fields.b: shares the domain 'd' with record.login.fields.a, but its options differ"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_toml_is_read_strictly(text: str, problem: str) -> None:
    """Whatever is wrong is refused with its line, its path, and the nearest valid word."""
    with pytest.raises(PolicyError) as caught:
        Policy.from_toml(text)
    assert problem in str(caught.value)
    if problem.startswith("policy"):
        assert str(caught.value).startswith(problem)


@pytest.mark.parametrize("verb", VERBS)
def test_a_misspelt_verb_never_becomes_a_field_that_leaves(verb: str) -> None:
    """Every verb with a letter missing, doubled or swapped is refused."""
    for place in range(len(verb)):
        for wrong in (verb[:place] + verb[place + 1 :], verb[:place] + verb[place] * 2 + verb[place + 1 :], verb.upper()):  # fmt: skip
            with pytest.raises(PolicyError, match="unknown word"):
                Policy.from_toml(f'[record.a]\nfields.x = "{wrong}"')


@given(
    st.text(max_size=60)
    | st.text("[]=.\"'\n recodfilspk{}#", max_size=60)
    | st.tuples(
        st.integers(0, len(TOML)), st.integers(0, 3), st.text("\"'\n {}#x1", max_size=2)
    ).map(lambda drawn: TOML[: drawn[0]] + drawn[2] + TOML[drawn[0] + drawn[1] :])
)
def test_any_text_is_a_policy_or_a_policy_error(text: str) -> None:
    """Whatever is written, a policy comes out or a PolicyError."""
    try:
        policy = Policy.from_toml(text)
    except PolicyError:
        return
    assert policy.records


_WORDS = st.sampled_from([*VERBS, "stages", "30d", "field", "unit", "v4", "allow"])
_ANYTHING = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | _WORDS,
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from([*VERBS, "stages", "kind", "v4", "unit", "x"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
_OPTIONS = st.sampled_from([True, "1h", "user", 8, {}, {"v4": 8}, {"step": 5}, {"bits": 96}, {"origin": True}])  # fmt: skip
_STAGES = st.sampled_from(sorted(VERBS)) | st.dictionaries(
    st.sampled_from(sorted(VERBS)), _OPTIONS, min_size=1, max_size=1
)
_CHAINS = _STAGES | st.lists(_STAGES, min_size=1, max_size=2)
# What may stand at a place by its form: much of it fits, so that policies come out as well.
_LIKELY = {
    "": st.tuples(st.sampled_from(["name", "owner"]), st.text(max_size=4))
    | st.tuples(st.sampled_from(["period", "retain"]), st.integers(0, 9999).map("{}d".format)),
    "login": st.tuples(st.just("purpose"), st.text(max_size=4)),
    "fields": st.tuples(st.sampled_from(["ip", "x", "x.y", "l[]", "m.*", "type"]), _CHAINS),
    "ip": st.tuples(st.sampled_from(["kind", "reason", "withhold"]), st.text(max_size=4) | _WORDS),
    "truncate": st.tuples(st.sampled_from(["v4", "v6"]), st.integers(-1, 130)),
}


@given(st.data())
@settings(max_examples=4 * settings.default.max_examples)
def test_any_document_is_a_policy_or_a_policy_error(data: st.DataObject) -> None:
    """A document with any value at any place makes a policy or a PolicyError, and a pipeline runs."""
    document = PYTHON.document()
    login = document["record"]["login"]
    places = {"": document, "record": document["record"], "login": login, "fields": login["fields"]}
    places |= {"ip": login["fields"]["ip"], "truncate": login["fields"]["ip"]["truncate"]}
    place = data.draw(st.sampled_from(sorted(places)))
    anywhere = st.tuples(st.sampled_from(sorted(places[place])) | st.text(max_size=3), _ANYTHING)
    word, value = data.draw(_LIKELY.get(place, anywhere) | anywhere)
    places[place][word] = value
    try:
        policy = from_document(document)
    except PolicyError:
        event("refused")
        return
    assert from_document(policy.document()) == policy
    pipeline = Pipeline(policy, keys=keyring())
    record = {"type": "login"} | data.draw(
        st.dictionaries(st.sampled_from(["ip", "x", "l", "m"]), json_values)
    )
    event("left" if pipeline(record) else "withheld")
    assert pipeline.report.records_in == 1


def test_lines_are_found() -> None:
    """The line of a path is that of the longest name that leads to it, or none."""
    text = '# c\nname = "x"\n[record.a]\nfields."user.email" = "keep"\n[ record . \'b\' ]\nfields.x = 1\n'
    assert line_of(text, "name") == 2
    assert line_of(text, "record.a.fields.user.email") == 4
    assert line_of(text, "record.a.purpose") == 3
    assert line_of(text, "record.b.fields.x.truncate.v4") == 6
    assert line_of(text, "retain") is None


def test_the_nearest_word() -> None:
    """A word that is near to one is taken for it; for others all are named."""
    assert nearest("purpos", ["purpose", "retain"]) == "did you mean purpose?"
    assert nearest("zzz", ["purpose", "retain"]) == "one of: purpose, retain"


# --- JSON Schema ------------------------------------------------------------------------------


def valid(schema: dict[str, Any], value: Any, root: dict[str, Any]) -> bool:
    """Validate by the words that our schema uses, and by no other."""
    known = {"$schema", "$defs", "$ref", "title", "description", "type", "properties", "required",
             "additionalProperties", "anyOf", "enum", "const", "items", "minItems", "pattern",
             "minProperties", "maxProperties", "default", "minimum", "maximum", "exclusiveMinimum",
             "multipleOf", "oneOf", "propertyNames", "dependentRequired"}  # fmt: skip
    assert set(schema) <= known, set(schema) - known
    if "$ref" in schema:
        return valid(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, root)
    if "anyOf" in schema and not any(valid(s, value, root) for s in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(valid(s, value, root) for s in schema["oneOf"]) != 1:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "const" in schema and (value != schema["const"] or type(value) is not type(schema["const"])):
        return False
    types = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    kind = schema.get("type")
    number = type(value) in (int, float) if kind == "number" else type(value) is int
    if kind in ("integer", "number") and not number:
        return False
    if kind in types and not isinstance(value, types[kind]):
        return False
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return False
    if type(value) in (int, float) and not (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and schema.get("exclusiveMinimum", value - 1) < value
        and value % schema.get("multipleOf", 1) in (0, value % 1)
    ):
        return False
    if isinstance(value, list):
        return len(value) >= schema.get("minItems", 0) and all(
            valid(schema.get("items", {}), item, root) for item in value
        )
    if isinstance(value, dict):
        if not set(schema.get("required", [])) <= set(value):
            return False
        for name, needs in schema.get("dependentRequired", {}).items():
            if name in value and not set(needs) <= set(value):
                return False
        if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", 99):
            return False
        if not all(valid(schema.get("propertyNames", {}), name, root) for name in value):
            return False
        for name, part in value.items():
            if name in schema.get("properties", {}):
                if not valid(schema["properties"][name], part, root):
                    return False
            elif schema.get("additionalProperties") is False:
                return False
            elif isinstance(schema.get("additionalProperties"), dict):
                if not valid(schema["additionalProperties"], part, root):
                    return False
    return True


@given(policies())
@settings(max_examples=60, deadline=None)
def test_the_schema_takes_every_policy(policy: Policy) -> None:
    """The document of any policy is valid by the JSON Schema."""
    schema = json_schema()
    assert valid(schema, policy.document(), schema)


def test_the_schema_takes_what_toml_takes() -> None:
    """Every short form that TOML knows is valid, presets are, and no other form is."""
    import tomllib

    schema = json_schema()
    assert valid(schema, tomllib.loads(TOML), schema)
    for verb, kind in VERBS.items():
        forms: list[Any] = [verb, {verb: True}, [verb], [{verb: True}], {"stages": [verb]}]
        bare = {"generalize": "1h", "pseudonymize": "user", "scrub": ["EMAIL"]}
        forms += [{verb: {}}] + ([{verb: bare[verb]}] if kind.main else [])
        for form in forms:
            document = {"record": {"a": {"fields": {"x": form}}}}
            short = verb != "generalize" or form == {verb: bare[verb]}  # it needs a way
            assert valid(schema, document, schema) == loads(document) == short, form


def loads(document: dict[str, Any]) -> bool:
    """Return whether a document is a policy."""
    try:
        from_document(document)
    except PolicyError:
        return False
    return True


WAY = {"unit": "1h", "step": 5, "log": 2, "parts": 2, "allow": ["x"], "ceil": "15min"}


@given(st.sets(st.sampled_from([*WAY, "zone"])))
def test_the_schema_takes_one_way_of_generalize(words: set[str]) -> None:
    """Schema and TOML agree on which options of `generalize` go together: one way, one zone."""
    # Text takes some ways and times others; what comes into the chain the schema leaves open.
    options = {word: {**WAY, "zone": "Europe/Berlin"}[word] for word in words}
    document = {"record": {"a": {"fields": {"x": {"generalize": options}}}}}
    schema = json_schema()
    alone = len(words - {"zone"}) == 1 and ("zone" not in words or "unit" in words)
    assert valid(schema, document, schema) == loads(document) == alone


@pytest.mark.parametrize(
    "field",
    [
        "{ keep = true, drop = true }", "{ stages = ['keep'], keep = true }", "{ reason = 'x' }",
        "{ stages = [] }", "[]", "{ truncate = { v4 = 33 } }", "{ truncate = { v6 = -1 } }",
        "{ pseudonymize = { bits = 88 } }", "{ pseudonymize = { bits = 100 } }",
        "{ generalize = '1 hour' }", "{ generalize = { unit = '0h' } }", "{ generalize = { step = 0 } }",
        "{ generalize = { log = 1 } }", "{ generalize = { parts = 9 } }", "{ generalize = { allow = [] } }",
        "{ generalize = { ceil = '1w' } }", "'generalize'", "{ generalize = true }",
        "{ generalize = { unit = '1h', step = 5 } }", "{ generalize = { step = 5, zone = 'UTC' } }",
    ],
)  # fmt: skip
def test_the_schema_refuses_what_is_out_of_bounds(field: str) -> None:
    """Sizes, units, counts of stages and names that TOML refuses are invalid by the schema too."""
    import tomllib

    schema = json_schema()
    for text in (
        f"[record.a]\nfields.x = {field}",
        f"[record.A-b]\nfields.x = 'drop'\nfields.y = {field}",
        "record = {}",
        "[record.a]\nfields = {}",
        "[record.A-b]\nfields.x = 'drop'",
    ):
        with pytest.raises(PolicyError):
            Policy.from_toml(text)
        assert not valid(schema, tomllib.loads(text), schema)


@pytest.mark.parametrize("text", [text for text, problem in WRONG if "unknown word" in problem
                                  or "is text" in problem or "is a table" in problem
                                  or "is a stage" in problem or "expected `" in problem])  # fmt: skip
def test_the_schema_refuses_unknown_words_and_wrong_types(text: str) -> None:
    """What TOML refuses for a word or a type is invalid by the schema too."""
    import tomllib

    schema = json_schema()
    assert not valid(schema, tomllib.loads(text), schema)
