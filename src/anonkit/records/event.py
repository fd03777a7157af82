"""Typed records: what an application may say, each field with what becomes of it.

A class is read once, when it is made. Every field carries a stage in its annotation, or it is a
struct, a list or a dict whose parts do; a field without one is an error then and there, so nobody
ships an event that forgot to say why its data may leave.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from anonkit.errors import PolicyError
from anonkit.records.agreed import Agreed
from anonkit.stages.drop import Drop
from anonkit.stages.stage import Placed, Stage

Withholds = Literal["record", "field"]

# What a value is to a stage, by the type of its field.
KIND_OF: dict[type, str] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    datetime: "time",
    date: "time",
    timedelta: "number",
}


class Why(msgspec.Struct, frozen=True):
    """Why a field may leave, beside its stages in an annotation.

    Args:
        reason: One line for the data protection officer.
        kind: What the field says about somebody or something: `person`, `address`, `time`, ….
        purpose: What it is collected for; without it, the purpose of the record.
        withhold: What a value that a stage refuses takes along: the whole record, or its field.
        agreed: Where the record says that somebody agreed to it; without, the purpose decides.
    """

    reason: str
    kind: str | None = None
    purpose: str | None = None
    withhold: Withholds = "record"
    agreed: Agreed | str | None = None


class Slot(NamedTuple):
    """One place in a record class: a field, or a part of one.

    Args:
        type: The type of a single value, or None for a struct, list or dict.
        attribute: The name it has in Python, where it is a field.
        nullable: Whether None may stand there.
        required: Whether it must be given.
        struct: The class of a struct.
    """

    type: Any = None
    attribute: str = ""
    nullable: bool = False
    required: bool = True
    struct: type[msgspec.Struct] | None = None


class Declared(NamedTuple):
    """What a record class declares for one path."""

    stages: tuple[Stage, ...]
    why: Why | None


class Declaration(NamedTuple):
    """All that a record class declares, by path (`user.email`, `items[].ip`, `tags.*`)."""

    fields: dict[str, Declared]
    slots: dict[str, Slot]


def record_name(class_name: str) -> str:
    """Return the record type of a class name: `PageChange` gives `page_change`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()


class _EventMeta(msgspec.StructMeta):
    """Makes the fields of every event keyword-only, which msgspec does not hand down."""

    def __new__(
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any
    ) -> _EventMeta:
        """Make the class."""
        return super().__new__(mcls, name, bases, namespace, **{"kw_only": True} | options)


