"""pack: records to compact bytes and back (docs/spec/pack.md)."""

from anonkit.pack.batch import About, Pack, pack, split, train, unpack, unpack_stream
from anonkit.pack.frame import Header
from anonkit.pack.limits import Limits
from anonkit.pack.schema import Leaf, Listing, Object, Schema
from anonkit.pack.shipped import dictionary_for
from anonkit.pack.structs import structs_of

__all__ = [
    "About",
    "Header",
    "Leaf",
    "Limits",
    "Listing",
    "Object",
    "Pack",
    "Schema",
    "dictionary_for",
    "pack",
    "split",
    "structs_of",
    "train",
    "unpack",
    "unpack_stream",
]
