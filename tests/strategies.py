"""Strategies that the tests share: policies over many shapes, records for them, planted secrets."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

from anonkit.keys.raw import keyring_from_bytes
from anonkit.parse.formats import OBJECT
from anonkit.policy import Field, Policy, Record
from anonkit.stages import Stage, drop, generalize, keep, pseudonymize, truncate

if TYPE_CHECKING:
    from collections.abc import Callable

    from anonkit import Keyring

KEY = bytes(range(1, 33))
PERIOD = "00112233aabbccdd"


def keyring(key: bytes = KEY, period: str = PERIOD) -> Keyring:
    """Return a keyring of one known key without an end."""
    return keyring_from_bytes(key, id=period)


# --- values -----------------------------------------------------------------------------------

# What JSON, MessagePack and the decoders of Python agree on.
# Letters that fold, compose and sort, more often than chance would bring them.
texts = st.text(
    st.sampled_from("aAbBßẞÄäe\u0301éİıſﬁΣσς\u03231 .@-_")
    | st.characters(exclude_categories=["Cs"]),
    max_size=12,
)
# Half of 64 bits: coarser numbers can be larger, and MessagePack ends there.
integers = st.integers(-(2**62), 2**62)
floats = st.floats(allow_nan=False, allow_infinity=False, width=64)
addresses = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
    st.ip_addresses(v=4).map(lambda a: f"{a}:443"),
    st.ip_addresses(v=4).map(lambda a: f"::ffff:{a}"),
    st.ip_addresses(v=6).map(lambda a: f"[{a}]:8080"),
    st.ip_addresses(v=6).map(lambda a: f"{a}%eth0"),
    st.lists(st.ip_addresses().map(str), min_size=2, max_size=4).map(", ".join),
)
times = st.datetimes(timezones=st.none() | st.timezones()).map(
    lambda time: time.replace(microsecond=0)
)
# RFC 3339: whole minutes of offset, four digits of year.
zoned_texts = st.builds(
    lambda time, offset: time.isoformat() + offset,
    st.datetimes().map(lambda time: time.replace(microsecond=0)),
    st.sampled_from(["", "Z", "+00:00", "+02:00", "-09:30"]),
)
versions = st.lists(st.integers(0, 99).map(str), min_size=1, max_size=4).map(".".join)
# Past 2^53 a float has no multiples of its own, and two ways of rounding down may differ.
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | integers | st.floats(-1e15, 1e15) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


class Treatment(NamedTuple):
    """A chain of stages, and the values it is made for."""

    stages: tuple[Stage, ...]
    values: st.SearchStrategy[Any]


TREATMENTS: tuple[Treatment, ...] = (
    Treatment((keep(),), texts | integers | floats | st.booleans()),
    Treatment((drop(),), json_values),
    Treatment((truncate(),), addresses),
    Treatment((truncate(v4=17, v6=33),), addresses),
    Treatment((pseudonymize(),), texts | integers),
    Treatment((pseudonymize("person"),), texts | integers),
    Treatment((pseudonymize(bits=96, algorithm="hmac-sha256"),), texts | integers),
    Treatment((pseudonymize(bits=512, canonical=("casefold", "nfc")),), texts),
    Treatment((pseudonymize(canonical=("casefold",)),), texts),
    Treatment((pseudonymize(canonical=("email",)),), texts | texts.map("MAILTO: {} ".format)),
    Treatment((pseudonymize(canonical=("nfc",)),), texts),
    Treatment((generalize("1h"),), zoned_texts | integers | st.floats(-1e9, 1e9)),
    Treatment((generalize("15min"),), zoned_texts),
    Treatment((generalize("15min", zone="written"),), zoned_texts),
    Treatment((generalize("1d"),), zoned_texts),
    Treatment((generalize("1w"),), zoned_texts),
    Treatment((generalize("3mo"),), zoned_texts),
    Treatment((generalize("10y"),), zoned_texts),
    Treatment((generalize("6h", zone="Europe/Berlin"),), zoned_texts),
    Treatment((generalize("1h", zone="Asia/Kathmandu"),), zoned_texts),
    Treatment((generalize(step=10),), integers | st.floats(-1e9, 1e9)),
    Treatment((generalize(step=0.25),), st.floats(-1e9, 1e9)),
    Treatment((generalize(log=2),), integers | floats),
    Treatment((generalize(log=1.5),), integers | floats),
    Treatment((generalize(ceil="15min"),), integers | st.floats(-1e9, 1e9)),
    Treatment((generalize(parts=2),), versions),
    Treatment((generalize(allow=("a", "b", 7)),), st.sampled_from(["a", "b", 7, "c", 8])),
    Treatment((truncate(v4=16), pseudonymize()), addresses),
    Treatment((generalize(parts=1), generalize(allow=("1", "2"))), versions),
    Treatment((generalize(allow=("a", "b")), pseudonymize("group")), st.sampled_from(["a", "z"])),
)
# For names: text in, text out in both forms, so that packed names and JSON names stay names.
NAME_TREATMENTS: tuple[Treatment, ...] = (
    Treatment((keep(),), texts),
    Treatment((drop(),), texts),
    Treatment((pseudonymize(),), texts),
)

# --- shapes -----------------------------------------------------------------------------------

# Each shape is a set of paths that can stand in one policy; any subset of its parts can.
SHAPES: tuple[tuple[str, ...], ...] = (
    ("at",),
    ("ip",),
    (r"http\.method",),
    (r"a\[\]",),
    ("name with 'quotes'",),
    ('say "hi"',),
    ("user.email", "user.name", "user.home.city"),
    ("list[]",),
    ("grid[][]",),
    ("items[].ip", "items[].tags[].name", "items[].who.id"),
    ("tags.*",),
    ("marks.*", "marks.*~"),
    ("mixed.known", "mixed.other.deep", "mixed.*"),
    ("things.*.id", "things.*.size"),
    ("rows.*[]",),
)


@st.composite
def policies(draw: st.DrawFn, *, without: frozenset[str] = frozenset()) -> Policy:
    """Draw a policy of one or two record types, or of every object; `without` leaves verbs out."""
    names = draw(st.sampled_from([("login",), ("login", "crash_2"), (OBJECT,)]))
    return Policy("drawn", {name: draw(_records(name, without)) for name in names})


@st.composite
def _records(draw: st.DrawFn, name: str, without: frozenset[str]) -> Record:
    among = (*SHAPES, ("type",)) if name == OBJECT else SHAPES
    shapes = draw(st.lists(st.sampled_from(among), min_size=1, max_size=4, unique=True))
    fields: dict[str, Field] = {}
    for shape in shapes:
        whole = any(path.endswith("*~") for path in shape)
        parts = shape if whole else draw(st.lists(st.sampled_from(shape), min_size=1, unique=True))
        for path in parts:
            treatments = NAME_TREATMENTS if path.endswith("*~") else TREATMENTS
            allowed = [t for t in treatments if not {s.verb for s in t.stages} & without]
            chain = draw(st.sampled_from(allowed)).stages
            fields[path] = Field(chain, withhold=draw(st.sampled_from(["record", "field"])))
    return Record(fields)


def values_for(field: Field) -> st.SearchStrategy[Any]:
    """Return values that a field is made for."""
    for treatment in (*TREATMENTS, *NAME_TREATMENTS):
        if treatment.stages == field.stages:
            return treatment.values
    raise AssertionError(field)


@st.composite
def records(draw: st.DrawFn, policy: Policy, *, wrong: bool = True) -> dict[str, Any]:
    """Draw a record in JSON values for a policy: mostly in order, sometimes wrong anywhere."""
    name = draw(st.sampled_from(sorted(policy.records)))
    record: dict[str, Any] = {} if name == OBJECT else {"type": name}
    for path, field in policy.records[name].fields.items():
        if not path.endswith("*~"):
            _put(draw, record, _steps(path), values_for(field), wrong=wrong)
    if wrong and draw(_rarely):
        record[draw(texts.filter(lambda text: text != "type"))] = draw(json_values)
    if wrong and draw(_rarely):
        record["type"] = draw(json_values)
    return record


_rarely = st.integers(0, 7).map(lambda number: number == 7)
_plain_names = st.text("abcXYZ_-019", min_size=1, max_size=3)


def _steps(path: str) -> list[str]:
    """Split a path of `SHAPES`, simply: escapes stand in single names alone."""
    if "\\" in path:
        return [path.replace("\\", "")]
    return path.replace("[]", ".[]").split(".")


def _put(
    draw: st.DrawFn, into: dict[str, Any], steps: list[str], values: st.SearchStrategy[Any], *,
    wrong: bool,
) -> None:  # fmt: skip
    name = steps[0]
    if wrong and draw(_rarely):
        if draw(st.booleans()):
            into[name if name != "*" else "odd"] = draw(json_values)
        return
    names = [name]
    if name == "*":
        keys = _plain_names | texts if wrong else _plain_names
        names = draw(st.lists(keys, max_size=2, unique=True))
    for key in names:
        into[key] = _value(draw, into.get(key), steps[1:], values, wrong=wrong)
        if wrong and isinstance(into[key], dict) and draw(_rarely):
            into[key][draw(texts)] = draw(json_values)


def _value(
    draw: st.DrawFn, there: Any, steps: list[str], values: st.SearchStrategy[Any], *, wrong: bool
) -> Any:
    if not steps:
        return draw(json_values if wrong and draw(_rarely) else values)
    if steps[0] == "[]":
        items = there if isinstance(there, list) else [None] * draw(st.integers(0, 2))
        return [_value(draw, item, steps[1:], values, wrong=wrong) for item in items]
    inner = there if isinstance(there, dict) else {}
    _put(draw, inner, steps, values, wrong=wrong)
    return inner


# --- secrets ----------------------------------------------------------------------------------

# Letters that fold, that URLs escape and that base64 shows; long enough that chance finds none.
secrets = st.builds(
    lambda head, tail: f"{head}Straße.Ünal+{tail}@Geheim.example",
    st.text("abcXYZ019", min_size=6, max_size=10),
    st.text("abcXYZ019", min_size=6, max_size=10),
)


def find_secret(haystack: str | bytes, secret: str) -> str | None:
    """Return the form in which a secret stands in a text or in bytes, or None.

    Plain, case-folded, as Python and JSON escape it, URL-encoded, hex, and base64 in its three
    alignments and two alphabets.
    """
    data = haystack if isinstance(haystack, bytes) else haystack.encode("utf-8", "surrogatepass")
    folded = data.decode("utf-8", "replace").casefold().encode()
    for form, needle in _forms(secret).items():
        if needle in (folded if form.endswith("folded") else data):
            return form
    return None


def _forms(secret: str) -> dict[str, bytes]:
    raw = secret.encode()
    forms = {
        "plain": raw,
        "folded": secret.casefold().encode(),
        "utf-16": secret.encode("utf-16-le"),
        "python escapes folded": secret.encode("unicode_escape").lower(),
        "repr of bytes folded": repr(raw)[2:-1].casefold().encode(),
        "json escapes folded": secret.encode("ascii", "backslashreplace").lower(),
        "url folded": quote(secret, safe="").casefold().encode(),
        "url plus folded": quote_plus(secret).casefold().encode(),
        "url of some folded": quote(secret, safe="@+.").casefold().encode(),
        "hex folded": binascii.hexlify(raw),
    }
    for shift in range(3):
        # The characters that the neighbours share with the secret are cut off both ends.
        encoded = base64.b64encode(bytes(shift) + raw)
        inner = encoded[(0, 2, 3)[shift] : len(encoded) // 4 * 4 - 4]
        forms[f"base64 {shift}"] = inner
        forms[f"base64url {shift}"] = inner.translate(bytes.maketrans(b"+/", b"-_"))
    return forms


def encodings() -> dict[str, Callable[[str], str | bytes]]:
    """Return ways to hide a secret that `find_secret` must see through."""
    return {
        "plain": lambda secret: f"<{secret}>",
        "upper": str.upper,
        "bytes": str.encode,
        "repr": lambda secret: repr([secret, secret.encode()]),
        "ascii": ascii,
        "url": lambda secret: quote(secret, safe=""),
        "url plus": quote_plus,
        "url lower": lambda secret: quote(secret, safe="").lower(),
        "hex": lambda secret: secret.encode().hex(),
        "HEX": lambda secret: secret.encode().hex().upper(),
        "base64 0": lambda secret: base64.b64encode(secret.encode()),
        "base64 1": lambda secret: base64.b64encode(b"x" + secret.encode() + b"yz"),
        "base64 2": lambda secret: base64.b64encode(b"xy" + secret.encode() + b"z"),
        "base64url": lambda secret: base64.urlsafe_b64encode(b"\xff" + secret.encode()),
    }