# Type checkers read the defaults here: a subclass is frozen without saying so again.
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _Discreet(msgspec.Struct, metaclass=_EventMeta, frozen=True, forbid_unknown_fields=True):
    """A struct that, unlike a plain one, never shows its values."""

    def __repr__(self) -> str:
        """Show the class alone: a repr ends up in logs, and values must not."""
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show nothing more where rich prints it."""
        return []


class Part(_Discreet):
    """The base of a struct inside an event; it never shows its values."""


class Event(_Discreet, tag=record_name, tag_field="type"):
    """The base of every event: subclass it, and annotate each field with its stages.

        class Login(Event):
            at: Annotated[datetime, generalize("1h")]
            user: Annotated[str, pseudonymize("user")]

    The record type is the class name in lower case with underscores, or `tag=` as for any tagged
    msgspec struct. `purpose` says what the events are collected for, and `agreed` where each says
    that somebody agreed to it, if it needs that.

    Raises:
        PolicyError: When the class is made: a field has no stage, or its type is not one that can
            be told apart; the message names class and field.
    """

    purpose: ClassVar[str] = "usage"
    agreed: ClassVar[Agreed | str | None] = None

    def __init_subclass__(cls, **_options: Any) -> None:
        """Refuse a class with a field that does not say what becomes of it."""
        super().__init_subclass__()
        _read(cls, Declaration({}, {}))


def declaration(cls: type[Event]) -> Declaration:
    """Return what a record class declares, in the order of its fields."""
    found = Declaration({}, {})
    names = {field.name: field for field in msgspec.structs.fields(cls)}
    _read(cls, found, names=names)
    return found


def _read(
    cls: type[msgspec.Struct],
    found: Declaration,
    prefix: str = "",
    names: dict[str, Any] | None = None,
    within: tuple[type, ...] = (),
) -> None:
    """Read the annotations of a struct class."""
    try:
        hints = get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise PolicyError(
            cls.__name__,
            f"an annotation names {error.name}, which is not known at module level",
            hint="define nested structs above the event, at module level",
        ) from None
    for name, hint in hints.items():
        if get_origin(hint) is ClassVar or hint is ClassVar:
            continue
        field = names[name] if names is not None else None
        encoded = field.encode_name if field is not None else name
        slot = Slot(attribute=name, required=field.required if field is not None else True)
        path = f"{prefix}{escaped(encoded)}"
        _read_type(hint, path, found, slot, f"{cls.__name__}.{name}", (*within, cls))


def escaped(name: str) -> str:
    """Write a name so that a path does not take its dots and brackets for its own."""
    return re.sub(r"([\\.\[\]*~])", r"\\\1", name)


def _read_type(
    hint: Any, path: str, found: Declaration, slot: Slot, place: str, within: tuple[type, ...]
) -> None:
    plain, metadata, nullable = _opened(hint)
    slot = slot._replace(nullable=nullable)
    stages = tuple(item for item in metadata if isinstance(item, Stage))
    why = next((item for item in metadata if isinstance(item, Why)), None)
    if any(isinstance(item, Placed) for item in metadata):
        raise PolicyError(place, "a stage in an annotation needs no field name")
    if any(isinstance(stage, Drop) for stage in stages):
        found.fields[path] = Declared(stages, why)
        found.slots[path] = slot._replace(type=Any)
        return
    origin, arguments = get_origin(plain), get_args(plain)
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
        if stages:
            raise PolicyError(place, f"the fields of {plain.__name__} say their stages themselves")
        if plain in within:
            raise PolicyError(place, "a struct inside itself has no end")
        found.slots[path] = slot._replace(struct=plain)
        names = {field.name: field for field in msgspec.structs.fields(plain)}
        _read(plain, found, f"{path}.", names, within)
    elif origin in (list, tuple, set, frozenset):
        if origin is tuple and (len(arguments) != 2 or arguments[1] is not Ellipsis):  # noqa: PLR2004
            raise PolicyError(place, "a tuple is tuple[T, ...]: places without names are refused")
        found.slots[path] = slot
        item = _handed_down(arguments[0] if arguments else Any, stages, why)
        _read_type(item, f"{path}[]", found, Slot(), f"{place}[]", within)
    elif origin is dict:
        found.slots[path] = slot
        _, key_metadata, _ = _opened(arguments[0])
        key_stages = tuple(item for item in key_metadata if isinstance(item, Stage))
        if key_stages:
            found.fields[f"{path}.*~"] = Declared(key_stages, None)
        value = _handed_down(arguments[1], stages, why)
        _read_type(value, f"{path}.*", found, Slot(), f"{place}.*", within)
    else:
        if not stages:
            raise PolicyError(
                place, "has no stage", hint="annotate it: Annotated[..., keep()], drop(), …"
            )
        kinds_of(plain, place)
        _refuse_ambiguous(plain, place)
        found.fields[path] = Declared(stages, why)
        found.slots[path] = slot._replace(type=plain)


def _handed_down(part: Any, stages: tuple[Stage, ...], why: Why | None) -> Any:
    """Return the type of a part with the stages of the whole: list[str] as such, its items so."""
    metadata = (*stages, *([why] if why else []))
    for item in metadata:
        part = Annotated[part, item]
    return part


def _opened(hint: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """Return a type without Annotated and None, what was annotated, and whether None may be."""
    metadata: tuple[Any, ...] = ()
    nullable = False
    while True:
        if get_origin(hint) is Annotated:
            metadata += hint.__metadata__
            hint = hint.__origin__
        elif get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint):
            nullable = True
            rest = tuple(arg for arg in get_args(hint) if arg is not NoneType)
            hint = Union[rest]  # noqa: UP007 - built from a tuple
        else:
            return hint, metadata, nullable


def _refuse_ambiguous(plain: Any, place: str) -> None:
    """Refuse what cannot be told apart in JSON, such as `str | datetime`; msgspec knows."""
    try:
        msgspec.json.Decoder(plain)
    except TypeError:
        raise PolicyError(
            place,
            "its values cannot be told apart in JSON",
            hint="one of text, time and enumeration in a union; text or integers in an Enum",
        ) from None


def kinds_of(plain: Any, place: str) -> frozenset[str]:
    """Return what a value of a type can be to a stage.

    Raises:
        PolicyError: The type is not one that anonkit can tell apart.
    """
    if plain in KIND_OF:
        return frozenset({KIND_OF[plain]})
    if get_origin(plain) is Literal:
        return frozenset().union(*(kinds_of(type(value), place) for value in get_args(plain)))
    if get_origin(plain) in (Union, UnionType):
        parts = (_opened(part)[0] for part in get_args(plain))
        return frozenset().union(*(kinds_of(part, place) for part in parts))
    if isinstance(plain, type) and issubclass(plain, Enum):
        return frozenset().union(*(kinds_of(type(member.value), place) for member in plain))
    name = getattr(plain, "__name__", str(plain))
    raise PolicyError(
        place,
        f"type {name} is not one a stage takes",
        hint="one of str, int, float, bool, datetime, date, timedelta, Literal, Enum, or a struct,"
        " list or dict of them",
    )
