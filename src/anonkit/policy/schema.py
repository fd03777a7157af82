"""The JSON Schema of policies, for editors and validators: what `document.py` takes, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from anonkit.errors import PolicyError
from anonkit.policy.document import FIELD_WORDS
from anonkit.policy.policy import RECORD_NAME
from anonkit.records.agreed import Agreed
from anonkit.stages import VERBS
from anonkit.stages.generalize import WAYS

if TYPE_CHECKING:
    from anonkit.stages import Stage

# What an option of a stage can be, beyond its type, in words of JSON Schema.
_UNIT = r"^[1-9][0-9]{0,3}"
_LIMITS: dict[str, dict[str, dict[str, Any]]] = {
    "truncate": {
        "v4": {"minimum": 0, "maximum": 32},
        "v6": {"minimum": 0, "maximum": 128},
    },
    "pseudonymize": {"bits": {"minimum": 96, "maximum": 512, "multipleOf": 8}},
    "generalize": {
        "unit": {"pattern": f"{_UNIT}(s|min|h|d|w|mo|y)$"},
        "step": {"exclusiveMinimum": 0},
        "log": {"minimum": 1.01},
        "parts": {"minimum": 1, "maximum": 8},
        "allow": {"minItems": 1},
        "ceil": {"pattern": f"{_UNIT}(s|min|h|d)$"},
    },
}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the TOML."""
    kinds, components = msgspec.json.schema_components(
        VERBS.values(), ref_template="#/$defs/{name}"
    )
    for schema in components.values():
        # The first line of a docstring: all of it is too much for an editor, and Python 3.13 strips
        # its indentation where 3.11 does not.
        schema["description"] = schema["description"].partition("\n")[0]
    for verb, limits in _LIMITS.items():
        for option, limit in limits.items():
            components[VERBS[verb].__name__]["properties"][option] |= limit
    components["Generalize"] |= {
        "oneOf": [{"required": [way]} for way in WAYS],
        "dependentRequired": {"zone": ["unit"]},
    }
    verbs = {
        verb: {"anyOf": [*_bare(kind), schema]}
        for (verb, kind), schema in zip(VERBS.items(), kinds, strict=True)
    }
    # Words that say enough: `"drop"`, and not `"generalize"`.
    alone = {"enum": [verb for verb, kind in VERBS.items() if _stands_alone(kind)]}
    text = {"type": "string"}
    consent = dict.fromkeys(Agreed.__struct_fields__, text)
    agreed = {"anyOf": [text, _table(consent, required=["field"])]}
    said = dict.fromkeys(FIELD_WORDS, text) | {
        "withhold": {"enum": ["record", "field"]},
        "agreed": agreed,
    }
    span = {"type": "string", "pattern": "^[1-9][0-9]{0,4}d$"}
    stages = {"type": "array", "items": {"$ref": "#/$defs/stage"}, "minItems": 1}
    one_way = [{"required": [way]} for way in (*VERBS, "stages")]
    field = _table(verbs | {"stages": stages} | said, oneOf=one_way)
    record = {"purpose": text, "retain": span, "agreed": agreed, "fields": _all("field")}
    policy = {
        "name": text,
        "period": span,
        "retain": span,
        "owner": text,
        "review": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "record": _all("record", propertyNames={"pattern": f"^{RECORD_NAME.pattern}$"}),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "anonkit policy",
        **_table(policy, required=["record"]),
        "$defs": components
        | {
            "record": _table(record, required=["fields"]),
            "field": {"anyOf": [alone, stages, field]},
            "stage": {"anyOf": [alone, _table(verbs, minProperties=1, maxProperties=1)]},
        },
    }


def _table(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the schema of a table of some words and no others."""
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def _all(part: str, **more: Any) -> dict[str, Any]:
    """Return the schema of a table of parts under any name, at least one."""
    parts = {"$ref": f"#/$defs/{part}"}
    return {"type": "object", "additionalProperties": parts, "minProperties": 1, **more}


def _bare(kind: type[Stage]) -> list[dict[str, Any]]:
    """Return the schemas of what may stand for a stage's options: true, or its main option."""
    bare: list[dict[str, Any]] = [{"const": True}] if _stands_alone(kind) else []
    if kind.main is not None:
        (main,) = (f for f in msgspec.structs.fields(kind) if f.name == kind.main)
        limit = _LIMITS.get(kind.verb, {}).get(kind.main, {})
        bare.append(msgspec.json.schema(main.type) | limit)
    return bare


def _stands_alone(kind: type[Stage]) -> bool:
    """Return whether a stage needs no option."""
    try:
        kind()
    except PolicyError:
        return False
    return True
