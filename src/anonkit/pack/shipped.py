"""The trained dictionaries that ship with anonkit, for packs of few records.

Each is named after the record type that it was trained on (tools/train_dictionary.py) and lies in
`dictionaries/`. A pack names its dictionary by id, so a new version of one stands beside the old.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anonkit.pack.schema import Schema

_FOLDER = Path(__file__).parent / "dictionaries"


@cache
def shipped() -> dict[str, bytes]:
    """Return all shipped dictionaries, by file name; of one record type, the newest comes last."""
    return {path.stem: path.read_bytes() for path in sorted(_FOLDER.glob("*.zdict"))}


def dictionary_for(schema: Schema) -> bytes | None:
    """Return the shipped dictionary for small packs of a schema, or None when there is none."""
    fitting = [
        content for name, content in shipped().items() if name.rpartition("-")[0] in schema.records
    ]
    return fitting[-1] if fitting else None
