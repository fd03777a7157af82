"""What a batch is made of: where its records come from, packed, opened again, and narrowed.

An *origin* is what records that can share a batch have in common: policy, purposes and period. It
stays beside them in the outbox, so that a program with a new policy sends what an old one left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import xxhash

from anonkit.errors import PolicyError, SendError
from anonkit.pack import dictionary_for, pack, unpack
from anonkit.policy.document import from_document
from anonkit.policy.packing import about, schema_of
from anonkit.policy.paths import grow, is_dropped, stays_behind
from anonkit.send.database import Damaged

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from anonkit.policy.paths import Tree
    from anonkit.policy.policy import Field, Policy


class Origin:
    """Where records come from.

    Args:
        policy: What of the policy was in force: records and fields of other purposes say drop.
        hash: The hash of the whole policy.
        period: The period of its tokens, or None.
    """

    __slots__ = ("hash", "period", "policy", "schema")

    def __init__(self, policy: Policy, hash: str, period: str | None) -> None:  # noqa: A002
        self.policy = policy
        self.hash = hash
        self.period = period
        self.schema = schema_of(policy)

    @classmethod
    def of(cls, policy: Policy, purposes: Collection[str], period: str | None) -> Origin:
        """Return the origin of what a policy lets out for some purposes."""
        return cls(_narrowed(policy, purposes), policy.hash, period)

    @classmethod
    def read(cls, document: str) -> Origin:
        """Return the origin that the outbox keeps as text.

        Raises:
            SendError: This anonkit has not all of its policy: a newer one wrote it.
        """
        try:
            plain = msgspec.json.decode(document)
            return cls(from_document(plain["policy"]), plain["hash"], plain["period"])
        except (msgspec.MsgspecError, ValueError, TypeError, KeyError, PolicyError):
            pass
        raise SendError(
            "records wait under a policy that this anonkit cannot read",
            hint="send them with the anonkit that recorded them",
        )

    def document(self) -> str:
        """Return the origin as text."""
        plain = {"policy": self.policy.document(), "hash": self.hash, "period": self.period}
        return msgspec.json.encode(plain).decode()

    def without(self, purposes: Collection[str]) -> Origin | None:
        """Return the origin with some purposes gone; None when no record is left."""
        left = purposes_of(self.policy) - frozenset(purposes)
        if not any(record.purpose in left for record in self.policy.records.values()):
            return None
        return Origin(_narrowed(self.policy, left), self.hash, self.period)

    def pack(self, rows: Sequence[Any], day: date) -> bytes:
        """Return rows or records as one pack, made on a day."""
        said = about(self.policy, created=day, period=self.period)
        said = msgspec.structs.replace(said, policy=self.hash)
        return pack(rows, self.schema, said, dictionary=dictionary_for(self.schema))

    def narrow(self, data: bytes, day: date) -> bytes:
        """Return a pack of a wider origin without what this one drops."""
        trees = {name: grow(record.fields.items()) for name, record in self.policy.records.items()}
        records = [
            {"type": record["type"], **_kept(trees[record["type"]], record)}
            for record in unpack(data).records
        ]
        return self.pack(records, day)


def purposes_of(policy: Policy, record_purpose: str | None = None) -> frozenset[str]:
    """Return all purposes for which something leaves, or those of records of one purpose."""
    return frozenset(
        purpose
        for record in policy.records.values()
        if record_purpose in (None, record.purpose)
        for purpose in (
            record.purpose,
            *(field.purpose for field in record.fields.values() if not field.dropped),
        )
        if purpose is not None
    )


def check(*parts: Any) -> bytes:
    """Return the check value of some bytes and numbers: it finds accidents, and is no secret."""
    return xxhash.xxh3_64_digest(msgspec.msgpack.encode(parts))


def expect(value: bytes, *parts: Any) -> None:
    """Go on with what is what was written.

    Raises:
        Damaged: It is not.
    """
    if check(*parts) != value:
        raise Damaged


def _narrowed(policy: Policy, purposes: Collection[str]) -> Policy:
    return msgspec.structs.replace(policy, records=policy.within(purposes))


def _kept(place: Tree[Field], value: Any) -> Any:
    """Return what of a value the policy does not drop, where something of it may leave."""
    if place.field is not None:
        return value
    if place.item is not None and isinstance(value, list):
        return [_kept(place.item, item) for item in value]
    if not isinstance(value, dict):  # null, for a list or an object that may be
        return value
    rest = None if stays_behind(place) else place.rest
    kept = {}
    for name, part in value.items():
        below = place.children.get(name) or rest
        if below is not None and not is_dropped(below):
            kept[name] = _kept(below, part)
    return kept
